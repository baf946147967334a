//! Every file of AWS and of moto that is beside the repository is read; where they are not, the tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::aws::{Document, Texts};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ecs").join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        #[expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]
        {
            eprintln!("skipped: no folder {}", folder.display());
        }
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn read(name: &str, bytes: &[u8]) -> Texts {
    let mut texts = Texts::default();
    texts.read(name, bytes);
    texts
}

/// Reads a text without problems, and what is written of it again: the same document.
fn survives(name: &str, text: &str) {
    let first = read(name, text.as_bytes());
    assert!(first.problems.is_empty(), "{name}: {:?}", first.problems);
    for part in &first.parts {
        let again = read(name, part.document.to_json().as_bytes());
        match &part.document {
            Document::Names(_) => {}
            document => assert_eq!(again.parts[0].document, *document, "{name}"),
        }
    }
}

#[test]
fn what_moto_printed_and_was_given_is_read_and_written_back() {
    let files: Vec<PathBuf> = [files("moto"), files("moto/requests")].concat();
    files.iter().for_each(|path| survives(&path.display().to_string(), &std::fs::read_to_string(path).unwrap()));
}

#[test]
fn the_samples_of_the_aws_cli_are_read() {
    for path in files("aws-examples") {
        let samples: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let samples: Vec<Value> = match samples {
            Value::Array(samples) => samples.iter().map(|sample| sample["json"].clone()).collect(),
            Value::Object(calls) => {
                // Calls about accounts, tags and names of families hold nothing of a cluster.
                let others = ["AccountSetting", "Tag", "Untag", "Families"];
                let ours = calls.iter().filter(|(call, _)| !others.iter().any(|other| call.contains(other)));
                ours.filter_map(|(_, examples)| examples.as_array()).flatten().flat_map(sides).collect()
            }
            _ => Vec::new(),
        };
        assert!(!samples.is_empty(), "{}", path.display());
        // Parts of an answer stand among the whole ones: a deployment or an event is no document.
        let is_part = |sample: &Value| sample.get("rolloutState").is_some() || sample.get("message").is_some();
        let is_part = |sample: &Value| is_part(sample) || sample.get("managedEBSVolume").is_some();
        for sample in samples.iter().filter(|sample| !is_part(sample)) {
            survives(&path.display().to_string(), &sample.to_string());
        }
    }
}

/// Input and output of an example of botocore, where they are not empty.
fn sides(example: &Value) -> Vec<Value> {
    let sides = [example.get("input"), example.get("output")].into_iter().flatten().cloned();
    sides.filter(|side| side.as_object().is_some_and(|members| !members.is_empty())).collect()
}

#[test]
fn skeletons_are_read_and_their_empty_values_are_named() {
    for path in files("skeletons") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let texts = read("x", &std::fs::read(&path).unwrap());
        assert_eq!(texts.parts.len(), 1, "{name}: {:?}", texts.problems);
        let is_of_kind = |problem: &String| problem.contains("stands");
        let problems: Vec<String> = texts.problems.iter().map(ToString::to_string).collect();
        assert!(!problems.iter().any(is_of_kind), "{name}: {problems:?}");
        if name == "run-task.input.json" {
            let expected = [
                "x: taskDefinition: `taskDefinition` is empty",
                "x: count: `count` = 0 is outside 1 to 10",
                "x: capacityProviderStrategy: `launchType` and `capacityProviderStrategy` exclude each other",
                "x: capacityProviderStrategy[0].capacityProvider: `capacityProvider` is empty",
                "x: networkConfiguration.awsvpcConfiguration.subnets[0]: a subnet is empty",
                "x: overrides.cpu: `cpu` = `` is no size",
                "x: overrides.memory: `memory` = `` is no size",
                "x: overrides.containerOverrides[0].resourceRequirements[0].value: `value` = `` is no number of GPUs",
                "x: placementStrategy[0].field: `spread` has no `field`",
            ];
            assert_eq!(problems, expected);
        }
    }
}
