//! The engines' own random draws: which of several equally good instances a decision takes.
//!
//! A draw is a function of the run's key, of the stream of its request (what the request *is*, see
//! [`Requests::streams`](crate::model::Requests::streams)) and of how many tasks that request has placed: a decision more
//! or less of one request never shifts those of another, and a refusal draws nothing. Both engines draw by the same
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

/// SplitMix64 adds this to its state for every value.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// So many instances are tried before candidates are counted.
const TRIES: u64 = 48;
/// Candidates are dense where one instance in so many is one.
const DENSE_ENOUGH: u64 = 12;
/// Numbers that one decision may draw: a try each, and the last for the rank.
const NUMBERS: u64 = TRIES + 1;

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
    #[inline]
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
    #[inline]
    pub(crate) fn below_u32(self, number: u64, count: u32) -> u32 {
        assert!(count > 0, "a draw among no candidates");
        u32::try_from((u128::from(self.bits(number)) * u128::from(count)) >> 64).expect("below a u32")
    }
}

/// The draws of one request, and how many of its decisions are made.
#[derive(Clone, Copy, Debug)]
struct Stream {
    draws: Draws,
    made: u64,
}

/// The draws of every request of a run.
#[derive(Clone, Debug)]
pub(crate) struct Streams(Vec<Stream>);

impl Streams {
    /// The streams of so many requests of a run; requests that no stream is named for have their position as one.
    pub(crate) fn new(key: u64, requests: usize, streams: &[u64]) -> Self {
        let run = Draws::new(key);
        let of = |request: usize| streams.get(request).copied().unwrap_or(request as u64);
        let stream = |request| Stream { draws: Draws::new(run.bits(of(request))), made: 0 };
        Self((0..requests).map(stream).collect())
    }

    /// The draws of the next decision of a request.
    #[inline]
    pub(crate) fn decision(&self, request: usize) -> Decision {
        let Stream { draws, made } = self.0[request];
        Decision { draws, first: made.wrapping_mul(NUMBERS) }
    }

    /// So many decisions of a request have placed a task.
    #[inline]
    pub(crate) fn count(&mut self, request: usize, decisions: u32) {
        self.0[request].made += u64::from(decisions);
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
        let is_dense = u64::from(candidates) * DENSE_ENOUGH >= u64::from(instances);
        let tries = if is_dense { TRIES } else { 0 };
        (0..tries).map(move |number| self.tried(number, instances))
    }

    /// The instance of one try.
    #[inline]
    pub(crate) fn tried(self, number: u64, instances: u32) -> u32 {
        self.draws.below_u32(self.first.wrapping_add(number), instances)
    }

    /// How many candidates are below the chosen one, where no try finds one.
    #[inline]
    pub(crate) fn rank(self, candidates: u32) -> u32 {
        self.draws.below_u32(self.first.wrapping_add(TRIES), candidates)
    }

    /// The decision of the same request that comes so many placements later.
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
    fn decisions_of_a_request_hang_on_no_other_request() {
        let mut alone = Streams::new(5, 1, &[77]);
        let mut beside = Streams::new(5, 3, &[1, 77, 2]);
        for number in 0..100_u32 {
            let candidates: Vec<u32> = (number % 7..20).collect();
            assert_eq!(alone.decision(0).among(&candidates, 25), beside.decision(1).among(&candidates, 25));
            alone.count(0, 1);
            beside.count(1, 1);
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
}
