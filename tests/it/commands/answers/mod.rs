//! Questions of planners and the right answers, by the number of the case that asked them.

mod arns; // ARNs and EC2 ids as names
mod constraints; // 06, 25, 35: what holds nowhere, what waits for itself, what an expression means
mod empty;
mod held; // 06, 30: tasks that are in no file
mod named; // who waits and was refused under the table of a run, and fleet.csv
mod planner; // from documents to answers, in commands of the README
mod revisions; // 10, 22, 54: the revision of now, and room that daemons keep // 23: a cluster without instances is an answer

use std::path::Path;

use crate::support::{ran, stowplan};

/// A command in a folder with these files: exit code, and both outputs together.
fn answer(files: &[(&str, &str)], arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    answer_in(folder.path(), arguments)
}

fn answer_in(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let (code, out, error) = ran(&mut stowplan(folder, 100, arguments));
    (code, out + &error)
}

/// As text on one line, so that a phrase is found wherever lines break.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An instance as `describe-container-instances` prints it; attributes as `name=value` or `name`.
fn instance(number: u32, registered: u32, remaining: u32, attributes: &[&str]) -> String {
    let attributes: Vec<String> = attributes
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, value)) => format!(r#"{{"name": "{name}", "value": "{value}"}}"#),
            None => format!(r#"{{"name": "{text}"}}"#),
        })
        .collect();
    let amounts = |memory: u32| {
        format!(
            r#"[{{"name": "CPU", "type": "INTEGER", "integerValue": 2048}},
               {{"name": "MEMORY", "type": "INTEGER", "integerValue": {memory}}},
               {{"name": "PORTS", "type": "STRINGSET", "stringSetValue": []}},
               {{"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []}}]"#
        )
    };
    format!(
        r#"{{"containerInstanceArn": "arn:aws:ecs:us-east-1:111122223333:container-instance/c/{number:032}",
            "ec2InstanceId": "i-{number:017}", "status": "ACTIVE", "agentConnected": true,
            "registeredResources": {}, "remainingResources": {}, "attributes": [{}]}}"#,
        amounts(registered),
        amounts(remaining),
        attributes.join(", ")
    )
}

fn instances(all: &[String]) -> String {
    format!(r#"{{"containerInstances": [{}], "failures": []}}"#, all.join(", "))
}
