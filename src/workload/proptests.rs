//! Laws of the whole stream, over random small scenarios.

use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::{load, scenario, source};
use super::{Arrival, Workload};
use crate::model::{
    Arrivals, Constraint, DefinitionId, GroupId, Lifetime, Policy, Requests, Rule, Scenario, SimSpan, SimTime,
    Strategy as Chain, TaskSource, Trace, TraceTask,
};

const MINUTE: SimSpan = SimSpan(60_000);

fn arrivals() -> impl Strategy<Value = Arrivals> {
    prop_oneof![
        Just(Arrivals::AtOnce),
        (1.0..1e6).prop_map(|rate_per_hour| Arrivals::Poisson { rate_per_hour }),
        (1.0..1e6, vec((1..5_u32, 1..4_u32), 1..4))
            .prop_map(|(batches_per_hour, batch_sizes)| Arrivals::BatchPoisson { batches_per_hour, batch_sizes }),
        (1.0..1e6, vec(0.1..2.0, 1..25))
            .prop_map(|(rate_per_hour, profile)| Arrivals::HourlyProfile { rate_per_hour, profile }),
    ]
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    let cap = SimSpan::HOUR;
    prop_oneof![
        Just(Lifetime::Forever),
        Just(Lifetime::Constant(MINUTE)),
        Just(Lifetime::Exponential { mean: MINUTE }),
        Just(Lifetime::Lognormal { median: MINUTE, p99: cap, cap }),
        Just(Lifetime::BoundedPareto { low: MINUTE, high: cap, alpha: 1.1 }),
        Just(Lifetime::Empirical(vec![(0.0, MINUTE), (1.0, cap)])),
    ]
}

/// Starts are few, so that equal times of different sources are common.
fn task_source() -> impl Strategy<Value = TaskSource> {
    (arrivals(), lifetime(), 0..30_u64, 0..3_u64).prop_map(|(arrivals, lifetime, count, start)| TaskSource {
        start: SimTime(start),
        ..source(arrivals, lifetime, Some(count))
    })
}

fn trace() -> impl Strategy<Value = Trace> {
    vec((0..2_000_u64, 0..3_u32), 0..20).prop_map(|mut rows| {
        rows.sort_by_key(|(at, _)| *at);
        let task = |(at, definition)| TraceTask {
            at: SimTime(at),
            life: Some(SimSpan(at + 1)),
            definition: DefinitionId(definition),
            group: GroupId(0),
        };
        Trace { groups: vec!["trace".to_owned()], tasks: rows.into_iter().map(task).collect() }
    })
}

fn any_scenario() -> impl Strategy<Value = Scenario> {
    (vec(task_source(), 0..5), trace()).prop_map(|(sources, trace)| Scenario { trace, ..scenario(sources) })
}

/// The load of one source or, past the last, of the trace: all others are silent but keep their place.
fn alone(scenario: &Scenario, position: usize) -> Vec<Arrival> {
    let mut scenario = scenario.clone();
    if position < scenario.sources.len() {
        scenario.trace = Trace::default();
    }
    for (other, source) in scenario.sources.iter_mut().enumerate() {
        if other != position {
            source.count = Some(0);
        }
    }
    load(&scenario)
}

proptest! {
    /// The oracle: every feed drawn by itself, put in a row, and sorted by time without disturbing equals.
    #[test]
    fn the_stream_is_the_stable_merge_of_its_feeds(scenario in any_scenario()) {
        let mut expected: Vec<Arrival> =
            (0..=scenario.sources.len()).flat_map(|position| alone(&scenario, position)).collect();
        expected.sort_by_key(|arrival| arrival.at);
        prop_assert_eq!(load(&scenario), expected);
    }

    #[test]
    fn counts_are_respected(scenario in any_scenario()) {
        let generated: u64 = scenario.sources.iter().filter_map(|source| source.count).sum();
        prop_assert_eq!(load(&scenario).len() as u64, generated + scenario.trace.tasks.len() as u64);
    }

    #[test]
    fn the_horizon_only_cuts(scenario in any_scenario(), horizon in 0..3_000_u64) {
        let horizon = SimTime(horizon);
        let whole = load(&scenario).into_iter().filter(|arrival| arrival.at < horizon).collect::<Vec<_>>();
        prop_assert_eq!(load(&Scenario { horizon: Some(horizon), ..scenario }), whole);
    }

    #[test]
    fn another_source_changes_no_draw_of_the_others(sources in vec(task_source(), 0..4), added in task_source()) {
        let before = scenario(sources);
        let mut after = before.clone();
        after.sources.push(added);
        let known = before.sources.len() * 3;
        let kept = load(&after).into_iter().filter(|arrival| arrival.request.index() < known).collect::<Vec<_>>();
        prop_assert_eq!(kept, load(&before));
    }

    #[test]
    fn lives_do_not_disturb_times_and_shapes(sources in vec(task_source(), 0..4), law in lifetime()) {
        let before = scenario(sources);
        let mut after = before.clone();
        after.sources.iter_mut().for_each(|source| source.lifetime = law.clone());
        let times_and_shapes = |scenario: &Scenario| {
            load(scenario).into_iter().map(|arrival| (arrival.at, arrival.request)).collect::<Vec<_>>()
        };
        prop_assert_eq!(times_and_shapes(&after), times_and_shapes(&before));
    }

    #[test]
    fn every_policy_faces_the_same_load(scenario in any_scenario(), seed in 1..100_u32) {
        let policy = Policy {
            name: "other".to_owned(),
            strategy: Some(Chain(vec![Rule::spread_zones()])),
            constraints: vec![Constraint::DistinctInstance],
        };
        let one = Requests::compile(&scenario, &scenario.policies[0]);
        let other = Requests::compile(&scenario, &policy);
        prop_assert!(Workload::new(&scenario, &one, seed).eq(Workload::new(&scenario, &other, seed)));
    }
}

#[test]
fn seeds_draw_different_loads() {
    let scenario = scenario(vec![source(Arrivals::Poisson { rate_per_hour: 900.0 }, Lifetime::Forever, Some(20))]);
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    assert!(Workload::new(&scenario, &requests, 1).ne(Workload::new(&scenario, &requests, 2)));
}

/// Offered load is rate times mean life; it is asserted within 3 standard errors (metrics page, section 4.2).
#[test]
fn the_offered_load_is_rate_times_mean_life() {
    let arrivals = Arrivals::Poisson { rate_per_hour: 10_000.0 };
    let mut scenario = scenario(vec![source(arrivals, Lifetime::Exponential { mean: MINUTE }, None)]);
    scenario.horizon = Some(SimTime(20 * SimSpan::HOUR.0));
    let lived: u64 = load(&scenario).iter().filter_map(|arrival| arrival.life).map(|life| life.0).sum();
    // A compound Poisson sum of n expected lives has variance n (mean^2 + mean^2).
    let (expected, deviation) = (200_000.0 * 60_000.0, (2.0 * 200_000.0_f64).sqrt() * 60_000.0);
    let error = (f64::from(u32::try_from(lived / 1_000).expect("fits")) * 1_000.0 - expected) / deviation;
    assert!(error.abs() < 3.0, "{error} standard errors");
}
