//! A load that other programs have decided too: four rules, and the hash of where each task goes.
//!
//! Every instance has 16,384 cpu and 65,536 MiB, instance `i` is in zone `i mod 3`. The shape of task `k` is the top three
//! bits of the `k`-th value of SplitMix64 from state 42; the stream ends before the requested cpu would pass 90 %. Ties go
//! to the lowest index.

use super::{Draws, Engine, FastEngine, ReferenceEngine, Setup};
use crate::model::{
    ClassId, DefinitionId, Demand, Fleet, GroupId, InstanceClass, Only, PackedResource, PlacementOptions, Request,
    RequestId, Requests, Rule, SpreadField, Strategy, ZoneId,
};

const CPU: u32 = 16_384;
const MEMORY: u32 = 65_536;

#[rustfmt::skip]
const SHAPES: [(u32, u32); 8] = [
    (256, 512), (512, 1_024), (1_024, 2_048), (1_024, 4_096), (2_048, 4_096), (2_048, 8_192), (4_096, 8_192), (4_096, 16_384),
];

fn fleet(instances: usize) -> Fleet {
    let zones = ["a", "b", "c"];
    let classes = (0..3).map(|zone| InstanceClass::new(ZoneId(zone), zones[zone as usize], CPU, MEMORY)).collect();
    let instances = (0..instances).map(|position| ClassId::from_index(position % 3)).collect();
    Fleet { zones: zones.map(Into::into).to_vec(), classes, instances, identities: Vec::new() }
}

fn requests(rules: &[Rule]) -> Requests {
    let request = |&(cpu, memory): &(u32, u32)| Request {
        definition: DefinitionId(0),
        group: GroupId(0),
        demand: Demand::new(cpu, memory),
        requires_attributes: Vec::new(),
        strategy: Strategy(rules.to_vec()),
        distinct_instance: false,
        member_of: Vec::new(),
        only: Only::default(),
    };
    Requests { table: SHAPES.iter().map(request).collect(), groups: vec!["service:a".into()], ..Requests::default() }
}

/// The hash of all decisions.
fn hash<E: Engine>(instances: usize, mut engine: E) -> u64 {
    let draws = Draws::new(42);
    let most = instances as u64 * u64::from(CPU) * 9 / 10;
    let mut cpu = 0;
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for number in 0.. {
        let shape = usize::try_from(draws.bits(number) >> 61).unwrap();
        cpu += u64::from(SHAPES[shape].0);
        if cpu > most {
            break;
        }
        let index = engine.place(RequestId::from_index(shape)).map_or(u32::MAX, |placed| placed.instance.0);
        hash = (hash ^ u64::from(index)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

fn check(instances: usize, rules: &[Rule], expected: u64) {
    let (fleet, requests) = (fleet(instances), requests(rules));
    let setup = Setup { fleet: &fleet, requests: &requests, options: PlacementOptions::default(), seed: 0 };
    assert_eq!(hash(instances, FastEngine::new(setup)), expected, "{rules:?} on {instances}");
    if instances <= 100 {
        assert_eq!(
            hash(instances, ReferenceEngine::new(setup)),
            expected,
            "{rules:?} on {instances}, by the reference"
        );
    }
}

#[test]
fn decisions_are_those_of_other_programs() {
    let (pack, spread) = (Rule::Binpack(PackedResource::Memory), Rule::Spread(SpreadField::InstanceId));
    check(100, std::slice::from_ref(&pack), 0x5f5a_0bbc_f20d_c6e1);
    check(1_000, std::slice::from_ref(&pack), 0xe429_f947_126a_f026);
    check(10_000, std::slice::from_ref(&pack), 0x4610_ab7b_b2e0_1cda);
    check(100, std::slice::from_ref(&spread), 0xbb2f_1d17_50b4_ab0d);
    check(1_000, std::slice::from_ref(&spread), 0x2d17_4990_be44_844d);
    check(1_000, &[Rule::spread_zones(), spread], 0x8c62_eacf_3ecc_aade);
    check(1_000, &[Rule::spread_zones(), pack], 0xa5f2_7eb1_2c6c_6b99);
}
