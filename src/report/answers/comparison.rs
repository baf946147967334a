//! Paired comparison of policies, for people and for programs.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use crate::analysis::catalogue::{Better, METRICS, Metric, Unit, position};
use crate::analysis::compare::{Comparison, IDENTICAL, Method, Verdict};
use crate::report::terminal::{Colour, View, wrapped};
use crate::report::text::humane::{Style, counted};
use crate::report::text::names::printable;

/// Titles of figures are broken into lines of this width where there is little room.
const FIGURE_WIDTH: usize = 26;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared<'a> {
    /// Policies of one folder with its baseline.
    Policies,
    /// Policies of a folder with those of the same name of an earlier one; the folders as the person named them.
    Folders {
        /// The first.
        before: &'a str,
        /// The second.
        after: &'a str,
    },
}

impl Compared<'_> {
    /// The heading of differences.
    fn difference(self) -> &'static str {
        match self {
            Self::Policies => "difference",
            Self::Folders { .. } => "after - before",
        }
    }

    /// What is subtracted from what.
    fn subtraction(self, baseline: &str) -> String {
        match self {
            Self::Policies => format!("policy less `{baseline}`"),
            Self::Folders { before, after } => {
                format!("after (`{after}`) less before (`{before}`) of the policy of the same name")
            }
        }
    }
}

/// The headline figures of a comparison and the `primary` one as a table, each line within `view.width` where names allow it. `notes` are said below.
///
/// Where all columns do not fit, policies become headings, then the tally goes, then the interval moves below the
/// difference.
#[must_use]
pub fn comparison_table(
    comparisons: &[Comparison],
    compared: Compared<'_>,
    primary: &str,
    notes: &[String],
    view: View,
) -> String {
    let Some(first) = comparisons.first() else { return "there is no other policy to compare with\n".to_owned() };
    let shown: Vec<&Comparison> =
        comparisons.iter().filter(|row| row.n > 0 && (metric(row).headline || row.metric == primary)).collect();
    let layouts = [Layout::Whole, Layout::Headings, Layout::NoTally];
    let drawn = layouts.into_iter().map(|layout| draw(&shown, compared, layout));
    let fits = |table: &String| table.lines().all(|line| line.chars().count() <= view.width);
    let table = drawn.into_iter().find(fits).unwrap_or_else(|| draw(&shown, compared, Layout::Narrow));
    let most = comparisons.iter().map(|row| row.n).max().unwrap_or(0);
    let some_exact = shown.iter().any(|row| row.verdict == Verdict::Exact);
    let all_fixed = shown.iter().all(|row| matches!(row.verdict, Verdict::Exact | Verdict::Equal)) && most == 1;
    let mut lines = vec![format!(
        "{}, paired over {}; `not told apart`: the interval holds 0, or the seeds are too few",
        compared.subtraction(&first.baseline),
        counted(most as u64, "seed")
    )];
    if all_fixed {
        lines = vec![format!(
            "{}; {IDENTICAL}, so each difference is exact for this one load",
            compared.subtraction(&first.baseline)
        )];
    } else if some_exact {
        lines.push("exact: neither of the two draws anything, so that there is the one difference".to_owned());
    }
    if shown.iter().any(|row| row.censored > 0) {
        lines.push(
            "more, less: some waits had not ended, so that there is no mean; seeds are counted whose sign is certain"
                .to_owned(),
        );
    }
    let unpaired = comparisons.iter().map(|row| row.unpaired).max().unwrap_or(0);
    if unpaired > 0 {
        let seeds = counted(unpaired as u64, "seed");
        lines.push(format!("up to {seeds} left out of a figure, as one of the two has none there"));
    }
    lines.extend_from_slice(notes);
    let wrapped = |line: &String| wrapped(line, view.width.saturating_sub(4)).replace('\n', "\n    ");
    let below: Vec<String> = lines.iter().map(|line| format!("  {}\n", wrapped(line))).collect();
    format!("{}\n{}", painted(&table, view.colour), below.concat())
}

/// How much of a comparison stands side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Everything.
    Whole,
    /// The policy stands above its figures, whose titles are broken into lines.
    Headings,
    /// As before, and without the tally.
    NoTally,
    /// As before, and the interval stands below the difference.
    Narrow,
}

/// The table, line by line.
fn draw(rows: &[&Comparison], compared: Compared<'_>, layout: Layout) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let difference = compared.difference();
    let both = format!("{difference}\n95 % interval");
    let heading = match layout {
        Layout::Whole => vec!["policy", "figure", difference, "95 % interval", "won/tied/lost", "verdict"],
        Layout::Headings => vec!["figure", difference, "95 % interval", "won/tied/lost", "verdict"],
        Layout::NoTally => vec!["figure", difference, "95 % interval", "verdict"],
        Layout::Narrow => vec!["figure", &both, "verdict"],
    };
    let columns = heading.len();
    table.set_header(heading);
    let mut previous = "";
    for row in rows {
        let Cells { figure, difference, interval, tally, verdict } = cells(metric(row), row);
        let name = printable(&row.policy);
        let is_new = row.policy != previous;
        previous = &row.policy;
        if layout == Layout::Whole {
            let name = if is_new { name } else { String::new() };
            table.add_row([name, figure, difference, interval, tally, verdict]);
            continue;
        }
        if is_new {
            table.add_row(std::iter::once(name).chain(vec![String::new(); columns - 1]));
        }
        let figure =
            wrapped(&figure, FIGURE_WIDTH).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
        match layout {
            Layout::NoTally => table.add_row([figure, difference, interval, verdict]),
            Layout::Narrow => table.add_row([figure, format!("{difference}\n{interval}"), wrapped(&verdict, 10)]),
            _ => table.add_row([figure, difference, interval, tally, verdict]),
        };
    }
    let first = if layout == Layout::Whole { 2 } else { 1 };
    for column in first..columns - 1 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Verdicts in green and red; they end their lines.
fn painted(table: &str, colour: Colour) -> String {
    if colour == Colour::Off {
        return table.to_owned();
    }
    let paint = |line: &str| {
        let of = |word: &str, code: &str| Some(format!("{}\u{1b}[{code}m{word}\u{1b}[0m\n", line.strip_suffix(word)?));
        of(" better", "1;32").or_else(|| of(" worse", "1;31")).unwrap_or_else(|| format!("{line}\n"))
    };
    table.lines().map(paint).collect()
}

fn metric(row: &Comparison) -> &'static Metric {
    &METRICS[position(row.metric).expect("comparisons speak of metrics of the catalogue")]
}

/// One row in words.
struct Cells {
    figure: String,
    difference: String,
    interval: String,
    tally: String,
    verdict: String,
}

fn cells(metric: &Metric, row: &Comparison) -> Cells {
    if row.censored > 0 {
        return Cells {
            figure: metric.title.to_owned(),
            difference: signs(metric, row),
            interval: "–".to_owned(),
            tally: tally(row),
            verdict: verdict(row).to_owned(),
        };
    }
    let mean = row.mean.unwrap_or(0.0);
    let spread = row.low.zip(row.high).map_or(0.0, |(low, high)| (high - low) / 2.0);
    let style = Style::of(metric.unit, mean, spread);
    Cells {
        figure: metric.title.to_owned(),
        difference: match metric.unit {
            // A difference of two shares is not a share of anything.
            Unit::Share => format!("{} points", style.number(mean)),
            _ => style.show(mean),
        },
        interval: match (row.low, row.high) {
            (Some(low), Some(high)) => format!("{} .. {}", style.number(low), style.number(high)),
            _ => "–".to_owned(),
        },
        tally: tally(row),
        verdict: verdict(row).to_owned(),
    }
}

fn tally(row: &Comparison) -> String {
    row.tally.map_or("–".to_owned(), |tally| format!("{}/{}/{}", tally.wins, tally.ties, tally.losses))
}

/// On how many seeds the policy has more than the baseline, where some values are only known to be more than something.
fn signs(metric: &Metric, row: &Comparison) -> String {
    let Some(tally) = row.tally else { return "–".to_owned() };
    let (more, less) =
        if metric.better == Better::Higher { (tally.wins, tally.losses) } else { (tally.losses, tally.wins) };
    if more >= less { format!("more on {more} of {}", row.n) } else { format!("less on {less} of {}", row.n) }
}

/// What may be said of a difference, in words.
pub(in crate::report) fn verdict(row: &Comparison) -> &'static str {
    match row.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Differs => "differs",
        Verdict::TooSmallToMatter => "too small to matter",
        Verdict::Equal => "equal",
        Verdict::NotToldApart => "not told apart",
        Verdict::Exact => "exact",
    }
}

/// The columns of a comparison.
pub const COMPARISON_HEADER: [&str; 18] = [
    "policy",
    "baseline",
    "metric",
    "n",
    "unpaired",
    "mean",
    "deviation",
    "low",
    "high",
    "interval",
    "wins",
    "ties",
    "losses",
    "p_sign",
    "p_holm",
    "verdict",
    "censored",
    "untold",
];

fn method(method: Method) -> &'static str {
    match method {
        Method::T => "t",
        Method::Bca => "bca",
    }
}

/// Writes every comparison as CSV.
///
/// # Errors
/// What `out` answers.
pub fn write_comparison_csv(out: &mut impl Write, comparisons: &[Comparison]) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    writer.write_record(COMPARISON_HEADER)?;
    for row in comparisons {
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let count = |pick: fn(crate::analysis::compare::Tally) -> usize| {
            row.tally.map_or(String::new(), |tally| pick(tally).to_string())
        };
        writer.write_record([
            row.policy.clone(),
            row.baseline.clone(),
            row.metric.to_owned(),
            row.n.to_string(),
            row.unpaired.to_string(),
            number(row.mean),
            number(row.deviation),
            number(row.low),
            number(row.high),
            row.method.map_or("", method).to_owned(),
            count(|tally| tally.wins),
            count(|tally| tally.ties),
            count(|tally| tally.losses),
            number(row.p_sign),
            number(row.p_holm),
            verdict(row).replace(' ', "-"),
            row.censored.to_string(),
            row.untold.to_string(),
        ])?;
    }
    writer.flush()
}

/// Writes every comparison as a JSON array with a final newline.
///
/// # Errors
/// What `out` answers.
pub fn write_comparison_json(out: &mut impl Write, comparisons: &[Comparison]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, comparisons)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::{PRIMARY, Tally};

    fn row(metric: &'static str, mean: f64, interval: Option<(f64, f64)>, tally: Tally) -> Comparison {
        Comparison {
            policy: "binpack".to_owned(),
            baseline: "random".to_owned(),
            metric,
            n: 5,
            censored: 0,
            untold: 0,
            unpaired: 0,
            mean: Some(mean),
            deviation: None,
            method: interval.map(|_| Method::T),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            tally: Some(tally),
            p_sign: Some(0.0625),
            p_holm: None,
            verdict: Verdict::Better,
        }
    }

    #[test]
    fn the_table_names_the_baseline_and_the_csv_every_row() {
        let tally = Tally { wins: 5, ties: 0, losses: 0 };
        let rows = [row("instances_in_use_peak", -4.0, Some((-5.0, -3.0)), tally), row("attempts", 0.0, None, tally)];
        let table =
            comparison_table(&rows, Compared::Policies, "attempts", &[], View { width: 120, colour: Colour::Off });
        assert!(table.contains("-4") && table.contains("-5 .. -3") && table.contains("`random`"), "{table}");
        assert!(table.contains("attempts"), "the primary figure is there, headline or not: {table}");
        let folders = Compared::Folders { before: "old", after: "new" };
        let table = comparison_table(&rows, folders, "attempts", &[], View { width: 120, colour: Colour::Off });
        assert!(table.contains("after - before") && table.contains("after (`new`) less before (`old`)"), "{table}");
        let mut csv = Vec::new();
        write_comparison_csv(&mut csv, &rows).unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "policy,baseline,metric,n,unpaired,mean,deviation,low,high,interval,wins,ties,losses,p_sign,p_holm,verdict,censored,untold\n\
             binpack,random,instances_in_use_peak,5,0,-4,,-5,-3,t,5,0,0,0.0625,,better,0,0\n\
             binpack,random,attempts,5,0,0,,,,,5,0,0,0.0625,,better,0,0\n"
        );
    }

    #[test]
    fn waits_that_did_not_end_are_counted_and_identical_runs_are_said_to_be() {
        let tally = Tally { wins: 0, ties: 0, losses: 5 };
        let waits =
            Comparison { mean: None, censored: 5, verdict: Verdict::Worse, ..row("wait_s_max", 0.0, None, tally) };
        let view = View { width: 100, colour: Colour::Off };
        let table = comparison_table(&[waits], Compared::Policies, "wait_s_max", &[], view);
        assert!(table.contains("more on 5 of 5") && table.contains("worse"), "{table}");
        let one =
            Comparison { n: 1, tally: None, p_sign: None, verdict: Verdict::Exact, ..row(PRIMARY, -4.0, None, tally) };
        let table = comparison_table(&[one], Compared::Policies, PRIMARY, &[], view);
        assert!(table.contains("-4") && table.contains(" exact") && table.contains(IDENTICAL), "{table}");
        assert!(!table.contains("paired over"), "{table}");
    }

    #[test]
    fn the_table_fits_where_it_is_shown() {
        let tally = Tally { wins: 5, ties: 0, losses: 0 };
        let long = Comparison {
            policy: "az-balanced-binpack".to_owned(),
            ..row("instances_in_use_peak", -4.0, Some((-5.0, -3.0)), tally)
        };
        let rows = [row("fragmentation_rate_worst", -0.25, Some((-0.5, -0.1)), tally), long];
        let notes = ["No task was left out on any seed; with 95 % confidence that happens rarely.".to_owned()];
        for width in [60, 80, 100, 140] {
            let table = comparison_table(&rows, Compared::Policies, "", &notes, View { width, colour: Colour::Off });
            assert!(table.lines().all(|line| line.chars().count() <= width), "{width}:\n{table}");
            assert!(table.contains("-50.0 .. -10.0"), "{width}:\n{table}");
            assert_eq!(table.contains("5/0/0"), width > 80, "{width}:\n{table}");
        }
        let coloured = comparison_table(&rows, Compared::Policies, "", &[], View { width: 140, colour: Colour::On });
        assert!(coloured.contains("\u{1b}[1;32m better\u{1b}[0m"), "{coloured}");
    }
}
