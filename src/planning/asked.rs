//! Which load a question is about: the scenario's own so many times, at another rate, or what a window of its trace has.
//!
//! A rate speaks of what arrives: services stay as they are. A window starts with the tasks that run when it opens, each
//! with what is left of its life, and ends the run when it closes.

use crate::model::{
    Arrivals, Lifetime, LoadFactor, Scenario, Scheduling, Service, SimSpan, SimTime, TaskSource, Trace, TraceTask,
    counted,
};

/// Millionths of a task.
const MILLIONTHS: f64 = 1e6;

/// The load that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedLoad {
    /// So many times as large.
    Times(LoadFactor),
    /// So many tasks an hour arrive, in millionths.
    Rate(u64),
    /// What the trace has from one instant to another.
    Window(SimTime, SimTime),
}

/// A scenario with the load that is asked about, apart from how many times as large it is.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The scenario.
    pub scenario: Scenario,
    /// How many times its load is meant.
    pub factor: LoadFactor,
    /// What people must know of it.
    pub note: Option<String>,
}

impl AskedLoad {
    /// The scenario with this load.
    ///
    /// # Errors
    /// If the scenario has nothing that such a load could be made of.
    pub fn of(self, scenario: Scenario) -> Result<Asked, String> {
        match self {
            Self::Times(factor) => Ok(Asked { scenario, factor, note: None }),
            Self::Rate(per_hour) => at_rate(scenario, per_hour),
            Self::Window(from, until) => within(scenario, from, until),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate of draws, which is no exact number")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1,000,000,000")]
fn at_rate(mut scenario: Scenario, per_hour: u64) -> Result<Asked, String> {
    let own = scenario.sources.iter().map(rate).sum::<f64>() + rate_of_trace(&scenario.trace, scenario.horizon);
    if own <= 0.0 {
        return Err(format!(
            "no task of `{}` arrives over time, so that a rate says nothing of its load; write a factor, such as `--load 2x`",
            scenario.name
        ));
    }
    let wanted = per_hour as f64 / MILLIONTHS;
    let factor = (wanted / own * MILLIONTHS).round();
    if !(1.0..=1e9).contains(&factor) {
        return Err(format!(
            "`{}` has {own:.3} tasks an hour, and {wanted} is not between a millionth and 1000 times that",
            scenario.name
        ));
    }
    let factor = LoadFactor(factor as u32);
    scenario.trace.load_factor = scenario.trace.load_factor.times(factor);
    let arriving = scenario.sources.iter_mut().filter(|source| rate(source) > 0.0);
    arriving.for_each(|source| source.load_factor = source.load_factor.times(factor));
    let times = f64::from(factor.0) / MILLIONTHS;
    let beside = if scenario.services.is_empty() { "" } else { "; services are as the scenario says" };
    let note = format!("load: {wanted} tasks an hour arrive, {times} times the {own:.3} of the scenario{beside}");
    Ok(Asked { scenario, factor: LoadFactor::ONE, note: Some(note) })
}

/// Tasks an hour of a source while it lasts.
fn rate(source: &TaskSource) -> f64 {
    source.arrivals.tasks_per_hour() * f64::from(source.load_factor.0) / MILLIONTHS
}

/// Tasks an hour of a trace, up to the horizon or its last arrival.
#[expect(clippy::cast_precision_loss, reason = "a rate of draws, which is no exact number")]
fn rate_of_trace(trace: &Trace, horizon: Option<SimTime>) -> f64 {
    let last = trace.tasks.last().map_or(SimTime::ZERO, |task| task.at);
    let end = horizon.unwrap_or(last);
    let count = trace.tasks.iter().filter(|task| task.at <= end).count();
    let hours = end.0 as f64 / 3_600_000.0;
    if hours > 0.0 { count as f64 / hours * f64::from(trace.load_factor.0) / MILLIONTHS } else { 0.0 }
}

fn within(mut scenario: Scenario, from: SimTime, until: SimTime) -> Result<Asked, String> {
    let name = &scenario.name;
    if scenario.trace.tasks.is_empty() {
        return Err(format!("`{name}` has no trace, and a window is of one; write a factor or a rate"));
    }
    if let Some(service) = scenario.services.iter().find(|service| changes(service)) {
        return Err(format!(
            "a window starts anew at {} and service `{}` changes over time, so that it is not known how it stands then; \
             leave the service out, or write a factor",
            hours(from),
            service.name
        ));
    }
    if let Some(at) = scenario.sources.iter().position(|source| !is_there_always(source)) {
        return Err(format!(
            "a window is of the trace alone, and [[tasks]] number {} of `{name}` come over time; leave them out",
            at + 1
        ));
    }
    let tasks: Vec<TraceTask> = scenario.trace.tasks.iter().filter_map(|task| cut(task, from, until)).collect();
    if tasks.is_empty() {
        let last = scenario.trace.tasks.last().map_or(SimTime::ZERO, |task| task.at);
        let (opens, closes) = (hours(from), hours(until));
        return Err(format!(
            "no task of the trace runs between {opens} and {closes}; the last arrives at {}",
            hours(last)
        ));
    }
    let there = tasks.iter().filter(|task| task.at == SimTime::ZERO).count();
    let note = format!(
        "load: {} of the trace from {} to {}, {there} of them there from the start",
        counted(tasks.len(), "task"),
        hours(from),
        hours(until)
    );
    scenario.trace.tasks = tasks;
    scenario.horizon = Some(SimTime(until.0 - from.0));
    let snapshot = scenario.snapshot.filter(|at| (from..until).contains(at));
    scenario.snapshot = snapshot.map(|at| SimTime(at.0 - from.0));
    Ok(Asked { scenario, factor: LoadFactor::ONE, note: Some(note) })
}

/// What a window has of a task, its times from the opening on.
fn cut(task: &TraceTask, from: SimTime, until: SimTime) -> Option<TraceTask> {
    if task.at >= until {
        return None;
    }
    if task.at >= from {
        return Some(TraceTask { at: SimTime(task.at.0 - from.0), ..*task });
    }
    let Some(life) = task.life else { return Some(TraceTask { at: SimTime::ZERO, ..*task }) };
    let ends = task.at.after(life);
    (ends > from).then(|| TraceTask { at: SimTime::ZERO, life: Some(SimSpan(ends.0 - from.0)), ..*task })
}

fn changes(service: &Service) -> bool {
    let settings = &service.settings;
    settings.scheduling == Scheduling::Replica
        && (!settings.steps.is_empty() || settings.curve.is_some() || !settings.deployments.is_empty())
}

fn is_there_always(source: &TaskSource) -> bool {
    source.arrivals == Arrivals::AtOnce && source.start == SimTime::ZERO && source.lifetime == Lifetime::Forever
}

/// `6h`, `1.5h`.
fn hours(at: SimTime) -> String {
    let thousandths = at.0 / 3_600;
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    format!("{}h", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DefinitionId, GroupId};
    use crate::planning::test_support::{binpack, scenario};

    const HOUR: u64 = 3_600_000;

    /// Tasks of the trace: arrival and life in hours.
    fn traced(tasks: &[(u64, Option<u64>)]) -> Scenario {
        let mut traced = scenario(&[(0, 10, 10, 1)], &[("a", 1, 1, 0)], binpack());
        let task = |&(at, life): &(u64, Option<u64>)| TraceTask {
            at: SimTime(at * HOUR),
            life: life.map(|life| SimSpan(life * HOUR)),
            definition: DefinitionId(0),
            group: GroupId(0),
        };
        traced.trace.groups = vec!["g".to_owned()];
        traced.trace.tasks = tasks.iter().map(task).collect();
        traced
    }

    fn window(from: u64, until: u64) -> AskedLoad {
        AskedLoad::Window(SimTime(from * HOUR), SimTime(until * HOUR))
    }

    #[test]
    fn a_window_has_what_runs_when_it_opens_and_what_arrives_until_it_closes() {
        let all = [(0, None), (1, Some(1)), (1, Some(3)), (2, Some(9)), (3, Some(1)), (4, Some(1))];
        let asked = window(2, 4).of(traced(&all)).unwrap();
        let tasks: Vec<_> = asked
            .scenario
            .trace
            .tasks
            .iter()
            .map(|task| (task.at.0 / HOUR, task.life.map(|life| life.0 / HOUR)))
            .collect();
        // That of 1 to 2 is over, that of 4 comes too late, that of 1 to 4 has two hours left.
        assert_eq!(tasks, [(0, None), (0, Some(2)), (0, Some(9)), (1, Some(1))]);
        assert_eq!(asked.scenario.horizon, Some(SimTime(2 * HOUR)));
        assert_eq!(asked.note.unwrap(), "load: 4 tasks of the trace from 2h to 4h, 3 of them there from the start");
        let error = window(20, 30).of(traced(&[(1, Some(1))])).unwrap_err();
        assert!(error.contains("between 20h and 30h; the last arrives at 1h"), "{error}");
    }

    #[test]
    fn a_rate_is_a_factor_of_what_arrives() {
        // Four tasks up to hour 2, two an hour.
        let asked = AskedLoad::Rate(5_000_000).of(traced(&[(0, None), (1, None), (2, None), (2, None)])).unwrap();
        assert_eq!(asked.scenario.trace.load_factor, LoadFactor(2_500_000));
        assert_eq!(asked.factor, LoadFactor::ONE);
        assert!(asked.note.unwrap().contains("2.5 times the 2.000"));
        let still = AskedLoad::Rate(1).of(scenario(&[(0, 1, 1, 1)], &[("a", 1, 1, 3)], binpack())).unwrap_err();
        assert!(still.contains("write a factor, such as `--load 2x`"), "{still}");
        let many = AskedLoad::Rate(u64::MAX).of(traced(&[(0, None), (2, None)])).unwrap_err();
        assert!(many.contains("1000 times"), "{many}");
    }

    #[test]
    fn a_window_says_what_it_cannot_be_made_of() {
        let error = window(0, 1).of(scenario(&[(0, 1, 1, 1)], &[("a", 1, 1, 3)], binpack())).unwrap_err();
        assert!(error.contains("has no trace"), "{error}");
        let mut changing = traced(&[(0, None)]);
        changing.services[0].settings.steps.push((SimTime(HOUR), 3));
        let error = window(0, 1).of(changing).unwrap_err();
        assert!(error.contains("service `a` changes over time"), "{error}");
    }
}
