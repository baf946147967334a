//! Room that is held back, where a task fits nowhere (S024).

use super::{case, found, line};

fn lines(text: &str) -> Vec<String> {
    found(&case(text, &[])).iter().map(line).collect()
}

/// S024 says how much is held back, by whom, and that it is why where the task would fit without.
#[test]
fn room_that_is_held_back_is_named_where_a_task_fits_nowhere() {
    let cluster = |more: &str| {
        format!("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 1000\nmemory = 2000\n{more}")
    };
    let definition = |more: &str| format!("[[task-definitions]]\nfamily = 'f'\ncpu = 100\nmemory = 100\n{more}\n");
    let told = |text: &str| {
        let all = lines(text);
        all.into_iter().filter_map(|line| Some(line.split_once("S024 ")?.1.to_owned())).collect::<Vec<_>>()
    };
    let check = |text: &str, expected: &str| {
        let found = told(text);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}\n{text}");
    };
    let free = "as long as that is held back; free it";
    let others = "identities = [{ name = 'i', other-tasks = 2, other-cpu = 500, other-memory = 300 }]\n";
    let text = cluster(others) + &definition("").replace("cpu = 100", "cpu = 1200");
    check(&text, "has 1000 of the 1200 CPU units it needs, short by 200 (held back: 500 by tasks that are in no file)");
    check(&text, free);
    check(&text.replace("cpu = 1200", "cpu = 1501"), "or the tasks less");
    let reserved = cluster("reserved-memory = 512\n") + &definition("").replace("memory = 100", "memory = 1600");
    check(&reserved, "has 1488 of the 1600 MiB of memory it needs, short by 112 (held back: 512 by `reserved-memory`)");
    let ports = cluster("other-ports = ['80/tcp']\n") + &definition("ports = [80, 22]");
    check(&ports, "has 0 of the 2 ports it needs, short by 2 (held back: 1 by tasks that are in no file, 1 reserved)");
    let gpus = cluster("gpu = 2\ngpu-memory = [70, 90]\nother-gpu = 1\nother-gpu-memory = [20, 0, 90]\n");
    let held = "(held back: 2 by tasks that are in no file)";
    check(&(gpus.clone() + &definition("gpu = 2")), &format!("has 1 of the 2 GPUs it needs, short by 1 {held}"));
    check(&(gpus.clone() + &definition("gpu = 'ALL'")), &format!("has 1 of the 3 GPUs it needs, short by 2 {held}"));
    assert_eq!(told(&(gpus + &definition("gpu = 1"))), Vec::<String>::new());
}

/// The room of a daemon is no other task's on instances that it is for.
#[test]
fn room_of_daemons_is_held_back_where_a_task_fits_nowhere() {
    let text = "name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 1000\nmemory = 2000\n\
                [[task-definitions]]\nfamily = 'd'\ncpu = 200\nmemory = 200\n[[task-definitions]]\nfamily = 'f'\ncpu = 900\n\
                memory = 100\n[[services]]\nname = 'agent'\ntask-definition = 'd'\nscheduling-strategy = 'DAEMON'\n";
    let told = |text: &str| {
        let all = lines(text);
        all.into_iter().filter(|line| line.contains("S024")).collect::<Vec<_>>()
    };
    let found = told(text);
    let expected = "has 800 of the 900 CPU units it needs, short by 100 (held back: 200 for daemon `agent`) | such tasks are never placed as long";
    assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    for (from, to) in [
        ("cpu = 900", "cpu = 800"),
        ("'DAEMON'\n", "'DAEMON'\nplacementConstraints = [{ type = 'memberOf', expression = 'attribute:x == y' }]\n"),
        ("'DAEMON'\n", "'DAEMON'\n[options]\ndaemon-holdback = false\n"),
        ("cpu = 200", "cpu = 0"),
    ] {
        assert_eq!(told(&text.replace(from, to)), Vec::<String>::new(), "{to}");
    }
    // It is in nobody's way but that of others.
    assert_eq!(told(&text.replace("cpu = 200", "cpu = 600").replace("cpu = 900", "cpu = 400")), Vec::<String>::new());
}
