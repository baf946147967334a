//! A load that changes, packed by a whole run of it: what is never placed does not fit.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::packing::{Interrupted, LeftOut, Packed, Packing};
use crate::engine::{Engine, FastEngine, Reason};
use crate::model::contract::Order;
use crate::model::{Fleet, InstanceId, RequestId, Requests, Scenario, SimTime, TaskCount, Trace};
use crate::simulation::{self, Cancelled, Control, Heard, Input, Observer, Rejection, Start, Stop, Tasks, Withdrawal};
use crate::workload::{Decreasing, Workload};

impl Packing<'_> {
    /// A whole run on the prefix; a task that is refused and never placed does not fit.
    pub(super) fn run(&mut self, control: &Control) -> Result<(Packed, bool), Interrupted> {
        let whole = without_trace(&self.load.scenario);
        let snapshot = whole.snapshot.or(self.snapshot);
        let shell = Scenario { fleet: self.fleet.clone(), snapshot, ..whole };
        let own = Control::default();
        let live = Live::new(self.requests, &self.load.scenario.fleet);
        let mut watcher = Watcher::new(&own, control, live);
        watcher.ends_at_first = self.tolerance.epsilon == 0;
        let input = Input { scenario: &shell, requests: self.requests, seed: self.seed, control: &own };
        let ended = self.run_into(input, &mut watcher);
        if control.cancelled.load(Ordering::Relaxed) {
            return Err(Interrupted);
        }
        let (peak, peak_at) = (watcher.live.at_peak(), watcher.live.most_at);
        let Watcher { unplaced, peak: in_use, tasks, .. } = &mut watcher;
        let (unplaced, tasks) = (std::mem::take(unplaced), std::mem::take(tasks));
        let mut packed = Packed { unplaced, in_use: *in_use, peak, peak_at, tasks, ..Packed::default() };
        packed.unplaced.retain(|_, left| left.count > 0);
        let left: u64 = packed.unplaced.values().map(|left| left.count).sum();
        let may = |request: &RequestId| self.picky.get(request.index()).copied().unwrap_or(false);
        let is_fit = ended.is_ok()
            && (left == 0 || (left <= self.allowance(watcher.started + left) && packed.unplaced.keys().all(may)));
        Ok((packed, is_fit))
    }
}

impl Packing<'_> {
    /// A whole run on the prefix, of which an observer hears.
    pub(super) fn run_for<O: Observer>(&self, observer: &mut O, control: &Control) -> Result<(), Interrupted> {
        let shell = Scenario { fleet: self.fleet.clone(), ..without_trace(&self.load.scenario) };
        let input = Input { scenario: &shell, requests: self.requests, seed: self.seed, control };
        self.run_into(input, observer).map_err(|_| Interrupted)
    }

    fn run_into(&self, input: Input<'_>, observer: &mut dyn Observer) -> Result<(), Cancelled> {
        let mut engine = FastEngine::new(self.setup());
        let arrivals = Workload::new(&self.load.scenario, self.requests, self.seed);
        match self.requests.order {
            Order::Given => simulation::run(input, &mut engine, arrivals, &mut Heard(observer)),
            Order::Decreasing => {
                let sorted = Decreasing::new(arrivals, self.requests.sizes(&self.load.scenario.fleet));
                simulation::run(input, &mut engine, sorted, &mut Heard(observer))
            }
        }
    }
}

/// The scenario without its trace, which may be long.
fn without_trace(scenario: &Scenario) -> Scenario {
    Scenario {
        trace: Trace::default(),
        fleet: Fleet::default(),
        definitions: scenario.definitions.clone(),
        hard_memory: scenario.hard_memory.clone(),
        services: scenario.services.clone(),
        sources: scenario.sources.clone(),
        policies: scenario.policies.clone(),
        dynamics: scenario.dynamics.clone(),
        comparison: scenario.comparison.clone(),
        horizon: scenario.horizon,
        snapshot: scenario.snapshot,
        options: scenario.options,
        retry_interval: scenario.retry_interval,
        seeds: scenario.seeds,
        ..Scenario::empty(&scenario.name)
    }
}

/// The tasks that live, and those that lived when they took most.
struct Live {
    counts: Vec<u64>,
    sizes: Vec<u128>,
    size: u128,
    most: u128,
    most_at: SimTime,
    /// The counts of `most`, once something has stopped since.
    saved: Option<Vec<u64>>,
}

impl Live {
    fn new(requests: &Requests, fleet: &Fleet) -> Self {
        let sizes = requests.sizes(fleet);
        Self { counts: vec![0; sizes.len()], sizes, size: 0, most: 0, most_at: SimTime::ZERO, saved: None }
    }

    fn start(&mut self, request: RequestId, at: SimTime) {
        self.counts[request.index()] += 1;
        self.size += self.sizes[request.index()];
        if self.size > self.most {
            (self.most, self.most_at, self.saved) = (self.size, at, None);
        }
    }

    fn stop(&mut self, request: RequestId) {
        if self.size == self.most && self.saved.is_none() {
            self.saved = Some(self.counts.clone());
        }
        self.counts[request.index()] -= 1;
        self.size -= self.sizes[request.index()];
    }

    fn at_peak(&self) -> Vec<TaskCount> {
        let counts = self.saved.as_ref().unwrap_or(&self.counts);
        let kinds = (0..).map(RequestId).zip(counts).filter(|(_, count)| **count > 0);
        kinds.map(|(request, &count)| TaskCount { request, count }).collect()
    }
}

/// Counts what is never placed, and the instances in use.
struct Watcher<'a> {
    own: &'a Control,
    outer: &'a Control,
    ends_at_first: bool,
    unplaced: BTreeMap<RequestId, LeftOut>,
    /// What waits at the moment was refused for this reason.
    reasons: BTreeMap<RequestId, Reason>,
    in_use: usize,
    peak: usize,
    started: u64,
    live: Live,
    /// Who is where at the snapshot.
    tasks: Vec<(RequestId, InstanceId)>,
}

impl<'a> Watcher<'a> {
    fn new(own: &'a Control, outer: &'a Control, live: Live) -> Self {
        let (unplaced, reasons) = (BTreeMap::new(), BTreeMap::new());
        Self {
            own,
            outer,
            ends_at_first: true,
            unplaced,
            reasons,
            in_use: 0,
            peak: 0,
            started: 0,
            live,
            tasks: Vec::new(),
        }
    }

    fn leave(&mut self, request: RequestId, reason: Reason) {
        LeftOut::add(&mut self.unplaced, request, reason);
        if self.ends_at_first {
            self.own.cancelled.store(true, Ordering::Relaxed);
        }
    }
}

impl Observer for Watcher<'_> {
    fn placed(&mut self, start: &Start) {
        self.started += 1;
        self.live.start(start.request, start.at);
        self.in_use += usize::from(start.is_first);
        self.peak = self.peak.max(self.in_use);
        if self.started.is_multiple_of(1 << 12) && self.outer.cancelled.load(Ordering::Relaxed) {
            self.own.cancelled.store(true, Ordering::Relaxed);
        }
    }

    fn stopped(&mut self, stop: &Stop) {
        self.live.stop(stop.request);
        self.in_use -= usize::from(stop.is_last);
    }

    fn rejected(&mut self, rejection: &Rejection) {
        if rejection.waits {
            self.reasons.insert(rejection.request, rejection.reason);
        } else {
            self.leave(rejection.request, rejection.reason);
        }
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        let reason = self.reasons.get(&withdrawal.request).copied().unwrap_or(Reason::NoInstances);
        self.leave(withdrawal.request, reason);
    }

    fn snapshot(&mut self, _at: SimTime, _cluster: &dyn Engine, tasks: &dyn Tasks) {
        tasks.for_each(&mut |request, instance| self.tasks.push((request, instance)));
    }

    fn finished(&mut self, _at: SimTime, _cluster: &dyn Engine, tasks: &dyn Tasks) {
        let mut waiting = Vec::new();
        tasks.for_each_waiting(&mut |request, _| waiting.push(request));
        for request in waiting {
            let reason = self.reasons.get(&request).copied().unwrap_or(Reason::NoInstances);
            self.leave(request, reason);
        }
    }
}
