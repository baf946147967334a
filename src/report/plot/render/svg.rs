//! A drawing as SVG, with selectable text.
//!
//! # Sources
//! W3C, "Scalable Vector Graphics (SVG) 1.1", second edition, chapters 9 (shapes), 10 (text) and 11 (painting).

use std::fmt::Write as _;

use super::{UNITS, unit_point, units};
use crate::report::plot::drawing::{Anchor, Area, Drawing, Point, Shape, Text};
use crate::report::plot::font::Weight;
use crate::report::plot::paint::{Colour, Paint};

/// DejaVu Sans is wider than the others, so what fits with it fits with them.
const FAMILIES: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

impl Drawing {
    /// The picture as SVG, with selectable text and a title for those who cannot see it.
    #[must_use]
    pub fn svg(&self) -> String {
        let (width, height) = self.size_in_units();
        let mut svg = format!(
            "<svg width=\"{}\" height=\"{}\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
             xmlns=\"http://www.w3.org/2000/svg\" font-family=\"{FAMILIES}\" stroke-linejoin=\"round\">\n\
             <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n",
            width / UNITS,
            height / UNITS,
            escaped(&self.title)
        );
        // Words lie above all shapes, as in the other formats.
        let (words, shapes): (Vec<&Shape>, Vec<&Shape>) =
            self.shapes.iter().partition(|shape| matches!(shape, Shape::Text(_)));
        shapes.into_iter().chain(words).for_each(|shape| svg.push_str(&element(shape)));
        svg.push_str("</svg>\n");
        svg
    }
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Fill { area, paint } => rectangle(*area, *paint),
        Shape::Line { points, stroke } => {
            let (hex, cover) = (hex(stroke.paint.colour), cover("stroke", stroke.paint));
            let (width, points) = (units(stroke.width), joined(points));
            format!("<polyline fill=\"none\" stroke=\"{hex}\"{cover} stroke-width=\"{width}\" points=\"{points}\"/>\n")
        }
        Shape::Polygon { points, paint } => format!("<polygon {} points=\"{}\"/>\n", fill(*paint), joined(points)),
        Shape::Dot { centre, radius, paint } => {
            let (x, y) = unit_point(centre);
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\" {}/>\n", units(*radius), fill(*paint))
        }
        Shape::Text(text) => words(text),
    }
}

fn rectangle(area: Area, paint: Paint) -> String {
    let (left, top) = (units(area.left), units(area.top));
    let (width, height) = (units(area.right) - left, units(area.bottom) - top);
    format!("<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" {}/>\n", fill(paint))
}

fn words(text: &Text) -> String {
    let (x, y) = unit_point(&text.at);
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = match text.weight {
        Weight::Regular => "",
        Weight::Bold => " font-weight=\"bold\"",
    };
    let (size, hex, words) = (text.size * f64::from(UNITS), hex(text.colour), escaped(&text.words));
    format!("<text x=\"{x}\" y=\"{y}\"{anchor} font-size=\"{size}\"{weight} fill=\"{hex}\">{words}</text>\n")
}

fn joined(points: &[Point]) -> String {
    let mut text = String::new();
    for (place, point) in points.iter().enumerate() {
        let ((x, y), space) = (unit_point(point), if place == 0 { "" } else { " " });
        write!(text, "{space}{x},{y}").expect("a string takes everything");
    }
    text
}

fn fill(paint: Paint) -> String {
    format!("fill=\"{}\"{}", hex(paint.colour), cover("fill", paint))
}

/// The attribute of what covers only partly.
fn cover(what: &str, paint: Paint) -> String {
    if paint.cover < 1.0 { format!(" {what}-opacity=\"{}\"", paint.cover) } else { String::new() }
}

fn hex(colour: Colour) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plot::drawing::Stroke;

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
        let elements: Vec<&str> = svg.lines().skip(3).collect();
        assert_eq!(
            elements,
            [
                r##"<rect x="4" y="8" width="10" height="8" fill="#FF0000" fill-opacity="0.25"/>"##,
                r##"<polyline fill="none" stroke="#FF0000" stroke-width="6" points="0,0 80,1"/>"##,
                r##"<polygon fill="#FF0000" points="0,0 80,1 4,36"/>"##,
                r##"<circle cx="4" cy="36" r="18" fill="#FF0000"/>"##,
                r##"<text x="4" y="36" text-anchor="end" font-size="32" font-weight="bold" fill="#FF0000">&lt;x&gt;</text>"##,
                "</svg>",
            ]
        );
        assert!(
            svg.starts_with("<svg width=\"20\" height=\"10\"") && svg.contains("<title>a &amp; b</title>"),
            "{svg}"
        );
    }
}
