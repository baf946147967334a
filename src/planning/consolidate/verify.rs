//! A plan is run through the simulation: one instance drains after another, services act as ECS lets them, and what goes
//! must be empty by then and leave no task over.

use super::{Question, Step};
use crate::engine::Engine;
use crate::experiment::{Case, EngineKind, Experiment};
use crate::model::{Happening, HappeningKind, InstanceId, Policy, Scenario, SimTime};
use crate::planning::ground::Interrupted;
use crate::planning::ground::standing::at_rest;
use crate::planning::watch::Watch;
use crate::simulation::{Heard, Observer, Stop, StopCause, Tasks};

/// From one step to the next; half of it an instance has to become empty.
const STEP_MS: u64 = 4 * 3_600_000;

/// The first step that is not taken as planned; `None` if all are.
///
/// # Errors
/// [`Interrupted`] if the person pressed Ctrl-C.
pub(super) fn first_broken(
    scenario: &Scenario,
    policy: &Policy,
    steps: &[Step],
    question: Question,
    watch: &Watch,
) -> Result<Option<usize>, Interrupted> {
    if steps.is_empty() {
        return Ok(None);
    }
    watch.begin("simulating every step");
    let mut running = scenario.running.clone();
    if question.move_standalone {
        // Standalone tasks of instances that go are started anew by hand: the simulation knows of no one who does.
        running.iter_mut().filter(|one| !is_of_service(scenario, &one.group)).for_each(|one| {
            one.places.retain(|(instance, _)| steps.iter().all(|step| step.instance != *instance));
        });
        running.retain(|one| !one.places.is_empty());
    }
    let mut simulated = at_rest(scenario, policy, running);
    simulated.draining.clone_from(&scenario.draining);
    let at = |step: usize, half: u64| SimTime((step as u64 + 1) * STEP_MS + half * STEP_MS / 2);
    for (number, step) in steps.iter().enumerate() {
        // What is empty drains at once, before anything goes to it.
        let drains = if step.moves.is_empty() { SimTime(0) } else { at(number, 0) };
        simulated.happenings.push(Happening { at: drains, what: HappeningKind::InstanceDrained(step.instance) });
        let what = HappeningKind::InstanceLost(step.instance);
        simulated.happenings.push(Happening { at: at(number, 1), what });
    }
    simulated.happenings.sort_by_key(|happening| happening.at);
    simulated.horizon = Some(at(steps.len(), 0));
    let mut watcher = Watcher { steps, broken: None, waiting: 0, missing: false };
    let experiment = Experiment::new(&simulated, EngineKind::Fast);
    experiment
        .run(Case { run: 0, policy: 0, seed: 1 }, &watch.control, &mut Heard(&mut watcher))
        .map_err(|_| Interrupted)?;
    let left_over = watcher.waiting > 0 || watcher.missing;
    // Who is left over in the end, and not when something went, is left over by the last step that moved a task.
    let last = steps.iter().rposition(|step| !step.moves.is_empty());
    Ok(watcher.broken.or(last.filter(|_| left_over)))
}

fn is_of_service(scenario: &Scenario, group: &str) -> bool {
    let name = group.strip_prefix("service:");
    name.is_some_and(|name| scenario.services.iter().any(|service| service.name == name))
}

struct Watcher<'a> {
    steps: &'a [Step],
    broken: Option<usize>,
    waiting: u64,
    missing: bool,
}

impl Observer for Watcher<'_> {
    fn stopped(&mut self, stop: &Stop) {
        // Whatever still runs when its instance goes is lost; daemons have gone by then.
        if stop.cause == StopCause::InstanceLost {
            let step = self.steps.iter().position(|step| step.instance == stop.instance);
            self.broken = self.broken.into_iter().chain(step).min();
        }
    }

    fn finished(&mut self, _at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.waiting = tasks.waiting();
        let goes = |instance: InstanceId| self.steps.iter().any(|step| step.instance == instance);
        let mut missing = false;
        tasks.for_each(&mut |_, instance| missing |= goes(instance));
        self.missing = missing || cluster.instance_count() == 0;
    }
}
