//! Pictures for papers: a width and a size of words on paper, and the three formats that papers take.
//!
//! Layouts count in logical pixels, of which twelve are the size of most words; so the size of words on paper settles how
//! large a logical pixel is, and the width of the picture how many of them there are.

use super::drawing::{Drawing, Point, Shape, Stroke, Text};
use super::frame::{Canvas, SMALL};

/// Points to an inch.
const INCH: f64 = 72.0;
/// Pixels of a PNG to an inch of paper.
const PNG_DPI: f64 = 300.0;
/// Pixels of a PNG to a logical one, before it is scaled.
const PNG_PIXELS: f64 = 2.0;
/// Pixels of an SVG to an inch, as CSS has it.
const SVG_DPI: f64 = 96.0;

/// What a picture is to be on paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// The width in points; `None` is that of the picture at its size of words.
    pub width: Option<f64>,
    /// The size of most words in points.
    pub font_size: f64,
    /// Whether titles are drawn; captions say more.
    pub has_titles: bool,
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaperFormat {
    /// Lines and selectable text.
    Svg,
    /// Pixels, 300 to the inch.
    Png,
    /// Lines and outlines of letters.
    Pdf,
}

impl Paper {
    /// How pictures are laid out for this paper.
    #[must_use]
    pub fn canvas(&self) -> Canvas {
        Canvas { width: self.width.map(|width| width / self.point()), has_title: self.has_titles }
    }

    /// Points to a logical pixel.
    fn point(&self) -> f64 {
        self.font_size / SMALL
    }

    /// The bytes of a picture that was laid out on [`Self::canvas`].
    #[must_use]
    pub fn print(&self, drawing: &Drawing, format: PaperFormat) -> Vec<u8> {
        match format {
            PaperFormat::Svg => drawing.scaled(self.point() * SVG_DPI / INCH).svg().into_bytes(),
            PaperFormat::Png => drawing.scaled(self.point() * PNG_DPI / INCH / PNG_PIXELS).png(),
            PaperFormat::Pdf => drawing.scaled(self.point()).pdf(),
        }
    }
}

impl Drawing {
    /// The same picture, every length times `factor`.
    fn scaled(&self, factor: f64) -> Self {
        let point = |at: &Point| Point::new(at.x * factor, at.y * factor);
        let points = |all: &[Point]| all.iter().map(point).collect();
        let shape = |shape: &Shape| match shape {
            Shape::Fill { area, paint } => {
                let (from, to) = (point(&Point::new(area.left, area.top)), point(&Point::new(area.right, area.bottom)));
                let area = super::drawing::Area { left: from.x, top: from.y, right: to.x, bottom: to.y };
                Shape::Fill { area, paint: *paint }
            }
            Shape::Line { points: all, stroke } => {
                Shape::Line { points: points(all), stroke: Stroke { width: stroke.width * factor, ..*stroke } }
            }
            Shape::Polygon { points: all, paint } => Shape::Polygon { points: points(all), paint: *paint },
            Shape::Dot { centre, radius, paint } => {
                Shape::Dot { centre: point(centre), radius: radius * factor, paint: *paint }
            }
            Shape::Text(text) => Shape::Text(Text { at: point(&text.at), size: text.size * factor, ..text.clone() }),
        };
        Self {
            title: self.title.clone(),
            width: self.width * factor,
            height: self.height * factor,
            shapes: self.shapes.iter().map(shape).collect(),
        }
    }
}
