//! Figures over a varied key: small panels, one figure each, a line with its intervals for every policy.
//!
//! Values of the key that are numbers have a true axis; others stand side by side, without lines between them, since nothing
//! lies between two names.

use super::Drawing;
use super::drawing::{Anchor, Area, Point, Stroke};
use super::font::{self, Weight};
use super::frame::{Canvas, LINE, MARGIN, MEDIUM, Page, SMALL, as_f64, hairline, heading, small, stroke_like};
use super::paint::{AXIS, GRID, INK, MUTED, look};
use super::scale::Scale;
use crate::analysis::catalogue::{Better, Metric, Unit};
use crate::report::text::humane::Style;
use crate::report::text::names;

const WIDTH: f64 = 1_120.0;
const PANEL_HEIGHT: f64 = 170.0;
const NARROWEST: f64 = 280.0;
const GAP: f64 = 40.0;
const MOST_COLUMNS: usize = 3;

/// A mean and the ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// The mean.
    pub mean: f64,
    /// Its 95 % interval, where there is one.
    pub interval: Option<(f64, f64)>,
}

/// One figure of every policy at every value of the key.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePanel {
    /// The figure.
    pub metric: &'static Metric,
    /// By policy, by value.
    pub lines: Vec<Vec<Option<Spot>>>,
    /// By value, what no policy can be below; empty where there is none.
    pub bound: Vec<Option<f64>>,
}

/// Figures over one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// What stands above.
    pub title: String,
    /// Sentences below it.
    pub notes: Vec<String>,
    /// The key.
    pub key: String,
    /// Its values, in order.
    pub values: Vec<String>,
    /// Names of policies; their place decides their look.
    pub policies: Vec<String>,
    /// The figures.
    pub panels: Vec<CurvePanel>,
}

/// The picture; `None` where there is nothing to show.
#[must_use]
pub fn curves(curves: &Curves, canvas: Canvas) -> Option<Drawing> {
    if curves.panels.is_empty() || curves.values.is_empty() {
        return None;
    }
    let mut page = Page::new(&curves.title, canvas.width_or(WIDTH), canvas);
    curves.notes.iter().for_each(|note| page.note(note));
    let names: Vec<&str> = curves.policies.iter().map(String::as_str).collect();
    page.legend(&names);
    page.y += 10.0;
    let has_room =
        |columns: usize| (page.width() - GAP * as_f64(columns - 1)) / as_f64(columns) >= NARROWEST || columns == 1;
    let columns = (1..=curves.panels.len().min(MOST_COLUMNS)).rev().find(|&columns| has_room(columns)).unwrap_or(1);
    let width = (page.width() - GAP * as_f64(columns - 1)) / as_f64(columns);
    let along = Along::of(&curves.values);
    for row in curves.panels.chunks(columns) {
        draw_row(&mut page, row, width, Axis { key: &curves.key, values: &curves.values, along: &along });
    }
    Some(page.finish())
}

/// The key's axis.
#[derive(Clone, Copy)]
struct Axis<'a> {
    key: &'a str,
    values: &'a [String],
    along: &'a Along,
}

/// Where values lie along the axis.
enum Along {
    /// Numbers at their places.
    Numbers(Vec<f64>),
    /// Names side by side.
    Names(usize),
}

impl Along {
    fn of(values: &[String]) -> Self {
        let numbers: Option<Vec<f64>> =
            values.iter().map(|value| value.parse().ok().filter(|number: &f64| number.is_finite())).collect();
        match numbers {
            Some(numbers) if numbers.len() > 1 => Self::Numbers(numbers),
            _ => Self::Names(values.len()),
        }
    }

    fn scale(&self, intervals: u32) -> Scale {
        match self {
            Self::Numbers(numbers) => {
                let (low, high) = extremes(numbers.iter().copied());
                let are_counts = numbers.iter().all(|number| number.fract().abs() < 1e-12);
                let around = if are_counts { Scale::around_counts } else { Scale::around };
                let scale = around(low, high, intervals);
                let room = (high - low) * 0.04;
                Scale { low: low - room, high: high + room, ..scale }
            }
            Self::Names(count) => Scale { low: -0.5, high: as_f64(*count) - 0.5, step: 1.0 },
        }
    }

    fn place(&self, index: usize) -> f64 {
        match self {
            Self::Numbers(numbers) => numbers[index],
            Self::Names(_) => as_f64(index),
        }
    }
}

fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

impl CurvePanel {
    /// Whether all policies have the same value everywhere, and no bound stands beside them.
    #[must_use]
    pub fn same_for_all(&self) -> bool {
        let mut spots = self.lines.iter().flatten().flatten();
        let first = spots.next();
        self.bound.is_empty() && spots.all(|spot| Some(spot) == first)
    }

    fn scale(&self) -> Scale {
        let ends = self.lines.iter().flatten().flatten().flat_map(|spot| {
            let (low, high) = spot.interval.unwrap_or((spot.mean, spot.mean));
            [low.max(0.0_f64.min(spot.mean)), high, spot.mean]
        });
        let (low, high) = extremes(ends.chain(self.bound.iter().copied().flatten()));
        let low = if (0.0..=0.6 * high).contains(&low) { 0.0 } else { low };
        match self.metric.unit {
            Unit::Count => Scale::around_counts(low, high, 5),
            _ => Scale::around(low, high, 5),
        }
    }

    fn style(&self) -> Style {
        let largest = self.lines.iter().flatten().flatten().map(|spot| spot.mean.abs()).fold(0.0, f64::max);
        Style::of(self.metric.unit, largest, 0.0)
    }

    fn hint(&self) -> String {
        let unit = match self.metric.unit {
            Unit::Share => "%",
            Unit::UsdPerHour => "$/h",
            Unit::Usd => "$",
            Unit::Seconds => self.style().unit_name(),
            Unit::Count | Unit::Ratio => "",
        };
        let better = match self.metric.better {
            Better::Lower => "lower is better",
            Better::Higher => "higher is better",
            Better::Neither => "",
        };
        [unit, better].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

fn draw_row(page: &mut Page, panels: &[CurvePanel], width: f64, axis: Axis<'_>) {
    let titles: Vec<Vec<String>> =
        panels.iter().map(|panel| font::wrap(panel.metric.title, MEDIUM, Weight::Bold, width)).collect();
    let lines = titles.iter().map(Vec::len).max().unwrap_or(0);
    let top = page.y + 12.0 + LINE * as_f64(lines + 1);
    let mut left = MARGIN;
    let mut bottom = top;
    for (panel, title) in panels.iter().zip(titles) {
        for (line, words) in title.into_iter().enumerate() {
            page.drawing.text(heading(Point::new(left, page.y + 12.0 + LINE * as_f64(line)), words));
        }
        page.drawing.text(small(Point::new(left, top - LINE + 6.0), panel.hint(), Anchor::Start, MUTED));
        let scale = panel.scale();
        let labels = scale.labels(panel.style());
        let label_width =
            labels.iter().map(|label| font::width(label, SMALL, Weight::Regular)).fold(0.0, f64::max) + 8.0;
        let area = Area { left: left + label_width, top: top + 6.0, right: left + width, bottom: top + PANEL_HEIGHT };
        for (tick, label) in scale.ticks().into_iter().zip(labels) {
            let y = scale.place(tick, area.bottom, area.top);
            hairline(&mut page.drawing, Point::new(area.left, y), Point::new(area.right, y), GRID);
            page.drawing.text(small(Point::new(area.left - 8.0, y + 4.0), label, Anchor::End, MUTED));
        }
        hairline(&mut page.drawing, Point::new(area.left, area.bottom), Point::new(area.right, area.bottom), AXIS);
        let below = draw_values(page, area, axis);
        draw_lines(page, panel, area, axis.along, scale);
        bottom = f64::max(bottom, below);
        left += width + GAP;
    }
    page.y = bottom + LINE;
}

/// The values of the key below a panel, as many as have room, and its name; answers where they end.
fn draw_values(page: &mut Page, area: Area, axis: Axis<'_>) -> f64 {
    let style = Style::of(Unit::Count, 1.0, 0.0);
    let width = |label: &str| font::width(label, SMALL, Weight::Regular);
    let labels: Vec<(f64, String)> = match axis.along {
        Along::Numbers(_) => {
            let fits = |scale: &Scale| {
                let labels = scale.labels(style);
                let widest = labels.iter().map(|label| width(label)).fold(0.0, f64::max);
                let step = scale.step / (scale.high - scale.low) * area.width();
                step >= widest + 12.0
            };
            let scales = [6, 5, 4, 3, 2].map(|intervals| axis.along.scale(intervals));
            let scale = scales.into_iter().find(fits).unwrap_or_else(|| axis.along.scale(1));
            let ends = |&(x, _): &(f64, String)| x >= area.left - 1.0 && x <= area.right + 1.0;
            let placed = scale.ticks().into_iter().zip(scale.labels(style));
            placed.map(|(tick, label)| (scale.place(tick, area.left, area.right), label)).filter(ends).collect()
        }
        Along::Names(count) => {
            let room = area.width() / as_f64(*count) - 8.0;
            let names: Vec<&str> = axis.values.iter().map(String::as_str).collect();
            let short = names::shortened(&names, |text| width(text) <= room.max(24.0));
            let scale = axis.along.scale(1);
            let place = |index: usize| scale.place(as_f64(index), area.left, area.right);
            let every = (width("000000") / room.max(1.0)).ceil().max(1.0);
            let is_shown = |index: usize| every <= 1.0 || as_f64(index) % every < 0.5;
            short
                .into_iter()
                .enumerate()
                .filter(|(index, _)| is_shown(*index))
                .map(|(i, name)| (place(i), name))
                .collect()
        }
    };
    for (x, label) in labels {
        // A label at an edge moves inwards rather than out of its panel.
        let half = width(&label) / 2.0;
        let x = x.clamp(area.left + half - 6.0, (area.right - half + 4.0).max(area.left + half - 6.0));
        page.drawing.text(small(Point::new(x, area.bottom + LINE - 2.0), label, Anchor::Middle, MUTED));
    }
    let key = font::fit(axis.key, SMALL, Weight::Regular, area.width());
    let at = Point::new(f64::midpoint(area.left, area.right), area.bottom + 2.0 * LINE);
    page.drawing.text(small(at, key, Anchor::Middle, INK));
    area.bottom + 2.0 * LINE + 8.0
}

fn draw_lines(page: &mut Page, panel: &CurvePanel, area: Area, along: &Along, scale: Scale) {
    let across = along.scale(1);
    let is_line = matches!(along, Along::Numbers(_));
    let policies = as_f64(panel.lines.len());
    let at = |policy: usize, index: usize, value: f64| {
        // Names have room for every policy beside the others; numbers have their one place.
        let shift = if is_line { 0.0 } else { (as_f64(policy) + 0.5 - policies / 2.0) * (0.7 / policies) };
        let x = across.place(along.place(index) + shift, area.left, area.right);
        Point::new(x, scale.place(value, area.bottom, area.top))
    };
    draw_bound(page, panel, is_line, |index, side, value| {
        let x = across.place(along.place(index) + side, area.left, area.right);
        Point::new(x, scale.place(value, area.bottom, area.top))
    });
    for (policy, line) in panel.lines.iter().enumerate() {
        let colour = look(policy).colour;
        for (index, spot) in line.iter().enumerate() {
            let Some(spot) = spot else { continue };
            if let Some((low, high)) = spot.interval {
                let ends = [low.max(0.0_f64.min(spot.mean)), high].map(|end| at(policy, index, end));
                page.drawing.line(ends, Stroke { width: 2.0, paint: colour.covering(0.55) });
            }
            page.drawing.dot(at(policy, index, spot.mean), 3.2, colour.into());
        }
        if is_line {
            // A gap in the values is a gap in the line.
            for stretch in stretches(line) {
                let points: Vec<Point> = stretch.iter().map(|&(index, mean)| at(policy, index, mean)).collect();
                stroke_like(&mut page.drawing, look(policy), &points);
            }
        }
    }
}

/// The bound as a thin black line, or as a mark at each name.
fn draw_bound(page: &mut Page, panel: &CurvePanel, is_line: bool, at: impl Fn(usize, f64, f64) -> Point) {
    let known: Vec<(usize, f64)> =
        panel.bound.iter().enumerate().filter_map(|(index, value)| Some((index, (*value)?))).collect();
    let stroke = Stroke { width: 1.5, paint: INK.into() };
    if is_line {
        let points: Vec<Point> = known.iter().map(|&(index, value)| at(index, 0.0, value)).collect();
        page.drawing.dashes(&points, 2.0, stroke);
    } else {
        for &(index, value) in &known {
            page.drawing.line([at(index, -0.42, value), at(index, 0.42, value)], stroke);
        }
    }
}

/// Neighbouring values that are known.
fn stretches(line: &[Option<Spot>]) -> Vec<Vec<(usize, f64)>> {
    let mut stretches = vec![Vec::new()];
    for (index, spot) in line.iter().enumerate() {
        match (spot, stretches.last_mut()) {
            (Some(spot), Some(last)) => last.push((index, spot.mean)),
            _ => stretches.push(Vec::new()),
        }
    }
    stretches.retain(|stretch| stretch.len() > 1);
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::catalogue::METRICS;

    fn sample(values: &[&str], policies: usize) -> Curves {
        let metrics = METRICS.iter().filter(|metric| metric.headline);
        let spot = |policy: usize, index: usize| {
            let mean = as_f64(100 * (index + 1) + 7 * policy);
            Some(Spot { mean, interval: Some((mean - 4.0, mean + 4.0)) }).filter(|_| (policy, index) != (0, 1))
        };
        let lines = |_: &Metric| {
            (0..policies).map(|policy| (0..values.len()).map(|index| spot(policy, index)).collect()).collect()
        };
        Curves {
            title: "Headline figures over `cluster.instances[0].count` – a sweep with a name".into(),
            notes: vec!["Dot: mean; bar: its 95 % interval.".into()],
            key: "cluster.instances[0].count".into(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            policies: (0..policies).map(|policy| format!("policy-{policy}")).collect(),
            panels: metrics
                .map(|metric| CurvePanel { metric, lines: lines(metric), bound: vec![Some(90.0); values.len()] })
                .collect(),
        }
    }

    #[test]
    fn words_stay_inside_and_never_overlap() {
        let many: Vec<String> = (0..60).map(|index| (index * 1_000).to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let names = ["azure-2017", "alibaba-2018", "a-trace-with-a-very-long-name-of-its-own", "openb", "google", "x"];
        for (values, policies) in [(&["100", "200", "400"][..], 3), (&many[..], 9), (&names[..], 20), (&["7"][..], 1)] {
            for canvas in [Canvas::SCREEN, Canvas { width: Some(380.0), has_title: false }] {
                let drawing = curves(&sample(values, policies), canvas).unwrap();
                let texts: Vec<_> = drawing.texts().collect();
                for (index, text) in texts.iter().enumerate() {
                    let area = text.area();
                    let is_inside = area.left >= 0.0 && area.right <= drawing.width && area.bottom <= drawing.height;
                    assert!(is_inside, "`{}` leaves the picture: {area:?}", text.words);
                    let lies_on = |other: &Area| {
                        area.left < other.right
                            && other.left < area.right
                            && area.top < other.bottom
                            && other.top < area.bottom
                    };
                    let below = texts[..index].iter().find(|other| lies_on(&other.area()));
                    assert!(below.is_none(), "`{}` lies on `{}`", text.words, below.unwrap().words);
                }
            }
        }
    }

    #[test]
    fn a_value_that_is_missing_leaves_a_gap() {
        let spot = |mean| Some(Spot { mean, interval: None });
        let line = [spot(1.0), spot(2.0), None, spot(3.0), None, spot(4.0), spot(5.0)];
        assert_eq!(stretches(&line), [vec![(0, 1.0), (1, 2.0)], vec![(5, 4.0), (6, 5.0)]]);
        assert!(curves(&Curves { panels: Vec::new(), ..sample(&["1", "2"], 2) }, Canvas::SCREEN).is_none());
    }
}
