//! A broken law and what is told of it: the history that broke it made small, the law that says most, and whether it comes
//! back at all.

use std::fmt;

use super::catalogue::{Held, Law, OfHistories, STEP_ORDER, TELLING, law as law_of};
use super::drive::{Played, Silence, Wrong, play, watch};
use super::relations::without_scale_in;
use super::run::{Effort, Suite, in_order};
use super::shrink::shrink;
use crate::laws::placer::{Capabilities, Placers, Trouble};
use crate::laws::print;
use crate::laws::world::History;

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
    /// The history breaks the law when it is played again, afresh, if not every time. Where it does not, it is the one that
    /// was seen, whole.
    pub comes_back: bool,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::broken(self, f)
    }
}

impl std::error::Error for Broken {}

/// A law that was seen to be broken, and in which history.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) law: &'static Law,
    pub(super) what: String,
    pub(super) history: History,
    pub(super) played: Played,
    pub(super) step: Option<usize>,
}

impl Sight {
    /// What was seen as a history was played.
    pub(super) fn of(history: &History, played: Played) -> Option<Self> {
        let fault = played.fault.clone()?;
        Some(Self { law: fault.law, what: fault.what, history: history.clone(), played, step: Some(fault.step) })
    }

    /// What was seen as a history was compared with others: the law, or that one of them was not answered.
    pub(super) fn of_wrong(law: &'static Law, history: &History, wrong: Wrong) -> Self {
        match wrong {
            Wrong::Law(what) => Self { law, what, history: history.clone(), played: Played::default(), step: None },
            Wrong::Silence(silence) => {
                let Silence { history, played, trouble } = *silence;
                let step = played.outcomes.len().checked_sub(1);
                Self { law: law_of("P0").expect("the first law"), what: trouble.what, history, played, step }
            }
        }
    }
}

/// No placer can be asked anything.
pub(super) fn unasked(effort: Effort, trouble: &Trouble) -> Box<Broken> {
    Box::new(Broken {
        law: law_of("P0").expect("the first law"),
        what: trouble.what.clone(),
        history: History { instances: Vec::new(), kinds: Vec::new(), steps: Vec::new(), seed: 0 },
        played: Played::default(),
        step: None,
        found_in: (effort.seed, None),
        known: Capabilities::plain(),
        comes_back: true,
    })
}

/// So many histories are tried at most where each takes a fresh process.
const AFRESH: u32 = 60;
/// And where each takes a wait.
const WAITS: u32 = 5;
/// A history is played so often before it is said that what was seen does not come back.
const TRIES: usize = 20;

impl Suite<'_> {
    /// What a law finds wrong in a history, if anything.
    pub(super) fn look(&mut self, law: &'static Law, history: &History) -> Option<Sight> {
        let wrong = match law.held {
            Held::Steps(_) => {
                let played = watch(self.placers, &self.known, history, &[law]).ok()?;
                return Sight::of(history, played);
            }
            Held::Histories(OfHistories(holds)) if law.id == "P24" => holds(self.placers, &self.known, history).err(),
            Held::Histories(OfHistories(holds)) => holds(self.placers, &self.known, &without_scale_in(history)).err(),
            Held::Fixture(_) | Held::Elsewhere(_) => None,
        };
        Some(Sight::of_wrong(law, history, wrong?))
    }

    /// How a history breaks a law, if it does.
    fn breaks(&mut self, law: &'static Law, history: &History) -> Option<String> {
        self.look(law, history).filter(|sight| sight.law == law).map(|sight| sight.what)
    }

    /// A smaller history that breaks the law.
    fn shrunk(&mut self, law: &'static Law, history: History, allowed: u32) -> History {
        shrink(history, allowed, &mut |smaller| self.breaks(law, smaller).is_some())
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

    /// The law of one answer that says most of what is wrong in a history: the special before the general.
    fn most_special(&mut self, law: &'static Law, history: &History) -> &'static Law {
        if law.id == "P0" || !matches!(law.held, Held::Steps(_)) {
            return law;
        }
        let all = in_order(STEP_ORDER, &self.known);
        let played = watch(self.placers, &self.known, history, &all).unwrap_or_default();
        played.fault.map_or(law, |fault| fault.law)
    }

    /// A history that was seen to break a law, made small, told by the law that says most.
    pub(super) fn found(&mut self, sight: Sight, case: Option<u32>) -> Box<Broken> {
        let is_slow = sight.played.trouble().is_some_and(|trouble| trouble.is_slow);
        let allowed = match (sight.law.id, is_slow) {
            (_, true) => self.effort.shrinks.min(WAITS),
            ("P0", _) => self.effort.shrinks.min(AFRESH),
            _ => self.effort.shrinks,
        };
        let tries = if is_slow { 1 } else { TRIES };
        if self.comes_back(sight.law, &sight.history, tries).is_none() {
            return self.found_once(sight, case);
        }
        let mut history = self.shrunk(sight.law, sight.history.clone(), allowed);
        let mut law = self.most_special(sight.law, &history);
        if law != sight.law {
            history = self.shrunk(law, history, allowed);
        }
        if let Some((alone, smaller)) = self.of_one_rule(law, &history) {
            law = alone;
            history = self.shrunk(law, smaller, allowed);
        }
        let telling = TELLING.iter().filter_map(|id| self.relations.iter().find(|law| law.id == *id)).copied();
        let is_asked =
            |telling: &&'static Law| (!history.draws() || telling.id == "P24") && law.may_be_told_by(telling.id);
        let telling: Vec<&'static Law> = telling.filter(is_asked).collect();
        let told = telling.into_iter().find(|law| self.breaks(law, &history).is_some()).unwrap_or(law);
        let Some(what) = self.comes_back(told, &history, tries) else { return self.found_once(sight, case) };
        let played = watch(self.placers, &self.known, &history, &[law]).unwrap_or_default();
        let step = played.fault.as_ref().map(|fault| fault.step);
        self.broken(Sight { law: told, what, history, played, step }, case, true)
    }

    /// A law that was seen to be broken, and the history that broke it is answered well by now. Where a placer that starts
    /// afresh answers it differently the second time, that is what is wrong; else what was seen is told, whole.
    fn found_once(&mut self, sight: Sight, case: Option<u32>) -> Box<Broken> {
        let again = law_of("P24").expect("the law of repetition");
        let is_asked = self.relations.contains(&again) && sight.law.id != "P0";
        if !is_asked || self.comes_back(again, &sight.history, TRIES).is_none() {
            return self.broken(sight, case, false);
        }
        let allowed = self.effort.shrinks.min(AFRESH);
        let history =
            shrink(sight.history.clone(), allowed, &mut |smaller| self.comes_back(again, smaller, 1).is_some());
        let Some(what) = self.comes_back(again, &history, TRIES) else { return self.broken(sight, case, false) };
        self.placers.renew();
        let played = play(self.placers, &self.known, &history).unwrap_or_default();
        self.broken(Sight { law: again, what, history, played, step: None }, case, true)
    }

    /// How a history breaks a law that a placer plays afresh, so that it is no other history that breaks it. Who draws does
    /// not break it every time.
    fn comes_back(&mut self, law: &'static Law, history: &History, tries: usize) -> Option<String> {
        (0..tries).find_map(|_| {
            self.placers.renew();
            self.breaks(law, history)
        })
    }

    pub(super) fn broken(&self, sight: Sight, case: Option<u32>, comes_back: bool) -> Box<Broken> {
        let Sight { law, what, history, played, step } = sight;
        let (found_in, known) = ((self.effort.seed, case), self.known.clone());
        Box::new(Broken { law, what, history, played, step, found_in, known, comes_back })
    }
}

/// Holds a placer to one law in one history: what the test that is printed of a broken law calls. A law with histories of its
/// own is asked of those.
///
/// # Errors
/// The law, if it is still broken.
///
/// # Panics
/// If no law of placers has this number.
pub fn hold(placers: &mut dyn Placers, id: &str, history: &History) -> Result<(), Box<Broken>> {
    let law = law_of(id).filter(|law| !matches!(law.held, Held::Elsewhere(_))).expect("the number of a law of placers");
    let effort = Effort { shrinks: 0, fixtures: false, ..Effort::default() };
    let mut suite = Suite::new(placers, effort).map_err(|trouble| unasked(effort, &trouble))?;
    if let Held::Fixture(_) = law.held {
        return suite.own_history(law).map_or(Ok(()), Err);
    }
    let Some(mut sight) = suite.look(law, history) else { return Ok(()) };
    if sight.played.outcomes.is_empty() {
        sight.played = watch(suite.placers, &suite.known, &sight.history, &[law]).unwrap_or_default();
    }
    Err(suite.broken(sight, None, true))
}
