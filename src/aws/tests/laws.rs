//! Laws: values survive being documents.

use crate::aws::snapshot::join;
use crate::aws::{CreateService, Document, RunTask, TaskDefinition, Texts};
use crate::model::{
    self, Constraint, DefinitionId, Demand, PackedResource, Port, Rule, Service, SpreadField, Strategy as Chain,
};
use crate::query::Expression;
use proptest::prelude::*;

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
        Demand { gpus: gpus.into(), ports, eni_slots, ..Demand::new(cpu, memory) }
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
    fn random_text_is_read_or_refused(text in "\\PC{0,200}") {
        let mut texts = Texts::default();
        texts.read("x", text.as_bytes());
        prop_assert!(!texts.parts.is_empty() || !texts.problems.is_empty());
        let is_refused = texts.problems.iter().any(|problem| problem.is_refused());
        prop_assert!(!is_refused || join(&texts).is_err());
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
            settings: Default::default(),
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
            ..model::TaskDefinition::default()
        };
        let document = TaskDefinition::of(&definition);
        let read = through_text(&Document::BareTaskDefinition(Box::new(document)));
        let Document::BareTaskDefinition(read) = read else { return Err(TestCaseError::fail("another document")) };
        prop_assert_eq!(read.to_model(), Some(definition));
    }
}
