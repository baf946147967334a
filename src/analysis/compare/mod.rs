//! Paired comparison of policies with a baseline: the same seed gives both the same load, so differences by seed are
//! much surer than a difference of means.
//!
//! One figure, the primary one, is fixed before the experiment and ranks; its p values are corrected for the number of
//! policies (Holm). All other figures describe.
//!
//! # What may be said
//! One rule for the star of `run`, the verdicts of `compare` and the headline of the report:
//! 1. Where neither the load nor any of both policies draws, all runs are copies of one observation. There is the one
//!    difference, and no interval, no p value and no star; more seeds would change nothing ([`Verdict::Exact`]).
//! 2. Where one of both draws, the one run of the other pairs with every seed.
//! 3. A wait that had not ended is larger than every smaller one. Where there is one, there is no mean and no interval;
//!    seeds whose sign is certain are counted, and those whose sign is not count against what is claimed.
//! 4. A policy leads by a figure if every other one is told apart from it and worse ([`mark_leaders`]).
//!
//! # Cost
//! Linear in runs and figures; a bootstrap is made for the primary and the headline figures only, and for at most
//! [`MOST_RESAMPLED`] seeds, beyond which the t interval is as good.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::{bca, holm, sign_test_of};
use super::catalogue::{Better, METRICS, Metric, Unit, position};
use super::record::RunRecord;
use super::seen::{Difference, Seen};
use super::student::{Mean, p_of_no_difference};
use super::summary::{SummaryRow, are_fixed, by_policy};

/// The figure that ranks where the scenario names none.
pub const PRIMARY: &str = "instances_in_use_peak";
/// What is said where copies of one observation are all there is.
pub const IDENTICAL: &str = "the runs are identical: nothing here is random";
/// The most seeds that are resampled.
pub const MOST_RESAMPLED: usize = 200;
/// Differences more skewed than this are resampled.
const SKEWED: f64 = 1.0;
/// Adjusted p values below this tell policies apart.
const SIGNIFICANT: f64 = 0.05;

/// What was fixed before the experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan<'a> {
    /// Column of the figure that ranks.
    pub primary: &'a str,
    /// The smallest difference of it that matters; `None` is 1 of a count, and 1 % of the baseline's mean otherwise.
    pub smallest_effect: Option<f64>,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self { primary: PRIMARY, smallest_effect: None }
    }
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Paired t.
    T,
    /// BCa bootstrap.
    Bca,
}

/// What may be said of a difference, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Better than the baseline.
    Better,
    /// Worse than the baseline.
    Worse,
    /// A figure that does not rank differs.
    Differs,
    /// Told apart, and the whole interval is smaller than the smallest effect of interest.
    TooSmallToMatter,
    /// The same on every seed.
    Equal,
    /// The interval holds 0, or there are too few seeds.
    NotToldApart,
    /// The runs are identical, as nothing in them is random: the difference is what it is, on this one load.
    Exact,
}

/// One figure of one policy against the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The policy.
    pub policy: String,
    /// What it is compared with.
    pub baseline: String,
    /// Column of the catalogue.
    pub metric: &'static str,
    /// Seeds for which both have the figure.
    pub n: usize,
    /// Of these, seeds for which one of the two is only known to be more than something.
    pub censored: usize,
    /// Of these, seeds for which not even the sign of the difference is known.
    pub untold: usize,
    /// Seeds for which only one run is there or has the figure.
    pub unpaired: usize,
    /// Mean of policy less baseline; absent where a value is only known to be more than something.
    pub mean: Option<f64>,
    /// Standard deviation of the differences.
    pub deviation: Option<f64>,
    /// How the interval was made; absent where there is none: one observation, or the same difference on every seed.
    pub method: Option<Method>,
    /// Lower end of the 95 % interval of the mean difference.
    pub low: Option<f64>,
    /// Upper end of the same.
    pub high: Option<f64>,
    /// Seeds by who is better; absent for a figure that does not rank.
    pub tally: Option<Tally>,
    /// p value of the sign test; absent if all differences are 0.
    pub p_sign: Option<f64>,
    /// p value of the primary figure, corrected for the number of policies; absent for the others.
    pub p_holm: Option<f64>,
    /// What may be said.
    pub verdict: Verdict,
}

impl Comparison {
    /// Whether the policy is worse than the baseline, as a gate means it: beyond the interval, and not by too little to
    /// matter. Where the runs are copies or there is one seed, there is no interval, and worse at all is worse.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        let is_constant = self.deviation.is_none_or(|deviation| deviation <= 0.0);
        let loses_always = self.n > 0 && self.tally.is_some_and(|tally| tally.losses == self.n);
        match self.verdict {
            Verdict::Worse => true,
            Verdict::NotToldApart => is_constant && loses_always,
            Verdict::Exact => self.mean.is_some_and(|mean| is_loss(self.metric, mean)),
            Verdict::Better | Verdict::Differs | Verdict::TooSmallToMatter | Verdict::Equal => false,
        }
    }
}

/// Whether a difference of a figure is one to the worse.
fn is_loss(metric: &str, difference: f64) -> bool {
    match position(metric).map(|position| METRICS[position].better) {
        Some(Better::Lower) => difference > 0.0,
        Some(Better::Higher) => difference < 0.0,
        Some(Better::Neither) | None => false,
    }
}

/// How often a policy was better than the baseline, equal, and worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Better.
    pub wins: usize,
    /// Equal.
    pub ties: usize,
    /// Worse.
    pub losses: usize,
}

/// Every other policy against `baseline`: policies in the order in which they occur, figures in that of the catalogue.
/// Empty if there is no run of the baseline.
#[must_use]
pub fn compare(records: &[RunRecord], baseline: &str, plan: Plan<'_>) -> Vec<Comparison> {
    compare_some(records, baseline, plan, &|_| true)
}

/// The same of some figures only.
fn compare_some(
    records: &[RunRecord],
    baseline: &str,
    plan: Plan<'_>,
    wanted: &dyn Fn(&Metric) -> bool,
) -> Vec<Comparison> {
    let groups = by_policy(records);
    let Some((_, base)) = groups.iter().find(|(policy, _)| *policy == baseline) else { return Vec::new() };
    let others = groups.iter().filter(|(policy, _)| *policy != baseline);
    compare_pairs(others.map(|(policy, runs)| Pair { policy, baseline, runs, base }), plan, wanted)
}

/// The runs of one point of a sweep, and the policy that the others are compared with.
#[derive(Clone, Copy, Debug)]
pub struct PointRuns<'a> {
    /// Of all policies.
    pub runs: &'a [RunRecord],
    /// The name of a policy.
    pub baseline: &'a str,
}

/// The same at each of several points, one after another. The p values of the primary figure are corrected
/// for the policies of all points together, as whoever looks at all of them looks for the one that stands out.
#[must_use]
pub fn compare_points(points: &[PointRuns<'_>], plan: Plan<'_>, all: bool) -> Vec<Vec<Comparison>> {
    let grouped: Vec<_> = points.iter().map(|point| (by_policy(point.runs), point.baseline)).collect();
    let mut pairs = Vec::new();
    let mut counts = Vec::new();
    for (groups, baseline) in &grouped {
        let base = groups.iter().find(|(policy, _)| policy == baseline);
        let others = groups.iter().filter(|(policy, _)| policy != baseline);
        let of_point: Vec<Pair<'_>> = base.map_or_else(Vec::new, |(_, base)| {
            others.map(|(policy, runs)| Pair { policy, baseline, runs, base }).collect()
        });
        counts.push(of_point.len());
        pairs.extend(of_point);
    }
    let is_wanted = |metric: &Metric| all || metric.headline || metric.column == plan.primary;
    let figures = METRICS.iter().filter(|metric| is_wanted(metric)).count();
    let mut comparisons = compare_pairs(pairs.into_iter(), plan, &is_wanted).into_iter();
    counts.into_iter().map(|pairs| comparisons.by_ref().take(pairs * figures).collect()).collect()
}

/// Every policy of `after` against the policy of the same name of `before`, seed by seed. Policies that only one of
/// them has are left out.
#[must_use]
pub fn compare_experiments(before: &[RunRecord], after: &[RunRecord], plan: Plan<'_>) -> Vec<Comparison> {
    let (before, after) = (by_policy(before), by_policy(after));
    let both: Vec<_> = after
        .iter()
        .filter_map(|(policy, runs)| {
            let (_, base) = before.iter().find(|(name, _)| name == policy)?;
            Some((*policy, with_equal_load(runs, base), with_equal_load(base, runs)))
        })
        .collect();
    let pairs = both.iter().map(|(policy, runs, base)| Pair { policy, baseline: policy, runs, base });
    compare_pairs(pairs, plan, &|_| true)
}

/// The runs but those whose seed has another load among `others`.
fn with_equal_load<'a>(runs: &[&'a RunRecord], others: &[&RunRecord]) -> Vec<&'a RunRecord> {
    let loads: BTreeMap<u32, &str> = others.iter().map(|other| (other.seed, other.load.as_str())).collect();
    let is_equal = |run: &&&RunRecord| loads.get(&run.seed).is_none_or(|load| *load == run.load);
    runs.iter().filter(is_equal).copied().collect()
}

/// The seeds that both have runs of, by whether they faced the same load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loads {
    /// Seeds with equal loads.
    pub equal: Vec<u32>,
    /// Seeds with different ones: differences would be those of the loads.
    pub different: Vec<u32>,
}

impl Loads {
    /// Those of two experiments.
    #[must_use]
    pub fn of(before: &[RunRecord], after: &[RunRecord]) -> Self {
        let of = |records: &[RunRecord]| -> BTreeMap<u32, String> {
            records.iter().map(|record| (record.seed, record.load.clone())).collect()
        };
        let (before, mut loads) = (of(before), Self::default());
        for (seed, load) in of(after) {
            match before.get(&seed) {
                Some(other) if *other == load => loads.equal.push(seed),
                Some(_) => loads.different.push(seed),
                None => {}
            }
        }
        loads
    }
}

/// Runs of a policy and of what it is compared with.
#[derive(Clone, Copy)]
struct Pair<'a> {
    policy: &'a str,
    baseline: &'a str,
    runs: &'a [&'a RunRecord],
    base: &'a [&'a RunRecord],
}

impl Pair<'_> {
    /// Nothing draws on either side.
    fn is_fixed(&self) -> bool {
        are_fixed(self.runs) && are_fixed(self.base)
    }
}

fn compare_pairs<'a>(
    pairs: impl Iterator<Item = Pair<'a>>,
    plan: Plan<'_>,
    wanted: &dyn Fn(&Metric) -> bool,
) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    let mut primary = Vec::new();
    for pair in pairs {
        let joined = join_by_seed(pair.runs, pair.base);
        for (column, metric) in METRICS.iter().enumerate().filter(|(_, metric)| wanted(metric)) {
            let differences = Differences::of(&joined, column);
            if metric.column == plan.primary {
                let of_base: Vec<f64> = joined.iter().filter_map(|&(_, base)| value(base, column)?.exact()).collect();
                let p = if pair.is_fixed() { None } else { differences.p_value() };
                let base = Mean::of(&of_base).map(|mean| mean.mean);
                primary.push(Primary { place: comparisons.len(), p, base });
            }
            let resample = metric.headline || metric.column == plan.primary;
            comparisons.push(comparison(pair, metric, &differences, resample));
        }
    }
    judge_primary(&mut comparisons, &primary, plan);
    comparisons
}

/// The primary figure of one pair.
#[derive(Clone, Copy, Debug)]
struct Primary {
    /// In the list of comparisons.
    place: usize,
    /// Before any correction.
    p: Option<f64>,
    /// The mean of the baseline.
    base: Option<f64>,
}

/// Holm's correction, the smallest effect, and what may be said after them.
fn judge_primary(comparisons: &mut [Comparison], primary: &[Primary], plan: Plan<'_>) {
    let known = || primary.iter().filter(|figure| figure.p.is_some());
    let adjusted = holm(&known().filter_map(|figure| figure.p).collect::<Vec<_>>());
    for (&Primary { place, base, .. }, adjusted) in known().zip(adjusted) {
        let row = &mut comparisons[place];
        row.p_holm = Some(adjusted);
        if adjusted >= SIGNIFICANT && row.verdict != Verdict::Equal {
            row.verdict = Verdict::NotToldApart;
        }
        let unit = position(row.metric).map(|index| METRICS[index].unit);
        let least = plan.smallest_effect.or(match unit {
            Some(Unit::Count) => Some(1.0),
            _ => base.map(|mean| mean.abs() / 100.0),
        });
        let is_told_apart = !matches!(row.verdict, Verdict::Equal | Verdict::NotToldApart);
        let (low, high) = (row.low.or(row.mean), row.high.or(row.mean));
        if let (true, Some(least), Some(low), Some(high)) = (is_told_apart, least, low, high)
            && low.abs().max(high.abs()) < least
        {
            row.verdict = Verdict::TooSmallToMatter;
        }
    }
}

/// The runs of one seed, of a policy and of what it is compared with.
type Runs<'a> = (Option<&'a RunRecord>, Option<&'a RunRecord>);

/// Ascending by seed. A side that draws nothing has one run, which is that of every seed.
fn join_by_seed<'a>(runs: &[&'a RunRecord], base: &[&'a RunRecord]) -> Vec<Runs<'a>> {
    let (fixed, fixed_base) = (are_fixed(runs), are_fixed(base));
    let mut seeds: BTreeMap<u32, Runs<'a>> = BTreeMap::new();
    if fixed && fixed_base {
        return vec![(runs.first().copied(), base.first().copied())];
    }
    for &run in runs.iter().filter(|_| !fixed) {
        seeds.entry(run.seed).or_default().0 = Some(run);
    }
    for &run in base.iter().filter(|_| !fixed_base) {
        seeds.entry(run.seed).or_default().1 = Some(run);
    }
    for pair in seeds.values_mut() {
        if fixed {
            pair.0 = runs.first().copied();
        }
        if fixed_base {
            pair.1 = base.first().copied();
        }
    }
    seeds.into_values().collect()
}

fn value(run: Option<&RunRecord>, column: usize) -> Option<Seen> {
    run?.figures.get(column)?.seen()
}

/// The differences of one figure, run less base, seed by seed.
struct Differences {
    /// Of the seeds for which both have the figure; `None` where not even the sign is known.
    paired: Vec<Option<Difference>>,
    /// Seeds for which one of the two has it.
    unpaired: usize,
}

impl Differences {
    fn of(joined: &[Runs<'_>], column: usize) -> Self {
        let (mut paired, mut unpaired) = (Vec::new(), 0);
        for &(run, base) in joined {
            match (value(run, column), value(base, column)) {
                (None, None) => {}
                (Some(run), Some(base)) => paired.push(run.less(base)),
                _ => unpaired += 1,
            }
        }
        Self { paired, unpaired }
    }

    /// All of them as numbers; `None` if one is not known.
    fn exact(&self) -> Option<Vec<f64>> {
        self.paired.iter().map(|difference| difference.and_then(Difference::exact)).collect()
    }

    fn censored(&self) -> usize {
        self.paired.iter().filter(|difference| difference.and_then(Difference::exact).is_none()).count()
    }

    fn untold(&self) -> usize {
        self.paired.iter().filter(|difference| difference.is_none()).count()
    }

    fn with_sign(&self, sign: Ordering) -> usize {
        self.paired.iter().flatten().filter(|difference| difference.sign() == sign).count()
    }

    /// Of the t test; of the sign test where there is no spread for t, or no mean.
    fn p_value(&self) -> Option<f64> {
        match self.exact() {
            Some(exact) if exact.len() < 2 => None,
            Some(exact) => p_of_no_difference(&exact).or_else(|| self.p_sign()),
            None => self.p_sign(),
        }
    }

    /// Seeds whose sign is not known count against the side that has more.
    fn p_sign(&self) -> Option<f64> {
        let (below, above) = (self.with_sign(Ordering::Less), self.with_sign(Ordering::Greater));
        sign_test_of(below.min(above) + self.untold(), below + above + self.untold())
    }
}

fn comparison(pair: Pair<'_>, metric: &Metric, differences: &Differences, resample: bool) -> Comparison {
    let exact = differences.exact();
    let mean = exact.as_deref().and_then(Mean::of);
    let is_fixed = pair.is_fixed();
    let interval = exact.as_deref().filter(|_| !is_fixed).and_then(|exact| interval(metric, exact, resample));
    let mut row = Comparison {
        policy: pair.policy.to_owned(),
        baseline: pair.baseline.to_owned(),
        metric: metric.column,
        n: differences.paired.len(),
        censored: differences.censored(),
        untold: differences.untold(),
        unpaired: differences.unpaired,
        mean: mean.map(|mean| mean.mean),
        deviation: mean.and_then(|mean| mean.deviation),
        method: interval.map(|(method, _)| method),
        low: interval.map(|(_, (low, _))| low),
        high: interval.map(|(_, (_, high))| high),
        tally: if is_fixed { None } else { tally(metric.better, differences) },
        p_sign: if is_fixed { None } else { differences.p_sign() },
        p_holm: None,
        verdict: Verdict::NotToldApart,
    };
    row.verdict = match differences.with_sign(Ordering::Equal) {
        1 if is_fixed => Verdict::Equal,
        _ if is_fixed && row.n > 0 => Verdict::Exact,
        _ => verdict(&row, metric.better, differences),
    };
    row
}

/// Bootstrap for ratios and skewed differences, paired t for the rest; none if all differences are equal.
fn interval(metric: &Metric, paired: &[f64], resample: bool) -> Option<(Method, (f64, f64))> {
    let mean = Mean::of(paired)?;
    let deviation = mean.deviation.filter(|&deviation| deviation > 0.0)?;
    let is_ratio = !matches!(metric.unit, Unit::Count | Unit::Seconds);
    if resample
        && paired.len() <= MOST_RESAMPLED
        && (is_ratio || skewness(paired, mean.mean, deviation).abs() > SKEWED)
        && let Some(interval) = bca(paired)
    {
        return Some((Method::Bca, interval));
    }
    mean.interval.map(|interval| (Method::T, interval))
}

fn skewness(values: &[f64], mean: f64, deviation: f64) -> f64 {
    let cubes = values.iter().map(|value| {
        let scaled = (value - mean) / deviation;
        scaled * scaled * scaled
    });
    let (sum, count) = cubes.fold((0.0, 0.0), |(sum, count), cube| (sum + cube, count + 1.0));
    sum / count
}

/// Told apart needs an interval without 0, or signs on so many seeds that chance is out.
fn verdict(row: &Comparison, better: Better, differences: &Differences) -> Verdict {
    let is_constant = row.deviation.is_some_and(|deviation| deviation <= 0.0);
    if is_constant && row.p_sign.is_none() {
        return Verdict::Equal;
    }
    let by_signs = row.p_sign.is_some_and(|p| p < SIGNIFICANT);
    let clear = match row.low.zip(row.high) {
        Some((low, high)) => low > 0.0 || high < 0.0,
        None => (is_constant || row.censored > 0) && by_signs,
    };
    let (below, above) = (differences.with_sign(Ordering::Less), differences.with_sign(Ordering::Greater));
    let is_above = row.mean.map_or(above > below, |mean| mean > 0.0);
    match (clear, better) {
        (false, _) => Verdict::NotToldApart,
        (true, Better::Neither) => Verdict::Differs,
        (true, Better::Lower) if !is_above => Verdict::Better,
        (true, Better::Higher) if is_above => Verdict::Better,
        (true, _) => Verdict::Worse,
    }
}

fn tally(better: Better, differences: &Differences) -> Option<Tally> {
    let [below, ties, above] =
        [Ordering::Less, Ordering::Equal, Ordering::Greater].map(|sign| differences.with_sign(sign));
    match better {
        Better::Lower => Some(Tally { wins: below, ties, losses: above }),
        Better::Higher => Some(Tally { wins: above, ties, losses: below }),
        Better::Neither => None,
    }
}

/// Marks, for each headline figure and the one that ranks, the policy that leads: every other one is told apart from it,
/// seed by seed, and worse.
pub fn mark_leaders(summary: &mut [SummaryRow], records: &[RunRecord], plan: Plan<'_>) {
    let is_shown = |metric: &&Metric| metric.headline || metric.column == plan.primary;
    for metric in METRICS.iter().filter(is_shown) {
        let Some(first) = first_by_mean(summary, metric) else { continue };
        let policy = summary[first].policy.clone();
        let others = compare_some(records, &policy, plan, &|other| other.column == metric.column);
        summary[first].leads = !others.is_empty() && others.iter().all(|other| other.verdict == Verdict::Worse);
    }
}

/// The row of the policy with the best mean, or median where waits had not ended.
fn first_by_mean(summary: &[SummaryRow], metric: &Metric) -> Option<usize> {
    let sign = match metric.better {
        Better::Lower => 1.0,
        Better::Higher => -1.0,
        Better::Neither => return None,
    };
    let of_metric = summary.iter().enumerate().filter(|(_, row)| row.metric == metric.column);
    let costs = of_metric.filter_map(|(place, row)| {
        let value = row.mean.or_else(|| row.p50.map(Seen::at_least))?;
        Some((place, sign * value))
    });
    costs.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}

#[cfg(test)]
mod scipy;

#[cfg(test)]
mod tests;
