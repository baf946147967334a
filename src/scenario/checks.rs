//! Checks across the parts of a scenario: do attributes exist, are there too many constraints?

use std::collections::BTreeSet;
use std::ops::Range;

use super::Load;
use super::constraints::{self, Starter};
use super::load::{Definitions, constraints_of};
use super::misfits::{Rooms, Shortfall, gpu_shortfall};
use super::reading::context::{Context, Problem};
use super::reading::keys;
use super::reading::nearest::nearest;
use super::reading::reader::{FromTable, Table};
use super::reading::rules::Rule;
use crate::model::{
    ARCHITECTURE_ATTRIBUTE, Constraint, DefinitionId, Fleet, GpuDemand, InstanceClass, MAX_CONSTRAINTS, Policy,
    Running, Service, StartTask, TaskDefinition, TaskSource, Trace, counted,
};

/// Tells what a load asks for and no instance has, where the fleet was read whole.
pub(super) fn warn_of_fleet(root: &Table<'_>, rooms: &Rooms<'_>, load: &Load<'_>, policies: &[Policy]) {
    let fleet = rooms.fleet();
    let Load { written, definitions, running, services, sources, starts, trace, subnets } = load;
    let context = root.context();
    warn_of_absent_attributes(context, fleet);
    refuse_gpus(written, fleet);
    rooms.warn_of_misfits(written);
    rooms.warn_of_drawn_misfits(sources, written, definitions);
    rooms.warn_of_trace_misfits(root, trace, definitions);
    warn_of_research_shares(root, definitions, policies);
    warn_of_unlimited_interfaces(written, fleet);
    constraints::warn_of_nowhere(context, fleet);
    if constraints::any_asks_for_tasks(context) {
        let starters = starters(services, sources, definitions);
        let there = groups_there(running, starts, trace, definitions);
        constraints::warn_of_never_started(context, fleet, policies, &starters, there);
    }
    warn_of_architectures(written, fleet);
    let tables = services.iter().map(|one| &one.table).chain(sources.iter().map(|one| &one.table));
    subnets.warn(tables, fleet);
}

/// Refuses slices and shares of GPUs that no instance has. A real cluster, whose instances have EC2 ids, may have such
/// definitions all the same: there they are warned of like others that fit nowhere.
pub(super) fn refuse_gpus(definitions: &Definitions<'_>, fleet: &Fleet) {
    if fleet.identities.iter().any(|identity| identity.ec2_instance_id.is_some()) {
        return;
    }
    for (definition, table) in definitions.list.iter().zip(&definitions.tables) {
        let wanted = definition.demand.gpus;
        let is_part = matches!(wanted, GpuDemand::Slice(_) | GpuDemand::Memory(_));
        let lacks = fleet.classes.iter().filter_map(|class| gpu_shortfall(wanted, class));
        let Some(closest) = lacks.min_by_key(Shortfall::share).filter(|_| is_part) else { continue };
        if fleet.classes.iter().any(|class| gpu_shortfall(wanted, class).is_none()) {
            continue;
        }
        let message = format!("`{}` asks for {wanted}, and no instance has it", definition.family);
        let help = match wanted {
            GpuDemand::Memory(_) if closest.have > 0 => {
                format!("the largest GPU has {} MiB: ask for no more", closest.have)
            }
            GpuDemand::Memory(_) => "no instance has a GPU of known memory: give instances `gpu-memory`".to_owned(),
            _ => "slices are on g6f and gr6f types; or give instances `gpu-slice`".to_owned(),
        };
        let span =
            table.get("gpu").or_else(|| table.get("gpu-memory")).map_or_else(|| table.span(), |item| item.span());
        let problem = Problem::new(Rule::Conflict, message).label("on no instance").help(help);
        table.context().report(span, problem);
    }
}

/// Warns of policies of ECS's own rules that place shares of GPUs which ECS does not know.
pub(super) fn warn_of_research_shares(root: &Table<'_>, definitions: &[TaskDefinition], policies: &[Policy]) {
    let any = definitions.iter().any(|definition| matches!(definition.demand.gpus, GpuDemand::Share(_)));
    let trace = root.get("trace").filter(|_| any).and_then(|item| item.table(&keys::TRACE));
    let Some(item) = trace.and_then(|table| table.get("gpu-milli")) else { return };
    for policy in policies {
        let is_research = policy.strategy.as_ref().is_some_and(|strategy| strategy.custom().is_some());
        if !is_research {
            let name = &policy.name;
            let message = format!("shares of GPUs are placed by policy `{name}`, a chain of ECS's own rules");
            let help = "ECS has no such form: read its figures as those of the rules, not of ECS";
            item.report(Problem::new(Rule::NoFormOfEcs, message).label("no form of ECS").help(help));
        }
    }
}

/// Warns of task definitions for an architecture that some instances which may take them do not have (U-18).
pub(super) fn warn_of_architectures(definitions: &Definitions<'_>, fleet: &Fleet) {
    for (definition, table) in definitions.list.iter().zip(&definitions.tables) {
        let (Some(wanted), Some(item)) = (&definition.platform.cpu_architecture, table.get("cpu-architecture")) else {
            continue;
        };
        let is_other = |class: &&InstanceClass| {
            class.attribute(ARCHITECTURE_ATTRIBUTE).flatten().is_some_and(|found| found != wanted)
        };
        let others: Vec<&InstanceClass> = fleet.classes.iter().filter(is_other).collect();
        let Some(first) = others.first() else { continue };
        let found = first.attribute(ARCHITECTURE_ATTRIBUTE).flatten().unwrap_or_default();
        let instances = fleet.instances.iter().filter(|class| is_other(&&fleet.classes[class.index()])).count();
        let others_of = format!("{} of {found}", counted(instances, "instance"));
        let message = format!("`{}` is for {wanted}, and the fleet has {others_of}", definition.family);
        let problem = Problem::new(Rule::OtherArchitecture, message).label("nothing is refused for it");
        let all = others.len() == fleet.classes.len();
        let help = format!("hold it to `attribute:{ARCHITECTURE_ATTRIBUTE} == {wanted}`");
        item.report(problem.help(if all { "no instance has its architecture".to_owned() } else { help }));
    }
}

/// Warns of awsvpc tasks on instances whose limit of network interfaces is not known (U-13).
pub(super) fn warn_of_unlimited_interfaces(definitions: &Definitions<'_>, fleet: &Fleet) {
    let is_unlimited = fleet.classes.iter().any(|class| class.eni_tasks.is_none());
    let position = definitions.list.iter().position(|definition| definition.demand.eni_slots > 0);
    let (true, Some(position)) = (is_unlimited, position) else { return };
    let table = &definitions.tables[position];
    let problem = Problem::new(Rule::EniLimit, "awsvpc tasks meet instances without a limit of network interfaces");
    let span = table.get("network-mode").map_or_else(|| table.span(), |item| item.span());
    let problem = problem.label("unlimited there").help("give `eni-tasks`, or a `type`, to the instances");
    table.context().report(span, problem);
}

/// Warns of attributes that strategies, expressions or task definitions name and no instance has.
pub(super) fn warn_of_absent_attributes(context: &Context, fleet: &Fleet) {
    let present: BTreeSet<&str> =
        fleet.classes.iter().flat_map(|class| class.attributes.keys().map(String::as_str)).collect();
    for (name, span) in context.mentioned_attributes() {
        // What an agent registers by itself is not among the attributes that are listed.
        if present.contains(name.as_str()) || fleet.classes.iter().any(|class| class.attribute(&name).is_some()) {
            continue;
        }
        let problem = Problem::new(Rule::AbsentAttribute, format!("no instance has the attribute `{name}`"));
        let near = nearest(&name, present.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        // A capability is a name without a value.
        let value = if name.contains("capability.") { "true" } else { "\"…\"" };
        let otherwise = format!("give it to instances: `attributes = {{ \"{name}\" = {value} }}`");
        context.report(span, problem.label("on no instance").help(near.unwrap_or(otherwise)));
    }
}

/// Services and sources as what starts tasks.
pub(super) fn starters<'r>(
    services: &'r [FromTable<'_, Service>],
    sources: &'r [FromTable<'_, TaskSource>],
    definitions: &'r [TaskDefinition],
) -> Vec<Starter<'r>> {
    let span_of = |table: &Table<'_>| {
        table.get("placementConstraints").or_else(|| table.get("name")).map_or_else(|| table.span(), |item| item.span())
    };
    let own = |constraints: &'r [Constraint]| {
        constraints.iter().filter_map(|constraint| match constraint {
            Constraint::MemberOf(expression) => Some(expression),
            Constraint::DistinctInstance => None,
        })
    };
    // A definition that is unknown was reported.
    let of_definition = |id: DefinitionId| definitions.get(id.index()).into_iter().flat_map(|known| &known.member_of);
    let of_services = services.iter().map(|FromTable { what: service, table }| Starter {
        name: format!("service `{}`", service.name),
        groups: vec![format!("service:{}", service.name)],
        member_of: of_definition(service.definition).chain(own(&service.constraints)).collect(),
        span: span_of(table),
    });
    let of_sources = sources.iter().flat_map(|FromTable { what: source, table }| {
        let (span, own) = (span_of(table), own);
        source.shapes.iter().filter_map(move |shape| {
            let definition = definitions.get(shape.definition.index())?;
            let groups = match (&source.groups, &source.group) {
                (Some(groups), _) => (0..groups.count).map(|position| groups.name(position)).collect(),
                (None, Some(group)) => vec![group.clone()],
                (None, None) => vec![format!("family:{}", definition.family)],
            };
            Some(Starter {
                name: format!("[[tasks]] of `{}`", definition.family),
                groups,
                member_of: definition.member_of.iter().chain(own(&source.constraints)).collect(),
                span: span.clone(),
            })
        })
    });
    of_services.chain(of_sources).collect()
}

/// Groups that have tasks whatever expressions say: what runs already, what StartTask places, and the trace.
pub(super) fn groups_there(
    running: &[Running],
    starts: &[StartTask],
    trace: &Trace,
    definitions: &[TaskDefinition],
) -> Vec<String> {
    let of_start = |start: &StartTask| {
        let family = || definitions.get(start.definition.index()).map(|known| format!("family:{}", known.family));
        start.group.clone().or_else(family)
    };
    let running = running.iter().map(|tasks| tasks.group.clone());
    running.chain(starts.iter().filter_map(of_start)).chain(trace.groups.iter().cloned()).collect()
}

/// The parts that bring constraints to a task.
pub(super) struct Constrained<'a, 'r> {
    pub(super) definitions: &'r [TaskDefinition],
    pub(super) policies: &'r [Policy],
    pub(super) services: &'r [FromTable<'a, Service>],
    pub(super) sources: &'r [FromTable<'a, TaskSource>],
}

impl Constrained<'_, '_> {
    /// Refuses tasks whose constraints of definition, service and policy together are too many.
    pub(super) fn check(&self) {
        let Some(policy) = self.policies.iter().max_by_key(|policy| policy.constraints.len()) else { return };
        for FromTable { what: service, table } in self.services {
            self.check_one(policy, &[service.definition], service.constraints.len(), table);
        }
        for FromTable { what: source, table } in self.sources {
            let definitions: Vec<DefinitionId> = source.shapes.iter().map(|shape| shape.definition).collect();
            self.check_one(policy, &definitions, source.constraints.len(), table);
        }
    }

    fn check_one(&self, policy: &Policy, definitions: &[DefinitionId], own: usize, table: &Table<'_>) {
        let of_definition = definitions.iter().map(|id| constraints_of(self.definitions, *id)).max().unwrap_or(0);
        let of_policy = policy.constraints.len();
        let total = own + of_definition + of_policy;
        // A list that is too long by itself was reported where it stands.
        if total <= MAX_CONSTRAINTS || [own, of_definition, of_policy].iter().any(|part| *part > MAX_CONSTRAINTS) {
            return;
        }
        let message = format!("{total} placement constraints on one task under policy `{}`", policy.name);
        let label = format!("{own} here, {of_definition} in the task definition, {of_policy} in the policy");
        let span: Range<usize> = table.get("placementConstraints").map_or_else(|| table.span(), |item| item.span());
        let help = format!("at most {MAX_CONSTRAINTS} in all");
        table.context().report(span, Problem::new(Rule::TooManyConstraints, message).label(label).help(help));
    }
}
