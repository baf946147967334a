//! Capacity providers, and the share that a service or a call gives to each.

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

    /// The share of one provider.
    CapacityProviderStrategyItem {
        capacity_provider: text,
        weight: whole,
        base: whole,
    }
}

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

impl Check for CapacityProviderStrategyItem {
    fn check(&self, at: &mut Checker) {
        at.required("capacityProvider", self.capacity_provider.as_deref());
        at.range("weight", self.weight, 0, 1_000);
        at.range("base", self.base, 0, 100_000);
    }
}
