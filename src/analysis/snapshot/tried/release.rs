//! M5, releasable instances: how many could be drained one after another, the policy's own chain moving every task onto
//! other instances that are in use, and how many are empty anyway.
//!
//! Instances are tried by rising number of tasks, then by id; the tasks of one in the order of their requests. An
//! instance whose tasks do not all find a place keeps them, and the first that finds none is what holds it.

use super::replica::{BUDGET, Replica, Resident, kinds};
use crate::analysis::record::Figure;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{InstanceId, RequestId};

/// What became of each instance when releasing was tried.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis::snapshot) struct Released {
    /// One an instance; `None` if it was not tried.
    verdicts: Option<Vec<Verdict>>,
}

/// What became of one instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::analysis::snapshot) enum Verdict {
    /// It was not tried.
    #[default]
    Unknown,
    /// It is empty, or all its tasks found a place.
    Released,
    /// A task of this kind found no place elsewhere.
    HeldBy(RequestId),
}

impl Released {
    /// What became of an instance.
    pub(in crate::analysis::snapshot) fn of(&self, instance: InstanceId) -> Verdict {
        let verdict = self.verdicts.as_ref().and_then(|verdicts| verdicts.get(instance.index()));
        verdict.copied().unwrap_or_default()
    }

    /// How many could be released; absent if finding out would take too long.
    pub(in crate::analysis::snapshot) fn figure(&self) -> Figure {
        let count = |verdicts: &Vec<Verdict>| verdicts.iter().filter(|one| **one == Verdict::Released).count() as u64;
        self.verdicts.as_ref().map_or(Figure::Absent, |verdicts| Figure::Count(count(verdicts)))
    }
}

/// Tries to release every instance; of none is anything known if that would take too long.
pub(in crate::analysis::snapshot) fn try_all(mut replica: Replica<'_>) -> Released {
    let up = (0..replica.tasks.len()).map(InstanceId::from_index);
    let up = up.filter(|&instance| replica.engine.status(instance) != InstanceStatus::Lost);
    let (empty, mut used): (Vec<_>, Vec<_>) = up.partition(|instance| replica.tasks[instance.index()].is_empty());
    let mut verdicts = vec![Verdict::Unknown; replica.tasks.len()];
    for &instance in &empty {
        replica.engine.drain(instance, &[]);
        verdicts[instance.index()] = Verdict::Released;
    }
    used.sort_by_cached_key(|instance| (replica.tasks[instance.index()].len(), *instance));
    let mut budget = BUDGET;
    for instance in used {
        match drain(&mut replica, instance, &mut budget) {
            Some(verdict) => verdicts[instance.index()] = verdict,
            None => return Released::default(),
        }
    }
    Released { verdicts: Some(verdicts) }
}

/// Moves every task off an instance, or none; `None` if the budget does not last.
fn drain(replica: &mut Replica<'_>, instance: InstanceId, budget: &mut u64) -> Option<Verdict> {
    let before = replica.engine.status(instance);
    let tasks = std::mem::take(&mut replica.tasks[instance.index()]);
    replica.engine.drain(instance, &kinds(&tasks));
    let mut moved: Vec<(Resident, InstanceId)> = Vec::with_capacity(tasks.len());
    for &Resident { request, device } in &tasks {
        *budget = budget.checked_sub(replica.efforts.of_attempt(request))?;
        replica.engine.stop_on(request, instance, device);
        let Some(placed) = replica.engine.place(request) else { break };
        moved.push((replica.last(request), placed.instance));
    }
    if moved.len() == tasks.len() {
        moved.iter().for_each(|&(task, to)| replica.tasks[to.index()].push(task));
        return Some(Verdict::Released);
    }
    let engine = &mut replica.engine;
    engine.set_status(instance, InstanceStatus::Active);
    moved.iter().rev().for_each(|&(Resident { request, device }, to)| {
        engine.stop_on(request, to, device);
    });
    tasks[..=moved.len()].iter().for_each(|task| task.restore(engine, instance));
    if before == InstanceStatus::Draining {
        engine.drain(instance, &kinds(&tasks));
    }
    let held_by = tasks[moved.len()].request;
    replica.tasks[instance.index()] = tasks;
    Some(Verdict::HeldBy(held_by))
}
