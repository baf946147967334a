//! Paired comparison of policies with a baseline: the same seed gives both the same load, so differences by seed are
//! much surer than a difference of means (5.1 of the method).

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::{Better, METRICS, Metric};
use super::record::RunRecord;
use super::student::Mean;
use super::summary::by_policy;

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
    /// Lower end of the 95 % t interval of the mean difference.
    pub low: Option<f64>,
    /// Upper end of the same.
    pub high: Option<f64>,
    /// Seeds by who is better; absent for a figure that does not rank.
    pub tally: Option<Tally>,
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

impl Comparison {
    /// Whether the interval leaves no doubt that the policies differ, which one seed never does.
    #[must_use]
    pub fn is_told_apart(&self) -> bool {
        self.low.zip(self.high).is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// Every other policy against `baseline`: policies in the order in which they occur, figures in that of the catalogue.
/// Empty if there is no run of the baseline.
#[must_use]
pub fn compare(records: &[RunRecord], baseline: &str) -> Vec<Comparison> {
    let groups = by_policy(records);
    let Some((_, base)) = groups.iter().find(|(policy, _)| *policy == baseline) else { return Vec::new() };
    let base = by_seed(base);
    let mut comparisons = Vec::new();
    for (policy, runs) in groups.iter().filter(|(policy, _)| *policy != baseline) {
        let runs = by_seed(runs);
        for (column, metric) in METRICS.iter().enumerate() {
            let differences = differences(&runs, &base, column);
            comparisons.push(comparison((policy, baseline), metric, &differences));
        }
    }
    comparisons
}

fn by_seed<'a>(runs: &[&'a RunRecord]) -> BTreeMap<u32, &'a RunRecord> {
    runs.iter().map(|&run| (run.seed, run)).collect()
}

/// For each seed that one of the two has the figure for, run less base; `None` if the other has it not.
fn differences(runs: &BTreeMap<u32, &RunRecord>, base: &BTreeMap<u32, &RunRecord>, column: usize) -> Vec<Option<f64>> {
    let value = |of: &BTreeMap<u32, &RunRecord>, seed| of.get(seed)?.figures.get(column)?.to_f64();
    let mut seeds: Vec<&u32> = runs.keys().chain(base.keys()).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let pair = |seed| match (value(runs, seed), value(base, seed)) {
        (None, None) => None,
        (Some(run), Some(base)) => Some(Some(run - base)),
        _ => Some(None),
    };
    seeds.into_iter().filter_map(pair).collect()
}

fn comparison((policy, baseline): (&str, &str), metric: &Metric, differences: &[Option<f64>]) -> Comparison {
    let paired: Vec<f64> = differences.iter().copied().flatten().collect();
    let mean = Mean::of(&paired);
    let interval = mean.and_then(|mean| mean.interval);
    Comparison {
        policy: policy.to_owned(),
        baseline: baseline.to_owned(),
        metric: metric.column,
        n: paired.len(),
        unpaired: differences.len() - paired.len(),
        mean: mean.map(|mean| mean.mean),
        deviation: mean.and_then(|mean| mean.deviation),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        tally: tally(metric.better, &paired),
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
mod tests {
    use super::super::catalogue::position;
    use super::super::record::Figure;
    use super::super::test_support::record;
    use super::*;

    fn check(column: &str, pairs: &[(Figure, Figure)]) -> Comparison {
        let runs = (1..).zip(pairs).flat_map(|(seed, &(policy, baseline))| {
            [record("base", seed, (column, baseline)), record("new", seed, (column, policy))]
        });
        compare(&runs.collect::<Vec<_>>(), "base").swap_remove(position(column).unwrap())
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
        assert!(row.is_told_apart());
    }

    #[test]
    fn higher_is_a_win_where_higher_is_better() {
        let pairs = counts(&[(3, 1), (1, 1), (0, 1)]);
        let row = check("packing_time_mean", &pairs);
        assert_eq!(row.tally, Some(Tally { wins: 1, ties: 1, losses: 1 }));
        assert!(!row.is_told_apart());
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
        assert_eq!(compare(&[record("p", 1, ("attempts", Figure::Count(1)))], "base"), Vec::new());
    }
}
