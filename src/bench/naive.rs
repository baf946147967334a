//! The naive scan that the fast engine is compared with: one pass over all instances for each decision.
//!
//! Its source is pinned: a figure "so many times faster than the scan" means this scan, with the flags of this crate.
//! It is what a careful programmer writes at first: dense records, integer compares, no allocation, one pass.

use super::load::Load;
use super::measure::Task;
use super::rng::Rng;
use crate::engine::Engine;
use crate::model::{InstanceId, PackedResource, RequestId, Rule, SpreadField};

/// An instance of the scan.
#[derive(Clone, Copy)]
struct Row {
    cpu: u32,
    memory: u32,
    zone: u32,
}

/// A copy of a cluster, for scans.
pub(super) struct Naive<'a> {
    load: &'a Load,
    rows: Vec<Row>,
    /// Tasks of each service on each instance, service by service, where a rule asks.
    tasks: Vec<Vec<u16>>,
    zone_tasks: Vec<[u32; 3]>,
    rng: Rng,
}

impl<'a> Naive<'a> {
    pub(super) fn new(load: &'a Load, engine: &impl Engine, living: impl Iterator<Item = Task>) -> Self {
        let ids = (0..engine.instance_count()).map(InstanceId::from_index);
        let rows = ids.map(|id| Row {
            cpu: engine.remaining(id).cpu.0,
            memory: engine.remaining(id).memory.0,
            zone: load.fleet.class(id).zone.0,
        });
        let rows: Vec<Row> = rows.collect();
        let services = load.requests.table.len();
        let first = &load.requests.table[0];
        let asks = first.distinct_instance || first.strategy.0.contains(&Rule::Spread(SpreadField::InstanceId));
        let mut tasks = if asks { vec![vec![0; rows.len()]; services] } else { Vec::new() };
        let mut zone_tasks = vec![[0; 3]; services];
        for Task { request, instance } in living {
            if asks {
                tasks[request.index()][instance.index()] += 1;
            }
            zone_tasks[request.index()][rows[instance.index()].zone as usize] += 1;
        }
        Self { load, rows, tasks, zone_tasks, rng: Rng::new(5) }
    }

    /// Places one task by a scan.
    pub(super) fn place(&mut self, id: RequestId) -> Option<usize> {
        let rules = &self.load.requests[id].strategy.0;
        let first = match rules.first() {
            Some(Rule::Random) => return self.place_random(id),
            Some(Rule::Spread(SpreadField::Attribute(_))) => Some(self.zone_tasks[id.index()]),
            _ => None,
        };
        let zones = first.unwrap_or_default();
        let zone = |row: &Row| u64::from(zones[row.zone as usize]) << 32;
        let counts = self.tasks.get(id.index()).map_or(&[][..], Vec::as_slice);
        let last = if first.is_some() { rules.get(1) } else { rules.first() };
        let chosen = match last {
            Some(Rule::Binpack(PackedResource::Cpu)) => self.least(id, |_, row| zone(row) + u64::from(row.cpu)),
            Some(Rule::Binpack(PackedResource::Memory)) => self.least(id, |_, row| zone(row) + u64::from(row.memory)),
            Some(Rule::Spread(_)) => self.least(id, |instance, row| zone(row) + u64::from(counts[instance])),
            _ => self.least(id, |_, row| zone(row)),
        };
        chosen.inspect(|&chosen| self.take(id, chosen))
    }

    /// The first instance with the least score among those that may take the task.
    #[inline]
    fn least(&self, id: RequestId, score: impl Fn(usize, &Row) -> u64) -> Option<usize> {
        let request = &self.load.requests[id];
        let (cpu, memory) = (request.demand.cpu.0, request.demand.memory.0);
        let taken = if request.distinct_instance { &self.tasks[id.index()][..] } else { &[] };
        let mut best = (u64::MAX, None);
        for (instance, row) in self.rows.iter().enumerate() {
            if row.cpu >= cpu && row.memory >= memory && taken.get(instance).is_none_or(|&tasks| tasks == 0) {
                let score = score(instance, row);
                if score < best.0 {
                    best = (score, Some(instance));
                }
            }
        }
        best.1
    }

    /// Counts the instances that fit, then walks to the drawn one.
    fn place_random(&mut self, id: RequestId) -> Option<usize> {
        let demand = &self.load.requests[id].demand;
        let fits = |row: &Row| row.cpu >= demand.cpu.0 && row.memory >= demand.memory.0;
        let candidates = self.rows.iter().filter(|row| fits(row)).count();
        let drawn = if candidates == 0 { return None } else { self.rng.below(candidates) };
        let found = self.rows.iter().enumerate().filter(|(_, row)| fits(row)).nth(drawn);
        let chosen = found.map(|(instance, _)| instance);
        chosen.inspect(|&chosen| self.take(id, chosen))
    }

    fn take(&mut self, id: RequestId, chosen: usize) {
        let demand = &self.load.requests[id].demand;
        let row = &mut self.rows[chosen];
        row.cpu -= demand.cpu.0;
        row.memory -= demand.memory.0;
        self.zone_tasks[id.index()][row.zone as usize] += 1;
        if let Some(tasks) = self.tasks.get_mut(id.index()) {
            tasks[chosen] += 1;
        }
    }
}
