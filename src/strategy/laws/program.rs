//! A random program on one world, both engines side by side.

use std::fmt::Write as _;

use super::Tally;
use super::watch::Report;
use super::world::Dice;
use crate::engine::{Engine, FastEngine, InstanceStatus, Placed, ReferenceEngine, Remaining, Setup};
use crate::model::{InstanceId, RequestId, Requests, Scenario};

/// One step; numbers are taken modulo what is there, so that any part of a program is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Place(usize),
    Stop(usize),
    Status(usize, InstanceStatus),
}

/// The program of a world.
pub(super) fn draw(seed: u64, world: u32, steps: u32) -> Vec<Op> {
    let mut dice = Dice::new(seed, world, 1);
    let statuses = [InstanceStatus::Active, InstanceStatus::Draining, InstanceStatus::Lost];
    let op = |_| match dice.below(10) {
        0 | 1 => Op::Stop(dice.below(1 << 16)),
        2 => Op::Status(dice.below(1 << 16), statuses[dice.below(3)]),
        _ => Op::Place(dice.below(1 << 16)),
    };
    (0..steps).map(op).collect()
}

/// One world and how it is run.
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) report: &'a Report,
    pub(super) seed: u64,
}

/// The engines and the living tasks.
struct Twins<'a> {
    fast: FastEngine<'a>,
    reference: ReferenceEngine<'a>,
    tasks: Vec<(RequestId, InstanceId)>,
    tally: Tally,
}

impl Run<'_> {
    /// Plays a program; `at` says which step is under way.
    pub(super) fn go(&self, program: &[Op], at: &mut usize) -> Result<Tally, String> {
        let requests = Requests::compile(self.scenario, &self.scenario.policies[0]);
        let (fleet, options) = (&self.scenario.fleet, self.scenario.options);
        let setup = Setup { fleet, requests: &requests, options, seed: self.seed };
        let mut twins = Twins {
            fast: FastEngine::new(setup),
            reference: ReferenceEngine::new(setup),
            tasks: Vec::new(),
            tally: Tally::default(),
        };
        self.report.take_choices();
        for (step, op) in program.iter().enumerate() {
            *at = step;
            let outcome = twins.step(*op, requests.table.len());
            self.report.broken().map_or(outcome, Err)?;
        }
        // Each engine has asked once for every choice.
        twins.tally.choices = self.report.take_choices() / 2;
        Ok(twins.tally)
    }
}

impl Twins<'_> {
    fn step(&mut self, op: Op, requests: usize) -> Result<(), String> {
        let instances = self.fast.instance_count();
        match op {
            Op::Stop(which) if !self.tasks.is_empty() => {
                let (request, instance) = self.tasks.swap_remove(which % self.tasks.len());
                self.stop(request, instance);
            }
            Op::Status(which, status) if instances > 0 => {
                self.set_status(InstanceId::from_index(which % instances), status);
            }
            Op::Place(kind) => self.place(RequestId::from_index(kind % requests))?,
            Op::Stop(_) | Op::Status(..) => {}
        }
        self.books()
    }

    fn place(&mut self, request: RequestId) -> Result<(), String> {
        let (allowed, before) = (self.reference.final_candidates(request), self.left());
        let (fast, reference) = (self.fast.place(request), self.reference.place(request));
        if fast != reference {
            return Err(format!("the engines differ: {fast:?} and {reference:?} for kind {request}"));
        }
        match reference {
            Some(Placed { instance, .. }) if !allowed.contains(&instance) => {
                return Err(format!("kind {request} on instance {instance}, which is not one of {allowed:?}"));
            }
            Some(Placed { instance, .. }) => {
                self.tasks.push((request, instance));
                self.tally.placements += 1;
            }
            None if !allowed.is_empty() => {
                return Err(format!("kind {request} refused, though {allowed:?} may take it"));
            }
            None => self.tally.refusals += 1,
        }
        if reference.is_none() && self.left() != before {
            return Err(format!("kind {request} was refused and something has changed"));
        }
        Ok(())
    }

    fn stop(&mut self, request: RequestId, instance: InstanceId) {
        self.fast.stop(request, instance);
        self.reference.stop(request, instance);
    }

    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus) {
        if status == InstanceStatus::Draining {
            let there: Vec<RequestId> =
                self.tasks.iter().filter(|task| task.1 == instance).map(|task| task.0).collect();
            self.fast.drain(instance, &there);
            self.reference.drain(instance, &there);
        } else {
            self.fast.set_status(instance, status);
            self.reference.set_status(instance, status);
        }
        if status == InstanceStatus::Lost {
            let (lost, rest) = std::mem::take(&mut self.tasks).into_iter().partition(|task| task.1 == instance);
            self.tasks = rest;
            let lost: Vec<(RequestId, InstanceId)> = lost;
            lost.into_iter().for_each(|(request, instance)| self.stop(request, instance));
        }
    }

    fn left(&self) -> Vec<Remaining> {
        let ids = (0..self.reference.instance_count()).map(InstanceId::from_index);
        ids.flat_map(|id| [self.fast.remaining(id), self.reference.remaining(id)]).collect()
    }

    fn books(&self) -> Result<(), String> {
        self.fast.validate()?;
        self.reference.validate()?;
        match self.left().chunks(2).position(|pair| pair[0] != pair[1]) {
            Some(instance) => Err(format!("the engines differ in what is left on instance {instance}")),
            None => Ok(()),
        }
    }
}

/// The world and the program, up to a step, for people.
pub(super) fn story(scenario: &Scenario, program: &[Op], last: usize) -> String {
    let mut text = String::new();
    let chain = scenario.policies[0].strategy.clone().unwrap_or_default();
    let write = |text: &mut String, line: String| writeln!(text, "  {line}").expect("a string grows");
    let before = chain.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    write(&mut text, format!("chain before it: {}", if before.is_empty() { "none" } else { &before }));
    for (number, class) in scenario.fleet.instances.iter().enumerate() {
        let class = &scenario.fleet.classes[class.index()];
        let zone = &scenario.fleet.zones[class.zone.index()];
        let agent = if class.agent_connected { "" } else { ", agent not connected" };
        let amounts = format!("{} CPU units, {} MiB, {} GPUs", class.cpu.0, class.memory.0, class.gpus);
        write(&mut text, format!("instance {number}: zone {zone}, {amounts}{agent}"));
    }
    let kinds = scenario.services.len().max(1);
    for (number, service) in scenario.services.iter().enumerate() {
        let demand = &scenario.definitions[service.definition.index()].demand;
        let ports: Vec<String> = demand.ports.iter().map(ToString::to_string).collect();
        let constraints: Vec<String> = service.constraints.iter().map(ToString::to_string).collect();
        let amounts = format!("{} CPU units, {} MiB, GPUs {:?}", demand.cpu.0, demand.memory.0, demand.gpus);
        write(
            &mut text,
            format!("kind {number}: {amounts} {} {}", ports.join(" "), constraints.join(" ")).trim_end().to_owned(),
        );
    }
    for (step, op) in program.iter().enumerate().take(last + 1) {
        let said = match op {
            Op::Place(kind) => format!("place a task of kind {}", kind % kinds),
            Op::Stop(which) => format!("stop living task number {which} modulo how many there are"),
            Op::Status(which, status) => {
                format!("instance {} becomes {status:?}", which % scenario.fleet.instances.len().max(1)).to_lowercase()
            }
        };
        write(&mut text, format!("step {step}: {said}"));
    }
    text
}
