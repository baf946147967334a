//! What a random edit of a scenario may not change: the draws of everything that was there before.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use super::fixture::{scenario, source};
use crate::model::{
    Arrivals, DefinitionId, Groups, Happening, HappeningKind, Lifetime, Requests, Scenario, Service, ServiceSettings,
    SimSpan, SimTime, SpotInterruption, StreamName, TaskSource, TieBreak,
};
use crate::workload::Workload;

/// A source of one of a few groups, so that some are equal in family and group.
fn sources() -> impl Strategy<Value = TaskSource> {
    let arrivals = prop_oneof![
        Just(Arrivals::AtOnce),
        (1..40_u32).prop_map(|rate| Arrivals::Poisson { rate_per_hour: f64::from(rate) }),
    ];
    (arrivals, 0..3_u32, 0..3_u32, any::<bool>()).prop_map(|(arrivals, group, family, has_many)| {
        let lifetime = Lifetime::Exponential { mean: SimSpan::HOUR };
        let mut source = source(arrivals, lifetime, Some(20));
        source.shapes.retain(|shape| shape.definition.0 >= family);
        if has_many {
            let sizes = crate::model::CountLaw::BoundedZeta { exponent: 1.5, maximum: 9 };
            source.groups = Some(Groups { prefix: format!("many{group}"), count: 4, sizes, one_shape: family == 1 });
        } else {
            source.group = Some(format!("g{group}"));
        }
        source
    })
}

/// Something that is done to a scenario's file.
#[derive(Clone, Debug)]
enum Edit {
    Rename(String),
    /// A source of a group of its own, somewhere.
    Source(Index, Box<TaskSource>),
    Service(Index),
    /// A spot interruption at a time of its own, which is odd.
    Happening(u32),
    /// A source is taken away.
    Remove(Index),
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        "[a-z]{1,9}".prop_map(Edit::Rename),
        (any::<Index>(), sources()).prop_map(|(place, source)| {
            Edit::Source(place, Box::new(TaskSource { group: Some("new".to_owned()), groups: None, ..source }))
        }),
        any::<Index>().prop_map(Edit::Service),
        (0..50_u32).prop_map(Edit::Happening),
        any::<Index>().prop_map(Edit::Remove),
    ]
}

fn interruption(at: u64) -> Happening {
    let spec = SpotInterruption { count: 1, zone: None, notice: SimSpan(1), replaced_after: None };
    Happening { at: SimTime(at), what: HappeningKind::SpotInterruption(spec) }
}

impl Edit {
    /// Answers the identity of a source that went, whose equals may have moved up.
    fn apply(self, scenario: &mut Scenario) -> Option<String> {
        match self {
            Self::Rename(name) => scenario.name = name,
            Self::Source(place, source) => {
                scenario.sources.insert(place.index(scenario.sources.len() + 1), *source);
            }
            Self::Service(place) => {
                let service = Service {
                    name: "new".to_owned(),
                    definition: DefinitionId(0),
                    desired_count: 2,
                    strategy: None,
                    constraints: Vec::new(),
                    settings: ServiceSettings::default(),
                };
                scenario.services.insert(place.index(scenario.services.len() + 1), service);
            }
            Self::Happening(at) => {
                scenario.happenings.push(interruption(u64::from(at) * 2 + 1));
                scenario.happenings.sort_by_key(|happening| happening.at);
            }
            Self::Remove(which) if !scenario.sources.is_empty() => {
                let which = which.index(scenario.sources.len());
                let name = scenario.source_names().swap_remove(which);
                scenario.sources.remove(which);
                return Some(name.what);
            }
            Self::Remove(_) => {}
        }
        None
    }
}

/// Time, family and life of a task.
type Task = (SimTime, String, Option<SimSpan>);

/// The tasks of every source by its name, each drawn alone from the whole scenario.
fn drawn(scenario: &Scenario) -> BTreeMap<(String, u32), Vec<Task>> {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    let mut owner = BTreeMap::new();
    let names = scenario.source_names();
    for (StreamName { what, number }, requests) in names.iter().zip(&requests.sources) {
        requests.iter().for_each(|request| _ = owner.insert(request.0, (what.clone(), *number)));
    }
    let mut tasks: BTreeMap<(String, u32), Vec<Task>> = BTreeMap::new();
    for task in Workload::new(scenario, &requests, 7) {
        let request = &requests[task.request];
        let (family, group) =
            (&scenario.definitions[request.definition.index()].family, &requests.groups[request.group.index()]);
        let task_is = (task.at, format!("{family} of {group}"), task.life);
        tasks.entry(owner[&task.request.0].clone()).or_default().push(task_is);
    }
    tasks
}

/// The streams of placement of every source by its name.
fn streams(scenario: &Scenario) -> BTreeMap<(String, u32), Vec<u64>> {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    let of = |requests_of: &Vec<crate::model::RequestId>| {
        requests_of.iter().map(|request| requests.streams[request.index()]).collect()
    };
    let names = scenario.source_names().into_iter().map(|StreamName { what, number }| (what, number));
    names.zip(requests.sources.iter().map(of)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_draws_nothing_else_anew(
        sources in prop::collection::vec(sources(), 1..6),
        edits in prop::collection::vec(edits(), 1..5),
    ) {
        let mut edited = scenario(sources);
        edited.options.tie_break = TieBreak::Random;
        edited.happenings = [0, 10, 10, 40].map(interruption).to_vec();
        let before = (drawn(&edited), streams(&edited), edited.happening_names());
        let mut gone: Vec<String> = Vec::new();
        edits.into_iter().for_each(|edit| gone.extend(edit.apply(&mut edited)));
        let after = (drawn(&edited), streams(&edited), edited.happening_names());
        for (name, tasks) in before.0.iter().filter(|(name, _)| !gone.contains(&name.0)) {
            prop_assert_eq!(after.0.get(name), Some(tasks), "{:?}", name);
        }
        for (name, streams) in before.1.iter().filter(|(name, _)| !gone.contains(&name.0)) {
            prop_assert_eq!(after.1.get(name), Some(streams), "{:?}", name);
        }
        for name in before.2 {
            prop_assert!(after.2.contains(&name), "{:?} is not of {:?}", name, after.2);
        }
    }
}

/// Frozen: the names of streams of placement, and so every random choice.
#[test]
fn streams_of_placement_are_frozen() {
    let group = |group: &str| TaskSource {
        group: Some(group.to_owned()),
        ..source(Arrivals::AtOnce, Lifetime::Forever, Some(1))
    };
    let mut scenario = scenario(vec![group("a"), group("b"), group("a")]);
    scenario.options.tie_break = TieBreak::Random;
    scenario.policies[0].strategy = Some(crate::model::Strategy::default());
    let of_ties: Vec<u64> = streams(&scenario).into_values().map(|streams| streams[0]).collect();
    scenario.policies[0].strategy = Some(crate::model::Strategy(vec![crate::model::Rule::Random]));
    let of_rules: Vec<u64> = streams(&scenario).into_values().map(|streams| streams[0]).collect();
    // FNV-1a of `tie\n0\na`, `tie\n1\na`, `tie\n0\nb`, and the same of `strategy`.
    assert_eq!(of_ties, TIES);
    assert_eq!(of_rules, RULES);
}

const TIES: [u64; 3] = [0x36e7_c0c0_e56d_deae, 0x2e4c_9fc0_e092_b64d, 0x36e7_bfc0_e56d_dcfb];
const RULES: [u64; 3] = [0xcdb6_9541_f292_6697, 0xd6a4_c641_f7b5_6750, 0xcdb6_9641_f292_684a];
