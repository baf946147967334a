//! A drawing as SVG, with selectable text, by the backend of plotters.

use std::fmt::Write as _;

use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontFamily, FontStyle, RGBAColor, TextStyle};

use super::{UNITS, drawn, style, unit_point};
use crate::report::plot::drawing::{Anchor, Drawing, Point, Text};
use crate::report::plot::font::Weight;
use crate::report::plot::paint;

/// Plotters takes this many times the em for the size of a font.
const FONT_FACTOR: f64 = 1.24;
/// Plotters puts the baseline of a text with a top anchor this part of an em below its position.
const BASELINE: f64 = 0.76;
/// DejaVu Sans is wider than the others, so what fits with it fits with them.
const FAMILIES: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

impl Drawing {
    /// The picture as SVG, with selectable text and a title for those who cannot see it.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        {
            let mut backend = SVGBackend::with_string(&mut svg, self.size_in_units());
            drawn(backend.ensure_prepared());
            self.draw_paper(&mut backend);
            self.draw_shapes(&mut backend);
            self.texts().for_each(|text| draw_text(&mut backend, text));
            drawn(backend.present());
        }
        self.with_natural_size(&svg)
    }

    fn draw_paper(&self, backend: &mut SVGBackend<'_>) {
        let size = self.size_in_units();
        let all = (i32::try_from(size.0).unwrap_or(i32::MAX), i32::try_from(size.1).unwrap_or(i32::MAX));
        drawn(backend.draw_rect((0, 0), all, &style(paint::WHITE.into(), 0.0), true));
    }

    /// Sets the size at which it is shown, and its title.
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

fn draw_text(backend: &mut SVGBackend<'_>, text: &Text) {
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plot::drawing::{Area, Stroke};
    use crate::report::plot::paint::Colour;

    #[test]
    fn every_shape_has_its_element_and_words_come_last() {
        let red = Colour(255, 0, 0);
        let mut drawing = Drawing::new("a & b", 20.0);
        drawing.height = 10.0;
        let (at, size, weight, anchor) = (Point::new(1.0, 9.0), 8.0, Weight::Bold, Anchor::End);
        drawing.text(Text { at, words: "<x>".to_owned(), size, weight, anchor, colour: red });
        drawing.fill(Area { left: 1.0, top: 2.0, right: 3.5, bottom: 4.0 }, red.covering(0.25));
        let ends = [Point::new(0.0, 0.0), Point::new(20.0, 0.125)];
        drawing.line(ends, Stroke { width: 1.5, paint: red.into() });
        drawing.polygon(vec![ends[0], ends[1], at], red.into());
        drawing.dot(at, 4.5, red.into());
        let svg = drawing.svg();
        let elements: Vec<&str> = svg.lines().skip(3).filter_map(|line| line.split([' ', '>']).next()).collect();
        assert_eq!(
            elements,
            ["<rect", "<polyline", "<polygon", "<circle", "<text", "&lt;x&gt;", "</text", "</svg"],
            "{svg}"
        );
        for part in [
            r#"x="4" y="8" width="10" height="8""#,
            r#"opacity="0.25""#,
            r#"stroke-width="6""#,
            r#"cx="4" cy="36" r="18""#,
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(
            svg.starts_with("<svg width=\"20\" height=\"10\"") && svg.contains("<title>a &amp; b</title>"),
            "{svg}"
        );
    }
}
