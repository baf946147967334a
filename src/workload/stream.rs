//! All sources and the trace of a scenario merged into one stream.
//!
//! The merge looks at one pending time per feed and draws a task only when it hands it over.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::iter::FusedIterator;

use super::Arrival;
use super::keyed::{Copied, Origin, Purpose};
use super::scale::Sieve;
use super::source::{Feed, Generator, Replay};
use crate::model::{Requests, Scenario, SimTime};

/// The load of one scenario and seed: its standalone tasks in the order they arrive.
///
/// Equal times come in the order of [`Scenario::sources`], each followed by its further copies, the trace last.
/// Tasks at or after the horizon do not come.
/// The numbers of a stream are the same under every policy, as [`Requests`] are numbered alike under all of them.
/// Without a horizon, a source without a count goes on until time runs out (584 years), and one whose tasks come all
/// at once never ends, horizon or not.
///
/// # Cost
/// O(log f) a task for `f` sources that still have tasks, and no memory beyond theirs.
#[derive(Clone, Debug)]
pub struct Workload<'a> {
    feeds: Vec<Feed<'a>>,
    /// The pending time of each feed that is not at its end, with its position.
    pending: BinaryHeap<Reverse<(SimTime, usize)>>,
    end: SimTime,
}

impl<'a> Workload<'a> {
    /// The load of `scenario` under `seed`; `requests` are those of the scenario under any of its policies.
    ///
    /// # Panics
    /// If `requests` come from another scenario.
    #[must_use]
    pub fn new(scenario: &'a Scenario, requests: &'a Requests, seed: u32) -> Self {
        assert_eq!(
            scenario.sources.len(),
            requests.sources.len(),
            "requests are compiled from the scenario of this load"
        );
        let names = scenario.source_names();
        let mut feeds = Vec::new();
        for ((source, kinds), name) in scenario.sources.iter().zip(&requests.sources).zip(&names) {
            for (copy, millionths) in source.load_factor.copies() {
                let stream = Copied { origin: Origin::of(seed, name), copy };
                feeds.push(Feed::Generator(Generator::new(source, kinds, stream, millionths)));
            }
        }
        for (copy, millionths) in scenario.trace.load_factor.copies() {
            let marks = Copied { origin: Origin::only(seed, "trace"), copy }.draws(Purpose::TraceScale);
            let sieve = Sieve::new(millionths, marks);
            feeds.push(Feed::Replay(Replay::new(&scenario.trace.tasks, &requests.trace, sieve)));
        }

        let end = scenario.horizon.unwrap_or(SimTime(u64::MAX));
        let first = |(position, feed): (usize, &mut Feed<'a>)| Some(Reverse((feed.next_before(end)?, position)));
        let pending = feeds.iter_mut().enumerate().filter_map(first).collect();
        Self { feeds, pending, end }
    }
}

impl Iterator for Workload<'_> {
    type Item = Arrival;

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        let mut first = self.pending.peek_mut()?;
        let Reverse((at, position)) = *first;
        let feed = &mut self.feeds[position];
        let arrival = feed.arrive(at);
        match feed.next_before(self.end) {
            Some(next) => *first = Reverse((next, position)),
            None => drop(PeekMut::pop(first)),
        }
        Some(arrival)
    }
}

impl FusedIterator for Workload<'_> {}

#[cfg(test)]
mod tests {
    use crate::model::{Arrivals, Lifetime, SimSpan, SimTime, TaskSource};
    use crate::workload::tests::fixture::{load, scenario, source};

    /// Values from an independent script; they tie each part of a task to the stream of draws of its purpose.
    #[test]
    fn first_tasks_are_frozen() {
        let arrivals = Arrivals::Poisson { rate_per_hour: 900.0 };
        let source = source(arrivals, Lifetime::Exponential { mean: SimSpan(60_000) }, Some(8));
        let scenario = scenario(vec![TaskSource { start: SimTime(5_000), ..source }]);
        let life = |life: Option<SimSpan>| life.expect("an exponential life ends").0;
        let tasks = load(&scenario).into_iter().map(|task| (task.at.0, task.request.0, life(task.life)));
        assert_eq!(
            tasks.collect::<Vec<_>>(),
            [
                (20_931, 1, 399),
                (29_251, 1, 291_246),
                (34_793, 1, 155_955),
                (35_386, 2, 9_810),
                (35_826, 2, 77_010),
                (36_884, 1, 19_595),
                (44_124, 2, 3_157),
                (45_026, 1, 34_731),
            ]
        );
    }
}
