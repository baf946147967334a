//! A picture as a list of shapes in logical pixels, y downwards, later shapes above earlier ones.

use super::font::{self, Weight};
use super::paint::{Colour, Paint};
use crate::report::text::names::printable;

/// A point of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    pub(super) fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(self) -> f64 {
        self.bottom - self.top
    }
}

/// Which point of a text its position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; `at` is on its baseline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) at: Point,
    pub(super) words: String,
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) anchor: Anchor,
    pub(super) colour: Colour,
}

impl Text {
    /// The room the text takes.
    pub(super) fn area(&self) -> Area {
        let width = font::width(&self.words, self.size, self.weight);
        let left = match self.anchor {
            Anchor::Start => self.at.x,
            Anchor::Middle => self.at.x - width / 2.0,
            Anchor::End => self.at.x - width,
        };
        let (top, bottom) = (self.at.y - 0.76 * self.size, self.at.y + 0.24 * self.size);
        Area { left, top, right: left + width, bottom }
    }
}

/// The width of a stroke and whether it is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    pub(super) width: f64,
    pub(super) paint: Paint,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Fill { area: Area, paint: Paint },
    Line { points: Vec<Point>, stroke: Stroke },
    Polygon { points: Vec<Point>, paint: Paint },
    Dot { centre: Point, radius: f64, paint: Paint },
    Text(Text),
}

/// A picture: its size, and its shapes from back to front.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) shapes: Vec<Shape>,
}

impl Drawing {
    /// What it shows, in a line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Width and height in logical pixels.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// An empty picture; its height is settled when all of it is laid out.
    pub(super) fn new(title: &str, width: f64) -> Self {
        Self { title: printable(title), width, height: 0.0, shapes: Vec::new() }
    }

    pub(super) fn fill(&mut self, area: Area, paint: Paint) {
        self.shapes.push(Shape::Fill { area, paint });
    }

    pub(super) fn line(&mut self, points: impl Into<Vec<Point>>, stroke: Stroke) {
        let points = points.into();
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points, stroke });
        }
    }

    pub(super) fn polygon(&mut self, points: Vec<Point>, paint: Paint) {
        self.shapes.push(Shape::Polygon { points, paint });
    }

    pub(super) fn dot(&mut self, centre: Point, radius: f64, paint: Paint) {
        self.shapes.push(Shape::Dot { centre, radius, paint });
    }

    pub(super) fn text(&mut self, text: Text) {
        if !text.words.is_empty() {
            self.shapes.push(Shape::Text(Text { words: printable(&text.words), ..text }));
        }
    }

    /// The same line in dashes of the given length, with gaps as long.
    pub(super) fn dashes(&mut self, points: &[Point], length: f64, stroke: Stroke) {
        let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
        let (mut left, mut is_drawn) = (length, true);
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let distance = libm::hypot(to.x - from.x, to.y - from.y);
                if distance < left {
                    left -= distance;
                    dash.push(to);
                    break;
                }
                let share = left / distance;
                from = Point::new(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
                dash.push(from);
                if is_drawn {
                    self.line(std::mem::take(&mut dash), stroke);
                }
                dash = vec![from];
                (left, is_drawn) = (length, !is_drawn);
            }
        }
        if is_drawn {
            self.line(dash, stroke);
        }
    }
}
