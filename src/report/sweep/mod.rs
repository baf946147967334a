//! The results folder of a sweep: every run of every point in one table, with the varied keys as columns.
//!
//! Rows come one after another in the order of the runs and are written as they come; what is kept of them are statistics of
//! the block at hand (one policy at one point) and, of every block, the few figures that pictures show. So a million rows take
//! no more memory than the blocks have points.
//!
//! # Files
//! `manifest.json` with the plan, `runs.csv`, `summary.csv`, `timings.csv`, pictures of the headline figures over each varied
//! key (or those that the sweep asks for), and `report.html`. Where runs answer a question of planning, `answers.csv` stands in place of the first two.

mod answers;
mod asked;
mod comparison;
mod folder;
mod manifest;
mod overview;
mod page;
mod pictures;
mod points;
mod rows;
mod summary;

pub use answers::{Answered, answer_text, figures_of};
pub use comparison::{PointComparison, point_table, write_points_csv, write_points_json};
pub use folder::{Merging, SweepFolder};
pub use manifest::SweepManifest;
pub use overview::overview;
pub use pictures::{OWN_PICTURES, Picture, pictures};
pub use points::{Point, PointReader};
pub use rows::{RowTexts, header};
pub use summary::{Block, BlockFigure};
