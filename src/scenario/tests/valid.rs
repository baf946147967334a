//! What valid scenarios mean.

use super::{MINIMAL, problems, valid};
use crate::model::{
    Arrivals, Bound, ComparisonPlan, Constraint, CountLaw, HappeningKind, InstanceId, LifeQuantile, Lifetime,
    PackedResource, Port, RateCurve, Rule, SimSpan, SimTime, SpreadField, Strategy, TieBreak,
};

/// [`MINIMAL`] and more.
fn with(more: &str) -> crate::model::Scenario {
    valid(&format!("{MINIMAL}\n{more}")).scenario
}

/// A cluster of its own, and a name.
fn cluster(tables: &str) -> crate::model::Fleet {
    valid(&format!("name = 'x'\n{tables}")).scenario.fleet
}

const TASK: &str = "[[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n";

#[test]
fn a_minimal_scenario_runs_with_every_default_named() {
    let scenario = with("");
    assert_eq!((scenario.name.as_str(), scenario.seeds, scenario.horizon), ("minimal", 11, None));
    assert_eq!(scenario.policies.len(), 1);
    assert_eq!((scenario.policies[0].name.as_str(), &scenario.policies[0].strategy), ("ecs-default", &None));
    insta::assert_snapshot!(
        scenario
            .defaults
            .iter()
            .map(|(key, value, source)| format!("{key} = {value}   # {source}\n"))
            .collect::<String>()
    );
}

#[test]
fn g_9_and_g_10_registered_memory_of_m4_large() {
    let memory = |more: &str| {
        let fleet = cluster(&format!("[cluster]\nzones = ['a']\n{more}\n[[cluster.instances]]\ntype = 'm4.large'"));
        fleet.class(InstanceId(0)).memory.0
    };
    assert_eq!(memory(""), 7_985);
    assert_eq!(memory("reserved-memory = 256"), 7_729);
    assert_eq!(memory("registered-memory = 'nominal'"), 8_192);
    assert_eq!(memory("registered-memory = 'estimated'"), 7_984);
    assert_eq!(memory("registered-memory = { percent = 97.5 }"), 7_987);
}

#[test]
fn g_7_a_vcpu_is_1024_units() {
    assert_eq!(with("").fleet.class(InstanceId(0)).cpu.0, 2_048);
}

#[test]
fn instances_are_dealt_over_their_zones_from_the_first() {
    let fleet = cluster(
        "[cluster]\nzones = ['a', 'b', 'c']\n[[cluster.instances]]\ntype = 'm5.large'\ncount = 4\n\
         [[cluster.instances]]\ncpu = 1024\nmemory = 1000\ncount = 3\nzones = ['c', 'a']",
    );
    let zones: Vec<u32> = fleet.ids().map(|id| fleet.class(id).zone.0).collect();
    assert_eq!(zones, [0, 1, 2, 0, 2, 0, 2]);
    assert_eq!(fleet.classes.len(), 5);
}

#[test]
fn the_catalogue_fills_in_what_is_not_written() {
    let fleet = with("count = 2\nattributes = { stack = 'prod', ssd = true }").fleet;
    let class = fleet.class(InstanceId(1));
    assert_eq!((class.eni_tasks, class.gpus, class.price.map(|price| price.0)), (Some(2), 0, Some(96_000)));
    assert_eq!(class.attribute("ecs.instance-type"), Some(Some("m5.large")));
    assert_eq!(class.attribute("ecs.availability-zone"), Some(Some("b")));
    assert_eq!(class.attribute("ecs.os-type"), Some(Some("linux")));
    assert_eq!(class.attribute("ecs.cpu-architecture"), Some(Some("x86_64")));
    assert_eq!(class.attribute("ecs.capability.task-eni"), Some(None));
    assert_eq!(class.attribute("ecs.awsvpc-trunk-id"), None);
    assert_eq!((class.attribute("stack"), class.attribute("ssd")), (Some(Some("prod")), Some(None)));
}

#[test]
fn what_is_written_wins_over_the_catalogue() {
    let fleet = with(
        "cpu = 1000\nmemory = 5000\nreserved-memory = 100\ngpu = 2\neni-tasks = 9\nprice-usd-per-hour = 0.0965\n\
         reserved-ports = ['53/udp', 22]\nagent-version = '1.75.3'\nagent-connected = false\nawsvpc-trunking = true",
    )
    .fleet;
    let class = fleet.class(InstanceId(0));
    assert_eq!((class.cpu.0, class.memory.0, class.gpus, class.eni_tasks), (1_000, 4_900, 2, Some(9)));
    assert_eq!(class.price.map(|price| price.0), Some(96_500));
    assert_eq!(class.reserved_ports, [Port::tcp(22), Port::udp(53)]);
    assert_eq!((class.agent_version.as_deref(), class.agent_connected), (Some("1.75.3"), false));
    assert_eq!(class.attribute("ecs.awsvpc-trunk-id"), Some(None));
}

#[test]
fn g_12_trunking_raises_the_limit_of_awsvpc_tasks() {
    let limit = |more: &str| {
        let text = format!("[cluster]\nzones = ['a']\n{more}[[cluster.instances]]\ntype = 'c5.large'");
        cluster(&text).class(InstanceId(0)).eni_tasks
    };
    assert_eq!(limit(""), Some(2));
    assert_eq!(limit("awsvpc-trunking = true\n"), Some(10));
}

#[test]
fn network_modes_decide_what_ports_take() {
    let demand = |mode: &str| {
        let text = format!("{TASK}ports = ['80', '53/udp', 443]\nnetwork-mode = '{mode}'");
        with(&text).definitions[0].demand.clone()
    };
    let ports = vec![Port::udp(53), Port::tcp(80), Port::tcp(443)];
    assert_eq!((demand("bridge").ports, demand("bridge").eni_slots), (ports.clone(), 0));
    assert_eq!(demand("host").ports, ports);
    assert_eq!((demand("awsvpc").ports, demand("awsvpc").eni_slots), (vec![], 1));
}

#[test]
fn a_task_definition_names_attributes_and_expressions() {
    let definition = with(&format!(
        "{TASK}requires-attributes = [{{ name = 'ecs.os-type', value = 'linux' }}, {{ name = 'ecs.cpu-architecture' }}]\n\
         placementConstraints = [{{ type = 'memberOf', expression = 'attribute:ecs.os-type == linux' }}]"
    ))
    .definitions
    .remove(0);
    let names = [("ecs.os-type".to_owned(), Some("linux".to_owned())), ("ecs.cpu-architecture".to_owned(), None)];
    assert_eq!(definition.requires_attributes, names);
    assert_eq!(definition.member_of.len(), 1);
}

#[test]
fn services_and_tasks_name_their_definitions() {
    let scenario = with(&format!(
        "{TASK}[[task-definitions]]\nfamily = 'g'\ncpu = 1\nmemory = 1\n\
         [[services]]\nname = 's'\ntask-definition = 'g'\ndesired-count = 3\nplacementStrategy = [{{ type = 'random' }}]\n\
         [[tasks]]\nshapes = [{{ task-definition = 'f', weight = 3 }}, {{ task-definition = 'g' }}]\ncount = 7\n\
         group = 'batch'\nstart = '5m'"
    ));
    let service = &scenario.services[0];
    assert_eq!((service.name.as_str(), service.definition.0, service.desired_count), ("s", 1, 3));
    assert_eq!(service.strategy, Some(Strategy::run_task_default()));
    let source = &scenario.sources[0];
    let shapes: Vec<(u32, u32)> = source.shapes.iter().map(|shape| (shape.definition.0, shape.weight)).collect();
    assert_eq!(shapes, [(0, 3), (1, 1)]);
    assert_eq!((source.count, source.group.as_deref(), source.start), (Some(7), Some("batch"), SimTime(300_000)));
    assert_eq!((&source.arrivals, &source.lifetime), (&Arrivals::AtOnce, &Lifetime::Forever));
}

#[test]
fn every_law_of_arrivals() {
    let arrivals = |law: &str| {
        let text = format!("{TASK}[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = {law}");
        with(&text).sources.remove(0).arrivals
    };
    assert_eq!(arrivals("{ model = 'at-once' }"), Arrivals::AtOnce);
    assert_eq!(arrivals("{ model = 'poisson', rate-per-hour = 900 }"), Arrivals::Poisson { rate_per_hour: 900.0 });
    assert_eq!(
        arrivals(
            "{ model = 'batch-poisson', batches-per-hour = 0.5, batch-sizes = [{ size = 2, weight = 3 }, { size = 9 }] }"
        ),
        Arrivals::BatchPoisson {
            batches_per_hour: 0.5,
            batch_sizes: CountLaw::Weighted(vec![(2, 3), (9, 1)]),
            daily: None
        }
    );
    let profile = format!("{{ model = 'hourly-profile', rate-per-hour = 10, profile = [{}] }}", ["1.5"; 24].join(","));
    assert_eq!(arrivals(&profile), Arrivals::Daily { rate_per_hour: 10.0, curve: RateCurve::Hourly(vec![1.5; 24]) });
}

#[test]
fn every_law_of_lifetimes() {
    let lifetime = |law: &str| {
        let text = format!("{TASK}[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = {law}");
        with(&text).sources.remove(0).lifetime
    };
    let secs = SimSpan::from_secs;
    assert_eq!(lifetime("{ model = 'forever' }"), Lifetime::Forever);
    assert_eq!(lifetime("{ model = 'constant', value = '90s' }"), Lifetime::Constant(secs(90)));
    assert_eq!(lifetime("{ model = 'exponential', mean = '1m' }"), Lifetime::Exponential { mean: secs(60) });
    assert_eq!(
        lifetime("{ model = 'lognormal', median = '4m', p99 = '2h' }"),
        Lifetime::Lognormal { median: secs(240), p99: secs(7_200), cap: secs(72_000) }
    );
    assert_eq!(
        lifetime("{ model = 'lognormal', median = '4m', p99 = '2h', cap = '1d' }"),
        Lifetime::Lognormal { median: secs(240), p99: secs(7_200), cap: secs(86_400) }
    );
    assert_eq!(
        lifetime("{ model = 'bounded-pareto', low = '1s', high = '1d', alpha = 0.75 }"),
        Lifetime::BoundedPareto { low: secs(1), high: secs(86_400), alpha: 0.75 }
    );
    assert_eq!(
        lifetime("{ model = 'empirical', quantiles = [{ p = 0, value = '1s' }, { p = 1.0, value = '9s' }] }"),
        Lifetime::Empirical(vec![
            LifeQuantile { probability: 0.0, life: secs(1) },
            LifeQuantile { probability: 1.0, life: secs(9) }
        ])
    );
}

#[test]
fn placement_takes_the_spellings_of_the_aws_api() {
    let strategy = |written: &str| {
        let text = format!("[[policies]]\nname = 'p'\nplacementStrategy = {written}");
        with(&text).policies.remove(0).strategy
    };
    let by_instance = Some(Strategy(vec![Rule::Spread(SpreadField::InstanceId)]));
    for field in ["instanceId", "host", "HOST", "instanceid"] {
        assert_eq!(strategy(&format!("[{{ type = 'spread', field = '{field}' }}]")), by_instance, "{field}");
    }
    for (field, packed) in [("cpu", PackedResource::Cpu), ("MEMORY", PackedResource::Memory)] {
        let expected = Some(Strategy(vec![Rule::Binpack(packed)]));
        assert_eq!(strategy(&format!("[{{ type = 'binpack', field = '{field}' }}]")), expected, "{field}");
    }
    let json = r#"'[{"type":"spread","field":"attribute:ecs.availability-zone"},{"type":"random","field":null}]'"#;
    assert_eq!(strategy(json), Some(Strategy(vec![Rule::spread_zones(), Rule::Random])));
    assert_eq!(strategy("[]"), None);
}

#[test]
fn templates_are_those_of_the_console() {
    let policy = |name: &str| with(&format!("[[policies]]\nname = 'p'\ntemplate = '{name}'")).policies.remove(0);
    let pack = || Rule::Binpack(PackedResource::Memory);
    assert_eq!(policy("az-balanced-spread").strategy, Some(Strategy::service_default()));
    assert_eq!(policy("az-balanced-binpack").strategy, Some(Strategy(vec![Rule::spread_zones(), pack()])));
    assert_eq!(policy("binpack").strategy, Some(Strategy(vec![pack()])));
    assert_eq!(policy("random").strategy, Some(Strategy(vec![Rule::Random])));
    let one_per_host = policy("one-task-per-host");
    assert_eq!((one_per_host.strategy, one_per_host.constraints), (None, vec![Constraint::DistinctInstance]));
    assert_eq!(policy("custom").strategy, None);
}

#[test]
fn a_baseline_decides_among_what_the_rules_leave() {
    let text = "[[policies]]\nname = 'a'\nbaseline = 'fgd'\n\
                [[policies]]\nname = 'b'\nbaseline = 'best-fit'\ntemplate = 'az-balanced-binpack'";
    let chains: Vec<String> =
        with(text).policies.into_iter().map(|policy| policy.strategy.unwrap().to_string()).collect();
    assert_eq!(chains, ["fgd", "spread(attribute:ecs.availability-zone), binpack(memory), best-fit"]);
}

#[test]
fn what_is_compared_is_fixed_before_the_runs() {
    let comparison =
        with("[comparison]\nprimary = 'tasks_placed'\nsmallest-effect = 2\nbaseline = 'ecs-default'").comparison;
    assert_eq!(comparison.primary.as_deref(), Some("tasks_placed"));
    assert_eq!((comparison.smallest_effect, comparison.baseline.as_deref()), (Some(2.0), Some("ecs-default")));
    assert_eq!(with("").comparison, ComparisonPlan::default());
}

#[test]
fn options_happenings_and_expectations() {
    let scenario = with(
        "count = 2\n\
         [options]\ntie-break = 'fewest-tasks'\nspread-counts-draining = false\nabsent-attribute = 'exclude'\n\
         binpack-measure = 'fraction'\nretry-interval = '2m'\n\
         [[happenings]]\nat = '3h'\nzone-lost = 'b'\n[[happenings]]\nat = '1h'\ninstance-drained = 'i-00000001'\n\
         [[happenings]]\nat = '3h'\nzone-returned = 'b'\n[[happenings]]\nat = '2h'\ninstance-activated = 'i-00000001'\n\
         [expected]\nchecks = [{ policy = 'ecs-default', metric = 'tasks_placed', at-least = 3 },\n\
         { policy = 'ecs-default', metric = 'tasks_placed', absent = true }]",
    );
    let options = scenario.options;
    assert_eq!((options.tie_break, options.spread_counts_draining), (TieBreak::FewestTasks, false));
    assert_eq!((options.absent_attribute_is_bucket, options.binpack_by_fraction), (false, true));
    assert_eq!(scenario.retry_interval, SimSpan::from_secs(120));
    let kinds: Vec<HappeningKind> = scenario.happenings.iter().map(|happening| happening.what).collect();
    let (zone, instance) = (crate::model::ZoneId(1), InstanceId(1));
    assert_eq!(
        kinds,
        [
            HappeningKind::InstanceDrained(instance),
            HappeningKind::InstanceActivated(instance),
            HappeningKind::ZoneLost(zone),
            HappeningKind::ZoneReturned(zone),
        ]
    );
    assert_eq!(scenario.expected[0].bound, Bound::AtLeast(3.0));
    assert_eq!(scenario.expected[1].bound, Bound::Absent);
}

#[test]
fn the_digest_hangs_on_every_byte() {
    let digest = |text: &str| valid(text).digest;
    assert_eq!(digest(MINIMAL).len(), 64);
    assert_eq!(digest(MINIMAL), digest(MINIMAL));
    assert_ne!(digest(MINIMAL), digest(&format!("{MINIMAL}\n")));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_taken() {
    assert_eq!(problems(&format!("\u{feff}{MINIMAL}")), Vec::<String>::new());
    assert_eq!(problems(&MINIMAL.replace('\n', "\r\n")), Vec::<String>::new());
}

#[test]
fn the_number_of_constraints_counts_those_of_policy_service_and_definition() {
    let list = |count: usize| vec!["{ type = 'memberOf', expression = 'runningTasksCount < 9' }"; count].join(", ");
    let text = |of_policy: usize| {
        format!(
            "{MINIMAL}{TASK}placementConstraints = [{}]\n[[services]]\nname = 's'\ntask-definition = 'f'\n\
             desired-count = 1\nplacementConstraints = [{}]\n[[policies]]\nname = 'p'\nplacementConstraints = [{}]",
            list(4),
            list(3),
            list(of_policy)
        )
    };
    assert_eq!(problems(&text(3)), Vec::<String>::new());
    assert_eq!(problems(&text(4)), ["18:24: error[S015]: 11 placement constraints on one task under policy `p`"]);
}

#[test]
fn gpus_that_tasks_hold_which_are_not_in_the_file_are_free_on_what_is_launched() {
    let text = |gpus: &str| {
        format!(
            "name = 's'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\n{gpus}\ncapacity-provider = 'p'\n\
             [[capacity-providers]]\nname = 'p'\n"
        )
    };
    let launched = |gpus: &str| {
        let scenario = crate::scenario::parse(&text(gpus), std::path::Path::new("s.toml"), &[]).unwrap().scenario;
        let class = &scenario.fleet.classes[scenario.dynamics.providers[0].classes[0].index()];
        let memory: Vec<u32> = class.gpu_kind.memory.iter().map(|memory| memory.0).collect();
        (class.gpus, class.gpu_kind.slice, memory)
    };
    let own = "cpu = 1000\nmemory = 500\n";
    let shared = format!("{own}gpu = 2\ngpu-memory = [100, 40]\nother-gpu = 1\nother-gpu-memory = [0, 60, 90]");
    assert_eq!(launched(&shared), (3, None, vec![100, 100, 90]));
    assert_eq!(launched(&format!("{own}gpu = 1\nother-gpu = 2")), (3, None, Vec::new()));
    let typed = "type = 'g6.12xlarge'\ngpu = 1\nother-gpu = 3";
    let (count, _, memory) = launched(typed);
    assert!(count == 4 && memory.len() == 4 && memory.iter().all(|mib| *mib == memory[0]), "{memory:?}");
    let slice = "type = 'g6f.2xlarge'\ngpu = 0\nother-gpu = 1";
    assert_eq!((launched(slice).0, launched(slice).1), (1, Some(crate::model::GpuSlice::Quarter)));
    let told = |gpus: &str| problems(&text(gpus)).join("\n");
    assert!(
        told(&format!("{own}gpu = 1\ngpu-memory = 5\nother-gpu = 1\nother-gpu-memory = [1]"))
            .contains("1 number for 2 GPUs")
    );
    assert!(told(&format!("{own}gpu = 1\nother-gpu-memory = [1]")).contains("beside GPUs of unknown memory"));
    assert!(told(&format!("{own}gpu = 1024\nother-gpu = 1")).contains("other-gpu"));
    let nothing = format!("{own}gpu = 2\ngpu-memory = [0, 5]\n");
    assert!(told(&nothing).contains("`gpu-memory` = 0 of device 0"), "{}", told(&nothing));
    assert_eq!(told(&(nothing + "other-gpu-memory = [5, 0]")), "");
}

#[test]
fn what_an_instance_did_not_register_is_less_than_all_of_it() {
    let text = |surplus: u32| {
        format!(
            "name = 's'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 100\nmemory = 500\n\
             identities = [{{ name = 'x', surplus-cpu = {surplus} }}]\n"
        )
    };
    assert_eq!(problems(&text(99)), Vec::<String>::new());
    let told = problems(&text(100)).join("\n");
    assert!(told.contains("surplus-cpu"), "{told}");
}

/// Instances of which tasks that are not in the file take a part, and whose agent is away.
const PARTLY_TAKEN: &str = "[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 1000\nmemory = 500\ncapacity-provider = 'p'\n\
    agent-connected = false\nother-ports = ['80']\n\
    identities = [{ name = 'x', other-cpu = 1000, other-memory = 7000, other-tasks = 2 }, { name = 'y', other-cpu = 1000, other-memory = 7000 }]\n\
    [[capacity-providers]]\nname = 'p'\n[[happenings]]\nat = '1m'\ninstances-registered = { like = 'x', count = 1 }\n";

#[test]
fn what_is_launched_is_an_empty_instance_with_its_agent() {
    let text = format!("name = 's'\nhorizon = '1h'\n{PARTLY_TAKEN}");
    let scenario = crate::scenario::parse(&text, std::path::Path::new("s.toml"), &[]).unwrap().scenario;
    let fleet = &scenario.fleet;
    let found = fleet.class(InstanceId(0));
    assert_eq!((found.cpu.0, found.memory.0, found.agent_connected), (1_000, 500, false));
    assert!(found.reserved_ports.contains(&Port::tcp(80)));
    let [launched] = scenario.dynamics.providers[0].classes.as_slice() else { panic!("one kind is launched") };
    let launched = &fleet.classes[launched.index()];
    assert_eq!((launched.cpu.0, launched.memory.0, launched.agent_connected), (2_000, 7_500, true));
    assert!(!launched.reserved_ports.contains(&Port::tcp(80)) && launched.reserved_ports.contains(&Port::tcp(22)));
    assert_eq!(fleet.like(fleet.instances[0], InstanceId(0)), *launched);
    assert!(!fleet.is_as_registered(fleet.instances[0], InstanceId(0)));
    // Instances that are whole are launched as they are, and no class comes up beside theirs.
    let plain = text
        .replace("agent-connected = false\nother-ports = ['80']\n", "")
        .replace(", other-cpu = 1000, other-memory = 7000", "");
    let plain = crate::scenario::parse(&plain, std::path::Path::new("s.toml"), &[]).unwrap().scenario;
    assert_eq!((plain.fleet.classes.len(), plain.dynamics.providers[0].classes.len()), (1, 1));
}
