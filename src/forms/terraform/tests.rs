//! Plans and states by example.

use serde_json::{Value, json};

use super::super::tests::{read, shown};

fn definition(address: &str, family: &str) -> Value {
    let containers = json!([{ "name": "a", "image": "x", "cpu": 256, "memory": 512,
        "environment": [{ "name": "PASSWORD", "value": "hunter2" }] }]);
    json!({
        "address": address, "mode": "managed", "type": "aws_ecs_task_definition",
        "name": address.rsplit('.').next(), "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": {
            "family": family, "container_definitions": containers.to_string(), "network_mode": "bridge", "cpu": null,
            "placement_constraints": [{ "type": "memberOf", "expression": "attribute:stack == prod" }],
            "runtime_platform": [{ "cpu_architecture": "ARM64", "operating_system_family": "" }],
            "volume": [{ "name": "v", "host_path": "/x", "docker_volume_configuration": [] }],
        },
    })
}

fn service(address: &str, cluster: &str, definition: Option<&str>) -> Value {
    json!({
        "address": address, "mode": "managed", "type": "aws_ecs_service", "name": address.rsplit('.').next(),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": {
            "name": address.rsplit('.').next(), "cluster": cluster, "task_definition": definition, "desired_count": 4,
            "launch_type": "EC2", "scheduling_strategy": "REPLICA", "deployment_maximum_percent": 200,
            "deployment_minimum_healthy_percent": 100,
            "deployment_circuit_breaker": [{ "enable": true, "rollback": true }],
            "ordered_placement_strategy": [
                { "type": "spread", "field": "attribute:ecs.availability-zone" }, { "type": "random", "field": "" }],
            "placement_constraints": [{ "type": "distinctInstance", "expression": "" }],
            "network_configuration": [{ "subnets": [], "security_groups": ["sg-1"], "assign_public_ip": true }],
            "capacity_provider_strategy": [],
        },
    })
}

fn plan(resources: &[Value], children: &[Value], configuration: Value) -> String {
    let root = json!({ "resources": resources, "child_modules": children });
    json!({ "format_version": "1.2", "terraform_version": "1.9.0", "planned_values": { "root_module": root },
            "resource_changes": [], "configuration": { "root_module": configuration } })
    .to_string()
}

#[test]
fn a_plan_gives_the_calls_that_it_makes() {
    let other = json!({ "address": "random_id.x", "mode": "managed", "type": "random_id", "name": "x", "values": {} });
    let cluster = json!({ "address": "aws_ecs_cluster.main", "mode": "managed", "type": "aws_ecs_cluster", "name": "main",
                          "values": { "name": "prod" } });
    let provider = json!({ "address": "aws_ecs_capacity_provider.p", "mode": "managed", "type": "aws_ecs_capacity_provider",
        "name": "p", "values": { "name": "p", "auto_scaling_group_provider": [{ "auto_scaling_group_arn": null,
        "managed_termination_protection": "DISABLED", "managed_scaling": [{ "status": "ENABLED", "target_capacity": 80 }] }] } });
    let attached = json!({ "address": "aws_ecs_cluster_capacity_providers.a", "mode": "managed",
        "type": "aws_ecs_cluster_capacity_providers", "name": "a", "values": { "cluster_name": "prod",
        "capacity_providers": ["p"], "default_capacity_provider_strategy": [{ "base": 1, "capacity_provider": "p", "weight": 2 }] } });
    let web = service("aws_ecs_service.web", "arn:aws:ecs:us-east-1:1:cluster/prod", Some("web:7"));
    let all = [definition("aws_ecs_task_definition.web", "web"), web, other, cluster, provider, attached];
    let found = read("plan.json", &plan(&all, &[], json!({})));
    let text = shown(&found);
    assert!(!text.contains("hunter2"), "{text}");
    assert!(found.formed.iter().all(|formed| formed.is_secret));
    insta::assert_snapshot!(text);
}

/// What a plan leaves open is found in its configuration: beside it, through a variable, through an output of a module.
#[test]
fn open_references_are_followed_through_modules() {
    let app = json!({ "address": "module.app[\"a\"]", "resources": [service("module.app[\"a\"].aws_ecs_service.web", "c", None)] });
    let tasks = json!({ "address": "module.tasks", "resources": [
        definition("module.tasks.aws_ecs_task_definition.first", "first"),
        definition("module.tasks.aws_ecs_task_definition.second", "second")] });
    let of_service = |references: Value| {
        json!({ "resources": [{ "address": "aws_ecs_service.web", "mode": "managed",
        "type": "aws_ecs_service", "name": "web", "expressions": { "task_definition": { "references": references } } }] })
    };
    let configuration = json!({ "module_calls": {
        "app": { "expressions": { "definition": { "references": ["module.tasks.arn", "module.tasks"] } },
                 "module": of_service(json!(["var.definition"])) },
        "tasks": { "module": { "outputs": { "arn": { "expression": {
            "references": ["aws_ecs_task_definition.second.arn", "aws_ecs_task_definition.second"] } } } } },
    }});
    let text = shown(&read("plan.json", &plan(&[], &[app.clone(), tasks.clone()], configuration)));
    assert!(text.contains(r#""taskDefinition":"second""#), "{text}");
    let lost = json!({ "module_calls": { "app": { "module": of_service(json!(["local.definition"])) } } });
    let text = shown(&read("plan.json", &plan(&[], &[app, tasks], lost)));
    assert!(text.contains("module.app[\"a\"].aws_ecs_service.web.task_definition is not known"), "{text}");
}

#[test]
fn a_state_file_and_what_show_prints_of_it_say_the_same() {
    let (td, web) =
        (definition("aws_ecs_task_definition.web", "web"), service("aws_ecs_service.web", "c", Some("web:3")));
    let shown_state = json!({ "format_version": "1.0", "terraform_version": "1.9.0", "values": { "root_module": {
        "resources": [td, web] } } });
    let entry = |resource: &Value| {
        json!({ "mode": "managed", "type": resource["type"], "name": resource["name"],
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{ "schema_version": 1,
        "attributes": resource["values"], "sensitive_attributes": [], "private": "c2VjcmV0" }] })
    };
    let file = json!({ "version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "x", "outputs": {},
        "resources": [entry(&td), entry(&web)] });
    let (a, b) = (read("a", &shown_state.to_string()), read("a", &file.to_string()));
    assert_eq!(a.formed.len(), 2);
    assert_eq!(shown(&a), shown(&b));
    let counted = json!({ "version": 4, "terraform_version": "1.9.0", "resources": [{ "module": "module.m", "mode": "managed",
        "type": "aws_ecs_service", "name": "s", "instances": [{ "index_key": "k", "attributes": web["values"] }] }] });
    assert_eq!(read("a", &counted.to_string()).formed[0].file, "a (module.m.aws_ecs_service.s[\"k\"])");
}

#[test]
fn what_cannot_be_read_is_one_problem_without_secrets() {
    let azure = json!({ "address": "azurerm_linux_vm.x", "mode": "managed", "type": "azurerm_linux_vm", "name": "x", "values": {} });
    let mut broken = definition("aws_ecs_task_definition.web", "web");
    broken["values"]["container_definitions"] = json!("[{\"name\": \"hunter2");
    let mut list = definition("aws_ecs_task_definition.other", "other");
    list["values"]["container_definitions"] = json!("{\"password\": \"hunter2\"}");
    let two = [service("aws_ecs_service.a", "x", Some("t")), service("aws_ecs_service.b", "y", Some("t"))];
    let cases = [
        (
            plan(&[azure], &[], json!({})),
            "a plan of Terraform without a resource of Amazon ECS: it has 1 resource of azurerm",
        ),
        (r#"{"format_version": "1.0"}"#.to_owned(), "a plan or a state of Terraform without resources"),
        (
            r#"{"version": 3, "terraform_version": "0.11.0", "modules": []}"#.to_owned(),
            "a state file of Terraform in format 3",
        ),
        (plan(&two, &[], json!({})), "cluster `y`, but `aws_ecs_service.a` is of cluster `x`"),
        (plan(&[broken, list], &[], json!({})), "no JSON in this text, from its line 1, column 18 on"),
    ];
    for (text, message) in cases {
        let found = read("t.json", &text);
        let shown = shown(&found);
        assert!(shown.contains(message) && !shown.contains("hunter2"), "{message}: {shown}");
        assert_eq!(shown.matches("error ").count(), if message.starts_with("no JSON") { 2 } else { 1 }, "{shown}");
    }
}

#[test]
fn members_of_a_plan_that_are_open_until_it_is_applied_are_told() {
    let mut open = definition("aws_ecs_task_definition.web", "web");
    open["values"]["container_definitions"] = Value::Null;
    let mut plan: Value =
        serde_json::from_str(&plan(&[open, service("aws_ecs_service.s", "c", None)], &[], json!({}))).unwrap();
    plan["resource_changes"] = json!([{ "address": "aws_ecs_task_definition.web",
        "change": { "after_unknown": { "container_definitions": true } } }]);
    let text = shown(&read("plan.json", &plan.to_string()));
    assert!(
        text.contains("note plan.json: aws_ecs_task_definition.web.container_definitions is known only after"),
        "{text}"
    );
    assert!(text.contains("taken as `web`, the only one there is"), "{text}");
}
