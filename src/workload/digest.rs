//! What tells whether two runs faced the same load.
//!
//! The digest is made of what is asked for, when and for how long: every task as it is drawn, and what services,
//! StartTask and the tasks found running say. Groups, families and demands enter by name and size, so that it does not
//! hang on how requests are numbered; fleet, policies and happenings are no part of it.
//!
//! # Cost
//! Two multiplications a task, beside the draws of its time, shape and life; a text for each kind of request once.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::Arrival;
use crate::model::{Demand, Requests, Scenario, Service, TaskDefinition};

/// The digest of a drawn load. Equal loads have equal ones; others differ but for one chance in 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadDigest(u64);

impl fmt::Display for LoadDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What the digest of a scenario's load is made of before anything is drawn; the same under every policy.
#[derive(Clone, Debug)]
pub struct LoadKinds {
    /// What is said rather than drawn.
    fixed: u64,
    /// One number a request: its group, family and demand.
    kinds: Vec<u64>,
}

impl LoadKinds {
    /// Those of a scenario; `requests` are its own under any policy.
    #[must_use]
    pub fn of(scenario: &Scenario, requests: &Requests) -> Self {
        let kind = |request: &crate::model::Request| {
            let (group, family) =
                (&requests.groups[request.group.index()], &scenario.definitions[request.definition.index()].family);
            number(&format!("{group}\n{family}\n{}", demand(&request.demand)))
        };
        // Only tasks that arrive are looked up: kinds beyond the last of them are not.
        let arriving = requests.sources.iter().flatten().chain(&requests.trace);
        let end = arriving.map(|request| request.index() + 1).max().unwrap_or(0);
        Self { fixed: number(&said(scenario)), kinds: requests.table[..end].iter().map(kind).collect() }
    }

    /// The arrivals of a load, looked at as they pass.
    pub fn watch<I: Iterator<Item = Arrival>>(&self, arrivals: I) -> Watched<'_, I> {
        Watched { arrivals, kinds: &self.kinds, state: self.fixed }
    }
}

/// Arrivals whose digest is made as they pass.
#[derive(Clone, Debug)]
pub struct Watched<'k, I> {
    arrivals: I,
    kinds: &'k [u64],
    state: u64,
}

impl<I> Watched<'_, I> {
    /// The digest of what has passed.
    pub fn digest(&self) -> LoadDigest {
        LoadDigest(self.state)
    }
}

impl<I: Iterator<Item = Arrival>> Iterator for Watched<'_, I> {
    type Item = Arrival;

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        let arrival = self.arrivals.next()?;
        let life = arrival.life.map_or(u64::MAX, |life| life.0);
        self.state = folded(self.state ^ self.kinds[arrival.request.index()], arrival.at.0 ^ life.rotate_left(32));
        self.state = folded(self.state, life);
        Some(arrival)
    }
}

/// Both halves of a product, which hangs on all bits of both.
#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd1b5_4a32_d192_ed03);
    let [low, high] = [product, product >> 64].map(|half| half & u128::from(u64::MAX));
    u64::try_from(low ^ high).expect("64 bits are left").wrapping_add(0x2545_f491_4f6c_dd1d)
}

/// A text as a number.
fn number(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    u64::from_le_bytes(*digest.first_chunk().expect("a SHA-256 digest is 32 bytes long"))
}

/// What a task takes; what it does not ask for is not mentioned.
fn demand(demand: &Demand) -> String {
    let plain = Demand::new(demand.cpu.0, demand.memory.0);
    let rest = if *demand == plain { String::new() } else { format!(" {demand:?}") };
    format!("{} {}{rest}", demand.cpu.0, demand.memory.0)
}

/// The load that is said rather than drawn, each part in an order of its own: where it stands in the file is no part of
/// it.
fn said(scenario: &Scenario) -> String {
    let definition = |id: crate::model::DefinitionId| {
        let TaskDefinition { family, demand: of_task, .. } = &scenario.definitions[id.index()];
        format!("{family} {}", demand(of_task))
    };
    let service = |service: &Service| {
        let settings = &service.settings;
        let mut text = format!("service {} {}", service.name, definition(service.definition));
        let _ = write!(text, " {} {:?}", service.desired_count, settings.scheduling);
        settings.steps.iter().for_each(|(at, count)| _ = write!(text, " {}={count}", at.0));
        if let Some(curve) = &settings.curve {
            let _ = write!(text, " every {} {:?}", curve.part.0, curve.counts);
        }
        for deployment in &settings.deployments {
            let _ = write!(text, " at {} {}", deployment.at.0, definition(deployment.definition));
        }
        text
    };
    let mut parts: Vec<String> = scenario.services.iter().map(service).collect();
    parts.extend(scenario.starts.iter().map(|start| {
        let (group, life) = (start.group.as_deref().unwrap_or(""), start.life.map_or(u64::MAX, |life| life.0));
        format!("start {} {} {group} {} {life}", start.at.0, definition(start.definition), start.instances.len())
    }));
    parts.extend(
        scenario
            .running
            .iter()
            .map(|running| format!("running {} {} {}", definition(running.definition), running.group, running.count())),
    );
    parts.sort_unstable();
    format!("horizon {:?}\n{}", scenario.horizon.map(|time| time.0), parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::Workload;
    use super::*;
    use crate::model::{Arrivals, DefinitionId, Lifetime, SimSpan, TaskSource};
    use crate::workload::tests::fixture::{scenario, source};

    fn digest(scenario: &Scenario, seed: u32) -> LoadDigest {
        let requests = Requests::compile(scenario, &scenario.policies[0]);
        let kinds = LoadKinds::of(scenario, &requests);
        let mut watched = kinds.watch(Workload::new(scenario, &requests, seed));
        assert!(watched.by_ref().count() > 0);
        watched.digest()
    }

    fn poisson(count: u64) -> TaskSource {
        let arrivals = Arrivals::Poisson { rate_per_hour: 900.0 };
        source(arrivals, Lifetime::Exponential { mean: SimSpan::HOUR }, Some(count))
    }

    #[test]
    fn a_digest_hangs_on_what_is_asked_and_on_the_seed() {
        let plain = scenario(vec![poisson(200)]);
        let of_plain = digest(&plain, 1);
        assert_eq!(digest(&plain, 1), of_plain);
        assert_ne!(digest(&plain, 2), of_plain, "another seed");
        assert_ne!(digest(&scenario(vec![poisson(201)]), 1), of_plain, "a task more");
        let mut larger = plain.clone();
        larger.definitions[1].demand.memory.0 += 1;
        assert_ne!(digest(&larger, 1), of_plain, "a larger task");
        let constant = TaskSource { lifetime: Lifetime::Constant(SimSpan::HOUR), ..poisson(200) };
        assert_ne!(digest(&scenario(vec![constant]), 1), of_plain, "other lives");
    }

    #[test]
    fn a_digest_hangs_neither_on_names_of_the_scenario_nor_on_policies_or_the_fleet() {
        let plain = scenario(vec![poisson(200)]);
        let mut other = Scenario { name: "other".into(), description: "else".into(), ..plain.clone() };
        other.policies[0].strategy = Some(crate::model::Strategy(vec![crate::model::Rule::Random]));
        other.options.tie_break = crate::model::TieBreak::Random;
        assert_eq!(digest(&other, 1), digest(&plain, 1));
    }

    #[test]
    fn the_order_of_services_is_no_part_of_a_load() {
        let service = |name: &str| Service {
            name: name.to_owned(),
            definition: DefinitionId(0),
            desired_count: 3,
            strategy: None,
            constraints: Vec::new(),
            settings: crate::model::ServiceSettings::default(),
        };
        let with = |names: [&str; 2]| Scenario { services: names.map(service).to_vec(), ..scenario(vec![poisson(20)]) };
        assert_eq!(digest(&with(["a", "b"]), 1), digest(&with(["b", "a"]), 1));
        assert_ne!(digest(&with(["a", "b"]), 1), digest(&with(["a", "c"]), 1));
    }
}
