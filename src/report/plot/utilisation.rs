//! Reserved cpu and memory and instances in use over simulated time, by policy.

use std::collections::BTreeMap;

use super::Drawing;
use super::dots::{self, Estimate};
use super::drawing::{Anchor, Area, Point, Stroke};
use super::font::{self, Weight};
use super::frame::{
    Canvas, LINE, MARGIN, MEDIUM, Page, SMALL, as_f64, hairline, heading, small, stroke_like, vertical_grid,
};
use super::paint::{AXIS, GRID, INK, Look, MUTED, Mark, look};
use super::scale::Scale;
use super::series::{Moment, series};
use crate::analysis::catalogue::{METRICS, Unit, position};
use crate::analysis::record::{RunRecord, Sample};
use crate::report::Manifest;
use crate::report::text::humane::{Style, counted};

const WIDTH: f64 = 1_000.0;
const PANEL_HEIGHT: f64 = 168.0;
/// The figures shown where there is no time to speak of.
const SNAPSHOT: [&str; 4] = [
    "cpu_reservation_snapshot",
    "memory_reservation_snapshot",
    "gpu_reservation_snapshot",
    "instances_in_use_snapshot",
];

/// One quantity of a sample.
struct Quantity {
    title: &'static str,
    unit: Unit,
    pick: fn(&Sample) -> Option<f64>,
}

const QUANTITIES: [Quantity; 4] = [
    Quantity { title: "CPU reserved, % of registered", unit: Unit::Share, pick: |s| s.cpu_reservation.to_f64() },
    Quantity { title: "Memory reserved, % of registered", unit: Unit::Share, pick: |s| s.memory_reservation.to_f64() },
    Quantity { title: "GPUs reserved, % of registered", unit: Unit::Share, pick: |s| s.gpu_reservation.to_f64() },
    Quantity { title: "Instances in use", unit: Unit::Count, pick: |s| Some(to_f64(s.instances_in_use)) },
];

/// A quantity over time, by policy, and its axis.
struct Panel {
    title: String,
    style: Style,
    lines: Vec<Vec<Moment>>,
    /// What the quantity cannot pass, drawn in grey; may be empty.
    ceiling: Vec<Moment>,
    scale: Scale,
}

impl Panel {
    /// Whether the policies cannot be told apart here, as when all of them place every task.
    fn is_same_for_all(&self) -> bool {
        self.lines.len() > 1 && self.lines.iter().all(|line| *line == self.lines[0])
    }

    fn heading(&self) -> String {
        let same = if self.is_same_for_all() { " – the same under every policy" } else { "" };
        format!("{}{same}", self.title)
    }
}

/// Utilisation over time by policy; where a scenario has no time, utilisation at the snapshot.
///
/// Lines are means over seeds, bands go from the lowest to the highest seed. `None` when there is nothing to show.
#[must_use]
pub fn utilisation(manifest: &Manifest, records: &[RunRecord], canvas: Canvas) -> Option<Drawing> {
    let by_policy: Vec<Vec<&RunRecord>> = manifest
        .policies
        .iter()
        .map(|policy| records.iter().filter(|record| record.policy == policy.name).collect())
        .collect();
    // Where no instance has a GPU, there is no panel of GPUs.
    let is_known = |quantity: &&Quantity| {
        records.iter().flat_map(|record| &record.samples).any(|sample| (quantity.pick)(sample).is_some())
    };
    let known = QUANTITIES.iter().filter(is_known);
    let panels: Vec<Panel> = known.map(|quantity| panel(quantity, &by_policy, records)).collect();
    let moments = panels.iter().flat_map(|panel| &panel.lines).map(Vec::len).max().unwrap_or(0);
    let seeds = by_policy.iter().map(Vec::len).max().unwrap_or(0);
    if moments < 2 {
        at_snapshot(manifest, &by_policy, seeds, canvas)
    } else {
        Some(over_time(manifest, &panels, seeds, canvas))
    }
}

fn names(manifest: &Manifest) -> Vec<&str> {
    manifest.policies.iter().map(|policy| policy.name.as_str()).collect()
}

fn panel(quantity: &Quantity, by_policy: &[Vec<&RunRecord>], records: &[RunRecord]) -> Panel {
    let lines: Vec<Vec<Moment>> = by_policy.iter().map(|records| series(records, quantity.pick)).collect();
    let high = highest(lines.iter().flatten());
    let style = Style::of(quantity.unit, 1.0, 0.0);
    let title = quantity.title.to_owned();
    if quantity.unit != Unit::Count {
        let scale = Scale::around(0.0, high.max(0.05), 5);
        return Panel { title, style, lines, ceiling: Vec::new(), scale };
    }
    let ceiling = registered(records, high);
    let scale = Scale::around_counts(0.0, high.max(highest(&ceiling)), 5);
    let title = if ceiling.is_empty() { title } else { format!("{title}, and registered (grey)") };
    Panel { title, style, lines, ceiling, scale }
}

fn highest<'a>(moments: impl IntoIterator<Item = &'a Moment>) -> f64 {
    moments.into_iter().map(|moment| moment.high).fold(0.0, f64::max)
}

/// The instances that are up, where all runs agree on them and they are not so many as to flatten all else.
fn registered(records: &[RunRecord], in_use: f64) -> Vec<Moment> {
    let mut up = BTreeMap::new();
    let mut samples = records.iter().flat_map(|record| &record.samples);
    let agreed = samples.all(|sample| *up.entry(sample.at_ms).or_insert(sample.instances_up) == sample.instances_up);
    let moments = series(&records.iter().collect::<Vec<_>>(), |sample| Some(to_f64(sample.instances_up)));
    if agreed && highest(&moments) <= 2.5 * in_use { moments } else { Vec::new() }
}

fn over_time(manifest: &Manifest, panels: &[Panel], seeds: usize, canvas: Canvas) -> Drawing {
    let mut page = Page::new(
        &format!("Utilisation over time by policy – {}", manifest.scenario.name),
        canvas.width_or(WIDTH),
        canvas,
    );
    page.note(&match seeds {
        1 => "One seed.".to_owned(),
        _ => format!("Line: mean over {seeds} seeds; band: from the lowest to the highest seed."),
    });
    page.legend(&names(manifest));
    let moments = panels.iter().flat_map(|panel| panel.lines.iter().flatten());
    let time = Scale::of_time(moments.map(|moment| moment.seconds).fold(0.0, f64::max), time_ticks(page.width()));
    let left = MARGIN + panels.iter().map(widest_label).fold(0.0, f64::max) + 8.0;
    let mut area = Area { left, top: 0.0, right: page.right() - 12.0, bottom: 0.0 };
    for panel in panels {
        page.y += 30.0 - LINE;
        for words in font::wrap(&panel.heading(), MEDIUM, Weight::Bold, page.right() - left) {
            page.y += LINE;
            page.drawing.text(heading(Point::new(left, page.y - 8.0), words));
        }
        (area.top, area.bottom) = (page.y, page.y + PANEL_HEIGHT);
        draw_axes(&mut page, panel, Grid { area, time });
        draw_lines(&mut page, panel, Grid { area, time });
        page.y = area.bottom;
    }
    draw_times(&mut page, Grid { area, time });
    page.finish()
}

/// As many intervals of time as have room for their labels.
fn time_ticks(width: f64) -> u32 {
    [10_u32, 8, 6, 5, 4, 3].into_iter().find(|&count| width / f64::from(count) >= 80.0).unwrap_or(2)
}

/// Where a panel lies, and the axis that all panels share.
#[derive(Clone, Copy)]
struct Grid {
    area: Area,
    time: Scale,
}

fn widest_label(panel: &Panel) -> f64 {
    let labels = panel.scale.labels(panel.style);
    labels.iter().map(|label| font::width(label, SMALL, Weight::Regular)).fold(0.0, f64::max)
}

fn draw_axes(page: &mut Page, panel: &Panel, grid: Grid) {
    let Grid { area, time } = grid;
    let times: Vec<f64> = time.ticks().iter().map(|&tick| time.place(tick, area.left, area.right)).collect();
    vertical_grid(&mut page.drawing, area, &times);
    for (tick, label) in panel.scale.ticks().into_iter().zip(panel.scale.labels(panel.style)) {
        let y = panel.scale.place(tick, area.bottom, area.top);
        hairline(&mut page.drawing, Point::new(area.left, y), Point::new(area.right, y), GRID);
        page.drawing.text(small(Point::new(area.left - 8.0, y + 4.0), label, Anchor::End, MUTED));
    }
    let (corner, end) = (Point::new(area.left, area.bottom), Point::new(area.right, area.bottom));
    hairline(&mut page.drawing, corner, end, AXIS);
}

fn draw_lines(page: &mut Page, panel: &Panel, grid: Grid) {
    let Grid { area, time } = grid;
    let at = |moment: &Moment, value: f64| {
        let x = time.place(moment.seconds, area.left, area.right);
        Point::new(x, panel.scale.place(value, area.bottom, area.top))
    };
    let line = |moments: &[Moment]| moments.iter().map(|moment| at(moment, moment.mean)).collect::<Vec<_>>();
    page.drawing.line(line(&panel.ceiling), Stroke { width: 2.0, paint: AXIS.into() });
    let looks = looks(panel);
    for (look, moments) in looks.iter().zip(&panel.lines) {
        if moments.iter().any(|moment| moment.high > moment.low) {
            let upper = moments.iter().map(|moment| at(moment, moment.high));
            let lower = moments.iter().rev().map(|moment| at(moment, moment.low));
            page.drawing.polygon(upper.chain(lower).collect(), look.colour.covering(0.16));
        }
    }
    for (look, moments) in looks.into_iter().zip(&panel.lines) {
        stroke_like(&mut page.drawing, look, &line(moments));
    }
}

/// The looks of the lines to draw: one for all where all are equal, else shorter dashes over lines already drawn.
fn looks(panel: &Panel) -> Vec<Look> {
    if panel.is_same_for_all() {
        return vec![Look { colour: INK, dash: None, mark: Mark::Dot }];
    }
    let over = |policy: usize| panel.lines[..policy].iter().filter(|line| **line == panel.lines[policy]).count();
    (0..panel.lines.len())
        .map(|policy| match over(policy) {
            0 => look(policy),
            covered => Look { dash: Some(14.0 / as_f64(covered + 1)), ..look(policy) },
        })
        .collect()
}

fn draw_times(page: &mut Page, grid: Grid) {
    let Grid { area, time } = grid;
    let style = Style::seconds(time.high);
    for (tick, label) in time.ticks().into_iter().zip(time.labels(style)) {
        let x = time.place(tick, area.left, area.right);
        hairline(&mut page.drawing, Point::new(x, area.bottom), Point::new(x, area.bottom + 4.0), AXIS);
        page.drawing.text(small(Point::new(x, area.bottom + LINE), label, Anchor::Middle, MUTED));
    }
    let words = format!("simulated time, {}", style.unit_name());
    let middle = (area.left + area.right) / 2.0;
    page.drawing.text(small(Point::new(middle, area.bottom + 2.2 * LINE), words, Anchor::Middle, MUTED));
    page.y = area.bottom + 2.2 * LINE;
}

/// Dots instead of lines that would have one point each.
fn at_snapshot(manifest: &Manifest, by_policy: &[Vec<&RunRecord>], seeds: usize, canvas: Canvas) -> Option<Drawing> {
    let panels: Vec<dots::Panel> = SNAPSHOT.iter().filter_map(|column| snapshot_panel(column, by_policy)).collect();
    if panels.is_empty() {
        return None;
    }
    let mut page = Page::new(
        &format!("Utilisation at the snapshot by policy – {}", manifest.scenario.name),
        canvas.width_or(WIDTH),
        canvas,
    );
    page.note(&match seeds {
        1 => "One seed.".to_owned(),
        _ => format!("Dot: mean over {}; bar: from the lowest to the highest.", counted(seeds as u64, "seed")),
    });
    dots::draw(&mut page, &dots::all(&names(manifest)), &panels, dots::Grid::WIDE);
    Some(page.finish())
}

fn snapshot_panel(column: &str, by_policy: &[Vec<&RunRecord>]) -> Option<dots::Panel> {
    let index = position(column)?;
    let metric = &METRICS[index];
    let estimates = by_policy.iter().map(|records| {
        let values: Vec<f64> = records.iter().filter_map(|record| record.figures.get(index)?.to_f64()).collect();
        let least = values.iter().copied().reduce(f64::min)?;
        let most = values.iter().copied().reduce(f64::max)?;
        let value = values.iter().sum::<f64>() / to_f64(values.len() as u64);
        Some(Estimate { value, interval: (values.len() > 1).then_some((least, most)) })
    });
    let (title, unit, better) = (metric.title.to_owned(), metric.unit, metric.better);
    let panel = dots::Panel { title, unit, better, estimates: estimates.collect(), bounds: Vec::new() };
    panel.is_defined().then_some(panel)
}

#[expect(clippy::cast_precision_loss, reason = "counts of instances and runs, for a picture")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
