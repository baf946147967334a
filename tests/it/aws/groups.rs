//! Auto Scaling groups beside their capacity providers: how large a provider may grow is in no document of ECS.

use serde_json::{Value, json};

use crate::support::{ran, stowplan};

const FLEET: [&str; 4] = ["--fleet", "2xm5.large@us-east-1a", "--fleet", "1xm5.large@us-east-1b"];

/// What `import` makes of files, and what it says.
fn import(files: &[(&str, String)], more: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let names = files.iter().map(|(name, _)| *name);
    let arguments: Vec<&str> = std::iter::once("import").chain(names).chain(more.iter().copied()).collect();
    let (code, toml, told) = ran(&mut stowplan(folder.path(), 100, &arguments));
    assert_eq!(code, 0, "{told}");
    (toml, told)
}

/// A template whose provider names its group so, with these sizes.
fn template(named: &Value, sizes: &Value) -> String {
    json!({
        "Parameters": { "Most": { "Type": "Number", "Default": 12 } },
        "Resources": {
            "Group": { "Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": sizes },
            "Spot": { "Type": "AWS::ECS::CapacityProvider", "Properties": { "Name": "spot", "AutoScalingGroupProvider": {
                "AutoScalingGroupArn": named, "ManagedScaling": { "Status": "ENABLED" } } } },
        },
    })
    .to_string()
}

#[test]
fn a_group_of_the_same_template_bounds_its_provider() {
    let sizes = json!({ "MinSize": "1", "MaxSize": { "Ref": "Most" } });
    for named in [json!({ "Ref": "Group" }), json!({ "Fn::GetAtt": ["Group", "AutoScalingGroupARN"] })] {
        let (toml, told) = import(&[("t.json", template(&named, &sizes))], &FLEET);
        assert!(toml.contains("minimum-size = 1\nmaximum-size = 12\n"), "{toml}");
        assert!(!told.contains("sizes of the Auto Scaling groups"), "{told}");
    }
    // A group cannot have fewer than were asked for.
    let small = json!({ "MinSize": 0, "MaxSize": 1, "AutoScalingGroupName": { "Fn::Sub": "x-${AWS::StackName}" } });
    let more = [&FLEET[..], &["--parameter", "AWS::StackName=s"]].concat();
    let (toml, _) = import(&[("t.json", template(&json!({ "Ref": "Group" }), &small))], &more);
    assert!(toml.contains("maximum-size = 3\n"), "{toml}");
    // What only a deployment knows is not guessed.
    let open = json!({ "MinSize": 0, "MaxSize": { "Fn::ImportValue": "x" } });
    let (toml, told) = import(&[("t.json", template(&json!({ "Ref": "Group" }), &open))], &FLEET);
    assert!(!toml.contains("maximum-size") && told.contains("sizes of the Auto Scaling groups"), "{toml}{told}");
}

#[test]
fn a_group_of_the_same_plan_bounds_its_provider() {
    let resource = |kind: &str, name: &str, values: Value| json!({ "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name, "values": values });
    let resources = [
        resource("aws_autoscaling_group", "workers", json!({ "name": "workers", "min_size": 2, "max_size": 9 })),
        resource("aws_autoscaling_group", "others", json!({ "name": "others", "min_size": 0, "max_size": 1 })),
        resource(
            "aws_ecs_capacity_provider",
            "p",
            json!({ "name": "p", "auto_scaling_group_provider": [
            { "managed_scaling": [{ "status": "ENABLED" }], "auto_scaling_group_arn": null }] }),
        ),
    ];
    let references = json!({ "references": ["aws_autoscaling_group.workers.arn", "aws_autoscaling_group.workers"] });
    let configured = json!({ "address": "aws_ecs_capacity_provider.p", "mode": "managed", "type": "aws_ecs_capacity_provider",
        "name": "p", "expressions": { "auto_scaling_group_provider": [{ "auto_scaling_group_arn": references }] } });
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": [],
        "planned_values": { "root_module": { "resources": resources } },
        "configuration": { "root_module": { "resources": [configured] } },
    });
    let (toml, told) = import(&[("plan.json", plan.to_string())], &FLEET);
    assert!(toml.contains("minimum-size = 2\nmaximum-size = 9\n"), "{toml}{told}");
}

#[test]
fn a_described_group_bounds_its_provider_also_under_other_names() {
    let arn = "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:1a2b:autoScalingGroupName/workers";
    let provider = json!({ "capacityProviders": [{ "name": "p", "status": "ACTIVE", "autoScalingGroupProvider": {
        "autoScalingGroupArn": arn, "managedScaling": { "status": "ENABLED" } } }] });
    let group = |least: u32| {
        json!({ "AutoScalingGroups": [{ "AutoScalingGroupName": "workers", "AutoScalingGroupARN": arn, "MinSize": least,
            "MaxSize": 7, "Instances": [], "VPCZoneIdentifier": "subnet-1" }] })
    };
    let files = [("p.json", provider.to_string()), ("g.json", group(3).to_string())];
    for more in [&FLEET[..], &[&FLEET[..], &["--anonymise"]].concat()] {
        let (toml, told) = import(&files, more);
        assert!(toml.contains("minimum-size = 3\nmaximum-size = 7\n"), "{toml}{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("g.json"), group(8).to_string()).unwrap();
    let (code, _, told) = ran(&mut stowplan(folder.path(), 100, &["import", "g.json", FLEET[0], FLEET[1]]));
    assert!(code == 2 && told.contains("`MinSize` = 8 is above `MaxSize` = 7"), "{told}");
}

/// More is free than was registered less what tasks take: that is the truth of the moment, and of no new instance.
#[test]
fn what_is_launched_has_no_more_than_was_registered() {
    let resources = |cpu: u32, memory: u32| json!([{ "name": "CPU", "integerValue": cpu }, { "name": "MEMORY", "integerValue": memory }]);
    let arn = "arn:aws:ecs:us-east-1:111122223333";
    let instance = json!({ "containerInstances": [{
        "containerInstanceArn": format!("{arn}:container-instance/c/1"), "status": "ACTIVE", "capacityProviderName": "p",
        "registeredResources": resources(1024, 2000), "remainingResources": resources(1024, 1900),
        "attributes": [{ "name": "ecs.availability-zone", "value": "us-east-1a" }] }] });
    let task = json!({ "tasks": [{ "taskArn": format!("{arn}:task/c/t"), "taskDefinitionArn": "web:1", "lastStatus": "RUNNING",
        "containerInstanceArn": format!("{arn}:container-instance/c/1"), "desiredStatus": "RUNNING",
        "containers": [{ "name": "x", "cpu": "100", "memory": "200" }] }] });
    let provider =
        json!({ "capacityProviders": [{ "name": "p", "autoScalingGroupProvider": { "managedScaling": {} } }] });
    let files = [("i.json", instance.to_string()), ("t.json", task.to_string()), ("p.json", provider.to_string())];
    let (toml, _) = import(&files, &[]);
    assert!(toml.contains("surplus-cpu = 100, surplus-memory = 100"), "{toml}");
    let scenario = crate::support::scenario(&toml);
    let found = scenario.fleet.class(stowplan::model::InstanceId(0));
    let launched = &scenario.fleet.classes[scenario.dynamics.providers[0].classes[0].index()];
    assert_eq!((found.cpu.0, found.memory.0, launched.cpu.0, launched.memory.0), (1124, 2100, 1024, 2000));
}
