//! M5, releasable instances: how many could be drained one after another, the policy's own chain moving every task onto
//! other instances that are in use, and how many are empty anyway.
//!
//! Instances are tried by rising number of tasks, then by id; the tasks of one in the order of their requests. An
//! instance whose tasks do not all find a place keeps them, and the first that finds none is what holds it.
//!
//! # Cost
//! Taking an instance out of the cluster and putting it back is [`TURN`] attempts, each task one more; a task of a kind that
//! was refused elsewhere is not tried again where that may be known.

use rustc_hash::FxHashMap;

use super::replica::{Replica, kinds};
use super::sample::Sample;
use super::{SampleShare, budget};
use crate::analysis::record::Figure;
use crate::analysis::snapshot::inventory;
use crate::analysis::snapshot::residents::Resident;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{InstanceId, RequestId};

/// What became of each instance when releasing was tried.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis::snapshot) struct Released {
    /// One an instance; `None` if it was not tried.
    verdicts: Option<Vec<Verdict>>,
    /// Where only a sample was tried.
    sample: Option<SampleShare>,
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
        let Some(verdicts) = &self.verdicts else { return Figure::Absent };
        match self.sample {
            None => Figure::Count(count(verdicts)),
            Some(SampleShare { instances, of, .. }) => {
                Figure::ratio(u128::from(count(verdicts)) * u128::from(of), instances.into())
            }
        }
    }

    /// What was found of a sample, said of the cluster.
    pub(super) fn of_sample(self, sample: &Sample, share: SampleShare, instances: usize) -> Self {
        let in_run = |verdict| match verdict {
            Verdict::HeldBy(kind) => Verdict::HeldBy(sample.kinds[kind.index()]),
            other => other,
        };
        let verdicts = self.verdicts.map(|found| {
            let mut all = vec![Verdict::Unknown; instances];
            sample.instances.iter().zip(found).for_each(|(id, verdict)| all[id.index()] = in_run(verdict));
            all
        });
        Self { verdicts, sample: Some(share) }
    }
}

/// Tries to release every instance; of none is anything known if that would take too long.
pub(super) fn try_all(replica: Replica<'_>) -> Released {
    let residents = replica.residents;
    let counted = |instance| (replica.engine.task_count(instance), instance);
    let (empty, mut used): (Vec<_>, Vec<_>) =
        inventory::up(&replica.engine).map(counted).partition(|(tasks, _)| *tasks == 0);
    // Those that hold nothing go at once.
    let most = budget::most(replica.subject.scenario);
    let Some(budget) = most.checked_sub(empty.len() as u64) else { return Released::default() };
    let refused = replica.refusals_last.then(FxHashMap::default);
    let mut trial = Trial { budget, came: FxHashMap::default(), refused, replica };
    let mut verdicts = vec![Verdict::Unknown; residents.instances()];
    for (_, instance) in empty {
        trial.replica.engine.drain(instance, &[]);
        verdicts[instance.index()] = Verdict::Released;
    }
    used.sort_unstable();
    for (_, instance) in used {
        match trial.drain(instance) {
            Some(verdict) => verdicts[instance.index()] = verdict,
            None => return Released::default(),
        }
    }
    Released { verdicts: Some(verdicts), sample: None }
}

/// What it takes to take an instance out of the cluster and to put it back, in attempts.
const TURN: u64 = 3;

/// A task that has been moved.
#[derive(Clone, Copy)]
struct Move {
    task: Resident,
    to: InstanceId,
}

/// A cluster while instances are released.
struct Trial<'a> {
    replica: Replica<'a>,
    /// Tasks that were moved to an instance, beside those that ran there.
    came: FxHashMap<InstanceId, Vec<Resident>>,
    /// Kinds that no instance has room for but this one, which may have: a task of them was refused when it was to leave
    /// that instance first. None is kept where room may come without a stop.
    refused: Option<FxHashMap<RequestId, InstanceId>>,
    budget: u64,
}

impl Trial<'_> {
    /// Moves every task off an instance, or none; `None` if the budget does not last.
    fn drain(&mut self, instance: InstanceId) -> Option<Verdict> {
        let mut tasks: Vec<Resident> = self.replica.residents.each_on(instance).collect();
        tasks.sort_unstable();
        tasks.extend(self.came.get(&instance).into_iter().flatten());
        if self.is_refused(tasks[0].request, instance) {
            return Some(Verdict::HeldBy(tasks[0].request));
        }
        self.budget = self.budget.checked_sub(TURN)?;
        let engine = &mut self.replica.engine;
        let before = engine.status(instance);
        engine.drain(instance, &kinds(tasks.iter().copied()));
        let mut moved: Vec<Move> = Vec::with_capacity(tasks.len());
        for &Resident { request, device } in &tasks {
            self.budget = self.budget.checked_sub(self.replica.efforts.of_attempt(request))?;
            self.replica.engine.stop_on(request, instance, device);
            let Some(placed) = self.replica.engine.place(request) else { break };
            moved.push(Move { task: self.replica.last(request), to: placed.instance });
        }
        if moved.len() == tasks.len() {
            moved.iter().for_each(|&Move { task, to }| self.came.entry(to).or_default().push(task));
            return Some(Verdict::Released);
        }
        let engine = &mut self.replica.engine;
        engine.set_status(instance, InstanceStatus::Active);
        moved.iter().rev().for_each(|&Move { task: Resident { request, device }, to }| {
            engine.stop_on(request, to, device);
        });
        tasks[..=moved.len()].iter().for_each(|task| task.restore(engine, instance));
        if before == InstanceStatus::Draining {
            engine.drain(instance, &kinds(tasks.iter().copied()));
        }
        let held_by = tasks[moved.len()].request;
        if let Some(refused) = self.refused.as_mut().filter(|_| moved.is_empty()) {
            refused.insert(held_by, instance);
        }
        Some(Verdict::HeldBy(held_by))
    }

    /// It is known that a task of this kind finds no place when it leaves an instance: it found none when another one was
    /// left, which has no room for it either. Since then instances have only lost room.
    fn is_refused(&self, request: RequestId, leaves: InstanceId) -> bool {
        let Some(&left) = self.refused.as_ref().and_then(|refused| refused.get(&request)) else { return false };
        let (demand, room) = (self.replica.demand(request), self.replica.engine.remaining(left));
        left == leaves || demand.cpu > room.cpu || demand.memory > room.memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::by_instance::Lying;
    use crate::analysis::snapshot::Subject;
    use crate::analysis::snapshot::residents::Residents;
    use crate::analysis::snapshot::roll::Roll;
    use crate::analysis::snapshot::tried::replica::Ground;
    use crate::analysis::test_support::{Fixture, scenario};
    use crate::engine::{Draws, FastEngine, Setup};
    use crate::model::Device;

    /// What is remembered of refusals saves trials and changes no verdict.
    #[test]
    fn remembered_refusals_change_no_verdict() {
        let mut counts = [0, 0];
        for seed in 0..300 {
            let draws = Draws::new(seed);
            let amount = |number: u64| u32::try_from(3 + draws.below(number, 5)).unwrap();
            let instances: Vec<_> = (0..8).map(|n| ((n % 2) as u32, amount(2 * n), amount(2 * n + 1), None)).collect();
            let services = [("a", 2, 1, 1), ("b", 1, 2, 1), ("c", 3, 3, 1)];
            let Fixture { scenario, requests, mix } = &Fixture::new(scenario(2, &instances, &services));
            let options = scenario.options;
            let mut engine = FastEngine::new(Setup { fleet: &scenario.fleet, requests, options, seed: 1 });
            let mut lying = Vec::new();
            for number in 0..12 {
                let request = requests.services[draws.below(100 + number, 3)];
                let task = Resident { request, device: Device::ANY };
                lying.extend(engine.place(request).map(|placed| Lying { on: placed.instance, what: task }));
            }
            let (residents, roll) = (Residents::new(instances.len(), &lying), Roll::of(&engine));
            let subject = Subject { scenario, requests, mix };
            let replica =
                Replica::of(Ground { subject, cluster: &engine, roll: &roll, residents: &residents }).unwrap();
            let mut forgetful = replica.clone();
            forgetful.refusals_last = false;
            let (quick, slow) = (try_all(replica).verdicts.unwrap(), try_all(forgetful).verdicts.unwrap());
            assert_eq!(quick, slow, "seed {seed}");
            let held = quick.iter().filter(|verdict| matches!(verdict, Verdict::HeldBy(_))).count();
            counts[0] += held;
            counts[1] += quick.len() - held;
        }
        assert!(counts.iter().all(|&count| count > 300), "{counts:?}: both happen often");
    }
}
