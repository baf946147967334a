//! Drives a scenario twice, by a run and by a live world that is told of everything when it is time, and says whether
//! observers heard the same. Tests do so with the small scenarios of the repository; this is for the large ones.
//!
//! `cargo run --release --example both_drivers -- scenarios/fleet-100k.toml`

mod drive;
mod told;

use std::fmt::{Arguments, Write as _};
use std::hash::Hasher as _;
use std::process::ExitCode;

use rustc_hash::FxHasher;
use stowplan::model::Requests;

use told::{Lines, Told};

/// How many lines there were, and a hash of them.
#[derive(Clone, Default)]
struct Hashed {
    lines: u64,
    hash: FxHasher,
    text: String,
}

impl Lines for Hashed {
    fn add(&mut self, line: Arguments<'_>) {
        self.lines += 1;
        self.text.clear();
        self.text.write_fmt(line).expect("a string takes all");
        self.hash.write(self.text.as_bytes());
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it has done")]
fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("error: name a scenario, such as `scenarios/fleet-100k.toml`");
        return ExitCode::from(2);
    };
    let scenario = match stowplan::scenario::load(file.as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let mut all_same = true;
    for (position, policy) in scenario.policies.iter().enumerate() {
        let requests = Requests::compile(&scenario, policy);
        let one = drive::driven_by_a_run(&scenario, &requests, Told::<Hashed>::default());
        let other = drive::driven_from_outside(&scenario, position, &requests, Told::<Hashed>::default());
        let [run, live] = [one, other].map(|told| (told.lines.lines, told.lines.hash.finish()));
        let verdict = if run == live { "the same" } else { "they differ" };
        println!(
            "{}: a run tells {} things ({:016x}), a live world {} ({:016x}): {verdict}",
            policy.name, run.0, run.1, live.0, live.1
        );
        all_same &= run == live;
    }
    if all_same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
