//! The fleet and the requests of a row: as in the other benches, four types over three zones and eight shapes.

use super::own::Own;
use super::rows::{Extra, Row};
use crate::bench::load::{SHAPES, VCPUS, ZONES};
use crate::bench::rng::Rng;
use crate::model::{
    ClassId, DefinitionId, Demand, Fleet, GpuDemand, GpuKind, GroupId, Identity, InstanceClass, MemoryMib, Only,
    PackedResource, PlacementOptions, Port, Request, Requests, Rule, SpreadField, Strategy, ZoneId,
};
use crate::query::Expression;
use crate::strategy::{self, Custom};

/// A cluster and what is asked of it.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) fleet: Fleet,
    pub(super) requests: Requests,
    pub(super) options: PlacementOptions,
    /// CPU units of the fleet.
    pub(super) cpu: u64,
}

const GPU_MEMORY: u32 = 16_384;
const TYPES: [&str; 4] = ["m5.xlarge", "m5.2xlarge", "m5.4xlarge", "m5.8xlarge"];
/// Tasks in awsvpc mode that each type takes.
const SLOTS: [u32; 4] = [3, 3, 7, 7];

impl Load {
    pub(super) fn new(row: &Row, instances: usize, services: usize) -> Self {
        let fleet = fleet(row, instances);
        let cpu = fleet.instances.iter().map(|class| u64::from(fleet.classes[class.index()].cpu.0)).sum();
        let services = services.max(row.shapes);
        let table = (0..services).map(|service| request(row, service)).collect();
        let groups = (0..services).map(|service| format!("service:s{service}")).collect();
        let options = PlacementOptions {
            tie_break: row.tie,
            binpack_by_fraction: row.by_fraction,
            absent_attribute_is_bucket: row.absent_is_bucket,
            ..PlacementOptions::default()
        };
        Self { fleet, requests: Requests { table, groups, ..Requests::default() }, options, cpu }
    }
}

/// Which class an instance is of: each combination of what they differ in is one.
#[derive(Clone, Copy)]
struct Kind {
    zone: u32,
    size: usize,
    rack: usize,
    pool: usize,
}

fn fleet(row: &Row, instances: usize) -> Fleet {
    let mut rng = Rng::new(42);
    let mut kinds = Vec::new();
    for pool in 0..row.pools {
        for rack in 0..row.racks {
            kinds.extend((0..3).flat_map(|zone| (0..4).map(move |size| Kind { zone, size, rack, pool })));
        }
    }
    let classes: Vec<InstanceClass> = kinds.iter().map(|&kind| class(row, kind)).collect();
    let drawn = (0..instances).map(|_| ClassId::from_index(rng.below(classes.len()))).collect();
    let asks_which = row.member_of.contains("ec2InstanceId") || row.member_of.contains("registeredAt");
    let identity = |position: usize| Identity {
        ec2_instance_id: Some(format!("i-{position}")),
        registered_at: i64::try_from(position * 3_600).ok(),
        ..Identity::default()
    };
    let identities = (0..if asks_which { instances } else { 0 }).map(identity).collect();
    Fleet { zones: ZONES.map(str::to_owned).to_vec(), classes, instances: drawn, identities }
}

fn class(row: &Row, kind: Kind) -> InstanceClass {
    let vcpus = VCPUS[kind.size];
    let memory = vcpus * 4096 - (256 + 32 * vcpus);
    let mut class = InstanceClass::new(ZoneId(kind.zone), ZONES[kind.zone as usize], vcpus * 1024, memory);
    let mut set = |name: &str, value: String| _ = class.attributes.insert(name.to_owned(), Some(value));
    set("ecs.instance-type", TYPES[kind.size].to_owned());
    set("pool", format!("p{}", kind.pool));
    if row.absent_is_bucket || kind.rack > 0 {
        set("rack", format!("r{}", kind.rack));
    }
    match row.extra {
        Extra::Awsvpc => class.eni_tasks = Some(SLOTS[kind.size]),
        Extra::Gpu => class.gpus = vcpus / 4,
        Extra::GpuMemory => {
            class.gpus = vcpus / 4;
            class.gpu_kind = GpuKind { memory: vec![MemoryMib(GPU_MEMORY); class.gpus as usize], ..GpuKind::default() };
        }
        Extra::Nothing | Extra::Port => {}
    }
    class
}

/// Demands in steps of 64, so that thousands differ.
fn amounts(row: &Row, service: usize) -> (u32, u32) {
    let shape = u32::try_from(service % row.shapes).expect("few shapes");
    if row.shapes == SHAPES.len() { SHAPES[shape as usize] } else { (256 + shape % 100 * 16, 512 + shape / 100 * 32) }
}

fn request(row: &Row, service: usize) -> Request {
    let (cpu, memory) = amounts(row, service);
    let mut demand = Demand::new(cpu, memory);
    match row.extra {
        Extra::Awsvpc => demand.eni_slots = 1,
        Extra::Port => demand.ports = vec![Port::tcp(8_000 + u16::try_from(service % 1_000).expect("few"))],
        Extra::Gpu if service.is_multiple_of(2) => demand.gpus = GpuDemand::Whole(1),
        Extra::GpuMemory if service.is_multiple_of(2) => demand.gpus = GpuDemand::Memory(MemoryMib(GPU_MEMORY / 2)),
        Extra::Nothing | Extra::Gpu | Extra::GpuMemory => {}
    }
    let mut texts = Vec::new();
    if !row.member_of.is_empty() {
        texts.push(row.member_of.replace("{}", &service.to_string()));
    }
    if row.pools > 1 {
        texts.push(format!("attribute:pool == p{}", service % row.pools));
    }
    let member_of = texts.iter().map(|text| Expression::parse(text).expect("the expression is valid")).collect();
    Request {
        definition: DefinitionId(0),
        group: GroupId::from_index(service),
        demand,
        requires_attributes: Vec::new(),
        strategy: Strategy(row.chain.iter().map(|name| rule(name)).collect()),
        distinct_instance: false,
        member_of,
        only: Only::default(),
    }
}

fn rule(name: &str) -> Rule {
    match name {
        "zone" => Rule::spread_zones(),
        "rack" => Rule::Spread(SpreadField::Attribute("rack".to_owned())),
        "type" => Rule::Spread(SpreadField::Attribute("ecs.instance-type".to_owned())),
        "instance" => Rule::Spread(SpreadField::InstanceId),
        "memory" => Rule::Binpack(PackedResource::Memory),
        "cpu" => Rule::Binpack(PackedResource::Cpu),
        "random" => Rule::Random,
        "own-two" => Rule::Custom(Custom::new(Own::Two)),
        "own-five" => Rule::Custom(Custom::new(Own::Five)),
        other => Rule::Custom(strategy::named(other).expect("the rows name rules and strategies")),
    }
}
