//! What all pictures share: a page filled from top to bottom with title, legend, panels and notes.

use super::drawing::{Anchor, Area, Drawing, Point, Stroke, Text};
use super::font::{self, Weight};
use super::paint::{Colour, GRID, INK, Look, MUTED, look};

/// Room around everything.
pub(super) const MARGIN: f64 = 24.0;
/// The size of most words.
pub(super) const SMALL: f64 = 12.0;
/// The size of panel titles.
pub(super) const MEDIUM: f64 = 13.0;
const LARGE: f64 = 19.0;
const TITLE_LINE: f64 = 24.0;
/// From one line of small words to the next.
pub(super) const LINE: f64 = 17.0;

/// How pictures are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Canvas {
    /// The width in logical pixels, of which twelve are the size of most words; `None` is that of the picture.
    pub width: Option<f64>,
    /// Whether the title is drawn.
    pub has_title: bool,
}

impl Canvas {
    /// For screens: every picture in its own width, with its title.
    pub const SCREEN: Self = Self { width: None, has_title: true };

    /// The width where the picture's own is this.
    pub(super) fn width_or(self, own: f64) -> f64 {
        self.width.unwrap_or(own)
    }
}

/// A picture under construction; everything above `y` is taken.
pub(super) struct Page {
    pub(super) drawing: Drawing,
    pub(super) y: f64,
}

impl Page {
    /// A page of this width, with a title unless the canvas has none.
    pub(super) fn new(title: &str, width: f64, canvas: Canvas) -> Self {
        let mut page = Self { drawing: Drawing::new(title, width), y: MARGIN + 6.0 };
        if !canvas.has_title {
            page.y = MARGIN - LINE + 6.0;
            return page;
        }
        page.y += 12.0 - TITLE_LINE;
        for words in font::wrap(title, LARGE, Weight::Bold, page.width()) {
            page.y += TITLE_LINE;
            let at = Point::new(MARGIN, page.y);
            let (size, weight, anchor, colour) = (LARGE, Weight::Bold, Anchor::Start, INK);
            page.drawing.text(Text { at, words, size, weight, anchor, colour });
        }
        page.y += 10.0;
        page
    }

    /// The width between the margins.
    pub(super) fn width(&self) -> f64 {
        self.drawing.width - 2.0 * MARGIN
    }

    pub(super) fn right(&self) -> f64 {
        self.drawing.width - MARGIN
    }

    /// Lines of muted words over the whole width.
    pub(super) fn note(&mut self, words: &str) {
        for line in font::wrap(words, SMALL, Weight::Regular, self.width()) {
            self.y += LINE;
            let at = Point::new(MARGIN, self.y - 3.0);
            self.drawing.text(small(at, line, Anchor::Start, MUTED));
        }
    }

    /// Names with a piece of their line, as many in a row as fit.
    pub(super) fn legend(&mut self, names: &[&str]) {
        const SAMPLE: f64 = 26.0;
        self.y += 6.0;
        let mut x = MARGIN;
        let mut is_first = true;
        for (policy, name) in names.iter().enumerate() {
            let words = font::fit(name, SMALL, Weight::Regular, self.width() - SAMPLE);
            let width = SAMPLE + font::width(&words, SMALL, Weight::Regular);
            if is_first || x + width > self.right() {
                (x, is_first) = (MARGIN, false);
                self.y += LINE + 2.0;
            }
            let middle = self.y - 7.0;
            stroke_like(&mut self.drawing, look(policy), &[Point::new(x, middle), Point::new(x + 19.0, middle)]);
            self.drawing.text(small(Point::new(x + SAMPLE, self.y - 3.0), words, Anchor::Start, INK));
            x += width + 22.0;
        }
    }

    /// The finished picture.
    pub(super) fn finish(mut self) -> Drawing {
        self.drawing.height = (self.y + MARGIN).ceil();
        self.drawing
    }
}

/// A line in the look of a policy.
pub(super) fn stroke_like(drawing: &mut Drawing, look: Look, points: &[Point]) {
    let stroke = Stroke { width: 2.0, paint: look.colour.into() };
    match look.dash {
        None => drawing.line(points, stroke),
        Some(length) => drawing.dashes(points, length, stroke),
    }
}

/// Small regular words.
pub(super) fn small(at: Point, words: impl Into<String>, anchor: Anchor, colour: Colour) -> Text {
    Text { at, words: words.into(), size: SMALL, weight: Weight::Regular, anchor, colour }
}

/// The title of a panel.
pub(super) fn heading(at: Point, words: impl Into<String>) -> Text {
    Text { at, words: words.into(), size: MEDIUM, weight: Weight::Bold, anchor: Anchor::Start, colour: INK }
}

/// A thin line.
pub(super) fn hairline(drawing: &mut Drawing, from: Point, to: Point, colour: Colour) {
    drawing.line([from, to], Stroke { width: 1.0, paint: colour.into() });
}

/// Light vertical lines at `ticks` (pixels), over the height of `area`.
pub(super) fn vertical_grid(drawing: &mut Drawing, area: Area, ticks: &[f64]) {
    for &x in ticks {
        hairline(drawing, Point::new(x, area.top), Point::new(x, area.bottom), GRID);
    }
}

/// A small whole number as a length.
#[expect(clippy::cast_precision_loss, reason = "rows and columns of a picture")]
pub(super) fn as_f64(count: usize) -> f64 {
    count as f64
}
