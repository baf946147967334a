//! The scores of the authors' code, number by number, as strategies of this crate.
//!
//! Their scheduler gives every node that fits a whole number from 0 to 100 and takes the highest. Of equals it takes the
//! one whose name comes first, and every name begins with a number that is drawn for the run: the authors changed
//! `selectHost` of kube-scheduler, which would draw among equals each time. What is drawn for a pod here follows from the
//! seed, the pod and the number of pods on the nodes that fit, so that a strategy stays a function of what it is shown.
//!
//! # Sources
//! hkust-adsl/kubernetes-scheduler-simulator@8f3d641, `pkg/simulator/plugin/{random,best_fit,dot_product,fgd}_score.go`,
//! `open_gpu_share.go`, `pkg/utils/frag.go`, `pkg/simulator/simulator.go` (names of nodes), and the `selectHost` in its
//! `vendor/k8s.io/kubernetes/pkg/scheduler/core/generic_scheduler.go`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Mutex;

use rustc_hash::FxHashMap;
use stowplan::model::contract::{Candidate, Strategy, View};
use stowplan::model::{Demand, Device, DeviceUse, GpuDemand, Scenario};

use crate::cases::{Rules, Shapes};
use crate::load::{Dice, milli};
use crate::measure::{DEVICE, Mix, left};

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Score {
    /// Nothing: any node.
    Random,
    /// Little left.
    BestFit,
    /// A small product of what is asked and what is left.
    DotProduct,
    /// Little fragmentation added.
    Fgd,
}

/// Which of the nodes with the highest score is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equals {
    /// The first in an order of the nodes that is drawn for the run.
    OrderOfTheRun,
    /// The first in the order of the file.
    OrderOfTheFile,
    /// Any, drawn for every pod.
    Drawn,
}

/// The largest node by their constants: thousandths of a core and of a GPU.
const LARGEST: [f64; 2] = [128_000.0, 8_000.0];

/// The score of a node.
#[derive(Clone, Copy, Debug)]
struct Scored {
    /// So many pods were on the node: nothing departs, so that this tells its states apart.
    tasks: u32,
    score: f64,
}

/// What is known of the nodes, for one shape of pod each.
type Known = FxHashMap<Demand, Vec<Option<Scored>>>;

/// One policy of theirs in one run.
pub(crate) struct Authors {
    rules: Rules,
    seed: u64,
    mix: Mix,
    /// For each node, its place among equals.
    places: Vec<usize>,
    known: Mutex<Known>,
}

impl fmt::Debug for Authors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authors").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Authors {
    pub(crate) fn new(scenario: &Scenario, rules: Rules, seed: u64) -> Self {
        let mix = match rules.mix {
            Shapes::Percent(percent) => Mix::of(scenario, percent),
            Shapes::WithMemory => Mix::with_memory(scenario),
        };
        let mut places: Vec<usize> = (0..scenario.fleet.instances.len()).collect();
        if rules.equals == Equals::OrderOfTheRun {
            Dice(!seed).shuffle(&mut places);
        }
        Self { rules, seed, mix, places, known: Mutex::default() }
    }

    fn scored(&self, demand: &Demand, candidate: &Candidate<'_>) -> Scored {
        let score = match self.rules.score {
            Score::Random => 0.0,
            Score::BestFit => best_fit(demand, candidate),
            Score::DotProduct => dot_product(demand, candidate),
            Score::Fgd => self.fgd(demand, candidate).0,
        };
        Scored { tasks: candidate.tasks, score: self.rounded(score) }
    }

    fn rounded(&self, score: f64) -> f64 {
        if self.rules.is_rounded { score.trunc() } else { score }
    }

    /// The fall of fragmentation, in GPUs, drawn into 0 to 100 by a sigmoid; a share goes where the score is highest.
    fn fgd(&self, demand: &Demand, candidate: &Candidate<'_>) -> (f64, Device) {
        let before: Vec<u64> = candidate.devices.iter().copied().map(left).collect();
        let fragmented = self.mix.fragmented(candidate.cpu.0, candidate.memory.0, &before);
        let (cpu, memory) = (candidate.cpu.0 - demand.cpu.0, candidate.memory.0 - demand.memory.0);
        let score = |after: &[u64]| {
            let fall = (fragmented - self.mix.fragmented(cpu, memory, after)) / 1000.0;
            self.rounded(100.0 / (1.0 + libm::exp(-fall)))
        };
        let GpuDemand::Share(share) = demand.gpus else {
            return (score(&without(&before, milli(demand.gpus) / DEVICE)), Device::ANY);
        };
        let (share, mut best) = (u64::from(share), (f64::MIN, Device::ANY));
        for device in 0..before.len() {
            // A device like one before it scores alike.
            if before[device] < share || before[..device].contains(&before[device]) {
                continue;
            }
            let mut after = before.clone();
            after[device] -= share;
            let score = score(&after);
            if score > best.0 {
                best = (score, Device::from_index(device));
            }
        }
        best
    }
}

/// The devices when so many idle ones are taken.
fn without(left: &[u64], mut count: u64) -> Vec<u64> {
    let mut after = left.to_vec();
    for device in after.iter_mut().filter(|left| **left == DEVICE) {
        if count == 0 {
            break;
        }
        (*device, count) = (0, count - 1);
    }
    after
}

#[expect(clippy::cast_precision_loss, reason = "thousandths of one node")]
fn amounts(demand: &Demand, candidate: &Candidate<'_>) -> [[f64; 2]; 2] {
    let gpus: u64 = candidate.devices.iter().copied().map(left).sum();
    let asked = [f64::from(demand.cpu.0), milli(demand.gpus) as f64];
    [[f64::from(candidate.cpu.0), gpus as f64], asked]
}

fn best_fit(demand: &Demand, candidate: &Candidate<'_>) -> f64 {
    let [free, asked] = amounts(demand, candidate);
    let remains: f64 = (0..2).map(|r| (free[r] - asked[r]) / LARGEST[r] * 0.5).sum();
    (1.0 - remains) * 100.0
}

fn dot_product(demand: &Demand, candidate: &Candidate<'_>) -> f64 {
    let [free, asked] = amounts(demand, candidate);
    let product: f64 = (0..2).map(|r| free[r] / LARGEST[r] * (asked[r] / LARGEST[r])).sum();
    (1.0 - product / 2.0) * 100.0
}

impl Strategy for Authors {
    fn name(&self) -> &'static str {
        "authors"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let count = view.count();
        let mut dice = self.dice(view.demand, view.candidates());
        if self.rules.score == Score::Random {
            return dice.below(count);
        }
        let mut known = self.known.lock().expect("one thread a run");
        let nodes = known.entry(view.demand.clone()).or_insert_with(|| vec![None; self.places.len()]);
        let place = |position: usize| self.places[view.candidates()[position].instance.index()];
        let (mut best, mut chosen, mut equals) = (f64::MIN, 0, 0);
        for (position, candidate) in view.candidates().iter().enumerate() {
            let of_node = &mut nodes[candidate.instance.index()];
            let scored = match *of_node {
                Some(scored) if scored.tasks == candidate.tasks => scored,
                _ => *of_node.insert(self.scored(view.demand, candidate)),
            };
            match scored.score.total_cmp(&best) {
                Ordering::Greater => (best, chosen, equals) = (scored.score, position, 1),
                Ordering::Equal if self.rules.equals == Equals::Drawn => {
                    equals += 1;
                    chosen = if dice.below(equals) == 0 { position } else { chosen };
                }
                Ordering::Equal if place(position) < place(chosen) => chosen = position,
                Ordering::Equal | Ordering::Less => {}
            }
        }
        chosen
    }

    fn device(&self, demand: &Demand, chosen: &Candidate<'_>) -> Device {
        match self.rules.score {
            Score::Random if self.rules.is_device_drawn => {
                let fits = |used: &DeviceUse| left(*used) >= milli(demand.gpus);
                let positions = chosen.devices.iter().enumerate().filter(|(_, used)| fits(used));
                let fitting: Vec<usize> = positions.map(|(position, _)| position).collect();
                let drawn = self.dice(demand, std::slice::from_ref(chosen)).below(fitting.len());
                Device::from_index(fitting[drawn])
            }
            // The fullest that fits, which is U-23.
            Score::Random | Score::BestFit | Score::DotProduct => Device::ANY,
            Score::Fgd => self.fgd(demand, chosen).1,
        }
    }
}

impl Authors {
    /// Draws that follow from the seed and what is shown.
    fn dice(&self, demand: &Demand, candidates: &[Candidate<'_>]) -> Dice {
        let mut dice = Dice(self.seed);
        let tasks: u64 = candidates.iter().map(|candidate| u64::from(candidate.tasks)).sum();
        let first = candidates.first().map_or(0, |candidate| u64::from(candidate.instance.0));
        for part in [u64::from(demand.cpu.0), u64::from(demand.memory.0), milli(demand.gpus), tasks, first] {
            dice = Dice(dice.word() ^ part);
        }
        dice
    }
}
