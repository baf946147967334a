//! Keyed draws: the n-th number of a named stream, wherever and whenever it is asked for.
//!
//! A stream is named by [`Origin`] and [`Purpose`]; no draw can shift another, because a draw is a function of its
//! stream and its number and of nothing else. Policies, threads and shards are not part of any name.
//!
//! The key of a stream is the first eight bytes, little-endian, of the SHA-256 of the text
//! `stowplan draws <FORMAT>\n<seed>\n<purpose>\n<source>\n<scenario name>`, where the source of a further copy of a load
//! is `<source>+<copy>` (see [`Copied`]). Draw `n` is the output of SplitMix64
//! started at `key + n * GAMMA`, hence the `n`-th output, counted from 0, of SplitMix64 seeded with the key. All
//! streams are windows of one cycle of 2^64 numbers. A hundred streams of 10^8 draws each overlap somewhere with a
//! probability near 5e-8.
//!
//! # Sources
//! Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (SplitMix64).

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Version of everything that decides a draw. A change of any golden value must raise it.
const FORMAT: u32 = 1;

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
    /// Whether a row of the trace comes at a load factor that thins, by its position. Its source is 0.
    TraceScale,
    /// The engine's own choices, which are no part of the load. Its source is 0.
    Placement,
    /// Which task a service gives up where its rule says at random. Its source is 0.
    ScaleIn,
    /// Which instances a happening befalls; its source is the position of the happening.
    Happening,
    /// When instances fail by themselves, and which. Its source is 0.
    Failure,
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
        }
    }
}

/// Where draws are made: all of a stream's name but its purpose.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Number of the seed.
    pub seed: u32,
    /// Position of the task source.
    pub source: usize,
}

impl Origin<'_> {
    /// The stream of these draws for one purpose.
    ///
    /// ```
    /// use stowplan::workload::{Origin, Purpose};
    ///
    /// let lives = Origin { scenario: "quickstart", seed: 1, source: 0 }.draws(Purpose::Life);
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
        let Self { origin: Origin { scenario, seed, source }, copy } = self;
        let mark = if copy == 0 { String::new() } else { format!("+{copy}") };
        let name = format!("stowplan draws {FORMAT}\n{seed}\n{}\n{source}{mark}\n{scenario}", purpose.label());
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

    const ORIGIN: Origin<'_> = Origin { scenario: "golden", seed: 1, source: 0 };

    /// Values from an independent script that follows the module's documentation.
    #[rustfmt::skip]
    #[test]
    fn first_draws_of_every_purpose_are_frozen() {
        let check = |purpose, expected: [u64; 8]| {
            let draws = ORIGIN.draws(purpose);
            assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| draws.bits(number)), expected, "{purpose:?}");
        };
        check(Purpose::Arrival, [
            0xff4b_ae07_f3de_d91a, 0xa7f7_b8c2_73f6_7a02, 0xf0b6_30c9_358a_e1ab, 0xdfc1_67e7_945f_a44b,
            0x86f7_cde9_4991_2db3, 0xb32d_e6be_adcd_7ca4, 0x4e62_8fc3_dbd1_bdc1, 0x9e2c_6e86_f1f1_533a,
        ]);
        check(Purpose::Thinning, [
            0xf143_b3d2_1d4c_1f1c, 0xdbc9_9657_9364_2033, 0xa6c5_6338_66e0_16f4, 0x0012_a495_f556_6a87,
            0xf3c2_5514_c62b_5fc8, 0x83a7_e66f_dfb9_f87f, 0x8227_2b66_1493_d025, 0x0880_2925_6403_8948,
        ]);
        check(Purpose::Batch, [
            0xbd63_5c3c_9e99_664f, 0x0624_d148_0234_c2b1, 0x8014_2e4b_6479_0e08, 0xb212_174b_2d78_11be,
            0x1e21_e77c_addb_8fdc, 0xa85a_43e6_d461_9637, 0x13ba_652f_877c_4421, 0x9dc4_98e1_a667_4690,
        ]);
        check(Purpose::Shape, [
            0xcb2e_7f03_3826_3691, 0x1948_5e78_d81a_0f57, 0x1bdc_304e_1a5a_9417, 0xbba2_1e33_1eb1_187f,
            0xa899_a381_bc78_1ee1, 0x4e63_8daf_0fc3_4d3f, 0x209e_d1df_481c_f49f, 0x2b44_d280_6563_625b,
        ]);
        check(Purpose::Life, [
            0x94c5_61ad_f1b6_3f95, 0x5f35_bfb6_c437_f52f, 0x4de6_2bbd_c236_1bd6, 0x12b3_90b0_0c8a_6e2a,
            0x69da_170d_dbfd_958e, 0x07fd_14f9_18f6_60bc, 0xfdb7_02c7_8c28_97d8, 0x3709_608c_a260_d1d8,
        ]);
        check(Purpose::LifeClass, [
            0x0bce_8505_791e_9f23, 0x1c22_ee76_1fee_56b5, 0x2802_90bc_15f7_e7ed, 0x4036_acf8_1be9_d0ce,
            0x95f2_448f_dde4_ff25, 0x21c4_bc0a_ac50_385c, 0x4604_4c5f_fd7d_afb8, 0x7ff4_a615_5e82_d323,
        ]);
        check(Purpose::Group, [
            0x0310_cddb_8e77_8221, 0xf1ef_42a8_a46d_4b3d, 0x89cc_0157_a35e_9d94, 0xb9c2_f0c3_a5cf_fa9f,
            0x3af9_a574_af0d_ad7d, 0x5054_c431_ed72_2e3a, 0xa4b5_c3b3_67e4_031c, 0x1546_520e_546f_d4b8,
        ]);
        check(Purpose::GroupSize, [
            0x2225_b0fc_9146_35e3, 0xee9c_b05e_884d_bf3c, 0xc926_aedf_040b_5c7a, 0xcf61_2fa8_4f39_28ab,
            0xed52_b0c2_6e70_0139, 0x3036_462c_7261_56ec, 0xf60c_359f_69bf_a852, 0x00c6_e75a_252c_05fa,
        ]);
        check(Purpose::GroupShape, [
            0xa198_d19d_86e9_6d87, 0xc16f_8568_8926_7979, 0xebfa_a130_b8dd_c1b4, 0x6a0d_511a_ca7e_7138,
            0x8ef9_f078_0609_9698, 0x8b63_e176_1ebf_6617, 0x6c2e_39df_ba18_05ec, 0xcdbe_d566_7842_7185,
        ]);
        check(Purpose::State, [
            0x988b_30d1_2492_4ec7, 0x20d9_813d_e90b_90bf, 0xa50f_14d8_0e42_8bd1, 0xa6b1_b6e9_2e27_adda,
            0x3f8b_5f68_a911_8653, 0x1a97_5511_bc3e_3e35, 0x493a_417c_7ab9_c096, 0xdba1_6c30_dba0_b460,
        ]);
        check(Purpose::Scale, [
            0x4a83_5e26_e125_35dc, 0x4a66_9e35_877c_5408, 0x218b_188a_fd13_11d3, 0x1cee_fd35_4e63_c001,
            0x5184_c884_5df6_48f9, 0x4011_4b1d_8da0_9059, 0x0322_1d32_1cc2_714d, 0xfe59_4a0e_3e4a_7dd9,
        ]);
        check(Purpose::TraceScale, [
            0xd8b2_a3bd_6f2c_e76b, 0xfd6b_7526_7f64_2749, 0x2f79_4487_2992_9a43, 0x7510_d7ee_ed1d_d67a,
            0xf186_7c5e_fa27_b026, 0xced3_0f54_d8a9_f065, 0xb4ad_7953_3caa_2ded, 0xdecb_730f_58de_8c1a,
        ]);
        check(Purpose::Placement, [
            0xe7e8_64dd_548a_b5c8, 0xca65_4301_77d3_c518, 0xf77f_238e_c139_5f02, 0xf95f_2b70_727d_2357,
            0x3593_29b4_cc18_a5be, 0x8d2a_0a12_731d_3e71, 0x5efa_587b_f6ce_1c88, 0xcad3_672c_1bb1_09af,
        ]);
    }

    /// From the same script: the first further copy of a load has streams of its own.
    #[rustfmt::skip]
    #[test]
    fn first_draws_of_a_copy_are_frozen() {
        let draws = Copied { origin: ORIGIN, copy: 1 }.draws(Purpose::Life);
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| draws.bits(number)), [
            0x2d1b_635d_fdbf_a370, 0x75c3_736f_cc61_d7b8, 0xb8be_4d24_2de4_7fc3, 0x0b6b_a052_7a18_305b,
            0xd75d_c8b0_1dd0_8687, 0xa14d_e153_fcd8_bd5a, 0x853e_a356_555f_3702, 0x74ee_4cb9_9ede_c1b8,
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
            Origin { scenario: "golden2", ..ORIGIN }.draws(Purpose::Life),
            Origin { seed: 2, ..ORIGIN }.draws(Purpose::Life),
            Origin { source: 1, ..ORIGIN }.draws(Purpose::Life),
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
