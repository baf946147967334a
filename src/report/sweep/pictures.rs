//! What a sweep's pictures show: the headline figures over each varied key, by scenario and by the values of the other keys;
//! where nothing is varied, over the scenarios.

use std::collections::BTreeSet;

use super::answers::figures_of;
use super::summary::Block;
use crate::analysis::bounds::name;
use crate::analysis::catalogue::{Better, METRICS, Metric};
use crate::report::plot::{CurvePanel, Curves, Spot};
use crate::sweep::Plan;

/// So many pictures are drawn; the tables have all.
pub(super) const MOST: usize = 24;
/// A picture of more values shows nothing.
const MOST_VALUES: usize = 400;

/// Bounds of figures, as the pictures of one scenario have them.
pub(super) const BOUNDS: [(&str, &str); 3] = [
    ("instances_in_use_peak", name::BEST),
    ("price_usd_per_hour_in_use_time_mean", "price_bound_usd_per_hour_time_mean"),
    ("instances", "instances_bound"),
];

/// The figure that no policy can be below in a figure.
pub(super) fn bound_of(figure: &str) -> Option<&'static str> {
    BOUNDS.iter().find(|(of, _)| *of == figure).map(|(_, bound)| *bound)
}

/// How the names of pictures of keys begin; no picture that is asked for may have such a name.
pub const OWN_PICTURES: [&str; 2] = ["curve-", "scenarios"];

/// The figures that are shown of a plan.
pub(super) fn shown(plan: &Plan) -> Vec<&'static Metric> {
    match &plan.question {
        Some(question) => figures_of(question).iter().collect(),
        None => METRICS.iter().filter(|metric| metric.headline).collect(),
    }
}

/// A picture and the name of its file, without an extension.
pub struct Picture {
    /// The name.
    pub name: String,
    /// What it shows.
    pub curves: Curves,
}

/// Every picture, and how many there would be.
#[must_use]
pub fn pictures(plan: &Plan, blocks: &[Block]) -> (Vec<Picture>, usize) {
    let mut all: Vec<Picture> = Vec::new();
    let mut wanted = 0;
    let keys = plan.keys();
    for planned in &plan.scenarios {
        let own: Vec<&Block> = blocks.iter().filter(|block| block.scenario == planned.name).collect();
        for axis in planned.axes.iter().filter(|axis| axis.values.len() > 1) {
            let Some(column) = keys.iter().position(|key| *key == axis.key) else { continue };
            for Alike { others, blocks } in apart(&own, column) {
                wanted += 1;
                if all.len() < MOST {
                    let at = said(&keys, &others);
                    let title = format!("{} – {}{at}", axis.key, planned.name);
                    let values = distinct(blocks.iter().map(|block| block.values[column].as_str()));
                    let of_value = |block: &Block, value: &str| block.values[column] == value;
                    let curves = curves(plan, title, &axis.key, &values, &blocks, &of_value);
                    let name = format!("curve-{}", all.len() + 1);
                    all.extend(curves.map(|curves| Picture { name, curves }));
                }
            }
        }
    }
    if keys.is_empty() && plan.scenarios.len() > 1 {
        let names = distinct(blocks.iter().map(|block| block.scenario.as_str()));
        let blocks: Vec<&Block> = blocks.iter().collect();
        let of_scenario = |block: &Block, name: &str| block.scenario == name;
        let title = format!("Headline figures by scenario – {}", plan.name);
        wanted += 1;
        let curves = curves(plan, title, "scenario", &names, &blocks, &of_scenario);
        all.extend(curves.map(|curves| Picture { name: "scenarios".to_owned(), curves }));
    }
    (all, wanted)
}

/// Another key that the scenario varies, by position, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OtherKey {
    pub(super) place: usize,
    pub(super) value: String,
}

/// Blocks that differ in one key and in the policy only.
struct Alike<'a> {
    others: Vec<OtherKey>,
    blocks: Vec<&'a Block>,
}

/// Blocks by the values of all keys but one.
fn apart<'a>(blocks: &[&'a Block], column: usize) -> Vec<Alike<'a>> {
    let mut groups: Vec<Alike<'a>> = Vec::new();
    for block in blocks {
        let others = block.values.iter().enumerate().filter(|(place, value)| *place != column && !value.is_empty());
        let others: Vec<OtherKey> = others.map(|(place, value)| OtherKey { place, value: value.clone() }).collect();
        match groups.iter_mut().find(|known| known.others == others) {
            Some(known) => known.blocks.push(block),
            None => groups.push(Alike { others, blocks: vec![block] }),
        }
    }
    groups
}

/// `, tasks[0].count = 20`.
pub(super) fn said(keys: &[&str], others: &[OtherKey]) -> String {
    others.iter().map(|OtherKey { place, value }| format!(", {} = {value}", keys[*place])).collect()
}

pub(super) fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values.filter(|value| seen.insert(*value)).map(str::to_owned).collect()
}

fn curves(
    plan: &Plan,
    title: String,
    key: &str,
    values: &[String],
    blocks: &[&Block],
    is_at: &dyn Fn(&Block, &str) -> bool,
) -> Option<Curves> {
    if values.len() < 2 || values.len() > MOST_VALUES {
        return None;
    }
    let policies = distinct(blocks.iter().map(|block| block.policy.as_str()));
    let find = |policy: &str, value: &str| blocks.iter().find(|block| block.policy == policy && is_at(block, value));
    let spots = |column: &str| -> Vec<Vec<Option<Spot>>> {
        let spot = |policy: &str, value: &str| spot_of(find(policy, value)?, column);
        policies.iter().map(|policy| values.iter().map(|value| spot(policy, value)).collect()).collect()
    };
    let panel = |metric: &'static Metric| {
        let bound = bound_of(metric.column).map_or_else(Vec::new, |bound| lowest(&spots(bound), values.len()));
        let panel = CurvePanel { metric, lines: spots(metric.column), bound };
        panel.lines.iter().flatten().any(Option::is_some).then_some(panel)
    };
    let is_bound = |metric: &&'static Metric| BOUNDS.iter().any(|(_, bound)| *bound == metric.column);
    let shown = shown(plan).into_iter().filter(|metric| !is_bound(metric));
    let (same, panels): (Vec<CurvePanel>, Vec<CurvePanel>) =
        shown.filter_map(panel).partition(CurvePanel::same_for_all);
    let has_bound = panels.iter().any(|panel| panel.bound.iter().any(Option::is_some));
    let dots = match plan.question {
        Some(_) => "Dot: the answer for one policy. Axes need not start at 0.",
        None => "Dot: mean over the seeds; bar: its 95 % interval, where anything is drawn. Axes need not start at 0.",
    };
    let mut notes = vec![dots.to_owned()];
    if has_bound {
        notes.push("Black: no strategy holds the tasks of any of these policies with less.".to_owned());
    }
    if !same.is_empty() {
        let titles: Vec<&str> = same.iter().map(|panel| panel.metric.title).collect();
        notes.push(format!("The same everywhere: {}.", titles.join("; ")));
    }
    Some(Curves { title, notes, key: key.to_owned(), values: values.to_vec(), policies, panels })
}

/// Where a figure is better.
pub(super) fn lowest_word(metric: &Metric) -> &'static str {
    match metric.better {
        Better::Lower => "lower is better",
        Better::Higher => "higher is better",
        Better::Neither => "neither more nor less is better",
    }
}

/// A figure of a block.
pub(super) fn spot_of(block: &Block, column: &str) -> Option<Spot> {
    let figure = block.figures.iter().find(|figure| figure.metric == column)?;
    Some(Spot { mean: figure.mean, interval: figure.interval })
}

/// For each value the least bound of all policies, which may have placed different tasks.
fn lowest(bounds: &[Vec<Option<Spot>>], values: usize) -> Vec<Option<f64>> {
    let at =
        |index: usize| bounds.iter().filter_map(move |line| line.get(index).copied().flatten()).map(|spot| spot.mean);
    (0..values).map(|index| at(index).min_by(f64::total_cmp)).collect()
}
