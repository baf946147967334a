//! Instances that no document has: `12xm6i.xlarge@us-east-1a,b,c`, or the cluster of another scenario.
//!
//! A template says what runs and not on what; the two meet here, in the text of the scenario, whose comments stay.

use std::collections::BTreeSet;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::aws::name_of;
use crate::scenario::cluster::catalogue;

/// Instances to add to a scenario.
#[derive(Clone, Debug)]
pub struct Fleet(Part);

#[derive(Clone, Debug)]
enum Part {
    /// So many of a type, dealt over zones.
    OfType { provider: Option<String>, count: u32, kind: String, zones: Vec<String> },
    /// The table `[cluster]` of a scenario.
    OfScenario(Box<Table>),
}

/// More instances than a fleet has; beyond it a count is a slip.
const MOST: u32 = 1_000_000;

impl Fleet {
    /// Reads `12xm6i.xlarge@us-east-1a,b,c`, with `PROVIDER=` in front where the instances are of a capacity provider.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "write a count, a type and zones, such as 12xm6i.xlarge@us-east-1a,b,c";
        let (provider, text) = match text.split_once('=') {
            Some((provider, text)) => (Some(name_of(provider.trim()).to_owned()), text),
            None => (None, text),
        };
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
        let zones = zones_of(zones).ok_or_else(|| FORM.to_owned())?;
        Ok(Self(Part::OfType { provider, count, kind: kind.to_owned(), zones }))
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

    /// The capacity providers that these instances are of; `only` is the one of those which say none.
    #[must_use]
    pub fn providers(fleets: &[Self], only: Option<&str>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for Self(part) in fleets {
            match part {
                Part::OfType { provider, .. } => names.extend(provider.clone().or(only.map(str::to_owned))),
                Part::OfScenario(cluster) => {
                    let entries = cluster.get("instances").and_then(Item::as_array_of_tables).into_iter().flatten();
                    let provider = |entry: &Table| Some(entry.get("capacity-provider")?.as_str()?.to_owned());
                    names.extend(entries.filter_map(provider));
                }
            }
        }
        names
    }

    /// The text of a scenario with these instances behind its own, and what was taken for granted.
    ///
    /// # Panics
    /// If the text is no scenario that was written by this module's parent.
    #[must_use]
    pub fn add(fleets: &[Self], toml: &str) -> (String, Vec<String>) {
        if fleets.is_empty() {
            return (toml.to_owned(), Vec::new());
        }
        let mut document: DocumentMut = toml.parse().expect("what is written is TOML");
        let mut notes = Vec::new();
        let providers = provider_names(&document);
        for Self(part) in fleets {
            match part {
                Part::OfType { provider, count, kind, zones } => {
                    let only = providers.first().filter(|_| providers.len() == 1);
                    if let (None, Some(only)) = (provider, only) {
                        notes.push(format!(
                            "{count}x{kind}: taken as of the capacity provider `{only}`, the only one; `--fleet NAME={count}x{kind}…` \
                             says otherwise"
                        ));
                    }
                    let provider = provider.as_ref().or(only);
                    add_type(&mut document, *count, kind, zones, provider);
                }
                Part::OfScenario(other) => add_cluster(cluster(&mut document), other),
            }
        }
        (document.to_string(), notes)
    }
}

fn cluster(document: &mut DocumentMut) -> &mut Table {
    document["cluster"].as_table_mut().expect("a scenario has a cluster")
}

fn provider_names(document: &DocumentMut) -> Vec<String> {
    let providers = document.get("capacity-providers").and_then(Item::as_array_of_tables).into_iter().flatten();
    providers.filter_map(|provider| Some(provider.get("name")?.as_str()?.to_owned())).collect()
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

fn add_type(document: &mut DocumentMut, count: u32, kind: &str, zones: &[String], provider: Option<&String>) {
    let cluster = cluster(document);
    add_zones(cluster, zones);
    let mut entry = Table::new();
    entry["type"] = value(kind);
    entry["count"] = value(i64::from(count));
    entry["zones"] = value(zones.iter().map(String::as_str).collect::<Array>());
    if let Some(provider) = provider {
        entry["capacity-provider"] = value(provider.as_str());
    }
    entry.decor_mut().set_prefix("\n");
    instances(cluster).push(entry);
    let Some(provider) = provider else { return };
    let is_its = |entry: &&Table| entry.get("capacity-provider").and_then(Item::as_str) == Some(provider);
    let counts = instances(cluster).iter().filter(is_its).filter_map(|entry| entry.get("count")?.as_integer());
    let all: i64 = counts.sum();
    let groups = document.get_mut("capacity-providers").and_then(Item::as_array_of_tables_mut).into_iter();
    let is_it = |group: &&mut Table| group.get("name").and_then(Item::as_str) == Some(provider);
    for group in groups.flat_map(ArrayOfTables::iter_mut).filter(is_it) {
        // A group has no fewer instances than were asked for, whatever its bound is in the documents.
        if let Some(size) = group.get("maximum-size").and_then(Item::as_integer) {
            group["maximum-size"] = value(size.max(all));
        }
    }
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
        let (toml, _) =
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
    fn instances_are_of_the_provider_that_is_named_or_the_only_one() {
        let text = "name = \"x\"\n[cluster]\nzones = []\n\n[[capacity-providers]]\nname = \"p\"\nmaximum-size = 1\n";
        let (toml, notes) = Fleet::add(&[Fleet::parse("2xm5.large@a").unwrap()], text);
        assert!(toml.contains("capacity-provider = \"p\"") && toml.contains("maximum-size = 2"), "{toml}");
        assert_eq!(notes.len(), 1);
        let (toml, notes) = Fleet::add(&[Fleet::parse("q=2xm5.large@a").unwrap()], text);
        assert!(toml.contains("capacity-provider = \"q\"") && toml.contains("maximum-size = 1"), "{toml}");
        assert_eq!(notes, Vec::<String>::new());
    }

    #[test]
    fn a_cluster_of_a_scenario_is_taken_whole() {
        let other = "name = \"y\"\n[cluster]\nzones = [\"a\"]\n[[cluster.instances]] # mine\ntype = \"m5.large\"\ncount = 2\n[[services]]\nname = \"s\"\n";
        let (toml, _) = Fleet::add(&[Fleet::of_scenario(other).unwrap()], "name = \"x\"\n[cluster]\nzones = []\n");
        assert!(toml.contains("zones = [\"a\"]") && toml.contains("count = 2") && !toml.contains("services"), "{toml}");
        assert!(Fleet::of_scenario("name = 1").is_err());
    }
}
