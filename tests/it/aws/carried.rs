//! What documents of AWS say of services and capacity providers is in the imported scenario, or named with its consequence.

use serde_json::{Value, json};
use stowplan::aws::Texts;
use stowplan::aws::snapshot::join;
use stowplan::model::{InstanceId, ProviderId, Scenario, Threshold};
use stowplan::scenario::import::write;

use crate::support::ran;

/// An instance of m5.large with these units and MiB left, in a zone and of a provider.
fn instance(name: &str, zone: &str, left: [u32; 2], provider: Option<&str>) -> Value {
    let amounts = |cpu, memory| {
        json!([{ "name": "CPU", "type": "INTEGER", "integerValue": cpu },
               { "name": "MEMORY", "type": "INTEGER", "integerValue": memory }])
    };
    json!({
        "containerInstanceArn": format!("arn:aws:ecs:us-east-1:111122223333:container-instance/c/{name}"),
        "capacityProviderName": provider, "status": "ACTIVE", "agentConnected": true,
        "registeredResources": amounts(2048, 7680), "remainingResources": amounts(left[0], left[1]),
        "attributes": [{ "name": "ecs.availability-zone", "value": zone }, { "name": "ecs.instance-type", "value": "m5.large" }],
    })
}

fn definition() -> Value {
    json!({ "taskDefinition": { "taskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/web:1", "family": "web",
        "revision": 1, "containerDefinitions": [{ "name": "a", "cpu": 256, "memory": 512 }] } })
}

/// A service as it is described, with more members.
fn described(more: &Value) -> Value {
    let mut service = json!({ "serviceName": "web", "status": "ACTIVE", "desiredCount": 2, "taskDefinition": "web:1" });
    service.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "services": [service] })
}

fn joined(documents: &[Value]) -> Result<(Scenario, String), String> {
    let mut texts = Texts::default();
    documents.iter().for_each(|one| texts.read("x.json", one.to_string().as_bytes()));
    let snapshot =
        join(&texts).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let imported = write(&snapshot, "x");
    let loaded = stowplan::scenario::parse(&imported.toml, "x.toml".as_ref(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{:#?}\n{}", error.problems, imported.toml));
    Ok((loaded.scenario, imported.notes.join("\n")))
}

/// The scenario of a service beside one instance, and its notes.
fn with_service(service: Value) -> (Scenario, String) {
    let instances = json!({ "containerInstances": [instance("1", "za", [2048, 7680], None)] });
    joined(&[instances, definition(), service]).unwrap()
}

#[test]
fn percentages_and_the_circuit_breaker_are_carried_over() {
    let (scenario, _) = with_service(described(&json!({ "deploymentConfiguration": {
        "minimumHealthyPercent": 50, "maximumPercent": 400,
        "deploymentCircuitBreaker": { "enable": true, "rollback": true, "resetOnHealthyTask": false,
            "thresholdConfiguration": { "type": "COUNT", "value": 7 } } } })));
    let settings = &scenario.services[0].settings;
    assert_eq!((settings.minimum_healthy_percent, settings.maximum_percent), (50, 400));
    let breaker = settings.breaker.unwrap();
    assert_eq!(
        (breaker.threshold, breaker.rollback, breaker.reset_on_healthy_task),
        (Threshold::Count(7), true, false)
    );
    let (off, _) = with_service(described(&json!({ "deploymentConfiguration": {
        "deploymentCircuitBreaker": { "enable": false, "rollback": true } } })));
    assert_eq!(off.services[0].settings.breaker, None);
    assert_eq!(off.services[0].settings.maximum_percent, 200);
}

#[test]
fn r_7_40_rebalancing_is_carried_over_where_ecs_does_it() {
    let on = json!("ENABLED");
    let binpack = json!([{ "type": "binpack", "field": "MEMORY" }]);
    let zones = json!([{ "type": "memberOf", "expression": "attribute:ecs.availability-zone == za" }]);
    let cases = [
        (json!({ "availabilityZoneRebalancing": on }), true, ""),
        (json!({}), false, ""),
        (json!({ "availabilityZoneRebalancing": "DISABLED" }), false, ""),
        (
            json!({ "availabilityZoneRebalancing": on, "placementStrategy": binpack }),
            false,
            "does not begin with a spread",
        ),
        (
            json!({ "availabilityZoneRebalancing": on, "placementConstraints": zones }),
            false,
            "a constraint speaks of zones",
        ),
        (
            json!({ "availabilityZoneRebalancing": on, "deploymentConfiguration": { "maximumPercent": 100 } }),
            false,
            "is 100",
        ),
        (
            json!({ "availabilityZoneRebalancing": on, "loadBalancers": [{ "loadBalancerName": "old" }] }),
            false,
            "Classic",
        ),
    ];
    for (more, expected, note) in cases {
        let (scenario, notes) = with_service(described(&more));
        assert_eq!(scenario.services[0].settings.rebalancing, expected, "{more}");
        assert_eq!(notes.contains("ECS does not rebalance"), !note.is_empty(), "{more}: {notes}");
        assert!(notes.contains(note), "{more}: {notes}");
    }
    // CreateService turns it on where nothing is said.
    let created = json!({ "serviceName": "web", "desiredCount": 2, "taskDefinition": "web:1" });
    assert!(with_service(created).0.services[0].settings.rebalancing);
}

/// Case 21: four tasks in one zone, two in another, none in the third.
#[test]
fn an_imported_service_is_rebalanced_over_the_zones() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, document: &Value| std::fs::write(folder.path().join(name), document.to_string()).unwrap();
    let left = |tasks: u32| [2048 - 256 * tasks, 7680 - 512 * tasks];
    file(
        "instances.json",
        &json!({ "containerInstances": [
        instance("1", "za", left(4), None), instance("2", "zb", left(2), None), instance("3", "zc", left(0), None)] }),
    );
    let task = |number: u32| {
        json!({ "taskArn": format!("arn:aws:ecs:us-east-1:111122223333:task/c/{number}"), "taskDefinitionArn": "web:1",
            "group": "service:web", "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "containerInstanceArn":
            format!("arn:aws:ecs:us-east-1:111122223333:container-instance/c/{}", if number < 4 { 1 } else { 2 }) })
    };
    file("tasks.json", &json!({ "tasks": (0..6).map(task).collect::<Vec<_>>() }));
    file("definition.json", &definition());
    file("services.json", &described(&json!({ "desiredCount": 6, "availabilityZoneRebalancing": "ENABLED" })));
    let stowplan = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_stowplan"));
        ran(command.args(arguments).current_dir(folder.path()))
    };
    let import = ["import", "instances.json", "tasks.json", "definition.json", "services.json", "-o", "c.toml"];
    assert_eq!(stowplan(&import).0, 0);
    let (code, _, error) = stowplan(&["run", "c.toml", "--out", "out", "--events", "--no-pictures", "-q"]);
    assert_eq!(code, 0, "{error}");
    let log = std::fs::read_to_string(folder.path().join("out/events.csv")).unwrap();
    let mut tasks_of = [0; 3];
    for row in log.lines().filter(|row| row.contains("service:web")) {
        let of = ["1", "2", "3"].iter().position(|name| row.split(',').any(|field| field == *name));
        match (row.contains(",placed,"), row.contains(",stopped,"), of) {
            (true, _, Some(of)) => tasks_of[of] += 1,
            (_, true, Some(of)) => tasks_of[of] -= 1,
            _ => {}
        }
    }
    assert_eq!(tasks_of, [2, 2, 2], "{log}");
}

/// Case 16: providers with their scaling, and the shares of services.
#[test]
fn capacity_providers_are_carried_over_with_weights_base_and_scaling() {
    let instances = json!({ "containerInstances": [
        instance("1", "za", [2048, 7680], Some("spot")), instance("2", "zb", [2048, 7680], Some("ondemand"))] });
    let providers = json!({ "capacityProviders": [
        { "name": "spot", "autoScalingGroupProvider": { "managedScaling": { "status": "ENABLED", "targetCapacity": 90,
            "minimumScalingStepSize": 2, "maximumScalingStepSize": 5, "instanceWarmupPeriod": 60 },
            "managedTerminationProtection": "ENABLED", "managedDraining": "DISABLED" } },
        { "name": "ondemand", "autoScalingGroupProvider": { "managedScaling": { "status": "DISABLED" } } },
        { "name": "idle", "autoScalingGroupProvider": { "managedScaling": { "status": "ENABLED" } } }] });
    let service = described(&json!({ "capacityProviderStrategy": [
        { "capacityProvider": "spot", "weight": 3 }, { "capacityProvider": "ondemand", "weight": 1, "base": 1 }] }));
    let (scenario, notes) = joined(&[instances, providers, definition(), service]).unwrap();
    let known = &scenario.dynamics.providers;
    let spot = &known[0];
    assert_eq!((spot.name.as_str(), spot.target_percent, spot.minimum_step, spot.maximum_step), ("spot", 90, 2, 5));
    assert_eq!((spot.warmup.0, spot.termination_protection, spot.managed_draining), (60_000, true, false));
    assert_eq!(known.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["spot", "ondemand", "idle"]);
    let of = |instance| scenario.fleet.class(InstanceId(instance)).provider;
    assert_eq!([of(0), of(1)], [Some(ProviderId(0)), Some(ProviderId(1))]);
    let shares: Vec<(u32, u32, u32)> =
        scenario.services[0].settings.providers.0.iter().map(|one| (one.provider.0, one.weight, one.base)).collect();
    assert_eq!(shares, [(0, 3, 0), (1, 1, 1)]);
    assert!(
        notes.contains("launch nothing: what they would launch is not known") && notes.contains(": idle"),
        "{notes}"
    );
}

#[test]
fn what_runs_on_no_container_instance_is_left_out_by_name() {
    let managed = json!({ "capacityProviders": [{ "name": "mine", "managedInstancesProvider": { "infrastructureRoleArn": "r" } }] });
    let through = |name: &str| json!({ "capacityProviderStrategy": [{ "capacityProvider": name, "weight": 1 }] });
    let cases = [
        (json!({ "launchType": "FARGATE" }), "the launch type FARGATE"),
        (json!({ "launchType": "EXTERNAL" }), "the launch type EXTERNAL"),
        (json!({ "launchType": "MANAGED_INSTANCES" }), "the launch type MANAGED_INSTANCES"),
        (through("FARGATE_SPOT"), "the capacity provider FARGATE_SPOT"),
        (through("mine"), "the capacity provider mine"),
    ];
    for (more, on) in cases {
        let instances = json!({ "containerInstances": [instance("1", "za", [2048, 7680], None)] });
        let (scenario, notes) = joined(&[instances, managed.clone(), definition(), described(&more)]).unwrap();
        assert!(scenario.services.is_empty(), "{more}");
        let expected = format!("services on {on} take no room on container instances and are left out: web");
        assert!(notes.contains(&expected), "{more}: {notes}");
    }
}

/// Case 12 and its kind: also where the cluster gives the strategy, and where the service is described.
#[test]
fn r_7_30a_a_daemon_through_capacity_providers_is_refused() {
    let instances = json!({ "containerInstances": [instance("1", "za", [2048, 7680], None)] });
    let strategy = json!([{ "capacityProvider": "cp", "weight": 1 }]);
    let daemon = json!({ "serviceName": "web", "taskDefinition": "web:1", "schedulingStrategy": "DAEMON" });
    let mut with_strategy = daemon.clone();
    with_strategy["capacityProviderStrategy"] = strategy.clone();
    let described = described(&json!({ "schedulingStrategy": "DAEMON", "capacityProviderStrategy": strategy }));
    for service in [with_strategy, described] {
        let error = joined(&[instances.clone(), definition(), service]).unwrap_err();
        assert!(
            error.contains("a DAEMON service has a `capacityProviderStrategy`")
                && error.contains("ECS answers InvalidParameterException"),
            "{error}"
        );
    }
    let cluster = json!({ "clusters": [{ "clusterName": "c", "defaultCapacityProviderStrategy": strategy }] });
    let error = joined(&[instances.clone(), definition(), cluster.clone(), daemon.clone()]).unwrap_err();
    assert!(error.contains("takes the capacity provider strategy of its cluster"), "{error}");
    let mut on_ec2 = daemon;
    on_ec2["launchType"] = json!("EC2");
    assert_eq!(joined(&[instances, definition(), cluster, on_ec2]).unwrap().0.services.len(), 1);
}

#[test]
fn a_call_without_a_launch_type_takes_the_strategy_of_its_cluster() {
    let instances = json!({ "containerInstances": [instance("1", "za", [2048, 7680], Some("cp"))] });
    let cluster = json!({ "cluster": { "clusterName": "c",
        "defaultCapacityProviderStrategy": [{ "capacityProvider": "cp", "weight": 1 }] } });
    let created = json!({ "serviceName": "web", "desiredCount": 1, "taskDefinition": "web:1" });
    let call = json!({ "taskDefinition": "web:1", "count": 1 });
    let (scenario, _) = joined(&[instances, cluster, definition(), created, call]).unwrap();
    assert_eq!(scenario.services[0].settings.providers.provider(0), Some(ProviderId(0)));
    assert_eq!(scenario.sources[0].providers.provider(0), Some(ProviderId(0)));
}

/// Case 23: what AWS could not describe, and what is not up.
#[test]
fn failures_and_instances_that_are_not_up_are_named() {
    let mut down = instance("2", "za", [2048, 7680], None);
    down["status"] = json!("REGISTRATION_FAILED");
    let instances = json!({ "containerInstances": [instance("1", "za", [2048, 7680], None), down],
        "failures": [{ "arn": "arn:aws:ecs:us-east-1:111122223333:container-instance/c/gone", "reason": "MISSING" }] });
    let (_, notes) = joined(&[instances]).unwrap();
    assert!(notes.contains("AWS could not describe: MISSING: gone"), "{notes}");
    assert!(
        notes.contains("instances with the status REGISTRATION_FAILED take no tasks and are left out: 2"),
        "{notes}"
    );
}

/// Case 30: one line for a fleet, whatever its size.
/// A call describes 100 instances or tasks and 10 services: the list of all shows what was forgotten.
#[test]
fn what_a_list_names_and_nothing_describes_is_named() {
    let arn = |kind: &str, name: &str| format!("arn:aws:ecs:us-east-1:111122223333:{kind}/c/{name}");
    let instances = json!({ "containerInstances": [instance("1", "za", [2048, 7680], None)],
        "failures": [{ "arn": arn("container-instance", "4"), "reason": "MISSING" }] });
    let listed = ["1", "2", "3", "4"].map(|name| arn("container-instance", name));
    let more = json!({ "containerInstanceArns": [arn("container-instance", "3")] });
    let lists = [
        json!({ "containerInstanceArns": listed }),
        more,
        json!({ "taskArns": [arn("task", "t1")], "nextToken": "x" }),
        json!({ "serviceArns": [arn("service", "api")] }),
    ];
    let (_, notes) = joined(&[&[instances.clone()][..], &lists].concat()).unwrap();
    for expected in [
        "container instances that a list names and no document describes, so that they are missing here (a call of `aws ecs \
         describe-container-instances` takes 100): 2 (2, 3)",
        "tasks that a list names and no document describes, so that they are missing here (a call of `aws ecs \
         describe-tasks` takes 100): t1",
        "services that a list names and no document describes, so that they are missing here (a call of `aws ecs \
         describe-services` takes 10): api",
    ] {
        assert!(notes.contains(expected), "{expected}\n{notes}");
    }
    let (_, notes) =
        joined(&[instances, json!({ "containerInstanceArns": [arn("container-instance", "1")] })]).unwrap();
    assert!(!notes.contains("a list names"), "{notes}");
}

#[test]
fn notes_are_summed_over_a_fleet() {
    let held = (0..40).map(|number| instance(&format!("i{number:02}"), "za", [2048 - number, 7680], None));
    let (_, notes) = joined(&[json!({ "containerInstances": held.collect::<Vec<_>>() })]).unwrap();
    let lines: Vec<&str> = notes.lines().collect();
    assert_eq!(lines.len(), 1, "{notes}");
    assert!(
        lines[0].starts_with("CPU: 780 are held back") && lines[0].ends_with("39 instances, most on i39, 39"),
        "{notes}"
    );
}
