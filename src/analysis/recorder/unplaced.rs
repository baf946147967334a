//! Who is not placed at the end of a run: tasks of services that wait, standalone tasks that were refused.
//!
//! # Cost
//! A look into a map at every refusal; memory grows with the kinds that were refused.

use std::collections::BTreeMap;

use crate::analysis::record::{UnplacedRow, UnplacedState};
use crate::engine::Reason;
use crate::model::{RequestId, Requests, Scenario, SimTime};
use crate::simulation::{Rejection, Tasks};

/// Refusals so far, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Unplaced {
    refused: BTreeMap<RequestId, Refused>,
    /// The last reason for which a task of a kind was not placed.
    reasons: BTreeMap<RequestId, Reason>,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    tasks: u64,
    first: SimTime,
    reason: Reason,
}

impl Unplaced {
    pub(super) fn refuse(&mut self, rejection: &Rejection) {
        let Rejection { at, request, reason, waits, .. } = *rejection;
        if waits {
            self.reasons.insert(request, reason);
        } else {
            self.refused.entry(request).or_insert(Refused { tasks: 0, first: at, reason }).tasks += 1;
        }
    }

    /// The rows at the end: those that wait, then those that were refused, by kind.
    pub(super) fn rows(&self, scenario: &Scenario, requests: &Requests, tasks: &dyn Tasks) -> Vec<UnplacedRow> {
        let mut waiting: BTreeMap<RequestId, (u64, SimTime)> = BTreeMap::new();
        tasks.for_each_waiting(&mut |request, asked| {
            let (count, since) = waiting.entry(request).or_insert((0, asked));
            *count += 1;
            *since = asked.min(*since);
        });
        let row = |request: RequestId, state, (tasks, since): (u64, SimTime), reason: Option<Reason>| UnplacedRow {
            request: request.0,
            group: requests.groups[requests[request].group.index()].clone(),
            task_definition: scenario.definitions[requests[request].definition.index()].family.clone(),
            state,
            tasks,
            since_ms: since.0,
            reason: reason.map_or_else(String::new, |reason| reason.text().to_owned()),
            best: None,
        };
        let of_waiting = waiting
            .into_iter()
            .map(|(request, waits)| row(request, UnplacedState::Waiting, waits, self.reasons.get(&request).copied()));
        let of_refused = self.refused.iter().map(|(&request, refused)| {
            row(request, UnplacedState::Refused, (refused.tasks, refused.first), Some(refused.reason))
        });
        of_waiting.chain(of_refused).collect()
    }
}
