//! Laws of what can only become less or more: where a task fits, and what is left in all.
//!
//! A history is cut at one of its steps and played again with one thing more. Kinds whose constraints ask for groups or
//! counts of tasks are left out: their candidates may well become more by a placement.

use super::drive::{Outcome, Played, Silence, answered};
use super::relations::Verdict;
use crate::laws::placer::{Capabilities, Placers};
use crate::laws::world::{Constraint, Expression, History, Kind, Step, Subject};

/// At so many steps a history is cut at most.
const CUTS: usize = 2;

/// Whether the candidates of a kind hang on nothing that a placement could add.
fn is_monotone(kind: &Kind) -> bool {
    fn asks_for_tasks(expression: &Expression) -> bool {
        match expression {
            Expression::And(a, b) | Expression::Or(a, b) => asks_for_tasks(a) || asks_for_tasks(b),
            Expression::Not(inner) => asks_for_tasks(inner),
            Expression::Predicate(predicate) => !matches!(predicate.subject, Subject::Attribute(_)),
        }
    }
    kind.constraints.iter().all(|constraint| match constraint {
        Constraint::MemberOf(expression) => !asks_for_tasks(expression),
        Constraint::DistinctInstance => true,
    })
}

/// A step that placed a task, or did not.
struct Cut {
    at: usize,
    kind: usize,
}

/// The last steps that place a task of a kind that is monotone and that came out as asked.
fn cuts(history: &History, played: &Played, is_right: fn(&Outcome) -> bool) -> Vec<Cut> {
    let steps = history.steps.iter().zip(&played.outcomes).enumerate().rev();
    let right = steps.filter_map(|(at, (step, outcome))| match step {
        Step::Place { kind, .. } if is_right(outcome) && is_monotone(&history.kinds[*kind]) => {
            Some(Cut { at, kind: *kind })
        }
        _ => None,
    });
    right.take(CUTS).collect()
}

/// What becomes of one more task of a kind after some steps.
fn asked_once_more(
    placers: &mut dyn Placers,
    known: &Capabilities,
    history: &History,
    before: Vec<Step>,
    kind: usize,
) -> Result<Outcome, Box<Silence>> {
    let mut steps = before;
    steps.push(Step::Place { task: history.free_task(), kind });
    let played = answered(placers, known, &history.with_steps(steps))?;
    Ok(played.outcomes.last().cloned().unwrap_or(Outcome::None))
}

pub(super) fn p53(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let played = answered(placers, known, history)?;
    for Cut { at, kind } in cuts(history, &played, |outcome| *outcome == Outcome::Refused) {
        // The refused task again, after the placements that follow it.
        let later = history.steps[at + 1..].iter().take_while(|step| matches!(step, Step::Place { .. }));
        let steps: Vec<Step> = history.steps[..=at].iter().chain(later).copied().collect();
        if let Outcome::Placed(_) = asked_once_more(placers, known, history, steps, kind)? {
            let family = &history.kinds[kind].family;
            return Err(format!("a task of {family} is refused at step {at}, and placed once more tasks are").into());
        }
    }
    let is_placed = |outcome: &Outcome| matches!(outcome, Outcome::Placed(Ok(_)));
    for Cut { at, kind } in cuts(history, &played, is_placed) {
        let stopped = history.steps[..at].iter().zip(&played.outcomes).find_map(|(step, outcome)| match step {
            Step::Place { task, .. } if is_placed(outcome) => Some(*task),
            _ => None,
        });
        let Some(stopped) = stopped else { continue };
        let steps: Vec<Step> = history.steps[..at].iter().copied().chain([Step::Stop(stopped)]).collect();
        if asked_once_more(placers, known, history, steps, kind)? == Outcome::Refused {
            let family = &history.kinds[kind].family;
            return Err(
                format!("a task of {family} is placed at step {at}, and refused once t{stopped} has stopped").into()
            );
        }
    }
    Ok(())
}

pub(super) fn p54(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let played = answered(placers, known, history)?;
    for Cut { at, kind } in cuts(history, &played, |outcome| matches!(outcome, Outcome::Placed(Ok(_)))) {
        let mut other = history.clone();
        let Some(first) = history.instances.first() else { return Ok(()) };
        other.instances.push(crate::laws::world::Instance { name: "more".to_owned(), ..first.clone() });
        let more = Step::Register(history.instances.len());
        let steps = history.steps[..at].iter().copied().chain([more]).collect();
        if asked_once_more(placers, known, &other, steps, kind)? == Outcome::Refused {
            let family = &history.kinds[kind].family;
            return Err(format!("a task of {family} is placed at step {at}, and refused with an instance more").into());
        }
    }
    Ok(())
}

pub(super) fn p57(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    // Which tasks are lost with an instance hangs on where they were.
    let stays: Vec<Step> = history.steps.iter().filter(|step| !matches!(step, Step::Lose(_))).copied().collect();
    let one = history.with_steps(stays);
    let mut other = one.clone();
    other.kinds.iter_mut().for_each(|kind| kind.strategy.clear());
    let [first, second] = [answered(placers, known, &one)?, answered(placers, known, &other)?];
    let places_the_same = first.outcomes.len() == second.outcomes.len()
        && first.outcomes.iter().zip(&second.outcomes).all(|(one, other)| is_in(one) == is_in(other));
    if !places_the_same {
        return Ok(());
    }
    let sum = |played: &Played| {
        let sum = |of: fn(&crate::laws::Left) -> i64| played.left.iter().map(of).sum::<i64>();
        [sum(|left| left.cpu), sum(|left| left.memory), sum(|left| left.gpus)]
    };
    let [with, without] = [sum(&first), sum(&second)];
    if with == without {
        return Ok(());
    }
    Err(format!("the same tasks leave {with:?} CPU, memory and GPUs by their strategies, and {without:?} without")
        .into())
}

fn is_in(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Placed(_))
}
