//! The explanation as CSV: one row an instance and failing check, or one row a candidate.

use std::io::Write;

use super::json::{amounts, outcome_word};
use super::{Explained, shortage_in_words, status_name};
use crate::engine::reference::{Shortfall, Verdict};

const HEADER: [&str; 12] = [
    "instance",
    "zone",
    "instance_type",
    "status",
    "tasks",
    "outcome",
    "check",
    "need",
    "have",
    "registered",
    "short_by",
    "detail",
];

/// Writes every instance; a refused one has a row for each check that it fails, in the order of the reasons in `docs/laws.md`.
///
/// # Errors
/// What `out` answers.
pub fn write_explanation_csv(out: impl Write, explained: &Explained<'_>) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER)?;
    for verdict in &explained.explanation.verdicts {
        if verdict.failures.is_empty() {
            writer.write_record(row(explained, verdict, None))?;
        }
        for shortfall in &verdict.failures {
            writer.write_record(row(explained, verdict, Some(shortfall)))?;
        }
    }
    writer.flush()?;
    Ok(())
}

fn row(explained: &Explained<'_>, verdict: &Verdict, shortfall: Option<&Shortfall>) -> [String; 12] {
    let amounts = shortfall.and_then(amounts);
    let shown = |amount: Option<u64>| amount.map_or_else(String::new, |amount| amount.to_string());
    [
        explained.name(verdict.instance).into_owned(),
        explained.zone(verdict).to_owned(),
        explained.instance_type(verdict).unwrap_or_default().to_owned(),
        status_name(verdict.status).to_owned(),
        verdict.tasks.to_string(),
        outcome_word(explained.outcome(verdict)).to_owned(),
        shortfall.map_or("", |shortfall| shortfall.reason.text()).to_owned(),
        shown(amounts.map(|amounts| amounts.0)),
        shown(amounts.map(|amounts| amounts.1)),
        shown(amounts.map(|amounts| amounts.2)),
        shown(amounts.map(|(need, have, _)| need - have)),
        shortfall.map_or_else(|| explained.scores(verdict).join("; "), shortage_in_words),
    ]
}
