//! The certificate of a bound, and its check, which shares nothing with the search that found it.
//!
//! Whole prices for kinds of tasks and a worth for each type of instance prove what any fleet costs at least (B8): no set
//! of tasks that one instance holds brings more than the worth of its type, so a fleet that holds all tasks costs at least
//! all their prices, times the least price of a type over its worth. Of a type of which there is only a number, so many may be
//! worth more than they cost, and the bound is less by that. The check looks through the sets anew, by branch and
//! bound, and adds the integers up.

use serde::{Deserialize, Serialize};

use super::ground::{Goal, Market, Stock};
use crate::analysis::bounds::patterns::{Offer, Solved};

/// A certificate, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The policy that it is of.
    pub policy: String,
    /// What is bounded: `instances` or `micro-usd-per-hour`.
    pub of: String,
    /// What is proved of any fleet.
    pub bound: u128,
    /// Kinds of tasks.
    pub kinds: Vec<KindOf>,
    /// Types of instances.
    pub types: Vec<TypeOf>,
}

/// Tasks that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindOf {
    /// How many there are.
    pub count: u64,
    /// The price of one.
    pub price: u64,
    /// CPU units, MiB, thousandths of GPUs, network interfaces.
    pub demand: Vec<u64>,
    /// The most that one instance of each type holds.
    pub most: Vec<u64>,
    /// Classes of which an instance holds one task in all.
    pub conflicts: Vec<u32>,
}

/// A type of instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeOf {
    /// What one counts for: 1, or its price in millionths of a dollar an hour.
    pub price: u64,
    /// How much of each resource.
    pub capacity: Vec<u64>,
    /// No set of tasks on it is worth more.
    pub worth: u64,
    /// How many there are; any number without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supply: Option<u64>,
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It proves what it says.
    Proved,
    /// It does not, for this reason.
    Wrong(String),
    /// The sets of some type were too many to look through.
    Undecided,
}

/// So many sets are looked through for a type.
const STEPS: u64 = 3_000_000;

impl Certificate {
    /// What is proved of a market, to be written down; `None` where nothing is.
    #[must_use]
    pub fn of(policy: &str, market: &Market, goal: Goal, stock: Stock, solved: &Solved) -> Option<Self> {
        let proof = solved.proof.as_ref()?;
        let kind = |(kind, &price): (&crate::analysis::bounds::patterns::Kind, &u64)| KindOf {
            count: kind.count,
            price,
            demand: kind.demand.clone(),
            most: kind.most.clone(),
            conflicts: kind.conflicts.clone(),
        };
        let one = |(of, &worth): (&Offer, &u64)| TypeOf {
            price: of.price,
            capacity: of.capacity.clone(),
            worth,
            supply: of.supply,
        };
        Some(Self {
            policy: policy.to_owned(),
            of: if goal == Goal::Count { "instances" } else { "micro-usd-per-hour" }.to_owned(),
            bound: proof.bound,
            kinds: market.kinds.iter().zip(&proof.prices).map(kind).collect(),
            types: market.offers(goal, stock)?.iter().zip(&proof.worth).map(one).collect(),
        })
    }

    /// Whether it proves its bound.
    #[must_use]
    pub fn check(&self) -> Verdict {
        if self.kinds.is_empty() {
            return if self.bound == 0 { Verdict::Proved } else { Verdict::Wrong("no task proves nothing".to_owned()) };
        }
        let resources = self.kinds[0].demand.len();
        let is_whole =
            self.kinds.iter().all(|kind| kind.demand.len() == resources && kind.most.len() == self.types.len())
                && self.types.iter().all(|one| one.capacity.len() == resources && one.price > 0);
        if !is_whole {
            return Verdict::Wrong("amounts and types are not as many for every kind, or a price is 0".to_owned());
        }
        for number in 0..self.types.len() {
            match self.is_worth_no_more(number) {
                Some(true) => {}
                Some(false) => {
                    let worth = self.types[number].worth;
                    return Verdict::Wrong(format!("some set on type {number} is worth more than the {worth} it says"));
                }
                None => return Verdict::Undecided,
            }
        }
        let least = self.proved();
        let step = self.types.iter().map(|one| u128::from(one.price)).fold(0, gcd).max(1);
        let proved = least.div_ceil(step) * step;
        match self.bound <= proved {
            true => Verdict::Proved,
            false => Verdict::Wrong(format!("its prices prove {proved}, and it says {}", self.bound)),
        }
    }

    /// What the prices prove. Worth and prices may be scaled alike, as far as no type of which there is any number is worth
    /// more than it costs; of the others, so many are worth more than they cost, and no more than that is missed.
    fn proved(&self) -> u128 {
        let total: u128 = self.kinds.iter().map(|kind| u128::from(kind.count) * u128::from(kind.price)).sum();
        // A type on which nothing is worth anything holds no task with a price.
        let of_worth = || self.types.iter().filter(|one| one.worth > 0);
        let times = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let is_allowed = |scale: &&TypeOf| {
            let mut free = of_worth().filter(|one| one.supply.is_none());
            free.all(|one| times(scale.price, one.worth) <= times(one.price, scale.worth))
        };
        let at = |scale: &TypeOf| {
            let missed = |one: &TypeOf| {
                let above = times(scale.price, one.worth).saturating_sub(times(one.price, scale.worth));
                above * u128::from(one.supply.unwrap_or(0))
            };
            let missed: u128 = self.types.iter().map(missed).sum();
            (total * u128::from(scale.price)).saturating_sub(missed).div_ceil(u128::from(scale.worth))
        };
        of_worth().filter(is_allowed).map(at).max().unwrap_or(0)
    }

    /// Whether no set that fits on a type is worth more than it says; `None` if they are too many.
    fn is_worth_no_more(&self, number: usize) -> Option<bool> {
        let of = &self.types[number];
        let fits = |kind: &&KindOf| kind.demand.iter().zip(&of.capacity).all(|(demand, has)| demand <= has);
        let mut kinds: Vec<&KindOf> =
            self.kinds.iter().filter(fits).filter(|kind| kind.price > 0 && kind.most[number] > 0).collect();
        // The densest first, so that what is left can bring little.
        kinds.sort_by_key(|kind| std::cmp::Reverse(density(kind, &of.capacity)));
        let mut search = Search { kinds, number, limit: of.worth, steps: STEPS, used: Vec::new() };
        search.exceeds(0, &mut of.capacity.clone(), 0).map(|exceeds| !exceeds)
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The price for a whole instance in the sum of its resources, in 2^20 parts.
fn density(kind: &KindOf, capacity: &[u64]) -> u128 {
    (u128::from(kind.price) << 20) / size(&kind.demand, capacity).max(1)
}

/// The sum of all shares, each in 2^20 parts and rounded down.
fn size(amounts: &[u64], capacity: &[u64]) -> u128 {
    let parts = amounts.iter().zip(capacity).filter(|(_, has)| **has > 0);
    parts.map(|(&amount, &has)| (u128::from(amount) << 20) / u128::from(has)).sum()
}

struct Search<'a> {
    kinds: Vec<&'a KindOf>,
    number: usize,
    limit: u64,
    steps: u64,
    used: Vec<u32>,
}

impl Search<'_> {
    /// Whether some set of the kinds from here on brings the value above the limit.
    fn exceeds(&mut self, at: usize, left: &mut Vec<u64>, value: u128) -> Option<bool> {
        if value > u128::from(self.limit) {
            return Some(true);
        }
        if at == self.kinds.len() || value + self.at_most(at, left) <= u128::from(self.limit) {
            return Some(false);
        }
        self.steps = self.steps.checked_sub(1)?;
        let kind = self.kinds[at];
        let clashes = kind.conflicts.iter().any(|class| self.used.contains(class));
        let alone = if clashes { 0 } else { kind.most[self.number].min(kind.count) };
        let alone = if kind.conflicts.is_empty() { alone } else { alone.min(1) };
        let room = kind.demand.iter().zip(&*left).filter_map(|(&demand, &has)| has.checked_div(demand)).min();
        let most = alone.min(room.unwrap_or(alone));
        for count in (0..=most).rev() {
            kind.demand.iter().zip(left.iter_mut()).for_each(|(&demand, has)| *has -= demand * count);
            let before = self.used.len();
            if count > 0 {
                self.used.extend(&kind.conflicts);
            }
            let found = self.exceeds(at + 1, left, value + u128::from(kind.price) * u128::from(count));
            self.used.truncate(before);
            kind.demand.iter().zip(left.iter_mut()).for_each(|(&demand, has)| *has += demand * count);
            if found? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// What the kinds from here on bring at most: by each resource alone, were tasks cut into parts.
    fn at_most(&self, at: usize, left: &[u64]) -> u128 {
        let by = |resource: usize| -> u128 {
            let mut best = 0_u128;
            for kind in &self.kinds[at..] {
                match kind.demand[resource] {
                    0 => return u128::MAX / 4,
                    demand => {
                        best = best
                            .max((u128::from(kind.price) * u128::from(left[resource])).div_ceil(u128::from(demand)));
                    }
                }
            }
            best
        };
        let whole: u128 = self.kinds[at..]
            .iter()
            .map(|kind| u128::from(kind.price) * u128::from(kind.most[self.number].min(kind.count)))
            .sum();
        (0..left.len()).map(by).min().unwrap_or(u128::MAX / 4).min(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(price: u64, worth: u64, bound: u128) -> Certificate {
        let kind = |price, count, cpu, memory| KindOf {
            count,
            price,
            demand: vec![cpu, memory],
            most: vec![9],
            conflicts: vec![],
        };
        Certificate {
            policy: "p".to_owned(),
            of: "instances".to_owned(),
            bound,
            kinds: vec![kind(price, 6, 6, 1), kind(1, 3, 2, 8)],
            types: vec![TypeOf { price: 1, capacity: vec![10, 10], worth, supply: None }],
        }
    }

    #[test]
    fn a_certificate_proves_what_its_prices_prove_and_no_more() {
        // Six of 6 at 2 each and three of (2, 8) at 1: an instance holds one of each, worth 3; 15 / 3 are 5.
        assert_eq!(of(2, 3, 5).check(), Verdict::Proved);
        assert_eq!(of(2, 3, 4).check(), Verdict::Proved);
        assert!(matches!(of(2, 3, 6).check(), Verdict::Wrong(what) if what.contains("prove 5, and it says 6")));
        assert!(matches!(of(2, 2, 5).check(), Verdict::Wrong(what) if what.contains("worth more than the 2")));
        // One that is priced at nothing but the large ones: 6 / 1.
        let mut large = of(1, 1, 6);
        large.kinds[1].price = 0;
        assert_eq!(large.check(), Verdict::Proved);
        large.kinds[0].most = vec![];
        assert!(matches!(large.check(), Verdict::Wrong(_)));
    }

    #[test]
    fn what_there_is_only_a_number_of_proves_more() {
        // Six of (6, 1) alone: a large type takes all of them, of which there is one; the others hold one each.
        let mut scarce = of(1, 1, 4);
        scarce.kinds.truncate(1);
        scarce.types.push(TypeOf { price: 1, capacity: vec![18, 10], worth: 3, supply: Some(1) });
        scarce.kinds[0].most = vec![1, 3];
        assert_eq!(scarce.check(), Verdict::Proved, "3 on the large one, and 3 more");
        scarce.bound = 5;
        assert!(matches!(scarce.check(), Verdict::Wrong(_)));
        (scarce.bound, scarce.types[1].supply) = (4, None);
        assert!(matches!(scarce.check(), Verdict::Wrong(what) if what.contains("prove 2")));
    }

    #[test]
    fn classes_of_one_are_held_to_one() {
        let mut one = of(1, 1, 6);
        one.kinds.truncate(1);
        one.kinds[0].demand = vec![1, 1];
        assert!(matches!(one.check(), Verdict::Wrong(_)), "six fit on an instance");
        one.kinds[0].conflicts = vec![3];
        assert_eq!(one.check(), Verdict::Proved);
    }
}
