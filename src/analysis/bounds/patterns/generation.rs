//! Rounds of prices and patterns: the linear programme proposes prices, searches find patterns that bring more than they
//! cost and prove what the prices are worth, and the programme learns the patterns.
//!
//! Searched first is between the best prices proved so far and those proposed (0.7 and 0.3): the proposals leap, and what
//! lies between proves more and finds better patterns.

use super::integer::Cut;
use super::master::{Column, Master, Point};
use super::pricing;
use super::proof::{self, Proof, Proved, gcd};
use super::{Kind, Limits, Offer};

/// Prices are rounded to parts of this of the dearest type.
const PARTS: f64 = 1_048_576.0;

/// A bound so near to what further rounds can prove is taken.
const CLOSE: f64 = 0.000_5;

/// What is known so far.
pub(super) struct Generation<'a> {
    pub(super) kinds: &'a [Kind],
    pub(super) offers: &'a [Offer],
    pub(super) limits: Limits,
    /// The price of the dearest type.
    unit: f64,
    pub(super) best: Option<Proof>,
    /// The prices of the best proof, as high as they prove.
    centre: Option<Point>,
    /// What every round proves of any fleet, what is evident first.
    pub(super) cuts: Vec<Cut>,
    /// All patterns that were found.
    pub(super) columns: Vec<Column>,
    pub(super) is_cut_short: bool,
}

#[expect(clippy::cast_precision_loss, reason = "a solver proposes, integers prove")]
impl<'a> Generation<'a> {
    pub(super) fn new(kinds: &'a [Kind], offers: &'a [Offer], limits: Limits) -> Self {
        let unit = offers.iter().map(|offer| offer.price).max().unwrap_or(1).max(1) as f64;
        let (cuts, columns) = (evident(kinds, offers), of_one_kind(kinds, offers));
        Self { kinds, offers, limits, unit, best: None, centre: None, cuts, columns, is_cut_short: false }
    }

    /// Goes on until nothing brings more than it costs; answers how many rounds there were.
    pub(super) fn run(&mut self) -> u32 {
        let mut master = Master::new(self.kinds, self.offers, self.unit);
        // Where there is only a number of a type, no price is limited beforehand.
        if self.offers.iter().any(|offer| offer.supply.is_some()) {
            master.add(&self.columns);
        }
        for round in 0..self.limits.rounds {
            let Some((proposed, value)) = master.proposed() else { return round };
            let mut columns = Vec::new();
            if let Some(centre) = &self.centre {
                let between = centre.with(&proposed, |old, new| 0.7 * old + 0.3 * new);
                columns = self.separate(&between, &proposed);
            }
            if columns.is_empty() {
                columns = self.separate(&proposed, &proposed);
            }
            if columns.is_empty() || self.is_closed(value * self.unit) {
                return round + 1;
            }
            master.add(&columns);
            self.columns.append(&mut columns);
        }
        self.limits.rounds
    }

    /// No prices for more patterns prove more than the best for fewer, rounded up, or next to nothing more.
    fn is_closed(&self, value: f64) -> bool {
        let step = self.offers.iter().map(|offer| offer.price).fold(0, gcd).max(1) as f64;
        let more = |best: &Proof| (value * (1.0 - CLOSE) / step - 1e-7).ceil() * step > best.bound as f64;
        !self.best.as_ref().is_none_or(more)
    }

    /// Proves a bound at some prices, and answers the patterns that bring more than their type costs at `proposed` ones.
    fn separate(&mut self, at: &Point, proposed: &Point) -> Vec<Column> {
        let prices: Vec<u64> = at.tasks.iter().map(|&price| in_parts(price)).collect();
        let in_zones: Vec<Vec<u64>> =
            at.in_zones.iter().map(|zones| zones.iter().map(|&price| in_parts(price)).collect()).collect();
        let in_zone = |zone: usize| {
            let more = |kind: usize| in_zones[kind].get(zone).copied().unwrap_or(0);
            prices.iter().enumerate().map(|(kind, &price)| price + more(kind)).collect()
        };
        let cost = |offer: usize| self.offers[offer].price as f64 / self.unit;
        let floors: Vec<u64> = (0..self.offers.len()).map(|offer| in_parts(cost(offer) + at.surplus[offer])).collect();
        let found = pricing::patterns(self.kinds, self.offers, in_zone, &floors, self.limits);
        self.is_cut_short |= found.iter().any(|best| best.at_most > best.value);
        let worth: Vec<u64> = found.iter().map(|best| best.at_most).collect();
        let mut columns = Vec::new();
        for (offer, best) in found.into_iter().enumerate().filter(|(_, best)| best.value > 0) {
            let zone = self.offers[offer].zone;
            let brings: f64 =
                best.taken.iter().enumerate().map(|(kind, &taken)| taken as f64 * proposed.of(kind, zone)).sum();
            if brings > (cost(offer) + proposed.surplus[offer]) * (1.0 + 1e-7) + 1e-12 {
                columns.push(Column { offer, taken: best.taken });
            }
        }
        self.cuts.push(Cut { worth: worth.clone(), total: proof::total(self.kinds, &prices, &in_zones) });
        self.keep(at, Proof::of(self.kinds, self.offers, prices, in_zones, worth));
        columns
    }

    /// Keeps what proves more than anything before.
    fn keep(&mut self, at: &Point, proved: Option<Proved>) {
        let Some(Proved { proof, scale }) = proved else { return };
        if self.best.as_ref().is_some_and(|best| best.bound >= proof.bound) {
            return;
        }
        let factor = scale.price as f64 / self.unit / (scale.worth as f64 / PARTS);
        let mut centre = at.with(at, |price, _| price * factor);
        for ((surplus, offer), &worth) in centre.surplus.iter_mut().zip(self.offers).zip(&proof.worth) {
            let above = worth as f64 / PARTS * factor - offer.price as f64 / self.unit;
            *surplus = if offer.supply.is_some() { above.max(0.0) } else { 0.0 };
        }
        self.centre = Some(centre);
        self.best = Some(proof);
    }
}

/// Whatever holds the tasks has as much of each resource as they take, and in each zone room for what must stand there.
fn evident(kinds: &[Kind], offers: &[Offer]) -> Vec<Cut> {
    let resources = kinds.iter().map(|kind| kind.demand.len()).min().unwrap_or(0);
    let cut = |r: usize| Cut {
        worth: offers.iter().map(|offer| offer.capacity[r]).collect(),
        total: kinds.iter().map(|kind| u128::from(kind.demand[r]) * u128::from(kind.count)).sum(),
    };
    let in_zone = |kind: &Kind, zone: usize, least: u64| Cut {
        worth: offers.iter().zip(&kind.most).map(|(offer, &most)| if offer.zone == zone { most } else { 0 }).collect(),
        total: least.into(),
    };
    let in_zones = |kind: &Kind| -> Vec<Cut> {
        kind.in_zones.iter().enumerate().map(|(zone, &least)| in_zone(kind, zone, least)).collect()
    };
    (0..resources).map(cut).chain(kinds.iter().flat_map(in_zones)).filter(|cut| cut.total > 0).collect()
}

/// Instances that are full of one kind.
fn of_one_kind(kinds: &[Kind], offers: &[Offer]) -> Vec<Column> {
    let full = |offer: usize, kind: usize| {
        let most = kinds[kind].most[offer].min(kinds[kind].count);
        let mut taken = vec![0; kinds.len()];
        taken[kind] = most;
        (most > 0).then_some(Column { offer, taken })
    };
    (0..offers.len()).flat_map(|offer| (0..kinds.len()).filter_map(move |kind| full(offer, kind))).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a price that is not negative")]
fn in_parts(price: f64) -> u64 {
    (price.clamp(0.0, 4096.0 * PARTS) * PARTS) as u64
}
