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
const KEPT: [&str; 8] = [
    "TaskRoleArn",
    "ExecutionRoleArn",
    "Image",
    "ValueFrom",
    "CredentialsParameter",
    "Subnets",
    "SecurityGroups",
    "AutoScalingGroupArn",
];

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

/// The names in a path, without positions.
fn names(path: &str) -> Vec<&str> {
    path.split('.').map(|part| part.split('[').next().unwrap_or(part)).filter(|part| !part.is_empty()).collect()
}
