//! Capacity providers, and the share that a service or a call gives to each.

use crate::aws::reading::arn::name_of;
use crate::aws::reading::check::{Check, Checker};

documents! {
    /// A capacity provider.
    CapacityProvider {
        capacity_provider_arn: text,
        name: text,
        status: text,
        auto_scaling_group_provider: one<AutoScalingGroupProvider>,
        managed_instances_provider: one<ManagedInstancesProvider>,
        #[serde(rename = "type")]
        kind: text,
    }

    /// Instances that ECS runs by itself; none of them is a container instance of the cluster.
    ManagedInstancesProvider {
        infrastructure_role_arn: text,
    }

    /// Its Auto Scaling group.
    AutoScalingGroupProvider {
        auto_scaling_group_arn: text,
        managed_scaling: one<ManagedScaling>,
        managed_termination_protection: text,
        managed_draining: text,
    }

    /// How ECS scales the group.
    ManagedScaling {
        status: text,
        target_capacity: whole,
        minimum_scaling_step_size: whole,
        maximum_scaling_step_size: whole,
        instance_warmup_period: whole,
    }

    /// An Auto Scaling group, as `aws autoscaling describe-auto-scaling-groups` prints it: how large it may be.
    AutoScalingGroup {
        #[serde(alias = "AutoScalingGroupName")]
        auto_scaling_group_name: text,
        #[serde(alias = "AutoScalingGroupARN", alias = "AutoScalingGroupArn")]
        auto_scaling_group_arn: text,
        #[serde(alias = "MinSize")]
        min_size: whole,
        #[serde(alias = "MaxSize")]
        max_size: whole,
    }

    /// The share of one provider.
    CapacityProviderStrategyItem {
        capacity_provider: text,
        weight: whole,
        base: whole,
    }
}

impl AutoScalingGroup {
    /// Whether it is the group that a provider names, by its ARN or by its name.
    pub(crate) fn is_called(&self, called: &str) -> bool {
        fn name(arn: &str) -> &str {
            arn.rsplit("autoScalingGroupName/").next().unwrap_or(arn)
        }
        let own = [self.auto_scaling_group_arn.as_deref(), self.auto_scaling_group_name.as_deref()];
        own.into_iter().flatten().any(|own| !own.is_empty() && name(own) == name(called))
    }
}

impl Check for AutoScalingGroup {
    fn check(&self, at: &mut Checker) {
        at.required("AutoScalingGroupName", self.auto_scaling_group_name.as_deref());
        at.range("MinSize", self.min_size, 0, MOST_INSTANCES);
        at.range("MaxSize", self.max_size, 0, MOST_INSTANCES);
        if let (Some(least), Some(most)) = (self.min_size, self.max_size)
            && least > most
        {
            at.report("MinSize", format!("`MinSize` = {least} is above `MaxSize` = {most}"), "collect the group anew");
        }
    }
}

/// More instances than a group has; beyond it a number is a slip.
const MOST_INSTANCES: i64 = 1_000_000;

impl CapacityProvider {
    /// Whether its tasks run on no container instance: on Fargate or on Managed Instances.
    pub(crate) fn is_managed(&self) -> bool {
        self.managed_instances_provider.is_some() || self.kind.as_deref().is_some_and(|kind| kind != "EC2_AUTOSCALING")
    }
}

impl Check for CapacityProvider {
    fn check(&self, at: &mut Checker) {
        let Some(group) = &self.auto_scaling_group_provider else { return };
        at.within("autoScalingGroupProvider", |at| at.one("managedScaling", group.managed_scaling.as_ref()));
    }
}

impl Check for ManagedScaling {
    fn check(&self, at: &mut Checker) {
        at.word("status", self.status.as_deref(), &["ENABLED", "DISABLED"]);
        at.range("targetCapacity", self.target_capacity, 1, 100);
        at.range("minimumScalingStepSize", self.minimum_scaling_step_size, 1, 10_000);
        at.range("maximumScalingStepSize", self.maximum_scaling_step_size, 1, 10_000);
        at.range("instanceWarmupPeriod", self.instance_warmup_period, 0, 10_000);
    }
}

/// at most 20 items, each provider once, one base, and among several at least one weight.
pub(crate) fn check_strategy(member: &str, items: &[CapacityProviderStrategyItem], at: &mut Checker) {
    at.at_most(member, items, 20);
    at.each(member, items);
    let has_base = |item: &CapacityProviderStrategyItem| item.base.is_some_and(|base| base > 0);
    for (position, item) in items.iter().enumerate() {
        let before = &items[..position];
        let name = item.capacity_provider.as_deref().map(name_of);
        if name.is_some() && before.iter().any(|other| other.capacity_provider.as_deref().map(name_of) == name) {
            let message =
                format!("the capacity provider `{}` stands there twice", name.unwrap_or_default().escape_debug());
            at.report(
                &format!("{member}[{position}].capacityProvider"),
                message,
                "name it once, with its weights added up",
            );
        }
        if has_base(item) && before.iter().any(has_base) {
            let help = "Amazon ECS takes a `base` for one capacity provider of a strategy";
            at.report(&format!("{member}[{position}].base"), "a second item has a `base`", help);
        }
    }
    if items.len() > 1 && items.iter().all(|item| item.weight.unwrap_or_default() == 0) {
        at.report(member, "no item of several has a `weight` above 0", "give one at least a `weight`");
    }
}

impl Check for CapacityProviderStrategyItem {
    fn check(&self, at: &mut Checker) {
        at.required("capacityProvider", self.capacity_provider.as_deref());
        at.range("weight", self.weight, 0, 1_000);
        at.range("base", self.base, 0, 100_000);
    }
}
