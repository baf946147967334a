//! Whether a run draws anything: where neither the load nor the policy does, every seed is the same observation.
//!
//! It says no only where no stream of draws can be asked; a policy whose random rule never has a choice counts as one that
//! draws. The close look's own trials (M12, M27) are no part of a run.

use super::Requests;
use crate::model::load::{Arrivals, HappeningKind, Lifetime, LoadFactor, ScaleInRule, TaskSource};
use crate::model::policy::{Rule, TieBreak};
use crate::model::scenario::Scenario;

impl Scenario {
    /// Whether every seed gives the same run under a policy, whose requests these are.
    #[must_use]
    pub fn is_fixed_under(&self, requests: &Requests) -> bool {
        !self.load_draws() && !self.policy_draws(requests)
    }

    /// Whether arrivals, shapes, lives, groups, happenings or failures differ from seed to seed.
    #[must_use]
    pub fn load_draws(&self) -> bool {
        let by_chance = |what: &HappeningKind| matches!(what, HappeningKind::SpotInterruption(_));
        let thinned = !self.trace.tasks.is_empty() && is_part(self.trace.load_factor);
        self.sources.iter().any(source_draws)
            || thinned
            || self.dynamics.failures.is_some()
            || self.happenings.iter().any(|happening| by_chance(&happening.what))
    }

    /// Whether placements or the choice of what stops differ from seed to seed.
    fn policy_draws(&self, requests: &Requests) -> bool {
        let has_random = |chain: &[Rule]| chain.contains(&Rule::Random);
        let services = &self.dynamics.services;
        self.options.tie_break == TieBreak::Random
            || (services.scale_in == ScaleInRule::RandomInBucket && !self.services.is_empty())
            || requests.placed().any(|request| has_random(&requests[request].strategy.0))
    }
}

fn source_draws(source: &TaskSource) -> bool {
    source.arrivals != Arrivals::AtOnce
        || source.shapes.len() > 1
        || source.groups.is_some()
        || is_part(source.load_factor)
        || !matches!(source.lifetime, Lifetime::Forever | Lifetime::Constant(_))
}

/// What is no whole multiple is laid over itself in part, by draws.
fn is_part(factor: LoadFactor) -> bool {
    !factor.0.is_multiple_of(LoadFactor::ONE.0)
}

impl Scenario {
    /// Whether the load is described as one that repeats by the day, so that it never settles.
    #[must_use]
    pub fn is_periodic(&self) -> bool {
        let changes = |counts: &[u32]| counts.windows(2).any(|pair| pair[0] != pair[1]);
        let curves = self.services.iter().filter_map(|service| service.settings.curve.as_ref());
        let is_daily = |source: &TaskSource| match &source.arrivals {
            Arrivals::Daily { .. } => true,
            Arrivals::BatchPoisson { daily, .. } | Arrivals::Mmpp2 { daily, .. } => daily.is_some(),
            Arrivals::AtOnce | Arrivals::Poisson { .. } => false,
        };
        curves.into_iter().any(|curve| changes(&curve.counts)) || self.sources.iter().any(is_daily)
    }
}
