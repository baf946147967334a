//! A service as `describe-services` shows it.

use super::capacity_provider::{CapacityProviderStrategyItem, check_strategy};
use super::network::NetworkConfiguration;
use super::placement::{self, PlacementConstraint, PlacementStrategy};
use crate::aws::reading::check::{Check, Checker};
use crate::model;

documents! {
    /// A service.
    Service {
        service_arn: text,
        service_name: text,
        cluster_arn: text,
        status: text,
        task_definition: text,
        desired_count: whole,
        running_count: whole,
        pending_count: whole,
        launch_type: text,
        capacity_provider_strategy: list<CapacityProviderStrategyItem>,
        scheduling_strategy: text,
        placement_strategy: list<PlacementStrategy>,
        placement_constraints: list<PlacementConstraint>,
        deployment_configuration: one<DeploymentConfiguration>,
        deployment_controller: one<DeploymentController>,
        deployments: list<Deployment>,
        network_configuration: one<NetworkConfiguration>,
        availability_zone_rebalancing: text,
        health_check_grace_period_seconds: whole,
        load_balancers: list<LoadBalancer>,
        events: list<ServiceEvent>,
        created_at: time,
    }

    /// How deployments go.
    DeploymentConfiguration {
        minimum_healthy_percent: whole,
        maximum_percent: whole,
        deployment_circuit_breaker: one<CircuitBreaker>,
        strategy: text,
        bake_time_in_minutes: whole,
        early_success_criteria: one<EarlySuccessCriteria>,
        linear_configuration: one<LinearConfiguration>,
        canary_configuration: one<CanaryConfiguration>,
        lifecycle_hooks: raw,
        alarms: raw,
    }

    /// When a rolling deployment is completed before it is whole (R-7.6b).
    EarlySuccessCriteria {
        enable: flag,
        healthy_percent: whole,
        source_service_revision_cleanup: text,
    }

    /// Traffic in equal steps (R-7.6c).
    LinearConfiguration {
        step_percent: real,
        step_bake_time_in_minutes: whole,
    }

    /// A small part of the traffic first (R-7.6c).
    CanaryConfiguration {
        canary_percent: real,
        canary_bake_time_in_minutes: whole,
    }

    /// When a deployment is given up.
    CircuitBreaker {
        enable: flag,
        rollback: flag,
        reset_on_healthy_task: flag,
        threshold_configuration: one<ThresholdConfiguration>,
    }

    /// How many failures are too many.
    ThresholdConfiguration {
        #[serde(rename = "type")]
        kind: text,
        value: whole,
    }

    /// A load balancer in front of a service: a target group, or a Classic Load Balancer by its name.
    LoadBalancer {
        target_group_arn: text,
        load_balancer_name: text,
        container_name: text,
        container_port: whole,
    }

    /// Who deploys.
    DeploymentController {
        #[serde(rename = "type")]
        kind: text,
    }

    /// One deployment of a service.
    Deployment {
        id: text,
        status: text,
        task_definition: text,
        desired_count: whole,
        pending_count: whole,
        running_count: whole,
        failed_tasks: whole,
        rollout_state: text,
        created_at: time,
        updated_at: time,
    }

    /// An event of a service, newest first in its list.
    ServiceEvent {
        id: text,
        created_at: time,
        message: text,
    }
}

impl Service {
    /// Whether it keeps tasks running.
    pub(crate) fn is_active(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status == "ACTIVE")
    }

    /// Its strategy and constraints; no strategy is ECS's default.
    #[must_use]
    pub fn placement(&self) -> (Option<model::Strategy>, Vec<model::Constraint>) {
        (placement::strategy(&self.placement_strategy), placement::constraints(&self.placement_constraints))
    }
}

impl Check for Service {
    fn check(&self, at: &mut Checker) {
        check_name(self.service_name.as_deref(), at);
        at.word("status", self.status.as_deref(), &["ACTIVE", "DRAINING", "INACTIVE"]);
        at.word("schedulingStrategy", self.scheduling_strategy.as_deref(), &["REPLICA", "DAEMON"]);
        at.range("desiredCount", self.desired_count, 0, i64::from(i32::MAX));
        let scheduling = self.scheduling_strategy.as_deref();
        check_launch(scheduling, self.launch_type.as_deref(), &self.capacity_provider_strategy, at);
        check_daemon(scheduling, self.deployment_configuration.as_ref(), at);
        at.one("networkConfiguration", self.network_configuration.as_ref());
        at.word("availabilityZoneRebalancing", self.availability_zone_rebalancing.as_deref(), &["ENABLED", "DISABLED"]);
        placement::check_lists(&self.placement_strategy, &self.placement_constraints, at);
        at.one("deploymentConfiguration", self.deployment_configuration.as_ref());
    }
}

/// The name of a service.
pub(crate) fn check_name(name: Option<&str>, at: &mut Checker) {
    at.required("serviceName", name);
    at.shorter("serviceName", name, 255);
    let name = name.unwrap_or_default();
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        let message = format!("`serviceName` = `{}` has other than letters, digits, - and _", name.escape_debug());
        at.report("serviceName", message, "name the service as ECS allows");
    }
}

impl Check for DeploymentConfiguration {
    fn check(&self, at: &mut Checker) {
        at.range("minimumHealthyPercent", self.minimum_healthy_percent, 0, 100);
        // The API has no upper bound: 300 and 400 are in use.
        at.range("maximumPercent", self.maximum_percent, 100, i64::from(i32::MAX));
        at.one("deploymentCircuitBreaker", self.deployment_circuit_breaker.as_ref());
        at.word("strategy", self.strategy.as_deref(), &["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]);
        at.range("bakeTimeInMinutes", self.bake_time_in_minutes, 0, LONGEST_BAKE);
        at.one("earlySuccessCriteria", self.early_success_criteria.as_ref());
        at.one("linearConfiguration", self.linear_configuration.as_ref());
        at.one("canaryConfiguration", self.canary_configuration.as_ref());
    }
}

/// Minutes of a bake time, at most a day.
const LONGEST_BAKE: i64 = 1_440;

impl Check for EarlySuccessCriteria {
    fn check(&self, at: &mut Checker) {
        at.range("healthyPercent", self.healthy_percent, 0, 100);
        let cleanup = self.source_service_revision_cleanup.as_deref();
        at.word("sourceServiceRevisionCleanup", cleanup, &["BLOCKING", "DEFERRED"]);
    }
}

impl Check for LinearConfiguration {
    fn check(&self, at: &mut Checker) {
        percent("stepPercent", self.step_percent, 3.0, at);
        at.range("stepBakeTimeInMinutes", self.step_bake_time_in_minutes, 0, LONGEST_BAKE);
    }
}

impl Check for CanaryConfiguration {
    fn check(&self, at: &mut Checker) {
        percent("canaryPercent", self.canary_percent, 0.1, at);
        at.range("canaryBakeTimeInMinutes", self.canary_bake_time_in_minutes, 0, LONGEST_BAKE);
    }
}

fn percent(member: &str, value: Option<f64>, least: f64, at: &mut Checker) {
    if let Some(value) = value.filter(|value| !(least..=100.0).contains(value)) {
        let message = format!("`{member}` = {value} is outside {least} to 100");
        at.report(member, message, format!("write a percentage from {least} to 100"));
    }
}

impl Check for CircuitBreaker {
    fn check(&self, at: &mut Checker) {
        let Some(threshold) = &self.threshold_configuration else { return };
        at.within("thresholdConfiguration", |at| {
            at.word("type", threshold.kind.as_deref(), &["COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"]);
            at.range("value", threshold.value, 1, i64::from(i32::MAX));
        });
    }
}

/// A DAEMON service is deployed instance by instance, and never has two tasks on one.
pub(crate) fn check_daemon(
    scheduling: Option<&str>,
    configuration: Option<&DeploymentConfiguration>,
    at: &mut Checker,
) {
    let Some(configuration) = configuration.filter(|_| scheduling == Some("DAEMON")) else { return };
    at.within("deploymentConfiguration", |at| {
        if let Some(percent) = configuration.maximum_percent.filter(|percent| *percent != 100) {
            let message = format!("`maximumPercent` = {percent} of a DAEMON service, whose maximum is always 100");
            at.report("maximumPercent", message, "leave it out, or write 100");
        }
        if let Some(strategy) = configuration.strategy.as_deref().filter(|strategy| *strategy != "ROLLING") {
            let message = format!("a DAEMON service has the deployment strategy `{}`", strategy.escape_debug());
            at.report("strategy", message, "leave it out: daemons are replaced instance by instance");
        }
    });
}

/// ECS refuses a DAEMON service that goes through capacity providers (R-7.30a), and knows two kinds of launch type beside
/// them.
pub(crate) fn check_launch(
    scheduling: Option<&str>,
    launch_type: Option<&str>,
    providers: &[CapacityProviderStrategyItem],
    at: &mut Checker,
) {
    at.word("launchType", launch_type, &["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]);
    check_strategy("capacityProviderStrategy", providers, at);
    if scheduling == Some("DAEMON") && !providers.is_empty() {
        let message = "a DAEMON service has a `capacityProviderStrategy`: ECS answers InvalidParameterException";
        let help = "leave `capacityProviderStrategy` out: a daemon runs on every eligible instance";
        at.report("capacityProviderStrategy", message, help);
    }
}
