//! What takes no room on container instances of EC2 is told apart and left out by name: Fargate, external instances,
//! Managed Instances and the daemons API.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ran, stowplan};

const ACCOUNT: &str = "arn:aws:ecs:us-east-1:111122223333";

fn write(folder: &Path, name: &str, document: &Value) {
    std::fs::write(folder.join(name), document.to_string()).unwrap();
}

fn instance(name: &str, more: &Value) -> Value {
    let resources = |cpu: u32| {
        json!([
            { "name": "CPU", "type": "INTEGER", "integerValue": cpu },
            { "name": "MEMORY", "type": "INTEGER", "integerValue": 4_000 },
        ])
    };
    let mut one = json!({
        "containerInstanceArn": format!("{ACCOUNT}:container-instance/c/{name}"), "ec2InstanceId": format!("i-{name}"),
        "status": "ACTIVE", "agentConnected": true, "registeredResources": resources(2_048),
        "remainingResources": resources(2_048),
        "attributes": [{ "name": "ecs.availability-zone", "value": "us-east-1a" }],
    });
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one
}

fn service(name: &str, more: &Value) -> Value {
    let mut one = json!({
        "serviceName": name, "serviceArn": format!("{ACCOUNT}:service/c/{name}"), "status": "ACTIVE",
        "taskDefinition": format!("{ACCOUNT}:task-definition/web:1"), "desiredCount": 2, "schedulingStrategy": "REPLICA",
    });
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one
}

fn task(number: u32, instance: Option<&str>, more: &Value) -> Value {
    let mut one = json!({
        "taskArn": format!("{ACCOUNT}:task/c/t{number}"), "taskDefinitionArn": format!("{ACCOUNT}:task-definition/web:1"),
        "group": "service:x", "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
    });
    let members = one.as_object_mut().unwrap();
    if let Some(instance) = instance {
        members.insert("containerInstanceArn".into(), format!("{ACCOUNT}:container-instance/c/{instance}").into());
    }
    members.extend(more.as_object().unwrap().clone());
    one
}

/// What `import` says of these documents, beside one instance of EC2 and the task definition `web`; and what it writes.
fn import(documents: &[Value]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let definition = json!({ "taskDefinition": {
        "family": "web", "revision": 1, "containerDefinitions": [{ "name": "x", "cpu": 100, "memory": 100 }],
    } });
    write(folder.path(), "d.json", &definition);
    write(folder.path(), "i.json", &json!({ "containerInstances": [instance("ec2", &json!({}))] }));
    let mut files = vec!["d.json".to_owned(), "i.json".to_owned()];
    for (number, document) in documents.iter().enumerate() {
        files.push(format!("more-{number}.json"));
        write(folder.path(), &files[number + 2], document);
    }
    let files = files.iter().map(String::as_str);
    let arguments: Vec<&str> = std::iter::once("import").chain(files).chain(["-o", "x.toml"]).collect();
    let (code, _, said) = ran(&mut stowplan(folder.path(), 1_000, &arguments));
    assert_eq!(code, 0, "{said}");
    (said, std::fs::read_to_string(folder.path().join("x.toml")).unwrap())
}

fn check(documents: &[Value], said: &[&str], written: &[&str]) {
    let (notes, scenario) = import(documents);
    for sentence in said {
        assert!(notes.contains(sentence), "{sentence}:\n{notes}");
    }
    for name in written {
        assert!(scenario.contains(&format!("name = \"{name}\"")), "{name}:\n{scenario}");
    }
    let services = scenario.matches("[[services]]").count();
    let instances = scenario.matches("ec2-instance-id").count();
    assert_eq!((services, instances, scenario.contains("[[running]]")), (written.len(), 1, false), "{scenario}");
}

#[test]
fn r1_2_services_and_tasks_of_fargate_are_left_out_by_name() {
    let spot = json!({ "capacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT", "weight": 1 }] });
    let services = [
        service("here", &json!({ "launchType": "EC2" })),
        service("fargate", &json!({ "launchType": "FARGATE" })),
        service("spot", &spot),
    ];
    let tasks = [
        task(1, None, &json!({ "launchType": "FARGATE" })),
        task(2, None, &json!({ "launchType": "FARGATE", "capacityProviderName": "FARGATE_SPOT" })),
    ];
    check(
        &[json!({ "services": services }), json!({ "tasks": tasks })],
        &[
            "services on the launch type FARGATE take no room on container instances and are left out: fargate",
            "services on the capacity provider FARGATE_SPOT take no room on container instances and are left out: spot",
            "tasks on the launch type FARGATE take no room on container instances and are left out: t1",
            "tasks on the capacity provider FARGATE_SPOT take no room on container instances and are left out: t2",
        ],
        &["here"],
    );
}

/// Some tools write an empty launch type of a task that runs on an instance.
#[test]
fn r1_2_an_empty_launch_type_is_none() {
    let tasks = json!({ "tasks": [task(1, Some("ec2"), &json!({ "launchType": "" }))] });
    let (notes, scenario) = import(&[tasks, json!({ "services": [service("here", &json!({}))] })]);
    assert!(!notes.contains("launch type") && scenario.contains("[[running]]"), "{notes}{scenario}");
}

#[test]
fn r1_2_external_instances_and_what_runs_on_them_are_left_out_by_name() {
    let external =
        instance("far", &json!({ "ec2InstanceId": "mi-0abc", "attributes": [{ "name": "ecs.capability.external" }] }));
    check(
        &[
            json!({ "containerInstances": [external] }),
            json!({ "services": [service("anywhere", &json!({ "launchType": "EXTERNAL" }))] }),
            json!({ "tasks": [task(1, Some("far"), &json!({ "launchType": "EXTERNAL" }))] }),
        ],
        &[
            "external instances (ECS Anywhere) take no task of EC2: `query` lists them, placement leaves them out: far",
            "services on the launch type EXTERNAL take no room on container instances and are left out: anywhere",
            "tasks on the launch type EXTERNAL take no room on container instances and are left out: t1",
        ],
        &[],
    );
}

#[test]
fn r8_12_managed_instances_and_what_runs_on_them_are_left_out_by_name() {
    let provider = json!({ "name": "mi", "status": "ACTIVE", "type": "MANAGED_INSTANCES",
        "managedInstancesProvider": { "infrastructureRoleArn": "arn:aws:iam::111122223333:role/x" } });
    let strategy = json!({ "capacityProviderStrategy": [{ "capacityProvider": "mi", "weight": 1 }] });
    check(
        &[
            json!({ "capacityProviders": [provider] }),
            json!({ "containerInstances": [instance("managed", &json!({ "capacityProviderName": "mi" }))] }),
            json!({ "services": [service("on-mi", &strategy), service("by-type", &json!({ "launchType": "MANAGED_INSTANCES" }))] }),
            json!({ "tasks": [task(1, Some("managed"), &json!({ "capacityProviderName": "mi" }))] }),
        ],
        &[
            "Managed Instances take no task of EC2: `query` lists them, placement leaves them out: managed",
            "services on the capacity provider mi take no room on container instances and are left out: on-mi",
            "services on the launch type MANAGED_INSTANCES take no room on container instances and are left out: by-type",
            "tasks on the capacity provider mi take no room on container instances and are left out: t1",
        ],
        &[],
    );
}

/// Every input and output of the daemons API that says more than a name; what only names daemons says nothing.
#[test]
fn r8_12_the_daemons_api_is_told_apart_and_left_out_by_name() {
    let arn = |what: &str| format!("{ACCOUNT}:{what}");
    let definition = arn("daemon-task-definition/log:3");
    let documents = [
        (
            json!({ "daemonName": "log", "clusterArn": arn("cluster/c"), "daemonTaskDefinitionArn": definition,
            "capacityProviderArns": [arn("capacity-provider/mi")], "deploymentConfiguration": { "drainPercent": 10 } }),
            "log",
        ),
        (
            json!({ "daemonArn": arn("daemon/c/log"), "status": "ACTIVE", "createdAt": 1, "deploymentArn": arn("x/y") }),
            "log",
        ),
        (
            json!({ "daemonArn": arn("daemon/c/log"), "daemonTaskDefinitionArn": definition, "capacityProviderArns": [] }),
            "log",
        ),
        (json!({ "daemon": { "daemonArn": arn("daemon/c/log"), "status": "ACTIVE", "currentRevisions": [] } }), "log"),
        (
            json!({ "daemonTaskDefinition": { "daemonTaskDefinitionArn": definition, "family": "log", "revision": 3,
            "containerDefinitions": [{ "name": "x", "image": "x", "memory": 50 }] } }),
            "log:3",
        ),
        (json!({ "daemonTaskDefinitions": [{ "arn": definition, "daemonTaskDefinitionArn": definition }] }), "log:3"),
        (json!({ "daemonTaskDefinitionArn": definition }), "log:3"),
        (json!({ "daemonSummariesList": [{ "daemonArn": arn("daemon/c/log"), "status": "ACTIVE" }] }), "log"),
        (
            json!({ "daemonDeployments": [{ "daemonDeploymentArn": arn("daemon-deployment/c/log/7"), "status": "SUCCESSFUL" }] }),
            "7",
        ),
        (
            json!({ "daemonRevisions": [{ "daemonRevisionArn": arn("daemon-revision/c/log/9"), "daemonArn": arn("daemon/c/log") }] }),
            "log",
        ),
    ];
    for (document, name) in documents {
        let sentence = format!(
            "daemons of the daemons API run on Managed Instances, on no container instance of EC2, and are left out: {name}"
        );
        check(&[document], &[&sentence], &[]);
    }
    for document in [json!({ "daemonDeploymentArns": [arn("x")] }), json!({ "cluster": "c", "daemonName": "log" })] {
        let (notes, _) = import(&[document]);
        assert!(!notes.contains("daemons API"), "{notes}");
    }
}
