//! The `[[services]]` of a scenario: what they run, how many tasks they keep and when that changes.

pub(crate) mod copies;
mod deployments;

use crate::model::{
    CircuitBreaker, Constraint, DailyCurve, Deployment, DeploymentStrategy, OwnStrategies, Policy, ProviderStrategy,
    Scheduling, Service, ServiceSettings, SimSpan, SimTime, Strategy, TaskDefinition, Threshold, ZONE_ATTRIBUTE,
};
use crate::query::Expression;
use crate::scenario::load::Definitions;
use crate::scenario::policies::placement;
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::instants;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::names;
use crate::scenario::reading::names::{ECS_NAME, is_ecs_name};
use crate::scenario::reading::reader::{FromTable, Item, Table};
use crate::scenario::reading::rules::Rule;

/// A day.
const DAY: SimSpan = SimSpan(24 * SimSpan::HOUR.0);

/// The `[[services]]`, each with its table.
pub(crate) fn read_services<'a>(
    root: &Table<'a>,
    definitions: &Definitions<'a>,
    horizon: Option<SimTime>,
) -> Vec<FromTable<'a, Service>> {
    let tables = root.tables("services", &keys::SERVICE);
    names::report_duplicates(tables.iter().filter_map(|table| table.get("name")), "service");
    let providers = crate::scenario::cluster::capacity::names(root);
    let read = |table| FromTable { what: read_service(&table, definitions, &providers, horizon), table };
    tables.into_iter().map(read).collect()
}

fn read_service(
    table: &Table<'_>,
    definitions: &Definitions<'_>,
    providers: &[&str],
    horizon: Option<SimTime>,
) -> Service {
    let placement = placement::read(table);
    let name = table.get("name").and_then(|item| item.text_of(ECS_NAME, is_ecs_name));
    let settings = read_settings(table, definitions, providers, horizon);
    Service {
        name: name.unwrap_or_default().to_owned(),
        definition: table.get("task-definition").and_then(|item| definitions.find(&item)).unwrap_or_default(),
        desired_count: read_count(table, &settings),
        strategy: placement.own(Strategy::service_default),
        constraints: placement.constraints,
        settings,
    }
}

/// A daemon has as many tasks as there are instances, and a curve says it all; any other service needs a count.
fn read_count(table: &Table<'_>, settings: &ServiceSettings) -> u32 {
    let item = table.get("desired-count");
    let has_curve = table.get("desired-curve").is_some();
    let is_daemon = settings.scheduling == Scheduling::Daemon;
    if let Some(item) = item.filter(|_| is_daemon || has_curve) {
        let who = if is_daemon { "a DAEMON service" } else { "a service with a `desired-curve`" };
        let problem = Problem::new(Rule::Unused, format!("{who} does not use `desired-count`"));
        item.report(problem.label("no effect").help("leave it out"));
        return 0;
    }
    if item.is_none() && !is_daemon && !has_curve {
        table.missing("desired-count", "[[services]]");
    }
    item.and_then(|item| item.integer_u32(0..=u32::MAX)).unwrap_or_default()
}

fn read_settings(
    table: &Table<'_>,
    definitions: &Definitions<'_>,
    providers: &[&str],
    horizon: Option<SimTime>,
) -> ServiceSettings {
    let scheduling = table
        .or_default("scheduling-strategy")
        .choice(&[("REPLICA", Scheduling::Replica), ("DAEMON", Scheduling::Daemon)])
        .unwrap_or_default();
    let is_daemon = scheduling == Scheduling::Daemon;
    let percent = |key, range, (replica, daemon): (u32, u32)| match table.or_absent(key) {
        Some(item) => item.integer_u32(range).unwrap_or(replica),
        None if is_daemon => daemon,
        None => replica,
    };
    let settings = ServiceSettings {
        scheduling,
        minimum_healthy_percent: percent("minimum-healthy-percent", 0..=100, (100, 0)),
        maximum_percent: percent("maximum-percent", if is_daemon { 100..=100 } else { 100..=u32::MAX }, (200, 100)),
        healthy_after: table.or_default("healthy-after").span_of_time().unwrap_or(ServiceSettings::HEALTHY_AFTER),
        steps: read_steps(table, horizon),
        curve: table.get("desired-curve").and_then(|item| read_curve(&item, horizon)),
        protection: table.or_default("scale-in-protection").span_of_time().unwrap_or_default(),
        breaker: table.get("circuit-breaker").and_then(|item| read_breaker(&item)),
        rebalancing: table.or_default("availability-zone-rebalancing").flag().unwrap_or_default(),
        deployments: read_deployments(table, definitions, horizon),
        strategy: DeploymentStrategy::default(),
        providers: read_providers(table, providers, is_daemon),
        network: crate::scenario::load::network::read_subnets(table),
    };
    ServiceSettings { strategy: deployments::read_strategy(table, &settings, horizon), ..settings }
}

/// A DAEMON goes wherever there is an eligible instance, so that there is nothing to divide among several providers.
fn read_providers(table: &Table<'_>, names: &[&str], is_daemon: bool) -> ProviderStrategy {
    let strategy = crate::scenario::cluster::capacity::read_strategy(table, names);
    if is_daemon && strategy.has_choice() {
        let message = "a DAEMON service goes through several capacity providers";
        let problem = Problem::new(Rule::Conflict, message).label("nothing to divide");
        let span = table.get("capacityProviderStrategy").map_or_else(|| table.span(), |item| item.span());
        table.context().report(span, problem.help("name one provider, or none for all eligible instances"));
    }
    strategy
}

fn read_steps(table: &Table<'_>, horizon: Option<SimTime>) -> Vec<(SimTime, u32)> {
    let read = |entry: &Table<'_>| {
        let at = entry.get("at").and_then(|item| instants::read_instant(&item, horizon));
        let count = entry.get("count").and_then(|item| item.integer_u32(0..=u32::MAX));
        Some((at?, count?))
    };
    let mut steps: Vec<_> = table.tables("desired", &keys::DESIRED).iter().filter_map(read).collect();
    steps.sort_by_key(|step| step.0);
    steps
}

fn read_deployments(table: &Table<'_>, definitions: &Definitions<'_>, horizon: Option<SimTime>) -> Vec<Deployment> {
    let read = |entry: &Table<'_>| {
        let at = entry.get("at").and_then(|item| instants::read_instant(&item, horizon));
        // Without a task definition of its own it is a forced new deployment.
        let named = entry.or_absent("task-definition").or_else(|| table.get("task-definition"));
        let definition = named.and_then(|item| definitions.find(&item));
        Some(Deployment { at: at?, definition: definition? })
    };
    let mut deployments: Vec<_> = table.tables("deployments", &keys::DEPLOYMENT).iter().filter_map(read).collect();
    deployments.sort_by_key(|deployment| deployment.at);
    deployments
}

/// `mean + amplitude x cos(time since the peak)`, rounded to whole tasks at every step of a day.
fn read_curve(item: &Item<'_>, horizon: Option<SimTime>) -> Option<DailyCurve> {
    let table = item.table(&keys::DESIRED_CURVE)?;
    if horizon.is_none() {
        let problem = Problem::new(Rule::Endless, "a `desired-curve` goes on without an end").label("every day");
        item.report(problem.help("give the scenario a `horizon`"));
    }
    let mean = table.get("mean").and_then(|item| item.integer_u32(0..=limits::WEIGHT));
    let amplitude = table.get("amplitude");
    let height = amplitude.and_then(|item| item.integer_u32(0..=limits::WEIGHT));
    let peak = table.or_default("peak").span_of_time();
    let step = table.or_default("step").positive_span().and_then(|step| parts_of_a_day(&table, step));
    let (mean, height, peak, step) = (mean?, height?, peak?, step?);
    if height > mean {
        let message = format!("the `desired-curve` goes below zero: `amplitude` {height} is above `mean` {mean}");
        let problem = Problem::new(Rule::Law, message).label("deeper than the mean is high");
        amplitude?.report(problem.help(format!("write at most {mean}")));
        return None;
    }
    let counts = (0..DAY.0 / step.0).map(|part| count_at(mean, height, SimSpan(part * step.0), peak)).collect();
    Some(DailyCurve { part: step, counts })
}

fn parts_of_a_day(table: &Table<'_>, step: SimSpan) -> Option<SimSpan> {
    if step.0 >= 1_000 && DAY.0.is_multiple_of(step.0) {
        return Some(step);
    }
    let problem = Problem::new(Rule::Law, "a day is not a whole number of `step`s").label("no part of a day");
    table.report(problem.help("write for example `step = \"5m\"`, at least `\"1s\"`"));
    None
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds of a day and counts below a million are exact in a double; the sum is not below 0"
)]
fn count_at(mean: u32, height: u32, time: SimSpan, peak: SimSpan) -> u32 {
    let angle = (time.0 as f64 - (peak.0 % DAY.0) as f64) / DAY.0 as f64 * std::f64::consts::TAU;
    libm::round(f64::from(mean) + f64::from(height) * libm::cos(angle)).max(0.0) as u32
}

fn read_breaker(item: &Item<'_>) -> Option<CircuitBreaker> {
    let table = item.table(&keys::CIRCUIT_BREAKER)?;
    let kind = table.or_default("threshold-type").choice(&[
        ("COUNT", Threshold::Count as fn(u32) -> Threshold),
        ("BOUNDED_PERCENT", Threshold::BoundedPercent),
        ("UNBOUNDED_PERCENT", Threshold::UnboundedPercent),
    ]);
    let value = table.or_default("threshold-value").integer_u32(1..=limits::WEIGHT);
    let rollback = table.or_default("rollback").flag();
    let reset = table.or_default("reset-on-healthy-task").flag();
    Some(CircuitBreaker { threshold: kind?(value?), rollback: rollback?, reset_on_healthy_task: reset? })
}

/// Refuses deployments under percentages that never let one begin; the maximum of a DAEMON is always 100.
fn report_never_deploys(service: &Service, table: &Table<'_>) {
    let message = format!("a deployment of `{}` can never begin: both percentages are 100", service.name);
    let (keys, help) = match service.settings.scheduling {
        Scheduling::Daemon => (
            ["minimum-healthy-percent", "maximum-percent"],
            "lower `minimum-healthy-percent`; the maximum of a DAEMON service stays 100",
        ),
        Scheduling::Replica => (
            ["maximum-percent", "minimum-healthy-percent"],
            "lower `minimum-healthy-percent`, or raise `maximum-percent`",
        ),
    };
    let place = keys.into_iter().find_map(|key| table.get(key));
    let problem = Problem::new(Rule::Conflict, message).label("nothing may stop and nothing may start");
    table.context().report(place.map_or_else(|| table.span(), |item| item.span()), problem.help(help));
}

/// Warns of services that must replace tasks and never can, and of rebalancing that never begins.
pub(crate) fn warn_of_stuck(services: &[FromTable<'_, Service>], drains: bool) {
    for FromTable { what: service, table } in services {
        let settings = &service.settings;
        let never_moves = settings.minimum_healthy_percent == 100 && settings.maximum_percent == 100;
        if never_moves && !settings.deployments.is_empty() {
            report_never_deploys(service, table);
            continue;
        }
        if settings.scheduling == Scheduling::Daemon {
            continue;
        }
        let desired = settings.curve.as_ref().map_or(service.desired_count, |curve| curve.at(SimTime::ZERO));
        if (drains || !settings.deployments.is_empty()) && !settings.can_replace(desired) {
            let (minimum, maximum) = (settings.minimum_healthy(desired), settings.maximum(desired));
            let message = format!(
                "`{}` can never replace a task: of {desired} it may have at least {minimum} and at most {maximum}",
                service.name
            );
            let place = table.get("maximum-percent").or_else(|| table.get("minimum-healthy-percent"));
            let span = place.map_or_else(|| table.span(), |item| item.span());
            let problem = Problem::new(Rule::NeverMoves, message).label("nothing may stop and nothing may start");
            let help = "lower `minimum-healthy-percent`, or raise `maximum-percent`, until one task makes a difference";
            table.context().report(span, problem.help(help));
        }
        if settings.rebalancing && settings.maximum(desired) <= u64::from(desired) {
            let message = format!("`{}` can never move a task between zones: it may not start one more", service.name);
            let span = table.get("availability-zone-rebalancing").map_or_else(|| table.span(), |item| item.span());
            let problem = Problem::new(Rule::Unused, message).label("no effect").help("raise `maximum-percent`");
            table.context().report(span, problem);
        }
    }
}

/// Whether a service has, under whatever policy, a strategy that begins with something else than a spread over zones.
fn is_never_eligible(service: &Service, policies: &[Policy], own: &OwnStrategies) -> bool {
    let is_other = |strategy: &Strategy| strategy.0.first().is_some_and(|rule| !rule.is_spread_zones());
    let holds_own = |policy: &Policy| match own {
        OwnStrategies::Always => true,
        OwnStrategies::Under(names) => names.contains(&policy.name),
    };
    let under = |policy: &Policy| {
        let own = service.strategy.as_ref().filter(|_| holds_own(policy));
        own.or(policy.strategy.as_ref()).is_some_and(is_other)
    };
    !policies.is_empty() && policies.iter().all(under)
}

/// a service with constraints on zones, of its own or of what it runs, cannot be rebalanced; under a policy that
/// brings them along it is not.
pub(crate) fn report_held_to_zones(
    services: &[FromTable<'_, Service>],
    definitions: &[TaskDefinition],
    policies: &[Policy],
    own: &OwnStrategies,
) {
    let speaks_of_zones = |expression: &Expression| expression.attribute_names().any(|name| name == ZONE_ATTRIBUTE);
    let holds = |constraint: &Constraint| matches!(constraint, Constraint::MemberOf(of) if speaks_of_zones(of));
    for FromTable { what: service, table } in services.iter().filter(|one| one.what.settings.rebalancing) {
        let later = service.settings.deployments.iter().map(|deployment| deployment.definition);
        let run = std::iter::once(service.definition).chain(later).filter_map(|id| definitions.get(id.index()));
        let by_definition = run.flat_map(|definition| &definition.member_of).any(speaks_of_zones);
        let span = table.get("availability-zone-rebalancing").map_or_else(|| table.span(), |item| item.span());
        if by_definition || service.constraints.iter().any(holds) {
            let message = format!("`{}` cannot be rebalanced: a constraint of it speaks of zones", service.name);
            let problem = Problem::new(Rule::Conflict, message).label("not with a constraint on zones");
            table.context().report(span, problem.help(format!("drop the constraint on `{ZONE_ATTRIBUTE}`, or this")));
        } else if let Some(policy) = policies.iter().find(|policy| policy.constraints.iter().any(holds)) {
            let message = format!("`{}` is not rebalanced under policy `{}`", service.name, policy.name);
            let problem = Problem::new(Rule::Unused, message).label("a constraint of the policy speaks of zones");
            table.context().report(span, problem.help("as in Amazon ECS; the other policies rebalance it"));
        } else if is_never_eligible(service, policies, own) {
            let message =
                format!("`{}` is never rebalanced: its strategy does not begin with a spread over zones", service.name);
            let problem = Problem::new(Rule::Unused, message).label("no effect");
            let help =
                "put `{ type = \"spread\", field = \"attribute:ecs.availability-zone\" }` first, or leave this out";
            table.context().report(span, problem.help(help));
        }
    }
}
