//! Paired comparison of policies, for people and for programs.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use super::humane::Style;
use crate::analysis::catalogue::{METRICS, Metric, Unit, position};
use crate::analysis::compare::{Comparison, Method, Verdict};

/// The headline figures of a comparison as a table, differences read as policy less baseline.
#[must_use]
pub fn comparison_table(comparisons: &[Comparison]) -> String {
    let Some(first) = comparisons.first() else { return "there is no other policy to compare with\n".to_owned() };
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["policy", "figure", "difference", "95 % interval", "won/tied/lost", "verdict"]);
    let mut previous = "";
    for row in comparisons {
        let metric = metric(row);
        if metric.headline && row.n > 0 {
            let name = if row.policy == previous { "" } else { &row.policy };
            table.add_row(cells(name, metric, row));
            previous = &row.policy;
        }
    }
    for column in 2..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let most = comparisons.iter().map(|row| row.n).max().unwrap_or(0);
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!(
        "{}\n\n  policy less `{}`, paired over {most} seeds; `not told apart`: the interval holds 0, or the seeds are too few\n{}",
        lines.join("\n"),
        first.baseline,
        notes(comparisons)
    )
}

fn notes(comparisons: &[Comparison]) -> String {
    let unpaired = comparisons.iter().map(|row| row.unpaired).max().unwrap_or(0);
    if unpaired == 0 {
        return String::new();
    }
    format!("  up to {unpaired} seeds have a figure for one of the two only and are left out of it\n")
}

fn metric(row: &Comparison) -> &'static Metric {
    &METRICS[position(row.metric).expect("comparisons speak of metrics of the catalogue")]
}

fn cells(name: &str, metric: &Metric, row: &Comparison) -> Vec<String> {
    let mean = row.mean.unwrap_or(0.0);
    let spread = row.low.zip(row.high).map_or(0.0, |(low, high)| (high - low) / 2.0);
    let style = Style::of(metric.unit, mean, spread);
    let interval = match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{} .. {}", style.number(low), style.number(high)),
        _ => "–".to_owned(),
    };
    let tally = row.tally.map_or("–".to_owned(), |tally| format!("{}/{}/{}", tally.wins, tally.ties, tally.losses));
    let difference = match metric.unit {
        // A difference of two shares is not a share of anything.
        Unit::Share => format!("{} points", style.number(mean)),
        _ => style.show(mean),
    };
    vec![name.to_owned(), metric.title.to_owned(), difference, interval, tally, verdict(row).to_owned()]
}

/// What may be said of a difference, in words.
pub(super) fn verdict(row: &Comparison) -> &'static str {
    match row.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Differs => "differs",
        Verdict::TooSmallToMatter => "too small to matter",
        Verdict::Equal => "equal",
        Verdict::NotToldApart => "not told apart",
    }
}

/// The columns of a comparison.
pub const COMPARISON_HEADER: [&str; 16] = [
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
    use crate::analysis::compare::Tally;

    fn row(metric: &'static str, mean: f64, interval: Option<(f64, f64)>, tally: Tally) -> Comparison {
        Comparison {
            policy: "binpack".to_owned(),
            baseline: "random".to_owned(),
            metric,
            n: 5,
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
        let table = comparison_table(&rows);
        assert!(table.contains("-4") && table.contains("-5 .. -3") && table.contains("`random`"), "{table}");
        let mut csv = Vec::new();
        write_comparison_csv(&mut csv, &rows).unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "policy,baseline,metric,n,unpaired,mean,deviation,low,high,interval,wins,ties,losses,p_sign,p_holm,verdict\n\
             binpack,random,instances_in_use_peak,5,0,-4,,-5,-3,t,5,0,0,0.0625,,better\n\
             binpack,random,attempts,5,0,0,,,,,5,0,0,0.0625,,better\n"
        );
    }
}
