//! The tables have grown: what was worked out from them is worked out anew, and what is known of every instance is put back.
//!
//! Indexes are caches over the cluster, so that building them again changes no choice. A kind that differs from a known one
//! in nothing that a decision sees, as the next revision of a service does, is given the plan of that one.
//!
//! # Cost
//! A kind like a known one costs nothing but its entries. Anything else is a new engine over the same instances: about a
//! microsecond for each instance that has tasks. The bench to watch is `engine/grow`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::FastEngine;
use super::state::record::{Change, News, Record};
use crate::engine::draw::Streams;
use crate::engine::{Engine as _, Growth, InstanceStatus, Tables};
use crate::model::{ClassId, Identity, InstanceId, Request, Requests, Shared};

/// Tasks of one group on one instance.
#[derive(Clone, Copy, Debug)]
struct GroupTasks {
    group: u32,
    tasks: u32,
}

/// An instance of the engine of before.
#[derive(Clone, Copy)]
struct Stand<'s> {
    id: u32,
    record: Record,
    groups: &'s [GroupTasks],
}

impl FastEngine<'_> {
    /// See the [module](self).
    pub(super) fn grow_tables(&mut self, growth: &Growth<'_>) {
        let known = self.tables.requests.table.len();
        let is_settled = growth.turned.is_empty()
            && self.tables.fleet.classes.len() == growth.fleet.classes.len()
            && self.tables.requests.holds == growth.requests.holds;
        let twins = is_settled.then(|| twins(&growth.requests.table, known)).flatten();
        match twins {
            Some(twins) => self.adopt(growth, &twins),
            None => self.rebuild(growth),
        }
    }

    /// New kinds that each have a known one's plan.
    fn adopt(&mut self, growth: &Growth<'_>, twins: &[usize]) {
        for &twin in twins {
            self.plans.push(self.plans[twin]);
            self.failures.filter_of.push(self.failures.filter_of[twin]);
        }
        self.streams = self.streams.grown(self.tables.seed, &growth.requests);
        self.tables.requests = Shared::Owned(Arc::clone(&growth.requests));
        self.tables.fleet = Shared::Owned(Arc::clone(&growth.fleet));
        (self.cluster.requests, self.cluster.fleet) = (self.tables.requests.clone(), self.tables.fleet.clone());
    }

    fn rebuild(&mut self, growth: &Growth<'_>) {
        let groups = self.groups_of_instances(growth);
        let tables = Tables {
            fleet: Shared::Owned(Arc::clone(&growth.fleet)),
            requests: Shared::Owned(Arc::clone(&growth.requests)),
            options: self.tables.options,
            seed: self.tables.seed,
        };
        let turned: FxHashMap<u32, ClassId> = growth.turned.iter().map(|one| (one.instance.0, one.class)).collect();
        let mut grown = FastEngine::without_instances(tables);
        for id in self.ids() {
            let class = turned.get(&id).copied().unwrap_or_else(|| self.cluster.class_id(id));
            grown.enter(class, self.cluster.identity(id).cloned());
        }
        for id in self.ids() {
            let groups = groups.get(id as usize).map_or(&[][..], Vec::as_slice);
            grown.put_back(self, Stand { id, record: self.cluster.records[id as usize], groups });
        }
        grown.build_few_levels();
        grown.streams = self.streams.grown(grown.tables.seed, &grown.tables.requests);
        grown.held = std::mem::take(&mut self.held);
        grown.away = std::mem::take(&mut self.away);
        grown.cluster.last_device = self.cluster.last_device;
        grown.cluster.preferred_device = self.cluster.preferred_device;
        *self = grown;
    }

    fn ids(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.cluster.records.len()).expect("fewer than 2^32 instances")
    }

    /// The groups with tasks on every instance; where they are not counted, the caller tells what runs there.
    fn groups_of_instances(&self, growth: &Growth<'_>) -> Vec<Vec<GroupTasks>> {
        let mut of_instances: Vec<Vec<GroupTasks>> = vec![Vec::new(); self.cluster.records.len()];
        match &self.cluster.counts {
            Some(counts) => {
                for (id, list) in (0..).zip(&mut of_instances) {
                    counts.for_each(id, |group, tasks| list.push(GroupTasks { group, tasks }));
                }
            }
            None => {
                for (request, instance) in (growth.tasks)() {
                    let (list, group) = (&mut of_instances[instance.index()], growth.requests[request].group.0);
                    match list.iter_mut().find(|known| known.group == group) {
                        Some(known) => known.tasks += 1,
                        None => list.push(GroupTasks { group, tasks: 1 }),
                    }
                }
            }
        }
        of_instances
    }

    /// An empty instance that has just been entered becomes what it was in another engine: it is taken out of the indexes,
    /// changed, and put back.
    fn put_back(&mut self, old: &Self, Stand { id, record, groups }: Stand<'_>) {
        let position = id as usize;
        let pristine = self.cluster.records[position];
        let is_left_alone =
            (record.cpu, record.memory) == (pristine.cpu, pristine.memory) && !old.held.contains_key(&id);
        if record.tasks() == 0 && record.is_active() && is_left_alone {
            return;
        }
        self.show(id, |record| record.set_status(InstanceStatus::Draining));
        if let (Some(extras), Some(before)) = (&mut self.cluster.extras, &old.cluster.extras) {
            extras[position].clone_from(&before[position]);
        }
        if let (Some(gpus), Some(before)) = (&mut self.cluster.gpus, &old.cluster.gpus) {
            gpus[position].clone_from(&before[position]);
        }
        let without = self.cluster.records[position];
        let taken = (without.cpu - record.cpu, without.memory - record.memory);
        self.cluster.records[position].take(taken.0, taken.1, record.tasks());
        self.count_groups(id, groups, record.status());
        let status = record.status();
        self.show(id, |now| if record.is_away() { now.set_away() } else { now.set_status(status) });
        self.census.turn(self.cluster.class_id(id), pristine, record);
        if record.status() == InstanceStatus::Draining && self.asks_what_drains() {
            let tasks = groups.iter().flat_map(|of| std::iter::repeat_n(of.group, of.tasks as usize));
            self.drained.remember(id, tasks);
        }
    }

    /// The indexes hear of another status alone.
    fn show(&mut self, id: u32, turn: impl FnOnce(&mut Record)) {
        let before = self.cluster.records[id as usize];
        turn(&mut self.cluster.records[id as usize]);
        self.indexes.change_status(&self.cluster, id, before);
    }

    /// Tasks are counted that run on an instance which no index offers.
    fn count_groups(&mut self, id: u32, groups: &[GroupTasks], status: InstanceStatus) {
        let is_counted = self.is_counted(status);
        let Self { cluster, indexes, .. } = self;
        let record = cluster.records[id as usize];
        let change = Change { instance: id, before: record, after: record };
        for &GroupTasks { group, tasks } in groups {
            if let Some(counts) = &mut cluster.counts {
                let held = counts.add(id, group, i32::try_from(tasks).expect("fewer than 2^31 tasks"));
                indexes.step_group(group, &change, held);
            }
            if is_counted {
                indexes.count(group, record.cell(), id, i64::from(tasks));
            }
        }
        let mut empty = record;
        (0..record.tasks()).for_each(|_| empty.give_back(0, 0));
        let change = Change { instance: id, before: empty, after: record };
        for of in groups {
            indexes.hear(cluster, News { change: &change, group: of.group, turned: true, extras: None });
        }
    }
}

/// For each kind from `known` on, one before it that a decision does not tell from it; `None` if one has none.
fn twins(table: &[Request], known: usize) -> Option<Vec<usize>> {
    let is_twin = |one: &Request, other: &Request| {
        let Request { definition: _, group, demand, requires_attributes, strategy, distinct_instance, member_of, only } =
            one;
        *group == other.group
            && *demand == other.demand
            && *distinct_instance == other.distinct_instance
            && *only == other.only
            && *strategy == other.strategy
            && *requires_attributes == other.requires_attributes
            && *member_of == other.member_of
    };
    table[known..].iter().map(|new| table[..known].iter().rposition(|old| is_twin(new, old))).collect()
}

impl FastEngine<'_> {
    /// An ACTIVE, empty instance that the indexes know.
    pub(super) fn enter(&mut self, class: ClassId, identity: Option<Identity>) -> InstanceId {
        let id = self.cluster.push(class, identity);
        self.indexes.added(&self.cluster, id);
        self.census.add(class);
        self.refusals.note(id);
        InstanceId(id)
    }
}

impl Streams {
    /// The same decisions made, where there are further requests.
    fn grown(&self, key: u64, requests: &Requests) -> Self {
        let mut grown = Self::new(key, requests.table.len(), &requests.streams);
        grown.take_over(self);
        grown
    }
}
