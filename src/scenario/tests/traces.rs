//! Traces as people have them: other names, other units, other separators.

use std::fmt::Write as _;

use crate::scenario::{CpuUnit, MemoryUnit, TimeUnit, TraceColumns, TraceLoad, TraceOptions, read_trace};

/// Arrival and life in milliseconds, CPU units and MiB of every task.
fn rows(load: &TraceLoad) -> Vec<(u64, Option<u64>, u32, u32)> {
    let row = |task: &crate::model::TraceTask| {
        let demand = &load.definitions[task.definition.index()].demand;
        (task.at.0, task.life.map(|life| life.0), demand.cpu.0, demand.memory.0)
    };
    load.trace.tasks.iter().map(row).collect()
}

fn name(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn columns_may_have_other_names_and_other_units() {
    let text = "job,start_ms,took_ms,cores,rss\nj1,250,1500,0.25,1073741824\nj2,1999.9,,2,1048577\n";
    let options = TraceOptions {
        columns: TraceColumns {
            arrival: name("start_ms"),
            duration: name("took_ms"),
            cpu: name("cores"),
            memory: name("rss"),
            group: name("job"),
            ..TraceColumns::default()
        },
        unit: TimeUnit::Milliseconds,
        cpu_unit: CpuUnit::Vcpus,
        memory_unit: MemoryUnit::Bytes,
        ..TraceOptions::default()
    };
    let load = read_trace(text.as_bytes(), &options).unwrap();
    assert_eq!(rows(&load), [(250, Some(1_500), 256, 1_024), (1_999, None, 2_048, 2)]);
    let groups: Vec<&str> =
        load.trace.tasks.iter().map(|task| load.trace.groups[task.group.index()].as_str()).collect();
    assert_eq!(groups, ["j1", "j2"]);
}

#[test]
fn names_end_with_the_unit_where_none_are_given() {
    let text = "arrival_us,stop_us,cpu_millicores,memory_gib\n1500,2500000,500,0.5\n";
    let options = TraceOptions {
        unit: TimeUnit::Microseconds,
        cpu_unit: CpuUnit::Millicores,
        memory_unit: MemoryUnit::Gib,
        ..TraceOptions::default()
    };
    assert_eq!(rows(&read_trace(text.as_bytes(), &options).unwrap()), [(1, Some(2_499), 512, 512)]);
}

#[test]
fn semicolons_and_tabs_part_fields_like_commas() {
    let text = "arrival_s,group,cpu_units,memory_mib\n1,\"a;b,c\td\",256,512\n2, spaced ,1,2\n";
    let expected = read_trace(text.as_bytes(), &TraceOptions::default()).unwrap();
    assert_eq!(expected.trace.groups, ["family:trace-256-512", "a;b,c\td", "family:trace-1-2", "spaced"]);
    for separator in [";", "\t"] {
        let text = format!(
            "arrival_s{separator}group{separator}cpu_units{separator}memory_mib\r\n\
             1{separator}\"a;b,c\td\"{separator}256{separator}512\r\n2{separator} spaced {separator}1{separator}2\r\n"
        );
        assert_eq!(read_trace(text.as_bytes(), &TraceOptions::default()), Ok(expected.clone()), "{separator:?}");
    }
}

#[test]
fn a_named_end_passes_over_the_other() {
    let text = "arrival_s,duration_s,end,cpu_units,memory_mib\n1,100,3,1,1\n";
    let options = TraceOptions {
        columns: TraceColumns { stop: name("end"), ..TraceColumns::default() },
        ..TraceOptions::default()
    };
    assert_eq!(rows(&read_trace(text.as_bytes(), &options).unwrap()), [(1_000, Some(2_000), 1, 1)]);
}

#[test]
fn wide_files_name_only_their_first_columns() {
    let mut header = String::from("c0");
    for column in 1..40 {
        write!(header, ",c{column}").unwrap();
    }
    let problems = read_trace(format!("{header}\n").as_bytes(), &TraceOptions::default()).unwrap_err();
    assert!(problems[0].help.as_ref().unwrap().ends_with("`c10`, `c11`, …"), "{:?}", problems[0].help);
}
