//! Recordings of who may take a task, and of the reason that is told when nobody may.

use super::{run, text};
use crate::services::diary;

/// What a run tells, times left out: `+ family on instance` and `! family reason`, each once.
fn told(file: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in &diary(&text(file)).lines {
        let (_, rest) = line.split_once(' ').unwrap();
        if !lines.iter().any(|known| known == rest) {
            lines.push(rest.to_owned());
        }
    }
    lines
}

#[test]
fn r10_memory_that_was_registered_can_be_taken_to_the_last_mib_and_not_beyond() {
    let two = ["+ app on 0", "+ app on 1"];
    assert_eq!(told("10-t2small-memory/m128x1.toml"), ["+ app on 0"]);
    assert_eq!(told("10-t2small-memory/m512x2.toml"), two);
    assert_eq!(told("10-t2small-memory/m1978x1.toml"), ["+ app on 0"]);
    assert_eq!(told("10-t2small-memory/m1978x2.toml"), two);
    assert_eq!(told("10-t2small-memory/m1024x3.toml"), ["+ app on 0", "+ app on 1", "! app RESOURCE:MEMORY"]);
    assert_eq!(told("10-t2small-memory/m2048x1.toml"), ["! app RESOURCE:MEMORY"]);
}

#[test]
fn r12_expressions_with_and_without_spaces_and_a_wrong_one() {
    assert_eq!(told("12-expressions/s.toml"), ["! app MemberOf placement constraint unsatisfied."]);
    let both = [
        "attribute:my_attribute==awsome",
        "attribute:my_attribute == awsome && attribute:my_2nd_attribute==awsome2",
        "attribute:my_attribute exists",
        "attribute:ecs.subnet-id in [subnet-1, subnet-2]",
        "attribute:com.amazonaws.ecs.capability.docker-remote-api.1.31 exists",
    ];
    for expression in both {
        let (code, out, error) = run("12-expressions", &["query", expression, "s.toml", "--format", "csv"]);
        assert_eq!((code, out.lines().count()), (0, 3), "{expression}: {out}{error}");
    }
}

#[test]
fn r14_a_misspelt_attribute_holds_nowhere_and_the_right_one_is_placed() {
    let expected = ["+ engine on 0", "! engine MemberOf placement constraint unsatisfied."];
    let mut told = told("14-role-attribute/s.toml");
    told.sort_unstable_by_key(|line| line.starts_with('!'));
    assert_eq!(told, expected);
}

#[test]
fn r16_of_memory_and_ports_memory_is_told_and_the_service_asks_without_end() {
    let lines = diary(&text("16-memory-and-ports/s.toml")).lines;
    assert_eq!(lines[0], "0 + media on 0");
    assert!(lines[1..].iter().all(|line| line.ends_with("! media RESOURCE:MEMORY")), "{lines:?}");
    assert!(lines.len() > 1, "the new revision asks");
}

#[test]
fn r17_a_port_of_the_agent_or_of_ssh_is_taken() {
    assert_eq!(told("17-port-22/s.toml"), ["! sftp RESOURCE:PORTS"]);
}

#[test]
fn r18_the_reserved_ports_count_against_the_limit() {
    let told = told("18-port-limit/s.toml");
    let placed = told.iter().filter(|line| line.starts_with('+')).count();
    let refused = told.iter().filter(|line| line.ends_with("RESOURCE:PORTS")).count();
    assert_eq!((placed, refused, told.len()), (95, 2, 97), "{told:?}");
}

/// The event went on naming the instance that a new constraint excluded: constraints are left out (U-15).
#[test]
fn r20_the_event_names_the_same_instance_with_and_without_a_constraint() {
    for file in ["none.toml", "constraint.toml"] {
        let (code, out, error) = run("20-closest-with-constraint", &["explain", file, "--service", "media"]);
        assert_eq!(code, 1, "{error}");
        let words: Vec<&str> = out.split_whitespace().collect();
        let event =
            "The closest matching (container-instance m5-xlarge-0) is already using a port required by your task.";
        assert!(words.join(" ").contains(event), "{file}: {out}");
    }
    // Our help names one that could have taken it.
    let arguments = ["explain", "constraint.toml", "--service", "media", "--format", "json"];
    let (_, out, _) = run("20-closest-with-constraint", &arguments);
    let explained: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(explained["closest"], "t2-xlarge-0");
}

/// RunTask told one reason an instance: AGENT of the one that was gone, MemberOf of the other.
#[test]
fn r21_an_instance_without_agent_and_one_of_another_system() {
    assert_eq!(told("21-reasons-memberof-agent/s.toml"), ["! iis MemberOf placement constraint unsatisfied."]);
    let arguments = ["explain", "s.toml", "--task-definition", "iis", "--format", "csv"];
    let (code, out, error) = run("21-reasons-memberof-agent", &arguments);
    let of = |name: &str| out.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert_eq!(code, 1, "{error}");
    assert!(of("gone").contains("AGENT"), "{out}");
    assert!(of("connected").contains("MemberOf placement constraint unsatisfied."), "{out}");
}

#[test]
fn r23_two_instances_give_two_entries_for_one_task() {
    let (code, out, _) = run("23-two-entries", &["explain", "s.toml", "--task-definition", "big", "--format", "csv"]);
    assert_eq!((code, out.matches("RESOURCE:CPU").count()), (1, 2), "{out}");
}

#[test]
fn r25_not_equal_is_false_where_the_attribute_is_absent() {
    let (code, out, _) = run("25-not-equal-absent", &["query", "attribute:retiring != true", "s.toml"]);
    assert!(code == 1 && out.contains("0 of 4"), "{code} {out}");
}

#[test]
fn r44_an_attribute_value_that_no_instance_has() {
    assert_eq!(told("44-asg-attribute/s.toml"), ["! monitor MemberOf placement constraint unsatisfied."]);
}
