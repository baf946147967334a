//! Every placement of a log is one that the rules allow, every refusal is one that they demand, and every stop gives up
//! the task that they say, in the order of the rows (R-1.4, R-1.10, R-7.20, R-7.31).
//!
//! What the log does not have is the load: chains, constraints and services are those of the scenario. Revisions that run
//! one task definition look the same in it, so their stops are not looked at.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stowplan::model::{PackedResource, Request, Requests, Rule, Scenario, Scheduling, Service, SpreadField, TieBreak};

use super::cluster::{Amounts, Host, Status, Task};
use super::{load, milliseconds, runs};
use crate::support::scenario;

struct Replay<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    /// In the order in which they registered first.
    hosts: Vec<(String, Host)>,
    now: u64,
    /// Daemons that wait for room, by number, with their group.
    waiting: BTreeMap<u64, String>,
    /// What each group of daemons was refused last: that much of every instance where one waits is theirs (R-7.31).
    daemons: BTreeMap<String, String>,
    /// What was looked at: placements, refusals, stops by a service.
    looked_at: [u64; 3],
}

/// Replays a log, up to the first row that the rules do not allow.
fn replay(scenario: &Scenario, requests: &Requests, log: &str) -> Result<[u64; 3], String> {
    let mut replay = Replay {
        scenario,
        requests,
        hosts: Vec::new(),
        now: 0,
        waiting: BTreeMap::new(),
        daemons: BTreeMap::new(),
        looked_at: [0; 3],
    };
    let mut rows = csv::Reader::from_reader(log.as_bytes());
    let mut found = requests.running.iter().zip(&scenario.running).map(|(_, running)| running.count()).sum::<u64>();
    for row in rows.records() {
        let row = row.unwrap();
        replay.now = milliseconds(&row[2]);
        match &row[3] {
            "instance-registered" => replay.register(&row),
            "instance-drained" => replay.host(&row[12]).status = Status::Draining,
            "instance-activated" => replay.host(&row[12]).status = Status::Active,
            "instance-lost" => replay.host(&row[12]).status = Status::Lost,
            "agent-disconnected" => replay.host(&row[12]).agent_connected = false,
            "agent-connected" => replay.host(&row[12]).agent_connected = true,
            "placed" => {
                // What runs at the start was placed by nobody.
                if found > 0 {
                    found -= 1;
                } else {
                    replay.check_placed(&row)?;
                }
                let (number, task) = (row[4].parse().unwrap(), replay.task(&row));
                replay.waiting.remove(&number);
                replay.host(&row[12]).take(number, task);
            }
            "rejected" => replay.check_rejected(&row)?,
            "stopped" => {
                replay.check_stopped(&row)?;
                let number: u64 = row[4].parse().unwrap();
                assert!(replay.host(&row[12]).give_back(number), "what stops was there: {row:?}");
            }
            "waiting" => {}
            "withdrawn" => drop(replay.waiting.remove(&row[4].parse().unwrap())),
            other => panic!("unknown event `{other}`"),
        }
    }
    Ok(replay.looked_at)
}

impl Replay<'_> {
    fn register(&mut self, row: &csv::StringRecord) {
        let host = Host::registered(row);
        match self.hosts.iter_mut().find(|(name, _)| *name == row[12]) {
            Some((_, known)) => {
                assert!(known.tasks.is_empty() && known.status == Status::Lost, "it comes back empty");
                *known = host;
            }
            None => self.hosts.push((row[12].to_owned(), host)),
        }
    }

    fn host(&mut self, name: &str) -> &mut Host {
        &mut self.hosts.iter_mut().find(|(known, _)| known == name).expect("it has registered").1
    }

    /// Kinds of request of the group and task definition of a row.
    fn kinds(&self, row: &csv::StringRecord) -> Vec<&Request> {
        let is_meant = |request: &&Request| {
            self.requests.groups[request.group.index()] == row[5]
                && self.scenario.definitions[request.definition.index()].family == row[6]
        };
        self.requests.table.iter().filter(is_meant).collect()
    }

    fn task(&self, row: &csv::StringRecord) -> Task {
        let kinds = self.kinds(row);
        let has_eni = kinds.iter().any(|request| request.demand.eni_slots > 0);
        Task::of(row, kinds[0].demand.gpus, has_eni, self.now)
    }

    fn is_daemon(&self, group: &str) -> bool {
        let service = self.scenario.services.iter().find(|service| group == format!("service:{}", service.name));
        service.is_some_and(|service| service.settings.scheduling == Scheduling::Daemon)
    }

    /// Every check but that of room.
    fn is_eligible(&self, request: &Request, host: &Host) -> bool {
        use stowplan::query::Facts as _;
        let provider = request.only.provider.map(|id| &self.scenario.dynamics.providers[id.index()].name);
        let zone = request.only.zone.map(|zone| &self.scenario.fleet.zones[zone.index()]);
        let group = &self.requests.groups[request.group.index()];
        host.status == Status::Active
            && host.agent_connected
            && provider.is_none_or(|provider| host.provider.as_ref() == Some(provider))
            && zone.is_none_or(|zone| host.zone == *zone)
            && { request.requires_attributes.iter() }.all(|(name, value)| match value {
                None => host.attribute(name).is_some(),
                Some(value) => host.attribute(name) == Some(Some(value)),
            })
            && request.member_of.iter().all(|expression| expression.evaluate(host))
            && !(request.distinct_instance && host.of_group(group) > 0)
    }

    /// What is kept of a host for daemons which wait.
    fn held(&self, host: &Host) -> Amounts {
        let mut held = Amounts::default();
        for (group, family) in
            self.daemons.iter().filter(|(group, _)| self.waiting.values().any(|other| other == *group))
        {
            let is_meant = |request: &&Request| {
                self.requests.groups[request.group.index()] == *group
                    && self.scenario.definitions[request.definition.index()].family == *family
            };
            let request = self.requests.table.iter().find(is_meant).expect("it has asked");
            if host.of_group(group) == 0 && self.is_eligible(request, host) {
                held.cpu += u64::from(request.demand.cpu.0);
                held.memory += u64::from(request.demand.memory.0);
            }
        }
        held
    }

    /// Positions of the hosts that may take a task.
    fn candidates(&self, request: &Request, task: &Task) -> Vec<usize> {
        let held = |host: &Host| if self.is_daemon(&task.group) { Amounts::default() } else { self.held(host) };
        let may = |(_, host): &(String, Host)| self.is_eligible(request, host) && host.has_room(task, held(host));
        (0..self.hosts.len()).filter(|&position| may(&self.hosts[position])).collect()
    }

    /// Counted tasks of a group in the bucket of a host.
    fn in_bucket(&self, group: &str, host: usize, field: &SpreadField) -> usize {
        use stowplan::query::Facts as _;
        let counts = |host: &Host| self.scenario.options.spread_counts_draining || host.status != Status::Draining;
        let SpreadField::Attribute(name) = field else {
            let host = &self.hosts[host].1;
            return if counts(host) { host.of_group(group) } else { 0 };
        };
        let of = self.hosts[host].1.attribute(name);
        let there = self.hosts.iter().filter(|(_, other)| counts(other) && other.attribute(name) == of);
        there.map(|(_, host)| host.of_group(group)).sum()
    }

    /// R-1.4: what every rule of the chain keeps, up to the first that draws.
    fn narrowed(&self, request: &Request, mut left: Vec<usize>) -> (Vec<usize>, bool) {
        let group = &self.requests.groups[request.group.index()];
        let left_for = |host: &Host| {
            let (left, held) = (host.left(), self.held(host));
            Amounts { cpu: left.cpu.saturating_sub(held.cpu), memory: left.memory.saturating_sub(held.memory) }
        };
        for rule in &request.strategy.0 {
            let score = |host: &usize| match rule {
                Rule::Spread(field) => self.in_bucket(group, *host, field) as u64,
                Rule::Binpack(PackedResource::Cpu) => left_for(&self.hosts[*host].1).cpu,
                Rule::Binpack(PackedResource::Memory) => left_for(&self.hosts[*host].1).memory,
                Rule::Random | Rule::Custom(_) => 0,
            };
            if matches!(rule, Rule::Random | Rule::Custom(_)) {
                return (left, true);
            }
            let best = left.iter().map(score).min();
            left.retain(|host| Some(score(host)) == best);
        }
        (left, false)
    }

    fn check_placed(&mut self, row: &csv::StringRecord) -> Result<(), String> {
        let task = self.task(row);
        let chosen = self.hosts.iter().position(|(name, _)| *name == row[12]).expect("it has registered");
        let is_right = |request: &&Request| {
            let candidates = self.candidates(request, &task);
            if self.is_daemon(&row[5]) {
                return candidates.contains(&chosen) && self.hosts[chosen].1.of_group(&row[5]) == 0;
            }
            let (left, is_drawn) = self.narrowed(request, candidates);
            let is_drawn = is_drawn || self.scenario.options.tie_break != TieBreak::Order;
            if is_drawn { left.contains(&chosen) } else { left.first() == Some(&chosen) }
        };
        if !self.kinds(row).iter().any(is_right) {
            return Err(format!("no rule puts it there: {row:?}\n{:#?}", self.hosts));
        }
        self.looked_at[0] += 1;
        Ok(())
    }

    fn check_rejected(&mut self, row: &csv::StringRecord) -> Result<(), String> {
        let task = self.task(row);
        if self.is_daemon(&row[5]) {
            self.waiting.insert(row[4].parse().unwrap(), row[5].to_owned());
            self.daemons.insert(row[5].to_owned(), row[6].to_owned());
        }
        if self.is_daemon(&row[5]) || row[14].starts_with("PROVISIONING") || row[14].contains("limit") {
            return Ok(());
        }
        let fits_nowhere = |request: &&Request| self.candidates(request, &task).is_empty();
        if !self.kinds(row).iter().any(fits_nowhere) {
            return Err(format!("it has somewhere to go: {row:?}\n{:#?}", self.hosts));
        }
        self.looked_at[1] += 1;
        Ok(())
    }

    /// Whether the tasks of two revisions cannot be told apart, as both run one task definition.
    fn looks_the_same(&self, service: &Service) -> bool {
        let later = service.settings.deployments.iter().map(|deployment| deployment.definition);
        let mut run: Vec<_> = std::iter::once(service.definition).chain(later).collect();
        let revisions = run.len();
        run.sort_unstable();
        run.dedup();
        run.len() < revisions
    }

    /// R-7.20: of the tasks that are like it, the one that the chain in reverse gives up first.
    fn check_stopped(&mut self, row: &csv::StringRecord) -> Result<(), String> {
        let cause = &row[14];
        let Some(service) = self.scenario.services.iter().find(|service| row[5] == format!("service:{}", service.name))
        else {
            return Ok(());
        };
        let of_service = ["scaled-in", "deployment", "drained"].contains(&cause);
        if !of_service || self.is_daemon(&row[5]) || self.looks_the_same(service) {
            return Ok(());
        }
        let number: u64 = row[4].parse().unwrap();
        let chosen = self.hosts.iter().position(|(name, _)| *name == row[12]).expect("it has registered");
        let (settings, victim) = (&service.settings, self.hosts[chosen].1.tasks[&number].clone());
        let age = |task: &Task| self.now - task.since_ms;
        let is_healthy = |task: &Task| age(task) >= settings.healthy_after.0;
        let is_protected = |task: &Task| age(task) < settings.protection.0;
        if is_protected(&victim) {
            return Err(format!("it is protected: {row:?}"));
        }
        let status = self.hosts[chosen].1.status;
        let is_like = |host: &Host, task: &Task| {
            host.status == status
                && (&task.group, &task.family) == (&victim.group, &victim.family)
                && !is_protected(task)
                && (cause == "scaled-in" || is_healthy(task) == is_healthy(&victim))
        };
        let oldest = |host: &Host| {
            let numbers = host.tasks.iter().filter(|(_, task)| is_like(host, task)).map(|(number, _)| *number);
            numbers.min()
        };
        let request = self.kinds(row)[0];
        let mut left: Vec<usize> =
            (0..self.hosts.len()).filter(|&host| oldest(&self.hosts[host].1).is_some()).collect();
        for rule in &request.strategy.0 {
            let score = |host: &usize| {
                let there = &self.hosts[*host].1;
                let goes = &there.tasks[&oldest(there).unwrap()];
                match rule {
                    Rule::Spread(field) => self.in_bucket(&row[5], *host, field) as u64,
                    Rule::Binpack(PackedResource::Cpu) => there.left().cpu + goes.cpu,
                    Rule::Binpack(PackedResource::Memory) => there.left().memory + goes.memory,
                    Rule::Random | Rule::Custom(_) => 0,
                }
            };
            if matches!(rule, Rule::Random | Rule::Custom(_)) {
                break;
            }
            let most = left.iter().map(score).max();
            left.retain(|host| Some(score(host)) == most);
        }
        let first = left[0];
        if (first, oldest(&self.hosts[first].1)) != (chosen, Some(number)) {
            return Err(format!("another task goes first, on {}: {row:?}\n{:#?}", self.hosts[first].0, self.hosts));
        }
        self.looked_at[2] += 1;
        Ok(())
    }
}

/// Replays every run of a scenario; tells how much was looked at.
fn check(scenario: &Scenario) -> [u64; 3] {
    let mut sums = [0; 3];
    for run in runs(scenario) {
        let counts = replay(scenario, &run.requests, &run.log).unwrap_or_else(|why| panic!("{why}"));
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    sums
}

/// Services of both kinds, a drain, a zone that is lost and comes back, a provider that grows, a move between zones, and
/// deployments of two kinds.
const EVERYTHING: &str = r#"
name = 'everything'
horizon = '2h'
[cluster]
zones = ['z1', 'z2', 'z3']

[[cluster.instances]]
cpu = 1000
memory = 2000
count = 6

[[cluster.instances]]
cpu = 1000
memory = 2000
zones = ['z1', 'z2']
count = 2
capacity-provider = 'spot'
attributes = { side = 'spot' }

[[capacity-providers]]
name = 'spot'

[[task-definitions]]
family = 'web'
cpu = 120
memory = 150
ports = ['8080']

[[task-definitions]]
family = 'web-2'
cpu = 150
memory = 130
ports = ['8080']

[[task-definitions]]
family = 'api'
cpu = 70
memory = 210

[[task-definitions]]
family = 'api-2'
cpu = 90
memory = 190

[[task-definitions]]
family = 'agent'
cpu = 50
memory = 40

[[task-definitions]]
family = 'job'
cpu = 333
memory = 100

[[services]]
name = 'web'
task-definition = 'web'
desired-count = 4
availability-zone-rebalancing = true
placementConstraints = [{ type = 'memberOf', expression = 'not(attribute:side == spot)' }]
deployments = [{ at = '60m', task-definition = 'web-2' }]
deployment-configuration = { strategy = 'BLUE_GREEN', bake-time = '3m' }

[[services]]
name = 'api'
task-definition = 'api'
desired-count = 9
minimum-healthy-percent = 50
maximum-percent = 125
placementStrategy = [{ type = 'spread', field = 'attribute:ecs.availability-zone' }, { type = 'binpack', field = 'memory' }]
desired = [{ at = '30m', count = 3 }, { at = '40m', count = 12 }, { at = '90m', count = 2 }]
deployments = [{ at = '50m', task-definition = 'api-2' }]

[[services]]
name = 'agent'
task-definition = 'agent'
scheduling-strategy = 'DAEMON'

[[services]]
name = 'batch'
task-definition = 'job'
desired-count = 8
capacity-provider = 'spot'
placementStrategy = [{ type = 'binpack', field = 'cpu' }]
desired = [{ at = '20m', count = 1 }]

[[tasks]]
task-definition = 'job'
count = 40
placementStrategy = [{ type = 'spread', field = 'instanceId' }]
arrivals = { model = 'poisson', rate-per-hour = 60 }
lifetime = { model = 'exponential', mean = '9m' }

[[happenings]]
at = '10m'
instance-drained = 'i-00000000'
[[happenings]]
at = '15m'
instance-activated = 'i-00000000'
[[happenings]]
at = '25m'
zone-lost = 'z2'
[[happenings]]
at = '35m'
zone-returned = 'z2'
[[happenings]]
at = '70m'
instances-registered = { like = 'i-00000001', count = 2 }
"#;

#[test]
fn a_run_of_everything_is_replayed_decision_by_decision() {
    let scenario = scenario(EVERYTHING);
    let log = &runs(&scenario)[0].log;
    for word in ["rebalanced", "scaled-in", "drained", "deployment", "instance-lost", "ended", "waiting"] {
        assert!(log.contains(&format!(",{word}")), "nothing is told of `{word}`");
    }
    let looked_at = check(&scenario);
    assert!(looked_at[0] > 90 && looked_at[2] > 25, "{looked_at:?}");
}

#[test]
fn scenarios_that_come_with_the_program_are_replayed_decision_by_decision() {
    for file in ["rolling-deployment.toml", "az-rebalancing.toml", "zone-loss-and-return.toml", "daemon-holdback.toml"]
    {
        let looked_at = check(&load(file));
        assert!(looked_at[0] > 0, "{file}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    /// Random programs of all that can happen; where tasks stop slowly or victims are drawn, the log does not tell which
    /// may go.
    #[test]
    fn random_programs_are_replayed_decision_by_decision(text in crate::runs::programs::programs()) {
        let scenario = scenario(&text);
        prop_assume!(!text.contains("stop-delay"));
        check(&scenario);
    }
}

/// What the reader is worth: a stop in another order, or a task elsewhere, is seen.
#[test]
fn a_log_with_two_stops_in_the_other_order_is_not_what_the_rules_say() {
    let scenario = scenario(EVERYTHING);
    let run = runs(&scenario).remove(0);
    let mut lines: Vec<&str> = run.log.lines().collect();
    let is_stop = |line: &str| line.contains(",stopped,") && line.ends_with(",scaled-in");
    let moment = |line: &str| line.split(',').nth(2).map(str::to_owned);
    let pairs = (1..lines.len())
        .filter(|&row| is_stop(lines[row - 1]) && is_stop(lines[row]) && moment(lines[row - 1]) == moment(lines[row]));
    let rows: Vec<usize> = pairs.collect();
    let seen = rows.iter().filter(|&&row| {
        let mut other = lines.clone();
        other.swap(row - 1, row);
        let log = other.join("\n");
        replay(&scenario, &run.requests, &log).is_err()
    });
    assert!(seen.count() > 0, "of {} pairs none is told apart", rows.len());
    let placed = lines.iter().position(|line| line.contains(",placed,") && line.contains("i-00000001")).unwrap();
    let elsewhere = lines[placed].replace("i-00000001", "i-00000002");
    lines[placed] = &elsewhere;
    let log = lines.join("\n");
    assert!(replay(&scenario, &run.requests, &log).unwrap_err().contains("no rule puts it there"));
}
