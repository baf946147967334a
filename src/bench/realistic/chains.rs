//! Every chain of up to three rules of ECS, with every tie-break, by amount and by fraction: what is not listed by hand may
//! be slow where nobody looks.

use std::borrow::Cow;

use super::rows::{Row, THE_ROW, row};
use crate::model::TieBreak;

const RULES: [&str; 6] = ["zone", "type", "rack", "instance", "memory", "cpu"];
/// Racks of the fleet where a chain spreads over them.
const RACKS: usize = 12;
/// Times the row that each is held to.
const MOST: f64 = 4.0;

/// The row that all are held to, and a row for each chain and way to break ties. One of those is the same chain under the
/// same name: the row is measured twice.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![row(THE_ROW, &["zone", "memory"], 1.0)];
    for chain in chains() {
        let packs = chain.contains(&"memory") || chain.contains(&"cpu");
        let draws = chain.last() == Some(&"random");
        for tie in [TieBreak::Order, TieBreak::Random, TieBreak::MostRemaining, TieBreak::FewestTasks] {
            for by_fraction in [false, true] {
                // What follows a draw, and how amounts are compared that nobody asks for, changes nothing.
                if (tie != TieBreak::Order && draws) || (by_fraction && !packs) {
                    continue;
                }
                rows.push(of(&chain, tie, by_fraction));
            }
        }
    }
    rows
}

fn of(chain: &[&'static str], tie: TieBreak, by_fraction: bool) -> Row {
    let tie_break = (tie != TieBreak::Order).then(|| tie.name());
    let ways: Vec<&str> = [tie_break, by_fraction.then_some("by fraction")].into_iter().flatten().collect();
    let rules = chain.join(", ");
    let name = if ways.is_empty() { rules } else { format!("{rules} | {}", ways.join(", ")) };
    Row {
        name: Cow::Owned(name),
        chain: Cow::Owned(chain.to_vec()),
        racks: if chain.contains(&"rack") { RACKS } else { 1 },
        tie,
        by_fraction,
        ..row("", &[], MOST)
    }
}

/// Of up to three rules, each once, a draw being the last; that of the row that all are held to is among them.
fn chains() -> Vec<Vec<&'static str>> {
    let mut all: Vec<Vec<&'static str>> = vec![Vec::new()];
    let mut begun = all.clone();
    for _ in 0..3 {
        begun = begun.iter().flat_map(|chain| longer(chain)).collect();
        all.extend(begun.iter().cloned());
    }
    let drawn = all.iter().filter(|chain| chain.len() < 3).map(|chain| [chain, &["random"][..]].concat());
    let drawn: Vec<Vec<&'static str>> = drawn.collect();
    all.retain(|chain| !chain.is_empty());
    all.extend(drawn);
    all
}

fn longer(chain: &[&'static str]) -> Vec<Vec<&'static str>> {
    let others = RULES.iter().filter(|rule| !chain.contains(rule));
    others.map(|rule| [chain, &[*rule][..]].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_chain_and_tie_break_has_a_row_of_its_own() {
        let rows = rows();
        let names: BTreeSet<&str> = rows.iter().map(|row| &*row.name).collect();
        // 6 + 30 + 120 chains, and 1 + 6 + 30 that end in a draw.
        assert_eq!(chains().len(), 193);
        assert_eq!(names.len(), rows.len() - 1, "`zone, memory` is the row and a chain");
        assert!(names.contains("zone, random") && names.contains("rack, cpu, instance | fewest-tasks, by fraction"));
        assert!(rows.iter().all(|row| row.chain.len() <= 3 && !row.chain.is_empty()));
    }

    #[test]
    fn what_changes_nothing_has_no_row() {
        let rows = rows();
        let draws = |row: &&Row| row.chain.last() == Some(&"random");
        let packs = |row: &&Row| row.chain.iter().any(|rule| ["memory", "cpu"].contains(rule));
        assert!(rows.iter().filter(draws).all(|row| row.tie == TieBreak::Order), "nothing is tied after a draw");
        assert!(rows.iter().filter(|row| row.by_fraction).all(|row| packs(&row)), "amounts that nobody asks for");
        // Of 156 chains that do not draw 116 pack, of 37 that do 20; and the row.
        assert_eq!(rows.len(), 1 + 4 * (156 + 116) + 37 + 20);
    }
}
