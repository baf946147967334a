//! What an engine refers to: the fleet and the kinds of request, lent for a run or owned together with others.

use std::sync::Arc;

use super::Setup;
use crate::model::{ClassId, Fleet, InstanceId, PlacementOptions, RequestId, Requests, Shared};

/// As a [`Setup`], held by whoever is built from it.
#[derive(Clone, Debug)]
pub struct Tables<'a> {
    /// The instances at time 0, all ACTIVE and empty, and the classes of all that may come.
    pub fleet: Shared<'a, Fleet>,
    /// The kinds of request that are known.
    pub requests: Shared<'a, Requests>,
    /// Readings of open points.
    pub options: PlacementOptions,
    /// Key of the engine's own draws.
    pub seed: u64,
}

impl Tables<'_> {
    /// The same, lent.
    #[must_use]
    pub fn setup(&self) -> Setup<'_> {
        Setup { fleet: &self.fleet, requests: &self.requests, options: self.options, seed: self.seed }
    }
}

impl<'a> From<Setup<'a>> for Tables<'a> {
    fn from(Setup { fleet, requests, options, seed }: Setup<'a>) -> Self {
        Self { fleet: fleet.into(), requests: requests.into(), options, seed }
    }
}

/// An instance that is of another class from now on.
#[derive(Clone, Copy, Debug)]
pub struct Turned {
    /// Which.
    pub instance: InstanceId,
    /// What it is now.
    pub class: ClassId,
}

/// What an engine is told when its tables have grown.
pub struct Growth<'g> {
    /// The fleet: the classes of before stand where they stood, further ones behind them. Its instances are those of time 0.
    pub fleet: Arc<Fleet>,
    /// The kinds of request: those of before stand where they stood, in the groups and streams that they were in.
    pub requests: Arc<Requests>,
    /// Instances that are of another class from now on, which registers as much as the one before.
    pub turned: &'g [Turned],
    /// Every counted task, in any order: asked for where the engine has not counted what it needs to know.
    pub tasks: &'g dyn Fn() -> Vec<(RequestId, InstanceId)>,
}
