//! What a member refers to that a plan leaves open: followed through variables and outputs of modules.

use serde_json::Value;

use super::super::values::{list, text};
use super::source::{Resource, Source};

/// Steps from module to module; more than any configuration has.
const LONGEST: usize = 32;

/// Where a name is looked up.
#[derive(Clone, Debug)]
struct Place {
    /// The address of the module, with its keys.
    module: String,
}

impl<'v> Source<'v> {
    /// The resource of a type that a member of another refers to.
    pub(super) fn referred(&self, from: &Resource<'_>, member: &str, kind: &str) -> Option<&Resource<'v>> {
        let place = Place { module: from.module.clone() };
        let module = self.configuration_of(&place.module)?;
        let configured = list(module, "resources").iter().find(|one| is_configuration_of(one, from))?;
        let expression = configured.pointer(&format!("/expressions/{member}"))?;
        self.follow(expression, &place, kind, from.index.as_deref(), LONGEST)
    }

    /// The only resource of a type, in the module or else anywhere.
    pub(super) fn only(&self, near: &Resource<'_>, kind: &str) -> Option<&Resource<'v>> {
        let mut beside = self.of_kind(kind).filter(|one| one.module == near.module);
        match (beside.next(), beside.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) => None,
            (None, _) => {
                let mut all = self.of_kind(kind);
                all.next().filter(|_| all.next().is_none())
            }
        }
    }

    fn follow(
        &self,
        expression: &Value,
        place: &Place,
        kind: &str,
        index: Option<&str>,
        steps: usize,
    ) -> Option<&Resource<'v>> {
        let steps = steps.checked_sub(1)?;
        let references = list(expression, "references").iter().filter_map(Value::as_str);
        references.into_iter().find_map(|reference| self.step(reference, place, kind, index, steps))
    }

    fn step(
        &self,
        reference: &str,
        place: &Place,
        kind: &str,
        index: Option<&str>,
        steps: usize,
    ) -> Option<&Resource<'v>> {
        let names: Vec<&str> = reference.split('.').map(|name| name.split('[').next().unwrap_or(name)).collect();
        match names.as_slice() {
            [found, name, ..] if *found == kind => self.find(place, kind, name, key_of(reference).or(index)),
            ["var", name, ..] => {
                let (parent, call) = place.module.rsplit_once("module.").map(|(parent, call)| {
                    (parent.trim_end_matches('.').to_owned(), call.split('[').next().unwrap_or(call))
                })?;
                let caller = self.configuration_of(&parent)?;
                let argument = caller.pointer(&format!("/module_calls/{call}/expressions/{name}"))?;
                self.follow(argument, &Place { module: parent }, kind, index, steps)
            }
            ["module", call, output, ..] => {
                let module = self.configuration_of(&place.module)?;
                let called = module.pointer(&format!("/module_calls/{call}/module/outputs/{output}/expression"))?;
                let dot = if place.module.is_empty() { "" } else { "." };
                let key = key_of(reference).map(|key| format!("[{key}]")).unwrap_or_default();
                let module = format!("{}{dot}module.{call}{key}", place.module);
                self.follow(called, &Place { module }, kind, index, steps)
            }
            ["data", _, name, ..] => {
                let module = self.configuration_of(&place.module)?;
                let is_it = |one: &&Value| text(one, "mode") == Some("data") && text(one, "name") == Some(name);
                let data = list(module, "resources").iter().find(is_it)?;
                let members = data.get("expressions")?.as_object()?;
                members.values().find_map(|member| self.follow(member, place, kind, index, steps))
            }
            _ => None,
        }
    }

    /// The resource of that name in a module; of several the one with the same key.
    fn find(&self, place: &Place, kind: &str, name: &str, index: Option<&str>) -> Option<&Resource<'v>> {
        let is_there = |one: &&Resource<'v>| {
            one.name == name && (one.module == place.module || without_keys(&one.module) == place.module)
        };
        let all: Vec<&Resource<'v>> = self.of_kind(kind).filter(is_there).collect();
        let index = index.map(|index| index.trim_matches('"'));
        match all.as_slice() {
            [only] => Some(only),
            several => several.iter().find(|one| one.index.as_deref() == index).copied(),
        }
    }

    /// The configuration of a module, by its address.
    fn configuration_of(&self, module: &str) -> Option<&'v Value> {
        let without = without_keys(module);
        let calls = without.split('.').filter(|part| *part != "module" && !part.is_empty());
        calls
            .into_iter()
            .try_fold(self.configuration?, |module, call| module.pointer(&format!("/module_calls/{call}/module")))
    }
}

fn is_configuration_of(configured: &Value, resource: &Resource<'_>) -> bool {
    text(configured, "type") == Some(resource.kind) && text(configured, "name") == Some(resource.name)
}

/// The last key in a reference: `"a"` of `module.app["a"].arn`.
fn key_of(reference: &str) -> Option<&str> {
    let start = reference.rfind('[')?;
    reference[start + 1..].split(']').next()
}

/// An address without its keys: `module.app["a"].module.b[0]` is `module.app.module.b`.
fn without_keys(address: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_usize;
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            letter if depth == 0 => bare.push(letter),
            _ => {}
        }
    }
    bare
}
