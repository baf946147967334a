//! Strategies that are no rules of ECS: those of the literature, and the laws that any strategy obeys.
//!
//! [`Strategy`] is all that an own strategy has to implement; `examples/custom_strategy.rs` shows one from the first line
//! to the report. A policy of a scenario names one by `baseline`, and it decides among the instances that filters,
//! constraints and the rules of `placementStrategy` leave. [`laws::check`] holds a strategy to what every engine and
//! every report takes for granted.
//!
//! All but `fgd` and its rivals look at cpu and memory alone, the two resources of every task; for them GPUs, like ports
//! and interface slots for all, decide only where a task fits. Among equals the first in input order is chosen, whatever the option `tie-break` says.
//! Scores are integers or exact fractions.
//!
//! # Cost
//! What a strategy says of how it ranks ([`Strategy::ranking`]) decides what it must be shown: for first, best and worst
//! fit a few instances; where it ranks by amounts, as all others do that look at no GPUs, the winners of tournaments, of
//! which what has changed is played anew; of any other every candidate, in one pass over columns: 1 to 6 ns an instance by
//! what its score reads ([`View::least`]), and several times that if it asks for the list ([`View::candidates`]).

mod best_fit;
mod borg_hybrid;
mod decreasing;
mod dot_product;
mod exact;
mod fgd;
mod first_fit;
mod kubernetes;
pub mod laws;
mod near;
mod norm_2;
#[cfg(test)]
mod ranking_tests;
#[cfg(test)]
mod test_support;
mod tetris;
mod weights;
mod worst_fit;

pub use crate::model::contract::{Candidate, Custom, Order, Ranking, Strategy, View};
pub use best_fit::BestFit;
pub use borg_hybrid::BorgHybrid;
pub use decreasing::Decreasing;
pub use dot_product::DotProduct;
pub use fgd::{Fgd, FgdBestFit, FgdDotProduct};
pub use first_fit::FirstFit;
pub use kubernetes::{BalancedAllocation, LeastAllocated, MostAllocated};
pub use norm_2::Norm2;
pub use tetris::Tetris;
pub use worst_fit::WorstFit;

/// A strategy of the literature that a policy may name.
#[derive(Clone, Copy, Debug)]
pub struct Baseline {
    /// Its name in scenarios.
    pub name: &'static str,
    /// What it chooses.
    pub rule: &'static str,
    /// Where it is published.
    pub source: &'static str,
    make: fn() -> Custom,
}

impl Baseline {
    /// The strategy.
    #[must_use]
    pub fn strategy(&self) -> Custom {
        (self.make)()
    }
}

/// Every strategy of the literature here.
pub const BASELINES: &[Baseline] = &[
    Baseline {
        name: "first-fit",
        rule: "the first instance in input order",
        source: "Garey, Graham and Ullman, \"Worst-case analysis of memory allocation algorithms\", STOC 1972",
        make: || Custom::new(FirstFit),
    },
    Baseline {
        name: "best-fit",
        rule: "the least that remains afterwards, as shares of cpu and memory added up",
        source: "Johnson, \"Near-optimal bin packing algorithms\", MIT 1973; in several resources Panigrahy et al. 2011",
        make: || Custom::new(BestFit),
    },
    Baseline {
        name: "worst-fit",
        rule: "the most that remains afterwards, as shares of cpu and memory added up",
        source: "Johnson, \"Near-optimal bin packing algorithms\", MIT 1973",
        make: || Custom::new(WorstFit),
    },
    Baseline {
        name: "dot-product",
        rule: "the greatest dot product of demand and remaining amounts, resources weighted by how scarce they are",
        source: "Panigrahy, Talwar, Uyeda and Wieder, \"Heuristics for vector bin packing\", Microsoft Research 2011",
        make: || Custom::new(DotProduct::default()),
    },
    Baseline {
        name: "norm-2",
        rule: "the least Euclidean norm of what remains afterwards, resources weighted by how scarce they are",
        source: "Panigrahy, Talwar, Uyeda and Wieder, \"Heuristics for vector bin packing\", Microsoft Research 2011",
        make: || Custom::new(Norm2::default()),
    },
    Baseline {
        name: "tetris",
        rule: "the greatest alignment: the dot product of demand and remaining amounts, as shares of the instance",
        source: "Grandl, Ananthanarayanan, Kandula, Rao and Akella, \"Multi-resource packing for cluster schedulers\", \
                 SIGCOMM 2014",
        make: || Custom::new(Tetris),
    },
    Baseline {
        name: "fgd",
        rule: "the steepest descent of fragmentation against the mix of the load (M11)",
        source: "Weng et al., \"Beware of fragmentation: scheduling GPU-sharing workloads with fragmentation gradient \
                 descent\", USENIX ATC 2023",
        make: || Custom::new(Fgd::default()),
    },
    Baseline {
        name: "fgd-best-fit",
        rule: "the least that remains of cpu and GPUs, as shares of the largest instance: the rival of fgd in its paper",
        source: "Weng et al., USENIX ATC 2023; hkust-adsl/kubernetes-scheduler-simulator, best_fit_score.go",
        make: || Custom::new(FgdBestFit::default()),
    },
    Baseline {
        name: "fgd-dot-product",
        rule: "the least dot product of demand and what remains of cpu and GPUs: the rival of fgd in its paper",
        source: "Weng et al., USENIX ATC 2023; hkust-adsl/kubernetes-scheduler-simulator, dot_product_score.go",
        make: || Custom::new(FgdDotProduct::default()),
    },
    Baseline {
        name: "borg-hybrid",
        rule: "best fit that counts what it strands: the least largest share of cpu or memory that remains afterwards",
        source: "Verma et al., \"Large-scale cluster management at Google with Borg\", EuroSys 2015 (idea; no formula is \
                 published)",
        make: || Custom::new(BorgHybrid),
    },
    Baseline {
        name: "kubernetes-least-allocated",
        rule: "the highest NodeResourcesFit score of LeastAllocated, cpu and memory of weight 1",
        source: "kubernetes/kubernetes, pkg/scheduler/framework/plugins/noderesources/least_allocated.go",
        make: || Custom::new(LeastAllocated),
    },
    Baseline {
        name: "kubernetes-most-allocated",
        rule: "the highest NodeResourcesFit score of MostAllocated, cpu and memory of weight 1",
        source: "kubernetes/kubernetes, pkg/scheduler/framework/plugins/noderesources/most_allocated.go",
        make: || Custom::new(MostAllocated),
    },
    Baseline {
        name: "kubernetes-balanced-allocation",
        rule: "the highest NodeResourcesBalancedAllocation score of cpu and memory",
        source: "kubernetes/kubernetes, pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go",
        make: || Custom::new(BalancedAllocation),
    },
    Baseline {
        name: "first-fit-decreasing",
        rule: "first-fit, the largest tasks of a moment first",
        source: "Johnson, \"Near-optimal bin packing algorithms\", MIT 1973; size as FFDSum of Panigrahy et al. 2011",
        make: || Custom::new(Decreasing::new(FirstFit)),
    },
    Baseline {
        name: "best-fit-decreasing",
        rule: "best-fit, the largest tasks of a moment first",
        source: "Johnson, \"Near-optimal bin packing algorithms\", MIT 1973; size as FFDSum of Panigrahy et al. 2011",
        make: || Custom::new(Decreasing::new(BestFit)),
    },
    Baseline {
        name: "dot-product-decreasing",
        rule: "dot-product, the largest tasks of a moment first",
        source: "Panigrahy, Talwar, Uyeda and Wieder, \"Heuristics for vector bin packing\", Microsoft Research 2011",
        make: || Custom::new(Decreasing::new(DotProduct::default())),
    },
    Baseline {
        name: "norm-2-decreasing",
        rule: "norm-2, the largest tasks of a moment first",
        source: "Panigrahy, Talwar, Uyeda and Wieder, \"Heuristics for vector bin packing\", Microsoft Research 2011",
        make: || Custom::new(Decreasing::new(Norm2::default())),
    },
];

/// The strategy of this name; `None` if there is none here.
///
/// # Examples
///
/// ```
/// assert_eq!(stowplan::strategy::named("fgd").unwrap().name(), "fgd");
/// ```
#[must_use]
pub fn named(name: &str) -> Option<Custom> {
    BASELINES.iter().find(|baseline| baseline.name == name).map(Baseline::strategy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_registered_under_its_own_name() {
        for baseline in BASELINES {
            assert_eq!(baseline.strategy().name(), baseline.name);
            assert_eq!(baseline.strategy().order() == Order::Decreasing, baseline.name.ends_with("-decreasing"));
        }
        assert_eq!(named("next-fit"), None);
    }

    #[test]
    fn every_strategy_obeys_the_laws() {
        for baseline in BASELINES {
            let tally = laws::check(&baseline.strategy(), laws::Effort::quick());
            let tally = tally.unwrap_or_else(|broken| panic!("{}: {broken}", baseline.name));
            assert!(tally.choices > 300 && tally.refusals > 50, "{}: {tally:?} exercises little", baseline.name);
        }
    }
}
