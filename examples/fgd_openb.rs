//! The experiment of "Beware of fragmentation" (Weng et al., USENIX ATC 2023) on the cluster and the pods of openb-2023.
//!
//! The 1,213 GPU nodes of the trace start empty. All pods of `tasks.csv` come, and pods drawn from them again until 130 %
//! of the cluster's GPUs have been asked for; none departs. The authors shuffle them by seed; the order of the trace is
//! run beside it. Written are the share of the GPUs that is allocated and the share of the idle GPUs that is fragmented,
//! as their code counts both, whenever another 10 % of the GPUs have been asked for.
//!
//! The trace stays outside this repository: alibaba/clusterdata, `cluster-trace-gpu-v2023`, as a folder with `nodes.csv`
//! (`node_id,zone,cpu_units,memory_mib,gpu,instance_type`) and `tasks.csv` (`task_id,group,arrival_s,duration_s,cpu_units,
//! memory_mib,gpu,gpu_milli`).
//!
//! ```text
//! cargo run --release --example fgd_openb -- DIR results/fgd-openb
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use stowplan::engine::{Engine, FastEngine, Setup};
use stowplan::model::{DeviceUse, GpuDemand, InstanceId, RequestId, Requests, Scenario};

/// Repetitions, where no other number is given.
const SEEDS: u64 = 10;
/// Per cent of the cluster's GPUs that are asked for in the end.
const INFLATED_PERCENT: u64 = 130;

/// What is placed by: its name here, and the lines of the policy.
const POLICIES: &[(&str, &str)] = &[
    ("random", "placementStrategy = [{ type = 'random' }]"),
    ("fgd-best-fit", "baseline = 'fgd-best-fit'"),
    ("fgd", "baseline = 'fgd'"),
    ("fgd-dot-product", "baseline = 'fgd-dot-product'"),
    ("best-fit", "baseline = 'best-fit'"),
    ("dot-product", "baseline = 'dot-product'"),
    ("binpack-memory", "placementStrategy = [{ type = 'binpack', field = 'memory' }]"),
];

/// What one run showed at each tenth of the GPUs asked for: allocated and fragmented, both in per cent.
type Curve = BTreeMap<u64, [f64; 2]>;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints its table")]
fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let seeds = arguments.get(2).map_or(Some(SEEDS), |text| text.to_str()?.parse().ok().filter(|seeds| *seeds > 1));
    let ([data, out] | [data, out, _], Some(seeds)) = (&arguments[..], seeds) else {
        eprintln!("usage: fgd_openb DIR OUT [SEEDS], where DIR has nodes.csv and tasks.csv of openb-2023");
        std::process::exit(2);
    };
    let scenario = match read(data) {
        Ok(scenario) => scenario,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    };
    let curves = run_all(&scenario, seeds);
    std::fs::create_dir_all(out).expect("the folder of the results can be made");
    std::fs::write(out.join("curve.csv"), rows(&curves)).expect("results can be written");
    let table = summary(&curves);
    std::fs::write(out.join("summary.csv"), &table).expect("results can be written");
    print!("{table}");
}

/// The GPU nodes and all pods, under every policy.
fn read(data: &Path) -> Result<Scenario, String> {
    let nodes = data.join("nodes.csv");
    let text = std::fs::read_to_string(&nodes).map_err(|error| format!("{}: {error}", nodes.display()))?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let gpu = header.split(',').position(|name| name == "gpu").ok_or("nodes.csv has no column `gpu`")?;
    let with_gpu = lines.filter(|line| line.split(',').nth(gpu).is_some_and(|count| count != "0" && !count.is_empty()));
    let folder = std::env::temp_dir().join(format!("fgd-openb-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let nodes: String = std::iter::once(header).chain(with_gpu).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.join("nodes.csv"), nodes).map_err(|error| error.to_string())?;
    let tasks = data.join("tasks.csv").canonicalize().map_err(|error| format!("tasks.csv: {error}"))?;
    let mut scenario = format!(
        "name = 'fgd-openb'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\n[trace]\nfile = '{}'\ngpu-milli = true\n",
        tasks.display()
    );
    for (name, rules) in POLICIES {
        let _ = writeln!(scenario, "[[policies]]\nname = '{name}'\n{rules}");
    }
    let file = folder.join("fgd-openb.toml");
    std::fs::write(&file, scenario).map_err(|error| error.to_string())?;
    let loaded = stowplan::scenario::load(&file, &[])
        .map_err(|error| error.problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(loaded.scenario)
}

/// One run: a policy, the order of the pods, a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    policy: usize,
    is_shuffled: bool,
    seed: u64,
}

fn run_all(scenario: &Scenario, seeds: u64) -> BTreeMap<Case, Curve> {
    let mut cases = Vec::new();
    for policy in 0..POLICIES.len() {
        for is_shuffled in [true, false] {
            cases.extend((1..=seeds).map(|seed| Case { policy, is_shuffled, seed }));
        }
    }
    let (next, curves) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(&case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let curve = run(scenario, case);
                    curves.lock().expect("no thread panicked").insert(case, curve);
                }
            });
        }
    });
    curves.into_inner().expect("no thread panicked")
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let word = u128::from(word ^ word >> 31);
        usize::try_from((word * count as u128) >> 64).expect("below a usize")
    }
}

/// Thousandths of GPUs that a task asks for.
fn milli(gpus: GpuDemand) -> u64 {
    match gpus {
        GpuDemand::Whole(count) => u64::from(count) * 1000,
        GpuDemand::Share(milli) => u64::from(milli),
        _ => 0,
    }
}

/// The pods as they come.
fn pods(requests: &Requests, case: Case, total: u64) -> Vec<RequestId> {
    let own = &requests.trace;
    let asked = |request: RequestId| milli(requests[request].demand.gpus);
    let (mut dice, mut pods) = (Dice(case.seed), own.clone());
    let mut sum: u64 = pods.iter().map(|&pod| asked(pod)).sum();
    loop {
        let pod = own[dice.below(own.len())];
        if sum + asked(pod) > INFLATED_PERCENT * total / 100 {
            break;
        }
        sum += asked(pod);
        pods.push(pod);
    }
    if case.is_shuffled {
        for last in (1..pods.len()).rev() {
            pods.swap(last, dice.below(last + 1));
        }
    }
    pods
}

fn run(scenario: &Scenario, case: Case) -> Curve {
    let requests = Requests::compile(scenario, &scenario.policies[case.policy]);
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: case.seed };
    let mut engine = FastEngine::new(setup);
    let total: u64 = scenario.fleet.ids().map(|id| u64::from(scenario.fleet.class(id).gpus) * 1000).sum();
    let mix = Mix::of(&requests);
    let (mut asked, mut allocated, mut next, mut curve) = (0, 0, 0, Curve::new());
    for pod in pods(&requests, case, total) {
        let wanted = milli(requests[pod].demand.gpus);
        asked += wanted;
        if engine.place(pod).is_some() {
            allocated += wanted;
        }
        while asked * 100 >= next * total {
            curve.insert(next, [percent(allocated, total), mix.fragmented(&engine)]);
            next += 10;
        }
    }
    curve.insert(INFLATED_PERCENT, [percent(allocated, total), mix.fragmented(&engine)]);
    curve
}

#[expect(clippy::cast_precision_loss, reason = "per cent for people")]
fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole as f64
}

/// Shapes of pods, and how many pods have each.
struct Mix(Vec<(u32, GpuDemand, u64)>);

impl Mix {
    fn of(requests: &Requests) -> Self {
        let mut shapes: BTreeMap<(u32, GpuDemand), u64> = BTreeMap::new();
        for &pod in &requests.trace {
            let demand = &requests[pod].demand;
            *shapes.entry((demand.cpu.0, demand.gpus)).or_default() += 1;
        }
        Self(shapes.into_iter().map(|((cpu, gpus), count)| (cpu, gpus, count)).collect())
    }

    /// Per cent of what is idle of the GPUs that a pod drawn from the mix cannot use, as the code of the paper counts:
    /// cpu and GPUs alone decide, and pods without GPUs can use none of it.
    fn fragmented(&self, engine: &FastEngine<'_>) -> f64 {
        let (mut unusable, mut idle) = (0_u64, 0_u64);
        let pods: u64 = self.0.iter().map(|(.., count)| count).sum();
        for id in (0..engine.instance_count()).map(InstanceId::from_index) {
            let left: Vec<u64> = engine.devices(id).into_iter().map(left).collect();
            let (all, cpu) = (left.iter().sum::<u64>(), engine.remaining(id).cpu.0);
            idle += all;
            for &(needs_cpu, gpus, count) in &self.0 {
                let (each, devices) = match gpus {
                    GpuDemand::Whole(devices) => (1000, devices as usize),
                    GpuDemand::Share(milli) => (u64::from(milli), 1),
                    _ => (u64::MAX, 1),
                };
                let fits = needs_cpu <= cpu && left.iter().filter(|left| **left >= each).count() >= devices;
                let lost = if fits { left.iter().filter(|left| **left < each).sum() } else { all };
                unusable += lost * count;
            }
        }
        percent(unusable, (idle * pods).max(1))
    }
}

fn left(used: DeviceUse) -> u64 {
    match used {
        DeviceUse::Idle => 1000,
        DeviceUse::Milli { left } => u64::from(left),
        DeviceUse::Dedicated | DeviceUse::Memory { .. } => 0,
    }
}

fn order(is_shuffled: bool) -> &'static str {
    if is_shuffled { "shuffled" } else { "trace" }
}

fn rows(curves: &BTreeMap<Case, Curve>) -> String {
    let mut text = "policy,order,seed,asked_percent,allocated_percent,fragmented_percent\n".to_owned();
    for (case, curve) in curves {
        for (asked, [allocated, fragmented]) in curve {
            let (policy, order) = (POLICIES[case.policy].0, order(case.is_shuffled));
            let _ = writeln!(text, "{policy},{order},{},{asked},{allocated:.4},{fragmented:.4}", case.seed);
        }
    }
    text
}

/// Mean and standard deviation over seeds.
#[expect(clippy::cast_precision_loss, reason = "ten seeds")]
fn over_seeds(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

fn summary(curves: &BTreeMap<Case, Curve>) -> String {
    let mut text = "policy,order,figure,asked_percent,mean,standard_deviation\n".to_owned();
    for (policy, (policy_name, _)) in POLICIES.iter().enumerate() {
        for is_shuffled in [true, false] {
            let of = |at: u64, figure: usize| -> Vec<f64> {
                let mine = curves.iter().filter(|(case, _)| case.policy == policy && case.is_shuffled == is_shuffled);
                mine.filter_map(|(_, curve)| Some(curve.get(&at)?[figure])).collect()
            };
            for (figure, at) in [(0, 130), (1, 50), (1, 80), (1, 90)] {
                let (mean, deviation) = over_seeds(&of(at, figure));
                let name = ["allocated_percent", "fragmented_percent"][figure];
                let order = order(is_shuffled);
                let _ = writeln!(text, "{policy_name},{order},{name},{at},{mean:.2},{deviation:.2}");
            }
        }
    }
    text
}
