//! Limits before memory: numbers that ask for more than a machine has are refused, with the estimate, before anything is
//! taken; nothing that is read is without an end.

use stowplan::engine::{Engine as _, FastEngine, ReferenceEngine};
use stowplan::model::Demand;

use crate::support::{World, by_zone, pack_memory, ran, stowplan};

const CLUSTER: &str = r#"
name = "limits"
description = "Numbers that are each within their range."
seeds = 2
horizon = "HORIZON"
[cluster]
zones = ["a"]
[[cluster.instances]]
cpu = 1024
memory = 2048
count = 4
capacity-provider = "cp"
[[capacity-providers]]
name = "cp"
maximum-size = 30
[[task-definitions]]
family = "t"
cpu = 256
memory = 256
[[services]]
name = "large"
task-definition = "t"
desired-count = COUNT
[[services]]
name = "small"
task-definition = "t"
desired-count = 2
desired = [{ at = "1m", count = STEP }]
[[policies]]
name = "p"
template = "binpack"
"#;

#[track_caller]
fn check(changes: [&str; 3], expected: i32, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let [horizon, count, step] = changes;
    let text = CLUSTER.replace("HORIZON", horizon).replace("COUNT", count).replace("STEP", step);
    std::fs::write(folder.path().join("s.toml"), text).unwrap();
    for command in [&["check", "s.toml"][..], &["run", "s.toml", "--no-pictures", "--quiet"]] {
        let (code, out, error) = ran(&mut stowplan(folder.path(), 120, command));
        assert_eq!(code, expected, "{out}{error}");
        for word in words {
            assert!(error.contains(word), "{error}\nlacks: {word}");
        }
    }
}

/// Case 73, and its kin: a step, and minutes of years.
#[test]
fn case_73_more_than_a_machine_has_is_refused_with_the_estimate() {
    check(["1h", "20", "3"], 0, &[]);
    let words = ["error[S040]: a run would need about 80 GiB of memory, and at most 4 are taken", "`large` alone"];
    check(["1h", "2147483648", "3"], 2, &words);
    check(["1h", "3", "2147483648"], 2, &["`small` alone 2147483648"]);
    check(["30000d", "3", "3"], 2, &["2 runs of 43200000 minutes with 1 capacity providers", "shorten `horizon`"]);
}

/// Case 56: the memory of the pack index is bounded by instances, not by MiB times buckets; what it would not hold is
/// ordered, to the same choices.
#[test]
fn case_56_large_instances_of_many_racks_take_little_memory() {
    let mut world = World::default();
    for rack in 0..45_u32 {
        let attribute = |class: &mut stowplan::model::InstanceClass| {
            class.attributes.insert("rack".to_owned(), Some(format!("r{rack}")));
        };
        world.add_instance(&format!("i{rack}"), "a", attribute, 131_072, 12_000_000 + rack);
    }
    let rules =
        [stowplan::model::Rule::Spread(stowplan::model::SpreadField::Attribute("rack".to_owned())), pack_memory()];
    let odd = world.request("family:a", Demand::new(1_024, 5_001), &rules);
    let other = world.request("family:b", Demand::new(2_048, 3_333), &rules);
    let mut fast = FastEngine::new(world.setup());
    assert!(fast.bytes() < 1 << 20, "{} bytes for 45 instances", fast.bytes());
    assert_eq!(fast.path(odd), "ordered lanes");
    let mut reference = ReferenceEngine::new(world.setup());
    for task in 0..200 {
        let request = if task % 3 == 0 { odd } else { other };
        assert_eq!(fast.place(request), reference.place(request), "task {task}");
    }
    // The index is there where it is small.
    let mut world = World::of_equal(45, 4_096, 16_384);
    let small = world.request("family:a", Demand::new(256, 512), &[by_zone(), pack_memory()]);
    assert_ne!(FastEngine::new(world.setup()).path(small), "scan");
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_and_a_file_without_an_end_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (code, _, error) = ran(&mut stowplan(folder.path(), 120, &["check", "pipe.toml"]));
    assert!(code == 2 && error.contains("for two seconds nobody wrote into it"), "{error}");
    let (code, _, error) = ran(&mut stowplan(folder.path(), 120, &["import", "pipe.toml"]));
    assert!(code == 2 && error.contains("nobody wrote into it"), "{error}");
    let sparse = std::fs::File::create(folder.path().join("large.json")).unwrap();
    sparse.set_len((2 << 30) + 1).unwrap();
    let (code, _, error) = ran(&mut stowplan(folder.path(), 120, &["import", "large.json"]));
    assert!(code == 2 && error.contains("more than the 2 GiB that are read"), "{error}");
}

/// Every problem of a file is told with its line, however many there are.
#[test]
fn thousands_of_problems_are_all_told() {
    let told = |problems: usize| {
        let folder = tempfile::tempdir().unwrap();
        let bad: String = (0..problems).map(|at| format!("[[policies]]\nname = \"p{at}\"\nbogus = 1\n")).collect();
        let text = CLUSTER.replace("HORIZON", "1h").replace("COUNT", "1").replace("STEP", "1") + &bad;
        std::fs::write(folder.path().join("s.toml"), text).unwrap();
        let (code, _, error) = ran(&mut stowplan(folder.path(), 120, &["check", "s.toml"]));
        assert_eq!((code, error.matches("unknown key `bogus`").count()), (2, problems));
        error
    };
    let error = told(2_000);
    assert!(
        error.contains("s.toml:6031:1"),
        "lines are counted to the end of the file: {}",
        &error[error.len() - 400..]
    );
}

/// Promise 6: a run's memory grows with instances and living tasks, never with the number of tasks that have come and
/// gone; the event log streams to disk.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_tasks_that_have_come_and_gone() {
    let few = most_memory(4_000);
    let many = most_memory(44_000);
    // 40,000 tasks more would take 2.5 MiB at 64 bytes each.
    assert!(many < few + 1_500, "{few} KiB with 4,000 tasks that come and go, {many} KiB with 44,000");
}

/// KiB that a run with an event log holds at most.
#[cfg(target_os = "linux")]
fn most_memory(tasks: u32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "name = 'come-and-go'\nseeds = 1\nhorizon = '{}m'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ncpu = 4096\n\
         memory = 8192\ncount = 10\n[[task-definitions]]\nfamily = 'job'\ncpu = 256\nmemory = 512\n[[tasks]]\n\
         task-definition = 'job'\ncount = {tasks}\narrivals = {{ model = 'poisson', rate-per-hour = 60000 }}\n\
         lifetime = {{ model = 'constant', value = '3s' }}\n[[policies]]\nname = 'p'\ntemplate = 'binpack'\n",
        tasks / 900
    );
    std::fs::write(folder.path().join("s.toml"), text).unwrap();
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_stowplan"))
        .args(["run", "s.toml", "--events", "--no-pictures", "--quiet", "--threads", "1", "--out", "r"])
        .current_dir(&folder)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", run.id());
    let mut most = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        most = most.max(held.unwrap_or(0));
        if let Some(status) = run.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    let log = std::fs::read_to_string(folder.path().join("r/events.csv")).unwrap();
    let rows = log.lines().filter(|line| line.contains(",stopped,")).count();
    assert!(ended.success() && rows * 10 > tasks as usize * 9, "{rows} of {tasks} came and went");
    most
}
