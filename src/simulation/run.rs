//! One run: a scenario whose load and plan are known, driven through the loop to its end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::moment::{NEVER, Simulation};
use super::observer::Observer;
use super::plan::{Plan, Planned};
use super::services::NewService;
use super::world::World;
use crate::engine::Engine;
use crate::model::{Requests, Scenario, SimTime};
use crate::workload::{Arrival, Origin, Purpose};

/// What a run and the world outside may tell each other while it goes.
#[derive(Debug, Default)]
pub struct Control {
    /// Set from outside to stop the run early.
    pub cancelled: AtomicBool,
    /// Arrivals processed so far by all runs that share this, updated now and then.
    pub arrivals: AtomicU64,
}

/// The run was stopped from outside before its end; what it told observers is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// What a run works on.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its requests under the policy of the run.
    pub requests: &'a Requests,
    /// Number of the seed, for draws that are no part of the load: failures, interruptions, random scale-in.
    pub seed: u32,
    /// The line to the world outside.
    pub control: &'a Control,
}

/// The key of the engine's own draws under a seed: the same decision of the same request draws the same bits under every
/// policy, and the load never draws from it.
#[must_use]
pub fn engine_key(seed: u32) -> u64 {
    Origin::only(seed, "run").draws(Purpose::Placement).key()
}

/// Runs the load through the engine to the end and tells the observer.
///
/// # Errors
/// [`Cancelled`] if [`Control::cancelled`] was set on the way.
pub fn run<E: Engine, O: Observer>(
    input: Input<'_>,
    engine: &mut E,
    arrivals: impl Iterator<Item = Arrival>,
    observer: &mut O,
) -> Result<(), Cancelled> {
    let Input { scenario, requests, seed, .. } = input;
    let world = World::of(scenario, requests, seed);
    let services = scenario.services.iter().map(NewService::from).collect();
    let mut simulation = Simulation::new(world, services, engine, observer);
    simulation.begin(scenario);
    Run { input, simulation, plan: Plan::of(scenario), snapshot_taken: false }.play_out(arrivals)
}

/// How many arrivals pass between two looks at [`Control`].
const CONTROL_INTERVAL: u64 = 1 << 16;

/// The driver of one run.
struct Run<'a, E, O> {
    input: Input<'a>,
    simulation: Simulation<'a, E, O>,
    plan: Plan,
    snapshot_taken: bool,
}

impl<E: Engine, O: Observer> Run<'_, E, O> {
    fn play_out(mut self, arrivals: impl Iterator<Item = Arrival>) -> Result<(), Cancelled> {
        let end = self.input.scenario.horizon.unwrap_or(NEVER);
        let mut arrivals = arrivals.peekable();
        let mut arrived = 0;
        loop {
            let next_arrival = arrivals.peek().map_or(NEVER, |arrival| arrival.at);
            let next = next_arrival.min(self.plan.next_time()).min(self.simulation.next_event());
            self.snapshot_before(next.min(end), next_arrival);
            if next >= end || next == NEVER {
                break;
            }
            self.simulation.open(next);
            while let Some(what) = self.plan.pop_at(next) {
                self.carry_out(what);
            }
            self.simulation.fire();
            self.simulation.settle();
            while let Some(arrival) = arrivals.next_if(|arrival| arrival.at == next) {
                self.simulation.run_task(arrival.request, arrival.life);
                arrived += 1;
                if arrived % CONTROL_INTERVAL == 0 {
                    self.report_progress()?;
                }
            }
            self.simulation.close(|| arrivals.peek().is_some() || !self.plan.is_over());
        }
        self.input.control.arrivals.fetch_add(arrived % CONTROL_INTERVAL, Ordering::Relaxed);
        self.finish(end);
        Ok(())
    }

    fn carry_out(&mut self, what: Planned) {
        let simulation = &mut self.simulation;
        match what {
            Planned::Happening(what) => simulation.befall(what),
            Planned::StartTask(position) => {
                let start = &self.input.scenario.starts[position];
                let request = self.input.requests.starts[position];
                for &instance in &start.instances {
                    simulation.start_task(request, instance, start.life);
                }
            }
            Planned::Deployment(service) => simulation.deploy_next(service),
            Planned::Desired(service) => simulation.change_desired(service),
        }
    }

    fn report_progress(&self) -> Result<(), Cancelled> {
        let control = self.input.control;
        control.arrivals.fetch_add(CONTROL_INTERVAL, Ordering::Relaxed);
        if control.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// Takes the snapshot if time is about to pass the moment for it.
    fn snapshot_before(&mut self, next: SimTime, next_arrival: SimTime) {
        let due = match self.input.scenario.snapshot {
            Some(at) => next > at,
            None => next_arrival == NEVER && !self.plan.has_calls(),
        };
        if due && !self.snapshot_taken {
            self.take_snapshot(self.input.scenario.snapshot.unwrap_or(self.simulation.now));
        }
    }

    fn take_snapshot(&mut self, at: SimTime) {
        self.snapshot_taken = true;
        self.simulation.take_snapshot(at);
    }

    fn finish(&mut self, end: SimTime) {
        let at = if end == NEVER { self.simulation.now } else { end };
        self.simulation.samples_until(at);
        if !self.snapshot_taken {
            self.take_snapshot(at);
        }
        self.simulation.finish(at);
    }
}
