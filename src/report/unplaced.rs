//! Under the table of a run: who is not placed, by name, with what is short and the command that tells all.

use crate::analysis::record::{DeploymentRow, InstanceRow, RunRecord, UnplacedRow, UnplacedState};
use crate::model::{Fleet, InstanceId};

use super::deployments::COMPLETED;
use crate::report::text::humane::{count, counted};
use crate::report::text::names::printable;
use crate::report::text::wrap::wrapped;

/// At most so many are told.
const MOST: usize = 5;

/// The waiting, the refused and the deployments that are stuck or have failed, of the first run of each policy; empty if
/// there is none.
///
/// What is the same under several policies is told once. Commands stand on lines of their own, which are not broken, so
/// that they can be pasted.
#[must_use]
pub fn unplaced_lines(records: &[RunRecord], fleet: &Fleet, file: &str, width: usize) -> String {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut policies: Vec<&str> = Vec::new();
    for record in records.iter().filter(|record| !policies_hold(&mut policies, record)) {
        for item in items_of(record) {
            match items.iter_mut().find(|known| known.is_like(&item)) {
                Some(known) => known.policies.push(&record.policy),
                None => items.push(item),
            }
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.weight()));
    let limits = records.first().map_or_else(String::new, |record| overcommit(record, fleet));
    if items.is_empty() {
        return wrapped(&limits, width);
    }
    let all = policies.len();
    let mut text = format!("  not as asked for at the end of seed {}:\n", records[0].seed);
    for item in items.iter().take(MOST) {
        let sentence = item.sentence(fleet, all);
        text.push_str(&wrapped(&format!("  {}\n", printable(&sentence)), width));
        text.push_str(&format!("    {}\n", item.command(file)));
    }
    if items.len() > MOST {
        let more = count((items.len() - MOST) as u64);
        text.push_str(&wrapped(&format!("  … and {more} more in unplaced.csv and deployments.csv\n"), width));
    }
    text + &wrapped(&limits, width)
}

/// Where tasks may use more memory than their instance registered, under the first policy (W-12).
fn overcommit(record: &RunRecord, fleet: &Fleet) -> String {
    let registered = |row: &InstanceRow| u64::from(fleet.classes[row.class as usize].memory.0);
    let over = || record.instances.iter().filter(|row| row.memory_mib_limits > registered(row));
    let Some(worst) = over().max_by_key(|row| row.memory_mib_limits - registered(row)) else { return String::new() };
    let (name, limits) = (fleet.called(InstanceId(worst.instance)), count(worst.memory_mib_limits));
    format!(
        "  memory limits of tasks exceed what is registered on {} under {}, most on {}: {limits} of {} MiB\n",
        counted(over().count() as u64, "instance"),
        printable(&record.policy),
        printable(&name),
        count(registered(worst))
    )
}

/// Whether a run of this policy was seen before.
fn policies_hold<'a>(policies: &mut Vec<&'a str>, record: &'a RunRecord) -> bool {
    let is_known = policies.contains(&record.policy.as_str());
    if !is_known {
        policies.push(&record.policy);
    }
    is_known
}

/// A kind of task that is not placed, or a deployment that does not move, or both.
struct Item<'a> {
    row: Option<&'a UnplacedRow>,
    stuck: Option<&'a DeploymentRow>,
    policies: Vec<&'a str>,
    seed: u32,
    end_ms: u64,
}

fn items_of(record: &RunRecord) -> Vec<Item<'_>> {
    let end_ms = record.samples.last().map_or(record.snapshot_ms, |sample| sample.at_ms);
    let item = |row, stuck| Item { row, stuck, policies: vec![record.policy.as_str()], seed: record.seed, end_ms };
    let mut stuck: Vec<&DeploymentRow> = record.deployments.iter().filter(|row| is_open(record, row)).collect();
    let mut items = Vec::new();
    for row in &record.unplaced {
        let of_it = stuck.iter().position(|deployment| {
            row.state == UnplacedState::Waiting
                && deployment.group == row.group
                && deployment.task_definition == row.task_definition
        });
        items.push(item(Some(row), of_it.map(|position| stuck.remove(position))));
    }
    items.extend(stuck.into_iter().map(|deployment| item(None, Some(deployment))));
    items
}

/// A deployment that is stuck at the end, or that failed and no later revision was completed since.
fn is_open(record: &RunRecord, row: &DeploymentRow) -> bool {
    let is_later = |other: &DeploymentRow| other.group == row.group && other.revision > row.revision;
    match row.outcome.as_str() {
        "unfinished" => row.stuck_since_ms.is_some(),
        "failed" | "rolled-back" => {
            !record.deployments.iter().any(|other| is_later(other) && other.outcome == COMPLETED)
        }
        _ => false,
    }
}

impl Item<'_> {
    fn is_like(&self, other: &Item<'_>) -> bool {
        self.row == other.row && self.stuck == other.stuck && self.end_ms == other.end_ms
    }

    /// The most tasks first, and a deployment that is stuck before a few that wait.
    fn weight(&self) -> (bool, u64) {
        (self.stuck.is_some(), self.row.map_or(0, |row| row.tasks))
    }

    fn sentence(&self, fleet: &Fleet, all_policies: usize) -> String {
        let under = match self.policies.len() {
            told if told == all_policies => String::new(),
            _ => format!(" (under {})", self.policies.join(", ")),
        };
        match (self.row, self.stuck) {
            (Some(row), stuck) => {
                let since = moment(row.since_ms);
                let tasks = counted(row.tasks, "task");
                let what = match row.state {
                    UnplacedState::Waiting if row.tasks == 1 => format!("{tasks} waits since {since}"),
                    UnplacedState::Waiting => format!("{tasks} wait, the oldest since {since}"),
                    UnplacedState::Refused if row.tasks == 1 => format!("{tasks} was refused at {since}"),
                    UnplacedState::Refused => format!("{tasks} were refused, the first at {since}"),
                };
                let of = of_definition(&row.group, &row.task_definition);
                let why = if row.reason.is_empty() {
                    String::new()
                } else {
                    format!(": {}", row.reason.trim_end_matches('.'))
                };
                let best = row.best.as_ref().map_or_else(String::new, |best| {
                    let which = match (best.is_its_own, row.tasks) {
                        (true, 1) => "its instance",
                        (true, _) => "the best of their instances",
                        (false, _) => "the best",
                    };
                    format!("; {which}, {}, {}", fleet.called(InstanceId(best.instance)), best.words)
                });
                format!("{}{of}{under}: {what}{why}{best}{}", row.group, self.of_deployment(stuck))
            }
            (None, stuck) => {
                let row = stuck.expect("an item is a row, a deployment, or both");
                format!(
                    "{}{under}{}",
                    row.group,
                    self.of_deployment(stuck).trim_start_matches(';').replacen(" its", ": its", 1)
                )
            }
        }
    }

    /// Why its deployment does not move or has failed, and since when.
    fn of_deployment(&self, stuck: Option<&DeploymentRow>) -> String {
        let Some(row) = stuck else { return String::new() };
        let became = match row.outcome.as_str() {
            "failed" => format!("failed at {}", moment(row.ended_ms)),
            "rolled-back" => format!("was rolled back at {}", moment(row.ended_ms)),
            _ => format!("is stuck since {}", row.stuck_since_ms.map(moment).unwrap_or_default()),
        };
        let is_told = self.row.is_some_and(|unplaced| unplaced.reason == row.reason);
        let why = if is_told || row.reason.is_empty() {
            String::new()
        } else {
            format!(": {}", row.reason.trim_end_matches('.'))
        };
        format!("; its deployment to {} {became}{why}", row.task_definition)
    }

    /// The question that is answered in full.
    fn command(&self, file: &str) -> String {
        let mut words = vec!["stowplan".to_owned(), "explain".to_owned(), file.to_owned()];
        let group = self.row.map(|row| &row.group).or(self.stuck.map(|row| &row.group)).map_or("", String::as_str);
        let definition = self.row.map_or("", |row| row.task_definition.as_str());
        match group.strip_prefix("service:") {
            Some(service) if self.row.is_none_or(|row| row.state == UnplacedState::Waiting) => {
                words.extend(["--service".to_owned(), service.to_owned()]);
            }
            _ => {
                words.extend(["--task-definition".to_owned(), definition.to_owned()]);
                words.extend(["--group".to_owned(), group.to_owned()]);
            }
        }
        words.extend(["--policy".to_owned(), self.policies[0].to_owned()]);
        if self.seed != 1 {
            words.extend(["--seed".to_owned(), self.seed.to_string()]);
        }
        let at = match self.row {
            Some(row) if row.state == UnplacedState::Refused => row.since_ms,
            None => self.stuck.filter(|row| row.outcome != "unfinished").map_or(self.end_ms, |row| row.ended_ms),
            _ => self.end_ms,
        };
        words.extend(["--at".to_owned(), moment(at)]);
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// The definition where the group does not tell it.
fn of_definition(group: &str, definition: &str) -> String {
    if group.strip_prefix("family:") == Some(definition) || group.strip_prefix("service:") == Some(definition) {
        return String::new();
    }
    format!(" of {definition}")
}

/// A time of the run as scenarios write it: exact, in the largest unit.
fn moment(ms: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let (unit, size) = UNITS.into_iter().find(|(_, size)| ms.is_multiple_of(*size)).unwrap_or(("ms", 1));
    if ms == 0 { "0s".to_owned() } else { format!("{}{unit}", ms / size) }
}

/// A word as shells take it.
fn quoted(word: &str) -> String {
    let is_plain =
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=,+@%".contains(&byte));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::record::Shortage;

    fn record(policy: &str, unplaced: Vec<UnplacedRow>) -> RunRecord {
        RunRecord { policy: policy.to_owned(), seed: 1, snapshot_ms: 1_800_000, unplaced, ..RunRecord::default() }
    }

    fn waiting(group: &str, tasks: u64) -> UnplacedRow {
        let best = Shortage {
            instance: 0,
            words: "needs 600 MiB, has 583 of 983, short by 17".to_owned(),
            check: "RESOURCE:MEMORY".to_owned(),
            amounts: Some((600, 583, 17)),
            is_its_own: false,
        };
        UnplacedRow {
            request: 0,
            group: group.to_owned(),
            task_definition: "app".to_owned(),
            state: UnplacedState::Waiting,
            tasks,
            since_ms: 300_000,
            reason: "RESOURCE:MEMORY".to_owned(),
            best: Some(best),
        }
    }

    #[test]
    fn what_is_short_stands_beside_who_waits_and_the_command_can_be_pasted() {
        let records = [record("a", vec![waiting("service:web", 3)]), record("b", vec![waiting("service:web", 3)])];
        let text = unplaced_lines(&records, &Fleet::default(), "my plan.toml", 200);
        assert_eq!(
            text,
            "  not as asked for at the end of seed 1:\n  service:web of app: 3 tasks wait, the oldest since 5m: \
             RESOURCE:MEMORY; the best, i-00000000, needs 600 MiB, has 583 of 983, short by 17\n    stowplan explain \
             'my plan.toml' --service web --policy a --at 30m\n"
        );
    }

    #[test]
    fn five_are_told_by_their_number_of_tasks_and_policies_that_differ_are_named() {
        let rows = (1..8).map(|number| waiting(&format!("service:s{number}"), number)).collect();
        let records = [record("a", rows), record("b", Vec::new())];
        let text = unplaced_lines(&records, &Fleet::default(), "s.toml", 200);
        let told: Vec<&str> = text.lines().filter(|line| line.starts_with("  service:")).collect();
        assert_eq!(told.len(), 5);
        assert!(told[0].starts_with("  service:s7 of app (under a): 7 tasks wait"), "{text}");
        assert!(text.ends_with("  … and 2 more in unplaced.csv and deployments.csv\n"), "{text}");
        assert_eq!(unplaced_lines(&[record("a", Vec::new())], &Fleet::default(), "s.toml", 80), "");
    }

    #[test]
    fn what_failed_is_told_until_a_later_revision_is_completed() {
        let of = |revision, outcome: &str, reason: &str| DeploymentRow {
            revision,
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            ended_ms: 600_000,
            ..crate::report::sample::records()[0].deployments[0].clone()
        };
        let told = |deployments| {
            let record = RunRecord { deployments, ..record("a", Vec::new()) };
            unplaced_lines(&[record], &Fleet::default(), "s.toml", 200)
        };
        let failed = of(1, "rolled-back", "RESOURCE:CPU");
        let text = told(vec![failed.clone(), of(0, "completed", "")]);
        let expected = "  service:web: its deployment to web was rolled back at 10m: RESOURCE:CPU\n    stowplan explain \
                        s.toml --service web --policy a --at 10m\n";
        assert!(text.ends_with(expected), "{text}");
        assert_eq!(told(vec![failed, of(2, "completed", "")]), "");
    }

    #[test]
    fn times_are_exact_and_words_are_quoted_for_shells() {
        assert_eq!([0, 1, 1_500, 60_000, 5_400_000, 7_200_000].map(moment), ["0s", "1ms", "1500ms", "1m", "90m", "2h"]);
        assert_eq!(["a:b", "a b", "it's", ""].map(quoted), ["a:b", "'a b'", r"'it'\''s'", "''"]);
    }
}
