//! Every scenario of `scenarios/` runs and meets its own `[expected]` block.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use stowplan::analysis::expectation::check;
use stowplan::analysis::record::{Figure, RunRecord};
use stowplan::analysis::summary::summarise;
use stowplan::experiment::EngineKind;
use stowplan::model::Scenario;

use crate::support::records;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Scenarios on real traces, which are not part of this repository.
const ON_TRACES: [&str; 3] = ["azure-2017.toml", "day-of-batch-azure.toml", "openb-2023.toml"];
/// Of twenty runs of 100,000 tasks: two seeds of five are run here, whose means must meet the same bounds.
const LONG: &str = "churn-day.toml";
/// Scenarios that measure the engine at sizes which are no test.
const TOO_LARGE: [&str; 3] = ["fleet-100k.toml", "fleet-1m.toml", "week-of-services.toml"];

fn load(file: &str) -> Scenario {
    match stowplan::scenario::load(&folder().join(file), &[]) {
        Ok(loaded) => {
            let on_trace = ON_TRACES.contains(&file);
            assert!(on_trace || loaded.warnings.is_empty(), "{file} has warnings: {:?}", loaded.warnings);
            loaded.scenario
        }
        Err(error) => panic!("{file}: {}", error.problems.iter().map(|p| format!("\n{p}")).collect::<String>()),
    }
}

/// Runs a scenario of the repository and holds it to its expectations.
fn check_scenario(file: &str) {
    let mut scenario = load(file);
    if file == LONG {
        scenario.seeds = 2;
    }
    assert!(!scenario.expected.is_empty(), "{file} expects nothing");
    assert!(!scenario.description.is_empty(), "{file} does not say what it shows");
    let summary = summarise(&records(&scenario, EngineKind::Fast));
    let failed: Vec<_> = check(&scenario.expected, &summary).into_iter().filter(|finding| !finding.holds).collect();
    assert!(failed.is_empty(), "{file}: {failed:#?}");
}

#[test]
fn every_file_is_tested_here() {
    let tested = include_str!("scenarios.rs");
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = ON_TRACES.contains(&name.as_str()) || TOO_LARGE.contains(&name.as_str());
        assert!(known || tested.contains(&format!("check_scenario(\"{name}\")")), "no test for scenarios/{name}");
    }
}

#[test]
fn every_file_opens_with_its_purpose_and_its_sources() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{} does not open with its purpose", path.display());
        assert!(text.contains("# Source of the numbers"), "{} does not name its sources", path.display());
    }
}

#[test]
fn quickstart() {
    check_scenario("quickstart.toml");
}

#[test]
fn one_per_instance() {
    check_scenario("one-per-instance.toml");
}

#[test]
fn memberof_gpu_pool() {
    check_scenario("memberof-gpu-pool.toml");
}

#[test]
fn az_imbalance() {
    check_scenario("az-imbalance.toml");
}

#[test]
fn churn_day() {
    check_scenario("churn-day.toml");
}

#[test]
fn rolling_deployment() {
    check_scenario("rolling-deployment.toml");
}

#[test]
fn zone_loss_and_return() {
    check_scenario("zone-loss-and-return.toml");
}

#[test]
fn az_rebalancing() {
    check_scenario("az-rebalancing.toml");
}

#[test]
fn patch_wave() {
    check_scenario("patch-wave.toml");
}

#[test]
fn spot_interruptions() {
    check_scenario("spot-interruptions.toml");
}

#[test]
fn daemon_holdback() {
    check_scenario("daemon-holdback.toml");
}

#[test]
fn scale_in_strands() {
    check_scenario("scale-in-strands.toml");
}

#[test]
fn literature() {
    check_scenario("literature.toml");
}

#[test]
fn bursty_batches() {
    check_scenario("bursty-batches.toml");
}

#[test]
fn large_fleet() {
    check_scenario("large-fleet.toml");
}

#[test]
fn the_first_minutes_of_a_week_of_services() {
    let mut scenario = load("week-of-services.toml");
    assert_eq!(scenario.services.len(), 1_000);
    scenario.horizon = Some(stowplan::model::SimTime(10 * 60_000));
    scenario.happenings.clear();
    for record in records(&scenario, EngineKind::Fast) {
        assert!(count(&record, "tasks_placed") > 46_000, "services start, and jobs come");
        assert_eq!(count(&record, "tasks_never_placed"), 0);
    }
}

/// The traces stand beside the repository on the developers' machines and in CI.
fn traces_are_there() -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/traces");
    let there = folder.is_dir();
    if !there {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: {} is absent", folder.display()).expect("standard error is open");
    }
    there
}

/// The first `tasks` rows of a trace scenario under its first two policies.
fn slice(file: &str, tasks: usize) -> Vec<RunRecord> {
    let mut scenario = load(file);
    scenario.trace.tasks.truncate(tasks);
    scenario.policies.truncate(2);
    records(&scenario, EngineKind::Fast)
}

fn count(record: &RunRecord, column: &str) -> u64 {
    match record.figures[stowplan::analysis::catalogue::position(column).expect("a column of the catalogue")] {
        Figure::Count(count) => count,
        other => panic!("{column} is no count but {other:?}"),
    }
}

#[test]
fn real_nodes_and_pods_of_openb() {
    if traces_are_there() {
        let scenario = load("openb-2023.toml");
        assert_eq!(scenario.fleet.instances.len(), 1_523);
        assert_eq!(scenario.trace.tasks.len(), 8_152);
        for record in slice("openb-2023.toml", 2_000) {
            assert_eq!(count(&record, "attempts"), 2_000);
            assert_eq!(count(&record, "tasks_placed") + count(&record, "tasks_never_placed"), 2_000);
            assert!(count(&record, "tasks_placed") > 1_900, "most of the first pods fit");
        }
    }
}

#[test]
fn a_day_of_batches_of_azure() {
    if traces_are_there() {
        check_scenario("day-of-batch-azure.toml");
    }
}

#[test]
fn real_starts_of_azure() {
    if traces_are_there() {
        for record in slice("azure-2017.toml", 5_000) {
            assert_eq!(count(&record, "attempts"), 5_000);
            assert_eq!(count(&record, "tasks_placed"), 5_000);
        }
    }
}
