//! A cluster as `describe-clusters` shows it, and the call that makes one.

use super::capacity_provider::CapacityProviderStrategyItem;
use super::network::KeyValue;
use crate::aws::reading::check::{Check, Checker};

documents! {
    /// A cluster.
    Cluster {
        cluster_arn: text,
        cluster_name: text,
        status: text,
        registered_container_instances_count: whole,
        running_tasks_count: whole,
        pending_tasks_count: whole,
        active_services_count: whole,
        statistics: list<KeyValue>,
        capacity_providers: texts,
        default_capacity_provider_strategy: list<CapacityProviderStrategyItem>,
    }

    /// The input of `create-cluster`.
    CreateCluster {
        cluster_name: text,
        capacity_providers: texts,
        default_capacity_provider_strategy: list<CapacityProviderStrategyItem>,
    }
}

impl Check for Cluster {
    fn check(&self, at: &mut Checker) {
        at.each("defaultCapacityProviderStrategy", &self.default_capacity_provider_strategy);
    }
}

impl Check for CreateCluster {
    fn check(&self, at: &mut Checker) {
        at.shorter("clusterName", self.cluster_name.as_deref(), 255);
        at.each("defaultCapacityProviderStrategy", &self.default_capacity_provider_strategy);
    }
}
