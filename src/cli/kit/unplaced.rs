//! The waiting and the refused of a run by name: what is short on the best instance, and the command that tells all.

use std::io::Write as _;
use std::path::Path;

use super::terminal;
use crate::analysis::catalogue::position;
use crate::analysis::record::{Figure, RunRecord, Shortage, UnplacedState};
use crate::cli::args::{Format, Output};
use crate::experiment::{Case, EngineKind, Experiment, Moment};
use crate::model::{RequestId, Scenario, Scheduling, SimTime};
use crate::report::{deployment_lines, shortage_in_words, unplaced_lines};
use crate::simulation::Control;

/// At most so many kinds are looked at closely.
const MOST: usize = 5;
/// Runs of more attempts are not run again to look at the moment of a refusal.
const MOST_ATTEMPTS: u64 = 200_000;
/// Larger fleets are not looked at closely.
pub(in crate::cli) const MOST_INSTANCES: usize = 20_000;

/// Works out what is short for the largest of a run's rows, at the end for those that wait and at the moment of the first
/// refusal for the others.
pub(in crate::cli) fn look_closely(
    scenario: &Scenario,
    experiment: &Experiment<'_>,
    case: Case,
    record: &mut RunRecord,
    end: Option<&Moment>,
) {
    record.unplaced.sort_by_key(|row| std::cmp::Reverse(row.tasks));
    if scenario.fleet.instances.len() > MOST_INSTANCES {
        return;
    }
    let asked = record.figures[position("attempts").expect("a metric of the catalogue")];
    let is_short = matches!(asked, Figure::Count(attempts) if attempts <= MOST_ATTEMPTS);
    for row in record.unplaced.iter_mut().take(MOST) {
        let request = RequestId(row.request);
        row.best = match (row.state, end) {
            (UnplacedState::Waiting, Some(end)) => shortage(experiment, case, end, request),
            (UnplacedState::Refused, _) if is_short => {
                let at = SimTime(row.since_ms.saturating_add(1));
                let horizon = scenario.horizon.map_or(at, |horizon| horizon.min(at));
                let earlier = Scenario { horizon: Some(horizon), ..scenario.clone() };
                let again = Experiment::new(&earlier, EngineKind::Fast);
                let moment = again.end(case, &Control::default()).ok();
                moment.and_then(|moment| shortage(&again, case, &moment, request))
            }
            _ => None,
        };
    }
}

/// What is short on the best instance of those that the constraints allow; of a DAEMON service, whose tasks wait each for an
/// instance of its own, on the best of those on which none of its tasks runs.
fn shortage(experiment: &Experiment<'_>, case: Case, moment: &Moment, request: RequestId) -> Option<Shortage> {
    let mut engine = experiment.engine_at(case, moment);
    experiment.hold_daemons(&mut engine, moment, request);
    let mut explanation = engine.explain(request);
    let mut services = experiment.scenario().services.iter().enumerate();
    let is_its_own = services.any(|(position, service)| {
        service.settings.scheduling == Scheduling::Daemon && moment.current(position) == request
    });
    if is_its_own {
        let requests = experiment.requests(case);
        let served = moment.instances_of(|other| requests[other].group == requests[request].group);
        explanation.verdicts.retain(|verdict| !served.contains(&verdict.instance));
    }
    let best = explanation.best_allowed()?;
    let first = best.failures.first()?;
    let amounts = first.amounts();
    let words = best.failures.iter().map(shortage_in_words).collect::<Vec<_>>().join("; ");
    Some(Shortage { instance: best.instance.0, words, check: first.reason.text().to_owned(), amounts, is_its_own })
}

/// Prints what became of deployments, and who is not placed, at most five, under the table.
///
/// # Errors
/// If standard output cannot be written.
pub(in crate::cli) fn print(
    records: &[RunRecord],
    scenario: &Scenario,
    file: &Path,
    output: &Output,
) -> anyhow::Result<()> {
    if output.format == Format::Table {
        let width = terminal::width();
        let unplaced = unplaced_lines(records, &scenario.fleet, &file.display().to_string(), width);
        let lines = deployment_lines(records, width) + &unplaced;
        std::io::stdout().lock().write_all(lines.as_bytes())?;
    }
    Ok(())
}
