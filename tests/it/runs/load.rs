//! Generated loads from end to end: written as a trace and read back, they are the same run.

use std::path::Path;

use crate::support::{ran, stowplan};

const HEAD: &str = r#"
name = "load"
description = "A load, drawn or read."
seeds = 1
horizon = "12h"
[cluster]
zones = ["a", "b"]
[[cluster.instances]]
cpu = 8192
memory = 16384
count = 40
"#;

const DEFINITION: &str = r#"
[[task-definitions]]
family = "t"
cpu = 512
memory = 1024
"#;

const TAIL: &str = r#"
[[policies]]
name = "pack"
template = "az-balanced-binpack"
[[policies]]
name = "random"
template = "random"
[options]
tie-break = "random"
"#;

/// Runs the command in a folder and answers standard output and standard error; it must succeed.
fn succeed(folder: &Path, arguments: &[&str]) -> (String, String) {
    let (code, out, error) = ran(&mut stowplan(folder, 100, arguments));
    assert_eq!(code, 0, "{error}");
    (out, error)
}

/// A table of a results folder.
#[derive(Debug, PartialEq, Eq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Runs a scenario and reads its figures and its events.
fn results(folder: &Path, scenario: &str, out: &str) -> (Table, Table) {
    succeed(folder, &["run", scenario, "--out", out, "--quiet", "--no-pictures", "--events"]);
    let read = |name: &str| {
        let mut reader = csv::Reader::from_path(folder.join(out).join(name)).unwrap();
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Table { columns, rows }
    };
    (read("runs.csv"), read("events.csv"))
}

/// What figures say of the reference mix has the weights of a law on one side and the counts of one draw on the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    EventsAndFigures,
    Events,
}

/// Generates the load, reads it back, and compares all that happens, but for the names of task definitions: those of a
/// trace tell the size.
fn check(load: &str, compare: Compare) {
    let folder = tempfile::tempdir().unwrap();
    let drawn = format!("{HEAD}{load}{TAIL}");
    let read = format!("{HEAD}[trace]\nfile = 'tasks.csv'\n{TAIL}");
    std::fs::write(folder.path().join("drawn.toml"), drawn).unwrap();
    std::fs::write(folder.path().join("read.toml"), read).unwrap();
    let (trace, _) = succeed(folder.path(), &["generate", "drawn.toml"]);
    assert!(trace.lines().count() > 20, "{load}: a load to compare has tasks");
    std::fs::write(folder.path().join("tasks.csv"), trace).unwrap();
    let (drawn_figures, drawn_events) = results(folder.path(), "drawn.toml", "a");
    let (read_figures, read_events) = results(folder.path(), "read.toml", "b");
    assert!(drawn_events.rows.len() > 100, "{load}: tasks start and stop under two policies");
    compare_rows(load, &drawn_events, &read_events);
    if compare == Compare::EventsAndFigures {
        compare_rows(load, &drawn_figures, &read_figures);
    }
}

fn compare_rows(load: &str, Table { columns, rows: drawn }: &Table, Table { rows: read, .. }: &Table) {
    assert_eq!(drawn.len(), read.len(), "{load}");
    for (drawn, read) in drawn.iter().zip(read) {
        for ((column, drawn), read) in columns.iter().zip(drawn).zip(read) {
            assert!(drawn == read || column == "task_definition", "{load}: {column} is {drawn} drawn and {read} read");
        }
    }
}

fn tasks(arrivals: &str, lifetime: &str, more: &str) -> String {
    let lifetime = format!("lifetime = {{ model = {lifetime} }}");
    format!("{DEFINITION}[[tasks]]\ntask-definition = 't'\narrivals = {{ model = {arrivals} }}\n{lifetime}\n{more}\n")
}

const WAVES: &str = "harmonics = [{ amplitude = 0.5, peak = '8h' }, { cycles = 3, amplitude = 0.1, peak = '1h' }]";

#[test]
fn every_law_of_arrivals_and_lives_reads_back_as_the_same_run() {
    check(&tasks("'at-once'", "'forever'", "count = 70"), Compare::EventsAndFigures);
    check(&tasks("'poisson', rate-per-hour = 50", "'constant', value = '90m'", ""), Compare::EventsAndFigures);
    check(
        &tasks("'poisson', rate-per-hour = 50", "'lognormal', median = '20m', p99 = '24h'", ""),
        Compare::EventsAndFigures,
    );
    let profile = format!("'hourly-profile', rate-per-hour = 50, profile = [{}]", "1, 3, ".repeat(12));
    check(&tasks(&profile, "'exponential', mean = '1h'", "load-factor = 1.3"), Compare::EventsAndFigures);
    let harmonics = format!("'harmonics', rate-per-hour = 50, {WAVES}");
    check(
        &tasks(&harmonics, "'weibull', scale = '30m', shape = 0.5, cap = '9h'", "load-factor = 0.7"),
        Compare::EventsAndFigures,
    );
    let mmpp = format!("'mmpp-2', rate-per-hour = 50, burst-share = 0.25, rate-ratio = 4, time-scale = '20m', {WAVES}");
    check(&tasks(&mmpp, "'bounded-pareto', low = '1m', high = '9h', alpha = 1.1", ""), Compare::EventsAndFigures);
    let zeta = "batch-sizes = { model = 'bounded-zeta', exponent = 1.5, maximum = 60 }";
    let batches = format!("'batch-poisson', batches-per-hour = 8, {zeta}");
    let mixture = "'mixture', classes = [{ lifetime = { model = 'lognormal-pareto', median = '3m', p90 = '30m', \
                   tail-share = 0.05, alpha = 0.75, cap = '9h' } }, { lifetime = { model = 'empirical', \
                   quantiles = [{ p = 0, value = '1s' }, { p = 1, value = '5h' }] } }]";
    check(&tasks(&batches, mixture, "batch-shares = ['life-class']\nstart = '1h'"), Compare::EventsAndFigures);
    let listed = "'batch-poisson', batches-per-hour = 8, batch-sizes = [{ size = 1, weight = 3 }, { size = 20 }]";
    check(&tasks(listed, mixture, "batch-shares = ['life-class', 'life']"), Compare::EventsAndFigures);
}

#[test]
fn every_law_of_shapes_and_groups_reads_back_as_the_same_run() {
    let common = "arrivals = { model = 'batch-poisson', batches-per-hour = 8, batch-sizes = [{ size = 7 }] }\n\
                  lifetime = { model = 'exponential', mean = '1h' }\n";
    let list = "[[task-definitions]]\nfamily = 'u'\ncpu = 1024\nmemory = 512\n";
    let shapes = "shapes = [{ task-definition = 't' }, { task-definition = 'u' }]";
    let zeta = "groups = { model = 'bounded-zeta', prefix = 'app', count = 9, exponent = 1.5, maximum = 50 }";
    check(&format!("{DEFINITION}{list}[[tasks]]\n{shapes}\n{zeta}\n{common}"), Compare::Events);
    let lognormal = "shapes = { model = 'lognormal', cpu-median = 700, cpu-p90 = 2048, memory-per-vcpu-median = 1500, \
                     memory-per-vcpu-p90 = 4096, correlation = 0.4, cpu-steps = [256, 512, 1024, 2048, 4096], \
                     memory-steps = [512, 1024, 2048, 4096, 8192] }";
    let empirical = "groups = { model = 'empirical', prefix = 'job', count = 5, sizes = [{ size = 1 }, { size = 9 }], \
                     one-shape = false }";
    check(
        &format!("[[tasks]]\n{lognormal}\n{empirical}\nbatch-shares = ['group', 'shape']\n{common}"),
        Compare::Events,
    );
}

/// A load factor of a trace: what comes of it, written out, is the same run again; and 2.5 holds all of 1.
#[test]
fn a_scaled_trace_reads_back_and_holds_every_smaller_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut trace = "arrival_s,duration_s,cpu_units,memory_mib\n".to_owned();
    for row in 0..300 {
        trace.push_str(&format!("{},{},256,512\n", row * 60, 600 + row));
    }
    std::fs::write(folder.path().join("rows.csv"), trace).unwrap();
    let rows_at = |factor: &str| {
        let text = format!("{HEAD}[trace]\nfile = 'rows.csv'\nload-factor = {factor}\n{TAIL}");
        std::fs::write(folder.path().join("scaled.toml"), text).unwrap();
        let (out, _) = succeed(folder.path(), &["generate", "scaled.toml"]);
        let row = |line: &str| line.split_once(',').unwrap().1.to_owned();
        (out.lines().skip(1).map(row).collect::<Vec<_>>(), out)
    };
    let (small, _) = rows_at("0.4");
    let (whole, _) = rows_at("1");
    let (large, out) = rows_at("2.5");
    assert_eq!(whole.len(), 300);
    assert!((60..180).contains(&small.len()) && (660..840).contains(&large.len()), "{} {}", small.len(), large.len());
    for (part, all) in [(&small, &whole), (&whole, &large)] {
        let mut rest = all.iter();
        assert!(part.iter().all(|row| rest.any(|other| other == row)), "not all of the smaller load is in the larger");
    }
    std::fs::write(folder.path().join("tasks.csv"), out).unwrap();
    let read = format!("{HEAD}[trace]\nfile = 'tasks.csv'\n{TAIL}");
    std::fs::write(folder.path().join("read.toml"), read).unwrap();
    assert_eq!(results(folder.path(), "scaled.toml", "a"), results(folder.path(), "read.toml", "b"));
}

#[test]
fn generate_says_what_a_trace_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{HEAD}[[task-definitions]]\nfamily = 'web'\ncpu = 256\nmemory = 512\nports = ['80/tcp']\n\
         [[services]]\nname = 'api'\ntask-definition = 'web'\ndesired-count = 2\n\
         [[tasks]]\ntask-definition = 'web'\ncount = 2\nplacementStrategy = [{{ type = 'random' }}]\n{TAIL}"
    );
    std::fs::write(folder.path().join("x.toml"), text).unwrap();
    let (out, error) = succeed(folder.path(), &["generate", "x.toml"]);
    assert_eq!(out.lines().count(), 3);
    for part in ["services", "closed loops", "api", "ports", "`web`", "strategies and constraints"] {
        assert!(error.contains(part), "`{part}` is not in {error}");
    }
}
