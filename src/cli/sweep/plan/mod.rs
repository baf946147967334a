//! `stowplan sweep plan`: what a file asks for, written down as a plan.

mod pictures;
mod planned;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs_err as fs;

use super::super::Exit;
use super::super::args::{Engine, Output};
use super::super::kit::{input, terminal};
use super::super::run::engine_kind;
use super::args::PlanArguments;
use crate::model::counted;
use crate::scenario::{self, LoadError, SweepFile, SweptScenario};
use crate::sweep::plan::MOST_RUNS;
use crate::sweep::{Plan, Planned};
use planned::{Asked, planned, relative};

pub(super) fn run(arguments: &PlanArguments) -> anyhow::Result<Exit> {
    let to_stdout = arguments.out == Path::new("-");
    let folder = arguments.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let base = if to_stdout { Path::new(".") } else { folder };
    fs::create_dir_all(base)?;
    let plan = make(&Wish::of(arguments), base)?;
    match to_stdout {
        true => std::io::stdout().lock().write_all(plan.to_json().as_bytes())?,
        false => write(&plan, arguments)?,
    }
    let words = format!(
        "planned: {} ({}), plan {}{}",
        counted(plan.runs(), "run"),
        shape_of(&plan),
        &plan.hash[..8],
        if to_stdout { String::new() } else { format!(" in {}", arguments.out.display()) }
    );
    terminal::note(&arguments.output, &words);
    Ok(Exit::Done)
}

/// What a plan is to be made of.
pub(in crate::cli) struct Wish<'a> {
    /// The scenario or sweep file.
    pub(in crate::cli) file: &'a Path,
    /// In place of the file's own.
    pub(in crate::cli) seeds: Option<u32>,
    /// In place of the file's own.
    pub(in crate::cli) policies: &'a [String],
    pub(in crate::cli) pictures: bool,
    pub(in crate::cli) engine: Engine,
    pub(in crate::cli) output: &'a Output,
}

impl<'a> Wish<'a> {
    fn of(arguments: &'a PlanArguments) -> Self {
        Self {
            file: &arguments.file,
            seeds: arguments.seeds,
            policies: &arguments.policy,
            pictures: !arguments.no_pictures,
            engine: arguments.engine,
            output: &arguments.output,
        }
    }
}

/// The plan of a wish; paths in it start from `base`.
///
/// # Errors
/// If a file is wrong, or there would be too many runs.
pub(in crate::cli) fn make(wish: &Wish<'_>, base: &Path) -> anyhow::Result<Plan> {
    anyhow::ensure!(
        wish.file != Path::new("-"),
        "a plan is of a file, which every shard reads again; write the scenario to one"
    );
    let text = text_of(wish.file)?;
    let asked = Asked { engine: engine_kind(wish.engine), output: wish.output, answers: false, base: base.to_owned() };
    let blank = blank(wish, relative(base, wish.file)?);
    let plan = match scenario::is_sweep(&text) {
        true => of_sweep(&text, wish, &asked, blank)?,
        false => of_scenario(wish, &asked, blank)?,
    };
    let runs = plan.runs();
    anyhow::ensure!(
        runs <= MOST_RUNS,
        "the plan would have {runs} runs, and {MOST_RUNS} are taken; vary fewer keys, or name fewer seeds or policies"
    );
    pictures::ensure_known(&plan)?;
    Ok(plan.sealed())
}

/// Whether a file is a sweep; one that cannot be read is none, and whoever reads it says so.
pub(in crate::cli) fn is_sweep(file: &Path) -> bool {
    file != Path::new("-") && text_of(file).is_ok_and(|text| scenario::is_sweep(&text))
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    let bytes = scenario::read_file(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn blank(wish: &Wish<'_>, file: String) -> Plan {
    Plan {
        program: String::new(),
        version: String::new(),
        format: 0,
        hash: String::new(),
        name: String::new(),
        description: String::new(),
        file,
        is_plain: false,
        engine: engine_kind(wish.engine).name().to_owned(),
        pictures: wish.pictures,
        question: None,
        scenarios: Vec::new(),
        drawn: Vec::new(),
    }
}

/// One scenario as it is.
fn of_scenario(wish: &Wish<'_>, asked: &Asked<'_>, blank: Plan) -> anyhow::Result<Plan> {
    let swept = SweptScenario { file: String::new(), name: None, policies: wish.policies.to_vec(), axes: Vec::new() };
    let (planned, description) = planned(wish.file, &swept, wish.seeds, asked)?;
    Ok(Plan { name: planned.name.clone(), description, is_plain: true, scenarios: vec![planned], ..blank })
}

fn of_sweep(text: &str, wish: &Wish<'_>, asked: &Asked<'_>, blank: Plan) -> anyhow::Result<Plan> {
    let sweep: SweepFile = match scenario::parse_sweep(text, wish.file) {
        Ok(sweep) => sweep,
        Err(LoadError { problems, .. }) => {
            input::show(&problems, wish.output);
            anyhow::bail!("sweep `{}` cannot run: {}", wish.file.display(), input::count(&problems));
        }
    };
    let asked = &Asked { answers: sweep.question.is_some(), base: asked.base.clone(), ..*asked };
    let folder = wish.file.parent().unwrap_or(Path::new(""));
    let seeds = wish.seeds.or(sweep.seeds);
    let mut scenarios: Vec<Planned> = Vec::new();
    for swept in &sweep.scenarios {
        let policies = [wish.policies, &swept.policies, &sweep.policies].into_iter().find(|names| !names.is_empty());
        let swept = SweptScenario { policies: policies.unwrap_or_default().to_vec(), ..swept.clone() };
        let (planned, _) = planned(&folder.join(&swept.file), &swept, seeds, asked)?;
        anyhow::ensure!(
            scenarios.iter().all(|other| other.name != planned.name),
            "two scenarios of `{}` are called `{}`; rows of results are told apart by it, so give one a `name` in `[[scenarios]]`",
            wish.file.display(),
            planned.name
        );
        scenarios.push(planned);
    }
    Ok(Plan {
        name: sweep.name,
        description: sweep.description,
        question: sweep.question.map(|question| question.word().to_owned()),
        scenarios,
        drawn: sweep.pictures,
        ..blank
    })
}

/// Writes the plan, but not over another one.
fn write(plan: &Plan, arguments: &PlanArguments) -> anyhow::Result<()> {
    let (path, text): (&PathBuf, String) = (&arguments.out, plan.to_json());
    if let Ok(there) = fs::read_to_string(path) {
        if there == text {
            return Ok(());
        }
        anyhow::ensure!(
            arguments.force,
            "`{}` is there and is another plan or no plan; choose another with `-o`, or replace it with `--force`: shards of \
             the old one do not count for the new one",
            path.display()
        );
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, text)?;
    fs::rename(temporary, path)?;
    Ok(())
}

/// `1 scenario, 4 policies, 7 seeds`.
fn shape_of(plan: &Plan) -> String {
    let mut parts = vec![counted(plan.scenarios.len(), "scenario")];
    let points: u64 = plan.scenarios.iter().map(Planned::points).sum();
    if points > plan.scenarios.len() as u64 {
        parts.push(counted(points, "point"));
    }
    if let [only] = plan.scenarios.as_slice() {
        parts.push(counted(only.policies.len(), "policy"));
        parts.push(counted(only.seeds, "seed"));
    }
    parts.join(", ")
}
