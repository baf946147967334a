//! `stowplan compare`: paired differences between the policies of a results folder, or between two folders.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use super::args::{CompareArguments, Format};
use super::kit::results::{self, Results};
use super::kit::terminal;
use super::{Exit, gate, sweep};
use crate::analysis::catalogue::position;
use crate::analysis::compare::{Comparison, Loads, Plan, compare, compare_experiments};
use crate::analysis::record::RunRecord;
use crate::model::counted;
use crate::report::terminal::{Colour, View};
use crate::report::{
    Compared, Folder, Manifest, caveats, comparison_table, write_comparison_csv, write_comparison_json,
};

/// How many seeds are named; the rest are counted.
const MOST_NAMED: usize = 12;

pub(super) fn run(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    if sweep::results::is_one(&arguments.folder) {
        return sweep::results::compare(arguments);
    }
    gate::check(arguments)?;
    let results = Results::read(Folder::open(&arguments.folder)?)?;
    let plan = plan(arguments, results.folder.manifest())?;
    results.warn_of_missing(&arguments.output);
    results.warn_of_damage(&arguments.output)?;
    let after = arguments.after.as_deref().map(|path| Results::read(Folder::open(path)?)).transpose()?;
    let comparisons = match &after {
        None => compare(&results.records, baseline(arguments, &results)?, plan),
        Some(after) => {
            after.warn_of_missing(&arguments.output);
            after.warn_of_damage(&arguments.output)?;
            warn_of_differences(arguments, &results, after)?;
            warn_of_loads(arguments, &Loads::of(&results.records, &after.records))?;
            compare_experiments(&results.records, &after.records, plan)
        }
    };
    warn_of_one_sided(arguments, &comparisons, &after.as_ref().unwrap_or(&results).records);
    let out = &mut io::stdout().lock();
    match arguments.output.format {
        Format::Table => {
            let every = results.records.iter().chain(after.iter().flat_map(|after| &after.records));
            let every: Vec<&RunRecord> = every.collect();
            let notes: Vec<String> =
                [caveats::left_out(&every), caveats::steady(&every)].into_iter().flatten().collect();
            let colour = if terminal::colours_on_stdout(&arguments.output) { Colour::On } else { Colour::Off };
            let view = View { width: terminal::width(), colour };
            let (first, second) = (arguments.folder.display().to_string(), arguments.after.as_deref());
            let second = second.map(|folder| folder.display().to_string());
            let compared = match &second {
                Some(after) => Compared::Folders { before: &first, after },
                None => Compared::Policies,
            };
            let table = comparison_table(&comparisons, compared, plan.primary, &notes, view);
            io::Write::write_all(out, table.as_bytes())?;
        }
        Format::Json => write_comparison_json(out, &comparisons)?,
        Format::Csv => write_comparison_csv(out, &comparisons)?,
        Format::Markdown => {
            out.write_all(terminal::markdown(|csv| Ok(write_comparison_csv(csv, &comparisons)?))?.as_bytes())?
        }
    }
    gate::judge(arguments, &comparisons)
}

/// What the command line says, else what was fixed before the runs.
fn plan<'a>(arguments: &'a CompareArguments, manifest: &'a Manifest) -> anyhow::Result<Plan<'a>> {
    let fixed = manifest.comparison.plan();
    let primary = arguments.primary.as_deref().unwrap_or(fixed.primary);
    results::ensure_ranks(primary)?;
    if let Some(effect) = arguments.smallest_effect {
        anyhow::ensure!(effect.is_finite() && effect >= 0.0, "`--smallest-effect {effect}` is no size; give 0 or more");
    }
    if primary != fixed.primary {
        let words = format!(
            "note: `{}` was fixed before the runs as the figure that ranks; `{primary}` was not",
            fixed.primary
        );
        terminal::note(&arguments.output, &words);
    }
    // An effect that was fixed for one figure says nothing of another.
    let of_scenario = fixed.smallest_effect.filter(|_| primary == fixed.primary);
    Ok(Plan { primary, smallest_effect: arguments.smallest_effect.or(of_scenario) })
}

fn baseline<'a>(arguments: &'a CompareArguments, results: &'a Results) -> anyhow::Result<&'a str> {
    let policies = results.policies();
    match &arguments.baseline {
        Some(name) if policies.contains(&name.as_str()) => Ok(name.as_str()),
        Some(name) => anyhow::bail!("no policy `{name}` in the folder; there are `{}`", policies.join("`, `")),
        None => Ok(results.folder.manifest().baseline().filter(|name| policies.contains(name)).unwrap_or(policies[0])),
    }
}

/// Says what the two folders do not share.
fn warn_of_differences(arguments: &CompareArguments, before: &Results, after: &Results) -> anyhow::Result<()> {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (before.policies().into_iter().collect(), after.policies().into_iter().collect());
    anyhow::ensure!(old.intersection(&new).next().is_some(), "the two folders have no policy in common");
    for (names, folder) in [(old.difference(&new), "first"), (new.difference(&old), "second")] {
        let names: Vec<&str> = names.copied().collect();
        if !names.is_empty() {
            let words = format!("warning: only the {folder} folder has `{}`", names.join("`, `"));
            terminal::note(&arguments.output, &words);
        }
    }
    let (before, after) = (before.folder.manifest(), after.folder.manifest());
    if before.version != after.version {
        let words = format!("note: the first folder is of version {}, the second of {}", before.version, after.version);
        terminal::note(&arguments.output, &words);
    }
    let (before, after) = (&before.scenario, &after.scenario);
    if before.sha256 != after.sha256 {
        terminal::note(&arguments.output, "note: the scenario files differ");
    }
    Ok(())
}

/// Says which seeds are not paired because they did not face the same load.
fn warn_of_loads(arguments: &CompareArguments, loads: &Loads) -> anyhow::Result<()> {
    let Loads { equal, different } = loads;
    anyhow::ensure!(
        different.is_empty() || !equal.is_empty(),
        "no seed has the same load in both folders, so there are no pairs; compare runs of one load, or each folder alone"
    );
    if !different.is_empty() {
        let named: Vec<String> = different.iter().take(MOST_NAMED).map(u32::to_string).collect();
        let more = if different.len() > MOST_NAMED { ", …" } else { "" };
        let words = format!(
            "warning: {} of {} left out, with another load in the second folder: {}{more}",
            different.len(),
            counted(different.len() + equal.len(), "seed"),
            named.join(", ")
        );
        terminal::note(&arguments.output, &words);
    }
    Ok(())
}

/// Names the figures that one of the two never has: no row of the table would show them.
fn warn_of_one_sided(arguments: &CompareArguments, comparisons: &[Comparison], of_policies: &[RunRecord]) {
    let mut lacking: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in comparisons.iter().filter(|row| row.n == 0 && row.unpaired > 0) {
        let has = |record: &RunRecord| position(row.metric).is_some_and(|at| record.figures[at].seen().is_some());
        let of_policy = of_policies.iter().filter(|record| record.policy == row.policy).any(has);
        let side = match (&arguments.after, of_policy) {
            (Some(_), true) => "the first folder",
            (Some(_), false) => "the second folder",
            (None, true) => &row.baseline,
            (None, false) => &row.policy,
        };
        lacking.entry(side).or_default().insert(row.metric);
    }
    for (side, metrics) in lacking {
        let side = if arguments.after.is_some() { side.to_owned() } else { format!("`{side}`") };
        let metrics: Vec<&str> = metrics.into_iter().collect();
        let words = format!("warning: absent for {side} and therefore not compared: `{}`", metrics.join("`, `"));
        terminal::note(&arguments.output, &words);
    }
}
