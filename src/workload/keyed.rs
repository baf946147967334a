//! Keyed draws: the n-th number of a named stream, wherever and whenever it is asked for.
//!
//! A stream is named by [`Origin`] and [`Purpose`]; no draw can shift another, because a draw is a function of its
//! stream and its number and of nothing else. What owns a stream is named by what it *is* (see [`StreamName`]): neither
//! the scenario's name nor a position in its file is part of any name, and neither are policies, threads and shards.
//!
//! The key of a stream is the first eight bytes, little-endian, of the SHA-256 of the text
//! `stowplan draws <FORMAT>\n<seed>\n<purpose>\n<copy>\n<number>\n<what>`, where `what` and `number` are the owner's name
//! and `copy` is 0, or the number of a further copy of a load that is laid over itself (see [`Copied`]). Draw `n` is the output of SplitMix64
//! started at `key + n * GAMMA`, hence the `n`-th output, counted from 0, of SplitMix64 seeded with the key. All
//! streams are windows of one cycle of 2^64 numbers. A hundred streams of 10^8 draws each overlap somewhere with a
//! probability near 5e-8.
//!
//! # Sources
//! Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (SplitMix64).

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::model::StreamName;

/// Version of everything that decides a draw. A change of any golden value must raise it.
const FORMAT: u32 = 2;

/// The step of SplitMix64's counter: 2^64 divided by the golden ratio, made odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a stream of draws is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Gaps between arrivals, by their number.
    Arrival,
    /// Whether a candidate arrival is kept, by its number.
    Thinning,
    /// Sizes of batches, by their number.
    Batch,
    /// Shapes of tasks, by their number within the source.
    Shape,
    /// Lives of tasks, by their number within the source.
    Life,
    /// Classes of lives, by the number of the task or of its batch.
    LifeClass,
    /// Groups of tasks, by the number of the task or of its batch.
    Group,
    /// Sizes of groups, by their position.
    GroupSize,
    /// Shapes of groups, by their position.
    GroupShape,
    /// How long a state of the arrivals lasts, by its number; number 0 is the state to begin with.
    State,
    /// Whether an arrival comes at a load factor that thins, by its number.
    Scale,
    /// Whether a row of the trace comes at a load factor that thins, by its position.
    TraceScale,
    /// The engine's own choices, which are no part of the load: its key is that of all streams of requests.
    Placement,
    /// Which task a service gives up where its rule says at random, by their number within the service.
    ScaleIn,
    /// Which instances a happening befalls, by their number within it.
    Happening,
    /// When instances fail by themselves, and which.
    Failure,
    /// In which order a plan takes instances away.
    Order,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Thinning => "thinning",
            Self::Batch => "batch",
            Self::Shape => "shape",
            Self::Life => "life",
            Self::LifeClass => "life-class",
            Self::Group => "group",
            Self::GroupSize => "group-size",
            Self::GroupShape => "group-shape",
            Self::State => "state",
            Self::Scale => "scale",
            Self::TraceScale => "trace-scale",
            Self::Placement => "placement",
            Self::ScaleIn => "scale-in",
            Self::Happening => "happening",
            Self::Failure => "failure",
            Self::Order => "order",
        }
    }
}

/// Where draws are made: all of a stream's name but its purpose.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Number of the seed.
    pub seed: u32,
    /// What owns them.
    pub what: &'a str,
    /// Its number among equal ones.
    pub number: u32,
}

impl<'a> Origin<'a> {
    /// The draws of an owner under a seed.
    #[must_use]
    pub fn of(seed: u32, StreamName { what, number }: &'a StreamName) -> Self {
        Self { seed, what, number: *number }
    }

    /// The draws under a seed of what there is but one of.
    #[must_use]
    pub fn only(seed: u32, what: &'a str) -> Self {
        Self { seed, what, number: 0 }
    }

    /// The stream of these draws for one purpose.
    ///
    /// ```
    /// use stowplan::workload::{Origin, Purpose};
    ///
    /// let lives = Origin::only(1, "a source").draws(Purpose::Life);
    /// let seventh = lives.uniform(7);
    /// let _unrelated = lives.uniform(3);
    /// assert_eq!(lives.uniform(7), seventh);
    /// assert!(0.0 < seventh && seventh < 1.0);
    /// ```
    #[must_use]
    pub fn draws(self, purpose: Purpose) -> Draws {
        Copied { origin: self, copy: 0 }.draws(purpose)
    }
}

/// An origin of a load that is laid over itself: copy 0 is the load itself, and every copy has its own streams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied<'a> {
    pub(super) origin: Origin<'a>,
    pub(super) copy: u32,
}

impl Copied<'_> {
    pub(super) fn draws(self, purpose: Purpose) -> Draws {
        let Self { origin: Origin { seed, what, number }, copy } = self;
        let name = format!("stowplan draws {FORMAT}\n{seed}\n{}\n{copy}\n{number}\n{what}", purpose.label());
        let digest = Sha256::digest(name);
        let first = digest.first_chunk().expect("a SHA-256 digest is 32 bytes long");
        Draws { key: u64::from_le_bytes(*first) }
    }
}

/// One stream of draws. It holds no position: every draw is asked for by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    key: u64,
}

impl Draws {
    /// The key of the stream, for whoever needs a seed rather than draws.
    #[must_use]
    pub fn key(self) -> u64 {
        self.key
    }

    /// Draw `number` as 64 uniform bits.
    #[must_use]
    #[inline]
    pub fn bits(self, number: u64) -> u64 {
        let state = self.key.wrapping_add(number.wrapping_mul(GAMMA));
        SplitMix64::from_seed(state.to_le_bytes()).next_u64()
    }

    /// Draw `number` as a whole number below `count`, each as likely as the others up to 2^-64 of `count`.
    ///
    /// # Panics
    /// If `count` is 0.
    #[must_use]
    pub fn below(self, number: u64, count: usize) -> usize {
        assert!(count > 0, "nothing to draw from");
        let scaled = (u128::from(self.bits(number)) * count as u128) >> 64;
        usize::try_from(scaled).expect("below a usize")
    }

    /// Draw `number` as a uniform number strictly between 0 and 1.
    ///
    /// It is an odd multiple of 2^-53: the top 53 bits with the last one set. So it is exact, never 0 or 1, and
    /// as likely as its complement, which is exact too.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit in an f64")]
    pub fn uniform(self, number: u64) -> f64 {
        const ULP: f64 = 1.0 / (1_u64 << 53) as f64;
        unit(self.bits(number)) as f64 * ULP
    }
}

/// The numerator of a uniform number over 2^53.
fn unit(bits: u64) -> u64 {
    (bits >> 11) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Origin<'_> = Origin { seed: 1, what: "golden", number: 0 };

    /// Values from an independent script that follows the module's documentation.
    #[rustfmt::skip]
    #[test]
    fn first_draws_of_every_purpose_are_frozen() {
        let check = |purpose, expected: [u64; 8]| {
            let draws = ORIGIN.draws(purpose);
            assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| draws.bits(number)), expected, "{purpose:?}");
        };
        check(Purpose::Arrival, [
            0x544a_0d2a_fd1a_d2dd, 0x0c15_1162_5e7a_2b90, 0x1553_6e0d_520f_306e, 0xa3bc_ea3c_f3f3_3fed,
            0x0dc5_4dc3_68f6_8eb2, 0xc883_045e_6963_fd9f, 0x25c5_32de_bc8d_7dfc, 0xd330_4fcd_0922_f962,
        ]);
        check(Purpose::Thinning, [
            0xb6a4_373c_0f35_0dae, 0x9034_996e_ac5a_e5ad, 0xd7fe_6c1c_41be_16c7, 0x92f5_8cdf_1785_35f4,
            0x11ac_8bff_30f3_f5a0, 0x9797_7840_c6f6_0f9f, 0x96e5_a900_f4e9_d367, 0x29f4_1cd3_1acb_6053,
        ]);
        check(Purpose::Batch, [
            0x74d6_d468_4429_4a02, 0xc555_a674_e311_822c, 0x19b8_7eca_0137_6bee, 0x7b6d_5304_7c68_4963,
            0xa2fc_17f2_e9d7_a2c6, 0xad5d_c327_da6e_c3b3, 0xc0e8_a42f_ba24_29a3, 0x6f1e_15a8_3856_28b0,
        ]);
        check(Purpose::Shape, [
            0x6a7e_1448_3ea7_61ad, 0x792c_fe73_2a9b_1c9b, 0xe1ba_d362_097a_1465, 0xe584_d888_2332_84c2,
            0x7a3b_2504_1c75_01ba, 0xb88b_1f35_e0c0_f4e9, 0x964a_f2c3_8751_9e60, 0x89ba_ba3a_23f1_a45e,
        ]);
        check(Purpose::Life, [
            0x711a_ffb6_16d3_5fa1, 0x05b2_438c_0d15_cb4b, 0xb17f_084b_fb93_e0bf, 0x43b9_c4e4_35d3_cc8f,
            0x2993_1f5d_2def_6568, 0xd5a5_6173_6fe9_ca4b, 0xd003_ba5c_a5c2_48d6, 0xe6d2_4bd9_4090_ed85,
        ]);
        check(Purpose::LifeClass, [
            0xf564_4bca_ab0e_0c98, 0x5a45_3c24_b541_f772, 0x021f_6c82_0623_2b3e, 0xebba_8e19_b292_7166,
            0x9ac2_f8e8_caf0_6b59, 0x5b8d_40cd_cb43_3214, 0x35e3_72e5_0346_fcf6, 0xea92_6a62_c718_9046,
        ]);
        check(Purpose::Group, [
            0x5e74_092c_0fd2_c556, 0xe63b_4960_620a_dd60, 0xe481_e5fd_068c_b76d, 0x9a9a_920b_272b_a6cb,
            0x91ba_c0aa_3f96_c736, 0x77e9_dd53_207e_6e48, 0xa57d_ef01_97f7_b860, 0xe381_73a1_8f6b_f437,
        ]);
        check(Purpose::GroupSize, [
            0x51da_f74e_b0da_2537, 0x2f78_226c_7472_b1f5, 0x2eb7_4fb3_2584_a120, 0x5836_6ece_a89a_b2d7,
            0xd852_8665_298c_eb2b, 0xe913_3793_ef5c_40be, 0x5f6d_e4b3_31f5_d5fe, 0x2221_ea4e_c0ba_258c,
        ]);
        check(Purpose::GroupShape, [
            0x8883_6aa5_768c_587a, 0x0333_549a_b315_700f, 0x25b7_ccab_f7f2_6560, 0x25f0_34e2_e94f_6128,
            0x4a49_2f6d_f138_dd3a, 0x7053_024d_d16d_29aa, 0xe948_26bb_d66a_07d8, 0x35f8_e2d5_519e_bc19,
        ]);
        check(Purpose::State, [
            0x4a1a_7600_56d4_ea1a, 0x463d_6437_2779_acab, 0xa581_ac81_7aac_e312, 0xa5b6_d06b_8e69_a60f,
            0x719b_b7d7_c9d2_70ea, 0xc63e_4c4d_e57d_5f6d, 0xc0ad_20d8_9c1f_6e9b, 0x1245_efd5_3a21_3f36,
        ]);
        check(Purpose::Scale, [
            0x16ad_7c44_a724_73f7, 0x6434_3936_f62f_3c81, 0x1db0_70d7_1025_fb5d, 0x929f_4646_0d5e_4d7d,
            0x3303_bb11_26a5_15fc, 0x4ef2_8481_3bae_9bba, 0x39ca_9c12_1b82_bad8, 0x46bd_f02d_b6c3_92aa,
        ]);
        check(Purpose::TraceScale, [
            0xe30f_36db_5fc7_6d15, 0x759d_b1c9_7faa_2803, 0x2bb4_f520_5848_9fc7, 0x62fa_8208_f5bf_f85c,
            0xfedd_125e_8fd1_37f5, 0x2386_4735_e916_2b10, 0x2bfb_4d73_7425_d62c, 0x11c5_5419_921d_da57,
        ]);
        check(Purpose::Placement, [
            0x8b4f_8aa3_8dc0_7817, 0xf212_ebf7_038e_bbbe, 0x455a_ee4a_fee7_0587, 0x03c2_1de4_7fd2_9bcc,
            0x35c3_b41f_06ec_b5fc, 0x19e1_93b6_f424_4f7a, 0xa38a_8f57_99e1_449f, 0x7d8e_f23c_a2c0_64ef,
        ]);
        check(Purpose::ScaleIn, [
            0xc864_d78f_fc41_abdd, 0xac11_5ad5_0e11_a6fe, 0xf9fa_5d7b_b0ba_bc63, 0xbc50_6afa_6101_c6f1,
            0xfb6b_309a_775d_6eca, 0xb71d_76f5_47c3_58f8, 0x3473_06b3_41e3_bc6e, 0xb2d7_9bfb_7544_799c,
        ]);
        check(Purpose::Happening, [
            0x101e_20c2_2e4c_8caf, 0x5334_1deb_a6c8_e691, 0x3530_36e0_fbb1_f74b, 0x486e_aca2_232f_f858,
            0x35d9_0029_df79_57c1, 0xc58d_20e1_fae6_0e49, 0xc0b9_2a73_ee71_4380, 0x45bd_3dd8_af7b_160f,
        ]);
        check(Purpose::Failure, [
            0x8131_7aca_684d_f7e6, 0x6387_7020_47fb_57b9, 0x87a1_8ef6_266a_2fed, 0x080a_6910_b4e2_9d2a,
            0xf1a9_7ca9_a09a_f916, 0x9962_e4ff_0192_48e0, 0x831d_5e7e_83fa_c77c, 0x3143_9133_753b_9802,
        ]);
    }

    #[rustfmt::skip]
    #[test]
    fn first_draws_of_an_order_are_frozen() {
        let draws = ORIGIN.draws(Purpose::Order);
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| draws.bits(number)), [
            0x9a1c_9402_69ff_8f03, 0x736d_8385_038d_7fa2, 0x1e5c_90d8_b487_6d2f, 0x2288_63ad_becb_67c2,
            0x5ef5_a81e_f53c_ec99, 0x83f4_b2c4_31ec_ca62, 0xe509_f9ef_cff0_37dd, 0x9259_48a5_44b6_4909,
        ]);
    }

    /// From the same script: the first further copy of a load has streams of its own.
    #[rustfmt::skip]
    #[test]
    fn first_draws_of_a_copy_are_frozen() {
        let draws = Copied { origin: ORIGIN, copy: 1 }.draws(Purpose::Life);
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| draws.bits(number)), [
            0xb478_a0ce_58d2_58a5, 0xdba4_078e_3875_84a3, 0xd8d0_eacc_591b_974e, 0xad83_1a24_ae5f_474e,
            0xe21f_e026_16cb_4403, 0xed59_8435_ed70_94f8, 0x75ec_3557_329b_adbf, 0x0212_b707_bfa5_7cf8,
        ]);
    }

    #[test]
    fn draws_are_the_sequence_of_split_mix_64() {
        let draws = ORIGIN.draws(Purpose::Life);
        let mut sequence = SplitMix64::from_seed(draws.key().to_le_bytes());
        for number in 0..1_000 {
            assert_eq!(draws.bits(number), sequence.next_u64(), "draw {number}");
        }
    }

    #[test]
    fn every_part_of_the_name_makes_another_stream() {
        let others = [
            Origin { what: "golden2", ..ORIGIN }.draws(Purpose::Life),
            Origin { seed: 2, ..ORIGIN }.draws(Purpose::Life),
            Origin { number: 1, ..ORIGIN }.draws(Purpose::Life),
            ORIGIN.draws(Purpose::Shape),
        ];
        assert!(others.iter().all(|other| *other != ORIGIN.draws(Purpose::Life)));
    }

    #[test]
    fn uniform_numbers_are_never_0_or_1() {
        let check = |bits, numerator: u64| assert_eq!(unit(bits), numerator);
        check(0, 1);
        check(0x7ff, 1);
        check(0x800, 1);
        check(0x1000, 3);
        check(u64::MAX, (1 << 53) - 1);
    }
}
