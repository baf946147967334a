//! Runs of a plan on this machine: those of a shard, or all of them for `run`.
//!
//! Runs of one point share its scenario; points are independent of one another, and so are their runs. Rows come in the order
//! of their runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::super::run::case::{Recorded, guarded};
use super::merge::Plain;
use super::point::{self, Point};
use super::question;
use crate::analysis::ReferenceMix;
use crate::experiment::{Case, EngineKind, Experiment};
use crate::model::Scenario;
use crate::report::csv::Timing;
use crate::report::sweep::{RowTexts, answer_text};
use crate::scenario::Question;
use crate::simulation::Control;
use crate::sweep::{Place, Plan};

/// What one run of a plan came to.
pub(super) struct Row {
    pub(super) run: u32,
    /// As its part has it.
    pub(super) text: String,
    /// What it cost; nothing is known of a run that failed.
    pub(super) timing: Option<Timing>,
    pub(super) is_failed: bool,
}

/// One call, ready to run.
pub(super) struct Session<'a> {
    pub(super) plan: &'a Plan,
    /// The folder that paths in the plan start from.
    pub(super) base: PathBuf,
    pub(super) control: Arc<Control>,
    /// Something is wrong with what all runs need.
    pub(super) is_over: AtomicBool,
}

impl<'a> Session<'a> {
    pub(super) fn new(plan: &'a Plan, base: PathBuf, control: Arc<Control>) -> Self {
        Self { plan, base, control, is_over: AtomicBool::new(false) }
    }

    /// The rows of some runs, ascending; some are missing if it was cancelled.
    ///
    /// # Errors
    /// If a scenario cannot be read, or is not what was planned.
    pub(super) fn run(&self, runs: &[u32], finished: &(dyn Fn() + Sync)) -> anyhow::Result<Vec<Row>> {
        let place = |&run: &u32| self.plan.locate(run).expect("runs below the total have a place");
        let places: Vec<Place> = runs.iter().map(place).collect();
        let points: Vec<&[Place]> = places.chunk_by(|a, b| (a.scenario, a.point) == (b.scenario, b.point)).collect();
        let rows: anyhow::Result<Vec<Vec<Row>>> =
            points.par_iter().map(|places| self.guarded_point(places, finished)).collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    fn guarded_point(&self, places: &[Place], finished: &(dyn Fn() + Sync)) -> anyhow::Result<Vec<Row>> {
        if self.control.cancelled.load(Ordering::Relaxed) || self.is_over.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let ran = self.point(places, finished);
        if ran.is_err() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        ran
    }

    /// The runs of one point, in order.
    fn point(&self, places: &[Place], finished: &(dyn Fn() + Sync)) -> anyhow::Result<Vec<Row>> {
        let Some(first) = places.first() else { return Ok(Vec::new()) };
        let loaded = match point::load(&self.base, self.plan, first.scenario, first.point)? {
            Point::Ready(loaded) => loaded,
            Point::Invalid(problem) => {
                return places.iter().map(|&place| self.failed(place, &problem)).collect();
            }
        };
        let scenario = &loaded.scenario;
        if let Some(asked) = question::of_word(self.plan.question.as_deref()) {
            let answered = places.par_iter().map(|&place| {
                let row = self.answered(asked, place, scenario);
                finished();
                row
            });
            return Ok(answered.collect::<anyhow::Result<Vec<Option<Row>>>>()?.into_iter().flatten().collect());
        }
        let mix = ReferenceMix::of(scenario);
        let recorded = Recorded { scenario, mix: &mix, pictures: self.plan.pictures && self.plan.is_plain };
        let experiment = Experiment::new(scenario, self.engine());
        let one = |&place: &Place| {
            let row = self.one(place, scenario, recorded, &experiment);
            finished();
            row
        };
        let rows: anyhow::Result<Vec<Option<Row>>> = places.par_iter().map(one).collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    fn one(
        &self,
        place: Place,
        scenario: &Scenario,
        recorded: Recorded<'_>,
        experiment: &Experiment<'_>,
    ) -> anyhow::Result<Option<Row>> {
        let case = case_of(place, scenario.seeds);
        let policy = experiment.policy(case);
        match guarded(policy, case.seed, || recorded.run(experiment, case, &self.control, None)) {
            Ok(None) => Ok(None),
            Ok(Some((record, timing))) => {
                let text = match self.plan.is_plain {
                    true => serde_json::to_string(&Plain::Record(Box::new(record)))?,
                    false => RowTexts { plan: self.plan }.of_record(place, &record)?,
                };
                let run = if self.plan.is_plain { timing.run } else { place.run };
                Ok(Some(Row { run: place.run, text, timing: Some(Timing { run, ..timing }), is_failed: false }))
            }
            Err(error) => self.failed(place, &format!("{error:#}")).map(Some),
        }
    }

    /// The row of a run that answers a question.
    fn answered(&self, asked: Question, place: Place, scenario: &Scenario) -> anyhow::Result<Option<Row>> {
        let policy = &scenario.policies[place.policy];
        let ran = guarded(policy, place.seed, || question::answer(asked, scenario, policy, &self.control));
        let text = match &ran {
            Ok(None) => return Ok(None),
            Ok(Some(answer)) => answer_text(self.plan, place, Ok(answer))?,
            Err(error) => answer_text(self.plan, place, Err(&format!("{error:#}")))?,
        };
        Ok(Some(Row { run: place.run, text, timing: None, is_failed: ran.is_err() }))
    }

    /// The row of a run that fails however often it is tried.
    fn failed(&self, place: Place, why: &str) -> anyhow::Result<Row> {
        let text = match (self.plan.is_plain, &self.plan.question) {
            (true, _) => serde_json::to_string(&Plain::Failed(why.to_owned()))?,
            (false, Some(_)) => answer_text(self.plan, place, Err(why))?,
            (false, None) => RowTexts { plan: self.plan }.of_failure(place, why)?,
        };
        Ok(Row { run: place.run, text, timing: None, is_failed: true })
    }

    fn engine(&self) -> EngineKind {
        let reference = EngineKind::Reference;
        if self.plan.engine == reference.name() { reference } else { EngineKind::Fast }
    }
}

/// The case of a place, numbered as `run` numbers it: as if every policy had every seed.
fn case_of(place: Place, seeds: u32) -> Case {
    let policy = u32::try_from(place.policy).expect("policies are few");
    Case { run: policy * seeds + place.seed - 1, policy: place.policy, seed: place.seed }
}
