//! The laws that every strategy obeys, own ones included, as a suite that a test calls.
//!
//! Small random clusters, and now and then one of a hundred instances, are filled, emptied, drained and lost by random
//! programs, on both engines side by side. What breaks a law is made smaller, step by step and instance by instance, and
//! printed with its world. A case is a function of the seed alone.
//!
//! # Laws
//! 1. A position answered is one of the candidates, and a device one of the chosen instance's.
//! 2. The same view gets the same answer: at once, from another place in memory, on another thread, in another order, after
//!    a while, and from the strategy made ready a second time.
//! 3. Both engines place every task on the same instance (the fast one is held to the reference).
//! 4. The chosen instance passes every filter and constraint, and is among those that the rules before leave.
//! 5. A task is refused exactly if there is no candidate, and nothing has changed then.
//! 6. What is taken and what is left add up to what is registered, recounted by both engines.
//! 7. The name is letters, digits and `-`, and it and the order stay what they are, made ready or not.
//! 8. Nothing panics.
//! 9. One that says that it ranks by amounts ([`Ranking::ByAmounts`](super::Ranking)) chooses the same of fewer candidates
//!    that its choice is among, and told of no tasks.
//!
//! # Examples
//!
//! ```
//! use stowplan::strategy::laws::{self, Effort};
//! use stowplan::strategy::{BestFit, Custom};
//!
//! let tally = laws::check(&Custom::new(BestFit), Effort { worlds: 20, ..Effort::quick() }).unwrap();
//! assert!(tally.choices > 0);
//! ```

mod program;
mod views;
mod watch;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::Custom;
use crate::model::Scenario;
use program::{Op, Run};
use watch::{Report, Watched};

/// How long to look for a broken law.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Random clusters.
    pub worlds: u32,
    /// Steps of the program of each.
    pub steps: u32,
    /// Key of all draws.
    pub seed: u64,
    /// How long to wait before views are shown again: a strategy that looks at a clock answers otherwise then.
    pub wait: Duration,
}

impl Default for Effort {
    fn default() -> Self {
        Self { worlds: 200, steps: 80, seed: 1, wait: Duration::from_millis(1_100) }
    }
}

impl Effort {
    /// A look that does not wait: what hangs on a clock goes unnoticed.
    #[must_use]
    pub fn quick() -> Self {
        Self { worlds: 60, steps: 60, wait: Duration::ZERO, ..Self::default() }
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
#[error("strategy `{strategy}` breaks a law in world {world} of seed {seed}, step {step}: {what}\n{story}")]
#[non_exhaustive]
pub struct Broken {
    /// The strategy.
    pub strategy: String,
    /// Key of all draws.
    pub seed: u64,
    /// Which world.
    pub world: u32,
    /// Which step of its program, from 0, once made smaller.
    pub step: u32,
    /// Which law, and the values.
    pub what: String,
    /// The world and what happened in it, made as small as it will go.
    pub story: String,
}

/// Holds a strategy to the laws of the [module](self).
///
/// # Errors
/// The first law that is broken, a panic of the strategy included.
pub fn check(strategy: &Custom, effort: Effort) -> Result<Tally, Broken> {
    let mut held = Held { strategy, effort, report: Report::default(), tally: Tally::default() };
    held.name().map_err(|what| held.broken(0, 0, what, String::new()))?;
    for world in 0..effort.worlds {
        held.world(world)?;
    }
    if !effort.wait.is_zero() {
        std::thread::sleep(effort.wait);
    }
    guarded(|| held.report.again())
        .map_err(|what| held.broken(effort.worlds.saturating_sub(1), effort.steps, what, String::new()))?;
    Ok(held.tally)
}

/// A strategy under test.
struct Held<'a> {
    strategy: &'a Custom,
    effort: Effort,
    report: Report,
    tally: Tally,
}

/// What a program did before a law was broken.
struct Fault {
    step: usize,
    what: String,
}

impl Held<'_> {
    fn broken(&self, world: u32, step: u32, what: String, story: String) -> Broken {
        let strategy = guarded(|| Ok(self.strategy.name().to_owned())).unwrap_or_default();
        Broken { strategy, seed: self.effort.seed, world, step, what, story }
    }

    /// Law 7, as far as no world is needed.
    fn name(&self) -> Result<(), String> {
        guarded(|| {
            let (name, again) = (self.strategy.name().to_owned(), self.strategy.name().to_owned());
            if name != again {
                return Err(format!("its name is `{name}`, and then `{again}`"));
            }
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
                return Err(format!("its name is `{name}`; a name is 1 to 64 letters, digits and `-`"));
            }
            let orders = [(); 3].map(|()| self.strategy.order());
            if orders.iter().any(|order| *order != orders[0]) {
                return Err(format!("its order is {:?}, and then another", orders[0]));
            }
            Ok(())
        })
    }

    fn world(&mut self, world: u32) -> Result<(), Broken> {
        let scenario = world::draw(self.effort.seed, world);
        let program = program::draw(self.effort.seed, world, self.effort.steps);
        let outcome = self.play(&scenario, &program, &self.report.clone());
        match outcome {
            Ok(tally) => {
                self.tally = self.tally.plus(tally);
                Ok(())
            }
            Err(_) => Err(self.smaller(world, scenario, program)),
        }
    }

    /// Plays a program in a world; what breaks a law there.
    fn play(&self, scenario: &Scenario, program: &[Op], report: &Report) -> Result<Tally, Fault> {
        let mut step = 0;
        let played = guarded(|| {
            let watched = Watched::new(self.strategy.clone(), report.clone());
            let mut scenario = scenario.clone();
            world::put(&mut scenario, Custom::new(watched));
            let tally = Run { scenario: &scenario, report, seed: self.effort.seed }.go(program, &mut step)?;
            report.made_ready_again(self.strategy, &scenario)?;
            Ok(tally)
        });
        played.map_err(|what| Fault { step, what })
    }

    /// The world and program with all left out that may be.
    fn smaller(&self, world: u32, mut scenario: Scenario, mut program: Vec<Op>) -> Broken {
        const TRIES: u32 = 600;
        let mut left = TRIES;
        let mut fails = |scenario: &Scenario, program: &[Op]| {
            left = left.saturating_sub(1);
            left > 0 && self.play(scenario, program, &Report::default()).is_err()
        };
        let mut run = program.len().div_ceil(2);
        while run > 0 {
            let mut from = 0;
            while from < program.len() {
                let mut fewer = program.clone();
                fewer.drain(from..(from + run).min(fewer.len()));
                if fails(&scenario, &fewer) { program = fewer } else { from += run }
            }
            run /= 2;
        }
        for instance in (0..scenario.fleet.instances.len()).rev() {
            let mut fewer = scenario.clone();
            fewer.fleet.instances.remove(instance);
            if fails(&fewer, &program) {
                scenario = fewer;
            }
        }
        let report = Report::default();
        // What is random may have gone away meanwhile; then the story is that of the last time.
        let fault = self.play(&scenario, &program, &report).err();
        let (step, what) =
            fault.map_or((0, "it breaks a law, and not every time".to_owned()), |fault| (fault.step, fault.what));
        let story = program::story(&scenario, &program, step);
        self.broken(world, u32::try_from(step).unwrap_or(u32::MAX), what, story)
    }
}

/// What panics is an error that says so.
fn guarded<T>(play: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message");
        Err(format!("it panics: {text}"))
    })
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

#[cfg(test)]
mod tests;
