//! A [`Drawing`] as the bytes of a file: SVG, PNG or PDF.
//!
//! SVG and PNG are drawn through plotters, the one by its own backend, the other by one that smooths edges
//! ([`pixels`]). Plotters counts in whole units, quarters of a logical pixel here, so that both have the same geometry and
//! thin lines lie alike; PDF has lengths of its own, as paper has no pixels.

mod pdf;
mod pixels;
mod png;
mod svg;

use plotters::prelude::DrawingBackend;
use plotters::style::{RGBAColor, ShapeStyle};

use super::drawing::{Drawing, Point, Shape, Text};
use super::paint::Paint;

/// Units to a logical pixel.
const UNITS: u32 = 4;

impl Drawing {
    fn size_in_units(&self) -> (u32, u32) {
        (units(self.width).unsigned_abs() / UNITS * UNITS, units(self.height).unsigned_abs() / UNITS * UNITS)
    }

    /// All but the words, which lie above all shapes.
    fn draw_shapes(&self, backend: &mut impl DrawingBackend) {
        for shape in &self.shapes {
            match shape {
                Shape::Fill { area, paint } => {
                    let (start, end) = ((units(area.left), units(area.top)), (units(area.right), units(area.bottom)));
                    drawn(backend.draw_rect(start, end, &style(*paint, 0.0), true));
                }
                Shape::Line { points, stroke } => {
                    drawn(backend.draw_path(points.iter().map(unit_point), &style(stroke.paint, stroke.width)));
                }
                Shape::Polygon { points, paint } => {
                    drawn(backend.fill_polygon(points.iter().map(unit_point), &style(*paint, 0.0)));
                }
                Shape::Dot { centre, radius, paint } => {
                    let radius = units(*radius).unsigned_abs();
                    drawn(backend.draw_circle(unit_point(centre), radius, &style(*paint, 0.0), true));
                }
                Shape::Text(_) => {}
            }
        }
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }
}

/// Backends write to memory, and no shape asks for a font: nothing can fail.
fn drawn<T, E: std::fmt::Debug>(result: Result<T, E>) {
    result.expect("memory takes every write");
}

fn style(paint: Paint, width: f64) -> ShapeStyle {
    let color = RGBAColor(paint.colour.0, paint.colour.1, paint.colour.2, paint.cover);
    ShapeStyle { color, filled: true, stroke_width: units(width).unsigned_abs() }
}

fn unit_point(point: &Point) -> (i32, i32) {
    (units(point.x), units(point.y))
}

#[expect(clippy::cast_possible_truncation, reason = "pictures are a few thousand logical pixels wide")]
fn units(logical: f64) -> i32 {
    (logical * f64::from(UNITS)).round() as i32
}
