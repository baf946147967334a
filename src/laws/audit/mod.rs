//! The audit of an event log: every decision checked again, from the log and the rules that were in force.
//!
//! The log is `events.csv` of a results folder, or one that another program wrote with the same columns (a few are enough,
//! see [`Columns`]). Rows are read one after another; what is kept is the cluster as the log tells of it. Nothing of the
//! engines is used: amounts are added up, buckets are counted and expressions are asked anew for every decision.
//!
//! What is checked: tasks and instances come and go as they can (conservation); a task is only placed where every check of
//! placement passes; the chosen instance is among the best after every rule of the chain, and where ties are broken by order
//! it is the first of them, and where a draw decides it is the one that the run's key gives; a task is only rejected when
//! nothing fits, and for the reason that is its; no service has more tasks than its maximum percent allows, and
//! no deployment or drain leaves it with fewer than its minimum. What cannot be told from the log is counted and said, never
//! guessed.
//!
//! # Cost
//! A decision looks at every instance once for the checks and once for each rule. Memory grows with instances, groups and
//! living tasks, and by the names of tasks that have stopped, which may not come again.

mod bad;
mod columns;
mod draws;
mod findings;
mod given;
mod judge;
mod node;
mod room;
mod row;
mod rules;
mod state;
mod takes;

use std::io::{BufReader, Read};

pub use bad::{BadLog, BadRow};
pub use columns::Columns;
pub use findings::{Broken, Finding, Summary};
pub use rules::{Asked, Least, Mode, Rules};
pub use takes::Takes;

use columns::Log;
use state::Auditor;

/// Audits a log. `rules_of` gives the rules of each run by the text of its column `run`, and `found` hears of everything
/// that is wrong, in the order of the log. A log of a header alone is one in which nothing happened: its summary is of 0 rows.
///
/// # Errors
/// If it is no such log, with the line and the column of every cell that cannot be read. Nothing is found in what follows
/// the first of them.
///
/// # Examples
///
/// ```
/// use stowplan::laws::audit::{Asked, Broken, Rules, audit};
///
/// let log = "event,task,group,cpu,memory_mib,instance\n\
///            instance-registered,,,1024,2048,i-1\n\
///            placed,1,service:web,512,1024,i-1\n\
///            placed,2,service:web,512,2048,i-1\n";
/// let mut found = Vec::new();
/// let rules = Rules { any: Some(Asked::default()), ..Rules::default() };
/// let summary = audit(log.as_bytes(), &mut |_| Ok(rules.clone()), &mut |finding| found.push(finding.clone())).unwrap();
/// assert_eq!((summary.decisions, found.len()), (2, 1));
/// assert_eq!((found[0].line, found[0].broken), (4, Broken::Check));
/// ```
pub fn audit(
    log: impl Read,
    rules_of: &mut dyn FnMut(&str) -> Result<Rules, String>,
    found: &mut dyn FnMut(&Finding),
) -> Result<Summary, BadLog> {
    let mut log = Log::open(BufReader::new(log))?;
    let (mut summary, mut bad) = (Summary::default(), BadLog::default());
    let mut auditor: Option<Auditor> = None;
    while let Some(row) = log.next() {
        let row = match row {
            Ok(row) => row,
            Err(wrong) => {
                wrong.into_iter().for_each(|row| bad.add(row));
                continue;
            }
        };
        let found = &mut |finding: &Finding| {
            if bad.is_empty() {
                found(finding)
            }
        };
        if auditor.as_ref().is_none_or(|auditor| auditor.run() != row.run) {
            if let Some(before) = auditor.take() {
                before.end(&mut summary, found);
            }
            let rules = rules_of(row.run).map_err(|what| BadRow::at(row.line, "run", what))?;
            if summary.runs == 0 {
                summary.without_tasks = rules.groups.keys().cloned().collect();
            }
            auditor = Some(Auditor::new(row.run, rules));
            summary.runs += 1;
        }
        summary.rows += 1;
        let auditor = auditor.as_mut().expect("a run has begun");
        if let Err(wrong) = auditor.row(&row, &mut summary, found) {
            bad.add(wrong);
        }
    }
    if !bad.is_empty() {
        return Err(bad);
    }
    if let Some(last) = auditor {
        last.end(&mut summary, found);
    }
    Ok(summary)
}
