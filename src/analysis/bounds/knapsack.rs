//! The most valuable set of tasks that one instance holds, exactly, by branch and bound in integers.
//!
//! An instance has an amount of each of `D` resources. Tasks with a key in common, such as one static port, are never in
//! one set.

/// One kind of task: what it takes, value, how many there are, and its keys.
#[derive(Clone, Debug)]
pub(super) struct Choice<const D: usize> {
    pub(super) demand: [u64; D],
    pub(super) value: u64,
    pub(super) count: u64,
    /// Positions of its keys, below the number of keys of the search.
    pub(super) keys: Vec<usize>,
}

/// Steps after which a search is given up.
const MOST_STEPS: u64 = 100_000;

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The best numbers of each kind and their value.
    Best(u64, Vec<u64>),
    /// The search took too long: no set is worth more than this.
    AtMost(u128),
}

/// The best numbers of each kind, where there are `keys` keys.
pub(super) fn best<const D: usize>(choices: &[Choice<D>], capacity: [u64; D], keys: usize) -> Found {
    let mut order: Vec<usize> = (0..choices.len()).filter(|&kind| choices[kind].value > 0).collect();
    // By value for the largest share of the instance: what is worth most for its room comes first.
    let room = |choice: &Choice<D>| {
        let share = |r: usize| (u128::from(choice.demand[r]) << 40) / u128::from(capacity[r].max(1));
        (0..D).map(share).max().unwrap_or(0).max(1)
    };
    order.sort_by(|&a, &b| {
        let (a, b) = (&choices[a], &choices[b]);
        (u128::from(b.value) * room(a)).cmp(&(u128::from(a.value) * room(b)))
    });
    let mut search = Search {
        choices,
        order: &order,
        taken: vec![0; choices.len()],
        is_held: vec![false; keys],
        best: (0, vec![0; choices.len()]),
        steps: 0,
    };
    if search.go(0, capacity, 0) {
        let (value, numbers) = search.best;
        return Found::Best(value, numbers);
    }
    Found::AtMost(search.at_most(0, capacity))
}

struct Search<'a, const D: usize> {
    choices: &'a [Choice<D>],
    order: &'a [usize],
    taken: Vec<u64>,
    /// Keys of what is taken.
    is_held: Vec<bool>,
    best: (u64, Vec<u64>),
    steps: u64,
}

impl<const D: usize> Search<'_, D> {
    /// Tries every number of the kinds from `depth` on; answers whether the steps lasted.
    fn go(&mut self, depth: usize, left: [u64; D], value: u64) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return false;
        }
        if value > self.best.0 {
            self.best = (value, self.taken.clone());
        }
        if depth == self.order.len() || u128::from(value) + self.at_most(depth, left) <= u128::from(self.best.0) {
            return true;
        }
        let kind = self.order[depth];
        let choice = &self.choices[kind];
        for number in (0..=self.most(choice, left)).rev() {
            self.taken[kind] = number;
            let rest = std::array::from_fn(|r| left[r] - number * choice.demand[r]);
            choice.keys.iter().for_each(|&key| self.is_held[key] |= number > 0);
            let lasted = self.go(depth + 1, rest, value + number * choice.value);
            if number > 0 {
                choice.keys.iter().for_each(|&key| self.is_held[key] = false);
            }
            if !lasted {
                return false;
            }
        }
        self.taken[kind] = 0;
        true
    }

    /// How many of a kind may be taken.
    fn most(&self, choice: &Choice<D>, left: [u64; D]) -> u64 {
        let by_keys = match &choice.keys[..] {
            [] => choice.count,
            keys => choice.count.min(u64::from(!keys.iter().any(|&key| self.is_held[key]))),
        };
        (0..D).map(|r| left[r].checked_div(choice.demand[r]).unwrap_or(by_keys)).fold(by_keys, u64::min)
    }

    /// No set of the kinds from `depth` on is worth more: the least of the bounds that look at one resource each and cut
    /// tasks into parts.
    fn at_most(&self, depth: usize, left: [u64; D]) -> u128 {
        let of = |r: usize| {
            let (mut sum, mut densest) = (0, (0_u128, 1_u128));
            for &kind in &self.order[depth..] {
                let Choice { demand, value, count, keys } = &self.choices[kind];
                let (value, demand) = (u128::from(*value), u128::from(demand[r]));
                if demand == 0 {
                    sum += value * u128::from(if keys.is_empty() { *count } else { 1 });
                } else if value * densest.1 > densest.0 * demand {
                    densest = (value, demand);
                }
            }
            sum + u128::from(left[r]) * densest.0 / densest.1
        };
        (0..D).map(of).min().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn enumerate(choices: &[Choice<2>], left: [u64; 2], held: u64) -> u64 {
        let Some((first, rest)) = choices.split_first() else { return 0 };
        let keys = first.keys.iter().fold(0, |keys, key| keys | 1 << key);
        let most = if keys == 0 { first.count } else { first.count.min(1) };
        let fits =
            |number: &u64| (0..2).all(|r| number * first.demand[r] <= left[r]) && (*number == 0 || keys & held == 0);
        let worth = |number: u64| {
            let left = [left[0] - number * first.demand[0], left[1] - number * first.demand[1]];
            number * first.value + enumerate(rest, left, if number > 0 { held | keys } else { held })
        };
        (0..=most).filter(fits).map(worth).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn the_best_set_is_that_of_enumeration(
            kinds in prop::collection::vec((0_u64..6, 0_u64..6, 0_u64..9, 1_u64..4, prop::option::of(0_usize..3)), 0..6),
            capacity in [0_u64..14, 0_u64..14],
        ) {
            let choice = |(cpu, memory, value, count, key): (u64, u64, u64, u64, Option<usize>)| Choice {
                demand: [cpu, memory],
                value,
                count,
                keys: key.into_iter().collect(),
            };
            let choices: Vec<Choice<2>> = kinds.into_iter().map(choice).collect();
            let Found::Best(value, numbers) = best(&choices, capacity, 3) else { panic!("steps last") };
            prop_assert_eq!(value, enumerate(&choices, capacity, 0));
            let sum = |of: &dyn Fn(&Choice<2>) -> u64| choices.iter().zip(&numbers).map(|(c, n)| n * of(c)).sum::<u64>();
            prop_assert_eq!(sum(&|choice| choice.value), value);
            prop_assert!((0..2).all(|r| sum(&|choice| choice.demand[r]) <= capacity[r]));
        }
    }
}
