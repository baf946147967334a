//! Worst fit in two resources: the instance on which most remains afterwards, measured as by best fit.
//!
//! # Cost
//! One fraction a candidate.
//!
//! # Sources
//! Johnson, "Near-optimal bin packing algorithms", MIT 1973. Borg's early E-PVM scoring "ends up" as this (Verma et al.,
//! EuroSys 2015), and Kubernetes' `LeastAllocated` is this with scores rounded to whole percent.

use super::best_fit::leftover;
use super::{Ranking, Strategy, View};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorstFit;

impl Strategy for WorstFit {
    fn name(&self) -> &str {
        "worst-fit"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.greatest(|candidate| leftover(candidate, view.demand))
    }

    fn ranking(&self) -> Ranking {
        Ranking::GreatestShares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, eight, row};

    #[test]
    fn the_most_that_remains_by_share_is_chosen() {
        check(&WorstFit, amounts(1, 2), &[eight(2, 4), eight(4, 3)], 1);
        check(&WorstFit, amounts(1, 1), &[row(amounts(32, 32), amounts(5, 5)), row(amounts(4, 4), amounts(2, 2))], 1);
        check(&WorstFit, amounts(1, 1), &[row(amounts(4, 4), amounts(3, 3)), eight(4, 6)], 0);
    }
}
