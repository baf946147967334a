//! Names: what they are made of, and that each is given once.

use std::collections::BTreeMap;

use super::context::Problem;
use super::reader::{Item, Table};
use super::rules::Rule;

/// Names that become names of files and rows.
pub(crate) fn is_file_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

pub(crate) const ECS_NAME: &str = "1 to 255 letters, digits, - and _";

pub(crate) fn is_ecs_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

pub(crate) fn is_attribute_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./\\".contains(&byte))
}

pub(crate) fn is_attribute_value(value: &str) -> bool {
    (1..=128).contains(&value.len())
        && value.trim() == value
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@/\\: ".contains(&byte))
}

/// Notes names that are given twice.
pub(crate) fn report_duplicates<'a>(names: impl Iterator<Item = Item<'a>>, kind: &str) {
    let mut seen: BTreeMap<&str, Item<'a>> = BTreeMap::new();
    for item in names {
        let Some(name) = item.value().as_str() else { continue };
        if let Some(first) = seen.get(name) {
            let message = format!("{kind} `{}` is defined twice", name.escape_debug());
            let problem = Problem::new(Rule::DuplicateName, message)
                .label("defined again")
                .help("give it another name, or leave it out");
            item.report(problem.related(first.span(), "defined first here"));
        } else {
            seen.insert(name, item);
        }
    }
}

/// The only one of several keys that is written; none or many are a problem.
pub(crate) fn exactly_one<'a>(
    table: &Table<'a>,
    mut written: impl Iterator<Item = Item<'a>>,
    subject: &str,
    keys: &[&str],
) -> Option<Item<'a>> {
    let first = written.next();
    let Some(second) = written.next() else {
        if first.is_none() {
            let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let problem = Problem::new(Rule::Conflict, format!("{subject} needs one of {}", names.join(", ")));
            table.report(problem.label("none of them is here").help("add one"));
        }
        return first;
    };
    let first = first?;
    let problem = Problem::new(Rule::Conflict, format!("{subject} has `{}` and `{}`", first.key(), second.key()));
    second.report(problem.label("one too many").help("leave one of the two out"));
    None
}
