//! Norm 2: the instance on which the vector of what remains afterwards is shortest.
//!
//! The paper fills one bin after the other and chooses the task; where tasks come one by one it is the instance that is
//! chosen, by the same score.
//!
//! # Cost
//! Four multiplications a candidate. Weights are worked out once a run, from the mix of the load and the fleet.
//!
//! # Sources
//! Panigrahy, Talwar, Uyeda and Wieder, "Heuristics for vector bin packing", Microsoft Research 2011: the
//! norm-based greedy with the score `sum a_r (f_r - d_r)^2`, `a_r` the mean demand.

use std::sync::Arc;

use super::best_fit::left;
use super::weights::{Scale, Weights};
use super::{Ranking, Strategy, View};
use crate::model::Scenario;

/// See the module. By default all resources weigh the same, by amount.
#[derive(Clone, Copy, Debug, Default)]
pub struct Norm2 {
    weights: Weights,
}

impl Strategy for Norm2 {
    fn name(&self) -> &str {
        "norm-2"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let Weights(weights) = self.weights;
        let scale = Scale::new(weights);
        view.least(|candidate| {
            let [cpu, memory] = left(candidate, view.demand);
            scale.weigh([cpu * cpu, memory * memory])
        })
    }

    fn ranking(&self) -> Ranking {
        Ranking::ByAmounts
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        Some(Arc::new(Self { weights: Weights::of(scenario) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, eight, fixture_a};

    #[test]
    fn the_shortest_rest_is_chosen() {
        // 4^2 + 0 = 16 against 3^2 + 2^2 = 13; best fit would see 4 against 5.
        check(&Norm2::default(), amounts(1, 1), &[eight(5, 1), eight(4, 3)], 1);
        check(&Norm2::default(), amounts(1, 1), &[eight(4, 3), eight(3, 4)], 0);
        // Equal by default; the one with less cpu left wins where cpu is scarce.
        let ready = Norm2::default().prepare(&fixture_a()).unwrap();
        check(&*ready, amounts(1, 1), &[eight(4, 3), eight(3, 4)], 1);
    }
}
