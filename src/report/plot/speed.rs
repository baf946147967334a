//! Nanoseconds of a placement against the size of the cluster, both on logarithmic axes, by policy.
//!
//! The naive scans are one grey band, from the cheapest to the dearest; two thin lines are the loads from cache and
//! from memory that were measured in the same process.

use std::collections::BTreeMap;

use super::Drawing;
use super::drawing::{Anchor, Area, Point, Stroke};
use super::frame::{LINE, MARGIN, Page, as_f64, hairline, small, stroke_like};
use super::paint::{AXIS, GRID, MUTED, look};
use crate::bench::BenchReport;
use crate::model::counted;
use crate::report::text::humane::{count, ratio};

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 430.0;
/// Room left of the axis for labels such as `1,000,000 ns`.
const LABELS: f64 = 88.0;

/// Fills of all policies with this number of services, and the naive scans beside them. `None` with fewer than two
/// sizes: a line needs two points.
#[must_use]
pub fn speed(report: &BenchReport, services: usize) -> Option<Drawing> {
    let lines = lines(report, services);
    let points = || lines.iter().flat_map(|line| &line.fill).chain(lines.iter().flat_map(|line| &line.naive));
    let (first, last) = (points().map(|p| p.instances).min()?, points().map(|p| p.instances).max()?);
    if first == last {
        return None;
    }
    let least = points().map(|p| p.ns).fold(report.cache_load_ns, f64::min);
    let most = points().map(|p| p.ns).fold(report.memory_load_ns, f64::max);
    let mut page = Page::new("Time of one placement by size of the cluster", WIDTH, super::Canvas::SCREEN);
    page.note(&format!(
        "Filling an empty cluster to 90 % of its cpu, {}, both axes logarithmic. Coloured: the engine, by \
         policy. Grey band: a naive scan under the same policies, from the cheapest to the dearest. \
         Dashed: a dependent load from cache (u, {} ns) and from memory (P, {} ns).",
        counted(services, "service"),
        ratio(report.cache_load_ns),
        ratio(report.memory_load_ns)
    ));
    page.legend(&lines.iter().map(|line| line.policy.as_str()).collect::<Vec<_>>());
    page.y += 18.0;
    let area = Area { left: MARGIN + LABELS, top: page.y, right: page.right() - 44.0, bottom: page.y + HEIGHT };
    let axes = Axes { area, x: LogScale::exactly(as_f64(first), as_f64(last)), y: LogScale::around(least, most) };
    axes.draw(&mut page);
    axes.draw_naive(&mut page, &lines);
    axes.draw_floor(&mut page, report.cache_load_ns, "u");
    axes.draw_floor(&mut page, report.memory_load_ns, "P");
    for (policy, line) in lines.iter().enumerate() {
        stroke_like(&mut page.drawing, look(policy), &axes.points(&line.fill));
    }
    page.y = area.bottom + 2.2 * LINE;
    Some(page.finish())
}

/// A placement in a fleet of a size.
#[derive(Clone, Copy)]
struct Measured {
    instances: usize,
    ns: f64,
}

/// What was measured of a policy.
struct Line {
    policy: String,
    fill: Vec<Measured>,
    naive: Vec<Measured>,
}

fn lines(report: &BenchReport, services: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in report.rows.iter().filter(|row| row.services == services && row.ns > 0.0) {
        if lines.last().is_none_or(|line| line.policy != row.policy) {
            lines.push(Line { policy: row.policy.clone(), fill: Vec::new(), naive: Vec::new() });
        }
        let line = lines.last_mut().expect("pushed above");
        match row.operation {
            "fill" => line.fill.push(Measured { instances: row.instances, ns: row.ns }),
            "naive" => line.naive.push(Measured { instances: row.instances, ns: row.ns }),
            _ => {}
        }
    }
    lines
}

/// A logarithmic axis, in powers of ten.
#[derive(Clone, Copy)]
struct LogScale {
    low: f64,
    high: f64,
}

impl LogScale {
    fn exactly(low: f64, high: f64) -> Self {
        Self { low: libm::log10(low), high: libm::log10(high) }
    }

    fn around(low: f64, high: f64) -> Self {
        Self { low: libm::floor(libm::log10(low)), high: libm::ceil(libm::log10(high)) }
    }

    fn place(self, value: f64, start: f64, end: f64) -> f64 {
        start + (libm::log10(value) - self.low) / (self.high - self.low) * (end - start)
    }

    /// The powers of ten on the axis.
    fn ticks(self) -> impl Iterator<Item = f64> {
        let powers = (0..20).map(f64::from).filter(move |&power| self.low - 1e-9 <= power && power <= self.high + 1e-9);
        powers.map(|power| libm::pow(10.0, power).round())
    }
}

struct Axes {
    area: Area,
    x: LogScale,
    y: LogScale,
}

impl Axes {
    fn at(&self, Measured { instances, ns }: Measured) -> Point {
        let Area { left, top, right, bottom } = self.area;
        Point::new(self.x.place(as_f64(instances), left, right), self.y.place(ns, bottom, top))
    }

    fn points(&self, points: &[Measured]) -> Vec<Point> {
        points.iter().map(|&point| self.at(point)).collect()
    }

    fn draw(&self, page: &mut Page) {
        let Area { left, top, right, bottom } = self.area;
        for tick in self.x.ticks() {
            let x = self.x.place(tick, left, right);
            hairline(&mut page.drawing, Point::new(x, top), Point::new(x, bottom), GRID);
            page.drawing.text(small(Point::new(x, bottom + LINE), words(tick), Anchor::Middle, MUTED));
        }
        for tick in self.y.ticks() {
            let y = self.y.place(tick, bottom, top);
            hairline(&mut page.drawing, Point::new(left, y), Point::new(right, y), GRID);
            let label = format!("{} ns", words(tick));
            page.drawing.text(small(Point::new(left - 8.0, y + 4.0), label, Anchor::End, MUTED));
        }
        hairline(&mut page.drawing, Point::new(left, bottom), Point::new(right, bottom), AXIS);
        let middle = Point::new((left + right) / 2.0, bottom + 2.2 * LINE);
        page.drawing.text(small(middle, "container instances", Anchor::Middle, MUTED));
    }

    fn draw_naive(&self, page: &mut Page, lines: &[Line]) {
        let mut spans: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for &Measured { instances, ns } in lines.iter().flat_map(|line| &line.naive) {
            let span = spans.entry(instances).or_insert((ns, ns));
            *span = (span.0.min(ns), span.1.max(ns));
        }
        let side = |pick: fn((f64, f64)) -> f64| {
            spans
                .iter()
                .map(|(&instances, &span)| self.at(Measured { instances, ns: pick(span) }))
                .collect::<Vec<Point>>()
        };
        let (low, high) = (side(|span| span.0), side(|span| span.1));
        page.drawing.polygon(high.iter().copied().chain(low.iter().rev().copied()).collect(), AXIS.covering(0.35));
        page.drawing.line(high, Stroke { width: 1.0, paint: AXIS.into() });
        page.drawing.line(low, Stroke { width: 1.0, paint: AXIS.into() });
    }

    /// A thin line at the time of a load, named beside the axis where no line of a policy can cross the name.
    fn draw_floor(&self, page: &mut Page, ns: f64, name: &str) {
        let y = self.y.place(ns, self.area.bottom, self.area.top);
        let ends = [Point::new(self.area.left, y), Point::new(self.area.right, y)];
        page.drawing.dashes(&ends, 3.0, Stroke { width: 1.0, paint: MUTED.into() });
        page.drawing.text(small(Point::new(self.area.right + 7.0, y + 4.0), name, Anchor::Start, MUTED));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a power of ten below 2^64")]
fn words(tick: f64) -> String {
    count(tick as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::speed::tests::sample;

    #[test]
    fn a_power_of_ten_is_as_far_from_the_next_everywhere() {
        let scale = LogScale::around(3.0, 40_000.0);
        let places: Vec<f64> = scale.ticks().map(|tick| scale.place(tick, 0.0, 500.0)).collect();
        assert_eq!(places.len(), 6);
        assert!(places.windows(2).all(|pair| (pair[1] - pair[0] - 100.0).abs() < 1e-6), "{places:?}");
    }

    #[test]
    fn one_size_is_no_line() {
        let mut report = sample();
        assert!(speed(&report, 20).is_some());
        assert!(speed(&report, 1).is_none(), "no row has one service");
        report.rows.retain(|row| row.instances == 1_000);
        assert!(speed(&report, 20).is_none());
    }

    #[test]
    fn no_word_leaves_the_picture() {
        let drawing = speed(&sample(), 20).expect("three sizes");
        for text in drawing.texts() {
            let area = text.area();
            let inside = area.left >= 0.0 && area.right <= drawing.width && area.bottom <= drawing.height;
            assert!(inside, "{}", text.words);
        }
    }
}
