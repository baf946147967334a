//! Expressions that hold on no instance of the fleet, with what would.

use std::collections::{BTreeMap, BTreeSet};

use super::shown;
use crate::model::Fleet;
use crate::model::Neighbours;
use crate::query::{Asked, Facts, Moments, Unmet};
use crate::scenario::reading::context::{Context, Problem};
use crate::scenario::reading::rules::Rule;

/// Warns of every expression of the scenario that no instance satisfies, whatever runs there. An attribute that no
/// instance has is told by itself.
pub(crate) fn warn_of_nowhere(context: &Context, fleet: &Fleet) {
    let attributes: BTreeSet<&str> =
        fleet.classes.iter().flat_map(|class| class.attributes.keys().map(String::as_str)).collect();
    let mut known: BTreeMap<String, Vec<Unmet>> = BTreeMap::new();
    for (expression, span) in context.mentioned_expressions() {
        let unmet = known.entry(expression.to_string()).or_insert_with(|| {
            let shown = shown(fleet, &[&expression], Neighbours::Any);
            let instances: Vec<&dyn Facts> = shown.iter().map(|one| one as &dyn Facts).collect();
            expression.unmet(&Asked { instances: &instances, attributes: &attributes, moments: Moments::Ever })
        });
        let Some(first) = unmet.iter().find(|one| !one.is_absence || one.instead.is_some()) else { continue };
        let problem = Problem::new(Rule::HoldsNowhere, format!("`{expression}` holds on no instance"));
        let label = match first.part == expression.to_string() {
            true => first.why.clone(),
            false => format!("`{}` never does: {}", first.part, first.why),
        };
        let otherwise = "such tasks are never placed; change the expression, or give such instances to the cluster";
        let help = first.instead.as_ref().map(|instead| format!("did you mean `{instead}`?"));
        context.report(span, problem.label(label).help_or(help, otherwise));
    }
}
