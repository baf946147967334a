//! The tasks of one feed of the stream: a generator, or the trace.
//!
//! A feed first tells when its next task comes, then hands that task over. It knows nothing of other
//! feeds.

use super::Arrival;
use super::clock::Clock;
use super::counts::Counts;
use super::keyed::{Copied, Draws, Purpose};
use super::quantile::Quantile;
use super::scale::Sieve;
use super::weighted::Weighted;
use crate::model::{BatchShares, Groups, Lifetime, RequestId, SimSpan, SimTime, TaskSource, TraceTask};

/// Anything that tasks come from, in time order.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there are few feeds, and each is asked at every one of its tasks")]
pub(super) enum Feed<'a> {
    Generator(Generator<'a>),
    Replay(Replay<'a>),
}

impl Feed<'_> {
    /// When the next task comes, if that is before `end`; ask once a task.
    #[inline]
    pub(super) fn next_before(&mut self, end: SimTime) -> Option<SimTime> {
        match self {
            Self::Generator(generator) => generator.next_before(end),
            Self::Replay(replay) => replay.next_time().filter(|&at| at < end),
        }
    }

    /// The task whose time was told last.
    #[inline]
    pub(super) fn arrive(&mut self, at: SimTime) -> Arrival {
        match self {
            Self::Generator(generator) => generator.arrive(),
            Self::Replay(replay) => replay.arrive(at),
        }
    }
}

/// How many tasks of a source are drawn together.
const TOGETHER: usize = 16;

/// Makes the tasks of one [`TaskSource`], or of one copy of it.
///
/// They are drawn some at a time, one property after the other: no draw waits for another, so that the processor works
/// on several at once. How many is of no account for what they are.
///
/// Tasks are numbered as they are drawn, those included that a load factor keeps away: so no draw of a task depends on
/// the load factor.
#[derive(Clone, Debug)]
pub(super) struct Generator<'a> {
    clock: Clock,
    sieve: Sieve,
    kinds: Kinds<'a>,
    lives: Lives,
    shares: BatchShares,
    /// Number of the task that was drawn last, and of its batch, which is the task's own where tasks come singly.
    current: Numbers,
    made: u64,
    count: u64,
    /// The tasks that were drawn together, and which of them was told last.
    ready: Vec<Arrival>,
    told: usize,
}

/// Under which numbers the properties of a task are drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    task: u64,
    batch: u64,
}

impl Numbers {
    /// That of the batch for what its tasks share, else that of the task.
    #[inline]
    fn of(self, is_shared: bool) -> u64 {
        if is_shared { self.batch } else { self.task }
    }
}

impl<'a> Generator<'a> {
    /// `requests` holds the request of each shape of each group of the source; `millionths` of the tasks come.
    pub(super) fn new(source: &TaskSource, requests: &'a [RequestId], stream: Copied<'_>, millionths: u32) -> Self {
        Self {
            clock: Clock::new(&source.arrivals, source.start, stream),
            sieve: Sieve::new(millionths, stream.draws(Purpose::Scale)),
            kinds: Kinds::new(source, requests, stream),
            lives: Lives::new(&source.lifetime, stream),
            shares: source.batch_shares,
            current: Numbers::default(),
            made: 0,
            count: source.count.unwrap_or(u64::MAX),
            ready: Vec::with_capacity(TOGETHER),
            told: 0,
        }
    }

    #[inline]
    fn next_before(&mut self, end: SimTime) -> Option<SimTime> {
        self.told += 1;
        if self.told >= self.ready.len() {
            self.draw(end);
        }
        self.ready.get(self.told).map(|task| task.at)
    }

    #[inline]
    fn arrive(&self) -> Arrival {
        self.ready[self.told]
    }

    /// Draws the next tasks before `end`: when they come, then which they are, then how long they run.
    fn draw(&mut self, end: SimTime) {
        let mut numbers = [Numbers::default(); TOGETHER];
        self.told = 0;
        self.ready.clear();
        for numbers in &mut numbers {
            let Some(at) = self.next_time().filter(|&at| at < end) else { break };
            *numbers = self.current;
            self.ready.push(Arrival { at, request: RequestId(0), life: None });
        }
        let Self { kinds, lives, shares, ready, .. } = self;
        for (task, numbers) in ready.iter_mut().zip(numbers) {
            task.request = kinds.of(numbers.of(shares.group), numbers.of(shares.shape));
        }
        for (task, numbers) in ready.iter_mut().zip(numbers) {
            task.life = lives.of(numbers.of(shares.life_class), numbers.of(shares.life));
        }
    }

    #[inline]
    fn next_time(&mut self) -> Option<SimTime> {
        while self.made < self.count {
            let at = self.clock.next()?;
            let task = self.made;
            self.made += 1;
            let batch = self.clock.batch().unwrap_or(task);
            if self.sieve.lets(batch) {
                self.current = Numbers { task, batch };
                return Some(at);
            }
        }
        None
    }
}

/// Which request each task of a source makes: its shape and, where there are many, its group.
#[derive(Clone, Debug)]
struct Kinds<'a> {
    requests: &'a [RequestId],
    shapes: Weighted,
    shape_draws: Draws,
    groups: Option<GroupChoice>,
}

impl<'a> Kinds<'a> {
    fn new(source: &TaskSource, requests: &'a [RequestId], stream: Copied<'_>) -> Self {
        let groups = source.groups.as_ref();
        let kinds = source.shapes.len() * groups.map_or(1, |groups| groups.count as usize);
        assert_eq!(kinds, requests.len(), "requests are compiled from the scenario of this load");
        let shapes = Weighted::new(source.shapes.iter().map(|shape| shape.weight));
        // Copies of a load are tasks of the same groups, so these are drawn as for the load itself.
        let groups = groups.map(|groups| GroupChoice::new(groups, &shapes, stream));
        Self { requests, shapes, shape_draws: stream.draws(Purpose::Shape), groups }
    }

    #[inline]
    fn of(&self, group_number: u64, shape_number: u64) -> RequestId {
        let Some(groups) = &self.groups else {
            return self.requests[self.shapes.choose(self.shape_draws.bits(shape_number))];
        };
        let group = groups.choose(group_number);
        let shape = match groups.shapes.get(group) {
            Some(shape) => *shape,
            None => self.shapes.choose(self.shape_draws.bits(shape_number)),
        };
        self.requests[group * (self.requests.len() / groups.reach.len()) + shape]
    }
}

/// The groups of a source, by the sizes that one seed draws for them.
#[derive(Clone, Debug)]
struct GroupChoice {
    /// The sum of the sizes of each group and those before it.
    reach: Vec<u64>,
    /// The shape of each group; empty where every task has its own.
    shapes: Vec<usize>,
    draws: Draws,
}

impl GroupChoice {
    fn new(groups: &Groups, shapes: &Weighted, stream: Copied<'_>) -> Self {
        let (sizes, origin) = (Counts::new(&groups.sizes), stream.origin);
        let (size_draws, shape_draws) = (origin.draws(Purpose::GroupSize), origin.draws(Purpose::GroupShape));
        let mut total = 0;
        let reach = (0..groups.count).map(|position| {
            total += u64::from(sizes.draw(size_draws, position.into()));
            total
        });
        let reach = reach.collect();
        let shape = |position: u32| shapes.choose(shape_draws.bits(position.into()));
        let shapes = if groups.one_shape { (0..groups.count).map(shape).collect() } else { Vec::new() };
        Self { reach, shapes, draws: stream.draws(Purpose::Group) }
    }

    /// The group of draw `number`: each is as likely as its share of all sizes.
    #[inline]
    fn choose(&self, number: u64) -> usize {
        let total = self.reach.last().expect("a source with groups has one at least");
        let place = u64::try_from((u128::from(self.draws.bits(number)) * u128::from(*total)) >> 64);
        let place = place.expect("a place is below the sum of the sizes");
        self.reach.partition_point(|reach| *reach <= place)
    }
}

/// How long each task of a source runs.
#[derive(Clone, Debug)]
enum Lives {
    Single(Law, Draws),
    /// One of several laws, drawn by the class.
    Classes(Weighted, Draws, Vec<Law>, Draws),
}

/// One law of lives.
#[derive(Clone, Debug)]
enum Law {
    Fixed(Option<SimSpan>),
    Drawn(Quantile),
}

impl Lives {
    fn new(lifetime: &Lifetime, stream: Copied<'_>) -> Self {
        let draws = stream.draws(Purpose::Life);
        let Lifetime::Mixture(classes) = lifetime else { return Self::Single(Law::new(lifetime), draws) };
        let weights = Weighted::new(classes.iter().map(|(weight, _)| *weight));
        let laws = classes.iter().map(|(_, lifetime)| Law::new(lifetime)).collect();
        Self::Classes(weights, stream.draws(Purpose::LifeClass), laws, draws)
    }

    #[inline]
    fn of(&self, class_number: u64, life_number: u64) -> Option<SimSpan> {
        match self {
            Self::Single(law, draws) => law.of(*draws, life_number),
            Self::Classes(weights, class_draws, laws, draws) => {
                laws[weights.choose(class_draws.bits(class_number))].of(*draws, life_number)
            }
        }
    }
}

impl Law {
    /// # Panics
    /// On a mixture within a mixture: the reader lets none through.
    fn new(lifetime: &Lifetime) -> Self {
        Self::Drawn(match *lifetime {
            Lifetime::Forever => return Self::Fixed(None),
            Lifetime::Constant(life) => return Self::Fixed(Some(life.max(SimSpan(1)))),
            Lifetime::Exponential { mean } => Quantile::exponential(mean),
            Lifetime::Lognormal { median, p99, cap } => Quantile::lognormal(median, p99, cap),
            Lifetime::Weibull { scale, shape, cap } => Quantile::weibull(scale, shape, cap),
            Lifetime::BoundedPareto { low, high, alpha } => Quantile::bounded_pareto(low, high, alpha),
            Lifetime::LognormalPareto { median, p90, tail_share, alpha, cap } => {
                Quantile::lognormal_pareto([median, p90], tail_share, alpha, cap)
            }
            Lifetime::Empirical(ref points) => Quantile::table(points),
            Lifetime::Mixture(_) => panic!("a class of a mixture is no mixture"),
        })
    }

    #[inline]
    fn of(&self, draws: Draws, number: u64) -> Option<SimSpan> {
        match self {
            Self::Fixed(life) => *life,
            Self::Drawn(law) => Some(law.life(draws.uniform(number))),
        }
    }
}

/// Hands over the tasks of the trace, or of one copy of it.
#[derive(Clone, Debug)]
pub(super) struct Replay<'a> {
    tasks: &'a [TraceTask],
    requests: &'a [RequestId],
    sieve: Sieve,
    /// Position of the task that comes next, or was told last.
    position: usize,
    is_told: bool,
}

impl<'a> Replay<'a> {
    /// `requests` holds the request of each task.
    pub(super) fn new(tasks: &'a [TraceTask], requests: &'a [RequestId], sieve: Sieve) -> Self {
        assert_eq!(tasks.len(), requests.len(), "requests are compiled from the scenario of this load");
        Self { tasks, requests, sieve, position: 0, is_told: false }
    }

    fn next_time(&mut self) -> Option<SimTime> {
        self.position += usize::from(self.is_told);
        while !self.sieve.lets(self.position as u64) {
            self.position += 1;
            if self.position >= self.tasks.len() {
                return None;
            }
        }
        self.is_told = true;
        self.tasks.get(self.position).map(|task| task.at)
    }

    fn arrive(&self, at: SimTime) -> Arrival {
        let task = &self.tasks[self.position];
        Arrival { at, request: self.requests[self.position], life: task.life }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keyed::Origin;
    use super::*;
    use crate::model::{Arrivals, CountLaw, LifeQuantile, Requests, Scenario};
    use crate::workload::tests::fixture::{load, scenario, source};

    const HOUR: SimSpan = SimSpan::HOUR;

    /// 4,000 batches of three tasks that share what is said.
    fn batched(shares: BatchShares, lifetime: Lifetime) -> Scenario {
        let batch_sizes = CountLaw::Weighted(vec![(3, 1)]);
        let arrivals = Arrivals::BatchPoisson { batches_per_hour: 900.0, batch_sizes, daily: None };
        scenario(vec![TaskSource { batch_shares: shares, ..source(arrivals, lifetime, Some(12_000)) }])
    }

    /// Short lives of a minute and long ones of an hour to two, as likely.
    fn classes() -> Lifetime {
        let quantile = |probability, life| LifeQuantile { probability, life };
        let long = Lifetime::Empirical(vec![quantile(0.0, HOUR), quantile(1.0, SimSpan(2 * HOUR.0))]);
        Lifetime::Mixture(vec![(1, Lifetime::Constant(SimSpan(60_000))), (1, long)])
    }

    /// The share of batches whose first two tasks agree in what is looked at, of independent batches a binomial share.
    fn check_agreement(scenario: &Scenario, agree: impl Fn(&Arrival, &Arrival) -> bool, expected: f64) {
        let tasks = load(scenario);
        let batches = tasks.len() / 3;
        let same = tasks.chunks(3).filter(|batch| agree(&batch[0], &batch[1])).count() as f64 / batches as f64;
        let error = (expected * (1.0 - expected) / batches as f64).sqrt();
        assert!((same - expected).abs() <= 4.9 * error, "{same} agree, not {expected}");
    }

    /// Across the ends of what is drawn together, and up to a horizon that falls within it.
    #[test]
    fn what_a_task_is_follows_from_its_number() {
        let (arrivals, lifetime) = (Arrivals::Poisson { rate_per_hour: 900.0 }, Lifetime::Exponential { mean: HOUR });
        let source = source(arrivals, lifetime, None);
        let end = SimTime(HOUR.0 / 7);
        let scenario = Scenario { horizon: Some(end), ..scenario(vec![source.clone()]) };
        let tasks = load(&scenario);
        let name = &scenario.source_names()[0];
        let stream = Copied { origin: Origin::of(1, name), copy: 0 };
        let mut clock = Clock::new(&source.arrivals, source.start, stream);
        let times: Vec<SimTime> = std::iter::from_fn(|| clock.next()).take_while(|&at| at < end).collect();
        assert_eq!(tasks.iter().map(|task| task.at).collect::<Vec<_>>(), times);
        assert!(times.len() > 4 * TOGETHER && !times.len().is_multiple_of(TOGETHER), "{} tasks", times.len());
        let lives = Lives::new(&source.lifetime, stream);
        for (task, number) in tasks.iter().zip(0..) {
            assert_eq!(task.life, lives.of(number, number), "task {number}");
        }
    }

    /// Of shapes with weights 1, 2 and 5 two agree with 30/64; of two classes with one half.
    #[test]
    fn tasks_of_a_batch_share_what_is_said_and_nothing_else() {
        let same_shape = |a: &Arrival, b: &Arrival| a.request == b.request;
        let is_long = |task: &Arrival| task.life.is_some_and(|life| life >= HOUR);
        let same_class = |a: &Arrival, b: &Arrival| is_long(a) == is_long(b);
        let same_life = |a: &Arrival, b: &Arrival| a.life == b.life;
        let none = BatchShares::default();
        check_agreement(&batched(none, classes()), same_shape, 30.0 / 64.0);
        check_agreement(&batched(none, classes()), same_class, 0.5);
        let shape = BatchShares { shape: true, ..none };
        check_agreement(&batched(shape, classes()), same_shape, 1.0);
        check_agreement(&batched(shape, classes()), same_class, 0.5);
        let class = BatchShares { life_class: true, ..none };
        check_agreement(&batched(class, classes()), same_class, 1.0);
        check_agreement(&batched(class, classes()), same_life, 0.5);
        let life = BatchShares { life_class: true, life: true, ..none };
        check_agreement(&batched(life, classes()), same_life, 1.0);
        check_agreement(&batched(life, classes()), same_shape, 30.0 / 64.0);
    }

    #[test]
    fn classes_of_a_mixture_have_their_weights_and_their_laws() {
        let lifetime = Lifetime::Mixture(vec![(3, Lifetime::Forever), (1, Lifetime::Exponential { mean: HOUR })]);
        let tasks = load(&scenario(vec![source(Arrivals::AtOnce, lifetime, Some(40_000))]));
        let lives: Vec<f64> = tasks.iter().filter_map(|task| task.life).map(|life| life.0 as f64).collect();
        let (n, p) = (40_000.0_f64, 0.25);
        let error = (lives.len() as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
        assert!(error.abs() < 4.9, "class off by {error} standard errors");
        let (count, hour) = (lives.len() as f64, HOUR.0 as f64);
        let error = (lives.iter().sum::<f64>() / count - hour) / (hour / count.sqrt());
        assert!(error.abs() < 4.9, "mean off by {error} standard errors");
    }

    fn grouped(one_shape: bool) -> Scenario {
        let sizes = CountLaw::BoundedZeta { exponent: 1.5, maximum: 100 };
        let groups = Groups { prefix: "app".to_owned(), count: 40, sizes, one_shape };
        let source = source(Arrivals::AtOnce, Lifetime::Forever, Some(100_000));
        scenario(vec![TaskSource { groups: Some(groups), ..source }])
    }

    /// Chi-square of the tasks of 40 groups against the sizes that were drawn, below its point of probability 1e-6.
    #[test]
    fn groups_have_tasks_by_their_sizes() {
        let scenario = grouped(false);
        let requests = Requests::compile(&scenario, &scenario.policies[0]);
        assert_eq!((requests.table.len(), requests.groups.len()), (120, 40));
        assert_eq!((requests.groups[0].as_str(), requests.groups[39].as_str()), ("app-1", "app-40"));
        let name = &scenario.source_names()[0];
        let origin = Origin::of(1, name);
        let sizes = Counts::new(&CountLaw::BoundedZeta { exponent: 1.5, maximum: 100 });
        let size = |group: u64| f64::from(sizes.draw(origin.draws(Purpose::GroupSize), group));
        let total: f64 = (0..40).map(size).sum();
        let mut seen = [0_u32; 40];
        let mut shapes = [0_u32; 3];
        for task in load(&scenario) {
            seen[requests[task.request].group.index()] += 1;
            shapes[requests[task.request].definition.index()] += 1;
        }
        let expected = |group: usize| size(group as u64) / total * 100_000.0;
        let square = |(group, seen): (usize, &u32)| (f64::from(*seen) - expected(group)).powi(2) / expected(group);
        let statistic: f64 = seen.iter().enumerate().map(square).sum();
        assert!(statistic < 97.0, "chi-square {statistic} of {seen:?}");
        let square = |(seen, weight): (u32, f64)| (f64::from(seen) - weight * 12_500.0).powi(2) / (weight * 12_500.0);
        let statistic: f64 = shapes.into_iter().zip([1.0, 2.0, 5.0]).map(square).sum();
        assert!(statistic < 27.63, "chi-square {statistic} of {shapes:?}");
    }

    #[test]
    fn a_group_of_one_shape_has_one_shape() {
        let scenario = grouped(true);
        let requests = Requests::compile(&scenario, &scenario.policies[0]);
        let mut shape_of = [None; 40];
        for task in load(&scenario) {
            let request = &requests[task.request];
            let known = shape_of[request.group.index()].get_or_insert(request.definition);
            assert_eq!(*known, request.definition);
        }
        let shapes: std::collections::BTreeSet<_> = shape_of.iter().flatten().map(|shape| shape.index()).collect();
        assert_eq!(shapes.len(), 3, "of 40 groups some have each shape");
    }
}
