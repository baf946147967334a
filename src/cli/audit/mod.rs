//! `stowplan audit`: an event log checked decision by decision, or a record of the real service.

mod after;
mod bundle;
mod record;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::Exit;
use super::args::{AuditArguments, Format};
use super::kit::{input, terminal};
use crate::experiment::Experiment;
use crate::laws::audit::{Broken, Finding, Rules, Summary, audit};
use crate::model::{Scenario, counted};
use crate::report::{Folder, Manifest};

pub(super) fn run(arguments: &AuditArguments) -> anyhow::Result<Exit> {
    if !arguments.after.is_empty() {
        return record::run(arguments, &arguments.after);
    }
    if bundle::is_one(&arguments.log) {
        return bundle::run(arguments);
    }
    let source = Source::find(arguments)?;
    let log: Box<dyn Read> = match &source.log {
        None => unpacked(io::stdin().lock()).context("cannot read standard input")?,
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            unpacked(file).with_context(|| format!("cannot read `{}`", path.display()))?
        }
    };
    let mut out = io::stdout().lock();
    let mut findings = Findings { format: arguments.output.format, left: arguments.show, kept: Vec::new() };
    if arguments.output.format == Format::Csv {
        out.write_all(CSV_HEADING.as_bytes())?;
    }
    let mut failure = Ok(());
    let mut told = |finding: &Finding| {
        if failure.is_ok() {
            failure = findings.tell(&mut out, finding);
        }
    };
    let summary = audit(log, &mut |run| source.rules_of(run), &mut told);
    failure?;
    let shown = source.log.as_deref().map_or("standard input".into(), |path| format!("`{}`", path.display()));
    let mut summary = summary.map_err(|error| anyhow::anyhow!("{shown} cannot be audited: {error}"))?;
    source.look_for_runs(&mut summary)?;
    if summary.decisions == 0 {
        terminal::note(&arguments.output, &nothing_to_check(&shown, &summary));
    }
    match arguments.output.format {
        Format::Table => table(&mut out, &summary, arguments.show)?,
        Format::Json => writeln!(out, "{}", object(&summary, &findings.kept))?,
        Format::Csv => {}
        Format::Markdown => {
            let mut csv = CSV_HEADING.as_bytes().to_vec();
            findings.kept.iter().try_for_each(|finding| csv_row(finding).map(|row| csv.extend(row)))?;
            out.write_all(crate::report::markdown_of_csv(&csv).as_bytes())?;
        }
    }
    out.flush()?;
    Ok(if summary.findings() == 0 { Exit::Done } else { Exit::AnswerIsNo })
}

/// What was read of a log in which no task was placed or rejected.
fn nothing_to_check(log: &str, summary: &Summary) -> String {
    match summary.rows {
        0 => format!("note: {log} has a header and no rows: no instance and no task came or went"),
        rows => {
            format!("note: {log} has {}, and none that says where a task was placed or rejected", counted(rows, "row"))
        }
    }
}

/// A log as it is, or what gzip has packed.
fn unpacked<'r>(log: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut log = BufReader::new(log);
    let is_packed = log.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_packed { Box::new(flate2::bufread::MultiGzDecoder::new(log)) } else { Box::new(log) })
}

const CSV_HEADING: &str = "line,run,broken,laws,what\n";

fn csv_row(finding: &Finding) -> anyhow::Result<Vec<u8>> {
    let mut row = csv::WriterBuilder::new().from_writer(Vec::new());
    let Finding { line, run, broken, what } = finding;
    row.write_record([&line.to_string(), run, broken.word(), broken.laws(), what])?;
    row.into_inner().map_err(|error| anyhow::anyhow!("{error}"))
}

/// What a run of a folder is of.
#[derive(Clone, Copy, Debug)]
struct RunOf {
    /// Position of the policy.
    policy: usize,
    seed: u32,
}

/// The log, and what is known of its rules.
struct Source {
    /// `None` is standard input.
    log: Option<PathBuf>,
    scenario: Option<Scenario>,
    /// The policy and the seed of each run; empty where every run has the same policy.
    runs: BTreeMap<u32, RunOf>,
    given: Rules,
    policy: usize,
}

impl Source {
    fn find(arguments: &AuditArguments) -> anyhow::Result<Self> {
        let mut source = Self { log: None, scenario: None, runs: BTreeMap::new(), given: Rules::default(), policy: 0 };
        if arguments.log.is_dir() {
            return source.of_folder(arguments);
        }
        if arguments.log != Path::new("-") {
            source.log = Some(arguments.log.clone());
        }
        if let Some(path) = &arguments.rules {
            let text = fs_err::read_to_string(path)?;
            source.given = Rules::given(&text).map_err(|what| {
                let what =
                    if what.contains('\n') { format!("\n{what}").replace('\n', "\n  ") } else { format!(" {what}") };
                anyhow::anyhow!("rules `{}`:{what}", path.display())
            })?;
        }
        if let Some(path) = &arguments.scenario {
            let scenario = input::load(path, &arguments.output)?.scenario;
            if let Some(name) = &arguments.policy {
                let found = scenario.policies.iter().position(|policy| policy.name == *name);
                source.policy =
                    found.with_context(|| format!("scenario `{}` has no policy `{name}`", path.display()))?;
            }
            source.scenario = Some(scenario);
        }
        if arguments.scenario.is_none() && arguments.rules.is_none() {
            let note = "no rules are given (--scenario, --rules): what is placed is checked, and not why there";
            terminal::note(&arguments.output, note);
        }
        Ok(source)
    }

    /// A results folder: its log, its scenario, and which run is of which policy.
    fn of_folder(mut self, arguments: &AuditArguments) -> anyhow::Result<Self> {
        let folder = Folder::open(&arguments.log)?;
        anyhow::ensure!(
            folder.has_events(),
            "`{}` has no events.csv: run with --events writes it",
            arguments.log.display()
        );
        self.log = Some(arguments.log.join("events.csv"));
        let manifest = folder.manifest();
        let Some(path) = scenario_path(arguments, &manifest.scenario.file) else {
            anyhow::bail!(
                "the scenario `{}` of `{}` is not found here: name it with --scenario",
                manifest.scenario.file,
                arguments.log.display()
            );
        };
        let loaded = input::load(&path, &arguments.output)?;
        anyhow::ensure!(
            loaded.digest == manifest.scenario.sha256,
            "scenario `{}` is not the one that `{}` was made from: its SHA-256 differs from the manifest's; name the other \
             one with --scenario",
            path.display(),
            arguments.log.display()
        );
        self.runs = runs(manifest, &loaded.scenario)?;
        self.scenario = Some(loaded.scenario);
        Ok(self)
    }

    /// Instances register in every run of a folder, so that one without a row has lost its rows.
    fn look_for_runs(&self, summary: &mut Summary) -> anyhow::Result<()> {
        let Some(scenario) = self.scenario.as_ref().filter(|scenario| !scenario.fleet.instances.is_empty()) else {
            return Ok(());
        };
        let missing = (self.runs.len() as u64).saturating_sub(summary.runs);
        anyhow::ensure!(
            missing == 0 || summary.runs > 0,
            "`{}` has a header and no rows, and {} of its scenario register in each of {}: the file is not whole, and \
             `stowplan run` with --events writes it anew",
            self.log.as_deref().unwrap_or(Path::new("-")).display(),
            counted(scenario.fleet.instances.len() as u64, "instance"),
            counted(self.runs.len() as u64, "run"),
        );
        if missing > 0 {
            summary.not_checked.insert("a run of the folder, of which the log has no row", missing);
        }
        Ok(())
    }

    fn rules_of(&self, run: &str) -> Result<Rules, String> {
        let Some(scenario) = &self.scenario else { return Ok(self.given.clone()) };
        if self.runs.is_empty() {
            return Ok(Rules::of_scenario(scenario, &scenario.policies[self.policy]));
        }
        let number: Option<u32> = run.parse().ok();
        let found = number.and_then(|number| self.runs.get(&number).copied());
        let of = found.ok_or_else(|| format!("`{run}` is no run of the folder, which has {}", self.runs.len()))?;
        let rules = Rules::of_scenario(scenario, &scenario.policies[of.policy]);
        Ok(Rules { draws: Some(Experiment::engine_key(of.seed)), ..rules })
    }
}

/// The scenario file of a folder, where it may be.
fn scenario_path(arguments: &AuditArguments, file: &str) -> Option<PathBuf> {
    let beside = arguments.log.parent().map(|parent| parent.join(file));
    let places = [Some(PathBuf::from(file)), Some(Path::new("scenarios").join(file)), beside];
    arguments.scenario.clone().or_else(|| places.into_iter().flatten().find(|path| path.is_file()))
}

/// Every run of a folder by its number: policies outermost, seeds within; of one that draws nothing there is one run, and
/// the numbers of the others stay free.
fn runs(manifest: &Manifest, scenario: &Scenario) -> anyhow::Result<BTreeMap<u32, RunOf>> {
    let mut all = BTreeMap::new();
    let seeds = manifest.seeds.len();
    for run in manifest.planned() {
        let number = usize::try_from(run)?;
        let name = &manifest.policies[number / seeds].name;
        let position = scenario.policies.iter().position(|known| known.name == *name);
        let policy = position.with_context(|| format!("the scenario has no policy `{name}`"))?;
        all.insert(run, RunOf { policy, seed: manifest.seeds[number % seeds] });
    }
    Ok(all)
}

/// Findings as they come.
struct Findings {
    format: Format,
    left: u64,
    kept: Vec<Finding>,
}

impl Findings {
    fn tell(&mut self, out: &mut impl Write, finding: &Finding) -> anyhow::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        match self.format {
            Format::Table => writeln!(out, "{finding}")?,
            Format::Json | Format::Markdown => self.kept.push(finding.clone()),
            Format::Csv => out.write_all(&csv_row(finding)?)?,
        }
        Ok(())
    }
}

fn table(out: &mut impl Write, summary: &Summary, show: u64) -> io::Result<()> {
    let findings = summary.findings();
    if findings > show {
        writeln!(out, "… and {} more (--show)", findings - show)?;
    }
    if findings > 0 {
        writeln!(out)?;
    }
    let [rows, runs] = [counted(summary.rows, "row"), counted(summary.runs, "run")];
    writeln!(out, "{rows} of {runs}, {}", counted(summary.decisions, "decision"))?;
    let chosen = counted(summary.chosen, "choice");
    writeln!(out, "  {chosen} among the best by every rule, {} of them the first in order", summary.ties)?;
    if summary.draws > 0 {
        writeln!(out, "  {} by the run's key", counted(summary.draws, "draw"))?;
    }
    if summary.stops > 0 {
        writeln!(out, "  {} by deployments and drains left enough tasks", counted(summary.stops, "stop"))?;
    }
    let refusals = counted(summary.refusals, "rejection");
    writeln!(out, "  {refusals}, {} with their reason worked out anew", summary.reasons)?;
    for (what, count) in &summary.not_checked {
        writeln!(out, "  not checked {}: {what}", counted(*count, "time"))?;
    }
    if !summary.without_tasks.is_empty() {
        let groups: Vec<String> = summary.without_tasks.iter().map(|group| format!("`{group}`")).collect();
        let groups = groups.join(", ");
        writeln!(
            out,
            "  rules are given of {groups}, and no task of the log is of that group; a service's is `service:NAME`"
        )?;
    }
    if findings == 0 && summary.decisions == 0 {
        return writeln!(out, "nothing is wrong, as there is no decision to check");
    }
    if findings == 0 {
        return writeln!(out, "nothing is wrong");
    }
    let kinds: Vec<String> =
        summary.broken.iter().map(|(broken, count)| format!("{} {count}", Broken::word(*broken))).collect();
    writeln!(out, "{findings} wrong: {}", kinds.join(", "))
}

fn object(summary: &Summary, findings: &[Finding]) -> serde_json::Value {
    let broken: serde_json::Map<String, serde_json::Value> =
        summary.broken.iter().map(|(broken, count)| (broken.word().to_owned(), (*count).into())).collect();
    let finding = |finding: &Finding| {
        json!({ "line": finding.line, "run": finding.run, "broken": finding.broken.word(), "laws": finding.broken.laws(),
                "what": finding.what })
    };
    json!({
        "rows": summary.rows,
        "runs": summary.runs,
        "decisions": summary.decisions,
        "chosen": summary.chosen,
        "ties": summary.ties,
        "draws": summary.draws,
        "stops": summary.stops,
        "refusals": summary.refusals,
        "reasons": summary.reasons,
        "not_checked": summary.not_checked,
        "groups_without_tasks": summary.without_tasks,
        "broken": broken,
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
