//! Recordings of where tasks went: ties, weights, deployments, drains, a static port.

use super::text;
use crate::services::{Diary, diary};
use crate::support::{ran, stowplan};

/// Moments, signs and places of a family, such as `300 + C`; instances by their names.
fn went(text: &str, family: &str, names: &[&str]) -> Vec<String> {
    let lines = diary(text).lines;
    let of_family = lines.iter().filter(|line| line.contains(&format!(" {family} on ")));
    let name = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{} {} {}", words[0], words[1], names[words[4].parse::<usize>().unwrap()])
    };
    of_family.map(name).collect()
}

/// Seen twice: neither the lowest id nor the lowest zone. `order` takes the first listed; any of the two is a tie (U-1).
#[test]
fn r01_one_task_on_two_equal_instances_is_a_tie() {
    let listed = text("01-two-empty/s.toml");
    assert_eq!(went(&listed, "web", &["c1", "b1"]), ["0 + c1"], "the first listed");
    let runs = placed_by_seed("01-two-empty/s.toml", "random", 12);
    let both = ["c1", "b1"].map(|name| runs.iter().filter(|run| run[0] == name).count());
    assert!(both[0] > 0 && both[1] > 0, "`tie-break = \"random\"` takes either: {both:?}");
}

/// Where the tasks that are not found running go, seed by seed, under a tie-break.
fn placed_by_seed(file: &str, tie_break: &str, seeds: u32) -> Vec<Vec<String>> {
    let (folder, mut scenario) = (tempfile::tempdir().unwrap(), text(file));
    if !scenario.contains("tie-break") {
        scenario += &format!("[options]\ntie-break = \"{tie_break}\"\n");
    }
    std::fs::write(folder.path().join("s.toml"), &scenario).unwrap();
    let seeds = seeds.to_string();
    let arguments = ["run", "s.toml", "--out", "o", "--events", "--no-pictures", "-q", "--seeds", &seeds];
    let (code, _, error) = ran(&mut stowplan(folder.path(), 100, &arguments));
    assert_eq!(code, 0, "{error}");
    let mut runs: Vec<Vec<String>> = Vec::new();
    for row in csv::Reader::from_path(folder.path().join("o/events.csv")).unwrap().records() {
        let row = row.unwrap();
        let run: usize = row[0].parse().unwrap();
        runs.resize(runs.len().max(run + 1), Vec::new());
        if &row[3] == "placed" && (&row[2] != "0" || !scenario.contains("[[running]]")) {
            runs[run].push(row[12].to_owned());
        }
    }
    runs
}

#[test]
fn r05_base_one_and_weights_one_and_four_share_forty_tasks_nine_to_thirty_one() {
    let on = diary(&text("05-weights-40/s.toml")).on_instances(6);
    assert_eq!([on[..3].iter().sum::<usize>(), on[3..].iter().sum()], [9, 31], "{on:?}");
    let per_zone: Vec<usize> = (0..3).map(|zone| on[zone]).collect();
    assert_eq!(per_zone, [3, 3, 3], "on demand, as the record says");
}

/// Both new tasks went to the empty instance C: under three of four readings of U-1, under `random` by chance.
#[test]
fn r26_both_new_tasks_go_to_the_empty_instance_unless_the_first_of_equals_is_taken() {
    let new = |file: &str| went(&text(&format!("26-deploy-685/{file}.toml")), "x-next", &["A", "B", "C"]);
    for file in ["most-remaining", "fewest-tasks"] {
        assert_eq!(new(file), ["300 + C", "300 + C"], "{file}");
    }
    assert_eq!(new("order"), ["300 + C", "300 + A"], "the default is not what was seen");
    let runs = placed_by_seed("26-deploy-685/random.toml", "random", 60);
    let both_on_c = runs.iter().filter(|run| **run == ["C", "C"]).count();
    assert!((8..40).contains(&both_on_c), "about a third of the seeds: {both_on_c} of {}", runs.len());
}

/// The zones held 5+3, 5 and 5 tasks, and 8, 5 and 5 after one instance of the first was drained.
#[test]
fn r27_a_drain_leaves_eight_five_five_where_draining_tasks_do_not_count() {
    let after = |file: &str| -> Vec<usize> {
        let diary: Diary = diary(&text(&format!("27-drain-1229/{file}.toml")));
        let on = diary.on_instances(4);
        vec![on[0] + on[1], on[2], on[3]]
    };
    let seen = vec![8, 5, 5];
    // `spread-counts-draining = false`, the default: two of the four ways in which the tasks may belong to services.
    assert_eq!(after("eighteen-services-counts-false"), seen);
    assert_eq!(after("three-services-counts-false"), seen);
    assert_eq!(after("one-service-100-200-counts-false"), [6, 6, 6]);
    assert_eq!(after("one-service-50-100-counts-false"), [6, 6, 6]);
    // `true`: one of the four.
    assert_eq!(after("three-services-counts-true"), seen);
    assert_eq!(after("eighteen-services-counts-true"), [5, 8, 5]);
    assert_eq!(after("one-service-100-200-counts-true"), [5, 7, 6]);
    assert_eq!(after("one-service-50-100-counts-true"), [6, 6, 6]);
}

/// A static port: the second task waits for a second instance. Then min 0: two stop, four start, two on each.
#[test]
fn r28_a_static_port_waits_for_another_instance() {
    let diary = diary(&text("28-udemy-port/s.toml"));
    let of = |what: &str| diary.lines.iter().filter(|line| line.contains(what)).count();
    assert_eq!(
        diary.lines.iter().find(|line| line.ends_with("+ httpd on 1")).map(String::as_str),
        Some("600 + httpd on 1")
    );
    assert!(diary.lines.contains(&"120 ! httpd RESOURCE:PORTS".to_owned()));
    assert_eq!([of("+ httpd2 on"), of("- httpd on")], [4, 2]);
    assert_eq!(diary.on_instances(2), [2, 2]);
    // ECS stopped two before it started four; here starts come first where there is room for both.
    let position = |what: &str| diary.lines.iter().position(|line| line.contains(what)).unwrap();
    assert!(position("+ httpd2 on") < position("- httpd on"));
}
