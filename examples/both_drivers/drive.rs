//! A scenario through both drivers: a run, which knows its plan and its load, and a live world that is told of each when it
//! is time.

use std::collections::VecDeque;

use stowplan::engine::{Engine, FastEngine, Setup};
use stowplan::live::{Command, Error, InstanceChange, Live, ServiceChange, StartTask};
use stowplan::model::{Happening, HappeningKind, Requests, Scenario, SimTime};
use stowplan::simulation::{Control, Input, Observer, engine_key, run};
use stowplan::workload::{Arrival, Workload};

const SEED: u32 = 1;
const NEVER: SimTime = SimTime(u64::MAX);

/// What a scenario writes out, as commands in order of time and of the file, and whether it is a step of a desired count.
fn plan(scenario: &Scenario) -> VecDeque<(SimTime, Command, bool)> {
    let happenings = scenario.happenings.iter().map(|Happening { at, what }| (*at, command(*what), false));
    let starts = scenario.starts.iter().map(|start| {
        let start_task = StartTask {
            definition: start.definition,
            group: start.group.clone(),
            instances: start.instances.clone(),
            life: start.life,
            details: start.details.clone(),
        };
        (start.at, Command::StartTask(start_task), false)
    });
    let update = |name: &String, change| Command::UpdateService { service: name.clone(), change };
    let of_services = scenario.services.iter().flat_map(|service| {
        let name = &service.name;
        let deployments = service.settings.deployments.iter().map(move |deployment| {
            let change = ServiceChange { force_new_deployment: true, ..ServiceChange::deploy(deployment.definition) };
            (deployment.at, update(name, change), false)
        });
        let steps = service.settings.steps.iter();
        deployments.chain(steps.map(move |&(at, count)| (at, update(name, ServiceChange::desired(count)), true)))
    });
    let mut plan: Vec<_> = happenings.chain(starts).chain(of_services).collect();
    plan.sort_by_key(|entry| entry.0);
    plan.into()
}

/// A happening, in the form in which somebody would do it to one instance.
fn command(what: HappeningKind) -> Command {
    match what {
        HappeningKind::InstanceDrained(id) => Command::Instance(id, InstanceChange::Drain),
        HappeningKind::InstanceActivated(id) => Command::Instance(id, InstanceChange::Activate),
        HappeningKind::InstanceLost(id) => Command::Instance(id, InstanceChange::Lose),
        HappeningKind::AgentDisconnected(id) => Command::Instance(id, InstanceChange::Disconnect),
        HappeningKind::AgentConnected(id) => Command::Instance(id, InstanceChange::Connect),
        HappeningKind::InstanceReturned(id) => Command::Instance(id, InstanceChange::Return),
        other => Command::Happening(other),
    }
}

/// A happening of a scenario may find that what it does is done; a live world says so.
fn carry_out<O: Observer>(live: &mut Live<O>, command: Command) {
    match live.apply(command) {
        Ok(_) | Err(Error::Already { .. } | Error::Agent { .. } | Error::Status { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A live world under a policy that is told of the plan and the load; answers its observer.
pub(crate) fn driven_from_outside<O: Observer>(
    scenario: &Scenario,
    policy: usize,
    requests: &Requests,
    observer: O,
) -> O {
    let mut live: Live<O> = Live::open(scenario, Some(&scenario.policies[policy]), SEED, observer);
    let arrivals = Workload::new(scenario, requests, SEED);
    let (end, mut plan, mut arrivals) = (scenario.horizon.unwrap_or(NEVER), plan(scenario), arrivals.peekable());
    let mut snapshot_taken = false;
    loop {
        let next_arrival = arrivals.peek().map_or(NEVER, |arrival| arrival.at);
        let next_planned = plan.front().map_or(NEVER, |entry| entry.0);
        let next = next_arrival.min(next_planned).min(live.next_event().unwrap_or(NEVER));
        let is_due = match scenario.snapshot {
            Some(at) => next.min(end) > at,
            None => next_arrival == NEVER && plan.iter().all(|entry| entry.2),
        };
        if is_due && !snapshot_taken {
            snapshot_taken = true;
            live.take_snapshot(scenario.snapshot.unwrap_or(live.now()));
        }
        if next >= end || next == NEVER {
            break;
        }
        live.open_moment(next).unwrap();
        while plan.front().is_some_and(|entry| entry.0 <= next) {
            let (_, command, _) = plan.pop_front().unwrap();
            carry_out(&mut live, command);
        }
        while let Some(arrival) = arrivals.next_if(|arrival| arrival.at == next) {
            let Arrival { request: kind, life, .. } = arrival;
            live.apply(Command::Run { kind, count: 1, life }).unwrap();
        }
        live.expect_commands(arrivals.peek().is_some() || !plan.is_empty());
        live.close();
    }
    let at = if end == NEVER { live.now() } else { end };
    live.engine().validate().unwrap();
    live.finish(at).unwrap()
}

/// The same as a run.
pub(crate) fn driven_by_a_run<O: Observer>(scenario: &Scenario, requests: &Requests, mut observer: O) -> O {
    let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: engine_key(SEED) };
    let control = Control::default();
    let input = Input { scenario, requests, seed: SEED, control: &control };
    run(input, &mut FastEngine::new(setup), Workload::new(scenario, requests, SEED), &mut observer)
        .expect("nobody cancels");
    observer
}
