//! The font of all pictures: how wide words are, and their pixels.
//!
//! The font is part of the program, so that pictures do not depend on what is installed. It is read with
//! `ab_glyph`.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, OutlineCurve, PxScale, ScaleFont, point};

use super::drawing::{Point, Text};
use crate::report::text::names;

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("dejavu-sans-subset.ttf").as_slice()));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("dejavu-sans-bold-subset.ttf").as_slice()));

fn load(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the fonts in this folder are valid, a test draws with both")
}

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn font(self) -> &'static FontRef<'static> {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }
}

/// The width of a line of text whose em is `size`.
pub(super) fn width(words: &str, size: f64, weight: Weight) -> f64 {
    let mut end = 0.0;
    place(words, size, weight, |_, pen, advance| end = pen + advance);
    f64::from(end)
}

/// The words, with their middle left out if they are wider than `room`.
pub(super) fn fit(words: &str, size: f64, weight: Weight, room: f64) -> String {
    names::without_middle(words, |text| width(text, size, weight) <= room)
}

/// The words in lines no wider than `room`, broken at spaces, and after hyphens in a word that is too wide; a part that is too
/// wide yet loses its middle.
pub(super) fn wrap(words: &str, size: f64, weight: Weight, room: f64) -> Vec<String> {
    let has_room = |text: &str| width(text, size, weight) <= room;
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let parts: Vec<&str> = if has_room(word) { vec![word] } else { word.split_inclusive('-').collect() };
        for (position, part) in parts.into_iter().enumerate() {
            let between = if position == 0 { " " } else { "" };
            let longer = lines.last().map(|line| format!("{line}{between}{part}"));
            match longer.filter(|line| has_room(line)) {
                Some(line) => *lines.last_mut().expect("a longer line has a line before it") = line,
                None => lines.push(fit(part, size, weight, room)),
            }
        }
    }
    lines
}

/// Calls `pixel` with column, row and cover of every pixel of a text, at `scale` pixels to a logical one.
pub(super) fn rasterise(text: &Text, scale: f64, mut pixel: impl FnMut(i64, i64, f32)) {
    let area = text.area();
    let size = text.size * scale;
    let font = text.weight.font();
    let start = narrow(area.left * scale);
    // Baselines lie on whole pixels, which keeps the feet of letters sharp.
    let baseline = narrow((text.at.y * scale).round());
    place(&text.words, size, text.weight, |letter, pen, _| {
        let mut glyph = font.glyph_id(letter).with_scale(pixels(font, size));
        glyph.position = point(start + pen, baseline);
        if let Some(outline) = font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, cover| pixel(whole(corner.x) + i64::from(x), whole(corner.y) + i64::from(y), cover));
        }
    });
}

/// A piece of the outline of a letter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
    Line(Point, Point),
    /// From, two handles, to.
    Bezier(Point, Point, Point, Point),
}

/// Calls `curve` with every piece of the outlines of a text, contour by contour.
pub(super) fn outlines(text: &Text, mut curve: impl FnMut(Curve)) {
    let area = text.area();
    let font = text.weight.font();
    let em = f64::from(font.units_per_em().unwrap_or(2048.0));
    let unit = text.size / em;
    place(&text.words, text.size, text.weight, |letter, pen, _| {
        let Some(outline) = font.outline(font.glyph_id(letter)) else { return };
        let at = |point: ab_glyph::Point| {
            let x = area.left + f64::from(pen) + f64::from(point.x) * unit;
            Point::new(x, text.at.y - f64::from(point.y) * unit)
        };
        for piece in outline.curves {
            curve(match piece {
                OutlineCurve::Line(from, to) => Curve::Line(at(from), at(to)),
                OutlineCurve::Quad(from, middle, to) => {
                    let (from, middle, to) = (at(from), at(middle), at(to));
                    Curve::Bezier(from, towards(from, middle), towards(to, middle), to)
                }
                OutlineCurve::Cubic(from, first, second, to) => Curve::Bezier(at(from), at(first), at(second), at(to)),
            });
        }
    });
}

/// Two thirds of the way: where the handle of a cubic curve is that is a quadratic one.
fn towards(from: Point, to: Point) -> Point {
    Point::new(from.x + (to.x - from.x) * 2.0 / 3.0, from.y + (to.y - from.y) * 2.0 / 3.0)
}

/// Calls `letter` with each letter, its place from the start of the text and its advance.
fn place(words: &str, size: f64, weight: Weight, mut letter: impl FnMut(char, f32, f32)) {
    let font = weight.font().as_scaled(pixels(weight.font(), size));
    let (mut pen, mut previous) = (0.0, None);
    for c in words.chars() {
        let id = font.glyph_id(c);
        if let Some(previous) = previous {
            pen += font.kern(previous, id);
        }
        let advance = font.h_advance(id);
        letter(c, pen, advance);
        pen += advance;
        previous = Some(id);
    }
}

/// The scale at which the em is `size` pixels; the library counts in line heights.
fn pixels(font: &FontRef<'_>, size: f64) -> PxScale {
    let em = font.units_per_em().unwrap_or(2048.0);
    PxScale::from(narrow(size) * font.height_unscaled() / em)
}

#[expect(clippy::cast_possible_truncation, reason = "positions on a picture need no double precision")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, reason = "a whole number of pixels already")]
fn whole(value: f32) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_pictures_is_in_both_fonts() {
        for sign in "aZ09 äßéñ ×±≤≥–—·…←→↑↓µ°%$/|".chars() {
            assert_ne!(REGULAR.glyph_id(sign).0, 0, "{sign}");
            assert_ne!(BOLD.glyph_id(sign).0, 0, "{sign}");
        }
    }

    #[test]
    fn long_names_lose_their_middle_and_fit() {
        let name = "az-balanced-binpack-with-a-very-long-name";
        let short = fit(name, 12.0, Weight::Regular, 120.0);
        assert!(short.starts_with("az-bal") && short.ends_with("name") && short.contains('…'), "{short}");
        assert!(width(&short, 12.0, Weight::Regular) <= 120.0);
        assert_eq!(fit("short", 12.0, Weight::Regular, 120.0), "short");
        assert_eq!(fit("short", 12.0, Weight::Regular, 1.0), "");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let words = "mean over eleven seeds; band from the lowest to the highest seed";
        let lines = wrap(words, 12.0, Weight::Regular, 150.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 12.0, Weight::Regular) <= 150.0));
        assert_eq!(lines.join(" "), words);
    }

    #[test]
    fn names_that_are_too_wide_break_after_hyphens() {
        let lines = |room| wrap("gap of azure-2017-m5.24xlarge", 12.0, Weight::Regular, room);
        assert_eq!(lines(120.0), ["gap of azure-2017-", "m5.24xlarge"]);
        assert!(lines(30.0).iter().any(|line| line.contains('…')), "{:?}", lines(30.0));
    }

    #[test]
    fn width_grows_with_the_size_alone() {
        let (one, two) = (width("stowplan", 10.0, Weight::Bold), width("stowplan", 20.0, Weight::Bold));
        assert!((two / one - 2.0).abs() < 1e-3, "{one} {two}");
    }
}
