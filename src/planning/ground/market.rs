//! A load and a fleet as B8 sees them: kinds of tasks, and types of instances with what each may hold.
//!
//! Whether a type may hold a kind is asked of the engine, on an empty instance with its daemons; expressions that ask for
//! tasks or for one instance count as true. What the bound ignores is said by [`RELAXED`].

use std::collections::BTreeMap;

use super::load::Load;
use crate::analysis::bounds::patterns::{self, Kind, Limits, Offer, Solved};
use crate::engine::{Engine, FastEngine, Setup};
use crate::model::{
    ClassId, Demand, Fleet, GpuDemand, InstanceClass, InstanceId, MILLI_PER_DEVICE, Port, Request, RequestId, Requests,
    Rule, TaskCount, ZoneId,
};
use crate::query::Dependence;

/// What the bound leaves out of account.
pub const RELAXED: &str = "zones and spread, and expressions that ask for tasks or for one instance";

/// What is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// How many instances.
    Count,
    /// Their price an hour.
    Price,
}

/// How many instances of a type can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Any number.
    Endless,
    /// Those of the fleet, and so many clones of it.
    Fleet {
        /// How many clones.
        clones: u64,
    },
}

/// Kinds and types.
#[derive(Clone, Debug)]
pub struct Market {
    /// The kinds of tasks that are alike for the bound.
    pub kinds: Vec<Kind>,
    /// A request of each kind, for its name.
    pub of_kind: Vec<RequestId>,
    /// For each type of instance the first class of the fleet that is one, and the capacity that daemons leave.
    pub types: Vec<Type>,
    /// The type of each class of the fleet.
    pub type_of: Vec<usize>,
}

/// A type of instance as far as the bound looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// A class that is one.
    pub class: ClassId,
    /// Cpu, memory, thousandths of GPUs, network interfaces.
    pub capacity: Vec<u64>,
    /// Price, where known.
    pub price: Option<u64>,
    /// How many instances of the fleet are one.
    pub instances: u64,
    /// How many instances of a clone of the fleet are one.
    pub cloned: u64,
    /// Its zone; 0 where zones are all the same to the bound.
    pub zone: usize,
}

/// Whether services that spread over zones first are held to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zones {
    Ignored,
    Even,
}

impl Market {
    /// These numbers of tasks on the classes of a fleet.
    #[must_use]
    pub fn of(load: &Load, requests: &Requests, fleet: &Fleet, counts: &[TaskCount]) -> Self {
        Self::with(load, requests, fleet, counts, Zones::Ignored)
    }

    /// The same where what spreads over zones first stands in each of them with as many tasks as in any other, but one;
    /// `None` if nothing does, or there are no two zones.
    #[must_use]
    pub fn even(load: &Load, requests: &Requests, fleet: &Fleet, counts: &[TaskCount]) -> Option<Self> {
        let market = Self::with(load, requests, fleet, counts, Zones::Even);
        market.kinds.iter().any(|kind| !kind.in_zones.is_empty()).then_some(market)
    }

    fn with(load: &Load, requests: &Requests, fleet: &Fleet, counts: &[TaskCount], zones: Zones) -> Self {
        let relaxed = Requests { table: requests.table.iter().map(relaxed).collect(), ..requests.clone() };
        let samples = Fleet {
            instances: (0..fleet.classes.len()).map(ClassId::from_index).collect(),
            identities: Vec::new(),
            ..fleet.clone()
        };
        let setup = Setup { fleet: &samples, requests: &relaxed, options: load.scenario.options, seed: 0 };
        let mut engine = FastEngine::new(setup);
        let mut daemons: Vec<Vec<&Demand>> = vec![Vec::new(); samples.classes.len()];
        for daemon in load.daemons(requests) {
            for instance in samples.ids() {
                if engine.is_eligible(daemon, instance) && engine.place_on(daemon, instance).is_ok() {
                    daemons[instance.index()].push(&relaxed[daemon].demand);
                }
            }
        }
        let capacities: Vec<Vec<u64>> =
            samples.classes.iter().zip(&daemons).map(|(class, held)| left(class, held)).collect();
        let (of_kind, amounts) = kinds(&relaxed, counts);
        let most = |&request: &RequestId| -> Vec<u64> {
            samples.ids().map(|instance| most(&mut engine, &relaxed, request, instance, &capacities, fleet)).collect()
        };
        let most: Vec<Vec<u64>> = of_kind.iter().map(most).collect();
        let mut market = Self::joined(fleet, &relaxed, of_kind, amounts, capacities, most, zones);
        let Self { types, type_of, .. } = &mut market;
        fleet.instances.iter().for_each(|class| types[type_of[class.index()]].instances += 1);
        load.clones.iter().for_each(|class| types[type_of[class.index()]].cloned += 1);
        if zones == Zones::Even {
            market.keep_even(fleet, &relaxed, counts);
        }
        market
    }

    fn joined(
        fleet: &Fleet,
        requests: &Requests,
        of_kind: Vec<RequestId>,
        amounts: Vec<u64>,
        capacities: Vec<Vec<u64>>,
        most: Vec<Vec<u64>>,
        zones: Zones,
    ) -> Self {
        let mut types: Vec<Type> = Vec::new();
        let mut columns: Vec<Vec<u64>> = Vec::new();
        let mut type_of = Vec::with_capacity(fleet.classes.len());
        for (index, (class, capacity)) in fleet.classes.iter().zip(capacities).enumerate() {
            let column: Vec<u64> = most.iter().map(|most| most[index]).collect();
            let price = class.price.map(|price| price.0);
            let zone = if zones == Zones::Even { class.zone.index() } else { 0 };
            let one = Type { class: ClassId::from_index(index), capacity, price, instances: 0, cloned: 0, zone };
            let is_same =
                |known: &Type| known.capacity == one.capacity && known.price == one.price && known.zone == one.zone;
            let found = (0..types.len()).find(|&at| is_same(&types[at]) && columns[at] == column);
            type_of.push(found.unwrap_or(types.len()));
            match found {
                Some(_) => {}
                None => {
                    types.push(one);
                    columns.push(column);
                }
            }
        }
        let classes = Conflicts::of(requests, &of_kind);
        let kind = |(at, (&request, &count)): (usize, (&RequestId, &u64))| Kind {
            demand: amounts_of(&requests[request].demand),
            count,
            most: columns.iter().map(|column| column[at]).collect(),
            conflicts: classes.of_request(&requests[request]),
            in_zones: Vec::new(),
        };
        let kinds = of_kind.iter().zip(&amounts).enumerate().map(kind).collect();
        Self { kinds, of_kind, types, type_of }
    }

    /// Least numbers of tasks in every zone that has instances for them, from the groups that spread over zones first.
    fn keep_even(&mut self, fleet: &Fleet, requests: &Requests, counts: &[TaskCount]) {
        let is_alone = |id: RequestId| {
            counts.iter().filter(|of| of.count > 0 && requests[of.request].group == requests[id].group).count() == 1
        };
        for (kind, &of_kind) in self.kinds.iter_mut().zip(&self.of_kind) {
            let holds = |zone: usize| {
                let mut here =
                    self.types.iter().zip(&kind.most).filter(|(one, _)| one.zone == zone && one.instances > 0);
                fleet.is_known(ZoneId::from_index(zone)) && here.any(|(_, &most)| most > 0)
            };
            let zones: Vec<bool> = (0..fleet.zones.len()).map(holds).collect();
            let number = zones.iter().filter(|holds| **holds).count() as u64;
            let spreads = |of: &&TaskCount| {
                let request = &requests[of.request];
                request.strategy.0.first().is_some_and(Rule::is_spread_zones) && is_alone(of.request)
            };
            let own = counts.iter().filter(|of| is_alike(requests, of_kind, of.request)).filter(spreads);
            let least: u64 = own.filter_map(|of| of.count.checked_div(number)).sum();
            if number > 1 && least > 0 {
                kind.in_zones = zones.iter().map(|&holds| if holds { least } else { 0 }).collect();
            }
        }
    }

    /// A kind that no type holds, if there is one.
    #[must_use]
    pub fn homeless(&self) -> Option<RequestId> {
        let at = self.kinds.iter().position(|kind| kind.most.iter().all(|&most| most == 0))?;
        Some(self.of_kind[at])
    }

    /// Solves B8 on the types; `None` if a price is asked for and unknown.
    #[must_use]
    pub fn solve(&self, goal: Goal, stock: Stock, limits: Limits) -> Option<Solved> {
        Some(patterns::solve(&self.kinds, &self.offers(goal, stock)?, limits))
    }

    /// The types as they are offered; `None` if a price is asked for and unknown.
    pub(crate) fn offers(&self, goal: Goal, stock: Stock) -> Option<Vec<Offer>> {
        let price = |of: &Type| match goal {
            Goal::Count => Some(1),
            Goal::Price => of.price.filter(|&price| price > 0),
        };
        // Of one type alone, what there is of it bounds nothing.
        let supply = |of: &Type| match stock {
            Stock::Fleet { clones } if self.types.len() > 1 => {
                Some(of.instances.saturating_add(of.cloned.saturating_mul(clones)))
            }
            _ => None,
        };
        let offer = |of: &Type| {
            Some(Offer { capacity: of.capacity.clone(), price: price(of)?, supply: supply(of), zone: of.zone })
        };
        self.types.iter().map(offer).collect()
    }
}

fn relaxed(request: &Request) -> Request {
    let mut request = request.clone();
    request.member_of.retain(|expression| expression.dependence() == Dependence::Class);
    request
}

/// Requests that are alike for the bound are one kind: the first of them, with how many there are.
fn kinds(requests: &Requests, counts: &[TaskCount]) -> (Vec<RequestId>, Vec<u64>) {
    let mut of_kind: Vec<RequestId> = Vec::new();
    let mut amounts: Vec<u64> = Vec::new();
    for &TaskCount { request, count } in counts.iter().filter(|of| of.count > 0) {
        match of_kind.iter().position(|&known| is_alike(requests, known, request)) {
            Some(at) => amounts[at] += count,
            None => {
                of_kind.push(request);
                amounts.push(count);
            }
        }
    }
    (of_kind, amounts)
}

/// Whether the bound cannot tell two requests apart.
fn is_alike(requests: &Requests, one: RequestId, other: RequestId) -> bool {
    let (one, other) = (&requests[one], &requests[other]);
    one.demand == other.demand
        && one.requires_attributes == other.requires_attributes
        && one.member_of == other.member_of
        && one.only == other.only
        && one.distinct_instance == other.distinct_instance
        && (!one.distinct_instance || one.group == other.group)
}

/// What a task takes of each resource.
fn amounts_of(demand: &Demand) -> Vec<u64> {
    let gpus = match demand.gpus {
        GpuDemand::Whole(count) => u64::from(count) * u64::from(MILLI_PER_DEVICE),
        GpuDemand::Share(milli) => u64::from(milli),
        _ => 0,
    };
    vec![u64::from(demand.cpu.0), u64::from(demand.memory.0), gpus, u64::from(demand.eni_slots)]
}

/// What daemons leave of an instance.
fn left(class: &InstanceClass, daemons: &[&Demand]) -> Vec<u64> {
    let gpus = match class.gpu_kind.slice {
        None => u64::from(class.gpus) * u64::from(MILLI_PER_DEVICE),
        // What a slice counts for a task is said by how many it holds.
        Some(_) => u64::from(u32::MAX),
    };
    let whole = [
        u64::from(class.cpu.0),
        u64::from(class.memory.0),
        gpus,
        class.eni_tasks.map_or(u64::from(u32::MAX), u64::from),
    ];
    let taken = |r: usize| daemons.iter().map(|demand| amounts_of(demand)[r]).sum::<u64>();
    (0..whole.len()).map(|r| whole[r].saturating_sub(taken(r))).collect()
}

/// How many tasks of a kind an instance of a class holds alone, beside its daemons: never too few.
fn most(
    engine: &mut FastEngine<'_>,
    requests: &Requests,
    request: RequestId,
    instance: InstanceId,
    capacities: &[Vec<u64>],
    fleet: &Fleet,
) -> u64 {
    if engine.place_on(request, instance).is_err() {
        return 0;
    }
    engine.stop(request, instance);
    let kind = &requests[request];
    let (amounts, class) = (amounts_of(&kind.demand), &fleet.classes[instance.index()]);
    let by_room =
        amounts.iter().zip(&capacities[instance.index()]).filter_map(|(&demand, &has)| has.checked_div(demand));
    let by_gpu = kind.demand.gpus.copies(class);
    let alone = (kind.distinct_instance || !kind.demand.ports.is_empty()).then_some(1);
    by_room.chain(by_gpu).chain(alone).min().unwrap_or(u64::from(u32::MAX))
}

/// Numbers for groups and ports of which an instance holds one task.
struct Conflicts {
    groups: BTreeMap<u32, u32>,
    ports: BTreeMap<Port, u32>,
}

impl Conflicts {
    fn of(requests: &Requests, kinds: &[RequestId]) -> Self {
        let (mut groups, mut ports) = (BTreeMap::new(), BTreeMap::new());
        for &kind in kinds {
            let request = &requests[kind];
            if request.distinct_instance {
                let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
                groups.entry(request.group.0).or_insert(next);
            }
        }
        for port in kinds.iter().flat_map(|&kind| &requests[kind].demand.ports) {
            let next = u32::try_from(groups.len() + ports.len()).unwrap_or(u32::MAX);
            ports.entry(*port).or_insert(next);
        }
        Self { groups, ports }
    }

    fn of_request(&self, request: &Request) -> Vec<u32> {
        let group = request.distinct_instance.then(|| self.groups[&request.group.0]);
        group.into_iter().chain(request.demand.ports.iter().map(|port| self.ports[port])).collect()
    }
}
