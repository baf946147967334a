//! What names a stream of draws: what its owner *is*, never the scenario's name or a position in the file.
//!
//! A source is its families and its group, a service its name, a happening its kind, time and zone. Only owners that are
//! equal in this are told apart by their order. So a scenario that is renamed or copied, and a service, source or
//! happening more or less, change no draw of another.

use std::collections::BTreeMap;

use crate::model::load::{Happening, HappeningKind, TaskSource};
use crate::model::scenario::Scenario;
use crate::model::units::SimTime;

/// The name of an owner of draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamName {
    /// What it is.
    pub what: String,
    /// Its number among equal ones, from 0.
    pub number: u32,
}

/// Tells owners apart that are equal, by the order in which they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(BTreeMap<String, u32>);

impl Numbers {
    /// The name of the next owner.
    pub(crate) fn next(&mut self, what: String) -> StreamName {
        let next = self.0.entry(what.clone()).or_insert(0);
        *next += 1;
        StreamName { what, number: *next - 1 }
    }
}

impl StreamName {
    /// Names owners in their order by what each is.
    pub(super) fn number(owners: impl Iterator<Item = String>) -> Vec<Self> {
        let mut numbers = Numbers::default();
        owners.map(|what| numbers.next(what)).collect()
    }

    /// What a spot interruption is: when, and in which zone.
    pub(crate) fn of_interruption(at: SimTime, zone: Option<&str>) -> String {
        format!("spot-interruption\n{}\n{}", at.0, zone.unwrap_or("*"))
    }
}

impl Scenario {
    /// The name of each source of tasks.
    #[must_use]
    pub fn source_names(&self) -> Vec<StreamName> {
        StreamName::number(self.sources.iter().map(|source| self.source(source)))
    }

    /// The name of each happening.
    #[must_use]
    pub fn happening_names(&self) -> Vec<StreamName> {
        StreamName::number(self.happenings.iter().map(|happening| self.happening(happening)))
    }

    fn source(&self, source: &TaskSource) -> String {
        let mut families: Vec<&str> =
            source.shapes.iter().map(|shape| self.definitions[shape.definition.index()].family.as_str()).collect();
        families.sort_unstable();
        families.dedup();
        let group = match (&source.groups, &source.group) {
            (Some(groups), _) => format!("{}-*", groups.prefix),
            (None, Some(group)) => group.clone(),
            (None, None) if families.len() == 1 => format!("family:{}", families[0]),
            (None, None) => String::new(),
        };
        format!("tasks\n{group}\n{}", families.join("\n"))
    }

    /// Only spot interruptions draw; the others are named all the same, so that no kind is forgotten.
    fn happening(&self, happening: &Happening) -> String {
        let at = happening.at.0;
        match happening.what {
            HappeningKind::SpotInterruption(spec) => {
                let zone = spec.zone.map(|zone| self.fleet.zones[zone.index()].as_str());
                StreamName::of_interruption(happening.at, zone)
            }
            HappeningKind::ZoneLost(_)
            | HappeningKind::ZoneReturned(_)
            | HappeningKind::InstanceDrained(_)
            | HappeningKind::InstanceActivated(_)
            | HappeningKind::InstanceLost(_)
            | HappeningKind::InstanceReturned(_)
            | HappeningKind::AgentDisconnected(_)
            | HappeningKind::AgentConnected(_)
            | HappeningKind::ZoneDisconnected(_)
            | HappeningKind::ZoneConnected(_)
            | HappeningKind::InstancesRegistered { .. }
            | HappeningKind::PatchWave(_) => format!("happening\n{at}"),
        }
    }
}

/// FNV-1a with 64 bits, for names that are too many for a cryptographic digest each.
#[must_use]
pub(super) fn fnv(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the authors' test suite.
    #[test]
    fn fnv_is_that_of_its_authors() {
        assert_eq!(fnv(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn equal_owners_are_numbered_in_order() {
        let names = StreamName::number(["a", "b", "a", "a"].map(str::to_owned).into_iter());
        let numbers: Vec<(&str, u32)> = names.iter().map(|name| (name.what.as_str(), name.number)).collect();
        assert_eq!(numbers, [("a", 0), ("b", 0), ("a", 1), ("a", 2)]);
    }
}
