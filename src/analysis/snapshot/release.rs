//! M5, releasable instances: how many could be drained one after another, the policy's own chain moving every task onto
//! other instances that are in use, and how many are empty anyway.
//!
//! Instances are tried by rising number of tasks, then by id; the tasks of one in the order of their requests. An
//! instance whose tasks do not all find a place keeps them.

use super::replica::{BUDGET, Replica};
use crate::analysis::record::Figure;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{InstanceId, RequestId};

/// How many could be released; absent if finding out would take too long or a task would not go back.
pub(super) fn releasable(mut replica: Replica<'_>) -> Figure {
    let up = (0..replica.tasks.len()).map(InstanceId::from_index);
    let up = up.filter(|&instance| replica.engine.status(instance) != InstanceStatus::Lost);
    let (empty, mut used): (Vec<_>, Vec<_>) = up.partition(|instance| replica.tasks[instance.index()].is_empty());
    empty.iter().for_each(|&instance| replica.engine.drain(instance, &[]));
    used.sort_by_cached_key(|instance| (replica.tasks[instance.index()].len(), *instance));
    let mut budget = BUDGET;
    let mut released = empty.len() as u64;
    for instance in used {
        match drain(&mut replica, instance, &mut budget) {
            Some(is_drained) => released += u64::from(is_drained),
            None => return Figure::Absent,
        }
    }
    Figure::Count(released)
}

/// Moves every task off an instance, or none; `None` if the budget does not last or a task cannot go back.
fn drain(replica: &mut Replica<'_>, instance: InstanceId, budget: &mut u64) -> Option<bool> {
    let engine = &mut replica.engine;
    let before = engine.status(instance);
    let tasks = std::mem::take(&mut replica.tasks[instance.index()]);
    engine.drain(instance, &tasks);
    let mut moved: Vec<(RequestId, InstanceId)> = Vec::with_capacity(tasks.len());
    for &request in &tasks {
        *budget = budget.checked_sub(replica.efforts.of_attempt(request))?;
        engine.stop(request, instance);
        let Some(placed) = engine.place(request) else { break };
        moved.push((request, placed.instance));
    }
    if moved.len() == tasks.len() {
        moved.iter().for_each(|&(request, to)| replica.tasks[to.index()].push(request));
        return Some(true);
    }
    engine.set_status(instance, InstanceStatus::Active);
    moved.iter().rev().for_each(|&(request, to)| {
        engine.stop(request, to);
    });
    for &request in &tasks[..=moved.len()] {
        engine.place_on(request, instance).ok()?;
    }
    if before == InstanceStatus::Draining {
        engine.drain(instance, &tasks);
    }
    replica.tasks[instance.index()] = tasks;
    Some(false)
}
