//! Engines whose tables grow are those that knew all from the start.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;

use super::arbitrary::{Step, World, programs, worlds};
use super::proptests::{Hold, Known, Twins, holds};
use super::{Engine, FastEngine, Grows, Growth, ReferenceEngine, Setup, Tables, Turned};
use crate::model::{
    ClassId, Fleet, InstanceClass, InstanceId, PackedResource, Request, RequestId, Requests, Rule, Shared, SpreadField,
};

/// More is known from now on.
#[derive(Clone, Debug)]
struct Growing {
    requests: usize,
    classes: usize,
    /// An instance that is of another class.
    turned: Option<Index>,
}

fn growing() -> impl Strategy<Value = Growing> {
    (0..3_usize, 0..2_usize, prop::option::weighted(0.3, any::<Index>()))
        .prop_map(|(requests, classes, turned)| Growing { requests, classes, turned })
}

/// Each class once more with another attribute, behind the others, so that instances may turn; and each kind once more as
/// of another task definition.
fn doubled(mut world: World, known: &Known) -> World {
    let turned = world.fleet.classes.clone().into_iter().map(|mut class: InstanceClass| {
        let value = if class.attributes.contains_key("stack") { None } else { Some("prod".to_owned()) };
        class.attributes.insert("stack".to_owned(), value);
        class
    });
    world.fleet.classes.extend(turned.collect::<Vec<_>>());
    let twin = |request: &Request| Request { definition: crate::model::DefinitionId(1), ..request.clone() };
    world.requests.table.extend(world.requests.table.iter().map(twin).collect::<Vec<_>>());
    world.requests.holds = true;
    world.fleet.instances.retain(|class| class.index() < known.classes);
    world.fleet.identities.truncate(world.fleet.instances.len());
    world
}

/// The tables as far as they are known.
fn tables(world: &World, known: Known) -> (Arc<Fleet>, Arc<Requests>) {
    let (mut fleet, mut requests) = (world.fleet.clone(), world.requests.clone());
    fleet.classes.truncate(known.classes);
    requests.table.truncate(known.requests);
    let groups = requests.table.iter().map(|request| request.group.index() + 1).max().unwrap_or(0);
    requests.groups.truncate(groups);
    (Arc::new(fleet), Arc::new(requests))
}

fn owned(world: &World, known: Known) -> Tables<'static> {
    let (fleet, requests) = tables(world, known);
    Tables { fleet: Shared::Owned(fleet), requests: Shared::Owned(requests), options: world.options, seed: world.seed }
}

impl Twins<'_, 'static> {
    /// The fast engine, and the reference too if it does not know all, is told what more there is.
    fn grow(&mut self, growing: &Growing, all: Known, reference_grows: bool) {
        self.known.requests = (self.known.requests + growing.requests).min(all.requests);
        self.known.classes = (self.known.classes + growing.classes).min(all.classes);
        let instances = self.fast.instance_count();
        let turn = growing.turned.filter(|_| instances > 0).map(|index| {
            self.known.classes = all.classes;
            let instance = InstanceId::from_index(index.index(instances));
            let (class, half) = (self.fast.class(instance).index(), all.classes / 2);
            Turned { instance, class: ClassId::from_index(if class < half { class + half } else { class - half }) }
        });
        let turned: Vec<Turned> = turn.into_iter().collect();
        let tasks = || self.tasks.iter().map(|task| (task.0, task.1)).collect::<Vec<_>>();
        let (fleet, requests) = tables(self.world, self.known);
        self.fast.grow(&Growth { fleet, requests, turned: &turned, tasks: &tasks });
        if reference_grows || !turned.is_empty() {
            let (fleet, requests) = tables(self.world, if reference_grows { self.known } else { all });
            self.reference.grow(&Growth { fleet, requests, turned: &turned, tasks: &tasks });
        }
    }
}

/// What is done, and how much is known when.
struct Course<'p> {
    /// Requests and classes that are known from the start.
    first: [Index; 2],
    program: &'p [Step],
    growings: &'p [Growing],
    holds: &'p [Hold],
    reference_grows: bool,
}

/// Runs a program while what is known grows.
fn check(world: World, course: Course<'_>) -> TestCaseResult {
    let Course { first: [requests, classes], program, growings, holds, reference_grows } = course;
    let known = Known {
        requests: 1 + requests.index(world.requests.table.len()),
        classes: 1 + classes.index(world.fleet.classes.len()),
    };
    let world = doubled(world, &known);
    let all = Known { requests: world.requests.table.len(), classes: world.fleet.classes.len() };
    let fast = FastEngine::over(owned(&world, known));
    let reference = ReferenceEngine::over(owned(&world, if reference_grows { known } else { all }));
    let mut twins = Twins { world: &world, known, fast, reference, tasks: Vec::new() };
    for (position, step) in program.iter().enumerate() {
        twins.step(step)?;
        if position % 7 == 3 {
            twins.hold(&holds[position % holds.len()])?;
        }
        if position % 9 == 8 {
            twins.grow(&growings[position / 9 % growings.len()], all, reference_grows);
            twins.compare_state()?;
        }
    }
    twins.compare_state()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// A kind that is learned late is placed as by an engine that knew it from the start, and so are the others.
    #[test]
    fn a_grown_engine_chooses_as_one_that_knew_all(
        world in worlds(),
        first in any::<[Index; 2]>(),
        program in programs(90),
        growings in prop::collection::vec(growing(), 10),
        holds in prop::collection::vec(holds(), 8),
    ) {
        let course = Course { first, program: &program, growings: &growings, holds: &holds, reference_grows: false };
        check(world, course)?;
    }

    /// Both engines grow alike.
    #[test]
    fn the_reference_grows_as_the_fast_engine_does(
        world in worlds(),
        first in any::<[Index; 2]>(),
        program in programs(60),
        growings in prop::collection::vec(growing(), 7),
        holds in prop::collection::vec(holds(), 8),
    ) {
        let course = Course { first, program: &program, growings: &growings, holds: &holds, reference_grows: true };
        check(world, course)?;
    }

    /// A copy goes its own way, and the same way if it is told the same.
    #[test]
    fn a_copy_is_the_engine_itself(world in worlds(), before in programs(60), after in programs(60)) {
        let all = Known { requests: world.requests.table.len(), classes: world.fleet.classes.len() };
        let (fast, reference) = (FastEngine::over(owned(&world, all)), ReferenceEngine::over(owned(&world, all)));
        let mut origin = Twins { world: &world, known: all, fast, reference, tasks: Vec::new() };
        before.iter().try_for_each(|step| origin.step(step))?;
        let (fast, reference, tasks) = (origin.fast.clone(), origin.reference.clone(), origin.tasks.clone());
        let mut copy = Twins { world: &world, known: all, fast, reference, tasks };
        for step in &after {
            copy.step(step)?;
        }
        copy.compare_state()?;
        origin.compare_state()?;
        after.iter().try_for_each(|step| origin.step(step))?;
        prop_assert_eq!(origin.tasks, copy.tasks);
    }
}

/// A kind of one unit of each, with nothing else to ask for.
fn plain() -> Request {
    Request {
        definition: crate::model::DefinitionId(0),
        group: crate::model::GroupId(0),
        demand: crate::model::Demand::new(1, 1),
        requires_attributes: Vec::new(),
        strategy: crate::model::Strategy::default(),
        distinct_instance: false,
        member_of: Vec::new(),
        only: crate::model::Only::default(),
    }
}

/// What a grown engine is asked for costs a decision nothing: a twin has the plan of its elder.
#[test]
fn a_kind_like_a_known_one_is_placed_the_same_way() {
    let fleet = Fleet {
        zones: vec!["a".into()],
        classes: vec![InstanceClass::new(crate::model::ZoneId(0), "a", 4, 4)],
        instances: vec![ClassId(0); 3],
        identities: Vec::new(),
    };
    let request = Request { distinct_instance: true, ..plain() };
    let next = Request { definition: crate::model::DefinitionId(1), ..request.clone() };
    let of =
        |table: Vec<Request>| Arc::new(Requests { table, groups: vec!["service:web".into()], ..Requests::default() });
    let fleet = Arc::new(fleet);
    let tables = Tables {
        fleet: Shared::Owned(Arc::clone(&fleet)),
        requests: Shared::Owned(of(vec![request.clone()])),
        options: Default::default(),
        seed: 0,
    };
    let mut engine = FastEngine::over(tables);
    assert_eq!(engine.place(RequestId(0)).map(|placed| placed.instance), Some(InstanceId(0)));
    let tasks = || unreachable!("a twin needs to know no task");
    engine.grow(&Growth { fleet, requests: of(vec![request, next]), turned: &[], tasks: &tasks });
    assert_eq!(engine.path(RequestId(1)), engine.path(RequestId(0)));
    let placed: Vec<Option<u32>> = (0..3).map(|_| engine.place(RequestId(1)).map(|placed| placed.instance.0)).collect();
    assert_eq!(placed, [Some(1), Some(2), None], "the group is one");
    engine.validate().unwrap();
}

/// A fleet may have no class yet: whatever the chain, there is nowhere to look.
#[test]
fn a_cluster_without_classes_refuses_under_every_chain() {
    let spread_zones = Rule::spread_zones;
    let spread_instances = || Rule::Spread(SpreadField::InstanceId);
    let binpack = || Rule::Binpack(PackedResource::Memory);
    let chains = [
        vec![spread_zones()],
        vec![spread_instances()],
        vec![binpack()],
        vec![Rule::Random],
        vec![spread_zones(), spread_instances(), binpack()],
        // By keys alone.
        vec![binpack(), Rule::Binpack(PackedResource::Cpu)],
    ];
    let fleet = Fleet::default();
    for chain in chains {
        let request = Request { strategy: crate::model::Strategy(chain), ..plain() };
        let requests = Requests { table: vec![request], groups: vec!["service:web".into()], ..Requests::default() };
        let setup = Setup { fleet: &fleet, requests: &requests, options: Default::default(), seed: 0 };
        assert_eq!(FastEngine::new(setup).place(RequestId(0)), None, "{:?}", requests[RequestId(0)].strategy);
    }
}
