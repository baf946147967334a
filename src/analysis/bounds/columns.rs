//! B5, column generation: the linear programme of Gilmore and Gomory over every way to fill one instance, rounded up.
//!
//! It is solved from the side of the prices. A price for each kind of task such that no set that fits on an instance
//! costs more than V proves that all tasks, costing W together, need at least W / V instances. A solver proposes prices
//! for the sets known so far; the most expensive set at those prices, found exactly, either is known, and the prices are
//! optimal, or is added. The proposed prices are rounded to integers first, and V is found for the rounded ones, so
//! every round proves a bound, whatever the solver's tolerance.
//!
//! # Cost
//! One small linear programme and one [`knapsack`](super::knapsack) a size and round; for at most [`MOST_KINDS`] kinds
//! of tasks.
//!
//! # Sources
//! Gilmore and Gomory, "A linear programming approach to the cutting-stock problem", 1961. Caprara and Toth, 2001: it
//! dominates all other bounds studied for two resources.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

use super::knapsack::{self, Choice};
use super::{Alike, Packing, exact};

/// More kinds of tasks than this are not tried.
const MOST_KINDS: usize = 40;
/// Rounds after which the best bound so far is taken.
const MOST_ROUNDS: usize = 100;
/// Prices are rounded down to parts of this.
const PARTS: f64 = 1_048_576.0;

/// The bound; `None` if there are too many kinds of tasks, or none, or no bound could be proved.
pub(crate) fn bound(packing: &Packing) -> Option<u64> {
    let shapes = packing.shapes();
    if shapes.is_empty() || shapes.len() > MOST_KINDS || packing.sizes.is_empty() {
        return None;
    }
    let mut sets: Vec<Vec<u64>> = (0..shapes.len()).map(|kind| of_one_kind(packing, &shapes, kind)).collect();
    let mut best = None;
    for _ in 0..MOST_ROUNDS {
        let Some((prices, value)) = propose(&shapes, &sets) else { break };
        let Some((cost, dearest)) = dearest(packing, &shapes, &prices) else { break };
        let total: u128 =
            shapes.iter().zip(&prices).map(|(shape, &price)| u128::from(shape.count) * u128::from(price)).sum();
        best = best.max(total.checked_div(u128::from(cost)).map(|_| total.div_ceil(u128::from(cost))));
        // No price for more sets brings more than this one for fewer.
        let is_known = sets.contains(&dearest);
        if is_known || best.is_some_and(|best| value <= to_float(best)) {
            break;
        }
        sets.push(dearest);
    }
    best.and_then(|best| u64::try_from(best).ok())
}

#[expect(clippy::cast_precision_loss, reason = "only decides whether to go on")]
fn to_float(number: u128) -> f64 {
    number as f64
}

/// As many tasks of one kind as some instance holds.
fn of_one_kind(packing: &Packing, shapes: &[Alike<[u64; 2]>], kind: usize) -> Vec<u64> {
    let Alike { demand, count } = shapes[kind];
    let room = |&size: &[u64; 2]| exact::room(demand, count, size);
    let mut set = vec![0; shapes.len()];
    set[kind] = packing.sizes.iter().map(room).max().unwrap_or(0).clamp(1, count);
    set
}

/// Prices of the kinds in whole parts that bring most and charge no known set more than 1, and what they bring.
#[expect(clippy::cast_precision_loss, reason = "numbers of tasks; the answer is only a proposal")]
fn propose(shapes: &[Alike<[u64; 2]>], sets: &[Vec<u64>]) -> Option<(Vec<u64>, f64)> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let prices: Vec<_> = shapes.iter().map(|shape| problem.add_var(shape.count as f64, (0.0, 1.0))).collect();
    for set in sets {
        let terms = prices.iter().zip(set).filter(|&(_, &number)| number > 0);
        let terms: Vec<_> = terms.map(|(&price, &number)| (price, number as f64)).collect();
        problem.add_constraint(&terms[..], ComparisonOp::Le, 1.0);
    }
    let solution = problem.solve_with(SolveOptions::default()).ok()?.into_solution().ok()?;
    Some((prices.iter().map(|&price| in_parts(solution.var_value(price))).collect(), solution.objective()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a price between 0 and 1")]
fn in_parts(price: f64) -> u64 {
    (price.clamp(0.0, 1.0) * PARTS) as u64
}

/// The set of most cost on an instance of any size, and its cost.
fn dearest(packing: &Packing, shapes: &[Alike<[u64; 2]>], prices: &[u64]) -> Option<(u64, Vec<u64>)> {
    let choice = |(&Alike { demand, count }, &value): (&Alike<[u64; 2]>, &u64)| Choice { demand, value, count };
    let choices: Vec<Choice> = shapes.iter().zip(prices).map(choice).collect();
    let mut dearest: Option<(u64, Vec<u64>)> = None;
    for &size in &packing.sizes {
        let found = knapsack::best(&choices, size)?;
        if dearest.as_ref().is_none_or(|(cost, _)| found.0 > *cost) {
            dearest = Some(found);
        }
    }
    dearest.filter(|(cost, _)| *cost > 0)
}
