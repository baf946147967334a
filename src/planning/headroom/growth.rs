//! How far a load can grow on the fleet as it is: a still one by drawing more of its own tasks, one that changes by more
//! and more of its arrivals.

use rayon::prelude::*;

use super::NamedKind;
use crate::engine::{Engine, FastEngine};
use crate::model::{LoadFactor, Policy, RequestId, Requests};
use crate::planning::ground::standing::{Owner, Standing};
use crate::planning::ground::{Interrupted, Load, Packing, Tolerance};
use crate::planning::watch::{Between, Watch};
use crate::workload::{Origin, Purpose};

/// Draws that the share is taken over.
const DRAWS: u32 = 11;
/// A factor is found to so many millionths: 2 %.
const STEP: u32 = 20_000;
/// No larger factor is tried.
const MOST: u32 = 64_000_000;

/// How many tasks of the mix fit beside those that are there, until the first that does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflation {
    /// Tasks that the mix is drawn from.
    pub tasks: u64,
    /// How many were added, ascending, a draw each.
    pub added: Vec<u64>,
}

impl Inflation {
    /// The 10th percentile by nearest rank: the pessimistic side.
    #[must_use]
    pub fn p10(&self) -> u64 {
        let rank = self.added.len().div_ceil(10).max(1);
        self.added.get(rank - 1).copied().unwrap_or(0)
    }
}

/// Draws tasks as those that are there, with replacement, and places them until one does not fit. `None` if interrupted.
pub(super) fn inflate(standing: &Standing<'_>, kinds: &[NamedKind], watch: &Watch) -> Option<Inflation> {
    let known = |request: RequestId| kinds.iter().any(|kind| kind.request == request);
    let mix: Vec<RequestId> = (standing.tasks.iter())
        .filter_map(|task| match task.owner {
            Owner::Service(_, request) => Some(request),
            Owner::Standalone => Some(task.request),
            Owner::Daemon(_) => None,
        })
        .filter(|&request| known(request) || !kinds.is_empty())
        .collect();
    let draw = |(seed, mut engine): (u32, FastEngine<'_>)| -> Option<u64> {
        let draws = Origin::only(seed, "plan headroom").draws(Purpose::Shape);
        let mut added = 0;
        while !mix.is_empty() && added < super::MOST_COPIES {
            if added % 4_096 == 0 && watch.is_cancelled() {
                return None;
            }
            if engine.place(mix[draws.below(added, mix.len())]).is_none() {
                break;
            }
            added += 1;
        }
        Some(added)
    };
    let seeds: Vec<_> = (1..=DRAWS).map(|seed| (seed, standing.engine.clone())).collect();
    let mut added: Vec<u64> = seeds.into_par_iter().map(draw).collect::<Option<_>>()?;
    added.sort_unstable();
    Some(Inflation { tasks: mix.len() as u64, added })
}

/// How many times a load that changes fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The largest factor that fits such that no smaller one that was tried fails, in millionths; `None` if none does.
    pub factor: Option<u32>,
    /// The smallest that fails.
    pub fails: Option<u32>,
    /// Larger factors that fit all the same.
    pub larger_fit: Vec<u32>,
}

/// The 10th percentile by nearest rank over the seeds, the pessimistic side; one seed of a load that draws nothing.
pub(super) fn find(load: &Load, requests: &Requests, policy: &Policy, watch: &Watch) -> Result<Growth, Interrupted> {
    watch.begin(&format!("growing the load under {}", policy.name));
    let seeds: Vec<u32> = (1..=if load.scenario().load_draws() { DRAWS } else { 1 }).collect();
    let one = |seed: u32| of_seed(load, requests, seed, watch);
    let mut all: Vec<Growth> = seeds.into_par_iter().map(one).collect::<Result<_, _>>()?;
    all.sort_by_key(|growth| growth.factor);
    let rank = all.len().div_ceil(10).max(1);
    Ok(all.swap_remove(rank - 1))
}

/// Bisects on the factor: the load at one is part of the load at every larger one.
fn of_seed(load: &Load, requests: &Requests, seed: u32, watch: &Watch) -> Result<Growth, Interrupted> {
    let fits = |steps: u32| -> Result<bool, Interrupted> {
        let grown = Load::of(load.scenario(), LoadFactor(steps * STEP));
        let mut packing = Packing::as_given(&grown, requests, seed, Tolerance::NONE);
        let fits = packing.fits(packing.most(), &watch.control)?;
        watch.tell(seed, Between { fails: 0, works: packing.most() });
        Ok(fits)
    };
    let one = LoadFactor::ONE.0 / STEP;
    let (mut low, mut high) = if fits(one)? { (one, 2 * one) } else { (0, one) };
    while low > 0 && high * STEP < MOST && fits(high)? {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle)? { low = middle } else { high = middle }
    }
    // What fails below moves the answer down; what fits above is told and not taken.
    let mut larger_fit = Vec::new();
    for above in high + 1..=high + 3 {
        if fits(above)? {
            larger_fit.push(above * STEP);
        }
    }
    let mut gap = None;
    for below in low.saturating_sub(3).max(1)..low {
        if !fits(below)? {
            gap = Some(below);
            break;
        }
    }
    if let Some(below) = gap {
        (low, high) = (below - 1, below);
    }
    Ok(Growth { factor: (low > 0).then_some(low * STEP), fails: Some(high * STEP), larger_fit })
}
