//! A load packed from scratch on the first instances of an order: whether it fits, and how it lies then.
//!
//! The chain places that will really place, on the fast engine. A load that is still is its placements; any other is run
//! through the simulation.
//!
//! # Cost
//! One engine and one placement a task; of a load that changes, one run.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::load::{Ask, Load};
use super::order;
use crate::engine::{Engine, FastEngine, Placed, Reason, Setup};
use crate::model::{ClassId, Demand, Fleet, Identity, InstanceId, Request, RequestId, Requests, SimTime, TaskCount};
use crate::query::Dependence;
use crate::simulation::{Control, Observer, Start};
use crate::workload::{Origin, Purpose};

/// How many tasks may be left out of a packing that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// In millionths of all tasks.
    pub epsilon: u32,
    /// Each of them has at most so many instances that it could go to.
    pub picky: u32,
}

impl Tolerance {
    /// Every task is placed.
    pub const NONE: Self = Self { epsilon: 0, picky: 5 };
}

/// Tasks of one kind, or of one service, that found no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// Why the first of them did not.
    pub reason: Reason,
}

impl LeftOut {
    /// One more task.
    pub(in crate::planning) fn add<K: Ord>(all: &mut BTreeMap<K, Self>, of: K, reason: Reason) {
        all.entry(of).or_insert(Self { count: 0, reason }).count += 1;
    }
}

/// Who lies where in a packing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    /// Kind and instance of every task, in the order in which they were placed; daemons first.
    pub(crate) tasks: Vec<(RequestId, InstanceId)>,
    /// How many of `tasks` are daemons.
    pub(crate) daemons: usize,
    /// Kinds that were refused.
    pub(crate) unplaced: BTreeMap<RequestId, LeftOut>,
    /// Most instances in use at one time.
    pub(crate) in_use: usize,
    /// How many tasks of each kind there were when they took most together; of a load that changes.
    pub(crate) peak: Vec<TaskCount>,
    /// When that was.
    pub(crate) peak_at: SimTime,
}

/// A load ready to be packed under one policy and one seed.
pub(crate) struct Packing<'a> {
    pub(crate) load: &'a Load,
    pub(crate) requests: &'a Requests,
    pub(super) seed: u32,
    asks: Vec<Ask>,
    daemons: Vec<RequestId>,
    /// Every class of the fleet; instances are those of the prefix in hand.
    pub(super) fleet: Fleet,
    /// The order, clones after the fleet.
    instances: Vec<ClassId>,
    /// Who they are, where an expression asks.
    identities: Vec<Identity>,
    /// The instances of the fleet that stand in that order, before clones.
    order: Vec<InstanceId>,
    pub(super) tolerance: Tolerance,
    /// Of each kind, whether it may be left out.
    pub(super) picky: Vec<bool>,
    /// When who lies where is looked at, of a load that changes, where the scenario does not say.
    pub(super) snapshot: Option<SimTime>,
}

/// A packing was given up because the person pressed Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl<'a> Packing<'a> {
    pub(crate) fn new(load: &'a Load, requests: &'a Requests, seed: u32, tolerance: Tolerance) -> Self {
        let order = order::of_seed(&load.scenario.fleet, seed);
        Self::in_order(load, requests, seed, tolerance, order)
    }

    /// The instances in the order in which they are given.
    pub(crate) fn as_given(load: &'a Load, requests: &'a Requests, seed: u32, tolerance: Tolerance) -> Self {
        Self::in_order(load, requests, seed, tolerance, load.scenario.fleet.ids().collect())
    }

    fn in_order(
        load: &'a Load,
        requests: &'a Requests,
        seed: u32,
        tolerance: Tolerance,
        order: Vec<InstanceId>,
    ) -> Self {
        let whole = &load.scenario.fleet;
        let asks = if load.is_still { load.asks(requests, seed) } else { Vec::new() };
        let asks_who =
            |request: &Request| request.member_of.iter().any(|expression| expression.dependence() > Dependence::Class);
        let keeps = requests.table.iter().any(asks_who) && !whole.identities.is_empty();
        let identities =
            if keeps { order.iter().map(|one| whole.identities[one.index()].clone()).collect() } else { Vec::new() };
        let fleet = Fleet { instances: Vec::new(), identities: Vec::new(), ..whole.clone() };
        let instances = order.iter().map(|one| whole.instances[one.index()]).collect();
        let daemons = load.daemons(requests);
        let mut packing = Self {
            load,
            requests,
            seed,
            asks,
            daemons,
            fleet,
            instances,
            identities,
            order,
            tolerance,
            picky: Vec::new(),
            snapshot: None,
        };
        packing.picky = packing.picky_kinds();
        packing
    }

    /// How many instances there are, clones included.
    pub(crate) fn most(&self) -> usize {
        self.instances.len()
    }

    /// The same fleet once more, after the others: instances as they register, which nobody has had yet.
    pub(crate) fn append_clone(&mut self) {
        let number = self.instances.len() / self.order.len().max(1);
        self.instances.extend(self.order.iter().map(|one| self.load.clones[one.index()]));
        if !self.identities.is_empty() {
            let named = |one: &InstanceId| {
                let name = format!("{} again ({number})", self.load.scenario.fleet.name(*one));
                Identity { name, ..Identity::default() }
            };
            self.identities.extend(self.order.iter().map(named));
        }
    }

    /// The classes of the first so many instances.
    pub(crate) fn prefix(&self, size: usize) -> &[ClassId] {
        &self.instances[..size]
    }

    /// Tasks without daemons; of a load that changes unknown beforehand.
    pub(crate) fn task_count(&self) -> u64 {
        self.asks.iter().map(|ask| u64::from(ask.count)).sum()
    }

    /// Every kind with how many tasks of it there are, of a load that is still; daemons are left out.
    pub(crate) fn counts(&self) -> Vec<TaskCount> {
        let mut counts: BTreeMap<RequestId, u64> = BTreeMap::new();
        self.asks.iter().for_each(|ask| *counts.entry(ask.request).or_default() += u64::from(ask.count));
        counts.into_iter().map(|(request, count)| TaskCount { request, count }).collect()
    }

    /// The longest prefix whose capacities do not add up to what the tasks take; 0 of a load that changes.
    pub(crate) fn ruled_out(&self) -> usize {
        if self.tolerance.epsilon > 0 {
            return 0;
        }
        let demand = |amount: fn(&Demand) -> u32| -> u64 {
            self.asks
                .iter()
                .map(|ask| u64::from(amount(&self.requests[ask.request].demand)) * u64::from(ask.count))
                .sum()
        };
        let mut left = [demand(|demand| demand.cpu.0), demand(|demand| demand.memory.0)];
        for (size, class) in self.instances.iter().enumerate() {
            if left == [0, 0] {
                return size.saturating_sub(1);
            }
            let class = &self.fleet.classes[class.index()];
            left = [left[0].saturating_sub(u64::from(class.cpu.0)), left[1].saturating_sub(u64::from(class.memory.0))];
        }
        self.instances.len().saturating_sub(1)
    }

    fn take(&mut self, size: usize) {
        self.fleet.instances.clear();
        self.fleet.instances.extend_from_slice(&self.instances[..size]);
        self.fleet.identities = self.identities.get(..size).map(<[Identity]>::to_vec).unwrap_or_default();
    }

    pub(crate) fn setup(&self) -> Setup<'_> {
        let seed = Origin::only(self.seed, "run").draws(Purpose::Placement).key();
        Setup { fleet: &self.fleet, requests: self.requests, options: self.load.scenario.options, seed }
    }

    /// Whether the load fits on the first so many instances.
    ///
    /// # Errors
    /// [`Interrupted`] if `control` said so on the way.
    pub(crate) fn fits(&mut self, size: usize, control: &Control) -> Result<bool, Interrupted> {
        Ok(self.pack(size, control, Keep::Verdict)?.1)
    }

    /// Packs the first so many instances and keeps who lies where; of a load that changes, the peak alone.
    ///
    /// # Errors
    /// [`Interrupted`] if `control` said so on the way.
    pub(crate) fn packed(&mut self, size: usize, control: &Control) -> Result<(Packed, bool), Interrupted> {
        self.pack(size, control, Keep::Tasks)
    }

    /// The same as the tasks lie when they take most together, unless the scenario names a moment.
    ///
    /// # Errors
    /// [`Interrupted`] if `control` said so on the way.
    pub(crate) fn packed_at_peak(&mut self, size: usize, control: &Control) -> Result<(Packed, bool), Interrupted> {
        self.snapshot = None;
        let (packed, is_fit) = self.packed(size, control)?;
        if self.load.is_still || self.load.scenario.snapshot.is_some() || !is_fit {
            return Ok((packed, is_fit));
        }
        self.snapshot = Some(packed.peak_at);
        self.packed(size, control)
    }

    /// Packs the first so many instances and tells an observer, as a run would.
    ///
    /// # Errors
    /// [`Interrupted`] if `control` said so on the way.
    pub(crate) fn tell<O: Observer>(
        &mut self,
        size: usize,
        observer: &mut O,
        control: &Control,
    ) -> Result<(), Interrupted> {
        if !self.load.is_still {
            self.take(size);
            return self.run_for(observer, control);
        }
        let (packed, _) = self.packed(size, control)?;
        let mut is_used = vec![false; size];
        for (task, (request, instance)) in (0..).zip(packed.tasks) {
            let is_first = !std::mem::replace(&mut is_used[instance.index()], true);
            observer.placed(&Start { at: SimTime::ZERO, task, request, instance, is_first, asked: SimTime::ZERO });
        }
        Ok(())
    }

    /// The fleet of the first so many instances.
    pub(crate) fn fleet_of(&mut self, size: usize) -> Fleet {
        self.take(size);
        self.fleet.clone()
    }

    fn pack(&mut self, size: usize, control: &Control, keep: Keep) -> Result<(Packed, bool), Interrupted> {
        if control.cancelled.load(Ordering::Relaxed) {
            return Err(Interrupted);
        }
        self.take(size);
        if self.load.is_still { Ok(self.place_all(keep)) } else { self.run(control) }
    }

    fn place_all(&self, keep: Keep) -> (Packed, bool) {
        let mut engine = FastEngine::new(self.setup());
        let mut packed = Packed::default();
        let mut allowance = self.allowance(self.task_count());
        let mut is_fit = self.place_daemons(&mut engine, &mut packed, &mut allowance);
        packed.daemons = packed.tasks.len();
        for ask in &self.asks {
            if !is_fit && keep == Keep::Verdict {
                break;
            }
            let Packed { tasks, in_use, .. } = &mut packed;
            let mut sink = |placed: Placed| {
                *in_use += usize::from(placed.is_first);
                if keep == Keep::Tasks {
                    tasks.push((ask.request, placed.instance));
                }
            };
            let mut done = engine.place_batch(ask.request, ask.count, &mut sink);
            while done < ask.count {
                let reason = engine.refusal(ask.request);
                is_fit &= self.leave(ask.request, reason, &mut packed, &mut allowance);
                done += 1;
                if !is_fit && keep == Keep::Verdict {
                    break;
                }
                if self.never_again(ask.request) {
                    (done..ask.count)
                        .for_each(|_| is_fit &= self.leave(ask.request, reason, &mut packed, &mut allowance));
                    break;
                }
                let Packed { tasks, in_use, .. } = &mut packed;
                let mut sink = |placed: Placed| {
                    *in_use += usize::from(placed.is_first);
                    if keep == Keep::Tasks {
                        tasks.push((ask.request, placed.instance));
                    }
                };
                done += engine.place_batch(ask.request, ask.count - done, &mut sink);
            }
        }
        (packed, is_fit)
    }

    /// A kind that was refused is refused for as long as nothing stops, unless an expression asks for tasks (P53).
    fn never_again(&self, request: RequestId) -> bool {
        !self.requests[request].member_of.iter().any(|expression| expression.dependence() == Dependence::Tasks)
    }

    fn place_daemons(&self, engine: &mut FastEngine<'_>, packed: &mut Packed, allowance: &mut u64) -> bool {
        let mut is_fit = true;
        for &daemon in &self.daemons {
            for instance in (0..engine.instance_count()).map(InstanceId::from_index) {
                if !engine.is_eligible(daemon, instance) {
                    continue;
                }
                match engine.place_on(daemon, instance) {
                    Ok(placed) => {
                        packed.in_use += usize::from(placed.is_first);
                        packed.tasks.push((daemon, instance));
                    }
                    Err(reason) => is_fit &= self.leave(daemon, reason, packed, allowance),
                }
            }
        }
        is_fit
    }

    /// A task is left out; tells whether that is within the tolerance.
    fn leave(&self, request: RequestId, reason: Reason, packed: &mut Packed, allowance: &mut u64) -> bool {
        LeftOut::add(&mut packed.unplaced, request, reason);
        let may_stay_out = *allowance > 0 && self.picky.get(request.index()).copied().unwrap_or(false);
        *allowance = allowance.saturating_sub(1);
        may_stay_out
    }

    pub(super) fn allowance(&self, tasks: u64) -> u64 {
        u64::try_from(u128::from(tasks) * u128::from(self.tolerance.epsilon) / 1_000_000).unwrap_or(u64::MAX)
    }

    /// Kinds of which few instances of the whole fleet can hold one.
    fn picky_kinds(&mut self) -> Vec<bool> {
        if self.tolerance.epsilon == 0 {
            return Vec::new();
        }
        self.take(self.order.len());
        let mut engine = FastEngine::new(self.setup());
        let kinds = (0..self.requests.table.len()).map(RequestId::from_index);
        let is_picky = |request: RequestId| {
            let mut count = 0;
            for instance in (0..engine.instance_count()).map(InstanceId::from_index) {
                if engine.is_eligible(request, instance) && engine.place_on(request, instance).is_ok() {
                    engine.stop(request, instance);
                    count += 1;
                }
            }
            count <= self.tolerance.picky
        };
        kinds.map(is_picky).collect()
    }
}

/// What a packing keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Whether it fits: it ends at the first task that does not.
    Verdict,
    /// Every task.
    Tasks,
}
