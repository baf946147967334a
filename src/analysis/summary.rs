//! Many runs of one policy: means with intervals, percentiles, extremes.
//!
//! Absent figures are left out and counted, never averaged over silently. A wait that had not ended is not left out: it takes
//! its rank among the others as more than what was seen of it, and where there is one there is no mean (M23).

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::METRICS;
use super::record::RunRecord;
use super::seen::Seen;
use super::student::Mean;

/// One figure of one policy over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryRow {
    /// Policy name.
    pub policy: String,
    /// Column of the catalogue.
    pub metric: &'static str,
    /// Runs that have the figure, those of which it is only known to be more than something included.
    pub n: u32,
    /// Runs that do not.
    pub absent: u32,
    /// Of those that have it, runs of which it is only known to be more than something.
    pub censored: u32,
    /// The runs are identical, as nothing in them is random: their one value stands for every seed.
    pub is_fixed: bool,
    /// Better than every other policy, and told apart from each ([`leaders`](super::compare::mark_leaders)).
    pub leads: bool,
    /// Mean; absent where a value is only known to be more than something.
    pub mean: Option<f64>,
    /// Lower end of the 95 % t interval of the mean; absent for one run.
    pub low: Option<f64>,
    /// Upper end of the same.
    pub high: Option<f64>,
    /// Median by nearest rank.
    pub p50: Option<Seen>,
    /// 90th percentile by nearest rank.
    pub p90: Option<Seen>,
    /// Least.
    pub min: Option<Seen>,
    /// Largest.
    pub max: Option<Seen>,
}

/// One row for each policy and figure: policies in the order in which they occur, figures in that of the catalogue.
#[must_use]
pub fn summarise(records: &[RunRecord]) -> Vec<SummaryRow> {
    let by_policy = by_policy(records);
    let rows_of = |&(policy, ref runs): &(&str, Vec<&RunRecord>)| {
        let columns = METRICS.iter().enumerate();
        let is_fixed = are_fixed(runs);
        let one = if is_fixed { &runs[..1] } else { &runs[..] };
        let rows = columns.map(|(column, metric)| SummaryRow {
            is_fixed,
            ..row_of(policy, metric.column, values(one, column), one.len())
        });
        rows.collect::<Vec<_>>()
    };
    by_policy.iter().flat_map(rows_of).collect()
}

/// The runs of each policy, in the order in which policies occur.
pub(super) fn by_policy(records: &[RunRecord]) -> Vec<(&str, Vec<&RunRecord>)> {
    let mut positions = BTreeMap::new();
    let mut groups: Vec<(&str, Vec<&RunRecord>)> = Vec::new();
    for record in records {
        let position = *positions.entry(record.policy.as_str()).or_insert_with(|| {
            groups.push((&record.policy, Vec::new()));
            groups.len() - 1
        });
        groups[position].1.push(record);
    }
    groups
}

fn values(runs: &[&RunRecord], column: usize) -> Vec<Seen> {
    runs.iter().filter_map(|run| run.figures.get(column)?.seen()).collect()
}

/// Whether these runs of a policy are copies of one observation.
pub(super) fn are_fixed(runs: &[&RunRecord]) -> bool {
    runs.iter().all(|run| run.is_fixed)
}

/// One figure of so many runs of a policy, of which some have a value.
#[must_use]
pub fn row_of(policy: &str, metric: &'static str, mut values: Vec<Seen>, runs: usize) -> SummaryRow {
    let exact: Option<Vec<f64>> = values.iter().map(|value| value.exact()).collect();
    let mean = exact.and_then(|exact| Mean::of(&exact));
    values.sort_by(Seen::rank);
    let interval = mean.and_then(|mean| mean.interval);
    SummaryRow {
        policy: policy.to_owned(),
        metric,
        n: count(values.len()),
        absent: count(runs - values.len()),
        censored: count(values.iter().filter(|value| value.is_censored()).count()),
        is_fixed: false,
        leads: false,
        mean: mean.map(|mean| mean.mean),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        p50: percentile(&values, 50),
        p90: percentile(&values, 90),
        min: values.first().copied(),
        max: values.last().copied(),
    }
}

fn count(runs: usize) -> u32 {
    u32::try_from(runs).expect("runs are numbered in 32 bits")
}

/// The ceil(p n)-th smallest, counted from 1 (nearest rank).
fn percentile(ascending: &[Seen], percent: usize) -> Option<Seen> {
    let rank = (ascending.len() * percent).div_ceil(100);
    ascending.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::position;
    use super::super::record::Figure;
    use super::super::test_support::record;
    use super::*;

    const COLUMN: &str = "instances_in_use_peak";

    fn summary(figures: &[Figure]) -> SummaryRow {
        let records: Vec<_> = (1..).zip(figures).map(|(seed, &figure)| record("p", seed, COLUMN, figure)).collect();
        summarise(&records).swap_remove(position(COLUMN).unwrap())
    }

    #[test]
    fn mean_interval_and_percentiles() {
        let row = summary(&[1, 2, 0, 1, 1].map(Figure::Count));
        assert_eq!((row.n, row.absent, row.mean), (5, 0, Some(1.0)));
        assert!((row.low.unwrap() - 0.122_011).abs() < 1e-6 && (row.high.unwrap() - 1.877_989).abs() < 1e-6, "{row:?}");
        let [least, median, most] = [0.0, 1.0, 2.0].map(|value| Some(Seen::Exactly(value)));
        assert_eq!((row.p50, row.p90, row.min, row.max), (median, most, least, most));
    }

    /// p90 of 11 is the 10th value.
    #[test]
    fn p90_of_eleven_is_the_tenth() {
        assert_eq!(summary(&[5, 3, 9, 1, 11, 7, 2, 10, 4, 8, 6].map(Figure::Count)).p90, Some(Seen::Exactly(10.0)));
    }

    #[test]
    fn absent_figures_are_counted_and_left_out() {
        let row = summary(&[Figure::Absent, Figure::Count(4), Figure::Absent]);
        assert_eq!((row.n, row.absent, row.mean, row.low, row.high), (1, 2, Some(4.0), None, None));
        let row = summary(&[Figure::Absent]);
        assert_eq!((row.n, row.absent, row.mean, row.p50, row.max), (0, 1, None, None, None));
    }

    /// Case 62: of 15 seeds, 12 ended with tasks that had waited for 600 s.
    #[test]
    fn case_62_censored_waits_take_their_ranks_and_leave_no_mean() {
        let ended = [350, 10, 400].map(Figure::Count);
        let row = summary(&[vec![Figure::MoreThanMs(600_000); 12], ended.to_vec()].concat());
        assert_eq!((row.n, row.absent, row.censored), (15, 0, 12));
        assert_eq!((row.mean, row.low, row.high), (None, None, None));
        let more = Some(Seen::MoreThan(600.0));
        assert_eq!((row.min, row.p50, row.p90, row.max), (Some(Seen::Exactly(10.0)), more, more, more));
    }

    /// Case 64: eleven copies of one observation are one.
    #[test]
    fn case_64_copies_are_one_observation() {
        let copy = |seed| RunRecord { is_fixed: true, ..record("p", seed, COLUMN, Figure::Count(4)) };
        let rows = summarise(&(1..=11).map(copy).collect::<Vec<_>>());
        let row = &rows[position(COLUMN).unwrap()];
        assert_eq!((row.n, row.is_fixed, row.mean, row.low), (1, true, Some(4.0), None));
    }

    #[test]
    fn policies_keep_the_order_in_which_they_occur() {
        let records = ["z", "a", "z"].map(|policy| record(policy, 1, COLUMN, Figure::Count(1)));
        let rows = summarise(&records);
        assert_eq!(rows.len(), 2 * METRICS.len());
        assert_eq!((rows[0].policy.as_str(), rows[METRICS.len()].policy.as_str()), ("z", "a"));
        assert_eq!(rows[position(COLUMN).unwrap()].n, 2);
    }
}
