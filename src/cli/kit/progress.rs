//! A bar for people who wait: runs done, tasks arrived, time left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal;
use crate::cli::args::Output;
use crate::report::count;
use crate::simulation::Control;

/// Draws on standard error, and on a terminal only. A thread keeps the count of tasks moving within long runs.
pub(in crate::cli) struct Progress {
    bar: ProgressBar,
    done: Arc<AtomicBool>,
    ticker: Option<std::thread::JoinHandle<()>>,
}

impl Progress {
    pub(in crate::cli) fn start(output: &Output, runs: usize, control: &Arc<Control>) -> Self {
        let bar =
            if output.quiet || terminal::is_dumb() { ProgressBar::hidden() } else { ProgressBar::new(runs as u64) };
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len} runs, {msg} tasks, {elapsed} (left: {eta})");
        bar.set_style(style.expect("the template is valid"));
        bar.enable_steady_tick(Duration::from_millis(200));
        let done = Arc::new(AtomicBool::new(false));
        let ticker = (!bar.is_hidden()).then(|| watch(bar.clone(), Arc::clone(control), Arc::clone(&done)));
        Self { bar, done, ticker }
    }

    pub(in crate::cli) fn run_finished(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar off the terminal, when the program ends without waiting for runs.
    pub(in crate::cli) fn hide(&self) {
        self.done.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }

    pub(in crate::cli) fn finish(self) {
        self.done.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
        if let Some(ticker) = self.ticker {
            // A ticker that panicked has drawn less; the results are not touched by it.
            let _ = ticker.join();
        }
    }
}

fn watch(bar: ProgressBar, control: Arc<Control>, done: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            bar.set_message(count(control.arrivals.load(Ordering::Relaxed)));
            std::thread::sleep(Duration::from_millis(100));
        }
    })
}
