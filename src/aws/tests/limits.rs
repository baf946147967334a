//! The limits of the API, each with member, value and limit.

use super::problems;

/// The problems of one document, without the name of its file.
fn check(text: &str, expected: &[&str]) {
    let found = problems(&[("x", text)]);
    let found: Vec<&str> = found.iter().map(|problem| problem.trim_start_matches("x: ")).collect();
    assert_eq!(found, expected, "{text}");
}

/// A call of RunTask with more members.
fn run_task(more: &str) -> String {
    format!(r#"{{"taskDefinition": "web:1", {more}}}"#)
}

#[test]
fn r_1_11_strategies_and_constraints_are_few() {
    let random = [r#"{"type": "random"}"#; 6].join(",");
    check(
        &run_task(&format!(r#""placementStrategy": [{random}]"#)),
        &["placementStrategy: 6 elements, and the limit is 5"],
    );
    let distinct = [r#"{"type": "distinctInstance"}"#; 11].join(",");
    check(
        &run_task(&format!(r#""placementConstraints": [{distinct}]"#)),
        &["placementConstraints: 11 elements, and the limit is 10"],
    );
}

#[test]
fn section_1_4_strategies_have_the_fields_of_the_api() {
    let strategy = |rule: &str| run_task(&format!(r#""placementStrategy": [{rule}]"#));
    for rule in [
        r#"{"type": "spread", "field": "host"}"#,
        r#"{"type": "spread", "field": "INSTANCEID"}"#,
        r#"{"type": "spread", "field": "attribute:rack"}"#,
        r#"{"type": "binpack", "field": "MEMORY"}"#,
        r#"{"type": "random", "field": "cpu"}"#,
    ] {
        check(&strategy(rule), &[]);
    }
    let field = "placementStrategy[0].field";
    check(&strategy(r#"{"type": "spread"}"#), &[&format!("{field}: `spread` has no `field`")]);
    check(&strategy(r#"{"type": "spread", "field": "cpu"}"#), &[&format!("{field}: `spread` has no field `cpu`")]);
    check(&strategy(r#"{"type": "binpack", "field": "gpu"}"#), &[&format!("{field}: `binpack` has no field `gpu`")]);
    check(&strategy(r#"{"type": "Random"}"#), &["placementStrategy[0].type: `type` cannot be `Random`"]);
    check(&strategy(r#"{"field": "cpu"}"#), &["placementStrategy[0].type: `type` is missing"]);
}

#[test]
fn section_1_4_constraints_have_an_expression_or_none() {
    let constraint = |text: &str| run_task(&format!(r#""placementConstraints": [{text}]"#));
    check(&constraint(r#"{"type": "memberOf", "expression": "attribute:a == b"}"#), &[]);
    let at = "placementConstraints[0].expression";
    check(&constraint(r#"{"type": "memberOf"}"#), &[&format!("{at}: `memberOf` has no `expression`")]);
    check(
        &constraint(r#"{"type": "distinctInstance", "expression": "x"}"#),
        &[&format!("{at}: `distinctInstance` takes no `expression`")],
    );
    let long = format!(r#"{{"type": "memberOf", "expression": "attribute:a == {}"}}"#, "b".repeat(2000));
    let found = problems(&[("x", &constraint(&long))]);
    assert!(found.len() == 1 && found[0].contains("2000"), "{found:?}");
    let found = problems(&[("x", &constraint(r#"{"type": "memberOf", "expression": "attribute:a = b"}"#))]);
    assert!(found.len() == 1 && found[0].contains("character 13"), "{found:?}");
}

#[test]
fn r_6_1_calls_start_at_most_ten_tasks() {
    check(&run_task(r#""count": 0"#), &["count: `count` = 0 is outside 1 to 10"]);
    check(&run_task(r#""count": "10""#), &[]);
    let names = ["\"i\""; 11].join(",");
    check(
        &run_task(&format!(r#""containerInstances": [{names}]"#)),
        &["containerInstances: 11 elements, and the limit is 10"],
    );
    check(&run_task(r#""containerInstances": []"#), &["containerInstances: `containerInstances` is missing"]);
}

#[test]
fn section_9_texts_of_calls_are_short() {
    let long = "x".repeat(256);
    check(&run_task(&format!(r#""group": "{long}""#)), &["group: `group` has 256 characters, and the limit is 255"]);
    check(
        &run_task(&format!(r#""startedBy": "{}""#, &long[..129])),
        &["startedBy: `startedBy` has 129 characters, and the limit is 128"],
    );
    check(
        &run_task(&format!(r#""clientToken": "{}""#, &long[..65])),
        &["clientToken: `clientToken` has 65 characters, and the limit is 64"],
    );
}

#[test]
fn r_6_2_a_call_has_a_launch_type_or_capacity_providers() {
    check(
        &run_task(r#""launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "p", "weight": 1001}]"#),
        &[
            "capacityProviderStrategy: `launchType` and `capacityProviderStrategy` exclude each other",
            "capacityProviderStrategy[0].weight: `weight` = 1001 is outside 0 to 1000",
        ],
    );
}

#[test]
fn section_4_3_attributes_have_a_form_and_a_number() {
    let attribute = |text: &str| format!(r#"{{"attributes": [{text}]}}"#);
    check(&attribute(r#"{"name": "a.b/c-1", "value": "x y:z"}"#), &[]);
    check(&attribute(r#"{"name": "a b"}"#), &["attributes[0].name: `a b` cannot name an attribute"]);
    check(
        &attribute(r#"{"name": "a", "value": " x"}"#),
        &["attributes[0].value: ` x` cannot be the value of an attribute"],
    );
    let long = format!(r#"{{"name": "{}"}}"#, "n".repeat(129));
    check(&attribute(&long), &["attributes[0].name: `name` has 129 characters, and the limit is 128"]);
    let eleven: Vec<String> = (0..11).map(|number| format!(r#"{{"name": "a{number}"}}"#)).collect();
    check(&attribute(&eleven.join(",")), &["attributes: 11 custom attributes, and the limit is 10"]);
}

/// A task definition of one container with these members, and more members of its own.
fn definition(container: &str, more: &str) -> String {
    format!(r#"{{"family": "web", "containerDefinitions": [{{"name": "x", {container}}}] {more}}}"#)
}

#[test]
fn section_5_sizes_of_task_definitions() {
    check(&definition(r#""memory": 300, "memoryReservation": 128"#, ""), &[]);
    check(&definition(r#""cpu": 0"#, r#", "cpu": "1 vCPU", "memory": "0.5 GB""#), &[]);
    check(
        &definition(r#""cpu": 10"#, ""),
        &["containerDefinitions[0]: neither the task nor this container has a memory size"],
    );
    check(
        &definition(r#""memory": 128, "memoryReservation": 128"#, ""),
        &["containerDefinitions[0].memory: `memory` = 128 is not above `memoryReservation` = 128"],
    );
    check(
        &definition(r#""memory": 3"#, ""),
        &["containerDefinitions[0].memory: `memory` = 3 is outside 4 to 134217728"],
    );
    check(
        &definition(r#""cpu": 512, "memory": 64"#, r#", "cpu": "256", "memory": "32""#),
        &[
            "cpu: the containers ask for 512 in all, and the task has `cpu` = 256",
            "memory: the containers ask for 64 in all, and the task has `memory` = 32",
        ],
    );
    check(&definition(r#""memory": 64"#, r#", "cpu": "64""#), &["cpu: `cpu` = 64 is outside 128 to 196608"]);
    check(&definition(r#""memory": 64"#, r#", "cpu": "half""#), &["cpu: `cpu` = `half` is no size"]);
}

#[test]
fn section_5_ports_and_devices_of_task_definitions() {
    let ports = |mapping: &str| format!(r#""memory": 64, "portMappings": [{{{mapping}}}]"#);
    check(
        &definition(&ports(r#""containerPort": 70000, "hostPort": -1"#), ""),
        &[
            "containerDefinitions[0].portMappings[0].containerPort: `containerPort` = 70000 is outside 0 to 65535",
            "containerDefinitions[0].portMappings[0].hostPort: `hostPort` = -1 is outside 0 to 65535",
        ],
    );
    check(
        &definition(&ports(r#""containerPort": 80, "hostPort": 81"#), r#", "networkMode": "host""#),
        &["containerDefinitions[0].portMappings[0].hostPort: `hostPort` = 81 differs from `containerPort`"],
    );
    check(
        &definition(&ports(r#""containerPort": 80"#), r#", "networkMode": "none""#),
        &["containerDefinitions[0].portMappings: a task without a network has ports"],
    );
    check(
        &definition(r#""memory": 64, "resourceRequirements": [{"type": "GPU", "value": "some"}]"#, ""),
        &["containerDefinitions[0].resourceRequirements[0].value: `value` = `some` is no number of GPUs"],
    );
    check(
        &definition(r#""memory": 64"#, r#", "placementConstraints": [{"type": "distinctInstance"}]"#),
        &["placementConstraints[0].type: `distinctInstance` is not allowed in a task definition"],
    );
}

#[test]
fn section_9_services() {
    check(r#"{"serviceName": "web", "taskDefinition": "web"}"#, &["desiredCount: `desiredCount` is missing"]);
    check(
        r#"{"serviceName": "web site", "taskDefinition": "web", "desiredCount": -1,
            "deploymentConfiguration": {"minimumHealthyPercent": 101, "maximumPercent": 99},
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": [], "securityGroups": ["1","2","3","4","5","6"]}}}"#,
        &[
            "serviceName: `serviceName` = `web site` has other than letters, digits, - and _",
            "desiredCount: `desiredCount` = -1 is outside 0 to 2147483647",
            "deploymentConfiguration.minimumHealthyPercent: `minimumHealthyPercent` = 101 is outside 0 to 100",
            "deploymentConfiguration.maximumPercent: `maximumPercent` = 99 is outside 100 to 2147483647",
            "networkConfiguration.awsvpcConfiguration.subnets: `subnets` is missing",
            "networkConfiguration.awsvpcConfiguration.securityGroups: 6 elements, and the limit is 5",
        ],
    );
}

#[test]
fn r_5_8_overrides_are_short_and_have_sizes() {
    check(
        &run_task(r#""overrides": {"cpu": "lots", "containerOverrides": [{"name": "x", "memory": -1}]}"#),
        &[
            "overrides.cpu: `cpu` = `lots` is no size",
            "overrides.containerOverrides[0].memory: `memory` = -1 is outside 0 to 2147483647",
        ],
    );
    let many: Vec<String> = (0..400).map(|number| format!(r#"{{"name": "container-{number:03}"}}"#)).collect();
    let found =
        problems(&[("x", &run_task(&format!(r#""overrides": {{"containerOverrides": [{}]}}"#, many.join(","))))]);
    assert!(found.len() == 1 && found[0].ends_with("and the limit is 8192"), "{found:?}");
}

#[test]
fn r8_1_strategies_of_providers_are_checked_where_they_stand() {
    let item = |provider: &str, more: &str| format!(r#"{{"capacityProvider": "{provider}"{more}}}"#);
    let call = |items: &[String]| run_task(&format!(r#""capacityProviderStrategy": [{}]"#, items.join(",")));
    let (weight, base) = (r#", "weight": 1"#, r#", "weight": 1, "base": 2"#);
    check(&call(&[item("a", "")]), &[]);
    check(&call(&[item("a", weight), item("b", "")]), &[]);
    check(
        &call(&[item("a", base), item("b", base)]),
        &["capacityProviderStrategy[1].base: a second item has a `base`"],
    );
    let none = "capacityProviderStrategy: no item of several has a `weight` above 0";
    check(&call(&[item("a", ""), item("b", r#", "weight": 0"#)]), &[none]);
    check(
        &call(&[item("a", weight), item("arn:aws:ecs:r:1:capacity-provider/a", weight)]),
        &["capacityProviderStrategy[1].capacityProvider: the capacity provider `a` stands there twice"],
    );
    let many: Vec<String> = (0..21).map(|number| item(&format!("p{number}"), weight)).collect();
    check(&call(&many), &["capacityProviderStrategy: 21 elements, and the limit is 20"]);
}

#[test]
fn r7_3_a_daemon_is_deployed_as_daemons_are() {
    let service = |configuration: &str| {
        format!(
            r#"{{"services": [{{"serviceName": "d", "taskDefinition": "web", "schedulingStrategy": "DAEMON",
                "deploymentConfiguration": {{{configuration}}}}}]}}"#
        )
    };
    check(&service(r#""maximumPercent": 100, "minimumHealthyPercent": 0, "strategy": "ROLLING""#), &[]);
    let at = "services[0].deploymentConfiguration";
    check(
        &service(r#""maximumPercent": 200, "strategy": "CANARY""#),
        &[
            &format!("{at}.maximumPercent: `maximumPercent` = 200 of a DAEMON service, whose maximum is always 100"),
            &format!("{at}.strategy: a DAEMON service has the deployment strategy `CANARY`"),
        ],
    );
}
