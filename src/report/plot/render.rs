//! Draws a [`Drawing`] with plotters, as SVG or as PNG; the only file that knows plotters.
//!
//! PNGs have two pixels to a logical one. Shapes are drawn at twice that and averaged, because plotters does not
//! smooth the edges of thick lines and polygons; text is drawn on the finished pixels.

use std::fmt::Write;

use plotters::prelude::{BitMapBackend, SVGBackend};
use plotters::prelude::{DrawingBackend, RGBAColor, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontFamily, FontStyle, TextStyle};

use super::drawing::{Anchor, Drawing, Point, Shape, Text};
use super::font::{self, Weight};
use super::paint::Paint;
use super::png::{self, Pixels};

/// Plotters counts in whole units; there are this many to a logical pixel.
const UNITS: u32 = 4;
/// Pixels of a PNG to a logical one.
const PNG_SCALE: u32 = 2;
/// Units along the side of a PNG's pixel.
const SAMPLES: u32 = UNITS / PNG_SCALE;
/// Plotters takes this many times the em for the size of a font in SVG.
const FONT_FACTOR: f64 = 1.24;
/// Plotters puts the baseline of a text with a top anchor this part of an em below its position.
const BASELINE: f64 = 0.76;
/// DejaVu Sans is wider than the others, so what fits with it fits with them.
const FAMILIES: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

impl Drawing {
    /// The picture as SVG, with selectable text.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        {
            let mut backend = SVGBackend::with_string(&mut svg, self.size_in_units());
            backend.ensure_prepared().expect("memory is always ready");
            self.draw_paper(&mut backend);
            self.draw_shapes(&mut backend);
            self.texts().for_each(|text| svg_text(&mut backend, text));
            backend.present().expect("memory takes every write");
        }
        self.with_natural_size(&svg)
    }

    /// The picture as PNG, at two pixels to a logical one.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        png::encode(&self.pixels())
    }

    pub(super) fn pixels(&self) -> Pixels {
        let (width, height) = self.size_in_units();
        let mut fine = vec![255; width as usize * height as usize * 3];
        {
            let mut backend = BitMapBackend::with_buffer(&mut fine, (width, height));
            self.draw_shapes(&mut backend);
        }
        let mut pixels = averaged(&Pixels { width, height, rgb: fine });
        self.texts().for_each(|text| print(&mut pixels, text));
        pixels
    }

    fn size_in_units(&self) -> (u32, u32) {
        (units(self.width).unsigned_abs() / UNITS * UNITS, units(self.height).unsigned_abs() / UNITS * UNITS)
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }

    /// What the picture lies on; pixels are white to begin with.
    fn draw_paper(&self, backend: &mut impl DrawingBackend) {
        let size = self.size_in_units();
        let all = (i32::try_from(size.0).unwrap_or(i32::MAX), i32::try_from(size.1).unwrap_or(i32::MAX));
        let white = style(super::paint::WHITE.into(), 0.0);
        drawn(backend.draw_rect((0, 0), all, &white, true));
    }

    fn draw_shapes(&self, backend: &mut impl DrawingBackend) {
        for shape in &self.shapes {
            match shape {
                Shape::Fill { area, paint } => {
                    // Plotters' pixels include the lower right corner, its SVG does not: half a unit is not seen.
                    let corner = (units(area.right) - 1, units(area.bottom) - 1);
                    let start = (units(area.left), units(area.top));
                    drawn(backend.draw_rect(start, corner, &style(*paint, 0.0), true));
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

    /// Sets the size at which the SVG is shown, and its title for those who cannot see it.
    fn with_natural_size(&self, svg: &str) -> String {
        let (width, height) = self.size_in_units();
        let drawn = format!(r#"<svg width="{width}" height="{height}" "#);
        let body = svg.strip_prefix(&drawn).expect("plotters begins with the size");
        let (attributes, body) = body.split_once(">\n").expect("the first element ends");
        let mut text = String::new();
        let (width, height) = (width / UNITS, height / UNITS);
        writeln!(text, r#"<svg width="{width}" height="{height}" role="img" {attributes}>"#).expect("memory");
        writeln!(text, "<title>{}</title>", escaped(&self.title)).expect("memory");
        text + body
    }
}

fn svg_text(backend: &mut SVGBackend<'_>, text: &Text) {
    let em = text.size * f64::from(UNITS);
    let colour = RGBAColor(text.colour.0, text.colour.1, text.colour.2, 1.0);
    let style = TextStyle::from((FontFamily::Name(FAMILIES), em * FONT_FACTOR, font_style(text.weight)));
    let h_pos = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let style = style.color(&colour).pos(Pos::new(h_pos, VPos::Top));
    let at = Point::new(text.at.x, text.at.y - BASELINE * text.size);
    drawn(backend.draw_text(&text.words, &style, unit_point(&at)));
}

fn font_style(weight: Weight) -> FontStyle {
    match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    }
}

/// Both backends write to memory, and no shape asks for a font: nothing can fail.
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

/// Each pixel is the mean of `SAMPLES` by `SAMPLES` finer ones.
fn averaged(fine: &Pixels) -> Pixels {
    const { assert!(SAMPLES == 2, "rows and pixels are taken in pairs") };
    let (width, height) = (fine.width / SAMPLES, fine.height / SAMPLES);
    let row = fine.width as usize * 3;
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for pair in fine.rgb.chunks_exact(2 * row) {
        let (upper, lower) = pair.split_at(row);
        // Most rows are paper.
        if pair.iter().all(|byte| *byte == 255) {
            rgb.resize(rgb.len() + row / 2, 255);
            continue;
        }
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let block = [upper[channel], upper[channel + 3], lower[channel], lower[channel + 3]];
                let sum: u16 = block.iter().map(|byte| u16::from(*byte)).sum();
                rgb.push(u8::try_from((sum + 2) / 4).expect("a mean of bytes is a byte"));
            }
        }
    }
    Pixels { width, height, rgb }
}

/// Puts a text on finished pixels.
fn print(pixels: &mut Pixels, text: &Text) {
    let (width, height) = (i64::from(pixels.width), i64::from(pixels.height));
    let ink = [text.colour.0, text.colour.1, text.colour.2];
    font::rasterise(text, f64::from(PNG_SCALE), |x, y, cover| {
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return;
        }
        let start = usize::try_from((y * width + x) * 3).expect("inside the picture");
        for (byte, ink) in pixels.rgb[start..start + 3].iter_mut().zip(ink) {
            *byte = blend(*byte, ink, cover);
        }
    });
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes, rounded")]
fn blend(under: u8, over: u8, cover: f32) -> u8 {
    let cover = cover.clamp(0.0, 1.0);
    (f32::from(under) * (1.0 - cover) + f32::from(over) * cover).round() as u8
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
