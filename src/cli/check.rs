//! `stowplan check`: every problem of scenario files, the schema, and what codes mean.

use std::io::{self, Write as _};

use serde::Serialize;

use super::Exit;
use super::args::{CheckArguments, Format};
use super::kit::{deciders, input, terminal};
use crate::scenario::{self, Diagnostic, Severity};

pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<Exit> {
    if arguments.schema {
        io::stdout().write_all(scenario::schema().as_bytes())?;
        return Ok(Exit::Done);
    }
    if let Some(code) = &arguments.explain {
        let text = scenario::explain(code)
            .ok_or_else(|| anyhow::anyhow!("there is no rule `{code}`; codes read like `S004`"))?;
        writeln!(io::stdout(), "{text}")?;
        return Ok(Exit::Done);
    }
    check_files(arguments)
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

fn check_files(arguments: &CheckArguments) -> anyhow::Result<Exit> {
    let mut problems = Vec::new();
    let mut summaries = Vec::new();
    let mut all_can_run = true;
    for path in &arguments.scenarios {
        let (found, decided) = match input::read(path) {
            Ok(loaded) => (loaded.warnings, Some(deciders::describe(&loaded.scenario))),
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
