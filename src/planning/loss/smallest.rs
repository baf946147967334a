//! The smallest fleet of which any one zone, or any one instance, may be lost.

use rayon::prelude::*;

use super::lose::Ground;
use super::{Question, Unit, try_all, zones};
use crate::model::Requests;
use crate::planning::compact::Compaction;
use crate::planning::compact::search::{self, Shape};
use crate::planning::ground::standing::Standing;
use crate::planning::ground::{Interrupted, Load, Packing, Tolerance};
use crate::planning::watch::{Between, Watch};

/// At most so many clones of a fleet are appended where it is too small.
const MOST_CLONES: usize = 4;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smallest {
    /// By seed: the smallest size; `None` if the fleet and its clones are too small.
    pub sizes: Vec<Option<usize>>,
    /// The smallest size that passes on every seed; `None` likewise.
    pub size: Option<usize>,
    /// What it costs an hour, the dearest over the seeds.
    pub price: Option<u128>,
    /// What the fluid rule asks for, from the answer without a loss.
    pub fluid: Option<usize>,
    /// Larger sizes than the first boundary that fail, over all seeds.
    pub larger_fail: Vec<usize>,
}

/// Searches for every seed, then for a size that all pass; `None` if interrupted.
pub(in crate::planning) fn find(
    load: &Load,
    requests: &Requests,
    question: Question,
    without: &Compaction,
    watch: &Watch,
) -> Option<Smallest> {
    watch.begin(&format!("the smallest fleet that survives, under {}", without.policy));
    let seeds: Vec<u32> = (1..=question.seeds).collect();
    let base = |seed: u32| without.trials.iter().find(|trial| trial.seed == seed).and_then(|trial| trial.size);
    let one = |&seed: &u32| -> Result<Option<search::Found>, Interrupted> {
        let ground = Tried::new(load, requests, seed, question);
        let Some(base) = base(seed).or(without.answer.as_ref().map(|answer| answer.size)) else { return Ok(None) };
        ground.search(base, watch)
    };
    let found: Vec<Option<search::Found>> = seeds.par_iter().map(one).collect::<Result<_, _>>().ok()?;
    let sizes: Vec<Option<usize>> = found.iter().map(|found| found.as_ref().map(|found| found.size)).collect();
    let mut larger_fail: Vec<usize> = found.iter().flatten().flat_map(|found| found.larger_fail.clone()).collect();
    larger_fail.sort_unstable();
    larger_fail.dedup();
    let most = sizes.iter().copied().collect::<Option<Vec<usize>>>().and_then(|sizes| sizes.into_iter().max());
    let size = match most {
        Some(most) => first_for_all(load, requests, &seeds, most, question, watch).ok()?,
        None => None,
    };
    let price = size.and_then(|size| price(load, requests, &seeds, size));
    let fluid = without.answer.as_ref().map(|answer| fluid(load, question.unit, answer.size));
    Some(Smallest { sizes, size, price, fluid, larger_fail })
}

/// A larger size may fail on another seed: from the largest of all upwards, the first that passes everywhere.
fn first_for_all(
    load: &Load,
    requests: &Requests,
    seeds: &[u32],
    from: usize,
    question: Question,
    watch: &Watch,
) -> Result<Option<usize>, Interrupted> {
    let most = load.scenario().fleet.instances.len() * (MOST_CLONES + 1);
    for size in from..=most.min(from + from / 10 + 10) {
        let passes = |&seed: &u32| {
            let mut ground = Tried::new(load, requests, seed, question);
            ground.grow_to(size);
            ground.passes(size, watch)
        };
        let all: Vec<bool> = seeds.par_iter().map(passes).collect::<Result<_, _>>()?;
        if all.into_iter().all(|passes| passes) {
            return Ok(Some(size));
        }
    }
    Ok(None)
}

fn price(load: &Load, requests: &Requests, seeds: &[u32], size: usize) -> Option<u128> {
    let of_seed = |&seed: &u32| {
        let mut packing = Packing::new(load, requests, seed, Tolerance::NONE);
        while packing.most() < size {
            packing.append_clone();
        }
        crate::planning::compact::price_of(&load.scenario().fleet, packing.prefix(size))
    };
    seeds.iter().map(of_seed).collect::<Option<Vec<u128>>>()?.into_iter().max()
}

/// `ceil(N A / (A - 1))` over zones; one more over instances.
fn fluid(load: &Load, unit: Unit, size: usize) -> usize {
    let fleet = &load.scenario().fleet;
    let mut zones: Vec<_> = fleet.instances.iter().map(|class| fleet.classes[class.index()].zone).collect();
    zones.sort_unstable();
    zones.dedup();
    match (unit, zones.len()) {
        (Unit::Zone, all) if all > 1 => (size * all).div_ceil(all - 1),
        (Unit::Zone, _) => size,
        (Unit::Instance, _) => size + 1,
    }
}

/// Prefixes of one order, packed and hit.
struct Tried<'a> {
    load: &'a Load,
    requests: &'a Requests,
    packing: Packing<'a>,
    seed: u32,
    question: Question,
}

impl<'a> Tried<'a> {
    fn new(load: &'a Load, requests: &'a Requests, seed: u32, question: Question) -> Self {
        let packing = Packing::new(load, requests, seed, Tolerance::NONE);
        Self { load, requests, packing, seed, question }
    }

    fn grow_to(&mut self, size: usize) {
        let most = self.load.scenario().fleet.instances.len() * (MOST_CLONES + 1);
        while self.packing.most() < size && self.packing.most() < most {
            self.packing.append_clone();
        }
    }

    /// From the fluid rule upwards: doubled steps to a size that passes, then as ever.
    fn search(mut self, base: usize, watch: &Watch) -> Result<Option<search::Found>, Interrupted> {
        let most = self.load.scenario().fleet.instances.len() * (MOST_CLONES + 1);
        let start = fluid(self.load, self.question.unit, base).min(most);
        let (mut ruled_out, mut step) = (start.saturating_sub(1), 1);
        let mut works = start;
        loop {
            self.grow_to(works);
            if self.passes(works, watch)? {
                break;
            }
            if works == most {
                return Ok(None);
            }
            ruled_out = works;
            works = (works + step).min(most);
            step *= 2;
        }
        self.grow_to((works + works / 20 + 10).min(most));
        let all = self.packing.most();
        let fits = |size: usize| self.passes(size, watch).ok();
        search::smallest(search::Bracket { ruled_out, works, most: all }, Shape::Unknown, fits)
            .ok_or(Interrupted)
            .map(Some)
    }

    /// The load fits on the prefix, and any one may be lost.
    fn passes(&mut self, size: usize, watch: &Watch) -> Result<bool, Interrupted> {
        let (packed, is_fit) = self.packing.packed_at_peak(size, &watch.control)?;
        watch.tell(self.seed, Between { fails: size, works: size });
        if !is_fit {
            return Ok(false);
        }
        let standing = Standing::of_packed(&self.packing, &packed);
        let scenario = self.load.scenario();
        if self.question.unit == Unit::Zone && zones(scenario, &standing).len() < 2 {
            return Ok(false);
        }
        let ground = Ground { scenario, requests: self.requests, order: self.question.order };
        let (rows, _) = try_all(&ground, &standing, self.question.unit);
        Ok(rows.iter().all(|row| row.loss.passes()))
    }
}
