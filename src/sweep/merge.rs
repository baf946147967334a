//! The rows of all parts in the order of their runs.
//!
//! # Cost
//! Parts are read in stretches of runs that take some 64 MiB together, one open file at a time, so that neither the number of
//! parts nor that of rows is bounded by memory or by the number of files that may be open.

use std::io;
use std::path::PathBuf;

use super::folder::{Found, Missing};
use super::part::Rows;
use super::plan::Plan;

/// The bytes of rows that are held at a time.
const STRETCH: u64 = 64 << 20;

/// Why parts are not merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError<E> {
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Runs are in no part.
    #[error("incomplete: {0}; run the shards again that hold them, which `Missing::shards` names")]
    Incomplete(Missing),
    /// Two parts say different things of one run.
    #[error("run {run} is in `{}` and in `{}`, and they differ: one of them was not made by this program from this plan; move the wrong one away, or both, and run its shard again", .first.display(), .second.display())]
    Contradiction {
        /// The run.
        run: u32,
        /// The one file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The receiver could not take a row.
    #[error("a row could not be taken")]
    Receiver(E),
}

/// Hands every row on, runs ascending; nothing if a run is missing.
///
/// # Errors
/// If a run is missing, or is there twice and differs, or the receiver fails.
pub fn merge<E>(
    plan: &Plan,
    found: &Found,
    mut receive: impl FnMut(u32, &str) -> Result<(), E>,
) -> Result<(), MergeError<E>> {
    let missing = found.missing(plan);
    if !missing.runs.is_empty() {
        return Err(MergeError::Incomplete(missing));
    }
    let total = plan.total();
    let bytes: u64 = found.parts.iter().map(|part| part.bytes).sum();
    let stretches = (bytes / STRETCH + 1).min(u64::from(total.max(1)));
    let length = u64::from(total).div_ceil(stretches).max(1);
    let mut readers: Vec<Rows> = found.parts.iter().map(Rows::of).collect();
    let mut start = 0_u64;
    while start < u64::from(total) {
        let end = (start + length).min(u64::from(total));
        let bound = u32::try_from(end).expect("runs are numbered in 32 bits");
        let mut rows: Vec<Row> = Vec::new();
        for (part, reader) in readers.iter_mut().enumerate() {
            reader.below(bound, |run, text| rows.push(Row { run, part, text: text.into_owned() }))?;
        }
        rows.sort_unstable_by_key(|row| (row.run, row.part));
        hand_on(&rows, found, &mut receive)?;
        start = end;
    }
    Ok(())
}

struct Row {
    run: u32,
    part: usize,
    text: String,
}

/// Every run once; equal rows of one run are one.
fn hand_on<E>(
    rows: &[Row],
    found: &Found,
    receive: &mut impl FnMut(u32, &str) -> Result<(), E>,
) -> Result<(), MergeError<E>> {
    for same in rows.chunk_by(|a, b| a.run == b.run) {
        let first = &same[0];
        if let Some(other) = same.iter().find(|row| row.text != first.text) {
            let path = |row: &Row| found.parts[row.part].path.clone();
            return Err(MergeError::Contradiction { run: first.run, first: path(first), second: path(other) });
        }
        receive(first.run, &first.text).map_err(MergeError::Receiver)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::part::tests::{plan, written};
    use super::super::part::{Row, write};
    use super::*;

    fn merged(folder: &std::path::Path, plan: &Plan) -> Result<Vec<(u32, String)>, MergeError<Infallible>> {
        let found = Found::look(folder, plan).unwrap();
        let mut rows = Vec::new();
        merge(plan, &found, |run, text| {
            rows.push((run, text.to_owned()));
            Ok(())
        })?;
        Ok(rows)
    }

    #[test]
    fn any_mix_of_shards_merges_to_the_same() {
        let plan = plan(23);
        let expected: Vec<(u32, String)> = (0..23).map(|run| (run, format!("row {run}"))).collect();
        for mix in [&["0/1"][..], &["0/2", "1/2"], &["2/3", "0/3", "1/6", "4/6"], &["0/2", "1/4", "3/4", "0/5", "1-9"]]
        {
            let folder = tempfile::tempdir().unwrap();
            mix.iter().for_each(|selection| {
                written(folder.path(), &plan, selection);
            });
            assert_eq!(merged(folder.path(), &plan).unwrap(), expected, "{mix:?}");
        }
    }

    #[test]
    fn nothing_is_merged_while_a_run_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(10);
        written(folder.path(), &plan, "0/2");
        let error = merged(folder.path(), &plan).unwrap_err();
        assert_eq!(
            error.to_string(),
            "incomplete: 5 of 10 runs there; missing: 1,3,5,7,9; run the shards again that hold them, which \
             `Missing::shards` names"
        );
    }

    #[test]
    fn a_run_with_two_different_rows_names_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(4);
        written(folder.path(), &plan, "0/1");
        let wrong = [Row { run: 1, text: "row 1" }, Row { run: 3, text: "another row" }].into_iter();
        write(folder.path(), &plan.hash, &"1/2".parse().unwrap(), wrong).unwrap();
        let error = merged(folder.path(), &plan).unwrap_err().to_string();
        for part in ["run 3 ", "shard-00000-of-00001", "shard-00001-of-00002"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
