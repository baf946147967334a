//! The question "where would all this go, from empty": the tasks that run are placed anew, and policies are compared.
//!
//! Capacities are what remains and what tasks take, so that what is held back stays out. Tasks of services come by their
//! services; all others are standalone tasks of their group.

use std::collections::BTreeMap;

use super::Writer;
use super::text::quoted;
use crate::aws::snapshot::{RunningTasks, Snapshot};

/// The templates that stand beside the strategies found.
const TEMPLATES: [&str; 3] = ["az-balanced-spread", "az-balanced-binpack", "binpack"];

impl Writer {
    pub(super) fn head_as_new(&mut self, cluster: &str) {
        let description = format!("Where the tasks of {cluster} would go on empty instances.");
        self.set("description", quoted(&description));
        self.line("# Seeds differ where a placement is drawn, as that of a task without a strategy is.");
        self.set("seeds", 11);
        self.line("# The policies decide, and under `as-is` each service has the strategy that was found.");
        self.set("policies-override", true);
    }

    pub(super) fn running_as_new(&mut self, snapshot: &Snapshot, referred: &BTreeMap<String, String>) {
        let is_of_service = |tasks: &&RunningTasks| {
            let name = tasks.group.strip_prefix("service:");
            name.is_some_and(|name| snapshot.services.iter().any(|service| service.name == name))
        };
        for tasks in snapshot.running.iter().filter(|tasks| !is_of_service(tasks)) {
            // New tasks choose a device of their own.
            let RunningTasks { definition, group, demand, places, device: _ } = tasks;
            self.line("\n[[tasks]]");
            self.set("task-definition", quoted(&referred[definition]));
            self.set("count", places.values().map(|count| u64::from(*count)).sum::<u64>());
            self.set("group", quoted(group));
            self.sizes(demand, &snapshot.definitions[definition].task.demand);
            let sentence = "groups of tasks that are no service's are placed anew without strategies and constraints of their \
                            calls, which no document tells";
            self.notes.about(sentence, group);
        }
    }

    pub(super) fn policies(&mut self) {
        for template in ["as-is"].iter().chain(&TEMPLATES) {
            self.line("\n[[policies]]");
            self.set("name", quoted(template));
            self.set("template", quoted(template));
        }
    }
}
