//! Moments of the run, which are not after its horizon.

use super::context::Problem;
use super::quantity;
use super::reader::Item;
use super::rules::Rule;
use crate::model::{SimSpan, SimTime};

/// A time of the run at which something happens: before its horizon.
pub(crate) fn read_instant(item: &Item<'_>, horizon: Option<SimTime>) -> Option<SimTime> {
    let at = read_instant_or_end(item, horizon)?;
    if horizon == Some(at) {
        let message = format!("`{}` is the very end of the run", item.key());
        let problem = Problem::new(Rule::AfterHorizon, message).label("never reached");
        item.report(problem.help("set it earlier, or `horizon` later"));
        return None;
    }
    Some(at)
}

/// A time of the run, not after its horizon.
pub(crate) fn read_instant_or_end(item: &Item<'_>, horizon: Option<SimTime>) -> Option<SimTime> {
    let at = SimTime(item.span_of_time()?.0);
    if let Some(horizon) = horizon.filter(|horizon| at > *horizon) {
        let end = quantity::show_span(SimSpan(horizon.0));
        let message = format!("`{}` is after the end of the run, {end}", item.key());
        let problem = Problem::new(Rule::AfterHorizon, message).label("never reached");
        item.report(problem.help("set it earlier, or `horizon` later"));
        return None;
    }
    Some(at)
}
