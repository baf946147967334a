//! The table at several widths, as people see it.

use super::*;
use crate::analysis::seen::Seen;

fn row(policy: &str, metric: &'static str, mean: Option<f64>, half: Option<f64>) -> SummaryRow {
    let bound = |sign: f64| mean.zip(half).map(|(mean, half)| mean + sign * half);
    let n = if half.is_some() { 11 } else { 1 };
    SummaryRow {
        policy: policy.to_owned(),
        metric,
        n: if mean.is_some() { n } else { 0 },
        absent: if mean.is_some() { 0 } else { n },
        censored: 0,
        is_fixed: false,
        leads: false,
        mean,
        low: bound(-1.0),
        high: bound(1.0),
        p50: mean.map(Seen::Exactly),
        p90: mean.map(Seen::Exactly),
        min: mean.map(Seen::Exactly),
        max: mean.map(Seen::Exactly),
    }
}

fn summary(policies: &[&str], half: Option<f64>) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let step = f64::from(u32::try_from(index).unwrap());
        for metric in METRICS.iter().filter(|metric| metric.headline && !metric.is_of_gpus()) {
            let mean = match metric.column {
                "tasks_never_placed" => 1_234.0 + step,
                "instances_in_use_peak" => 812.0 - 40.0 * step,
                "instances_bound_best_peak" => 640.0,
                "excess_zone_skew_worst" => 2.0,
                "price_usd_per_hour_in_use_time_mean" => 155.904 - step,
                _ => 0.8 - 0.1 * step,
            };
            let is_last = index > 0 && index + 1 == policies.len();
            let leads = half.is_some() && is_last && metric.column == "instances_in_use_peak";
            let row = row(policy, metric.column, Some(mean), half.map(|half| half * mean / 100.0));
            rows.push(SummaryRow { leads, ..row });
        }
        rows.push(row(policy, "instances_bound_l1_peak", Some(612.0), None));
        rows.push(row(policy, "instances_bound_l2_peak", Some(640.0), None));
    }
    rows
}

const POLICIES: [&str; 4] = ["binpack-memory", "spread", "az-balanced-binpack", "random"];

fn plain(width: usize) -> View {
    View { width, colour: Colour::Off }
}

/// Of GPUs nothing is said where no instance has one, not even that it is not defined.
#[test]
fn gpus_are_shown_where_there_are_some() {
    let mut rows = summary(&POLICIES[..2], Some(1.0));
    for policy in &POLICIES[..2] {
        rows.push(row(policy, "gpu_packing_time_mean", None, Some(1.0)));
    }
    assert!(!summary_table(&rows, plain(200)).contains("GPU"));
    for (policy, mean) in POLICIES.iter().zip([0.5, 0.75]) {
        rows.retain(|row| row.policy != *policy || row.metric != "gpu_packing_time_mean");
        rows.push(row(policy, "gpu_packing_time_mean", Some(mean), Some(0.01)));
    }
    let table = summary_table(&rows, plain(200));
    assert!(table.contains("GPU packing") && table.contains("75.0 %"), "{table}");
}

#[test]
fn policies_are_rows_where_they_fit() {
    insta::assert_snapshot!(summary_table(&summary(&POLICIES, Some(1.0)), plain(200)));
}

#[test]
fn policies_become_columns_where_rows_do_not_fit() {
    insta::assert_snapshot!(summary_table(&summary(&POLICIES, Some(1.0)), plain(120)));
}

#[test]
fn narrow_tables_are_cut_into_blocks() {
    insta::assert_snapshot!(summary_table(&summary(&POLICIES, Some(1.0)), plain(80)));
}

#[test]
fn one_seed_has_no_intervals_and_says_what_to_do() {
    insta::assert_snapshot!(summary_table(&summary(&POLICIES[..2], None), plain(120)));
}

#[test]
fn absent_values_are_dashes_and_figures_without_any_are_named() {
    let mut rows = summary(&POLICIES[..2], Some(1.0));
    rows.retain(|row| row.metric != "packing_time_mean");
    for row in rows.iter_mut().filter(|row| row.metric == "failure_rate" && row.policy == "spread") {
        *row = self::row("spread", "failure_rate", None, Some(0.0));
    }
    for row in rows.iter_mut().filter(|row| row.metric == "excess_zone_skew_worst" && row.policy == "spread") {
        row.absent = 3;
    }
    insta::assert_snapshot!(summary_table(&rows, plain(200)));
}

#[test]
fn no_line_is_wider_than_the_view() {
    let long = "a-very-long-policy-name-of-someone-who-explains-everything-in-the-name-itself-and-then-some-more";
    for policies in [&POLICIES[..1], &POLICIES, &[long, "b", "c", "d", "e", "f", "g", "h"]] {
        for width in [60, 80, 100, 120, 160, 200] {
            let table = summary_table(&summary(policies, Some(1.0)), plain(width));
            let widest = table.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width, "{widest} > {width}:\n{table}");
        }
    }
}

#[test]
fn colours_change_no_character_but_their_own() {
    let rows = summary(&POLICIES, Some(0.01));
    let coloured = summary_table(&rows, View { width: 200, colour: Colour::On });
    assert!(coloured.contains("\u{1b}[1;32m"));
    let bare = coloured.replace("\u{1b}[1;32m", "").replace("\u{1b}[0m", "");
    assert_eq!(bare, summary_table(&rows, plain(200)));
}

/// Who leads is decided where policies are compared, and nowhere else.
#[test]
fn only_what_leads_is_marked() {
    let check = |leads: bool| {
        let first = SummaryRow { leads, ..row("a", "failure_rate", Some(0.10), Some(0.001)) };
        let table = summary_table(&[first, row("b", "failure_rate", Some(0.12), Some(0.001))], plain(80));
        assert_eq!(table.contains('*'), leads, "{table}");
    };
    check(true);
    check(false);
}

#[test]
fn identical_runs_are_said_to_be_and_waits_without_an_end_show_their_median() {
    let fixed = |policy, mean| SummaryRow { is_fixed: true, ..row(policy, "failure_rate", Some(mean), None) };
    let table = summary_table(&[fixed("a", 0.1), fixed("b", 0.2)], plain(80));
    assert!(table.contains(IDENTICAL) && !table.contains("--seeds"), "{table}");
    let waits = SummaryRow {
        censored: 3,
        mean: None,
        p50: Some(Seen::MoreThan(0.5)),
        ..row("a", "failure_rate", Some(0.1), None)
    };
    let table = summary_table(&[waits, row("b", "failure_rate", Some(0.2), None)], plain(80));
    assert!(table.contains(">50.0 % (median)"), "{table}");
}

#[test]
fn names_cannot_break_lines_or_send_escape_sequences() {
    let rows = [row("red\u{1b}[31m\nname\u{202E}", "failure_rate", Some(0.1), None)];
    let table = summary_table(&rows, plain(80));
    assert!(table.contains("red\u{FFFD}[31m\u{FFFD}name\u{FFFD}"), "{table}");
}

#[test]
fn the_best_bound_is_named_by_policy_where_that_differs() {
    let bounds = |policy, l1, l2| {
        let rows =
            [("instances_bound_l1_peak", l1), ("instances_bound_l2_peak", l2), ("instances_bound_best_peak", 9.0)];
        rows.map(|(column, value)| row(policy, column, Some(value), None))
    };
    let check = |rows: &[SummaryRow], expected: &str| {
        let table = summary_table(rows, plain(120));
        assert!(table.contains(expected), "{table}");
    };
    check(&bounds("a", 9.0, 9.0), "lower bound: L1; it leaves out");
    check(&[bounds("a", 8.0, 9.0), bounds("b", 8.0, 9.0)].concat(), "lower bound: L2; it leaves out");
    check(&[bounds("a", 9.0, 9.0), bounds("b", 8.5, 8.0)].concat(), "lower bound: a L1, b best of several;");
}

#[test]
fn nothing_to_show_is_said() {
    assert_eq!(summary_table(&[], plain(80)), "no run has finished yet\n");
}
