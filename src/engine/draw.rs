//! The engines' own random draws: which of several equally good instances a decision takes.
//!
//! A draw is a function of the run's key, of the stream of its request (that of its group, see
//! [`Requests::streams`](crate::model::Requests::streams)) and of how many tasks that stream has placed: a decision more
//! or less of one group never shifts those of another, and a refusal draws nothing. Both engines draw by the same
//! definition, so that they choose the same instance: first up to [`TRIES`] uniform instances of the whole cluster are
//! tried, if the candidates are dense among them, and the first that is a candidate is it; else the candidate of a
//! uniform rank in the order of the instances. Each candidate is as likely as the others, either way.
//!
//! The numbers are those of SplitMix64, whose state is a counter, so any position is one addition away. The four lines
//! of the generator are written out here, because a draw is a tenth of a placement and the library's goes through bytes;
//! a test holds them to the library.
//!
//! # Sources
//! Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.

use rustc_hash::FxHashMap;

/// SplitMix64 adds this to its state for every value.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// So many instances are tried before candidates are counted.
const TRIES: u64 = 48;
/// Candidates are dense where one instance in so many is one.
const DENSE_ENOUGH: u64 = 12;
/// Numbers that one decision may draw: a try each, and the last for the rank.
const NUMBERS: u64 = TRIES + 1;

/// So many tries are asked at a time, where that is quick: which of them is the first right one cannot be foreseen.
const AT_A_TIME: usize = 4;

/// How many instances are tried where there are so many candidates among so many.
#[inline]
fn tries(candidates: u32, instances: u32) -> u64 {
    if are_dense(candidates, instances) { TRIES } else { 0 }
}

/// So many candidates among so many instances are dense: tries may find one.
#[inline]
pub(crate) fn are_dense(candidates: u32, instances: u32) -> bool {
    u64::from(candidates) * DENSE_ENOUGH >= u64::from(instances)
}

/// A stream of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draws {
    key: u64,
}

impl Draws {
    pub(crate) fn new(key: u64) -> Self {
        Self { key }
    }

    /// Number `number` of the stream as 64 uniform bits.
    #[inline(always)]
    pub(crate) fn bits(self, number: u64) -> u64 {
        let state = self.key.wrapping_add(number.wrapping_add(1).wrapping_mul(GOLDEN_GAMMA));
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A position below `count`, uniform up to one part in 2^32.
    ///
    /// # Panics
    /// If `count` is 0 or does not fit in 32 bits.
    #[inline]
    pub(crate) fn below(self, number: u64, count: usize) -> usize {
        self.below_u32(number, u32::try_from(count).expect("fewer than 2^32 candidates")) as usize
    }

    /// As [`Self::below`].
    #[inline(always)]
    pub(crate) fn below_u32(self, number: u64, count: u32) -> u32 {
        assert!(count > 0, "a draw among no candidates");
        #[expect(clippy::cast_possible_truncation, reason = "below `count`")]
        let below = ((u128::from(self.bits(number)) * u128::from(count)) >> 64) as u32;
        below
    }
}

/// One stream, and how many of its decisions are made.
#[derive(Clone, Copy, Debug)]
struct Stream {
    draws: Draws,
    made: u64,
}

/// The draws of every request of a run.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    /// The stream of each request, as a position.
    of: Vec<u32>,
    streams: Vec<Stream>,
}

impl Streams {
    /// The streams of so many requests of a run, by their names; requests that no name is given for have their position
    /// as one.
    pub(crate) fn new(key: u64, requests: usize, names: &[u64]) -> Self {
        let run = Draws::new(key);
        let mut known: FxHashMap<u64, u32> = FxHashMap::default();
        let mut streams = Vec::new();
        let mut stream = |request: usize| {
            let name = names.get(request).copied().unwrap_or(request as u64);
            *known.entry(name).or_insert_with(|| {
                streams.push(Stream { draws: Draws::new(run.bits(name)), made: 0 });
                u32::try_from(streams.len() - 1).expect("fewer than 2^32 requests")
            })
        };
        let of = (0..requests).map(&mut stream).collect();
        Self { of, streams }
    }

    /// Decisions of the same requests are made: those of each stream, under whatever number it has now.
    pub(super) fn take_over(&mut self, before: &Self) {
        for (&now, &was) in self.of.iter().zip(&before.of) {
            self.streams[now as usize].made = before.streams[was as usize].made;
        }
    }

    /// The draws of the next decision of a request.
    #[inline]
    pub(crate) fn decision(&self, request: usize) -> Decision {
        let Stream { draws, made } = self.streams[self.of[request] as usize];
        Decision { draws, first: made.wrapping_mul(NUMBERS) }
    }

    /// So many decisions of a request have placed a task.
    #[inline]
    pub(crate) fn count(&mut self, request: usize, decisions: u32) {
        self.streams[self.of[request] as usize].made += u64::from(decisions);
    }
}

/// The draws of one decision.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decision {
    draws: Draws,
    first: u64,
}

impl Decision {
    /// The instances that are tried, one after another, where there are so many candidates among so many instances. The
    /// first that is a candidate is chosen.
    #[inline]
    pub(crate) fn tries(self, candidates: u32, instances: u32) -> impl Iterator<Item = u32> {
        (0..tries(candidates, instances)).map(move |number| self.tried(number, instances))
    }

    /// The first that `is_candidate` among the instances that are tried, as [`Self::tries`] lists them; several are asked
    /// at a time, none of which may take long.
    #[inline(always)]
    pub(crate) fn first_tried(
        self,
        candidates: u32,
        instances: u32,
        is_candidate: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let tries = tries(candidates, instances);
        if tries == 0 {
            return None;
        }
        let first = self.tried(0, instances);
        if is_candidate(first) {
            return Some(first);
        }
        let mut number = 1;
        while number < tries {
            let mut ids = [0; AT_A_TIME];
            let mut hits = 0_u32;
            for (other, id) in (0..).zip(&mut ids) {
                *id = self.tried(number + other, instances);
                hits |= u32::from(is_candidate(*id)) << other;
            }
            if hits != 0 {
                let hit = hits.trailing_zeros();
                return (number + u64::from(hit) < tries).then(|| ids[hit as usize % AT_A_TIME]);
            }
            number += AT_A_TIME as u64;
        }
        None
    }

    /// The instance of one try.
    #[inline(always)]
    pub(crate) fn tried(self, number: u64, instances: u32) -> u32 {
        self.draws.below_u32(self.first.wrapping_add(number), instances)
    }

    /// How many candidates are below the chosen one, where no try finds one.
    #[inline]
    pub(crate) fn rank(self, candidates: u32) -> u32 {
        self.draws.below_u32(self.first.wrapping_add(TRIES), candidates)
    }

    /// The decision of the same stream that comes so many placements later.
    #[inline]
    pub(crate) fn later(self, decisions: u64) -> Self {
        Self { first: self.first.wrapping_add(decisions * NUMBERS), ..self }
    }

    /// The chosen one of some candidates, which ascend, in a cluster of so many instances: the definition itself.
    ///
    /// # Panics
    /// If there is no candidate.
    pub(crate) fn among(self, candidates: &[u32], instances: usize) -> u32 {
        let count = u32::try_from(candidates.len()).expect("fewer than 2^32 candidates");
        let instances = u32::try_from(instances).expect("fewer than 2^32 instances");
        let is_candidate = |id: &u32| candidates.binary_search(id).is_ok();
        match self.tries(count, instances).find(is_candidate) {
            Some(id) => id,
            None => candidates[self.rank(count) as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::SplitMix64;

    use super::*;

    #[test]
    fn draws_are_those_of_the_library() {
        for key in [0, 7, u64::MAX] {
            let mut library = SplitMix64::from_seed(key.to_le_bytes());
            let draws = Draws::new(key);
            assert!((0..1_000).all(|number| draws.bits(number) == library.next_u64()), "key {key}");
        }
    }

    /// Frozen: a change here changes every result with a `random` rule.
    #[test]
    fn the_stream_is_frozen() {
        let draws = Draws::new(0);
        let first: Vec<u64> = (0..4).map(|number| draws.bits(number)).collect();
        assert_eq!(first, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec]);
    }

    #[test]
    fn positions_stay_below_the_count() {
        let draws = Draws::new(7);
        assert!((0..1_000).all(|number| draws.below(number, 3) < 3));
    }

    /// Chi-square of 20,000 decisions, below its point of probability 1e-6, where candidates are dense and where not.
    #[test]
    fn each_candidate_is_as_likely_as_the_others() {
        for instances in [10, 100, 1_000] {
            let candidates = [0, 3, 4, 7, 9];
            let mut seen = [0_u32; 5];
            let mut streams = Streams::new(11, 1, &[]);
            for _ in 0..20_000 {
                let chosen = streams.decision(0).among(&candidates, instances);
                seen[candidates.iter().position(|&id| id == chosen).unwrap()] += 1;
                streams.count(0, 1);
            }
            let chi: f64 = seen.iter().map(|&seen| (f64::from(seen) - 4_000.0).powi(2) / 4_000.0).sum();
            assert!(chi < 33.4, "chi-square {chi} of {seen:?} among {instances}");
        }
    }

    #[test]
    fn tries_asked_several_at_a_time_find_the_same() {
        for divisor in [1, 2, 5, 11, 12, 13, 40] {
            let mut streams = Streams::new(17, 1, &[]);
            let candidates = 1_000_u32.div_ceil(divisor);
            for _ in 0..2_000 {
                let decision = streams.decision(0);
                // Fewer than are said, so that some decisions find none.
                let is_candidate = |id: u32| id.is_multiple_of(divisor) && id % 7 != 3;
                let expected = decision.tries(candidates, 1_000).find(|&id| is_candidate(id));
                assert_eq!(decision.first_tried(candidates, 1_000, is_candidate), expected);
                streams.count(0, 1);
            }
        }
    }

    #[test]
    fn decisions_of_a_stream_hang_on_no_other() {
        let mut alone = Streams::new(5, 1, &[77]);
        let mut beside = Streams::new(5, 4, &[1, 77, 2, 77]);
        for number in 0..100_u32 {
            let candidates: Vec<u32> = (number % 7..20).collect();
            assert_eq!(alone.decision(0).among(&candidates, 25), beside.decision(1).among(&candidates, 25));
            alone.count(0, 1);
            // Two kinds of request with one name take turns.
            beside.count(if number % 2 == 0 { 1 } else { 3 }, 1);
            beside.count(2, number);
        }
    }

    #[test]
    fn a_later_decision_is_the_one_that_will_come() {
        let mut streams = Streams::new(3, 1, &[]);
        let later = streams.decision(0).later(16);
        streams.count(0, 16);
        assert_eq!(later.tried(2, 1_000), streams.decision(0).tried(2, 1_000));
    }

    /// Values from an independent script: the key of a run, the stream of a group, its first numbers.
    #[rustfmt::skip]
    #[test]
    fn streams_of_a_run_are_frozen() {
        let key = 0xea34_ecc7_1894_a01e;
        let check = |name: u64, expected: [u64; 8]| {
            let Decision { draws, .. } = Streams::new(key, 1, &[name]).decision(0);
            assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| draws.bits(number)), expected);
        };
        // `strategy` of `service:web`.
        check(0x7c3e_23bd_93a8_ed5f, [
            0x555d_e15d_fd09_c5bb, 0xb615_6458_5ba1_0ae5, 0x853e_2728_e2c3_a67d, 0x77da_6baa_bb9a_62c3,
            0xc552_bc22_fb97_9b69, 0xeee6_e4ef_5583_c2e4, 0x893c_0c27_3550_57d7, 0x750e_1a86_e229_598d,
        ]);
        // `tie` of `service:web`.
        check(0x5f5a_dd69_74e3_ec6a, [
            0xe3fd_93da_19d2_e1ec, 0x912b_920c_710d_95b6, 0xe365_53a8_56e7_2090, 0x4c94_db43_5dd3_f5fb,
            0x6f5d_3b5b_69fe_d66b, 0x1643_e1fe_6851_36c5, 0x5445_62c2_8d1c_ae48, 0xe887_8133_9c7d_a10c,
        ]);
    }
}
