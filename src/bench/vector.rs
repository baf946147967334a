//! The vectorised scan that the fast engine is compared with: the same pass as the naive scan, over columns, as wide as the
//! processor allows. Small clusters fit the nearer caches, where it is the honest competitor of any index.
//!
//! Its source is pinned as that of the naive scan is. The loops are plain Rust that compilers make vector instructions of;
//! they are compiled for AVX-512, for AVX2 and for any processor, and the widest that runs is chosen when the program does.
//!
//! # Method
//! A pass finds the least key of those that fit, a second the first instance that has it, and ends there; where ties are
//! drawn, one more counts them. Buckets of a spread are tried from the emptiest on, which is one pass unless a zone is full.

use super::load::Load;
use super::measure::Task;
use super::rng::Rng;
use crate::engine::Engine;
use crate::model::{InstanceId, PackedResource, RequestId, Rule, SpreadField, TieBreak};

/// Vector instructions that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Avx512,
    Avx2,
    Any,
}

impl Width {
    /// The widest that this processor has.
    fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            return Self::Avx512;
        } else if is_x86_feature_detected!("avx2") {
            return Self::Avx2;
        }
        Self::Any
    }
}

/// The columns that a pass reads, all of one length.
#[derive(Clone, Copy)]
struct Columns<'a> {
    cpu: &'a [u32],
    memory: &'a [u32],
    /// Where an instance is, as the number of a bit.
    place: &'a [u32],
    /// Tasks of the group.
    tasks: &'a [u32],
    /// What is to be least.
    key: &'a [u32],
}

/// What an instance must have.
#[derive(Clone, Copy)]
struct Asked {
    cpu: u32,
    memory: u32,
    /// Bits of the places that may be.
    places: u32,
}

/// A copy of a cluster, for scans.
pub(super) struct Vectorised<'a> {
    load: &'a Load,
    width: Width,
    cpu: Vec<u32>,
    memory: Vec<u32>,
    place: Vec<u32>,
    /// Tasks of each service on each instance, service by service; empty where no rule asks.
    tasks: Vec<Vec<u32>>,
    zone_tasks: Vec<[u32; ZONES]>,
    /// Every instance is in a place that may be.
    is_open: bool,
    nothing: Vec<u32>,
    rng: Rng,
}

const ZONES: usize = 3;
const ALL_ZONES: u32 = (1 << ZONES) - 1;

impl<'a> Vectorised<'a> {
    pub(super) fn new(load: &'a Load, engine: &impl Engine, living: impl Iterator<Item = Task>) -> Self {
        let ids = || (0..engine.instance_count()).map(InstanceId::from_index);
        let first = &load.requests.table[0];
        // What no request may use is in a place of its own.
        let is_inside = |id: &InstanceId| engine.is_eligible(RequestId(0), *id);
        let place = |id: InstanceId| load.fleet.class(id).zone.0 + if is_inside(&id) { 0 } else { 3 };
        let asks = first.distinct_instance || first.strategy.0.contains(&Rule::Spread(SpreadField::InstanceId));
        let (instances, services) = (engine.instance_count(), load.requests.table.len());
        let mut scan = Self {
            load,
            width: Width::widest(),
            cpu: ids().map(|id| engine.remaining(id).cpu.0).collect(),
            memory: ids().map(|id| engine.remaining(id).memory.0).collect(),
            place: ids().map(place).collect(),
            tasks: if asks { vec![vec![0; instances]; services] } else { Vec::new() },
            zone_tasks: vec![[0; ZONES]; services],
            is_open: ids().all(|id| is_inside(&id)),
            nothing: vec![0; instances],
            rng: Rng::new(5),
        };
        living.for_each(|Task { request, instance }| scan.count(request, instance.index()));
        scan
    }

    fn count(&mut self, id: RequestId, instance: usize) {
        self.zone_tasks[id.index()][self.place[instance] as usize % ZONES] += 1;
        if let Some(tasks) = self.tasks.get_mut(id.index()) {
            tasks[instance] += 1;
        }
    }

    /// Places one task by a scan.
    pub(super) fn place(&mut self, id: RequestId) -> Option<usize> {
        let request = &self.load.requests[id];
        let rules = &request.strategy.0;
        let spreads = matches!(rules.first(), Some(Rule::Spread(SpreadField::Attribute(_))));
        let tasks = self.tasks.get(id.index()).unwrap_or(&self.nothing);
        let key = match rules.get(usize::from(spreads)) {
            Some(Rule::Binpack(PackedResource::Cpu)) => &self.cpu,
            Some(Rule::Binpack(PackedResource::Memory)) => &self.memory,
            Some(Rule::Spread(_)) => tasks,
            _ => &self.nothing,
        };
        let columns = Columns { cpu: &self.cpu, memory: &self.memory, place: &self.place, tasks, key };
        let asked = Asked { cpu: request.demand.cpu.0, memory: request.demand.memory.0, places: ALL_ZONES };
        let mut rng = (self.load.options.tie_break == TieBreak::Random).then_some(&mut self.rng);
        let chosen = if rules.first() == Some(&Rule::Random) {
            draw(columns, asked, &mut self.rng)
        } else if spreads {
            let zones = self.zone_tasks[id.index()];
            in_emptiest(zones, |places| {
                any_width::<true, false>(self.width, columns, Asked { places, ..asked }, rng.as_deref_mut())
            })
        } else if request.distinct_instance {
            any_width::<false, true>(self.width, columns, asked, rng)
        } else if self.is_open {
            any_width::<false, false>(self.width, columns, asked, rng)
        } else {
            any_width::<true, false>(self.width, columns, asked, rng)
        };
        chosen.inspect(|&chosen| {
            self.cpu[chosen] -= request.demand.cpu.0;
            self.memory[chosen] -= request.demand.memory.0;
            self.count(id, chosen);
        })
    }
}

/// Tries the zones with the fewest tasks, then those with the next fewest.
fn in_emptiest(tasks: [u32; ZONES], mut look: impl FnMut(u32) -> Option<usize>) -> Option<usize> {
    let mut left = ALL_ZONES;
    while left != 0 {
        let zones = || (0..ZONES).filter(|zone| left >> zone & 1 == 1);
        let fewest = zones().map(|zone| tasks[zone]).min()?;
        let emptiest = zones().filter(|&zone| tasks[zone] == fewest).fold(0, |set, zone| set | 1 << zone);
        if let Some(found) = look(emptiest) {
            return Some(found);
        }
        left &= !emptiest;
    }
    None
}

/// The first instance with the least key among those that fit, or a uniform one of these if `rng` is given; places are
/// looked at if `PLACED`, and no task of the group may be there if `DISTINCT`.
#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "code for vector instructions that not every processor has can be called no other way"
    )
)]
fn any_width<const PLACED: bool, const DISTINCT: bool>(
    width: Width,
    columns: Columns<'_>,
    asked: Asked,
    rng: Option<&mut Rng>,
) -> Option<usize> {
    match width {
        // SAFETY: `Width::widest` answers these only where the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Width::Avx512 => unsafe { with_avx512::<PLACED, DISTINCT>(columns, asked, rng) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::Avx2 => unsafe { with_avx2::<PLACED, DISTINCT>(columns, asked, rng) },
        _ => pass::<PLACED, DISTINCT>(columns, asked, rng),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
fn with_avx512<const PLACED: bool, const DISTINCT: bool>(
    columns: Columns<'_>,
    asked: Asked,
    rng: Option<&mut Rng>,
) -> Option<usize> {
    pass::<PLACED, DISTINCT>(columns, asked, rng)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<const PLACED: bool, const DISTINCT: bool>(
    columns: Columns<'_>,
    asked: Asked,
    rng: Option<&mut Rng>,
) -> Option<usize> {
    pass::<PLACED, DISTINCT>(columns, asked, rng)
}

/// So many instances are looked at between two branches.
const BLOCK: usize = 64;

#[inline(always)]
fn pass<const PLACED: bool, const DISTINCT: bool>(
    columns: Columns<'_>,
    asked: Asked,
    rng: Option<&mut Rng>,
) -> Option<usize> {
    let Columns { cpu, memory, place, tasks, key } = columns;
    let n = key.len();
    // Of one length, so that no access is checked inside the loops.
    let (cpu, memory, place, tasks) = (&cpu[..n], &memory[..n], &place[..n], &tasks[..n]);
    let score = |at: usize| {
        let fits = (cpu[at] >= asked.cpu)
            & (memory[at] >= asked.memory)
            & (!PLACED | (asked.places >> (place[at] & 31) & 1 == 1))
            & (!DISTINCT | (tasks[at] == 0));
        if fits { key[at] } else { u32::MAX }
    };
    let mut least = u32::MAX;
    for at in 0..n {
        least = least.min(score(at));
    }
    if least == u32::MAX {
        return None;
    }
    let mut start = 0;
    let Some(rng) = rng else {
        while start + BLOCK <= n {
            let mut found = false;
            for at in start..start + BLOCK {
                found |= score(at) == least;
            }
            if found {
                break;
            }
            start += BLOCK;
        }
        return (start..n).find(|&at| score(at) == least);
    };
    // A sum that is watched for overflow is no vector instruction.
    let mut tied = 0_u32;
    for at in 0..n {
        tied = tied.wrapping_add(u32::from(score(at) == least));
    }
    // So many of those with the least key are passed over.
    let mut left = rng.below(tied as usize);
    while start + BLOCK <= n {
        let mut here = 0_u32;
        for at in start..start + BLOCK {
            here = here.wrapping_add(u32::from(score(at) == least));
        }
        if here as usize > left {
            break;
        }
        left -= here as usize;
        start += BLOCK;
    }
    (start..n).filter(|&at| score(at) == least).nth(left)
}

/// A uniform one of those that fit: counts them, then goes to the drawn one.
fn draw(columns: Columns<'_>, asked: Asked, rng: &mut Rng) -> Option<usize> {
    let Columns { cpu, memory, place, .. } = columns;
    let rows = || cpu.iter().zip(memory).zip(place);
    let fits = |((cpu, memory), place): ((&u32, &u32), &u32)| {
        (*cpu >= asked.cpu) & (*memory >= asked.memory) & (asked.places >> (place & 31) & 1 == 1)
    };
    let count: usize = rows().map(|row| usize::from(fits(row))).sum();
    let drawn = if count == 0 { return None } else { rng.below(count) };
    rows().enumerate().filter(|(_, row)| fits(*row)).nth(drawn).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::load::POLICIES;
    use crate::bench::naive::Naive;
    use crate::engine::{FastEngine, Setup};

    /// Every width finds what the naive scan and the engine find, until nothing fits.
    #[test]
    fn the_vectorised_scan_chooses_as_the_naive_one_and_as_the_engine() {
        let widths = [Width::Any, Width::widest()];
        for policy in
            POLICIES.iter().filter(|policy| !policy.name.contains("random") && !policy.name.contains("member"))
        {
            let load = Load::new(policy, 100, 5);
            let setup = Setup { fleet: &load.fleet, requests: &load.requests, options: load.options, seed: 7 };
            let mut engine = FastEngine::new(setup);
            let mut naive = Naive::new(&load, &engine, std::iter::empty());
            let mut scans =
                widths.map(|width| Vectorised { width, ..Vectorised::new(&load, &engine, std::iter::empty()) });
            let mut rng = Rng::new(9);
            let mut refused = 0;
            while refused < 20 {
                let request = load.draw(&mut rng);
                let expected = engine.place(request).map(|placed| placed.instance.index());
                refused += usize::from(expected.is_none());
                assert_eq!(naive.place(request), expected, "{}", policy.name);
                for scan in &mut scans {
                    assert_eq!(scan.place(request), expected, "{} with {:?}", policy.name, scan.width);
                }
            }
        }
    }

    /// What is drawn is one of those that the same scan without draws would call best.
    #[test]
    fn ties_are_drawn_among_the_least_that_fit() {
        let (cpu, place, tasks) = (vec![9; 200], vec![0; 200], vec![0; 200]);
        let key: Vec<u32> = (0..200).map(|at| if at % 50 == 3 { 1 } else { 2 }).collect();
        let columns = Columns { cpu: &cpu, memory: &cpu, place: &place, tasks: &tasks, key: &key };
        let asked = Asked { cpu: 1, memory: 1, places: 1 };
        let mut rng = Rng::new(1);
        for width in [Width::Any, Width::widest()] {
            let mut draw = |_| any_width::<true, false>(width, columns, asked, Some(&mut rng)).unwrap();
            let drawn: std::collections::BTreeSet<usize> = (0..100).map(&mut draw).collect();
            assert!(drawn.iter().eq(&[3, 53, 103, 153]), "{drawn:?}");
        }
    }

    #[test]
    fn a_pooled_scan_stays_in_the_pool() {
        let policy = POLICIES.iter().find(|policy| policy.name == "binpack-memory-member-of").unwrap();
        let load = Load::new(policy, 60, 2);
        let setup = Setup { fleet: &load.fleet, requests: &load.requests, options: load.options, seed: 7 };
        let mut engine = FastEngine::new(setup);
        let mut scan = Vectorised::new(&load, &engine, std::iter::empty());
        assert!(!scan.is_open);
        for request in (0..200).map(|task| RequestId(task % 2)) {
            assert_eq!(scan.place(request), engine.place(request).map(|placed| placed.instance.index()));
        }
    }
}
