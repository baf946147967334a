//! The event loop against closed forms of queueing theory (P70 to P72): the only exact oracles from outside.
//!
//! Each figure is a mean over 20 seeds, held to its formula within 4.9 standard errors. Under the first few both engines see
//! the same load, and in these systems must count exactly the same.

use stowplan::engine::{Engine, FastEngine, ReferenceEngine, Setup};
use stowplan::model::{Requests, Scenario, SimTime};
use stowplan::simulation::{Control, Input, Observer, Rejection, Start, Tasks, run};
use stowplan::workload::Workload;

use crate::support::scenario;

const SEEDS: u32 = 20;
/// Seeds that both engines see.
const COMPARED: u32 = 2;
const HOUR: u64 = 3_600_000;
/// What happens earlier is not counted: fifty mean lives.
const WARM_UP: SimTime = SimTime(50 * HOUR);

/// Attempts and refusals by kind of request, and the number of living tasks every ten hours.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    attempts: Vec<u64>,
    refused: Vec<u64>,
    living: Vec<u64>,
    /// None where nobody asks for the living.
    next_sample: Option<SimTime>,
}

/// What is counted of a run beside attempts and refusals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Also {
    Nothing,
    Living,
}

impl Counts {
    fn new(kinds: usize, also: Also) -> Self {
        let next_sample = (also == Also::Living).then_some(WARM_UP);
        Self { attempts: vec![0; kinds], refused: vec![0; kinds], living: Vec::new(), next_sample }
    }

    fn share(&self, kind: usize) -> f64 {
        self.refused[kind] as f64 / self.attempts[kind] as f64
    }
}

impl Observer for Counts {
    fn placed(&mut self, start: &Start) {
        self.attempts[start.request.index()] += u64::from(start.at >= WARM_UP);
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.attempts[rejection.request.index()] += u64::from(rejection.at >= WARM_UP);
        self.refused[rejection.request.index()] += u64::from(rejection.at >= WARM_UP);
    }

    fn next_sample(&self) -> Option<SimTime> {
        self.next_sample
    }

    fn sample(&mut self, at: SimTime, _: &dyn Engine, tasks: &dyn Tasks) {
        self.next_sample = Some(SimTime(at.0 + 10 * HOUR));
        let mut living = 0;
        tasks.for_each(&mut |_, _| living += 1);
        self.living.push(living);
    }
}

/// One seed under one policy: attempts and refusals.
fn counts(scenario: &Scenario, policy: usize, seed: u32) -> Counts {
    counts_and(Also::Nothing, scenario, policy, seed)
}

/// What both engines see is counted whole.
fn counts_and(also: Also, scenario: &Scenario, policy: usize, seed: u32) -> Counts {
    let also = if seed <= COMPARED { Also::Living } else { also };
    let requests = Requests::compile(scenario, &scenario.policies[policy]);
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
    let control = Control::default();
    let input = Input { scenario, requests: &requests, control: &control, seed };
    let load = || Workload::new(scenario, &requests, seed);
    let [mut slow, mut fast] = [(); 2].map(|()| Counts::new(requests.table.len(), also));
    run(input, &mut FastEngine::new(setup), load(), &mut fast).expect("nobody cancels");
    if seed <= COMPARED {
        run(input, &mut ReferenceEngine::new(setup), load(), &mut slow).expect("nobody cancels");
        assert_eq!(slow, fast, "seed {seed} of {}", scenario.name);
    }
    fast
}

/// Mean and standard error of a figure over the seeds.
fn over_seeds(figures: &[f64]) -> (f64, f64) {
    let n = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / n;
    let variance = figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Within 4.9 standard errors, which must be below `power`, so that the test can tell the formula from a wrong one.
fn check(what: &str, figures: &[f64], expected: f64, power: f64) {
    let (mean, error) = over_seeds(figures);
    assert!((mean - expected).abs() < 4.9 * error, "{what}: {mean} ± {error}, not {expected}");
    assert!(error < power, "{what}: ± {error} tells nothing");
}

/// Task definitions as (size, offered load, lifetime) on instances of `slots` CPU units each, under three policies. There is
/// memory for more tasks than ever live at once.
fn loss_system(instances: u32, slots: u32, classes: &[(u32, f64, &str)], count: u32) -> Scenario {
    let mut text = format!(
        "name = 'loss'
        [cluster]
        zones = ['a', 'b']
        [[cluster.instances]]
        cpu = {slots}
        memory = 1024
        count = {instances}
        [[policies]]
        name = 'binpack'
        template = 'binpack'
        [[policies]]
        name = 'az-balanced-spread'
        template = 'az-balanced-spread'
        [[policies]]
        name = 'random'
        template = 'random'\n"
    );
    for (number, (size, offered, lifetime)) in classes.iter().enumerate() {
        text.push_str(&format!(
            "[[task-definitions]]
            family = 't{number}'
            cpu = {size}
            memory = 1
            [[tasks]]
            task-definition = 't{number}'
            count = {count}
            arrivals = {{ model = 'poisson', rate-per-hour = {offered:?} }}
            lifetime = {{ model = {lifetime} }}\n"
        ));
    }
    scenario(&text)
}

/// B(slots, offered) by its recursion.
fn erlang_b(slots: u32, offered: f64) -> f64 {
    (1..=slots).fold(1.0, |before, k| offered * before / (f64::from(k) + offered * before))
}

const EXPONENTIAL: &str = "'exponential', mean = '1h'";
/// Laws of a mean of one hour. The Weibull law has a mean of twice its scale, the Pareto law of 2.702703 times its
/// shortest life, the lognormal law with a deviation of 1 one of its median times the root of e.
const LIVES: [&str; 6] = [
    EXPONENTIAL,
    "'constant', value = '1h'",
    "'weibull', scale = '30m', shape = 0.5, cap = '60d'",
    "'bounded-pareto', low = '1332s', high = '133200s', alpha = 1.5",
    "'lognormal', median = '2183510ms', p99 = '22359506ms'",
    "'mixture', classes = [{ weight = 9, lifetime = { model = 'constant', value = '20m' } }, { weight = 1, lifetime = { model = 'constant', value = '7h' } }]",
];

#[test]
fn p70_blocking_is_what_erlang_b_says_for_any_law_of_lives() {
    assert!((erlang_b(10, 7.0) - 0.078_741).abs() < 5e-7 && (erlang_b(2, 1.0) - 0.2).abs() < 1e-15);
    for lifetime in LIVES {
        let scenario = loss_system(1, 10, &[(1, 7.0, lifetime)], 4_000);
        let shares: Vec<f64> = (1..=SEEDS).map(|seed| counts(&scenario, 0, seed).share(0)).collect();
        check(&format!("B(10, 7), {lifetime}"), &shares, 0.078_741, 0.004);
        let scenario = loss_system(1, 2, &[(1, 1.0, lifetime)], 2_000);
        let shares: Vec<f64> = (1..=SEEDS).map(|seed| counts(&scenario, 0, seed).share(0)).collect();
        check(&format!("B(2, 1), {lifetime}"), &shares, 0.2, 0.005);
    }
}

/// Slots are slots, wherever they are: which instance a task goes to changes no refusal.
#[test]
fn p70_blocking_is_what_erlang_b_says_under_any_strategy() {
    let scenario = loss_system(5, 2, &[(1, 7.0, EXPONENTIAL)], 4_000);
    let one_place = loss_system(1, 10, &[(1, 7.0, EXPONENTIAL)], 4_000);
    let shares = |scenario, policy| (1..=SEEDS).map(|seed| counts(scenario, policy, seed).share(0)).collect::<Vec<_>>();
    let expected = shares(&one_place, 0);
    check("B(10, 7) on one instance", &expected, erlang_b(10, 7.0), 0.004);
    for policy in 0..3 {
        assert_eq!(shares(&scenario, policy), expected, "policy {policy}");
    }
}

/// Blocking of each class by the recursion of Kaufman and Roberts: j q(j) is the sum of a b q(j - b) over the classes.
fn kaufman_roberts(capacity: usize, classes: &[(usize, f64)]) -> Vec<f64> {
    let mut q = vec![1.0];
    for j in 1..=capacity {
        let of = |&(size, offered): &(usize, f64)| if size > j { 0.0 } else { offered * size as f64 * q[j - size] };
        q.push(classes.iter().map(of).sum::<f64>() / j as f64);
    }
    let total: f64 = q.iter().sum();
    classes.iter().map(|(size, _)| q[capacity + 1 - size..].iter().sum::<f64>() / total).collect()
}

#[test]
fn p71_blocking_of_several_sizes_is_what_kaufman_and_roberts_say() {
    type Case = (u32, [(u32, f64); 2], [f64; 2]);
    let cases: [Case; 2] =
        [(4, [(1, 1.0), (2, 0.5)], [5.0 / 49.0, 13.0 / 49.0]), (10, [(1, 3.0), (4, 1.0)], [0.074_957, 0.361_886])];
    for (capacity, classes, expected) in cases {
        let as_given = classes.map(|(size, offered)| (size as usize, offered));
        for (found, expected) in kaufman_roberts(capacity as usize, &as_given).iter().zip(expected) {
            assert!((found - expected).abs() < 5e-7, "{found} is not {expected}");
        }
        for lifetime in [LIVES[0], LIVES[1], LIVES[5]] {
            // Until a horizon rather than by count, so that both classes arrive to the end.
            let classes: Vec<_> = classes.iter().map(|&(size, offered)| (size, offered, lifetime)).collect();
            let mut scenario = loss_system(1, capacity, &classes, 1);
            for source in &mut scenario.sources {
                source.count = None;
            }
            scenario.horizon = Some(SimTime(3_000 * HOUR));
            let runs: Vec<Counts> = (1..=SEEDS).map(|seed| counts(&scenario, 0, seed)).collect();
            for (kind, expected) in expected.into_iter().enumerate() {
                let shares: Vec<f64> = runs.iter().map(|run| run.share(kind)).collect();
                check(&format!("size {} of {capacity}, {lifetime}", classes[kind].0), &shares, expected, 0.01);
            }
        }
    }
}

/// Without limits the number of running tasks is Poisson with the mean rate x mean life: both its mean and its variance.
#[test]
fn p72_running_tasks_are_what_little_says() {
    for (lifetime, offered) in [(LIVES[0], 12.0), (LIVES[2], 12.0), (LIVES[4], 3.0)] {
        let mut scenario = loss_system(1, 1_000_000, &[(1, offered, lifetime)], 1);
        scenario.sources[0].count = None;
        scenario.horizon = Some(SimTime(700 * HOUR));
        let runs: Vec<Counts> = (1..=SEEDS).map(|seed| counts_and(Also::Living, &scenario, 0, seed)).collect();
        assert!(runs.iter().all(|run| run.refused == [0] && run.living.len() >= 60), "{lifetime}");
        let means: Vec<f64> = runs.iter().map(|run| over_seeds(&to_real(&run.living)).0).collect();
        check(&format!("running tasks, {lifetime}"), &means, offered, offered / 50.0);
        let dispersion = |run: &Counts| {
            let square = |living: &u64| (*living as f64 - offered).powi(2);
            run.living.iter().map(square).sum::<f64>() / run.living.len() as f64 / offered
        };
        let dispersions: Vec<f64> = runs.iter().map(dispersion).collect();
        check(&format!("variance over mean of running tasks, {lifetime}"), &dispersions, 1.0, 0.06);
    }
}

fn to_real(numbers: &[u64]) -> Vec<f64> {
    numbers.iter().map(|number| *number as f64).collect()
}
