//! How a new revision of a service takes the place of the old one (R-7.6 to R-7.6c).

use crate::model::units::SimSpan;

/// The strategy of a service's deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentStrategy {
    /// Tasks are replaced a few at a time, within the minimum and the maximum percent.
    Rolling {
        /// When it is over before every task is replaced; `None` is never.
        early_success: Option<EarlySuccess>,
    },
    /// The new revision (green) is started whole beside the old one (blue), which stops only when all traffic is on
    /// green and the bake time is over.
    Staged(Staged),
}

impl Default for DeploymentStrategy {
    fn default() -> Self {
        Self::Rolling { early_success: None }
    }
}

impl DeploymentStrategy {
    /// The name of the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rolling { .. } => "ROLLING",
            Self::Staged(Staged { traffic: Traffic::AtOnce, .. }) => "BLUE_GREEN",
            Self::Staged(Staged { traffic: Traffic::Linear { .. }, .. }) => "LINEAR",
            Self::Staged(Staged { traffic: Traffic::Canary { .. }, .. }) => "CANARY",
        }
    }
}

/// A rolling deployment that counts as completed once a part of the new tasks is healthy (R-7.6b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlySuccess {
    /// Healthy tasks of the new revision that are enough, in percent of the desired count.
    pub healthy_percent: u32,
    /// What happens to the old ones first.
    pub cleanup: Cleanup,
}

impl EarlySuccess {
    /// How many healthy tasks of the new revision are enough: the share rounded up, at least one.
    ///
    /// ```
    /// use stowplan::model::{Cleanup, EarlySuccess};
    ///
    /// let of = |desired, healthy_percent| {
    ///     EarlySuccess { healthy_percent, cleanup: Cleanup::Blocking }.tasks(desired)
    /// };
    /// assert_eq!([of(2, 50), of(3, 50), of(10, 80), of(100, 90)], [1, 2, 8, 90]);
    /// ```
    #[must_use]
    pub fn tasks(self, desired: u32) -> u64 {
        (u64::from(desired) * u64::from(self.healthy_percent)).div_ceil(100).max(1)
    }
}

/// What an early success waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cleanup {
    /// Until the old tasks have stopped.
    #[default]
    Blocking,
    /// For nothing: the old tasks go when room and rules let them.
    Deferred,
}

/// A deployment in stages (R-7.6c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staged {
    /// How traffic moves; tasks do not move with it.
    pub traffic: Traffic,
    /// How long blue stays after all traffic is on green.
    pub bake: SimSpan,
    /// How long hooks hold the deployment, both revisions running.
    pub pause: SimSpan,
}

impl Staged {
    /// How long both revisions run whole once green is healthy.
    ///
    /// ```
    /// use stowplan::model::{SimSpan, Staged, Traffic};
    ///
    /// let minutes = |minutes: u64| SimSpan::from_secs(60 * minutes);
    /// let linear = Traffic::Linear { step_tenths: 100, step_bake: minutes(6) };
    /// let staged = Staged { traffic: linear, bake: minutes(15), pause: SimSpan(0) };
    /// assert_eq!(staged.beside(), minutes(75)); // ten steps of 6 min, then 15 min
    /// ```
    #[must_use]
    pub fn beside(self) -> SimSpan {
        let shift = match self.traffic {
            Traffic::AtOnce => 0,
            Traffic::Linear { step_tenths, step_bake } => {
                u64::from(1_000_u32.div_ceil(step_tenths)).saturating_mul(step_bake.0)
            }
            Traffic::Canary { bake, .. } => bake.0,
        };
        SimSpan(shift.saturating_add(self.bake.0).saturating_add(self.pause.0))
    }
}

/// How traffic moves from blue to green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// All of it at one moment (BLUE_GREEN).
    AtOnce,
    /// In equal steps (LINEAR).
    Linear {
        /// Size of a step in tenths of a percent, 1 to 1000.
        step_tenths: u32,
        /// How long each step is watched.
        step_bake: SimSpan,
    },
    /// A small part first, then the rest (CANARY).
    Canary {
        /// Size of the first part in tenths of a percent, 1 to 1000.
        tenths: u32,
        /// How long it is watched.
        bake: SimSpan,
    },
}

/// Which revision replaces what is lost while a rolling deployment is in progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacements {
    /// Its own, and a scale-out adds to both (R-7.6a): the service since November 2025.
    #[default]
    OwnRevision,
    /// The new one: the service before.
    NewRevision,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_6c_traffic_moves_in_steps_and_tasks_do_not() {
        let minutes = |minutes: u64| SimSpan::from_secs(60 * minutes);
        let beside = |traffic| Staged { traffic, bake: minutes(5), pause: minutes(2) }.beside();
        assert_eq!(beside(Traffic::AtOnce), minutes(7));
        assert_eq!(beside(Traffic::Canary { tenths: 50, bake: minutes(10) }), minutes(17));
        assert_eq!(beside(Traffic::Linear { step_tenths: 100, step_bake: minutes(6) }), minutes(67));
        assert_eq!(beside(Traffic::Linear { step_tenths: 300, step_bake: minutes(6) }), minutes(31), "four steps");
    }
}
