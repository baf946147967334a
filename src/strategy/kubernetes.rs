//! The scores of the Kubernetes scheduler for cpu and memory, with its own rounding.
//!
//! All three count the task itself as placed, give 0 to 100 (`MaxNodeScore`) and round down, so that ties are common;
//! Kubernetes then draws one at random, here it is the first in input order. Kubernetes takes 100 millicores and 200 MB
//! for containers that request nothing; here 0 is 0. By default it runs `LeastAllocated` and `BalancedAllocation` together;
//! each is a policy of its own here, and the second is not meant to be used alone.
//!
//! # Cost
//! Two divisions a candidate.
//!
//! # Sources
//! kubernetes/kubernetes, `pkg/scheduler/framework/plugins/noderesources/`: `leastRequestedScore`,
//! `mostRequestedScore`, `balancedResourceScorer` (the score of the node with the task; later versions compare it with the
//! score without), weights 1 and 1.

use super::best_fit::left;
use super::exact::registered;
use super::{Candidate, Ranking, Strategy, View};
use crate::model::Demand;

/// The score of a node that is best in every way.
const MAX_NODE_SCORE: u64 = 100;

/// Spreads: the mean share that remains.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeastAllocated;

/// Packs: the mean share that is requested.
#[derive(Clone, Copy, Debug, Default)]
pub struct MostAllocated;

/// Keeps cpu and memory in step: how little the requested shares of the two differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct BalancedAllocation;

impl Strategy for LeastAllocated {
    fn name(&self) -> &str {
        "kubernetes-least-allocated"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.greatest(|candidate| mean_score(left(candidate, view.demand), registered(candidate.class)))
    }

    fn ranking(&self) -> Ranking {
        Ranking::ByAmounts
    }
}

impl Strategy for MostAllocated {
    fn name(&self) -> &str {
        "kubernetes-most-allocated"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.greatest(|candidate| mean_score(requested(candidate, view.demand), registered(candidate.class)))
    }

    fn ranking(&self) -> Ranking {
        Ranking::ByAmounts
    }
}

impl Strategy for BalancedAllocation {
    fn name(&self) -> &str {
        "kubernetes-balanced-allocation"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.greatest(|candidate| balance_score(requested(candidate, view.demand), registered(candidate.class)))
    }

    fn ranking(&self) -> Ranking {
        Ranking::ByAmounts
    }
}

/// Cpu and memory that are taken once the task is there.
#[inline]
fn requested(candidate: &Candidate<'_>, demand: &Demand) -> [u64; 2] {
    let (left, whole) = (left(candidate, demand), registered(candidate.class));
    [whole[0] - left[0], whole[1] - left[1]]
}

/// The mean over the resources that the node has, each rounded down to a whole percent first.
#[inline]
fn mean_score([cpu, memory]: [u64; 2], wholes: [u64; 2]) -> u64 {
    match wholes {
        [0, 0] => 0,
        [0, whole] => percent(memory, whole),
        [whole, 0] => percent(cpu, whole),
        [of_cpu, of_memory] => u64::midpoint(percent(cpu, of_cpu), percent(memory, of_memory)),
    }
}

/// A share of what a node has, rounded down to a whole percent.
#[inline]
fn percent(amount: u64, whole: u64) -> u64 {
    amount * MAX_NODE_SCORE / whole
}

/// `(1 - std) * 100`, where the standard deviation of two shares is half their difference.
fn balance_score(amounts: [u64; 2], wholes: [u64; 2]) -> u64 {
    if wholes.contains(&0) {
        return MAX_NODE_SCORE;
    }
    let difference = (amounts[0] * wholes[1]).abs_diff(amounts[1] * wholes[0]);
    let both = wholes[0] * wholes[1];
    if both < 1 << 56 {
        return (2 * both - difference) * MAX_NODE_SCORE / (2 * both);
    }
    let (both, difference) = (u128::from(both), u128::from(difference));
    u64::try_from((2 * both - difference) * u128::from(MAX_NODE_SCORE) / (2 * both)).expect("at most the highest score")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, row};

    #[test]
    fn scores_are_those_of_kubernetes() {
        // 70 and 90 of 100, as in (10 - 3) * 100 / 10 and (10 - 1) * 100 / 10.
        assert_eq!(mean_score([7, 9], [10, 10]), 80);
        // 33 and 66, their mean rounded down.
        assert_eq!(mean_score([1, 2], [3, 3]), 49);
        assert_eq!(mean_score([1, 0], [2, 0]), 50, "a resource that the node lacks does not count");
        assert_eq!(balance_score([3, 3], [10, 10]), 100);
        // 0.5 and 0.25: 1 - 0.125.
        assert_eq!(balance_score([5, 1], [10, 4]), 87);
        assert_eq!(balance_score([10, 0], [10, 10]), 50);
        assert_eq!(balance_score([1, 0], [10, 0]), 100);
    }

    #[test]
    fn each_score_chooses_its_own_way() {
        let rows = [
            row(amounts(10, 10), amounts(5, 5)),
            row(amounts(10, 10), amounts(9, 9)),
            row(amounts(10, 10), amounts(4, 9)),
        ];
        check(&LeastAllocated, amounts(1, 1), &rows, 1);
        check(&MostAllocated, amounts(1, 1), &rows, 0);
        // 0.6 and 0.6, 0.2 and 0.2, or 0.7 and 0.2; with 0 memory 0.7 and 0.1.
        check(&BalancedAllocation, amounts(1, 1), &rows, 0);
        check(&BalancedAllocation, amounts(1, 1), &rows[1..], 0);
        check(&BalancedAllocation, amounts(4, 0), &rows, 0);
    }

    #[test]
    fn rounding_makes_ties_and_the_first_wins() {
        // 50.4 % against 50.9 %.
        check(
            &LeastAllocated,
            amounts(1, 1),
            &[row(amounts(1000, 1000), amounts(505, 505)), row(amounts(1000, 1000), amounts(510, 510))],
            0,
        );
    }
}
