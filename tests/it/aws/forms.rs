//! Files in the forms that people have, from the command line: case 02 by its numbers, templates, and what is told.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use insta::assert_snapshot;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forms")
}

/// Output, messages and exit code of a command in the folder of the forms.
fn said(arguments: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    let output = command.current_dir(data()).env("COLUMNS", "100").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// The lines that `query` prints of the instances, without those of notes.
fn connected(file: &str) -> String {
    let (table, messages, code) = said(&["query", "agentConnected == true", file, "--format", "csv"]);
    assert_eq!(code, 0, "{file}: {messages}");
    table
}

#[test]
fn case_02_instances_are_the_same_in_every_form() {
    let plain = connected("instances.json");
    assert_eq!(plain.lines().count(), 3, "{plain}");
    for file in ["query-list.json", "pascal.json", "pascal-list.json", "utf16.json", "bom.json", "instances.yaml"] {
        assert_eq!(connected(file), plain, "{file}");
    }
    let event = connected("event.json");
    assert!(plain.starts_with(&event) && event.lines().count() == 2, "{event}");
}

#[test]
fn case_02_definitions_and_templates_are_explained_on_the_same_instances() {
    let explained = |file: &str, more: &[&str]| {
        let arguments = [&["explain", "instances.json", file, "--format", "csv"], more].concat();
        let (table, messages, code) = said(&arguments);
        assert_eq!(code, 0, "{file}: {messages}");
        table
    };
    let plain = explained("td.json", &["--task-definition", "web"]);
    for file in ["td-comment.json", "td-strings.json"] {
        assert_eq!(explained(file, &["--task-definition", "web"]).lines().count(), plain.lines().count(), "{file}");
    }
    explained("container-definitions.json", &["--task-definition", "container-definitions"]);
    explained("container-definitions.json", &["--family", "web", "--task-definition", "web"]);
    for file in ["cfn.json", "cfn.yml"] {
        explained(file, &["--service", "Svc"]);
        explained(file, &["--task-definition", "web"]);
    }
    explained("ecs-params.yml", &["--service", "ecs-params"]);
}

#[test]
fn case_02_what_is_not_read_says_what_it_is() {
    for file in ["main.tf", "td-template.json"] {
        let (toml, messages, code) = said(&["import", file]);
        assert_eq!((toml.as_str(), code), ("", 2), "{file}");
        assert!(messages.contains("error: ") && messages.contains("terraform show -json"), "{messages}");
        // Beside something that can be read it is left out.
        let (toml, messages, code) = said(&["import", file, "instances.json"]);
        assert_eq!((toml.contains("[[cluster.instances]]"), code), (true, 0), "{file}: {messages}");
        assert!(messages.contains("warning: ") && messages.contains("terraform show -json"), "{messages}");
    }
}

#[test]
fn a_template_meets_a_fleet() {
    let fleet = ["--fleet", "3xm6i.xlarge@us-east-1a,b,c"];
    let (toml, messages, code) = said(&[&["import", "whole.yaml", "--parameter", "Count=4"], &fleet[..]].concat());
    assert_eq!(code, 0, "{messages}");
    assert_snapshot!(format!("{toml}\n{messages}"));
    // Without the parameter the service is left out, and the rest is written.
    let (toml, messages, code) = said(&[&["import", "whole.yaml"], &fleet[..]].concat());
    assert_eq!((toml.contains("[[services]]"), toml.contains("[[task-definitions]]"), code), (false, true, 0));
    assert_snapshot!(messages);
    let (_, messages, code) = said(&[&["explain", "whole.yaml", "--service", "web-prod"], &fleet[..]].concat());
    assert_eq!(code, 2);
    assert!(messages.contains("give `--parameter Count=VALUE`"), "{messages}");
    // Nothing is left: its only task definition lacks a size, and the service its task definition.
    let (toml, messages, code) = said(&[&["import", "missing.json"], &fleet[..]].concat());
    assert_eq!((toml.as_str(), code), ("", 2), "{messages}");
    let (_, messages, code) = said(&["import", "whole.yaml", "--parameter", "Count=4"]);
    assert_eq!(code, 2);
    assert!(messages.contains("`--fleet 12xm6i.xlarge@us-east-1a,b,c`"), "{messages}");
}

/// The fleet of a scenario stands beside a plan, with everything that its table says.
#[test]
fn a_plan_meets_the_cluster_of_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = folder.path().join("fleet.toml");
    let text =
        "name = \"f\"\n[cluster]\nzones = [\"us-east-1a\"]\n[[cluster.instances]]\ntype = \"m5.large\"\ncount = 2\n";
    std::fs::write(&fleet, text).unwrap();
    let fleet = fleet.to_str().unwrap();
    let (table, messages, code) =
        said(&["explain", "plan.json", "--fleet", fleet, "--service", "web", "--count", "2", "--format", "json"]);
    assert_eq!(code, 0, "{messages}");
    assert!(table.contains("m5.large"), "{table}");
    let (_, messages, code) = said(&["explain", fleet, "--fleet", "1xm5.large@us-east-1a", "--service", "web"]);
    assert_eq!(code, 2);
    assert!(messages.contains("belong to documents of AWS"), "{messages}");
}

/// Everything that is wrong is told at once, with file and member, and no secret is repeated.
#[test]
fn bad_input_is_one_diagnostic_each() {
    let files = ["bomb.yaml", "half.yaml", "azure.json", "state.tfstate", "missing.json", "instances.json"];
    let (toml, messages, code) = said(&[&["import"], &files[..]].concat());
    assert_eq!((toml.matches("[[cluster.instances]]").count(), code), (2, 0), "what could be read is written");
    assert!(!messages.contains("hunter2"), "{messages}");
    assert_snapshot!(messages);
    // Alone they leave nothing.
    let (toml, alone, code) = said(&[&["import"], &files[..5]].concat());
    assert_eq!((toml.as_str(), code), ("", 2), "{alone}");
    assert!(alone.contains("error: cannot import: nothing is left of the files"), "{alone}");
}

#[test]
fn a_scenario_is_not_read_as_a_document() {
    let (_, messages, code) = said(&["import", "instances.json", "--parameter", "novalue"]);
    assert_eq!(code, 2);
    assert!(messages.contains("write NAME=VALUE"), "{messages}");
    let (_, messages, code) = said(&["import", "instances.json", "--fleet", "3xm6i.xlarg@us-east-1a"]);
    assert_eq!(code, 2);
    assert!(messages.contains("did you mean"), "{messages}");
}

/// Instances of a fleet are those of a provider, which then is scaled as its document says; what their agents register
/// by themselves is not missed.
#[test]
fn a_fleet_gives_a_provider_its_instances() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.json");
    let template = r#"{"Resources": {
        "Spot": {"Type": "AWS::ECS::CapacityProvider", "Properties": {"Name": "spot", "AutoScalingGroupProvider": {
            "AutoScalingGroupArn": "x", "ManagedScaling": {"Status": "ENABLED", "TargetCapacity": 80}}}},
        "Td": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "web", "ContainerDefinitions": [
            {"Name": "a", "Cpu": 10, "Memory": 20, "LogConfiguration": {"LogDriver": "awslogs"}}]}},
        "Svc": {"Type": "AWS::ECS::Service", "Properties": {"DesiredCount": 1, "TaskDefinition": {"Ref": "Td"},
            "CapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Spot"}, "Weight": 1}]}}}}"#;
    std::fs::write(&file, template).unwrap();
    let file = file.to_str().unwrap();
    for fleet in [
        "2xm5.large@us-east-1a",
        "spot=2xm5.large@us-east-1a",
        "arn:aws:ecs:us-east-1:1:capacity-provider/spot=2xm5.large@a",
    ] {
        let (toml, messages, code) = said(&["import", file, "--fleet", fleet]);
        assert_eq!(code, 0, "{messages}");
        assert!(toml.contains("target-capacity = 80") && toml.contains("capacity-provider = \"spot\""), "{toml}");
        assert!(!messages.contains("launch nothing") && !messages.contains("S023"), "{messages}");
    }
}

#[test]
fn loops_of_a_template_are_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    let template = "Transform: AWS::LanguageExtensions\nParameters: {Names: {Type: CommaDelimitedList, Default: 'web,api'}}\n\
        Resources:\n  Td: {Type: AWS::ECS::TaskDefinition, Properties: {Family: x, ContainerDefinitions: [{Name: a, Memory: 20}]}}\n  \
        Fn::ForEach::Services:\n  - Name\n  - !Ref Names\n  - Svc${Name}:\n      Type: AWS::ECS::Service\n      \
        Properties: {ServiceName: !Sub 'the-${Name}', DesiredCount: 2, TaskDefinition: !Ref Td}\n";
    std::fs::write(&file, template).unwrap();
    let (toml, messages, code) = said(&["import", file.to_str().unwrap(), "--fleet", "2xm5.large@us-east-1a"]);
    assert_eq!(code, 0, "{messages}");
    assert!(toml.contains("name = \"the-web\"") && toml.contains("name = \"the-api\""), "{toml}\n{messages}");
}

/// Tasks with interfaces of their own in subnets that only a deployment knows.
#[test]
fn open_subnets_refuse_no_instance() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    let fleet = ["--fleet", "2xm5.large@us-east-1a,b"];
    for (subnets, is_open) in [("!Ref Subnets", true), ("[!ImportValue a]", true), ("[!Ref One]", false)] {
        let template = format!(
            "Parameters: {{Subnets: {{Type: 'List<AWS::EC2::Subnet::Id>'}}}}\nResources:\n  One: {{Type: AWS::EC2::Subnet, Properties: \
             {{AvailabilityZone: us-east-1b}}}}\n  Td: {{Type: AWS::ECS::TaskDefinition, Properties: {{Family: web, NetworkMode: awsvpc, \
             ContainerDefinitions: [{{Name: a, Memory: 20}}]}}}}\n  Svc:\n    Type: AWS::ECS::Service\n    Properties: {{ServiceName: web, \
             DesiredCount: 1, TaskDefinition: !Ref Td, NetworkConfiguration: {{AwsvpcConfiguration: {{Subnets: {subnets}}}}}}}\n"
        );
        std::fs::write(&file, template).unwrap();
        let arguments =
            [&["explain", file.to_str().unwrap(), "--service", "web", "--format", "csv"], &fleet[..]].concat();
        let (table, messages, code) = said(&arguments);
        assert_eq!((code, table.contains("LOCATION")), (0, !is_open), "{subnets}: {table}\n{messages}");
        assert_eq!(messages.contains("known only once they are deployed"), is_open, "{messages}");
    }
}

/// Every instance of the documents is left out: that is no empty cluster.
#[test]
fn what_cannot_be_read_is_no_empty_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instances.json");
    let text = std::fs::read_to_string(data().join("instances.json")).unwrap();
    std::fs::write(&file, text.replace("\"ACTIVE\"", "\"active\"")).unwrap();
    let td = data().join("td.json");
    let (table, messages, code) =
        said(&["explain", file.to_str().unwrap(), td.to_str().unwrap(), "--task-definition", "web"]);
    assert_eq!((table.as_str(), code), ("", 2), "{messages}");
    assert!(messages.contains("every container instance is left out"), "{messages}");
}

#[test]
fn all_files_that_cannot_be_read_are_named() {
    let (_, messages, code) = said(&["import", "nowhere.json", "instances.json", "neither.json"]);
    assert_eq!(code, 2);
    assert!(messages.contains("`nowhere.json`") && messages.contains("`neither.json`"), "{messages}");
}

/// What the SDK of Ruby writes, `to_h.to_json`; keys that people chose stay as they are.
#[test]
fn documents_in_snake_case_are_those_of_the_api() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let instances = write(
        "i.json",
        r#"{"container_instances": [{"container_instance_arn": "arn:aws:ecs:eu-west-1:1:container-instance/c/1", "status": "ACTIVE",
            "ec2_instance_id": "i-0aa", "agent_connected": true, "registered_at": "2026-03-01 08:00:00 UTC",
            "registered_resources": [{"name": "CPU", "type": "INTEGER", "double_value": 0.0, "integer_value": 1024}, {"name": "MEMORY", "integer_value": 2000},
              {"name": "PORTS", "type": "STRINGSET", "string_set_value": ["22"]}],
            "remaining_resources": [{"name": "CPU", "integer_value": 1024}, {"name": "MEMORY", "integer_value": 2000},
              {"name": "PORTS", "type": "STRINGSET", "string_set_value": ["22"]}],
            "attributes": [{"name": "ecs.availability-zone", "value": "eu-west-1a"}]}], "failures": []}"#,
    );
    let definition = write(
        "d.json",
        r#"{"task_definition": {"family": "web", "revision": 1, "requires_attributes": [], "container_definitions": [
            {"name": "a", "image": "x", "cpu": 10, "memory_reservation": 20, "docker_labels": {"some_label": "x"}}]}}"#,
    );
    let services = write(
        "s.json",
        r#"{"services": [{"service_name": "web", "service_arn": "arn:aws:ecs:eu-west-1:1:service/c/web", "status": "ACTIVE",
            "task_definition": "web:1", "desired_count": 3, "launch_type": "EC2", "scheduling_strategy": "REPLICA",
            "placement_strategy": [{"type": "binpack", "field": "MEMORY"}]}]}"#,
    );
    let (toml, messages, code) = said(&["import", &instances, &definition, &services]);
    assert_eq!(code, 0, "{messages}");
    for line in ["desired-count = 3", "cpu = 1024", "memory = 20", "ec2-instance-id = \"i-0aa\"", "field = \"memory\""]
    {
        assert!(toml.contains(line), "{line}: {toml}\n{messages}");
    }
    assert!(!messages.contains("warning: ") && !messages.contains("error"), "{messages}");
}

/// What only the whole scenario tells is told at the place in the document, and not in a text that nobody has.
#[test]
fn what_is_wrong_together_is_told_where_it_stands_in_the_documents() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("td.json");
    let text = r#"{"family": "web", "containerDefinitions": [{"name": "a", "image": "x", "cpu": 10, "memory": 20,
        "resourceRequirements": [{"type": "GPU", "value": "0.25"}]}]}"#;
    std::fs::write(&file, text).unwrap();
    let (toml, messages, code) = said(&["import", file.to_str().unwrap(), "--fleet", "2xm5.large@us-east-1a"]);
    assert_eq!((toml.as_str(), code), ("", 2), "{messages}");
    assert!(messages.contains("td.json: gpu") && !messages.contains("imported.toml"), "{messages}");
}

/// The sizes of a task stand in the parameters of a compose file, and are told there.
#[test]
fn what_is_wrong_with_parameters_of_a_compose_file_is_told_of_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let [compose, params] = ["docker-compose.yml", "ecs-params.yml"].map(|name| folder.path().join(name));
    std::fs::write(&compose, "version: '3'\nservices:\n  web: {image: x, cpu_shares: 10, mem_limit: 64m}\n").unwrap();
    let text = "version: 1\ntask_definition:\n  task_size: {cpu_limit: 256, mem_limit: 1}\nrun_params:\n  task_placement:\n    \
                strategy: [{type: spread, field: cpu}]\n";
    std::fs::write(&params, text).unwrap();
    let [compose, params] = [&compose, &params].map(|path| path.to_str().unwrap());
    let (_, messages, code) = said(&["import", compose, params, "--fleet", "2xm5.large@us-east-1a"]);
    assert_eq!(code, 2, "{messages}");
    for place in [
        "ecs-params.yml: task_definition.task_size.mem_limit",
        "ecs-params.yml: run_params.task_placement.strategy[0].field",
    ] {
        assert!(messages.contains(place), "{place}: {messages}");
    }
    assert!(!messages.contains("docker-compose.yml: memory"), "{messages}");
}
