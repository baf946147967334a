//! Node files and trace files.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::Path;

use crate::model::{GpuDemand, GroupId, InstanceId, SimSpan, SimTime};
use crate::scenario::{Loaded, Origin, TraceLoad, TraceOptions, load, read_trace};

/// A scenario that reads files beside it.
fn load_with(text: &str, files: &[(&str, &[u8])]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, text).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    load(&path, &[]).unwrap_or_else(|error| panic!("{}", super::rendered(&error.problems)))
}

fn trace(text: &str, options: TraceOptions) -> TraceLoad {
    read_trace(text.as_bytes(), &options).unwrap()
}

#[test]
fn nodes_become_named_instances_after_those_of_the_scenario() {
    let nodes = "node_id,zone,cpu_units,memory_mib,gpu,instance_type,model,rack\n\
                 n1,b,2048,4000,0,m4.large,,1\nn2,,8192,16000,2,custom,V100,1\nn3,,8192,16000,2,custom,V100,1\n";
    let text = "name = 'x'\n[cluster]\nzones = ['a', 'b']\nnodes = 'nodes.csv'\nnode-attributes = ['model']\n\
                reserved-memory = 100\n[[cluster.instances]]\ntype = 'm5.large'";
    let fleet = load_with(text, &[("nodes.csv", nodes.as_bytes())]).scenario.fleet;
    let names: Vec<_> = fleet.ids().map(|id| fleet.name(id).into_owned()).collect();
    assert_eq!(names, ["i-00000000", "n1", "n2", "n3"]);
    let zones: Vec<u32> = fleet.ids().map(|id| fleet.class(id).zone.0).collect();
    assert_eq!(zones, [0, 1, 0, 1]);
    let (known, unknown) = (fleet.class(InstanceId(1)), fleet.class(InstanceId(2)));
    assert_eq!((known.memory.0, known.eni_tasks, known.price.map(|price| price.0)), (3_900, Some(1), Some(100_000)));
    assert_eq!((unknown.cpu.0, unknown.gpus, unknown.eni_tasks, unknown.price), (8_192, 2, None, None));
    assert_eq!((unknown.attribute("model"), unknown.attribute("rack")), (Some(Some("V100")), None));
    assert_eq!((known.attribute("model"), unknown.instance_type.as_deref()), (None, Some("custom")));
}

#[test]
fn without_zones_those_of_the_nodes_are_taken_in_order_of_appearance() {
    let nodes = b"node_id,zone,cpu_units,memory_mib\nn1,r2,1,1\nn2,r1,1,1\nn3,r2,1,1\n";
    let fleet = load_with("name = 'x'\n[cluster]\nnodes = 'n.csv'", &[("n.csv", nodes)]).scenario.fleet;
    assert_eq!((fleet.zones, fleet.classes.len()), (vec!["r2".to_owned(), "r1".to_owned()], 2));
}

#[test]
fn nodes_may_have_columns_of_other_names() {
    let text = "name = 'x'\n[cluster]\nnodes = 'n.csv'\n\
                node-columns = { node = 'host', zone = 'rack', cpu = 'cpu', memory = 'ram', type = 'flavour' }";
    let nodes = b"host;rack;cpu;ram;gpu;flavour\nn1;r1;2048;4000;2;m5.large\n";
    let fleet = load_with(text, &[("n.csv", nodes)]).scenario.fleet;
    let class = fleet.class(InstanceId(0));
    assert_eq!((fleet.zones.clone(), fleet.name(InstanceId(0)).into_owned()), (vec!["r1".to_owned()], "n1".to_owned()));
    assert_eq!((class.cpu.0, class.memory.0, class.gpus), (2_048, 4_000, 2));
    assert_eq!(class.instance_type.as_deref(), Some("m5.large"));
}

#[test]
fn a_trace_adds_a_definition_for_each_shape() {
    let tasks = "task_id,group,arrival_s,duration_s,cpu_units,memory_mib,gpu\n\
                 t1,web,10.25,60,256,512,0\nt2,,5,,1024,2048,1\nt3,web,10.25,0.5,256,512,\n";
    let text = "name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'g4dn.xlarge'\n\
                [[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1\n[trace]\nfile = 't.csv'";
    let scenario = load_with(text, &[("t.csv", tasks.as_bytes())]).scenario;
    let families: Vec<&str> = scenario.definitions.iter().map(|definition| definition.family.as_str()).collect();
    assert_eq!(families, ["f", "trace-256-512", "trace-1024-2048-1"]);
    assert_eq!(scenario.definitions[2].demand.gpus, GpuDemand::Whole(1));
    let trace = scenario.trace;
    let tasks: Vec<_> = trace.tasks.iter().map(|task| (task.at.0, task.life, task.definition.0)).collect();
    assert_eq!(tasks, [(5_000, None, 2), (10_250, Some(SimSpan(60_000)), 1), (10_250, Some(SimSpan(500)), 1)]);
    let groups: Vec<&str> = trace.tasks.iter().map(|task| trace.groups[task.group.index()].as_str()).collect();
    assert_eq!(groups, ["family:trace-1024-2048-1", "web", "web"]);
}

#[test]
fn times_are_cut_to_milliseconds_and_may_count_from_the_first_arrival() {
    let text = "arrival_s,cpu_units,memory_mib\n100.0019,1,1\n99,1,1\n99.5,1,1\n";
    let at = |options| trace(text, options).trace.tasks.iter().map(|task| task.at.0).collect::<Vec<u64>>();
    let first = TraceOptions { origin: Origin::FirstArrival, ..TraceOptions::default() };
    assert_eq!(at(TraceOptions::default()), [99_000, 99_500, 100_001]);
    assert_eq!(at(first.clone()), [0, 500, 1_001]);
    // The limit counts rows of the file, before they are sorted.
    assert_eq!(at(TraceOptions { limit: Some(2), ..first.clone() }), [0, 1_001]);
}

#[test]
fn equal_arrivals_keep_the_order_of_the_file() {
    let text = "group,arrival_s,cpu_units,memory_mib\nb,2,1,1\na,1,1,1\nc,2,1,1\nd,1,1,1\n";
    let load = trace(text, TraceOptions::default()).trace;
    let groups: Vec<&str> = load.tasks.iter().map(|task| load.groups[task.group.index()].as_str()).collect();
    assert_eq!(groups, ["a", "d", "b", "c"]);
}

#[test]
fn a_packed_trace_reads_like_a_plain_one() {
    use std::io::Write;
    let text = b"arrival_s,cpu_units,memory_mib\r\n1,2,3\r\n\"4\",5,6\r\n";
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    let packed = encoder.finish().unwrap();
    let options = TraceOptions::default();
    assert_eq!(read_trace(&packed, &options), read_trace(text, &options));
    assert_eq!(read_trace(&packed, &options).unwrap().trace.tasks[1].at, SimTime(4_000));
}

#[test]
fn of_many_wrong_rows_twenty_are_shown_and_the_rest_counted() {
    let text = format!("arrival_s,cpu_units,memory_mib\n{}", "x,1,1\n".repeat(30));
    let problems = read_trace(text.as_bytes(), &TraceOptions::default()).unwrap_err();
    assert_eq!(problems.len(), 21);
    assert_eq!(problems[19].place.as_ref().unwrap().line(), 21);
    assert_eq!(problems[20].message, "10 more problems in `trace` after line 21");
}

#[test]
fn a_digest_covers_the_files_that_are_read() {
    let text = "name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'n.csv'";
    let digest = |nodes: &[u8]| load_with(text, &[("n.csv", nodes)]).digest;
    let one = digest(b"node_id,cpu_units,memory_mib\nn1,1,1\n");
    assert_ne!(one, digest(b"node_id,cpu_units,memory_mib\nn1,1,2\n"));
}

/// The bytes of a real trace, or `None` with a word about it.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/traces")).join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        println!("skipped: the trace {name} is absent");
    }
    bytes
}

#[test]
fn real_traces_read_whole() {
    let check = |name, tasks, shapes, groups| {
        let Some(bytes) = shared(name) else { return };
        let load = read_trace(&bytes, &TraceOptions::default()).unwrap();
        // Every shape adds the group of its family.
        let found = (load.trace.tasks.len(), load.definitions.len(), load.trace.groups.len());
        assert_eq!(found, (tasks, shapes, shapes + groups), "{name}");
        assert!(load.trace.tasks.is_sorted_by_key(|task| task.at));
        assert!(load.trace.tasks.iter().all(|task| task.group < GroupId::from_index(found.2)));
    };
    check("openb-2023/tasks.csv", 8_152, 112, 0);
    check("azure-v1-2017/tasks-dev.csv.gz", 259_159, 16, 53_109);
    check("azure-packing-2020-extract/tasks.csv", 31_289, 37, 0);
    check("huawei-topology/tasks-C1.csv", 4_998, 15, 340);
}
