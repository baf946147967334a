//! A task comes or goes: the cluster first, then every index.
//!
//! # Cost
//! Where no index follows every change and every shape still fits the instance, nothing but its record is written.
//! These are the two functions that every placement and every stop go through: they are inlined where they are called,
//! and what they rarely need is not. What has changed is written once and lent from then on, and a record is made ready before
//! it is written: to read as a whole what was just written in parts waits for all of them, some 5 ns each time.

use super::index::Indexes;
use super::plan::Plan;
use super::state::cluster::Cluster;
use super::state::record::{Change, News, Record};
use crate::model::Device;

/// Equal tasks and where they go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) instance: u32,
    pub(super) tasks: u32,
}

/// One task that stops: where, and which device its share of a GPU lies on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) instance: u32,
    pub(super) device: Device,
}

/// Starts equal tasks on an ACTIVE instance. Answers whether it was empty.
///
/// # Panics
/// If they do not fit.
#[inline(always)]
pub(super) fn start(cluster: &mut Cluster<'_>, indexes: &mut Indexes, plan: &Plan, start: Start) -> bool {
    let group = plan.group;
    let before = start_in_bucket(cluster, indexes, plan, start);
    indexes.count(group, before.cell(), start.instance, i64::from(start.tasks));
    before.tasks() == 0
}

/// As [`start`], where the buckets know already and the plan asks for cpu and memory alone. Kept away from the loop of a
/// sweep.
#[inline(never)]
pub(super) fn start_counted(cluster: &mut Cluster<'_>, indexes: &mut Indexes, plan: &Plan, start: Start) {
    start_in_bucket(cluster, indexes, plan, start);
}

/// As [`start_counted`] for one task on an instance that holds `level` of the group, where the levels of the group know
/// already.
#[inline]
pub(super) fn start_swept(cluster: &mut Cluster<'_>, indexes: &mut Indexes, plan: &Plan, instance: u32, level: u32) {
    let record = &mut cluster.records[instance as usize];
    let before = *record;
    record.take(plan.cpu, plan.memory, 1);
    let after = *record;
    let counts = cluster.counts.as_mut().expect("groups are counted where levels are asked");
    counts.set(instance, plan.group, level + 1);
    if !indexes.is_unmoved(before, after) {
        follow_swept(cluster, indexes, plan.group, Swept { instance, before, level });
    }
}

/// An instance that has taken a task of a sweep, with what was on it before, and how many tasks of the group.
struct Swept {
    instance: u32,
    before: Record,
    level: u32,
}

/// Kept out of the loop of a sweep, in which few instances come to fit less, together with all that has an address.
#[inline(never)]
fn follow_swept(cluster: &Cluster<'_>, indexes: &mut Indexes, group: u32, Swept { instance, before, level }: Swept) {
    let change = Change { instance, before, after: cluster.records[instance as usize] };
    indexes.follow(cluster, News { change: &change, group, turned: level == 0, extras: None });
}

/// The part of [`start`] that is the same for every way to start. Answers what was on the instance before.
#[inline(always)]
fn start_in_bucket(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    plan: &Plan,
    Start { instance, tasks }: Start,
) -> Record {
    if plan.extras.is_some() {
        cluster.expect_extras(instance);
    }
    let record = &mut cluster.records[instance as usize];
    let before = *record;
    let mut after = before;
    after.take(plan.cpu * tasks, plan.memory * tasks, tasks);
    *record = after;
    let change = Change { instance, before, after };
    let tasks = i32::try_from(tasks).expect("fewer than 2^31 tasks");
    if indexes.follow_every_change | plan.extras.is_some() {
        follow(cluster, indexes, plan, Device::ANY, &change, tasks);
    } else if !indexes.shapes.all_fit(change.after) {
        indexes.move_ranks(change);
    }
    before
}

/// Stops one task. Answers what was on the instance before.
///
/// # Panics
/// If there is none.
#[inline(always)]
pub(super) fn stop(
    cluster: &mut Cluster<'_>,
    indexes: &mut Indexes,
    plan: &Plan,
    Stop { instance, device }: Stop,
) -> Record {
    if plan.extras.is_some() {
        cluster.expect_extras(instance);
    }
    let record = &mut cluster.records[instance as usize];
    let before = *record;
    let mut after = before;
    after.give_back(plan.cpu, plan.memory);
    *record = after;
    let change = Change { instance, before, after };
    if indexes.follow_every_change | plan.extras.is_some() {
        follow(cluster, indexes, plan, device, &change, -1);
    } else if !indexes.shapes.all_fit(before) {
        indexes.move_ranks(change);
    }
    before
}

/// `tasks` tasks have come, or gone if negative, with shares of GPUs from `device`; the record says so already, nothing else
/// does.
#[inline(never)]
fn follow(cluster: &mut Cluster<'_>, indexes: &mut Indexes, plan: &Plan, device: Device, change: &Change, tasks: i32) {
    if let Some(form) = plan.extras {
        cluster.change_extras(change.instance, form, device, tasks);
    }
    let group = plan.group;
    let mut turned = false;
    if let Some(counts) = &mut cluster.counts {
        let held = counts.add(change.instance, group, tasks);
        turned = (held.before == 0) != (held.now == 0);
        indexes.step_group(group, change, held);
    }
    indexes.follow(cluster, News { change, group, turned, extras: plan.extras });
}
