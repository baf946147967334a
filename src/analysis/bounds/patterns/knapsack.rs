//! The most valuable set of tasks that one instance holds, by branch and bound in integers, over any number of resources.
//!
//! Bounds inside are [`Surrogate`]s: of the ways to add resources up, the one that bounds best at the root, found by
//! moving parts from one resource to another, and several around it; and the table of a [`Grid`], where there is one.
//!
//! # Invariants
//! 1. `at_most` is never below the value of any set that fits, also when the steps run out: what was not looked at
//!    counts with its bound.
//! 2. `taken` fits, and `value` is its value.

use super::grid::Grid;
use super::surrogate::{PARTS, Surrogate};

/// One kind of task as a knapsack sees it.
#[derive(Clone, Debug)]
pub(super) struct Choice<'a> {
    /// Amounts of each resource.
    pub(super) demand: &'a [u64],
    /// What one is worth.
    pub(super) value: u64,
    /// How many may be taken.
    pub(super) most: u64,
    /// Classes of which an instance holds one task in all.
    pub(super) conflicts: &'a [u32],
}

/// How a set is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aim<'a> {
    /// Sets that are worth no more need not be told apart.
    pub(super) floor: u64,
    /// Steps after which the search ends.
    pub(super) steps: u64,
    /// What any set is worth at most.
    pub(super) grid: Option<&'a Grid>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    /// Value of the best set found.
    pub(super) value: u64,
    /// How many of each kind are in it.
    pub(super) taken: Vec<u64>,
    /// No set is worth more than this, or than the floor.
    pub(super) at_most: u64,
    /// Steps of the search.
    pub(super) steps: u64,
}

/// The best set within a capacity.
pub(super) fn best(choices: &[Choice<'_>], capacity: &[u64], aim: Aim<'_>) -> Best {
    let nothing = Best { taken: vec![0; choices.len()], ..Best::default() };
    if let Some(found) = read_off(choices, capacity, aim) {
        return found;
    }
    let useful = |&kind: &usize| {
        let choice = &choices[kind];
        choice.value > 0 && choice.most > 0 && (choice.demand.iter().zip(capacity)).all(|(demand, has)| demand <= has)
    };
    let kinds: Vec<usize> = (0..choices.len()).filter(useful).collect();
    let (root, mut around) = surrogates(choices, &kinds, capacity);
    let order = root.order(choices, &kinds);
    around.insert(0, root);
    around.iter_mut().for_each(|one| one.follow(choices, &order));
    let classes = order.iter().flat_map(|&kind| choices[kind].conflicts.iter()).max();
    let used = vec![false; classes.map_or(0, |&class| class as usize + 1)];
    let taken = vec![0; choices.len()];
    let mut search = Search { choices, surrogates: around, order, used, taken, best: nothing, aim };
    search.go(0, &mut capacity.to_vec(), 0);
    search.best.at_most = search.best.at_most.max(search.best.value);
    search.best
}

/// The best set of the table, if it is one by limits and conflicts too.
fn read_off(choices: &[Choice<'_>], capacity: &[u64], aim: Aim<'_>) -> Option<Best> {
    let grid = aim.grid?;
    let value = grid.at_most(capacity)?;
    let taken = grid.set(capacity, choices.len())?;
    let mut used: Vec<u32> = Vec::new();
    for (choice, &taken) in choices.iter().zip(&taken).filter(|(_, taken)| **taken > 0) {
        if taken > choice.most || choice.conflicts.iter().any(|class| used.contains(class)) {
            return None;
        }
        used.extend(choice.conflicts);
    }
    let fits = |(r, &has): (usize, &u64)| {
        choices.iter().zip(&taken).map(|(choice, taken)| choice.demand[r] * taken).sum::<u64>() <= has
    };
    capacity.iter().enumerate().all(fits).then_some(Best { value, taken, at_most: value, steps: 0 })
}

/// The surrogate that bounds best at the root, and some around it.
fn surrogates(choices: &[Choice<'_>], kinds: &[usize], capacity: &[u64]) -> (Surrogate, Vec<Surrogate>) {
    let runs_out = |&r: &usize| {
        let all = |&kind: &usize| u128::from(choices[kind].demand[r]) * u128::from(choices[kind].most);
        kinds.iter().map(all).sum::<u128>() > u128::from(capacity[r])
    };
    let short: Vec<usize> = (0..capacity.len()).filter(runs_out).collect();
    let moves: Vec<(usize, usize)> =
        short.iter().flat_map(|&a| short.iter().filter(move |&&b| a != b).map(move |&b| (a, b))).collect();
    let mut parts = vec![0; capacity.len()];
    short.iter().for_each(|&r| parts[r] = PARTS / short.len() as u64);
    let bound = |parts: &[u64]| {
        let one = Surrogate::new(parts, choices, capacity);
        (one.closely(choices, &one.order(choices, kinds), capacity), one)
    };
    let (mut least, mut root) = bound(&parts);
    let mut step = PARTS / 4;
    while step > 0 {
        let before = least;
        for &(from, to) in &moves {
            if let Some(other) = moved(&parts, from, to, step) {
                let (value, one) = bound(&other);
                if value < least {
                    (least, root, parts) = (value, one, other);
                }
            }
        }
        if least == before {
            step /= 2;
        }
    }
    let steps = [3, 8, 20, PARTS];
    let around = moves.iter().flat_map(|&(from, to)| steps.map(|step| (from, to, step.min(parts[from]))));
    let around = around.filter(|&(.., step)| step > 0).filter_map(|(from, to, step)| moved(&parts, from, to, step));
    (root, around.map(|parts| Surrogate::new(&parts, choices, capacity)).collect())
}

fn moved(parts: &[u64], from: usize, to: usize, step: u64) -> Option<Vec<u64>> {
    let mut parts = parts.to_vec();
    parts[from] = parts[from].checked_sub(step)?;
    parts[to] += step;
    Some(parts)
}

struct Search<'a> {
    choices: &'a [Choice<'a>],
    /// The first is the one that the order is of.
    surrogates: Vec<Surrogate>,
    /// Kinds by falling value for what they take.
    order: Vec<usize>,
    /// Conflict classes that the set has.
    used: Vec<bool>,
    taken: Vec<u64>,
    best: Best,
    aim: Aim<'a>,
}

impl Search<'_> {
    /// No set of the kinds from `depth` on is worth more; what is no more than `enough` need not be told closely.
    fn at_most(&self, depth: usize, left: &[u64], enough: u128) -> u128 {
        let mut least = self.aim.grid.and_then(|grid| grid.at_most(left)).map_or(u128::MAX, u128::from);
        for surrogate in &self.surrogates {
            if least <= enough {
                return least;
            }
            least = least.min(surrogate.roughly(depth, left));
        }
        if least <= enough {
            least
        } else {
            least.min(self.surrogates[0].closely(self.choices, &self.order[depth..], left))
        }
    }

    fn go(&mut self, depth: usize, left: &mut [u64], value: u64) {
        if value > self.best.value {
            self.best.value = value;
            self.best.taken.clone_from(&self.taken);
        }
        if depth == self.order.len() {
            return;
        }
        let goal = self.best.value.max(self.aim.floor);
        let bound = u128::from(value) + self.at_most(depth, left, u128::from(goal - value.min(goal)));
        if bound <= u128::from(goal) {
            return;
        }
        if self.best.steps >= self.aim.steps {
            self.best.at_most = self.best.at_most.max(u64::try_from(bound).unwrap_or(u64::MAX));
            return;
        }
        self.best.steps += 1;
        let kind = self.order[depth];
        let choice = &self.choices[kind];
        let fits = |(&demand, &left): (&u64, &u64)| left.checked_div(demand).unwrap_or(u64::MAX);
        let room = choice.demand.iter().zip(left.iter()).map(fits).min().unwrap_or(u64::MAX);
        let is_blocked = choice.conflicts.iter().any(|&class| self.used[class as usize]);
        let most = if is_blocked { 0 } else { choice.most.min(room) };
        let (demand, worth, conflicts) = (choice.demand, choice.value, choice.conflicts);
        for number in (0..=most).rev() {
            self.taken[kind] = number;
            demand.iter().zip(left.iter_mut()).for_each(|(demand, left)| *left -= demand * number);
            conflicts.iter().for_each(|&class| self.used[class as usize] |= number > 0);
            self.go(depth + 1, left, value.saturating_add(worth.saturating_mul(number)));
            demand.iter().zip(left.iter_mut()).for_each(|(demand, left)| *left += demand * number);
            if !is_blocked {
                conflicts.iter().for_each(|&class| self.used[class as usize] = false);
            }
        }
        self.taken[kind] = 0;
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn enumerate(choices: &[Choice<'_>], left: &[u64], used: &[u32]) -> u64 {
        let Some((first, rest)) = choices.split_first() else { return 0 };
        let mut best = 0;
        for number in 0..=first.most {
            let left: Option<Vec<u64>> =
                first.demand.iter().zip(left).map(|(demand, left)| left.checked_sub(demand * number)).collect();
            let is_blocked = number > 0 && first.conflicts.iter().any(|class| used.contains(class));
            let Some(left) = left.filter(|_| !is_blocked) else { break };
            let used: Vec<u32> = used.iter().chain(first.conflicts.iter().filter(|_| number > 0)).copied().collect();
            best = best.max(number * first.value + enumerate(rest, &left, &used));
        }
        best
    }

    type Drawn = ([u64; 3], u64, u64, bool);

    fn choices(drawn: &[Drawn]) -> Vec<Choice<'_>> {
        let one = |(demand, value, most, conflicts): &'_ Drawn| {
            Choice {
                demand: &[],
                value: *value,
                most: if *conflicts { (*most).min(1) } else { *most },
                conflicts: if *conflicts { &[2] } else { &[] },
            }
            .with(demand)
        };
        drawn.iter().map(|drawn| Choice { demand: &drawn.0, ..one(drawn) }).collect()
    }

    impl Choice<'_> {
        fn with(self, _demand: &[u64; 3]) -> Self {
            self
        }
    }

    proptest! {
        #[test]
        fn the_best_set_is_that_of_enumeration(
            drawn in prop::collection::vec(([0_u64..6, 0_u64..6, 0_u64..3], 0_u64..9, 1_u64..4, prop::bool::weighted(0.3)), 0..6),
            capacity in [0_u64..14, 0_u64..14, 0_u64..4],
        ) {
            let choices = choices(&drawn);
            let optimum = enumerate(&choices, &capacity, &[]);
            let found = best(&choices, &capacity, Aim { steps: 100_000, ..Aim::default() });
            prop_assert_eq!((found.value, found.at_most), (optimum, optimum));
            let sum = |r: usize| choices.iter().zip(&found.taken).map(|(c, n)| n * c.demand[r]).sum::<u64>();
            prop_assert!((0..3).all(|r| sum(r) <= capacity[r]));
            // Cut short, it says how much there may be.
            for steps in [0, 1, 3] {
                let cut = best(&choices, &capacity, Aim { steps, ..Aim::default() });
                prop_assert!(cut.value <= optimum && optimum <= cut.at_most, "{} {} {}", cut.value, optimum, cut.at_most);
            }
        }
    }
}
