//! Where the documents say what is wrong with the scenario that they make: whoever gave them has no other text.
//!
//! Tables of the written text stand in the order of the snapshot's objects, so that a table's number tells which one it is.

use crate::aws::snapshot::Snapshot;
use crate::scenario::Diagnostic;

/// The problem with its place in the documents, as far as the object tells one.
pub(super) fn in_documents(mut problem: Diagnostic, snapshot: &Snapshot) -> Diagnostic {
    let Some(place) = problem.place.take() else { return problem };
    let text = &place.source.text;
    let end = text[place.span.start..].find('\n').map_or(text.len(), |offset| place.span.start + offset);
    let lines: Vec<&str> = text[..end].lines().collect();
    let begin = lines.iter().rposition(|line| line.starts_with("[[")).unwrap_or_default();
    let member = lines[begin..].iter().rev().find_map(|line| key_of(line)).map(api_name);
    let object = object(&lines, begin, snapshot);
    problem.file = match (object, member) {
        (Some(object), Some(member)) => {
            let dot = if object.contains(": ") { "." } else { ": " };
            format!("{object}{dot}{member}")
        }
        (Some(object), None) => object,
        (None, _) => "the documents together".to_owned(),
    };
    if !problem.label.is_empty() {
        problem.message = format!("{} ({})", problem.message, problem.label);
    }
    problem.related = None;
    problem
}

/// The object whose table starts at a line.
fn object(lines: &[&str], begin: usize, snapshot: &Snapshot) -> Option<String> {
    let header = *lines.get(begin)?;
    let number = lines[..begin].iter().filter(|line| **line == header).count();
    match header {
        "[[services]]" => snapshot.services.get(number).map(|one| one.place.clone()),
        "[[task-definitions]]" => {
            let (reference, one) = snapshot.definitions.iter().nth(number)?;
            let guess = format!("the tasks of `{reference}`");
            Some(if one.place.is_empty() { guess } else { one.place.clone() })
        }
        "[[tasks]]" => snapshot.calls.get(number).map(|call| call.place.clone()),
        "[[running]]" => snapshot
            .running
            .get(number)
            .map(|tasks| format!("the tasks of `{}` in the group `{}`", tasks.definition, tasks.group)),
        "[[capacity-providers]]" => {
            snapshot.providers.get(number).map(|one| format!("the capacity provider `{}`", one.name))
        }
        "[[cluster.instances]]" => Some("the container instances".to_owned()),
        _ => None,
    }
}

/// The key that a line gives a value to.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" = ")?;
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some(key)
}

/// `maximum-percent` as `maximumPercent`.
fn api_name(key: &str) -> String {
    let mut parts = key.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (initial, rest) = part.split_at(usize::from(part.starts_with(|c: char| c.is_ascii())));
        name + &initial.to_ascii_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_the_api_names_members() {
        let keys = ["maximum-percent", "placementStrategy", "task-definition", "x-", "-"];
        assert_eq!(keys.map(api_name), ["maximumPercent", "placementStrategy", "taskDefinition", "x", ""]);
        assert_eq!(key_of("    { name = \"x\", other-cpu = 1 },"), None);
        assert_eq!(key_of("gpu = 1"), Some("gpu"));
    }
}
