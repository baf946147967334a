//! Which classes of instances could ever hold a task: the filters that do not change while a run goes.
//!
//! These are the agent, the attributes, the whole capacity of an instance, the ports it reserves for itself, and
//! `memberOf` as far as it is the same for every instance of a class. An expression that asks for what tells
//! instances of a class apart (their ids, their registration, their tasks) is taken as true.

use rustc_hash::FxHashMap;

use crate::model::{ClassId, DefinitionId, Demand, Fleet, GroupId, InstanceClass, Request, Requests, TaskDefinition};
use crate::query::Expression;

/// What a task asks of its instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Needs<'a> {
    demand: &'a Demand,
    requires_attributes: &'a [(String, Option<String>)],
    member_of: &'a [Expression],
}

impl<'a> Needs<'a> {
    /// The needs of a task definition under no policy.
    pub(super) fn of_definition(definition: &'a TaskDefinition) -> Self {
        let TaskDefinition { demand, requires_attributes, member_of, .. } = definition;
        Self { demand, requires_attributes, member_of }
    }

    /// The needs of a request, constraints of its policy and service included.
    pub(super) fn of_request(request: &'a Request) -> Self {
        let Request { demand, requires_attributes, member_of, .. } = request;
        Self { demand, requires_attributes, member_of }
    }

    fn are_met_by(&self, class: &InstanceClass) -> bool {
        class.agent_connected
            && self.demand.cpu <= class.cpu
            && self.demand.memory <= class.memory
            && self.demand.gpus <= class.gpus
            && class.eni_tasks.is_none_or(|slots| self.demand.eni_slots <= slots)
            && self.demand.ports.iter().all(|port| !class.reserved_ports.contains(port))
            && self.requires_attributes.iter().all(|(name, value)| has_attribute(class, name, value.as_deref()))
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

/// Which classes could hold tasks of which groups.
#[derive(Clone, Debug)]
pub(super) struct Eligibility {
    /// For each distinct [`Needs`], an answer for each class.
    answers: Vec<Vec<bool>>,
    /// For each group, its distinct needs.
    groups: Vec<Vec<usize>>,
}

impl Eligibility {
    /// Asks every class about every distinct need, once.
    pub(super) fn of(fleet: &Fleet, requests: &Requests) -> Self {
        let mut answers = Vec::new();
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); requests.groups.len()];
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
        Self { answers, groups }
    }

    /// Whether some request of the group could run on instances of the class.
    pub(super) fn may_hold(&self, group: GroupId, class: ClassId) -> bool {
        self.groups[group.index()].iter().any(|&answer| self.answers[answer][class.index()])
    }
}
