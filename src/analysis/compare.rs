//! Paired comparison of policies with a baseline: the same seed gives both the same load, so differences by seed are
//! much surer than a difference of means (5.1 of the method).
//!
//! One figure, the primary one, is fixed before the experiment and ranks; its p values are corrected for the number of
//! policies (Holm). All other figures describe.
//!
//! # Cost
//! Linear in runs and figures; a bootstrap is made for the primary and the headline figures only, and for at most
//! [`MOST_RESAMPLED`] seeds, beyond which the t interval is as good.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::{bca, holm, sign_test};
use super::catalogue::{Better, METRICS, Metric, Unit, position};
use super::record::RunRecord;
use super::student::{Mean, p_of_no_difference};
use super::summary::by_policy;

/// The figure that ranks where the scenario names none.
pub const PRIMARY: &str = "instances_in_use_peak";
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
    /// Seeds for which both have the figure as a number.
    pub n: usize,
    /// Seeds for which only one run is there or has the figure.
    pub unpaired: usize,
    /// Mean of policy less baseline.
    pub mean: Option<f64>,
    /// Standard deviation of the differences.
    pub deviation: Option<f64>,
    /// How the interval was made; absent where there is none: one seed, or the same difference on every seed.
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
            Verdict::Better | Verdict::Differs | Verdict::TooSmallToMatter | Verdict::Equal => false,
        }
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
    let groups = by_policy(records);
    let Some((_, base)) = groups.iter().find(|(policy, _)| *policy == baseline) else { return Vec::new() };
    let others = groups.iter().filter(|(policy, _)| *policy != baseline);
    compare_pairs(others.map(|(policy, runs)| Pair { policy, baseline, runs, base }), plan)
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
    compare_pairs(both.iter().map(|(policy, runs, base)| Pair { policy, baseline: policy, runs, base }), plan)
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

fn compare_pairs<'a>(pairs: impl Iterator<Item = Pair<'a>>, plan: Plan<'_>) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    // Place of the primary figure in the list, p value, mean of the baseline.
    let mut primary: Vec<(usize, Option<f64>, Option<f64>)> = Vec::new();
    for pair in pairs {
        let joined = join_by_seed(pair.runs, pair.base);
        for (column, metric) in METRICS.iter().enumerate() {
            let differences = differences(&joined, column);
            let paired: Vec<f64> = differences.iter().copied().flatten().collect();
            if metric.column == plan.primary {
                let of_base: Vec<f64> = joined.iter().filter_map(|&(_, base)| value(base, column)).collect();
                primary.push((comparisons.len(), p_value(&paired), Mean::of(&of_base).map(|mean| mean.mean)));
            }
            let resample = metric.headline || metric.column == plan.primary;
            comparisons.push(comparison(pair, metric, (&paired, differences.len() - paired.len()), resample));
        }
    }
    judge_primary(&mut comparisons, &primary, plan);
    comparisons
}

/// Holm's correction, the smallest effect, and what may be said after them.
fn judge_primary(comparisons: &mut [Comparison], primary: &[(usize, Option<f64>, Option<f64>)], plan: Plan<'_>) {
    let known: Vec<(usize, f64, Option<f64>)> =
        primary.iter().filter_map(|&(place, p, base)| Some((place, p?, base))).collect();
    let adjusted = holm(&known.iter().map(|&(_, p, _)| p).collect::<Vec<_>>());
    for ((place, _, base), adjusted) in known.into_iter().zip(adjusted) {
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

/// Of the t test; of the sign test where there is no spread for t.
fn p_value(paired: &[f64]) -> Option<f64> {
    match paired {
        [] | [_] => None,
        _ => p_of_no_difference(paired).or_else(|| sign_test(paired)),
    }
}

/// The runs of one seed, of a policy and of what it is compared with.
type Runs<'a> = (Option<&'a RunRecord>, Option<&'a RunRecord>);

/// Ascending by seed.
fn join_by_seed<'a>(runs: &[&'a RunRecord], base: &[&'a RunRecord]) -> Vec<Runs<'a>> {
    let mut seeds: BTreeMap<u32, Runs<'a>> = BTreeMap::new();
    for &run in runs {
        seeds.entry(run.seed).or_default().0 = Some(run);
    }
    for &run in base {
        seeds.entry(run.seed).or_default().1 = Some(run);
    }
    seeds.into_values().collect()
}

fn value(run: Option<&RunRecord>, column: usize) -> Option<f64> {
    run?.figures.get(column)?.to_f64()
}

/// For each seed that one of the two has the figure for, run less base; `None` if the other has it not.
fn differences(joined: &[Runs<'_>], column: usize) -> Vec<Option<f64>> {
    let pair = |&(run, base): &Runs<'_>| match (value(run, column), value(base, column)) {
        (None, None) => None,
        (Some(run), Some(base)) => Some(Some(run - base)),
        _ => Some(None),
    };
    joined.iter().filter_map(pair).collect()
}

fn comparison(pair: Pair<'_>, metric: &Metric, (paired, unpaired): (&[f64], usize), resample: bool) -> Comparison {
    let mean = Mean::of(paired);
    let interval = interval(metric, paired, resample);
    let tally = tally(metric.better, paired);
    let mut row = Comparison {
        policy: pair.policy.to_owned(),
        baseline: pair.baseline.to_owned(),
        metric: metric.column,
        n: paired.len(),
        unpaired,
        mean: mean.map(|mean| mean.mean),
        deviation: mean.and_then(|mean| mean.deviation),
        method: interval.map(|(method, _)| method),
        low: interval.map(|(_, (low, _))| low),
        high: interval.map(|(_, (_, high))| high),
        tally,
        p_sign: sign_test(paired),
        p_holm: None,
        verdict: Verdict::NotToldApart,
    };
    row.verdict = verdict(&row, metric.better);
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

/// Told apart needs an interval without 0, or the same difference on so many seeds that chance is out.
fn verdict(row: &Comparison, better: Better) -> Verdict {
    let Some(mean) = row.mean else { return Verdict::NotToldApart };
    let is_constant = row.deviation.is_some_and(|deviation| deviation <= 0.0);
    if is_constant && row.p_sign.is_none() {
        return Verdict::Equal;
    }
    let clear = match row.low.zip(row.high) {
        Some((low, high)) => low > 0.0 || high < 0.0,
        None => is_constant && row.p_sign.is_some_and(|p| p < SIGNIFICANT),
    };
    match (clear, better) {
        (false, _) => Verdict::NotToldApart,
        (true, Better::Neither) => Verdict::Differs,
        (true, Better::Lower) if mean < 0.0 => Verdict::Better,
        (true, Better::Higher) if mean > 0.0 => Verdict::Better,
        (true, _) => Verdict::Worse,
    }
}

fn tally(better: Better, differences: &[f64]) -> Option<Tally> {
    let (below, above) = (
        differences.iter().filter(|&&difference| difference < 0.0).count(),
        differences.iter().filter(|&&difference| difference > 0.0).count(),
    );
    let ties = differences.len() - below - above;
    match better {
        Better::Lower => Some(Tally { wins: below, ties, losses: above }),
        Better::Higher => Some(Tally { wins: above, ties, losses: below }),
        Better::Neither => None,
    }
}

#[cfg(test)]
mod scipy;

#[cfg(test)]
mod tests {
    use super::super::catalogue::position;
    use super::super::record::Figure;
    use super::super::test_support::record;
    use super::*;

    fn check(column: &str, pairs: &[(Figure, Figure)]) -> Comparison {
        let runs = (1..).zip(pairs).flat_map(|(seed, &(policy, baseline))| {
            [record("base", seed, (column, baseline)), record("new", seed, (column, policy))]
        });
        compare(&runs.collect::<Vec<_>>(), "base", Plan::default()).swap_remove(position(column).unwrap())
    }

    fn counts(pairs: &[(u64, u64)]) -> Vec<(Figure, Figure)> {
        pairs.iter().map(|&(a, b)| (Figure::Count(a), Figure::Count(b))).collect()
    }

    /// Section 5.1: differences 1 2 0 1 1.
    #[test]
    fn worked_example_of_the_method() {
        let row = check("instances_in_use_peak", &counts(&[(11, 10), (12, 10), (20, 20), (8, 7), (9, 8)]));
        assert_eq!((row.n, row.unpaired, row.mean), (5, 0, Some(1.0)));
        let close = |found: Option<f64>, expected: f64| {
            assert!((found.unwrap() - expected).abs() < 5e-7, "{found:?}, expected {expected}");
        };
        close(row.deviation, std::f64::consts::FRAC_1_SQRT_2);
        close(row.low, 0.122_011);
        close(row.high, 1.877_989);
        assert_eq!(row.tally, Some(Tally { wins: 0, ties: 1, losses: 4 }));
        assert_eq!((row.method, row.verdict), (Some(Method::T), Verdict::Worse));
    }

    #[test]
    fn higher_is_a_win_where_higher_is_better() {
        let pairs = counts(&[(3, 1), (1, 1), (0, 1)]);
        let row = check("packing_time_mean", &pairs);
        assert_eq!(row.tally, Some(Tally { wins: 1, ties: 1, losses: 1 }));
        assert_eq!(row.verdict, Verdict::NotToldApart);
        assert_eq!(check("attempts", &pairs).tally, None);
    }

    #[test]
    fn seeds_without_a_partner_are_counted_and_left_out() {
        let (one, absent) = (Figure::Count(1), Figure::Absent);
        let row = check("instances_in_use_peak", &[(one, absent), (one, one), (absent, absent)]);
        assert_eq!((row.n, row.unpaired, row.mean, row.low), (1, 1, Some(0.0), None));
    }

    #[test]
    fn no_baseline_no_comparison() {
        assert_eq!(compare(&[record("p", 1, ("attempts", Figure::Count(1)))], "base", Plan::default()), Vec::new());
    }

    #[test]
    fn equal_differences_have_no_interval() {
        let row = check("instances_in_use_peak", &counts(&[(9, 10); 8]));
        assert_eq!((row.mean, row.method, row.low, row.verdict), (Some(-1.0), None, None, Verdict::Better));
        assert_eq!(check("instances_in_use_peak", &counts(&[(9, 10); 3])).verdict, Verdict::NotToldApart);
        assert_eq!(check("instances_in_use_peak", &counts(&[(9, 9); 3])).verdict, Verdict::Equal);
    }

    #[test]
    fn ratios_are_resampled_from_twelve_seeds_on() {
        let pairs = |n: u64| counts(&(0..n).map(|i| (i * i, 3)).collect::<Vec<_>>());
        assert_eq!(check("packing_time_mean", &pairs(11)).method, Some(Method::T));
        assert_eq!(check("packing_time_mean", &pairs(12)).method, Some(Method::Bca));
        assert_eq!(check("cpu_packing_time_mean", &pairs(12)).method, Some(Method::T), "only headline figures");
    }

    #[test]
    fn more_policies_ask_for_more_evidence() {
        let record = |policy: &str, seed: u32, count| record(policy, seed, (PRIMARY, Figure::Count(count)));
        // p = 0.034 for one policy alone.
        let mut records: Vec<RunRecord> = Vec::new();
        for (seed, more) in (1..).zip([1, 2, 0, 1, 1]) {
            records.push(record("base", seed, 10));
            records.push(record("a", seed, 10 + more));
        }
        let verdict = |records: &[RunRecord]| {
            let row = compare(records, "base", Plan { primary: PRIMARY, smallest_effect: Some(0.5) });
            let row = row.into_iter().find(|row| row.policy == "a" && row.metric == PRIMARY).unwrap();
            (row.verdict, row.p_holm.unwrap())
        };
        assert_eq!(verdict(&records).0, Verdict::Worse);
        for (seed, more) in (1..).zip([1, 2, 0, 1, 1]) {
            records.push(record("b", seed, 10 + more));
        }
        let (verdict, p) = verdict(&records);
        assert_eq!(verdict, Verdict::NotToldApart);
        assert!((p - 2.0 * 0.034_109_423_167_409_63).abs() < 1e-9, "{p}");
    }

    #[test]
    fn a_clear_difference_may_be_too_small_to_matter() {
        let pairs: Vec<_> = (0..8).map(|i| (Figure::ratio(1000 + i % 2, 10).to_owned(), Figure::Count(100))).collect();
        let records: Vec<RunRecord> = (1..)
            .zip(&pairs)
            .flat_map(|(seed, &(a, b))| [record("base", seed, (PRIMARY, b)), record("a", seed, (PRIMARY, a))])
            .collect();
        let verdict = |least| {
            compare(&records, "base", Plan { primary: PRIMARY, smallest_effect: Some(least) })
                [position(PRIMARY).unwrap()]
            .verdict
        };
        assert_eq!(verdict(0.5), Verdict::TooSmallToMatter);
        assert_eq!(verdict(0.01), Verdict::Worse);
    }

    /// An interval that ends at 0 holds it.
    #[test]
    fn an_interval_that_touches_0_tells_nothing_apart() {
        let counts = |policy, base| (Figure::Count(policy), Figure::Count(base));
        let row = check(PRIMARY, &[counts(1, 2), counts(1, 3), counts(2, 3)]);
        let with = |low, high| verdict(&Comparison { low: Some(low), high: Some(high), ..row.clone() }, Better::Lower);
        assert_eq!([with(-2.0, 0.0), with(0.0, 2.0), with(-2.0, 0.5)], [Verdict::NotToldApart; 3]);
        assert_eq!(with(-2.0, -0.5), Verdict::Better);
    }

    /// Counts are resampled only where their differences are skewed.
    #[test]
    fn skewed_counts_are_resampled_and_even_ones_are_not() {
        let method = |differences: [u64; 14]| {
            check(PRIMARY, &differences.map(|by| (Figure::Count(10 + by), Figure::Count(10)))).method
        };
        assert_eq!(method([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 40]), Some(Method::Bca));
        assert_eq!(method([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 1]), Some(Method::T));
    }

    #[test]
    fn two_experiments_are_paired_by_policy_and_seed() {
        let record = |policy: &str, seed, count| record(policy, seed, (PRIMARY, Figure::Count(count)));
        let before = [record("p", 1, 10), record("p", 2, 20), record("gone", 1, 1)];
        let after = [record("p", 2, 21), record("p", 1, 12), record("new", 1, 1)];
        let rows = compare_experiments(&before, &after, Plan::default());
        assert_eq!(rows.len(), METRICS.len());
        assert_eq!(rows[position(PRIMARY).unwrap()].mean, Some(1.5));
    }
}
