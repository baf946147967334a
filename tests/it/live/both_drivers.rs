//! Every scenario of the repository through both drivers: a run, which knows its plan and its load, and a live world that is
//! told of each when it is time. Observers hear the same, so that every table and log has the same bytes.

use std::collections::VecDeque;
use std::path::Path;

use stowplan::engine::{FastEngine, Setup};
use stowplan::live::{Command, Error, InstanceChange, Live, ServiceChange, StartTask};
use stowplan::model::{Happening, HappeningKind, Requests, Scenario, SimSpan, SimTime};
use stowplan::simulation::{Control, Input, engine_key, run};
use stowplan::workload::{Arrival, Workload};

use super::{Told, assert_same};

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
fn carry_out(live: &mut Live<Told>, command: Command) {
    match live.apply(command) {
        Ok(_) | Err(Error::Already { .. } | Error::Agent { .. } | Error::Status { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

fn driven_from_outside(scenario: &Scenario, policy: usize, arrivals: impl Iterator<Item = Arrival>) -> Told {
    let mut live: Live<Told> = Live::open(scenario, Some(&scenario.policies[policy]), SEED, Told::default());
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
    live.engine().validate_all();
    live.finish(at).unwrap()
}

/// To be asked of either engine.
trait Validate {
    fn validate_all(&self);
}

impl<E: stowplan::engine::Engine> Validate for E {
    fn validate_all(&self) {
        self.validate().unwrap();
    }
}

fn driven_by_a_run(scenario: &Scenario, requests: &Requests) -> Told {
    let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: engine_key(SEED) };
    let (control, mut told) = (Control::default(), Told::default());
    let input = Input { scenario, requests, seed: SEED, control: &control };
    run(input, &mut FastEngine::new(setup), Workload::new(scenario, requests, SEED), &mut told).unwrap();
    told
}

/// What is cut off of a scenario that is no test as it is.
fn horizon_for_a_test(file: &str) -> Option<SimSpan> {
    let minutes = match file {
        "week-of-services.toml" => 5,
        "bursty-batches.toml" | "churn-day.toml" => 60,
        _ => return None,
    };
    Some(SimSpan::from_secs(minutes * 60))
}

/// Files on traces, which are not part of this repository.
const ON_TRACES: [&str; 3] = ["azure-2017.toml", "day-of-batch-azure.toml", "openb-2023.toml"];
/// Files that measure the engine at sizes that are no test; a release build drives them the same way.
const TOO_LARGE: [&str; 3] = ["fleet-100k.toml", "fleet-1m.toml", "large-fleet.toml"];

#[test]
fn every_scenario_tells_the_same_through_both_drivers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<String> = std::fs::read_dir(folder.clone())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    files.sort();
    let (mut driven, mut told) = (0, 0);
    for file in files.iter().filter(|file| !TOO_LARGE.contains(&file.as_str())) {
        if ON_TRACES.contains(&file.as_str()) {
            #[expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]
            {
                eprintln!("skipped: {file} needs a trace");
            }
            continue;
        }
        let mut scenario = match stowplan::scenario::load(&folder.join(file), &[]) {
            Ok(loaded) => loaded.scenario,
            Err(error) => panic!("{file}: {error}"),
        };
        if let Some(horizon) = horizon_for_a_test(file) {
            let cut = SimTime(horizon.0);
            scenario.horizon = Some(scenario.horizon.map_or(cut, |end| end.min(cut)));
            scenario.snapshot = scenario.snapshot.filter(|&at| at < cut);
        }
        for policy in 0..scenario.policies.len().min(2) {
            let requests = Requests::compile(&scenario, &scenario.policies[policy]);
            let one = driven_by_a_run(&scenario, &requests);
            let arrivals = Workload::new(&scenario, &requests, SEED);
            let other = driven_from_outside(&scenario, policy, arrivals);
            assert_same(&format!("{file}, policy {policy}"), &one, &other);
            told += one.lines.len();
        }
        driven += 1;
    }
    assert!(driven >= 14 && told > 30_000, "{driven} scenarios, {told} lines are too few to show anything");
}
