//! `stowplan compare` on folders that are not as they should be: each is said plainly, and nothing is averaged over.

use std::path::{Path, PathBuf};

use serde_json::Value;
use stowplan::analysis::catalogue;

use crate::support::{Said, change_run, stored_run, stored_runs, stowplan};

const SCENARIO: &str = r#"
name = "two"
description = "Two policies on a load that both can place."
seeds = 3
[options]
tie-break = "random"
[cluster]
zones = ["a", "b"]
[[cluster.instances]]
cpu = 1024
memory = 2048
count = 6
[[task-definitions]]
family = "t"
cpu = 256
memory = 256
[[tasks]]
task-definition = "t"
count = 8
[[policies]]
name = "pack"
template = "binpack"
[[policies]]
name = "spread"
template = "az-balanced-spread"
"#;

/// A folder of results that may be spoilt.
struct Results {
    root: tempfile::TempDir,
}

impl Results {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("two.toml"), SCENARIO).unwrap();
        let results = Self { root };
        let Said { code, text: error } =
            results.stowplan(&["run", "two.toml", "--out", "r", "--quiet", "--no-pictures"]);
        assert_eq!(code, 0, "{error}");
        results
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Exit code, and everything that is printed.
    fn stowplan(&self, arguments: &[&str]) -> Said {
        Said::by(&mut stowplan(self.root.path(), 120, arguments))
    }

    /// Changes a JSON file of the folder.
    fn change(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let path = self.path("r").join(name);
        let mut value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        std::fs::write(path, serde_json::to_vec(&value).unwrap()).unwrap();
    }

    /// Changes the stored record of a run.
    fn change_run(&self, policy: &str, seed: u32, change: impl FnOnce(&mut Value)) {
        change_run(&stored_run(&self.path("r"), policy, seed), change);
    }

    fn cut(&self, name: &str) {
        self.cut_file(&self.path("r").join(name));
    }

    fn cut_file(&self, path: &Path) {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    }

    fn copy(&self, name: &str) {
        fn copy(from: &Path, to: &Path) {
            std::fs::create_dir(to).unwrap();
            for entry in std::fs::read_dir(from).unwrap() {
                let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
                if path.is_dir() {
                    copy(&path, &target);
                } else {
                    std::fs::copy(path, target).unwrap();
                }
            }
        }
        copy(&self.path("r"), &self.path(name));
    }
}

#[test]
fn a_folder_as_it_should_be_has_nothing_to_warn_of() {
    let results = Results::new();
    let Said { code, text: said } = results.stowplan(&["compare", "r"]);
    assert!(code == 0 && !said.contains("warning"), "{said}");
    assert!(said.contains("policy less `pack`, paired over 3 seeds"), "{said}");
}

#[test]
fn another_format_or_other_figures_are_of_another_version() {
    let results = Results::new();
    results.copy("old");
    results.change("manifest.json", |manifest| (manifest["format"], manifest["version"]) = (1.into(), "0.0.9".into()));
    let words =
        ["`r`", "written by stowplan 0.0.9 in format 1, and this program reads format 2; run the scenario again"];
    results.stowplan(&["compare", "r"]).check(2, &words);
    results.stowplan(&["compare", "old", "r"]).check(2, &words);
    results.stowplan(&["report", "r"]).check(2, &words);
    assert!(!results.stowplan(&["report", "r"]).text.contains("damaged"));

    let results = Results::new();
    results.change_run("pack", 2, |record| {
        record["figures"].as_array_mut().unwrap().pop();
    });
    let words = ["the runs of `r` were made by other versions", "`stowplan run two.toml --out r` makes them anew"];
    results.stowplan(&["compare", "r"]).check(2, &words);
}

#[test]
fn folders_of_two_versions_of_the_same_format_are_compared_and_said() {
    let results = Results::new();
    results.copy("before");
    results.change("manifest.json", |manifest| manifest["version"] = "9.9.9".into());
    let words = ["note: the first folder is of version", "the second of 9.9.9", "paired over 3 seeds"];
    results.stowplan(&["compare", "before", "r"]).check(0, &words);
}

#[test]
fn tables_that_are_cut_off_gone_or_changed_are_named() {
    let results = Results::new();
    let whole = results.stowplan(&["compare", "r", "--quiet"]).text;
    results.cut("runs.csv");
    std::fs::remove_file(results.path("r/services.csv")).unwrap();
    std::fs::write(results.path("r/summary.csv"), "policy,metric\n").unwrap();
    let words = [
        "warning: `runs.csv` ends in the middle of a row",
        "warning: `services.csv` is gone",
        "warning: `summary.csv` is not as it was written",
        "`stowplan report r` writes the tables anew",
    ];
    results.stowplan(&["compare", "r"]).check(0, &words);
    results.stowplan(&["compare", "r", "--quiet"]).check(0, &[&whole]);
    assert_eq!(results.stowplan(&["report", "r"]).code, 0);
    let said = results.stowplan(&["compare", "r"]).text;
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn a_record_that_is_cut_off_is_refused_and_run_again() {
    let results = Results::new();
    results.cut_file(&stored_run(&results.path("r"), "pack", 3));
    let words = ["policy `pack`, seed 3 is not as it was written", "`stowplan run two.toml --out r` repeats"];
    results.stowplan(&["compare", "r"]).check(2, &words);
    results.stowplan(&["report", "r"]).check(2, &words);
    let said = results.stowplan(&["run", "two.toml", "--out", "r", "--no-pictures"]);
    said.check(0, &["policy `pack`, seed 3 is not as it was written", "it is run again", "5 of 6 runs stored"]);
    results.stowplan(&["compare", "r"]).check(0, &["paired over 3 seeds"]);
}

#[test]
fn runs_that_are_missing_are_named_and_their_seeds_left_out() {
    let results = Results::new();
    std::fs::remove_file(stored_run(&results.path("r"), "spread", 2)).unwrap();
    let words = [
        "warning: 1 of 6 runs missing: `spread` seed 2",
        "paired over 2 seeds",
        "up to 1 seed left out of a figure, as one of the two has none there",
    ];
    results.stowplan(&["compare", "r"]).check(0, &words);
    stored_runs(&results.path("r")).iter().for_each(|run| std::fs::remove_file(run).unwrap());
    std::fs::remove_file(results.path("r/runs.csv")).unwrap();
    results.change("manifest.json", |manifest| manifest["files"] = serde_json::json!([]));
    results.stowplan(&["compare", "r"]).check(2, &["no run of `r` is complete"]);
}

#[test]
fn a_figure_that_one_policy_never_has_is_named_and_not_compared() {
    let results = Results::new();
    let column = "instances_in_use_peak";
    let at = catalogue::position(column).unwrap();
    for seed in 1..=3 {
        results.change_run("spread", seed, |record| record["figures"][at] = "".into());
    }
    let words = [&*format!("warning: absent for `spread` and therefore not compared: `{column}`")];
    results.stowplan(&["compare", "r"]).check(0, &words);
    let words = [&*format!("warning: absent for `spread` and therefore not compared: `{column}`")];
    results.stowplan(&["compare", "r", "--baseline", "spread"]).check(0, &words);
    let said = results.stowplan(&["compare", "r", "--format", "csv", "--quiet"]).text;
    let row = said.lines().find(|line| line.starts_with(&format!("spread,pack,{column},"))).unwrap();
    assert!(row.starts_with(&format!("spread,pack,{column},0,3,,")), "{row}");
}

#[test]
fn a_figure_that_a_policy_has_on_some_seeds_is_paired_on_those() {
    let results = Results::new();
    let column = "instances_in_use_peak";
    let at = catalogue::position(column).unwrap();
    results.change_run("spread", 1, |record| record["figures"][at] = "".into());
    let said = results.stowplan(&["compare", "r", "--format", "csv"]).text;
    let row = said.lines().find(|line| line.starts_with(&format!("spread,pack,{column},"))).unwrap();
    assert!(row.starts_with(&format!("spread,pack,{column},2,1,")), "{row}");
}

#[test]
fn seeds_with_other_loads_are_counted_named_and_left_out() {
    let results = Results::new();
    results.copy("before");
    let manifest: Value = serde_json::from_slice(&std::fs::read(results.path("r/manifest.json")).unwrap()).unwrap();
    let loads = manifest["loads"].as_array().unwrap();
    assert_eq!(loads.len(), 3, "the manifest has the load of every seed");
    results.stowplan(&["compare", "before", "r"]).check(0, &["after - before", "paired over 3 seeds"]);
    let redraw = |seed: usize| {
        results.change("manifest.json", |manifest| manifest["loads"][seed - 1]["digest"] = "0".into());
    };
    redraw(2);
    let words = [
        "1 of 3 seeds left out, with another load in the second folder: 2",
        "paired over 2 seeds",
        "after (`r`) less before (`before`) of the policy of the same name",
    ];
    results.stowplan(&["compare", "before", "r"]).check(0, &words);
    [1, 3].into_iter().for_each(redraw);
    results.stowplan(&["compare", "before", "r"]).check(2, &["no seed has the same load in both folders"]);
}

/// Both policies place all; `spread` uses more instances than `pack` on every seed.
#[test]
fn a_gate_fails_on_what_is_worse_and_on_nothing_else() {
    let results = Results::new();
    let gate = |figure: &str| results.stowplan(&["compare", "r", "--fail-if", figure]);
    gate("worse:instances_in_use_peak").check(1, &["worse: `instances_in_use_peak` of `spread` differs by 4"]);
    gate("worse:tasks_never_placed").check(0, &[]);
    let turned = ["compare", "r", "--baseline", "spread", "--fail-if", "worse:instances_in_use_peak"];
    results.stowplan(&turned).check(0, &[]);
    gate("instances_in_use_peak").check(2, &["write `worse:` and a column of runs.csv"]);
    gate("worse:no_such_figure").check(2, &["no figure `no_such_figure`"]);
    gate("worse:attempts").check(2, &["describes and ranks nothing"]);
}
