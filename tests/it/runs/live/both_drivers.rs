//! Every scenario of the repository through both drivers: a run, which knows its plan and its load, and a live world that is
//! told of each when it is time. Observers hear the same, so that every table and log has the same bytes.

use std::path::Path;

use stowplan::model::{Requests, Scenario, SimSpan, SimTime};

#[path = "../../../../examples/both_drivers/drive.rs"]
mod drive;

use drive::{driven_by_a_run, driven_from_outside};

use super::{Told, assert_same};

/// What is cut off of a scenario that is no test as it is.
fn horizon_for_a_test(file: &str) -> Option<SimSpan> {
    let minutes = match file {
        "week-of-services.toml" => 5,
        "bursty-batches.toml" | "churn-day.toml" => 60,
        _ => return None,
    };
    Some(SimSpan::from_secs(minutes * 60))
}

/// Files on traces, which are not part of this repository.
const ON_TRACES: [&str; 3] = ["azure-2017.toml", "day-of-batch-azure.toml", "openb-2023.toml"];
/// Files that measure the engine at sizes that are no test: one instance of so many, and the first seconds, are one.
/// `cargo run --release --example both_drivers -- scenarios/fleet-100k.toml` drives all of it.
const TOO_LARGE: [&str; 3] = ["fleet-100k.toml", "fleet-1m.toml", "large-fleet.toml"];

/// What a test has time for of a scenario that is too large for one.
fn shrink(scenario: &mut Scenario) {
    let mut count = 0;
    scenario.fleet.instances.retain(|_| {
        count += 1;
        count % 500 == 0
    });
    scenario.horizon = Some(SimTime(10_000));
}

#[test]
fn every_scenario_tells_the_same_through_both_drivers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<String> = std::fs::read_dir(folder.clone())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    files.sort();
    let (mut driven, mut told) = (0, 0);
    for file in &files {
        if ON_TRACES.contains(&file.as_str()) {
            #[expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]
            {
                eprintln!("skipped: {file} needs a trace");
            }
            continue;
        }
        let mut scenario = match stowplan::scenario::load(&folder.join(file), &[]) {
            Ok(loaded) => loaded.scenario,
            Err(error) => panic!("{file}: {error}"),
        };
        if TOO_LARGE.contains(&file.as_str()) {
            shrink(&mut scenario);
        }
        if let Some(horizon) = horizon_for_a_test(file) {
            let cut = SimTime(horizon.0);
            scenario.horizon = Some(scenario.horizon.map_or(cut, |end| end.min(cut)));
            scenario.snapshot = scenario.snapshot.filter(|&at| at < cut);
        }
        for policy in 0..scenario.policies.len().min(2) {
            let requests = Requests::compile(&scenario, &scenario.policies[policy]);
            let one = driven_by_a_run(&scenario, &requests, Told::default());
            let other = driven_from_outside(&scenario, policy, &requests, Told::default());
            assert_same(&format!("{file}, policy {policy}"), &one, &other);
            told += one.lines.len();
        }
        driven += 1;
    }
    assert!(driven >= 17 && told > 30_000, "{driven} scenarios, {told} lines are too few to show anything");
}
