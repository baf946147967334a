//! Pictures of an experiment, as SVG and PNG.
//!
//! Each picture is first a [`Drawing`], a plain list of shapes, which `render` turns into the bytes of a
//! file: a picture can be checked for overlapping or clipped words without looking at pixels.
//!
//! # Invariants
//! 1. The same records give the same bytes: text is drawn with a font of our own, and nothing depends on the machine.
//! 2. No text leaves its picture and no two texts overlap, whatever the names; too long names lose their middle.
//! 3. A policy has the same colour in all pictures: its place in the manifest decides.
//!
//! # Sources
//! Colours: Okabe and Ito, "Color Universal Design", 2008; viridis of matplotlib for shares. Font: see
//! `font/LICENSE.txt`.

mod curves;
mod dots;
mod drawing;
mod fleet;
mod font;
mod frame;
mod headline;
mod paint;
mod paper;
mod ranking;
mod render;
pub(super) mod scale;
mod series;
mod speed;
mod utilisation;

pub use curves::{CurvePanel, Curves, Spot, curves};
pub use drawing::Drawing;
pub use fleet::{MAX_SVG_CELLS, fleet};
pub use frame::Canvas;
pub use headline::headline;
pub use paper::{Paper, PaperFormat};
pub use ranking::{RankedPoint, RankedPolicy, Ranking, ranking};
pub use speed::speed;
pub use utilisation::utilisation;

pub(super) use paint::look;
pub(super) use series::{Moment, series};

#[cfg(test)]
mod tests;
