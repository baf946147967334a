//! `stowplan sweep`: any mix of shards merges to what `run` writes; what is wrong is told and nothing overwritten.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{ran, stowplan};

const SCENARIO: &str = r#"
    name = "small"
    description = "Two policies that draw, one that does not, under a load that draws."
    seeds = 3
    [cluster]
    zones = ["a", "b"]
    [[cluster.instances]]
    type = "m5.large"
    count = 6
    [[task-definitions]]
    family = "small"
    cpu = 256
    memory = 512
    [[task-definitions]]
    family = "big"
    cpu = 1024
    memory = 3000
    [[tasks]]
    shapes = [{ task-definition = "small", weight = 3 }, { task-definition = "big", weight = 1 }]
    count = 40
    arrivals = { model = "poisson", rate-per-hour = 300 }
    lifetime = { model = "lognormal", median = "3m", p99 = "1h" }
    [[policies]]
    name = "spread"
    template = "az-balanced-spread"
    [[policies]]
    name = "pack"
    template = "binpack"
    [expected]
    checks = [{ policy = "pack", metric = "tasks_asked", equals = 40 }]
"#;

/// The same load at once, so that policies without a draw have one run.
fn fixed() -> String {
    let at_once = SCENARIO
        .replace("arrivals = { model = \"poisson\", rate-per-hour = 300 }", "arrivals = { model = \"at-once\" }")
        .replace("lifetime = { model = \"lognormal\", median = \"3m\", p99 = \"1h\" }", "")
        .replace(
            "shapes = [{ task-definition = \"small\", weight = 3 }, { task-definition = \"big\", weight = 1 }]",
            "task-definition = \"small\"",
        );
    format!("{at_once}\n[[policies]]\nname = \"random\"\ntemplate = \"random\"\n")
}

/// A folder with a scenario in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.toml"), text).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ran(&self, command: &str) -> (i32, String, String) {
        self.ran_with(command, &[])
    }

    fn ran_with(&self, command: &str, variables: &[(&str, &str)]) -> (i32, String, String) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let mut command = stowplan(self.0.path(), 100, &words);
        for name in ["SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "HQ_TASK_ID"] {
            command.env_remove(name);
        }
        ran(command.envs(variables.iter().copied()))
    }

    /// The command ends as it should.
    #[track_caller]
    fn ends(&self, command: &str, code: i32) -> String {
        let (ended, out, error) = self.ran(command);
        assert_eq!(ended, code, "`{command}`: {error}");
        format!("{out}{error}")
    }

    /// The files of a results folder but the timings.
    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let files = entries.filter(|path| path.is_file()).map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        });
        files.filter(|(name, _)| name != "timings.csv").collect()
    }

    #[track_caller]
    fn assert_same(&self, merged: &str, run: &str) {
        let (merged, run) = (self.files(merged), self.files(run));
        assert_eq!(merged.keys().collect::<Vec<_>>(), run.keys().collect::<Vec<_>>());
        for (name, bytes) in &run {
            assert!(merged[name] == *bytes, "{name} differs");
        }
    }

    /// The only part in a folder.
    fn part(&self, folder: &str, begins: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut parts: Vec<PathBuf> = entries
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(begins) && name.ends_with(".part")
            })
            .collect();
        assert_eq!(parts.len(), 1, "{parts:?}");
        parts.remove(0)
    }
}

#[test]
fn any_mix_of_shards_merges_to_the_bytes_of_run() {
    for (text, runs) in [(SCENARIO.to_owned(), 6), (fixed(), 5)] {
        let place = Place::new(&text);
        place.ends("run s.toml --out whole --quiet --no-pictures", 0);
        let told = place.ends("sweep plan s.toml --no-pictures", 0);
        assert!(told.contains(&format!("planned: {runs} runs")), "{told}");
        for shard in ["0/2", "1/4", "3/4"] {
            place.ends(&format!("sweep run plan.json --shard {shard} --quiet"), 0);
        }
        place.ends("sweep merge plan.json --out merged", 0);
        place.assert_same("merged", "whole");
        place.ends("sweep run plan.json --shard 0/1 -o one --quiet --threads 1", 0);
        place.ends("sweep merge plan.json one --out again", 0);
        place.assert_same("again", "whole");
        let compared = place.ends("compare merged --quiet", 0);
        assert!(compared.contains("pack"), "{compared}");
        place.ends("report merged --quiet", 0);
    }
}

/// Pictures and the page too, with seeds and policies of the command line.
#[test]
fn a_merged_folder_has_every_picture_of_run() {
    let place = Place::new(SCENARIO);
    place.ends("run s.toml --out whole --quiet --seeds 2 --policy pack", 0);
    place.ends("sweep plan s.toml --seeds 2 --policy pack --quiet -o deep/plan.json", 0);
    place.ends("sweep run deep/plan.json --runs 1 -o parts --quiet", 0);
    place.ends("sweep run deep/plan.json --shard 0/2 -o parts --quiet", 0);
    place.ends("sweep merge deep/plan.json parts --out merged", 0);
    place.assert_same("merged", "whole");
    assert!(place.files("merged").contains_key("report.html"));
}

#[test]
fn what_is_missing_is_told_as_engines_take_it() {
    let place = Place::new(SCENARIO);
    place.ends("sweep plan s.toml --quiet", 0);
    let told = place.ends("sweep merge plan.json --out merged", 3);
    assert!(told.contains("incomplete: in `plan.shards` 0 of 6 runs there; missing: 0-5\n`stowplan sweep status plan.json plan.shards --missing-shards N`"), "{told}");
    place.ends("sweep run plan.json --shard 0/3 --quiet", 0);
    place.ends("sweep run plan.json --runs 4 --quiet", 0);
    let (code, out, _) = place.ran("sweep status plan.json --missing-shards 6");
    assert_eq!((code, out.as_str()), (3, "1,2,5\n"));
    let told = place.ends("sweep merge plan.json --out merged", 3);
    assert!(told.contains("incomplete: in `plan.shards` 3 of 6 runs there; missing: 1-2,5"), "{told}");
    assert!(told.contains("`stowplan sweep run plan.json --shard K/N -o plan.shards` runs one"), "{told}");
    assert!(!place.path("merged").exists(), "nothing is written before all is there");
    for shard in [1, 2, 5] {
        place.ends(&format!("sweep run plan.json --shard {shard}/6 --quiet"), 0);
    }
    let (code, out, _) = place.ran("sweep status plan.json --missing-shards 6");
    assert_eq!((code, out.as_str()), (0, "\n"));
    place.ends("sweep status plan.json plan.shards --format json", 0);
    place.ends("sweep merge plan.json --out merged", 0);
}

#[test]
fn a_finished_shard_ends_at_once_and_a_cut_one_is_set_aside() {
    let place = Place::new(SCENARIO);
    place.ends("sweep plan s.toml --quiet", 0);
    place.ends("sweep run plan.json --shard 1/2 --quiet", 0);
    let part = place.part("plan.shards", "shard-00001-of-00002");
    let (bytes, time) = (std::fs::read(&part).unwrap(), std::fs::metadata(&part).unwrap().modified().unwrap());
    let told = place.ends("sweep run plan.json --shard 1/2", 0);
    assert!(told.contains("is complete already"), "{told}");
    assert_eq!(std::fs::metadata(&part).unwrap().modified().unwrap(), time, "it is not written again");
    std::fs::write(&part, &bytes[..bytes.len() / 2]).unwrap();
    let told = place.ends("sweep status plan.json", 3);
    assert!(told.contains("does not count: it is cut off"), "{told}");
    let told = place.ends("sweep run plan.json --shard 1/2", 0);
    assert!(told.contains("it is kept as"), "{told}");
    assert_eq!(std::fs::read(&part).unwrap(), bytes, "the same run comes to the same bytes");
}

#[test]
fn a_plan_that_can_never_succeed_ends_with_42() {
    let place = Place::new(SCENARIO);
    place.ends("sweep plan s.toml --quiet", 0);
    let plan = std::fs::read_to_string(place.path("plan.json")).unwrap();
    let version = format!("\"version\": \"{}\"", stowplan::VERSION);
    std::fs::write(place.path("old.json"), plan.replace(&version, "\"version\": \"0.0.1\"")).unwrap();
    let told = place.ends("sweep run old.json --shard 0/2", 42);
    assert!(told.contains("of stowplan 0.0.1"), "{told}");
    place.ends("sweep merge old.json --out merged", 2);
    place.ends("sweep status old.json", 2);
    std::fs::write(place.path("s.toml"), SCENARIO.replace("count = 40", "count = 41")).unwrap();
    let told = place.ends("sweep run plan.json --shard 0/2", 42);
    assert!(told.contains("is not what was planned"), "{told}");
    assert!(!place.path("plan.shards").join("shard-00000-of-00002").exists());
    std::fs::write(place.path("s.toml"), SCENARIO).unwrap();
    place.ends("sweep run plan.json --shard 0/1 --quiet", 0);
    std::fs::write(place.path("s.toml"), format!("{SCENARIO}\n")).unwrap();
    let told = place.ends("sweep merge plan.json --out merged", 2);
    assert!(told.contains("is not what was planned"), "{told}");
    place.ends("sweep run none.json --shard 0/1", 2);
}

/// A trace that changed under an unchanged scenario file.
#[test]
fn a_file_of_the_scenario_that_changed_is_told() {
    let trace = "arrival_s,cpu_units,memory_mib,duration_s\n0,256,512,60\n1,256,512,60\n";
    let scenario = r#"
        name = "traced"
        [cluster]
        zones = ["a"]
        [[cluster.instances]]
        type = "m5.large"
        [trace]
        file = "t.csv"
        [[policies]]
        name = "pack"
        template = "binpack"
    "#;
    let place = Place::new(scenario);
    std::fs::write(place.path("t.csv"), trace).unwrap();
    place.ends("sweep plan s.toml --quiet", 0);
    std::fs::write(place.path("t.csv"), trace.replace("1,256", "2,256")).unwrap();
    let told = place.ends("sweep run plan.json --shard 0/1", 42);
    assert!(told.contains("`t.csv`"), "{told}");
    std::fs::remove_file(place.path("t.csv")).unwrap();
    let told = place.ends("sweep run plan.json --shard 0/1", 2);
    assert!(told.contains("t.csv"), "a file that is not there may come back, so that a retry makes sense: {told}");
}

#[test]
fn a_folder_of_two_plans_and_two_rows_of_one_run_are_refused() {
    let place = Place::new(SCENARIO);
    place.ends("sweep plan s.toml --quiet", 0);
    place.ends("sweep plan s.toml --seeds 2 --quiet -o other.json", 0);
    place.ends("sweep run plan.json --shard 0/1 -o parts --quiet", 0);
    let told = place.ends("sweep run other.json --shard 0/1 -o parts", 42);
    assert!(told.contains("shards of another plan"), "{told}");
    place.ends("sweep status other.json parts", 2);
    place.ends("sweep merge other.json parts --out merged", 2);
    let told = place.ends("sweep plan s.toml --seeds 2", 2);
    assert!(told.contains("--force"), "another plan is not overwritten: {told}");

    place.ends("sweep run plan.json --shard 0/2 -o parts --quiet", 0);
    forge(&place.part("parts", "shard-00000-of-00002"));
    let told = place.ends("sweep merge plan.json parts --out merged", 2);
    assert!(told.contains("and they differ") && told.contains("shard-00000-of-00001"), "{told}");
    assert!(!place.path("merged").exists());
}

/// Changes a figure of a part and seals it again, as another program that calls itself this one would.
fn forge(part: &Path) {
    use sha2::{Digest as _, Sha256};
    let text = std::fs::read_to_string(part).unwrap();
    let (body, _) = text.split_once("\nend\t").unwrap();
    let changed = format!("{}\n", body.replacen("\"seed\":1", "\"seed\":9", 1));
    assert_ne!(changed.trim_end(), body);
    let digest: String = Sha256::digest(&changed).iter().map(|byte| format!("{byte:02x}")).collect();
    let rows = changed.lines().count() - 2;
    std::fs::write(part, format!("{changed}end\t{rows}\t{digest}\n")).unwrap();
}

#[test]
fn arguments_that_name_no_shard_end_with_2() {
    let place = Place::new(SCENARIO);
    place.ends("sweep plan s.toml --quiet", 0);
    let check = |arguments: &str, variables: &[(&str, &str)], part: &str| {
        let (code, _, error) = place.ran_with(&format!("sweep run plan.json {arguments}"), variables);
        assert_eq!(code, 2, "{arguments}: {error}");
        assert!(error.contains(part), "{arguments}: {error}");
    };
    check("--shard 4/4", &[], "the last is 3");
    check("--shard 1", &[], "write K/N");
    check("--shard auto", &[("SLURM_ARRAY_TASK_ID", "1")], "needs `--shards N`");
    check("--shard auto --shards 4", &[], "finds no number");
    check("--shard auto --shards 4", &[("JOB_COMPLETION_INDEX", "4")], "the last is 3");
    check("--shard 1/4 --shards 5", &[], "leave `--shards` out");
    check("--runs 6", &[], "the plan has 6 runs");
    check("--runs 3-1", &[], "goes backwards");
    check("", &[], "--shard");
    assert!(!place.path("plan.shards").exists(), "nothing is made of what is refused");
}

/// Every engine's variable alone, as Slurm, AWS Batch, Kubernetes and HyperQueue set them.
#[test]
fn shards_started_by_each_engines_variable_merge_to_the_bytes_of_run() {
    let place = Place::new(SCENARIO);
    place.ends("run s.toml --out whole --quiet --no-pictures", 0);
    place.ends("sweep plan s.toml --no-pictures --quiet", 0);
    for variable in ["SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "HQ_TASK_ID"] {
        for index in ["0", "1", "2"] {
            let command = format!("sweep run plan.json --shard auto --shards 3 -o {variable} --quiet");
            // A repair of one shard counts one task, which must not be taken for the number of shards.
            let (code, _, error) = place.ran_with(&command, &[(variable, index), ("SLURM_ARRAY_TASK_COUNT", "1")]);
            assert_eq!(code, 0, "{error}");
        }
        place.ends(&format!("sweep merge plan.json {variable} --out merged --force"), 0);
        place.assert_same("merged", "whole");
    }
}

#[test]
fn merging_ends_as_run_would() {
    let wrong = SCENARIO.replace("equals = 40", "equals = 41");
    let place = Place::new(&wrong);
    place.ends("run s.toml --out whole --quiet --no-pictures", 1);
    place.ends("sweep plan s.toml --no-pictures --quiet", 0);
    place.ends("sweep run plan.json --shard 0/1 --quiet", 0);
    let told = place.ends("sweep merge plan.json --out merged", 1);
    assert!(told.contains("expectation failed"), "{told}");
    place.assert_same("merged", "whole");
    place.ends("sweep plan s.toml --seeds 2 --no-pictures --quiet -o two.json", 0);
    place.ends("sweep run two.json --shard 0/1 --quiet", 0);
    place.ends("sweep merge two.json --out narrowed", 0);
}

const SWEEP: &str = r#"
    name = "sizes"
    seeds = 2
    scenarios = ["s.toml", { file = "fixed.toml", policies = ["pack"] }]
    vary."cluster.instances[0].count" = [4, 6]
    vary."tasks[0].count" = { from = 20, to = 40, step = 20 }
"#;

/// Two scenarios, of which the second draws nothing under its policy.
fn swept() -> Place {
    let place = Place::new(SCENARIO);
    std::fs::write(
        place.path("fixed.toml"),
        fixed().replace("name = \"small\"\n    desc", "name = \"fixed\"\n    desc"),
    )
    .unwrap();
    std::fs::write(place.path("sweep.toml"), SWEEP).unwrap();
    place
}

/// The cells of a table, its header first.
fn table(place: &Place, file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(place.path(file)).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn varied_keys_are_columns_and_any_mix_of_shards_merges_to_the_bytes_of_run() {
    let place = swept();
    place.ends("run sweep.toml --out whole --quiet", 0);
    let told = place.ends("sweep plan sweep.toml", 0);
    assert!(told.contains("planned: 20 runs (2 scenarios, 8 points)"), "{told}");
    for shard in ["0/3", "2/3", "1/6"] {
        place.ends(&format!("sweep run plan.json --shard {shard} --quiet"), 0);
    }
    place.ends("sweep merge plan.json --out merged", 3);
    place.ends("sweep run plan.json --runs 4,10,16 --quiet --threads 1", 0);
    place.ends("sweep merge plan.json --out merged", 0);
    place.assert_same("merged", "whole");

    let runs = table(&place, "merged/runs.csv");
    let keys = ["run", "scenario", "cluster.instances[0].count", "tasks[0].count", "policy", "seed"];
    assert_eq!(runs[0][..6], keys);
    let identity: Vec<String> = runs[1..].iter().map(|row| row[..6].join(" ")).collect();
    assert_eq!(identity[0], "0 small 4 20 spread 1");
    assert_eq!(identity[5], "5 small 4 40 spread 2");
    assert_eq!(identity[19], "19 fixed 6 40 pack 1", "what draws nothing has one run a point");
    let asked = runs[0].iter().position(|name| name == "tasks_asked").unwrap();
    assert!(runs[1..].iter().all(|row| row[asked] == row[3]), "each run has the load of its point");
    let summary = table(&place, "merged/summary.csv");
    let of_asked: Vec<&Vec<String>> =
        summary.iter().filter(|row| row[3] == "pack" && row[4] == "tasks_asked").collect();
    assert_eq!(of_asked.len(), 8);
    assert_eq!(of_asked[1][..7], ["small", "4", "40", "pack", "tasks_asked", "2", "40"]);
}

/// A point is the run of its scenario with the value written into it.
#[test]
fn a_point_has_the_figures_of_its_scenario_alone() {
    let place = swept();
    place.ends("run sweep.toml --out swept --quiet", 0);
    std::fs::write(
        place.path("point.toml"),
        SCENARIO.replace("count = 6", "count = 4").replace("count = 40", "count = 20"),
    )
    .unwrap();
    place.ends("run point.toml --out alone --quiet --no-pictures --seeds 2", 0);
    let (swept, alone) = (table(&place, "swept/runs.csv"), table(&place, "alone/runs.csv"));
    for row in 1..=4 {
        let count = alone[row].len();
        assert_eq!(swept[row][4..4 + count - 1], alone[row][1..]);
    }
}

#[test]
fn what_is_wrong_with_a_sweep_is_told_before_anything_runs() {
    let check = |sweep: &str, parts: &[&str]| {
        let place = swept();
        std::fs::write(place.path("sweep.toml"), sweep).unwrap();
        let told = place.ends("sweep plan sweep.toml", 2);
        parts.iter().for_each(|part| assert!(told.contains(part), "{part}: {told}"));
        assert!(!place.path("plan.json").exists());
        place.ends("run sweep.toml --out r", 2);
        assert!(!place.path("r").exists());
    };
    let vary = |key: &str, values: &str| format!("name = 'x'\nscenarios = ['s.toml']\nvary.\"{key}\" = {values}\n");
    check(&vary("cluster.instances[3].count", "[1]"), &["has 1, the first is [0]"]);
    check(&vary("cluster.instances[0].cuont", "[1]"), &["S004", "did you mean `count`?"]);
    check(
        &vary("cluster.instances[0].count", "[1, -1, 'x']"),
        &["with `cluster.instances[0].count` = -1:", "S007", "S005", "2 of 3 values"],
    );
    check(&vary("policies[0].name", "['a', 'b']"), &["names of policies"]);
    check("name = 'x'\nscenarios = ['s.toml', 's.toml']\n", &["two scenarios", "`small`"]);
    check("name = 'x'\nscenarios = ['none.toml']\n", &["none.toml"]);
    check("name = 'x'\nscenarios = ['s.toml']\nvarry = 1\n", &["S004", "did you mean `vary`?"]);
    let picture = |keys: &str| {
        let title = "[[pictures]]\nname = 'p'\ntitle = 't'\n";
        vary("cluster.instances[0].count", "[1]") + title + keys
    };
    check(&picture("figure = 'failure-rat'"), &["no figure `failure-rat`; did you mean `failure_rate`?"]);
    check(&picture("figure = 'zebra'"), &["no figure `zebra`; docs/figures.md has all", "1 error"]);
    check(
        &picture("figure = 'failure_rate'\nscenarios = ['none']\npolicies = ['q']\nat.\"seeds\" = [1]\n"),
        &["no scenario `none`", "a policy `q`", "the key `seeds` is not varied", "3 errors"],
    );
    check(
        &picture("figure = 'failure_rate'\nat.\"cluster.instances[0].count\" = [7]\n"),
        &["no point has `cluster.instances[0].count` = 7"],
    );
}

/// Each value is possible and both together are not: the rows of that point say why, and the others are there.
#[test]
fn a_combination_that_cannot_run_is_a_row() {
    let place = Place::new(SCENARIO);
    std::fs::write(
        place.path("sweep.toml"),
        "name = 'x'\nseeds = 1\nscenarios = ['s.toml']\nvary.\"tasks[0].lifetime.median\" = ['3m', '30m']\n\
         vary.\"tasks[0].lifetime.p99\" = ['40m', '10m']\n",
    )
    .unwrap();
    place.ends("sweep plan sweep.toml --quiet", 0);
    place.ends("sweep run plan.json --shard 0/1", 0);
    let told = place.ends("sweep merge plan.json --out merged", 1);
    assert!(told.contains("2 of 8 runs failed"), "{told}");
    let runs = table(&place, "merged/runs.csv");
    let failed: Vec<&Vec<String>> =
        runs[1..].iter().filter(|row| row.iter().any(|cell| cell.contains("S020"))).collect();
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|row| row[2..4] == ["30m", "10m"]));
}

#[test]
fn a_folder_of_a_sweep_and_one_of_a_scenario_do_not_overwrite_one_another() {
    let place = swept();
    place.ends("run sweep.toml --out sweep --quiet", 0);
    place.ends("run s.toml --out one --quiet --no-pictures", 0);
    let told = place.ends("run s.toml --out sweep --no-pictures", 2);
    assert!(told.contains("results of a sweep"), "{told}");
    let told = place.ends("run sweep.toml --out one", 2);
    assert!(told.contains("results of one scenario"), "{told}");
    let told = place.ends("run sweep.toml --out r --events", 2);
    assert!(told.contains("--events"), "{told}");
}

/// Scripts are complete for their languages; what they say of shards is what was asked.
#[test]
fn a_script_is_emitted_for_every_engine() {
    let place = Place::new(SCENARIO);
    place.ends("sweep plan s.toml --quiet", 0);
    for engine in ["slurm", "aws-batch", "k8s", "parallel", "ray", "dask", "snakemake"] {
        let (code, script, error) = place.ran(&format!("sweep emit --engine {engine} plan.json --shards 3 -o out"));
        assert_eq!(code, 0, "{error}");
        assert!(script.contains("plan.json") && script.contains("EDIT") && script.contains("42"), "{script}");
        assert!(error.contains("6 of 6 runs timed"), "{error}");
        if script.starts_with("#!/usr/bin/env bash") {
            std::fs::write(place.path("script.sh"), &script).unwrap();
            let checked = std::process::Command::new("bash").arg("-n").arg(place.path("script.sh")).output().unwrap();
            assert!(checked.status.success(), "{engine}: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
    let (_, script, _) = place.ran("sweep emit --engine slurm plan.json --quiet");
    assert!(
        script.contains("--array=\"$array\"") && script.contains("--shards 1 "),
        "tiny runs are one shard: {script}"
    );
    place.ends("sweep emit --engine lsf plan.json", 2);
}

/// The policies of a sweep are compared at every point, and all derived files follow from the table of runs.
#[test]
fn compare_and_report_understand_a_sweep() {
    let place = swept();
    place.ends("run sweep.toml --out r --quiet --seeds 4", 0);
    let table = place.ends("compare r --primary packing_time_mean", 0);
    for part in ["count", "difference", "less `spread`", "corrected for all 4 comparisons together"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let (code, csv, _) = place.ran("compare r --format csv --baseline spread");
    assert_eq!(code, 2, "one scenario has no such policy: {csv}");
    let (_, csv, _) = place.ran("compare r --format csv");
    assert!(csv.starts_with("scenario,cluster.instances[0].count,tasks[0].count,policy,baseline,metric"), "{csv}");
    let before = place.files("r");
    assert!(before.contains_key("curve-1.svg") && before.contains_key("curve-1.png"), "{:?}", before.keys());
    let page = String::from_utf8(before["report.html"].clone()).unwrap();
    assert!(page.contains("<h1>sizes</h1>") && page.contains("data:image/svg+xml,"));
    std::fs::remove_file(place.path("r/summary.csv")).unwrap();
    std::fs::remove_file(place.path("r/curve-1.svg")).unwrap();
    place.ends("report r --quiet", 0);
    assert!(place.files("r") == before, "what is derived comes back as it was");
}

#[test]
fn a_question_of_planning_is_answered_at_every_point() {
    let place = Place::new(SCENARIO);
    std::fs::write(place.path("still.toml"), fixed()).unwrap();
    std::fs::write(
        place.path("sweep.toml"),
        "name = 'enough'\nquestion = 'compact'\npolicies = ['pack']\nscenarios = ['still.toml']\n\
         vary.\"tasks[0].count\" = [40, 80]\n",
    )
    .unwrap();
    place.ends("run sweep.toml --out whole --quiet", 0);
    let told = place.ends("sweep plan sweep.toml", 0);
    assert!(told.contains("planned: 2 runs"), "an answer draws its own orders: {told}");
    place.ends("sweep run plan.json --shard 0/2 --quiet", 0);
    place.ends("sweep run plan.json --shard 1/2 --quiet", 0);
    place.ends("sweep merge plan.json --out merged", 0);
    place.assert_same("merged", "whole");
    let answers = table(&place, "merged/answers.csv");
    assert_eq!(answers[0][..6], ["run", "scenario", "tasks[0].count", "policy", "instances", "usd_per_hour"]);
    // A quarter of a vCPU each, eight to an m5.large; the fleet has six of them.
    assert_eq!(answers[1][2..5], ["40", "pack", "5"]);
    assert_eq!(answers[2][2..5], ["80", "pack", "10"]);
    assert!(place.files("merged").contains_key("curve-1.png"));
    place.ends("compare merged", 2);
    let losses = "name = 'lost'\nquestion = 'zone-loss'\nscenarios = ['zones.toml']\nvary.\"cluster.instances[0].count\" = [2, 8]\n";
    std::fs::write(place.path("lost.toml"), losses).unwrap();
    let service = SCENARIO.split("[[tasks]]").next().unwrap();
    let service = format!(
        "{service}\n[[services]]\nname = \"api\"\ntask-definition = \"small\"\ndesired-count = 12\n\
         [[policies]]\nname = \"spread\"\ntemplate = \"az-balanced-spread\"\n"
    );
    std::fs::write(place.path("zones.toml"), service).unwrap();
    place.ends("run lost.toml --out lost --quiet", 0);
    let lost = table(&place, "lost/answers.csv");
    let at = |row: usize, column: &str| lost[row][lost[0].iter().position(|name| name == column).unwrap()].clone();
    assert_eq!((at(1, "zones_that_may_go"), at(1, "is_yes")), ("0".into(), "0".into()));
    assert_eq!((at(2, "zones_that_may_go"), at(2, "is_yes")), ("2".into(), "1".into()));
}
