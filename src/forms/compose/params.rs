//! `ecs-params.yml`: what a compose file cannot say of ECS.

use serde_json::{Map, Value, json};

use super::super::Elsewhere;
use super::super::values::{list, object};
use super::variables::Variables;

/// Whether a value is such a file.
pub(super) fn is_one(value: &Value) -> bool {
    // A definition of the API in snake case has its containers in it.
    let definition = object(value, "task_definition");
    object(value, "run_params").is_some()
        || definition.is_some_and(|definition| !definition.contains_key("container_definitions"))
}

/// The services that the parameters size, as a compose file of their own.
pub(super) fn as_compose(params: &Value) -> Value {
    let services = params.get("task_definition").and_then(|definition| object(definition, "services"));
    let names = services.into_iter().flatten().map(|(name, _)| (name.clone(), Value::Object(Map::new())));
    json!({ "services": names.collect::<Map<_, _>>() })
}

/// The member of the API, and where the parameters say it.
const PLACES: [(&str, &str); 6] = [
    ("cpu", "task_definition.task_size.cpu_limit"),
    ("memory", "task_definition.task_size.mem_limit"),
    ("networkMode", "task_definition.ecs_network_mode"),
    ("placementStrategy", "run_params.task_placement.strategy"),
    ("placementConstraints", "run_params.task_placement.constraints"),
    ("networkConfiguration", "run_params.network_configuration"),
];

/// Where a file of parameters says what a definition, or else a service, has of it.
pub(super) fn elsewhere(file: &str, is_definition: bool) -> Vec<Elsewhere> {
    let own = |(member, there): (&str, &str)| Elsewhere {
        member: member.to_owned(),
        file: file.to_owned(),
        there: match (is_definition, member) {
            (true, "placementConstraints") => "task_definition.placement_constraints".to_owned(),
            _ => there.to_owned(),
        },
    };
    PLACES.into_iter().map(own).collect()
}

/// What they say of the task definition.
pub(super) fn definition(params: &Value, variables: &mut Variables<'_>) -> Value {
    let mut definition = json!({});
    let Some(said) = params.get("task_definition") else { return definition };
    let members = [
        ("/ecs_network_mode", "networkMode"),
        ("/task_role_arn", "taskRoleArn"),
        ("/task_execution_role", "executionRoleArn"),
        ("/task_size/cpu_limit", "cpu"),
    ];
    for (pointer, name) in members {
        if let Some(value) = said.pointer(pointer) {
            let member = format!("task_definition{}", pointer.replace('/', "."));
            definition[name] = variables.fill(value, &member).map_or(Value::Null, Value::from);
        }
    }
    if let Some(memory) = said.pointer("/task_size/mem_limit")
        && let Some(text) = variables.fill(memory, "task_definition.task_size.mem_limit")
    {
        // A number alone is MiB here, and elsewhere bytes.
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let memory =
            if is_number { Some(text.clone()) } else { super::sizes::mebibytes(&text).map(|mib| mib.to_string()) };
        definition["memory"] = Value::from(memory.unwrap_or(text));
    }
    definition["placementConstraints"] =
        rules(list(said, "placement_constraints"), "task_definition.placement_constraints", variables);
    definition
}

/// What they say of running it.
pub(super) fn service(params: &Value, variables: &mut Variables<'_>) -> Value {
    let mut service = json!({});
    let Some(run) = params.get("run_params") else { return service };
    if let Some(placement) = run.get("task_placement") {
        let strategy = rules(list(placement, "strategy"), "run_params.task_placement.strategy", variables);
        if strategy.as_array().is_some_and(|list| !list.is_empty()) {
            service["placementStrategy"] = strategy;
        }
        let constraints = list(placement, "constraints");
        service["placementConstraints"] = rules(constraints, "run_params.task_placement.constraints", variables);
    }
    if let Some(network) = run.pointer("/network_configuration/awsvpc_configuration") {
        service["networkConfiguration"] = json!({ "awsvpcConfiguration": {
            "subnets": list(network, "subnets"),
            "securityGroups": list(network, "security_groups"),
            "assignPublicIp": network.get("assign_public_ip").and_then(Value::as_str).unwrap_or("DISABLED"),
        }});
    }
    service
}

/// Strategies and constraints have the members of the API.
fn rules(list: &[Value], at: &str, variables: &mut Variables<'_>) -> Value {
    let rule = |(position, rule): (usize, &Value)| {
        let members = rule.as_object().into_iter().flatten();
        let filled = members.map(|(name, value)| {
            let text = variables.fill(value, &format!("{at}[{position}].{name}"));
            (name.clone(), text.map_or(Value::Null, Value::from))
        });
        Value::Object(filled.collect::<Map<_, _>>())
    };
    Value::Array(list.iter().enumerate().map(rule).collect())
}
