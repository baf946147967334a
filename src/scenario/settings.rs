//! The smaller tables of a scenario: options, happenings, expected figures.

use super::context::Problem;
use super::keys;
use super::nearest::suggestion;
use super::quantity::LONGEST;
use super::reader::{Item, Table};
use super::rules::Rule;
use crate::model::{
    Bound, Expectation, Fleet, Happening, HappeningKind, InstanceId, PlacementOptions, Policy, SimSpan, SimTime,
    TieBreak,
};

/// The `[options]`: our readings of what AWS leaves open, and the retry interval.
pub(super) fn read_options(root: &Table<'_>) -> (PlacementOptions, SimSpan) {
    let Some(table) = root.table_or_empty("options", &keys::OPTIONS) else {
        return (PlacementOptions::default(), SimSpan::SECOND);
    };
    let tie_breaks = [TieBreak::Order, TieBreak::Random, TieBreak::MostRemaining, TieBreak::FewestTasks];
    let options = PlacementOptions {
        tie_break: table
            .or_default("tie-break")
            .choice(&tie_breaks.map(|rule| (rule.name(), rule)))
            .unwrap_or_default(),
        spread_counts_draining: table.or_default("spread-counts-draining").flag().unwrap_or(true),
        absent_attribute_is_bucket: table
            .or_default("absent-attribute")
            .choice(&[("bucket", true), ("exclude", false)])
            .unwrap_or(true),
        binpack_by_fraction: table
            .or_default("binpack-measure")
            .choice(&[("absolute", false), ("fraction", true)])
            .unwrap_or(false),
    };
    let retry = table.or_default("retry-interval").positive_span();
    (options, retry.unwrap_or(SimSpan::SECOND))
}

/// The `[[happenings]]`, in time order; those of one instant keep the order of the file.
pub(super) fn read_happenings(root: &Table<'_>, fleet: &Fleet, horizon: Option<SimTime>) -> Vec<Happening> {
    let tables = root.tables("happenings", &keys::HAPPENING);
    let mut happenings: Vec<Happening> =
        tables.iter().filter_map(|table| read_happening(table, fleet, horizon)).collect();
    happenings.sort_by_key(|happening| happening.at);
    happenings
}

fn read_happening(table: &Table<'_>, fleet: &Fleet, horizon: Option<SimTime>) -> Option<Happening> {
    let at = table.get("at").and_then(|item| super::read_instant(&item, horizon));
    let kinds = keys::HAPPENING.optional.iter().filter_map(|key| table.get(key));
    let item = exactly_one(table, kinds, "a happening", keys::HAPPENING.optional)?;
    let zone = || item.zone_among(&fleet.zones);
    let what = match item.key() {
        "zone-lost" => HappeningKind::ZoneLost(zone()?),
        "zone-returned" => HappeningKind::ZoneReturned(zone()?),
        "instance-drained" => HappeningKind::InstanceDrained(find_instance(&item, fleet)?),
        _ => HappeningKind::InstanceActivated(find_instance(&item, fleet)?),
    };
    Some(Happening { at: at?, what })
}

/// The only one of several keys that is written; none or many are a problem.
fn exactly_one<'a>(
    table: &Table<'a>,
    mut written: impl Iterator<Item = Item<'a>>,
    subject: &str,
    keys: &[&str],
) -> Option<Item<'a>> {
    let first = written.next();
    let Some(second) = written.next() else {
        if first.is_none() {
            let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let problem = Problem::new(Rule::Conflict, format!("{subject} needs one of {}", names.join(", ")));
            table.report(problem.label("none of them is here").help("add one"));
        }
        return first;
    };
    let first = first?;
    let problem = Problem::new(Rule::Conflict, format!("{subject} has `{}` and `{}`", first.key(), second.key()));
    second.report(problem.label("one too many").help("leave one of the two out"));
    None
}

/// The instance of that name; instances without a name of their own are called `i-00000042`.
fn find_instance(item: &Item<'_>, fleet: &Fleet) -> Option<InstanceId> {
    let name = item.text()?;
    let found = if fleet.identities.is_empty() {
        let number = name.strip_prefix("i-").and_then(|digits| digits.parse::<u32>().ok()).map(InstanceId);
        number.filter(|id| id.index() < fleet.instances.len() && fleet.name(*id) == name)
    } else {
        fleet.identities.iter().position(|identity| identity.name == name).map(InstanceId::from_index)
    };
    if found.is_none() {
        let problem = Problem::new(Rule::UnknownName, format!("unknown instance `{}`", name.escape_debug()));
        let names: Vec<_> = fleet.ids().take(10_000).map(|id| fleet.name(id)).collect();
        let help = suggestion(name, names.iter().map(AsRef::as_ref));
        item.report(problem.label("not an instance of the cluster").help_or(help, "the cluster has none"));
    }
    found
}

/// The checks of `[expected]`; `metrics` are the names that exist, and if empty every name is taken.
pub(super) fn read_expected(root: &Table<'_>, policies: &[Policy], metrics: &[&str]) -> Vec<Expectation> {
    let Some(table) = root.table_or_empty("expected", &keys::EXPECTED) else { return Vec::new() };
    let checks = table.tables("checks", &keys::CHECK);
    checks.iter().filter_map(|check| read_check(check, policies, metrics)).collect()
}

fn read_check(table: &Table<'_>, policies: &[Policy], metrics: &[&str]) -> Option<Expectation> {
    let names = policies.iter().map(|policy| policy.name.as_str());
    let policy = table.get("policy").and_then(|item| known_name(&item, names, "policy"));
    let metric = table.get("metric").and_then(|item| match metrics {
        [] => item.name(),
        known => known_name(&item, known.iter().copied(), "metric"),
    });
    let bounds = keys::CHECK.optional.iter().filter_map(|key| table.get(key));
    let item = exactly_one(table, bounds, "a check", keys::CHECK.optional)?;
    let number = || item.real(-1e18..=1e18);
    let bound = match item.key() {
        "equals" => Bound::Equals(number()?),
        "at-least" => Bound::AtLeast(number()?),
        "at-most" => Bound::AtMost(number()?),
        _ => {
            if !item.flag()? {
                item.report(
                    Problem::new(Rule::Malformed, "`absent` is `true` or left out")
                        .label("not `true`")
                        .help("write `true`"),
                );
                return None;
            }
            Bound::Absent
        }
    };
    Some(Expectation { policy: policy?.to_owned(), metric: metric?.to_owned(), bound })
}

fn known_name<'a, 'n>(item: &Item<'a>, names: impl Iterator<Item = &'n str> + Clone, kind: &str) -> Option<&'a str> {
    let name = item.text()?;
    if names.clone().any(|known| known == name) {
        return Some(name);
    }
    let problem = Problem::new(Rule::UnknownName, format!("unknown {kind} `{}`", name.escape_debug()));
    item.report(problem.label(format!("no {kind} of this name")).help_or(suggestion(name, names), "there is none"));
    None
}

/// A time that a scenario must not be beyond: its horizon, or the longest time there is.
pub(super) fn read_horizon(root: &Table<'_>) -> Option<SimTime> {
    let item = root.or_absent("horizon")?;
    // A horizon that is wrong was reported; nothing else should then be said to be after it.
    let span = item.positive_span().unwrap_or(LONGEST);
    Some(SimTime(span.0))
}
