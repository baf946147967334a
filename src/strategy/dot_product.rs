//! Dot product: the instance whose remaining amounts point most the way the demand does, and are largest.
//!
//! The paper fills one bin after the other and chooses the task; where tasks come one by one it is the instance that is
//! chosen, by the same score.
//!
//! # Cost
//! Four multiplications a candidate. Weights are worked out once a run, from the mix of the load and the fleet.
//!
//! # Sources
//! Panigrahy, Talwar, Uyeda and Wieder, "Heuristics for vector bin packing", Microsoft Research 2011: the
//! score `sum a_r d_r f_r` with `a_r` the mean demand (`FFDAvgSum` weights).

use std::sync::Arc;

use super::weights::{Scale, Weights};
use super::{Ranking, Strategy, View};
use crate::model::Scenario;

/// See the module. By default all resources weigh the same, by amount.
#[derive(Clone, Copy, Debug, Default)]
pub struct DotProduct {
    weights: Weights,
}

impl Strategy for DotProduct {
    fn name(&self) -> &str {
        "dot-product"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let Weights([cpu, memory]) = self.weights;
        let scale = Scale::new([cpu * u128::from(view.demand.cpu.0), memory * u128::from(view.demand.memory.0)]);
        view.greatest(|candidate| scale.weigh([u64::from(candidate.cpu.0), u64::from(candidate.memory.0)]))
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
    fn the_greatest_weighted_dot_product_is_chosen() {
        // 2 * 5 + 1 * 1 = 11 against 2 * 3 + 1 * 6 = 12.
        check(&DotProduct::default(), amounts(2, 1), &[eight(5, 1), eight(3, 6)], 1);
        check(&DotProduct::default(), amounts(2, 1), &[eight(5, 2), eight(3, 6)], 0);
        // 288 * 2 * 5 + 17 * 1 * 1 = 2897 against 288 * 2 * 3 + 17 * 1 * 6 = 1830: cpu is what is scarce.
        let ready = DotProduct::default().prepare(&fixture_a()).unwrap();
        check(&*ready, amounts(2, 1), &[eight(3, 6), eight(5, 1)], 1);
    }
}
