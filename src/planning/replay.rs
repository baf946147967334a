//! One packing of a plan told again from its policy, seed and size, so that others can look at it.

use super::ground::{Interrupted, Load, Packing, Tolerance};
use crate::model::{ClassId, Fleet, Policy, Requests, TaskCount};
use crate::simulation::{Control, Observer};

/// A packing of a load.
#[derive(Debug)]
pub struct Replay<'a> {
    load: &'a Load,
    /// The requests of its policy.
    pub requests: Requests,
    seed: u32,
    tolerance: Tolerance,
    /// The instances that it is on.
    pub fleet: Fleet,
}

impl<'a> Replay<'a> {
    /// The packing of a load under a policy, on the first so many instances of the order of a seed.
    #[must_use]
    pub fn new(load: &'a Load, policy: &Policy, seed: u32, size: usize, tolerance: Tolerance) -> Self {
        let requests = Requests::compile(&load.scenario, policy);
        let fleet = prepared(load, &requests, seed, size, tolerance).fleet_of(size);
        Self { load, requests, seed, tolerance, fleet }
    }

    /// Tells it to an observer.
    ///
    /// # Errors
    /// [`Interrupted`] if `control` said so on the way.
    pub fn run<O: Observer>(&self, observer: &mut O, control: &Control) -> Result<(), Interrupted> {
        let size = self.fleet.instances.len();
        prepared(self.load, &self.requests, self.seed, size, self.tolerance).tell(size, observer, control)
    }

    /// How many tasks of each kind there are beside daemons, of a load that is still; none of one that changes.
    #[must_use]
    pub fn counts(&self) -> Vec<TaskCount> {
        Packing::new(self.load, &self.requests, self.seed, self.tolerance).counts()
    }

    /// What the instances cost an hour, where all prices are known.
    #[must_use]
    pub fn price(&self) -> Option<u128> {
        let price = |class: &ClassId| Some(u128::from(self.fleet.classes[class.index()].price?.0));
        self.fleet.instances.iter().map(price).sum()
    }
}

fn prepared<'a>(load: &'a Load, requests: &'a Requests, seed: u32, size: usize, tolerance: Tolerance) -> Packing<'a> {
    let mut packing = Packing::new(load, requests, seed, tolerance);
    while packing.most() < size {
        packing.append_clone();
    }
    packing
}
