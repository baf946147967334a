//! A random program on one world, both engines side by side.

use super::world::Dice;
use super::{Report, Tally};
use crate::engine::{Engine, FastEngine, InstanceStatus, Placed, ReferenceEngine, Remaining, Setup};
use crate::model::{InstanceId, RequestId, Requests, Scenario};

/// One world and how it is run.
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) report: &'a Report,
    pub(super) seed: u64,
    pub(super) world: u32,
    pub(super) steps: u32,
}

/// The engines and the living tasks.
struct Twins<'a> {
    fast: FastEngine<'a>,
    reference: ReferenceEngine<'a>,
    tasks: Vec<(RequestId, InstanceId)>,
    tally: Tally,
}

impl Run<'_> {
    /// The step at which a law was broken, and what happened.
    pub(super) fn go(&self) -> Result<Tally, (u32, String)> {
        let requests = Requests::compile(self.scenario, &self.scenario.policies[0]);
        let (fleet, options) = (&self.scenario.fleet, self.scenario.options);
        let setup = Setup { fleet, requests: &requests, options, seed: self.seed };
        let mut twins = Twins {
            fast: FastEngine::new(setup),
            reference: ReferenceEngine::new(setup),
            tasks: Vec::new(),
            tally: Tally::default(),
        };
        let mut dice = Dice::new(self.seed, self.world, 1);
        for step in 0..self.steps {
            let outcome = twins.step(&mut dice, requests.table.len());
            let broken = self.report.told().broken.map_or(outcome, Err);
            broken.map_err(|what| (step, what))?;
        }
        // Each engine has asked once for every choice.
        twins.tally.choices = self.report.told().choices / 2;
        Ok(twins.tally)
    }
}

impl Twins<'_> {
    fn step(&mut self, dice: &mut Dice, requests: usize) -> Result<(), String> {
        match dice.below(10) {
            0 | 1 if !self.tasks.is_empty() => {
                let (request, instance) = self.tasks.swap_remove(dice.below(self.tasks.len()));
                self.stop(request, instance);
            }
            2 if self.fast.instance_count() > 0 => {
                let statuses = [InstanceStatus::Active, InstanceStatus::Draining, InstanceStatus::Lost];
                let instance = InstanceId::from_index(dice.below(self.fast.instance_count()));
                self.set_status(instance, statuses[dice.below(statuses.len())]);
            }
            _ => self.place(RequestId::from_index(dice.below(requests)))?,
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
