//! The calls that start tasks, RunTask and StartTask, and what they answer.

use crate::aws::documents::capacity_provider::CapacityProviderStrategyItem;
use crate::aws::documents::failure::Failure;
use crate::aws::documents::network::NetworkConfiguration;
use crate::aws::documents::overrides::TaskOverride;
use crate::aws::documents::placement::{self, PlacementConstraint, PlacementStrategy};
use crate::aws::documents::service::check_launch;
use crate::aws::documents::task::Task;
use crate::aws::reading::check::{Check, Checker, Given};
use crate::model;

documents! {
    /// The input of `run-task`.
    RunTask {
        cluster: text,
        task_definition: text,
        count: whole,
        group: text,
        started_by: text,
        client_token: text,
        launch_type: text,
        capacity_provider_strategy: list<CapacityProviderStrategyItem>,
        network_configuration: one<NetworkConfiguration>,
        overrides: one<TaskOverride>,
        placement_constraints: list<PlacementConstraint>,
        placement_strategy: list<PlacementStrategy>,
    }

    /// The input of `start-task`.
    StartTask {
        cluster: text,
        task_definition: text,
        container_instances: texts,
        group: text,
        started_by: text,
        network_configuration: one<NetworkConfiguration>,
        overrides: one<TaskOverride>,
    }

    /// The answer of both, and what `describe-tasks` prints.
    TasksResponse {
        tasks: list<Task>,
        failures: list<Failure>,
    }
}

/// At most this many tasks in one call.
pub(crate) const MOST_TASKS: usize = 10;

impl RunTask {
    /// A call that places `count` tasks with a strategy and constraints.
    #[must_use]
    pub fn of(
        task_definition: &str,
        count: u32,
        strategy: Option<&model::Strategy>,
        constraints: &[model::Constraint],
    ) -> Self {
        Self {
            task_definition: Some(task_definition.to_owned()),
            count: Some(i64::from(count)),
            placement_strategy: strategy.iter().flat_map(|strategy| &strategy.0).map(PlacementStrategy::of).collect(),
            placement_constraints: constraints.iter().map(PlacementConstraint::of).collect(),
            ..Self::default()
        }
    }

    /// Its strategy and constraints; no strategy is ECS's default.
    #[must_use]
    pub fn placement(&self) -> (Option<model::Strategy>, Vec<model::Constraint>) {
        (placement::strategy(&self.placement_strategy), placement::constraints(&self.placement_constraints))
    }
}

impl Check for RunTask {
    fn check(&self, at: &mut Checker) {
        at.required("taskDefinition", self.task_definition.as_deref());
        at.range("count", self.count, 1, 10);
        at.shorter("group", self.group.as_deref(), 255);
        at.shorter("startedBy", self.started_by.as_deref(), 128);
        at.shorter("clientToken", self.client_token.as_deref(), 64);
        at.exclusive(
            Given { member: "launchType", is_there: self.launch_type.is_some() },
            Given { member: "capacityProviderStrategy", is_there: !self.capacity_provider_strategy.is_empty() },
        );
        check_launch(None, self.launch_type.as_deref(), &self.capacity_provider_strategy, at);
        at.one("networkConfiguration", self.network_configuration.as_ref());
        at.one("overrides", self.overrides.as_ref());
        placement::check_lists(&self.placement_strategy, &self.placement_constraints, at);
    }
}

impl Check for StartTask {
    fn check(&self, at: &mut Checker) {
        at.required("taskDefinition", self.task_definition.as_deref());
        if self.container_instances.is_empty() {
            at.report("containerInstances", "`containerInstances` is missing", "name 1 to 10 instances");
        }
        at.at_most("containerInstances", &self.container_instances, MOST_TASKS);
        at.each_by("containerInstances", &self.container_instances, |name, at| {
            if name.is_empty() {
                at.report("", "the name of an instance is empty", "give its id or ARN");
            }
        });
        at.shorter("group", self.group.as_deref(), 255);
        at.shorter("startedBy", self.started_by.as_deref(), 128);
        at.one("networkConfiguration", self.network_configuration.as_ref());
        at.one("overrides", self.overrides.as_ref());
    }
}
