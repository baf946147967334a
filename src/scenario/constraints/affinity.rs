//! Tasks whose constraints ask for a task that has to be there before them.
//!
//! `task:group == G` holds only where a task of `G` runs. A group can start if some instance satisfies its constraints
//! with the groups that can start without it; what is left when no more is added can never start.
//!
//! # Cost
//! For `s` services and sources that ask for tasks, at most `s` rounds over the classes of the fleet.

use std::ops::Range;

use super::shown;
use crate::model::Neighbours;
use crate::model::{Constraint, Fleet, Policy};
use crate::query::{Asked, Dependence, Expression, Facts, Moments};
use crate::scenario::reading::context::{Context, Problem};
use crate::scenario::reading::rules::Rule;

/// Something that starts tasks.
pub(crate) struct Starter<'r> {
    /// In words: "service `web`".
    pub(crate) name: String,
    /// The groups of its tasks.
    pub(crate) groups: Vec<String>,
    /// The constraints of its task definition and its own.
    pub(crate) member_of: Vec<&'r Expression>,
    /// Where it stands in the file.
    pub(crate) span: Range<usize>,
}

/// Whether any expression of the scenario asks for tasks.
pub(crate) fn any_asks_for_tasks(context: &Context) -> bool {
    context.mentioned_expressions().iter().any(|(expression, _)| asks_for_tasks(expression))
}

/// Warns of what can never start under some policy; `there` are groups that run already or are placed by name.
pub(crate) fn warn_of_never_started(
    context: &Context,
    fleet: &Fleet,
    policies: &[Policy],
    starters: &[Starter<'_>],
    there: Vec<String>,
) {
    let mut told = vec![false; starters.len()];
    for policy in policies {
        let of_policy: Vec<&Expression> = policy.constraints.iter().filter_map(expression_of).collect();
        let all = |starter: &Starter<'_>| starter.member_of.iter().chain(&of_policy).any(|one| asks_for_tasks(one));
        if !starters.iter().any(all) {
            continue;
        }
        let groups = startable(fleet, starters, &of_policy, there.clone());
        for (position, starter) in starters.iter().enumerate() {
            let asked: Vec<&Expression> = starter.member_of.iter().chain(&of_policy).copied().collect();
            let could = may_start(fleet, &asked, Neighbours::Any);
            if !told[position] && could && !may_start(fleet, &asked, Neighbours::Of(&groups)) {
                told[position] = true;
                report(context, fleet, starter, &asked, &groups);
            }
        }
    }
}

fn expression_of(constraint: &Constraint) -> Option<&Expression> {
    match constraint {
        Constraint::MemberOf(expression) => Some(expression),
        Constraint::DistinctInstance => None,
    }
}

fn asks_for_tasks(expression: &Expression) -> bool {
    expression.dependence() == Dependence::Tasks
}

/// The groups that can start, beginning with those that are there.
fn startable(fleet: &Fleet, starters: &[Starter<'_>], of_policy: &[&Expression], there: Vec<String>) -> Vec<String> {
    let mut groups = there;
    let mut open: Vec<&Starter<'_>> = starters.iter().collect();
    loop {
        let before = open.len();
        open.retain(|starter| {
            let asked: Vec<&Expression> = starter.member_of.iter().chain(of_policy).copied().collect();
            // What does not hang on tasks is no question here.
            let starts =
                !asked.iter().any(|one| asks_for_tasks(one)) || may_start(fleet, &asked, Neighbours::Of(&groups));
            if starts {
                groups.extend(starter.groups.iter().cloned());
            }
            !starts
        });
        if open.len() == before {
            return groups;
        }
    }
}

/// Whether some instance may satisfy all the expressions.
fn may_start(fleet: &Fleet, asked: &[&Expression], neighbours: Neighbours<'_>) -> bool {
    let shown = shown(fleet, asked, neighbours);
    shown.iter().any(|one| asked.iter().all(|expression| expression.may_hold(one)))
}

fn report(context: &Context, fleet: &Fleet, starter: &Starter<'_>, asked: &[&Expression], groups: &[String]) {
    let shown = shown(fleet, asked, Neighbours::Of(groups));
    let instances: Vec<&dyn Facts> = shown.iter().map(|one| one as &dyn Facts).collect();
    let attributes = fleet.classes.iter().flat_map(|class| class.attributes.keys().map(String::as_str)).collect();
    let question = Asked { instances: &instances, attributes: &attributes, moments: Moments::Ever };
    let unmet = asked.iter().filter(|one| asks_for_tasks(one)).flat_map(|one| one.unmet(&question)).next();
    let mut own = starter.groups.clone();
    own.extend(groups.iter().cloned());
    let is_own = may_start(fleet, asked, Neighbours::Of(&own));
    let expression = asked.iter().find(|one| asks_for_tasks(one)).expect("it cannot start for want of tasks");
    let message = format!("{} can never start: `{expression}` asks for a task that is there before it", starter.name);
    let label = match is_own {
        true => "it waits for its own first task".to_owned(),
        false => "no such task ever runs".to_owned(),
    };
    let near = unmet.and_then(|one| one.instead).filter(|_| !is_own);
    let help = near.map(|instead| format!("did you mean `{instead}`?"));
    let otherwise = match is_own {
        true => format!(
            "start the first task without the constraint; to keep tasks apart write `not ({expression})`, or use \
             `distinctInstance`"
        ),
        false => "start a task of that group first, or drop the constraint".to_owned(),
    };
    let problem = Problem::new(Rule::NeverStarts, message).label(label);
    context.report(starter.span.clone(), problem.help_or(help, otherwise));
}
