//! A history as a Rust test of the placer that was held to the laws.

use std::fmt;

use crate::laws::suite::{Broken, Held};
use crate::laws::world::{Constraint, Expression, Instance, Kind, Predicate, Step, Subject, Test};
use crate::model::{PackedResource, Port, Protocol, Rule, SpreadField};

/// A history with more steps is not written out: it is a function of its law, or of its seed and number.
const STEPS: usize = 200;

pub(super) fn test(broken: &Broken, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "#[test]\nfn holds_{}() {{", broken.law.id.to_lowercase())?;
    let effort = match broken.found_in {
        _ if matches!(broken.law.held, Held::Fixture(_)) => Some("cases: 0".to_owned()),
        (seed, Some(case)) if broken.history.steps.len() > STEPS => {
            Some(format!("seed: {seed}, first: {case}, cases: 1, compared: 1, fixtures: false"))
        }
        _ => None,
    };
    match effort {
        Some(effort) => check(&effort, f),
        None => hold(broken, f),
    }?;
    writeln!(f, "}}")
}

/// The suite makes the history anew.
fn check(effort: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "    use stowplan::laws::{{self, Effort}};\n")?;
    writeln!(f, "    let effort = Effort {{ {effort}, ..Effort::default() }};")?;
    writeln!(f, "    laws::check(&mut my_placer, effort).unwrap_or_else(|broken| panic!(\"{{broken}}\"));")
}

/// The history is written out.
fn hold(broken: &Broken, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (history, mut body) = (&broken.history, String::new());
    let mut list = |name: &str, elements: Vec<String>| {
        let lines: String = elements.iter().map(|element| format!("        {element},\n")).collect();
        body.push_str(&format!("    let {name} = vec![\n{lines}    ];\n"));
    };
    list("instances", history.instances.iter().map(instance_text).collect());
    list("kinds", history.kinds.iter().map(kind_text).collect());
    list("steps", history.steps.iter().map(|step| step_text(*step)).collect());
    // Whoever holds warnings to be errors imports what is used and nothing else.
    let names = ["ContainerSize", "PackedResource", "Port", "Rule", "SpreadField"];
    let is_used = |name: &&str| [format!("{name}::"), format!("{name} {{")].iter().any(|used| body.contains(used));
    let used: Vec<&str> = names.into_iter().filter(is_used).collect();
    writeln!(f, "    use stowplan::laws::{{self, *}};")?;
    match &used[..] {
        [] => {}
        [only] => writeln!(f, "    use stowplan::model::{only};")?,
        _ => writeln!(f, "    use stowplan::model::{{{}}};", used.join(", "))?,
    }
    writeln!(f, "\n{body}    let history = History {{ instances, kinds, steps, seed: {} }};", history.seed)?;
    writeln!(
        f,
        "    laws::hold(&mut my_placer, \"{}\", &history).unwrap_or_else(|broken| panic!(\"{{broken}}\"));",
        broken.law.id
    )
}

fn step_text(step: Step) -> String {
    match step {
        Step::Place { task, kind } => format!("Step::Place {{ task: {task}, kind: {kind} }}"),
        other => format!("Step::{other:?}"),
    }
}

fn strings(values: &[String]) -> String {
    let each: Vec<String> = values.iter().map(|value| format!("{value:?}.to_owned()")).collect();
    format!("vec![{}]", each.join(", "))
}

fn ports(ports: &[Port]) -> String {
    let each: Vec<String> = ports
        .iter()
        .map(|port| {
            let protocol = if port.protocol == Protocol::Tcp { "tcp" } else { "udp" };
            format!("Port::{protocol}({})", port.number)
        })
        .collect();
    format!("vec![{}]", each.join(", "))
}

/// `Name { what differs, ..base }`, or the base alone.
fn with(name: &str, fields: &[Option<String>], base: &str) -> String {
    let differing: Vec<&str> = fields.iter().flatten().map(String::as_str).collect();
    if differing.is_empty() { base.to_owned() } else { format!("{name} {{ {}, ..{base} }}", differing.join(", ")) }
}

fn instance_text(instance: &Instance) -> String {
    let attribute = |(name, value): (&String, &Option<String>)| match value {
        Some(value) => format!("({name:?}.to_owned(), Some({value:?}.to_owned()))"),
        None => format!("({name:?}.to_owned(), None)"),
    };
    let attributes: Vec<String> = instance.attributes.iter().map(attribute).collect();
    let fields = [
        (instance.gpus > 0).then(|| format!("gpus: {}", instance.gpus)),
        instance.interfaces.map(|_| format!("interfaces: {:?}", instance.interfaces)),
        (!instance.reserved_ports.is_empty()).then(|| format!("reserved_ports: {}", ports(&instance.reserved_ports))),
        (attributes.len() > 1).then(|| format!("attributes: [{}].into()", attributes.join(", "))),
        (!instance.agent_connected).then(|| "agent_connected: false".to_owned()),
    ];
    let (name, zone) = (&instance.name, instance.zone());
    with("Instance", &fields, &format!("Instance::new({name:?}, {zone:?}, {}, {})", instance.cpu, instance.memory))
}

fn kind_text(kind: &Kind) -> String {
    let rules: Vec<String> = kind.strategy.iter().map(rule_text).collect();
    let constraint = |constraint: &Constraint| match constraint {
        Constraint::DistinctInstance => "Constraint::DistinctInstance".to_owned(),
        Constraint::MemberOf(expression) => format!("Constraint::MemberOf({})", expression_text(expression)),
    };
    let constraints: Vec<String> = kind.constraints.iter().map(constraint).collect();
    let own_group = kind.group == format!("service:{}", kind.family);
    let fields = [
        (!own_group).then(|| format!("group: {:?}.to_owned()", kind.group)),
        kind.cpu.is_none().then(|| "cpu: None".to_owned()),
        kind.memory.is_none().then(|| "memory: None".to_owned()),
        (!kind.containers.is_empty()).then(|| format!("containers: vec!{:?}", kind.containers)),
        (kind.gpus > 0).then(|| format!("gpus: {}", kind.gpus)),
        (!kind.ports.is_empty()).then(|| format!("ports: {}", ports(&kind.ports))),
        kind.interface.then(|| "interface: true".to_owned()),
        (!constraints.is_empty()).then(|| format!("constraints: vec![{}]", constraints.join(", "))),
    ];
    let (cpu, memory) = (kind.cpu.unwrap_or(0), kind.memory.unwrap_or(0));
    with("Kind", &fields, &format!("Kind::new({:?}, {cpu}, {memory}, vec![{}])", kind.family, rules.join(", ")))
}

fn rule_text(rule: &Rule) -> String {
    match rule {
        Rule::Spread(SpreadField::InstanceId) => "Rule::Spread(SpreadField::InstanceId)".to_owned(),
        Rule::Spread(SpreadField::Attribute(name)) => {
            format!("Rule::Spread(SpreadField::Attribute({name:?}.to_owned()))")
        }
        Rule::Binpack(PackedResource::Cpu) => "Rule::Binpack(PackedResource::Cpu)".to_owned(),
        Rule::Binpack(PackedResource::Memory) => "Rule::Binpack(PackedResource::Memory)".to_owned(),
        Rule::Random | Rule::Custom(_) => "Rule::Random".to_owned(),
    }
}

fn expression_text(expression: &Expression) -> String {
    match expression {
        Expression::And(a, b) => {
            format!("Expression::And(Box::new({}), Box::new({}))", expression_text(a), expression_text(b))
        }
        Expression::Or(a, b) => {
            format!("Expression::Or(Box::new({}), Box::new({}))", expression_text(a), expression_text(b))
        }
        Expression::Not(inner) => format!("Expression::Not(Box::new({}))", expression_text(inner)),
        Expression::Predicate(Predicate { subject, test }) => {
            let subject = match subject {
                Subject::Attribute(name) => format!("Subject::Attribute({name:?}.to_owned())"),
                other => format!("Subject::{other:?}"),
            };
            let test = match test {
                Test::Is(value) => format!("Test::Is({value:?}.to_owned())"),
                Test::IsNot(value) => format!("Test::IsNot({value:?}.to_owned())"),
                Test::In(values) => format!("Test::In({})", strings(values)),
                Test::NotIn(values) => format!("Test::NotIn({})", strings(values)),
                Test::Starts(prefix) => format!("Test::Starts({prefix:?}.to_owned())"),
                Test::StartsNot(prefix) => format!("Test::StartsNot({prefix:?}.to_owned())"),
                other => format!("Test::{other:?}"),
            };
            format!("Expression::Predicate(Predicate {{ subject: {subject}, test: {test} }})")
        }
    }
}
