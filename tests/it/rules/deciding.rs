//! Which policy decides what: strategies of services beside those of policies, and an import that asks where all would go.

use std::path::Path;

use serde_json::Value;

use crate::support::{ran, scenario};

/// Two instances of one zone; a service that packs by itself, one without a strategy, and one with an empty one.
fn text(more: &str) -> String {
    let service = |name: &str, strategy: &str| {
        format!("[[services]]\nname = '{name}'\ntask-definition = 'f'\ndesired-count = 2\n{strategy}\n")
    };
    format!(
        "name = 's'\nseeds = 1\nhorizon = '1m'\n{more}\n[cluster]\nzones = ['a']\n\
         [[cluster.instances]]\ncpu = 1000\nmemory = 1000\ncount = 2\n\
         [[task-definitions]]\nfamily = 'f'\ncpu = 100\nmemory = 100\n{}{}{}\
         [[policies]]\nname = 'pack'\ntemplate = 'binpack'\n[[policies]]\nname = 'now'\ntemplate = 'as-is'\n",
        service("own", "placementStrategy = [{ type = 'binpack', field = 'cpu' }]"),
        service("free", ""),
        service("empty", "placementStrategy = []"),
    )
}

/// The strategies of the services under each policy.
fn strategies(more: &str) -> Vec<Vec<String>> {
    let scenario = scenario(&text(more));
    let of = |policy| stowplan::model::Requests::compile(&scenario, policy);
    let text = |requests: &stowplan::model::Requests| {
        requests.services.iter().map(|&id| requests[id].strategy.to_string()).collect::<Vec<_>>()
    };
    scenario.policies.iter().map(|policy| text(&of(policy))).collect()
}

#[test]
fn policies_decide_for_all_where_they_override_and_for_the_rest_otherwise() {
    let default = "spread(attribute:ecs.availability-zone), spread(instanceId)";
    let (own, pack) = ("binpack(cpu)", "binpack(memory)");
    assert_eq!(strategies(""), [[own, pack, default], [own, default, default]]);
    assert_eq!(strategies("policies-override = false"), strategies(""));
    assert_eq!(strategies("policies-override = true"), [[pack, pack, pack], [own, default, default]]);
}

fn stowplan(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_stowplan"));
    ran(command.env("COLUMNS", "100").args(arguments).current_dir(folder))
}

#[test]
fn check_and_run_say_who_decides_and_no_report_shows_a_chain_that_was_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("s.toml"), text).unwrap();
    write(&text(""));
    let sentence = "who decides: the policy (pack, now) for 1 of 3 services and [[tasks]]; the others have a strategy of their own";
    let (code, _, error) = stowplan(folder.path(), &["check", "s.toml"]);
    assert!(code == 0 && error.contains(sentence), "{error}");
    let (code, _, error) = stowplan(folder.path(), &["run", "s.toml", "--out", "out", "--no-pictures"]);
    assert!(code == 0 && error.contains(sentence), "{error}");

    let all_own = text("").replace("name = 'free'\n", "name = 'free'\nplacementStrategy = [{ type = 'random' }]\n");
    write(&all_own);
    let (code, _, error) = stowplan(folder.path(), &["check", "s.toml"]);
    assert!(code == 0 && error.contains("warning[S025]") && error.contains("`policies-override = true`"), "{error}");
    let strategies = |folder: &Path| -> Vec<String> {
        let manifest = std::fs::read(folder.join("out/manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let policies = manifest["policies"].as_array().unwrap();
        policies.iter().map(|policy| policy["strategy"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(strategies(folder.path())[0], "binpack(memory)");
    assert_eq!(stowplan(folder.path(), &["run", "s.toml", "--out", "out", "--no-pictures"]).0, 0);
    assert_eq!(strategies(folder.path())[0], "decides nothing: what is placed by a strategy has its own");
    write(&format!("policies-override = true\n{all_own}"));
    let (_, _, error) = stowplan(folder.path(), &["check", "s.toml"]);
    assert!(error.contains("no problems") && error.contains("the policies, for all 3"), "{error}");
}

#[test]
fn an_import_as_new_asks_where_all_would_go_under_the_strategies_found_and_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster");
    let files = ["container-instances.json", "services.json", "task-definitions.json", "tasks.json"];
    let files: Vec<String> = files.iter().map(|name| data.join(name).display().to_string()).collect();
    let arguments: Vec<&str> =
        ["import", "--as-new", "-o", "new.toml"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let (code, _, error) = stowplan(folder.path(), &arguments);
    assert_eq!(code, 0, "{error}");
    let scenario = scenario(&std::fs::read_to_string(folder.path().join("new.toml")).unwrap());
    assert!(scenario.running.is_empty());
    let names: Vec<&str> = scenario.policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["as-is", "az-balanced-spread", "az-balanced-binpack", "binpack"]);
    let keeps: Vec<bool> = scenario.policies.iter().map(|policy| scenario.keeps_own(policy)).collect();
    assert_eq!(keeps, [true, false, false, false]);
    // `web` and `api` want 5 tasks in all; one task of six that run is of no service that is known.
    assert_eq!(scenario.services.iter().map(|service| service.desired_count).sum::<u32>(), 5);
    let (code, _, error) =
        stowplan(folder.path(), &["run", "new.toml", "--seeds", "1", "--out", "out", "--no-pictures"]);
    assert_eq!(code, 0, "{error}");
    let runs = std::fs::read_to_string(folder.path().join("out/runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 1 + 4);
}
