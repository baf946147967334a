//! `stowplan explain`: where a task goes, and for every instance why not there.

use std::io::{self, BufWriter, Write as _};

use super::args::{ExplainArguments, Format};
use super::{Exit, cluster, terminal};
use crate::engine::Engine as _;
use crate::experiment::{EngineKind, Experiment};
use crate::model::{
    Arrivals, BatchShares, CallDetails, Constraint, DefinitionId, InstanceId, Lifetime, LoadFactor, OwnStrategies,
    Policy, ProviderStrategy, RequestId, Requests, Scenario, Scheduling, SimTime, Strategy, TaskSource, WeightedShape,
};
use crate::report::{Explained, explanation_table, write_explanation_csv, write_explanation_json};
use crate::scenario::{self, Loaded};

pub(super) fn run(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let Loaded { mut scenario, definitions, .. } = cluster::load(&arguments.files, &arguments.output)?;
    choose_policy(&mut scenario, arguments)?;
    cluster::end_at(&mut scenario, arguments.at.as_deref())?;
    let definition = match &arguments.task_definition {
        None => None,
        Some(name) => Some(*definitions.get(name).ok_or_else(|| {
            let known: Vec<&str> = definitions.keys().map(String::as_str).collect();
            anyhow::anyhow!("there is no task definition `{name}`; there are {}", listed(&known))
        })?),
    };
    let target = choose_target(&mut scenario, definition, arguments)?;
    let experiment = Experiment::new(&scenario, EngineKind::Reference);
    let case = cluster::case(arguments.seed);
    let moment = cluster::moment(&scenario, arguments.seed, arguments.at.as_deref())?;
    let mut engine = experiment.engine_at(case, &moment);
    let requests = experiment.requests(case);
    let request = target.request(requests);

    let mut earlier: Vec<InstanceId> = Vec::new();
    // The last task is explained before it is placed, and so is the first that does not fit.
    while earlier.len() + 1 < arguments.count as usize
        && let Some(placed) = engine.place(request)
    {
        earlier.push(placed.instance);
    }
    let explanation = engine.explain(request);
    let chosen = engine.place(request).map(|placed| placed.instance);
    let explained = Explained {
        fleet: &scenario.fleet,
        requests,
        request,
        definition: &named(&definitions, requests[request].definition),
        policy: &scenario.policies[0].name,
        tie_break: scenario.options.tie_break.name(),
        running: moment.task_count(),
        earlier: &earlier,
        explanation: &explanation,
        chosen,
    };
    print(&explained, arguments)?;
    Ok(if chosen.is_some() { Exit::Done } else { Exit::AnswerIsNo })
}

fn print(explained: &Explained<'_>, arguments: &ExplainArguments) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.output.format {
        Format::Table => {
            out.write_all(explanation_table(explained, terminal::width(), arguments.all).as_bytes())?;
        }
        Format::Json => write_explanation_json(&mut out, explained)?,
        Format::Csv => write_explanation_csv(&mut out, explained)?,
    }
    out.flush()?;
    Ok(())
}

/// Leaves the policy that is asked for as the only one.
fn choose_policy(scenario: &mut Scenario, arguments: &ExplainArguments) -> anyhow::Result<()> {
    let Some(wanted) = &arguments.policy else {
        scenario.policies.truncate(1);
        return Ok(());
    };
    let of_scenario = scenario.policies.iter().find(|policy| policy.name == *wanted).cloned();
    if of_scenario.is_none() {
        // A template that is asked for is to decide, whatever strategies the scenario has.
        scenario.comparison.own_strategies = OwnStrategies::Under(vec![scenario::AS_IS.to_owned()]);
    }
    let found: Option<Policy> = of_scenario.or_else(|| scenario::template(wanted));
    let known: Vec<&str> = scenario.policies.iter().map(|policy| policy.name.as_str()).collect();
    let policy = found.ok_or_else(|| {
        let templates: Vec<&str> = scenario::template_names().collect();
        anyhow::anyhow!(
            "there is no policy `{wanted}`; the scenario has {}, and the templates are {}",
            listed(&known),
            listed(&templates)
        )
    })?;
    scenario.policies = vec![policy];
    Ok(())
}

/// Whose task it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Service(usize),
    Source(usize),
}

impl Target {
    /// The kind of its tasks; of a service, those of its first revision.
    fn request(self, requests: &Requests) -> RequestId {
        match self {
            Self::Service(position) => requests.services[position],
            Self::Source(position) => requests.sources[position][0],
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
        let position = names.iter().position(|known| known == name);
        let position =
            position.ok_or_else(|| anyhow::anyhow!("there is no service `{name}`; there are {}", listed(&names)))?;
        return Ok(choose_service(scenario, position, arguments));
    }
    if let (Some(definition), Some(group)) = (definition, &arguments.group) {
        return Ok(add_task(scenario, definition, Some(group.clone())));
    }
    let is_meant = |id: DefinitionId| definition.is_none_or(|wanted| wanted == id);
    let services = (0..scenario.services.len()).filter(|&at| is_meant(scenario.services[at].definition));
    let is_plain = |source: &TaskSource| source.shapes.len() == 1 && is_meant(source.shapes[0].definition);
    let sources = (0..scenario.sources.len()).filter(|&at| is_plain(&scenario.sources[at]));
    let meant: Vec<Target> = services.map(Target::Service).chain(sources.map(Target::Source)).collect();
    match (meant.as_slice(), definition) {
        (&[Target::Service(only)], _) => Ok(choose_service(scenario, only, arguments)),
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

/// A service. Of a DAEMON every instance that passes the checks gets a task, one each, and no strategy chooses.
fn choose_service(scenario: &mut Scenario, position: usize, arguments: &ExplainArguments) -> Target {
    let service = &mut scenario.services[position];
    if service.settings.scheduling == Scheduling::Daemon {
        service.strategy = Some(Strategy(Vec::new()));
        service.constraints.push(Constraint::DistinctInstance);
        scenario.comparison.own_strategies = OwnStrategies::Always;
        let note = "is a DAEMON: it has a task on every instance that passes the checks, and no strategy chooses";
        terminal::note(&arguments.output, &format!("note: service `{}` {note}", service.name));
    }
    Target::Service(position)
}

/// Adds one standalone task of a definition, which never arrives by itself.
fn add_task(scenario: &mut Scenario, definition: DefinitionId, group: Option<String>) -> Target {
    scenario.sources.push(TaskSource {
        shapes: vec![WeightedShape { definition, weight: 1 }],
        count: Some(0),
        group,
        start: SimTime::ZERO,
        arrivals: Arrivals::AtOnce,
        lifetime: Lifetime::Forever,
        groups: None,
        batch_shares: BatchShares::default(),
        load_factor: LoadFactor::ONE,
        providers: ProviderStrategy::default(),
        strategy: None,
        constraints: Vec::new(),
        details: CallDetails::default(),
    });
    Target::Source(scenario.sources.len() - 1)
}

fn described(scenario: &Scenario, targets: &[Target]) -> String {
    let one = |target: &Target| match *target {
        Target::Service(position) => format!("service `{}`", scenario.services[position].name),
        Target::Source(position) => format!("[[tasks]] number {}", position + 1),
    };
    targets.iter().take(20).map(one).collect::<Vec<_>>().join(", ")
}

/// The longest name of a definition, which tells its revision.
fn named(definitions: &std::collections::BTreeMap<String, DefinitionId>, id: DefinitionId) -> String {
    let names = definitions.iter().filter(|(_, known)| **known == id).map(|(name, _)| name.clone());
    names.max_by_key(String::len).unwrap_or_default()
}

fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names.len() {
        0 => "none".to_owned(),
        all if all > SHOWN => format!("{all}, among them {}", shown.join(", ")),
        _ => shown.join(", "),
    }
}
