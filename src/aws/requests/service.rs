//! The call that makes or changes a service: CreateService, and UpdateService, which has the same members.

use crate::aws::documents::capacity_provider::CapacityProviderStrategyItem;
use crate::aws::documents::network::NetworkConfiguration;
use crate::aws::documents::placement::{self, PlacementConstraint, PlacementStrategy};
use crate::aws::documents::service::{
    DeploymentConfiguration, DeploymentController, LoadBalancer, check_launch, check_name,
};
use crate::aws::reading::check::{Check, Checker};
use crate::model;

documents! {
    /// The input of `create-service`; of `update-service` where `service` stands for `serviceName`.
    CreateService {
        cluster: text,
        service_name: text,
        service: text,
        task_definition: text,
        desired_count: whole,
        client_token: text,
        launch_type: text,
        capacity_provider_strategy: list<CapacityProviderStrategyItem>,
        scheduling_strategy: text,
        placement_strategy: list<PlacementStrategy>,
        placement_constraints: list<PlacementConstraint>,
        deployment_configuration: one<DeploymentConfiguration>,
        deployment_controller: one<DeploymentController>,
        network_configuration: one<NetworkConfiguration>,
        availability_zone_rebalancing: text,
        health_check_grace_period_seconds: whole,
        load_balancers: list<LoadBalancer>,
    }
}

impl CreateService {
    /// The call that makes a service of a scenario.
    #[must_use]
    pub fn of(service: &model::Service, task_definition: &str) -> Self {
        let rules = service.strategy.iter().flat_map(|strategy| &strategy.0);
        Self {
            service_name: Some(service.name.clone()),
            task_definition: Some(task_definition.to_owned()),
            desired_count: Some(i64::from(service.desired_count)),
            placement_strategy: rules.map(PlacementStrategy::of).collect(),
            placement_constraints: service.constraints.iter().map(PlacementConstraint::of).collect(),
            ..Self::default()
        }
    }

    /// Its strategy and constraints; no strategy is ECS's default.
    #[must_use]
    pub fn placement(&self) -> (Option<model::Strategy>, Vec<model::Constraint>) {
        (placement::strategy(&self.placement_strategy), placement::constraints(&self.placement_constraints))
    }
}

impl Check for CreateService {
    fn check(&self, at: &mut Checker) {
        match &self.service {
            Some(service) => at.required("service", Some(service)),
            None => check_name(self.service_name.as_deref(), at),
        }
        at.word("schedulingStrategy", self.scheduling_strategy.as_deref(), &["REPLICA", "DAEMON"]);
        let is_daemon = self.scheduling_strategy.as_deref() == Some("DAEMON");
        if self.service.is_none() && !is_daemon && self.desired_count.is_none() {
            at.report("desiredCount", "`desiredCount` is missing", "a REPLICA service needs one");
        }
        if is_daemon && !self.placement_strategy.is_empty() {
            at.report(
                "placementStrategy",
                "a DAEMON service has a strategy",
                "leave it out: one task on each instance",
            );
        }
        at.range("desiredCount", self.desired_count, 0, i64::from(i32::MAX));
        at.exclusive(
            ("launchType", self.launch_type.is_some()),
            ("capacityProviderStrategy", !self.capacity_provider_strategy.is_empty()),
        );
        let scheduling = self.scheduling_strategy.as_deref();
        check_launch(scheduling, self.launch_type.as_deref(), &self.capacity_provider_strategy, at);
        placement::check_lists(&self.placement_strategy, &self.placement_constraints, at);
        at.one("deploymentConfiguration", self.deployment_configuration.as_ref());
        at.one("networkConfiguration", self.network_configuration.as_ref());
        at.word("availabilityZoneRebalancing", self.availability_zone_rebalancing.as_deref(), &["ENABLED", "DISABLED"]);
    }
}
