//! What the authors' scripts measure: allocated GPUs, and idle ones that are fragmented, whenever pods have asked for
//! another hundredth of the cluster's GPUs.
//!
//! Of a node where a pod of the mix does not fit by cpu and GPUs, all idle GPUs are fragmented for the pod; where it fits,
//! those with less left than it takes of one; for pods without GPUs always all. The mix is the most frequent shapes that
//! together are 95 % of the pods. What is written for a hundredth is the mean over all arrivals that round to it.

use std::collections::BTreeMap;

use stowplan::engine::{Engine, FastEngine};
use stowplan::model::{Demand, DeviceUse, InstanceId, Scenario};

use crate::load::{INFLATED_PERCENT, milli};

/// Thousandths of a device.
pub(crate) const DEVICE: u64 = 1000;

/// A shape of the mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape {
    pub(crate) cpu: u32,
    /// MiB; 0 where memory is not looked at, as the authors do not.
    pub(crate) memory: u32,
    /// Thousandths of each device.
    pub(crate) each: u64,
    pub(crate) devices: usize,
}

/// Shapes of pods, the most frequent first, and how many pods have each.
#[derive(Clone, Debug)]
pub(crate) struct Mix(Vec<(Shape, u64)>);

impl Mix {
    /// The most frequent shapes that together are this many per cent of the pods, by cpu and GPUs.
    pub(crate) fn of(scenario: &Scenario, percent: usize) -> Self {
        Self::merged(scenario, percent, |_| 0)
    }

    /// Every shape, by memory too.
    pub(crate) fn with_memory(scenario: &Scenario) -> Self {
        Self::merged(scenario, 100, |demand| demand.memory.0)
    }

    fn merged(scenario: &Scenario, percent: usize, memory: impl Fn(&Demand) -> u32) -> Self {
        let mut counts: BTreeMap<Shape, u64> = BTreeMap::new();
        for task in &scenario.trace.tasks {
            let demand = &scenario.definitions[task.definition.index()].demand;
            let asked = milli(demand.gpus);
            let devices = usize::try_from(asked.div_ceil(DEVICE)).expect("an instance has few devices");
            let each = if devices > 1 { DEVICE } else { asked };
            let shape = Shape { cpu: demand.cpu.0, memory: memory(demand), each, devices };
            *counts.entry(shape).or_default() += 1;
        }
        let mut shapes: Vec<(Shape, u64)> = counts.into_iter().collect();
        shapes.sort_by_key(|&(shape, count)| (std::cmp::Reverse(count), shape));
        let all: u64 = shapes.iter().map(|(_, count)| count).sum();
        let mut sum = 0;
        let enough = shapes.iter().take_while(|(_, count)| {
            let goes_on = sum * 100 < all * percent as u64;
            sum += count;
            goes_on
        });
        let enough = enough.count();
        shapes.truncate(enough);
        Self(shapes)
    }

    /// Thousandths of idle GPUs that a pod drawn from the mix cannot use.
    #[expect(clippy::cast_precision_loss, reason = "a few thousand thousandths")]
    pub(crate) fn fragmented(&self, cpu: u32, memory: u32, left: &[u64]) -> f64 {
        let (all, pods) = (left.iter().sum::<u64>(), self.0.iter().map(|(_, count)| count).sum::<u64>());
        let unusable = |shape: &Shape| {
            if shape.devices == 0 || !shape.fits(cpu, memory, left) {
                return all;
            }
            left.iter().filter(|&&left| left < shape.each).sum()
        };
        let sum: u64 = self.0.iter().map(|(shape, count)| unusable(shape) * count).sum();
        sum as f64 / pods as f64
    }
}

impl Shape {
    fn fits(&self, cpu: u32, memory: u32, left: &[u64]) -> bool {
        let is_room = self.cpu <= cpu && self.memory <= memory;
        is_room && left.iter().filter(|&&left| left >= self.each).count() >= self.devices
    }
}

/// Thousandths that are left of a device.
pub(crate) fn left(used: DeviceUse) -> u64 {
    match used {
        DeviceUse::Idle => DEVICE,
        DeviceUse::Milli { left } => u64::from(left),
        DeviceUse::Dedicated | DeviceUse::Memory { .. } => 0,
    }
}

/// Allocated and fragmented, both in per cent, by hundredths of the GPUs that were asked for.
pub(crate) type Curve = BTreeMap<u64, [f64; 2]>;

/// Sums of what is seen at one hundredth.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    arrivals: u32,
    sums: [f64; 2],
}

/// Follows one run.
pub(crate) struct Follower {
    mix: Mix,
    /// Fragmented thousandths by node.
    nodes: Vec<f64>,
    fragmented: f64,
    total: u64,
    asked: u64,
    allocated: u64,
    seen: BTreeMap<u64, Seen>,
}

impl Follower {
    pub(crate) fn new(scenario: &Scenario, engine: &FastEngine<'_>) -> Self {
        let mix = Mix::of(scenario, 95);
        let ids = (0..engine.instance_count()).map(InstanceId::from_index);
        let nodes: Vec<f64> = ids.map(|id| on(&mix, engine, id)).collect();
        let total = scenario.fleet.ids().map(|id| u64::from(scenario.fleet.class(id).gpus) * DEVICE).sum();
        let fragmented = nodes.iter().sum();
        Self { mix, nodes, fragmented, total, asked: 0, allocated: 0, seen: BTreeMap::new() }
    }

    /// Thousandths of all GPUs.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// A pod that asks for so much came, and was placed or was not.
    pub(crate) fn follow(&mut self, engine: &FastEngine<'_>, asked: u64, placed: Option<InstanceId>) {
        self.asked += asked;
        if let Some(id) = placed {
            self.allocated += asked;
            let after = on(&self.mix, engine, id);
            self.fragmented += after - std::mem::replace(&mut self.nodes[id.index()], after);
        }
        let seen = self.seen.entry((self.asked * 100 + self.total / 2) / self.total).or_default();
        seen.arrivals += 1;
        seen.sums[0] += percent(self.allocated, self.total);
        seen.sums[1] += 100.0 * self.fragmented / as_f64(self.total - self.allocated);
    }

    pub(crate) fn curve(&self) -> Curve {
        let mean = |seen: &Seen| seen.sums.map(|sum| sum / f64::from(seen.arrivals));
        self.seen.iter().filter(|(at, _)| **at <= INFLATED_PERCENT).map(|(&at, seen)| (at, mean(seen))).collect()
    }
}

fn on(mix: &Mix, engine: &FastEngine<'_>, id: InstanceId) -> f64 {
    let left: Vec<u64> = engine.devices(id).into_iter().map(left).collect();
    let remaining = engine.remaining(id);
    mix.fragmented(remaining.cpu.0, remaining.memory.0, &left)
}

fn percent(part: u64, whole: u64) -> f64 {
    as_f64(part) * 100.0 / as_f64(whole)
}

#[expect(clippy::cast_precision_loss, reason = "thousandths of a few thousand GPUs")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
