//! One run of one case, on this thread: the same for `run`, for a shard of a sweep, and for its merging.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Context as _;
use fs_err as fs;

use super::super::kit::results::Stopwatch;
use super::super::kit::unplaced;
use crate::analysis::record::RunRecord;
use crate::analysis::{Recorder, ReferenceMix, RunIdentity};
use crate::experiment::{AtEnd, Case, Experiment};
use crate::model::{InstanceId, Policy, Scenario};
use crate::report::csv::{EventWriter, Timing};
use crate::simulation::Control;
use crate::strategy::BASELINES;

/// Larger fleets have no film, and so no picture in which instances have names.
const MOST_NAMES: usize = 120_000;

/// Where the events of a run go, if they are wanted.
pub(in crate::cli) type Events<'a> = Option<EventWriter<'a, fs::File>>;

/// A scenario whose runs are recorded.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Recorded<'a> {
    pub(in crate::cli) scenario: &'a Scenario,
    pub(in crate::cli) mix: &'a ReferenceMix,
    /// Whether pictures are drawn: then one run of a policy is filmed.
    pub(in crate::cli) pictures: bool,
}

impl Recorded<'_> {
    /// The record of a case and what it cost on a clock; `None` if it was interrupted.
    ///
    /// # Errors
    /// If its events cannot be written.
    pub(in crate::cli) fn run(
        &self,
        experiment: &Experiment<'_>,
        case: Case,
        control: &Control,
        events: Events<'_>,
    ) -> anyhow::Result<Option<(RunRecord, Timing)>> {
        let policy = &experiment.policy(case).name;
        let stopwatch = Stopwatch::start();
        let recorder = Recorder::new(self.scenario, experiment.requests(case), self.mix);
        // One picture and one film of the fleet a policy are enough; the film is for the report.
        let is_filmed = case.seed == 1 && self.pictures;
        let recorder = if is_filmed { recorder.with_film() } else { recorder };
        let end = (case.seed == 1).then(|| AtEnd::of_waiting(unplaced::MOST_INSTANCES));
        let mut observers = (recorder, (events, end));
        let Ok(load) = experiment.run(case, control, &mut observers) else { return Ok(None) };
        let (recorder, (events, end)) = observers;
        if let Some(events) = events {
            events.finish()?;
        }
        let paths = recorder.paths().map(str::to_owned).collect();
        let mut record = recorder.finish(RunIdentity { run: case.run, policy: policy.clone(), seed: case.seed });
        record.load = load.to_string();
        if case.seed == 1 {
            let end = end.and_then(AtEnd::into_moment);
            unplaced::look_closely(self.scenario, experiment, case, &mut record, end.as_ref());
            record.names = self.names(&record);
        } else {
            record.fleet.clear();
            record.instances.clear();
            record.unplaced.clear();
        }
        let timing = stopwatch.timing(&record, paths);
        Ok(Some((record, timing)))
    }

    /// What people call the instances of a fleet that is small enough for pictures with names.
    fn names(&self, record: &RunRecord) -> Vec<String> {
        let last = record.instances.last().map_or(0, |row| row.instance as usize + 1);
        let count = last.max(self.scenario.fleet.instances.len());
        let ids = (0..count).map(InstanceId::from_index);
        if count > MOST_NAMES {
            return Vec::new();
        }
        ids.map(|id| self.scenario.fleet.label(id).into_owned()).collect()
    }
}

/// Does `work`, with the policy and the seed in whatever goes wrong, a panic included.
///
/// # Errors
/// What went wrong.
pub(in crate::cli) fn guarded<T>(
    policy: &Policy,
    seed: u32,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let ran = catch_unwind(AssertUnwindSafe(work));
    let outcome = ran.unwrap_or_else(|payload| Err(panicked(policy, payload.as_ref())));
    outcome.with_context(|| format!("policy `{}`, seed {seed}", policy.name))
}

/// A fault of this program, or of the strategy that somebody brought, told with the words that it ended with.
fn panicked(policy: &Policy, payload: &(dyn Any + Send)) -> anyhow::Error {
    let text = payload.downcast_ref::<&str>().copied();
    let words = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word");
    let custom = policy.strategy.as_ref().and_then(|strategy| strategy.custom());
    let brought = custom.filter(|custom| !BASELINES.iter().any(|known| known.name == custom.name()));
    match brought {
        Some(own) => anyhow::anyhow!(
            "the program panicked as the strategy `{}` was asked, which a crate brought: {words}; \
             `stowplan::strategy::laws::check` in a test of that crate finds the cluster on which it does",
            own.name()
        ),
        None => {
            anyhow::anyhow!("the program panicked: {words}; this is a fault of stowplan, and the scenario shows it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Rule, Strategy};
    use crate::strategy::{Custom, View};

    #[derive(Debug)]
    struct Mine;

    impl crate::strategy::Strategy for Mine {
        fn name(&self) -> &'static str {
            "mine"
        }

        fn choose(&self, _: &View<'_>) -> usize {
            0
        }
    }

    #[test]
    fn a_panic_is_laid_at_the_door_of_who_panicked() {
        let check = |custom: Option<Custom>, expected: &str| {
            let strategy = custom.map(|custom| Strategy(vec![Rule::Custom(custom)]));
            let policy = Policy { name: "p".to_owned(), strategy, constraints: Vec::new() };
            let told = guarded::<()>(&policy, 7, || panic!("no idea")).unwrap_err();
            let told = format!("{told:#}");
            assert!(told.starts_with("policy `p`, seed 7: ") && told.contains("no idea"), "{told}");
            assert!(told.contains(expected), "{told}");
        };
        check(None, "a fault of stowplan");
        check(Some(BASELINES[0].strategy()), "a fault of stowplan");
        check(Some(Custom::new(Mine)), "the strategy `mine` was asked, which a crate brought");
    }
}
