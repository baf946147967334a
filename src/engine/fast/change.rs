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
use crate::model::Demand;

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
    let record = &mut cluster.records[id as usize];
    let before = *record;
    record.take(plan.cpu * tasks, plan.memory * tasks, tasks);
    let after = *record;
    indexes.buckets.add(plan.group, before.cell(), i64::from(tasks));
    if indexes.follow_every_change || plan.extras {
        follow(cluster, indexes, (plan, plan.extras.then(demand)), id, before, i64::from(tasks));
    } else if !indexes.shapes.all_fit(after) {
        indexes.ranks_may_have_changed(before, after);
    }
    before.tasks() == 0
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
    id: u32,
) -> Record {
    let record = &mut cluster.records[id as usize];
    let before = *record;
    record.give_back(plan.cpu, plan.memory);
    let after = *record;
    if indexes.follow_every_change || plan.extras {
        follow(cluster, indexes, (plan, plan.extras.then(demand)), id, before, -1);
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
    (plan, extras): (&Plan, Option<&Demand>),
    id: u32,
    before: Record,
    tasks: i64,
) {
    indexes.about_to_change(cluster, id, plan.group);
    cluster.count(id, plan.group, tasks);
    if let Some(demand) = extras {
        cluster.change_extras(id, demand, tasks);
    }
    indexes.has_changed(cluster, id, before, plan);
}
