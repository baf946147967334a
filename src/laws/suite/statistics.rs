//! Laws of draws. Seeds are fixed, so a green test stays green; alpha only matters when a generator changes.

use super::fixtures::{Failed, Subject, Went, amounts, fail, fleet};
use crate::laws::placer::{Capabilities, Placers};
use crate::laws::world::{History, Step};
use crate::model::Rule;

type Verdict = Result<(), Failed>;

/// Candidates of a draw.
const CANDIDATES: usize = 5;
/// Draws for one law: a share of 0.24 where 0.20 is right is found.
const DRAWS: u32 = 5_000;
/// Chi-square of 4 degrees of freedom at alpha 1e-6.
const CHI_SQUARE_5: u64 = 3_338;
/// Chi-square of 24 degrees of freedom at alpha 1e-6.
const CHI_SQUARE_25: u64 = 7_223;

/// One task after another under `random`, each gone before the next.
fn draws() -> History {
    let mut history = fleet(&[amounts(10, 10); CANDIDATES], 2).and_place("s", amounts(1, 1), &[Rule::Random]);
    history.steps.push(Step::Stop(0));
    for task in 1..DRAWS {
        history.steps.extend([Step::Place { task, kind: 0 }, Step::Stop(task)]);
    }
    history
}

/// Chi-square of counts that are expected to be equal, in hundredths, rounded down.
fn chi_square(counts: &[u64]) -> u64 {
    let (all, cells) = (counts.iter().sum::<u64>(), counts.len() as u64);
    // sum (o - e)^2 / e = cells / all * sum o^2 - all
    let squares: u64 = counts.iter().map(|count| count * count).sum();
    (100 * cells * squares / all.max(1)).saturating_sub(100 * all)
}

fn check(history: &History, counts: &[u64], limit: u64, what: &str) -> Verdict {
    let found = chi_square(counts);
    if found < limit {
        return Ok(());
    }
    let text = format!(
        "{what} {counts:?}: chi-square {}.{:02}, and {}.{:02} is the limit",
        found / 100,
        found % 100,
        limit / 100,
        limit % 100
    );
    Err(fail(history, text))
}

fn drawn(placers: &mut dyn Placers, known: &Capabilities) -> Result<(History, Went), Failed> {
    let history = draws();
    let went = Subject { placers, known }.went(&history)?;
    match went.iter().position(Option::is_none) {
        Some(task) => Err(fail(&history, format!("t{task} was refused, and there is room everywhere"))),
        None => Ok((history, went)),
    }
}

pub(super) fn p66(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let (history, went) = drawn(placers, known)?;
    let mut counts = [0; CANDIDATES];
    went.iter().flatten().for_each(|&instance| counts[instance] += 1);
    check(&history, &counts, CHI_SQUARE_5, "of 5 equal candidates were chosen")
}

pub(super) fn p67(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let (history, went) = drawn(placers, known)?;
    let mut counts = [0; CANDIDATES * CANDIDATES];
    for pair in went.chunks_exact(2) {
        if let [Some(first), Some(second)] = pair {
            counts[first * CANDIDATES + second] += 1;
        }
    }
    check(&history, &counts, CHI_SQUARE_25, "pairs of successive choices came")
}

pub(super) fn p68(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    // Four tasks on three instances: 65/27 are used on average, with a variance of 230/729.
    const ROUNDS: u32 = 400;
    let mut history = fleet(&[amounts(10, 10); 3], 2).and_place("s", amounts(1, 1), &[Rule::Random]);
    history.steps.pop();
    for round in 0..ROUNDS {
        let tasks = round * 4..round * 4 + 4;
        history.steps.extend(tasks.clone().map(|task| Step::Place { task, kind: 0 }));
        history.steps.extend(tasks.map(Step::Stop));
    }
    let went = Subject { placers, known }.went(&history)?;
    let distinct = |round: &[Option<usize>]| (0..3).filter(|instance| round.contains(&Some(*instance))).count() as i64;
    let used: i64 = went.chunks_exact(4).map(distinct).sum();
    // |used - rounds * 65/27| <= 4.9 sqrt(rounds * 230/729), squared and times 729.
    let off = 27 * used - i64::from(ROUNDS) * 65;
    if off * off * 100 <= 2_401 * i64::from(ROUNDS) * 230 {
        return Ok(());
    }
    Err(fail(&history, format!("four tasks use {used}/{ROUNDS} of 3 instances on average, and 65/27 by the law")))
}
