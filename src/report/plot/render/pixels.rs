//! A drawing as pixels, two to a logical one: a backend of plotters that smooths every edge.
//!
//! How much of a pixel a shape covers is worked out and not sampled: rectangles and polygons by area, lines and dots by the
//! distance of the pixel's centre. Words come last, above all shapes.
//!
//! # Cost
//! Each shape costs the pixels of its own bounds; a line is cut into pieces, so that one that crosses the picture does not
//! cost all of it.

use std::convert::Infallible;

use ab_glyph_rasterizer::{Rasterizer, point};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};

use super::{UNITS, png};
use crate::report::plot::drawing::{Drawing, Text};
use crate::report::plot::font;
use crate::report::plot::paint::{Colour, Paint};

/// Pixels to a logical one.
const SCALE: u32 = 2;
/// So many pieces of a line are drawn at once.
const PIECES: usize = 32;

/// Pixels of a picture, row by row, three bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report::plot) struct Pixels {
    pub(in crate::report::plot) width: u32,
    pub(in crate::report::plot) height: u32,
    pub(in crate::report::plot) rgb: Vec<u8>,
}

impl Drawing {
    /// The picture as PNG, at two pixels to a logical one.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        self.pixels().png()
    }

    pub(in crate::report::plot) fn pixels(&self) -> Pixels {
        let (width, height) = self.size_in_units();
        let mut pixels = Pixels::white(width / (UNITS / SCALE), height / (UNITS / SCALE));
        self.draw_shapes(&mut pixels);
        self.texts().for_each(|text| pixels.print(text));
        pixels
    }
}

/// A place or a distance in pixels.
type Place = ab_glyph_rasterizer::Point;

/// Whole pixels: from the first to before the end, on both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Pixels {
    /// The bytes of a PNG file.
    pub(in crate::report::plot) fn png(&self) -> Vec<u8> {
        png::encode(self)
    }

    fn white(width: u32, height: u32) -> Self {
        Self { width, height, rgb: vec![255; width as usize * height as usize * 3] }
    }

    /// The pixels that points with `room` around them touch, inside the picture.
    fn bounds(&self, points: &[Place], room: f32) -> Bounds {
        let all =
            |pick: fn(&Place) -> f32, join: fn(f32, f32) -> f32| points.iter().map(pick).reduce(join).unwrap_or(0.0);
        let within = |value: f32, most: u32| whole(value.max(0.0)).min(most as usize);
        Bounds {
            left: within((all(|p| p.x, f32::min) - room).floor(), self.width),
            top: within((all(|p| p.y, f32::min) - room).floor(), self.height),
            right: within((all(|p| p.x, f32::max) + room).ceil(), self.width),
            bottom: within((all(|p| p.y, f32::max) + room).ceil(), self.height),
        }
    }

    /// Lays a paint over every pixel of `bounds`, as much as `cover` says of its centre.
    fn cover(&mut self, bounds: Bounds, paint: Paint, cover: impl Fn(Place) -> f32) {
        for y in bounds.top..bounds.bottom {
            for x in bounds.left..bounds.right {
                self.blend(x, y, paint, cover(point(middle(x), middle(y))));
            }
        }
    }

    #[inline]
    fn blend(&mut self, x: usize, y: usize, paint: Paint, cover: f32) {
        let cover = cover.min(1.0) * narrow(paint.cover);
        if cover <= 0.0 {
            return;
        }
        let start = (y * self.width as usize + x) * 3;
        let pixel = &mut self.rgb[start..start + 3];
        let Colour(red, green, blue) = paint.colour;
        if cover >= 1.0 {
            pixel.copy_from_slice(&[red, green, blue]);
        } else {
            pixel[0] = mixed(pixel[0], red, cover);
            pixel[1] = mixed(pixel[1], green, cover);
            pixel[2] = mixed(pixel[2], blue, cover);
        }
    }

    fn fill(&mut self, from: Place, to: Place, paint: Paint) {
        let share = |centre: f32, from: f32, to: f32| (to.min(centre + 0.5) - from.max(centre - 0.5)).max(0.0);
        let Bounds { left, top, right, bottom } = self.bounds(&[from, to], 0.0);
        let columns: Vec<f32> = (left..right).map(|x| share(middle(x), from.x, to.x)).collect();
        // What an opaque paint covers wholly is written at once.
        let is_whole = |column: &f32| *column >= 1.0 && paint.cover >= 1.0;
        let before = columns.iter().position(is_whole).unwrap_or(columns.len());
        let whole = columns[before..].iter().take_while(|column| is_whole(column)).count();
        let Colour(red, green, blue) = paint.colour;
        let ink = [red, green, blue].repeat(whole);
        for y in top..bottom {
            let row = share(middle(y), from.y, to.y);
            let mut blend = |columns: &[f32], from: usize| {
                for (x, column) in (from..).zip(columns) {
                    self.blend(x, y, paint, column * row);
                }
            };
            if row < 1.0 {
                blend(&columns, left);
                continue;
            }
            blend(&columns[..before], left);
            blend(&columns[before + whole..], left + before + whole);
            let start = (y * self.width as usize + left + before) * 3;
            self.rgb[start..start + ink.len()].copy_from_slice(&ink);
        }
    }

    fn dot(&mut self, centre: Place, radius: f32, paint: Paint) {
        let bounds = self.bounds(&[centre], radius + 1.0);
        self.cover(bounds, paint, |pixel| edge(radius, distance(pixel, centre)));
    }

    fn polygon(&mut self, points: &[Place], paint: Paint) {
        let bounds = self.bounds(points, 0.0);
        let corner = point(floating(bounds.left), floating(bounds.top));
        let mut rasterizer = Rasterizer::new(bounds.right - bounds.left, bounds.bottom - bounds.top);
        for (from, to) in points.iter().zip(points.iter().cycle().skip(1)) {
            rasterizer.draw_line(*from - corner, *to - corner);
        }
        rasterizer.for_each_pixel_2d(|x, y, cover| {
            self.blend(bounds.left + x as usize, bounds.top + y as usize, paint, cover);
        });
    }

    /// A line with round joints and square ends. Where pieces overlap, the larger cover counts, so that joints are no darker.
    fn line(&mut self, places: &[Place], width: u32, paint: Paint) {
        let half = length(f64::from(width)) / 2.0;
        let last = places.len().saturating_sub(2);
        let pieces: Vec<Piece> = places
            .windows(2)
            .enumerate()
            .map(|(index, ends)| Piece::new(ends[0], ends[1], GoesOn { before: index > 0, after: index < last }, half))
            .collect();
        for pieces in pieces.chunks(PIECES) {
            let ends: Vec<Place> = pieces.iter().flat_map(|piece| [piece.from, piece.to]).collect();
            let bounds = self.bounds(&ends, half + 1.0);
            let width = bounds.right - bounds.left;
            let mut covers = vec![0.0_f32; width * (bounds.bottom - bounds.top)];
            for piece in pieces {
                let own = self.bounds(&[piece.from, piece.to], half + 1.0);
                for y in own.top..own.bottom {
                    for x in own.left..own.right {
                        let cover = &mut covers[(y - bounds.top) * width + x - bounds.left];
                        *cover = cover.max(piece.cover(point(middle(x), middle(y))));
                    }
                }
            }
            for (y, covers) in (bounds.top..bounds.bottom).zip(covers.chunks_exact(width.max(1))) {
                for (x, cover) in (bounds.left..).zip(covers).filter(|(_, cover)| **cover > 0.0) {
                    self.blend(x, y, paint, *cover);
                }
            }
        }
    }

    fn print(&mut self, text: &Text) {
        let (width, height) = (self.width as usize, self.height as usize);
        font::rasterise(text, f64::from(SCALE), |x, y, cover| {
            let inside = usize::try_from(x).ok().zip(usize::try_from(y).ok());
            if let Some((x, y)) = inside.filter(|(x, y)| *x < width && *y < height) {
                self.blend(x, y, text.colour.into(), cover);
            }
        });
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// Coordinates are units. What is not filled is a line around it.
impl DrawingBackend for Pixels {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.width * (UNITS / SCALE), self.height * (UNITS / SCALE))
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.fill(at((x, y)), at((x + 1, y + 1)), paint_of(&color));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.line(&[at(from), at(to)], style.stroke_width(), paint_of(style));
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        if fill {
            self.fill(at(from), at(to), paint_of(style));
            return Ok(());
        }
        self.draw_path([from, (to.0, from.1), to, (from.0, to.1), from], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let places: Vec<Place> = path.into_iter().map(at).collect();
        self.line(&places, style.stroke_width(), paint_of(style));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (centre, radius, paint) = (at(centre), length(f64::from(radius)), paint_of(style));
        if fill {
            self.dot(centre, radius, paint);
        } else {
            let half = length(f64::from(style.stroke_width())) / 2.0;
            let bounds = self.bounds(&[centre], radius + half + 1.0);
            self.cover(bounds, paint, |pixel| edge(half, (distance(pixel, centre) - radius).abs()));
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        let points: Vec<Place> = points.into_iter().map(at).collect();
        self.polygon(&points, paint_of(style));
        Ok(())
    }
}

/// Whether a line goes on before the start of a piece, and after its end.
#[derive(Clone, Copy)]
struct GoesOn {
    before: bool,
    after: bool,
}

/// A straight piece of a line.
struct Piece {
    from: Place,
    to: Place,
    /// From its start to its end, and how far that is.
    along: Place,
    length: f32,
    goes_on: GoesOn,
    /// Half its width.
    half: f32,
}

impl Piece {
    fn new(from: Place, to: Place, goes_on: GoesOn, half: f32) -> Self {
        let along = to - from;
        Self { from, to, along, length: libm::hypotf(along.x, along.y), goes_on, half }
    }

    fn cover(&self, pixel: Place) -> f32 {
        let Self { along, length, goes_on: GoesOn { before, after }, .. } = *self;
        let aside = pixel - self.from;
        if length == 0.0 {
            return if before && after { edge(self.half, distance(pixel, self.from)) } else { 0.0 };
        }
        let forward = (aside.x * along.x + aside.y * along.y) / length;
        let sideways = (aside.x * along.y - aside.y * along.x).abs() / length;
        if before && forward < 0.0 {
            return edge(self.half, distance(pixel, self.from));
        }
        if after && forward > length {
            return edge(self.half, distance(pixel, self.to));
        }
        let start = if before { 1.0 } else { (forward + 0.5).clamp(0.0, 1.0) };
        let end = if after { 1.0 } else { (length - forward + 0.5).clamp(0.0, 1.0) };
        edge(self.half, sideways) * start * end
    }
}

/// The share of a pixel at this distance from the middle of something that reaches `half` to each side.
fn edge(half: f32, distance: f32) -> f32 {
    (half + 0.5 - distance).clamp(0.0, (2.0 * half).min(1.0))
}

fn distance(a: Place, b: Place) -> f32 {
    libm::hypotf(a.x - b.x, a.y - b.y)
}

/// A point in pixels, of one in units.
fn at((x, y): BackendCoord) -> Place {
    point(length(f64::from(x)), length(f64::from(y)))
}

fn length(units: f64) -> f32 {
    narrow(units * f64::from(SCALE) / f64::from(UNITS))
}

fn paint_of(style: &impl BackendStyle) -> Paint {
    let BackendColor { alpha, rgb: (red, green, blue) } = style.color();
    Paint { colour: Colour(red, green, blue), cover: alpha }
}

#[expect(clippy::cast_precision_loss, reason = "places inside a picture")]
fn floating(pixel: usize) -> f32 {
    pixel as f32
}

fn middle(pixel: usize) -> f32 {
    floating(pixel) + 0.5
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of pixels, not negative")]
fn whole(value: f32) -> usize {
    value as usize
}

#[expect(clippy::cast_possible_truncation, reason = "positions on a picture need no double precision")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes, rounded")]
fn mixed(under: u8, over: u8, cover: f32) -> u8 {
    (f32::from(under) * (1.0 - cover) + f32::from(over) * cover + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plot::drawing::{Area, Point, Stroke};

    const BLACK: Colour = Colour(0, 0, 0);

    /// The dark of every pixel, in per cent, of a picture 4 by 2 logical pixels large.
    fn darkness(draw: impl FnOnce(&mut Drawing)) -> Vec<Vec<u32>> {
        let mut drawing = Drawing::new("", 4.0);
        drawing.height = 2.0;
        draw(&mut drawing);
        let pixels = drawing.pixels();
        let rows = pixels.rgb.chunks(pixels.width as usize * 3);
        rows.map(|row| row.chunks(3).map(|rgb| ((255 - u32::from(rgb[0])) * 100 + 127) / 255).collect()).collect()
    }

    #[test]
    fn rectangles_cover_the_part_of_a_pixel_that_they_take() {
        let area = Area { left: 0.25, top: 0.5, right: 1.0, bottom: 1.0 };
        let found = darkness(|drawing| drawing.fill(area, BLACK.into()));
        assert_eq!(found, [vec![0; 8], vec![50, 100, 0, 0, 0, 0, 0, 0], vec![0; 8], vec![0; 8]]);
        let half = darkness(|drawing| drawing.fill(area, BLACK.covering(0.5)));
        assert_eq!(half[1], [25, 50, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_line_has_its_width_square_ends_and_joints_no_darker() {
        let points = [0.5, 1.0, 2.0, 3.5].map(|x| Point::new(x, 1.0));
        let found = darkness(|drawing| drawing.line(points, Stroke { width: 1.0, paint: BLACK.into() }));
        let dark = vec![0, 100, 100, 100, 100, 100, 100, 0];
        assert_eq!(found, [vec![0; 8], dark.clone(), dark, vec![0; 8]]);
    }

    #[test]
    fn polygons_and_dots_have_their_area() {
        let area = |rows: &[Vec<u32>]| f64::from(rows.iter().flatten().sum::<u32>()) / 100.0;
        let corners = vec![Point::new(0.0, 0.0), Point::new(4.0, 0.0), Point::new(0.0, 2.0)];
        let triangle = darkness(|drawing| drawing.polygon(corners, BLACK.into()));
        assert!((area(&triangle) - 16.0).abs() < 0.2, "{triangle:?}");
        let dot = darkness(|drawing| drawing.dot(Point::new(2.0, 1.0), 0.75, BLACK.into()));
        assert!((area(&dot) - std::f64::consts::PI * 2.25).abs() < 0.5, "{dot:?}");
    }

    #[test]
    fn what_reaches_out_of_the_picture_is_cut() {
        let far = [Point::new(-90.0, -3.0), Point::new(90.0, 5.0)];
        let found = darkness(|drawing| {
            drawing.line(far, Stroke { width: 1.0, paint: BLACK.into() });
            drawing.dot(far[1], 3.0, BLACK.into());
            drawing.fill(Area { left: -5.0, top: 1.5, right: 99.0, bottom: 99.0 }, BLACK.into());
        });
        assert!(found[3].iter().all(|dark| *dark == 100), "{found:?}");
        assert!(found[..3].iter().flatten().any(|dark| *dark > 0), "{found:?}");
    }
}
