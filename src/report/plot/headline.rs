//! The headline figures of every policy with their intervals.

use super::Drawing;
use super::dots::{self, Estimate, Grid, Panel};
use super::frame::{Canvas, Page};
use crate::analysis::bounds::name;
use crate::analysis::catalogue::{METRICS, Metric};
use crate::analysis::summary::SummaryRow;
use crate::report::Manifest;

const WIDTH: f64 = 1_120.0;

/// Figures that are bounds of others: (the figure, its lower bound). The bound is a mark in the figure's panel.
const BOUNDS: [(&str, &str); 2] = [
    ("instances_in_use_peak", name::BEST),
    ("price_usd_per_hour_in_use_time_mean", "price_bound_usd_per_hour_time_mean"),
];

/// The headline figures by policy; `None` when no policy has any.
#[must_use]
pub fn headline(manifest: &Manifest, summary: &[SummaryRow], canvas: Canvas) -> Option<Drawing> {
    let shown = METRICS.iter().filter(|metric| metric.headline && !is_bound(metric.column));
    let panels = shown.map(|metric| (metric.is_of_gpus(), panel(manifest, summary, metric)));
    let panels: Vec<Panel> =
        panels.filter(|(is_of_gpus, panel)| !is_of_gpus || panel.is_defined()).map(|(_, panel)| panel).collect();
    let (defined, undefined): (Vec<Panel>, Vec<Panel>) = panels.into_iter().partition(Panel::is_defined);
    if defined.is_empty() {
        return None;
    }
    let (same, shown): (Vec<Panel>, Vec<Panel>) = defined.into_iter().partition(|panel| panel.same_for_all().is_some());
    let defined = if shown.is_empty() { same.clone() } else { shown };
    let mut page =
        Page::new(&format!("Headline figures by policy – {}", manifest.scenario.name), canvas.width_or(WIDTH), canvas);
    page.note(&subtitle(summary));
    if let Some(bounds) = bounds(manifest, &defined, summary) {
        page.note(&bounds);
    }
    let names: Vec<&str> = manifest.policies.iter().map(|policy| policy.name.as_str()).collect();
    dots::draw(&mut page, &dots::all(&names), &defined, Grid::WIDE);
    let same: Vec<String> =
        same.iter().filter_map(|panel| Some(format!("{} {}", panel.title, panel.same_for_all()?))).collect();
    if !same.is_empty() {
        page.note(&format!("The same under every policy: {}.", same.join("; ")));
    }
    if !undefined.is_empty() {
        let titles: Vec<&str> = undefined.iter().map(|panel| panel.title.as_str()).collect();
        page.note(&format!("Not defined here: {}.", titles.join("; ")));
    }
    Some(page.finish())
}

fn is_bound(column: &str) -> bool {
    BOUNDS.iter().any(|(_, bound)| *bound == column)
}

fn panel(manifest: &Manifest, summary: &[SummaryRow], metric: &Metric) -> Panel {
    let rows = |column: &str| -> Vec<Option<&SummaryRow>> {
        let find = |policy: &str| summary.iter().find(|row| row.policy == policy && row.metric == column);
        manifest.policies.iter().map(|policy| find(&policy.name)).collect()
    };
    let bound = BOUNDS.iter().find(|(figure, _)| *figure == metric.column);
    Panel {
        title: metric.title.to_owned(),
        unit: metric.unit,
        better: metric.better,
        estimates: rows(metric.column).into_iter().map(|row| row.and_then(estimate)).collect(),
        bounds: bound.map_or_else(Vec::new, |(_, bound)| {
            rows(bound).into_iter().map(|row| row.and_then(|row| row.mean)).collect()
        }),
    }
}

fn estimate(row: &SummaryRow) -> Option<Estimate> {
    Some(Estimate { value: row.mean?, interval: row.low.zip(row.high) })
}

fn subtitle(summary: &[SummaryRow]) -> String {
    let seeds = summary.iter().map(|row| row.n + row.absent).max().unwrap_or(0);
    let mut words = match seeds {
        0 | 1 => "One seed, so without intervals.".to_owned(),
        _ => format!("Dot: mean over {seeds} seeds; bar: its 95 % interval."),
    };
    words.push_str(" Axes need not start at 0.");
    words
}

/// What the marks of bounds say, and which bound it is where all policies have the same.
fn bounds(manifest: &Manifest, panels: &[Panel], summary: &[SummaryRow]) -> Option<String> {
    panels.iter().find(|panel| panel.bounds.iter().any(Option::is_some))?;
    let mut names: Vec<&str> =
        manifest.policies.iter().filter_map(|policy| name::of_summary(summary, &policy.name)).collect();
    names.dedup();
    let name = match names[..] {
        [name] => format!(" ({name})"),
        _ => String::new(),
    };
    Some(format!(
        "Black mark: no strategy holds the same tasks with less; the best bound{name} of instances, B7 of the price."
    ))
}
