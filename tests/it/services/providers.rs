//! Several capacity providers: golden cases of ratios and scale-out, PROVISIONING tasks and their quota, on both engines.

use std::fmt::Write as _;

use stowplan::simulation::{Outcome, Scaling};

use crate::services::{Diary, diary, provider};

/// Two providers of instances with room for eight tasks: `a` has the first `instances`, `b` as many after them.
fn two_providers(instances: u32, more: &str) -> String {
    let mut text = "name = 'x'\nhorizon = '3h'\n[cluster]\nzones = ['z']\n".to_owned();
    for name in ["a", "b"] {
        let size = "cpu = 800\nmemory = 1000";
        write!(text, "[[cluster.instances]]\n{size}\ncount = {instances}\ncapacity-provider = '{name}'\n").unwrap();
        write!(text, "[[capacity-providers]]\nname = '{name}'\nmanaged-termination-protection = true\n{more}\n")
            .unwrap();
    }
    for family in ["old", "new"] {
        write!(text, "[[task-definitions]]\nfamily = '{family}'\ncpu = 100\nmemory = 10\n").unwrap();
    }
    text
}

fn service(desired: u32, strategy: &str, more: &str) -> String {
    format!(
        "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = {desired}\n\
         capacityProviderStrategy = {strategy}\n{more}\n"
    )
}

fn tasks(count: u32, strategy: &str, more: &str) -> String {
    format!(
        "[[tasks]]\ntask-definition = 'old'\ncount = {count}\ncapacityProviderStrategy = {strategy}\n\
         placementStrategy = [{{ type = 'binpack', field = 'cpu' }}]\n{more}\n"
    )
}

/// Living tasks on the instances of `a` and of `b`, of which there are so many at the start.
fn by_provider(diary: &Diary, instances: u32) -> [usize; 2] {
    let counts = diary.on_instances(2 * instances);
    let (a, b) = counts.split_at(instances as usize);
    [a.iter().sum(), b.iter().sum()]
}

fn times(diary: &Diary, what: &str) -> Vec<String> {
    let lines = diary.lines.iter().filter(|line| line.contains(what));
    lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

const EVEN: &str = "[{ capacityProvider = 'a', weight = 1 }, { capacityProvider = 'b', weight = 1 }]";
const ONE_TO_FOUR: &str = "[{ capacityProvider = 'a', weight = 1 }, { capacityProvider = 'b', weight = 4 }]";

#[test]
fn g26_tasks_are_divided_by_weight() {
    let check = |strategy: &str, expected: [usize; 2]| {
        let of_service = diary(&(two_providers(2, "") + &service(10, strategy, "")));
        assert_eq!(by_provider(&of_service, 2), expected, "a service, {strategy}");
        let standalone = diary(&(two_providers(2, "") + &tasks(10, strategy, "")));
        assert_eq!(by_provider(&standalone, 2), expected, "standalone tasks, {strategy}");
    };
    check(EVEN, [5, 5]);
    check(ONE_TO_FOUR, [2, 8]);
    check("[{ capacityProvider = 'a', base = 3 }, { capacityProvider = 'b', weight = 1 }]", [3, 7]);
    check("'[{\"capacityProvider\": \"b\", \"weight\": 2}, {\"capacityProvider\": \"a\", \"weight\": 2}]'", [5, 5]);
}

#[test]
fn r8_1_a_deployment_and_a_change_of_the_desired_count_keep_the_ratio() {
    let more = "deployments = [{ at = '10m', task-definition = 'new' }]\ndesired = [{ at = '30m', count = 15 }]";
    let diary = diary(&(two_providers(4, "") + &service(10, ONE_TO_FOUR, more)));
    assert_eq!(diary.reports[0].outcome, Outcome::Completed);
    assert_eq!(by_provider(&diary, 4), [3, 12]);
}

#[test]
fn what_is_lost_with_one_provider_is_replaced_there() {
    let happening = "[[happenings]]\nat = '10m'\ninstance-lost = 'i-00000002'\n";
    let diary = diary(
        &(two_providers(2, "")
            + &service(8, EVEN, "placementStrategy = [{ type = 'binpack', field = 'cpu' }]")
            + happening),
    );
    assert_eq!(diary.on_instances(4), [4, 0, 0, 4], "b has one instance left, and its half of the tasks");
}

/// a full provider scales out, or its tasks wait; none goes to the other, and the other's do not wait for it.
#[test]
fn r8_2_tasks_of_a_full_provider_are_not_moved_to_another() {
    let text =
        two_providers(1, "").replacen("count = 1\ncapacity-provider = 'b'", "count = 3\ncapacity-provider = 'b'", 1);
    let text = text.replacen("name = 'a'\n", "name = 'a'\nmaximum-size = 1\n", 1);
    for load in [service(20, EVEN, ""), tasks(20, EVEN, "")] {
        let diary = diary(&(text.clone() + &load));
        let counts = diary.on_instances(4);
        assert_eq!((counts[0], counts[1..].iter().sum::<usize>()), (8, 10), "{load}");
        let waiting: Vec<u64> = diary.points.iter().rev().take(2).map(|point| point.waiting).collect();
        assert_eq!(waiting, [0, 2], "b, then a");
    }
}

#[test]
fn r6_5_standalone_tasks_are_provisioning_until_instances_come() {
    let strategy = "[{ capacityProvider = 'a' }]";
    let life = "lifetime = { model = 'constant', value = '10m' }";
    let diary = diary(&(two_providers(0, "start-delay = '90s'") + &tasks(20, strategy, life)));
    let out: Vec<_> = diary.points.iter().filter(|point| matches!(point.scaling, Scaling::Out(_))).collect();
    assert_eq!((out[0].at.0, out[0].waiting, out[0].needed, out[0].scaling), (60_000, 20, 3, Scaling::Out(2)));
    let starts = times(&diary, " + ");
    assert_eq!((starts.len(), starts[0].as_str(), starts[15].as_str(), starts[16].as_str()), (20, "150", "150", "570"));
    let ends = times(&diary, " ended");
    assert_eq!((ends[0].as_str(), ends[19].as_str()), ("750", "1170"), "a life begins with the task's start");
    assert_eq!(times(&diary, " ! "), Vec::<String>::new(), "a wait is no failure");
    assert_eq!(times(&diary, " ~ old EMPTY CAPACITY PROVIDER"), ["0"; 20], "each is told once");
}

/// With managed scaling DISABLED nothing comes, so that a task which does not fit has failed; a service tries again.
#[test]
fn r6_5_without_managed_scaling_a_task_that_does_not_fit_has_failed() {
    let (strategy, off) = ("[{ capacityProvider = 'a' }]", "managed-scaling = false");
    let life = "lifetime = { model = 'constant', value = '10m' }";
    let standalone = diary(&(two_providers(1, off) + &tasks(9, strategy, life)));
    assert_eq!((times(&standalone, " + ").len(), times(&standalone, " ! old RESOURCE:CPU")), (8, vec!["0".to_owned()]));
    assert_eq!((times(&standalone, " ~ ").len(), standalone.points.len()), (0, 0), "nobody waits or measures");
    let more = "desired = [{ at = '35s', count = 8 }]";
    let of_service = diary(&(two_providers(1, off) + &service(10, strategy, more)));
    assert_eq!(times(&of_service, " ! "), ["0", "0", "10", "20", "30"], "two ask, and the first of them again");
    assert_eq!(of_service.withdrawn, 2);
}

/// Of the tasks of a service, those beyond the quota wait for the quota.
#[test]
fn r6_5_what_a_task_waits_for_is_told_once_with_its_reason() {
    let strategy = "[{ capacityProvider = 'a' }]";
    let full = diary(&(two_providers(1, "") + &service(11, strategy, "") + "[options]\nprovisioning-quota = 2\n"));
    assert_eq!(times(&full, " ~ old RESOURCE:CPU"), ["0"; 2]);
    assert_eq!(times(&full, " ~ old quota of PROVISIONING tasks"), ["0"]);
    let drains = "[[happenings]]\nat = '1m'\ninstance-drained = 'i-00000000'\n";
    let drained = diary(
        &(two_providers(1, "maximum-size = 1")
            + &service(1, strategy, "desired = [{ at = '2m', count = 2 }]")
            + drains),
    );
    assert!(!times(&drained, " ~ old NO ACTIVE INSTANCES").is_empty(), "{:?}", drained.lines);
}

#[test]
fn r6_5_beyond_the_quota_standalone_tasks_fail_and_the_metric_sees_no_more_of_services() {
    let strategy = "[{ capacityProvider = 'a' }]";
    let options = "[options]\nprovisioning-quota = 5\n";
    let standalone = diary(&(two_providers(0, "") + &tasks(9, strategy, "") + options));
    assert_eq!(times(&standalone, " ! old quota of PROVISIONING tasks"), ["0"; 4]);
    assert_eq!(times(&standalone, " + ").len(), 5, "{:?}", standalone.lines);
    assert_eq!(standalone.points[0].waiting, 5);
    let of_service = diary(&(two_providers(1, "") + &service(40, strategy, "") + options));
    assert_eq!((of_service.points[0].waiting, of_service.points[0].needed), (5, 2), "not 32 tasks, not 5 instances");
    assert_eq!(times(&of_service, " + ").len(), 40, "a service comes to its count in steps of the quota");
}

#[test]
fn provisioning_tasks_are_given_up_after_their_time_where_asked() {
    let strategy = "[{ capacityProvider = 'a' }]";
    let text = two_providers(0, "start-delay = '10m'") + &tasks(3, strategy, "");
    assert_eq!(times(&diary(&text), " + "), ["660"; 3]);
    let text = text + "[options]\nprovisioning-timeout = '5m'\n";
    let diary = diary(&text);
    assert_eq!(times(&diary, " + "), Vec::<String>::new());
    assert_eq!(times(&diary, " ! old timed out: EMPTY CAPACITY PROVIDER"), ["300"; 3], "all at once");
    assert_eq!(diary.points[5].waiting, 0);
}

/// U-22: 16 tasks of one size need two instances more, 8 of another one; a lower bound is two, their sum three.
#[test]
fn u22_groups_of_waiting_tasks_count_as_the_largest_or_add_up() {
    let services = service(24, "[{ capacityProvider = 'a' }]", "")
        + &service(8, "[{ capacityProvider = 'a' }]", "").replace("'s'", "'t'").replace("'old'", "'wide'");
    let wide = "[[task-definitions]]\nfamily = 'wide'\ncpu = 100\nmemory = 100\n";
    let needed = |options: &str| {
        let first = diary(&(two_providers(1, "") + wide + &services + options)).points[0];
        (first.running, first.waiting, first.needed)
    };
    assert_eq!(needed(""), (1, 24, 3));
    assert_eq!(needed("[options]\nscale-out-groups = 'sum'\n"), (1, 24, 4));
}

/// G-32 as a benchmark: six services, ten tasks of 19,888 MiB on instances of 7,680 MiB, the default strategy, and a
/// rolling deployment of every service in a random order, again and again. The bound is three instances.
mod g32 {
    use super::*;

    /// Name, tasks, MiB of each.
    const SERVICES: [(&str, u32, u32); 6] =
        [("huge", 2, 7000), ("large", 1, 2048), ("web", 2, 768), ("api", 2, 768), ("side", 2, 128), ("cron", 1, 512)];
    const ROUND_MINUTES: u32 = 180;

    /// `rounds` rounds of deployments, half an hour between two, services in the orders that `order` gives; the services are
    /// created in the order of the table, largest first, twenty minutes apart.
    fn scenario(rounds: u32, order: impl Fn(u32) -> [usize; 6]) -> String {
        let mut text = format!(
            "name = 'g32'\nhorizon = '{}m'\n[cluster]\nzones = ['a', 'b', 'c']\n[[cluster.instances]]\ncpu = 2048\n\
             memory = 7680\ncount = 0\ncapacity-provider = 'p'\n[[capacity-providers]]\nname = 'p'\nstart-delay = '60s'\n\
             instance-warmup-period = '60s'\n",
            (rounds + 1) * ROUND_MINUTES
        );
        for (place, (name, count, memory)) in SERVICES.into_iter().enumerate() {
            let of_round = |round: u32| {
                let turn = order(round).iter().position(|&service| service == place).unwrap();
                format!("{{ at = '{}m' }}", (round + 1) * ROUND_MINUTES + u32::try_from(turn).unwrap() * 30)
            };
            let deployments: Vec<String> = (0..rounds).map(of_round).collect();
            write!(
                text,
                "[[task-definitions]]\nfamily = '{name}'\ncpu = 64\nmemory = {memory}\n[[services]]\nname = '{name}'\n\
                 task-definition = '{name}'\ncapacity-provider = 'p'\ndesired-count = 0\n\
                 desired = [{{ at = '{}m', count = {count} }}]\ndeployments = [{}]\n",
                20 * place,
                deployments.join(", ")
            )
            .unwrap();
        }
        text
    }

    /// Instances that run at the end of each round, the creation of the services first.
    fn instances(diary: &Diary, rounds: u32) -> Vec<u64> {
        let ends = (1..=rounds + 1).map(|round| u64::from(round * ROUND_MINUTES) * 60_000);
        let last_before = |end: u64| diary.points.iter().rev().find(|point| point.at.0 < end).unwrap().running;
        ends.map(last_before).collect()
    }

    #[test]
    fn random_orders_of_deployments_need_more_instances_than_the_bound_and_than_the_largest_first() {
        const ROUNDS: u32 = 20;
        let mut seen = Vec::new();
        for seed in 0..4_u64 {
            let order = |round: u32| {
                let mut services = [0, 1, 2, 3, 4, 5];
                let key = |service: usize| {
                    let mixed =
                        (seed * 1_000 + u64::from(round) * 10 + service as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
                };
                services.sort_by_key(|&service| key(service));
                services
            };
            let counts = instances(&diary(&scenario(ROUNDS, order)), ROUNDS);
            assert_eq!(counts[0], counts[0].clamp(3, 4), "largest first");
            seen.extend_from_slice(&counts[1..]);
        }
        let (least, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
        let share = |of: u64| seen.iter().filter(|&&count| count == of).count() as f64 / seen.len() as f64;
        assert!(*least >= 3 && *most <= 7, "{least} to {most}: {seen:?}");
        // Users saw 6 at worst, 5 as a rule and 4 at best.
        assert!(share(4) + share(5) + share(6) > 0.9 && share(5) > 0.4 && share(3) < 0.05, "{seen:?}");
    }
}

/// an instance that runs nothing but daemons is empty; it is not needed, and it goes.
#[test]
fn r8_4_daemons_do_not_keep_an_instance() {
    let service = "desired-count = 2\nplacementStrategy = [{ type = 'binpack', field = 'cpu' }]";
    let daemon = "[[services]]\nname = 'd'\ntask-definition = 'old'\nscheduling-strategy = 'DAEMON'\n";
    let diary = diary(&(provider(3, service, "") + daemon));
    let (first, last) = (diary.points[0], diary.points.last().unwrap());
    assert_eq!((first.running, first.busy, first.needed), (3, 1, 1));
    assert_eq!((last.running, last.busy), (1, 1));
    assert_eq!(diary.on_instances(3).iter().sum::<usize>(), 3, "two tasks and the daemon beside them");
}

/// a scale-out is at least one minimum step and at most one maximum step beyond what there is.
#[test]
fn r8_6_scaling_steps_bound_what_is_launched_at_once() {
    let first = |step: &str| {
        let points = diary(&provider(1, "desired-count = 48", step)).points;
        (points[0].needed, points[0].scaling)
    };
    assert_eq!(first(""), (6, Scaling::Out(5)), "40 tasks at 8 an instance");
    assert_eq!(first("maximum-scaling-step-size = 2"), (3, Scaling::Out(2)));
    assert_eq!(first("minimum-scaling-step-size = 9"), (10, Scaling::Out(9)));
}

/// what waiting tasks need comes on top of every instance that is up, empty ones included.
#[test]
fn r8_5_instances_that_cannot_help_do_not_count_against_what_is_needed() {
    let text = provider(2, "desired-count = 10", "").replacen("zones = ['a']", "zones = ['a', 'b']", 1);
    let held = "placementConstraints = [{ type = 'memberOf', expression = 'attribute:ecs.availability-zone == a' }]\n";
    let point = diary(&(text + held)).points[0];
    assert_eq!((point.running, point.busy, point.waiting, point.needed), (2, 1, 2, 3));
}

/// A cluster whose tasks are in no file: what an instance has left is not what a new one brings, and a new agent is connected.
#[test]
fn what_is_launched_or_like_another_brings_all_that_one_registered() {
    let taken = "cpu = 100\nmemory = 100\nother-ports = ['80']\nagent-connected = false\n\
                 identities = [{ name = 'x', other-cpu = 700, other-memory = 900, other-tasks = 2 }]\n";
    let text = |more: &str, of: &str, happening: &str| {
        format!(
            "name = 'x'\nhorizon = '30m'\n[cluster]\nzones = ['z']\n[[cluster.instances]]\n{taken}{more}\n\
             [[task-definitions]]\nfamily = 'old'\ncpu = 400\nmemory = 500\nnetwork-mode = 'host'\nports = ['80']\n\
             [[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 2\n{of}\n{happening}"
        )
    };
    let provider = "[[capacity-providers]]\nname = 'p'\nmanaged-termination-protection = true\n";
    let like = "[[happenings]]\nat = '1m'\ninstances-registered = { like = 'x', count = 2 }\n";
    let named = "capacity-provider = 'p'";
    for text in [text(named, named, provider), text("", "", like)] {
        let told = diary(&text);
        let placed = told.lines.iter().filter(|line| line.contains(" + ")).count();
        assert_eq!(placed, 2, "{:?}", told.lines);
    }
}

/// A lost instance that returns is new: it has its agent and all that it registered, and goes by the name of the first.
#[test]
fn an_instance_that_returns_has_none_of_the_tasks_that_are_in_no_file() {
    let text = |what: &str, name: &str| {
        let happening = |minute: u32, how: &str| format!("[[happenings]]\nat = '{minute}m'\n{what}-{how} = '{name}'\n");
        let happenings: String =
            [(1, "lost"), (2, "returned"), (3, "lost"), (4, "returned")].map(|(at, how)| happening(at, how)).concat();
        format!(
            "name = 'x'\nhorizon = '10m'\n[cluster]\nzones = ['z']\n[[cluster.instances]]\ncpu = 100\nmemory = 100\n\
             other-ports = ['80']\nidentities = [{{ name = 'x', other-cpu = 700, other-memory = 900 }}]\n\
             [[task-definitions]]\nfamily = 'old'\ncpu = 400\nmemory = 500\nnetwork-mode = 'host'\nports = ['80']\n\
             [[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 1\n{happenings}"
        )
    };
    for text in [text("instance", "x"), text("zone", "z")] {
        let told = diary(&text);
        let moved: Vec<&String> = told.lines.iter().filter(|line| !line.contains(" ! ")).collect();
        assert_eq!(moved, ["120 + old on 1", "180 - old on 1 instance-lost", "240 + old on 1"], "{text}");
    }
}
