//! Ctrl-C during a run: heard within half a second, whatever the threads are busy with.
//!
//! The first ends the runs in hand without an outcome and lets the complete ones be written; a run that does not hear
//! soon is left behind. The second ends the program at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::exit::INTERRUPTED;
use crate::simulation::Control;

/// How long runs in hand are waited for: a run that hears does so within milliseconds.
const LONGEST: Duration = Duration::from_millis(200);

/// Tells `control` of Ctrl-C from now on.
///
/// # Errors
/// If the system has no signal to give.
pub(in crate::cli) fn listen(control: &Arc<Control>) -> anyhow::Result<()> {
    let control = Arc::clone(control);
    ctrlc::set_handler(move || {
        if control.cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    })?;
    Ok(())
}

/// How long somebody has waited for threads that should end.
#[derive(Debug, Default)]
pub(in crate::cli) struct Patience {
    since: Option<Instant>,
}

impl Patience {
    /// Whether the person pressed Ctrl-C too long ago to wait any longer.
    #[expect(clippy::disallowed_methods, reason = "people wait by the clock; no result depends on it")]
    pub(in crate::cli) fn is_over(&mut self, control: &Control) -> bool {
        control.cancelled.load(Ordering::Relaxed) && self.since.get_or_insert_with(Instant::now).elapsed() > LONGEST
    }
}
