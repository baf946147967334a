//! M25 and what deployments did: stops that the scheduler made, by cause, against task-hours.
//!
//! Stops that the load asked for (a life that ended, fewer tasks desired) are no churn.

use crate::analysis::record::{DeploymentRow, Figure};
use crate::analysis::sheet::Sheet;
use crate::model::{Requests, Scenario, SimSpan};
use crate::simulation::{DeploymentReport, Outcome, StopCause};

/// Counters of stops, and the deployments so far.
#[derive(Clone, Debug)]
pub(super) struct Moves {
    stops: [u64; StopCause::ALL.len()],
    held: u64,
    deployments: Vec<DeploymentReport>,
}

impl Moves {
    pub(super) fn new() -> Self {
        Self { stops: [0; StopCause::ALL.len()], held: 0, deployments: Vec::new() }
    }

    #[inline]
    pub(super) fn stop(&mut self, cause: StopCause) {
        self.stops[cause as usize] += 1;
    }

    /// A task waits on its instance for the resources of one that stops.
    pub(super) fn hold(&mut self) {
        self.held += 1;
    }

    pub(super) fn deployment(&mut self, report: DeploymentReport) {
        self.deployments.push(report);
    }

    /// Writes the figures of a run with this integral of living tasks over milliseconds.
    pub(super) fn write(&self, task_ms: u128, sheet: &mut Sheet) {
        let of = |cause: StopCause| self.stops[cause as usize];
        let moved = of(StopCause::Deployment) + of(StopCause::Drained) + of(StopCause::Rebalanced);
        let per_hour = |stops: u64| Figure::ratio(u128::from(stops) * u128::from(SimSpan::HOUR.0), task_ms);
        sheet.set("churn_per_task_hour", per_hour(moved));
        sheet.set("stops_by_load_per_task_hour", per_hour(of(StopCause::Ended) + of(StopCause::ScaledIn)));
        sheet.set("tasks_moved", Figure::Count(moved));
        sheet.set("tasks_lost", Figure::Count(of(StopCause::InstanceLost)));
        sheet.set("tasks_scaled_in", Figure::Count(of(StopCause::ScaledIn)));
        sheet.set("tasks_rebalanced", Figure::Count(of(StopCause::Rebalanced)));
        sheet.set("tasks_held_pending", Figure::Count(self.held));
        let ended = |outcome| self.deployments.iter().filter(|report| report.outcome == outcome).count() as u64;
        let completed = ended(Outcome::Completed);
        sheet.set("deployments_completed", Figure::Count(completed));
        sheet.set("deployments_not_completed", Figure::Count(self.deployments.len() as u64 - completed));
        let done = self.deployments.iter().filter(|report| report.outcome == Outcome::Completed);
        let durations = done.map(|report| Figure::ratio(u128::from(report.ended.since(report.started).0), 1_000));
        sheet.set("deployment_duration_s_max", Figure::largest(durations));
    }

    /// One row a deployment, in the order of their ends.
    pub(super) fn rows(&self, scenario: &Scenario, requests: &Requests) -> Vec<DeploymentRow> {
        let row = |report: &DeploymentReport| DeploymentRow {
            group: format!("service:{}", scenario.services[report.service as usize].name),
            revision: report.revision,
            task_definition: scenario.definitions[requests[report.request].definition.index()].family.clone(),
            strategy: report.strategy.to_owned(),
            clean_up_ms: report.clean_up.map(|at| at.0),
            started_ms: report.started.0,
            ended_ms: report.ended.0,
            outcome: report.outcome.text().to_owned(),
            stuck_since_ms: report.stuck.map(|(_, since)| since.0),
            reason: report.stuck.map(|(reason, _)| reason.text().to_owned()).unwrap_or_default(),
            tasks_started: report.tasks_started,
            tasks_stopped: report.tasks_stopped,
            attempts_failed: report.attempts_failed,
            tasks_peak: report.tasks_peak,
            cpu_peak: report.reserved_peak.0,
            memory_mib_peak: report.reserved_peak.1,
            zone_skew: report.zone_skew,
            tasks_on_one_instance: report.tasks_on_one_instance,
        };
        let mut rows: Vec<DeploymentRow> = self.deployments.iter().map(row).collect();
        rows.sort_by_key(|row| row.ended_ms);
        rows
    }
}
