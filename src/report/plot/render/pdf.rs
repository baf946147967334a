//! A drawing as a PDF of one page: paths, and the outlines of letters, so that it needs no font.
//!
//! # Sources
//! ISO 32000-1:2008, sections 7.5 (file structure), 8.4 (graphics state) and 8.5 (paths).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::report::plot::drawing::{Area, Drawing, Point, Shape, Text};
use crate::report::plot::font::{self, Curve};
use crate::report::plot::paint::{Colour, Paint, WHITE};

impl Drawing {
    /// The picture as PDF; its lengths are points.
    pub(in crate::report::plot) fn pdf(&self) -> Vec<u8> {
        let mut page = Page { height: self.height, content: String::new(), covers: BTreeSet::new() };
        page.fill(WHITE.into(), |page| {
            page.rectangle(Area { left: 0.0, top: 0.0, right: self.width, bottom: self.height });
        });
        self.shapes.iter().for_each(|shape| page.shape(shape));
        file(self, &page)
    }
}

/// The content of the page while it is written.
struct Page {
    height: f64,
    content: String,
    /// Hundredths that something covers; each is a named state of the page.
    covers: BTreeSet<u32>,
}

impl Page {
    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Fill { area, paint } => self.fill(*paint, |page| page.rectangle(*area)),
            Shape::Polygon { points, paint } => self.fill(*paint, |page| {
                page.path(points);
                page.write("h\n");
            }),
            Shape::Dot { centre, radius, paint } => self.fill(*paint, |page| page.circle(*centre, *radius)),
            Shape::Text(text) => self.fill(text.colour.into(), |page| page.text(text)),
            Shape::Line { points, stroke } => {
                self.state(stroke.paint);
                let colour = components(stroke.paint.colour);
                self.write(&format!("{colour} RG {} w 1 j\n", number(stroke.width)));
                self.path(points);
                self.write("S\n");
            }
        }
    }

    fn fill(&mut self, paint: Paint, path: impl FnOnce(&mut Self)) {
        self.state(paint);
        let colour = components(paint.colour);
        self.write(&format!("{colour} rg\n"));
        path(self);
        self.write("f\n");
    }

    /// How much what follows covers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    fn state(&mut self, paint: Paint) {
        let cover = (paint.cover.clamp(0.0, 1.0) * 100.0).round() as u32;
        self.covers.insert(cover);
        self.write(&format!("/C{cover} gs\n"));
    }

    fn write(&mut self, text: &str) {
        self.content.push_str(text);
    }

    /// A point as PDF counts: upwards from the lower left corner.
    fn at(&self, point: Point) -> String {
        format!("{} {}", number(point.x), number(self.height - point.y))
    }

    fn path(&mut self, points: &[Point]) {
        for (place, point) in points.iter().enumerate() {
            let (at, operator) = (self.at(*point), if place == 0 { "m" } else { "l" });
            self.write(&format!("{at} {operator}\n"));
        }
    }

    fn rectangle(&mut self, area: Area) {
        let corner = self.at(Point::new(area.left, area.bottom));
        self.write(&format!("{corner} {} {} re\n", number(area.width()), number(area.height())));
    }

    /// Four Bezier curves; the handles are those that differ least from a circle.
    fn circle(&mut self, centre: Point, radius: f64) {
        let handle = radius * 0.552_285;
        let near = |x: f64, y: f64| Point::new(centre.x + x, centre.y + y);
        let start = self.at(near(radius, 0.0));
        self.write(&format!("{start} m\n"));
        let quarters = [
            [near(radius, handle), near(handle, radius), near(0.0, radius)],
            [near(-handle, radius), near(-radius, handle), near(-radius, 0.0)],
            [near(-radius, -handle), near(-handle, -radius), near(0.0, -radius)],
            [near(handle, -radius), near(radius, -handle), near(radius, 0.0)],
        ];
        for quarter in quarters {
            self.curve(quarter);
        }
    }

    fn curve(&mut self, points: [Point; 3]) {
        let [first, second, end] = points.map(|point| self.at(point));
        self.write(&format!("{first} {second} {end} c\n"));
    }

    fn text(&mut self, text: &Text) {
        let mut curves = Vec::new();
        font::outlines(text, |curve| curves.push(curve));
        let mut end: Option<Point> = None;
        for curve in curves {
            let (start, points) = match curve {
                Curve::Line(from, to) => (from, vec![to]),
                Curve::Bezier(from, first, second, to) => (from, vec![first, second, to]),
            };
            // The next piece of one contour begins where the last ended.
            if end.is_none_or(|end| libm::hypot(end.x - start.x, end.y - start.y) > 1e-6) {
                let at = self.at(start);
                self.write(&format!("{at} m\n"));
            }
            end = points.last().copied();
            match points[..] {
                [first, second, to] => self.curve([first, second, to]),
                _ => {
                    let at = self.at(points[0]);
                    self.write(&format!("{at} l\n"));
                }
            }
        }
    }
}

fn components(colour: Colour) -> String {
    let [red, green, blue] = [colour.0, colour.1, colour.2].map(|part| number(f64::from(part) / 255.0));
    format!("{red} {green} {blue}")
}

/// To three decimals, without those that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "" | "-0" | "-") { "0".to_owned() } else { text.to_owned() }
}

/// The objects of the file and where each begins.
fn file(drawing: &Drawing, page: &Page) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(page.content.as_bytes()).expect("memory takes every write");
    let content = encoder.finish().expect("memory takes every write");
    let states = page.covers.iter().fold(String::new(), |mut states, cover| {
        let share = number(f64::from(*cover) / 100.0);
        write!(states, "/C{cover} << /ca {share} /CA {share} >> ").expect("a string takes everything");
        states
    });
    let title: String = drawing.title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let (width, height) = (number(drawing.width), number(drawing.height));
    let objects: [(String, &[u8]); 5] = [
        ("<< /Type /Catalog /Pages 2 0 R >>".to_owned(), &[]),
        ("<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(), &[]),
        (
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R \
                 /Resources << /ExtGState << {states}>> >> >>"
            ),
            &[],
        ),
        (format!("<< /Length {} /Filter /FlateDecode >>", content.len()), &content),
        (format!("<< /Title <FEFF{title}> /Producer (stowplan) >>"), &[]),
    ];
    let mut out = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (number, (dictionary, stream)) in (1..).zip(&objects) {
        places.push(out.len());
        out.extend(format!("{number} 0 obj\n{dictionary}\n").as_bytes());
        if !stream.is_empty() {
            out.extend(b"stream\n");
            out.extend(*stream);
            out.extend(b"\nendstream\n");
        }
        out.extend(b"endobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in &places {
        out.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    let size = objects.len() + 1;
    out.extend(format!("trailer\n<< /Size {size} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.5, -0.0001, 12.3456, 0.0].map(number), ["1", "0.5", "0", "12.346", "0"]);
    }

    #[test]
    fn every_object_stands_where_the_table_says() {
        let mut drawing = Drawing::new("a – b", 100.0);
        drawing.height = 50.0;
        drawing.dot(Point::new(10.0, 10.0), 4.0, Colour(255, 0, 0).covering(0.5));
        let bytes = drawing.pdf();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("/MediaBox [0 0 100 50]") && text.contains("/C50 << /ca 0.5 /CA 0.5 >>"), "{text}");
        let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(bytes[start..].starts_with(b"xref\n0 6\n"));
        let table = String::from_utf8_lossy(&bytes[start..]).into_owned();
        for (number, line) in (1..).zip(table.lines().skip(3).take(5)) {
            let place: usize = line[..10].parse().unwrap();
            assert!(bytes[place..].starts_with(format!("{number} 0 obj\n").as_bytes()), "{number}: {line}");
        }
    }
}
