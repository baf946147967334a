//! `stowplan sweep run`: the runs of one shard, and one file that they leave.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::Exit;
use super::super::kit::interruption;
use super::super::kit::progress::Progress;
use super::super::kit::terminal;
use super::super::run::threads;
use super::args::{ShardArguments, Wanted, folder_of};
use super::execute::{Row, Session};
use super::{base_of, index, read, timings};
use crate::model::counted;
use crate::report::csv::Timing;
use crate::simulation::Control;
use crate::sweep::{Plan, Selection, Shard, folder, part};

pub(super) fn run(arguments: &ShardArguments) -> anyhow::Result<Exit> {
    let selection = selection(arguments)?;
    let plan = read(&arguments.plan)?;
    if let Selection::Runs(list) = &selection {
        let last = list.last().unwrap_or_default();
        anyhow::ensure!(
            last < plan.total(),
            "there is no run {last}: the plan has {}, counted from 0",
            counted(plan.total(), "run")
        );
    }
    let folder = folder_of(&arguments.plan, arguments.out.as_ref());
    folder::claim(&folder, &plan)?;
    if is_there(&folder, &plan, &selection)? {
        terminal::note(&arguments.output, &format!("note: {} is complete already", named(&selection)));
        return Ok(Exit::Done);
    }
    let Some(done) = execute(&plan, &selection, arguments)? else {
        terminal::say(&format!("interrupted: {} left nothing; the same command starts it again", named(&selection)));
        return Ok(Exit::Interrupted);
    };
    let failed = done.iter().filter(|row| row.is_failed).count();
    let times: Vec<Timing> = done.iter().filter_map(|row| row.timing.clone()).collect();
    timings::keep(&folder.join(selection.file_name(&plan.hash)), &times)?;
    let rows = done.iter().map(|row| part::Row { run: row.run, text: &row.text });
    let path = part::write(&folder, &plan.hash, &selection, rows)?;
    let runs = counted(done.len(), "run");
    if failed > 0 {
        terminal::note(&arguments.output, &format!("note: {failed} of {runs} failed; their rows say why"));
    }
    terminal::note(&arguments.output, &format!("{}: {runs} in {}", named(&selection), path.display()));
    Ok(Exit::Done)
}

fn named(selection: &Selection) -> String {
    match selection {
        Selection::Shard(shard) => format!("shard {shard}"),
        Selection::Runs(list) => format!("runs {}", list.shortened(6)),
    }
}

fn selection(arguments: &ShardArguments) -> anyhow::Result<Selection> {
    if let Some(list) = &arguments.runs {
        return Ok(Selection::Runs(list.clone()));
    }
    let shard = match (arguments.shard, arguments.shards) {
        (Some(Wanted::This(shard)), None) => shard,
        (Some(Wanted::This(shard)), Some(count)) => {
            anyhow::ensure!(
                u64::from(shard.count) == count,
                "`--shard {shard}` is one of {} shards, and `--shards` says {count}; leave `--shards` out",
                shard.count
            );
            shard
        }
        (_, Some(count)) => {
            // Whether so many are possible is told before the number is looked for.
            Shard::new(0, count).map_err(|problem| anyhow::anyhow!("`--shards {count}`: {problem}"))?;
            index::from_environment(count, &|name| std::env::var_os(name))?
        }
        (_, None) => anyhow::bail!("`--shard auto` needs `--shards N`: how many shards there are is never guessed"),
    };
    Ok(Selection::Shard(shard))
}

/// Whether the part is there and whole; a damaged one is set aside.
fn is_there(folder: &Path, plan: &Plan, selection: &Selection) -> anyhow::Result<bool> {
    let path = folder.join(selection.file_name(&plan.hash));
    if !path.exists() {
        return Ok(false);
    }
    match part::verify(&path, plan)? {
        Ok(found) if found.selection == *selection => return Ok(true),
        Ok(_) => {}
        Err(damage) => terminal::say(&format!("warning: `{}`: {damage}", path.display())),
    }
    let aside = part::set_aside(&path)?;
    terminal::say(&format!("warning: it is kept as `{}`, and its runs are made again", aside.display()));
    Ok(false)
}

/// Every run of a selection, ascending; `None` if the person interrupted.
fn execute(plan: &Plan, selection: &Selection, arguments: &ShardArguments) -> anyhow::Result<Option<Vec<Row>>> {
    let base = base_of(&arguments.plan).to_owned();
    let total = plan.total();
    let control = Arc::new(Control::default());
    interruption::listen(&control)?;
    let count = usize::try_from(selection.len(total)).unwrap_or(usize::MAX);
    let progress = Progress::start(&arguments.output, count, &control);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads(arguments.threads)).build()?;
    let session = Session::new(plan, base, Arc::clone(&control));
    let runs: Vec<u32> = selection.runs(total).collect();
    let rows = pool.install(|| session.run(&runs, &|| progress.run_finished()));
    progress.finish();
    let is_cancelled = control.cancelled.load(Ordering::Relaxed);
    let rows = rows?;
    Ok((!is_cancelled).then_some(rows))
}
