//! The minute of the capacity providers: steps and pauses, what waits, what is idle.

use stowplan::simulation::Scaling;

use crate::services::{Diary, diary};

/// A provider of instances for eight tasks each, a service on it, and more.
fn provider(instances: u32, cpu: u32, service: &str, provider: &str, more: &str) -> String {
    format!(
        "name = 'x'\nhorizon = '3h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 800\nmemory = 1000\n\
         count = {instances}\ncapacity-provider = 'p'\n[[task-definitions]]\nfamily = 'old'\ncpu = {cpu}\nmemory = 10\n\
         [[capacity-providers]]\nname = 'p'\n{provider}\n[[services]]\nname = 's'\ntask-definition = 'old'\n\
         capacity-provider = 'p'\n{service}\n{more}"
    )
}

/// Minutes in which instances were terminated, and how many are left then.
fn steps_inwards(diary: &Diary) -> Vec<(u64, u64)> {
    let left = |running: u64, count: u32| running - u64::from(count);
    let step = |point: &stowplan::simulation::MetricPoint| match point.scaling {
        Scaling::In(count) => Some((point.at.0 / 60_000, left(point.running, count))),
        _ => None,
    };
    diary.points.iter().filter_map(step).collect()
}

fn steps_outwards(diary: &Diary) -> Vec<(u64, u32)> {
    let step = |point: &stowplan::simulation::MetricPoint| match point.scaling {
        Scaling::Out(count) => Some((point.at.0 / 60_000, count)),
        _ => None,
    };
    diary.points.iter().filter_map(step).collect()
}

const PACKED: &str = "placementStrategy = [{ type = 'binpack', field = 'cpu' }]";

#[test]
fn r8_8_scale_in_takes_fifteen_points_less_than_half_and_two_minutes_a_step() {
    let text = |more: &str| provider(10, 100, &format!("desired-count = 8\n{PACKED}"), "", more);
    assert_eq!(steps_inwards(&diary(&text(""))), [(15, 6), (17, 4), (19, 3), (21, 2), (23, 1)]);
    let pause = |pause: &str| steps_inwards(&diary(&text(&format!("[options]\nscale-in-pause = '{pause}'\n"))));
    assert_eq!(pause("1m"), [(15, 6), (16, 4), (17, 3), (18, 2), (19, 1)]);
    assert_eq!(pause("5m"), [(15, 6), (20, 4), (25, 3), (30, 2), (35, 1)]);
    let words = diary(&text("")).points.iter().filter(|point| point.scaling == Scaling::Pausing).count();
    assert_eq!(words, 4, "a minute between each two steps");
}

/// The figures of 2022: 334 instances become 34.
#[test]
fn r8_8_334_instances_are_34_after_four_steps_in_six_minutes() {
    let text = provider(334, 800, &format!("desired-count = 34\n{PACKED}"), "", "");
    assert_eq!(steps_inwards(&diary(&text)), [(15, 168), (17, 85), (19, 43), (21, 34)]);
}

/// Case 58: the target asks for ten more, the API lets two come at one time.
#[test]
fn r8_5_never_more_than_the_largest_step_at_one_time() {
    let text = |provider_keys: &str| provider(4, 800, "desired-count = 10", provider_keys, "");
    let diary = diary(&text("target-capacity = 50\nmaximum-scaling-step-size = 2"));
    let steps = steps_outwards(&diary);
    assert!(steps.len() > 3 && steps.iter().all(|&(_, count)| count <= 2), "{steps:?}");
    let from_zero = provider(0, 800, "desired-count = 10", "maximum-scaling-step-size = 1", "");
    assert_eq!(steps_outwards(&self::diary(&from_zero))[0], (1, 1), "not even the two from zero");
}

#[test]
fn r8_5_a_static_port_lets_one_task_on_an_instance_and_a_reserved_one_none() {
    let text = |port: &str| {
        provider(1, 100, "desired-count = 4\nmaximum-percent = 100\nminimum-healthy-percent = 0", "", "")
            .replace("memory = 10\n", &format!("memory = 10\nports = ['{port}']\n"))
    };
    // One runs, three wait: three instances, though eight tasks would fit by size.
    let diary = diary(&text("8080"));
    assert_eq!((steps_outwards(&diary), diary.points[0].needed), (vec![(1, 3)], 4));
    let reserved = self::diary(&text("22"));
    assert_eq!(steps_outwards(&reserved), []);
    assert!(reserved.points.iter().all(|point| point.scaling == Scaling::AtTarget));
}

/// What is too large for the smallest type waits, and the provider neither grows nor shrinks for it.
#[test]
fn r8_5_tasks_that_fit_on_no_instance_keep_the_metric_at_its_target() {
    let diary = diary(&provider(3, 900, "desired-count = 2", "target-capacity = 80", ""));
    let last = diary.points.last().unwrap();
    assert_eq!((last.running, last.waiting, last.reservation, last.scaling), (3, 2, (80, 1), Scaling::AtTarget));
}

#[test]
fn r8_7a_an_idle_provider_below_100_launches_two_only_where_asked() {
    let text = |target: u32, option: &str| {
        let options = format!("[options]\nidle-provider = '{option}'\n");
        diary(&provider(0, 100, "desired-count = 0", &format!("target-capacity = {target}"), &options))
    };
    assert_eq!(steps_outwards(&text(90, "none")), []);
    assert_eq!(steps_outwards(&text(100, "two")), []);
    let two = text(90, "two");
    let (out, inwards) = (steps_outwards(&two), steps_inwards(&two));
    assert_eq!(out[0], (1, 2));
    assert!(out.len() > 1 && inwards.len() > 1, "they go after 15 minutes, and again: {out:?} {inwards:?}");
}

/// A group that may not grow or shrink as far as it should says so, minute by minute.
#[test]
fn a_group_at_its_bounds_says_so() {
    let full = diary(&provider(2, 100, "desired-count = 60", "maximum-size = 3", ""));
    let last = full.points.last().unwrap();
    assert_eq!((last.running, last.scaling), (3, Scaling::AtMaximum));
    assert!(last.needed > 3 && steps_outwards(&full) == [(1, 1)], "{last:?}");
    let idle = diary(&provider(2, 100, "desired-count = 0", "minimum-size = 2", ""));
    assert!(idle.points.iter().all(|point| point.scaling == Scaling::AtMinimum), "{:?}", idle.points);
    let enough = diary(&provider(2, 100, "desired-count = 2", "minimum-size = 1", ""));
    assert!(enough.points.iter().all(|point| point.scaling == Scaling::None), "{:?}", enough.points);
}
