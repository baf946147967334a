//! What prices prove, in integers.
//!
//! Whole prices `pi_j` for kinds of tasks (and `sigma_jz` for those that must stand in a zone), with `V_t` no less than
//! what any set brings on an instance of type `t`: a fleet `y` that holds all tasks has `sum y_t V_t >= N`, with `N` all
//! tasks at their prices. So for every scale `s` with `s V_t <= p_t` for the types that can be had in any number, it costs
//! at least `s N`, less `u_t (s V_t - p_t)` where that is positive for a type of which there are only `u_t`.

use super::{Kind, Offer};

/// What is proved, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// No fleet that holds the tasks costs less.
    pub bound: u128,
    /// The price of one task of each kind, in parts of the same unknown size.
    pub prices: Vec<u64>,
    /// What it brings more in each zone, by kind; empty where no kind must stand in zones.
    pub in_zones: Vec<Vec<u64>>,
    /// No set that fits on an instance of a type is worth more, at these prices.
    pub worth: Vec<u64>,
}

/// A scale: a price over a worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) price: u64,
    pub(super) worth: u64,
}

/// What prices prove, and at which scale.
pub(super) struct Proved {
    pub(super) proof: Proof,
    pub(super) scale: Scale,
}

impl Proof {
    /// What these prices prove, and at which scale; `None` if that is nothing.
    pub(super) fn of(
        kinds: &[Kind],
        offers: &[Offer],
        prices: Vec<u64>,
        in_zones: Vec<Vec<u64>>,
        worth: Vec<u64>,
    ) -> Option<Proved> {
        let total = total(kinds, &prices, &in_zones);
        let scales = offers.iter().zip(&worth).filter(|(_, worth)| **worth > 0);
        let scales: Vec<(Scale, bool)> =
            scales.map(|(offer, &worth)| (Scale { price: offer.price, worth }, offer.supply.is_some())).collect();
        let is_less = |a: Scale, b: Scale| a.times(b.worth) < b.times(a.worth);
        let free = scales.iter().filter(|(_, is_limited)| !is_limited).map(|&(scale, _)| scale);
        let most = free.reduce(|least, one| if is_less(one, least) { one } else { least });
        let allowed = scales.iter().map(|&(scale, _)| scale).filter(|&one| most.is_none_or(|most| !is_less(most, one)));
        let proved = allowed.filter_map(|scale| Some((at(scale, total, offers, &worth)?, scale)));
        let (bound, scale) = proved.reduce(|best, one| if one.0 > best.0 { one } else { best })?;
        let step = u128::from(offers.iter().map(|offer| offer.price).fold(0, gcd)).max(1);
        Some(Proved { proof: Self { bound: bound.div_ceil(step) * step, prices, in_zones, worth }, scale })
    }
}

impl Scale {
    fn times(self, other: u64) -> u128 {
        u128::from(self.price) * u128::from(other)
    }
}

/// All tasks at their prices.
pub(super) fn total(kinds: &[Kind], prices: &[u64], in_zones: &[Vec<u64>]) -> u128 {
    let tasks = kinds.iter().zip(prices).map(|(kind, &price)| u128::from(kind.count) * u128::from(price)).sum::<u128>();
    let standing = kinds.iter().zip(in_zones).flat_map(|(kind, more)| kind.in_zones.iter().zip(more));
    tasks + standing.map(|(&least, &more)| u128::from(least) * u128::from(more)).sum::<u128>()
}

/// What is proved at one scale; `None` where that is nothing, or the numbers are too large.
fn at(scale: Scale, total: u128, offers: &[Offer], worth: &[u64]) -> Option<u128> {
    let mut proved = total.checked_mul(scale.price.into())?;
    for (offer, &worth) in offers.iter().zip(worth) {
        let Some(supply) = offer.supply else { continue };
        let above = scale.times(worth).saturating_sub(u128::from(offer.price) * u128::from(scale.worth));
        proved = proved.saturating_sub(above.checked_mul(supply.into())?);
    }
    Some(proved.div_ceil(scale.worth.into())).filter(|&proved| proved > 0)
}

pub(super) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
