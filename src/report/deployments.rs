//! What became of deployments, over the runs of a policy: how each ended and why, how long it took, what it needed.
//!
//! `deployments.csv` has every deployment of every run; here the runs of a policy are put together, for the report and
//! for the terminal.

use std::collections::BTreeMap;

use crate::analysis::record::{DeploymentRow, RunRecord};
use crate::report::text::humane::{Style, count, counted};
use crate::report::text::names::printable;
use crate::report::text::wrap::wrapped;

/// One deployment of a service over the runs of a policy: the same revision, asked for at the same time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deployment<'a> {
    pub(super) group: &'a str,
    pub(super) task_definition: &'a str,
    /// In words.
    pub(super) kind: &'static str,
    pub(super) started_ms: u64,
    pub(super) runs: u64,
    /// How it ended and in how many runs, the most frequent first.
    pub(super) endings: Vec<(&'a str, u64)>,
    /// Why it did not move or did not end well, in how many runs, the most frequent first.
    pub(super) reasons: Vec<(&'a str, u64)>,
    /// From when it was asked for to its end, the mean and the longest.
    pub(super) took_s: [f64; 2],
    /// The most over all runs: tasks, CPU units and MiB of the service at one time.
    pub(super) peaks: [u64; 3],
}

impl<'a> Deployment<'a> {
    /// Every run ended well.
    pub(super) fn is_completed(&self) -> bool {
        self.endings.iter().all(|(outcome, _)| *outcome == COMPLETED)
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds and counts below 2^53")]
    fn of(rows: &[&'a DeploymentRow]) -> Self {
        let (first, runs) = (rows[0], rows.len() as f64);
        let took = |row: &&DeploymentRow| (row.ended_ms - row.started_ms) as f64 / 1_000.0;
        let most = |of: fn(&DeploymentRow) -> u64| rows.iter().map(|row| of(row)).max().unwrap_or_default();
        Self {
            group: &first.group,
            task_definition: &first.task_definition,
            kind: kind(&first.strategy),
            started_ms: first.started_ms,
            runs: rows.len() as u64,
            endings: by_frequency(rows.iter().map(|row| row.outcome.as_str())),
            reasons: by_frequency(
                rows.iter().map(|row| row.reason.trim_end_matches('.')).filter(|why| !why.is_empty()),
            ),
            took_s: [rows.iter().map(took).sum::<f64>() / runs, rows.iter().map(took).fold(0.0, f64::max)],
            peaks: [most(|row| row.tasks_peak), most(|row| row.cpu_peak), most(|row| row.memory_mib_peak)],
        }
    }
}

/// The outcome of a deployment that ended well.
pub(super) const COMPLETED: &str = "completed";

/// The deployments of a policy in the order in which they were asked for, then by service.
pub(super) fn of_policy<'a>(records: &[&'a RunRecord]) -> Vec<Deployment<'a>> {
    let mut alike: BTreeMap<(u64, &str, u32), Vec<&DeploymentRow>> = BTreeMap::new();
    for row in records.iter().flat_map(|record| &record.deployments) {
        alike.entry((row.started_ms, &row.group, row.revision)).or_default().push(row);
    }
    alike.into_values().map(|rows| Deployment::of(&rows)).collect()
}

/// A strategy of the API as people write it.
fn kind(strategy: &str) -> &'static str {
    match strategy {
        "BLUE_GREEN" => "blue/green",
        "LINEAR" => "linear",
        "CANARY" => "canary",
        _ => "rolling",
    }
}

fn by_frequency<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(&'a str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// `5 completed`, or `4 completed, 1 failed`; of one run `completed`.
pub(super) fn endings(deployment: &Deployment<'_>) -> String {
    let one = |(outcome, runs): &(&str, u64)| match deployment.runs {
        1 => (*outcome).to_owned(),
        _ => format!("{} {outcome}", count(*runs)),
    };
    deployment.endings.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// At most so many policies have a line of their own.
const MOST: usize = 4;

/// A line on the deployments of the first run of each policy; those of policies that say the same are one. Empty where
/// there was none.
#[must_use]
pub fn deployment_lines(records: &[RunRecord], width: usize) -> String {
    let mut policies: Vec<&str> = Vec::new();
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for record in records {
        if policies.contains(&record.policy.as_str()) {
            continue;
        }
        policies.push(&record.policy);
        let Some(line) = in_a_line(record) else { continue };
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, under)) => under.push(&record.policy),
            None => lines.push((line, vec![&record.policy])),
        }
    }
    let mut text = String::new();
    for (line, under) in lines.iter().take(MOST) {
        let under = if under.len() == policies.len() { String::new() } else { format!(" under {}", under.join(", ")) };
        let seed = records[0].seed;
        text.push_str(&wrapped(&format!("  {}\n", printable(&format!("seed {seed}{under}: {line}"))), width));
    }
    if lines.len() > MOST {
        text.push_str("  … and more in deployments.csv\n");
    }
    text
}

/// The deployments of one run: how many of which kind, how they ended, and the longest that was completed;
/// nothing where there was none.
fn in_a_line(record: &RunRecord) -> Option<String> {
    let all = of_policy(&[record]);
    if all.is_empty() {
        return None;
    }
    let kinds = by_frequency(all.iter().map(|one| one.kind));
    let kinds = match &kinds[..] {
        [(only, _)] => format!(" ({only})"),
        several => {
            format!(" ({})", several.iter().map(|(kind, n)| format!("{n} {kind}")).collect::<Vec<_>>().join(", "))
        }
    };
    let ended = by_frequency(all.iter().flat_map(|one| one.endings.iter().map(|(outcome, _)| *outcome)));
    let ended = ended.iter().map(|(outcome, n)| format!("{} {outcome}", count(*n))).collect::<Vec<_>>().join(", ");
    let completed = all.iter().filter(|one| one.is_completed()).map(|one| one.took_s[1]);
    let longest = completed
        .reduce(f64::max)
        .map_or_else(String::new, |seconds| format!(", the longest in {}", Style::seconds(seconds).show(seconds)));
    Some(format!("{}{kinds}: {ended}{longest}", counted(all.len() as u64, "deployment")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn row(outcome: &str, reason: &str, took_s: u64) -> DeploymentRow {
        let record = &sample::records()[0];
        let first = record.deployments[0].clone();
        DeploymentRow {
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            ended_ms: first.started_ms + 1_000 * took_s,
            tasks_peak: took_s,
            ..first
        }
    }

    fn record(seed: u32, deployments: Vec<DeploymentRow>) -> RunRecord {
        RunRecord { seed, deployments, ..RunRecord::default() }
    }

    #[test]
    fn runs_of_one_deployment_are_put_together() {
        let runs = [
            record(1, vec![row("completed", "", 60)]),
            record(2, vec![row("failed", "RESOURCE:CPU", 30)]),
            record(3, vec![row("completed", "", 120)]),
        ];
        let all = of_policy(&runs.iter().collect::<Vec<_>>());
        let [one] = &all[..] else { panic!("{all:?}") };
        assert_eq!((one.kind, one.runs, one.took_s, one.peaks[0]), ("rolling", 3, [70.0, 120.0], 120));
        assert_eq!((endings(one).as_str(), one.is_completed()), ("2 completed, 1 failed", false));
        assert_eq!(one.reasons, [("RESOURCE:CPU", 1)]);
    }

    #[test]
    fn policies_that_say_the_same_are_one_line() {
        let of = |policy: &str, rows| RunRecord { policy: policy.to_owned(), ..record(1, rows) };
        let same = [of("a", vec![row("completed", "", 60)]), of("b", vec![row("completed", "", 60)])];
        assert_eq!(
            deployment_lines(&same, 200),
            "  seed 1: 1 deployment (rolling): 1 completed, the longest in 60 s\n"
        );
        let others = [same[0].clone(), of("b", vec![row("failed", "RESOURCE:CPU", 60)]), of("c", Vec::new())];
        assert_eq!(
            deployment_lines(&others, 200),
            "  seed 1 under a: 1 deployment (rolling): 1 completed, the longest in 60 s\n  seed 1 under b: 1 deployment \
             (rolling): 1 failed\n"
        );
        assert_eq!(deployment_lines(&others[2..], 200), "");
    }

    #[test]
    fn one_run_is_told_in_a_line() {
        assert_eq!(in_a_line(&record(1, Vec::new())), None);
        let blue_green = DeploymentRow { strategy: "BLUE_GREEN".into(), revision: 2, ..row("completed", "", 600) };
        let line = in_a_line(&record(1, vec![row("failed", "RESOURCE:CPU", 30), blue_green.clone()]));
        assert_eq!(
            line.as_deref(),
            Some("2 deployments (1 blue/green, 1 rolling): 1 completed, 1 failed, the longest in 10.0 min")
        );
        let line = in_a_line(&record(1, vec![blue_green]));
        assert_eq!(line.as_deref(), Some("1 deployment (blue/green): 1 completed, the longest in 10.0 min"));
    }
}
