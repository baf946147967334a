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

/// A scene: its documents, each of them read, and what they make together.
struct Scene {
    documents: Vec<Value>,
    texts: Vec<Texts>,
    whole: Told,
}

impl Scene {
    fn read(name: &str) -> Self {
        let documents = scene(name);
        let texts: Vec<Texts> = documents.iter().enumerate().map(|(at, document)| text(at, document)).collect();
        let whole = told(&texts.iter().collect::<Vec<_>>());
        assert!(!whole.toml.is_empty(), "{name}: {}", whole.notes);
        Self { documents, texts, whole }
    }

    /// What a member's absence changes of the scenario and of the notes; `None` where the object has no such member.
    fn change(&self, pointer: &str, member: &str) -> Option<(bool, bool)> {
        let (at, inside) =
            pointer[1..].split_once('/').map_or((&pointer[1..], ""), |(at, _)| (at, &pointer[1 + at.len()..]));
        let at: usize = at.parse().unwrap();
        let mut document = self.documents[at].clone();
        let object = document.pointer_mut(inside).and_then(Value::as_object_mut);
        object.unwrap_or_else(|| panic!("no object at {pointer}")).remove(member)?;
        let changed = text(at, &document);
        let texts: Vec<&Texts> =
            self.texts.iter().enumerate().map(|(n, one)| if n == at { &changed } else { one }).collect();
        let without = told(&texts);
        Some((without.toml != self.whole.toml, without.notes != self.whole.notes))
    }
}

fn text(at: usize, document: &Value) -> Texts {
    let mut texts = Texts::default();
    texts.read(&format!("{at}.json"), document.to_string().as_bytes());
    texts
}

fn told(texts: &[&Texts]) -> Told {
    let mut all = Texts::default();
    for one in texts {
        all.parts.extend_from_slice(&one.parts);
        all.problems.extend_from_slice(&one.problems);
        all.notes.extend_from_slice(&one.notes);
    }
    let lines = |problems: &[stowplan::aws::Problem]| -> String {
        problems.iter().map(|problem| format!("{problem} {:?}\n", problem.effect)).collect()
    };
    match join(&all) {
        Ok(snapshot) => {
            let imported = write(&snapshot, "x");
            let notes = format!("{}\n{}", imported.notes.join("\n"), lines(&snapshot.problems));
            Told { toml: imported.toml, notes }
        }
        Err(problems) => Told { toml: String::new(), notes: lines(&problems) },
    }
}

fn wrong_with(row: &Member, scenes: &[Scene]) -> Option<String> {
    let name = format!("{}.{} ({}: {})", row.shape, row.member, row.fate, row.what);
    let Some((_, places)) = PLACES.iter().find(|(shape, _)| *shape == row.shape) else {
        return Some(format!("{name}: the shape has no place"));
    };
    let of = |name: &str| &scenes[SCENES.iter().position(|scene| *scene == name).unwrap()];
    let mut changes = places.iter().filter_map(|(scene, pointer)| of(scene).change(pointer, &row.member)).peekable();
    if changes.peek().is_none() {
        return Some(format!("{name}: no document has it"));
    }
    let (wrong, what) = match row.fate {
        Fate::Carried => (!changes.any(|(scenario, _)| scenario), "the scenario does not change"),
        Fate::Derived | Fate::Used => (!changes.any(|(scenario, notes)| scenario || notes), "nothing changes"),
        Fate::Noted => (!changes.any(|(_, notes)| notes), "the notes do not change"),
        Fate::Nothing => (changes.any(|(scenario, notes)| scenario || notes), "something changes"),
    };
    wrong.then(|| format!("{name}: {what} without it"))
}

#[test]
fn every_member_of_the_api_is_carried_over_told_or_means_nothing() {
    let scenes = SCENES.map(Scene::read);
    let rows = all();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(4));
        let find = |part: &[Member]| part.iter().filter_map(|row| wrong_with(row, &scenes)).collect::<Vec<_>>();
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || find(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} rows do not hold:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_shape_is_without_rows() {
    let with_rows: BTreeSet<String> = all().into_iter().map(|row| row.shape).collect();
    let with_places: BTreeSet<String> = PLACES.iter().map(|(shape, _)| (*shape).to_owned()).collect();
    assert_eq!(with_places, with_rows);
}
