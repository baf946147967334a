//! The linear programme of prices as patterns are added to it, and of how often patterns are bought.
//!
//! What it answers is a proposal in floating point. Where the solver fails it proposes nothing more, and what was proved
//! before stands.

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Solution, SolveOptions, Variable};

use super::{Kind, Offer};

/// A set of tasks that an instance of a type holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) offer: usize,
    /// How many of each kind.
    pub(super) taken: Vec<u64>,
}

/// Prices of everything, in units of the dearest type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    /// Of a task of each kind.
    pub(super) tasks: Vec<f64>,
    /// More of it in each zone, of kinds that must stand in zones.
    pub(super) in_zones: Vec<Vec<f64>>,
    /// Of an instance of each type of which there is a number, above its own price.
    pub(super) surplus: Vec<f64>,
}

impl Point {
    /// Every price is what `of` makes of those of both.
    pub(super) fn with(&self, other: &Self, of: impl Fn(f64, f64) -> f64) -> Self {
        let both = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(&a, &b)| of(a, b)).collect();
        Self {
            tasks: both(&self.tasks, &other.tasks),
            in_zones: self.in_zones.iter().zip(&other.in_zones).map(|(a, b)| both(a, b)).collect(),
            surplus: both(&self.surplus, &other.surplus),
        }
    }

    /// What a task of a kind brings on an instance in a zone.
    pub(super) fn of(&self, kind: usize, zone: usize) -> f64 {
        self.tasks[kind] + self.in_zones.get(kind).and_then(|zones| zones.get(zone)).copied().unwrap_or(0.0)
    }
}

/// Prices that are as high as the patterns known so far allow.
pub(super) struct Master<'a> {
    offers: &'a [Offer],
    unit: f64,
    solution: Option<Solution>,
    tasks: Vec<Variable>,
    in_zones: Vec<Vec<Variable>>,
    surplus: Vec<Option<Variable>>,
}

#[expect(clippy::cast_precision_loss, reason = "a solver proposes, integers prove")]
impl<'a> Master<'a> {
    /// Before any pattern: a task costs at most what the cheapest way to fill an instance with its kind alone costs.
    pub(super) fn new(kinds: &[Kind], offers: &'a [Offer], unit: f64) -> Self {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let everything: f64 = offers.iter().map(|offer| offer.supply.unwrap_or(1) as f64 * offer.price as f64).sum();
        let dearest = |kind: &Kind, zone: Option<usize>| -> f64 {
            let is_free = |offer: &Offer| offer.supply.is_none() && zone.is_none_or(|zone| offer.zone == zone);
            let free = offers.iter().zip(&kind.most).filter(|(offer, _)| is_free(offer));
            let alone = free.map(|(offer, &most)| (offer.price as f64, most.min(kind.count)));
            let alone = alone.filter(|&(_, most)| most > 0).map(|(price, most)| price / unit / most as f64);
            // Of what there is only a number of, a task can be worth all that there is.
            alone.reduce(f64::min).unwrap_or(1.0 + everything / unit)
        };
        let tasks = kinds.iter().map(|kind| problem.add_var(kind.count as f64, (0.0, dearest(kind, None)))).collect();
        let mut zones = |kind: &Kind| -> Vec<Variable> {
            let one = |(zone, &least): (usize, &u64)| problem.add_var(least as f64, (0.0, dearest(kind, Some(zone))));
            kind.in_zones.iter().enumerate().map(one).collect()
        };
        let in_zones = kinds.iter().map(&mut zones).collect();
        let surplus =
            |offer: &Offer| offer.supply.map(|supply| problem.add_var(-(supply as f64), (0.0, f64::INFINITY)));
        let surplus = offers.iter().map(surplus).collect();
        let solution =
            problem.solve_with(SolveOptions::default()).ok().and_then(|outcome| outcome.into_solution().ok());
        Self { offers, unit, solution, tasks, in_zones, surplus }
    }

    /// The prices, and what all tasks are worth at them.
    pub(super) fn proposed(&self) -> Option<(Point, f64)> {
        let solution = self.solution.as_ref()?;
        let value = |&price: &Variable| solution.var_value(price);
        let point = Point {
            tasks: self.tasks.iter().map(value).collect(),
            in_zones: self.in_zones.iter().map(|zones| zones.iter().map(value).collect()).collect(),
            surplus: self.surplus.iter().map(|of| of.as_ref().map_or(0.0, value)).collect(),
        };
        Some((point, solution.objective()))
    }

    /// From now on these patterns bring no more than their type costs.
    pub(super) fn add(&mut self, columns: &[Column]) {
        for column in columns {
            let Some(solution) = self.solution.take() else { return };
            let offer = &self.offers[column.offer];
            let mut terms: Vec<(Variable, f64)> = Vec::new();
            for (kind, &taken) in column.taken.iter().enumerate().filter(|(_, taken)| **taken > 0) {
                terms.push((self.tasks[kind], taken as f64));
                terms.extend(self.in_zones[kind].get(offer.zone).map(|&price| (price, taken as f64)));
            }
            terms.extend(self.surplus[column.offer].map(|price| (price, -1.0)));
            let outcome = solution.add_constraint(&terms[..], ComparisonOp::Le, offer.price as f64 / self.unit).ok();
            self.solution = outcome.and_then(|outcome| outcome.into_solution().ok());
        }
    }
}

/// How often each pattern is bought, in parts too, so that all tasks are held for the least price.
#[expect(clippy::cast_precision_loss, reason = "a solver proposes, integers prove")]
pub(super) fn bought(kinds: &[Kind], offers: &[Offer], columns: &[Column]) -> Option<Vec<f64>> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let unit = offers.iter().map(|offer| offer.price).max().unwrap_or(1).max(1) as f64;
    let price = |column: &Column| offers[column.offer].price as f64 / unit;
    let times: Vec<Variable> =
        columns.iter().map(|column| problem.add_var(price(column), (0.0, f64::INFINITY))).collect();
    for (at, kind) in kinds.iter().enumerate() {
        let taken = || columns.iter().zip(&times).filter(|(column, _)| column.taken[at] > 0);
        let row = |zone: Option<usize>| -> LinearExpr {
            let here = taken().filter(|(column, _)| zone.is_none_or(|zone| offers[column.offer].zone == zone));
            here.map(|(column, &times)| (times, column.taken[at] as f64)).collect()
        };
        problem.add_constraint(row(None), ComparisonOp::Ge, kind.count as f64);
        for (zone, &least) in kind.in_zones.iter().enumerate() {
            problem.add_constraint(row(Some(zone)), ComparisonOp::Ge, least as f64);
        }
    }
    for (at, supply) in offers.iter().enumerate().filter_map(|(at, offer)| Some((at, offer.supply?))) {
        let of = columns.iter().zip(&times).filter(|(column, _)| column.offer == at);
        let row: LinearExpr = of.map(|(_, &times)| (times, 1.0)).collect();
        problem.add_constraint(row, ComparisonOp::Le, supply as f64);
    }
    let solution = problem.solve_with(SolveOptions::default()).ok()?.into_solution().ok()?;
    Some(times.iter().map(|&times| solution.var_value(times)).collect())
}
