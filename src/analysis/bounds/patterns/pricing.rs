//! What patterns bring at given prices: for every type the best one that was found, and what none exceeds.

use super::grid::Grid;
use super::knapsack::{self, Aim, Best, Choice};
use super::{Kind, Limits, Offer};

/// The kinds as instances of a type see them, at these prices: no more of a kind than there are.
pub(super) fn choices<'a>(kinds: &'a [Kind], offer: usize, prices: &[u64], counts: &[u64]) -> Vec<Choice<'a>> {
    let one = |((kind, &value), &count): ((&'a Kind, &u64), &u64)| Choice {
        demand: &kind.demand,
        value,
        most: kind.most[offer].min(count),
        conflicts: &kind.conflicts,
    };
    kinds.iter().zip(prices).zip(counts).map(one).collect()
}

/// The best pattern of every type: `prices` of all kinds in a zone, and below which value a type is not looked at.
pub(super) fn patterns(
    kinds: &[Kind],
    offers: &[Offer],
    prices: impl Fn(usize) -> Vec<u64>,
    floors: &[u64],
    limits: Limits,
) -> Vec<Best> {
    let counts: Vec<u64> = kinds.iter().map(|kind| kind.count).collect();
    let mut found: Vec<Best> = vec![Best::default(); offers.len()];
    let all = alike(kinds, offers);
    let cells = limits.cells / all.len().max(1);
    for alike in all {
        let prices = prices(offers[alike[0]].zone);
        // The table is for all of them: as many of a kind as any of them holds.
        let mut shared = choices(kinds, alike[0], &prices, &counts);
        for (kind, choice) in kinds.iter().zip(&mut shared) {
            choice.most = alike.iter().map(|&offer| kind.most[offer]).max().unwrap_or(0).min(kind.count);
        }
        let capacities: Vec<&[u64]> = alike.iter().map(|&offer| &offers[offer].capacity[..]).collect();
        let grid = Grid::of(&shared, &capacities, cells);
        for &offer in &alike {
            let choices = choices(kinds, offer, &prices, &counts);
            let aim = Aim { floor: 0, steps: limits.steps / 4, grid: grid.as_ref() };
            let mut best = knapsack::best(&choices, &offers[offer].capacity, aim);
            if best.at_most > best.value && best.at_most > floors[offer] {
                let again = knapsack::best(
                    &choices,
                    &offers[offer].capacity,
                    Aim { floor: floors[offer], steps: limits.steps, ..aim },
                );
                let at_most = best.at_most.min(again.at_most.max(floors[offer]));
                best = Best { at_most, ..if again.value > best.value { again } else { best } };
            }
            found[offer] = best;
        }
    }
    found
}

/// Types in one zone that may hold the same kinds.
fn alike(kinds: &[Kind], offers: &[Offer]) -> Vec<Vec<usize>> {
    let has_zones = kinds.iter().any(|kind| !kind.in_zones.is_empty());
    let is_alike = |a: usize, b: usize| {
        (!has_zones || offers[a].zone == offers[b].zone)
            && kinds.iter().all(|kind| (kind.most[a] > 0) == (kind.most[b] > 0))
    };
    let mut all: Vec<Vec<usize>> = Vec::new();
    for offer in 0..offers.len() {
        match all.iter_mut().find(|alike| is_alike(alike[0], offer)) {
            Some(alike) => alike.push(offer),
            None => all.push(vec![offer]),
        }
    }
    all
}
