//! What stands in each cell of the summary table, before anything is laid out.

use crate::analysis::catalogue::{Better, Metric};
use crate::analysis::summary::SummaryRow;
use crate::report::text::humane::Style;
use crate::report::text::names::printable;

/// One figure of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The value as shown; a dash where there is none.
    pub(super) text: String,
    /// Better than every other policy, and told apart from each.
    pub(super) best: bool,
    /// Some runs of the policy, or all, have no value.
    pub(super) absent: bool,
}

/// Policies against figures.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) policies: Vec<String>,
    /// Heading of each figure, with an arrow to where it is better.
    pub(super) figures: Vec<String>,
    /// By policy, then by figure.
    pub(super) entries: Vec<Vec<Entry>>,
    /// Title and value of figures that do not tell policies apart, because all have the same value.
    pub(super) same: Vec<(&'static str, String)>,
    /// Titles of figures that no policy has.
    pub(super) undefined: Vec<&'static str>,
    pub(super) most_seeds: u32,
    /// Nothing is random: the runs of all seeds are identical.
    pub(super) is_fixed: bool,
}

impl Grid {
    pub(super) fn new(rows: &[SummaryRow], metrics: &[&Metric]) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for row in rows {
            if !names.contains(&row.policy.as_str()) {
                names.push(&row.policy);
            }
        }
        let mut grid = Self {
            policies: names.iter().map(|name| printable(name)).collect(),
            figures: Vec::new(),
            entries: vec![Vec::new(); names.len()],
            same: Vec::new(),
            undefined: Vec::new(),
            is_fixed: rows.iter().all(|row| row.is_fixed),
            most_seeds: rows.iter().map(|row| row.n + row.absent).max().unwrap_or(0),
        };
        for metric in metrics {
            grid.add(metric, &column(rows, &names, metric));
        }
        grid
    }

    fn add(&mut self, metric: &Metric, column: &[Option<&SummaryRow>]) {
        if column.iter().flatten().all(|row| row.n == 0) {
            self.undefined.extend((!metric.is_of_gpus()).then_some(metric.title));
            return;
        }
        if let Some(value) = same_for_all(metric, column) {
            return self.same.push((metric.title, value));
        }
        let arrow = match metric.better {
            Better::Lower => " ↓",
            Better::Higher => " ↑",
            Better::Neither => "",
        };
        self.figures.push(format!("{}{arrow}", metric.title));
        for (entries, row) in self.entries.iter_mut().zip(column) {
            entries.push(entry(metric, *row));
        }
    }

    pub(super) fn has_best(&self) -> bool {
        self.entries.iter().flatten().any(|entry| entry.best)
    }

    pub(super) fn has_some_absent(&self) -> bool {
        self.entries.iter().flatten().any(|entry| entry.absent)
    }
}

fn column<'a>(rows: &'a [SummaryRow], names: &[&str], metric: &Metric) -> Vec<Option<&'a SummaryRow>> {
    names.iter().map(|name| rows.iter().find(|row| row.policy == *name && row.metric == metric.column)).collect()
}

/// The value of a figure that ranks policies, where all of several have exactly the same. What only describes, such as
/// a bound, is always a column: it is read beside others.
fn same_for_all(metric: &Metric, column: &[Option<&SummaryRow>]) -> Option<String> {
    let first = column.first().copied().flatten()?;
    let is_same = |row: &&SummaryRow| {
        (row.mean, row.low, row.high, row.absent) == (first.mean, first.low, first.high, 0) && row.censored == 0
    };
    let all = column.iter().all(|row| row.as_ref().is_some_and(is_same));
    (column.len() > 1 && metric.better != Better::Neither && all).then(|| entry(metric, Some(first)).text)
}

fn entry(metric: &Metric, row: Option<&SummaryRow>) -> Entry {
    if let Some((row, median)) = row.and_then(|row| Some((row, row.p50?))).filter(|(row, _)| row.censored > 0) {
        let more = if median.is_censored() { ">" } else { "" };
        let shown = Style::of(metric.unit, median.at_least(), 0.0).show(median.at_least());
        return Entry { text: format!("{more}{shown} (median)"), best: row.leads, absent: row.absent > 0 };
    }
    let Some((row, mean)) = row.and_then(|row| Some((row, row.mean?))) else {
        return Entry { text: "–".to_owned(), best: false, absent: true };
    };
    let half = row.low.zip(row.high).map(|(low, high)| (high - low) / 2.0);
    let style = Style::of(metric.unit, mean, half.unwrap_or(0.0));
    let mut text = style.show(mean);
    if let Some(half) = half {
        text = format!("{text} ± {}", style.number(half));
    }
    if row.absent > 0 {
        text.push_str(" !");
    }
    Entry { text, best: row.leads, absent: row.absent > 0 }
}
