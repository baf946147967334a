//! Which classes of instances could ever hold a task: the filters that do not change while a run goes.
//!
//! These are the attributes, the whole capacity of an instance, the ports it reserves for itself, and
//! `memberOf` as far as it is the same for every instance of a class whose agent is connected. An expression that asks for what tells
//! instances of a class apart (their ids, their registration, their tasks) is taken as true.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::model::{ClassId, DefinitionId, Demand, Fleet, GroupId, InstanceClass, Request, Requests, TaskDefinition};
use crate::query::{Dependence, Expression, Facts};

/// What a task asks of its instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Needs<'a> {
    demand: &'a Demand,
    requires_attributes: &'a [(String, Option<String>)],
    member_of: &'a [Expression],
}

impl<'a> Needs<'a> {
    /// The needs of a task definition under no policy, of which a task takes this much.
    pub(super) fn of_definition(definition: &'a TaskDefinition, demand: &'a Demand) -> Self {
        let TaskDefinition { requires_attributes, member_of, .. } = definition;
        Self { demand, requires_attributes, member_of }
    }

    /// The needs of a request, constraints of its policy and service included.
    pub(super) fn of_request(request: &'a Request) -> Self {
        let Request { demand, requires_attributes, member_of, .. } = request;
        Self { demand, requires_attributes, member_of }
    }

    fn are_met_by(&self, class: &InstanceClass) -> bool {
        self.demand.cpu <= class.cpu
            && self.demand.memory <= class.memory
            && self.demand.gpus.copies(class).is_none_or(|copies| copies > 0)
            && class.eni_tasks.is_none_or(|slots| self.demand.eni_slots <= slots)
            && self.demand.ports.iter().all(|port| !class.reserved_ports.contains(port))
            && self.requires_attributes.iter().all(|(name, value)| has_attribute(class, name, value.as_deref()))
            && self.member_of.iter().all(|expression| may_hold(expression, class))
    }
}

/// For each class of the fleet, whether its instances could ever hold the task.
pub(super) fn classes(fleet: &Fleet, needs: &Needs<'_>) -> Vec<bool> {
    fleet.classes.iter().map(|class| needs.are_met_by(class)).collect()
}

fn has_attribute(class: &InstanceClass, name: &str, value: Option<&str>) -> bool {
    match (class.attribute(name), value) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(found), Some(_)) => found == value,
    }
}

/// Whether the expression holds on all instances of the class, or not on the same ones at all times.
fn may_hold(expression: &Expression, class: &InstanceClass) -> bool {
    expression.dependence() > Dependence::Class || expression.evaluate(&ClassFacts(class))
}

/// What instances of a class have in common, for expressions that ask for nothing else.
struct ClassFacts<'a>(&'a InstanceClass);

impl Facts for ClassFacts<'_> {
    fn agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> Option<&str> {
        self.0.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        None
    }

    fn registered_at(&self) -> Option<i64> {
        None
    }

    fn running_tasks_count(&self) -> u32 {
        0
    }

    fn any_task_group(&self, _test: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.0.attribute(name)
    }
}

/// Which classes could hold tasks of which groups.
#[derive(Clone, Debug)]
pub(super) struct Eligibility {
    /// For each distinct set of [`Needs`] that the requests of a group have, an answer for each class.
    answers: Vec<Vec<bool>>,
    /// For each group, its answer.
    groups: Vec<usize>,
}

impl Eligibility {
    /// Asks every class about every distinct need, once.
    pub(super) fn of(fleet: &Fleet, requests: &Requests) -> Self {
        let mut answers = Vec::new();
        let mut groups: Vec<SmallVec<[usize; 2]>> = vec![SmallVec::new(); requests.groups.len()];
        let mut known: FxHashMap<DefinitionId, Vec<(Needs<'_>, usize)>> = FxHashMap::default();
        for request in &requests.table {
            let needs = Needs::of_request(request);
            let alike = known.entry(request.definition).or_default();
            let answer = match alike.iter().find(|(same, _)| *same == needs) {
                Some(&(_, answer)) => answer,
                None => {
                    answers.push(classes(fleet, &needs));
                    alike.push((needs, answers.len() - 1));
                    answers.len() - 1
                }
            };
            let group = &mut groups[request.group.index()];
            if !group.contains(&answer) {
                group.push(answer);
            }
        }
        let mut joined: FxHashMap<SmallVec<[usize; 2]>, usize> = FxHashMap::default();
        let mut join = |mut of_group: SmallVec<[usize; 2]>| {
            if let [only] = of_group[..] {
                return only;
            }
            of_group.sort_unstable();
            *joined.entry(of_group).or_insert_with_key(|of_group| {
                let may = |class: usize| of_group.iter().any(|&answer| answers[answer][class]);
                answers.push((0..fleet.classes.len()).map(may).collect());
                answers.len() - 1
            })
        };
        let groups = groups.into_iter().map(&mut join).collect();
        Self { answers, groups }
    }

    /// Whether some request of the group could run on instances of the class.
    #[inline]
    pub(super) fn may_hold(&self, group: GroupId, class: ClassId) -> bool {
        self.answers[self.groups[group.index()]][class.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Port, ZoneId};

    fn class() -> InstanceClass {
        let mut class = InstanceClass { eni_tasks: Some(2), ..InstanceClass::new(ZoneId(0), "az-a", 1024, 2048) };
        class.attributes.insert("stack".to_owned(), Some("prod".to_owned()));
        class.attributes.insert("ssd".to_owned(), None);
        class
    }

    fn check(demand: Demand, expected: bool) {
        let needs = Needs { demand: &demand, requires_attributes: &[], member_of: &[] };
        assert_eq!(needs.are_met_by(&class()), expected, "{demand:?}");
    }

    #[test]
    fn an_empty_instance_must_hold_the_demand() {
        check(Demand::new(1024, 2048), true);
        check(Demand::new(1025, 0), false);
        check(Demand::new(0, 2049), false);
        check(Demand { gpus: 1.into(), ..Demand::default() }, false);
        check(Demand { eni_slots: 2, ..Demand::default() }, true);
        check(Demand { eni_slots: 3, ..Demand::default() }, false);
        check(Demand { ports: vec![Port::tcp(80)], ..Demand::default() }, true);
        check(Demand { ports: vec![Port::tcp(22)], ..Demand::default() }, false);
    }

    #[test]
    fn required_attributes_must_be_there() {
        let check = |name: &str, value: Option<&str>, expected| {
            let required = [(name.to_owned(), value.map(str::to_owned))];
            let needs = Needs { demand: &Demand::default(), requires_attributes: &required, member_of: &[] };
            assert_eq!(needs.are_met_by(&class()), expected, "{required:?}");
        };
        check("stack", None, true);
        check("stack", Some("prod"), true);
        check("stack", Some("test"), false);
        check("ssd", Some("yes"), false);
        check("gpu", None, false);
    }

    #[test]
    fn expressions_are_evaluated_where_the_class_decides() {
        let check = |text: &str, expected| {
            let member_of = [Expression::parse(text).unwrap()];
            let needs = Needs { demand: &Demand::default(), requires_attributes: &[], member_of: &member_of };
            assert_eq!(needs.are_met_by(&class()), expected, "{text}");
        };
        check("attribute:stack == prod", true);
        check("attribute:stack == test", false);
        check("attribute:ecs.availability-zone == az-a and not agentConnected == false", true);
        check("runningTasksCount > 5", true);
        check("attribute:stack == test and ec2InstanceId == i-1", true);
    }
}
