//! The runner: cases by number, laws in order, the first one that is broken made small.

use std::fmt;

use super::catalogue::{Held, LAWS, Law, OfHistories, OfItself, RELATION_ORDER, STEP_ORDER, TELLING, law as law_of};
use super::drive::{Outcome, Played, play, watch};
use super::relations::without_scale_in;
use super::shrink::shrink;
use crate::laws::placer::{Capabilities, Placers, Trouble};
use crate::laws::print;
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

/// A law that was broken, and the smallest history found that breaks it.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The law.
    pub law: &'static Law,
    /// How, with names and values.
    pub what: String,
    /// The history.
    pub history: History,
    /// What the placer did with it.
    pub played: Played,
    /// The step at which it was seen, if at one.
    pub step: Option<usize>,
    /// The seed, and the number of the case it was found in; none for laws with histories of their own.
    pub found_in: (u64, Option<u32>),
    /// What the placer declares.
    pub known: Capabilities,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::broken(self, f)
    }
}

impl std::error::Error for Broken {}

/// Holds a placer to every law that applies to what it declares.
///
/// # Errors
/// The first law that is broken, with the smallest history found that breaks it.
pub fn check(placers: &mut dyn Placers, effort: Effort) -> Result<Tally, Box<Broken>> {
    let mut suite = Suite::new(placers, effort).map_err(|trouble| no_placer(effort, &trouble))?;
    while suite.step()? {}
    Ok(suite.tally)
}

fn no_placer(effort: Effort, trouble: &Trouble) -> Box<Broken> {
    Box::new(Broken {
        law: law_of("P0").expect("the first law"),
        what: trouble.what.clone(),
        history: History { instances: Vec::new(), kinds: Vec::new(), steps: Vec::new(), seed: 0 },
        played: Played::default(),
        step: None,
        found_in: (effort.seed, None),
        known: Capabilities::plain(),
    })
}

/// A law that a history breaks.
#[derive(Clone, Debug)]
struct Pending {
    law: &'static Law,
    history: History,
    case: u32,
}

/// A check under way, for who wants to show how far it is or to stop it.
pub struct Suite<'p> {
    placers: &'p mut dyn Placers,
    known: Capabilities,
    effort: Effort,
    steps: Vec<&'static Law>,
    relations: Vec<&'static Law>,
    fixtures: Vec<&'static Law>,
    /// A law that is broken, while it is looked for one that says more; and until which case.
    pending: Option<(Pending, u32)>,
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
        let by = |order: &[&str]| -> Vec<&'static Law> {
            let laws = order.iter().map(|id| law_of(id).expect("an order of laws that are there"));
            laws.filter(|law| (law.applies)(&known)).collect()
        };
        let is_fixture = |law: &&Law| matches!(law.held, Held::Fixture(_)) && (law.applies)(&known);
        let fixtures: Vec<&'static Law> = LAWS.iter().filter(is_fixture).collect();
        let (steps, relations) = (by(STEP_ORDER), by(RELATION_ORDER));
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
        if let Some((pending, _)) = self.pending.take_if(|(_, until)| is_over || self.tally.cases >= *until) {
            return Err(self.found(pending.law, &pending.history, pending.case, false));
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
        let played = watch(self.placers, &self.known, history, &self.steps)
            .map_err(|trouble| no_placer(self.effort, &trouble))?;
        let [placements, choices, refusals] = played.counts;
        self.tally.placements += placements;
        self.tally.choices += choices;
        self.tally.refusals += refusals;
        if let Some(fault) = &played.fault {
            if matches!(played.outcomes.last(), Some(Outcome::Trouble(trouble)) if trouble.is_slow) {
                return Err(self.found(fault.law, history, case, true));
            }
            return self.see(fault.law, history, case);
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
            if self.breaks(law, history).is_some() {
                if law.rank() == 0 {
                    return Err(self.found(law, history, case, false));
                }
                return self.see(law, history, case);
            }
        }
        Ok(())
    }

    /// A law is broken: told at once, or held back a while where another one may say more.
    fn see(&mut self, law: &'static Law, history: &History, case: u32) -> Result<(), Box<Broken>> {
        /// For so many cases.
        const WHILE: u32 = 400;
        self.steps.retain(|other| other.rank() < law.rank());
        if self.steps.is_empty() {
            self.pending = None;
            return Err(self.found(law, history, case, false));
        }
        self.pending = Some((Pending { law, history: history.clone(), case }, self.tally.cases + WHILE));
        Ok(())
    }

    fn own_histories(&mut self) -> Result<(), Box<Broken>> {
        if self.pending.is_some() {
            return Ok(());
        }
        for law in std::mem::take(&mut self.fixtures) {
            let Held::Fixture(OfItself(holds)) = law.held else { continue };
            if let Err(failed) = holds(self.placers, &self.known) {
                let played = play(self.placers, &self.known, &failed.history).unwrap_or_default();
                return Err(Box::new(Broken {
                    law,
                    what: failed.what,
                    history: failed.history,
                    played,
                    step: None,
                    found_in: (self.effort.seed, None),
                    known: self.known.clone(),
                }));
            }
        }
        Ok(())
    }

    /// How a history breaks a law, if it does; and whether finding out took a wait.
    fn breaks(&mut self, law: &'static Law, history: &History) -> Option<String> {
        match law.held {
            Held::Steps(_) => {
                let played = watch(self.placers, &self.known, history, &[law]).ok()?;
                played.fault.map(|fault| fault.what)
            }
            Held::Histories(OfHistories(holds)) if law.id == "P24" => holds(self.placers, &self.known, history).err(),
            Held::Histories(OfHistories(holds)) => holds(self.placers, &self.known, &without_scale_in(history)).err(),
            Held::Fixture(_) | Held::Elsewhere(_) => None,
        }
    }

    /// Where a chain is broken because one of its rules is, alone: that law, and the history with that rule alone.
    fn of_one_rule(&mut self, law: &'static Law, history: &History) -> Option<(&'static Law, History)> {
        if law.id != "P19" {
            return None;
        }
        for position in 0..self.known.chain {
            let mut alone = history.clone();
            for kind in &mut alone.kinds {
                kind.strategy = kind.strategy.iter().skip(position).take(1).cloned().collect();
            }
            let mut rules = ["P16", "P17"].into_iter().filter_map(law_of);
            if let Some(law) = rules.find(|law| self.breaks(law, &alone).is_some()) {
                return Some((law, alone));
            }
        }
        None
    }

    /// A history that breaks a law, made small, told by the law that says most.
    fn found(&mut self, law: &'static Law, history: &History, case: u32, is_slow: bool) -> Box<Broken> {
        let allowed = match (law.id, is_slow) {
            (_, true) => self.effort.shrinks.min(5),
            ("P0", _) => self.effort.shrinks.min(60),
            _ => self.effort.shrinks,
        };
        let mut history = shrink(history.clone(), allowed, &mut |smaller| self.breaks(law, smaller).is_some());
        let mut law = law;
        if let Some((alone, smaller)) = self.of_one_rule(law, &history) {
            law = alone;
            history = shrink(smaller, allowed, &mut |smaller| self.breaks(law, smaller).is_some());
        }
        let telling = TELLING.iter().filter_map(|id| self.relations.iter().find(|law| law.id == *id)).copied();
        let is_asked = |law: &&'static Law| !history.draws() || law.id == "P24";
        let is_asked = |telling: &&'static Law| is_asked(telling) && law.may_be_told_by(telling.id);
        let telling: Vec<&'static Law> = telling.filter(is_asked).collect();
        let told = telling.into_iter().find(|law| self.breaks(law, &history).is_some()).unwrap_or(law);
        let what = self.breaks(told, &history);
        let played = watch(self.placers, &self.known, &history, &[law]).unwrap_or_default();
        Box::new(Broken {
            law: told,
            what: what.unwrap_or_else(|| "it does not break it every time".to_owned()),
            step: played.fault.as_ref().map(|fault| fault.step),
            history,
            played,
            found_in: (self.effort.seed, Some(case)),
            known: self.known.clone(),
        })
    }
}

/// Holds a placer to one law in one history: what the test that is printed of a broken law calls.
///
/// # Errors
/// The law, if it is still broken.
///
/// # Panics
/// If no law has this number.
pub fn hold(placers: &mut dyn Placers, id: &str, history: &History) -> Result<(), Box<Broken>> {
    let law = law_of(id).expect("the number of a law");
    let effort = Effort { shrinks: 0, fixtures: false, ..Effort::default() };
    let mut suite = Suite::new(placers, effort).map_err(|trouble| no_placer(effort, &trouble))?;
    let Some(what) = suite.breaks(law, history) else { return Ok(()) };
    let played = watch(suite.placers, &suite.known, history, &[law]).unwrap_or_default();
    let step = played.fault.as_ref().map(|fault| fault.step);
    let (history, known) = (history.clone(), suite.known);
    Err(Box::new(Broken { law, what, history, played, step, found_in: (effort.seed, None), known }))
}
