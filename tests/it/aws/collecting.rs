//! `stowplan import --commands`: the script does what it says where `aws` is a stand-in, and help survives a paste.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[cfg(unix)]
use serde_json::json;

fn stowplan(arguments: &[&str], columns: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    let output = command.env("COLUMNS", columns).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn scripts_are_narrow_and_name_the_cluster() {
    for shell in ["sh", "powershell"] {
        let script = stowplan(&["import", "--commands", "--shell", shell, "--cluster", "shop"], "80");
        assert!(script.contains("shop") && !script.contains("@CLUSTER@"), "{script}");
        for line in script.lines() {
            assert!(line.chars().count() <= 76, "{line}");
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    let refused = command.args(["import", "--commands", "--cluster", "$(rm -rf x)"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

/// Commands of the help stand on lines of their own, at any width, and a shell reads them.
#[cfg(unix)]
#[test]
fn commands_of_the_help_are_not_wrapped() {
    for columns in ["80", "100", "120"] {
        let help = stowplan(&["import", "--help"], columns);
        let start = help.find("A whole cluster:").expect("the walk-throughs stand at the end");
        let commands: Vec<&str> = help[start..].lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(commands.len() > 10, "{help}");
        assert!(commands.iter().all(|line| line.len() <= 72), "{commands:?}");
        assert!(commands.contains(&"    --fleet 12xm6i.xlarge@us-east-1a,b,c -o planned.toml"), "{commands:?}");
        let checked = Command::new("sh").args(["-n", "-c", &commands.join("\n")]).status().unwrap();
        assert!(checked.success(), "{commands:?}");
    }
}

/// A folder with a stand-in for `aws` that answers from the small cluster; one definition cannot be described.
#[cfg(unix)]
struct StandIn {
    folder: tempfile::TempDir,
}

#[cfg(unix)]
impl StandIn {
    const AWS: &'static str = r#"#!/bin/sh
echo "$*" >> "$ANSWERS/calls.txt"
arns() { grep -o "\"$1\": *\"[^\"]*\"" "$ANSWERS/$2" | sed 's/.*: *"//; s/"$//' | sort -u | tr '\n' '\t'; echo; }
case "$2" in
list-container-instances) arns containerInstanceArn container-instances.json ;;
list-tasks) arns taskArn tasks.json ;;
list-services) arns serviceArn services.json ;;
describe-container-instances) cat "$ANSWERS/container-instances.json" ;;
describe-tasks) cat "$ANSWERS/tasks.json" ;;
describe-services) cat "$ANSWERS/services.json" ;;
describe-capacity-providers) cat "$ANSWERS/providers.json" ;;
describe-auto-scaling-groups) cat "$ANSWERS/groups/$4" ;;
describe-task-definition)
    file="$ANSWERS/${4##*/}.json"
    if [ -f "$file" ]; then cat "$file"; else echo "An error occurred (ClientException)" >&2; exit 254; fi ;;
*) echo "not allowed" >&2; exit 253 ;;
esac
"#;

    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let answers = folder.path().join("answers");
        std::fs::create_dir(&answers).unwrap();
        for name in ["container-instances.json", "tasks.json", "services.json"] {
            std::fs::copy(data().join(name), answers.join(name)).unwrap();
        }
        let definitions = std::fs::read_to_string(data().join("task-definitions.json")).unwrap();
        for definition in serde_json::Deserializer::from_str(&definitions).into_iter::<serde_json::Value>() {
            let definition = definition.unwrap();
            let arn = definition["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned();
            let name = arn.rsplit('/').next().unwrap();
            std::fs::write(answers.join(format!("{name}.json")), definition.to_string()).unwrap();
        }
        let aws = folder.path().join("aws");
        std::fs::write(&aws, Self::AWS).unwrap();
        std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn run(&self) -> Output {
        let script = stowplan(&["import", "--commands"], "80");
        std::fs::write(self.folder.path().join("collect.sh"), script).unwrap();
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.current_dir(self.folder.path()).env("PATH", path).env("ANSWERS", self.folder.path().join("answers"));
        command.args(["collect.sh", "prod"]).output().unwrap()
    }

    /// What was collected, by name.
    fn collected(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("prod")).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files
    }
}

#[cfg(unix)]
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster")
}

#[cfg(unix)]
#[test]
fn the_script_collects_what_import_reads() {
    let stand_in = StandIn::new();
    let output = stand_in.run();
    assert!(output.status.success(), "{output:?}");
    let names: Vec<String> =
        stand_in.collected().iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["definitions.json", "instances.json", "services.json", "tasks.json"]);
    let collected = stand_in.collected();
    let mut ours: Vec<&str> = vec!["import"];
    ours.extend(collected.iter().map(|file| file.to_str().unwrap()));
    let files = ["task-definitions.json", "container-instances.json", "services.json", "tasks.json"];
    let given: Vec<PathBuf> = files.iter().map(|name| data().join(name)).collect();
    let mut theirs: Vec<&str> = vec!["import"];
    theirs.extend(given.iter().map(|file| file.to_str().unwrap()));
    assert_eq!(stowplan(&ours, "80"), stowplan(&theirs, "80"));
    let calls = std::fs::read_to_string(stand_in.folder.path().join("answers/calls.txt")).unwrap();
    assert!(
        calls.lines().all(|call| call.contains(" list-") || call.contains(" describe-") || call.starts_with("ecs "))
    );
    assert!(!calls.contains("update") && !calls.contains("create"), "{calls}");
}

/// The names of what is missing are kept, and the rest is collected.
#[cfg(unix)]
#[test]
fn the_script_goes_on_past_what_is_missing() {
    let stand_in = StandIn::new();
    let answers = stand_in.folder.path().join("answers");
    let first = std::fs::read_dir(&answers).unwrap().map(|entry| entry.unwrap().path());
    let gone = first.filter(|file| file.to_string_lossy().contains(':')).min().unwrap();
    std::fs::remove_file(&gone).unwrap();
    let output = stand_in.run();
    assert!(output.status.success(), "{output:?}");
    let missing = std::fs::read_to_string(stand_in.folder.path().join("prod/missing.txt")).unwrap();
    let name = gone.file_stem().unwrap().to_string_lossy().into_owned();
    assert!(missing.contains(&name), "{missing}");
    assert!(missing.contains("describe-clusters"), "{missing}");
    let definitions = std::fs::read_to_string(stand_in.folder.path().join("prod/definitions.json")).unwrap();
    assert!(!definitions.contains(&format!("task-definition/{name}\"")), "{definitions}");
    assert!(definitions.matches("\"containerDefinitions\"").count() > 0, "{definitions}");
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("now: stowplan import prod/*.json -o prod.toml"), "{messages}");
}

/// How large the groups of capacity providers may be is asked of Auto Scaling, by name, and read back.
#[cfg(unix)]
#[test]
fn the_script_asks_for_the_groups_of_the_providers() {
    let stand_in = StandIn::new();
    let answers = stand_in.folder.path().join("answers");
    let arn = "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:1a2b:autoScalingGroupName";
    let provider = |name: &str, group: &str| {
        json!({ "name": name, "status": "ACTIVE", "autoScalingGroupProvider": {
            "autoScalingGroupArn": format!("{arn}/{group}"), "managedScaling": { "status": "ENABLED" } } })
    };
    // Names of groups may have spaces and slashes; Fargate has no group.
    let providers = json!({ "capacityProviders": [
        provider("workers", "big workers"), provider("gone", "team/gone"), { "name": "FARGATE", "status": "ACTIVE" }] });
    std::fs::write(answers.join("providers.json"), serde_json::to_string_pretty(&providers).unwrap()).unwrap();
    let group = json!({ "AutoScalingGroups": [{ "AutoScalingGroupName": "big workers",
        "AutoScalingGroupARN": format!("{arn}/big workers"), "MinSize": 1, "MaxSize": 7 }] });
    std::fs::create_dir(answers.join("groups")).unwrap();
    std::fs::write(answers.join("groups/big workers"), group.to_string()).unwrap();
    let output = stand_in.run();
    assert!(output.status.success(), "{output:?}");
    let missing = std::fs::read_to_string(stand_in.folder.path().join("prod/missing.txt")).unwrap();
    assert!(
        missing.contains("aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names team/gone"),
        "{missing}"
    );
    let collected = stand_in.collected();
    let files = collected.iter().map(|file| file.to_str().unwrap());
    let fleet = ["--fleet", "workers=2xm5.large@us-east-1a"];
    let toml = stowplan(&std::iter::once("import").chain(files).chain(fleet).collect::<Vec<_>>(), "80");
    assert!(toml.contains("minimum-size = 1\nmaximum-size = 7\n"), "{toml}");
}
