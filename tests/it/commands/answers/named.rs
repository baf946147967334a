//! Who is not placed and what every instance has left, by name.

use std::path::Path;

use super::{answer_in, flat};

/// Case 10 again, with a batch that is refused and instances that have EC2 ids.
const SCENARIO: &str = r#"
name = "named"
seeds = 1
horizon = "30m"
[cluster]
zones = ["us-east-1a"]
[[cluster.instances]]
cpu = 1024
memory = 983
identities = [{ name = "aaaa", ec2-instance-id = "i-0aaaa" }, { name = "bbbb", ec2-instance-id = "i-0bbbb" }]
[[task-definitions]]
family = "app"
cpu = 128
memory = 400
hard-memory = 1200
[[task-definitions]]
family = "app-next"
cpu = 128
memory = 600
[[task-definitions]]
family = "job"
cpu = 128
memory = 700
[[services]]
name = "web"
task-definition = "app"
desired-count = 2
deployments = [{ at = "5m", task-definition = "app-next" }]
[[tasks]]
task-definition = "job"
count = 3
start = "1m"
group = "nightly batch"
"#;

fn ran(folder: &Path, more: &[&str]) -> String {
    std::fs::write(folder.join("my plan.toml"), SCENARIO).unwrap();
    let arguments = [&["run", "my plan.toml", "--out", "out", "--no-pictures"], more].concat();
    let (code, text) = answer_in(folder, &arguments);
    assert_eq!(code, 0, "{text}");
    text
}

#[test]
fn under_the_table_stand_the_waiting_and_refused_with_what_is_short() {
    let folder = tempfile::tempdir().unwrap();
    let text = ran(folder.path(), &[]);
    let told = flat(&text);
    assert!(
        told.contains(
            "service:web of app-next: 2 tasks wait, the oldest since 5m: RESOURCE:MEMORY; the best, i-0aaaa (aaaa), needs 600 \
             MiB, has 583 of 983, short by 17; its deployment to app-next is stuck since 5m"
        ),
        "{text}"
    );
    assert!(
        told.contains(
            "nightly batch of job: 3 tasks were refused, the first at 1m: RESOURCE:MEMORY; the best, i-0aaaa (aaaa), \
             needs 700 MiB, has 583 of 983, short by 117"
        ),
        "{text}"
    );
    assert!(told.contains("memory limits of tasks exceed what is registered on 2 instances"), "{text}");
    let csv = std::fs::read_to_string(folder.path().join("out/unplaced.csv")).unwrap();
    assert!(csv.contains(",nightly batch,job,refused,3,60,RESOURCE:MEMORY,aaaa,i-0aaaa,"), "{csv}");
}

/// The one of i-0 runs and what fills i-0 leaves less missing than on i-1, on which its own task waits.
#[test]
fn a_daemon_that_waits_speaks_of_its_own_instance() {
    let folder = tempfile::tempdir().unwrap();
    let instances = |count: u32, taken: &str| {
        let scenario = format!(
            "name = \"d\"\nhorizon = \"1h\"\n[cluster]\nzones = [\"a\"]\n[[cluster.instances]]\ncpu = 2048\nmemory = 8000\n\
             count = {count}\n[[task-definitions]]\nfamily = \"agent\"\ncpu = 100\nmemory = 500\n[[task-definitions]]\n\
             family = \"big\"\ncpu = 2040\nmemory = 1000\n[[task-definitions]]\nfamily = \"fill\"\ncpu = 1900\nmemory = \
             1000\n[[running]]\ntask-definition = \"big\"\ninstances = {{ {taken} }}\n[[running]]\ntask-definition = \
             \"fill\"\ninstances = {{ \"i-00000000\" = 1 }}\n[[services]]\nname = \"agent\"\ntask-definition = \
             \"agent\"\nscheduling-strategy = \"DAEMON\"\n"
        );
        std::fs::write(folder.path().join("d.toml"), scenario).unwrap();
        let (code, text) = answer_in(folder.path(), &["run", "d.toml", "--out", "out", "--no-pictures"]);
        assert_eq!(code, 0, "{text}");
        flat(&text)
    };
    let text = instances(2, "\"i-00000001\" = 1");
    assert!(text.contains("; its instance, i-00000001, needs 100 CPU units, has 8 of 2048, short by 92"), "{text}");
    let text = instances(3, "\"i-00000001\" = 1, \"i-00000002\" = 1");
    assert!(text.contains("2 tasks wait") && text.contains("; the best of their instances, i-00000001, "), "{text}");
    let csv = std::fs::read_to_string(folder.path().join("out/unplaced.csv")).unwrap();
    assert!(csv.contains(",agent,waiting,2,0,RESOURCE:CPU,i-00000001,"), "{csv}");
}

/// Words of a command line as a shell splits them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in line.trim().chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

#[test]
fn the_commands_under_the_table_work_when_pasted_and_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = ran(folder.path(), &[]);
    let commands: Vec<Vec<String>> =
        text.lines().filter(|line| line.trim_start().starts_with("stowplan explain")).map(words).collect();
    assert_eq!(commands.len(), 2, "{text}");
    let mut shortages = Vec::new();
    for command in &commands {
        let arguments: Vec<&str> = command[1..].iter().map(String::as_str).collect();
        let (code, answer) = answer_in(folder.path(), &arguments);
        assert_eq!(code, 1, "{command:?}: {answer}");
        shortages.push(flat(&answer));
    }
    assert!(shortages[0].contains("short by 17") && shortages[1].contains("short by 117"), "{shortages:?}");
}

#[test]
fn fleet_csv_names_every_instance_with_what_is_free_and_what_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    ran(folder.path(), &[]);
    let fleet = std::fs::read_to_string(folder.path().join("out/fleet.csv")).unwrap();
    let rows: Vec<&str> = fleet.lines().collect();
    assert_eq!(rows.len(), 3, "{fleet}");
    assert_eq!(rows[1], "0,ecs-default,aaaa,i-0aaaa,,us-east-1a,ACTIVE,1024,896,983,583,,,1,0,,1200,true,");
    let instance = "bbbb,i-0bbbb,,us-east-1a,ACTIVE";
    assert!(rows[2].starts_with(&format!("0,ecs-default,{instance}")), "{fleet}");
    assert!(
        rows[2].ends_with(",false,service:web of app"),
        "the first is released onto it, and nothing is left for both"
    );
}
