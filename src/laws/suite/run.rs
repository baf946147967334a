//! The runner: cases by number, laws in order, until one is broken.

use std::fmt;

use super::catalogue::{Held, LAWS, Law, OfItself, RELATION_ORDER, STEP_ORDER, law as law_of};
use super::drive::{Played, play, watch};
use super::finding::{Broken, Sight, unasked};
use super::relations::repeats;
use crate::laws::placer::{Capabilities, Placers, Trouble};
use crate::laws::world::{History, generate};

/// How long to look for a broken law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Random histories.
    pub cases: u32,
    /// The number of the first.
    pub first: u32,
    /// Key of all draws.
    pub seed: u64,
    /// One in so many histories is also changed and compared; 0 is none.
    pub compared: u32,
    /// Laws with histories of their own are asked too.
    pub fixtures: bool,
    /// Histories to try for a smaller one.
    pub shrinks: u32,
}

impl Default for Effort {
    fn default() -> Self {
        Self { cases: 2_000, first: 0, seed: 1, compared: 4, fixtures: true, shrinks: 4_000 }
    }
}

impl Effort {
    /// A look of a second or so, for a test that runs on every commit.
    #[must_use]
    pub fn quick() -> Self {
        Self { cases: 120, shrinks: 1_500, ..Self::default() }
    }
}

/// What was tried without a law being broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Histories.
    pub cases: u32,
    /// Tasks that were placed.
    pub placements: u64,
    /// Those of them for which there was a choice.
    pub choices: u64,
    /// Tasks that found no candidate.
    pub refusals: u64,
    /// Laws that were asked.
    pub held: Vec<&'static str>,
    /// Laws of placers that do not apply to what this one declares.
    pub passed_over: Vec<&'static str>,
}

/// Holds a placer to every law that applies to what it declares.
///
/// # Errors
/// The first law that is broken, with the smallest history found that breaks it.
pub fn check(placers: &mut dyn Placers, effort: Effort) -> Result<Tally, Box<Broken>> {
    let mut suite = Suite::new(placers, effort).map_err(|trouble| unasked(effort, &trouble))?;
    while suite.step()? {}
    Ok(suite.tally)
}

/// A law that is broken, while it is looked for one that says more.
struct Pending {
    sight: Sight,
    case: u32,
    /// It is told once so many cases were tried.
    until: u32,
}

/// A check under way, for who wants to show how far it is or to stop it.
pub struct Suite<'p> {
    pub(super) placers: &'p mut dyn Placers,
    pub(super) known: Capabilities,
    pub(super) effort: Effort,
    steps: Vec<&'static Law>,
    pub(super) relations: Vec<&'static Law>,
    fixtures: Vec<&'static Law>,
    pending: Option<Pending>,
    /// What was tried so far.
    pub tally: Tally,
}

impl fmt::Debug for Suite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("effort", &self.effort).field("tally", &self.tally).finish_non_exhaustive()
    }
}

impl<'p> Suite<'p> {
    /// Asks what the placer declares, and chooses the laws.
    ///
    /// # Errors
    /// If no placer can be asked.
    pub fn new(placers: &'p mut dyn Placers, effort: Effort) -> Result<Self, Trouble> {
        let known = super::drive::ask(|| placers.capabilities())?;
        let is_fixture = |law: &&Law| matches!(law.held, Held::Fixture(_)) && (law.applies)(&known);
        let fixtures: Vec<&'static Law> = LAWS.iter().filter(is_fixture).collect();
        let (steps, relations) = (in_order(STEP_ORDER, &known), in_order(RELATION_ORDER, &known));
        let is_held = |law: &Law| {
            steps.contains(&law)
                || (effort.compared > 0 && relations.contains(&law))
                || (effort.fixtures && fixtures.contains(&law))
        };
        let of_placers = LAWS.iter().filter(|law| !matches!(law.held, Held::Elsewhere(_)));
        let (held, passed_over) = of_placers.partition::<Vec<&Law>, _>(|law| is_held(law));
        let ids = |laws: Vec<&'static Law>| laws.into_iter().map(|law| law.id).collect();
        let tally = Tally { held: ids(held), passed_over: ids(passed_over), ..Tally::default() };
        let fixtures = if effort.fixtures { fixtures } else { Vec::new() };
        Ok(Self { placers, known, effort, steps, relations, fixtures, pending: None, tally })
    }

    /// How many steps there are.
    #[must_use]
    pub fn length(&self) -> u32 {
        self.effort.cases
    }

    /// Holds it to the laws in one more history; `false` once all was tried. The laws with histories of their own come
    /// after the first dozens of cases.
    ///
    /// # Errors
    /// The law that is broken.
    pub fn step(&mut self) -> Result<bool, Box<Broken>> {
        const BEFORE_FIXTURES: u32 = 60;
        if self.tally.cases == BEFORE_FIXTURES.min(self.effort.cases) {
            self.own_histories()?;
        }
        let is_over = self.tally.cases >= self.effort.cases;
        if let Some(pending) = self.pending.take_if(|pending| is_over || self.tally.cases >= pending.until) {
            return Err(self.found(pending.sight, Some(pending.case)));
        }
        if is_over {
            return Ok(false);
        }
        let case = self.effort.first + self.tally.cases;
        self.tally.cases += 1;
        let history = generate(self.effort.seed, case, &self.known);
        self.one(&history, case)?;
        Ok(true)
    }

    fn one(&mut self, history: &History, case: u32) -> Result<(), Box<Broken>> {
        let played =
            watch(self.placers, &self.known, history, &self.steps).map_err(|trouble| unasked(self.effort, &trouble))?;
        let [placements, choices, refusals] = played.counts;
        self.tally.placements += placements;
        self.tally.choices += choices;
        self.tally.refusals += refusals;
        if played.fault.is_some() {
            return Sight::of(history, played).map_or(Ok(()), |sight| self.see(sight, case));
        }
        if self.pending.is_some() {
            return Ok(());
        }
        if self.effort.compared == 0 || !case.is_multiple_of(self.effort.compared) {
            return Ok(());
        }
        for law in self.relations.clone() {
            // Of draws it is only said that the same history gets the same.
            if history.draws() && law.id != "P24" {
                continue;
            }
            let sight = if law.id == "P24" { self.repeated(law, history, &played) } else { self.look(law, history) };
            if let Some(sight) = sight {
                return self.see(sight, case);
            }
        }
        Ok(())
    }

    /// Whether a history that was just played gets other answers at once.
    fn repeated(&mut self, law: &'static Law, history: &History, played: &Played) -> Option<Sight> {
        let wrong = repeats(self.placers, &self.known, history, played).err()?;
        Some(Sight::of_wrong(law, history, wrong))
    }

    /// A law is broken: told at once, or held back a while where another one may say more.
    fn see(&mut self, sight: Sight, case: u32) -> Result<(), Box<Broken>> {
        /// For so many cases.
        const WHILE: u32 = 400;
        self.steps.retain(|other| other.rank() < sight.law.rank());
        if self.steps.is_empty() {
            self.pending = None;
            return Err(self.found(sight, Some(case)));
        }
        self.pending = Some(Pending { sight, case, until: self.tally.cases + WHILE });
        Ok(())
    }

    fn own_histories(&mut self) -> Result<(), Box<Broken>> {
        if self.pending.is_some() {
            return Ok(());
        }
        let broken = std::mem::take(&mut self.fixtures).into_iter().find_map(|law| self.own_history(law));
        broken.map_or(Ok(()), Err)
    }

    /// What a law finds wrong in its own histories, if anything.
    pub(super) fn own_history(&mut self, law: &'static Law) -> Option<Box<Broken>> {
        let Held::Fixture(OfItself(holds)) = law.held else { return None };
        let failed = holds(self.placers, &self.known).err()?;
        if let Some(instead) = failed.instead {
            let law = law_of(instead.law).expect("a law of every answer");
            let step = instead.played.outcomes.len().checked_sub(1);
            let sight = Sight { law, what: failed.what, history: failed.history, played: instead.played, step };
            return Some(self.found(sight, None));
        }
        let played = play(self.placers, &self.known, &failed.history).unwrap_or_default();
        let sight = Sight { law, what: failed.what, history: failed.history, played, step: None };
        Some(self.broken(sight, None, true))
    }
}

/// The laws of an order that apply to what a placer declares.
pub(super) fn in_order(order: &[&str], known: &Capabilities) -> Vec<&'static Law> {
    let laws = order.iter().map(|id| law_of(id).expect("an order of laws that are there"));
    laws.filter(|law| (law.applies)(known)).collect()
}
