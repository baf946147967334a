//! A strategy that is looked at while it chooses, and what it did.

use std::sync::{Arc, Mutex};

use super::views::Shown;
use crate::model::{Demand, Device, Scenario};
use crate::strategy::{Candidate, Custom, Order, Ranking, Strategy, View};

/// So many views are kept, to be shown again.
const KEPT: usize = 400;
/// So many of each world.
const KEPT_OF_WORLD: usize = 8;

/// What a watched strategy did, told to whoever runs it.
#[derive(Clone, Debug, Default)]
pub(super) struct Report(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    choices: u64,
    broken: Option<String>,
    /// Views of this world, for the strategy as it was made ready for it.
    of_world: Vec<Shown>,
    /// Views of all worlds, with the strategy that was shown them.
    kept: Vec<(Custom, Shown)>,
}

impl Report {
    fn with<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        // One that panicked while it was asked has left nothing half told.
        look(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// What the strategy itself did wrong.
    pub(super) fn broken(&self) -> Option<String> {
        self.with(|told| told.broken.clone())
    }

    /// The choices since it was last asked.
    pub(super) fn take_choices(&self) -> u64 {
        self.with(|told| std::mem::take(&mut told.choices))
    }

    /// Law 2 and law 7: made ready for the world once more, the strategy is the same.
    pub(super) fn made_ready_again(&self, strategy: &Custom, scenario: &Scenario) -> Result<(), String> {
        let views = self.with(|told| std::mem::take(&mut told.of_world));
        let [one, other] = [strategy.prepared(scenario), strategy.prepared(scenario)];
        for ready in [&one, &other] {
            if ready.name() != strategy.name() || ready.order() != strategy.order() {
                let (name, order) = (ready.name(), ready.order());
                return Err(format!(
                    "made ready its name is `{name}` and its order {order:?}, and before they were others"
                ));
            }
        }
        for shown in &views {
            for ready in [&one, &other] {
                let answer = shown.show(ready);
                if answer != shown.answer {
                    return Err(format!(
                        "made ready again, it answers position {answer} where it answered {}",
                        shown.answer
                    ));
                }
            }
        }
        self.with(|told| {
            let room = KEPT.saturating_sub(told.kept.len());
            told.kept.extend(views.into_iter().take(room).map(|shown| (one.clone(), shown)));
        });
        Ok(())
    }

    /// Law 2: all that was kept is shown again, backwards, on another thread.
    pub(super) fn again(&self) -> Result<(), String> {
        let kept = self.with(|told| std::mem::take(&mut told.kept));
        let look = || {
            for (strategy, shown) in kept.iter().rev() {
                let answer = shown.show(strategy);
                if answer != shown.answer {
                    let first = shown.answer;
                    return Err(format!(
                        "shown the same view later, in another order and on another thread, it answers position {answer} where it \
                         answered {first}: it has a memory, a clock or a thread's id"
                    ));
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| scope.spawn(look).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

fn named(instance: Option<u32>) -> String {
    instance.map_or_else(|| "nobody".to_owned(), |number| format!("instance {number}"))
}

/// A strategy that is looked at while it chooses.
#[derive(Debug)]
pub(super) struct Watched {
    inner: Custom,
    report: Report,
}

impl Watched {
    pub(super) fn new(inner: Custom, report: Report) -> Self {
        Self { inner, report }
    }
}

impl Strategy for Watched {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let (first, second) = (self.inner.answer(view), self.inner.answer(view));
        let shown = Shown::new(view, first);
        let look = self.report.with(|told| told.choices);
        let moved = shown.show_elsewhere(&self.inner, look);
        let ranks = self.inner.ranking() == Ranking::ByAmounts && shown.chosen().is_some();
        let of_fewer = if ranks { shown.chosen_of_fewer(&self.inner, look) } else { shown.chosen() };
        let count = view.count();
        self.report.with(|told| {
            told.choices += 1;
            if first >= count {
                told.broken.get_or_insert_with(|| format!("position {first} of {count} candidates"));
            } else if first != second {
                told.broken.get_or_insert_with(|| format!("the same view got position {first} and then {second}"));
            } else if first != moved {
                told.broken.get_or_insert_with(|| {
                    format!("the same view at another place in memory got position {moved} and not {first}")
                });
            }
            if of_fewer != shown.chosen() {
                told.broken.get_or_insert_with(|| {
                    format!(
                        "it says that it ranks by amounts, and chooses {} of fewer candidates, told of no tasks, where it chose \
                         {} of all",
                        named(of_fewer),
                        named(shown.chosen())
                    )
                });
            }
            // Of a world the first views, and those with many candidates, which few worlds have.
            if told.of_world.len() < KEPT_OF_WORLD {
                told.of_world.push(shown);
            }
        });
        if first < count { first } else { 0 }
    }

    fn device(&self, demand: &Demand, chosen: &Candidate<'_>) -> Device {
        let (first, second) = (self.inner.device(demand, chosen), self.inner.device(demand, chosen));
        if first != second {
            self.report.with(|told| {
                told.broken
                    .get_or_insert_with(|| format!("the same instance got device {first:?} and then {second:?}"));
            });
        }
        first
    }

    fn order(&self) -> Order {
        self.inner.order()
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        Some(Arc::new(Self { inner: self.inner.prepared(scenario), report: self.report.clone() }))
    }
}
