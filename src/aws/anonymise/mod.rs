//! Documents with other names, so that a cluster can be shown without telling whose it is.
//!
//! Accounts, names, ids and images get new ones; the same name gets the same one wherever it stands: in ARNs, groups,
//! expressions and fields of strategies. Zones, regions, types of instances, sizes and what ECS itself names stay.
//!
//! # Invariants
//! 1. New names of a kind stand in the order of the old ones, so that nothing which goes by the order of names changes.
//! 2. A member that is not known here has its text replaced, or is dropped where it is prose: nothing passes unread.
//! 3. Where a task goes does not change.

mod arns;
mod names;
mod walk;

use serde_json::Value;

use crate::aws::files::read::{Part, Texts};
use crate::aws::reading::arn::last_segment;
use names::Names;
use walk::Walk;

/// The same documents with other names.
///
/// # Errors
/// The file and the expression that cannot be said with other names.
pub fn anonymised(texts: &Texts) -> Result<Texts, String> {
    let value_of = |part: &Part| serde_json::to_value(&part.document).expect("documents are JSON");
    let mut values: Vec<Value> = texts.parts.iter().map(value_of).collect();
    let mut names = Names::default();
    // The first walk collects, the second writes.
    for (value, part) in values.iter().zip(&texts.parts) {
        let mut seen = value.clone();
        Walk { names: &mut names, file: &part.file }.document(&mut seen)?;
    }
    names.number();
    let cluster = texts.cluster.as_deref().map(|name| names.of(names::Noun::Cluster, last_segment(name)));
    let mut renamed = Texts { notes: texts.notes.clone(), cluster, ..Texts::default() };
    for (value, part) in values.iter_mut().zip(&texts.parts) {
        Walk { names: &mut names, file: &part.file }.document(value)?;
        renamed.read(&part.file, value.to_string().as_bytes());
    }
    if let Some(problem) = renamed.problems.iter().find(|problem| problem.is_refused()) {
        return Err(format!("{problem}; it cannot be said with other names"));
    }
    // What was left out is absent now: what is told of it is what was wrong with it.
    for (part, old) in renamed.parts.iter_mut().zip(&texts.parts) {
        part.dropped.clone_from(&old.dropped);
    }
    renamed.problems.clone_from(&texts.problems);
    Ok(renamed)
}
