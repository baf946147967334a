//! One instance after another is emptied on a copy of the cluster; what cannot be emptied is put back as it was.

use super::{Move, Question, Step};
use crate::engine::{Engine as _, InstanceStatus, Reason};
use crate::model::{InstanceId, RequestId, Requests, Scenario};
use crate::planning::ground::standing::{Owner, Standing, Task};
use crate::planning::headroom::binding;

/// Why an instance stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which one.
    pub instance: InstanceId,
    /// The service of the first task that holds it; a standalone task has none.
    pub service: Option<usize>,
    /// The kind of that task.
    pub request: RequestId,
    /// What keeps it there.
    pub why: Why,
    /// Tasks on it, daemons left out.
    pub tasks: usize,
}

/// What keeps a task where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No service starts it anew.
    Standalone,
    /// Minimum and maximum percent let nothing stop and nothing start.
    Percents {
        /// In percent.
        minimum: u32,
        /// In percent.
        maximum: u32,
    },
    /// It finds no room: the check of the best instance, and what it needs and that has where that is an amount.
    NoRoom {
        /// The check.
        reason: Reason,
        /// Need and have on the closest.
        amounts: Option<(u64, u64)>,
        /// The closest.
        closest: Option<String>,
    },
    /// What runs there is in no file.
    Unknown,
    /// It could go, and nothing would be saved or the simulation did not take the step.
    GivenUp,
}

/// A cluster on which instances are emptied.
#[derive(Clone, Debug)]
pub(super) struct Draining<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    question: Question,
    pub(super) standing: Standing<'a>,
    /// Positions of tasks by instance.
    on: Vec<Vec<usize>>,
    counts: Vec<u64>,
}

impl<'a> Draining<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        requests: &'a Requests,
        standing: Standing<'a>,
        question: Question,
    ) -> Self {
        let mut on = vec![Vec::new(); standing.engine.instance_count()];
        standing.tasks.iter().enumerate().for_each(|(at, task)| on[task.instance.index()].push(at));
        let counts = standing.of_services(scenario.services.len());
        Self { scenario, requests, question, standing, on, counts }
    }

    pub(super) fn is_active(&self, instance: InstanceId) -> bool {
        self.standing.engine.status(instance) == InstanceStatus::Active
    }

    pub(super) fn step(&self, instance: InstanceId, moves: Vec<Move>) -> Step {
        Step { instance, moves, price: self.scenario.fleet.class(instance).price.map(|price| price.0) }
    }

    /// Instances with nothing but daemons go first, unless tasks may go to them.
    pub(super) fn empty_first(&mut self, given_up: &[InstanceId]) -> Vec<Step> {
        if self.question.use_empty {
            return Vec::new();
        }
        let is_empty = |one: &InstanceId| self.movable(*one).is_empty() && !given_up.contains(one);
        let empty: Vec<InstanceId> = self.standing.active().filter(is_empty).collect();
        let unknown = |one: InstanceId| self.scenario.fleet.others(one).tasks > 0;
        let known: Vec<InstanceId> = empty.into_iter().filter(|&one| !unknown(one)).collect();
        known.iter().for_each(|&one| self.drain(one));
        known.into_iter().map(|one| self.step(one, Vec::new())).collect()
    }

    fn drain(&mut self, instance: InstanceId) {
        let here = self.on[instance.index()].iter().map(|&at| self.standing.tasks[at]);
        let tasks: Vec<RequestId> = here.filter(|task| task.instance == instance).map(|task| task.request).collect();
        self.standing.engine.drain(instance, &tasks);
    }

    /// The tasks that must go elsewhere.
    fn movable(&self, instance: InstanceId) -> Vec<usize> {
        let is_movable = |at: &&usize| !matches!(self.standing.tasks[**at].owner, Owner::Daemon(_));
        self.on[instance.index()].iter().filter(is_movable).copied().collect()
    }

    /// Starts every task elsewhere; or leaves all as it was and says what holds it.
    pub(super) fn try_to_empty(&mut self, instance: InstanceId) -> Result<Vec<Move>, Hold> {
        let moved = self.start_all_elsewhere(instance)?;
        self.on[instance.index()].retain(|&at| self.standing.tasks[at].instance == instance);
        for &Before { at, .. } in &moved.tasks {
            let to = self.standing.tasks[at].instance;
            self.on[to.index()].push(at);
        }
        Ok(moved.moves)
    }

    fn start_all_elsewhere(&mut self, instance: InstanceId) -> Result<Moved, Hold> {
        let tasks = self.movable(instance);
        let all = tasks.len();
        if self.scenario.fleet.others(instance).tasks > 0 {
            let request = self.standing.tasks.first().map_or(RequestId(0), |task| task.request);
            return Err(Hold { instance, service: None, request, why: Why::Unknown, tasks: all });
        }
        let held = |task: &Task, why: Why| {
            let service = if let Owner::Service(service, _) = task.owner { Some(service) } else { None };
            Hold { instance, service, request: task.request, why, tasks: all }
        };
        for &at in &tasks {
            let task = self.standing.tasks[at];
            if let Some(why) = self.forbids(&task) {
                return Err(held(&task, why));
            }
        }
        self.drain(instance);
        let mut moved = Moved::default();
        for at in tasks {
            let task = self.standing.tasks[at];
            match self.move_one(at) {
                Ok(one) => {
                    moved.moves.push(one);
                    moved.tasks.push(Before { at, task });
                }
                Err(why) => {
                    self.put_back(instance, moved.tasks);
                    return Err(held(&task, why));
                }
            }
        }
        Ok(moved)
    }

    fn forbids(&self, task: &Task) -> Option<Why> {
        match task.owner {
            Owner::Service(service, _) => {
                let settings = &self.scenario.services[service].settings;
                let (count, desired) = (self.counts[service], self.scenario.services[service].desired_count);
                let may = settings.maximum(desired) > count || settings.minimum_healthy(desired) < count;
                let (minimum, maximum) = (settings.minimum_healthy_percent, settings.maximum_percent);
                (!may).then_some(Why::Percents { minimum, maximum })
            }
            Owner::Standalone if !self.question.move_standalone => Some(Why::Standalone),
            Owner::Standalone | Owner::Daemon(_) => None,
        }
    }

    /// The replacement first where the maximum percent lets it, else the stop first.
    fn move_one(&mut self, at: usize) -> Result<Move, Why> {
        let task = self.standing.tasks[at];
        let (service, request, starts_first) = match task.owner {
            Owner::Service(service, request) => {
                let desired = self.scenario.services[service].desired_count;
                let most = self.scenario.services[service].settings.maximum(desired);
                (Some(service), request, most > self.counts[service])
            }
            _ => (None, task.request, false),
        };
        if !starts_first {
            self.standing.engine.stop_on(task.request, task.instance, task.device);
        }
        let Some(placed) = self.standing.engine.place(request) else {
            let why = self.no_room(request);
            if !starts_first {
                self.standing.engine.prefer_device(task.device);
                self.standing.engine.set_status(task.instance, InstanceStatus::Active);
                self.standing.engine.restore(task.request, task.instance);
            }
            return Err(why);
        };
        let device = self.standing.engine.last_device();
        if starts_first {
            self.standing.engine.stop_on(task.request, task.instance, task.device);
        }
        self.standing.tasks[at] = Task { request, owner: task.owner, instance: placed.instance, device };
        Ok(Move { service, to: placed.instance, starts_first })
    }

    fn no_room(&mut self, request: RequestId) -> Why {
        let reason = self.standing.engine.refusal(request);
        let bindings = binding::of(self.scenario, self.requests, &mut self.standing.engine, request);
        let closest = bindings.into_iter().find(|one| one.reason == reason);
        let amounts = closest.as_ref().and_then(|one| one.amounts);
        Why::NoRoom { reason, amounts, closest: closest.and_then(|one| one.instances.into_iter().next()) }
    }

    fn put_back(&mut self, instance: InstanceId, done: Vec<Before>) {
        let engine = &mut self.standing.engine;
        for one in done.iter().rev() {
            let moved = self.standing.tasks[one.at];
            engine.stop_on(moved.request, moved.instance, moved.device);
        }
        engine.set_status(instance, InstanceStatus::Active);
        for Before { at, task } in done {
            engine.prefer_device(task.device);
            engine.restore(task.request, task.instance);
            self.standing.tasks[at] = task;
        }
    }

    /// What holds each instance that is left.
    pub(super) fn holds(&mut self, order: &[InstanceId]) -> Vec<Hold> {
        let mut holds = Vec::new();
        for &instance in order {
            if !self.is_active(instance) {
                continue;
            }
            match self.start_all_elsewhere(instance) {
                Err(hold) => holds.push(hold),
                Ok(moved) => {
                    let tasks = moved.tasks.len();
                    let task = moved.tasks.first().map(|before| before.task);
                    self.put_back(instance, moved.tasks);
                    let service = match task.map(|task| task.owner) {
                        Some(Owner::Service(service, _)) => Some(service),
                        _ => None,
                    };
                    let request = task.map_or(RequestId(0), |task| task.request);
                    holds.push(Hold { instance, service, request, why: Why::GivenUp, tasks });
                }
            }
        }
        holds.sort_by_key(|hold| hold.instance);
        holds
    }
}

/// A task that was started elsewhere, as it was before.
#[derive(Clone, Copy)]
struct Before {
    /// Its place among the standing tasks.
    at: usize,
    task: Task,
}

/// Tasks that were started elsewhere.
#[derive(Default)]
struct Moved {
    tasks: Vec<Before>,
    moves: Vec<Move>,
}
