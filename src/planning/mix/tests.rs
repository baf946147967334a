//! Small markets whose cheapest fleet is known.

use super::{Mix, Question, Totals, mix, offered};
use crate::model::{InstanceClass, LoadFactor, MicroUsdPerHour, Scenario, ZoneId};
use crate::planning::test_support::{ZONES, binpack, scenario};
use crate::planning::{Load, Watch};

fn class(name: &str, zone: u32, cpu: u32, memory: u32, price: u64) -> InstanceClass {
    InstanceClass {
        instance_type: Some(name.to_owned()),
        price: Some(MicroUsdPerHour(price)),
        ..InstanceClass::new(ZoneId(zone), ZONES[zone as usize], cpu, memory)
    }
}

fn mixed(scenario: &Scenario, types: &[(&str, (u32, u32), u64)]) -> Mix {
    let load = Load::of(scenario, LoadFactor::ONE);
    let classes: Vec<_> = types
        .iter()
        .flat_map(|&(name, (cpu, memory), price)| (0..2).map(move |zone| class(name, zone, cpu, memory, price)))
        .collect();
    let question = Question { spot: None, most: 50 };
    mix(&load, &offered(&load, &classes), &scenario.policies[0], question, &Watch::default())
}

/// Tasks that want cpu and tasks that want memory: each type alone wastes the other, both together do not.
#[test]
fn two_types_beat_each_alone_and_the_bound_is_met() {
    let wanted = scenario(&[(0, 10, 10, 9)], &[("c", 8, 1, 4), ("m", 1, 8, 4)], binpack());
    let mix = mixed(&wanted, &[("cpu", (8, 1), 10), ("mem", (1, 8), 10), ("both", (8, 8), 30)]);
    let best = &mix.candidates[0];
    assert_eq!((best.candidate.name.as_str(), best.price()), ("cpu + mem", Some(80)));
    assert_eq!(mix.any.as_ref().unwrap().bound(), Some(80));
    assert_eq!(mix.vetoed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["cpu", "mem"]);
    for one in &mix.candidates {
        assert!(one.price().is_none_or(|price| price >= one.candidate.bound), "{one:?}");
    }
}

#[test]
fn a_candidate_that_cannot_be_the_cheapest_is_not_compacted_and_has_its_bound() {
    let wanted = scenario(&[(0, 10, 10, 9)], &[("a", 5, 5, 6)], binpack());
    let mix = mixed(&wanted, &[("small", (5, 5), 10), ("large", (10, 10), 90)]);
    assert_eq!(mix.candidates[0].price(), Some(60));
    let large = mix.candidates.iter().find(|one| one.candidate.name == "large").unwrap();
    assert!(large.compaction.is_none() && large.candidate.bound == 270);
}

#[test]
fn a_task_that_no_type_holds_ends_it() {
    let wanted = scenario(&[(0, 10, 10, 9)], &[("a", 11, 1, 1)], binpack());
    assert!(mixed(&wanted, &[("small", (5, 5), 10)]).homeless.is_some());
}

#[test]
fn figures_say_how_a_packing_lies() {
    let wanted = scenario(&[(0, 10, 10, 9)], &[("a", 5, 5, 4)], binpack());
    let mix = mixed(&wanted, &[("one", (10, 12), 10)]);
    let figures = mix.candidates[0].figures.unwrap();
    assert_eq!((figures.offered, figures.blast), (Totals { memory: 24, cpu: 20 }, (2, 4)));
    assert_eq!(figures.fragmentation.0, figures.fragmentation.1, "2 MiB are left where nothing fits");
}
