//! Tetris alignment: the dot product of what the task takes and what remains, both as shares of the instance.
//!
//! Tetris weighs this against the remaining work of jobs, which tasks of ECS do not have; alignment is its packing half.
//!
//! # Cost
//! One sum of fractions a candidate, with a slower comparison where two are nearly the same.
//!
//! # Sources
//! Grandl, Ananthanarayanan, Kandula, Rao and Akella, "Multi-resource packing for cluster schedulers", SIGCOMM 2014.

use super::exact::{Exact, registered};
use super::{Ranking, Strategy, View};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tetris;

impl Strategy for Tetris {
    fn name(&self) -> &str {
        "tetris"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let demand = [u64::from(view.demand.cpu.0), u64::from(view.demand.memory.0)];
        view.greatest(|candidate| {
            let products = [demand[0] * u64::from(candidate.cpu.0), demand[1] * u64::from(candidate.memory.0)];
            let [of_cpu, of_memory] = registered(candidate.class);
            Exact::sum(products, [of_cpu * of_cpu, of_memory * of_memory])
        })
    }

    fn ranking(&self) -> Ranking {
        Ranking::ByAmounts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{amounts, check, eight, row};

    #[test]
    fn the_best_aligned_is_chosen() {
        // (3 * 2 + 1 * 8) / 64 against (3 * 6 + 1 * 1) / 64.
        check(&Tetris, amounts(3, 1), &[eight(3, 7), eight(6, 1)], 1);
        // Shares, not amounts: (1/4)(4/4) * 2 against (1/8)(6/8) * 2.
        check(&Tetris, amounts(1, 1), &[eight(6, 6), row(amounts(4, 4), amounts(4, 4))], 1);
        check(&Tetris, amounts(0, 0), &[eight(6, 6), row(amounts(4, 4), amounts(4, 4))], 0);
    }
}
