//! The pictures that a sweep asks for: one figure of every policy at the points that it names.

use super::pictures::{OtherKey, bound_of, distinct, lowest_word, said, spot_of};
use super::summary::Block;
use crate::analysis::catalogue::{METRICS, position};
use crate::report::plot::{RankedPoint, RankedPolicy, Ranking};
use crate::sweep::{Plan, PlannedPicture};

/// A picture and the name of its files, without an extension.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) ranking: Ranking,
}

/// Every picture that is asked for, in the order of the sweep file.
pub(super) fn asked(plan: &Plan, blocks: &[Block]) -> Vec<Asked> {
    plan.drawn.iter().filter_map(|picture| one(plan, picture, blocks)).collect()
}

fn one(plan: &Plan, picture: &PlannedPicture, blocks: &[Block]) -> Option<Asked> {
    let keys = plan.keys();
    let metric = &METRICS[position(&picture.figure)?];
    let shown = |block: &&Block| picture.shows(&block.scenario, &keys, &block.values);
    let blocks: Vec<&Block> = blocks.iter().filter(shown).collect();
    let policies: Vec<RankedPolicy> = distinct(blocks.iter().map(|block| block.policy.as_str()))
        .into_iter()
        .enumerate()
        .map(|(place, name)| RankedPolicy { name, place })
        .filter(|policy| picture.policies.is_empty() || picture.policies.contains(&policy.name))
        .collect();
    let points = blocks.chunk_by(|a, b| (&a.scenario, &a.values) == (&b.scenario, &b.values));
    let points: Vec<&[&Block]> = points.collect();
    let of = |point: &[&Block], column: &str| -> Vec<_> {
        let find = |policy: &RankedPolicy| spot_of(point.iter().find(|block| block.policy == policy.name)?, column);
        policies.iter().map(find).collect()
    };
    let ranked = |point: &&[&Block]| {
        let bounds = bound_of(metric.column).map_or_else(Vec::new, |bound| {
            of(point, bound).into_iter().map(|spot| spot.map(|spot| spot.mean)).collect()
        });
        RankedPoint { title: title_of(plan, point[0], &points), spots: of(point, metric.column), bounds }
    };
    let ranked: Vec<RankedPoint> = points.iter().map(ranked).collect();
    let mut notes = vec![format!(
        "{}. Dot: mean over the seeds; bar: its 95 % interval, where anything is drawn. Axes differ and need not start at 0.",
        lowest_word(metric)
    )];
    if ranked.iter().flat_map(|point| &point.bounds).any(Option::is_some) {
        notes.push("Black mark: no strategy holds the same tasks with less.".to_owned());
    }
    let title = picture.title.clone().unwrap_or_else(|| format!("{} – {}", metric.title, plan.name));
    Some(Asked { name: picture.name.clone(), ranking: Ranking { title, notes, metric, policies, points: ranked } })
}

/// The scenario, and the values in which the points of it that are shown differ.
fn title_of(plan: &Plan, block: &Block, points: &[&[&Block]]) -> String {
    let own = points.iter().map(|point| point[0]).filter(|other| other.scenario == block.scenario);
    let own: Vec<&Block> = own.collect();
    let differs = |place: &usize| own.iter().any(|other| other.values[*place] != block.values[*place]);
    let others =
        (0..block.values.len()).filter(differs).map(|place| OtherKey { place, value: block.values[place].clone() });
    format!("{}{}", block.scenario, said(&plan.keys(), &others.collect::<Vec<_>>()))
}
