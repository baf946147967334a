//! Which document a text holds: told by its top-level members and the kinds of their values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The kind of a JSON value; of a list also that of its first element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Scalar,
    Text,
    Object,
    List(Option<Element>),
}

/// The kind of a list's first element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Text,
    Other,
}

/// The kinds of document, by what is read out of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ContainerInstances,
    ContainerInstance,
    Tasks,
    Task,
    TaskDefinition,
    BareTaskDefinition,
    Services,
    Service,
    CreateService,
    UpdateService,
    RunTask,
    StartTask,
    RegisterContainerInstance,
    Attributes,
    Clusters,
    Cluster,
    CreateCluster,
    CapacityProviders,
    AutoScalingGroups,
    Subnets,
    /// The daemons API, which is about Managed Instances.
    Daemons,
    /// Names alone: what `list-…` prints, and the inputs of calls that name objects.
    Names,
}

/// What a text holds at its top.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Top {
    /// An object with these members.
    Object(BTreeMap<String, Shape>),
    /// Something else.
    Other(&'static str),
}

/// Members of UpdateService that no other call has which names a service.
const OF_UPDATES: [&str; 12] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "desiredCount",
    "forceNewDeployment",
    "healthCheckGracePeriodSeconds",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "taskDefinition",
];

/// Members that only calls which name or list objects have; they bring nothing to a cluster.
const OF_CALLS: [&str; 18] = [
    "cluster",
    "containerInstance",
    "containerInstances",
    "family",
    "familyPrefix",
    "filter",
    "force",
    "include",
    "maxResults",
    "nextToken",
    "reason",
    "service",
    "services",
    "status",
    "targetType",
    "task",
    "taskDefinition",
    "tasks",
];

impl Kind {
    /// The kind of an object with these members; `None` if it is none that is known.
    pub(crate) fn of(members: &BTreeMap<String, Shape>) -> Option<Self> {
        let shape = |name: &str| members.get(name).copied().filter(|shape| *shape != Shape::Null);
        let has = |name: &str| shape(name).is_some();
        let is_text = |name: &str| shape(name) == Some(Shape::Text);
        let is_names = |name: &str| shape(name) == Some(Shape::List(Some(Element::Text)));
        if is_of_daemons(&has, &is_text) {
            return Some(Self::Daemons);
        }
        if has("containerDefinitions") || has("taskDefinitionArn") {
            return Some(Self::BareTaskDefinition);
        }
        if has("totalResources") {
            return Some(Self::RegisterContainerInstance);
        }
        let is_of_task_sets = ["externalId", "scale", "taskSet"].into_iter().any(has);
        if is_text("service") && !is_of_task_sets && OF_UPDATES.into_iter().any(has) {
            return Some(Self::UpdateService);
        }
        // `list-tasks` filters by the name of a service.
        let is_listing = ["desiredStatus", "family", "maxResults", "nextToken"].into_iter().any(has);
        if is_text("taskDefinition") || (has("serviceName") && !is_listing) {
            return Some(Self::of_request(&has));
        }
        // What is named by texts is a call; every other shape is what such a member holds in an answer, right or wrong.
        let lists = [
            ("containerInstances", Self::ContainerInstances),
            ("tasks", Self::Tasks),
            ("services", Self::Services),
            ("clusters", Self::Clusters),
            ("taskDefinition", Self::TaskDefinition),
            ("containerInstance", Self::ContainerInstance),
            ("task", Self::Task),
            ("service", Self::Service),
            ("cluster", Self::Cluster),
            ("autoScalingGroups", Self::AutoScalingGroups),
            ("AutoScalingGroups", Self::AutoScalingGroups),
            ("subnets", Self::Subnets),
            ("Subnets", Self::Subnets),
        ];
        if has("clusterName") {
            return Some(Self::CreateCluster);
        }
        if let Some((_, kind)) = lists.iter().find(|(name, _)| has(name) && !is_text(name) && !is_names(name)) {
            return Some(*kind);
        }
        if has("attributes") {
            return Some(Self::Attributes);
        }
        if has("capacityProviders") && !is_names("capacityProviders") {
            return Some(Self::CapacityProviders);
        }
        let is_of_call = |name: &str| {
            OF_CALLS.contains(&name) || name.ends_with("Arns") || matches!(name, "capacityProviders" | "clusters")
        };
        let names_objects = !members.is_empty() && members.keys().any(|name| is_of_call(name));
        names_objects.then_some(Self::Names)
    }

    /// The kind of a call that names a task definition.
    fn of_request(has: &dyn Fn(&str) -> bool) -> Self {
        if has("serviceName") {
            Self::CreateService
        } else if has("containerInstances") {
            Self::StartTask
        } else if has("include") {
            Self::Names
        } else {
            Self::RunTask
        }
    }
}

/// Whether it is an input or an output of the daemons API that says more than a name. What `register-daemon-task-definition`
/// takes looks like any other task definition.
fn is_of_daemons(has: &dyn Fn(&str) -> bool, is_text: &dyn Fn(&str) -> bool) -> bool {
    const MEMBERS: [&str; 6] = [
        "daemon",
        "daemonDeployments",
        "daemonRevisions",
        "daemonSummariesList",
        "daemonTaskDefinitionArn",
        "daemonTaskDefinitions",
    ];
    let is_created = has("daemonName") && !has("cluster") || has("daemonArn") && has("deploymentArn");
    let is_described = has("daemonTaskDefinition") && !is_text("daemonTaskDefinition");
    is_created || is_described || MEMBERS.into_iter().any(has)
}

impl<'de> Deserialize<'de> for Top {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TopVisitor)
    }
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Top;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, shape)) = map.next_entry::<String, Shape>()? {
            members.insert(name, shape);
        }
        Ok(Top::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Top, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Top::Other("a list"))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Top, E> {
        Ok(Top::Other("a flag"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Top, E> {
        Ok(Top::Other("a number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Top, E> {
        Ok(Top::Other("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Top, E> {
        Ok(Top::Other("a number"))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Top, E> {
        Ok(Top::Other("a text"))
    }

    fn visit_unit<E: Error>(self) -> Result<Top, E> {
        Ok(Top::Other("null"))
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Shape::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Shape, A::Error> {
        let first = elements.next_element::<Self::Value>()?;
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape::List(first.map(|first| if first == Shape::Text { Element::Text } else { Element::Other })))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Text)
    }

    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }
}
