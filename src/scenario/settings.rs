//! The smaller tables of a scenario: options, expected figures, the horizon.

use super::policies::read_own_strategies;
use super::reading::context::Problem;
use super::reading::keys;
use super::reading::names::exactly_one;
use super::reading::nearest::suggestion;
use super::reading::quantity::LONGEST;
use super::reading::reader::{Item, Table};
use super::reading::rules::Rule;
use crate::model::{
    Bound, CapacityProvider, ComparisonPlan, DaemonRoom, Expectation, IdleProvider, PlacementOptions, Policy,
    ProviderOptions, Replacements, ScaleInRule, ScaleOutGroups, ServiceOptions, SimSpan, SimTime, TieBreak, Turns,
};

/// The `[options]` about services.
pub(super) fn read_service_options(root: &Table<'_>) -> ServiceOptions {
    let Some(table) = root.table_or_empty("options", &keys::OPTIONS) else { return ServiceOptions::default() };
    let flag = |key| table.or_default(key).flag().unwrap_or_default();
    ServiceOptions {
        turns: table
            .or_default("service-turns")
            .choice(&[("round-robin", Turns::RoundRobin), ("oldest-pending", Turns::OldestPending)])
            .unwrap_or_default(),
        scale_in: table
            .or_default("scale-in")
            .choice(&[("mirror", ScaleInRule::Mirror), ("random-in-bucket", ScaleInRule::RandomInBucket)])
            .unwrap_or_default(),
        throttle: flag("retry-throttling"),
        maximum_counts_stopping: flag("maximum-counts-stopping"),
        replacements: table
            .or_default("deployment-replacements")
            .choice(&[("own-revision", Replacements::OwnRevision), ("new-revision", Replacements::NewRevision)])
            .unwrap_or_default(),
        stop_delay: table.or_default("stop-delay").span_of_time().unwrap_or_default(),
        daemon_room: match table.or_default("daemon-holdback").flag() {
            Some(false) => DaemonRoom::Shared,
            _ => DaemonRoom::HeldBack,
        },
    }
}

/// The `[options]` about capacity providers.
pub(super) fn read_provider_options(root: &Table<'_>) -> ProviderOptions {
    let Some(table) = root.table_or_empty("options", &keys::OPTIONS) else { return ProviderOptions::default() };
    let quota = table.or_default("provisioning-quota").integer_u32(1..=u32::MAX);
    ProviderOptions {
        groups: table
            .or_default("scale-out-groups")
            .choice(&[("maximum", ScaleOutGroups::Maximum), ("sum", ScaleOutGroups::Sum)])
            .unwrap_or_default(),
        provisioning_quota: quota.unwrap_or(ProviderOptions::PROVISIONING_QUOTA),
        provisioning_timeout: table.or_absent("provisioning-timeout").and_then(|item| item.positive_span()),
        scale_in_pause: table.or_default("scale-in-pause").span_of_time().unwrap_or(ProviderOptions::SCALE_IN_PAUSE),
        idle: table
            .or_default("idle-provider")
            .choice(&[("none", IdleProvider::None), ("two", IdleProvider::Two)])
            .unwrap_or_default(),
    }
}

/// An idle provider is one with managed scaling: where there is none, the option that speaks of it would do nothing.
pub(super) fn report_idle(root: &Table<'_>, providers: &[CapacityProvider]) {
    let Some(item) = root.table_or_empty("options", &keys::OPTIONS).and_then(|table| table.get("idle-provider")) else {
        return;
    };
    if item.text() == Some("two") && !providers.iter().any(|provider| provider.managed_scaling) {
        let problem = Problem::new(Rule::Conflict, "`idle-provider` asks for instances that nobody launches");
        let help = "leave it out, or write `[[capacity-providers]]` with managed scaling";
        item.report(problem.label("no capacity provider has managed scaling").help(help));
    }
}

/// The `[options]` about placement, and the retry interval.
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
        spread_counts_draining: table.or_default("spread-counts-draining").flag().unwrap_or(false),
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

/// How policies are compared; `metrics` are the names that exist, and if empty every name is taken.
pub(super) fn read_comparison(root: &Table<'_>, policies: &[Policy], metrics: &[&str]) -> ComparisonPlan {
    let own_strategies = read_own_strategies(root);
    let Some(table) = root.table_or_empty("comparison", &keys::COMPARISON) else {
        return ComparisonPlan { own_strategies, ..ComparisonPlan::default() };
    };
    let names = policies.iter().map(|policy| policy.name.as_str());
    let primary = table.or_absent("primary").and_then(|item| match metrics {
        [] => item.name(),
        known => known_name(&item, known.iter().copied(), "metric"),
    });
    ComparisonPlan {
        primary: primary.map(str::to_owned),
        smallest_effect: table.or_absent("smallest-effect").and_then(|item| item.real(0.0..=1e18)),
        baseline: table.or_absent("baseline").and_then(|item| known_name(&item, names, "policy")).map(str::to_owned),
        own_strategies,
    }
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
