//! A run of a sweep that answers a question of planning: the answer of `plan` for one policy at one point.
//!
//! The answer draws its own orders and packings, so that there is one a policy and point, whatever the seeds.

use std::sync::Arc;

use crate::model::{LoadFactor, Policy, Scenario};
use crate::planning::compact::{Confidence, Question as Compact, compact};
use crate::planning::loss::{Order, Question as Loss, Unit, survive};
use crate::planning::{Load, Tolerance, Watch};
use crate::report::sweep::Answered;
use crate::scenario::Question;
use crate::simulation::Control;

/// Seeds of the packings on which zones are lost, as `plan zone-loss` has them.
const SEEDS: u32 = 11;

/// The answer; `None` if it was interrupted.
///
/// # Errors
/// If the question cannot be asked of this scenario.
pub(super) fn answer(
    question: Question,
    scenario: &Scenario,
    policy: &Policy,
    control: &Arc<Control>,
) -> anyhow::Result<Option<Answered>> {
    anyhow::ensure!(!scenario.fleet.instances.is_empty(), "scenario `{}` has no instance to plan with", scenario.name);
    let has_load = !scenario.services.is_empty()
        || !scenario.sources.is_empty()
        || !scenario.trace.tasks.is_empty()
        || !scenario.running.is_empty();
    anyhow::ensure!(has_load, "scenario `{}` has no load to plan for", scenario.name);
    let endless = scenario.horizon.is_none() && scenario.sources.iter().any(|source| source.count.is_none());
    anyhow::ensure!(!endless, "the load of `{}` never ends; give the scenario a `horizon`", scenario.name);
    let mut watch = Watch::default();
    watch.control = Arc::clone(control);
    let load = Load::of(scenario, LoadFactor::ONE);
    match question {
        Question::Compact => {
            let asked = Compact { tolerance: Tolerance { epsilon: 0, picky: 5 }, confidence: Confidence::P90 };
            let one = compact(&load, policy, asked, &watch);
            Ok((!one.is_interrupted).then(|| Answered::from(&one)))
        }
        Question::ZoneLoss => {
            let asked = Loss { unit: Unit::Zone, order: Order::Oldest, seeds: SEEDS, searches: true };
            let one = survive(scenario, &load, policy, asked, &watch);
            Ok((!one.is_interrupted).then(|| Answered::from(&one)))
        }
    }
}

/// The question of a plan, by its word.
pub(super) fn of_word(word: Option<&str>) -> Option<Question> {
    Question::WORDS.iter().find(|(known, _)| Some(*known) == word).map(|(_, question)| *question)
}
