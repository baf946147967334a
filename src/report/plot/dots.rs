//! Small panels side by side: one figure a panel, one policy a row, a dot and its interval, the number beside it.

use super::drawing::{Anchor, Area, Point, Stroke};
use super::font::{self, Weight};
use super::frame::{LINE, MARGIN, MEDIUM, Page, SMALL, as_f64, hairline, heading, small, vertical_grid};
use super::paint::{AXIS, GRID, INK, Look, MUTED, Mark, look};
use super::scale::Scale;
use crate::analysis::catalogue::{Better, Unit};
use crate::report::text::humane::Style;
use crate::report::text::names;

const GAP: f64 = 34.0;
const WIDEST_NAME: f64 = 230.0;
const NARROWEST_PANEL: f64 = 150.0;

/// A value and the interval drawn around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    /// Ends of the interval, where there is one.
    pub(super) interval: Option<(f64, f64)>,
}

impl Estimate {
    /// The ends as drawn: figures are never negative, so an interval that reaches below 0 is cut there.
    fn ends(self) -> (f64, f64) {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        (low.max(0.0_f64.min(self.value)), high)
    }
}

/// How close panels and rows stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    most_columns: usize,
    /// From one policy to the next.
    row: f64,
}

impl Grid {
    /// A few figures.
    pub(super) const WIDE: Self = Self { most_columns: 3, row: 24.0 };
    /// Many panels of many policies.
    pub(super) const CLOSE: Self = Self { most_columns: 5, row: 18.0 };
}

/// The row of a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    /// The place of the policy among all, which decides its look.
    pub(super) place: usize,
}

/// Rows of all policies, in their order.
pub(super) fn all<'a>(names: &[&'a str]) -> Vec<Named<'a>> {
    names.iter().enumerate().map(|(place, name)| Named { name, place }).collect()
}

/// One figure of every policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) unit: Unit,
    pub(super) better: Better,
    /// By policy.
    pub(super) estimates: Vec<Option<Estimate>>,
    /// A mark to compare with, by policy; empty where there is none.
    pub(super) bounds: Vec<Option<f64>>,
}

impl Panel {
    /// Whether some policy has a value.
    pub(super) fn is_defined(&self) -> bool {
        self.estimates.iter().any(Option::is_some)
    }

    /// The value as shown, where several policies all have it exactly and nothing stands beside it.
    pub(super) fn same_for_all(&self) -> Option<String> {
        let first = (*self.estimates.first()?)?;
        let all = self.estimates.iter().all(|estimate| *estimate == Some(first));
        (self.estimates.len() > 1 && self.bounds.is_empty() && all).then(|| self.style().show(first.value))
    }

    fn extremes(&self) -> (f64, f64) {
        let estimates = self.estimates.iter().flatten();
        let ends = estimates.flat_map(|estimate| {
            let (low, high) = estimate.ends();
            [low, high, estimate.value]
        });
        let all = ends.chain(self.bounds.iter().copied().flatten());
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    }

    /// From 0 where that leaves the values apart, else close around them.
    fn scale(&self, intervals: u32) -> Scale {
        let (low, high) = self.extremes();
        let low = if (0.0..=0.6 * high).contains(&low) { 0.0 } else { low };
        match self.unit {
            Unit::Count => Scale::around_counts(low, high, intervals),
            Unit::Share => {
                let scale = Scale::around(low, high, intervals);
                Scale {
                    low: if low < 0.0 { scale.low } else { scale.low.max(0.0) },
                    high: if high <= 1.0 { scale.high.min(1.0) } else { scale.high },
                    ..scale
                }
            }
            _ => Scale::around(low, high, intervals),
        }
    }

    /// How numbers of this panel are shown, all alike.
    fn style(&self) -> Style {
        let values = self.estimates.iter().flatten();
        let largest = values.clone().map(|estimate| estimate.value.abs()).fold(0.0, f64::max);
        let fraction = values.map(|estimate| estimate.value.fract().abs()).fold(0.0, f64::max);
        Style::of(self.unit, if fraction > 0.0 { largest.floor() + 0.5 } else { largest }, 0.0)
    }

    /// The unit of the axis and where it is better.
    fn hint(&self) -> String {
        let unit = match self.unit {
            Unit::Share => "%",
            Unit::UsdPerHour => "$/h",
            Unit::Usd => "$",
            Unit::Seconds => self.style().unit_name(),
            Unit::Count | Unit::Ratio => "",
        };
        let better = match self.better {
            Better::Lower => "lower is better",
            Better::Higher => "higher is better",
            Better::Neither => "",
        };
        [unit, better].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn labels(&self) -> Vec<String> {
        let style = self.style();
        let label = |estimate: &Option<Estimate>| estimate.map_or("–".to_owned(), |known| style.show(known.value));
        self.estimates.iter().map(label).collect()
    }
}

/// Where the panels of a page lie, and whose rows they have.
struct Layout {
    places: Vec<usize>,
    name_width: f64,
    panel_width: f64,
    grid: Grid,
    columns: usize,
}

/// Draws all panels in rows, with the policies' names on the left of each row.
pub(super) fn draw(page: &mut Page, rows: &[Named<'_>], panels: &[Panel], grid: Grid) {
    let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    let widest = names.iter().map(|name| font::width(name, SMALL, Weight::Regular)).fold(0.0, f64::max);
    // On a narrow page names have less room, and fewer panels stand side by side.
    let widest_name = WIDEST_NAME.min(page.width() * 0.4);
    let name_width = widest.min(widest_name) + 14.0;
    let has_room = |columns: usize| {
        let rest = page.width() - name_width - GAP * as_f64(columns - 1);
        rest / as_f64(columns) >= NARROWEST_PANEL
    };
    let columns = (1..=panels.len().clamp(1, grid.most_columns)).rev().find(|&columns| has_room(columns)).unwrap_or(1);
    let gaps = GAP * as_f64(columns - 1);
    let panel_width = (page.width() - name_width - gaps) / as_f64(columns);
    let places = rows.iter().map(|row| row.place).collect();
    let layout = Layout { places, name_width, panel_width, grid, columns };
    let names = names::shortened(&names, |text| font::width(text, SMALL, Weight::Regular) <= widest_name);
    for row in panels.chunks(columns) {
        draw_row(page, &names, row, &layout);
    }
}

fn draw_row(page: &mut Page, names: &[String], panels: &[Panel], layout: &Layout) {
    debug_assert!(panels.len() <= layout.columns);
    let titles: Vec<Vec<String>> =
        panels.iter().map(|panel| font::wrap(&panel.title, MEDIUM, Weight::Bold, layout.panel_width)).collect();
    let title_lines = titles.iter().map(Vec::len).max().unwrap_or(0);
    let top = page.y + 16.0;
    let rows_top = top + LINE * as_f64(title_lines + 1) + 6.0;
    let row = layout.grid.row;
    let rows_bottom = rows_top + row * as_f64(names.len());
    for (index, name) in names.iter().enumerate() {
        let at = Point::new(MARGIN + layout.name_width - 12.0, row_middle(rows_top, row, index) + 4.0);
        page.drawing.text(small(at, name.as_str(), Anchor::End, INK));
    }
    let mut left = MARGIN + layout.name_width;
    for (panel, title) in panels.iter().zip(titles) {
        let first = title_lines - title.len() + 1;
        for (line, words) in title.into_iter().enumerate() {
            page.drawing.text(heading(Point::new(left, top + LINE * as_f64(first + line) - 4.0), words));
        }
        let at = Point::new(left, top + LINE * as_f64(title_lines + 1) - 4.0);
        page.drawing.text(small(at, panel.hint(), Anchor::Start, MUTED));
        let area = Area { left, top: rows_top, right: left + layout.panel_width, bottom: rows_bottom };
        draw_panel(page, panel, area, layout);
        left += layout.panel_width + GAP;
    }
    page.y = rows_bottom + LINE + 8.0;
}

fn row_middle(top: f64, row: f64, index: usize) -> f64 {
    top + row * (as_f64(index) + 0.5)
}

fn draw_panel(page: &mut Page, panel: &Panel, area: Area, layout: &Layout) {
    let row = layout.grid.row;
    let labels = panel.labels();
    let label_width = labels.iter().map(|label| font::width(label, SMALL, Weight::Regular)).fold(0.0, f64::max);
    let plot = Area { right: area.right - label_width - 16.0, ..area };
    let scale = axis(page, panel, plot);
    for (index, (estimate, label)) in panel.estimates.iter().zip(labels).enumerate() {
        let y = row_middle(area.top, row, index);
        hairline(&mut page.drawing, Point::new(plot.left, y), Point::new(plot.right, y), GRID);
        let place = |value: f64| scale.place(value, plot.left, plot.right);
        if let Some(bound) = panel.bounds.get(index).copied().flatten() {
            let (from, to) = (Point::new(place(bound), y - 0.375 * row), Point::new(place(bound), y + 0.375 * row));
            page.drawing.line([from, to], Stroke { width: 2.0, paint: INK.into() });
        }
        if let Some(estimate) = estimate {
            draw_estimate(page, layout.places[index], estimate, |value| Point::new(place(value), y));
        }
        page.drawing.text(small(Point::new(area.right, y + 4.0), label, Anchor::End, INK));
    }
}

fn draw_estimate(page: &mut Page, policy: usize, estimate: &Estimate, at: impl Fn(f64) -> Point) {
    const RADIUS: f64 = 4.5;
    let Look { colour, mark, .. } = look(policy);
    if let Some((low, high)) = estimate.interval {
        let (stroke, centre) = (Stroke { width: 2.0, paint: colour.into() }, at(estimate.value).x);
        let ends = estimate.ends();
        page.drawing.line([at(ends.0), at(ends.1)], stroke);
        // A cut end has no cap, and the end of an interval narrower than its dot would only make the dot look ragged.
        let whole = [(low, ends.0), (high, ends.1)].into_iter().filter(|(end, drawn)| (end - drawn).abs() < 1e-12);
        for end in whole.map(|(end, _)| at(end)).filter(|end| (end.x - centre).abs() > RADIUS) {
            page.drawing.line([Point::new(end.x, end.y - 5.0), Point::new(end.x, end.y + 5.0)], stroke);
        }
    }
    let centre = at(estimate.value);
    let corners = |reach: f64, corners: [(f64, f64); 4]| {
        corners.map(|(x, y)| Point::new(centre.x + x * reach, centre.y + y * reach)).to_vec()
    };
    match mark {
        Mark::Dot => page.drawing.dot(centre, RADIUS, colour.into()),
        Mark::Square => {
            let all = corners(0.9 * RADIUS, [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]);
            page.drawing.polygon(all, colour.into());
        }
        Mark::Diamond => {
            let all = corners(1.25 * RADIUS, [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]);
            page.drawing.polygon(all, colour.into());
        }
    }
}

/// The axis below a panel, with as many ticks as have room for their labels.
fn axis(page: &mut Page, panel: &Panel, plot: Area) -> Scale {
    let style = panel.style();
    let room = |scale: &Scale| {
        let widest =
            scale.labels(style).iter().map(|label| font::width(label, SMALL, Weight::Regular)).fold(0.0, f64::max);
        plot.width() / as_f64(scale.ticks().len().max(2) - 1) - widest
    };
    let scales = [5, 4, 3, 2].map(|intervals| panel.scale(intervals));
    let scale = scales.into_iter().find(|scale| room(scale) >= 10.0).unwrap_or_else(|| panel.scale(1));
    let ticks: Vec<f64> = scale.ticks().iter().map(|&tick| scale.place(tick, plot.left, plot.right)).collect();
    vertical_grid(&mut page.drawing, plot, &ticks);
    hairline(&mut page.drawing, Point::new(plot.left, plot.bottom), Point::new(plot.right, plot.bottom), AXIS);
    for (&x, label) in ticks.iter().zip(scale.labels(style)) {
        page.drawing.text(small(Point::new(x, plot.bottom + LINE - 2.0), label, Anchor::Middle, MUTED));
    }
    scale
}
