//! Answers to a question of the command line, each as a table, CSV and JSON: `compare`, `explain`, `query`.

pub(super) mod comparison;
mod explanation;
mod matches;
mod meaning;

pub use comparison::{COMPARISON_HEADER, Compared, comparison_table, write_comparison_csv, write_comparison_json};
pub use explanation::{
    Explained, HeldRoom, explanation_table, shortage_in_words, unmet_in_words, write_explanation_csv,
    write_explanation_json,
};
pub use matches::{Matches, matches_table, write_matches_csv, write_matches_json};
pub use meaning::{meaning_table, write_meaning_csv, write_meaning_json};
