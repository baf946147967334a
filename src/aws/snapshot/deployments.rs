//! Deployments that were in progress, paused or given up when a service was described.
//!
//! Their tasks are on the instances already: those of older revisions are replaced from the start of the run on, as those
//! of any service whose tasks are not of its task definition.

use super::Snapshot;
use crate::aws::documents::service::{Deployment, Service};
use crate::aws::reading::arn::last_segment;
use crate::model::counted;

/// Tells what of the deployments no key of a scenario holds.
pub(super) fn note(service: &Service, snapshot: &mut Snapshot) {
    let name = service.service_name.as_deref().unwrap_or_default();
    let has_tasks = |one: &&Deployment| one.running_count.unwrap_or(0) + one.pending_count.unwrap_or(0) > 0;
    let older = service.deployments.iter().filter(|one| one.status.as_deref() != Some("PRIMARY")).filter(has_tasks);
    let is_other = |one: &&Deployment| one.task_definition != service.task_definition;
    let (other, same): (Vec<&Deployment>, Vec<&Deployment>) = older.partition(is_other);
    if !other.is_empty() {
        let sentence = "services with a deployment in progress: it goes on from the start of the run, its tasks of older \
                        revisions are replaced";
        snapshot.notes.about(sentence, &format!("{name} from {}", references(&other)));
    }
    if !same.is_empty() {
        let sentence = "services with a forced deployment of the same task definition in progress: which tasks are still to \
                        be replaced is not told apart, so that none is";
        snapshot.notes.about(sentence, name);
    }
    let is_failed = |one: &&Deployment| one.rollout_state.as_deref() == Some("FAILED");
    if let Some(failed) = service.deployments.iter().find(is_failed) {
        let tasks = failed.failed_tasks.unwrap_or_default();
        let sentence =
            format!("services whose deployment failed ({}): the count of failures begins anew", counted(tasks, "task"));
        snapshot.notes.about(&sentence, name);
    }
}

fn references(deployments: &[&Deployment]) -> String {
    let all = deployments.iter().filter_map(|one| one.task_definition.as_deref()).map(last_segment);
    all.collect::<Vec<_>>().join(", ")
}
