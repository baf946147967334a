//! Templates of AWS CloudFormation, also as the CDK and `get-template` print them, to the calls that they make.
//!
//! A template has no instances. What only a deployment knows (exports, attributes of other resources, secrets) is told by
//! path where placement looks, and left as a place `${…}` where it does not.

mod conditions;
mod each;
mod evaluate;
mod parameters;
mod relevance;
mod resources;
mod scope;
mod stacks;
mod substitute;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::values::{counted, object, some, text};
use super::{Forms, yaml};
use scope::Scope;
use stacks::Shared;

/// The template that a value is or holds.
pub(super) fn template(value: &Value) -> Option<Value> {
    if let Some(body) = value.get("TemplateBody") {
        return match body {
            Value::String(text) => {
                let json = serde_json::from_str(text).ok();
                json.or_else(|| yaml::read(text).ok()?.into_iter().next())
            }
            body => Some(body.clone()),
        };
    }
    let is_resource = |resource: &Value| text(resource, "Type").is_some_and(|kind| kind.contains("::"));
    let resources = object(value, "Resources");
    let is_loop = |id: &String| id.starts_with("Fn::ForEach::");
    let is_one = value.get("AWSTemplateFormatVersion").is_some()
        || resources.is_some_and(|resources| resources.values().any(is_resource) || resources.keys().any(is_loop));
    is_one.then(|| value.clone())
}

/// Whether every template knows a parameter of this name, such as `AWS::Region`.
pub(super) fn is_pseudo_parameter(name: &str) -> bool {
    name.starts_with("AWS::")
}

/// One template, and the file it is in.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) file: String,
    pub(super) body: Value,
}

/// Reads the templates of all files, which may tell each other what one alone does not.
pub(super) fn finish(forms: &mut Forms<'_>) {
    let templates = std::mem::take(&mut forms.templates);
    let shared = Shared::of(forms, &templates);
    templates.iter().for_each(|template| read(forms, template, &shared));
}

/// Reads the resources of ECS of a template.
fn read(forms: &mut Forms<'_>, Template { file, body }: &Template, shared: &Shared) {
    let parameters = parameters::of(forms, file, body, shared);
    let template = &each::expand(body, &parameters);
    let Some(resources) = object(template, "Resources").filter(|resources| !resources.is_empty()) else {
        let help = "the file is cut off, or another file of the stack has them";
        return forms.refuse(file, "Resources", "a template of CloudFormation without resources", help);
    };
    let is_ecs = |resource: &Value| text(resource, "Type").is_some_and(|kind| kind.starts_with("AWS::ECS::"));
    let mine: Vec<resources::Named<'_>> = resources
        .iter()
        .filter(|(_, resource)| is_ecs(resource))
        .map(|(id, resource)| resources::Named { id, resource })
        .collect();
    let is_stack = |resource: &Value| text(resource, "Type") == Some("AWS::CloudFormation::Stack");
    let stacks: Vec<&String> = resources.iter().filter(|(_, one)| is_stack(one)).map(|(id, _)| id).collect();
    let (nested, stacks): (Vec<&String>, Vec<&String>) = stacks.into_iter().partition(|id| shared.has(file, id));
    if mine.is_empty() && stacks.is_empty() && !nested.is_empty() {
        return;
    }
    if mine.is_empty() {
        let help = match stacks.len() {
            0 => "give the template that has the services and the task definitions".to_owned(),
            _ => format!("give the templates of its nested stacks: {}", some(stacks)),
        };
        let message = format!(
            "a template of CloudFormation without a resource of Amazon ECS among its {}",
            counted(resources.len(), "resource")
        );
        return forms.refuse(file, "Resources", message, help);
    }
    if !stacks.is_empty() {
        forms.note(format!("{file}: the nested stacks {} are templates of their own and not read", some(stacks)));
    }
    for (id, resource) in resources {
        if id.starts_with("Fn::") {
            let member = format!("Resources.{id}");
            forms.refuse(file, &member, format!("`{id}` makes resources that only CloudFormation can tell"), PROCESSED);
        } else if text(resource, "Type").is_none() {
            forms.refuse(file, &format!("Resources.{id}"), "a resource without a `Type`", "the file may be cut off");
        }
    }
    let mut scope = Scope::new(parameters, file, template, &shared.exports);
    scope.name_resources();
    resources::read(forms, &mut scope, &mine);
}

const PROCESSED: &str = "give the template after its transforms: `aws cloudformation get-template --stack-name NAME --template-stage Processed`";
