//! How much a decision looks at, at two sizes: that no policy which an index serves passes over more instances in a larger
//! cluster, though most of them are full by what is not cpu or memory. No test measures time.

use super::arbitrary::World;
use super::fast::looks;
use super::{Draws, Engine, FastEngine};
use crate::model::contract::{self, Custom, Ranking, View};
use crate::model::{
    ClassId, DefinitionId, Demand, Fleet, GpuDemand, GroupId, Identity, InstanceClass, InstanceId, Only,
    PackedResource, PlacementOptions, Port, Request, RequestId, Requests, Rule, SpreadField, Strategy, TieBreak,
    ZoneId,
};
use crate::query::Expression;

const SHAPES: [(u32, u32); 4] = [(256, 512), (512, 1_024), (512, 2_048), (1_024, 1_024)];

/// What a case has beside its chain.
#[derive(Clone)]
struct Case {
    rules: Vec<Rule>,
    options: PlacementOptions,
    demand: fn(usize, &mut Demand),
    member_of: Option<&'static str>,
    /// So many services ask for `distinctInstance`.
    distinct: usize,
    racks: u32,
}

fn world(case: &Case, instances: usize) -> World {
    let zones = ["a", "b", "c"];
    let class = |zone: u32, vcpus: u32, rack: u32| {
        let mut class = InstanceClass::new(ZoneId(zone), zones[zone as usize], vcpus * 1_024, vcpus * 4_000);
        class.attributes.insert("rack".to_owned(), Some(format!("r{rack}")));
        InstanceClass { eni_tasks: Some(vcpus - 1), gpus: vcpus / 4, ..class }
    };
    let each = |zone| (0..case.racks).flat_map(move |rack| [4, 8].map(|vcpus| class(zone, vcpus, rack)));
    let classes: Vec<InstanceClass> = (0..3).flat_map(each).collect();
    let draws = Draws::new(11);
    let drawn = (0..instances as u64).map(|number| ClassId::from_index(draws.below(number, classes.len())));
    let identity = |position: usize| Identity { ec2_instance_id: Some(format!("i-{position}")), ..Identity::default() };
    let fleet = Fleet {
        zones: zones.map(str::to_owned).to_vec(),
        instances: drawn.collect(),
        classes,
        identities: (0..instances).map(identity).collect(),
    };
    let request = |service: usize| {
        let mut demand = Demand::new(SHAPES[service % 4].0, SHAPES[service % 4].1);
        (case.demand)(service, &mut demand);
        let text = case.member_of.map(|text| text.replace("{}", &service.to_string()));
        Request {
            definition: DefinitionId(0),
            group: GroupId::from_index(service),
            demand,
            requires_attributes: Vec::new(),
            strategy: Strategy(case.rules.clone()),
            distinct_instance: service < case.distinct,
            member_of: text.iter().map(|text| Expression::parse(text).unwrap()).collect(),
            only: Only::default(),
        }
    };
    let groups = (0..8).map(|service| format!("service:s{service}")).collect();
    let requests = Requests { table: (0..8).map(request).collect(), groups, ..Requests::default() };
    World { fleet, requests, options: case.options, seed: 3 }
}

/// Looks for each operation, of a fill until 40 tasks in a row are refused and of an exchange then, refusals explained.
fn looks_of(case: &Case, instances: usize) -> u64 {
    let world = world(case, instances);
    let mut engine = FastEngine::new(world.setup());
    let draws = Draws::new(5);
    let (mut tasks, mut refused, mut number): (Vec<(RequestId, InstanceId)>, _, _) = (Vec::new(), 0, 0);
    looks::taken();
    while refused < 40 || number % 2 == 1 {
        let request = RequestId::from_index(draws.below(number, 8));
        number += 1;
        match engine.place(request) {
            Some(placed) => {
                refused = 0;
                tasks.push((request, placed.instance));
            }
            None => {
                refused += 1;
                engine.refusal(request);
            }
        }
    }
    for pair in 0..instances as u64 {
        let (request, instance) = tasks.swap_remove(draws.below(pair, tasks.len()));
        engine.stop(request, instance);
        let request = RequestId::from_index(draws.below(number + pair, 8));
        tasks.extend(engine.place(request).map(|placed| (request, placed.instance)));
    }
    assert_ne!(engine.path(RequestId(0)), "scan", "{:?}", case.rules);
    looks::taken() / (number + instances as u64)
}

fn check(case: &Case) {
    let [small, large] = [300, 3_000].map(|instances| looks_of(case, instances));
    let what = (&case.rules, case.member_of, case.options.tie_break);
    assert!(large <= small * 2 + 100, "{what:?}: {small} looks at 300 instances, {large} at 3,000");
    assert!(large < 450, "{what:?}: {large} looks at 3,000 instances");
}

fn chain(rules: &[Rule]) -> Case {
    let options = PlacementOptions::default();
    Case { rules: rules.to_vec(), options, demand: |_, _| {}, member_of: None, distinct: 0, racks: 1 }
}

const MEMORY: Rule = Rule::Binpack(PackedResource::Memory);
const CPU: Rule = Rule::Binpack(PackedResource::Cpu);
const INSTANCE: Rule = Rule::Spread(SpreadField::InstanceId);

#[test]
fn what_is_full_by_slots_ports_or_gpus_is_not_looked_at_again() {
    let zone = Rule::spread_zones();
    let demands: [fn(usize, &mut Demand); 3] = [
        |_, demand| demand.eni_slots = 1,
        |service, demand| demand.ports = vec![Port::tcp(u16::try_from(80 + service).unwrap())],
        |service, demand| demand.gpus = if service.is_multiple_of(2) { GpuDemand::Whole(1) } else { GpuDemand::None },
    ];
    for demand in demands {
        for rules in [vec![MEMORY], vec![zone.clone(), MEMORY], vec![zone.clone(), MEMORY, CPU]] {
            check(&Case { demand, ..chain(&rules) });
        }
    }
}

/// Where they are few that ask for `distinctInstance`, an order tells who holds no task of the group; more walk.
#[test]
fn what_holds_a_task_of_the_group_is_not_looked_at_again() {
    for rules in [vec![MEMORY], vec![Rule::spread_zones(), MEMORY]] {
        let [few, many] = [2, 3].map(|distinct| Case { distinct, ..chain(&rules) });
        check(&few);
        for (case, path) in [(few, "ordered lanes"), (many, "pack index, walked")] {
            assert_eq!(FastEngine::new(world(&case, 30).setup()).path(RequestId(0)), path);
        }
    }
}

#[test]
fn chains_look_at_no_more_instances_in_a_larger_cluster() {
    let (zone, rack) = (Rule::spread_zones(), Rule::Spread(SpreadField::Attribute("rack".to_owned())));
    for rules in [
        vec![MEMORY, CPU],
        vec![zone.clone(), INSTANCE, MEMORY],
        vec![INSTANCE, MEMORY],
        vec![MEMORY, INSTANCE],
        vec![rack.clone(), MEMORY],
        vec![zone.clone(), rack.clone(), MEMORY],
        vec![zone, rack, INSTANCE, MEMORY, CPU],
    ] {
        check(&Case { racks: 3, ..chain(&rules) });
    }
    for tie_break in [TieBreak::FewestTasks, TieBreak::MostRemaining, TieBreak::Random] {
        let options = PlacementOptions { tie_break, ..PlacementOptions::default() };
        check(&Case { options, ..chain(&[MEMORY, CPU]) });
    }
    let options = PlacementOptions { binpack_by_fraction: true, ..PlacementOptions::default() };
    check(&Case { options, ..chain(&[Rule::spread_zones(), MEMORY]) });
}

/// Takes the instance with the most left.
#[derive(Debug)]
struct Emptiest {
    ranking: Ranking,
}

impl contract::Strategy for Emptiest {
    fn name(&self) -> &str {
        "emptiest"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        view.greatest(|candidate| (candidate.memory, candidate.cpu))
    }

    fn ranking(&self) -> Ranking {
        self.ranking
    }
}

/// What must be shown all takes one pass: each instance is looked at once, whoever fits.
#[test]
fn a_strategy_that_sees_all_looks_at_each_instance_once() {
    let rule = Rule::Custom(Custom::new(Emptiest { ranking: Ranking::EachByItself }));
    for rules in [vec![rule.clone()], vec![Rule::spread_zones(), rule]] {
        let world = world(&chain(&rules), 200);
        let mut engine = FastEngine::new(world.setup());
        looks::taken();
        assert_eq!(engine.path(RequestId(0)), "columns");
        for task in 0..20 {
            engine.place(RequestId(task % 8));
        }
        assert_eq!(looks::taken(), 20 * 200, "{rules:?}");
    }
}

#[test]
fn a_strategy_that_ranks_by_amounts_looks_at_what_has_changed() {
    let rule = Rule::Custom(Custom::new(Emptiest { ranking: Ranking::ByAmounts }));
    let world = world(&chain(std::slice::from_ref(&rule)), 200);
    assert_eq!(FastEngine::new(world.setup()).path(RequestId(0)), "contests");
    check(&chain(std::slice::from_ref(&rule)));
    check(&chain(&[Rule::spread_zones(), rule]));
}

#[test]
fn expressions_are_asked_of_the_one_instance_that_changes() {
    for text in [
        "task:group == service:s{} or runningTasksCount == 0",
        "not(task:group == service:s{})",
        "runningTasksCount < 6",
        "not(ec2InstanceId in ['i-{}', 'i-7'])",
    ] {
        check(&Case { member_of: Some(text), ..chain(&[Rule::spread_zones(), MEMORY]) });
    }
}
