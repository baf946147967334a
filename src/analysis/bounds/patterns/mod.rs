//! B8, the pattern linear programme over instance types with prices: what any fleet that holds given tasks costs at
//! least, with a certificate; and the cheapest fleet that was found on the way.
//!
//! A *pattern* of a type is a set of tasks that one instance of it holds. Prices for the kinds of tasks, with what any
//! pattern of a type brings at most at these prices, prove what any fleet costs at least (`proof`). With all types at a
//! price of 1 it is a bound on the number of instances. A solver proposes prices; every round rounds them and proves a
//! bound in integers, whatever the solver answered, and also when a search runs out of steps.
//!
//! | sees | ignores |
//! |---|---|
//! | every resource that kinds are given, whole tasks, prices, which type may hold which kind and how many at most, groups and ports of which an instance holds one task, how many of a type there are, how many of a kind stand in a zone at least | what else a caller leaves out |
//!
//! The proofs of all rounds together, with whole numbers of instances, prove more than the best of them alone (`integer`).
//!
//! # Cost
//! A round is one linear programme, one table (`grid`) and one knapsack a type; at most [`Limits::rounds`] of them.
//! Searches end by steps, never by time.
//!
//! # Sources
//! Gilmore and Gomory, 1961; smoothing after Wentges, 1997. The certificate is bound B8 of `docs/figures.md`.

mod fleet;
mod generation;
mod grid;
mod integer;
mod knapsack;
mod master;
mod pricing;
mod proof;
mod surrogate;
#[cfg(test)]
mod tests;

use generation::Generation;
pub use proof::Proof;

/// Tasks that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What one takes of each resource.
    pub demand: Vec<u64>,
    /// How many there are, at least 1.
    pub count: u64,
    /// The most that one instance of each type holds: 0 where it may hold none.
    pub most: Vec<u64>,
    /// Classes of tasks of which an instance holds one in all: a group under `distinctInstance`, a static port.
    pub conflicts: Vec<u32>,
    /// How many stand in each zone at least; empty where that is no rule.
    pub in_zones: Vec<u64>,
}

/// An instance type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// How much of each resource.
    pub capacity: Vec<u64>,
    /// Its price: 1 where instances are counted; 0 only where there is a number of them.
    pub price: u64,
    /// How many there are; any number without.
    pub supply: Option<u64>,
    /// Where it stands, if kinds have least numbers in zones.
    pub zone: usize,
}

/// How long is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear programmes.
    pub rounds: u32,
    /// Steps of one knapsack.
    pub steps: u64,
    /// Cells of all tables of a round together.
    pub cells: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 200, steps: 4_000, cells: 1 << 20 }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// The largest bound; `None` if some kind fits on no type.
    pub proof: Option<Proof>,
    /// How many of each type hold all tasks, the cheapest that was found; `None` likewise, or if the supplies did not
    /// last.
    pub fleet: Option<Vec<u64>>,
    /// What they cost.
    pub cost: u128,
    /// What whole instances cost at least by all proofs together; the bound of the best where that was not found.
    pub whole: u128,
    /// Rounds made.
    pub rounds: u32,
    /// Some knapsack ran out of steps: the bound is true and may be larger than what was proved.
    pub is_cut_short: bool,
}

/// Bounds what tasks cost on types.
#[must_use]
pub fn solve(kinds: &[Kind], offers: &[Offer], limits: Limits) -> Solved {
    let nothing = Solved { proof: None, fleet: None, cost: 0, whole: 0, rounds: 0, is_cut_short: false };
    if kinds.is_empty() {
        let proof = Proof { bound: 0, prices: Vec::new(), in_zones: Vec::new(), worth: vec![0; offers.len()] };
        return Solved { proof: Some(proof), fleet: Some(vec![0; offers.len()]), ..nothing };
    }
    if kinds.iter().any(|kind| kind.most.iter().all(|&most| most == 0)) {
        return nothing;
    }
    let mut generation = Generation::new(kinds, offers, limits);
    let rounds = generation.run();
    let fleet = fleet::cheapest(&generation);
    let Generation { best, cuts, is_cut_short, .. } = generation;
    let cost = fleet.as_ref().map(|fleet| cost(offers, fleet));
    let proved = best.as_ref().map_or(0, |proof| proof.bound);
    let whole = cost.filter(|&cost| proved < cost).and_then(|cost| integer::least(offers, &cuts, cost));
    let whole = whole.unwrap_or(0).max(proved);
    Solved { proof: best, fleet, cost: cost.unwrap_or(0), whole, rounds, is_cut_short }
}

impl Solved {
    /// No fleet that holds the tasks costs less; `None` if some kind fits on no type.
    #[must_use]
    pub fn bound(&self) -> Option<u128> {
        self.proof.as_ref().map(|proof| proof.bound.max(self.whole))
    }
}

/// What a fleet costs.
#[must_use]
pub fn cost(offers: &[Offer], fleet: &[u64]) -> u128 {
    offers.iter().zip(fleet).map(|(offer, &count)| u128::from(offer.price) * u128::from(count)).sum()
}
