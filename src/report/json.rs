//! The few JSON texts that are not the manifest: the summary for programs, and attributes inside CSV cells.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::catalogue::{METRICS, position};
use crate::analysis::summary::SummaryRow;
use crate::model::Attributes;

/// One figure of one policy, as `--format json` prints it.
#[derive(Serialize)]
struct Entry<'a> {
    policy: &'a str,
    metric: &'a str,
    title: Option<&'a str>,
    n: u32,
    absent: u32,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

/// Writes the summary as a JSON array, one object a policy and figure, in the order given, with a final newline.
///
/// Keys are those of `summary.csv`, with the figure's title and the number of runs that have no value; absent
/// values are `null`.
///
/// # Errors
/// What `out` answers.
pub fn write_summary(out: &mut impl Write, rows: &[SummaryRow]) -> io::Result<()> {
    let entries: Vec<Entry<'_>> = rows.iter().map(entry).collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    out.write_all(b"\n")
}

fn entry(row: &SummaryRow) -> Entry<'_> {
    Entry {
        policy: &row.policy,
        metric: row.metric,
        title: position(row.metric).map(|index| METRICS[index].title),
        n: row.n,
        absent: row.absent,
        mean: row.mean,
        low: row.low,
        high: row.high,
        p50: row.p50,
        p90: row.p90,
        min: row.min,
        max: row.max,
    }
}

/// Attributes as a JSON object, names ascending; an attribute without a value is `null`.
pub(super) fn attributes_json(attributes: &Attributes) -> String {
    serde_json::to_string(attributes).expect("a map of strings is always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_their_order_and_absent_values() {
        let attributes = Attributes::from([("stack".into(), Some("a\"b".into())), ("drained".into(), None)]);
        assert_eq!(attributes_json(&attributes), r#"{"drained":null,"stack":"a\"b"}"#);
    }
}
