//! Best fit in two resources: the instance on which least remains afterwards, cpu and memory as shares of what it
//! registered, added up.
//!
//! # Cost
//! One fraction a candidate.
//!
//! # Sources
//! Johnson, "Near-optimal bin packing algorithms", MIT 1973, for one resource; a sum over resources as in Panigrahy,
//! Talwar, Uyeda and Wieder, "Heuristics for vector bin packing", 2011.

use super::exact::{Exact, registered};
use super::{Candidate, Ranking, Strategy, View};
use crate::model::Demand;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct BestFit;

impl Strategy for BestFit {
    fn name(&self) -> &str {
        "best-fit"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.least(|candidate| leftover(candidate, view.demand))
    }

    fn ranking(&self) -> Ranking {
        Ranking::LeastShares
    }
}

/// Cpu and memory that remain once the task is there.
#[inline]
pub(super) fn left(candidate: &Candidate<'_>, demand: &Demand) -> [u64; 2] {
    let (cpu, memory) = (candidate.cpu.0 - demand.cpu.0, candidate.memory.0 - demand.memory.0);
    [u64::from(cpu), u64::from(memory)]
}

/// The shares of cpu and memory that remain once the task is there, added up.
#[inline]
pub(super) fn leftover(candidate: &Candidate<'_>, demand: &Demand) -> Exact {
    Exact::sum(left(candidate, demand), registered(candidate.class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, eight, row};

    #[test]
    fn the_least_that_remains_by_share_is_chosen() {
        // 3/8 + 1/8 against 1/8 + 2/8.
        check(&BestFit, amounts(1, 2), &[eight(4, 3), eight(2, 4)], 1);
        // 1/2 + 1/2 against 3/8 + 5/8: a tie, and the first wins.
        check(&BestFit, amounts(1, 1), &[row(amounts(4, 4), amounts(3, 3)), eight(4, 6)], 0);
        // More remains by amount, and less by share.
        check(&BestFit, amounts(1, 1), &[row(amounts(4, 4), amounts(2, 2)), row(amounts(32, 32), amounts(5, 5))], 1);
        // An instance without memory has no share of it.
        check(&BestFit, amounts(1, 0), &[row(amounts(4, 0), amounts(2, 0)), row(amounts(4, 4), amounts(1, 1))], 0);
    }
}
