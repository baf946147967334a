//! The `[[happenings]]` and `[failures]` of a scenario: what befalls the cluster, and when.

use crate::aws::name_of;
use crate::model::{
    Failures, Fleet, Happening, HappeningKind, Identity, InstanceId, PatchWave, SimSpan, SimTime, SpotInterruption,
    ZoneId,
};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::instants;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::names::exactly_one;
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// The `[[happenings]]`, in time order; those of one instant keep the order of the file.
/// The classes of instances that register are among those of the fleet then.
pub(crate) fn read_happenings(root: &Table<'_>, fleet: &mut Fleet, horizon: Option<SimTime>) -> Vec<Happening> {
    let tables = root.tables("happenings", &keys::HAPPENING);
    let mut happenings: Vec<Happening> =
        tables.iter().filter_map(|table| read_happening(table, fleet, horizon)).collect();
    happenings.sort_by_key(|happening| happening.at);
    for happening in &happenings {
        if let HappeningKind::InstancesRegistered { like, .. } = happening.what {
            let new = fleet.like(fleet.instances[like.index()], like);
            fleet.intern(new);
        }
    }
    happenings
}

/// Some happening brings instances back that were lost.
pub(crate) fn any_returns(happenings: &[Happening]) -> bool {
    let returns = |what| {
        matches!(
            what,
            HappeningKind::InstanceReturned(_)
                | HappeningKind::ZoneReturned(_)
                | HappeningKind::PatchWave(_)
                | HappeningKind::SpotInterruption(_)
        )
    };
    happenings.iter().any(|happening| returns(happening.what))
}

/// Some happening moves tasks of services off instances.
pub(crate) fn any_drains(happenings: &[Happening]) -> bool {
    let drains = |what| {
        matches!(
            what,
            HappeningKind::InstanceDrained(_) | HappeningKind::PatchWave(_) | HappeningKind::SpotInterruption(_)
        )
    };
    happenings.iter().any(|happening| drains(happening.what))
}

fn read_happening(table: &Table<'_>, fleet: &Fleet, horizon: Option<SimTime>) -> Option<Happening> {
    let at = table.get("at").and_then(|item| instants::read_instant(&item, horizon));
    let kinds = keys::HAPPENING.optional.iter().filter_map(|key| table.get(key));
    let item = exactly_one(table, kinds, "a happening", keys::HAPPENING.optional)?;
    let zone = || item.zone_among(&fleet.zones);
    let instance = || find_instance(&item, fleet);
    let what = match item.key() {
        "zone-lost" => HappeningKind::ZoneLost(zone()?),
        "zone-returned" => HappeningKind::ZoneReturned(zone()?),
        "instance-drained" => HappeningKind::InstanceDrained(instance()?),
        "instance-activated" => HappeningKind::InstanceActivated(instance()?),
        "instance-lost" => HappeningKind::InstanceLost(instance()?),
        "instance-returned" => HappeningKind::InstanceReturned(instance()?),
        "agent-disconnected" => HappeningKind::AgentDisconnected(instance()?),
        "agent-connected" => HappeningKind::AgentConnected(instance()?),
        "zone-disconnected" => HappeningKind::ZoneDisconnected(zone()?),
        "zone-connected" => HappeningKind::ZoneConnected(zone()?),
        "instances-registered" => read_registered(&item, fleet)?,
        "patch-wave" => HappeningKind::PatchWave(read_wave(&item, fleet)?),
        _ => HappeningKind::SpotInterruption(read_interruption(&item, fleet)?),
    };
    Some(Happening { at: at?, what })
}

fn read_registered(item: &Item<'_>, fleet: &Fleet) -> Option<HappeningKind> {
    let table = item.table(&keys::REGISTERED)?;
    let like = table.get("like").and_then(|item| find_instance(&item, fleet));
    let count = table.get("count").and_then(|item| item.integer_u32(1..=limits::INSTANCES));
    Some(HappeningKind::InstancesRegistered { like: like?, count: count? })
}

fn read_wave(item: &Item<'_>, fleet: &Fleet) -> Option<PatchWave> {
    let table = item.table(&keys::PATCH_WAVE)?;
    let at_a_time = table.get("at-a-time").and_then(|item| item.integer_u32(1..=limits::INSTANCES));
    let duration = table.or_default("duration").positive_span();
    let deadline = table.or_default("deadline").positive_span();
    let zone = read_zone(&table, fleet);
    Some(PatchWave { at_a_time: at_a_time?, duration: duration?, deadline: deadline?, zone: zone? })
}

fn read_interruption(item: &Item<'_>, fleet: &Fleet) -> Option<SpotInterruption> {
    let table = item.table(&keys::SPOT)?;
    let count = table.get("count").and_then(|item| item.integer_u32(1..=limits::INSTANCES));
    let notice = table.or_default("notice").span_of_time();
    let replaced_after = read_replaced_after(&table);
    let zone = read_zone(&table, fleet);
    Some(SpotInterruption { count: count?, zone: zone?, notice: notice?, replaced_after: replaced_after? })
}

/// The zone that a happening is held to, if it is.
#[expect(clippy::option_option, reason = "the outer one is what was wrong, the inner one what was not written")]
fn read_zone(table: &Table<'_>, fleet: &Fleet) -> Option<Option<ZoneId>> {
    match table.or_absent("zone") {
        None => Some(None),
        Some(item) => item.zone_among(&fleet.zones).map(Some),
    }
}

#[expect(clippy::option_option, reason = "the outer one is what was wrong, the inner one what was not written")]
fn read_replaced_after(table: &Table<'_>) -> Option<Option<SimSpan>> {
    match table.or_absent("replaced-after") {
        None => Some(None),
        Some(item) => item.span_of_time().map(Some),
    }
}

/// The `[failures]`: they come as long as the run goes on, so it needs an end.
pub(crate) fn read_failures(root: &Table<'_>, horizon: Option<SimTime>) -> Option<Failures> {
    let item = root.get("failures")?;
    let table = item.table(&keys::FAILURES)?;
    if horizon.is_none() {
        let problem = Problem::new(Rule::Endless, "instances fail without an end").label("as long as the run goes on");
        table.report(problem.help("give the scenario a `horizon`"));
    }
    let mean_time = table.get("mean-time").and_then(|item| item.positive_span());
    let replaced_after = read_replaced_after(&table);
    Some(Failures { mean_time: mean_time?, replaced_after: replaced_after? })
}

/// The instance of that name, ARN or EC2 instance id; instances without a name of their own are called `i-00000042`.
fn find_instance(item: &Item<'_>, fleet: &Fleet) -> Option<InstanceId> {
    let name = name_of(item.text()?);
    let found = if fleet.identities.is_empty() {
        let number = name.strip_prefix("i-").and_then(|digits| digits.parse::<u32>().ok()).map(InstanceId);
        number.filter(|id| id.index() < fleet.instances.len() && fleet.name(*id) == name)
    } else {
        let by_name = fleet.identities.iter().position(|identity| identity.name == name);
        let is_ec2 = |identity: &Identity| identity.ec2_instance_id.as_deref() == Some(name);
        by_name.or_else(|| fleet.identities.iter().position(is_ec2)).map(InstanceId::from_index)
    };
    if found.is_none() {
        let problem = Problem::new(Rule::UnknownName, format!("unknown instance `{}`", name.escape_debug()));
        let names: Vec<_> = fleet.ids().take(10_000).map(|id| fleet.name(id)).collect();
        let help = suggestion(name, names.iter().map(AsRef::as_ref));
        item.report(problem.label("not an instance of the cluster").help_or(help, "the cluster has none"));
    }
    found
}
