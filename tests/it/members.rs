//! The table of members holds: taking a member out of documents that have all of them changes the scenario, or its notes, or
//! nothing, as its row says.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use stowplan::aws::Texts;
use stowplan::aws::members::{Fate, Member, all};
use stowplan::aws::snapshot::join;
use stowplan::scenario::import::write;

/// Documents that belong together; each scene is read as a whole.
const SCENES: [&str; 3] = ["described", "shown", "calls"];

/// Where an object of a shape stands: scene, and the pointer to it.
type Place = (&'static str, &'static str);

const WEB: &str = "/2/taskDefinition";

/// Where the objects of each shape stand. A member that means nothing means nothing at all of its places, and one that means
/// something shows at one of them.
const PLACES: &[(&str, &[Place])] = &[
    ("ContainerInstance", &[("described", "/0/containerInstances/0"), ("shown", "/0/containerInstances/0")]),
    (
        "Task",
        &[
            ("described", "/1/tasks/0"),
            ("described", "/1/tasks/1"),
            ("described", "/1/tasks/2"),
            ("described", "/1/tasks/3"),
            ("described", "/1/tasks/4"),
            ("described", "/1/tasks/5"),
            ("shown", "/1/tasks/0"),
            ("shown", "/1/tasks/1"),
        ],
    ),
    (
        "Service",
        &[
            ("described", "/4/services/0"),
            ("described", "/4/services/1"),
            ("described", "/4/services/2"),
            ("described", "/4/services/3"),
            ("described", "/4/services/6"),
            ("described", "/4/services/7"),
            ("described", "/4/services/10"),
            ("described", "/4/services/11"),
        ],
    ),
    (
        "TaskDefinition",
        &[
            ("described", WEB),
            ("described", "/3/taskDefinition"),
            ("described", "/10/taskDefinition"),
            ("described", "/11/taskDefinition"),
            ("calls", "/20/taskDefinition"),
        ],
    ),
    (
        "CapacityProvider",
        &[
            ("described", "/5/capacityProviders/0"),
            ("described", "/5/capacityProviders/2"),
            ("described", "/5/capacityProviders/3"),
        ],
    ),
    ("Cluster", &[("described", "/6/clusters/0")]),
    (
        "ContainerDefinition",
        &[
            ("described", "/2/taskDefinition/containerDefinitions/0"),
            ("described", "/3/taskDefinition/containerDefinitions/0"),
            ("described", "/2/taskDefinition/containerDefinitions/1"),
            ("described", "/12/taskDefinition/containerDefinitions/0"),
            ("described", "/13/taskDefinition/containerDefinitions/0"),
            ("described", "/14/taskDefinition/containerDefinitions/0"),
            ("described", "/15/taskDefinition/containerDefinitions/0"),
        ],
    ),
    (
        "DeploymentConfiguration",
        &[
            ("described", "/4/services/0/deploymentConfiguration"),
            ("described", "/4/services/4/deploymentConfiguration"),
            ("described", "/4/services/5/deploymentConfiguration"),
        ],
    ),
    ("DeploymentCircuitBreaker", &[("described", "/4/services/0/deploymentConfiguration/deploymentCircuitBreaker")]),
    (
        "ThresholdConfiguration",
        &[("described", "/4/services/0/deploymentConfiguration/deploymentCircuitBreaker/thresholdConfiguration")],
    ),
    ("DeploymentEarlySuccessCriteria", &[("described", "/4/services/0/deploymentConfiguration/earlySuccessCriteria")]),
    ("LinearConfiguration", &[("described", "/4/services/4/deploymentConfiguration/linearConfiguration")]),
    ("CanaryConfiguration", &[("described", "/4/services/5/deploymentConfiguration/canaryConfiguration")]),
    (
        "Deployment",
        &[
            ("described", "/4/services/0/deployments/0"),
            ("described", "/4/services/0/deployments/1"),
            ("described", "/4/services/0/deployments/2"),
        ],
    ),
    ("NetworkConfiguration", &[("described", "/4/services/0/networkConfiguration")]),
    ("AwsVpcConfiguration", &[("described", "/4/services/0/networkConfiguration/awsvpcConfiguration")]),
    ("LoadBalancer", &[("described", "/4/services/0/loadBalancers/0"), ("described", "/4/services/6/loadBalancers/0")]),
    ("DeploymentController", &[("described", "/4/services/0/deploymentController")]),
    ("AutoScalingGroupProvider", &[("described", "/5/capacityProviders/0/autoScalingGroupProvider")]),
    (
        "ManagedScaling",
        &[
            ("described", "/5/capacityProviders/0/autoScalingGroupProvider/managedScaling"),
            ("described", "/5/capacityProviders/1/autoScalingGroupProvider/managedScaling"),
        ],
    ),
    (
        "CapacityProviderStrategyItem",
        &[
            ("described", "/4/services/0/capacityProviderStrategy/0"),
            ("described", "/4/services/0/capacityProviderStrategy/1"),
        ],
    ),
    ("PlacementStrategy", &[("described", "/4/services/0/placementStrategy/0")]),
    ("PlacementConstraint", &[("described", "/4/services/0/placementConstraints/0")]),
    ("TaskDefinitionPlacementConstraint", &[("described", "/2/taskDefinition/placementConstraints/0")]),
    (
        "PortMapping",
        &[
            ("described", "/2/taskDefinition/containerDefinitions/0/portMappings/0"),
            ("described", "/2/taskDefinition/containerDefinitions/0/portMappings/1"),
            ("calls", "/20/taskDefinition/containerDefinitions/0/portMappings/0"),
        ],
    ),
    (
        "ResourceRequirement",
        &[
            ("described", "/2/taskDefinition/containerDefinitions/0/resourceRequirements/0"),
            ("calls", "/20/taskDefinition/containerDefinitions/0/resourceRequirements/0"),
        ],
    ),
    ("RuntimePlatform", &[("described", "/2/taskDefinition/runtimePlatform")]),
    ("HealthCheck", &[("described", "/2/taskDefinition/containerDefinitions/1/healthCheck")]),
    ("Attribute", &[("described", "/0/containerInstances/0/attributes/2"), ("calls", "/17/attributes/0")]),
    (
        "Resource",
        &[
            ("described", "/0/containerInstances/0/remainingResources/0"),
            ("described", "/0/containerInstances/0/remainingResources/2"),
            ("described", "/0/containerInstances/1/remainingResources/0"),
            ("described", "/0/containerInstances/1/remainingResources/1"),
            ("described", "/0/containerInstances/1/remainingResources/2"),
        ],
    ),
    ("VersionInfo", &[("described", "/0/containerInstances/0/versionInfo")]),
    (
        "GpuDevice",
        &[
            ("described", "/0/containerInstances/0/gpuDevices/0"),
            ("described", "/0/containerInstances/0/gpuDevices/1"),
            ("shown", "/0/containerInstances/0/gpuDevices/0"),
        ],
    ),
    (
        "TaskOverride",
        &[("described", "/1/tasks/0/overrides"), ("described", "/1/tasks/1/overrides"), ("calls", "/8/overrides")],
    ),
    (
        "ContainerOverride",
        &[("described", "/1/tasks/1/overrides/containerOverrides/0"), ("calls", "/11/overrides/containerOverrides/0")],
    ),
    ("Container", &[("described", "/1/tasks/0/containers/0"), ("shown", "/1/tasks/0/containers/0")]),
    (
        "NetworkBinding",
        &[
            ("described", "/1/tasks/0/containers/0/networkBindings/0"),
            ("shown", "/1/tasks/0/containers/0/networkBindings/0"),
            ("shown", "/1/tasks/0/containers/0/networkBindings/1"),
        ],
    ),
    ("Failure", &[("described", "/0/failures/0")]),
    ("CreateServiceRequest", &[("calls", "/4"), ("calls", "/5"), ("calls", "/6"), ("calls", "/7"), ("calls", "/22")]),
    ("RunTaskRequest", &[("calls", "/8"), ("calls", "/9"), ("calls", "/10")]),
    ("StartTaskRequest", &[("calls", "/11"), ("calls", "/12")]),
    ("UpdateServiceRequest", &[("calls", "/13"), ("calls", "/14"), ("calls", "/21")]),
    ("RegisterTaskDefinitionRequest", &[("calls", "/15"), ("calls", "/23"), ("calls", "/24")]),
    ("CreateClusterRequest", &[("calls", "/16")]),
    ("PutAttributesRequest", &[("calls", "/17")]),
];

fn scene(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/members").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The scenario that documents make, and all that is told of them.
#[derive(PartialEq)]
struct Told {
    toml: String,
    notes: String,
}

fn told(documents: &[Value]) -> Told {
    let mut texts = Texts::default();
    documents.iter().enumerate().for_each(|(at, one)| texts.read(&format!("{at}.json"), one.to_string().as_bytes()));
    let lines = |problems: &[stowplan::aws::Problem]| -> String {
        problems.iter().map(|problem| format!("{problem} {:?}\n", problem.effect)).collect()
    };
    match join(&texts) {
        Ok(snapshot) => {
            let imported = write(&snapshot, "x");
            let notes = format!("{}\n{}", imported.notes.join("\n"), lines(&snapshot.problems));
            Told { toml: imported.toml, notes }
        }
        Err(problems) => Told { toml: String::new(), notes: lines(&problems) },
    }
}

/// What a member's absence changes at a place; `None` where the object has no such member.
fn change(place: Place, member: &str, scenes: &[(Vec<Value>, Told)]) -> Option<(bool, bool)> {
    let (name, pointer) = place;
    let (documents, whole) = &scenes[SCENES.iter().position(|scene| *scene == name).unwrap()];
    let (document, inside) = pointer[1..].split_once('/').unwrap_or((&pointer[1..], ""));
    let mut documents = documents.clone();
    let document = &mut documents[document.parse::<usize>().unwrap()];
    let inside = if inside.is_empty() { String::new() } else { format!("/{inside}") };
    let object = document.pointer_mut(&inside).and_then(Value::as_object_mut);
    object.unwrap_or_else(|| panic!("no object at {name}{pointer}")).remove(member)?;
    let without = told(&documents);
    Some((without.toml != whole.toml, without.notes != whole.notes))
}

fn wrong_with(row: &Member, scenes: &[(Vec<Value>, Told)]) -> Option<String> {
    let name = format!("{}.{} ({}: {})", row.shape, row.member, row.fate, row.what);
    let Some((_, places)) = PLACES.iter().find(|(shape, _)| *shape == row.shape) else {
        return Some(format!("{name}: the shape has no place"));
    };
    let changes: Vec<(bool, bool)> = places.iter().filter_map(|place| change(*place, &row.member, scenes)).collect();
    if changes.is_empty() {
        return Some(format!("{name}: no document has it"));
    }
    let scenario = changes.iter().any(|(scenario, _)| *scenario);
    let notes = changes.iter().any(|(_, notes)| *notes);
    let holds = match row.fate {
        Fate::Carried => scenario,
        Fate::Derived | Fate::Used => scenario || notes,
        Fate::Noted => notes,
        Fate::Nothing => !scenario && !notes,
    };
    (!holds).then(|| format!("{name}: the scenario changes: {scenario}, the notes change: {notes}"))
}

#[test]
fn every_member_of_the_api_is_carried_over_told_or_means_nothing() {
    let scenes: Vec<(Vec<Value>, Told)> = SCENES.map(|name| (scene(name), told(&scene(name)))).into();
    for ((_, whole), name) in scenes.iter().zip(SCENES) {
        assert!(!whole.toml.is_empty(), "{name}: {}", whole.notes);
    }
    let rows = all();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(4));
        let scenes = &scenes;
        let threads: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().filter_map(|row| wrong_with(row, scenes)).collect()))
            .collect();
        threads.into_iter().flat_map(|thread| -> Vec<String> { thread.join().unwrap() }).collect()
    });
    assert!(wrong.is_empty(), "{} rows do not hold:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_shape_is_without_rows() {
    let with_rows: BTreeSet<String> = all().into_iter().map(|row| row.shape).collect();
    let with_places: BTreeSet<String> = PLACES.iter().map(|(shape, _)| (*shape).to_owned()).collect();
    assert_eq!(with_places, with_rows);
}
