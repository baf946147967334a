//! Dumps that were broken in some way become scenarios or problems; and the keys that imported scenarios need.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MINIMAL, problems, valid};
use crate::aws::Texts;
use crate::aws::snapshot::join;
use crate::scenario::{Diagnostic, Rule, import, parse};

/// Whole dumps, to be broken.
const WHOLE: [&str; 4] = [
    include_str!("../../../tests/data/cluster/container-instances.json"),
    include_str!("../../../tests/data/cluster/tasks.json"),
    include_str!("../../../tests/data/cluster/services.json"),
    include_str!("../../../tests/data/cluster/task-definitions.json"),
];

/// Reads, checks, joins and imports; what comes out must be a scenario or problems.
fn survives(texts: &[String]) {
    let mut read = Texts::default();
    for text in texts {
        read.read("x.json", text.as_bytes());
    }
    for problem in read.problems.iter().chain(join(&read).err().iter().flatten()) {
        assert!(!problem.message.is_empty() && !problem.help.is_empty() && problem.place().starts_with("x.json"));
    }
    if let Ok(snapshot) = join(&read) {
        let imported = import::write(&snapshot, "x");
        let parsed = parse(&imported.toml, "x.toml".as_ref(), &[]);
        if let Err(error) = parsed {
            let is_excess = |problem: &Diagnostic| matches!(problem.rule, Rule::OutOfRange | Rule::EmptyCluster);
            assert!(error.problems.iter().any(is_excess), "{:#?}\n{}", error.problems, imported.toml);
        }
    }
}

/// A value that is likely to matter.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(0_i64), Just(-1), Just(1), Just(i64::MAX), Just(i64::MIN), -10..10_000_i64]
            .prop_map(Value::from),
        Just(json!(1e300)),
        prop_oneof!["[a-zA-Z0-9:/ .-]{0,12}", Just("1 vCPU".to_owned()), Just("\u{0}é".to_owned())]
            .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[null, {}]])),
    ]
}

/// Puts a value in place of one inside, chosen by positions along the way.
fn replace(value: &mut Value, path: &[prop::sample::Index], new: Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    match value {
        Value::Array(list) if !list.is_empty() => {
            let at = first.index(list.len());
            replace(&mut list[at], rest, new);
        }
        Value::Object(members) if !members.is_empty() => {
            let at = first.index(members.len());
            replace(members.values_mut().nth(at).unwrap(), rest, new);
        }
        other => *other = new,
    }
}

/// A cluster of one named instance of 1000 CPU units and 1000 MiB, one task definition, and more.
fn with_named(more: &str) -> String {
    format!(
        "name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 1000\nmemory = 1000\n\
         identities = [{{ name = 'one', registered-at = '2026-03-01T08:00:00Z' }}]\n\
         [[task-definitions]]\nfamily = 'web'\nrevision = 3\ncpu = 400\nmemory = 10\nports = [80]\n{more}"
    )
}

#[test]
fn instances_are_named_and_tasks_run_on_them() {
    let text =
        with_named("[[running]]\ntask-definition = 'web:3'\ngroup = 'service:web'\n[running.instances]\none = 1\n");
    let scenario = valid(&text).scenario;
    assert_eq!(scenario.fleet.name(crate::model::InstanceId(0)), "one");
    assert_eq!((scenario.running[0].count(), scenario.running[0].group.as_str()), (1, "service:web"));
    let defaulted = valid(&text.replace("group = 'service:web'\n", "cpu = 7\nports = []\n")).scenario;
    let running = &defaulted.running[0];
    assert_eq!((running.group.as_str(), running.demand.cpu.0, running.demand.ports.len()), ("family:web", 7, 0));
}

#[test]
fn tasks_that_run_fit_where_they_run() {
    let check = |entry: &str, expected: &str| {
        let found = problems(&with_named(&format!("[[running]]\ntask-definition = 'web'\n{entry}")));
        assert!(found.len() == 1 && found[0].contains(expected), "{entry}: {found:?}");
    };
    check("instances = { two = 1 }", "unknown instance `two`");
    check("ports = []\ninstances = { one = 3 }", "its tasks take 1200 CPU units and it has 1000");
    check("instances = { one = 2 }", "port 80/tcp can be taken once and not 2 times");
    check("ports = [22]\ninstances = { one = 1 }", "port 22/tcp is taken");
    check("memory = 1001\ninstances = { one = 1 }", "its tasks take 1001 MiB of memory and it has 1000");
    check("instances = { one = 0 }", "out of range");
    // Case 55: an instance keeps its tasks when its agent is disconnected.
    let off = with_named("[[running]]\ntask-definition = 'web'\ninstances = { one = 1 }\n");
    let off = valid(&off.replace("memory = 1000\n", "memory = 1000\nagent-connected = false\n")).scenario;
    assert_eq!((off.running[0].count(), off.fleet.classes[0].agent_connected), (1, false));
}

#[test]
fn names_and_revisions_are_given_once() {
    let twice = with_named("[[task-definitions]]\nfamily = 'web'\nrevision = 3\ncpu = 1\nmemory = 1\n");
    assert!(problems(&twice)[0].contains("task definition `web:3` is defined twice"), "{:?}", problems(&twice));
    let newer = with_named("[[task-definitions]]\nfamily = 'web'\nrevision = 4\ncpu = 1\nmemory = 1\n");
    let service = "[[services]]\nname = 's'\ntask-definition = 'web'\ndesired-count = 1\n";
    let scenario = valid(&format!("{newer}{service}")).scenario;
    assert_eq!(scenario.services[0].definition, crate::model::DefinitionId(1), "the family alone is its last revision");
    let named = with_named("").replace("identities = [", "identities = [{ name = 'one' }, ");
    assert!(problems(&named).iter().any(|problem| problem.contains("instance `one` is given twice")));
    let counted = with_named("").replace("identities", "count = 2\nidentities");
    assert!(problems(&counted).iter().any(|problem| problem.contains("a `count` and `identities`")));
}

#[test]
fn derived_attributes_can_be_left_out_and_instances_drain() {
    let text = format!("{MINIMAL}derived-attributes = false\nstatus = 'DRAINING'\n");
    let scenario = valid(&text).scenario;
    let names: Vec<&str> = scenario.fleet.classes[0].attributes.keys().map(String::as_str).collect();
    assert_eq!(names, ["ecs.availability-zone", "ecs.instance-type"]);
    assert_eq!(scenario.draining.len(), 1);
}

proptest! {
    #[test]
    fn random_text_never_panics(text in "\\PC{0,200}") {
        survives(&[text]);
    }

    #[test]
    fn random_json_never_panics(leaves in prop::collection::vec(leaf(), 1..6), key in prop::sample::select(vec![
        "containerInstances", "tasks", "services", "taskDefinition", "containerDefinitions", "attributes", "totalResources",
        "cluster", "clusters", "capacityProviders", "serviceName", "placementStrategy", "overrides",
    ])) {
        survives(&[json!({ key: leaves }).to_string(), json!({ key: leaves[0] }).to_string()]);
    }

    #[test]
    fn a_cut_dump_never_panics(which in 0..4_usize, at in any::<prop::sample::Index>()) {
        let mut texts = WHOLE.map(str::to_owned);
        let end = at.index(texts[which].len());
        texts[which].truncate(end);
        survives(&texts);
    }

    #[test]
    fn a_broken_dump_never_panics(
        which in 0..4_usize,
        changes in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 1..7), leaf()), 1..4),
    ) {
        let mut texts = WHOLE.map(str::to_owned);
        let stream = serde_json::Deserializer::from_str(WHOLE[which]).into_iter::<Value>();
        let mut documents: Vec<Value> = stream.map(Result::unwrap).collect();
        for (path, new) in changes {
            let at = path[0].index(documents.len());
            replace(&mut documents[at], &path[1..], new);
        }
        texts[which] = documents.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        survives(&texts);
    }
}
