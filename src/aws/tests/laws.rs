//! Laws: whatever the text there is no panic, and values survive being documents.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::aws::snapshot::join;
use crate::aws::{CreateService, Document, RunTask, TaskDefinition, Texts};
use crate::model::{
    self, Constraint, DefinitionId, Demand, PackedResource, Port, Rule, Service, SpreadField, Strategy as Chain,
};
use crate::query::Expression;
use crate::scenario::import;

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
        let parsed = crate::scenario::parse(&imported.toml, "x.toml".as_ref(), &[]);
        if let Err(error) = parsed {
            let is_excess = |problem: &crate::scenario::Diagnostic| {
                matches!(problem.rule, crate::scenario::Rule::OutOfRange | crate::scenario::Rule::EmptyCluster)
            };
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

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::Random),
        Just(Rule::Spread(SpreadField::InstanceId)),
        "[a-zA-Z0-9._/-]{1,20}".prop_map(|name| Rule::Spread(SpreadField::Attribute(name))),
        Just(Rule::Binpack(PackedResource::Cpu)),
        Just(Rule::Binpack(PackedResource::Memory)),
    ]
}

fn constraint() -> impl Strategy<Value = Constraint> {
    let expressions =
        ["attribute:stack == prod", "not(task:group == service:a) and runningTasksCount < 3", "agentVersion >= 1.9"];
    let member_of = prop::sample::select(expressions.to_vec());
    prop_oneof![
        Just(Constraint::DistinctInstance),
        member_of.prop_map(|text| Constraint::MemberOf(Expression::parse(text).unwrap())),
    ]
}

fn demand() -> impl Strategy<Value = Demand> {
    let ports = prop::collection::btree_set((1..=u16::MAX, any::<bool>()), 0..4);
    (0..4096_u32, 4..9000_u32, 0..3_u32, ports, 0..2_u32).prop_map(|(cpu, memory, gpus, ports, eni_slots)| {
        let port = |(number, is_tcp)| if is_tcp { Port::tcp(number) } else { Port::udp(number) };
        let mut ports: Vec<Port> = ports.into_iter().map(port).collect();
        ports.sort_unstable();
        // A task with an interface of its own takes no port of the host.
        ports.retain(|_| eni_slots == 0);
        Demand { gpus, ports, eni_slots, ..Demand::new(cpu, memory) }
    })
}

/// The document that is written of one and read again.
fn through_text(document: &Document) -> Document {
    let mut texts = Texts::default();
    texts.read("x", document.to_json().as_bytes());
    assert!(texts.problems.is_empty(), "{:?}", texts.problems);
    texts.parts.remove(0).document
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

    #[test]
    fn placement_survives_being_a_call(rules in prop::collection::vec(rule(), 1..=5), constraints in prop::collection::vec(constraint(), 0..10)) {
        let strategy = Chain(rules);
        let call = RunTask::of("web:1", 3, Some(&strategy), &constraints);
        let Document::RunTask(read) = through_text(&Document::RunTask(Box::new(call.clone()))) else {
            return Err(TestCaseError::fail("another document"));
        };
        prop_assert_eq!(&*read, &call);
        prop_assert_eq!(read.placement(), (Some(strategy.clone()), constraints.clone()));

        let service = Service {
            name: "web".to_owned(),
            definition: DefinitionId(0),
            desired_count: 4,
            strategy: Some(strategy),
            constraints,
        };
        let call = CreateService::of(&service, "web:1");
        let Document::CreateService(read) = through_text(&Document::CreateService(Box::new(call))) else {
            return Err(TestCaseError::fail("another document"));
        };
        prop_assert_eq!(read.placement(), (service.strategy, service.constraints));
    }

    #[test]
    fn a_task_definition_survives_being_a_document(demand in demand(), has_attribute in any::<bool>()) {
        let attribute = ("stack".to_owned(), Some("prod".to_owned()));
        let definition = model::TaskDefinition {
            family: "web".to_owned(),
            demand,
            requires_attributes: if has_attribute { vec![attribute] } else { Vec::new() },
            member_of: vec![Expression::parse("attribute:a exists").unwrap()],
        };
        let document = TaskDefinition::of(&definition);
        let read = through_text(&Document::BareTaskDefinition(Box::new(document)));
        let Document::BareTaskDefinition(read) = read else { return Err(TestCaseError::fail("another document")) };
        prop_assert_eq!(read.to_model(), Some(definition));
    }
}
