//! The most valuable set of tasks that one instance holds, by branch and bound in integers, over any number of resources.
//!
//! The bound inside is a *surrogate*: resources are added up with whole multipliers into one, which every set that fits
//! respects too, and tasks are cut into parts there. Of several multipliers the one that bounds best at the root is
//! taken.
//!
//! # Invariants
//! 1. `at_most` is never below the value of any set that fits, also when the steps run out: what was not looked at
//!    counts with its bound.
//! 2. `taken` fits, and `value` is its value.

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

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    /// Value of the best set found.
    pub(super) value: u64,
    /// How many of each kind are in it.
    pub(super) taken: Vec<u64>,
    /// No set is worth more.
    pub(super) at_most: u64,
    /// Steps of the search.
    pub(super) steps: u64,
}

/// The best set within a capacity; searches end after `most_steps`.
pub(super) fn best(choices: &[Choice<'_>], capacity: &[u64], most_steps: u64) -> Best {
    let useful = |&kind: &usize| {
        let choice = &choices[kind];
        choice.value > 0 && choice.most > 0 && (choice.demand.iter().zip(capacity)).all(|(demand, has)| demand <= has)
    };
    let kinds: Vec<usize> = (0..choices.len()).filter(useful).collect();
    let mut search = Search {
        choices,
        weights: Vec::new(),
        multipliers: Vec::new(),
        order: kinds,
        used: Vec::new(),
        taken: vec![0; choices.len()],
        best: Best { taken: vec![0; choices.len()], ..Best::default() },
        most_steps,
    };
    search.choose_surrogate(capacity);
    let classes = search.order.iter().flat_map(|&kind| choices[kind].conflicts.iter()).max();
    search.used = vec![false; classes.map_or(0, |&class| class as usize + 1)];
    let mut left = capacity.to_vec();
    search.go(0, &mut left, 0);
    search.best.at_most = search.best.at_most.max(search.best.value);
    search.best
}

struct Search<'a> {
    choices: &'a [Choice<'a>],
    /// The surrogate weight of each kind.
    weights: Vec<u128>,
    /// How the surrogate adds resources up.
    multipliers: Vec<u128>,
    /// Kinds by falling value for their weight.
    order: Vec<usize>,
    /// Conflict classes that the set has.
    used: Vec<bool>,
    taken: Vec<u64>,
    best: Best,
    most_steps: u64,
}

impl Search<'_> {
    fn choose_surrogate(&mut self, capacity: &[u64]) {
        let mut least: Option<u128> = None;
        for shares in shares_of(capacity.len()) {
            let multipliers: Vec<u128> = (shares.iter().zip(capacity))
                .map(
                    |(&share, &has)| {
                        if has == 0 { 0 } else { u128::from(share) * ((1 << 40) / u128::from(has).max(1)).max(1) }
                    },
                )
                .collect();
            let (weights, order) = self.sorted(&multipliers);
            let candidate = Search {
                weights,
                order,
                multipliers,
                used: Vec::new(),
                taken: Vec::new(),
                best: Best::default(),
                ..*self
            };
            let bound = candidate.at_most(0, capacity);
            if least.is_none_or(|least| bound < least) {
                least = Some(bound);
                (self.weights, self.order, self.multipliers) =
                    (candidate.weights, candidate.order, candidate.multipliers);
            }
        }
    }

    fn sorted(&self, multipliers: &[u128]) -> (Vec<u128>, Vec<usize>) {
        let weigh = |choice: &Choice<'_>| -> u128 {
            choice.demand.iter().zip(multipliers).map(|(&demand, factor)| u128::from(demand) * factor).sum()
        };
        let weights: Vec<u128> = self.choices.iter().map(weigh).collect();
        let mut order = self.order.clone();
        order.sort_by(|&a, &b| {
            let worth = |kind: usize, of: usize| u128::from(self.choices[kind].value) * weights[of];
            worth(b, a).cmp(&worth(a, b)).then(a.cmp(&b))
        });
        (weights, order)
    }

    /// No set of the kinds from `depth` on is worth more.
    fn at_most(&self, depth: usize, left: &[u64]) -> u128 {
        let mut room: u128 = left.iter().zip(&self.multipliers).map(|(&left, factor)| u128::from(left) * factor).sum();
        let mut sum = 0_u128;
        for &kind in &self.order[depth..] {
            let (choice, weight) = (&self.choices[kind], self.weights[kind]);
            let (value, most) = (u128::from(choice.value), u128::from(choice.most));
            if weight * most <= room {
                room -= weight * most;
                sum += value * most;
            } else {
                return sum + value * room / weight;
            }
        }
        sum
    }

    fn go(&mut self, depth: usize, left: &mut [u64], value: u64) {
        if value > self.best.value {
            self.best.value = value;
            self.best.taken.clone_from(&self.taken);
        }
        let bound = u128::from(value) + self.at_most(depth, left);
        if depth == self.order.len() || bound <= u128::from(self.best.value) {
            return;
        }
        if self.best.steps >= self.most_steps {
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

/// Ways to add resources up: each alone, and pairs of the first two in several proportions, with all others beside them.
fn shares_of(resources: usize) -> Vec<Vec<u64>> {
    let mut all: Vec<Vec<u64>> = Vec::new();
    for one in 0..resources {
        all.push((0..resources).map(|r| u64::from(r == one)).collect());
    }
    if resources >= 2 {
        for (a, b) in [(1, 1), (1, 3), (3, 1), (1, 7), (7, 1), (3, 5), (5, 3)] {
            let mut shares = vec![0; resources];
            (shares[0], shares[1]) = (a, b);
            all.push(shares);
        }
    }
    all
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
            let found = best(&choices, &capacity, 100_000);
            prop_assert_eq!((found.value, found.at_most), (optimum, optimum));
            let sum = |r: usize| choices.iter().zip(&found.taken).map(|(c, n)| n * c.demand[r]).sum::<u64>();
            prop_assert!((0..3).all(|r| sum(r) <= capacity[r]));
            // Cut short, it says how much there may be.
            for steps in [0, 1, 3] {
                let cut = best(&choices, &capacity, steps);
                prop_assert!(cut.value <= optimum && optimum <= cut.at_most, "{} {} {}", cut.value, optimum, cut.at_most);
            }
        }
    }
}
