//! Strategies that are no rules of ECS: named in scenarios, run by both engines, and one of one's own.

use std::path::Path;

use assert_cmd::Command;
use stowplan::experiment::EngineKind;
use stowplan::scenario::{load, load_with};
use stowplan::strategy::laws::{self, Effort};
use stowplan::strategy::{BASELINES, Custom};

use crate::support::{figure, records};

#[path = "own/strategy.rs"] // a link: the package has no folder of another crate
mod own;

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn a_strategy_of_ones_own_obeys_the_laws() {
    let tally = laws::check(&Custom::new(own::KeepHoles::default()), Effort::default()).unwrap();
    assert!(tally.choices > 1_000, "{tally:?}");
}

#[test]
fn a_strategy_of_ones_own_runs_in_experiments_on_both_engines() {
    let path = file("examples/custom_strategy/scenario.toml");
    let unknown = load(&path, &[]).unwrap_err();
    assert!(unknown.problems[0].to_string().contains("`baseline` cannot be `keep-holes`"), "{:?}", unknown.problems);
    let scenario = load_with(&path, &[], &[Custom::new(own::KeepHoles::default())]).unwrap().scenario;
    let fast = records(&scenario, EngineKind::Fast);
    assert_eq!(fast, records(&scenario, EngineKind::Reference));
    let never = |policy| figure(&fast, policy, "tasks_never_placed");
    assert!(never("keep-holes") < 0.5);
    assert!(never("ecs-spread") > 0.0, "the load tells strategies apart");
}

#[test]
fn both_engines_run_every_baseline_alike() {
    let mut scenario = load(&file("scenarios/literature.toml"), &[]).unwrap().scenario;
    let chain = |baseline: &stowplan::strategy::Baseline| {
        let rule = stowplan::model::Rule::Custom(baseline.strategy());
        stowplan::model::Policy {
            name: baseline.name.to_owned(),
            strategy: Some(stowplan::model::Strategy(vec![rule])),
            constraints: Vec::new(),
        }
    };
    scenario.policies = BASELINES.iter().map(chain).collect();
    let fast = records(&scenario, EngineKind::Fast);
    assert_eq!(fast, records(&scenario, EngineKind::Reference));
    let used = |policy| figure(&fast, policy, "instances_in_use_peak");
    assert!(used("best-fit-decreasing") <= used("best-fit"), "the largest first packs no worse here");
    assert!(used("worst-fit") > used("best-fit"));
}

#[test]
fn results_name_the_baseline_and_how_it_finds_instances() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("results");
    let mut command = Command::cargo_bin("stowplan").unwrap();
    command.arg("run").arg(file("scenarios/literature.toml")).arg("--out").arg(&folder).arg("--no-pictures");
    let output = command.args(["--policy", "fgd", "best-fit-decreasing", "binpack-memory"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("a pass over a few numbers of every instance\n      fgd: columns"), "{said}");
    assert!(said.contains("`fgd` is shown every candidate for each task, which grows with the fleet"), "{said}");
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert!(manifest.contains("\"strategy\": \"best-fit-decreasing\""), "{manifest}");
    let timings = std::fs::read_to_string(folder.join("timings.csv")).unwrap();
    let ends = |line: &str, path: &str| timings.lines().any(|row| row.contains(line) && row.ends_with(path));
    assert!(ends(",fgd,", ",columns") && ends(",binpack-memory,", ",pack index (memory)"), "{timings}");
}

#[test]
fn a_decision_of_a_baseline_is_explained_without_scores() {
    let mut command = Command::cargo_bin("stowplan").unwrap();
    command.arg("explain").arg(file("scenarios/literature.toml")).args(["--policy", "fgd", "--task-definition", "api"]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("fgd") && said.contains("no score"), "{said}");
}
