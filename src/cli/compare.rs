//! `stowplan compare`: paired differences between the policies of a results folder.

use std::io;

use super::Exit;
use super::args::{CompareArguments, Format};
use super::results::Results;
use crate::analysis::compare::compare;
use crate::report::{comparison_table, write_comparison_csv, write_comparison_json};

pub(super) fn run(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let results = Results::read(&arguments.folder)?;
    results.warn_of_missing(&arguments.output);
    let policies = results.policies();
    let baseline = match &arguments.baseline {
        Some(name) if policies.contains(&name.as_str()) => name.as_str(),
        Some(name) => anyhow::bail!("no policy `{name}` in the folder; there are `{}`", policies.join("`, `")),
        None => policies[0],
    };
    let comparisons = compare(&results.records, baseline, crate::analysis::compare::Plan::default());
    let out = &mut io::stdout().lock();
    match arguments.output.format {
        Format::Table => io::Write::write_all(out, comparison_table(&comparisons).as_bytes())?,
        Format::Json => write_comparison_json(out, &comparisons)?,
        Format::Csv => write_comparison_csv(out, &comparisons)?,
    }
    Ok(Exit::Done)
}
