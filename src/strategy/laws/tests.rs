//! Strategies that break one law or another, and that each is found out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::*;
use crate::strategy::{Order, Ranking, Strategy, View};

/// Breaks one law or another.
#[derive(Debug)]
enum Rogue {
    Outside,
    Forgetful(AtomicUsize),
    /// One answer for one engine, another for the other.
    TwoFaced(AtomicUsize),
    /// Remembers how many it has placed.
    Remembers(AtomicUsize),
    Thread,
    Clock(std::time::SystemTime),
    Address,
    /// Right for few candidates.
    Many,
    /// Says that it ranks by amounts, and looks at how many there are.
    Crowd,
    /// Says that it ranks by amounts, and looks at tasks.
    Busy,
    Panics,
    PanicsWhenReady,
    /// Its order is another one every time.
    Orders(AtomicU64),
    /// Made ready, it is another one every time.
    Ready(Arc<AtomicU64>),
    /// Made ready, it has another name.
    Renamed(&'static str),
}

impl Strategy for Rogue {
    fn name(&self) -> &str {
        if let Self::Renamed(name) = self { name } else { "rogue" }
    }

    #[expect(clippy::disallowed_methods, reason = "what is wrong with it is that it looks at a clock")]
    fn choose(&self, view: &View<'_>) -> usize {
        let count = view.count();
        match self {
            Self::Outside => count,
            Self::Forgetful(asked) => asked.fetch_add(1, Ordering::Relaxed) % 2,
            Self::TwoFaced(asked) => (asked.fetch_add(1, Ordering::Relaxed) / 3 % 2).min(count - 1),
            Self::Remembers(asked) => (asked.fetch_add(1, Ordering::Relaxed) / 6 % 2).min(count - 1),
            Self::Thread => usize::from(std::thread::current().name().is_none()),
            Self::Clock(start) => {
                let since = std::time::SystemTime::now().duration_since(*start).map_or(0, |since| since.as_nanos());
                usize::from(since % 2 == 1)
            }
            Self::Address => std::ptr::from_ref(view.demand) as usize / 64 % 2,
            Self::Many => {
                if count > 20 {
                    count
                } else {
                    0
                }
            }
            Self::Crowd => count / 2,
            Self::Busy => view.least(|candidate| candidate.tasks),
            Self::Panics => panic!("no way"),
            Self::Ready(made) => usize::from(made.load(Ordering::Relaxed) % 2 == 1).min(count - 1),
            Self::PanicsWhenReady | Self::Orders(_) | Self::Renamed(_) => 0,
        }
    }

    fn ranking(&self) -> Ranking {
        if matches!(self, Self::Crowd | Self::Busy) { Ranking::ByAmounts } else { Ranking::EachByItself }
    }

    fn order(&self) -> Order {
        match self {
            Self::Orders(asked) if asked.fetch_add(1, Ordering::Relaxed) % 2 == 1 => Order::Decreasing,
            _ => Order::Given,
        }
    }

    fn prepare(&self, _scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        match self {
            Self::PanicsWhenReady => panic!("not ready"),
            Self::Ready(made) => {
                let number = made.fetch_add(1, Ordering::Relaxed) + 1;
                Some(Arc::new(Self::Ready(Arc::new(AtomicU64::new(number)))))
            }
            Self::Renamed("rogue") => Some(Arc::new(Self::Renamed("other"))),
            _ => None,
        }
    }
}

fn check_rogue(rogue: Rogue, expected: &str) -> Broken {
    let broken = found_out(rogue);
    assert!(broken.to_string().contains(expected), "{broken}");
    broken
}

fn found_out(rogue: Rogue) -> Broken {
    let is_clock = matches!(rogue, Rogue::Clock(_));
    let effort = if is_clock { Effort::default() } else { Effort::quick() };
    let broken = check(&Custom::new(rogue), Effort { worlds: 20, steps: 60, ..effort }).expect_err("it breaks a law");
    assert!(broken.to_string().starts_with("strategy `"), "{broken}");
    broken
}

#[test]
fn a_strategy_that_breaks_a_law_is_found_out() {
    check_rogue(Rogue::Outside, "candidates");
    check_rogue(Rogue::Forgetful(AtomicUsize::new(0)), "the same view got position 0 and then 1");
    check_rogue(Rogue::TwoFaced(AtomicUsize::new(0)), "the engines differ: Some");
    check_rogue(Rogue::Remembers(AtomicUsize::new(0)), "the engines differ: Some");
    check_rogue(Rogue::Many, "position");
}

#[test]
fn a_strategy_that_does_not_rank_by_amounts_is_found_out() {
    check_rogue(Rogue::Crowd, "it says that it ranks by amounts");
    check_rogue(Rogue::Busy, "told of no tasks");
}

#[test]
fn a_strategy_that_looks_elsewhere_is_found_out() {
    check_rogue(Rogue::Thread, "on another thread");
    #[expect(clippy::disallowed_methods, reason = "the clock that it looks at")]
    let clock = Rogue::Clock(std::time::SystemTime::now());
    // Which law catches them first depends on when the clock moves on, and on where things lie.
    found_out(Rogue::Address);
    found_out(clock);
}

#[test]
fn a_strategy_that_is_another_when_it_is_made_ready_is_found_out() {
    check_rogue(Rogue::Ready(Arc::default()), "made ready again");
    check_rogue(Rogue::Renamed("rogue"), "made ready its name is `other`");
    check_rogue(Rogue::Orders(AtomicU64::new(0)), "its order is Given, and then another");
}

#[test]
fn a_name_is_letters_digits_and_dashes() {
    check_rogue(Rogue::Renamed(""), "its name is ``");
    check_rogue(Rogue::Renamed("../../etc"), "its name is `../../etc`");
    check_rogue(Rogue::Renamed("two words"), "letters, digits and `-`");
}

#[test]
fn a_panic_is_a_failure_with_its_world_and_made_small() {
    let broken = check_rogue(Rogue::Panics, "it panics: no way");
    assert_eq!(broken.step, 0, "{broken}");
    assert_eq!(broken.story.matches("instance ").count(), 2, "two candidates are enough: {broken}");
    assert!(broken.story.contains("step 0: place a task of kind"), "{broken}");
    check_rogue(Rogue::PanicsWhenReady, "it panics: not ready");
}

#[test]
fn one_that_obeys_is_left_alone() {
    let tally = check(&Custom::new(Rogue::Renamed("first")), Effort::quick()).unwrap();
    assert!(tally.choices > 300 && tally.refusals > 50, "{tally:?}");
}
