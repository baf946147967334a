//! The resources of a plan, a state as `show -json` prints it, or a state file, in one shape.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::values::{list, scalar, text};

/// A resource or a data source.
#[derive(Debug)]
pub(super) struct Resource<'v> {
    /// `module.app["a"].aws_ecs_service.web[0]`.
    pub(super) address: String,
    /// The address of its module; empty for the root.
    pub(super) module: String,
    pub(super) kind: &'v str,
    pub(super) name: &'v str,
    /// Its key among those of a `count` or a `for_each`.
    pub(super) index: Option<String>,
    pub(super) is_data: bool,
    pub(super) values: &'v Value,
}

/// A file with what belongs together in it.
#[derive(Debug)]
pub(super) struct Source<'v> {
    pub(super) file: &'v str,
    pub(super) mine: Vec<Resource<'v>>,
    pub(super) configuration: Option<&'v Value>,
    pub(super) changes: BTreeMap<&'v str, &'v Value>,
}

impl Resource<'_> {
    /// The provider: the first word of the type.
    pub(super) fn provider(&self) -> &str {
        self.kind.split('_').next().unwrap_or(self.kind)
    }
}

impl<'v> Source<'v> {
    /// The resources of a type, data sources left out.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource<'v>> {
        self.mine.iter().filter(move |resource| resource.kind == kind && !resource.is_data)
    }

    /// Whether a plan leaves a member open until it is applied.
    pub(super) fn is_open(&self, resource: &Resource<'_>, member: &str) -> bool {
        let change = self.changes.get(resource.address.as_str());
        let open = change.and_then(|change| change.get("after_unknown")?.get(member));
        open.is_some_and(|open| *open == Value::Bool(true))
    }
}

/// What the file is, or why it is none that can be read.
pub(super) fn what(value: &Value) -> Result<&'static str, (String, &'static str)> {
    const SHOW: &str = "give what `terraform show -json` prints; an empty state prints nothing but its version";
    if value.get("planned_values").is_some() {
        return Ok("a plan");
    }
    if value.get("values").is_some() {
        return Ok("a state");
    }
    match value.get("version").and_then(Value::as_u64) {
        Some(4) if value.get("resources").is_some() => Ok("a state"),
        Some(version) => Err((format!("a state file of Terraform in format {version}, which is not read"), SHOW)),
        None => Err(("a plan or a state of Terraform without resources".to_owned(), SHOW)),
    }
}

/// All resources, those of modules after those of what calls them.
pub(super) fn resources(value: &Value) -> Vec<Resource<'_>> {
    let mut all = Vec::new();
    match value.pointer("/planned_values/root_module").or_else(|| value.pointer("/values/root_module")) {
        Some(root) => of_module(root, &mut all),
        None => list(value, "resources").iter().for_each(|resource| of_state(resource, &mut all)),
    }
    // What a plan reads only when it is applied stands in the state before it.
    if let Some(root) = value.pointer("/prior_state/values/root_module") {
        let mut before = Vec::new();
        of_module(root, &mut before);
        all.extend(before.into_iter().filter(|resource| resource.is_data));
    }
    all
}

fn of_module<'v>(module: &'v Value, all: &mut Vec<Resource<'v>>) {
    let own = text(module, "address").unwrap_or_default();
    for resource in list(module, "resources") {
        let (Some(kind), Some(name), Some(values)) =
            (text(resource, "type"), text(resource, "name"), resource.get("values"))
        else {
            continue;
        };
        all.push(Resource {
            address: text(resource, "address").unwrap_or_default().to_owned(),
            module: own.to_owned(),
            kind,
            name,
            index: resource.get("index").and_then(scalar),
            is_data: text(resource, "mode") == Some("data"),
            values,
        });
    }
    for child in list(module, "child_modules") {
        of_module(child, all);
    }
}

/// The instances of an entry of a state file.
fn of_state<'v>(resource: &'v Value, all: &mut Vec<Resource<'v>>) {
    let (Some(kind), Some(name)) = (text(resource, "type"), text(resource, "name")) else { return };
    let module = text(resource, "module").unwrap_or_default().to_owned();
    let dot = if module.is_empty() { "" } else { "." };
    for instance in list(resource, "instances") {
        let Some(values) = instance.get("attributes") else { continue };
        let index = instance.get("index_key").and_then(scalar);
        let key = instance.get("index_key").map(|key| format!("[{key}]")).unwrap_or_default();
        all.push(Resource {
            address: format!("{module}{dot}{kind}.{name}{key}"),
            module: module.clone(),
            kind,
            name,
            index,
            is_data: text(resource, "mode") == Some("data"),
            values,
        });
    }
}
