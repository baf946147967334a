//! The nodes and pods of the trace as a scenario, and the pods as they come.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use stowplan::model::{GpuDemand, RequestId, Requests, Scenario};

/// Per cent of the cluster's GPUs that are asked for in the end.
pub(crate) const INFLATED_PERCENT: u64 = 130;

/// In which order the pods of the trace come; those that are drawn beyond them come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Drawn by the seed, as the authors ran it.
    Shuffled,
    /// As in the trace.
    Trace,
}

/// The GPU nodes and all pods. CPU is counted in thousandths of a core, as the authors count it, so that what fits there
/// fits here.
pub(crate) fn read(data: &Path) -> Result<Scenario, String> {
    let nodes = Table::read(&data.join("nodes.csv"))?.with_thousandths()?;
    let gpu = nodes.column("gpu")?;
    let with_gpu = nodes.keep(|row| !matches!(row[gpu].as_str(), "" | "0"));
    let tasks = Table::read(&data.join("tasks.csv"))?.with_thousandths()?;
    let folder = std::env::temp_dir().join(format!("fgd-openb-{}", std::process::id()));
    let loaded = written(&folder, &with_gpu, &tasks);
    let _ = std::fs::remove_dir_all(&folder);
    loaded
}

fn written(folder: &Path, nodes: &Table, tasks: &Table) -> Result<Scenario, String> {
    let write = |name: &str, text: String| -> Result<PathBuf, String> {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    };
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write("nodes.csv", nodes.text())?;
    write("tasks.csv", tasks.text())?;
    let scenario = "name = 'fgd-openb'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\n\
                    [trace]\nfile = 'tasks.csv'\ngpu-milli = true\n[[policies]]\nname = 'random'\n\
                    placementStrategy = [{ type = 'random' }]\n";
    let file = write("fgd-openb.toml", scenario.to_owned())?;
    let loaded = stowplan::scenario::load(&file, &[])
        .map_err(|error| error.problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())?;
    Ok(loaded.scenario)
}

/// A CSV file without quotes, as those of the trace are.
struct Table {
    name: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.lines();
        let header = cells(lines.next().unwrap_or_default());
        let rows: Vec<Vec<String>> = lines.map(cells).collect();
        match rows.iter().position(|row| row.len() != header.len()) {
            Some(row) => Err(format!("{name}:{}: not as many cells as the header has", row + 2)),
            None => Ok(Self { name, header, rows }),
        }
    }

    fn column(&self, column: &str) -> Result<usize, String> {
        let found = self.header.iter().position(|name| name == column);
        found.ok_or_else(|| format!("{} has no column `{column}`", self.name))
    }

    /// The file has 1,024 units a core, rounded up; every amount of the trace is the whole number of thousandths below.
    fn with_thousandths(mut self) -> Result<Self, String> {
        let cpu = self.column("cpu_units")?;
        for (number, row) in self.rows.iter_mut().enumerate() {
            let units = row[cpu].parse::<u64>();
            let units = units.map_err(|_| format!("{}:{}: cpu_units `{}`", self.name, number + 2, row[cpu]))?;
            row[cpu] = (units * 1000 / 1024).to_string();
        }
        Ok(self)
    }

    fn keep(mut self, wanted: impl Fn(&[String]) -> bool) -> Self {
        self.rows.retain(|row| wanted(row));
        self
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let _ = writeln!(text, "{}", row.join(","));
        }
        text
    }
}

/// Thousandths of GPUs that a task asks for.
pub(crate) fn milli(gpus: GpuDemand) -> u64 {
    match gpus {
        GpuDemand::Whole(count) => u64::from(count) * 1000,
        GpuDemand::Share(milli) => u64::from(milli),
        _ => 0,
    }
}

/// The pods as they come: all of the trace, then pods drawn from it until the next would ask for too much.
pub(crate) fn pods(requests: &Requests, order: Order, seed: u64, total: u64) -> Vec<RequestId> {
    let own = &requests.trace;
    let asked = |request: RequestId| milli(requests[request].demand.gpus);
    let (mut dice, mut pods) = (Dice(seed), own.clone());
    if order == Order::Shuffled {
        dice.shuffle(&mut pods);
    }
    let mut sum: u64 = pods.iter().map(|&pod| asked(pod)).sum();
    loop {
        let pod = own[dice.below(own.len())];
        // The authors look at the share of one device here, not at all devices of the pod.
        if sum + asked(pod).min(1000) > INFLATED_PERCENT * total / 100 {
            return pods;
        }
        sum += asked(pod);
        pods.push(pod);
    }
}

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// A number from 0, below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from((u128::from(self.word()) * count as u128) >> 64).expect("below a usize")
    }

    /// Any order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}
