//! ARNs and EC2 instance ids are taken wherever a name is.

use super::{answer, flat};

const SCENARIO: &str = r#"
name = "arns"
seeds = 1
horizon = "30m"
[cluster]
zones = ["us-east-1a"]
[[cluster.instances]]
cpu = 1024
memory = 1000
identities = [{ name = "aaaa", ec2-instance-id = "i-0aaaa" }, { name = "rack/b", ec2-instance-id = "i-0bbbb" }]
[[task-definitions]]
family = "app"
revision = 7
cpu = 128
memory = 400
[[running]]
task-definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/app:7"
group = "service:web"
[running.instances]
"i-0aaaa" = 1
"rack/b" = 1
[[services]]
name = "web"
task-definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/app:7"
desired-count = 2
[[happenings]]
at = "5m"
instance-lost = "arn:aws:ecs:us-east-1:111122223333:container-instance/c/aaaa"
[[happenings]]
at = "6m"
instance-returned = "i-0aaaa"
"#;

#[test]
fn names_arns_and_ec2_ids_are_one_and_the_same() {
    let files = [("s.toml", SCENARIO)];
    let (code, text) = answer(&files, &["check", "s.toml"]);
    assert!(code == 0 && text.contains("no problems"), "{text}");
    for arguments in [
        ["--service", "arn:aws:ecs:us-east-1:111122223333:service/c/web"],
        ["--service", "web"],
        ["--task-definition", "arn:aws:ecs:us-east-1:111122223333:task-definition/app:7"],
    ] {
        let (code, text) = answer(&files, &[&["explain", "s.toml"], &arguments[..]].concat());
        assert!(code == 0 && text.contains("in the group service:web"), "{arguments:?}: {text}");
    }
    let (code, text) = answer(&files, &["explain", "s.toml", "--service", "arn:aws:ecs:x:1:service/c/wbe"]);
    assert!(code == 2 && flat(&text).contains("there are `web`"), "{text}");
}
