//! The experiment of the paper on fragmentation gradient descent, on its own ground: openb-2023, a production GPU cluster.
//!
//! The 1,213 GPU nodes of the trace start empty. All pods of `tasks.csv` come in an order drawn by the seed, and after
//! them pods drawn from them again, until 130 % of the cluster's GPUs have been asked for; none departs. Written is what
//! the authors' scripts write: the share of the GPUs that is allocated and the share of the idle GPUs that is fragmented,
//! by the share of the GPUs that was asked for.
//!
//! It is run three times over: by the scores of the authors' code ([`authors`]), by the strategies of this crate of the
//! same names, and with one difference between the two at a time ([`cases`]).
//!
//! The trace stays outside this repository: alibaba/clusterdata, `cluster-trace-gpu-v2023`, as a folder with `nodes.csv`
//! (`node_id,zone,cpu_units,memory_mib,gpu,instance_type`) and `tasks.csv` (`task_id,group,arrival_s,duration_s,cpu_units,
//! memory_mib,gpu,gpu_milli`).
//!
//! ```text
//! cargo run --release --example fgd_openb -- DIR results/2026-11-29-fgd-openb
//! ```
//!
//! # Sources
//! Weng et al., "Beware of fragmentation", USENIX ATC 2023; hkust-adsl/kubernetes-scheduler-simulator@8f3d641.

mod authors;
mod cases;
mod load;
mod measure;
mod picture;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use stowplan::engine::{Engine, FastEngine, Setup};
use stowplan::model::{Requests, Scenario};

use cases::{CASES, Case};
use measure::{Curve, Follower};

/// Repetitions, where no other number is given.
const SEEDS: u64 = 10;

/// One run: a case by its position, and a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    case: usize,
    seed: u64,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints its table")]
fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let seeds = arguments.get(2).map_or(Some(SEEDS), |text| text.to_str()?.parse().ok().filter(|seeds| *seeds > 1));
    let ([data, out] | [data, out, _], Some(seeds)) = (&arguments[..], seeds) else {
        eprintln!("usage: fgd_openb DIR OUT [SEEDS], where DIR has nodes.csv and tasks.csv of openb-2023");
        std::process::exit(2);
    };
    match study(data, out, seeds) {
        Ok(table) => print!("{table}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    }
}

/// Runs everything and writes it; answers the table for people.
fn study(data: &Path, out: &Path, seeds: u64) -> Result<String, String> {
    let scenario = load::read(data)?;
    std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let curves = run_all(&scenario, seeds);
    let write = |name: &str, text: String| {
        let path = out.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    write("curve.csv", tables::curve(&curves))?;
    write("summary.csv", tables::summary(&curves))?;
    write("published.csv", tables::PUBLISHED.to_owned())?;
    write("curves.svg", picture::svg(&curves))?;
    Ok(tables::for_people(&curves))
}

fn run_all(scenario: &Scenario, seeds: u64) -> BTreeMap<Run, Curve> {
    let runs: Vec<Run> = (0..CASES.len()).flat_map(|case| (1..=seeds).map(move |seed| Run { case, seed })).collect();
    let (next, curves) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(&run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let curve = run_one(scenario, CASES[run.case], run.seed);
                    curves.lock().expect("no thread panicked").insert(run, curve);
                }
            });
        }
    });
    curves.into_inner().expect("no thread panicked")
}

fn run_one(scenario: &Scenario, case: Case, seed: u64) -> Curve {
    let requests = Requests::compile(scenario, &case.policy(scenario, seed));
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed };
    let mut engine = FastEngine::new(setup);
    let mut follower = Follower::new(scenario, &engine);
    for pod in load::pods(&requests, case.order, seed, follower.total()) {
        let placed = engine.place(pod).map(|placed| placed.instance);
        follower.follow(&engine, load::milli(requests[pod].demand.gpus), placed);
    }
    follower.curve()
}
