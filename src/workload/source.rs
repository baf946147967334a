//! The tasks of one feed of the stream: a generator, or the trace.
//!
//! A feed first tells when its next task comes, then hands that task over. It knows nothing of other
//! feeds.

use super::Arrival;
use super::clock::Clock;
use super::keyed::{Draws, Origin, Purpose};
use super::quantile::Quantile;
use super::weighted::Weighted;
use crate::model::{Lifetime, RequestId, SimSpan, SimTime, TaskSource, TraceTask};

/// Anything that tasks come from, in time order.
#[derive(Clone, Debug)]
pub(super) enum Feed<'a> {
    Generator(Generator<'a>),
    Replay(Replay<'a>),
}

impl Feed<'_> {
    /// When the next task comes, if that is before `end`; ask once a task.
    #[inline]
    pub(super) fn next_before(&mut self, end: SimTime) -> Option<SimTime> {
        let at = match self {
            Self::Generator(generator) => generator.next_time(),
            Self::Replay(replay) => replay.next_time(),
        };
        at.filter(|&at| at < end)
    }

    /// The task whose time was told last.
    #[inline]
    pub(super) fn arrive(&mut self, at: SimTime) -> Arrival {
        match self {
            Self::Generator(generator) => generator.arrive(at),
            Self::Replay(replay) => replay.arrive(at),
        }
    }
}

/// Makes the tasks of one [`TaskSource`].
#[derive(Clone, Debug)]
pub(super) struct Generator<'a> {
    clock: Clock,
    requests: &'a [RequestId],
    shapes: Weighted,
    shape_draws: Draws,
    lives: Lives,
    made: u64,
    count: u64,
}

impl<'a> Generator<'a> {
    /// `requests` holds the request of each shape of the source.
    pub(super) fn new(source: &TaskSource, requests: &'a [RequestId], origin: Origin<'_>) -> Self {
        assert_eq!(source.shapes.len(), requests.len(), "requests are compiled from the scenario of this load");
        Self {
            clock: Clock::new(&source.arrivals, source.start, origin),
            requests,
            shapes: Weighted::new(source.shapes.iter().map(|shape| shape.weight)),
            shape_draws: origin.draws(Purpose::Shape),
            lives: Lives::new(&source.lifetime, origin.draws(Purpose::Life)),
            made: 0,
            count: source.count.unwrap_or(u64::MAX),
        }
    }

    #[inline]
    fn next_time(&mut self) -> Option<SimTime> {
        if self.made == self.count { None } else { self.clock.next() }
    }

    #[inline]
    fn arrive(&mut self, at: SimTime) -> Arrival {
        let number = self.made;
        self.made += 1;
        let shape = self.shapes.choose(self.shape_draws.bits(number));
        Arrival { at, request: self.requests[shape], life: self.lives.of(number) }
    }
}

/// How long each task of a source runs.
#[derive(Clone, Debug)]
enum Lives {
    Fixed(Option<SimSpan>),
    Drawn(Quantile, Draws),
}

impl Lives {
    fn new(lifetime: &Lifetime, draws: Draws) -> Self {
        let law = match *lifetime {
            Lifetime::Forever => return Self::Fixed(None),
            Lifetime::Constant(life) => return Self::Fixed(Some(life.max(SimSpan(1)))),
            Lifetime::Exponential { mean } => Quantile::exponential(mean),
            Lifetime::Lognormal { median, p99, cap } => Quantile::lognormal(median, p99, cap),
            Lifetime::BoundedPareto { low, high, alpha } => Quantile::bounded_pareto(low, high, alpha),
            Lifetime::Empirical(ref points) => Quantile::table(points),
        };
        Self::Drawn(law, draws)
    }

    #[inline]
    fn of(&self, number: u64) -> Option<SimSpan> {
        match self {
            Self::Fixed(life) => *life,
            Self::Drawn(law, draws) => Some(law.life(draws.uniform(number))),
        }
    }
}

/// Hands over the tasks of the trace.
#[derive(Clone, Debug)]
pub(super) struct Replay<'a> {
    tasks: &'a [TraceTask],
    requests: &'a [RequestId],
}

impl<'a> Replay<'a> {
    /// `requests` holds the request of each task.
    pub(super) fn new(tasks: &'a [TraceTask], requests: &'a [RequestId]) -> Self {
        assert_eq!(tasks.len(), requests.len(), "requests are compiled from the scenario of this load");
        Self { tasks, requests }
    }

    fn next_time(&self) -> Option<SimTime> {
        self.tasks.first().map(|task| task.at)
    }

    fn arrive(&mut self, at: SimTime) -> Arrival {
        let (task, tasks) = self.tasks.split_first().expect("a task was announced");
        let (&request, requests) = self.requests.split_first().expect("as many requests as tasks");
        (self.tasks, self.requests) = (tasks, requests);
        Arrival { at, request, life: task.life }
    }
}
