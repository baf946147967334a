//! Instances that no document has: `12xm6i.xlarge@us-east-1a,b,c`, or the cluster of another scenario.
//!
//! A template says what runs and not on what; the two meet here, in the text of the scenario, whose comments stay.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::scenario::cluster::catalogue;

/// Instances to add to a scenario.
#[derive(Clone, Debug)]
pub struct Fleet(Part);

#[derive(Clone, Debug)]
enum Part {
    /// So many of a type, dealt over zones.
    OfType { count: u32, kind: String, zones: Vec<String> },
    /// The table `[cluster]` of a scenario.
    OfScenario(Box<Table>),
}

/// More instances than a fleet has; beyond it a count is a slip.
const MOST: u32 = 1_000_000;

impl Fleet {
    /// Reads `12xm6i.xlarge@us-east-1a,b,c`.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "write a count, a type and zones, such as 12xm6i.xlarge@us-east-1a,b,c";
        let (count, rest) = text.trim().split_once(['x', 'X', '*']).ok_or_else(|| FORM.to_owned())?;
        let count: u32 = count.trim().parse().map_err(|_| format!("`{}` is no count; {FORM}", count.escape_debug()))?;
        if count > MOST {
            return Err(format!("{count} instances are more than {MOST}"));
        }
        let (kind, zones) = rest.split_once('@').ok_or_else(|| format!("no zones; {FORM}"))?;
        let kind = kind.trim();
        if catalogue::find(kind).is_none() {
            let near = catalogue::nearest(kind).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("the instance type `{}` is not known{near}", kind.escape_debug()));
        }
        Ok(Self(Part::OfType { count, kind: kind.to_owned(), zones: zones_of(zones).ok_or_else(|| FORM.to_owned())? }))
    }

    /// The cluster of a scenario file.
    ///
    /// # Errors
    /// If it is no TOML or has no cluster of its own.
    pub fn of_scenario(text: &str) -> Result<Self, String> {
        let document: DocumentMut =
            text.parse().map_err(|_| "no TOML; `stowplan check` says what is wrong".to_owned())?;
        match document.get("cluster").and_then(Item::as_table) {
            Some(cluster) => Ok(Self(Part::OfScenario(Box::new(cluster.clone())))),
            None => Err("a scenario without a table [cluster]".to_owned()),
        }
    }

    /// The text of a scenario with these instances behind its own.
    ///
    /// # Panics
    /// If the text is no scenario that was written by this module's parent.
    #[must_use]
    pub fn add(fleets: &[Self], toml: &str) -> String {
        if fleets.is_empty() {
            return toml.to_owned();
        }
        let mut document: DocumentMut = toml.parse().expect("what is written is TOML");
        let cluster = document["cluster"].as_table_mut().expect("a scenario has a cluster");
        for Self(part) in fleets {
            match part {
                Part::OfType { count, kind, zones } => add_type(cluster, *count, kind, zones),
                Part::OfScenario(other) => add_cluster(cluster, other),
            }
        }
        document.to_string()
    }
}

/// `us-east-1a,b,c` is `us-east-1a`, `us-east-1b`, `us-east-1c`.
fn zones_of(text: &str) -> Option<Vec<String>> {
    let mut zones: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let is_letter = part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let zone = match zones.first() {
            Some(first) if is_letter => format!("{}{part}", &first[..first.len() - 1]),
            _ => part.to_owned(),
        };
        if zone.is_empty() || !zone.is_ascii() || zones.contains(&zone) {
            return None;
        }
        zones.push(zone);
    }
    Some(zones)
}

fn add_type(cluster: &mut Table, count: u32, kind: &str, zones: &[String]) {
    add_zones(cluster, zones);
    let mut entry = Table::new();
    entry["type"] = value(kind);
    entry["count"] = value(i64::from(count));
    entry["zones"] = value(zones.iter().map(String::as_str).collect::<Array>());
    entry.decor_mut().set_prefix("\n");
    instances(cluster).push(entry);
}

/// All of another cluster: its instances and zones beside those that are there, what else it says where nothing is said.
fn add_cluster(cluster: &mut Table, other: &Table) {
    let zones = other.get("zones").and_then(Item::as_array).into_iter().flatten().filter_map(|zone| zone.as_str());
    let zones: Vec<String> = zones.map(str::to_owned).collect();
    add_zones(cluster, &zones);
    for entry in other.get("instances").and_then(Item::as_array_of_tables).into_iter().flatten() {
        let mut entry = entry.clone();
        entry.set_position(None);
        entry.decor_mut().set_prefix("\n");
        instances(cluster).push(entry);
    }
    for (name, item) in other.iter().filter(|(name, _)| !matches!(*name, "zones" | "instances")) {
        if !cluster.contains_key(name) {
            cluster.insert(name, item.clone());
        }
    }
}

fn add_zones(cluster: &mut Table, more: &[String]) {
    let zones = cluster.entry("zones").or_insert_with(|| value(Array::new()));
    let zones = zones.as_array_mut().expect("zones are a list");
    for zone in more {
        if !zones.iter().any(|known| known.as_str() == Some(zone)) {
            zones.push(zone.as_str());
        }
    }
}

fn instances(cluster: &mut Table) -> &mut ArrayOfTables {
    let entry = cluster.entry("instances").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    entry.as_array_of_tables_mut().expect("instances are tables")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_is_a_count_a_type_and_zones() {
        let fleet = Fleet::parse("12xm6i.xlarge@us-east-1a,b,eu-west-1c").unwrap();
        let toml =
            Fleet::add(&[fleet], "name = \"x\"\n[cluster]\nzones = [\"us-east-1b\"] # one\n\n[[tasks]]\ncount = 1\n");
        let expected = "name = \"x\"\n[cluster]\nzones = [\"us-east-1b\", \"us-east-1a\", \"eu-west-1c\"] # one\n\n\
                        [[cluster.instances]]\ntype = \"m6i.xlarge\"\ncount = 12\n\
                        zones = [\"us-east-1a\", \"us-east-1b\", \"eu-west-1c\"]\n\n[[tasks]]\ncount = 1\n";
        assert_eq!(toml, expected);
        for (text, message) in [
            ("m6i.xlarge", "write a count"),
            ("axm6i.xlarge@a", "`a` is no count"),
            ("1xm6i.xlarge", "no zones"),
            ("1xm6i.xlarg@us-east-1a", "did you mean `m6i.xlarge`?"),
            ("1xm6i.xlarge@us-east-1a,a", "write a count"),
            ("9999999xm6i.xlarge@us-east-1a", "more than 1000000"),
        ] {
            let error = Fleet::parse(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_cluster_of_a_scenario_is_taken_whole() {
        let other = "name = \"y\"\n[cluster]\nzones = [\"a\"]\n[[cluster.instances]] # mine\ntype = \"m5.large\"\ncount = 2\n[[services]]\nname = \"s\"\n";
        let toml = Fleet::add(&[Fleet::of_scenario(other).unwrap()], "name = \"x\"\n[cluster]\nzones = []\n");
        assert!(toml.contains("zones = [\"a\"]") && toml.contains("count = 2") && !toml.contains("services"), "{toml}");
        assert!(Fleet::of_scenario("name = 1").is_err());
    }
}
