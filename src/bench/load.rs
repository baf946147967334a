//! The load of every bench: four instance types over three zones, eight shapes, services that use them in turn.

use super::rng::Rng;
use crate::model::{
    ClassId, DefinitionId, Demand, Fleet, GroupId, InstanceClass, Only, PackedResource, PlacementOptions, Request,
    RequestId, Requests, Rule, SpreadField, Strategy, TieBreak, ZoneId,
};
use crate::query::Expression;

/// vCPUs of the instance types; each has 4 GiB a vCPU less what the system takes.
pub(super) const VCPUS: [u32; 4] = [4, 8, 16, 32];
pub(super) const ZONES: [&str; 3] = ["a", "b", "c"];
/// Cpu units and MiB.
pub(super) const SHAPES: [(u32, u32); 8] =
    [(512, 1024), (256, 512), (256, 2048), (512, 4096), (1024, 2048), (1024, 1024), (2048, 8192), (4096, 6144)];

/// Of the instances of a pooled policy, so many are in the pool.
const POOL_PERCENT: usize = 30;
const POOL: &str = "attribute:pool == bench";

/// A placement policy of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BenchPolicy {
    /// Name in ids and tables.
    pub name: &'static str,
    /// Its chain, by short names of rules.
    rules: &'static [Short],
    distinct: bool,
    /// Every service is held to [`POOL_PERCENT`] of the instances by a `memberOf` expression.
    pooled: bool,
    tie: TieBreak,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Short {
    Random,
    Zone,
    Instance,
    Cpu,
    Memory,
}

const fn policy(name: &'static str, rules: &'static [Short]) -> BenchPolicy {
    BenchPolicy { name, rules, distinct: false, pooled: false, tie: TieBreak::Order }
}

const fn pooled(name: &'static str, rules: &'static [Short]) -> BenchPolicy {
    BenchPolicy { pooled: true, ..policy(name, rules) }
}

/// Every policy that the bench knows.
pub const POLICIES: [BenchPolicy; 14] = [
    policy("random", &[Short::Random]),
    policy("spread-zone", &[Short::Zone]),
    policy("binpack-memory", &[Short::Memory]),
    policy("binpack-cpu", &[Short::Cpu]),
    policy("spread-instance", &[Short::Instance]),
    policy("zone-spread-instance", &[Short::Zone, Short::Instance]),
    policy("zone-binpack-memory", &[Short::Zone, Short::Memory]),
    BenchPolicy { distinct: true, ..policy("distinct-binpack-memory", &[Short::Memory]) },
    pooled("random-member-of", &[Short::Random]),
    pooled("binpack-memory-member-of", &[Short::Memory]),
    pooled("spread-instance-member-of", &[Short::Instance]),
    BenchPolicy { tie: TieBreak::Random, ..policy("spread-zone-random-ties", &[Short::Zone]) },
    BenchPolicy { tie: TieBreak::Random, ..policy("binpack-memory-random-ties", &[Short::Memory]) },
    BenchPolicy { tie: TieBreak::Random, ..policy("spread-instance-random-ties", &[Short::Instance]) },
];

/// A cluster and what is asked of it.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) fleet: Fleet,
    pub(super) requests: Requests,
    pub(super) options: PlacementOptions,
    /// CPU units of the instances that may take a task.
    pub(super) cpu: u64,
    /// CPU units that a task of each request takes.
    demanded: Vec<u64>,
}

impl Load {
    pub(super) fn new(policy: &BenchPolicy, instances: usize, services: usize) -> Self {
        let fleet = fleet(instances, policy.pooled);
        let classes = fleet.instances.iter().map(|class| &fleet.classes[class.index()]);
        let usable = classes.filter(|class| !policy.pooled || class.attribute("pool").is_some());
        let cpu = usable.map(|class| u64::from(class.cpu.0)).sum();
        let table: Vec<Request> = (0..services).map(|service| request(policy, service)).collect();
        let demanded = table.iter().map(|request| u64::from(request.demand.cpu.0)).collect();
        let groups = (0..services).map(|service| format!("service:s{service}")).collect();
        let options = PlacementOptions { tie_break: policy.tie, ..PlacementOptions::default() };
        Self { fleet, requests: Requests { table, groups, ..Requests::default() }, options, cpu, demanded }
    }

    /// CPU units that a task takes.
    #[inline]
    pub(super) fn cpu_of(&self, request: RequestId) -> u64 {
        self.demanded[request.index()]
    }

    #[inline]
    pub(super) fn draw(&self, rng: &mut Rng) -> RequestId {
        RequestId::from_index(rng.below(self.requests.table.len()))
    }
}

fn fleet(instances: usize, pooled: bool) -> Fleet {
    let mut rng = Rng::new(42);
    let class = |zone: u32, vcpus: u32| {
        let memory = vcpus * 4096 - (256 + 32 * vcpus);
        InstanceClass::new(ZoneId(zone), ZONES[zone as usize], vcpus * 1024, memory)
    };
    let mut classes: Vec<InstanceClass> = (0..3).flat_map(|zone| VCPUS.map(|vcpus| class(zone, vcpus))).collect();
    let outside = classes.len();
    if pooled {
        let mut inside = classes.clone();
        inside.iter_mut().for_each(|class| drop(class.attributes.insert("pool".to_owned(), Some("bench".to_owned()))));
        classes.extend(inside);
    }
    let mut draw = |_| {
        let shift = if pooled && rng.below(100) < POOL_PERCENT { outside } else { 0 };
        ClassId::from_index(shift + rng.below(outside))
    };
    let instances = (0..instances).map(&mut draw).collect();
    Fleet { zones: ZONES.map(str::to_owned).to_vec(), classes, instances, identities: Vec::new() }
}

fn request(policy: &BenchPolicy, service: usize) -> Request {
    let (cpu, memory) = SHAPES[service % SHAPES.len()];
    let rules = policy.rules.iter().map(|rule| match rule {
        Short::Random => Rule::Random,
        Short::Zone => Rule::spread_zones(),
        Short::Instance => Rule::Spread(SpreadField::InstanceId),
        Short::Cpu => Rule::Binpack(PackedResource::Cpu),
        Short::Memory => Rule::Binpack(PackedResource::Memory),
    });
    Request {
        definition: DefinitionId(0),
        group: GroupId::from_index(service),
        demand: Demand::new(cpu, memory),
        requires_attributes: Vec::new(),
        strategy: Strategy(rules.collect()),
        distinct_instance: policy.distinct,
        member_of: policy
            .pooled
            .then(|| Expression::parse(POOL).expect("the expression is valid"))
            .into_iter()
            .collect(),
        only: Only::default(),
    }
}
