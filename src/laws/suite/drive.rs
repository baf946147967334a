//! A history played on a placer, with the oracle beside it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::catalogue::{Held, Law, OfStep, law as law_of};
use crate::laws::oracle::{Cluster, Living, Status};
use crate::laws::placer::{Capabilities, Decision, Foreseen, Left, Placer, Placers, Task, Trouble};
use crate::laws::world::{History, Kind, Step, task_name};

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It asks nothing, or was passed over.
    None,
    /// The task went to the instance at this position of the history, or to a name that no instance there has.
    Placed(Result<usize, String>),
    /// The task went nowhere.
    Refused,
    /// The service gave up the task of this number, or named one that it does not have.
    GaveUp(Result<u32, String>),
    /// There was no answer.
    Trouble(Trouble),
}

/// What a law of one answer sees.
#[derive(Debug)]
pub(super) struct Seen<'s> {
    /// The cluster before the step.
    pub(super) before: &'s Cluster<'s>,
    /// The kind of the task that was to be placed; `None` at steps that place nothing.
    pub(super) kind: Option<&'s Kind>,
    /// Where it went.
    pub(super) chosen: Option<usize>,
    /// The answer, of a step that places.
    pub(super) decision: Option<&'s Decision>,
    /// The task that the service of the kind gave up, of a step that asks for one.
    pub(super) gave_up: Option<&'s Result<u32, String>>,
    /// The instances that may take the task, in order.
    pub(super) candidates: &'s [usize],
    /// What the placer says is left afterwards, by instance, and what is.
    pub(super) left: &'s [Remaining],
    /// What the placer declares.
    pub(super) known: &'s Capabilities,
}

impl<'s> Seen<'s> {
    /// What is seen at a step that places nothing.
    fn of_no_task(before: &'s Cluster<'s>, known: &'s Capabilities) -> Self {
        Self { before, kind: None, chosen: None, decision: None, gave_up: None, candidates: &[], left: &[], known }
    }
}

/// What is left on an instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remaining {
    pub(super) instance: usize,
    /// As the placer says.
    pub(super) told: Left,
    /// As it is.
    pub(super) counted: Left,
}

/// A law that was broken at a step, and how.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) law: &'static Law,
    pub(super) step: usize,
    pub(super) what: String,
}

/// What keeps a law of several histories from holding.
#[derive(Clone, Debug)]
pub(super) enum Wrong {
    /// It is broken: how.
    Law(String),
    /// A history was not answered to its end, which is another law.
    Silence(Box<Silence>),
}

/// A history in which the placer gave no answer.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    pub(super) history: History,
    pub(super) played: Played,
    pub(super) trouble: Trouble,
}

impl From<Box<Silence>> for Wrong {
    fn from(silence: Box<Silence>) -> Self {
        Self::Silence(silence)
    }
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self::Law(what)
    }
}

/// A history that was played.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// What became of each step that was reached.
    pub outcomes: Vec<Outcome>,
    /// What is left in the end as the placer says, of the instances that are there.
    pub left: Vec<Left>,
    /// Tasks placed, those of them with a choice, refusals.
    pub counts: [u64; 3],
    pub(super) fault: Option<Fault>,
}

/// Plays a history without asking any law.
///
/// # Errors
/// If no placer could be made.
pub fn play(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Result<Played, Trouble> {
    watch(placers, known, history, &[])
}

/// Plays a history that is answered to its end.
pub(super) fn answered(
    placers: &mut dyn Placers,
    known: &Capabilities,
    history: &History,
) -> Result<Played, Box<Silence>> {
    let silence = |played: Played, trouble: Trouble| Box::new(Silence { history: history.clone(), played, trouble });
    let played = play(placers, known, history).map_err(|trouble| silence(Played::default(), trouble))?;
    match played.trouble() {
        Some(trouble) => Err(silence(played.clone(), trouble.clone())),
        None => Ok(played),
    }
}

/// Plays a history until one of some laws is broken.
pub(super) fn watch(
    placers: &mut dyn Placers,
    known: &Capabilities,
    history: &History,
    laws: &[&'static Law],
) -> Result<Played, Trouble> {
    let foreseen = Foreseen { instances: &history.instances, kinds: &history.kinds, seed: history.seed };
    let mut played = None;
    let heard = placers.with(foreseen, &mut |placer| {
        let cluster = Cluster::new(history, known.spread_counts_draining);
        let mut player = Player { placer, cluster, known, laws, played: Played::default() };
        player.all();
        played = Some(player.played);
    });
    match (heard, played) {
        (Ok(()), played) => Ok(played.unwrap_or_default()),
        (Err(trouble), None) => Err(trouble),
        // It answered what it was asked, and then said something more, or what it was told came to nothing.
        (Err(trouble), Some(mut played)) => {
            let last = history.steps.len().saturating_sub(1);
            if played.fault.is_none() && laws.iter().any(|law| law.id == "P0") {
                played.fault = law_of("P0").map(|law| Fault { law, step: last, what: trouble.what.clone() });
            }
            played.outcomes.truncate(last);
            played.outcomes.push(Outcome::Trouble(trouble));
            Ok(played)
        }
    }
}

impl Played {
    /// Why there was no answer, where one is missing.
    pub(super) fn trouble(&self) -> Option<&Trouble> {
        self.outcomes
            .iter()
            .find_map(|outcome| if let Outcome::Trouble(trouble) = outcome { Some(trouble) } else { None })
    }
}

/// Asks a placer something; a panic is an answer too.
pub(super) fn ask<T>(question: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(question)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message");
        Err(Trouble::new(format!("the placer panicked: {text}")))
    })
}

struct Player<'p, 'h> {
    placer: &'p mut dyn Placer,
    cluster: Cluster<'h>,
    known: &'p Capabilities,
    laws: &'p [&'static Law],
    played: Played,
}

impl Player<'_, '_> {
    fn all(&mut self) {
        for (position, &step) in self.cluster.history.steps.iter().enumerate() {
            let outcome = self.step(position, step).unwrap_or_else(|trouble| self.trouble(position, trouble));
            let is_over = matches!(outcome, Outcome::Trouble(_));
            self.played.outcomes.push(outcome);
            if is_over || self.played.fault.is_some() {
                return;
            }
        }
        self.end();
    }

    fn trouble(&mut self, step: usize, trouble: Trouble) -> Outcome {
        if let Some(law) = self.laws.iter().find(|law| law.id == "P0") {
            self.played.fault = Some(Fault { law, step, what: trouble.what.clone() });
        }
        Outcome::Trouble(trouble)
    }

    fn step(&mut self, position: usize, step: Step) -> Result<Outcome, Trouble> {
        let history = self.cluster.history;
        let name = |instance: usize| history.instances[instance].name.as_str();
        match step {
            Step::Place { task, kind } => return self.place(position, task, kind),
            Step::ScaleIn(kind) => return self.scale_in(position, kind),
            Step::Register(instance) => {
                if self.cluster.order.contains(&instance) {
                    return Ok(Outcome::None);
                }
                ask(|| self.placer.register(&history.instances[instance]))?;
                self.cluster.statuses[instance] = Status::Active;
                self.cluster.order.push(instance);
            }
            Step::Stop(task) => {
                if let Some(living) = self.cluster.tasks.get(&task).copied() {
                    ask(|| self.placer.stop(&task_name(task)))?;
                    self.cluster.tasks.remove(&task);
                    self.look(position, &[living.instance])?;
                }
            }
            Step::Gone(task) => {
                if self.has_stopped(position, task) {
                    ask(|| self.placer.gone(&task_name(task)))?;
                }
            }
            Step::Drain(instance) if self.cluster.statuses[instance] == Status::Active => {
                ask(|| self.placer.drain(name(instance)))?;
                self.cluster.statuses[instance] = Status::Draining;
            }
            Step::Activate(instance) if self.cluster.statuses[instance] == Status::Draining => {
                ask(|| self.placer.activate(name(instance)))?;
                self.cluster.statuses[instance] = Status::Active;
            }
            Step::Lose(instance) if self.cluster.statuses[instance] != Status::Absent => {
                ask(|| self.placer.lose(name(instance)))?;
                self.cluster.statuses[instance] = Status::Absent;
                self.cluster.tasks.retain(|_, task| task.instance != instance);
            }
            Step::Drain(_) | Step::Activate(_) | Step::Lose(_) => {}
        }
        Ok(Outcome::None)
    }

    /// The task was placed before this step, and told to stop; it was not lost with its instance, and is not gone yet.
    fn has_stopped(&self, position: usize, task: u32) -> bool {
        let before = &self.cluster.history.steps[..position];
        let placed = before.iter().zip(&self.played.outcomes).find_map(|(step, outcome)| match (step, outcome) {
            (Step::Place { task: placed, .. }, Outcome::Placed(Ok(instance))) if *placed == task => Some(*instance),
            _ => None,
        });
        let is_there = placed.is_some_and(|instance| self.cluster.statuses[instance] != Status::Absent);
        is_there && !self.cluster.tasks.contains_key(&task) && !before.contains(&Step::Gone(task))
    }

    fn place(&mut self, position: usize, task: u32, kind_position: usize) -> Result<Outcome, Trouble> {
        let kind = &self.cluster.history.kinds[kind_position];
        let candidates = self.cluster.candidates(kind);
        let name = task_name(task);
        let decision = ask(|| self.placer.place(Task { name: &name, kind }))?;
        let chosen = match &decision {
            Decision::Placed(name) => self.cluster.named(name),
            Decision::Refused(_) => None,
        };
        self.count(&decision, candidates.len());
        let before = self.cluster.clone();
        let mut touched = Vec::new();
        if let Some(instance) = chosen {
            self.cluster.tasks.insert(task, Living { kind: kind_position, instance });
            touched.push(instance);
        }
        let left = self.told(&touched)?;
        let (known, decided) = (self.known, Some(&decision));
        let seen = Seen {
            before: &before,
            kind: Some(kind),
            chosen,
            decision: decided,
            gave_up: None,
            candidates: &candidates,
            left: &left,
            known,
        };
        self.judge(position, &seen);
        Ok(match (decision, chosen) {
            (Decision::Placed(_), Some(instance)) => Outcome::Placed(Ok(instance)),
            (Decision::Placed(name), None) => Outcome::Placed(Err(name)),
            (Decision::Refused(_), _) => Outcome::Refused,
        })
    }

    /// A service whose tasks are all alike gives one up, where it has any.
    fn scale_in(&mut self, position: usize, kind_position: usize) -> Result<Outcome, Trouble> {
        let history = self.cluster.history;
        let kind = &history.kinds[kind_position];
        let there = self.cluster.of_service(kind);
        if there.is_empty() || !history.is_alone(kind_position) {
            return Ok(Outcome::None);
        }
        let name = ask(|| self.placer.scale_in(kind))?;
        let gave_up = there.into_iter().find(|task| task_name(*task) == name).ok_or(name);
        let before = self.cluster.clone();
        let living = gave_up.as_ref().ok().and_then(|task| self.cluster.tasks.remove(task));
        let left = self.told(&living.map(|living| living.instance).into_iter().collect::<Vec<_>>())?;
        let seen =
            Seen { kind: Some(kind), gave_up: Some(&gave_up), left: &left, ..Seen::of_no_task(&before, self.known) };
        self.judge(position, &seen);
        Ok(Outcome::GaveUp(gave_up))
    }

    fn count(&mut self, decision: &Decision, candidates: usize) {
        let is_placed = matches!(decision, Decision::Placed(_));
        self.played.counts[0] += u64::from(is_placed);
        self.played.counts[1] += u64::from(is_placed && candidates > 1);
        self.played.counts[2] += u64::from(!is_placed);
    }

    /// What the placer says is left on some instances.
    fn told(&mut self, instances: &[usize]) -> Result<Vec<Remaining>, Trouble> {
        if !self.known.remaining {
            return Ok(Vec::new());
        }
        let mut all = Vec::with_capacity(instances.len());
        for &instance in instances {
            let name = &self.cluster.history.instances[instance].name;
            let told = ask(|| self.placer.remaining(name))?;
            all.push(Remaining { instance, told, counted: self.cluster.left(instance) });
        }
        Ok(all)
    }

    /// Looks at what is left after a step that places nothing.
    fn look(&mut self, position: usize, instances: &[usize]) -> Result<(), Trouble> {
        let left = self.told(instances)?;
        let before = self.cluster.clone();
        let seen = Seen { left: &left, ..Seen::of_no_task(&before, self.known) };
        self.judge(position, &seen);
        Ok(())
    }

    fn judge(&mut self, step: usize, seen: &Seen<'_>) {
        for law in self.laws {
            let Held::Steps(OfStep(holds)) = law.held else { continue };
            if let Err(what) = holds(seen) {
                self.played.fault = Some(Fault { law, step, what });
                return;
            }
        }
    }

    /// A last look at every instance that is there.
    fn end(&mut self) {
        let is_there = |instance: &usize| self.cluster.statuses[*instance] != Status::Absent;
        let there: Vec<usize> = (0..self.cluster.statuses.len()).filter(is_there).collect();
        let last = self.cluster.history.steps.len().saturating_sub(1);
        match self.told(&there) {
            Ok(left) => {
                self.played.left = left.iter().map(|one| one.told).collect();
                let before = self.cluster.clone();
                let seen = Seen { left: &left, ..Seen::of_no_task(&before, self.known) };
                self.judge(last, &seen);
            }
            Err(trouble) => {
                let outcome = self.trouble(last, trouble);
                self.played.outcomes.push(outcome);
            }
        }
    }
}
