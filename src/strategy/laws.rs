//! The laws that every strategy obeys, own ones included, as a suite that a test calls.
//!
//! Small random clusters are filled, emptied, drained and lost by random programs, on both engines side by side. Sizes are
//! small, so that ties, exact fits and refusals are common. A case is a function of the seed alone: a report of a broken
//! law can be run again.
//!
//! # Laws
//! 1. A position answered is one of the candidates.
//! 2. The same view gets the same answer.
//! 3. Both engines place every task on the same instance (the fast one is held to the reference).
//! 4. The chosen instance passes every filter and constraint, and is among those that the rules before leave.
//! 5. A task is refused exactly if there is no candidate, and nothing has changed then.
//! 6. What is taken and what is left add up to what is registered, recounted by both engines.
//!
//! # Examples
//!
//! ```
//! use stowplan::strategy::laws::{self, Effort};
//! use stowplan::strategy::{BestFit, Custom};
//!
//! let tally = laws::check(&Custom::new(BestFit), Effort { worlds: 20, ..Effort::default() }).unwrap();
//! assert!(tally.choices > 0);
//! ```

mod program;
mod world;

use std::sync::{Arc, Mutex};

use super::{Custom, Order, Strategy, View};
use crate::model::Scenario;

/// How long to look for a broken law.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Random clusters.
    pub worlds: u32,
    /// Steps of the program of each.
    pub steps: u32,
    /// Key of all draws.
    pub seed: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { worlds: 200, steps: 80, seed: 1 }
    }
}

/// What was tried without a law being broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tasks that were placed.
    pub placements: u64,
    /// Those of them for which the strategy had to choose.
    pub choices: u64,
    /// Tasks that found no candidate.
    pub refusals: u64,
}

/// A law that was broken, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strategy `{strategy}` breaks a law in world {world} of seed {seed}, step {step}: {what}")]
#[non_exhaustive]
pub struct Broken {
    /// The strategy.
    pub strategy: String,
    /// Key of all draws.
    pub seed: u64,
    /// Which world.
    pub world: u32,
    /// Which step of its program, from 0.
    pub step: u32,
    /// Which law, and the values.
    pub what: String,
}

/// Holds a strategy to the laws of the [module](self).
///
/// # Errors
/// The first law that is broken.
///
/// # Panics
/// With the panic of the strategy.
pub fn check(strategy: &Custom, effort: Effort) -> Result<Tally, Broken> {
    let mut tally = Tally::default();
    for world in 0..effort.worlds {
        let watched = Watched { inner: Inner(strategy.clone()), report: Report::default() };
        let report = watched.report.clone();
        let scenario = world::draw(effort.seed, world, Custom::new(watched));
        let run = program::Run { scenario: &scenario, report: &report, seed: effort.seed, world, steps: effort.steps };
        let broken =
            |(step, what)| Broken { strategy: strategy.name().to_owned(), seed: effort.seed, world, step, what };
        tally = tally.plus(run.go().map_err(broken)?);
    }
    Ok(tally)
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            placements: self.placements + other.placements,
            choices: self.choices + other.choices,
            refusals: self.refusals + other.refusals,
        }
    }
}

/// What a watched strategy did, told to whoever runs it.
#[derive(Clone, Debug, Default)]
struct Report(Arc<Mutex<Told>>);

#[derive(Clone, Debug, Default)]
struct Told {
    choices: u64,
    broken: Option<String>,
}

impl Report {
    fn told(&self) -> Told {
        self.0.lock().expect("a strategy that panics ends the check").clone()
    }
}

/// The strategy under test before and after it is made ready.
#[derive(Clone, Debug)]
struct Inner(Custom);

/// A strategy that is looked at while it chooses.
#[derive(Debug)]
struct Watched {
    inner: Inner,
    report: Report,
}

impl Strategy for Watched {
    fn name(&self) -> &str {
        self.inner.0.name()
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let (first, second) = (self.inner.0.answer(view), self.inner.0.answer(view));
        let mut told = self.report.0.lock().expect("a strategy that panics ends the check");
        told.choices += 1;
        let count = view.candidates.len();
        if first >= count {
            told.broken.get_or_insert_with(|| format!("position {first} of {count} candidates"));
            return 0;
        }
        if first != second {
            told.broken.get_or_insert_with(|| format!("the same view got position {first} and then {second}"));
        }
        first
    }

    fn order(&self) -> Order {
        self.inner.0.order()
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        Some(Arc::new(Self { inner: Inner(self.inner.0.prepared(scenario)), report: self.report.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Breaks one law or another.
    #[derive(Debug)]
    enum Rogue {
        Outside,
        Forgetful(AtomicUsize),
        /// One answer for one engine, another for the other.
        TwoFaced(AtomicUsize),
    }

    impl Strategy for Rogue {
        fn name(&self) -> &str {
            "rogue"
        }

        fn choose(&self, view: &View<'_>) -> usize {
            match self {
                Self::Outside => view.candidates.len(),
                Self::Forgetful(asked) => asked.fetch_add(1, Ordering::Relaxed) % 2,
                Self::TwoFaced(asked) => (asked.fetch_add(1, Ordering::Relaxed) / 2 % 2).min(view.candidates.len() - 1),
            }
        }
    }

    fn check_rogue(rogue: Rogue, expected: &str) {
        let broken = check(&Custom::new(rogue), Effort::default()).expect_err("it breaks a law");
        assert!(broken.to_string().contains(expected), "{broken}");
        assert!(broken.to_string().starts_with("strategy `rogue` breaks a law in world"), "{broken}");
    }

    #[test]
    fn a_strategy_that_breaks_a_law_is_found_out() {
        check_rogue(Rogue::Outside, "candidates");
        check_rogue(Rogue::Forgetful(AtomicUsize::new(0)), "the same view got position 0 and then 1");
        check_rogue(Rogue::TwoFaced(AtomicUsize::new(0)), "the engines differ: Some");
    }
}
