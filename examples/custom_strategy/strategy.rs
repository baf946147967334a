//! A strategy of one's own: keep room for the largest task of the load.

use std::sync::Arc;

use stowplan::model::{Demand, Scenario};
use stowplan::strategy::{Strategy, View};

/// Takes the instance that loses the fewest places for the largest task of the scenario, and of several the one with the
/// least memory left.
#[derive(Debug, Default)]
pub(crate) struct KeepHoles {
    largest: Demand,
}

impl Strategy for KeepHoles {
    fn name(&self) -> &str {
        "keep-holes"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.least(|candidate| {
            let (cpu, memory) = (candidate.cpu.0, candidate.memory.0);
            let after = (cpu - view.demand.cpu.0, memory - view.demand.memory.0);
            (self.holes(cpu, memory) - self.holes(after.0, after.1), after.1)
        })
    }

    /// Asked once before the runs: here the strategy learns what the largest task is.
    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        let demands = scenario.definitions.iter().map(|definition| &definition.demand);
        let largest = demands.max_by_key(|demand| (demand.memory, demand.cpu))?.clone();
        Some(Arc::new(Self { largest }))
    }
}

impl KeepHoles {
    /// How many of the largest task fit into what remains.
    fn holes(&self, cpu: u32, memory: u32) -> u32 {
        let fit = |left: u32, need: u32| left.checked_div(need).unwrap_or(0);
        fit(cpu, self.largest.cpu.0).min(fit(memory, self.largest.memory.0))
    }
}
