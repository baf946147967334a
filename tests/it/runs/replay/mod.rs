//! `events.csv` is enough to replay a run: instances are built from their rows, figures add up, decisions were right.
//!
//! The readers here know columns and rows, not the program: nothing of the engine or of the simulation is asked.

mod cluster; // what the rows make of a cluster
mod decisions; // every placement and every stop is one that the rules allow
mod figures; // the figures of a run follow from its log
mod gpus; // the devices of an instance, and whose they are
mod registration; // the row of an instance has all that the instance is

use std::path::Path;

use stowplan::analysis::record::RunRecord;
use stowplan::analysis::{Recorder, ReferenceMix, RunIdentity};
use stowplan::experiment::{EngineKind, Experiment};
use stowplan::model::{Requests, Scenario};
use stowplan::report::csv::{EVENTS_HEADER, EventSource, EventWriter};
use stowplan::simulation::Control;

/// A run on its first seed: what the recorder says, and the log.
pub(crate) struct Run {
    pub(crate) requests: Requests,
    pub(crate) record: RunRecord,
    pub(crate) log: String,
}

/// Every run of a scenario on its first seed.
pub(crate) fn runs(scenario: &Scenario) -> Vec<Run> {
    let experiment = Experiment::new(scenario, EngineKind::Fast);
    let (mix, control) = (ReferenceMix::of(scenario), Control::default());
    let first_seed = experiment.plan().into_iter().filter(|case| case.seed == 1);
    let run = |case| {
        let requests = experiment.requests(case);
        let (fleet, definitions) = (&scenario.fleet, &scenario.definitions[..]);
        let providers = &scenario.dynamics.providers[..];
        let source = EventSource { run: case.run, fleet, definitions, requests, providers };
        let mut log = EVENTS_HEADER.as_bytes().to_vec();
        let mut observers = (Recorder::new(scenario, requests, &mix), EventWriter::start(source, &mut log));
        experiment.run(case, &control, &mut observers).expect("nobody cancels");
        let (recorder, writer) = observers;
        assert!(writer.finish().unwrap() > 0);
        let policy = experiment.policy(case).name.clone();
        let record = recorder.finish(RunIdentity { run: case.run, policy, seed: case.seed });
        Run { requests: requests.clone(), record, log: String::from_utf8(log).unwrap() }
    };
    first_seed.map(run).collect()
}

/// A scenario that comes with the program.
pub(crate) fn load(file: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    match stowplan::scenario::load(&path, &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{file}: {}", error.problems.iter().map(|p| format!("\n{p}")).collect::<String>()),
    }
}

/// `12.5` seconds in milliseconds.
pub(crate) fn milliseconds(text: &str) -> u64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<3}").parse().unwrap()
}
