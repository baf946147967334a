//! Compose files with `ecs-params.yml`, as `ecs-cli compose` reads them: one task definition and one service of all.

mod containers;
mod params;
mod sizes;
#[cfg(test)]
mod tests;
mod variables;

use serde_json::{Map, Value};

use super::Forms;
use super::text::stem;
use super::values::{counted, object, text};
use variables::Variables;

/// Compose files and their parameters, kept until all files are read.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    files: Vec<Piece>,
    params: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    file: String,
    value: Value,
}

impl Pieces {
    pub(super) fn add(&mut self, file: &str, value: Value) {
        let piece = Piece { file: file.to_owned(), value };
        if params::is_one(&piece.value) { self.params.push(piece) } else { self.files.push(piece) }
    }

    /// Whether a text of some file has this variable.
    pub(super) fn mentions(&self, variable: &str) -> bool {
        self.files.iter().chain(&self.params).any(|piece| mentions(&piece.value, variable))
    }
}

fn mentions(value: &Value, variable: &str) -> bool {
    match value {
        Value::String(text) => text.match_indices('$').any(|(at, _)| {
            let rest = &text[at + 1..];
            let rest = rest.strip_prefix('{').unwrap_or(rest);
            let after = rest.strip_prefix(variable);
            after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
        }),
        Value::Array(list) => list.iter().any(|one| mentions(one, variable)),
        Value::Object(members) => members.values().any(|one| mentions(one, variable)),
        _ => false,
    }
}

/// Whether a value is a compose file or its parameters.
pub(super) fn is_one(value: &Value) -> bool {
    let is_service = |service: &Value| service.get("image").is_some() || service.get("build").is_some();
    let is_compose = object(value, "services").is_some_and(|services| services.values().all(Value::is_object));
    // The first format had services at the top.
    let is_first = value.as_object().is_some_and(|all| !all.is_empty() && all.values().all(is_service));
    is_compose || is_first || params::is_one(value)
}

/// Gives the task definition and the service of every compose file.
pub(super) fn finish(forms: &mut Forms<'_>) {
    let Pieces { mut files, params } = std::mem::take(&mut forms.compose);
    let mut params = params.into_iter();
    let first = params.next();
    for more in params {
        let message = "a second file of parameters for `ecs-cli compose`";
        forms.refuse(&more.file, "", message, "give the parameters of one project");
    }
    if let Some(params) = first.as_ref().filter(|_| files.is_empty()) {
        let alone = "without its compose file: images and ports are not known; give `docker-compose.yml` too";
        forms.note(format!("{}: {alone}", params.file));
        files.push(Piece { file: params.file.clone(), value: params::as_compose(&params.value) });
    }
    for piece in files {
        give(forms, &piece, first.as_ref());
    }
}

fn give(forms: &mut Forms<'_>, piece: &Piece, of_params: Option<&Piece>) {
    let none = Value::Object(Map::new());
    let params = of_params.map_or(&none, |params| &params.value);
    let file = &piece.file;
    let services = object(&piece.value, "services").or_else(|| piece.value.as_object());
    let project = project(forms, file, &piece.value);
    let mut variables = Variables::new(forms.hints);
    let mut definitions = Vec::new();
    let mut notes = Vec::new();
    for (name, service) in services.into_iter().flatten() {
        let at = format!("services.{name}");
        let found = containers::read(&at, name, service, params, &mut variables);
        definitions.push(found.container);
        notes.extend(found.notes);
        for (member, message) in found.wrong {
            forms.refuse(file, &member, message, "see the compose specification");
        }
    }
    for note in notes {
        forms.note(format!("{file}: {note}"));
    }
    if definitions.is_empty() {
        return forms.refuse(file, "services", "a compose file without services", "the file may be cut off");
    }
    let mut definition = params::definition(params, &mut variables);
    definition["family"] = Value::from(project.as_str());
    definition["containerDefinitions"] = Value::Array(definitions);
    let mut service = params::service(params, &mut variables);
    service["serviceName"] = Value::from(project.as_str());
    service["taskDefinition"] = Value::from(project.as_str());
    service["desiredCount"] = Value::from(1);
    for (name, member) in variables.missing() {
        let message = format!("the variable `{name}` has no value and no default");
        forms.refuse(file, member, message, format!("give `--parameter {name}=VALUE`"));
    }
    let containers = counted(definition["containerDefinitions"].as_array().map_or(0, Vec::len), "container");
    let made = format!("a task definition and a service `{project}` of 1 task with {containers}");
    forms.note(format!("{file}: {made}, as `ecs-cli compose service up` makes them"));
    for document in [definition, service] {
        forms.give(file.as_str(), &document);
        if let (Some(params), Some(formed)) = (of_params, forms.formed.last_mut()) {
            formed.elsewhere = params::elsewhere(&params.file, document.get("serviceName").is_none());
        }
    }
}

/// The name of a project: as told, as it says, else its folder's, else its file's.
fn project(forms: &Forms<'_>, file: &str, value: &Value) -> String {
    if let Some(name) = forms.hints.family.as_deref().or_else(|| text(value, "name")) {
        return name.to_owned();
    }
    let mut parts = file.rsplit(['/', '\\']);
    let _ = parts.next();
    match parts.next().filter(|folder| folder.chars().any(char::is_alphanumeric)) {
        Some(folder) => stem(folder),
        None => stem(file),
    }
}
