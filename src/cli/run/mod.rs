//! `stowplan run`: every policy on every seed, a table, and a results folder.

pub(in crate::cli) mod case;
mod stored;

use std::cell::RefCell;
use std::convert::Infallible;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fs_err as fs;

use super::Exit;
use super::args::{self, RunArguments};
use super::exit::INTERRUPTED;
use super::kit::interruption::{self, Patience};
use super::kit::progress::Progress;
use super::kit::results;
use super::kit::{deciders, effort, input, terminal, unplaced};
use super::sweep;
use crate::analysis::compare::mark_leaders;
use crate::analysis::expectation::{Finding, check};
use crate::analysis::record::RunRecord;
use crate::analysis::summary::{SummaryRow, summarise};
use crate::analysis::{MixShape as Shape, ReferenceMix};
use crate::engine::Cost;
use crate::experiment::{Case, EngineKind, Experiment, RunName, execute};
use crate::model::{Scenario, counted};
use crate::report::csv::{EventSource, EventWriter, Timing};
use crate::report::{self, Completeness, Events, Folder, Manifest, MixShape, Overwrite, Pictures, Provenance};
use crate::scenario::Loaded;
use crate::simulation::Control;
use case::{Recorded, guarded};
use stored::{Outcome, Stored};

pub(super) fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    if sweep::plan::is_sweep(arguments.scenario()) {
        return sweep::results::run(arguments);
    }
    let Loaded { scenario, digest, .. } = input::load(arguments.scenario(), &arguments.output)?;
    let scenario = ready(scenario, arguments)?;
    let (session, mut folder) = Session::open(arguments, &scenario, &digest)?;
    let outcomes = session.run_all(&mut |outcomes| session.leave(&mut folder, outcomes))?;
    session.report(&mut folder, outcomes)
}

/// Ends as [`run`] does, with runs that were made elsewhere, in plan order and all of them.
///
/// # Errors
/// As [`run`].
pub(super) fn conclude(
    arguments: &RunArguments,
    scenario: Scenario,
    digest: &str,
    runs: impl FnOnce(&mut dyn FnMut(RunRecord, Timing) -> anyhow::Result<()>) -> anyhow::Result<()>,
) -> anyhow::Result<Exit> {
    let scenario = ready(scenario, arguments)?;
    let (session, mut folder) = Session::open(arguments, &scenario, digest)?;
    let mut outcomes = Vec::new();
    runs(&mut |record, timing| {
        session.stored.keep(RunName { policy: &record.policy, seed: record.seed }, &record, &timing)?;
        outcomes.push(Outcome { record, timing, is_stored: false });
        Ok(())
    })?;
    session.report(&mut folder, outcomes)
}

/// The scenario with the seeds and policies that are wanted, and what its person should know before it runs.
fn ready(mut scenario: Scenario, arguments: &RunArguments) -> anyhow::Result<Scenario> {
    narrow(&mut scenario, arguments.seeds, &arguments.policy)?;
    if let Some(primary) = &scenario.comparison.primary {
        results::ensure_ranks(primary)?;
    }
    terminal::note(&arguments.output, &deciders::describe(&scenario));
    Ok(scenario)
}

/// Keeps the seeds and policies that are named.
///
/// # Errors
/// If there is no policy of a name.
pub(in crate::cli) fn narrow(scenario: &mut Scenario, seeds: Option<u32>, policies: &[String]) -> anyhow::Result<()> {
    scenario.seeds = seeds.unwrap_or(scenario.seeds);
    let names: Vec<&str> = scenario.policies.iter().map(|policy| policy.name.as_str()).collect();
    let unknown: Vec<&str> = policies.iter().map(String::as_str).filter(|wanted| !names.contains(wanted)).collect();
    anyhow::ensure!(
        unknown.is_empty(),
        "the scenario has no policy `{}`; it has `{}`",
        unknown.join("`, `"),
        names.join("`, `")
    );
    if !policies.is_empty() {
        scenario.policies.retain(|policy| policies.contains(&policy.name));
    }
    Ok(())
}

/// One call of `run`, ready to start: everything that can be refused has been looked at.
struct Session<'a> {
    arguments: &'a RunArguments,
    scenario: &'a Scenario,
    mix: ReferenceMix,
    experiment: Experiment<'a>,
    stored: Stored<'a>,
}

impl<'a> Session<'a> {
    /// Opens the results folder.
    fn open(arguments: &'a RunArguments, scenario: &'a Scenario, digest: &str) -> anyhow::Result<(Self, Folder)> {
        let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&scenario.name));
        let mix = ReferenceMix::of(scenario);
        let experiment = Experiment::new(scenario, engine_kind(arguments.engine));
        let ways = effort::ways(scenario, experiment.requests_by_policy());
        terminal::note(&arguments.output, &effort::describe(&ways));
        for warning in effort::warnings(scenario, &ways) {
            terminal::note(&arguments.output, &format!("warning: {warning}"));
        }
        let is_fast = engine_kind(arguments.engine) == EngineKind::Fast;
        let paths = if is_fast { ways.iter().map(effort::Ways::entries).collect() } else { Vec::new() };
        let provenance = Provenance { paths, ..provenance(arguments, scenario, digest, &mix) };
        let manifest = Manifest::new(scenario, provenance);
        let overwrite = if arguments.force { Overwrite::Force } else { Overwrite::OwnOnly };
        let folder = Folder::create(&path, &manifest, overwrite)?;
        let stored = Stored::open(&folder, arguments)?;
        Ok((Self { arguments, scenario, mix, experiment, stored }, folder))
    }

    /// Runs what is not stored yet. Outcomes come in plan order; the list is short if the person interrupted. Where
    /// runs in hand do not hear that soon, `leave` is called with what there is and ends the program.
    fn run_all(&self, leave: &mut dyn FnMut(Vec<Outcome>) -> Infallible) -> anyhow::Result<Vec<Outcome>> {
        let experiment = &self.experiment;
        let cases = experiment.plan();
        let control = Arc::new(Control::default());
        interruption::listen(&control)?;
        let progress = Progress::start(&self.arguments.output, cases.len(), &control);
        let outcomes = RefCell::new(Vec::with_capacity(cases.len()));
        let work =
            |case: Case| guarded(experiment.policy(case), case.seed, || self.run_case(experiment, case, &control));
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
        threads(self.arguments.threads)
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
        let pictures = !self.arguments.no_pictures;
        let recorded = Recorded { scenario: self.scenario, mix: &self.mix, pictures };
        let events = self.event_writer(experiment, case)?;
        let Some((record, timing)) = recorded.run(experiment, case, control, events)? else { return Ok(None) };
        self.stored.keep(name, &record, &timing)?;
        Ok(Some(Outcome { record, timing, is_stored: false }))
    }

    fn event_writer<'e>(&self, experiment: &'e Experiment<'_>, case: Case) -> anyhow::Result<case::Events<'e>>
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
        unplaced::print(&records, self.scenario, self.arguments.scenario(), &self.arguments.output)?;
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
            let words =
                format!("note: {stored} of {} stored already; `--force` runs them again", counted(planned, "run"));
            terminal::note(&self.arguments.output, &words);
        }
    }

    /// Which policies are shown every candidate: what they cost grows with the fleet.
    fn say_scans(&self, timings: &[Timing]) {
        let mut scanned: Vec<&str> = Vec::new();
        let is_slow = |path: &String| Cost::of(path).grows();
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

/// The number of threads that is wanted: that of the processors that this process may use, unless it is said.
pub(in crate::cli) fn threads(wanted: Option<u16>) -> usize {
    wanted.map_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get), usize::from)
}

/// The person pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

fn say_interrupted(path: &Path, done: usize, planned: usize) {
    let path = path.display();
    terminal::say(&format!(
        "interrupted: {done} of {} complete in {path}; the same command goes on from there",
        counted(planned, "run")
    ));
}

pub(in crate::cli) fn engine_kind(engine: args::Engine) -> EngineKind {
    match engine {
        args::Engine::Fast => EngineKind::Fast,
        args::Engine::Reference => EngineKind::Reference,
    }
}

/// For each policy, whether every seed would be the same run.
pub(in crate::cli) fn fixed(scenario: &Scenario, engine: EngineKind) -> Vec<bool> {
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
