//! `stowplan audit`: our own logs are right, logs that were tampered with are not, and bad ones are told by line and column.

use std::path::Path;

use stowplan::experiment::{EngineKind, Experiment};
use stowplan::laws::audit::{Broken, Finding, Rules, Summary, audit};
use stowplan::model::Scenario;
use stowplan::report::csv::{EVENTS_HEADER, EventSource, EventWriter};
use stowplan::simulation::Control;

use crate::support::{ran, scenario, stowplan};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn load(file: &str) -> Scenario {
    match stowplan::scenario::load(&root().join("scenarios").join(file), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{file}: {}", error.problems.iter().map(|p| format!("\n{p}")).collect::<String>()),
    }
}

/// The logs of every policy on its first seed, in one.
fn logs(scenario: &Scenario) -> String {
    let experiment = Experiment::new(scenario, EngineKind::Fast);
    let control = Control::default();
    let mut log = EVENTS_HEADER.as_bytes().to_vec();
    for (run, mut case) in experiment.plan().into_iter().filter(|case| case.seed == 1).enumerate() {
        let requests = experiment.requests(case);
        let (fleet, definitions) = (&scenario.fleet, &scenario.definitions[..]);
        let providers = &scenario.dynamics.providers[..];
        let policy = case.policy;
        let number = u32::try_from(run).unwrap();
        let source = EventSource { run: number, fleet, definitions, requests, providers };
        let mut writer = EventWriter::start(source, &mut log);
        case.run = case.run.max(number);
        experiment.run(case, &control, &mut writer).expect("nobody cancels");
        writer.finish().unwrap();
        assert_eq!(policy, run, "each policy once");
    }
    String::from_utf8(log).unwrap()
}

fn audited(scenario: &Scenario, log: &str) -> (Summary, Vec<Finding>) {
    let mut found = Vec::new();
    let mut rules = |run: &str| {
        let rules = Rules::of_scenario(scenario, &scenario.policies[run.parse::<usize>().unwrap()]);
        Ok(Rules { draws: Some(Experiment::engine_key(1)), ..rules })
    };
    let summary = audit(log.as_bytes(), &mut rules, &mut |finding| found.push(finding.clone()));
    (summary.unwrap_or_else(|error| panic!("{error}")), found)
}

fn check_right(file: &str) -> Summary {
    let scenario = load(file);
    let log = logs(&scenario);
    let (summary, found) = audited(&scenario, &log);
    let lines: Vec<&str> = log.lines().collect();
    let told = found
        .iter()
        .take(5)
        .map(|finding| format!("\n{finding}\n  {}", lines[usize::try_from(finding.line).unwrap() - 1]));
    assert_eq!(summary.findings(), 0, "{file}: {:?}{}", summary.broken, told.collect::<String>());
    assert!(summary.decisions > 0, "{file} decides nothing");
    summary
}

#[test]
fn our_logs_of_deployments_and_daemons_are_right() {
    let rolling = check_right("rolling-deployment.toml");
    assert!(rolling.ties > 50 && rolling.stops > 10, "{rolling:?}");
    check_right("daemon-holdback.toml");
    check_right("memberof-gpu-pool.toml");
}

/// What was run, and its event log.
struct World {
    scenario: Scenario,
    log: String,
}

/// The small world with one policy of random rules and random ties; everything that draws is drawn anew.
fn drawing(policy: &str) -> World {
    let text = SMALL.replace(r#"placementStrategy = [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "binpack", field = "cpu" }]"#, policy);
    assert_ne!(text, SMALL);
    world(&text)
}

#[test]
fn draws_of_our_logs_are_drawn_anew() {
    let random = r#"placementStrategy = [{ type = "random" }]"#;
    let in_zone =
        r#"placementStrategy = [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "random" }]"#;
    let ties = "placementStrategy = []\n[options]\ntie-break = \"random\"";
    for policy in [random, in_zone, ties] {
        let world = drawing(policy);
        let (summary, found) = audited(&world.scenario, &world.log);
        assert_eq!(found, [], "{policy}\n{}", world.log);
        assert!(summary.draws >= 4, "{policy}: {summary:?}");
        assert!(!summary.not_checked.keys().any(|what| what.contains("draw")), "{policy}: {summary:?}");
        catch(&world, "another instance than the draw's", Broken::Draw, |rows| {
            // The first task of the service, which is alone and may go anywhere.
            let row = placed(rows, 0);
            let instance = if rows[row][INSTANCE] == "i-00000005" { "i-00000003" } else { "i-00000005" };
            rows[row][INSTANCE] = instance.to_owned();
            rows[row][ZONE] = zone_of(rows, instance);
        });
    }
}

fn zone_of(rows: &[Vec<String>], instance: &str) -> String {
    let is_it = |row: &&Vec<String>| row[3] == "instance-registered" && row[INSTANCE] == instance;
    rows.iter().find(is_it).unwrap()[ZONE].clone()
}

#[test]
fn our_logs_of_losses_are_right() {
    check_right("zone-loss-and-return.toml");
    check_right("spot-interruptions.toml");
    check_right("az-rebalancing.toml");
    check_right("az-imbalance.toml");
}

#[test]
fn our_logs_of_drains_and_scaling_are_right() {
    check_right("patch-wave.toml");
    check_right("scale-in-strands.toml");
    let one = check_right("one-per-instance.toml");
    assert!(one.refusals > 0 && one.reasons > 0, "{one:?}");
}

/// A log with one change, and what the audit says of it.
fn tampered(log: &str, change: impl Fn(&mut Vec<Vec<String>>)) -> String {
    let mut rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(log.as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let mut body = rows.split_off(1);
    change(&mut body);
    for (seq, row) in body.iter_mut().enumerate() {
        row[1] = seq.to_string();
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    rows.iter().chain(&body).for_each(|row| out.write_record(row).unwrap());
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

const TASK: usize = 4;
const CPU: usize = 7;
const MEMORY: usize = 8;
const INSTANCE: usize = 12;
const ZONE: usize = 13;
const REASON: usize = 14;

fn position(rows: &[Vec<String>], event: &str, nth: usize) -> usize {
    let mut found = rows.iter().enumerate().filter(|(_, row)| row[3] == event).map(|(position, _)| position);
    found.nth(nth).unwrap_or_else(|| panic!("no {event} row {nth}"))
}

/// A small world of one policy in which everything happens.
fn small() -> World {
    world(SMALL)
}

fn world(text: &str) -> World {
    let scenario = scenario(text);
    World { log: logs(&scenario), scenario }
}

const SMALL: &str = r#"
name = "small"
description = "Everything happens once."
seeds = 1
horizon = "1h"
[cluster]
zones = ["a", "b"]
[[cluster.instances]]
cpu = 2048
memory = 4096
count = 6
[[task-definitions]]
family = "web"
cpu = 512
memory = 1024
ports = ["80/tcp"]
[[task-definitions]]
family = "big"
cpu = 2048
memory = 4096
[[task-definitions]]
family = "job"
cpu = 256
memory = 512
[[services]]
name = "web"
task-definition = "web"
desired-count = 4
maximum-percent = 100
minimum-healthy-percent = 50
[[tasks]]
task-definition = "job"
count = 6
start = "1m"
lifetime = { model = "constant", value = "10m" }
placementStrategy = [{ type = "binpack", field = "memory" }]
[[tasks]]
task-definition = "big"
count = 3
start = "2m"
[[happenings]]
at = "5m"
instance-drained = "i-00000001"
[[happenings]]
at = "20m"
instance-lost = "i-00000000"
[[happenings]]
at = "30m"
instance-activated = "i-00000001"
[[policies]]
name = "own"
placementStrategy = [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "binpack", field = "cpu" }]
"#;

fn placed(rows: &[Vec<String>], nth: usize) -> usize {
    position(rows, "placed", nth)
}

/// The log with one change is not right, in that way.
fn catch(world: &World, name: &str, expected: Broken, change: impl Fn(&mut Vec<Vec<String>>)) {
    let World { scenario, log } = world;
    let changed = tampered(log, change);
    let (_, found) = audited(scenario, &changed);
    assert!(found.iter().any(|finding| finding.broken == expected), "{name}: {found:?}\n{changed}");
}

#[test]
fn a_log_in_which_everything_happens_is_right_as_it_is() {
    let World { scenario, log } = small();
    let (summary, found) = audited(&scenario, &log);
    assert_eq!(found, [], "{log}");
    assert!(summary.refusals > 0 && summary.ties > 5, "{summary:?}\n{log}");
}

#[test]
fn placements_that_were_tampered_with_are_caught() {
    let world = small();
    catch(&world, "a task on another instance", Broken::Rule, |rows| {
        let row = placed(rows, 1);
        let first = rows[placed(rows, 0)].clone();
        (rows[row][INSTANCE], rows[row][ZONE]) = ("i-00000002".to_owned(), first[ZONE].clone());
    });
    catch(&world, "an equal instance that is not the first", Broken::Tie, |rows| {
        let row = placed(rows, 0);
        rows[row][INSTANCE] = "i-00000004".to_owned();
    });
    catch(&world, "a task that is too large", Broken::Check, |rows| {
        let row = placed(rows, 3);
        rows[row][CPU] = "4096".to_owned();
    });
    catch(&world, "a port that is taken", Broken::Check, |rows| {
        let (first, row) = (rows[placed(rows, 0)].clone(), placed(rows, 2));
        rows[row][INSTANCE].clone_from(&first[INSTANCE]);
    });
    catch(&world, "a placement left out", Broken::Conservation, |rows| {
        let row = placed(rows, 4);
        rows.remove(row);
    });
    catch(&world, "a placement twice", Broken::Conservation, |rows| {
        let row = placed(rows, 4);
        rows.insert(row, rows[row].clone());
    });
    catch(&world, "a stop left out", Broken::Conservation, |rows| {
        let lost = rows.iter().position(|row| row[REASON] == "instance-lost").unwrap();
        rows.remove(lost);
    });
}

#[test]
fn what_else_was_tampered_with_is_caught_too() {
    let world = small();
    catch(&world, "a stop of another instance", Broken::Conservation, |rows| {
        let row = position(rows, "stopped", 0);
        rows[row][INSTANCE] = "i-00000005".to_owned();
    });
    catch(&world, "a rejection of a task that fits", Broken::Refusal, |rows| {
        let row = position(rows, "placed", 5);
        rows[row][3] = "rejected".to_owned();
        rows[row][REASON] = "RESOURCE:CPU".to_owned();
        (rows[row][INSTANCE], rows[row][ZONE]) = (String::new(), String::new());
    });
    catch(&world, "another reason", Broken::Reason, |rows| {
        let row = position(rows, "rejected", 0);
        rows[row][REASON] = "RESOURCE:PORTS".to_owned();
    });
    catch(&world, "a smaller instance", Broken::Check, |rows| {
        rows.iter_mut().for_each(|row| {
            if row[3] == "instance-registered" {
                row[MEMORY] = "1500".to_owned();
            }
        })
    });
    catch(&world, "a service beyond its maximum", Broken::Percent, |rows| {
        let row = placed(rows, 3);
        let mut more = rows[row].clone();
        more[TASK] = "900".to_owned();
        rows.insert(row + 1, more);
    });
    catch(&world, "a deployment that stops too many", Broken::Percent, |rows| {
        let last = rows.last().unwrap()[2].clone();
        let living =
            rows.iter().filter(|row| row[3] == "placed" && row[5] == "service:web").cloned().collect::<Vec<_>>();
        let has_stopped = |task: &str| rows.iter().any(|row| row[3] == "stopped" && row[TASK] == task);
        let stops: Vec<Vec<String>> = living
            .into_iter()
            .filter(|row| !has_stopped(&row[TASK]))
            .map(|mut row| {
                (row[2], row[3], row[REASON]) = (last.clone(), "stopped".to_owned(), "deployment".to_owned());
                row
            })
            .take(3)
            .collect();
        rows.extend(stops);
    });
    // Small enough to fit anywhere, and the same at its stop.
    catch(&world, "a demand that is not the definition's", Broken::Conservation, |rows| {
        let task = rows.iter().find(|row| row[3] == "placed").unwrap()[4].clone();
        rows.iter_mut().filter(|row| row[4] == task && row[7] != "0").for_each(|row| row[7] = "1".to_owned());
    });
    catch(&world, "a drain that nobody told", Broken::Check, |rows| {
        let drained = position(rows, "instance-drained", 0);
        let row = rows.remove(drained);
        rows.insert(6, [row[..2].to_vec(), vec!["0".to_owned()], row[3..].to_vec()].concat());
        rows[6][INSTANCE] = "i-00000000".to_owned();
    });
}

const SIZES: &str = r#"
name = "sizes"
seeds = 1
horizon = "1h"
[cluster]
zones = ["a"]
[[cluster.instances]]
cpu = 8192
memory = 8192
gpu = 4
gpu-memory = 1000
[[cluster.instances]]
cpu = 8192
memory = 8192
gpu = 2
gpu-slice = "0.25"
[[task-definitions]]
family = "whole"
cpu = 1
memory = 1
gpu = 2
ports = ["80/tcp", "53/udp"]
[[task-definitions]]
family = "slice"
cpu = 2
memory = 1
gpu = "0.25"
[[task-definitions]]
family = "shared"
cpu = 3
memory = 1
gpu-memory = 300
[[task-definitions]]
family = "all"
cpu = 4
memory = 1
gpu = "ALL"
[[tasks]]
task-definition = "whole"
count = 2
lifetime = { model = "constant", value = "5m" }
[[tasks]]
task-definition = "slice"
count = 1
lifetime = { model = "constant", value = "5m" }
[[tasks]]
task-definition = "shared"
count = 3
lifetime = { model = "constant", value = "5m" }
[[tasks]]
task-definition = "all"
count = 3
start = "10m"
"#;
const GPU: usize = 9;
const GPU_MEMORY: usize = 10;
const PORTS: usize = 11;

/// GPUs and host ports of a task are those of its definition, as CPU and memory are (all forms of R-5.15).
#[test]
fn gpus_and_ports_of_a_log_are_those_of_the_definition() {
    let world = world(SIZES);
    let (_, found) = audited(&world.scenario, &world.log);
    assert_eq!(found, [], "{}", world.log);
    let check = |family: &str, column: usize, value: &str, expected: &str| {
        let changed = tampered(&world.log, |rows| {
            let is_it = |row: &&mut Vec<String>| row[6] == family && row[CPU] != "0";
            rows.iter_mut().filter(is_it).for_each(|row| row[column] = value.to_owned());
        });
        let (_, found) = audited(&world.scenario, &changed);
        let told = |finding: &&Finding| finding.broken == Broken::Conservation && finding.what.ends_with(expected);
        assert!(found.iter().any(|finding| told(&finding)), "{family} {value}: {found:?}\n{changed}");
    };
    let whole = "by the rules it is 1 CPU unit, 1 MiB, 2 GPUs and host ports 53/udp 80/tcp";
    check("whole", GPU, "1", &format!("takes 1 CPU unit, 1 MiB, 1 GPU and host ports 53/udp 80/tcp; {whole}"));
    check("whole", PORTS, "80/tcp", &format!("takes 1 CPU unit, 1 MiB, 2 GPUs and host port 80/tcp; {whole}"));
    check("whole", PORTS, "", &format!("takes 1 CPU unit, 1 MiB and 2 GPUs; {whole}"));
    let slice = "by the rules it is 2 CPU units, 1 MiB and 0.25 GPU";
    check("slice", GPU, "0.125", &format!("takes 2 CPU units, 1 MiB and 0.125 GPU; {slice}"));
    check("slice", PORTS, "81/tcp", &format!("and host port 81/tcp; {slice}"));
    check(
        "shared",
        GPU_MEMORY,
        "200",
        "200 MiB of one GPU; by the rules it is 3 CPU units, 1 MiB and 300 MiB of one GPU",
    );
    check("all", GPU, "0", "takes 4 CPU units and 1 MiB; by the rules it is 4 CPU units, 1 MiB and all GPUs");
}

/// The room of a daemon that waits for a GPU is held on the second instance, which is the fuller one by that; no row says it.
#[test]
fn room_that_is_held_for_a_daemon_makes_an_instance_fuller() {
    let text = "name = 'held'\nseeds = 1\nhorizon = '10m'\n[cluster]\nzones = ['a']\n\
                [[cluster.instances]]\ncpu = 1000\nmemory = 4000\ngpu = 1\n[[cluster.instances]]\ncpu = 1000\nmemory = 3500\n\
                [[task-definitions]]\nfamily = 'd'\ncpu = 1\nmemory = 1000\ngpu = 1\n\
                [[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 10\n\
                [[services]]\nname = 'agent'\ntask-definition = 'd'\nscheduling-strategy = 'DAEMON'\n\
                [[services]]\nname = 'web'\ntask-definition = 'f'\ndesired-count = 1\n\
                placementStrategy = [{ type = 'binpack', field = 'memory' }]\n[[policies]]\nname = 'own'\n";
    let world = world(text);
    assert!(world.log.contains(",service:web,f,1,10,0,0,,i-00000001,"), "{}", world.log);
    let (summary, found) = audited(&world.scenario, &world.log);
    assert_eq!(found, [], "{}", world.log);
    assert!(summary.not_checked.keys().any(|what| what.contains("daemon's room may be held")), "{summary:?}");
}

/// What a log has no column of, or leaves empty, is not compared.
#[test]
fn gpus_and_ports_that_a_log_does_not_tell_are_not_missed() {
    let world = world(SIZES);
    let mut reader = csv::Reader::from_reader(world.log.as_bytes());
    let mut out = csv::Writer::from_writer(Vec::new());
    let keep = |row: &csv::StringRecord| -> Vec<String> {
        let all = row.iter().enumerate().filter(|(at, _)| ![GPU, GPU_MEMORY, PORTS].contains(at));
        all.map(|(_, cell)| cell.to_owned()).collect()
    };
    out.write_record(keep(reader.headers().unwrap())).unwrap();
    reader.records().for_each(|row| out.write_record(keep(&row.unwrap())).unwrap());
    let (_, found) = audited(&world.scenario, &String::from_utf8(out.into_inner().unwrap()).unwrap());
    assert!(found.iter().all(|finding| finding.broken != Broken::Conservation), "{found:?}");
}

#[test]
fn a_results_folder_is_audited_by_its_scenario() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), SMALL).unwrap();
    let go = |arguments: &[&str]| ran(&mut stowplan(folder.path(), 100, arguments));
    let (code, _, error) = go(&["run", "small.toml", "--quiet", "--no-pictures", "--events", "--out", "r"]);
    assert_eq!(code, 0, "{error}");
    let (code, out, error) = go(&["audit", "r"]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("nothing is wrong"), "{out}");
    // Of a policy that draws nothing there is one run, and the numbers of the others stay free.
    let both = SMALL.to_owned() + "[[policies]]\nname = \"random\"\nplacementStrategy = [{ type = \"random\" }]\n";
    std::fs::write(folder.path().join("both.toml"), both.replace("seeds = 1", "seeds = 3")).unwrap();
    let (code, _, error) = go(&["run", "both.toml", "--quiet", "--no-pictures", "--events", "--out", "both"]);
    assert_eq!(code, 0, "{error}");
    let (code, out, error) = go(&["audit", "both"]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("of 4 runs") && out.contains("draws by the run's key"), "{out}");
    std::fs::write(folder.path().join("small.toml"), SMALL.replace("4096", "4095")).unwrap();
    let (code, _, error) = go(&["audit", "r"]);
    assert_eq!(code, 2);
    assert!(error.contains("is not the one that `r` was made from"), "{error}");
    std::fs::remove_file(folder.path().join("small.toml")).unwrap();
    let (code, _, error) = go(&["audit", "r"]);
    assert_eq!(code, 2);
    assert!(error.contains("name it with --scenario"), "{error}");
}

/// A folder says how many runs there are: where instances register in each, a log without rows has lost them.
#[test]
fn a_log_of_a_folder_without_rows_is_right_only_where_nothing_can_happen() {
    let folder = tempfile::tempdir().unwrap();
    let go = |arguments: &[&str]| ran(&mut stowplan(folder.path(), 100, arguments));
    let run = |scenario: &str| {
        std::fs::write(folder.path().join("s.toml"), scenario).unwrap();
        let (code, _, error) = go(&["run", "s.toml", "--quiet", "--no-pictures", "--events", "--force", "--out", "r"]);
        assert_eq!(code, 0, "{error}");
    };
    run("name = \"none\"\nhorizon = \"1h\"\n[cluster]\nzones = [\"a\"]\n");
    let (code, out, error) = go(&["audit", "r"]);
    assert!(code == 0 && out.ends_with("as there is no decision to check\n"), "{out}{error}");
    assert!(error.contains("`r/events.csv` has a header and no rows: no instance and no task came or went"), "{error}");
    let two = "[[policies]]\nname = \"a\"\n[[policies]]\nname = \"b\"\n";
    run(&format!("{}{two}", &SMALL[..SMALL.find("[[policies]]").unwrap_or(SMALL.len())]));
    let log = std::fs::read_to_string(folder.path().join("r/events.csv")).unwrap();
    let keep = |is_kept: fn(&str) -> bool| {
        let kept: String = log.lines().filter(|line| is_kept(line)).map(|line| format!("{line}\n")).collect();
        std::fs::write(folder.path().join("r/events.csv"), kept).unwrap();
        go(&["audit", "r"])
    };
    let (code, out, error) = keep(|line| !line.starts_with("1,"));
    assert!(
        code == 0 && out.contains("not checked 1 time: a run of the folder, of which the log has no row"),
        "{out}{error}"
    );
    let (code, _, error) = keep(|line| line.starts_with("run,"));
    assert!(
        code == 2
            && error.contains("`r/events.csv` has a header and no rows, and ")
            && error.contains("each of 2 runs")
    );
}

const INSTANCES: &str = r#"{"containerInstances": [INSTANCE-1, INSTANCE-2]}"#;

fn instance(name: &str, cpu: u32) -> String {
    let resource =
        |kind: &str, value: u32| format!(r#"{{"name": "{kind}", "type": "INTEGER", "integerValue": {value}}}"#);
    let resources = |cpu: u32| format!("[{}, {}]", resource("CPU", cpu), resource("MEMORY", 4096));
    format!(
        r#"{{"containerInstanceArn": "arn:aws:ecs:us-east-1:111122223333:container-instance/c/{name}", "status": "ACTIVE",
        "agentConnected": true, "runningTasksCount": 0, "registeredResources": {}, "remainingResources": {},
        "attributes": [{{"name": "ecs.availability-zone", "value": "us-east-1a"}}]}}"#,
        resources(cpu),
        resources(cpu)
    )
}

#[test]
fn a_record_of_the_real_service_is_in_the_set_that_the_rules_allow_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "i.json",
        &INSTANCES.replace("INSTANCE-1", &instance("one", 1024)).replace("INSTANCE-2", &instance("two", 2048)),
    );
    write(
        "d.json",
        r#"{"taskDefinition": {"family": "web", "revision": 1, "taskDefinitionArn":
        "arn:aws:ecs:us-east-1:111122223333:task-definition/web:1", "requiresAttributes": [],
        "containerDefinitions": [{"name": "c", "image": "i", "cpu": 256, "memory": 512}]}}"#,
    );
    write(
        "s.json",
        r#"{"services": [{"serviceName": "web", "status": "ACTIVE", "desiredCount": 1, "runningCount": 0, "launchType": "EC2",
        "taskDefinition": "arn:aws:ecs:us-east-1:111122223333:task-definition/web:1",
        "placementStrategy": [{"type": "binpack", "field": "cpu"}]}]}"#,
    );
    let after = |instance: &str| {
        format!(
            r#"{{"tasks": [{{"taskArn": "arn:aws:ecs:us-east-1:111122223333:task/c/t1", "group": "service:web",
            "containerInstanceArn": "arn:aws:ecs:us-east-1:111122223333:container-instance/c/{instance}",
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/web:1",
            "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "createdAt": 1764000000.5}}]}}"#
        )
    };
    let audit = |instance: &str| {
        write("after.json", &after(instance));
        ran(&mut stowplan(
            folder.path(),
            100,
            &["audit", "i.json", "d.json", "s.json", "--quiet", "--after", "after.json"],
        ))
    };
    let (code, out, error) = audit("one");
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("task t1 of service:web on one\n  the only one that is allowed"), "{out}");
    assert!(out.contains("1 of 1 placement in the set"), "{out}");
    let (code, out, error) = audit("two");
    assert_eq!(code, 1, "{out}{error}");
    assert!(out.contains("not allowed: by the rules it is one"), "{out}");
    let (code, _, error) = audit("three");
    assert_eq!(code, 2);
    assert!(error.contains("task `t1` is on `three`, which no document before describes"), "{error}");
}
