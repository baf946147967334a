//! A [`Drawing`] as the bytes of a file: SVG, PNG or PDF.
//!
//! SVG and PNG count in quarters of a logical pixel, so that both have the same geometry and thin lines lie alike; PDF has
//! lengths of its own, as paper has no pixels.

mod pdf;
mod pixels;
mod png;
mod svg;

use super::drawing::{Drawing, Point, Shape, Text};

/// Units to a logical pixel.
const UNITS: u32 = 4;

impl Drawing {
    fn size_in_units(&self) -> (u32, u32) {
        (units(self.width).unsigned_abs() / UNITS * UNITS, units(self.height).unsigned_abs() / UNITS * UNITS)
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }
}

fn unit_point(point: &Point) -> (i32, i32) {
    (units(point.x), units(point.y))
}

#[expect(clippy::cast_possible_truncation, reason = "pictures are a few thousand logical pixels wide")]
fn units(logical: f64) -> i32 {
    (logical * f64::from(UNITS)).round() as i32
}
