//! One document of any kind, read.

use serde::Serialize;

use crate::aws::documents::attribute::Attribute;
use crate::aws::documents::capacity_provider::{AutoScalingGroup, CapacityProvider};
use crate::aws::documents::cluster::{Cluster, CreateCluster};
use crate::aws::documents::container_instance::ContainerInstance;
use crate::aws::documents::failure::Failure;
use crate::aws::documents::network::Subnet;
use crate::aws::documents::service::Service;
use crate::aws::documents::task::Task;
use crate::aws::documents::task_definition::TaskDefinition;
use crate::aws::reading::arn::last_segment;
use crate::aws::reading::check::{Check, Checker};
use crate::aws::requests::container_instance::{PutAttributes, RegisterContainerInstance};
use crate::aws::requests::service::{CreateService, UpdateService};
use crate::aws::requests::task::{RunTask, StartTask, TasksResponse};

documents! {
    /// What `describe-container-instances` and `update-container-instances-state` print.
    ContainerInstancesResponse {
        container_instances: list<ContainerInstance>,
        failures: list<Failure>,
    }

    /// What `register-container-instance` and `deregister-container-instance` print.
    ContainerInstanceResponse {
        container_instance: one<ContainerInstance>,
    }

    /// What `stop-task` prints.
    TaskResponse {
        task: one<Task>,
    }

    /// What `register-task-definition` and `describe-task-definition` print.
    TaskDefinitionResponse {
        task_definition: one<TaskDefinition>,
    }

    /// What `describe-services` prints.
    ServicesResponse {
        services: list<Service>,
        failures: list<Failure>,
    }

    /// What `create-service` and `update-service` print.
    ServiceResponse {
        service: one<Service>,
    }

    /// What `describe-clusters` prints.
    ClustersResponse {
        clusters: list<Cluster>,
        failures: list<Failure>,
    }

    /// What `create-cluster` prints.
    ClusterResponse {
        cluster: one<Cluster>,
    }

    /// What `describe-capacity-providers` prints.
    CapacityProvidersResponse {
        capacity_providers: list<CapacityProvider>,
        failures: list<Failure>,
    }

    /// What `aws autoscaling describe-auto-scaling-groups` prints.
    AutoScalingGroupsResponse {
        #[serde(alias = "AutoScalingGroups")]
        auto_scaling_groups: list<AutoScalingGroup>,
    }

    /// What `aws ec2 describe-subnets` prints.
    SubnetsResponse {
        #[serde(alias = "Subnets")]
        subnets: list<Subnet>,
    }

    /// Names alone: what is listed and described nowhere is told.
    Names {
        container_instance_arns: texts,
        task_arns: texts,
        service_arns: texts,
    }
}

/// Of the daemons API names alone are kept: its daemons run on Managed Instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Daemons {
    /// Names of daemons, or of what is told of them.
    #[serde(skip)]
    pub names: Vec<String>,
}

impl Daemons {
    /// The names in a document of the daemons API.
    pub(crate) fn named_in(document: &serde_json::Value) -> Self {
        let mut daemons = Self::default();
        daemons.visit(document);
        daemons
    }

    fn visit(&mut self, value: &serde_json::Value) {
        const NAMES: [&str; 5] =
            ["daemonName", "daemonArn", "daemonTaskDefinitionArn", "daemonRevisionArn", "daemonDeploymentArn"];
        match value {
            serde_json::Value::Array(all) => all.iter().for_each(|one| self.visit(one)),
            serde_json::Value::Object(members) => {
                match NAMES.into_iter().find_map(|name| members.get(name)?.as_str()) {
                    Some(name) => self.names.push(last_segment(name).to_owned()),
                    None => members.values().for_each(|one| self.visit(one)),
                }
            }
            _ => {}
        }
    }
}

/// A document; its variants are the calls of the API whose input or output it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Document {
    /// Output of `describe-container-instances`.
    ContainerInstances(ContainerInstancesResponse),
    /// Output of `register-container-instance`.
    ContainerInstance(Box<ContainerInstanceResponse>),
    /// Output of `describe-tasks`, `run-task`, `start-task`.
    Tasks(TasksResponse),
    /// Output of `stop-task`.
    Task(Box<TaskResponse>),
    /// Output of `describe-task-definition`.
    TaskDefinition(Box<TaskDefinitionResponse>),
    /// Input of `register-task-definition`, or a task definition by itself.
    BareTaskDefinition(Box<TaskDefinition>),
    /// Output of `describe-services`.
    Services(ServicesResponse),
    /// Output of `create-service`.
    Service(Box<ServiceResponse>),
    /// Input of `create-service`.
    CreateService(Box<CreateService>),
    /// Input of `update-service`.
    UpdateService(Box<UpdateService>),
    /// Input of `run-task`.
    RunTask(Box<RunTask>),
    /// Input of `start-task`.
    StartTask(Box<StartTask>),
    /// Input of `register-container-instance`.
    RegisterContainerInstance(Box<RegisterContainerInstance>),
    /// Input and output of `put-attributes`, output of `list-attributes`.
    Attributes(PutAttributes),
    /// Output of `describe-clusters`.
    Clusters(ClustersResponse),
    /// Output of `create-cluster`.
    Cluster(Box<ClusterResponse>),
    /// Input of `create-cluster`.
    CreateCluster(CreateCluster),
    /// Output of `describe-capacity-providers`.
    CapacityProviders(CapacityProvidersResponse),
    /// Output of `aws autoscaling describe-auto-scaling-groups`.
    AutoScalingGroups(AutoScalingGroupsResponse),
    /// Output of `aws ec2 describe-subnets`.
    Subnets(SubnetsResponse),
    /// Input or output of the daemons API.
    Daemons(Daemons),
    /// Names of objects: output of `list-…`, inputs of `describe-…` and the like.
    Names(Names),
}

impl Document {
    /// The call that has such a document, for messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ContainerInstances(_) => "describe-container-instances",
            Self::ContainerInstance(_) => "register-container-instance",
            Self::Tasks(_) => "describe-tasks",
            Self::Task(_) => "stop-task",
            Self::TaskDefinition(_) | Self::BareTaskDefinition(_) => "describe-task-definition",
            Self::Services(_) => "describe-services",
            Self::Service(_) => "create-service",
            Self::CreateService(_) => "create-service input",
            Self::UpdateService(_) => "update-service input",
            Self::RunTask(_) => "run-task input",
            Self::StartTask(_) => "start-task input",
            Self::RegisterContainerInstance(_) => "register-container-instance input",
            Self::Attributes(_) => "put-attributes",
            Self::Clusters(_) => "describe-clusters",
            Self::Cluster(_) => "create-cluster",
            Self::CreateCluster(_) => "create-cluster input",
            Self::CapacityProviders(_) => "describe-capacity-providers",
            Self::AutoScalingGroups(_) => "describe-auto-scaling-groups",
            Self::Subnets(_) => "describe-subnets",
            Self::Daemons(_) => "the daemons API",
            Self::Names(_) => "a list of names",
        }
    }

    /// The document as the AWS CLI prints it: four spaces, members of the API alone.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        self.serialize(&mut serializer).expect("documents are texts, numbers, lists and objects");
        bytes.push(b'\n');
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }
}

impl Check for Document {
    fn check(&self, at: &mut Checker) {
        match self {
            Self::ContainerInstances(all) => at.each("containerInstances", &all.container_instances),
            Self::ContainerInstance(one) => at.one("containerInstance", one.container_instance.as_ref()),
            Self::Tasks(all) => at.each("tasks", &all.tasks),
            Self::Task(one) => at.one("task", one.task.as_ref()),
            Self::TaskDefinition(one) => at.one("taskDefinition", one.task_definition.as_ref()),
            Self::BareTaskDefinition(one) => one.check(at),
            Self::Services(all) => at.each("services", &all.services),
            Self::Service(one) => at.one("service", one.service.as_ref()),
            Self::CreateService(call) => call.check(at),
            Self::UpdateService(call) => call.check(at),
            Self::RunTask(call) => call.check(at),
            Self::StartTask(call) => call.check(at),
            Self::RegisterContainerInstance(call) => call.check(at),
            Self::Attributes(all) => all.check(at),
            Self::Clusters(all) => at.each("clusters", &all.clusters),
            Self::Cluster(one) => at.one("cluster", one.cluster.as_ref()),
            Self::CreateCluster(call) => call.check(at),
            Self::CapacityProviders(all) => at.each("capacityProviders", &all.capacity_providers),
            Self::AutoScalingGroups(all) => at.each("AutoScalingGroups", &all.auto_scaling_groups),
            Self::Subnets(all) => at.each("subnets", &all.subnets),
            Self::Daemons(_) | Self::Names(_) => {}
        }
    }
}

impl Document {
    /// All attributes of a listing, if it is one.
    pub(crate) fn listed_attributes(&self) -> &[Attribute] {
        match self {
            Self::Attributes(all) => &all.attributes,
            _ => &[],
        }
    }
}
