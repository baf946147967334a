//! Whole instances: the least price of any numbers of instances that every proof of every round allows.
//!
//! Each proof says of a fleet that holds all tasks: its instances, each worth `V_t`, are worth all tasks together. So does
//! every resource, with its capacity and the demand. The cheapest whole fleet by all of these at once costs at least what
//! the best of them alone proves, and no more than the optimum; where a known fleet is as cheap, that is the optimum.
//!
//! # Cost
//! Branch and bound over types, at most [`MOST_STEPS`] steps; without an end it proves nothing.

use super::Offer;

/// Steps after which nothing is proved.
const MOST_STEPS: u64 = 30_000;
/// More proofs than these are not looked at together: the first are the evident ones, the last are the best.
const FIRST_CUTS: usize = 12;
const LAST_CUTS: usize = 60;

/// What any fleet is worth at least, with what an instance of each type is worth at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) worth: Vec<u64>,
    pub(super) total: u128,
}

/// The least price of whole numbers of instances that satisfy every cut, if it is below `known`, else `known`; `None` if
/// the steps do not last.
pub(super) fn least(offers: &[Offer], cuts: &[Cut], known: u128) -> Option<u128> {
    let (first, rest) = cuts.split_at(cuts.len().min(FIRST_CUTS));
    let cuts: Vec<&Cut> = rest.iter().rev().take(LAST_CUTS).chain(first.iter().rev()).collect();
    let mut order: Vec<usize> = (0..offers.len()).collect();
    // What gives most for its price by the best proof comes first.
    if let Some(first) = cuts.first() {
        order.sort_by(|&a, &b| {
            let value = |of: usize, by: usize| u128::from(first.worth[of]) * u128::from(offers[by].price);
            value(b, a).cmp(&value(a, b)).then(a.cmp(&b))
        });
    }
    // For each depth and cut the type from there on that gives most for its price.
    let mut densest: Vec<Vec<Option<usize>>> = vec![vec![None; cuts.len()]; order.len() + 1];
    for depth in (0..order.len()).rev() {
        for (at, cut) in cuts.iter().enumerate() {
            let (here, after) = (order[depth], densest[depth + 1][at]);
            let is_denser = |other: usize| {
                u128::from(cut.worth[here]) * u128::from(offers[other].price)
                    >= u128::from(cut.worth[other]) * u128::from(offers[here].price)
            };
            densest[depth][at] = match after {
                Some(other) if !is_denser(other) => Some(other),
                other => Some(here).filter(|&here| cut.worth[here] > 0).or(other),
            };
        }
    }
    let needs: Vec<u128> = cuts.iter().map(|cut| cut.total).collect();
    let mut search = Search { offers, cuts, order, densest, best: known, steps: 0 };
    search.go(0, &needs, 0).then_some(search.best)
}

struct Search<'a> {
    offers: &'a [Offer],
    cuts: Vec<&'a Cut>,
    order: Vec<usize>,
    densest: Vec<Vec<Option<usize>>>,
    best: u128,
    steps: u64,
}

impl Search<'_> {
    /// Tries every number of the types from `depth` on; answers whether the steps lasted.
    fn go(&mut self, depth: usize, needs: &[u128], price: u128) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return false;
        }
        if needs.iter().all(|&need| need == 0) {
            self.best = self.best.min(price);
            return true;
        }
        let Some(more) = self.at_least(depth, needs) else { return true };
        if depth == self.order.len() || price + more >= self.best {
            return true;
        }
        let here = self.order[depth];
        let enough = |(cut, &need): (&&Cut, &u128)| need.div_ceil(u128::from(cut.worth[here]).max(1));
        let of_use = self.cuts.iter().zip(needs).filter(|(cut, need)| cut.worth[here] > 0 && **need > 0);
        let most = of_use.map(|(cut, need)| enough((cut, need))).max().unwrap_or(0);
        let most = most.min(self.offers[here].supply.map_or(u128::MAX, u128::from));
        for number in (0..=most).rev() {
            let paid = price + number * u128::from(self.offers[here].price);
            if paid >= self.best {
                continue;
            }
            let left = |(cut, &need): (&&Cut, &u128)| need.saturating_sub(number * u128::from(cut.worth[here]));
            let left: Vec<u128> = self.cuts.iter().zip(needs).map(left).collect();
            if !self.go(depth + 1, &left, paid) {
                return false;
            }
        }
        true
    }

    /// What is needed yet costs no less; `None` if it cannot be had.
    fn at_least(&self, depth: usize, needs: &[u128]) -> Option<u128> {
        let mut most = 0;
        for (at, (cut, &need)) in self.cuts.iter().zip(needs).enumerate().filter(|(_, (_, need))| **need > 0) {
            let densest = self.densest[depth][at]?;
            let price = u128::from(self.offers[densest].price);
            most = most.max(need.saturating_mul(price).div_ceil(u128::from(cut.worth[densest])));
        }
        Some(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn enumerate(offers: &[Offer], cuts: &[Cut], at: usize, needs: &[u128], price: u128, best: &mut u128) {
        if needs.iter().all(|&need| need == 0) {
            *best = (*best).min(price);
            return;
        }
        if at == offers.len() || price >= *best {
            return;
        }
        for number in 0..=12_u128 {
            let left: Vec<u128> = (cuts.iter().zip(needs))
                .map(|(cut, need)| need.saturating_sub(number * u128::from(cut.worth[at])))
                .collect();
            enumerate(offers, cuts, at + 1, &left, price + number * u128::from(offers[at].price), best);
        }
    }

    proptest! {
        #[test]
        fn the_least_whole_price_is_that_of_enumeration(
            prices in prop::collection::vec(1_u64..9, 1..4),
            drawn in prop::collection::vec((prop::collection::vec(0_u64..5, 3), 1_u128..12), 1..4),
            known in 1_u128..60,
        ) {
            let offers: Vec<Offer> =
                prices.iter().map(|&price| Offer { price, ..Offer::default() }).collect();
            let cuts: Vec<Cut> = drawn
                .into_iter()
                .map(|(worth, total)| Cut { worth: worth[..offers.len()].to_vec(), total })
                .collect();
            let needs: Vec<u128> = cuts.iter().map(|cut| cut.total).collect();
            let mut best = known;
            enumerate(&offers, &cuts, 0, &needs, 0, &mut best);
            prop_assert_eq!(least(&offers, &cuts, known), Some(best));
        }
    }
}
