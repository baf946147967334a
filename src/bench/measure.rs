//! The timed loops: fill, churn, refuse, batch. Each asserts that it did the work it was meant to do.

use std::sync::Barrier;

use super::clock::timed;
use super::load::Load;
use super::naive::Naive;
use super::rng::Rng;
use super::vector::Vectorised;
use crate::engine::fast::delay::Delay;
use crate::engine::fast::memory::{prefetch, roomy};
use crate::engine::{Engine, FastEngine, Setup};
use crate::model::{InstanceId, RequestId};

/// A living task, 8 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) request: RequestId,
    pub(super) instance: InstanceId,
}

/// The cluster is filled to this share of its cpu.
const FILL_PERCENT: u64 = 90;
/// Departures are announced this many events ahead.
const LOOKAHEAD: usize = 12;
/// The task that will leave is drawn this much earlier still: an event loop finds it at the top of its queue.
const DRAWN_AHEAD: usize = 8;
/// Tasks of one batch.
pub(super) const BATCH: u32 = 100;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Tasks of random services arrive one by one until 90 % of the cpu is taken.
    Fill,
    /// There, a random task stops and another arrives.
    Churn,
    /// A task arrives where nothing fits.
    Refuse,
    /// As [`Operation::Fill`], but each arrival is a batch of 100 equal tasks.
    Batch,
    /// As [`Operation::Fill`], while another thread does the same.
    Two,
    /// A scan over all instances, at half a fill.
    Naive,
    /// The same with vector instructions.
    Vector,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Fill, Self::Churn, Self::Refuse, Self::Batch, Self::Two, Self::Naive, Self::Vector];

    /// As in ids and CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fill => "fill",
            Self::Churn => "churn",
            Self::Refuse => "refuse",
            Self::Batch => "batch",
            Self::Two => "two",
            Self::Naive => "naive",
            Self::Vector => "vector",
        }
    }
}

/// One engine under load.
pub(super) struct Bench<'a> {
    load: &'a Load,
    pub(super) engine: FastEngine<'a>,
    rng: Rng,
    tasks: Vec<Task>,
    /// Positions in `tasks` of those that will be announced.
    drawn: Delay<usize, DRAWN_AHEAD>,
    /// Tasks that will stop, announced.
    leaving: Delay<Task, LOOKAHEAD>,
    cpu: u64,
}

/// What a loop took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) ns: f64,
    /// Operations timed.
    pub(super) operations: u64,
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a few seconds")]
fn taken(ns: u64, operations: u64) -> Taken {
    assert!(operations > 0, "nothing was timed");
    Taken { ns: ns as f64 / operations as f64, operations }
}

impl<'a> Bench<'a> {
    pub(super) fn new(load: &'a Load) -> Self {
        let setup = Setup { fleet: &load.fleet, requests: &load.requests, options: load.options, seed: 7 };
        let expected = load.fleet.instances.len() * 16;
        Self {
            load,
            engine: FastEngine::new(setup),
            rng: Rng::new(3),
            tasks: roomy(expected),
            drawn: Delay::default(),
            leaving: Delay::default(),
            cpu: 0,
        }
    }

    /// Places tasks of random services one by one until 90 % of the cpu is taken or all is full.
    pub(super) fn fill(&mut self) -> Taken {
        self.fill_with(usize::MAX)
    }

    /// As [`Self::fill`], with at most so many tasks. A frame of its own, for profilers.
    #[inline(never)]
    pub(super) fn fill_with(&mut self, most: usize) -> Taken {
        let target = self.load.cpu * FILL_PERCENT / 100;
        let before = self.tasks.len();
        let (ns, attempts) = timed(|| {
            let mut attempts = 0;
            let mut refused = 0;
            while self.cpu < target && refused < 64 && self.tasks.len() < most {
                attempts += 1;
                refused = if self.arrive() { 0 } else { refused + 1 };
            }
            attempts
        });
        assert!(self.tasks.len() > before, "nothing was placed");
        taken(ns, attempts)
    }

    #[inline]
    fn arrive(&mut self) -> bool {
        let request = self.load.draw(&mut self.rng);
        let Some(placed) = self.engine.place(request) else { return false };
        self.tasks.push(Task { request, instance: placed.instance });
        self.cpu += self.load.cpu_of(request);
        true
    }

    /// `pairs` times one random living task stops and one of a random service arrives.
    pub(super) fn churn(&mut self, pairs: u64) -> Taken {
        (0..DRAWN_AHEAD + LOOKAHEAD).for_each(|_| _ = self.announce());
        let (ns, placed) = timed(|| self.pairs(pairs));
        assert!(placed as u64 > pairs / 2, "most arrivals of the churn are placed");
        taken(ns, pairs)
    }

    /// A frame of its own, for profilers. Answers how many arrivals were placed.
    #[inline(never)]
    fn pairs(&mut self, pairs: u64) -> usize {
        (0..pairs).filter(|_| self.pair()).count()
    }

    #[inline]
    fn pair(&mut self) -> bool {
        let task = self.announce().expect("announced ahead");
        self.engine.stop(task.request, task.instance);
        self.cpu -= self.load.cpu_of(task.request);
        self.arrive()
    }

    /// Draws a task that will stop, announces one that was drawn before, and answers one that was announced before that.
    #[inline]
    fn announce(&mut self) -> Option<Task> {
        let position = self.rng.below(self.tasks.len());
        prefetch(&raw const self.tasks[position]);
        let position = self.drawn.pass(position)?;
        // The list may have become shorter since: another uniform position then.
        let position = if position < self.tasks.len() { position } else { self.rng.below(self.tasks.len()) };
        let task = self.tasks.swap_remove(position);
        self.engine.announce_stop(task.request, task.instance);
        self.leaving.pass(task)
    }

    /// Fills the cluster up with every service, then asks for more.
    pub(super) fn refuse(&mut self, attempts: u64) -> Taken {
        for service in 0..self.load.requests.table.len() {
            while self.engine.place(RequestId::from_index(service)).is_some() {}
        }
        let (ns, placed) = timed(|| (0..attempts).filter(|_| self.arrive()).count());
        assert_eq!(placed, 0, "the cluster is full");
        taken(ns, attempts)
    }

    /// Living tasks.
    pub(super) fn living(&self) -> usize {
        self.tasks.len() + self.leaving.iter().count()
    }

    /// Scans for tasks on a copy of the cluster as it is, for about as long as 20 million instances take, at most so often.
    pub(super) fn naive(&mut self, most: u64) -> Taken {
        let mut naive = Naive::new(self.load, &self.engine, self.living_tasks());
        self.scans(most, |request| naive.place(request).is_some())
    }

    /// As [`Self::naive`], with the vectorised scan.
    pub(super) fn vector(&mut self, most: u64) -> Taken {
        let mut scan = Vectorised::new(self.load, &self.engine, self.living_tasks());
        self.scans(most, |request| scan.place(request).is_some())
    }

    fn living_tasks(&self) -> impl Iterator<Item = Task> + use<'_, 'a> {
        self.tasks.iter().chain(self.leaving.iter()).copied()
    }

    fn scans(&mut self, most: u64, mut place: impl FnMut(RequestId) -> bool) -> Taken {
        let scans = (20_000_000 / self.engine.instance_count().max(1)).clamp(20, 20_000) as u64;
        let scans = scans.min(most);
        let (ns, placed) = timed(|| (0..scans).filter(|_| place(self.load.draw(&mut self.rng))).count());
        assert!(placed > 0, "the scan placed nothing");
        taken(ns, scans)
    }

    /// As [`Self::fill`], but each arrival is a batch of equal tasks.
    pub(super) fn batch(&mut self) -> Taken {
        let target = self.load.cpu * FILL_PERCENT / 100;
        let (ns, placed) = timed(|| {
            let mut placed = 0;
            let mut refused = 0;
            while self.cpu < target && refused < 64 {
                let request = self.load.draw(&mut self.rng);
                let tasks = &mut self.tasks;
                let mut sink = |one: crate::engine::Placed| tasks.push(Task { request, instance: one.instance });
                let done = self.engine.place_batch(request, BATCH, &mut sink);
                self.cpu += u64::from(done) * self.load.cpu_of(request);
                refused = if done == 0 { refused + 1 } else { 0 };
                placed += u64::from(done);
            }
            placed
        });
        taken(ns, placed)
    }
}

/// The mean of two fills at the same time, each of an engine of its own.
pub(super) fn two_fills(load: &Load) -> Taken {
    let start = Barrier::new(2);
    let fill = || {
        let mut bench = Bench::new(load);
        start.wait();
        bench.fill()
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(fill);
        (fill(), other.join().expect("a fill does not panic"))
    });
    assert_eq!(one.operations, other.operations, "both do the same");
    Taken { ns: f64::midpoint(one.ns, other.ns), ..one }
}
