//! The summary as a table for people: policies against headline figures, in whatever width there is.
//!
//! It answers text and prints nothing; width and colour are the caller's to find out.
//!
//! Each cell is the mean over seeds and, with several seeds, the half-width of its 95 % interval. A value is marked
//! when the policy leads by the rule of [`compare`](crate::analysis::compare): every other one is told apart from it, seed by
//! seed, and worse. With one seed, or where nothing is random, nothing is marked.

mod grid;
mod layout;

pub(in crate::report) use layout::wrapped;
pub use layout::{Colour, View};

use crate::analysis::bounds::name;
use crate::analysis::catalogue::METRICS;
use crate::analysis::compare::IDENTICAL;
use crate::analysis::summary::SummaryRow;
use crate::report::text::names::printable;
use grid::Grid;

/// The headline figures of every policy as a table with notes, each line within `view.width` where names allow it.
///
/// Policies are rows where they fit, else columns; a table that fits neither way is cut into blocks of figures.
///
/// # Examples
///
/// ```
/// use stowplan::analysis::summary::SummaryRow;
/// use stowplan::report::terminal::{Colour, View, summary_table};
///
/// let row = SummaryRow {
///     policy: "binpack".into(), metric: "failure_rate", n: 3, absent: 0, censored: 0, is_fixed: false, leads: false,
///     mean: Some(0.021), low: Some(0.019), high: Some(0.023), p50: None, p90: None, min: None, max: None,
/// };
/// let table = summary_table(&[row], View { width: 80, colour: Colour::Off });
/// assert!(table.contains("2.1 % ± 0.2"));
/// ```
#[must_use]
pub fn summary_table(rows: &[SummaryRow], view: View) -> String {
    let headline: Vec<_> = METRICS.iter().filter(|metric| metric.headline).collect();
    let grid = Grid::new(rows, &headline);
    if grid.policies.is_empty() {
        return "no run has finished yet\n".to_owned();
    }
    layout::fit(&grid, view) + &notes(&grid, bound(rows), view.width)
}

/// Which bound is the best one, by policy where that differs, and what it leaves out.
fn bound(rows: &[SummaryRow]) -> Option<String> {
    let mut policies: Vec<&str> = rows.iter().map(|row| row.policy.as_str()).collect();
    policies.dedup();
    let names: Vec<(&str, &str)> =
        policies.into_iter().filter_map(|policy| Some((policy, name::of_summary(rows, policy)?))).collect();
    let (_, first) = names.first()?;
    let text = if names.iter().all(|(_, name)| name == first) {
        (*first).to_owned()
    } else {
        names.iter().map(|(policy, name)| format!("{} {name}", printable(policy))).collect::<Vec<_>>().join(", ")
    };
    Some(format!("lower bound: {text}; it leaves out zones, spread and memberOf"))
}

/// The table before it is laid out.
pub(in crate::report) struct Parts {
    pub(in crate::report) policies: Vec<String>,
    /// A figure a row: its title, then the value of each policy, the best with a star.
    pub(in crate::report) rows: Vec<Vec<String>>,
    pub(in crate::report) notes: Vec<String>,
}

/// The headline figures as [`summary_table`] has them.
pub(in crate::report) fn parts(rows: &[SummaryRow]) -> Parts {
    let headline: Vec<_> = METRICS.iter().filter(|metric| metric.headline).collect();
    let grid = Grid::new(rows, &headline);
    let cell = |entry: &grid::Entry| format!("{}{}", entry.text, if entry.best { "*" } else { "" });
    let row = |(figure, title): (usize, &String)| {
        let values = grid.entries.iter().map(|entries| cell(&entries[figure]));
        std::iter::once(title.clone()).chain(values).collect()
    };
    Parts {
        rows: grid.figures.iter().enumerate().map(row).collect(),
        notes: lines(&grid, bound(rows)),
        policies: grid.policies,
    }
}

fn notes(grid: &Grid, bound: Option<String>, width: usize) -> String {
    let wrapped = |line: &String| layout::wrapped(line, width.saturating_sub(4)).replace('\n', "\n    ");
    lines(grid, bound).iter().map(|line| format!("  {}\n", wrapped(line))).collect()
}

fn lines(grid: &Grid, bound: Option<String>) -> Vec<String> {
    let mut lines = Vec::new();
    match grid.most_seeds {
        _ if grid.is_fixed => lines.push(format!("{IDENTICAL}; no interval, and more seeds would change nothing")),
        0 | 1 => lines.push("one seed: no intervals; use `--seeds 11` to tell policies apart".to_owned()),
        seeds => lines.push(format!("mean ± half-width of the 95 % interval over {seeds} seeds")),
    }
    if !grid.same.is_empty() {
        let same: Vec<String> = grid.same.iter().map(|(title, value)| format!("{title} {value}")).collect();
        lines.push(format!("the same under every policy: {}", same.join(", ")));
    }
    if grid.has_best() {
        lines.push("* better than every other policy, and told apart from each seed by seed".to_owned());
    }
    if grid.has_some_absent() {
        lines.push("– not defined in any run of the policy; ! not defined in some of its runs".to_owned());
    }
    lines.extend(bound);
    if !grid.undefined.is_empty() {
        lines.push(format!("not defined here: {}", grid.undefined.join(", ")));
    }
    lines
}

#[cfg(test)]
mod tests;
