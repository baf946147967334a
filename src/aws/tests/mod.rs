//! Tests of documents as a whole: bad input, limits, samples of AWS, laws over random documents.

mod bad_input;
mod joined;
mod laws;
mod limits;
mod requirements;
mod samples;

use super::Texts;
use super::snapshot::{Snapshot, join};

/// All problems of texts, as one line each, those of joining included.
fn problems(texts: &[(&str, &str)]) -> Vec<String> {
    match joined(texts) {
        // What is referred to and not there is of the other files, which these tests do not give.
        Ok(snapshot) => {
            snapshot.problems.iter().map(ToString::to_string).filter(|told| !told.contains(LACKING)).collect()
        }
        Err(problems) => problems,
    }
}

/// A task definition that is referred to and not there.
const LACKING: &str = "taskDefinition: the task definition `";

fn joined(texts: &[(&str, &str)]) -> Result<Snapshot, Vec<String>> {
    let mut read = Texts::default();
    texts.iter().for_each(|(file, text)| read.read(file, text.as_bytes()));
    join(&read).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// An instance of a cluster, in the fewest members.
fn instance(cluster: &str, name: &str) -> String {
    let amounts = r#"[{"name": "CPU", "integerValue": 1024}, {"name": "MEMORY", "integerValue": 2000}]"#;
    format!(
        r#"{{"containerInstanceArn": "arn:aws:ecs:eu-west-1:1:container-instance/{cluster}/{name}",
            "registeredResources": {amounts}, "remainingResources": {amounts},
            "attributes": [{{"name": "ecs.availability-zone", "value": "a"}}]}}"#
    )
}

fn instances(list: &[String]) -> String {
    format!(r#"{{"containerInstances": [{}]}}"#, list.join(","))
}

/// A task on an instance, in the fewest members.
fn task(number: u32, instance: &str) -> String {
    format!(
        r#"{{"taskArn": "arn:aws:ecs:eu-west-1:1:task/c/t{number}", "taskDefinitionArn": "web:1",
            "containerInstanceArn": "arn:aws:ecs:eu-west-1:1:container-instance/c/{instance}",
            "containers": [{{"name": "x", "cpu": "100", "memory": "200"}}]}}"#
    )
}
