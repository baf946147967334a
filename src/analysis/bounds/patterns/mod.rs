//! B8, the pattern linear programme over instance types with prices: what any fleet that holds given tasks costs at
//! least, with a certificate; and the cheapest fleet that was found on the way.
//!
//! A *pattern* of a type is a set of tasks that one instance of it holds. Whole prices `pi_j` for the kinds of tasks,
//! with `V_t` no less than any pattern of type `t` brings at these prices, prove: a fleet that holds all tasks costs at
//! least the sum of `n_j pi_j`, times the least `p_t / V_t` over types. With all `p_t = 1` it is a bound on the number of
//! instances. A solver proposes prices; every round rounds them and proves a bound in integers, whatever the solver
//! answered, and also when a search runs out of steps.
//!
//! | sees | ignores |
//! |---|---|
//! | every resource that kinds are given, whole tasks, prices, which type may hold which kind and how many at most, groups and ports of which an instance holds one task | spread, zones, what else a caller leaves out |
//!
//! # Cost
//! The proofs of all rounds together, with whole numbers of instances, prove more than the best of them alone (`integer`).
//!
//! A round is one linear programme and one knapsack a type; at most [`Limits::rounds`] of them. Searches end by steps,
//! never by time.
//!
//! # Sources
//! Gilmore and Gomory, 1961; smoothing after Wentges, 1997. The certificate is B8 of the method.

mod fleet;
mod integer;
mod knapsack;

use microlp::{ComparisonOp, OptimizationDirection, Problem, Solution, SolveOptions, Variable};

use integer::Cut;
use knapsack::Choice;

/// Tasks that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What one takes of each resource.
    pub demand: Vec<u64>,
    /// How many there are, at least 1.
    pub count: u64,
    /// The most that one instance of each type holds: 0 where it may hold none.
    pub most: Vec<u64>,
    /// Classes of tasks of which an instance holds one in all: a group under `distinctInstance`, a static port.
    pub conflicts: Vec<u32>,
}

/// An instance type that can be had in any number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How much of each resource.
    pub capacity: Vec<u64>,
    /// Its price, above 0; 1 where instances are counted.
    pub price: u64,
}

/// How long is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear programmes.
    pub rounds: u32,
    /// Steps of one knapsack.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 200, steps: 4_000 }
    }
}

/// What is proved, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// No fleet that holds the tasks costs less.
    pub bound: u128,
    /// The price of one task of each kind, in parts of the same unknown size.
    pub prices: Vec<u64>,
    /// No set that fits on an instance of a type is worth more, at these prices.
    pub worth: Vec<u64>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// The largest bound; `None` if some kind fits on no type.
    pub proof: Option<Proof>,
    /// How many of each type hold all tasks, the cheapest that was found; `None` likewise.
    pub fleet: Option<Vec<u64>>,
    /// What they cost.
    pub cost: u128,
    /// What whole instances cost at least by all proofs together; the bound of the best where that was not found.
    pub whole: u128,
    /// Rounds made.
    pub rounds: u32,
    /// Some knapsack ran out of steps: the bound is true and may be larger than what was proved.
    pub is_cut_short: bool,
}

/// Prices are rounded to parts of this of the dearest type.
const PARTS: f64 = 1_048_576.0;

/// Bounds what tasks cost on types.
#[must_use]
pub fn solve(kinds: &[Kind], offers: &[Offer], limits: Limits) -> Solved {
    let nothing = Solved { proof: None, fleet: None, cost: 0, whole: 0, rounds: 0, is_cut_short: false };
    if kinds.is_empty() {
        let proof = Proof { bound: 0, prices: Vec::new(), worth: vec![0; offers.len()] };
        return Solved { proof: Some(proof), fleet: Some(vec![0; offers.len()]), ..nothing };
    }
    if kinds.iter().any(|kind| kind.most.iter().all(|&most| most == 0)) {
        return nothing;
    }
    let cuts = by_resource(kinds, offers);
    let mut generation = Generation { kinds, offers, limits, best: None, cuts, is_cut_short: false };
    let rounds = generation.run();
    let prices = generation.best.as_ref().map_or_else(|| vec![1; kinds.len()], |proof| proof.prices.clone());
    let fleet = fleet::cheapest(kinds, offers, &prices, limits.steps);
    let cost = cost(offers, &fleet);
    let proved = generation.best.as_ref().map_or(0, |proof| proof.bound);
    let whole = if proved < cost { integer::least(offers, &generation.cuts, cost) } else { None };
    let whole = whole.unwrap_or(0).max(proved);
    Solved { proof: generation.best, fleet: Some(fleet), cost, whole, rounds, is_cut_short: generation.is_cut_short }
}

impl Solved {
    /// No fleet that holds the tasks costs less; `None` if some kind fits on no type.
    #[must_use]
    pub fn bound(&self) -> Option<u128> {
        self.proof.as_ref().map(|proof| proof.bound.max(self.whole))
    }
}

/// Whatever holds the tasks has as much of each resource as they take.
fn by_resource(kinds: &[Kind], offers: &[Offer]) -> Vec<Cut> {
    let resources = kinds.iter().map(|kind| kind.demand.len()).min().unwrap_or(0);
    let cut = |r: usize| Cut {
        worth: offers.iter().map(|offer| offer.capacity[r]).collect(),
        total: kinds.iter().map(|kind| u128::from(kind.demand[r]) * u128::from(kind.count)).sum(),
    };
    (0..resources).map(cut).filter(|cut| cut.total > 0).collect()
}

/// What a fleet costs.
#[must_use]
pub fn cost(offers: &[Offer], fleet: &[u64]) -> u128 {
    offers.iter().zip(fleet).map(|(offer, &count)| u128::from(offer.price) * u128::from(count)).sum()
}

impl Proof {
    /// What these prices prove; `None` if they are worth nothing.
    #[must_use]
    pub fn of(kinds: &[Kind], offers: &[Offer], prices: Vec<u64>, worth: Vec<u64>) -> Option<Self> {
        let total: u128 =
            kinds.iter().zip(&prices).map(|(kind, &price)| u128::from(kind.count) * u128::from(price)).sum();
        let fraction = |(offer, &worth): (&Offer, &u64)| {
            (worth > 0).then(|| (total.checked_mul(u128::from(offer.price)), u128::from(worth)))
        };
        let parts = offers.iter().zip(&worth).filter_map(fraction);
        let least = parts.filter_map(|(value, worth)| Some(value?.div_ceil(worth))).min()?;
        let step = u128::from(offers.iter().map(|offer| offer.price).fold(0, gcd)).max(1);
        Some(Self { bound: least.div_ceil(step) * step, prices, worth })
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The kinds as knapsacks of one type see them, at these prices.
fn choices<'a>(kinds: &'a [Kind], offer: usize, prices: &'a [u64], counts: &'a [u64]) -> Vec<Choice<'a>> {
    let one = |((kind, &value), &count): ((&'a Kind, &u64), &u64)| Choice {
        demand: &kind.demand,
        value,
        most: kind.most[offer].min(count),
        conflicts: &kind.conflicts,
    };
    kinds.iter().zip(prices).zip(counts).map(one).collect()
}

struct Generation<'a> {
    kinds: &'a [Kind],
    offers: &'a [Offer],
    limits: Limits,
    best: Option<Proof>,
    /// What every round proves of any fleet, the resources first.
    cuts: Vec<Cut>,
    is_cut_short: bool,
}

/// The linear programme as it grows.
struct Master {
    solution: Option<Solution>,
    prices: Vec<Variable>,
    unit: f64,
}

/// A pattern of a type that brings more than its price.
struct Column {
    offer: usize,
    taken: Vec<u64>,
}

#[expect(clippy::cast_precision_loss, reason = "a solver proposes, integers prove")]
impl Generation<'_> {
    fn run(&mut self) -> u32 {
        let unit = self.offers.iter().map(|offer| offer.price).max().unwrap_or(1) as f64;
        let Some(mut master) = self.start(unit) else { return 0 };
        let counts: Vec<u64> = self.kinds.iter().map(|kind| kind.count).collect();
        let mut centre: Option<Vec<f64>> = None;
        for round in 0..self.limits.rounds {
            let Some(solution) = &master.solution else { return round };
            let proposed: Vec<f64> = master.prices.iter().map(|&price| solution.var_value(price)).collect();
            let value = solution.objective();
            let mixed = centre.as_ref().map(|centre| {
                centre.iter().zip(&proposed).map(|(old, new)| 0.7 * old + 0.3 * new).collect::<Vec<f64>>()
            });
            let mut columns = Vec::new();
            if let Some(mixed) = mixed {
                let is_better = self.separate(&mixed, &proposed, &counts, &mut columns);
                if is_better {
                    centre = Some(mixed);
                }
            }
            if columns.is_empty() && self.separate(&proposed, &proposed, &counts, &mut columns) {
                centre = Some(proposed);
            }
            let step = self.offers.iter().map(|offer| offer.price).fold(0, gcd).max(1) as f64;
            let is_closed = self.best.as_ref().is_some_and(|best| {
                best.bound as f64 + step > value * unit + 1e-6 && {
                    // No price for more patterns brings more than this one for fewer, rounded up.
                    (value * unit / step - 1e-7).ceil() * step <= best.bound as f64
                }
            });
            if columns.is_empty() || is_closed {
                return round + 1;
            }
            master.add(self.offers, &columns);
        }
        self.limits.rounds
    }

    /// Prices at most what the cheapest way to fill an instance with one kind costs.
    fn start(&self, unit: f64) -> Option<Master> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let mut prices = Vec::with_capacity(self.kinds.len());
        for kind in self.kinds {
            let one = |(offer, &most): (&Offer, &u64)| {
                let most = most.min(kind.count);
                (most > 0).then(|| offer.price as f64 / unit / most as f64)
            };
            let dearest = self.offers.iter().zip(&kind.most).filter_map(one).fold(f64::INFINITY, f64::min);
            prices.push(problem.add_var(kind.count as f64, (0.0, dearest)));
        }
        let solution = problem.solve_with(SolveOptions::default()).ok()?.into_solution().ok()?;
        Some(Master { solution: Some(solution), prices, unit })
    }

    /// Proves a bound at some prices and collects patterns that bring more than their type costs at `proposed` ones;
    /// tells whether the bound is the best.
    fn separate(&mut self, at: &[f64], proposed: &[f64], counts: &[u64], columns: &mut Vec<Column>) -> bool {
        let prices: Vec<u64> = at.iter().map(|&price| in_parts(price)).collect();
        let unit = self.offers.iter().map(|offer| offer.price).max().unwrap_or(1) as f64;
        let mut worth = Vec::with_capacity(self.offers.len());
        for (position, offer) in self.offers.iter().enumerate() {
            let choices = choices(self.kinds, position, &prices, counts);
            let found = knapsack::best(&choices, &offer.capacity, self.limits.steps);
            self.is_cut_short |= found.at_most > found.value;
            worth.push(found.at_most);
            let brings: f64 = found.taken.iter().zip(proposed).map(|(&taken, price)| taken as f64 * price).sum();
            if brings > offer.price as f64 / unit * (1.0 + 1e-7) + 1e-12 {
                columns.push(Column { offer: position, taken: found.taken });
            }
        }
        let total =
            self.kinds.iter().zip(&prices).map(|(kind, &price)| u128::from(kind.count) * u128::from(price)).sum();
        self.cuts.push(Cut { worth: worth.clone(), total });
        let proof = Proof::of(self.kinds, self.offers, prices, worth);
        let bound = |proof: &Option<Proof>| proof.as_ref().map_or(0, |proof| proof.bound);
        let is_better = bound(&proof) > bound(&self.best) || self.best.is_none();
        if is_better && proof.is_some() {
            self.best = proof;
        }
        is_better
    }
}

impl Master {
    #[expect(clippy::cast_precision_loss, reason = "a solver proposes, integers prove")]
    fn add(&mut self, offers: &[Offer], columns: &[Column]) {
        for column in columns {
            let Some(solution) = self.solution.take() else { return };
            let terms = self.prices.iter().zip(&column.taken).filter(|&(_, &taken)| taken > 0);
            let terms: Vec<(Variable, f64)> = terms.map(|(&price, &taken)| (price, taken as f64)).collect();
            let limit = offers[column.offer].price as f64 / self.unit;
            // A solver that fails proposes nothing more; what was proved stands.
            let outcome = solution.add_constraint(&terms[..], ComparisonOp::Le, limit).ok();
            self.solution = outcome.and_then(|outcome| outcome.into_solution().ok());
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a price between 0 and 1")]
fn in_parts(price: f64) -> u64 {
    (price.clamp(0.0, 1.0) * PARTS) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(demand: [u64; 2], count: u64, offers: &[Offer]) -> Kind {
        let most = |offer: &Offer| {
            (0..2).map(|r| offer.capacity[r].checked_div(demand[r]).unwrap_or(count)).min().unwrap_or(0).min(count)
        };
        Kind { demand: demand.to_vec(), count, most: offers.iter().map(most).collect(), conflicts: Vec::new() }
    }

    fn offer(capacity: [u64; 2], price: u64) -> Offer {
        Offer { capacity: capacity.to_vec(), price }
    }

    fn check(offers: &[Offer], tasks: &[([u64; 2], u64)], bound: u128, cost: u128) {
        let kinds: Vec<Kind> = tasks.iter().map(|&(demand, count)| kind(demand, count, offers)).collect();
        let solved = solve(&kinds, offers, Limits::default());
        assert_eq!((solved.bound(), solved.cost), (Some(bound), cost), "{tasks:?}");
    }

    #[test]
    fn b8_counts_of_one_type_are_those_of_the_method() {
        let ten = [offer([10, 100], 1)];
        check(&ten, &[([6, 0], 4)], 4, 4);
        check(&ten, &[([7, 0], 3), ([4, 0], 3)], 5, 5);
        check(&[offer([100, 1], 1)], &[([34, 0], 5)], 3, 3);
        check(&[offer([10, 10], 1)], &[([8, 1], 1), ([3, 6], 2)], 3, 3);
    }

    /// No task takes cpu from one type and memory from another: pooled resources would cost 2.
    #[test]
    fn b8_sees_which_type_holds_a_task() {
        let offers = [offer([8, 1], 1), offer([1, 8], 1), offer([4, 4], 3)];
        check(&offers, &[([4, 4], 2)], 6, 6);
    }

    #[test]
    fn b8_a_task_that_fits_nowhere_has_no_price() {
        let offers = [offer([4, 4], 1)];
        let solved = solve(&[kind([5, 1], 1, &offers)], &offers, Limits::default());
        assert_eq!((solved.proof, solved.fleet), (None, None));
        assert_eq!(solve(&[], &offers, Limits::default()).proof.map(|proof| proof.bound), Some(0));
    }

    #[test]
    fn b8_one_task_of_a_group_on_an_instance() {
        let offers = [offer([10, 10], 7)];
        let alone = |demand| Kind { conflicts: vec![0], most: vec![1], ..kind(demand, 2, &offers) };
        let solved = solve(&[alone([1, 1]), alone([2, 1])], &offers, Limits::default());
        assert_eq!((solved.proof.map(|proof| proof.bound), solved.cost), (Some(28), 28));
    }

    /// The least cost by trying every way to hold tasks one after another.
    fn optimum(tasks: &[[u64; 2]], offers: &[Offer], open: &mut Vec<[u64; 2]>, cost: u128, best: &mut u128) {
        if cost >= *best {
            return;
        }
        let Some((task, rest)) = tasks.split_first() else {
            *best = cost;
            return;
        };
        for at in 0..open.len() {
            let left = open[at];
            if (0..2).all(|r| task[r] <= left[r]) && !open[..at].contains(&left) {
                open[at] = [left[0] - task[0], left[1] - task[1]];
                optimum(rest, offers, open, cost, best);
                open[at] = left;
            }
        }
        for offer in offers.iter().filter(|offer| (0..2).all(|r| task[r] <= offer.capacity[r])) {
            open.push([offer.capacity[0] - task[0], offer.capacity[1] - task[1]]);
            optimum(rest, offers, open, cost + u128::from(offer.price), best);
            open.pop();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        /// The bound is never above the optimum, the fleet never below, and cut short it is true all the same.
        #[test]
        fn b8_is_a_bound_and_its_fleet_is_a_fleet(
            sizes in prop::collection::vec(([2_u64..12, 2_u64..12], 1_u64..9), 1..4),
            drawn in prop::collection::vec(([0_u64..7, 0_u64..7], 1_u64..4), 1..4),
            is_counted: bool,
        ) {
            let offers: Vec<Offer> =
                sizes.iter().map(|&(size, price)| offer(size, if is_counted { 1 } else { price })).collect();
            let kinds: Vec<Kind> = drawn.iter().map(|&(demand, count)| kind(demand, count, &offers)).collect();
            let tasks: Vec<[u64; 2]> =
                drawn.iter().flat_map(|&(demand, count)| (0..count).map(move |_| demand)).collect();
            let mut best = u128::MAX;
            optimum(&tasks, &offers, &mut Vec::new(), 0, &mut best);
            for limits in [Limits::default(), Limits { rounds: 1, steps: 2 }] {
                let solved = solve(&kinds, &offers, limits);
                prop_assert_eq!(solved.proof.is_some(), best < u128::MAX);
                if let Some(bound) = solved.bound() {
                    prop_assert!(bound <= best && best <= solved.cost, "{bound} {best} {}", solved.cost);
                    prop_assert!(solved.proof.is_some_and(|proof| proof.bound <= bound));
                }
            }
        }
    }

    /// What the bound is worth: over many small random cases it lies at most 3 % below the optimum, in count and in price.
    #[test]
    fn b8_is_near_the_optimum_in_the_mean() {
        let mut state = 7_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let (mut bounds, mut optima) = ([0_u128; 2], [0_u128; 2]);
        for _ in 0..150 {
            let sizes: Vec<([u64; 2], u64)> = (0..3).map(|_| ([4 + draw(12), 4 + draw(12)], 10 + draw(30))).collect();
            let tasks: Vec<[u64; 2]> = (0..8).map(|_| [1 + draw(6), 1 + draw(6)]).collect();
            for (of, is_counted) in [(0, false), (1, true)] {
                let offers: Vec<Offer> =
                    sizes.iter().map(|&(size, price)| offer(size, if is_counted { 1 } else { price })).collect();
                let kinds: Vec<Kind> = tasks.iter().map(|&task| kind(task, 1, &offers)).collect();
                let solved = solve(&kinds, &offers, Limits::default());
                let Some(bound) = solved.bound() else { continue };
                let mut best = u128::MAX;
                optimum(&tasks, &offers, &mut Vec::new(), 0, &mut best);
                bounds[of] += bound;
                optima[of] += best;
            }
        }
        for of in 0..2 {
            assert!(bounds[of] <= optima[of] && bounds[of] * 100 >= optima[of] * 97, "{bounds:?} of {optima:?}");
        }
    }
}
