//! A cheap fleet that holds all tasks: the patterns of the linear programme as often as it buys them whole, and for what
//! is left patterns that bring most for their price, as often as the tasks last, until one instance ends it.
//!
//! What it answers is a fleet, checked by construction: every pattern fits, and together they hold every task, in every
//! zone what must stand there.

use super::generation::Generation;
use super::knapsack::{self, Aim};
use super::master::{self, Column};
use super::pricing::choices;
use super::{Kind, Offer, cost};

/// The cheapest of several: what the programme buys with the rest filled up, and filled up from nothing by all types and
/// by each type that may hold every kind. `None` where the instances that there are did not last.
pub(super) fn cheapest(generation: &Generation<'_>) -> Option<Vec<u64>> {
    let Generation { kinds, offers, .. } = *generation;
    let prices = generation.best.as_ref().map_or_else(|| vec![1; kinds.len()], |proof| proof.prices.clone());
    // What costs nothing at the margin must be held all the same.
    let prices: Vec<u64> = prices.iter().map(|&price| price.max(1)).collect();
    let every: Vec<usize> = (0..offers.len()).collect();
    // A filled instance needs no proof that it could not be fuller, only a look at every kind.
    let steps = (generation.limits.steps / 8).max(2 * kinds.len() as u64);
    let filling = Filling { kinds, offers, prices: &prices, steps };
    let times = master::bought(kinds, offers, &generation.columns);
    let mut best = times.and_then(|times| filling.fill(filling.whole(&generation.columns, &times), &every, None));
    let holds_all = |&offer: &usize| kinds.iter().all(|kind| kind.most[offer] > 0);
    let single = every.iter().copied().filter(holds_all).map(|offer| vec![offer]);
    for allowed in std::iter::once(every.clone()).chain(single) {
        let known = best.as_ref().map(|fleet| cost(offers, fleet));
        best = filling.fill(filling.nothing(), &allowed, known).or(best);
    }
    best
}

/// Instances, and what they do not hold yet.
struct Start {
    fleet: Vec<u64>,
    left: Vec<u64>,
    /// By zone, how many of each kind must still stand there.
    owed: Vec<Vec<u64>>,
}

struct Filling<'a> {
    kinds: &'a [Kind],
    offers: &'a [Offer],
    prices: &'a [u64],
    steps: u64,
}

impl Filling<'_> {
    fn nothing(&self) -> Start {
        let zones = self.kinds.iter().map(|kind| kind.in_zones.len()).max().unwrap_or(0);
        let owed = |zone: usize| self.kinds.iter().map(|kind| kind.in_zones.get(zone).copied().unwrap_or(0)).collect();
        Start {
            fleet: vec![0; self.offers.len()],
            left: self.kinds.iter().map(|kind| kind.count).collect(),
            owed: (0..zones).map(owed).collect(),
        }
    }

    /// Patterns as often as they are bought whole.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of instances")]
    fn whole(&self, columns: &[Column], times: &[f64]) -> Start {
        let mut start = self.nothing();
        for (column, &times) in columns.iter().zip(times) {
            self.buy(&mut start, column.offer, &column.taken, (times + 1e-6).max(0.0).floor() as u64);
        }
        start
    }

    fn buy(&self, start: &mut Start, offer: usize, taken: &[u64], times: u64) {
        start.fleet[offer] += times;
        let owed = start.owed.get_mut(self.offers[offer].zone);
        for left in std::iter::once(&mut start.left).chain(owed) {
            left.iter_mut()
                .zip(taken)
                .for_each(|(left, taken)| *left = left.saturating_sub(taken.saturating_mul(times)));
        }
    }

    /// Buys patterns of some types until nothing is left, first in every zone what must stand there; `None` if that cannot
    /// be, or is no cheaper than what is known.
    fn fill(&self, mut start: Start, allowed: &[usize], known: Option<u128>) -> Option<Vec<u64>> {
        for zone in (0..start.owed.len()).map(Some).chain([None]) {
            let is_here = |&offer: &usize| zone.is_none_or(|zone| self.offers[offer].zone == zone);
            let here: Vec<usize> = allowed.iter().copied().filter(is_here).collect();
            loop {
                let left = zone.map_or(&start.left, |zone| &start.owed[zone]).clone();
                if left.iter().all(|&count| count == 0) {
                    break;
                }
                let (offer, taken) = self.next(&here, &start.fleet, &left)?;
                let of_some = taken.iter().zip(&left).filter(|&(&taken, _)| taken > 0);
                let lasts = of_some.map(|(taken, left)| left / taken).min()?;
                let there_are = self.offers[offer].supply.map_or(u64::MAX, |supply| supply - start.fleet[offer]);
                self.buy(&mut start, offer, &taken, lasts.min(there_are));
                if known.is_some_and(|known| cost(self.offers, &start.fleet) >= known) {
                    return None;
                }
            }
        }
        Some(start.fleet)
    }

    /// The pattern that brings most for its price; of those that end it all, the cheapest.
    fn next(&self, allowed: &[usize], fleet: &[u64], left: &[u64]) -> Option<(usize, Vec<u64>)> {
        let mut best: Option<Buy> = None;
        for &offer in allowed {
            let of = &self.offers[offer];
            if of.supply.is_some_and(|supply| fleet[offer] >= supply) {
                continue;
            }
            let aim = Aim { steps: self.steps, ..Aim::default() };
            let found = knapsack::best(&choices(self.kinds, offer, self.prices, left), &of.capacity, aim);
            if found.value == 0 {
                continue;
            }
            let ends = found.taken == left;
            let value = if ends { 1 } else { found.value };
            let buy = Buy { ends, value: value.into(), price: of.price.into(), offer, taken: found.taken };
            if best.as_ref().is_none_or(|best| buy.is_better_than(best)) {
                best = Some(buy);
            }
        }
        best.map(|buy| (buy.offer, buy.taken))
    }
}

/// An instance with a pattern.
struct Buy {
    ends: bool,
    value: u128,
    price: u128,
    offer: usize,
    taken: Vec<u64>,
}

impl Buy {
    fn is_better_than(&self, other: &Self) -> bool {
        (self.ends && !other.ends) || (self.ends == other.ends && self.value * other.price > other.value * self.price)
    }
}
