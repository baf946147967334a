//! What a plan and those who wait for it tell each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::model::counted;
use crate::simulation::Control;

/// The line between a plan and the person who waits.
#[derive(Debug, Default)]
pub struct Watch {
    /// `cancelled` ends the plan early; what is known then is the answer.
    pub control: Arc<Control>,
    packings: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    what: String,
    /// By seed.
    brackets: BTreeMap<u32, Between>,
}

/// Sizes of a fleet: up to one the load does not fit, from the other on it does, as far as is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    pub(super) fails: usize,
    pub(super) works: usize,
}

impl Watch {
    /// Whether the person pressed Ctrl-C.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.control.cancelled.load(Ordering::Relaxed)
    }

    /// A new part of the plan begins.
    pub(super) fn begin(&self, what: &str) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        what.clone_into(&mut state.what);
        state.brackets.clear();
    }

    /// One packing was made; what is known of a seed.
    pub(super) fn tell(&self, seed: u32, bracket: Between) {
        self.packings.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.brackets.insert(seed, bracket);
    }

    /// Packings so far.
    #[must_use]
    pub fn packings(&self) -> u64 {
        self.packings.load(Ordering::Relaxed)
    }

    /// What is done at the moment, and between which sizes each seed is.
    #[must_use]
    pub fn line(&self) -> String {
        let state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (low, high) = state
            .brackets
            .values()
            .fold((usize::MAX, 0), |(low, high), &Between { fails, works }| (low.min(fails), high.max(works)));
        let bracket = match state.brackets.len() {
            0 => String::new(),
            seeds => format!(", between {low} and {high} instances ({})", counted(seeds, "seed")),
        };
        format!("{}{bracket}, {}", state.what, counted(self.packings(), "packing"))
    }
}
