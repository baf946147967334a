//! One figure of every policy at several points: a small panel a point, a row a policy.

use super::Drawing;
use super::curves::Spot;
use super::dots::{self, Estimate, Grid, Named, Panel};
use super::frame::{Canvas, Page};
use crate::analysis::catalogue::Metric;

const WIDTH: f64 = 1_240.0;

/// One figure at several points.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// What stands above.
    pub title: String,
    /// Sentences below it.
    pub notes: Vec<String>,
    /// The figure.
    pub metric: &'static Metric,
    /// The policies, a row each.
    pub policies: Vec<RankedPolicy>,
    /// The points.
    pub points: Vec<RankedPoint>,
}

/// A policy of a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedPolicy {
    /// Its name.
    pub name: String,
    /// Its place among all policies, which decides its look.
    pub place: usize,
}

/// The figure at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedPoint {
    /// Its scenario and its values.
    pub title: String,
    /// By policy.
    pub spots: Vec<Option<Spot>>,
    /// What no policy can be below, by policy; empty where there is none.
    pub bounds: Vec<Option<f64>>,
}

/// The picture; `None` where there is nothing to show.
#[must_use]
pub fn ranking(ranking: &Ranking, canvas: Canvas) -> Option<Drawing> {
    let is_shown = |point: &&RankedPoint| point.spots.iter().any(Option::is_some);
    let panels: Vec<Panel> = ranking.points.iter().filter(is_shown).map(|point| panel(ranking.metric, point)).collect();
    if panels.is_empty() {
        return None;
    }
    let mut page = Page::new(&ranking.title, canvas.width_or(WIDTH), canvas);
    ranking.notes.iter().for_each(|note| page.note(note));
    let rows = ranking.policies.iter().map(|policy| Named { name: &policy.name, place: policy.place });
    dots::draw(&mut page, &rows.collect::<Vec<_>>(), &panels, Grid::CLOSE);
    Some(page.finish())
}

fn panel(metric: &Metric, point: &RankedPoint) -> Panel {
    let estimate = |spot: &Option<Spot>| spot.map(|spot| Estimate { value: spot.mean, interval: spot.interval });
    Panel {
        title: point.title.clone(),
        unit: metric.unit,
        better: metric.better,
        estimates: point.spots.iter().map(estimate).collect(),
        bounds: point.bounds.clone(),
    }
}
