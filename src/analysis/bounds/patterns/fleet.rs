//! A cheap fleet that holds all tasks, from the prices that the bound left: patterns are bought where they bring most for
//! their price, as often as the tasks last, and the rest goes where one instance ends it.
//!
//! What it answers is a fleet, checked by construction: every pattern fits, and together they hold every task.

use super::knapsack;
use super::{Kind, Offer, choices, cost};

/// The cheapest of several: by all types, and by each type that may hold every kind.
pub(super) fn cheapest(kinds: &[Kind], offers: &[Offer], prices: &[u64], steps: u64) -> Vec<u64> {
    // What costs nothing at the margin must be held all the same.
    let prices: Vec<u64> = prices.iter().map(|&price| price.max(1)).collect();
    let every: Vec<usize> = (0..offers.len()).collect();
    let mut best = fill(kinds, offers, &prices, &every, steps);
    let holds_all = |&offer: &usize| kinds.iter().all(|kind| kind.most[offer] > 0);
    for offer in every.into_iter().filter(holds_all) {
        let fleet = fill(kinds, offers, &prices, &[offer], steps);
        if cost(offers, &fleet) < cost(offers, &best) {
            best = fleet;
        }
    }
    best
}

/// Buys patterns of some types until nothing is left.
fn fill(kinds: &[Kind], offers: &[Offer], prices: &[u64], allowed: &[usize], steps: u64) -> Vec<u64> {
    let mut left: Vec<u64> = kinds.iter().map(|kind| kind.count).collect();
    let mut fleet = vec![0; offers.len()];
    while left.iter().any(|&count| count > 0) {
        let (offer, taken) = next(kinds, offers, prices, allowed, &left, steps);
        let times = taken.iter().zip(&left).filter(|&(&taken, _)| taken > 0).map(|(taken, left)| left / taken).min();
        let times = times.expect("some type holds a task of every kind");
        fleet[offer] += times;
        left.iter_mut().zip(&taken).for_each(|(left, taken)| *left -= taken * times);
    }
    fleet
}

/// The pattern that brings most for its price; of those that end it all, the cheapest.
fn next(
    kinds: &[Kind],
    offers: &[Offer],
    prices: &[u64],
    allowed: &[usize],
    left: &[u64],
    steps: u64,
) -> (usize, Vec<u64>) {
    let mut best: Option<(bool, u128, u128, usize, Vec<u64>)> = None;
    for &offer in allowed {
        let found = knapsack::best(&choices(kinds, offer, prices, left), &offers[offer].capacity, steps);
        if found.value == 0 {
            continue;
        }
        let ends = found.taken == left;
        let (value, price) = (u128::from(if ends { 1 } else { found.value }), u128::from(offers[offer].price));
        let is_better = best.as_ref().is_none_or(|(best_ends, best_value, best_price, ..)| {
            (ends && !best_ends) || (ends == *best_ends && value * best_price > best_value * price)
        });
        if is_better {
            best = Some((ends, value, price, offer, found.taken));
        }
    }
    let (_, _, _, offer, taken) = best.expect("some type holds a task of every kind");
    (offer, taken)
}
