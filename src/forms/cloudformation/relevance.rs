//! Which properties decide where tasks go, so that what is not known there is told.

/// Properties that placement looks at, by type of resource.
const LOOKED_AT: [(&str, &[&str]); 5] = [
    (
        "AWS::ECS::TaskDefinition",
        &[
            "Family",
            "Cpu",
            "Memory",
            "NetworkMode",
            "PlacementConstraints",
            "RuntimePlatform",
            "RequiresCompatibilities",
            "ContainerDefinitions",
        ],
    ),
    (
        "AWS::ECS::Service",
        &[
            "ServiceName",
            "DesiredCount",
            "LaunchType",
            "SchedulingStrategy",
            "PlacementStrategies",
            "PlacementConstraints",
            "CapacityProviderStrategy",
            "TaskDefinition",
            "DeploymentConfiguration",
            "DeploymentController",
            "AvailabilityZoneRebalancing",
        ],
    ),
    ("AWS::ECS::Cluster", &["ClusterName", "CapacityProviders", "DefaultCapacityProviderStrategy"]),
    ("AWS::ECS::ClusterCapacityProviderAssociations", &["CapacityProviders", "DefaultCapacityProviderStrategy"]),
    ("AWS::ECS::CapacityProvider", &["Name", "AutoScalingGroupProvider"]),
];

/// Members of containers that placement looks at.
const OF_CONTAINERS: [&str; 6] =
    ["Cpu", "Memory", "MemoryReservation", "PortMappings", "ResourceRequirements", "Essential"];

/// Members inside those above that it does not look at.
const NOT_LOOKED_AT: [&str; 5] =
    ["AutoScalingGroupArn", "Alarms", "LifecycleHooks", "AppProtocol", "BakeTimeInMinutes"];

/// Members whose presence or form tells something even where their value is not known.
const KEPT: [&str; 11] = [
    "TaskRoleArn",
    "ExecutionRoleArn",
    "Image",
    "ValueFrom",
    "CredentialsParameter",
    "Subnets",
    "SecurityGroups",
    "AutoScalingGroupArn",
    "TargetGroupArn",
    "LoadBalancerName",
    "FilesystemId",
];

/// Lists whose elements say nothing without one of their members.
const WHOLE_ELEMENTS: [&str; 5] =
    ["PlacementConstraints", "PlacementStrategies", "CapacityProviderStrategy", "PortMappings", "ResourceRequirements"];

/// Whether placement looks at a property.
pub(super) fn is_looked_at(kind: &str, path: &str) -> bool {
    let names = names(path);
    let Some((first, inner)) = names.split_first() else { return true };
    let (_, properties) = LOOKED_AT.iter().find(|(known, _)| *known == kind).unwrap_or(&("", &[]));
    let is_of_container = *first != "ContainerDefinitions" || inner.first().is_none_or(|at| OF_CONTAINERS.contains(at));
    properties.contains(first) && is_of_container && !inner.iter().any(|name| NOT_LOOKED_AT.contains(name))
}

/// Whether a property stays with a place in its text.
pub(super) fn is_kept(path: &str) -> bool {
    names(path).last().is_some_and(|name| KEPT.contains(name))
}

/// What is left out where a property is not known: itself, or the element of a list that is nothing without it.
pub(super) fn left_out(path: &str) -> &str {
    let end_of = |list: &str| {
        let start = path.find(&format!("{list}["))?;
        Some(start + path[start..].find(']')? + 1)
    };
    WHOLE_ELEMENTS.iter().find_map(|list| end_of(list)).map_or(path, |end| &path[..end])
}

/// The names in a path, without positions.
fn names(path: &str) -> Vec<&str> {
    path.split('.').map(|part| part.split('[').next().unwrap_or(part)).filter(|part| !part.is_empty()).collect()
}
