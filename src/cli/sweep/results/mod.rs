//! A sweep from its first run to its results folder: with all runs on this machine for `run`, or from parts for `merge`.

mod folder;
mod tables;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::Exit;
use super::super::args::{Format, Output, RunArguments};
use super::super::kit::progress::Progress;
use super::super::kit::{self, interruption, terminal};
use super::super::run::threads;
use super::execute::Session;
use super::plan::{Wish, make};
use super::point::{self, Point};
use crate::analysis::expectation::check;
use crate::analysis::record::RunRecord;
use crate::analysis::summary::summarise;
use crate::model::counted;
use crate::report::Overwrite;
use crate::report::csv::Timing;
use crate::report::sweep::{Block, PointReader, SweepFolder, overview};
use crate::simulation::Control;
use crate::sweep::Plan;

pub(in crate::cli) use folder::{compare, is_one, report};
pub(in crate::cli) use tables::write_parquet;

/// So many runs are held before their rows are written.
const CHUNK: usize = 4_096;

/// `stowplan run` of a sweep file: the whole of it as one shard that never becomes a file.
pub(in crate::cli) fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        !arguments.events,
        "`--events` is of one scenario: a sweep has an event log for none of its runs; run the scenario of a point alone"
    );
    let wish = Wish {
        file: arguments.scenario(),
        seeds: arguments.seeds,
        policies: &arguments.policy,
        pictures: !arguments.no_pictures,
        engine: arguments.engine,
        output: &arguments.output,
    };
    let base = Path::new(".");
    let plan = make(&wish, base)?;
    let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&plan.name));
    let overwrite = if arguments.force { Overwrite::Force } else { Overwrite::OwnOnly };
    let target = Target { plan: &plan, base, path: &path, overwrite, output: &arguments.output };
    let control = Arc::new(Control::default());
    interruption::listen(&control)?;
    let progress = Progress::start(&arguments.output, plan.total() as usize, &control);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads(arguments.threads)).build()?;
    let session = Session::new(&plan, base.to_owned(), Arc::clone(&control));
    let all: Vec<u32> = (0..plan.total()).collect();
    let mut timings: Vec<Timing> = Vec::new();
    let ended = target.begin()?.fill(|take| {
        for runs in all.chunks(CHUNK) {
            for row in pool.install(|| session.run(runs, &|| progress.run_finished()))? {
                timings.extend(row.timing);
                take(&row.text)?;
            }
            if control.cancelled.load(Ordering::Relaxed) {
                anyhow::bail!(
                    "interrupted: nothing is written; `stowplan sweep run` keeps every shard that is complete"
                );
            }
        }
        Ok(())
    });
    progress.finish();
    match ended {
        Err(error) if control.cancelled.load(Ordering::Relaxed) => {
            terminal::say(&format!("{error}"));
            Ok(Exit::Interrupted)
        }
        ended => ended?.finish(&mut timings.into_iter()),
    }
}

/// Where the results of a sweep go.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) plan: &'a Plan,
    pub(super) base: &'a Path,
    pub(super) path: &'a Path,
    pub(super) overwrite: Overwrite,
    pub(super) output: &'a Output,
}

/// A results folder that waits for rows.
struct Begun<'a> {
    target: Target<'a>,
    folder: SweepFolder,
}

/// A results folder with its tables.
struct Filled<'a> {
    target: Target<'a>,
    folder: SweepFolder,
    files: Vec<crate::report::FileEntry>,
    blocks: Vec<Block>,
}

impl<'a> Target<'a> {
    /// Writes everything from rows that come in order.
    ///
    /// # Errors
    /// If a row cannot be had or written.
    pub(super) fn write(
        self,
        rows: impl FnOnce(&mut dyn FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<()>,
        timings: &mut dyn Iterator<Item = Timing>,
    ) -> anyhow::Result<Exit> {
        self.begin()?.fill(rows)?.finish(timings)
    }

    fn begin(self) -> anyhow::Result<Begun<'a>> {
        Ok(Begun { target: self, folder: SweepFolder::create(self.path, self.plan, self.overwrite)? })
    }
}

impl<'a> Begun<'a> {
    fn fill(
        self,
        rows: impl FnOnce(&mut dyn FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Filled<'a>> {
        let mut merging = self.folder.merging()?;
        rows(&mut |text| Ok(merging.take(text)?))?;
        let (files, blocks) = merging.finish()?;
        Ok(Filled { target: self.target, folder: self.folder, files, blocks })
    }
}

impl Filled<'_> {
    /// Writes what follows from the tables, says what there is, and holds expectations against figures.
    fn finish(self, timings: &mut dyn Iterator<Item = Timing>) -> anyhow::Result<Exit> {
        let Self { target, mut folder, mut files, blocks } = self;
        files.push(folder.timings(timings)?);
        if target.plan.pictures {
            files.extend(folder.draw(&blocks)?);
        }
        folder.finish(files)?;
        let failed: u32 = blocks.iter().map(|block| block.failed).sum();
        if failed > 0 {
            terminal::say(&format!(
                "{failed} of {} failed: the column `failure` of {} says why",
                counted(target.plan.total(), "run"),
                target.path.join(SweepFolder::table_of(target.plan)).display()
            ));
        }
        let holds = target.expectations_hold()?;
        target.show(&blocks)?;
        Ok(if failed == 0 && holds { Exit::Done } else { Exit::AnswerIsNo })
    }
}

impl Target<'_> {
    /// Prints what it came to, and what may be done with it.
    fn show(&self, blocks: &[Block]) -> anyhow::Result<()> {
        let Self { plan, path, output, .. } = self;
        let path = path.display();
        match output.format {
            Format::Table => io::stdout().lock().write_all(overview(plan, blocks, terminal::width()).as_bytes())?,
            format => tables::print(&self.path.join(SweepFolder::statistics_of(plan)), format)?,
        }
        let next = match plan.question {
            Some(_) => format!("{path}/{} has every answer", SweepFolder::ANSWERS),
            None => format!("`stowplan compare {path}` tells the policies apart at every point"),
        };
        let page = if plan.pictures { format!("; {path}/report.html has the pictures") } else { String::new() };
        terminal::note(output, &format!("results: {path}; {next}{page}"));
        Ok(())
    }

    /// Whether the scenarios that are run as they are meet what they expect; of one with varied keys nothing is expected.
    fn expectations_hold(&self) -> anyhow::Result<bool> {
        let is_asked = |place: &usize| {
            let planned = &self.plan.scenarios[*place];
            planned.has_expectations && planned.axes.is_empty() && !planned.is_narrowed
        };
        let asked: Vec<usize> = (0..self.plan.scenarios.len()).filter(is_asked).collect();
        if asked.is_empty() || self.plan.question.is_some() {
            return Ok(true);
        }
        let mut points = PointReader::new(fs_err::File::open(self.path.join(SweepFolder::RUNS))?, &self.plan.keys())?;
        let mut holds = true;
        while let Some(point) = points.next_point()? {
            let place = asked.iter().find(|&&place| self.plan.scenarios[place].name == point.scenario);
            if let Some(&place) = place {
                holds &= self.scenario_holds(place, &point.records)?;
            }
        }
        Ok(holds)
    }

    fn scenario_holds(&self, place: usize, records: &[RunRecord]) -> anyhow::Result<bool> {
        let Point::Ready(loaded) = point::load(self.base, self.plan, place, 0)? else { return Ok(false) };
        let findings = check(&loaded.scenario.expected, &summarise(records));
        let failed: Vec<_> = findings.iter().filter(|finding| !finding.holds).collect();
        for finding in &failed {
            terminal::say(&format!(
                "expectation failed: {}: {}",
                loaded.scenario.name,
                kit::results::describe(finding)
            ));
        }
        Ok(failed.is_empty())
    }
}
