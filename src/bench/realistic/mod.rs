//! Beside the chains that the other benches measure: what people really run, and how many times as long it takes.
//!
//! Each row fills its cluster until 90 % of the cpu is taken or 64 tasks in a row are refused, then exchanges tasks there.
//! Rows that are scanned would take hours: every row ends with its budget of time, and says how full the cluster was.

mod chains;
mod load;
mod own;
mod plain;
mod rows;

use serde::Serialize;

use super::clock::timed;
use super::measure::Task;
use super::rng::Rng;
use crate::engine::{Engine, FastEngine, Setup};
use crate::model::RequestId;
use load::Load;
use plain::plain_ns;
use rows::{Row, ScanLimit};

/// What to measure.
#[derive(Clone, Debug)]
pub struct RealisticOptions {
    /// Rows whose name holds one of these; empty is all.
    pub rows: Vec<String>,
    /// Every chain of up to three rules of ECS with every tie-break, in place of what people run.
    pub chains: bool,
    /// Instances.
    pub sizes: Vec<usize>,
    /// Services; more where a row has more shapes.
    pub services: usize,
    /// Milliseconds of processor time that the fill and the exchange of a row take at most, each.
    pub budget_ms: u64,
    /// How often all rows of a size are measured, one after another; the median of each figure counts.
    pub repetitions: usize,
}

/// One row at one size.
#[derive(Clone, Debug, Serialize)]
pub struct RealisticRow {
    /// What runs: the chain, and what is unusual.
    pub row: String,
    /// Instances.
    pub instances: usize,
    /// The way of its requests.
    pub path: &'static str,
    /// Per cent of the cpu that was taken at the end of the fill.
    pub filled_percent: f64,
    /// Nanoseconds of thread CPU time a task, over the whole fill.
    pub fill_ns: f64,
    /// The same over its last tenth.
    pub last_tenth_ns: f64,
    /// A pair of one stop and one arrival, there.
    pub pair_ns: f64,
    /// Bytes that the engine holds for one instance.
    pub bytes_per_instance: f64,
    /// The row that it is compared with.
    pub held_to: &'static str,
    /// The fill over that of the other row at the same size, measured right after this one.
    pub fill_ratio: f64,
    /// The last tenth over that of the other row.
    pub last_tenth_ratio: f64,
    /// The pair over that of the other row.
    pub pair_ratio: f64,
    /// Each of the three is to be at most this, unless each instance is looked at.
    pub most: f64,
    /// Where each instance is looked at: nanoseconds that this may take for one.
    pub most_ns_an_instance: Option<f64>,
    /// There: nanoseconds for an instance, over the whole fill.
    pub ns_an_instance: Option<f64>,
    /// There: the same of a plain loop with as many rules.
    pub plain_ns_an_instance: Option<f64>,
    /// It takes no more than it may: over the fill, over its last tenth, and for a pair.
    pub is_held: bool,
}

/// What a row takes of what it is held to: times another row, or nanoseconds an instance where each is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Takes {
    /// Over the whole fill.
    pub fill: f64,
    /// Over its last tenth.
    pub last_tenth: f64,
    /// For a pair of one stop and one arrival.
    pub pair: f64,
}

impl RealisticRow {
    /// What it takes, in the unit of what it may.
    #[must_use]
    pub fn takes(&self) -> Takes {
        let an_instance = |ns: f64| ns / quotient(self.instances as u64, 1);
        match self.most_ns_an_instance {
            Some(_) => Takes {
                fill: an_instance(self.fill_ns),
                last_tenth: an_instance(self.last_tenth_ns),
                pair: an_instance(self.pair_ns),
            },
            None => Takes { fill: self.fill_ratio, last_tenth: self.last_tenth_ratio, pair: self.pair_ratio },
        }
    }

    /// How many times what it may take it takes, where that is worst.
    #[must_use]
    pub fn of_what_it_may(&self) -> f64 {
        let Takes { fill, last_tenth, pair } = self.takes();
        fill.max(last_tenth).max(pair) / self.most_ns_an_instance.unwrap_or(self.most)
    }

    /// Sets its ratios to another row of the same size.
    fn hold_to(&mut self, other: &Self) {
        self.fill_ratio = self.fill_ns / other.fill_ns;
        self.last_tenth_ratio = self.last_tenth_ns / other.last_tenth_ns;
        self.pair_ratio = self.pair_ns / other.pair_ns;
    }
}

/// Measures every row that is asked for at every size; tells `progress` what comes next. Rows that others are compared
/// with are measured in any case.
pub fn realistic(options: &RealisticOptions, progress: &mut dyn FnMut(&str)) -> Vec<RealisticRow> {
    let all = if options.chains { chains::rows() } else { rows::rows() };
    let is_asked = |row: &&Row| options.rows.is_empty() || options.rows.iter().any(|part| row.name.contains(part));
    let needed: Vec<&str> = all.iter().filter(is_asked).map(|row| row.held_to).collect();
    let rows: Vec<&Row> = all.iter().filter(|row| is_asked(row) || needed.contains(&&*row.name)).collect();
    options.sizes.iter().flat_map(|&instances| of_size(&rows, instances, options, progress)).collect()
}

/// Some rows at one size. Beside each, right after it, the row that it is held to is measured once more: what else the
/// machine does at that time is in both.
fn of_size(
    rows: &[&Row],
    instances: usize,
    options: &RealisticOptions,
    progress: &mut dyn FnMut(&str),
) -> Vec<RealisticRow> {
    let mut repeated: Vec<Vec<RealisticRow>> = vec![Vec::new(); rows.len()];
    for _ in 0..options.repetitions.max(1) {
        for (row, judged) in rows.iter().zip(&mut repeated) {
            progress(&format!("{}, {instances} instances", row.name));
            let mut measured = measure(row, instances, options);
            let held_to = rows.iter().find(|other| other.name == row.held_to && other.name != row.name);
            held_to.iter().for_each(|other| measured.hold_to(&measure(other, instances, options)));
            judged.push(measured);
        }
    }
    repeated.iter().map(|judged| median(judged)).collect()
}

/// The median of each figure of one row.
fn median(measured: &[RealisticRow]) -> RealisticRow {
    let of = |figure: &dyn Fn(&RealisticRow) -> f64| {
        let mut figures: Vec<f64> = measured.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let first = &measured[0];
    let mut row = RealisticRow {
        filled_percent: of(&|row| row.filled_percent),
        fill_ns: of(&|row| row.fill_ns),
        last_tenth_ns: of(&|row| row.last_tenth_ns),
        pair_ns: of(&|row| row.pair_ns),
        fill_ratio: of(&|row| row.fill_ratio),
        last_tenth_ratio: of(&|row| row.last_tenth_ratio),
        pair_ratio: of(&|row| row.pair_ratio),
        ns_an_instance: first.ns_an_instance.map(|_| of(&|row| row.ns_an_instance.unwrap_or(f64::NAN))),
        plain_ns_an_instance: first
            .plain_ns_an_instance
            .map(|_| of(&|row| row.plain_ns_an_instance.unwrap_or(f64::NAN))),
        ..first.clone()
    };
    row.is_held = row.of_what_it_may() <= 1.0;
    row
}

/// The names of all rows.
pub fn realistic_names() -> impl Iterator<Item = String> {
    rows::rows().into_iter().map(|row| row.name.into_owned())
}

/// Nanoseconds of thread CPU time of one task of a fill of the row of this name, once, for harnesses that repeat and judge
/// by themselves.
///
/// # Panics
/// If there is no such row.
#[must_use]
pub fn realistic_sample(name: &str, instances: usize, budget_ms: u64) -> f64 {
    let row = rows::rows().into_iter().find(|row| row.name == name).expect("a row is named");
    let load = Load::new(&row, instances, DEFAULT_SERVICES);
    Run::new(&load).fill(budget_ms * 1_000_000).0
}

/// Services where nobody says how many.
const DEFAULT_SERVICES: usize = 20;

fn measure(row: &Row, instances: usize, options: &RealisticOptions) -> RealisticRow {
    let load = Load::new(row, instances, options.services);
    let mut run = Run::new(&load);
    let budget = options.budget_ms * 1_000_000;
    let (fill_ns, last_tenth_ns) = run.fill(budget);
    let filled_percent = percent(run.cpu, load.cpu);
    let pair_ns = run.exchange(budget);
    let an_instance = |ns: f64| ns / quotient(instances as u64, 1);
    let plain = |limit: ScanLimit| an_instance(plain_ns(&load, &run.engine, &run.tasks, limit.rules));
    RealisticRow {
        row: row.name.to_string(),
        instances,
        path: run.engine.path(RequestId(0)),
        filled_percent,
        fill_ns,
        last_tenth_ns,
        pair_ns,
        bytes_per_instance: quotient(run.engine.bytes() as u64, instances as u64),
        held_to: row.held_to,
        fill_ratio: 1.0,
        last_tenth_ratio: 1.0,
        pair_ratio: 1.0,
        most: row.most,
        most_ns_an_instance: row.scan.map(|limit| limit.ns),
        ns_an_instance: row.scan.map(|_| an_instance(fill_ns)),
        plain_ns_an_instance: row.scan.map(plain),
        is_held: false,
    }
}

/// A cluster is filled to this share of its cpu.
const FILL_PERCENT: u64 = 90;
/// So many tasks in a row are refused where it is full.
const REFUSED: u32 = 64;
/// Operations between two looks at the clock.
const CHUNK: usize = 64;
/// Pairs of an exchange at most.
const PAIRS: usize = 200_000;

/// What one look at the clock says.
struct Chunk {
    ns: u64,
    operations: u64,
}

/// One engine under load.
struct Run<'a> {
    load: &'a Load,
    engine: FastEngine<'a>,
    rng: Rng,
    tasks: Vec<Task>,
    cpu: u64,
    refused: u32,
}

impl<'a> Run<'a> {
    fn new(load: &'a Load) -> Self {
        let setup = Setup { fleet: &load.fleet, requests: &load.requests, options: load.options, seed: 7 };
        Self { load, engine: FastEngine::new(setup), rng: Rng::new(3), tasks: Vec::new(), cpu: 0, refused: 0 }
    }

    fn arrive(&mut self) {
        let request = RequestId::from_index(self.rng.below(self.load.requests.table.len()));
        match self.engine.place(request) {
            Some(placed) => {
                self.tasks.push(Task { request, instance: placed.instance });
                self.cpu += u64::from(self.load.requests[request].demand.cpu.0);
                self.refused = 0;
            }
            None => self.refused += 1,
        }
    }

    fn is_full(&self) -> bool {
        self.cpu * 100 >= self.load.cpu * FILL_PERCENT || self.refused >= REFUSED
    }

    /// Nanoseconds a task over all and over the last tenth.
    fn fill(&mut self, budget: u64) -> (f64, f64) {
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut spent = 0;
        while !self.is_full() && spent < budget {
            let (ns, operations) = timed(|| {
                let mut operations = 0;
                while operations < CHUNK as u64 && !self.is_full() {
                    self.arrive();
                    operations += 1;
                }
                operations
            });
            spent += ns;
            chunks.push(Chunk { ns, operations });
        }
        assert!(!self.tasks.is_empty(), "nothing was placed");
        (mean(&chunks), mean(&chunks[chunks.len() * 9 / 10..]))
    }

    /// Nanoseconds a pair of one stop of a random task and one arrival.
    fn exchange(&mut self, budget: u64) -> f64 {
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut spent = 0;
        while chunks.len() * CHUNK < PAIRS && spent < budget && !self.tasks.is_empty() {
            let (ns, operations) = timed(|| {
                let pairs = CHUNK.min(self.tasks.len());
                for _ in 0..pairs {
                    let position = self.rng.below(self.tasks.len());
                    let Task { request, instance } = self.tasks.swap_remove(position);
                    self.engine.stop(request, instance);
                    self.cpu -= u64::from(self.load.requests[request].demand.cpu.0);
                    self.arrive();
                    if self.tasks.is_empty() {
                        break;
                    }
                }
                pairs as u64
            });
            spent += ns;
            chunks.push(Chunk { ns, operations });
        }
        mean(&chunks)
    }
}

fn mean(chunks: &[Chunk]) -> f64 {
    let (ns, operations) = chunks.iter().fold((0, 0), |sum, chunk| (sum.0 + chunk.ns, sum.1 + chunk.operations));
    quotient(ns, operations.max(1))
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * quotient(part, whole.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "figures of a bench")]
fn quotient(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ReferenceEngine;

    /// A few instances and services for a moment.
    fn small() -> RealisticOptions {
        let (rows, sizes) = (Vec::new(), vec![400]);
        RealisticOptions { rows, chains: false, sizes, services: 4, budget_ms: 1, repetitions: 1 }
    }

    fn one_row() -> RealisticRow {
        of_size(&[&rows::rows()[0]], 400, &small(), &mut |_| {}).remove(0)
    }

    #[test]
    fn a_row_is_held_over_its_fill_in_its_last_tenth_and_in_exchanges() {
        let other = RealisticRow { fill_ns: 10.0, last_tenth_ns: 20.0, pair_ns: 40.0, ..one_row() };
        let judge = |fill_ns, last_tenth_ns, pair_ns, most_ns_an_instance| {
            let mut row =
                RealisticRow { fill_ns, last_tenth_ns, pair_ns, most: 3.0, most_ns_an_instance, ..other.clone() };
            row.hold_to(&other);
            let row = median(&[row]);
            (row.is_held, row.of_what_it_may())
        };
        assert_eq!(judge(30.0, 60.0, 120.0, None), (true, 1.0));
        assert_eq!(judge(60.0, 20.0, 40.0, None), (false, 2.0));
        assert_eq!(judge(10.0, 120.0, 40.0, None), (false, 2.0));
        assert_eq!(judge(10.0, 20.0, 240.0, None), (false, 2.0));
        // 400 instances: 2 ns for each, where one is allowed, whatever the ratios.
        assert_eq!(judge(400.0, 400.0, 400.0, Some(1.0)), (true, 1.0));
        assert_eq!(judge(400.0, 800.0, 400.0, Some(1.0)), (false, 2.0));
    }

    #[test]
    fn chains_are_measured_as_rows_are() {
        let rows = vec!["zone, instance, random".to_owned(), "memory, cpu, rack | most-remaining".to_owned()];
        let measured = realistic(&RealisticOptions { rows, chains: true, ..small() }, &mut |_| {});
        let names: Vec<&str> = measured.iter().map(|row| &*row.row).collect();
        let expected = [
            "memory, cpu, rack | most-remaining",
            "memory, cpu, rack | most-remaining, by fraction",
            "zone, instance, random",
        ];
        assert_eq!(names[0], rows::THE_ROW);
        assert_eq!(names.iter().filter(|name| expected.contains(*name)).count(), 3, "{names:?}");
        assert!(measured.iter().all(|row| row.held_to == rows::THE_ROW && row.fill_ns > 0.0));
    }

    #[test]
    fn of_three_repetitions_the_median_of_each_figure_counts() {
        let one = one_row();
        let with = |fill_ns, last_tenth_ns, pair_ns, fill_ratio| {
            let row = RealisticRow { fill_ns, last_tenth_ns, pair_ns, ..one.clone() };
            RealisticRow { fill_ratio, most: 3.0, ..row }
        };
        let found = median(&[with(1.0, 4.0, 7.0, 2.0), with(9.0, 3.0, 5.0, 7.0), with(2.0, 8.0, 6.0, 6.0)]);
        assert!((found.fill_ns, found.last_tenth_ns, found.pair_ns) == (2.0, 4.0, 6.0), "{found:?}");
        assert!((found.fill_ratio, found.of_what_it_may(), found.is_held) == (6.0, 2.0, false), "{found:?}");
    }

    #[test]
    fn every_row_places_tasks_and_is_compared_with_one_that_is_measured() {
        let all = rows::rows();
        for (position, row) in all.iter().enumerate() {
            assert!(all[..=position].iter().any(|other| other.name == row.held_to), "{} is held to nothing", row.name);
        }
        let rows = realistic(&RealisticOptions { budget_ms: 5, ..small() }, &mut |_| {});
        assert_eq!(rows.len(), all.len());
        for row in rows {
            assert!(row.fill_ns > 0.0 && row.filled_percent > 0.0, "{row:?}");
        }
    }

    /// Tasks that come, and now and then one that stops, until the cluster is full, in two engines.
    fn compare(row: &Row, load: &Load, seed: u64) {
        let setup = Setup { fleet: &load.fleet, requests: &load.requests, options: load.options, seed: 7 };
        let (mut fast, mut reference) = (FastEngine::new(setup), ReferenceEngine::new(setup));
        let (mut rng, mut tasks, mut refused) = (Rng::new(seed), Vec::<Task>::new(), 0);
        while refused < 16 {
            let request = RequestId::from_index(rng.below(load.requests.table.len()));
            let placed = fast.place(request);
            assert_eq!(placed, reference.place(request), "{}", row.name);
            refused += u32::from(placed.is_none());
            tasks.extend(placed.map(|placed| Task { request, instance: placed.instance }));
            if rng.below(4) == 0 && !tasks.is_empty() {
                let Task { request, instance } = tasks.swap_remove(rng.below(tasks.len()));
                assert_eq!(fast.stop(request, instance), reference.stop(request, instance), "{}", row.name);
            }
        }
        assert_eq!(fast.validate(), Ok(()), "{}", row.name);
    }

    /// Few instances and services, so that an instance has many tasks of one.
    #[test]
    fn every_chain_decides_as_the_reference_does() {
        for (position, row) in chains::rows().iter().enumerate() {
            compare(row, &Load::new(row, 12, [3, 6, 20][position % 3]), position as u64);
        }
    }
}
