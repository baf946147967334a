//! How a service is kept and deployed, as its document says it: percentages, circuit breaker, rebalancing, subnets.
//!
//! What the API decides itself where nothing is said is decided here too: rebalancing of a service that is created.

use super::providers::Share;
use super::{Notes, ServiceEntry};
use crate::aws::documents::capacity_provider::CapacityProviderStrategyItem;
use crate::aws::documents::network::NetworkConfiguration;
use crate::aws::documents::service::{
    CircuitBreaker, DeploymentConfiguration, DeploymentController, EarlySuccessCriteria, LoadBalancer, Service,
};
use crate::aws::requests::service::CreateService;
use crate::model::{
    Cleanup, Constraint, DeploymentStrategy, EarlySuccess, Rule, SimSpan, Staged, Strategy, Threshold, Traffic,
    ZONE_ATTRIBUTE,
};

/// What a service says beside its task definition, its count and its placement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// `minimumHealthyPercent`, where it is given.
    pub minimum_healthy_percent: Option<u32>,
    /// `maximumPercent`, where it is given.
    pub maximum_percent: Option<u32>,
    /// The circuit breaker, if it is on.
    pub breaker: Option<Breaker>,
    /// How its deployments go, where that is not a plain rolling one.
    pub deployment: DeploymentStrategy,
    /// Whether its tasks are moved between zones, and why not where it asks for that in vain.
    pub rebalancing: Rebalancing,
    /// The capacity providers that its tasks go through; none is every container instance.
    pub providers: Vec<Share>,
    /// The subnets of its `awsvpc` tasks.
    pub subnets: Vec<String>,
}

/// A circuit breaker that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// How many failures are too many.
    pub threshold: Threshold,
    /// Back to the last revision that held.
    pub rollback: bool,
    /// A healthy task sets the count of failures back.
    pub resets: bool,
}

/// Whether tasks are moved between zones in steady state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rebalancing {
    /// No.
    #[default]
    Off,
    /// Yes.
    On,
    /// It was asked for, and ECS does not do it.
    InVain(&'static str),
}

/// The members that a described service and a call of CreateService have alike.
pub(super) struct Said<'d> {
    pub(super) deployment: Option<&'d DeploymentConfiguration>,
    pub(super) network: Option<&'d NetworkConfiguration>,
    pub(super) providers: &'d [CapacityProviderStrategyItem],
    pub(super) rebalancing: Option<&'d str>,
    pub(super) balancers: &'d [LoadBalancer],
    pub(super) grace_seconds: Option<i64>,
    pub(super) launch_type: Option<&'d str>,
    controller: Option<&'d DeploymentController>,
    /// Whether a call makes it: then ECS decides what it does not say.
    pub(super) is_call: bool,
}

impl<'d> Said<'d> {
    pub(super) fn by_service(service: &'d Service) -> Self {
        Self {
            deployment: service.deployment_configuration.as_ref(),
            network: service.network_configuration.as_ref(),
            providers: &service.capacity_provider_strategy,
            rebalancing: service.availability_zone_rebalancing.as_deref(),
            balancers: &service.load_balancers,
            grace_seconds: service.health_check_grace_period_seconds,
            launch_type: service.launch_type.as_deref(),
            controller: service.deployment_controller.as_ref(),
            is_call: false,
        }
    }

    pub(super) fn by_call(call: &'d CreateService) -> Self {
        Self {
            deployment: call.deployment_configuration.as_ref(),
            network: call.network_configuration.as_ref(),
            providers: &call.capacity_provider_strategy,
            rebalancing: call.availability_zone_rebalancing.as_deref(),
            balancers: &call.load_balancers,
            grace_seconds: call.health_check_grace_period_seconds,
            launch_type: call.launch_type.as_deref(),
            controller: call.deployment_controller.as_ref(),
            is_call: true,
        }
    }

    /// The terms of a service with this placement; `constraints` are its own and those of its task definition.
    pub(super) fn terms(&self, is_daemon: bool, strategy: Option<&Strategy>, constraints: &[Constraint]) -> Terms {
        let percent = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let maximum_percent = percent(self.deployment.and_then(|one| one.maximum_percent));
        let obstacle = self.obstacle(is_daemon, strategy, constraints, maximum_percent);
        let rebalancing = match (self.rebalancing, obstacle) {
            (Some("ENABLED"), Some(why)) => Rebalancing::InVain(why),
            (Some("ENABLED"), None) => Rebalancing::On,
            // CreateService turns it on where a service is eligible; what was never set is DISABLED.
            (None, None) if self.is_call => Rebalancing::On,
            _ => Rebalancing::Off,
        };
        Terms {
            minimum_healthy_percent: percent(self.deployment.and_then(|one| one.minimum_healthy_percent)),
            maximum_percent,
            breaker: self.deployment.and_then(|one| one.deployment_circuit_breaker.as_ref()).and_then(breaker),
            deployment: self.deployment.filter(|_| !is_daemon).map(deployment).unwrap_or_default(),
            rebalancing,
            providers: Vec::new(),
            subnets: subnets(self.network),
        }
    }

    /// Tells what no key of a scenario holds, with its consequence. `is_checked`: its containers have health checks.
    pub(super) fn note(&self, entry: &ServiceEntry, is_checked: bool, notes: &mut Notes) {
        if let Rebalancing::InVain(why) = entry.terms.rebalancing {
            let sentence = format!("services with `availabilityZoneRebalancing` that ECS does not rebalance, {why}");
            notes.about(&sentence, &entry.name);
        }
        let controller = self.controller.and_then(|one| one.kind.as_deref());
        if let Some(kind) = controller.filter(|kind| *kind != "ECS") {
            let sentence = format!("services that {kind} deploys: their deployments go here as rolling ones of ECS");
            notes.about(&sentence, &entry.name);
        }
        let health = match (self.balancers.is_empty(), is_checked) {
            (true, false) => None,
            (true, true) => Some(
                "services whose containers have health checks: a task counts as healthy when the first check of each is due, \
                 as if it passed; `healthy-after` sets it",
            ),
            (false, false) => Some(
                "services behind a load balancer: a task counts as healthy 40 s after it runs, not when its target group says \
                 so; `healthy-after` sets it",
            ),
            (false, true) => Some(
                "services behind a load balancer whose containers have health checks: a task counts as healthy when the first \
                 check of each is due, not when its target group says so; `healthy-after` sets it",
            ),
        };
        if let Some(sentence) = health {
            notes.about(sentence, &entry.name);
        }
        let hooks = self.deployment.and_then(|one| one.lifecycle_hooks.as_ref()).and_then(|hooks| hooks.as_array());
        if hooks.is_some_and(|hooks| !hooks.is_empty()) {
            notes.about("services with lifecycle hooks of deployments: each is taken as passed at once", &entry.name);
        }
        note_subnets(self.network, &entry.name, notes);
        let alarms = self.deployment.and_then(|one| one.alarms.as_ref()).and_then(|alarms| alarms.get("enable"));
        if alarms.is_some_and(|enable| enable.as_bool() == Some(true)) {
            notes.about("services whose deployments are watched by alarms: none goes off here", &entry.name);
        }
        if self.grace_seconds.is_some_and(|seconds| seconds > 0) {
            let sentence = "services with a `healthCheckGracePeriodSeconds`: no task is found unhealthy here, so that it \
                            changes nothing";
            notes.about(sentence, &entry.name);
        }
    }

    /// What keeps a service from being rebalanced.
    fn obstacle(
        &self,
        is_daemon: bool,
        strategy: Option<&Strategy>,
        constraints: &[Constraint],
        maximum_percent: Option<u32>,
    ) -> Option<&'static str> {
        let speaks_of_zones = |constraint: &Constraint| match constraint {
            Constraint::MemberOf(expression) => expression.attribute_names().any(|name| name == ZONE_ATTRIBUTE),
            Constraint::DistinctInstance => false,
        };
        let is_classic = |one: &LoadBalancer| one.load_balancer_name.as_deref().is_some_and(|name| !name.is_empty());
        let first = strategy.and_then(|strategy| strategy.0.first());
        let obstacles = [
            (is_daemon, "a DAEMON service"),
            (
                first.is_some_and(|rule| *rule != Rule::spread_zones()),
                "its strategy does not begin with a spread over zones",
            ),
            (constraints.iter().any(speaks_of_zones), "a constraint speaks of zones"),
            (maximum_percent == Some(100), "its `maximumPercent` is 100"),
            (self.balancers.iter().any(is_classic), "it has a Classic Load Balancer"),
        ];
        obstacles.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why)
    }
}

/// The subnets of `awsvpc` tasks; none where one of them is not told yet, as that may be in any zone.
pub(super) fn subnets(network: Option<&NetworkConfiguration>) -> Vec<String> {
    let written = written_subnets(network);
    if written.iter().all(|subnet| is_told(subnet)) { written.to_vec() } else { Vec::new() }
}

/// Tells of subnets that a template or a plan leaves open.
pub(super) fn note_subnets(network: Option<&NetworkConfiguration>, of: &str, notes: &mut Notes) {
    if !written_subnets(network).iter().all(|subnet| is_told(subnet)) {
        let sentence =
            "subnets that are known only once they are deployed: no instance is refused for its zone (LOCATION)";
        notes.about(sentence, of);
    }
}

fn written_subnets(network: Option<&NetworkConfiguration>) -> &[String] {
    let network = network.and_then(|network| network.awsvpc_configuration.as_ref());
    network.map_or(&[], |network| &network.subnets)
}

/// Whether a text can be the id of a subnet, and no place that a template leaves open.
fn is_told(subnet: &str) -> bool {
    subnet.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte))
}

/// The strategy of deployments (R-7.6b, R-7.6c), with the defaults of the API.
fn deployment(said: &DeploymentConfiguration) -> DeploymentStrategy {
    let minutes = |value: Option<i64>, default: u64| {
        SimSpan::from_secs(60 * value.and_then(|value| u64::try_from(value).ok()).unwrap_or(default))
    };
    let traffic = match said.strategy.as_deref() {
        Some("BLUE_GREEN") => Traffic::AtOnce,
        Some("LINEAR") => {
            let linear = said.linear_configuration.as_ref();
            Traffic::Linear {
                step_tenths: tenths(linear.and_then(|one| one.step_percent), 100),
                step_bake: minutes(linear.and_then(|one| one.step_bake_time_in_minutes), 6),
            }
        }
        Some("CANARY") => {
            let canary = said.canary_configuration.as_ref();
            Traffic::Canary {
                tenths: tenths(canary.and_then(|one| one.canary_percent), 50),
                bake: minutes(canary.and_then(|one| one.canary_bake_time_in_minutes), 10),
            }
        }
        _ => {
            return DeploymentStrategy::Rolling { early_success: said.early_success_criteria.as_ref().and_then(early) };
        }
    };
    DeploymentStrategy::Staged(Staged { traffic, bake: minutes(said.bake_time_in_minutes, 15), pause: SimSpan(0) })
}

/// Early success, if it is on. The whole service is enough in any case.
fn early(said: &EarlySuccessCriteria) -> Option<EarlySuccess> {
    let healthy_percent = said.healthy_percent.and_then(|percent| u32::try_from(percent).ok()).unwrap_or(100);
    let cleanup = match said.source_service_revision_cleanup.as_deref() {
        Some("DEFERRED") => Cleanup::Deferred,
        _ => Cleanup::Blocking,
    };
    (said.enable == Some(true)).then_some(EarlySuccess { healthy_percent, cleanup })
}

/// A percentage in tenths; the documents are checked before.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1 to 1000")]
fn tenths(percent: Option<f64>, default: u32) -> u32 {
    percent.map_or(default, |percent| libm::round(percent * 10.0).clamp(1.0, 1_000.0) as u32)
}

/// The circuit breaker, if it is on.
fn breaker(breaker: &CircuitBreaker) -> Option<Breaker> {
    if breaker.enable != Some(true) {
        return None;
    }
    let threshold = breaker.threshold_configuration.as_ref();
    let value = threshold.and_then(|one| one.value).and_then(|value| u32::try_from(value).ok()).unwrap_or(50);
    let threshold = match threshold.and_then(|one| one.kind.as_deref()) {
        Some("COUNT") => Threshold::Count(value),
        Some("UNBOUNDED_PERCENT") => Threshold::UnboundedPercent(value),
        _ => Threshold::BoundedPercent(value),
    };
    Some(Breaker {
        threshold,
        rollback: breaker.rollback.unwrap_or_default(),
        resets: breaker.reset_on_healthy_task.unwrap_or(true),
    })
}
