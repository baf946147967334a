//! `stowplan compare` and `stowplan report` of the results folder of a sweep.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;

use crate::analysis::compare::{PRIMARY, Plan as Compared, PointRuns, compare_points};
use crate::cli::args::{CompareArguments, Format, Output, ReportArguments};
use crate::cli::kit::{results, terminal};
use crate::cli::{Exit, gate};
use crate::report::sweep::{
    Block, Point, PointComparison, PointReader, SweepFolder, point_table, write_points_csv, write_points_json,
};
use crate::sweep::{Fixed, Plan};

/// More runs are not compared at once: their figures would not fit into the memory of a small machine.
const MOST_RUNS: u64 = 200_000;

/// Compares the policies of a sweep with one another at every point.
///
/// # Errors
/// If the folder cannot be read, or the question cannot be asked of it.
pub(in crate::cli) fn compare(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    gate::check(arguments)?;
    anyhow::ensure!(
        arguments.after.is_none(),
        "`{}` holds a sweep, whose policies are compared with one another at each point; give it alone",
        arguments.folder.display()
    );
    let folder = SweepFolder::open(&arguments.folder)?;
    let plan = &folder.manifest().sweep;
    anyhow::ensure!(
        plan.question.is_none(),
        "the runs of `{}` are answers of a plan, one a policy and point: there is no seed to pair; read `{}`",
        arguments.folder.display(),
        SweepFolder::ANSWERS
    );
    anyhow::ensure!(
        plan.runs() <= MOST_RUNS,
        "the sweep has {} runs, and {MOST_RUNS} are compared at once; `summary.csv` has the statistics of all",
        plan.runs()
    );
    warn_of_damage(&folder, &arguments.output)?;
    let points = read(&folder)?;
    let fixed = plan.scenarios.first().map(|planned| planned.comparison.clone()).unwrap_or_default();
    let primary = arguments.primary.as_deref().or(fixed.primary.as_deref()).unwrap_or(PRIMARY).to_owned();
    results::ensure_ranks(&primary)?;
    let compared = Compared { primary: &primary, smallest_effect: effect(arguments, &fixed, &primary)? };
    let baselines: Vec<String> =
        points.iter().map(|point| baseline(arguments, plan, point)).collect::<Result<_, _>>()?;
    let asked: Vec<_> =
        points.iter().zip(&baselines).map(|(point, baseline)| PointRuns { runs: &point.records, baseline }).collect();
    let is_table = matches!(arguments.output.format, Format::Table);
    let comparisons = compare_points(&asked, compared, !is_table || !arguments.fail_if.is_empty());
    let points = points.into_iter().zip(comparisons).map(|(point, comparisons)| {
        let Point { scenario, values, .. } = point;
        PointComparison { scenario, values, comparisons }
    });
    let points: Vec<PointComparison> = points.collect();
    print(&points, &plan.keys(), &primary, &arguments.output)?;
    let all: Vec<_> = points.into_iter().flat_map(|point| point.comparisons).collect();
    gate::judge(arguments, &all)
}

fn print(points: &[PointComparison], keys: &[&str], primary: &str, output: &Output) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    match output.format {
        Format::Table => out.write_all(point_table(points, keys, primary, terminal::width()).as_bytes())?,
        Format::Json => write_points_json(out, points)?,
        Format::Csv => write_points_csv(out, points, keys)?,
        Format::Markdown => {
            out.write_all(terminal::markdown(|csv| Ok(write_points_csv(csv, points, keys)?))?.as_bytes())?;
        }
    }
    Ok(out.flush()?)
}

fn read(folder: &SweepFolder) -> anyhow::Result<Vec<Point>> {
    let path = folder.path().join(SweepFolder::RUNS);
    let context = || format!("cannot read `{}`", path.display());
    let mut reader =
        PointReader::new(fs_err::File::open(&path)?, &folder.manifest().sweep.keys()).with_context(context)?;
    let mut points = Vec::new();
    while let Some(point) = reader.next_point().with_context(context)? {
        points.push(point);
    }
    Ok(points)
}

fn effect(arguments: &CompareArguments, fixed: &Fixed, primary: &str) -> anyhow::Result<Option<f64>> {
    if let Some(effect) = arguments.smallest_effect {
        anyhow::ensure!(effect.is_finite() && effect >= 0.0, "`--smallest-effect {effect}` is no size; give 0 or more");
        return Ok(Some(effect));
    }
    // An effect that was fixed for one figure says nothing of another.
    let is_same = fixed.primary.as_deref().unwrap_or(PRIMARY) == primary;
    Ok(fixed.smallest_effect.as_deref().filter(|_| is_same).and_then(|text| text.parse().ok()))
}

/// The policy that the others of a point are compared with: as said, else that of its scenario, else the first.
fn baseline(arguments: &CompareArguments, plan: &Plan, point: &Point) -> anyhow::Result<String> {
    let planned = plan.scenarios.iter().find(|planned| planned.name == point.scenario);
    let names: Vec<&str> =
        planned.map_or_else(Vec::new, |planned| planned.policies.iter().map(|policy| policy.name.as_str()).collect());
    if let Some(name) = &arguments.baseline {
        anyhow::ensure!(
            names.contains(&name.as_str()),
            "no policy `{name}` in scenario `{}`; there are `{}`",
            point.scenario,
            names.join("`, `")
        );
        return Ok(name.clone());
    }
    let fixed = planned.and_then(|planned| planned.comparison.baseline.clone());
    let fixed = fixed.filter(|name| names.contains(&name.as_str()));
    Ok(fixed.or_else(|| names.first().map(|name| (*name).to_owned())).unwrap_or_default())
}

fn warn_of_damage(folder: &SweepFolder, output: &Output) -> anyhow::Result<()> {
    if !folder.is_whole()? {
        let words = format!(
            "warning: `{}` is not as it was written",
            folder.path().join(SweepFolder::table_of(&folder.manifest().sweep)).display()
        );
        terminal::note(output, &words);
    }
    Ok(())
}

/// Writes the summary, the pictures and the page of a sweep anew, from its table of runs alone.
///
/// # Errors
/// If the folder cannot be read or written.
pub(in crate::cli) fn report(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        !arguments.paper.is_asked(),
        "pictures for papers are of one scenario; the SVG files of a sweep's folder can be scaled as they are"
    );
    let mut folder = SweepFolder::open_to_write(&arguments.folder)?;
    warn_of_damage(&folder, &arguments.output())?;
    let blocks = summarise(&folder)?;
    let (mut files, blocks) = blocks;
    files.extend(folder.draw(&blocks)?);
    let mut written: Vec<_> = files.iter().map(|file| arguments.folder.join(&file.name)).collect();
    files.extend(folder.kept(&files));
    folder.finish(files)?;
    if arguments.parquet {
        let names = folder.manifest().files.iter().map(|file| file.name.as_str());
        written.extend(super::tables::write_parquet(folder.path(), names)?);
    }
    let out = &mut io::stdout().lock();
    written.iter().try_for_each(|path| writeln!(out, "{}", path.display()))?;
    Ok(Exit::Done)
}

fn summarise(folder: &SweepFolder) -> anyhow::Result<(Vec<crate::report::FileEntry>, Vec<Block>)> {
    let path = folder.path().join(SweepFolder::table_of(&folder.manifest().sweep));
    let mut merging = folder.summarising()?;
    merging.take_table(fs_err::File::open(&path)?).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(merging.finish()?)
}

/// Whether a folder is that of a sweep.
pub(in crate::cli) fn is_one(path: &Path) -> bool {
    SweepFolder::is_one(path)
}
