//! `stowplan sweep status`.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use super::super::Exit;
use super::super::args::Format;
use super::super::kit::terminal;
use super::args::{StatusArguments, folder_of};
use super::{read, say_damaged, say_incomplete};
use crate::model::counted;
use crate::sweep::{Found, Missing, Plan};

/// What there is, for programs.
#[derive(Serialize)]
struct Status<'a> {
    plan: &'a str,
    runs: u32,
    done: u64,
    parts: usize,
    damaged: usize,
    missing_runs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_shards: Option<String>,
}

pub(super) fn run(arguments: &StatusArguments) -> anyhow::Result<Exit> {
    let plan = read(&arguments.plan)?;
    let folder = folder_of(&arguments.plan, arguments.folder.as_ref());
    let found = look(&folder, &plan)?;
    say_damaged(&found);
    let missing = found.missing(&plan);
    print(arguments, &plan, &found, &missing)?;
    if missing.runs.is_empty() {
        return Ok(Exit::Done);
    }
    if arguments.missing_shards.is_none() && !arguments.output.quiet {
        say_incomplete(&missing, &arguments.plan, &folder);
    }
    Ok(Exit::Incomplete)
}

/// What a folder holds; one that is not there holds nothing.
pub(super) fn look(folder: &Path, plan: &Plan) -> anyhow::Result<Found> {
    if !folder.exists() {
        terminal::say(&format!("note: there is no folder `{}` yet", folder.display()));
        return Ok(Found { parts: Vec::new(), damaged: Vec::new() });
    }
    Ok(Found::look(folder, plan)?)
}

fn print(arguments: &StatusArguments, plan: &Plan, found: &Found, missing: &Missing) -> anyhow::Result<()> {
    let shards = arguments.missing_shards.map(|count| missing.shards(count));
    // One number after another, as every engine takes them: `sbatch --array=` knows ranges, other tools do not.
    let listed = shards.map(|shards| shards.iter().map(|shard| shard.to_string()).collect::<Vec<_>>().join(","));
    let status = Status {
        plan: &plan.hash,
        runs: missing.total,
        done: missing.done(),
        parts: found.parts.len(),
        damaged: found.damaged.len(),
        missing_runs: missing.runs.to_string(),
        missing_shards: listed.clone(),
    };
    let out = &mut io::stdout().lock();
    match (arguments.output.format, listed) {
        (Format::Json, _) => {
            serde_json::to_writer_pretty(&mut *out, &status)?;
            writeln!(out)?;
        }
        (Format::Table, Some(listed)) => writeln!(out, "{listed}")?,
        (Format::Table, None) => {
            let (runs, parts) = (counted(status.runs, "run"), counted(status.parts, "part"));
            writeln!(out, "{}: {} of {runs} in {parts}", plan.name, status.done)?;
        }
        (Format::Csv | Format::Markdown, _) => {
            let write = |csv: &mut Vec<u8>| {
                let mut writer = csv::Writer::from_writer(csv);
                writer.write_record(["runs", "done", "parts", "damaged", "missing_runs", "missing_shards"])?;
                writer.write_record([
                    status.runs.to_string(),
                    status.done.to_string(),
                    status.parts.to_string(),
                    status.damaged.to_string(),
                    status.missing_runs.clone(),
                    status.missing_shards.clone().unwrap_or_default(),
                ])?;
                writer.flush()?;
                Ok(())
            };
            if arguments.output.format == Format::Markdown {
                out.write_all(terminal::markdown(write)?.as_bytes())?;
            } else {
                let mut csv = Vec::new();
                write(&mut csv)?;
                out.write_all(&csv)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
