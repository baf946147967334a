//! Offline decreasing orders: a strategy that places the largest tasks of a moment first.
//!
//! The tasks that ask at one moment are all known then, and are sorted before the first is placed: a load that arrives at
//! once, or the services at the start of a run. Sorting needs the whole moment, so this is no rule that ECS could follow;
//! it is what a repacking could reach. Tasks that come one by one are placed as they come, and the name promises
//! nothing. Size is the sum of the shares of the fleet's cpu and memory (`FFDSum`).
//!
//! # Cost
//! The tasks of a moment in memory, sorted, beside the cost of the strategy inside.
//!
//! # Sources
//! Johnson, "Near-optimal bin packing algorithms", MIT 1973; in one resource first fit decreasing opens at most 11/9 of
//! the optimum and 6/9 (Dósa 2007). In several resources: Panigrahy, Talwar, Uyeda and Wieder 2011.

use std::sync::Arc;

use super::{Order, Ranking, Strategy, View};
use crate::model::Scenario;

/// See the module.
#[derive(Clone, Debug)]
pub struct Decreasing {
    name: String,
    inner: Arc<dyn Strategy>,
}

impl Decreasing {
    /// A strategy, the largest tasks first; its name gets `-decreasing` at the end.
    pub fn new(inner: impl Strategy + 'static) -> Self {
        Self { name: format!("{}-decreasing", inner.name()), inner: Arc::new(inner) }
    }
}

impl Strategy for Decreasing {
    fn name(&self) -> &str {
        &self.name
    }

    fn choose(&self, view: &View<'_>) -> usize {
        self.inner.choose(view)
    }

    fn ranking(&self) -> Ranking {
        self.inner.ranking()
    }

    fn order(&self) -> Order {
        Order::Decreasing
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        let inner = self.inner.prepare(scenario)?;
        Some(Arc::new(Self { name: self.name.clone(), inner }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, eight, fixture_a};
    use crate::strategy::{DotProduct, FirstFit};

    #[test]
    fn the_strategy_inside_chooses_and_is_made_ready() {
        let first = Decreasing::new(FirstFit);
        assert_eq!((first.name(), first.order()), ("first-fit-decreasing", Order::Decreasing));
        assert!(first.prepare(&fixture_a()).is_none());
        let ready = Decreasing::new(DotProduct::default()).prepare(&fixture_a()).unwrap();
        assert_eq!((ready.name(), ready.order()), ("dot-product-decreasing", Order::Decreasing));
        check(&*ready, amounts(2, 1), &[eight(3, 6), eight(5, 1)], 1);
    }
}
