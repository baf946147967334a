//! `stowplan run`: every policy on every seed, a table, and a results folder.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fs_err as fs;

use super::args::{self, RunArguments};
use super::progress::Progress;
use super::results::{self, Outcome, Stopwatch};
use super::{Exit, input, terminal};
use crate::analysis::expectation::{Finding, check};
use crate::analysis::record::RunRecord;
use crate::analysis::summary::{SummaryRow, summarise};
use crate::analysis::{MixShape as Shape, Recorder, ReferenceMix, RunIdentity};
use crate::experiment::{Case, EngineKind, Experiment, Store, execute};
use crate::model::Scenario;
use crate::report::csv::{EventSource, EventWriter, Timing};
use crate::report::{self, Completeness, Folder, Manifest, MixShape, Overwrite, Pictures, Provenance};
use crate::scenario::Loaded;
use crate::simulation::Control;

pub(super) fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    let Loaded { mut scenario, digest, .. } = input::load(&arguments.scenario, &arguments.output)?;
    narrow(&mut scenario, arguments)?;
    if let Some(primary) = &scenario.comparison.primary {
        results::ensure_ranks(primary)?;
    }
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&scenario.name));
    let session = Session::open(arguments, &scenario, &digest, &folder)?;
    let outcomes = session.run_all()?;
    session.report(outcomes)
}

/// Keeps the seeds and policies that the command line names.
fn narrow(scenario: &mut Scenario, arguments: &RunArguments) -> anyhow::Result<()> {
    scenario.seeds = arguments.seeds.unwrap_or(scenario.seeds);
    let names: Vec<&str> = scenario.policies.iter().map(|policy| policy.name.as_str()).collect();
    let unknown: Vec<&str> =
        arguments.policy.iter().map(String::as_str).filter(|wanted| !names.contains(wanted)).collect();
    anyhow::ensure!(
        unknown.is_empty(),
        "the scenario has no policy `{}`; it has `{}`",
        unknown.join("`, `"),
        names.join("`, `")
    );
    if !arguments.policy.is_empty() {
        scenario.policies.retain(|policy| arguments.policy.contains(&policy.name));
    }
    Ok(())
}

/// One call of `run`, ready to start: everything that can be refused has been looked at.
struct Session<'a> {
    arguments: &'a RunArguments,
    scenario: &'a Scenario,
    mix: ReferenceMix,
    folder: Folder,
    store: Store,
}

impl<'a> Session<'a> {
    fn open(arguments: &'a RunArguments, scenario: &'a Scenario, digest: &str, path: &Path) -> anyhow::Result<Self> {
        let mix = ReferenceMix::of(scenario);
        let manifest = Manifest::new(scenario, provenance(arguments, scenario, digest, &mix));
        let was_complete = Folder::open(path).is_ok_and(|folder| folder.manifest().complete);
        let overwrite = if arguments.force { Overwrite::Force } else { Overwrite::OwnOnly };
        let folder = Folder::create(path, &manifest, overwrite)?;
        let store = Store::open(path, &store_key(&manifest, arguments)?)?;
        if was_complete {
            store.clear()?;
        }
        Ok(Self { arguments, scenario, mix, folder, store })
    }

    /// Runs what is not stored yet. Outcomes come in plan order; the list is short if the person interrupted.
    fn run_all(&self) -> anyhow::Result<Vec<Outcome>> {
        let experiment = Experiment::new(self.scenario, engine_kind(self.arguments.engine));
        let cases = experiment.plan();
        let control = Arc::new(Control::default());
        cancel_on_interrupt(&control)?;
        let progress = Progress::start(&self.arguments.output, cases.len(), &control);
        let mut outcomes = Vec::with_capacity(cases.len());
        let work = |case| self.run_case(&experiment, case, &control);
        let delivered = execute(&cases, self.threads(), work, |_, outcome| {
            match outcome? {
                Some(outcome) => outcomes.push(outcome),
                None => anyhow::bail!(Interrupted),
            }
            progress.run_finished();
            Ok(())
        });
        progress.finish();
        match delivered {
            Err(error) if !error.is::<Interrupted>() => Err(error),
            _ => Ok(outcomes),
        }
    }

    fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
        self.arguments.threads.map_or_else(processors, usize::from)
    }

    /// The outcome of one case, from the store or by running it; `None` if it was interrupted.
    fn run_case(&self, experiment: &Experiment<'_>, case: Case, control: &Control) -> anyhow::Result<Option<Outcome>> {
        if let Some(record) = self.store.load::<RunRecord>(case.run)? {
            return Ok(Some(Outcome { record, timing: None }));
        }
        if control.cancelled.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let stopwatch = Stopwatch::start();
        let recorder = Recorder::new(self.scenario, experiment.requests(case), &self.mix);
        // One picture and one film of the fleet a policy are enough; the film is for the report.
        let is_filmed = case.seed == 1 && !self.arguments.no_pictures;
        let recorder = if is_filmed { recorder.with_film() } else { recorder };
        let mut observers = (recorder, self.event_writer(experiment, case)?);
        if experiment.run(case, control, &mut observers).is_err() {
            return Ok(None);
        }
        let (recorder, events) = observers;
        if let Some(events) = events {
            events.finish()?;
        }
        let policy = experiment.policy(case).name.clone();
        let paths = recorder.paths().collect();
        let mut record = recorder.finish(RunIdentity { run: case.run, policy, seed: case.seed });
        if case.seed > 1 {
            record.fleet.clear();
        }
        self.store.save(case.run, &record)?;
        let timing = Some(stopwatch.timing(&record, paths));
        Ok(Some(Outcome { record, timing }))
    }

    fn event_writer<'e>(&self, experiment: &'e Experiment<'_>, case: Case) -> anyhow::Result<Option<Events<'e>>>
    where
        'a: 'e,
    {
        if !self.arguments.events {
            return Ok(None);
        }
        let source = EventSource {
            run: case.run,
            fleet: &self.scenario.fleet,
            definitions: &self.scenario.definitions,
            requests: experiment.requests(case),
        };
        let file = fs::File::create(self.store.events_path(case.run))?;
        Ok(Some(EventWriter::start(source, file)))
    }

    /// Writes the folder, prints the table, and holds the scenario's expectations against the figures.
    fn report(mut self, outcomes: Vec<Outcome>) -> anyhow::Result<Exit> {
        let planned = self.scenario.policies.len() * self.scenario.seeds as usize;
        let complete = outcomes.len() == planned;
        let timings: Vec<Timing> = outcomes.iter().filter_map(|outcome| outcome.timing.clone()).collect();
        let records: Vec<RunRecord> = outcomes.into_iter().map(|outcome| outcome.record).collect();
        let summary = summarise(&records);
        let events: Vec<PathBuf> = records.iter().map(|record| self.store.events_path(record.run)).collect();
        self.folder.write(&report::Results {
            records: &records,
            summary: &summary,
            fleet: Some(&self.scenario.fleet),
            events: self.arguments.events.then_some(&events),
            timings: Some(&timings),
            pictures: if self.arguments.no_pictures { Pictures::Skip } else { Pictures::Draw },
            completeness: if complete { Completeness::Complete } else { Completeness::Partial },
        })?;
        results::print_summary(&summary, &self.arguments.output)?;
        self.say_scans(&timings);
        self.say_where();
        if !complete {
            self.say_interrupted(records.len(), planned);
            return Ok(Exit::CouldNotRun);
        }
        self.store.forget_events()?;
        Ok(self.judge(&summary))
    }

    /// Which policies look at every instance: what they cost grows with the fleet.
    fn say_scans(&self, timings: &[Timing]) {
        let mut scanned: Vec<&str> = Vec::new();
        for timing in timings.iter().filter(|timing| timing.paths.contains(&"scan")) {
            if !scanned.contains(&timing.policy.as_str()) {
                scanned.push(&timing.policy);
            }
        }
        if !scanned.is_empty() {
            let (names, verb) = (scanned.join("`, `"), if scanned.len() == 1 { "looks" } else { "look" });
            let words = format!("note: `{names}` {verb} at every instance for each task (path: scan)");
            terminal::note(&self.arguments.output, &words);
        }
    }

    fn say_where(&self) {
        let output = &self.arguments.output;
        terminal::note(output, &format!("results: {}", self.folder.path().display()));
    }

    fn say_interrupted(&self, done: usize, planned: usize) {
        let path = self.folder.path().display();
        terminal::say(&format!(
            "interrupted: {done} of {planned} runs are complete in {path}; the same command goes on from there"
        ));
    }

    /// A scenario's expectations speak of its own seeds.
    fn judge(&self, summary: &[SummaryRow]) -> Exit {
        if self.arguments.seeds.is_some() || !self.arguments.policy.is_empty() {
            return Exit::Done;
        }
        let findings = check(&self.scenario.expected, summary);
        let failed: Vec<&Finding> = findings.iter().filter(|finding| !finding.holds).collect();
        for finding in &failed {
            terminal::say(&format!("expectation failed: {}", results::describe(finding)));
        }
        if !findings.is_empty() {
            let held = findings.len() - failed.len();
            terminal::note(&self.arguments.output, &format!("expected: {held} of {} hold", findings.len()));
        }
        if failed.is_empty() { Exit::Done } else { Exit::AnswerIsNo }
    }
}

type Events<'a> = EventWriter<'a, fs::File>;

/// The person pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// The first Ctrl-C ends the runs in hand without an outcome; the second ends the program at once.
fn cancel_on_interrupt(control: &Arc<Control>) -> anyhow::Result<()> {
    let control = Arc::clone(control);
    ctrlc::set_handler(move || {
        if control.cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(2);
        }
    })?;
    Ok(())
}

fn engine_kind(engine: args::Engine) -> EngineKind {
    match engine {
        args::Engine::Fast => EngineKind::Fast,
        args::Engine::Reference => EngineKind::Reference,
    }
}

fn provenance(arguments: &RunArguments, scenario: &Scenario, digest: &str, mix: &ReferenceMix) -> Provenance {
    let shape = |shape: &Shape| MixShape {
        task_definition: scenario.definitions[shape.definition.index()].family.clone(),
        cpu: shape.demand.cpu.0,
        memory_mib: shape.demand.memory.0,
        gpu: shape.demand.gpus.into(),
        weight: shape.weight,
    };
    Provenance {
        file: arguments.scenario.display().to_string(),
        sha256: digest.to_owned(),
        engine: engine_kind(arguments.engine).name().to_owned(),
        seeds: (1..=scenario.seeds).collect(),
        reference_mix: mix.shapes.iter().map(shape).collect(),
    }
}

/// What stored outcomes belong to: the whole manifest, and whether there are event logs beside them.
fn store_key(manifest: &Manifest, arguments: &RunArguments) -> anyhow::Result<String> {
    Ok(format!("{}\nevents: {}\n", serde_json::to_string_pretty(manifest)?, arguments.events))
}
