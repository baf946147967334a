//! Templates that belong together: what a parent gives to its nested stacks, and what stacks export to each other.
//!
//! A nested stack is known by the name of the file that its `TemplateURL` ends with. What is not among the files is told
//! where it is needed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::Forms;
use super::super::values::{object, scalar, text};
use super::each;
use super::scope::{Known, Scope};
use super::{Template, parameters};

/// Parents inside parents; CloudFormation has no more than a few.
const DEEPEST: usize = 5;

/// What the templates of all files tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Values of parameters that a parent gives, by the child's file.
    given: BTreeMap<String, BTreeMap<String, String>>,
    /// Nested stacks whose template is among the files: the parent's file and the logical id.
    found: BTreeSet<(String, String)>,
    /// Exported values by name.
    pub(super) exports: BTreeMap<String, Value>,
}

impl Shared {
    /// What these templates tell each other.
    pub(super) fn of(forms: &Forms<'_>, templates: &[Template]) -> Self {
        let mut shared = Self::default();
        if templates.len() < 2 {
            return shared;
        }
        for _ in 0..templates.len().min(DEEPEST) {
            for template in templates {
                shared.add(forms, template, templates);
            }
        }
        shared
    }

    /// The value that a parent gives to a parameter of a template.
    pub(super) fn given(&self, file: &str, parameter: &str) -> Option<&String> {
        self.given.get(file)?.get(parameter)
    }

    /// Whether the template of a nested stack is among the files.
    pub(super) fn has(&self, file: &str, id: &str) -> bool {
        self.found.contains(&(file.to_owned(), id.to_owned()))
    }

    fn add(&mut self, forms: &Forms<'_>, Template { file, body }: &Template, all: &[Template]) {
        // What is wrong with its parameters is told when it is read.
        let mut unheard = Forms::new(forms.hints);
        let parameters = parameters::of(&mut unheard, file, body, self);
        let template = each::expand(body, &parameters);
        if object(&template, "Resources").is_none() {
            return;
        }
        let exports = std::mem::take(&mut self.exports);
        let mut scope = Scope::new(parameters, file, &template, &exports);
        scope.name_resources();
        let mut exported = BTreeMap::new();
        for (id, resource) in scope.resources() {
            if text(resource, "Type") == Some("AWS::CloudFormation::Stack") {
                self.add_stack(&scope, file, id, resource, all);
            }
        }
        for output in object(&template, "Outputs").into_iter().flat_map(|outputs| outputs.values()) {
            let Some(name) = output.pointer("/Export/Name").and_then(|name| known_text(&scope, name)) else { continue };
            if let Some(Known::Value(value)) = output.get("Value").map(|value| scope.evaluate(value)) {
                exported.insert(name, value);
            }
        }
        self.exports = exports;
        self.exports.extend(exported);
    }

    fn add_stack(&mut self, scope: &Scope<'_>, file: &str, id: &str, resource: &Value, all: &[Template]) {
        let Some(url) = resource.pointer("/Properties/TemplateURL").and_then(|url| known_text(scope, url)) else {
            return;
        };
        let wanted = last(&url);
        let is_child = |other: &&Template| other.file != file && last(&other.file) == wanted;
        let Some(child) = all.iter().find(is_child) else { return };
        self.found.insert((file.to_owned(), id.to_owned()));
        let given = resource.pointer("/Properties/Parameters").and_then(Value::as_object).into_iter().flatten();
        for (name, value) in given {
            if let Some(value) = known_text(scope, value) {
                self.given.entry(child.file.clone()).or_default().insert(name.clone(), value);
            }
        }
    }
}

/// A value as a parameter takes it: a text, or a list in one.
fn known_text(scope: &Scope<'_>, value: &Value) -> Option<String> {
    match scope.evaluate(value) {
        Known::Value(Value::Array(list)) => {
            let parts: Option<Vec<String>> = list.iter().map(scalar).collect();
            parts.map(|parts| parts.join(","))
        }
        Known::Value(value) => scalar(&value),
        Known::Nothing | Known::Unknown(..) => None,
    }
}

/// The name of a file at the end of a path or an address, without what asks for a version of it.
fn last(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
