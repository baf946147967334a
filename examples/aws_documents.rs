//! Reads documents of the Amazon ECS API and writes what it understood of each, as JSON on standard output.
//!
//! ```text
//! aws ecs describe-tasks … | cargo run --example aws_documents -- -
//! ```
//!
//! The answer is a list with an element for each document: its file, the call it belongs to, the document as the writers
//! of `stowplan::aws` make it, and the problems of its file. `--of-values` reads nothing and writes requests and responses made
//! from values of the model, so that other programs can check the writers.

use std::io::{self, Read as _, Write as _};

use serde_json::{Value, json};
use stowplan::aws::{CreateService, Failure, RunTask, Task, TaskDefinition, TasksResponse, Texts, Timestamp};
use stowplan::model::{Constraint, DefinitionId, Demand, Port, Rule, Service, Strategy};
use stowplan::query::Expression;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let answer = match files.first().map(String::as_str) {
        None => return Err("give files, `-` for standard input, or `--of-values`".into()),
        Some("--of-values") => of_values()?,
        Some(_) => of_files(&files)?,
    };
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&answer)?)?;
    Ok(())
}

fn of_files(files: &[String]) -> Result<Value, Box<dyn std::error::Error>> {
    let mut answer = Vec::new();
    for file in files {
        let mut bytes = Vec::new();
        match file.as_str() {
            "-" => io::stdin().read_to_end(&mut bytes)?,
            path => std::fs::File::open(path)?.read_to_end(&mut bytes)?,
        };
        let mut texts = Texts::default();
        texts.read(file, &bytes);
        let problems: Vec<String> = texts.problems.iter().map(ToString::to_string).collect();
        if texts.parts.is_empty() {
            answer.push(json!({ "file": file, "problems": problems }));
        }
        for part in texts.parts {
            let (call, document) = (part.document.name(), serde_json::to_value(&part.document)?);
            answer.push(json!({ "file": part.file, "call": call, "document": document, "problems": problems }));
        }
    }
    Ok(Value::Array(answer))
}

/// One of each document that is written from values.
fn of_values() -> Result<Value, Box<dyn std::error::Error>> {
    let strategy = Strategy(vec![Rule::spread_zones(), Rule::Random]);
    let constraints =
        [Constraint::DistinctInstance, Constraint::MemberOf(Expression::parse("attribute:ecs.instance-type =~ m5.*")?)];
    let service = Service {
        name: "web".to_owned(),
        definition: DefinitionId(0),
        desired_count: 4,
        strategy: Some(Strategy::service_default()),
        constraints: constraints.to_vec(),
        settings: Default::default(),
    };
    let definition = stowplan::model::TaskDefinition {
        family: "web".to_owned(),
        demand: Demand { gpus: 1.into(), ports: vec![Port::tcp(80), Port::udp(53)], ..Demand::new(256, 512) },
        requires_attributes: vec![("ecs.capability.task-eni".to_owned(), None)],
        ..Default::default()
    };
    let mut register = TaskDefinition::of(&definition);
    // ECS works them out itself: they are of its answers, not of the call.
    register.requires_attributes = None;
    let instance = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/0123456789abcdef";
    let task = Task {
        task_arn: Some("arn:aws:ecs:us-east-1:123456789012:task/prod/fedcba9876543210".to_owned()),
        task_definition_arn: Some("arn:aws:ecs:us-east-1:123456789012:task-definition/web:3".to_owned()),
        container_instance_arn: Some(instance.to_owned()),
        group: Some("family:web".to_owned()),
        last_status: Some("PENDING".to_owned()),
        desired_status: Some("RUNNING".to_owned()),
        cpu: Some("256".to_owned()),
        created_at: Some(Timestamp { milliseconds: 1_529_360_908_125 }),
        ..Task::default()
    };
    let failures = vec![Failure::new(Some(instance), "RESOURCE:MEMORY", None)];
    let response = TasksResponse { tasks: vec![task], failures };
    Ok(json!({
        "run-task input": RunTask::of("web:3", 2, Some(&strategy), &constraints),
        "create-service input": CreateService::of(&service, "web:3"),
        "register-task-definition input": register,
        "register-task-definition output": { "taskDefinition": TaskDefinition::of(&definition) },
        "run-task output": response,
        "start-task output": response,
        "describe-tasks output": response,
    }))
}
