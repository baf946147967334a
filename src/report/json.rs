//! The few JSON texts that are not the manifest: the summary for programs, and attributes inside CSV cells.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::catalogue::{METRICS, position};
use crate::analysis::seen::Seen;
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
    censored: u32,
    identical: bool,
    leads: bool,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    p50: Option<Seen>,
    p90: Option<Seen>,
    min: Option<Seen>,
    max: Option<Seen>,
}

/// Writes the summary as a JSON array, one object a policy and figure, in the order given, with a final newline.
///
/// Keys are those of `summary.csv`, with the figure's title, the number of runs that have no value, whether all runs are
/// identical, and whether the policy leads; absent values are `null`, and what is only known to be more than 600 is `">600"`.
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
        censored: row.censored,
        identical: row.is_fixed,
        leads: row.leads,
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
