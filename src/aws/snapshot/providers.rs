//! The capacity providers of a cluster: those that were described, and those that instances, services or calls name.

use super::Snapshot;
use super::collect::Collected;
use crate::aws::documents::capacity_provider::{
    AutoScalingGroup, CapacityProvider, CapacityProviderStrategyItem, ManagedScaling,
};
use crate::aws::reading::arn::name_of;

/// A capacity provider of an Auto Scaling group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// How ECS scales its group; `None` where it does not, or where no document says so.
    pub scaling: Option<Scaling>,
    /// How large its group may be, where a document says so.
    pub sizes: Option<Sizes>,
}

/// The bounds of an Auto Scaling group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// `MinSize`.
    pub minimum: u32,
    /// `MaxSize`.
    pub maximum: u32,
}

/// Managed scaling that is on; what is not given is as ECS takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scaling {
    /// `targetCapacity`.
    pub target_percent: Option<u32>,
    /// `minimumScalingStepSize`.
    pub minimum_step: Option<u32>,
    /// `maximumScalingStepSize`.
    pub maximum_step: Option<u32>,
    /// `instanceWarmupPeriod`, in seconds.
    pub warmup_seconds: Option<u32>,
    /// `managedTerminationProtection`.
    pub termination_protection: bool,
    /// `managedDraining`.
    pub managed_draining: bool,
}

/// The share of one provider in a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The name of the provider.
    pub provider: String,
    /// Its weight.
    pub weight: u32,
    /// Its base.
    pub base: u32,
}

/// The shares of a strategy.
pub(super) fn shares(items: &[CapacityProviderStrategyItem]) -> Vec<Share> {
    let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok()).unwrap_or_default();
    let share = |item: &CapacityProviderStrategyItem| {
        let provider = name_of(item.capacity_provider.as_deref()?).to_owned();
        // A weight that is not given is 0 in a strategy of several, and an only provider takes all.
        let weight = if items.len() == 1 { number(item.weight).max(1) } else { number(item.weight) };
        Some(Share { provider, weight, base: number(item.base) })
    };
    items.iter().filter_map(share).collect()
}

/// A launch type that is another one; some tools write an empty one.
pub(super) fn not_ec2(launch_type: Option<&str>) -> Option<&str> {
    launch_type.filter(|launch_type| !launch_type.is_empty() && *launch_type != "EC2")
}

/// Where the tasks of a service or a call run.
pub(super) enum Where {
    /// On container instances: of these providers, or on all.
    Here(Vec<Share>),
    /// On this, which takes no room on container instances.
    Elsewhere(String),
}

/// What the documents say of capacity providers.
pub(super) struct Known<'c> {
    described: Vec<&'c CapacityProvider>,
    groups: &'c [&'c AutoScalingGroup],
    /// The strategy that the cluster gives to what names neither a launch type nor providers.
    default: Vec<Share>,
}

impl<'c> Known<'c> {
    pub(super) fn of(collected: &'c Collected<'c>) -> Self {
        let default = collected.clusters.iter().map(|(_, one)| shares(one)).find(|shares| !shares.is_empty());
        Self {
            described: collected.providers.iter().map(|(_, one)| *one).filter(|one| one.name.is_some()).collect(),
            groups: &collected.groups,
            default: default.unwrap_or_default(),
        }
    }

    /// Where tasks of a launch type and a strategy run; of a call that gives neither, where the cluster says.
    pub(super) fn place(&self, launch_type: Option<&str>, providers: Vec<Share>, is_call: bool) -> Where {
        if let Some(launch_type) = not_ec2(launch_type).filter(|_| providers.is_empty()) {
            return Where::Elsewhere(format!("the launch type {launch_type}"));
        }
        let providers = match (providers.is_empty(), launch_type.filter(|launch_type| !launch_type.is_empty())) {
            (true, None) if is_call => self.default.clone(),
            _ => providers,
        };
        match providers.iter().find(|share| self.is_elsewhere(&share.provider)) {
            Some(share) => Where::Elsewhere(format!("the capacity provider {}", share.provider)),
            None => Where::Here(providers),
        }
    }

    /// Whether tasks of a provider take no room on container instances that ECS places tasks on.
    pub(super) fn is_elsewhere(&self, name: &str) -> bool {
        matches!(name, "FARGATE" | "FARGATE_SPOT")
            || self.described.iter().any(|one| {
                one.name.as_deref() == Some(name) && one.auto_scaling_group_provider.is_none() && one.is_managed()
            })
    }

    /// All providers that are named somewhere, described ones first.
    pub(super) fn read(&self, snapshot: &mut Snapshot) {
        let of_groups = self.described.iter().filter(|one| one.auto_scaling_group_provider.is_some());
        let mut providers: Vec<Provider> = of_groups.map(|one| provider(one, self.groups)).collect();
        let of_instances = snapshot.instances.iter().filter_map(|one| one.capacity_provider.as_ref());
        let of_services = snapshot.services.iter().flat_map(|one| &one.terms.providers).map(|share| &share.provider);
        let of_calls = snapshot.calls.iter().flat_map(|call| &call.providers).map(|share| &share.provider);
        for name in of_instances.chain(of_services).chain(of_calls) {
            if !providers.iter().any(|known| known.name == *name) {
                providers.push(Provider { name: name.clone(), scaling: None, sizes: None });
                snapshot.notes.about(
                    "capacity providers that no file describes (`aws ecs describe-capacity-providers`) are taken as not \
                     scaled by ECS: nothing is launched",
                    name,
                );
            }
        }
        snapshot.providers = providers;
    }
}

fn provider(described: &CapacityProvider, groups: &[&AutoScalingGroup]) -> Provider {
    let group = described.auto_scaling_group_provider.as_ref();
    let managed = group.and_then(|group| group.managed_scaling.as_ref());
    let is_enabled = |flag: Option<&str>, unsaid: bool| flag.map_or(unsaid, |flag| flag == "ENABLED");
    let protection = group.and_then(|group| group.managed_termination_protection.as_deref());
    let draining = group.and_then(|group| group.managed_draining.as_deref());
    let scaling = managed.filter(|managed| managed.status.as_deref() != Some("DISABLED")).map(|managed| {
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let ManagedScaling { target_capacity, minimum_scaling_step_size, maximum_scaling_step_size, .. } = managed;
        Scaling {
            target_percent: number(*target_capacity),
            minimum_step: number(*minimum_scaling_step_size),
            maximum_step: number(*maximum_scaling_step_size),
            warmup_seconds: number(managed.instance_warmup_period),
            termination_protection: is_enabled(protection, false),
            // On by default since it is there.
            managed_draining: is_enabled(draining, true),
        }
    });
    let called = group.and_then(|group| group.auto_scaling_group_arn.as_deref()).filter(|called| !called.is_empty());
    let sizes =
        called.and_then(|called| groups.iter().find(|group| group.is_called(called))).and_then(|group| sizes(group));
    Provider { name: described.name.clone().unwrap_or_default(), scaling, sizes }
}

fn sizes(group: &AutoScalingGroup) -> Option<Sizes> {
    let size = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    Some(Sizes { minimum: size(group.min_size)?, maximum: size(group.max_size)? })
}
