//! The `deployment-configuration` of a service: its strategy, bake times and early success (R-7.6b, R-7.6c).

use crate::model::{
    Cleanup, DeploymentStrategy, EarlySuccess, Scheduling, ServiceSettings, SimSpan, SimTime, Staged, Traffic,
};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::quantity;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// The longest pause of a hook (R-7.6c).
const LONGEST_PAUSE: SimSpan = SimSpan(14 * 24 * SimSpan::HOUR.0);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rolling,
    BlueGreen,
    Linear,
    Canary,
}

/// How the deployments of a service go. `settings` are its others.
pub(super) fn read_strategy(
    service: &Table<'_>,
    settings: &ServiceSettings,
    horizon: Option<SimTime>,
) -> DeploymentStrategy {
    let Some(item) = service.get("deployment-configuration") else { return DeploymentStrategy::default() };
    let Some(table) = item.table(&keys::DEPLOYMENT_CONFIGURATION) else { return DeploymentStrategy::default() };
    let kinds = [
        ("ROLLING", Kind::Rolling),
        ("BLUE_GREEN", Kind::BlueGreen),
        ("LINEAR", Kind::Linear),
        ("CANARY", Kind::Canary),
    ];
    let Some(kind) = table.or_default("strategy").choice(&kinds) else { return DeploymentStrategy::default() };
    report_foreign(&table, kind);
    if kind == Kind::Rolling {
        let early_success = table.get("early-success").and_then(|item| read_early(&item, settings));
        return DeploymentStrategy::Rolling { early_success };
    }
    if settings.scheduling == Scheduling::Daemon {
        let problem = Problem::new(Rule::Conflict, "a DAEMON service is deployed in stages").label("not for daemons");
        item.report(problem.help("leave `deployment-configuration` out: daemons are replaced instance by instance"));
    }
    read_staged(&table, kind, settings, horizon).map_or_else(DeploymentStrategy::default, DeploymentStrategy::Staged)
}

/// Keys that the strategy does not know.
fn report_foreign(table: &Table<'_>, kind: Kind) {
    let rolling: &[&str] = &["early-success"];
    let staged: &[&str] = &["bake-time", "pause"];
    let (linear, canary): (&[&str], &[&str]) =
        (&["step-percent", "step-bake-time"], &["canary-percent", "canary-bake-time"]);
    let (known, name): (Vec<&str>, &str) = match kind {
        Kind::Rolling => (rolling.to_vec(), "ROLLING"),
        Kind::BlueGreen => (staged.to_vec(), "BLUE_GREEN"),
        Kind::Linear => ([staged, linear].concat(), "LINEAR"),
        Kind::Canary => ([staged, canary].concat(), "CANARY"),
    };
    for key in [rolling, staged, linear, canary].concat() {
        if !known.contains(&key)
            && let Some(item) = table.get(key)
        {
            let problem = Problem::new(Rule::Unused, format!("strategy `{name}` does not use `{key}`"));
            item.report(problem.label("no effect").help("leave it out, or choose another `strategy`"));
        }
    }
}

/// Between the minimum percent and 100.
fn read_early(item: &Item<'_>, settings: &ServiceSettings) -> Option<EarlySuccess> {
    let table = item.table(&keys::EARLY_SUCCESS)?;
    let percent = table.get("healthy-percent")?;
    let healthy_percent = percent.integer_u32(0..=100);
    let cleanup =
        table.or_default("source-cleanup").choice(&[("BLOCKING", Cleanup::Blocking), ("DEFERRED", Cleanup::Deferred)]);
    let (healthy_percent, cleanup) = (healthy_percent?, cleanup?);
    let minimum = settings.minimum_healthy_percent;
    if healthy_percent < minimum {
        let message =
            format!("early success at {healthy_percent} % is below the `minimum-healthy-percent` of {minimum}");
        let problem = Problem::new(Rule::Law, message).label("too few healthy tasks for the service");
        percent.report(problem.help(match minimum {
            100 => "write 100, or lower `minimum-healthy-percent`".to_owned(),
            minimum => format!("write {minimum} to 100, or lower `minimum-healthy-percent`"),
        }));
        return None;
    }
    Some(EarlySuccess { healthy_percent, cleanup })
}

fn read_staged(table: &Table<'_>, kind: Kind, settings: &ServiceSettings, horizon: Option<SimTime>) -> Option<Staged> {
    let span = |key| table.or_default(key).span_of_time();
    let traffic = match kind {
        Kind::Linear => Some(Traffic::Linear {
            step_tenths: tenths(table, "step-percent", 30)?,
            step_bake: span("step-bake-time")?,
        }),
        Kind::Canary => {
            Some(Traffic::Canary { tenths: tenths(table, "canary-percent", 1)?, bake: span("canary-bake-time")? })
        }
        Kind::Rolling | Kind::BlueGreen => Some(Traffic::AtOnce),
    };
    let staged = Staged { traffic: traffic?, bake: span("bake-time")?, pause: span("pause")? };
    if staged.pause > LONGEST_PAUSE {
        let problem = Problem::new(Rule::Law, "the `pause` is longer than a hook may hold a deployment");
        let place = table.get("pause").map_or_else(|| table.span(), |item| item.span());
        table.context().report(place, problem.label("too long").help("write at most \"14d\""));
    }
    report_past_horizon(table, staged, settings, horizon);
    Some(staged)
}

/// Percent with one decimal, from `least` to 100, in tenths.
fn tenths(table: &Table<'_>, key: &'static str, least: u64) -> Option<u32> {
    u32::try_from(table.or_default(key).scaled(1, least..=1_000)?).ok()
}

/// Both revisions run at least so long side by side: a run that ends before shows no such deployment.
fn report_past_horizon(table: &Table<'_>, staged: Staged, settings: &ServiceSettings, horizon: Option<SimTime>) {
    let (Some(end), Some(first)) = (horizon, settings.deployments.first()) else { return };
    let clean_up = first.at.after(staged.beside());
    if clean_up > end {
        let message = format!(
            "the deployment at {} cannot end before the horizon: both revisions run {} side by side",
            quantity::show_span(SimSpan(first.at.0)),
            quantity::show_span(staged.beside())
        );
        let problem = Problem::new(Rule::AfterHorizon, message).label("bake times past the horizon");
        let keys = ["bake-time", "step-bake-time", "canary-bake-time", "pause", "strategy"];
        let place = keys.into_iter().find_map(|key| table.get(key)).map_or_else(|| table.span(), |item| item.span());
        table.context().report(place, problem.help("shorten the bake times, or lengthen the `horizon`"));
    }
}
