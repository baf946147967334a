//! Laws of the whole stream, over random small scenarios.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::fixture::{load, scenario, source};
use crate::model::{
    Arrivals, BatchShares, Constraint, CountLaw, DefinitionId, GroupId, Groups, Harmonic, LifeQuantile, Lifetime,
    LoadFactor, Mmpp2, Policy, ProviderStrategy, RateCurve, Requests, Rule, Scenario, SimSpan, SimTime,
    Strategy as Chain, TaskSource, Trace, TraceTask,
};
use crate::workload::{Arrival, Workload};

const MINUTE: SimSpan = SimSpan(60_000);

fn arrivals() -> impl Strategy<Value = Arrivals> {
    prop_oneof![
        Just(Arrivals::AtOnce),
        (1.0..1e6).prop_map(|rate_per_hour| Arrivals::Poisson { rate_per_hour }),
        (1.0..1e6, counts(), option::of(curve())).prop_map(|(batches_per_hour, batch_sizes, daily)| {
            Arrivals::BatchPoisson { batches_per_hour, batch_sizes, daily }
        }),
        (1.0..1e6, curve()).prop_map(|(rate_per_hour, curve)| Arrivals::Daily { rate_per_hour, curve }),
        (1.0..1e6, 0.01..0.99, 1.0..100.0, 1..100_000_u64, option::of(curve())).prop_map(
            |(rate_per_hour, burst_share, rate_ratio, scale, daily)| {
                let time_scale = SimSpan(scale * 1_000);
                Arrivals::Mmpp2 { law: Mmpp2 { rate_per_hour, burst_share, rate_ratio, time_scale }, daily }
            }
        ),
    ]
}

fn curve() -> impl Strategy<Value = RateCurve> {
    let wave = (1..25_u32, -0.5..0.5, 0..48_u64).prop_map(|(cycles, amplitude, hour)| Harmonic {
        cycles,
        amplitude,
        peak: SimSpan(hour * SimSpan::HOUR.0),
    });
    prop_oneof![vec(0.1..2.0, 1..25).prop_map(RateCurve::Hourly), vec(wave, 1..3).prop_map(RateCurve::Harmonics),]
}

fn counts() -> impl Strategy<Value = CountLaw> {
    prop_oneof![
        vec((1..5_u32, 1..4_u32), 1..4).prop_map(CountLaw::Weighted),
        (0.1..4.0, 1..9_u32).prop_map(|(exponent, maximum)| CountLaw::BoundedZeta { exponent, maximum }),
    ]
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    let cap = SimSpan::HOUR;
    prop_oneof![
        Just(Lifetime::Forever),
        Just(Lifetime::Constant(MINUTE)),
        Just(Lifetime::Exponential { mean: MINUTE }),
        Just(Lifetime::Lognormal { median: MINUTE, p99: cap, cap }),
        Just(Lifetime::Weibull { scale: MINUTE, shape: 0.5, cap }),
        Just(Lifetime::BoundedPareto { low: MINUTE, high: cap, alpha: 1.1 }),
        Just(Lifetime::LognormalPareto {
            median: MINUTE,
            p90: cap,
            tail_share: 0.1,
            alpha: 0.7,
            cap: SimSpan(2 * cap.0)
        }),
        Just(Lifetime::Mixture(vec![(1, Lifetime::Forever), (2, Lifetime::Exponential { mean: MINUTE })])),
        Just(Lifetime::Empirical(vec![
            LifeQuantile { probability: 0.0, life: MINUTE },
            LifeQuantile { probability: 1.0, life: cap }
        ])),
    ]
}

/// Starts are few, so that equal times of different sources are common.
fn task_source() -> impl Strategy<Value = TaskSource> {
    let groups = (1..4_u32, counts(), any::<bool>()).prop_map(|(count, sizes, one_shape)| Groups {
        prefix: "app".to_owned(),
        count,
        sizes,
        one_shape,
    });
    let shares = any::<(bool, bool, bool, bool)>().prop_map(|(shape, group, life_class, life)| BatchShares {
        shape,
        group,
        life_class,
        life,
    });
    (arrivals(), lifetime(), 0..30_u64, 0..3_u64, option::of(groups), shares, 1..3_u32).prop_map(
        |(arrivals, lifetime, count, start, groups, batch_shares, copies)| TaskSource {
            start: SimTime(start),
            groups,
            batch_shares,
            load_factor: LoadFactor(copies * LoadFactor::ONE.0),
            providers: ProviderStrategy::default(),
            ..source(arrivals, lifetime, Some(count))
        },
    )
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
        let tasks = rows.into_iter().map(task).collect();
        Trace { groups: vec!["trace".to_owned()], tasks, load_factor: LoadFactor::ONE }
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
        let copies = |source: &TaskSource| u64::from(source.load_factor.0 / LoadFactor::ONE.0);
        let generated: u64 = scenario.sources.iter().filter_map(|source| Some(source.count? * copies(source))).sum();
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
        let known: usize = Requests::compile(&before, &before.policies[0]).sources.iter().map(Vec::len).sum();
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

    /// The load at one factor is part of the load at every larger one, task by task and in the same order.
    #[test]
    fn a_load_is_part_of_every_larger_one(
        scenario in any_scenario(),
        factors in (1..4_000_000_u32, 1..4_000_000_u32),
    ) {
        let at = |factor| {
            let mut scenario = scenario.clone();
            scenario.sources.iter_mut().for_each(|source| source.load_factor = LoadFactor(factor));
            scenario.trace.load_factor = LoadFactor(factor);
            load(&scenario)
        };
        let (small, large) = (at(factors.0.min(factors.1)), at(factors.0.max(factors.1)));
        let mut rest = large.iter();
        for task in &small {
            prop_assert!(rest.any(|other| other == task), "{:?} is not in the larger load, in its place", task);
        }
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

/// Offered load is rate times mean life; it is asserted within 3 standard errors.
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

/// Half of a load comes at half the rate, and two and a half loads at two and a half times it (P69).
#[test]
fn the_load_factor_is_the_factor_of_the_load() {
    let arrivals = || Arrivals::Poisson { rate_per_hour: 10_000.0 };
    for factor in [250_000, 1_000_000, 2_500_000] {
        let mut scenario = scenario(vec![TaskSource {
            load_factor: LoadFactor(factor),
            ..source(arrivals(), Lifetime::Constant(MINUTE), None)
        }]);
        scenario.horizon = Some(SimTime(20 * SimSpan::HOUR.0));
        let (count, mean) = (load(&scenario).len() as f64, 200_000.0 * f64::from(factor) / 1e6);
        assert!((count - mean).abs() < 4.9 * mean.sqrt(), "{count} tasks at {factor} millionths, not {mean}");
    }
}
