//! Capacity providers: which of several a task goes through (R-8.1, R-8.2), and how managed scaling steers the Auto
//! Scaling group of each (R-8.6 to R-8.9).

use crate::model::units::{ClassId, ProviderId, SimSpan};

/// A capacity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityProvider {
    /// Name.
    pub name: String,
    /// The classes that it launches, in turn: its instance types in its zones.
    pub classes: Vec<ClassId>,
    /// Its Auto Scaling group is scaled for its tasks. Without it nothing is launched or terminated, and a task that does not
    /// fit has failed.
    pub managed_scaling: bool,
    /// Fewest instances.
    pub minimum: u32,
    /// Most instances.
    pub maximum: u32,
    /// Target capacity in percent, 1 to 100.
    pub target_percent: u32,
    /// Fewest instances that a step outwards adds.
    pub minimum_step: u32,
    /// Most instances that a step outwards adds.
    pub maximum_step: u32,
    /// How long after a step outwards, once its instances are up, the next one waits.
    pub warmup: SimSpan,
    /// From the launch of an instance until it registers.
    pub start_delay: SimSpan,
    /// Only instances without tasks of their own are terminated (R-8.9).
    pub termination_protection: bool,
    /// Instances are drained before they are terminated.
    pub managed_draining: bool,
}

/// One item of a capacity provider strategy (R-8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderShare {
    /// The provider; no other item has it.
    pub provider: ProviderId,
    /// Its share of the tasks above the base, against the weights of the others.
    pub weight: u32,
    /// Tasks that go to it before weights count; above 0 for one item at most.
    pub base: u32,
}

/// Through which capacity providers tasks go; without any they go to any instance (launch type EC2, R-6.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderStrategy(pub Vec<ProviderShare>);

impl ProviderStrategy {
    /// Everything through one provider.
    #[must_use]
    pub fn single(provider: ProviderId) -> Self {
        Self(vec![ProviderShare { provider, weight: 1, base: 0 }])
    }

    /// The provider of an item; none where there are no items.
    #[must_use]
    pub fn provider(&self, item: usize) -> Option<ProviderId> {
        self.0.get(item).map(|share| share.provider)
    }

    /// Whether there is anything to choose.
    #[must_use]
    pub fn has_choice(&self) -> bool {
        self.0.len() > 1
    }

    /// The item that the next task goes to, where so many have gone to each: the base first, then where the tasks above
    /// the base and one more, over the weight, are fewest; the first of equals (R-8.1, R-8.2). Items without weight get
    /// no more than their base, unless there is no other.
    ///
    /// # Panics
    /// If there is a choice and an item has no count.
    ///
    /// ```
    /// use stowplan::model::{ProviderId, ProviderShare, ProviderStrategy};
    ///
    /// let share = |id, weight, base| ProviderShare { provider: ProviderId(id), weight, base };
    /// let strategy = ProviderStrategy(vec![share(0, 1, 2), share(1, 3, 0)]);
    /// let mut placed = [0, 0];
    /// let mut next = || {
    ///     let item = strategy.next(&placed);
    ///     placed[item] += 1;
    ///     item
    /// };
    /// assert_eq!([(); 6].map(|()| next()), [0, 0, 1, 1, 0, 1]);
    /// ```
    #[must_use]
    pub fn next(&self, placed: &[u64]) -> usize {
        if !self.has_choice() {
            return 0;
        }
        let items = || self.0.iter().zip(placed).enumerate();
        let below_base = items().find(|(_, (share, placed))| **placed < u64::from(share.base));
        if let Some((item, _)) = below_base {
            return item;
        }
        let mut best: Option<(usize, u128, u128)> = None;
        for (item, (share, placed)) in items().filter(|(_, (share, _))| share.weight > 0) {
            let tasks = u128::from(placed - u64::from(share.base)) + 1;
            let weight = u128::from(share.weight);
            if best.is_none_or(|(_, fewest, over)| tasks * over < fewest * weight) {
                best = Some((item, tasks, weight));
            }
        }
        best.map_or(0, |(item, ..)| item)
    }
}

/// How groups of waiting tasks with different demands add up to the instances needed (U-22).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleOutGroups {
    /// The largest group decides: a lower bound, as AWS calls it.
    #[default]
    Maximum,
    /// All groups add up: pessimistic, as one instance may serve several.
    Sum,
}

/// Our readings of what AWS leaves open about capacity providers, and a quota that may differ by account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderOptions {
    /// How groups of waiting tasks add up (U-22).
    pub groups: ScaleOutGroups,
    /// Tasks of the cluster that may be PROVISIONING at the same time (R-6.5).
    pub provisioning_quota: u32,
    /// A standalone task is given up after it has been PROVISIONING so long; `None` is never.
    pub provisioning_timeout: Option<SimSpan>,
    /// From one step of scale-in to the next (R-8.8).
    pub scale_in_pause: SimSpan,
    /// What a provider without a task keeps (R-8.7a).
    pub idle: IdleProvider,
}

/// What managed scaling does for a provider that has no instance and no task, if its target is below 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdleProvider {
    /// Nothing, as the formula of the metric says.
    #[default]
    None,
    /// It launches two instances, as was seen in 2019 and 2020; they go again when they have been idle for long enough.
    Two,
}

impl ProviderOptions {
    /// The quota of an account that never asked for another (R-6.5).
    pub const PROVISIONING_QUOTA: u32 = 500;
    /// What AWS's own figures of 2022 come to: 334 instances are 34 after four steps (R-8.8).
    pub const SCALE_IN_PAUSE: SimSpan = SimSpan::from_secs(120);
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            groups: ScaleOutGroups::default(),
            provisioning_quota: Self::PROVISIONING_QUOTA,
            provisioning_timeout: None,
            scale_in_pause: Self::SCALE_IN_PAUSE,
            idle: IdleProvider::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deals `tasks` tasks by (weight, base) and counts them by item.
    fn dealt(items: &[(u32, u32)], tasks: usize) -> Vec<u64> {
        let share = |(id, &(weight, base))| ProviderShare { provider: ProviderId(id), weight, base };
        let strategy = ProviderStrategy((0..).zip(items).map(share).collect());
        let mut placed = vec![0; items.len()];
        for _ in 0..tasks {
            let item = strategy.next(&placed);
            placed[item] += 1;
        }
        placed
    }

    #[test]
    fn g26_weights_are_the_ratio_of_tasks() {
        let check = |items: &[(u32, u32)], tasks, expected: &[u64]| assert_eq!(dealt(items, tasks), expected);
        check(&[(1, 0), (1, 0)], 10, &[5, 5]);
        check(&[(1, 0), (4, 0)], 10, &[2, 8]);
        check(&[(1, 0), (4, 0)], 1, &[0, 1]);
        check(&[(1000, 0), (1, 0), (0, 0)], 1001, &[1000, 1, 0]);
    }

    #[test]
    fn r8_1_the_base_comes_first_and_no_weight_is_nothing_more() {
        let check = |items: &[(u32, u32)], tasks, expected: &[u64]| assert_eq!(dealt(items, tasks), expected);
        check(&[(1, 0), (0, 3)], 2, &[0, 2]);
        check(&[(1, 0), (0, 3)], 9, &[6, 3]);
        check(&[(1, 6), (1, 0)], 10, &[8, 2]);
        check(&[(0, 0)], 4, &[4]);
        check(&[(3, 100_000), (1, 0)], 100_004, &[100_003, 1]);
    }

    #[test]
    fn a_provider_that_has_fewer_than_its_share_catches_up() {
        let share = |id, weight| ProviderShare { provider: ProviderId(id), weight, base: 0 };
        let strategy = ProviderStrategy(vec![share(0, 1), share(1, 1)]);
        assert_eq!(strategy.next(&[4, 0]), 1);
        assert_eq!(strategy.next(&[4, 4]), 0, "the first of equals");
        assert_eq!((ProviderStrategy::default().next(&[]), ProviderStrategy::default().provider(0)), (0, None));
    }
}
