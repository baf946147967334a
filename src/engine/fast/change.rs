//! A task comes or goes: the cluster first, then every index.
//!
//! # Cost
//! Where no index follows every change and every shape still fits the instance, nothing but its record is written.
//! These are the two functions that every placement and every stop go through: they are inlined where they are called,
//! and what they rarely need is not.

use super::cluster::Cluster;
use super::indexes::Indexes;
use super::plan::Plan;
use super::record::Record;
use crate::model::{Demand, Device};

/// Starts `tasks` equal tasks on an ACTIVE instance. Answers whether it was empty.
///
/// # Panics
/// If they do not fit.
#[inline(always)]
pub(super) fn start<'d>(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    (plan, demand): (&Plan, impl Fn() -> &'d Demand),
    (id, tasks): (u32, u32),
) -> bool {
    let before = start_in_bucket(cluster, indexes, (plan, demand), (id, tasks));
    indexes.buckets.add(plan.group, before.cell(), i64::from(tasks));
    before.tasks() == 0
}

/// As [`start`], where the buckets know already and the plan asks for cpu and memory alone.
pub(super) fn start_counted(cluster: &mut Cluster<'_>, indexes: &mut Indexes, plan: &Plan, (id, tasks): (u32, u32)) {
    let demand = || unreachable!("asked for cpu and memory alone");
    start_in_bucket(cluster, indexes, (plan, demand), (id, tasks));
}

/// As [`start_counted`] for one task on an instance that holds `level` of the group, where the levels of the group know
/// already.
#[inline]
pub(super) fn start_swept(cluster: &mut Cluster<'_>, indexes: &mut Indexes, plan: &Plan, (id, level): (u32, u32)) {
    let record = &mut cluster.records[id as usize];
    let before = *record;
    record.take(plan.cpu, plan.memory, 1);
    let after = *record;
    let counts = cluster.counts.as_mut().expect("groups are counted where levels are asked");
    counts.set(id, plan.group, level + 1);
    indexes.has_moved(cluster, id, (before, after), false);
}

/// The part of [`start`] that is the same for every way to start. Answers what was on the instance before.
#[inline(always)]
fn start_in_bucket<'d>(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    (plan, demand): (&Plan, impl Fn() -> &'d Demand),
    (id, tasks): (u32, u32),
) -> Record {
    let record = &mut cluster.records[id as usize];
    let before = *record;
    record.take(plan.cpu * tasks, plan.memory * tasks, tasks);
    let after = *record;
    let change = i32::try_from(tasks).expect("fewer than 2^31 tasks");
    if plan.extras {
        follow_extras(cluster, indexes, (plan, demand(), Device::ANY), (id, before, after), change);
    } else if indexes.follow_every_change {
        follow(cluster, indexes, plan, (id, before, after), change);
    } else if !indexes.shapes.all_fit(after) {
        indexes.ranks_may_have_changed(before, after);
    }
    before
}

/// Stops one task. Answers what was on the instance before.
///
/// # Panics
/// If there is none.
#[inline(always)]
pub(super) fn stop<'d>(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    (plan, demand): (&Plan, impl Fn() -> &'d Demand),
    (id, device): (u32, Device),
) -> Record {
    let record = &mut cluster.records[id as usize];
    let before = *record;
    record.give_back(plan.cpu, plan.memory);
    let after = *record;
    if plan.extras {
        follow_extras(cluster, indexes, (plan, demand(), device), (id, before, after), -1);
    } else if indexes.follow_every_change {
        follow(cluster, indexes, plan, (id, before, after), -1);
    } else if !indexes.shapes.all_fit(before) {
        indexes.ranks_may_have_changed(before, after);
    }
    before
}

/// `tasks` tasks have come, or gone if negative; the record says so already, nothing else does.
#[inline(never)]
fn follow(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    plan: &Plan,
    (id, before, after): (u32, Record, Record),
    tasks: i32,
) {
    if let Some(counts) = &mut cluster.counts {
        let held = counts.add(id, plan.group, tasks);
        indexes.has_stepped(plan.group, (id, before), held);
    }
    indexes.has_moved(cluster, id, (before, after), plan.extras);
}

/// As [`follow`], for tasks that ask for more than cpu and memory.
#[cold]
fn follow_extras(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    (plan, demand, device): (&Plan, &Demand, Device),
    change: (u32, Record, Record),
    tasks: i32,
) {
    cluster.change_extras(change.0, (demand, device), tasks);
    follow(cluster, indexes, plan, change, tasks);
}
