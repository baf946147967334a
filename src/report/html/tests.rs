//! What a report holds, whatever the names and however few the values.

use super::*;
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
    let html =
        report(Experiment { manifest: &manifest, records: &[], summary: &[], completeness: Completeness::Partial });
    assert!(html.contains("</html>"));
}
