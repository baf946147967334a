//! What a report holds, whatever the names and however few the values.

use super::*;
use crate::analysis::catalogue::{METRICS, position};
use crate::analysis::record::{Figure, RunRecord};
use crate::analysis::summary::summarise;
use crate::report::sample;

fn sample_report(names: &[&str]) -> String {
    let mut records = sample::records();
    for record in &mut records {
        record.policy = names[0].to_owned();
    }
    let summary = summarise(&records);
    let manifest = sample::manifest(names, 3);
    report(Experiment {
        manifest: &manifest,
        records: &records,
        summary: &summary,
        completeness: Completeness::Partial,
        plans: &[],
    })
}

#[test]
fn names_never_become_markup() {
    let html = sample_report(&["</script><img src=x onerror=alert(1)>"]);
    assert!(!html.contains("<img"), "a name is markup");
    assert_eq!(html.matches("</script>").count(), 3);
}

#[test]
fn a_report_names_nothing_on_the_network_and_is_the_same_twice() {
    let html = sample_report(&["binpack"]);
    for outside in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html, sample_report(&["binpack"]));
}

#[test]
fn missing_runs_are_said() {
    assert!(sample_report(&["binpack"]).contains("Some runs are missing"));
}

#[test]
fn an_experiment_without_runs_is_a_page_too() {
    let manifest = sample::manifest(&["a"], 1);
    let html = report(Experiment {
        manifest: &manifest,
        records: &[],
        summary: &[],
        plans: &[],
        completeness: Completeness::Partial,
    });
    assert!(html.contains("</html>"));
}

/// An experiment of three policies over five seeds by these peaks; `None` is a run without the figure.
fn ranked(peaks: [[Option<u64>; 5]; 3]) -> String {
    let peak = position("instances_in_use_peak").expect("a column");
    let zone = position("blast_radius_zone_worst").expect("a column");
    let mut records = Vec::new();
    for (policy, (name, peaks)) in ["spread", "binpack", "random"].into_iter().zip(peaks).enumerate() {
        for (seed, count) in (1..).zip(peaks) {
            let mut record = RunRecord { policy: name.to_owned(), seed, ..sample::records()[0].clone() };
            record.figures = vec![Figure::Absent; METRICS.len()];
            record.figures[peak] = count.map_or(Figure::Absent, Figure::Count);
            record.figures[zone] = Figure::ratio(1 + policy as u128, 4);
            records.push(record);
        }
    }
    let summary = summarise(&records);
    let manifest = sample::manifest(&["spread", "binpack", "random"], 5);
    let completeness = Completeness::Complete;
    let html =
        report(Experiment { manifest: &manifest, records: &records, summary: &summary, plans: &[], completeness });
    html.replace('\u{a0}', " ")
}

#[test]
fn the_verdict_says_how_much_better_the_first_is_than_the_baseline() {
    let some = |peaks: [u64; 5]| peaks.map(Some);
    let html = ranked([some([20, 21, 20, 21, 20]), some([18, 18, 18, 18, 18]), some([25, 24, 25, 24, 25])]);
    assert!(html.contains("binpack is best by instances in use, peak"), "{html}");
    let expected =
        "By instances in use, peak, binpack lies 11.8 % below spread (between 8.4 % and 15.1 % with 95 % confidence";
    assert!(html.contains(expected), "{}", &html[html.find("By instances").unwrap()..][..200]);
    assert!(html.contains(
        "Losing a zone takes up to 25.0 % of the tasks of one group under spread, up to 75.0 % under random."
    ));
}

#[test]
fn what_is_not_told_apart_is_no_lead() {
    let html = ranked([[20, 21, 20, 21, 20].map(Some), [21, 20, 20, 20, 20].map(Some), [20, 20, 21, 21, 20].map(Some)]);
    assert!(!html.contains("By instances in use, peak,"));
}

#[test]
fn a_policy_without_the_figure_is_named_and_not_left_out_silently() {
    let full = [20, 21, 20, 21, 20].map(Some);
    let html = ranked([full, [Some(18), None, Some(18), Some(18), None], [None; 5]]);
    assert!(html.contains("random is not ranked: it has no figure for instances in use, peak on any seed."));
    assert!(html.contains("binpack has a figure for instances in use, peak on 3 of 5 seeds only"));
    assert!(!ranked([full; 3]).contains("has no figure for instances in use, peak"));
}
