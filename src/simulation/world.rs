//! What a simulation takes place in: the tables that tasks, services and instances refer to, and how the cluster is set.
//!
//! A run lends them from its scenario; a world that is driven from outside owns them and lets them grow. What will happen is
//! no part of it: that is the business of whoever drives.

use crate::model::{Dynamics, Fleet, PlacementOptions, Requests, Scenario, Shared, SimSpan};

/// See the [module](self). A clone is a handle to the same tables.
#[derive(Clone, Debug)]
pub(crate) struct World<'a> {
    pub(crate) fleet: Shared<'a, Fleet>,
    pub(crate) requests: Shared<'a, Requests>,
    pub(crate) dynamics: Shared<'a, Dynamics>,
    pub(crate) options: PlacementOptions,
    /// How often services try again (U-21).
    pub(crate) retry_interval: SimSpan,
    /// Number of the seed, for draws that are no part of the load.
    pub(crate) seed: u32,
}

impl<'a> World<'a> {
    /// The tables of a scenario under a policy, lent.
    pub(crate) fn of(scenario: &'a Scenario, requests: &'a Requests, seed: u32) -> Self {
        Self {
            fleet: Shared::from(&scenario.fleet),
            requests: Shared::from(requests),
            dynamics: Shared::from(&scenario.dynamics),
            options: scenario.options,
            retry_interval: scenario.retry_interval,
            seed,
        }
    }
}
