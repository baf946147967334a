//! The most valuable set of tasks that one instance holds, exactly, by branch and bound in integers.

/// One kind of task: cpu and memory, value, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    pub(super) demand: [u64; 2],
    pub(super) value: u64,
    pub(super) count: u64,
}

/// Steps after which a search is given up.
const MOST_STEPS: u64 = 100_000;

/// The best numbers of each kind and their value; `None` if the search takes too long.
pub(super) fn best(choices: &[Choice], capacity: [u64; 2]) -> Option<(u64, Vec<u64>)> {
    let mut order: Vec<usize> = (0..choices.len()).filter(|&kind| choices[kind].value > 0).collect();
    // By value for the larger share of the instance: what is worth most for its room comes first.
    let room = |choice: &Choice| {
        let part = |r: usize| u128::from(choice.demand[r]) * u128::from(capacity[1 - r].max(1));
        part(0).max(part(1)).max(1)
    };
    order.sort_by(|&a, &b| {
        let (a, b) = (&choices[a], &choices[b]);
        (u128::from(b.value) * room(a)).cmp(&(u128::from(a.value) * room(b)))
    });
    let none = vec![0; choices.len()];
    let rest = worth_of_rest(choices, &order);
    let mut search = Search { choices, order: &order, rest, taken: none.clone(), best: (0, none), steps: 0 };
    search.go(0, capacity, 0).then_some(search.best)
}

struct Search<'a> {
    choices: &'a [Choice],
    order: &'a [usize],
    /// For each depth, what the kinds from there on are worth by each resource.
    rest: Vec<[Worth; 2]>,
    taken: Vec<u64>,
    best: (u64, Vec<u64>),
    steps: u64,
}

impl Search<'_> {
    /// Tries every number of the kinds from `depth` on; answers whether the steps lasted.
    fn go(&mut self, depth: usize, left: [u64; 2], value: u64) -> bool {
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
        let Choice { demand, value: worth, count } = self.choices[kind];
        let room = |r: usize| left[r].checked_div(demand[r]).unwrap_or(count);
        let most = count.min(room(0)).min(room(1));
        for number in (0..=most).rev() {
            self.taken[kind] = number;
            let rest = [left[0] - number * demand[0], left[1] - number * demand[1]];
            if !self.go(depth + 1, rest, value + number * worth) {
                return false;
            }
        }
        self.taken[kind] = 0;
        true
    }

    /// No set of the kinds from `depth` on is worth more: the lesser of two bounds that look at one resource each and
    /// cut tasks into parts.
    fn at_most(&self, depth: usize, left: [u64; 2]) -> u128 {
        let of = |r: usize| self.rest[depth][r].at_most(left[r]);
        of(0).min(of(1))
    }
}

/// What kinds are worth by one resource: those that need none of it, and the most for a part of it.
#[derive(Clone, Copy, Debug)]
struct Worth {
    needs_none: u128,
    value: u64,
    demand: u64,
}

impl Worth {
    const NOTHING: Self = Self { needs_none: 0, value: 0, demand: 1 };

    /// With one kind more.
    fn with(self, choice: &Choice, r: usize) -> Self {
        let (value, demand) = (choice.value, choice.demand[r]);
        if demand == 0 {
            Self { needs_none: self.needs_none + u128::from(value) * u128::from(choice.count), ..self }
        } else if u128::from(value) * u128::from(self.demand) > u128::from(self.value) * u128::from(demand) {
            Self { value, demand, ..self }
        } else {
            self
        }
    }

    fn at_most(self, left: u64) -> u128 {
        self.needs_none + u128::from(left) * u128::from(self.value) / u128::from(self.demand)
    }
}

/// For each depth, what the kinds from there on are worth by each resource.
fn worth_of_rest(choices: &[Choice], order: &[usize]) -> Vec<[Worth; 2]> {
    let mut rest = vec![[Worth::NOTHING; 2]; order.len() + 1];
    for (depth, &kind) in order.iter().enumerate().rev() {
        rest[depth] = [0, 1].map(|r| rest[depth + 1][r].with(&choices[kind], r));
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn enumerate(choices: &[Choice], left: [u64; 2]) -> u64 {
        let Some((first, rest)) = choices.split_first() else { return 0 };
        let fits = |number: &u64| (0..2).all(|r| number * first.demand[r] <= left[r]);
        let worth = |number: u64| {
            let left = [left[0] - number * first.demand[0], left[1] - number * first.demand[1]];
            number * first.value + enumerate(rest, left)
        };
        (0..=first.count).filter(fits).map(worth).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn the_best_set_is_that_of_enumeration(
            kinds in prop::collection::vec((0_u64..6, 0_u64..6, 0_u64..9, 1_u64..4), 0..6),
            capacity in [0_u64..14, 0_u64..14],
        ) {
            let choice = |(cpu, memory, value, count)| Choice { demand: [cpu, memory], value, count };
            let choices: Vec<Choice> = kinds.into_iter().map(choice).collect();
            let (value, numbers) = best(&choices, capacity).unwrap();
            prop_assert_eq!(value, enumerate(&choices, capacity));
            let sum = |of: &dyn Fn(&Choice) -> u64| choices.iter().zip(&numbers).map(|(c, n)| n * of(c)).sum::<u64>();
            prop_assert_eq!(sum(&|choice| choice.value), value);
            prop_assert!((0..2).all(|r| sum(&|choice| choice.demand[r]) <= capacity[r]));
        }
    }
}
