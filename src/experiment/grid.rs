//! The plan of an experiment and its execution.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::engine::{FastEngine, ReferenceEngine, Setup};
use crate::model::contract::Order;
use crate::model::{Policy, Requests, Scenario};
use crate::simulation::{self, Cancelled, Control, Heard, Input, Observer};
use crate::workload::{Arrival, Decreasing, LoadDigest, LoadKinds, Workload};

/// One run of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Position in the plan.
    pub run: u32,
    /// Position of the policy in the scenario.
    pub policy: usize,
    /// Seed number, from 1.
    pub seed: u32,
}

/// Which engine places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineKind {
    /// The one with indexes.
    #[default]
    Fast,
    /// The dull one that scans: the oracle of the other.
    Reference,
}

impl EngineKind {
    /// Name in the manifest and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Reference => "reference",
        }
    }
}

/// A scenario made ready to run under each of its policies.
#[derive(Debug)]
pub struct Experiment<'a> {
    scenario: &'a Scenario,
    engine: EngineKind,
    /// The requests under each policy.
    requests: Vec<Requests>,
    /// What digests of its load are made of.
    load: LoadKinds,
}

impl<'a> Experiment<'a> {
    /// Prepares a scenario.
    #[must_use]
    pub fn new(scenario: &'a Scenario, engine: EngineKind) -> Self {
        let requests: Vec<Requests> =
            scenario.policies.iter().map(|policy| Requests::compile(scenario, policy)).collect();
        let load = LoadKinds::of(scenario, requests.first().unwrap_or(&Requests::default()));
        Self { scenario, engine, requests, load }
    }

    /// Every run, in plan order. A policy that draws nothing, in a load that draws nothing, runs on the first seed only: the
    /// others would be copies. Runs are numbered as if all were there.
    #[must_use]
    pub fn plan(&self) -> Vec<Case> {
        let policies = 0..self.scenario.policies.len();
        let cases = policies.flat_map(|policy| (1..=self.scenario.seeds).map(move |seed| (policy, seed)));
        let numbered = (0..).zip(cases).map(|(run, (policy, seed))| Case { run, policy, seed });
        let fixed = self.fixed();
        numbered.filter(|case| case.seed == 1 || !fixed[case.policy]).collect()
    }

    /// For each policy, whether every seed would be the same run.
    #[must_use]
    pub fn fixed(&self) -> Vec<bool> {
        self.requests.iter().map(|requests| self.scenario.is_fixed_under(requests)).collect()
    }

    /// The policy of a case.
    #[must_use]
    pub fn policy(&self, case: Case) -> &'a Policy {
        &self.scenario.policies[case.policy]
    }

    /// The requests under each policy.
    #[must_use]
    pub fn requests_by_policy(&self) -> &[Requests] {
        &self.requests
    }

    /// The requests of a case.
    #[must_use]
    pub fn requests(&self, case: Case) -> &Requests {
        &self.requests[case.policy]
    }

    /// The key of the engine's own draws: the same decision of the same request draws the same bits under every policy, and
    /// the load never draws from it.
    #[must_use]
    pub fn engine_key(seed: u32) -> u64 {
        simulation::engine_key(seed)
    }

    /// The scenario.
    pub(crate) fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// What an engine of a case is built from.
    pub(super) fn setup(&self, case: Case) -> Setup<'_> {
        Setup {
            fleet: &self.scenario.fleet,
            requests: self.requests(case),
            options: self.scenario.options,
            seed: Self::engine_key(case.seed),
        }
    }

    /// Runs one case to its end on this thread; answers the digest of the load that it faced.
    ///
    /// # Errors
    /// [`Cancelled`] if the control said so on the way.
    pub fn run<O: Observer>(&self, case: Case, control: &Control, observer: &mut O) -> Result<LoadDigest, Cancelled> {
        let (requests, setup) = (self.requests(case), self.setup(case));
        let input = Input { scenario: self.scenario, requests, seed: case.seed, control };
        let mut arrivals = self.load.watch(Workload::new(self.scenario, requests, case.seed));
        match requests.order {
            Order::Given => self.place(setup, input, &mut arrivals, observer)?,
            Order::Decreasing => {
                let sorted = Decreasing::new(&mut arrivals, requests.sizes(&self.scenario.fleet));
                self.place(setup, input, sorted, observer)?;
            }
        }
        Ok(arrivals.digest())
    }

    fn place<O: Observer>(
        &self,
        setup: Setup<'_>,
        input: Input<'_>,
        arrivals: impl Iterator<Item = Arrival>,
        observer: &mut O,
    ) -> Result<(), Cancelled> {
        match self.engine {
            EngineKind::Fast => simulation::run(input, &mut FastEngine::new(setup), arrivals, observer),
            EngineKind::Reference => {
                simulation::run(input, &mut ReferenceEngine::new(setup), arrivals, &mut Heard(observer))
            }
        }
    }
}

/// Does `work` for every case on `threads` threads and hands the outcomes to `deliver` on this thread, in plan order.
///
/// Cases are started in plan order and an outcome is delivered as soon as all before it are, so that what has been
/// delivered when the program is killed is a prefix of the plan. While no outcome comes, `idle` is called every twentieth
/// of a second, so that the caller can listen to the person who waits.
///
/// # Errors
/// The first error of `deliver`; no further case is started then.
///
/// # Panics
/// If `threads` is 0, or with the panic of a case.
pub fn execute<T: Send, E>(
    cases: &[Case],
    threads: usize,
    work: impl Fn(Case) -> T + Sync,
    mut deliver: impl FnMut(Case, T) -> Result<(), E>,
    mut idle: impl FnMut(),
) -> Result<(), E> {
    assert!(threads > 0, "no thread to run on");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pool.in_place_scope(|workers| {
                for _ in 0..threads {
                    let sender = sender.clone();
                    let (next, work) = (&next, &work);
                    workers.spawn(move |_| {
                        while let Some(&case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                            if sender.send(Done { case, outcome: work(case) }).is_err() {
                                return;
                            }
                        }
                    });
                }
            });
            drop(sender);
        });
        let delivered = deliver_in_order(cases, &receiver, &mut deliver, &mut idle);
        // A worker that finds nobody listening any more stops.
        drop(receiver);
        delivered
    })
}

/// A case that is done.
struct Done<T> {
    case: Case,
    outcome: T,
}

fn deliver_in_order<T, E>(
    cases: &[Case],
    receiver: &mpsc::Receiver<Done<T>>,
    deliver: &mut impl FnMut(Case, T) -> Result<(), E>,
    idle: &mut impl FnMut(),
) -> Result<(), E> {
    const PATIENCE: Duration = Duration::from_millis(50);
    let mut early: BTreeMap<u32, T> = BTreeMap::new();
    let mut due = cases.iter();
    let mut waiting_for = due.next();
    loop {
        let Done { case, outcome } = match receiver.recv_timeout(PATIENCE) {
            Ok(delivered) => delivered,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                idle();
                continue;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        };
        early.insert(case.run, outcome);
        while let Some(outcome) = waiting_for.and_then(|case| early.remove(&case.run)) {
            deliver(*waiting_for.expect("it has just been found"), outcome)?;
            waiting_for = due.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(count: u32) -> Vec<Case> {
        (0..count).map(|run| Case { run, policy: 0, seed: run + 1 }).collect()
    }

    /// From the script that froze the draws of the load.
    #[test]
    fn the_key_of_a_run_is_frozen() {
        assert_eq!(Experiment::engine_key(1), 0xea34_ecc7_1894_a01e);
    }

    #[test]
    fn outcomes_arrive_in_plan_order_whatever_finishes_first() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let work = |case: Case| {
                std::thread::sleep(std::time::Duration::from_millis(u64::from((case.run * 7) % 5)));
                case.run * 10
            };
            let deliver = |case: Case, outcome| {
                seen.push((case.run, outcome));
                Ok::<(), ()>(())
            };
            let delivered = execute(&cases(20), threads, work, deliver, || {});
            assert_eq!(delivered, Ok(()));
            assert_eq!(seen, (0..20).map(|run| (run, run * 10)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_of_the_receiver_stops_the_rest() {
        let mut delivered = 0;
        let outcome = execute(
            &cases(1_000),
            2,
            |case| case.run,
            |case, _| {
                delivered += 1;
                if case.run == 3 { Err("full") } else { Ok(()) }
            },
            || {},
        );
        assert_eq!((outcome, delivered), (Err("full"), 4));
    }

    #[test]
    fn the_caller_is_heard_while_a_case_takes_long() {
        let heard = std::sync::atomic::AtomicBool::new(false);
        let work = |_: Case| {
            while !heard.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        let delivered = execute(&cases(1), 1, work, |_, ()| Ok::<(), ()>(()), || heard.store(true, Ordering::Relaxed));
        assert_eq!(delivered, Ok(()));
    }
}
