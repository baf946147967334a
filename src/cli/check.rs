//! `stowplan check`: every problem of scenario files, the schema, and what codes mean.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Exit;
use super::args::{CheckArguments, Format};
use super::kit::{deciders, effort, input, terminal};
use crate::model::{Requests, Scenario};
use crate::scenario::{self, Diagnostic, Severity};

pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<Exit> {
    if arguments.schema {
        io::stdout().write_all(scenario::schema().as_bytes())?;
        return Ok(Exit::Done);
    }
    if let Some(code) = arguments.explain.as_ref().filter(|code| !code.is_empty()) {
        if let Some(text) = scenario::explain(code) {
            writeln!(io::stdout(), "{text}")?;
            return Ok(Exit::Done);
        }
        // `--explain FILE`: the option takes what follows it.
        anyhow::ensure!(Path::new(code).exists(), "there is no rule `{code}`; codes read like `S004`");
        return check_files(arguments, &[&[PathBuf::from(code)], &*arguments.scenarios].concat());
    }
    anyhow::ensure!(!arguments.scenarios.is_empty(), "`--explain` asks for a code such as `S004`, or for a scenario");
    check_files(arguments, &arguments.scenarios)
}

/// One problem, as `--format json` prints it.
#[derive(Serialize)]
struct Entry {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    severity: &'static str,
    code: &'static str,
    message: String,
    help: Option<String>,
}

/// Who decides; if `explains` also how instances are found, and what takes long.
fn described(scenario: &Scenario, explains: bool) -> String {
    let mut text = deciders::describe(scenario);
    if explains {
        let requests: Vec<Requests> =
            scenario.policies.iter().map(|policy| Requests::compile(scenario, policy)).collect();
        let ways = effort::ways(scenario, &requests);
        text += &format!("\n{}", effort::describe(&ways));
        effort::warnings(scenario, &ways).iter().for_each(|warning| text += &format!("\nwarning: {warning}"));
    }
    text
}

fn check_files(arguments: &CheckArguments, scenarios: &[PathBuf]) -> anyhow::Result<Exit> {
    let mut problems = Vec::new();
    let mut summaries = Vec::new();
    let mut all_can_run = true;
    for path in scenarios {
        let (found, decided) = match input::read(path) {
            Ok(loaded) => (loaded.warnings, Some(described(&loaded.scenario, arguments.explain.is_some()))),
            Err(error) => (error.problems, None),
        };
        all_can_run &= decided.is_some();
        let verdict = if found.is_empty() { "no problems".to_owned() } else { input::count(&found) };
        summaries.push(format!("{}: {verdict}", path.display()));
        summaries.extend(decided);
        problems.extend(found);
    }
    match arguments.output.format {
        Format::Table => {
            input::show(&problems, &arguments.output);
            summaries.iter().for_each(|line| terminal::note(&arguments.output, line));
        }
        Format::Json => {
            let entries: Vec<Entry> = problems.iter().map(entry).collect();
            serde_json::to_writer_pretty(io::stdout(), &entries)?;
            writeln!(io::stdout())?;
        }
        Format::Csv => write_csv(io::stdout(), &problems)?,
        Format::Markdown => {
            let text = terminal::markdown(|csv| write_csv(csv, &problems))?;
            io::stdout().write_all(text.as_bytes())?;
        }
    }
    Ok(if all_can_run { Exit::Done } else { Exit::CouldNotRun })
}

fn entry(problem: &Diagnostic) -> Entry {
    Entry {
        file: problem.file.clone(),
        line: problem.place.as_ref().map(crate::scenario::Place::line),
        column: problem.place.as_ref().map(crate::scenario::Place::column),
        severity: match problem.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: problem.code(),
        message: problem.message.clone(),
        help: problem.help.clone(),
    }
}

fn write_csv(out: impl io::Write, problems: &[Diagnostic]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    problems.iter().try_for_each(|problem| writer.serialize(entry(problem)))?;
    writer.flush()?;
    Ok(())
}
