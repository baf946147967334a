//! What happened between two looks at a cluster: tasks that are new, and those that were told to stop, in order of time.

use std::collections::BTreeMap;

use crate::aws::{Document, Task, Texts, last_segment};
use crate::model::counted;

/// A task that was placed.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) name: String,
    pub(super) instance: String,
    pub(super) group: String,
    pub(super) definition: String,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A task was told to stop: from now on it counts nowhere.
    Stopped(New),
    Placed(New),
}

/// What two looks at a cluster tell.
#[derive(Debug, Default)]
pub(super) struct Between {
    /// In order of time, stops before placements of the same millisecond.
    pub(super) steps: Vec<Step>,
    /// What could not be told of the order.
    pub(super) notes: Vec<String>,
}

/// Every task that some documents describe; of one that stands there twice, the last.
fn tasks(texts: &Texts) -> BTreeMap<&str, &Task> {
    let described = texts.parts.iter().flat_map(|part| match &part.document {
        Document::Tasks(response) => response.tasks.iter().collect(),
        Document::Task(response) => response.task.iter().collect(),
        _ => Vec::new(),
    });
    described.filter_map(|task| Some((task.task_arn.as_deref()?, task))).collect()
}

/// Whether some document is an answer of describe-tasks, be it empty.
pub(super) fn has_listing(texts: &Texts) -> bool {
    texts.parts.iter().any(|part| matches!(part.document, Document::Tasks(_) | Document::Task(_)))
}

/// How many tasks some documents describe.
pub(super) fn count(texts: &Texts) -> usize {
    tasks(texts).len()
}

/// # Errors
/// Every task that does not say what it is or where.
pub(super) fn between(before: &Texts, after: &Texts) -> Result<Between, Vec<String>> {
    let (before, after) = (tasks(before), tasks(after));
    let (mut all, mut wrong, mut between) = (Vec::new(), Vec::new(), Between::default());
    let (mut undated, mut undated_stops) = (0, 0);
    for (arn, task) in &after {
        let Some(instance) = task.container_instance_arn.as_deref() else { continue };
        let (Some(group), Some(definition)) = (&task.group, &task.task_definition_arn) else {
            let missing = if task.group.is_none() { "group" } else { "taskDefinitionArn" };
            wrong.push(format!("task `{}` has no `{missing}`", last_segment(arn)));
            continue;
        };
        let [name, instance, definition] = [*arn, instance, definition].map(|arn| last_segment(arn).to_owned());
        let one = New { name, instance, group: group.clone(), definition };
        let was_counted = before.get(arn).map(|task| task.is_counted());
        if was_counted.is_none() {
            undated += usize::from(task.created_at.is_none());
            let at = task.created_at.map_or(i64::MIN, |time| time.milliseconds);
            all.push((at, Step::Placed(one.clone())));
        }
        if was_counted != Some(false) && !task.is_counted() {
            match task.stopping_at.or(task.stopped_at) {
                Some(time) => all.push((time.milliseconds, Step::Stopped(one))),
                None => undated_stops += 1,
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    all.sort_by_key(|(at, step)| (*at, matches!(step, Step::Placed(_))));
    between.steps = all.into_iter().map(|(_, step)| step).collect();
    let gone = before.iter().filter(|(arn, task)| task.is_counted() && !after.contains_key(*arn)).count();
    let mut note = |count: usize, noun: &str, what: &str| {
        if count > 0 {
            between.notes.push(format!("note: {} {what}", counted(count, noun)));
        }
    };
    note(undated, "new task", "without `createdAt`: taken first, in the order of the ARNs");
    note(undated_stops, "task", "told to stop without `stoppingAt`: taken to hold room to the end");
    note(gone, "task", "from before not described after: taken to run on");
    Ok(between)
}
