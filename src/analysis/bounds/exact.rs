//! B6, the fewest instances that hold the tasks, exactly, for small cases: cpu and memory, whole tasks.
//!
//! Packings by simple rules are tried first; one with as many instances as a bound proves is the optimum. Else a solver
//! looks for one with fewer, in the model that says how many tasks of each shape lie on each instance. Its answer is
//! added up again in integers. If it gives up after [`MOST_NODES`] nodes, what it proved by then is a bound and no
//! optimum, rounded up after its tolerance is taken off. A build with the cargo feature `highs` hands what is too large
//! for this solver, or too hard, to HiGHS.
//!
//! The optimum is that of instances of one size, as many as it takes: where no size is the largest in both resources,
//! there is no answer.
//!
//! # Cost
//! Milliseconds for 30 tasks, up to seconds for [`MOST_TASKS`]; nodes are counted and not seconds, so that the answer is
//! the same on every machine.

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOptions, TerminationReason, Variable};

use super::{Alike, Packing, fits};

/// More tasks than this are not given to the solver.
const MOST_TASKS: u64 = 50;
/// More different shapes than this are not either.
const MOST_SHAPES: usize = 15;
/// Nodes of the search after which the solver gives up.
const MOST_NODES: u64 = 1_000;
/// More tasks than this are not packed by rules either.
const MOST_PACKED: u64 = 10_000;
/// What a solver's bound may be off.
const TOLERANCE: f64 = 1e-6;

/// What could be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    /// No fewer instances hold the tasks.
    pub(crate) bound: u64,
    /// And that many do.
    pub(crate) is_optimum: bool,
}

/// The fewest instances; `proved` is a bound that is known to hold. `None` if nothing more than it can be said.
pub(crate) fn solve(packing: &Packing, proved: u64) -> Option<Exact> {
    let &[size] = &packing.sizes[..] else { return None };
    let shapes = packing.shapes();
    if packing.tasks() > MOST_PACKED || !shapes.iter().all(|shape| fits(shape.demand, size)) {
        return None;
    }
    let enough = by_rules(&shapes, size);
    if enough <= proved {
        return Some(Exact { bound: enough, is_optimum: true });
    }
    match search(packing.tasks(), &shapes, size, proved, enough - 1) {
        Answer::Fewest(fewest) => Some(Exact { bound: fewest, is_optimum: true }),
        Answer::None => Some(Exact { bound: enough, is_optimum: true }),
        Answer::AtLeast(bound) if bound >= enough => Some(Exact { bound: enough, is_optimum: true }),
        Answer::AtLeast(bound) => Some(Exact { bound: bound.max(proved), is_optimum: false }),
        Answer::Nothing => None,
    }
}

/// The fewest instances of some first-fit and best-fit packings, largest tasks first by different measures.
fn by_rules(shapes: &[Alike<[u64; 2]>], size: [u64; 2]) -> u64 {
    let share = |demand: [u64; 2], r: usize| u128::from(demand[r]) * u128::from(size[1 - r].max(1));
    let measures: [&dyn Fn([u64; 2]) -> u128; 4] = [
        &|demand| share(demand, 0).max(share(demand, 1)),
        &|demand| share(demand, 0) + share(demand, 1),
        &|demand| share(demand, 0),
        &|demand| share(demand, 1),
    ];
    let each = |measure: &&dyn Fn([u64; 2]) -> u128| {
        let mut sorted = shapes.to_vec();
        sorted.sort_by_key(|shape| std::cmp::Reverse(measure(shape.demand)));
        first_fit(&sorted, size).min(best_fit(&sorted, size))
    };
    measures.iter().map(each).min().unwrap_or(0)
}

fn first_fit(shapes: &[Alike<[u64; 2]>], size: [u64; 2]) -> u64 {
    pack(shapes, size, |free, demand| free.iter().position(|&free| fits(demand, free)))
}

fn best_fit(shapes: &[Alike<[u64; 2]>], size: [u64; 2]) -> u64 {
    let left = |free: [u64; 2]| {
        u128::from(free[0]) * u128::from(size[1].max(1)) + u128::from(free[1]) * u128::from(size[0].max(1))
    };
    pack(shapes, size, |free, demand| {
        let open = free.iter().enumerate().filter(|&(_, &free)| fits(demand, free));
        open.min_by_key(|&(_, &free)| left(free)).map(|(index, _)| index)
    })
}

fn pack(shapes: &[Alike<[u64; 2]>], size: [u64; 2], choose: impl Fn(&[[u64; 2]], [u64; 2]) -> Option<usize>) -> u64 {
    let mut free: Vec<[u64; 2]> = Vec::new();
    for &Alike { demand, count } in shapes {
        for _ in 0..count {
            let index = choose(&free, demand).unwrap_or_else(|| {
                free.push(size);
                free.len() - 1
            });
            free[index] = [free[index][0] - demand[0], free[index][1] - demand[1]];
        }
    }
    free.len() as u64
}

/// What a solver answers to: is there a packing on fewer instances?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The optimum, as a packing that was added up again.
    Fewest(u64),
    /// No packing on as many instances as were offered.
    None,
    /// The search was not over.
    AtLeast(u64),
    /// An answer that cannot be used.
    Nothing,
}

/// Asks the solver that the case is fit for.
fn search(tasks: u64, shapes: &[Alike<[u64; 2]>], size: [u64; 2], least: u64, most: u64) -> Answer {
    let is_small = tasks <= MOST_TASKS && shapes.len() <= MOST_SHAPES;
    let own = if is_small { ask(shapes, size, least, most) } else { Answer::Nothing };
    #[cfg(feature = "highs")]
    if matches!(own, Answer::AtLeast(_) | Answer::Nothing) {
        let other = super::highs::ask(shapes, size, least..=most);
        return if other == Answer::Nothing { own } else { other };
    }
    own
}

/// The model count[shape][instance] with at least `least` and at most `most` instances.
fn ask(shapes: &[Alike<[u64; 2]>], size: [u64; 2], least: u64, most: u64) -> Answer {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let used: Vec<Variable> = (0..most).map(|_| problem.add_binary_var(1.0)).collect();
    let counts: Vec<Vec<Variable>> = shapes
        .iter()
        .map(|&Alike { demand, count }| {
            let room = i32::try_from(room(demand, count, size)).unwrap_or(i32::MAX);
            used.iter().map(|_| problem.add_integer_var(0.0, (0, room))).collect()
        })
        .collect();
    for (&Alike { count, .. }, on) in shapes.iter().zip(&counts) {
        let all: Vec<_> = on.iter().map(|&variable| (variable, 1.0)).collect();
        problem.add_constraint(&all[..], ComparisonOp::Eq, real(count));
    }
    for (instance, &used) in used.iter().enumerate() {
        for r in (0..2).filter(|&r| size[r] > 0) {
            // In shares of the instance, so that no coefficient is far from 1.
            let takes =
                |(shape, on): (&Alike<[u64; 2]>, &Vec<Variable>)| (on[instance], real(shape.demand[r]) / real(size[r]));
            let mut row: Vec<_> = shapes.iter().zip(&counts).map(takes).collect();
            row.push((used, -1.0));
            problem.add_constraint(&row[..], ComparisonOp::Le, 0.0);
        }
    }
    for pair in used.windows(2) {
        problem.add_constraint(&[(pair[0], 1.0), (pair[1], -1.0)][..], ComparisonOp::Ge, 0.0);
    }
    let all: Vec<_> = used.iter().map(|&used| (used, 1.0)).collect();
    problem.add_constraint(&all[..], ComparisonOp::Ge, real(least));
    let mut options = SolveOptions::default();
    options.node_limit = Some(MOST_NODES);
    let outcome = match problem.solve_with(options) {
        Ok(outcome) => outcome,
        Err(Error::Infeasible) => return Answer::None,
        Err(_) => return Answer::Nothing,
    };
    let bound = outcome.stats().best_bound;
    if outcome.termination_reason() != TerminationReason::ProvenOptimal {
        return bound.map_or(Answer::Nothing, |bound| Answer::AtLeast(proved_by(bound)));
    }
    let Some(solution) = outcome.solution() else { return Answer::Nothing };
    let found: Vec<Vec<u64>> =
        counts.iter().map(|on| on.iter().map(|&variable| rounded(solution.var_value(variable))).collect()).collect();
    added_up(shapes, size, &found).map_or(Answer::Nothing, Answer::Fewest)
}

/// How many of `count` tasks of one demand an instance holds.
pub(super) fn room(demand: [u64; 2], count: u64, size: [u64; 2]) -> u64 {
    (0..2).map(|r| size[r].checked_div(demand[r]).unwrap_or(count)).min().unwrap_or(0).min(count)
}

/// How many instances a packing uses, if every task is there and every instance holds its tasks.
pub(super) fn added_up(shapes: &[Alike<[u64; 2]>], size: [u64; 2], found: &[Vec<u64>]) -> Option<u64> {
    let mut used = 0;
    for instance in 0..found.first()?.len() {
        let mut sum = [0; 2];
        for (&Alike { demand, .. }, on) in shapes.iter().zip(found) {
            sum = [sum[0] + demand[0] * on[instance], sum[1] + demand[1] * on[instance]];
        }
        used += u64::from(found.iter().any(|on| on[instance] > 0));
        if !fits(sum, size) {
            return None;
        }
    }
    let is_complete = shapes.iter().zip(found).all(|(shape, on)| on.iter().sum::<u64>() == shape.count);
    is_complete.then_some(used)
}

#[expect(clippy::cast_precision_loss, reason = "resources of one instance and numbers of tasks")]
pub(super) fn real(number: u64) -> f64 {
    number as f64
}

/// The whole number that a solver's bound on a number of instances proves.
pub(super) fn proved_by(bound: f64) -> u64 {
    rounded(libm::ceil(bound - TOLERANCE))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates; never below 0")]
pub(super) fn rounded(number: f64) -> u64 {
    libm::round(number) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packing_counts_only_if_it_adds_up() {
        let shapes = [Alike { demand: [6, 1], count: 2 }, Alike { demand: [4, 1], count: 1 }];
        let check = |found: [[u64; 2]; 2], expected| {
            assert_eq!(added_up(&shapes, [10, 10], &found.map(|on| on.to_vec())), expected, "{found:?}");
        };
        check([[1, 1], [1, 0]], Some(2));
        check([[2, 0], [0, 1]], None);
        check([[1, 0], [1, 0]], None);
    }
}
