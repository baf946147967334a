//! Services of a plan or a state.

use serde_json::{Value, json};

use super::super::Forms;
use super::super::values::{last_segment, list, text};
use super::resources::{at, block, camel, camel_members};
use super::source::{Resource, Source};

/// Members that only change their spelling.
const SCALARS: [(&str, &str); 5] = [
    ("launch_type", "launchType"),
    ("scheduling_strategy", "schedulingStrategy"),
    ("availability_zone_rebalancing", "availabilityZoneRebalancing"),
    ("health_check_grace_period_seconds", "healthCheckGracePeriodSeconds"),
    ("desired_count", "desiredCount"),
];

/// The service as `create-service` takes it.
pub(super) fn give(forms: &mut Forms<'_>, source: &Source<'_>, resource: &Resource<'_>) {
    let values = resource.values;
    let Some(definition) = definition_of(forms, source, resource) else { return };
    let name = text(values, "name").unwrap_or(resource.name);
    let mut service = json!({ "serviceName": name, "taskDefinition": definition });
    for (snake, name) in SCALARS {
        if let Some(value) = values.get(snake).filter(|value| !value.is_null() && value.as_str() != Some("")) {
            service[name] = value.clone();
        }
    }
    let is_daemon = text(values, "scheduling_strategy") == Some("DAEMON");
    if is_daemon {
        // A state says 0 or the count of instances; the call takes none.
        service.as_object_mut().map(|members| members.remove("desiredCount"));
    } else if service.get("desiredCount").is_none() {
        service["desiredCount"] = Value::from(0);
        let member = format!("{}.desired_count", resource.address);
        forms.note(format!("{}: {member} is not given; Terraform makes it 0", source.file));
    }
    let strategies = list(values, "ordered_placement_strategy").iter().chain(list(values, "placement_strategy"));
    let strategies: Vec<Value> = strategies.map(camel_members).collect();
    if !strategies.is_empty() {
        service["placementStrategy"] = Value::Array(strategies);
    }
    service["placementConstraints"] = Value::Array(camel(list(values, "placement_constraints")));
    let providers = camel(list(values, "capacity_provider_strategy"));
    if !providers.is_empty() {
        service["capacityProviderStrategy"] = Value::Array(providers);
        service.as_object_mut().map(|members| members.remove("launchType"));
    }
    service["loadBalancers"] = Value::Array(camel(list(values, "load_balancer")));
    service["deploymentConfiguration"] = deployment(values);
    if let Some(controller) = block(values, "deployment_controller") {
        service["deploymentController"] = camel_members(controller);
    }
    if let Some(network) = block(values, "network_configuration") {
        service["networkConfiguration"] = json!({ "awsvpcConfiguration": awsvpc(network) });
    }
    forms.give_secret(at(source, resource), &service);
}

/// The task definition: as it stands, else what the configuration refers to, else the only one there is.
fn definition_of(forms: &mut Forms<'_>, source: &Source<'_>, resource: &Resource<'_>) -> Option<String> {
    const KIND: &str = "aws_ecs_task_definition";
    if let Some(known) = text(resource.values, "task_definition").filter(|name| !name.is_empty()) {
        return Some(last_segment(known).to_owned());
    }
    let member = format!("{}.task_definition", resource.address);
    let family = |found: &Resource<'_>| text(found.values, "family").unwrap_or(found.name).to_owned();
    if let Some(found) = source.referred(resource, "task_definition", KIND) {
        return Some(family(found));
    }
    let file = source.file;
    if let Some(only) = source.only(resource, KIND) {
        let family = family(only);
        forms.note(format!("{file}: {member} is known after apply; taken as `{family}`, the only one there is"));
        return Some(family);
    }
    forms.note(format!("{file}: {member} is not known; the service is left out: apply the plan, then give the state"));
    None
}

fn deployment(values: &Value) -> Value {
    let mut deployment = block(values, "deployment_configuration")
        .map(camel_members)
        .and_then(|block| block.as_object().cloned())
        .unwrap_or_default();
    for name in ["linearConfiguration", "canaryConfiguration"] {
        if let Some(first) = deployment.get(name).and_then(|blocks| blocks.get(0)).cloned() {
            deployment.insert(name.to_owned(), first);
        }
    }
    deployment.remove("lifecycleHook");
    let percents = [
        ("deployment_minimum_healthy_percent", "minimumHealthyPercent"),
        ("deployment_maximum_percent", "maximumPercent"),
    ];
    for (snake, name) in percents {
        if let Some(value) = values.get(snake).filter(|value| !value.is_null()) {
            deployment.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(breaker) = block(values, "deployment_circuit_breaker") {
        deployment.insert("deploymentCircuitBreaker".to_owned(), camel_members(breaker));
    }
    Value::Object(deployment)
}

fn awsvpc(network: &Value) -> Value {
    let subnets = match list(network, "subnets") {
        [] => vec![Value::from("(known after apply)")],
        known => known.to_vec(),
    };
    let is_public = network.get("assign_public_ip").and_then(Value::as_bool).unwrap_or_default();
    json!({
        "subnets": subnets,
        "securityGroups": list(network, "security_groups"),
        "assignPublicIp": if is_public { "ENABLED" } else { "DISABLED" },
    })
}
