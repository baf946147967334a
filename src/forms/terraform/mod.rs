//! What `terraform show -json` prints of a plan or a state, and state files of version 4, to the calls that they make.
//!
//! State files hold secrets in clear text: of what is read here only names and what placement looks at goes on.

mod definitions;
mod references;
mod resources;
mod services;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use super::Forms;
use super::values::{counted, list, text};
use source::{Resource, Source};

/// Groups that capacity providers name.
const GROUP: &str = "aws_autoscaling_group";

/// Whether a value is a plan, a state or a state file.
pub(super) fn is_one(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    let is_shown = has("format_version") && (has("terraform_version") || has("planned_values") || has("values"));
    let is_state = has("version") && (has("lineage") || has("terraform_version"));
    let is_empty = value.as_object().is_some_and(|members| members.len() == 1) && has("format_version");
    is_shown || is_state || is_empty
}

/// Reads the resources of ECS of a plan or a state.
pub(super) fn read(forms: &mut Forms<'_>, file: &str, value: &Value) {
    let what = match source::what(value) {
        Ok(what) => what,
        Err((message, help)) => return forms.refuse(file, "", message, help),
    };
    let all = source::resources(value);
    let (mut mine, others): (Vec<Resource<'_>>, Vec<Resource<'_>>) =
        all.into_iter().partition(|resource| resource.kind.starts_with("aws_ecs_"));
    if mine.iter().all(|resource| resource.is_data) {
        let message = format!("{what} of Terraform without a resource of Amazon ECS: it has {}", by_provider(&others));
        let help = "give that of the module which makes the services and the task definitions";
        return forms.refuse(file, "", message, help);
    }
    let (groups, others): (Vec<Resource<'_>>, Vec<Resource<'_>>) =
        others.into_iter().partition(|resource| resource.kind == GROUP);
    mine.extend(groups);
    if !others.is_empty() {
        forms.note(format!("{file}: {} are not of ECS and left out", by_provider(&others)));
    }
    let source =
        Source { file, mine, configuration: value.pointer("/configuration/root_module"), changes: changes(value) };
    resources::read(forms, &source);
}

/// What a plan says of each address.
fn changes(value: &Value) -> BTreeMap<&str, &Value> {
    let changes = list(value, "resource_changes").iter();
    changes.filter_map(|change| Some((text(change, "address")?, change.get("change")?))).collect()
}

/// `12 resources of aws, 1 resource of random`.
fn by_provider(resources: &[Resource<'_>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in resources {
        *counts.entry(resource.provider()).or_default() += 1;
    }
    if counts.is_empty() {
        return "no resource".to_owned();
    }
    let parts = counts.into_iter().map(|(provider, count)| format!("{} of {provider}", counted(count, "resource")));
    parts.collect::<Vec<_>>().join(", ")
}
