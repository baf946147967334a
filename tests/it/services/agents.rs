//! Agents that are disconnected and connected again during a run: what runs stays and counts, nothing new comes
//! (R-1.2, case 55).

use crate::services::{cluster, diary};
use crate::support::{ran, stowplan};

/// Two instances for three tasks each in zones `a` and `b`, and what befalls them.
fn text(service: &str, happenings: &str) -> String {
    cluster("['a', 'b']", 2, 3) + "[[services]]\nname = 's'\ntask-definition = 'old'\n" + service + "\n" + happenings
}

fn at(minute: u32, what: &str) -> String {
    format!("[[happenings]]\nat = '{minute}m'\n{what}\n")
}

#[test]
fn r1_2_an_instance_without_its_agent_keeps_its_tasks_and_takes_no_new_ones() {
    let service = "desired-count = 2\ndesired = [{ at = '6m', count = 4 }]";
    let happenings = at(5, "agent-disconnected = 'i-00000001'") + &at(10, "agent-connected = 'i-00000001'");
    let diary = diary(&text(service, &happenings));
    assert_eq!(diary.after(0), ["360 + old on 0", "360 + old on 0"]);
    assert_eq!(diary.on_instances(2), [3, 1]);
}

/// What waits for room is looked at as soon as an agent is back; before, the reason is what the others lack.
#[test]
fn r1_2_waiting_tasks_go_to_an_instance_as_soon_as_its_agent_is_back() {
    let service = "desired-count = 2\ndesired = [{ at = '6m', count = 5 }]";
    let happenings = at(5, "agent-disconnected = 'i-00000001'") + &at(10, "agent-connected = 'i-00000001'");
    let lines = diary(&text(service, &happenings)).lines;
    let refused: Vec<&String> = lines.iter().filter(|line| line.contains('!')).collect();
    assert!(!refused.is_empty() && refused.iter().all(|line| line.ends_with("RESOURCE:CPU")), "{refused:?}");
    let back: Vec<&String> = lines.iter().filter(|line| line.starts_with("600 +")).collect();
    assert_eq!(back, ["600 + old on 1"]);
}

#[test]
fn r6_3_where_no_agent_is_connected_the_reason_is_agent() {
    let service = "desired-count = 1\ndesired = [{ at = '6m', count = 2 }]";
    let lines = diary(&text(service, &(at(5, "zone-disconnected = 'a'") + &at(5, "zone-disconnected = 'b'")))).lines;
    let reasons: Vec<&str> =
        lines.iter().filter(|line| line.contains('!')).map(|line| &line[line.len() - 5..]).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| *reason == "AGENT"), "{lines:?}");
}

/// Tasks there count for spread: the instance in the other zone is the heavier one, and takes the task all the same.
#[test]
fn r1_5_tasks_of_an_instance_without_its_agent_count_for_spread() {
    let chain = "placementStrategy = [{ type = 'spread', field = 'attribute:ecs.availability-zone' }]\n";
    let service =
        format!("desired-count = 3\n{chain}desired = [{{ at = '6m', count = 4 }}, {{ at = '12m', count = 5 }}]");
    let happenings = at(5, "agent-disconnected = 'i-00000001'") + &at(10, "agent-connected = 'i-00000001'");
    let diary = diary(&text(&service, &happenings));
    // Two and one, three and one, and then the lighter zone.
    assert_eq!(diary.after(0), ["360 + old on 0", "720 + old on 1"]);
}

#[test]
fn r7_31_a_daemon_stays_where_the_agent_is_away_and_one_that_is_missing_comes_with_it() {
    let daemon = "scheduling-strategy = 'DAEMON'\ndeployments = [{ at = '7m', task-definition = 'new' }]";
    let away = at(5, "agent-disconnected = 'i-00000001'");
    let back = at(20, "agent-connected = 'i-00000001'");
    let lines = diary(&text("scheduling-strategy = 'DAEMON'", &(away.clone() + &back))).lines;
    assert_eq!(lines, ["0 + old on 0", "0 + old on 1"], "it was there all the time");
    // A deployment takes the old one away, and the new one can come with the agent only.
    let lines = diary(&text(daemon, &(away + &back))).lines;
    let on_the_second: Vec<&String> = lines.iter().filter(|line| line.contains(" on 1")).collect();
    assert_eq!(on_the_second[1..], ["420 - old on 1 deployment", "1200 + new on 1"]);
}

/// It stands for its replacement, and that one has its agent.
#[test]
fn an_instance_that_comes_back_has_its_agent() {
    let happenings = at(5, "agent-disconnected = 'i-00000001'")
        + &at(6, "instance-lost = 'i-00000001'")
        + &at(7, "agent-connected = 'i-00000001'")
        + &at(8, "instance-returned = 'i-00000001'");
    let diary = diary(&text("desired-count = 6", &happenings));
    let back: Vec<&str> = diary.after(400).into_iter().filter(|line| line.contains(" + ")).collect();
    assert_eq!(back, ["480 + old on 1"; 3]);
}

/// DRAINING and disconnected are two things: an instance that is activated without its agent takes nothing.
#[test]
fn r1_2_an_instance_that_is_activated_without_its_agent_takes_nothing_until_that_is_back() {
    let service = "desired-count = 1\ndesired = [{ at = '9m', count = 4 }]";
    let happenings = at(5, "instance-drained = 'i-00000001'")
        + &at(6, "agent-disconnected = 'i-00000001'")
        + &at(8, "instance-activated = 'i-00000001'")
        + &at(12, "agent-connected = 'i-00000001'");
    let placed: Vec<String> =
        diary(&text(service, &happenings)).lines.into_iter().filter(|line| line.contains(" + ")).collect();
    assert_eq!(placed[1..], ["540 + old on 0", "540 + old on 0", "720 + old on 1"]);
}

/// A zone without a connected agent is none that rebalancing aims at; it is again once the agent is back (U-16).
#[test]
fn r7_43_a_zone_without_a_connected_agent_is_no_target_of_rebalancing() {
    let service = "desired-count = 0\navailability-zone-rebalancing = true\ndesired = [{ at = '6m', count = 3 }]";
    let away = at(5, "zone-disconnected = 'b'");
    let alone = diary(&text(service, &away));
    assert_eq!(alone.on_instances(2), [3, 0]);
    let with_return = diary(&text(service, &(away + &at(20, "zone-connected = 'b'"))));
    assert_eq!(with_return.on_instances(2), [2, 1]);
    assert!(with_return.lines.iter().any(|line| line.ends_with("rebalanced")), "{:?}", with_return.lines);
}

/// The agents of a scenario may be disconnected at the start, and come.
#[test]
fn an_agent_that_is_away_at_the_start_may_come() {
    let text = "name = 'p'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 300\nmemory = 300\n\
                agent-connected = false\n[[task-definitions]]\nfamily = 't'\ncpu = 100\nmemory = 100\n\
                [[services]]\nname = 's'\ntask-definition = 't'\ndesired-count = 1\n\
                [[happenings]]\nat = '10m'\nagent-connected = 'i-00000000'\n";
    let lines = diary(text).lines;
    assert_eq!((lines[0].as_str(), lines.last().unwrap().as_str()), ("0 ! t AGENT", "600 + t on 0"));
}

/// The command: rows of the log, the reason with the instance, the audit of the log.
#[test]
fn the_log_tells_of_agents_and_explain_knows_them_at_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let service = "desired-count = 2\ndesired = [{ at = '6m', count = 4 }]";
    let happenings = at(5, "agent-disconnected = 'i-00000001'") + &at(10, "agent-connected = 'i-00000001'");
    std::fs::write(folder.path().join("s.toml"), text(service, &happenings)).unwrap();
    let arguments = ["run", "s.toml", "--out", "out", "--events", "--no-pictures", "--quiet"];
    let (code, _, error) = ran(&mut stowplan(folder.path(), 100, &arguments));
    assert_eq!(code, 0, "{error}");
    let log = std::fs::read_to_string(folder.path().join("out/events.csv")).unwrap();
    let rows: Vec<&str> = log.lines().filter(|line| line.contains(",agent-")).collect();
    assert!(rows.len() == 2, "{rows:?}");
    assert!(rows[0].ends_with(",300,agent-disconnected,,,,,,,,,i-00000001,b,"), "{rows:?}");
    assert!(rows[1].ends_with(",600,agent-connected,,,,,,,,,i-00000001,b,"), "{rows:?}");
    let explain = ["explain", "s.toml", "--service", "s", "--at", "7m"];
    let (_, said, error) = ran(&mut stowplan(folder.path(), 100, &explain));
    assert!(said.contains("agent is not connected"), "{said}{error}");
    let (_, said, _) = ran(&mut stowplan(folder.path(), 100, &["explain", "s.toml", "--service", "s", "--at", "11m"]));
    assert!(!said.contains("agent"), "{said}");
    let audit = ["audit", "out/events.csv", "--scenario", "s.toml"];
    let (code, said, error) = ran(&mut stowplan(folder.path(), 100, &audit));
    assert_eq!(code, 0, "{said}{error}");
    // A task that is said to have gone there meanwhile is found.
    let wrong = log.lines().map(|line| {
        if line.contains(",360,placed,") { line.replace("i-00000000,a", "i-00000001,b") } else { line.to_owned() }
    });
    std::fs::write(folder.path().join("out/events.csv"), wrong.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let (code, said, error) = ran(&mut stowplan(folder.path(), 100, &audit));
    assert!(code == 1 && said.contains("AGENT"), "{code} {said}{error}");
}
