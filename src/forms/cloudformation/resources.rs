//! Resources of ECS as the calls that make them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::clusters::{self, OfCluster};
use super::super::values::{counted, list, scalar, some, text};
use super::super::{Forms, names};
use super::relevance::{is_kept, is_looked_at, left_out};
use super::scope::{Known, Scope, Unknown, Why};

/// A resource whose properties are known as far as they can be.
struct Resource<'t> {
    id: &'t str,
    kind: &'t str,
    properties: Value,
    /// Whether what is wrong with it was told as an error.
    is_broken: bool,
}

/// A resource as the template has it, by its logical id.
#[derive(Clone, Copy)]
pub(super) struct Named<'t> {
    pub(super) id: &'t str,
    pub(super) resource: &'t Value,
}

/// Reads all resources of ECS and reports what is wrong with any of them.
pub(super) fn read<'t>(forms: &mut Forms<'_>, scope: &mut Scope<'t>, mine: &[Named<'t>]) {
    let mut resources = Vec::new();
    let mut left_out = Vec::new();
    for &Named { id, resource } in mine {
        let path = format!("Resources.{id}");
        if let Some(condition) = text(resource, "Condition") {
            match scope.holds(condition) {
                Ok(true) => {}
                Ok(false) => {
                    left_out.push(id.to_owned());
                    continue;
                }
                Err((_, why)) => {
                    say(forms, scope, &format!("{path}.Condition"), &why, "the resource is left out");
                    continue;
                }
            }
        }
        resources.push(resolved(forms, scope, id, resource));
    }
    if !left_out.is_empty() {
        forms.note(format!("{}: conditions do not hold of {}", scope.file, some(&left_out)));
    }
    say_missing(forms, scope);
    give_subnets(forms, scope, &resources);
    give(forms, scope, resources);
}

/// The properties with their functions carried out; what is not known is said where placement looks.
fn resolved<'t>(forms: &mut Forms<'_>, scope: &mut Scope<'_>, id: &'t str, resource: &'t Value) -> Resource<'t> {
    let kind = text(resource, "Type").unwrap_or_default();
    scope.unknown.clear();
    let empty = Value::Object(Map::new());
    let mut properties = scope.resolve(resource.get("Properties").unwrap_or(&empty), "").unwrap_or(empty);
    let mut is_broken = false;
    if properties.is_null() {
        properties = Value::Object(Map::new());
    } else if !properties.is_object() {
        let help = "write an object; the resource is left out";
        forms.refuse(
            scope.file,
            &format!("Resources.{id}.Properties"),
            "the properties of a resource are no object",
            help,
        );
        (properties, is_broken) = (Value::Object(Map::new()), true);
    }
    for Unknown { path, why } in std::mem::take(&mut scope.unknown) {
        if is_looked_at(kind, &path) {
            is_broken |= !matches!(why, Why::Told(_));
            say(forms, scope, &format!("Resources.{id}.Properties.{path}"), &why, "it is left out");
        } else if let Why::Dangling(name) = why {
            scope.dangling.insert(name);
        }
        let is_subject = is_looked_at(kind, &path) || !is_kept(&path);
        if is_subject && let Some(value) = properties.pointer_mut(&pointer(left_out(&path))) {
            *value = Value::Null;
        }
    }
    drop_absent(&mut properties);
    Resource { id, kind, properties, is_broken }
}

/// Takes out the elements of lists that were left out.
fn drop_absent(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.retain(|element| !element.is_null());
            list.iter_mut().for_each(drop_absent);
        }
        Value::Object(members) => members.values_mut().for_each(drop_absent),
        _ => {}
    }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('[', "/").replace(']', "").replace('.', "/"))
}

/// Says why a member is not known: a missing parameter once for all its places, a name that is wrong as an error, the rest
/// as a note.
fn say(forms: &mut Forms<'_>, scope: &mut Scope<'_>, path: &str, why: &Why, consequence: &str) {
    match why {
        Why::Missing(name) => scope.missing.entry(name.clone()).or_default().push(path.to_owned()),
        Why::Dangling(name) => {
            let message = format!("`{}` is neither a resource nor a parameter of the template", name.escape_debug());
            let resources: Vec<&String> = scope.names.keys().collect();
            let help = format!("the file may be cut off; its resources of ECS are {}", some(resources));
            forms.refuse(scope.file, path, message, help);
        }
        Why::Told(what) => {
            forms
                .note(format!("{}: {path} is {what}, which a template alone does not tell; {consequence}", scope.file));
        }
    }
}

fn say_missing(forms: &mut Forms<'_>, scope: &mut Scope<'_>) {
    for (name, places) in std::mem::take(&mut scope.missing) {
        let (member, example) = match name.as_str() {
            "AWS::Region" => (name.clone(), "us-east-1"),
            "AWS::AccountId" => (name.clone(), "123456789012"),
            _ if name.starts_with("AWS::") => (name.clone(), "VALUE"),
            _ => (format!("Parameters.{name}"), "VALUE"),
        };
        let message = format!("the parameter `{name}` has no value; it decides {}", some(&places));
        forms.refuse(scope.file, &member, message, format!("give `--parameter {name}={example}`"));
    }
    let dangling = std::mem::take(&mut scope.dangling);
    if !dangling.is_empty() {
        let message =
            "neither resources nor parameters of the template, which may be cut off; placement does not look there";
        forms.note(format!("{}: {message}: {}", scope.file, some(&dangling)));
    }
}

fn give(forms: &mut Forms<'_>, scope: &Scope<'_>, resources: Vec<Resource<'_>>) {
    let mut of_kind: BTreeMap<&str, Vec<Resource<'_>>> = BTreeMap::new();
    // What is told of a member would follow from what was told already.
    for resource in resources.into_iter().filter(|resource| !resource.is_broken) {
        of_kind.entry(resource.kind).or_default().push(resource);
    }
    let mut take = |kind: &str| of_kind.remove(kind).unwrap_or_default();
    let mut clusters = take("AWS::ECS::Cluster");
    clusters.extend(take("AWS::ECS::ClusterCapacityProviderAssociations"));
    let services = take("AWS::ECS::Service");
    let chosen = choose(forms, scope, services);
    give_clusters(forms, scope, &clusters, chosen.as_deref());
    for resource in take("AWS::ECS::CapacityProvider") {
        give_provider(forms, scope, &resource);
    }
    for resource in take("AWS::ECS::TaskDefinition") {
        give_definition(forms, scope, &resource);
    }
    for (kind, resources) in of_kind {
        let count = counted(resources.len(), "resource");
        forms.note(format!("{}: {count} of type {} are not read", scope.file, kind.escape_debug()));
    }
}

/// Gives the services of one cluster, and answers which it is.
fn choose(forms: &mut Forms<'_>, scope: &Scope<'_>, services: Vec<Resource<'_>>) -> Option<String> {
    let services = services
        .into_iter()
        .map(|resource| OfCluster {
            cluster: text(&resource.properties, "Cluster").map(str::to_owned),
            member: format!("Resources.{}", resource.id),
            what: resource,
        })
        .collect();
    let (cluster, services) = clusters::choose(forms, scope.file, services);
    for service in services {
        give_service(forms, scope, service);
    }
    cluster
}

fn camel(properties: Value) -> Value {
    names::renamed(properties, names::of_pascal)
}

fn at(scope: &Scope<'_>, id: &str) -> String {
    format!("{} (Resources.{id})", scope.file)
}

fn give_definition(forms: &mut Forms<'_>, scope: &Scope<'_>, resource: &Resource<'_>) {
    let mut definition = camel(resource.properties.clone());
    let name = &scope.names[resource.id];
    let family = name.split(':').next().unwrap_or(name);
    definition["family"] = Value::from(family);
    if let Some(revision) = scope.revisions.get(resource.id) {
        definition["revision"] = Value::from(*revision);
    }
    if list(&definition, "containerDefinitions").is_empty() {
        let member = format!("Resources.{}.Properties.ContainerDefinitions", resource.id);
        return forms.refuse(scope.file, &member, "a task definition without containers", "the file may be cut off");
    }
    forms.give(at(scope, resource.id), &definition);
}

fn give_service(forms: &mut Forms<'_>, scope: &Scope<'_>, resource: Resource<'_>) {
    let path = format!("Resources.{}.Properties", resource.id);
    let is_daemon = text(&resource.properties, "SchedulingStrategy") == Some("DAEMON");
    let controller = resource.properties.pointer("/DeploymentController/Type").and_then(Value::as_str);
    let is_elsewhere = controller.is_some_and(|controller| controller == "EXTERNAL");
    let mut service = camel(resource.properties);
    service["serviceName"] = Value::from(scope.names[resource.id].as_str());
    if let Some(members) = service.as_object_mut() {
        members.remove("cluster");
    }
    wrap_lists(&mut service);
    if service.get("taskDefinition").is_none_or(Value::is_null) {
        let why = if is_elsewhere { "its tasks are those of task sets" } else { "its task definition is not known" };
        return forms.note(format!("{}: {path}: the service is left out: {why}", scope.file));
    }
    if !is_daemon && service.get("desiredCount").is_none_or(Value::is_null) {
        let why = if service.get("desiredCount").is_some() {
            "known; it is taken as 1"
        } else {
            "given; CloudFormation makes it 1"
        };
        service["desiredCount"] = Value::from(1);
        forms.note(format!("{}: {path}.DesiredCount is not {why}", scope.file));
    }
    forms.give(at(scope, resource.id), &service);
}

/// Lists that are not known stand as one text; the API has lists there.
fn wrap_lists(service: &mut Value) {
    for name in ["subnets", "securityGroups"] {
        if let Some(value) = service.pointer_mut(&format!("/networkConfiguration/awsvpcConfiguration/{name}"))
            && value.is_string()
        {
            *value = json!([value.take()]);
        }
    }
}

/// The subnets that services name and whose zones the template tells.
fn give_subnets(forms: &mut Forms<'_>, scope: &Scope<'_>, resources: &[Resource<'_>]) {
    let named =
        resources.iter().filter_map(|one| one.properties.pointer("/NetworkConfiguration/AwsvpcConfiguration/Subnets"));
    let named: BTreeSet<&str> = named.filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect();
    for id in named.into_iter().filter(|id| scope.is_subnet(id)) {
        let zone = scope.resources()[id].pointer("/Properties/AvailabilityZone").map(|zone| scope.evaluate(zone));
        if let Some(Known::Value(Value::String(zone))) = zone {
            forms.give(at(scope, id), &json!({ "Subnets": [{ "SubnetId": id, "AvailabilityZone": zone }] }));
        }
    }
}

fn give_provider(forms: &mut Forms<'_>, scope: &Scope<'_>, resource: &Resource<'_>) {
    let mut provider = camel(resource.properties.clone());
    provider["name"] = Value::from(scope.names[resource.id].as_str());
    provider["status"] = Value::from("ACTIVE");
    if let Some(called) = provider.pointer_mut("/autoScalingGroupProvider/autoScalingGroupArn")
        && let Some(id) = called.as_str().and_then(|text| group_of(scope, text))
    {
        *called = Value::from(group_name(scope, id));
        give_group(forms, scope, id);
    }
    forms.give(at(scope, resource.id), &json!({ "capacityProviders": [provider] }));
}

/// The Auto Scaling group of the template that stands at a place such as `${Group}` or `${Group.AutoScalingGroupARN}`.
fn group_of<'t>(scope: &Scope<'t>, place: &str) -> Option<&'t str> {
    let id = place.strip_prefix("${")?.strip_suffix('}')?.split('.').next()?;
    let (id, resource) = scope.resources().get_key_value(id)?;
    (text(resource, "Type") == Some("AWS::AutoScaling::AutoScalingGroup")).then_some(id.as_str())
}

/// Its name as given, or else its logical id.
fn group_name(scope: &Scope<'_>, id: &str) -> String {
    let given = scope.resources()[id].pointer("/Properties/AutoScalingGroupName").map(|name| scope.evaluate(name));
    match given {
        Some(Known::Value(Value::String(name))) => name,
        _ => id.to_owned(),
    }
}

/// How large it may be, as far as the template tells.
fn give_group(forms: &mut Forms<'_>, scope: &Scope<'_>, id: &str) {
    let size = |member: &str| match scope.evaluate(scope.resources()[id].pointer(&format!("/Properties/{member}"))?) {
        Known::Value(value) => scalar(&value)?.trim().parse::<i64>().ok(),
        Known::Nothing | Known::Unknown(..) => None,
    };
    if let (Some(least), Some(most)) = (size("MinSize"), size("MaxSize")) {
        let group = json!({ "AutoScalingGroupName": group_name(scope, id), "MinSize": least, "MaxSize": most });
        forms.give(at(scope, id), &json!({ "AutoScalingGroups": [group] }));
    }
}

/// Clusters with what is associated with them; of several only the chosen one.
fn give_clusters(forms: &mut Forms<'_>, scope: &Scope<'_>, resources: &[Resource<'_>], chosen: Option<&str>) {
    let mut clusters: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for resource in resources {
        let mut cluster = camel(resource.properties.clone());
        let named = text(&cluster, "cluster").map(str::to_owned);
        let name = scope.names.get(resource.id).cloned().or(named).unwrap_or_else(|| resource.id.to_owned());
        cluster["clusterName"] = Value::from(name.as_str());
        match clusters.get_mut(&name) {
            None => {
                clusters.insert(name, (at(scope, resource.id), cluster));
            }
            Some((_, known)) => {
                for member in ["capacityProviders", "defaultCapacityProviderStrategy"] {
                    if !list(&cluster, member).is_empty() {
                        known[member] = cluster[member].take();
                    }
                }
            }
        }
    }
    for (name, (place, cluster)) in clusters {
        if chosen.is_none_or(|chosen| chosen == name) {
            forms.give(place, &json!({ "clusters": [cluster] }));
        }
    }
}
