//! Records to bytes: CSV files, the manifest, terminal tables and pictures, and the folder that holds them.
//!
//! It reads what [`crate::analysis`] stores and does not know how runs are made: every file but the event log and
//! the instances can be written again from the records and the manifest alone.
//!
//! # Invariants
//! 1. The same records give the same bytes, on any machine; only `timings.csv` carries wall-clock figures.
//! 2. An absent value is an empty cell, `null` in JSON and a dash in tables: never 0, never NaN.
//! 3. Files appear under their name complete or not at all.

pub mod caveats;
pub mod csv;
pub mod plot;
pub mod sweep;
pub mod terminal;

mod answers;
mod definitions;
mod deployments;
mod folder;
mod html;
mod json;
mod manifest;
mod markdown;
#[cfg(feature = "parquet")]
mod parquet;
mod plan;
mod speed;
mod text;
mod unplaced;

pub use answers::{
    COMPARISON_HEADER, Compared, Explained, HeldRoom, Matches, comparison_table, explanation_table, matches_table,
    meaning_table, shortage_in_words, unmet_in_words, write_comparison_csv, write_comparison_json,
    write_explanation_csv, write_explanation_json, write_matches_csv, write_matches_json, write_meaning_csv,
    write_meaning_json,
};
pub use definitions::figures_reference;
pub use deployments::deployment_lines;
pub(crate) use folder::slugs;
pub use folder::{Completeness, Damage, DamageKind, Error, Events, Folder, Overwrite, Pictures, Results};
pub use html::{Experiment as HtmlExperiment, report as html_report};
pub use json::write_summary as write_summary_json;
pub use manifest::{
    ComparisonEntry, DefaultSetting, FORMAT, FileEntry, Manifest, MixShape, Options, PathEntry, PolicyEntry,
    Provenance, ScenarioEntry,
};
pub use markdown::{markdown_of_csv, summary_markdown};
#[cfg(feature = "parquet")]
pub use parquet::write_parquet;
pub use plan::{Asked as PlanAsked, Planned, plan_page, plan_section, plan_text, write_plan_csv, write_plan_json};
pub use speed::{
    realistic_table, speed_table, write_realistic_csv, write_realistic_json, write_speed_csv, write_speed_json,
};
pub(crate) use text::humane::count;
pub use unplaced::unplaced_lines;

#[cfg(test)]
mod sample;
