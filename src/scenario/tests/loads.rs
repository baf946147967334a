//! The laws of a load and the reading of traces, as values.

use crate::model::{
    Arrivals, BatchShares, CountLaw, Groups, Harmonic, Lifetime, LoadFactor, Mmpp2, RateCurve, SimSpan, SimTime,
    TaskSource, Trace,
};
use crate::scenario::{Censored, Origin, RunningAtStart, TraceOptions, read_trace};

use super::MINIMAL;

const TASK: &str = "[[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n[[tasks]]\ncount = 1\n";

fn source(keys: &str) -> TaskSource {
    super::valid(&format!("{MINIMAL}{TASK}{keys}")).scenario.sources.remove(0)
}

fn secs(seconds: u64) -> SimSpan {
    SimSpan::from_secs(seconds)
}

fn waves() -> RateCurve {
    let wave = |cycles, amplitude, hours: u64| Harmonic { cycles, amplitude, peak: secs(hours * 3_600) };
    RateCurve::Harmonics(vec![wave(1, 0.4, 14), wave(2, -0.1, 1)])
}

const WAVES: &str = "harmonics = [{ amplitude = 0.4, peak = '14h' }, { cycles = 2, amplitude = -0.1, peak = '1h' }]";

#[test]
fn arrivals_come_in_bursts_waves_and_zeta_batches() {
    let check = |law: &str, expected: Arrivals| {
        assert_eq!(source(&format!("task-definition = 'f'\narrivals = {{ model = {law} }}")).arrivals, expected);
    };
    let law = Mmpp2 { rate_per_hour: 60.0, burst_share: 0.25, rate_ratio: 4.0, time_scale: secs(600) };
    let mmpp = "'mmpp-2', rate-per-hour = 60, burst-share = 0.25, rate-ratio = 4, time-scale = '10m'";
    check(mmpp, Arrivals::Mmpp2 { law, daily: None });
    check(&format!("{mmpp}, {WAVES}"), Arrivals::Mmpp2 { law, daily: Some(waves()) });
    check(&format!("'harmonics', rate-per-hour = 9, {WAVES}"), Arrivals::Daily { rate_per_hour: 9.0, curve: waves() });
    check(
        &format!(
            "'batch-poisson', batches-per-hour = 5, batch-sizes = {{ model = 'bounded-zeta', exponent = 1.7, maximum = 587 }}, {WAVES}"
        ),
        Arrivals::BatchPoisson {
            batches_per_hour: 5.0,
            batch_sizes: CountLaw::BoundedZeta { exponent: 1.7, maximum: 587 },
            daily: Some(waves()),
        },
    );
}

#[test]
fn lives_have_tails_and_classes() {
    let check = |law: &str, expected: Lifetime| {
        assert_eq!(source(&format!("task-definition = 'f'\nlifetime = {{ model = {law} }}")).lifetime, expected);
    };
    let weibull = Lifetime::Weibull { scale: secs(300), shape: 0.6, cap: secs(172_800) };
    check("'weibull', scale = '5m', shape = 0.6, cap = '2d'", weibull.clone());
    let spliced = Lifetime::LognormalPareto {
        median: secs(180),
        p90: secs(1_800),
        tail_share: 0.05,
        alpha: 0.75,
        cap: secs(604_800),
    };
    let written = "'lognormal-pareto', median = '3m', p90 = '30m', tail-share = 0.05, alpha = 0.75, cap = '7d'";
    check(written, spliced.clone());
    check(
        &format!(
            "'mixture', classes = [{{ weight = 3, lifetime = {{ model = {written} }} }}, {{ lifetime = {{ model = 'weibull', scale = '5m', shape = 0.6, cap = '2d' }} }}]"
        ),
        Lifetime::Mixture(vec![(3, spliced), (1, weibull)]),
    );
}

#[test]
fn groups_batches_and_load_factors_are_read() {
    let plain = source("task-definition = 'f'");
    assert_eq!((plain.groups, plain.batch_shares), (None, BatchShares::default()));
    assert_eq!(plain.load_factor, LoadFactor::ONE);
    let groups = |keys: &str| source(&format!("task-definition = 'f'\ngroups = {{ {keys} }}")).groups.unwrap();
    assert_eq!(
        groups("model = 'bounded-zeta', prefix = 'app', count = 20, exponent = 1.5, maximum = 100"),
        Groups {
            prefix: "app".to_owned(),
            count: 20,
            sizes: CountLaw::BoundedZeta { exponent: 1.5, maximum: 100 },
            one_shape: true
        }
    );
    assert_eq!(
        groups("model = 'empirical', prefix = 'job', count = 3, sizes = [{ size = 40 }], one-shape = false"),
        Groups { prefix: "job".to_owned(), count: 3, sizes: CountLaw::Weighted(vec![(40, 1)]), one_shape: false }
    );
    let shared = source(
        "task-definition = 'f'\nload-factor = 0.0025\nbatch-shares = ['life', 'shape']\n\
         arrivals = { model = 'batch-poisson', batches-per-hour = 1, batch-sizes = [{ size = 2 }] }",
    );
    assert_eq!(shared.load_factor, LoadFactor(2_500));
    assert_eq!(shared.batch_shares, BatchShares { shape: true, life: true, ..BatchShares::default() });
}

/// Half of a lognormal law lies at or below its median: with the median as the only step but one, each has half.
#[test]
fn drawn_shapes_become_weighted_definitions_that_sources_share() {
    let law = "{ model = 'lognormal', cpu-median = 512, cpu-p90 = 2048, memory-per-vcpu-median = 2048, \
               memory-per-vcpu-p90 = 4096, cpu-steps = [512, 2048], memory-steps = [8192] }";
    let text = format!("{MINIMAL}[[tasks]]\ncount = 1\nshapes = {law}\n[[tasks]]\ncount = 2\nshapes = {law}");
    let scenario = super::read(&text).unwrap().scenario;
    let families: Vec<&str> = scenario.definitions.iter().map(|definition| definition.family.as_str()).collect();
    assert_eq!(families, ["shape-512-8192", "shape-2048-8192"]);
    assert_eq!(scenario.sources[0].shapes, scenario.sources[1].shapes);
    let weights: Vec<u32> = scenario.sources[0].shapes.iter().map(|shape| shape.weight).collect();
    assert!(weights.iter().all(|weight| weight.abs_diff(500_000_000) <= 1), "{weights:?}");
}

/// Times in milliseconds, lives, and the numbers of censored and of ended rows.
fn times(text: &str, options: &TraceOptions) -> (Vec<(u64, Option<u64>)>, u64, u64) {
    let load = read_trace(text.as_bytes(), options).unwrap();
    let Trace { tasks, groups, .. } = load.trace;
    assert!(tasks.iter().all(|task| task.group.index() < groups.len()));
    assert!(tasks.iter().all(|task| task.definition.index() < load.definitions.len()));
    let times = tasks.iter().map(|task| (task.at.0, task.life.map(|life| life.0))).collect();
    (times, load.censored, load.ended_before)
}

const HISTORY: &str = "arrival_s,duration_s,duration_censored,cpu_units,memory_mib\n\
                       -10,5,0,1,1\n-9,19,0,1,2\n-8,,0,1,3\n-7,12,1,1,4\n0,4,0,1,5\n3,1,0,1,6\n8,2,1,1,7\n";

#[test]
fn tasks_from_before_the_run_have_what_is_left_of_their_lives() {
    let plain = TraceOptions::default();
    let (tasks, censored, ended) = times(HISTORY, &plain);
    let expected = [(0, Some(10_000)), (0, None), (0, None), (0, Some(4_000)), (3_000, Some(1_000)), (8_000, None)];
    assert_eq!((tasks.as_slice(), censored, ended), (&expected[..], 2, 1));
    let (tasks, ..) = times(HISTORY, &TraceOptions { censored: Censored::StopAtAge, ..plain.clone() });
    assert_eq!((tasks[2], tasks[5]), ((0, Some(5_000)), (8_000, Some(2_000))));
    let (tasks, censored, _) =
        times(HISTORY, &TraceOptions { running_at_start: RunningAtStart::Drop, ..plain.clone() });
    assert_eq!((tasks.as_slice(), censored), (&expected[3..], 1));
    let (tasks, _, ended) = times(HISTORY, &TraceOptions { origin: Origin::FirstArrival, ..plain.clone() });
    assert_eq!((tasks[0], tasks[6], ended), ((0, Some(5_000)), (18_000, None), 0));
}

#[test]
fn a_window_begins_the_run_and_cuts_the_trace() {
    let window = |from: u64, to: u64| TraceOptions {
        from: Some(SimTime(from)),
        to: Some(SimTime(to)),
        censored: Censored::StopAtAge,
        ..TraceOptions::default()
    };
    // The task of -9 s ends at 10 s, that of -8 s never, that of -7 s at 5 s, that of 0 s at 4 s, that of 3 s at 4 s.
    let (tasks, ..) = times(HISTORY, &window(3_000, 8_000));
    let expected = [(0, Some(7_000)), (0, None), (0, Some(2_000)), (0, Some(1_000)), (0, Some(1_000))];
    assert_eq!(tasks, expected);
    let (tasks, _, ended) = times(HISTORY, &window(4_000, 9_000));
    assert_eq!(tasks, [(0, Some(6_000)), (0, None), (0, Some(1_000)), (4_000, Some(2_000))]);
    assert_eq!(ended, 3);
    let (tasks, ..) =
        times(HISTORY, &TraceOptions { origin: Origin::FirstArrival, to: Some(SimTime(2_000)), ..window(0, 0) });
    assert_eq!(tasks, [(0, Some(5_000)), (1_000, Some(19_000))]);
}

#[test]
fn definitions_and_groups_of_rows_that_do_not_come_are_forgotten() {
    let text = "arrival_s,group,cpu_units,memory_mib\n0,a,1,1\n1,b,2,2\n2,a,1,1\n3,c,3,3\n";
    let options =
        TraceOptions { from: Some(SimTime(1_000)), running_at_start: RunningAtStart::Drop, ..Default::default() };
    let load = read_trace(text.as_bytes(), &options).unwrap();
    let families: Vec<&str> = load.definitions.iter().map(|definition| definition.family.as_str()).collect();
    assert_eq!(families, ["trace-1-1", "trace-2-2", "trace-3-3"]);
    let options = TraceOptions { from: Some(SimTime(3_000)), ..options };
    let load = read_trace(text.as_bytes(), &options).unwrap();
    assert_eq!((load.definitions.len(), load.trace.groups.as_slice()), (1, &["c".to_owned()][..]));
    assert_eq!((load.definitions[0].family.as_str(), load.trace.tasks[0].definition.0), ("trace-3-3", 0));
}

#[test]
fn stops_are_lives() {
    let text = "arrival_s,stop_s,cpu_units,memory_mib\n1,2.5,1,1\n2,,1,1\n-3,4,1,1\n";
    let (tasks, ..) = times(text, &TraceOptions::default());
    assert_eq!(tasks, [(0, Some(4_000)), (1_000, Some(1_500)), (2_000, None)]);
}
