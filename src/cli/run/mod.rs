//! `stowplan run`: every policy on every seed, a table, and a results folder.

mod stored;

use std::any::Any;
use std::cell::RefCell;
use std::convert::Infallible;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use fs_err as fs;

use super::Exit;
use super::args::{self, RunArguments};
use super::exit::INTERRUPTED;
use super::kit::interruption::{self, Patience};
use super::kit::progress::Progress;
use super::kit::results::{self, Stopwatch};
use super::kit::{deciders, effort, input, terminal, unplaced};
use crate::analysis::compare::mark_leaders;
use crate::analysis::expectation::{Finding, check};
use crate::analysis::record::RunRecord;
use crate::analysis::summary::{SummaryRow, summarise};
use crate::analysis::{MixShape as Shape, Recorder, ReferenceMix, RunIdentity};
use crate::experiment::{AtEnd, Case, EngineKind, Experiment, RunName, execute};
use crate::model::Scenario;
use crate::report::csv::{EventSource, EventWriter, Timing};
use crate::report::{self, Completeness, Events, Folder, Manifest, MixShape, Overwrite, Pictures, Provenance};
use crate::scenario::Loaded;
use crate::simulation::Control;
use stored::{Outcome, Stored};

pub(super) fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    let Loaded { mut scenario, digest, .. } = input::load(arguments.scenario(), &arguments.output)?;
    narrow(&mut scenario, arguments)?;
    if let Some(primary) = &scenario.comparison.primary {
        results::ensure_ranks(primary)?;
    }
    terminal::note(&arguments.output, &deciders::describe(&scenario));
    let ways = effort::ways(&scenario);
    terminal::note(&arguments.output, &effort::describe(&ways));
    for warning in effort::warnings(&scenario, &ways) {
        terminal::note(&arguments.output, &format!("warning: {warning}"));
    }
    let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&scenario.name));
    let mix = ReferenceMix::of(&scenario);
    let is_fast = engine_kind(arguments.engine) == EngineKind::Fast;
    let paths = if is_fast { ways.iter().map(effort::Ways::entries).collect() } else { Vec::new() };
    let provenance = Provenance { paths, ..provenance(arguments, &scenario, &digest, &mix) };
    let manifest = Manifest::new(&scenario, provenance);
    let overwrite = if arguments.force { Overwrite::Force } else { Overwrite::OwnOnly };
    let mut folder = Folder::create(&path, &manifest, overwrite)?;
    let session = Session { arguments, scenario: &scenario, mix, stored: Stored::open(&folder, arguments)? };
    let outcomes = session.run_all(&mut |outcomes| session.leave(&mut folder, outcomes))?;
    session.report(&mut folder, outcomes)
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
    stored: Stored<'a>,
}

impl<'a> Session<'a> {
    /// Runs what is not stored yet. Outcomes come in plan order; the list is short if the person interrupted. Where
    /// runs in hand do not hear that soon, `leave` is called with what there is and ends the program.
    fn run_all(&self, leave: &mut dyn FnMut(Vec<Outcome>) -> Infallible) -> anyhow::Result<Vec<Outcome>> {
        let experiment = Experiment::new(self.scenario, engine_kind(self.arguments.engine));
        let cases = experiment.plan();
        let control = Arc::new(Control::default());
        interruption::listen(&control)?;
        let progress = Progress::start(&self.arguments.output, cases.len(), &control);
        let outcomes = RefCell::new(Vec::with_capacity(cases.len()));
        let work = |case| self.guarded(&experiment, case, &control);
        let deliver = |_, outcome: anyhow::Result<Option<Outcome>>| {
            match outcome? {
                Some(outcome) => outcomes.borrow_mut().push(outcome),
                None => anyhow::bail!(Interrupted),
            }
            progress.run_finished();
            Ok(())
        };
        let mut patience = Patience::default();
        let idle = || {
            if patience.is_over(&control) {
                progress.hide();
                match leave(outcomes.take()) {}
            }
        };
        let delivered = execute(&cases, self.threads(), work, deliver, idle);
        progress.finish();
        match delivered {
            Err(error) if !error.is::<Interrupted>() => Err(error),
            _ => Ok(outcomes.into_inner()),
        }
    }

    /// Ends the program with the runs that are complete; threads that do not hear end with it.
    fn leave(&self, folder: &mut Folder, outcomes: Vec<Outcome>) -> Infallible {
        if let Err(error) = self.report(folder, outcomes) {
            terminal::say(&format!("error: {error:#}"));
        }
        std::process::exit(INTERRUPTED.into())
    }

    fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
        self.arguments.threads.map_or_else(processors, usize::from)
    }

    /// As [`Self::run_case`], with the policy and the seed in whatever goes wrong.
    fn guarded(&self, experiment: &Experiment<'_>, case: Case, control: &Control) -> anyhow::Result<Option<Outcome>> {
        let ran = catch_unwind(AssertUnwindSafe(|| self.run_case(experiment, case, control)));
        let outcome = ran.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
        outcome.with_context(|| format!("policy `{}`, seed {}", experiment.policy(case).name, case.seed))
    }

    /// The outcome of one case, from the store or by running it; `None` if it was interrupted.
    fn run_case(&self, experiment: &Experiment<'_>, case: Case, control: &Control) -> anyhow::Result<Option<Outcome>> {
        let policy = &experiment.policy(case).name;
        let name = RunName { policy, seed: case.seed };
        if let Some(outcome) = self.stored.outcome(case.run, name)? {
            return Ok(Some(outcome));
        }
        if control.cancelled.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let stopwatch = Stopwatch::start();
        let recorder = Recorder::new(self.scenario, experiment.requests(case), &self.mix);
        // One picture and one film of the fleet a policy are enough; the film is for the report.
        let is_filmed = case.seed == 1 && !self.arguments.no_pictures;
        let recorder = if is_filmed { recorder.with_film() } else { recorder };
        let end = (case.seed == 1).then(|| AtEnd::of_waiting(unplaced::MOST_INSTANCES));
        let mut observers = (recorder, (self.event_writer(experiment, case)?, end));
        let Ok(load) = experiment.run(case, control, &mut observers) else { return Ok(None) };
        let (recorder, (events, end)) = observers;
        if let Some(events) = events {
            events.finish()?;
        }
        let paths = recorder.paths().map(str::to_owned).collect();
        let mut record = recorder.finish(RunIdentity { run: case.run, policy: policy.clone(), seed: case.seed });
        record.load = load.to_string();
        if case.seed == 1 {
            let end = end.and_then(AtEnd::into_moment);
            unplaced::look_closely((self.scenario, experiment), case, (&mut record, end.as_ref()));
            record.names = self.names(&record);
        } else {
            record.fleet.clear();
            record.instances.clear();
            record.unplaced.clear();
        }
        let timing = stopwatch.timing(&record, paths);
        self.stored.keep(name, &record, &timing)?;
        Ok(Some(Outcome { record, timing, is_stored: false }))
    }

    /// What people call the instances of a fleet that is small enough for pictures with names.
    fn names(&self, record: &RunRecord) -> Vec<String> {
        let last = record.instances.last().map_or(0, |row| row.instance as usize + 1);
        let count = last.max(self.scenario.fleet.instances.len());
        let ids = (0..count).map(crate::model::InstanceId::from_index);
        if count > MOST_NAMES {
            return Vec::new();
        }
        ids.map(|id| self.scenario.fleet.label(id).into_owned()).collect()
    }

    fn event_writer<'e>(&self, experiment: &'e Experiment<'_>, case: Case) -> anyhow::Result<Option<EventsOf<'e>>>
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
            providers: &self.scenario.dynamics.providers,
        };
        let name = RunName { policy: &experiment.policy(case).name, seed: case.seed };
        let file = fs::File::create(self.stored.events_path(name))?;
        Ok(Some(EventWriter::start(source, file)))
    }

    /// Writes the folder, prints the table, and holds the scenario's expectations against the figures.
    fn report(&self, folder: &mut Folder, outcomes: Vec<Outcome>) -> anyhow::Result<Exit> {
        let planned = folder.manifest().planned().count();
        let complete = outcomes.len() == planned;
        let stored = outcomes.iter().filter(|outcome| outcome.is_stored).count();
        let (records, timings): (Vec<RunRecord>, Vec<Timing>) =
            outcomes.into_iter().map(|outcome| (outcome.record, outcome.timing)).unzip();
        let mut summary = summarise(&records);
        mark_leaders(&mut summary, &records, folder.manifest().comparison.plan());
        let name = |record: &RunRecord| self.stored.events_path(RunName { policy: &record.policy, seed: record.seed });
        let events: Vec<PathBuf> = records.iter().map(name).collect();
        folder.write(&report::Results {
            records: &records,
            summary: &summary,
            fleet: Some(&self.scenario.fleet),
            events: if self.arguments.events { Events::Joined(&events) } else { Events::None },
            timings: Some(&timings),
            pictures: if self.arguments.no_pictures { Pictures::Skip } else { Pictures::Draw },
            completeness: if complete { Completeness::Complete } else { Completeness::Partial },
        })?;
        results::print_summary(&summary, &self.arguments.output)?;
        self.say_fixed(folder.manifest());
        unplaced::print((&records, self.scenario, self.arguments.scenario()), &self.arguments.output)?;
        self.say_scans(&timings);
        self.say_stored(stored, planned);
        let path = folder.path();
        terminal::note(&self.arguments.output, &format!("results: {}", path.display()));
        if !complete {
            say_interrupted(path, records.len(), planned);
            return Ok(Exit::Interrupted);
        }
        self.stored.forget_events()?;
        Ok(self.judge(&summary))
    }

    /// Which policies ran once though there are several seeds.
    fn say_fixed(&self, manifest: &Manifest) {
        let policies = manifest.policies.iter().filter(|policy| policy.is_fixed);
        let names: Vec<&str> = policies.map(|policy| policy.name.as_str()).collect();
        if self.scenario.seeds > 1 && !names.is_empty() {
            let verb = if names.len() == 1 { "draws" } else { "draw" };
            let words = format!(
                "note: `{}` {verb} nothing, and neither does the load: every seed is the same run, so it ran once",
                names.join("`, `")
            );
            terminal::note(&self.arguments.output, &words);
        }
    }

    /// Says that not everything was run now.
    fn say_stored(&self, stored: usize, planned: usize) {
        if stored > 0 {
            let words = format!("note: {stored} of {planned} runs were stored already; `--force` runs them again");
            terminal::note(&self.arguments.output, &words);
        }
    }

    /// Which policies are shown every candidate: what they cost grows with the fleet.
    fn say_scans(&self, timings: &[Timing]) {
        let mut scanned: Vec<&str> = Vec::new();
        let is_slow = |path: &String| path == "scan" || path.ends_with("(all shown)");
        for timing in timings.iter().filter(|timing| timing.paths.iter().any(is_slow)) {
            if !scanned.contains(&timing.policy.as_str()) {
                scanned.push(&timing.policy);
            }
        }
        if !scanned.is_empty() {
            let (names, verb) = (scanned.join("`, `"), if scanned.len() == 1 { "is" } else { "are" });
            let words =
                format!("note: `{names}` {verb} shown every candidate for each task, which grows with the fleet");
            terminal::note(&self.arguments.output, &words);
        }
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

/// Larger fleets have no film, and so no picture in which instances have names.
const MOST_NAMES: usize = 120_000;

type EventsOf<'a> = EventWriter<'a, fs::File>;

/// The person pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

fn say_interrupted(path: &Path, done: usize, planned: usize) {
    let path = path.display();
    terminal::say(&format!(
        "interrupted: {done} of {planned} runs are complete in {path}; the same command goes on from there"
    ));
}

/// A fault of this program, told with the words that it ended with.
fn panicked(payload: &(dyn Any + Send)) -> anyhow::Error {
    let text = payload.downcast_ref::<&str>().copied();
    let words = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word");
    anyhow::anyhow!("the program panicked: {words}; this is a fault of stowplan, and the scenario shows it")
}

fn engine_kind(engine: args::Engine) -> EngineKind {
    match engine {
        args::Engine::Fast => EngineKind::Fast,
        args::Engine::Reference => EngineKind::Reference,
    }
}

/// For each policy, whether every seed would be the same run.
fn fixed(scenario: &Scenario, engine: EngineKind) -> Vec<bool> {
    // Requests are compiled for nothing where the load draws anyway.
    if scenario.load_draws() { vec![false; scenario.policies.len()] } else { Experiment::new(scenario, engine).fixed() }
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
        file: arguments.scenario().display().to_string(),
        sha256: digest.to_owned(),
        engine: engine_kind(arguments.engine).name().to_owned(),
        events: arguments.events,
        pictures: !arguments.no_pictures,
        seeds: (1..=scenario.seeds).collect(),
        fixed: fixed(scenario, engine_kind(arguments.engine)),
        paths: Vec::new(),
        reference_mix: mix.shapes.iter().map(shape).collect(),
    }
}
