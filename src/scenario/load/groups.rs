//! How the tasks of one source hang together: many groups, and what the tasks of a batch share.

use super::laws::{read_sizes, read_zeta};
use crate::model::{Arrivals, BatchShares, Groups, Lifetime, LoadFactor};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys::{self, Shape};
use crate::scenario::reading::limits;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// At most this many kinds of task, a shape in a group, of one source.
const KINDS: usize = 1 << 16;

/// The `groups` of a source of `shapes` shapes.
pub(crate) fn read_groups(table: &Table<'_>, shapes: usize) -> Option<Groups> {
    const MODELS: [(&str, &Shape); 2] = [("bounded-zeta", &keys::ZETA_GROUPS), ("empirical", &keys::EMPIRICAL_GROUPS)];
    let item = table.get("groups")?;
    if let Some(group) = table.get("group") {
        let problem = Problem::new(Rule::Conflict, "tasks have a `group` and `groups`").label("one too many");
        group.report(problem.help("leave one of the two out"));
    }
    let (shape, groups) = item.tagged("model", &MODELS)?;
    let prefix = groups.get("prefix").and_then(|item| item.name());
    let count = groups.get("count").and_then(|item| item.integer_u32(1..=limits::GROUPS));
    let one_shape = groups.or_default("one-shape").flag();
    let sizes = if shape.path == keys::ZETA_GROUPS.path { read_zeta(&groups) } else { read_sizes(&groups, "sizes") };
    let (prefix, count) = (prefix?, count?);
    if shapes.saturating_mul(count as usize) > KINDS {
        let message = format!("{count} groups of {shapes} shapes are too many kinds of task");
        let problem = Problem::new(Rule::Law, message).label("too many");
        groups.get("count")?.report(problem.help(format!("give at most {KINDS} groups times shapes")));
        return None;
    }
    Some(Groups { prefix: prefix.to_owned(), count, sizes: sizes?, one_shape: one_shape? })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Shape,
    Group,
    LifeClass,
    Life,
}

/// The `batch-shares` of a source; what its tasks cannot share is refused.
pub(crate) fn read_batch_shares(
    table: &Table<'_>,
    arrivals: Option<&Arrivals>,
    lifetime: Option<&Lifetime>,
) -> BatchShares {
    const WORDS: [(&str, Share); 4] =
        [("shape", Share::Shape), ("group", Share::Group), ("life-class", Share::LifeClass), ("life", Share::Life)];
    let item = table.or_default("batch-shares");
    let words = item.list().unwrap_or_default();
    let has_batches = arrivals.is_none_or(|arrivals| matches!(arrivals, Arrivals::BatchPoisson { .. }));
    if !words.is_empty() && !has_batches {
        let problem = Problem::new(Rule::Conflict, "`batch-shares` speaks of batches, and tasks arrive singly");
        item.report(problem.label("no batches here").help("use the model `batch-poisson`, or leave it out"));
    }
    let mut shares = BatchShares::default();
    for word in words {
        match word.choice(&WORDS) {
            Some(Share::Shape) => shares.shape = true,
            Some(Share::Group) => {
                shares.group = true;
                if table.get("groups").is_none() {
                    let problem = Problem::new(Rule::Conflict, "tasks without `groups` cannot share one by batch");
                    word.report(problem.label("no groups here").help("add `groups`, or leave `group` out"));
                }
            }
            Some(Share::LifeClass) => {
                shares.life_class = true;
                if lifetime.is_some_and(|lifetime| !matches!(lifetime, Lifetime::Mixture(_))) {
                    let problem = Problem::new(Rule::Conflict, "lives without classes cannot share one by batch");
                    let help = "use the model `mixture` for the `lifetime`, or leave `life-class` out";
                    word.report(problem.label("no classes here").help(help));
                }
            }
            Some(Share::Life) => shares.life = true,
            None => {}
        }
    }
    shares
}

/// The `load-factor` of a source or a trace, exact to a millionth.
pub(crate) fn read_load_factor(item: &Item<'_>) -> LoadFactor {
    let millionths = item.scaled(6, 1_000..=u64::from(limits::LOAD_FACTOR) * 1_000_000);
    LoadFactor(millionths.and_then(|millionths| u32::try_from(millionths).ok()).unwrap_or(LoadFactor::ONE.0))
}
