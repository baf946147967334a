//! What the numbers of rules stand for, in plain words: laws name the rules that they follow from, and whoever reads that
//! one is broken has no specification at hand. `docs/laws.md` has the same table, which a test holds.

use super::catalogue::Law;

/// A rule of Amazon ECS, or (`U-`) a point that AWS leaves open and this program settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EcsRule {
    /// Its number.
    pub id: &'static str,
    /// What it says.
    pub text: &'static str,
}

const fn rule(id: &'static str, text: &'static str) -> EcsRule {
    EcsRule { id, text }
}

/// Every rule that a law follows from, by number.
pub const RULES: &[EcsRule] = &[
    rule(
        "R-1.1",
        "an instance may take a task where CPU, memory, GPUs, ports and constraints allow it; of those the strategy chooses",
    ),
    rule("R-1.2", "only instances that are ACTIVE and whose agent is connected are candidates"),
    rule("R-1.3", "a strategy orders candidates and turns none away"),
    rule("R-1.4", "rules apply in the order of their list, each to what the rules before it keep"),
    rule("R-1.5", "spread counts a bucket over the whole cluster, and passes over buckets without a candidate"),
    rule("R-1.6", "spread counts the tasks of the service, or of the group, and no others"),
    rule("R-1.9", "which of equally good instances is taken is left open: a declared tie-break decides"),
    rule("R-1.10", "tasks are placed one at a time, each seeing those before it"),
    rule("R-1.12", "a placement is whole and alone: nothing happens meanwhile"),
    rule("R-2.1", "binpack takes the instance with the least left of its resource"),
    rule("R-2.3", "binpack compares amounts, not shares"),
    rule("R-2.6", "binpack moves no running task"),
    rule("R-3.1", "spread evens out the tasks of a group over instances, or over the values of an attribute"),
    rule("R-3.2", "spread over zones, then instances: even over zones, then over the instances inside each"),
    rule("R-4.1", "distinctInstance: each task of a group is on an instance of its own"),
    rule("R-4.3", "a task that was told to stop is in no other's way"),
    rule("R-4.7", "memberOf: the expression must be true on the instance"),
    rule("R-5.10", "tcp and udp ports are apart"),
    rule("R-5.11", "a static host port is held by one task of an instance"),
    rule("R-5.15", "GPUs are whole devices, and a task takes as many as its containers name"),
    rule("R-5.17", "a task in awsvpc mode takes one network interface of its instance"),
    rule("R-5.24", "what a task takes is taken when it is placed"),
    rule("R-5.25", "what a task takes is given back when it is told to stop"),
    rule("R-7.20", "a service that shrinks gives up the task that keeps the rest placed as its strategy would"),
    rule("U-1", "which of equally good instances is taken: by a declared tie-break"),
    rule("U-2", "random draws evenly among the instances that the rules before it keep; rules after it change nothing"),
    rule("U-4", "names and values of attributes are compared as they are written, letter case included"),
];

impl Law {
    /// The rules that it follows from; none where it comes from elsewhere.
    pub fn rules(&self) -> impl Iterator<Item = &'static EcsRule> {
        self.rule.split(", ").filter_map(|id| RULES.iter().find(|rule| rule.id == id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::LAWS;

    #[test]
    fn every_number_that_a_law_names_is_a_rule_and_every_rule_is_named() {
        let is_number = |part: &&str| part.starts_with("R-") || part.starts_with("U-");
        for law in LAWS {
            assert_eq!(law.rules().count(), law.rule.split(", ").filter(is_number).count(), "{}: {}", law.id, law.rule);
        }
        for rule in RULES {
            assert!(LAWS.iter().any(|law| law.rules().any(|of| of == rule)), "no law follows from {}", rule.id);
        }
    }

    #[test]
    fn the_page_on_laws_tells_every_rule() {
        let page = include_str!("../../../docs/laws.md");
        let told: Vec<String> = RULES.iter().map(|rule| format!("| {} | {} |", rule.id, rule.text)).collect();
        let is_row = |line: &&str| line.starts_with("| R-") || line.starts_with("| U-");
        assert_eq!(page.lines().filter(is_row).collect::<Vec<_>>(), told);
    }
}
