//! B7, the least price of instances of several types that together have the cpu and memory that tasks ask for, and GPUs
//! beside either of them.
//!
//! Relaxed, any fraction of an instance may be bought; by duality that is the largest value of what is asked for at a
//! price of cpu and a price of memory under which no type is worth more than it costs. Those prices are corners of a
//! polygon, tried one by one as exact fractions. Whole instances are found by branch and bound over the numbers of each
//! type with the relaxed price of what is left as its bound.
//!
//! # Cost
//! `O(t^3)` for the corners of `t` types, and at most [`MOST_STEPS`] steps for whole instances.

use crate::model::{GpuScale, InstanceClass, Ratio, Scenario};

/// Steps after which whole instances are given up.
const MOST_STEPS: u64 = 20_000;
/// More types than this are not looked at.
const MOST_TYPES: usize = 60;

/// Something to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offer {
    /// Of two resources.
    size: [u64; 2],
    /// In millionths of a dollar an hour.
    price: u64,
}

/// The distinct sizes and prices of a fleet, two resources at a time: a bound by any two of cpu, memory and GPUs holds.
#[derive(Clone, Debug)]
pub(crate) struct Offers([Vec<Offer>; 3]);

/// Which resources go together; the first pair decides alone where there are no GPUs.
const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];

impl Offers {
    /// `None` if a price is unknown or there are too many.
    pub(crate) fn of(scenario: &Scenario) -> Option<Self> {
        let scale = GpuScale::of(scenario);
        let size = |class: &InstanceClass| {
            let gpus = scale.map_or(0, |scale| scale.capacity(class));
            [class.cpu.0.into(), class.memory.0.into(), gpus]
        };
        let all = |[a, b]: [usize; 2]| {
            let of =
                |class: &InstanceClass| Some(Offer { size: [size(class)[a], size(class)[b]], price: class.price?.0 });
            let mut offers: Vec<Offer> = scenario.fleet.classes.iter().map(of).collect::<Option<_>>()?;
            offers.sort_unstable();
            offers.dedup();
            (!offers.is_empty() && offers.len() <= MOST_TYPES).then_some(offers)
        };
        Some(Self([all(PAIRS[0])?, all(PAIRS[1])?, all(PAIRS[2])?]))
    }

    /// The least price of instances for a demand: whole ones where the search lasts, else parts of them.
    pub(crate) fn least(&self, demand: [u64; 3]) -> Option<Ratio> {
        self.best(demand, |offers, demand| whole(offers, demand).map(Ratio::whole).or_else(|| relaxed(offers, demand)))
    }

    /// The least price of parts of instances for a demand.
    pub(crate) fn relaxed(&self, demand: [u64; 3]) -> Option<Ratio> {
        self.best(demand, relaxed)
    }

    fn best(&self, demand: [u64; 3], of: impl Fn(&[Offer], [u64; 2]) -> Option<Ratio>) -> Option<Ratio> {
        let pairs = if demand[2] == 0 { &PAIRS[..1] } else { &PAIRS[..] };
        let each = pairs.iter().zip(&self.0).map(|(&[a, b], offers)| of(offers, [demand[a], demand[b]]));
        each.collect::<Option<Vec<Ratio>>>()?.into_iter().max()
    }
}

/// The least price for fractions of instances, in millionths of a dollar an hour; `None` if the demand cannot be met or
/// the numbers are too large.
pub(crate) fn relaxed(offers: &[Offer], demand: [u64; 2]) -> Option<Ratio> {
    if demand == [0, 0] {
        return Some(Ratio::whole(0));
    }
    let is_offered = |r: usize| demand[r] == 0 || offers.iter().any(|offer| offer.size[r] > 0);
    if !(is_offered(0) && is_offered(1)) {
        return None;
    }
    corners(offers).iter().filter_map(|corner| corner.value(demand)).max()
}

/// The least price for whole instances in millionths of a dollar an hour; `None` like [`relaxed`], or if the search takes
/// too long.
pub(crate) fn whole(offers: &[Offer], demand: [u64; 2]) -> Option<u128> {
    relaxed(offers, demand)?;
    let mut sorted = offers.to_vec();
    // What gives most for its price first: the first branches are then nearly the best.
    sorted.sort_by_key(|&Offer { size, price }| {
        std::cmp::Reverse((0..2).map(|r| size[r].saturating_mul(1 << 20) / price.max(1)).sum::<u64>())
    });
    let corners = (0..sorted.len()).map(|first| corners(&sorted[first..])).collect();
    let alone = |offer: &Offer| Some(number(offer, demand)? * u128::from(offer.price));
    let best = sorted.iter().filter_map(alone).min().unwrap_or(u128::MAX);
    let mut search = Search { offers: &sorted, corners, best, steps: 0 };
    (search.go(0, demand, 0) && search.best < u128::MAX).then_some(search.best)
}

/// How many of one offer alone meet a demand; `None` if no number does.
fn number(Offer { size, .. }: &Offer, demand: [u64; 2]) -> Option<u128> {
    let of =
        |r: usize| if demand[r] == 0 { Some(0) } else { Some(demand[r].div_ceil(Some(size[r]).filter(|&s| s > 0)?)) };
    Some(u128::from(of(0)?.max(of(1)?)))
}

/// Prices of a unit of cpu and of memory, over a common denominator.
#[derive(Clone, Copy, Debug)]
struct Corner {
    prices: [u128; 2],
    over: u128,
}

impl Corner {
    fn worth(&self, size: [u64; 2]) -> Option<u128> {
        let part = |r: usize| self.prices[r].checked_mul(u128::from(size[r]));
        part(0)?.checked_add(part(1)?)
    }

    fn value(&self, demand: [u64; 2]) -> Option<Ratio> {
        Ratio::new(self.worth(demand)?, self.over)
    }

    /// No offer is worth more than it costs.
    fn is_fair(&self, offers: &[Offer]) -> bool {
        let is_fair = |&Offer { size, price }: &Offer| {
            self.worth(size).zip(self.over.checked_mul(u128::from(price))).is_some_and(|(worth, cost)| worth <= cost)
        };
        offers.iter().all(is_fair)
    }
}

/// All fair corners: those on an axis, and where two offers are worth exactly what they cost.
fn corners(offers: &[Offer]) -> Vec<Corner> {
    let wide = |value: u64| i128::from(value);
    let mut corners = vec![Corner { prices: [0, 0], over: 1 }];
    for (index, &Offer { size: a, price: price_a }) in offers.iter().enumerate() {
        for r in (0..2).filter(|&r| a[r] > 0) {
            let mut prices = [0; 2];
            prices[r] = u128::from(price_a);
            corners.push(Corner { prices, over: u128::from(a[r]) });
        }
        for &Offer { size: b, price: price_b } in &offers[index + 1..] {
            let over = wide(a[0]) * wide(b[1]) - wide(a[1]) * wide(b[0]);
            let cpu = (wide(price_a) * wide(b[1]) - wide(price_b) * wide(a[1])) * over.signum();
            let memory = (wide(price_b) * wide(a[0]) - wide(price_a) * wide(b[0])) * over.signum();
            if let (Ok(cpu), Ok(memory), true) = (u128::try_from(cpu), u128::try_from(memory), over != 0) {
                corners.push(Corner { prices: [cpu, memory], over: over.unsigned_abs() });
            }
        }
    }
    corners.retain(|corner| corner.is_fair(offers));
    corners
}

struct Search<'a> {
    offers: &'a [Offer],
    /// For each offer, the fair corners of it and those after it.
    corners: Vec<Vec<Corner>>,
    best: u128,
    steps: u64,
}

impl Search<'_> {
    /// Tries every number of the offers from `depth` on; answers whether the steps lasted.
    fn go(&mut self, depth: usize, demand: [u64; 2], price: u128) -> bool {
        self.steps += 1;
        if demand == [0, 0] {
            self.best = self.best.min(price);
            return true;
        }
        if depth == self.offers.len() || price + self.at_least(depth, demand) >= self.best {
            return true;
        }
        let offer = self.offers[depth];
        let reach = |r: usize| demand[r].checked_div(offer.size[r]).unwrap_or(0) + 1;
        let most = number(&offer, demand).and_then(|n| u64::try_from(n).ok()).unwrap_or_else(|| reach(0).max(reach(1)));
        for number in (0..=most).rev() {
            let left = |r: usize| demand[r].saturating_sub(number.saturating_mul(offer.size[r]));
            if self.steps > MOST_STEPS
                || !self.go(depth + 1, [left(0), left(1)], price + u128::from(number) * u128::from(offer.price))
            {
                return false;
            }
        }
        true
    }

    fn at_least(&self, depth: usize, demand: [u64; 2]) -> u128 {
        let values = self.corners[depth].iter().filter_map(|corner| corner.value(demand));
        values.max().map_or(0, |value| value.numerator().div_ceil(value.denominator()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn offer(size: [u64; 2], price: u64) -> Offer {
        Offer { size, price }
    }

    /// 4 vCPU and 8, 16 or 32 GiB.
    const OFFERS: [Offer; 3] = [offer([4, 8], 170_000), offer([4, 16], 192_000), offer([4, 32], 252_000)];

    #[test]
    fn b7_worked_examples() {
        let check = |demand, expected: (u128, u128)| {
            let relaxed = relaxed(&OFFERS, demand).unwrap();
            assert_eq!((relaxed, whole(&OFFERS, demand)), (Ratio::whole(expected.0), Some(expected.1)), "{demand:?}");
        };
        check([10, 60], (555_000, 636_000));
        check([40, 400], (3_150_000, 3_216_000));
        check([100, 200], (4_250_000, 4_250_000));
    }

    #[test]
    fn b7_nothing_costs_nothing_and_what_nobody_offers_has_no_price() {
        assert_eq!(whole(&OFFERS, [0, 0]), Some(0));
        assert_eq!(relaxed(&[offer([4, 0], 1)], [1, 1]), None);
        assert_eq!(whole(&[offer([4, 0], 1)], [9, 0]), Some(3));
        assert_eq!(whole(&[offer([4, 0], 5), offer([0, 4], 7)], [9, 5]), Some(29));
    }

    fn enumerate(offers: &[Offer], demand: [u64; 2]) -> Option<u128> {
        let Some((first, rest)) = offers.split_first() else { return (demand == [0, 0]).then_some(0) };
        let with = |number: u64| {
            let left = (0..2).map(|r| demand[r].saturating_sub(number * first.size[r])).collect::<Vec<_>>();
            Some(enumerate(rest, [left[0], left[1]])? + u128::from(number * first.price))
        };
        (0..=12).filter_map(with).min()
    }

    /// An offer with at least so much of each resource.
    fn drawn(least: u64) -> impl Strategy<Value = Offer> {
        ([least..5, least..5], 1_u64..9).prop_map(|(size, price)| offer(size, price))
    }

    proptest! {
        #[test]
        fn b7_whole_instances_are_those_of_enumeration_and_never_below_the_relaxed_price(
            offers in prop::collection::vec(drawn(0), 1..4),
            demand in [0_u64..12, 0_u64..12],
        ) {
            let found = whole(&offers, demand);
            prop_assert_eq!(found, enumerate(&offers, demand));
            if let Some(found) = found {
                prop_assert!(relaxed(&offers, demand).unwrap() <= Ratio::whole(found));
            }
        }

        /// P55.
        #[test]
        fn p55_the_price_never_falls_when_demand_grows(
            offers in prop::collection::vec(drawn(1), 1..4),
            demand in [0_u64..12, 0_u64..12],
            more in [0_u64..3, 0_u64..3],
        ) {
            let larger = [demand[0] + more[0], demand[1] + more[1]];
            prop_assert!(whole(&offers, demand) <= whole(&offers, larger));
            prop_assert!(relaxed(&offers, demand) <= relaxed(&offers, larger));
        }
    }
}
