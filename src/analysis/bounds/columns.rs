//! B5, column generation: the linear programme of Gilmore and Gomory over every way to fill one instance, rounded up.
//!
//! It is solved from the side of the prices. A price for each kind of task such that no set that fits on an instance
//! costs more than V proves that all tasks, costing W together, need at least W / V instances. A solver proposes prices
//! for the sets known so far; the most expensive set at those prices, found exactly, either is known, and the prices are
//! optimal, or is added. The proposed prices are rounded to integers first, and V is found for the rounded ones, so
//! every round proves a bound, whatever the solver's tolerance. Where the search for V takes too long, what it cannot
//! pass proves the last one.
//!
//! The bound of cpu and memory is here; [`rules`](super::rules) asks with more resources and with what may not meet.
//!
//! # Cost
//! One small linear programme and one [`knapsack`](super::knapsack) a size and round; for at most [`MOST_KINDS`] kinds
//! of tasks.
//!
//! # Sources
//! Gilmore and Gomory, "A linear programming approach to the cutting-stock problem", 1961. Caprara and Toth, 2001: it
//! dominates all other bounds studied for two resources.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

use super::Packing;
use super::knapsack::{self, Choice, Found};

/// More kinds of tasks than this are not tried.
const MOST_KINDS: usize = 40;
/// Rounds after which the best bound so far is taken.
const MOST_ROUNDS: usize = 100;
/// Prices are rounded down to parts of this.
const PARTS: f64 = 1_048_576.0;

/// The bound of cpu and memory; `None` if there are too many kinds of tasks, or none, or no bound could be proved.
pub(crate) fn bound(packing: &Packing) -> Option<u64> {
    let shapes = packing.shapes();
    let choice = |&(demand, count): &([u64; 2], u64)| Choice { demand, value: 0, count, keys: Vec::new() };
    let choices: Vec<Choice<2>> = shapes.iter().map(choice).collect();
    let sizes = packing.sizes.iter().map(|&capacity| Size { capacity, choices: choices.clone() }).collect();
    of_sizes(&Sizes { sizes, keys: 0 })
}

/// The sizes of instances that tasks are put on.
#[derive(Clone, Debug)]
pub(super) struct Sizes<const D: usize> {
    pub(super) sizes: Vec<Size<D>>,
    /// How many keys there are.
    pub(super) keys: usize,
}

/// One size, and the kinds of tasks as they are there: the same kinds in the same order for all, values being nought. Of a
/// kind that it cannot hold the demand is above the capacity.
#[derive(Clone, Debug)]
pub(super) struct Size<const D: usize> {
    pub(super) capacity: [u64; D],
    pub(super) choices: Vec<Choice<D>>,
}

/// The bound for these sizes, as many instances of each as it takes.
pub(super) fn of_sizes<const D: usize>(sizes: &Sizes<D>) -> Option<u64> {
    let counts: Vec<u64> = sizes.sizes.first()?.choices.iter().map(|choice| choice.count).collect();
    if counts.is_empty() || counts.len() > MOST_KINDS {
        return None;
    }
    let mut sets: Vec<Vec<u64>> = (0..counts.len()).map(|kind| of_one_kind(sizes, &counts, kind)).collect();
    let mut best = None;
    for _ in 0..MOST_ROUNDS {
        let Some((prices, value)) = propose(&counts, &sets) else { break };
        let dearest = dearest(sizes, &prices);
        let total: u128 =
            counts.iter().zip(&prices).map(|(&count, &price)| u128::from(count) * u128::from(price)).sum();
        best = best.max(total.checked_div(dearest.cost).map(|_| total.div_ceil(dearest.cost)));
        // No price for more sets brings more than this one for fewer.
        let Some(set) = dearest.set.filter(|set| !sets.contains(set)) else { break };
        if best.is_some_and(|best| value <= to_float(best)) {
            break;
        }
        sets.push(set);
    }
    best.and_then(|best| u64::try_from(best).ok())
}

#[expect(clippy::cast_precision_loss, reason = "only decides whether to go on")]
fn to_float(number: u128) -> f64 {
    number as f64
}

/// As many tasks of one kind as some instance holds.
fn of_one_kind<const D: usize>(sizes: &Sizes<D>, counts: &[u64], kind: usize) -> Vec<u64> {
    let room = |size: &Size<D>| {
        let choice = &size.choices[kind];
        let most = if choice.keys.is_empty() { choice.count } else { 1 };
        (0..D).map(|r| size.capacity[r].checked_div(choice.demand[r]).unwrap_or(most)).min().unwrap_or(0).min(most)
    };
    let mut set = vec![0; counts.len()];
    set[kind] = sizes.sizes.iter().map(room).max().unwrap_or(0).clamp(1, counts[kind]);
    set
}

/// Prices of the kinds in whole parts that bring most and charge no known set more than 1, and what they bring.
#[expect(clippy::cast_precision_loss, reason = "numbers of tasks; the answer is only a proposal")]
fn propose(counts: &[u64], sets: &[Vec<u64>]) -> Option<(Vec<u64>, f64)> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let prices: Vec<_> = counts.iter().map(|&count| problem.add_var(count as f64, (0.0, 1.0))).collect();
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

/// What no set on an instance of any size costs more than, and the set that costs it, where it was found.
struct Dearest {
    cost: u128,
    set: Option<Vec<u64>>,
}

fn dearest<const D: usize>(sizes: &Sizes<D>, prices: &[u64]) -> Dearest {
    let mut dearest = Dearest { cost: 0, set: None };
    for size in &sizes.sizes {
        let mut choices = size.choices.clone();
        choices.iter_mut().zip(prices).for_each(|(choice, &price)| choice.value = price);
        let (cost, set) = match knapsack::best(&choices, size.capacity, sizes.keys) {
            Found::Best(cost, set) => (u128::from(cost), Some(set)),
            Found::AtMost(cost) => (cost, None),
        };
        if cost > dearest.cost {
            dearest = Dearest { cost, set };
        }
    }
    dearest
}
