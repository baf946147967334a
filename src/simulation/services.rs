//! What each service still wants: its tasks that wait to be placed.
//!
//! A service is a closed loop: a task that is lost is wanted again at once. Deciding where tasks go is not done here.

use std::collections::VecDeque;

use crate::model::{RequestId, Requests, Running, Scenario, SimTime};

/// A task that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitingTask {
    pub(crate) number: u64,
    pub(crate) request: RequestId,
    pub(crate) asked: SimTime,
}

/// Numbers of replacement tasks start here, far above those that the load itself gives, so that the same load has the
/// same numbers under every policy however many tasks have to be replaced.
const FIRST_REPLACEMENT: u64 = 1 << 40;

#[derive(Debug)]
pub(crate) struct Services {
    /// Tasks that wait, by service.
    waiting: Vec<VecDeque<WaitingTask>>,
    /// Services in the order of their turns: by name (U-20).
    turns: Vec<usize>,
    /// The service that a kind of request belongs to.
    service_of: Vec<Option<u32>>,
    /// What each service asks for; tasks that ran from the start may be of another kind.
    requests: Vec<RequestId>,
    total: u64,
    next_replacement: u64,
    next_number: u64,
}

impl Services {
    /// Every desired task that does not run already waits from time 0 on. Their numbers follow those of the tasks that
    /// run already, in file order.
    pub(crate) fn new(scenario: &Scenario, requests: &Requests) -> Self {
        let mut number: u64 = scenario.running.iter().map(Running::count).sum();
        let mut waiting = Vec::new();
        let mut service_of = vec![None; requests.table.len()];
        for (position, (service, &request)) in scenario.services.iter().zip(&requests.services).enumerate() {
            service_of[request.index()] = u32::try_from(position).ok();
            let mut running = 0;
            for (entry, &kind) in scenario.running.iter().zip(&requests.running) {
                if requests[kind].group == requests[request].group {
                    service_of[kind.index()] = u32::try_from(position).ok();
                    running += entry.count();
                }
            }
            let numbers = number..number + u64::from(service.desired_count).saturating_sub(running);
            number = numbers.end;
            waiting.push(numbers.map(|number| WaitingTask { number, request, asked: SimTime::ZERO }).collect());
        }
        let mut turns: Vec<usize> = (0..waiting.len()).collect();
        turns.sort_by(|&a, &b| scenario.services[a].name.cmp(&scenario.services[b].name));
        let total = waiting.iter().map(|tasks: &VecDeque<WaitingTask>| tasks.len() as u64).sum();
        let requests = requests.services.clone();
        Self { waiting, turns, service_of, requests, total, next_replacement: FIRST_REPLACEMENT, next_number: number }
    }

    /// The number of the first task of the load, after those of tasks that run already and of services.
    pub(crate) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// How many tasks wait.
    pub(crate) fn waiting(&self) -> u64 {
        self.total
    }

    /// Every waiting task, service by service in file order, oldest first.
    pub(crate) fn for_each(&self, visit: impl FnMut(WaitingTask)) {
        self.waiting.iter().flatten().copied().for_each(visit);
    }

    pub(crate) fn is_service(&self, request: RequestId) -> bool {
        self.service_of[request.index()].is_some()
    }

    /// A task of a service is gone: another one is wanted.
    pub(crate) fn replace(&mut self, request: RequestId, asked: SimTime) {
        let service = self.service_of[request.index()].expect("only tasks of services are replaced") as usize;
        let request = self.requests[service];
        self.waiting[service].push_back(WaitingTask { number: self.next_replacement, request, asked });
        self.next_replacement += 1;
        self.total += 1;
    }

    /// Services that have waiting tasks, in the order of their turns.
    pub(crate) fn turns(&self) -> Vec<usize> {
        self.turns.iter().copied().filter(|&service| !self.waiting[service].is_empty()).collect()
    }

    /// How many services there are; they are numbered in file order.
    pub(crate) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// The task of a service that has waited longest.
    pub(crate) fn front(&self, service: usize) -> Option<WaitingTask> {
        self.waiting[service].front().copied()
    }

    /// The task that has waited longest does so no more.
    pub(crate) fn placed_front(&mut self, service: usize) {
        self.waiting[service].pop_front().expect("only a waiting task is placed");
        self.total -= 1;
    }
}
