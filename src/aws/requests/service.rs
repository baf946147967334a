//! The calls that make and change a service: CreateService and UpdateService.

use crate::aws::documents::capacity_provider::{CapacityProviderStrategyItem, check_strategy};
use crate::aws::documents::network::NetworkConfiguration;
use crate::aws::documents::placement::{self, PlacementConstraint, PlacementStrategy};
use crate::aws::documents::service::{
    DeploymentConfiguration, DeploymentController, LoadBalancer, Service, check_daemon, check_launch, check_name,
};
use crate::aws::reading::check::{Check, Checker, Given};
use crate::model;

documents! {
    /// The input of `create-service`.
    CreateService {
        cluster: text,
        service_name: text,
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

    /// The input of `update-service`: what is absent stays, an empty list takes away.
    UpdateService {
        cluster: text,
        service: text,
        task_definition: text,
        desired_count: whole,
        capacity_provider_strategy: given<CapacityProviderStrategyItem>,
        placement_strategy: given<PlacementStrategy>,
        placement_constraints: given<PlacementConstraint>,
        deployment_configuration: one<DeploymentConfiguration>,
        deployment_controller: one<DeploymentController>,
        network_configuration: one<NetworkConfiguration>,
        availability_zone_rebalancing: text,
        health_check_grace_period_seconds: whole,
        load_balancers: given<LoadBalancer>,
        force_new_deployment: flag,
    }
}

impl UpdateService {
    /// The service as it is described once the call is answered.
    pub(crate) fn applied(&self, service: &Service) -> Service {
        fn set<T: Clone>(member: &mut Option<T>, value: &Option<T>) {
            if value.is_some() {
                member.clone_from(value);
            }
        }
        fn set_list<T: Clone>(member: &mut Vec<T>, value: &Option<Vec<T>>) {
            if let Some(value) = value {
                member.clone_from(value);
            }
        }
        let mut service = service.clone();
        set(&mut service.task_definition, &self.task_definition);
        set(&mut service.desired_count, &self.desired_count);
        set_list(&mut service.placement_strategy, &self.placement_strategy);
        set_list(&mut service.placement_constraints, &self.placement_constraints);
        set_list(&mut service.load_balancers, &self.load_balancers);
        set(&mut service.deployment_controller, &self.deployment_controller);
        set(&mut service.network_configuration, &self.network_configuration);
        set(&mut service.availability_zone_rebalancing, &self.availability_zone_rebalancing);
        set(&mut service.health_check_grace_period_seconds, &self.health_check_grace_period_seconds);
        if let Some(providers) = &self.capacity_provider_strategy {
            service.capacity_provider_strategy.clone_from(providers);
            // Of the two that exclude each other the call chose.
            service.launch_type = if providers.is_empty() { Some("EC2".to_owned()) } else { None };
        }
        if let Some(said) = &self.deployment_configuration {
            let known = service.deployment_configuration.get_or_insert_default();
            set(&mut known.minimum_healthy_percent, &said.minimum_healthy_percent);
            set(&mut known.maximum_percent, &said.maximum_percent);
            set(&mut known.deployment_circuit_breaker, &said.deployment_circuit_breaker);
            set(&mut known.strategy, &said.strategy);
            set(&mut known.bake_time_in_minutes, &said.bake_time_in_minutes);
            set(&mut known.early_success_criteria, &said.early_success_criteria);
            set(&mut known.linear_configuration, &said.linear_configuration);
            set(&mut known.canary_configuration, &said.canary_configuration);
            set(&mut known.lifecycle_hooks, &said.lifecycle_hooks);
            set(&mut known.alarms, &said.alarms);
        }
        service
    }
}

impl Check for UpdateService {
    fn check(&self, at: &mut Checker) {
        at.required("service", self.service.as_deref());
        at.range("desiredCount", self.desired_count, 0, i64::from(i32::MAX));
        check_strategy("capacityProviderStrategy", self.capacity_provider_strategy.as_deref().unwrap_or_default(), at);
        let strategy = self.placement_strategy.as_deref().unwrap_or_default();
        placement::check_lists(strategy, self.placement_constraints.as_deref().unwrap_or_default(), at);
        at.one("deploymentConfiguration", self.deployment_configuration.as_ref());
        at.one("networkConfiguration", self.network_configuration.as_ref());
        at.word("availabilityZoneRebalancing", self.availability_zone_rebalancing.as_deref(), &["ENABLED", "DISABLED"]);
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
        check_name(self.service_name.as_deref(), at);
        at.word("schedulingStrategy", self.scheduling_strategy.as_deref(), &["REPLICA", "DAEMON"]);
        let is_daemon = self.scheduling_strategy.as_deref() == Some("DAEMON");
        if !is_daemon && self.desired_count.is_none() {
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
            Given { member: "launchType", is_there: self.launch_type.is_some() },
            Given { member: "capacityProviderStrategy", is_there: !self.capacity_provider_strategy.is_empty() },
        );
        let scheduling = self.scheduling_strategy.as_deref();
        check_launch(scheduling, self.launch_type.as_deref(), &self.capacity_provider_strategy, at);
        check_daemon(scheduling, self.deployment_configuration.as_ref(), at);
        placement::check_lists(&self.placement_strategy, &self.placement_constraints, at);
        at.one("deploymentConfiguration", self.deployment_configuration.as_ref());
        at.one("networkConfiguration", self.network_configuration.as_ref());
        at.word("availabilityZoneRebalancing", self.availability_zone_rebalancing.as_deref(), &["ENABLED", "DISABLED"]);
    }
}
