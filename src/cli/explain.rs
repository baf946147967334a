//! `stowplan explain`: where a task goes, and for every instance why not there.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};

use super::Exit;
use super::args::{ExplainArguments, Format};
use super::kit::{cluster, terminal};
use crate::aws::name_of;
use crate::engine::Engine as _;
use crate::experiment::{EngineKind, Experiment, Held, Moment};
use crate::model::{
    ARCHITECTURE_ATTRIBUTE, Constraint, DefinitionId, InstanceId, OwnStrategies, RequestId, Requests, Scenario,
    Scheduling, Service, Strategy, TaskSource, WeightedShape,
};
use crate::query::Unmet;
use crate::report::{Explained, HeldRoom, explanation_table, write_explanation_csv, write_explanation_json};
use crate::scenario::Loaded;

pub(super) fn run(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let Loaded { mut scenario, definitions, .. } =
        cluster::load(&arguments.files, &arguments.documents, &arguments.output)?;
    cluster::choose_policy(&mut scenario, arguments.policy.as_deref())?;
    cluster::end_at(&mut scenario, arguments.at.as_deref(), &arguments.output)?;
    let definition =
        arguments.task_definition.as_ref().map(|name| find_definition(&scenario, &definitions, name)).transpose()?;
    let target = choose_target(&mut scenario, definition, arguments)?;
    let experiment = Experiment::new(&scenario, EngineKind::Reference);
    let case = cluster::case(arguments.seed);
    let moment = cluster::moment(&scenario, arguments.seed, arguments.at.as_deref())?;
    let mut engine = experiment.engine_at(case, &moment);
    let requests = experiment.requests(case);
    let request = target.request(requests, &moment);
    let held = experiment.hold_daemons(&mut engine, &moment, request);
    let held: Vec<HeldRoom<'_>> = held.iter().map(|held| named_room(&scenario, held)).collect();

    let mut earlier: Vec<InstanceId> = Vec::new();
    // The last task is explained before it is placed, and so is the first that does not fit.
    while earlier.len() + 1 < arguments.count as usize
        && let Some(placed) = engine.place(request)
    {
        earlier.push(placed.instance);
    }
    let explanation = engine.explain(request);
    let expressions = requests[request].member_of.iter().filter(|_| explanation.best.is_empty());
    let unmet: Vec<Unmet> = expressions.flat_map(|expression| engine.unmet(expression)).collect();
    let chosen = engine.place(request).map(|placed| placed.instance);
    let explained = Explained {
        fleet: &scenario.fleet,
        requests,
        request,
        definition: &named(&definitions, requests[request].definition),
        policy: &scenario.policies[0].name,
        tie_break: scenario.options.tie_break.name(),
        providers: &scenario.dynamics.providers.iter().map(|provider| provider.name.clone()).collect::<Vec<_>>(),
        running: moment.task_count(),
        held: &held,
        earlier: &earlier,
        unmet: &unmet,
        explanation: &explanation,
        chosen,
    };
    warn_of_architecture(&scenario, &explained, arguments);
    print(&explained, arguments)?;
    Ok(if chosen.is_some() { Exit::Done } else { Exit::AnswerIsNo })
}

/// Nothing is refused for its architecture, so that a task may go where its image cannot run (U-18).
fn warn_of_architecture(scenario: &Scenario, explained: &Explained<'_>, arguments: &ExplainArguments) {
    let definition = &scenario.definitions[explained.requests[explained.request].definition.index()];
    let Some(wanted) = &definition.platform.cpu_architecture else { return };
    let best =
        explained.explanation.verdicts.iter().filter(|verdict| explained.explanation.best.contains(&verdict.instance));
    let other = best.filter_map(|verdict| {
        let found = scenario.fleet.classes[verdict.class.index()].attribute(ARCHITECTURE_ATTRIBUTE).flatten()?;
        (found != wanted).then_some((verdict.instance, found))
    });
    let others: Vec<(InstanceId, &str)> = other.collect();
    let family = &definition.family;
    let chosen = others.iter().find(|(instance, _)| Some(*instance) == explained.chosen);
    let told = match (chosen, others.first()) {
        (Some((instance, found)), _) => {
            let more = if others.len() > 1 {
                format!(", as are {} more of the best", others.len() - 1)
            } else {
                String::new()
            };
            format!(
                "`{family}` is for {wanted}, and {}, where it goes, is {found}{more}",
                scenario.fleet.called(*instance)
            )
        }
        (None, Some((instance, found))) => {
            let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
            let name = scenario.fleet.called(*instance);
            format!("`{family}` is for {wanted}; it goes to one that is, but {name}{more} of the best is {found}")
        }
        (None, None) => return,
    };
    terminal::note(&arguments.output, &format!("warning: {told}: ECS refuses nothing for it"));
}

fn print(explained: &Explained<'_>, arguments: &ExplainArguments) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.output.format {
        Format::Table => {
            out.write_all(explanation_table(explained, terminal::width(), arguments.all).as_bytes())?;
        }
        Format::Json => write_explanation_json(&mut out, explained)?,
        Format::Csv => write_explanation_csv(&mut out, explained)?,
        Format::Markdown => {
            out.write_all(terminal::markdown(|csv| Ok(write_explanation_csv(csv, explained)?))?.as_bytes())?
        }
    }
    out.flush()?;
    Ok(())
}

/// A task definition by family, `family:revision` or ARN.
fn find_definition(
    scenario: &Scenario,
    definitions: &BTreeMap<String, DefinitionId>,
    name: &str,
) -> anyhow::Result<DefinitionId> {
    let wanted = name_of(name);
    if let Some(&id) = definitions.get(wanted) {
        return Ok(id);
    }
    // Definitions that were drawn or read from a trace have a family and no table of their own.
    let is_it = |at: &usize| scenario.definitions[*at].family == wanted;
    if let Some(at) = (0..scenario.definitions.len()).find(is_it) {
        return Ok(DefinitionId::from_index(at));
    }
    let known: Vec<&str> = definitions.keys().map(String::as_str).collect();
    let name = name.escape_debug();
    anyhow::bail!("there is no task definition `{name}`; there are {}", cluster::listed(&known))
}

fn named_room<'a>(scenario: &'a Scenario, held: &Held) -> HeldRoom<'a> {
    HeldRoom { service: &scenario.services[held.service].name, request: held.request, instances: held.instances }
}

/// Whose task it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// A task of a service: of the revision with this task definition, or else of the one that it wants at the moment.
    Service { position: usize, definition: Option<DefinitionId> },
    /// A kind of task of a source.
    Source { position: usize, kind: usize },
}

impl Target {
    /// The kind of its tasks.
    fn request(self, requests: &Requests, moment: &Moment) -> RequestId {
        match self {
            Self::Source { position, kind } => requests.sources[position][kind],
            Self::Service { position, definition } => {
                let mut revisions = requests.revisions[position].iter();
                let asked = revisions.find(|revision| Some(revision.definition) == definition);
                asked.map_or_else(|| moment.current(position), |revision| revision.request)
            }
        }
    }
}

/// The service or the tasks that are meant: those that are named, else the only ones, else one standalone task of the
/// task definition, which the scenario then gets.
fn choose_target(
    scenario: &mut Scenario,
    definition: Option<DefinitionId>,
    arguments: &ExplainArguments,
) -> anyhow::Result<Target> {
    if let Some(name) = &arguments.service {
        let names: Vec<&str> = scenario.services.iter().map(|service| service.name.as_str()).collect();
        let position = names.iter().position(|known| *known == name_of(name));
        let no_service =
            || anyhow::anyhow!("there is no service `{}`; there are {}", name.escape_debug(), cluster::listed(&names));
        let position = position.ok_or_else(no_service)?;
        return Ok(choose_service(scenario, position, None, arguments));
    }
    if let (Some(definition), Some(group)) = (definition, &arguments.group) {
        let group = &group_of(group);
        let of_source = in_group(scenario, definition, group);
        return Ok(of_source.unwrap_or_else(|| add_task(scenario, definition, Some(group.clone()))));
    }
    let meant = meant(scenario, definition);
    match (meant.as_slice(), definition) {
        (&[Target::Service { position, definition }], _) => {
            Ok(choose_service(scenario, position, definition, arguments))
        }
        (&[only], _) => Ok(only),
        ([], Some(definition)) => Ok(add_task(scenario, definition, None)),
        (_, Some(_)) => anyhow::bail!(
            "several run this task definition: {}; choose by `--service`, or give the `--group` of a standalone task",
            described(scenario, &meant)
        ),
        (_, None) => anyhow::bail!(
            "which task? name a `--service` or a `--task-definition`{}",
            if meant.is_empty() { String::new() } else { format!("; there are {}", described(scenario, &meant)) }
        ),
    }
}

/// Everything that runs a task definition, or everything.
fn meant(scenario: &Scenario, definition: Option<DefinitionId>) -> Vec<Target> {
    let runs = |service: &Service, wanted: DefinitionId| {
        let later = service.settings.deployments.iter().map(|deployment| deployment.definition);
        std::iter::once(service.definition).chain(later).any(|known| known == wanted)
    };
    let services = scenario.services.iter().enumerate();
    let services = services.filter(|(_, service)| definition.is_none_or(|wanted| runs(service, wanted)));
    let services = services.map(|(position, _)| Target::Service { position, definition });
    let is_plain = |source: &TaskSource| {
        source.shapes.len() == 1 && definition.is_none_or(|wanted| wanted == source.shapes[0].definition)
    };
    let sources = (0..scenario.sources.len()).filter(|&at| is_plain(&scenario.sources[at]));
    services.chain(sources.map(|position| Target::Source { position, kind: 0 })).collect()
}

/// The group that a text gives: a name, or the ARN of the service or the task definition whose tasks are in it.
fn group_of(text: &str) -> String {
    let of_kind = |kind: &str| text.starts_with("arn:") && text.contains(kind);
    match name_of(text) {
        name if of_kind(":service/") => format!("service:{name}"),
        name if of_kind(":task-definition/") => format!("family:{}", name.split(':').next().unwrap_or(name)),
        name => name.to_owned(),
    }
}

/// The tasks of a source that run a definition in a group.
fn in_group(scenario: &Scenario, definition: DefinitionId, group: &str) -> Option<Target> {
    let own = format!("family:{}", scenario.definitions[definition.index()].family);
    for (position, source) in scenario.sources.iter().enumerate() {
        let Some(shape) = source.shapes.iter().position(|shape| shape.definition == definition) else { continue };
        let of_group = match &source.groups {
            Some(groups) => (0..groups.count).find(|&at| groups.name(at) == group),
            None => (source.group.as_ref().unwrap_or(&own) == group).then_some(0),
        };
        if let Some(number) = of_group {
            return Some(Target::Source { position, kind: number as usize * source.shapes.len() + shape });
        }
    }
    None
}

/// A service. Of a DAEMON every instance that passes the checks gets a task, one each, and no strategy chooses.
fn choose_service(
    scenario: &mut Scenario,
    position: usize,
    definition: Option<DefinitionId>,
    arguments: &ExplainArguments,
) -> Target {
    let service = &mut scenario.services[position];
    if service.settings.scheduling == Scheduling::Daemon {
        service.strategy = Some(Strategy(Vec::new()));
        service.constraints.push(Constraint::DistinctInstance);
        scenario.comparison.own_strategies = OwnStrategies::Always;
        let note = "is a DAEMON: it has a task on every instance that passes the checks, and no strategy chooses";
        terminal::note(&arguments.output, &format!("note: service `{}` {note}", service.name));
    }
    Target::Service { position, definition }
}

/// Adds one standalone task of a definition, which never arrives by itself.
fn add_task(scenario: &mut Scenario, definition: DefinitionId, group: Option<String>) -> Target {
    scenario.sources.push(TaskSource {
        count: Some(0),
        group,
        ..TaskSource::of(vec![WeightedShape { definition, weight: 1 }])
    });
    Target::Source { position: scenario.sources.len() - 1, kind: 0 }
}

fn described(scenario: &Scenario, targets: &[Target]) -> String {
    let one = |target: &Target| match *target {
        Target::Service { position, .. } => format!("service `{}`", scenario.services[position].name),
        Target::Source { position, .. } => format!("[[tasks]] number {}", position + 1),
    };
    targets.iter().take(20).map(one).collect::<Vec<_>>().join(", ")
}

/// The longest name of a definition, which tells its revision.
fn named(definitions: &BTreeMap<String, DefinitionId>, id: DefinitionId) -> String {
    let names = definitions.iter().filter(|(_, known)| **known == id).map(|(name, _)| name.clone());
    names.max_by_key(String::len).unwrap_or_default()
}
