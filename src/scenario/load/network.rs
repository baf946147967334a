//! Subnets: which zones and which VPC those of a task stand for.
//!
//! The zone of a subnet is that of an instance which is in it, or what `[cluster.subnets]` says. A subnet of which neither
//! tells a zone refuses no instance, and is warned of.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Fleet, SUBNET_ATTRIBUTE, TaskNetwork, VPC_ATTRIBUTE, ZONE_ATTRIBUTE, ZoneId, counted};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::names::is_attribute_value;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// At most this many subnets of a task.
const MOST_SUBNETS: usize = 16;

/// What is known of one subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subnet {
    zone: String,
    vpc: Option<String>,
}

/// All subnets that something is known of, by id.
#[derive(Debug, Default)]
pub(crate) struct Subnets {
    known: BTreeMap<String, Subnet>,
}

/// The `subnets` of a service or of tasks, not yet resolved.
pub(crate) fn read_subnets(table: &Table<'_>) -> TaskNetwork {
    let Some(item) = table.get("subnets") else { return TaskNetwork::default() };
    let mut subnets: Vec<String> = Vec::new();
    let items = item.list().unwrap_or_default();
    if items.is_empty() || items.len() > MOST_SUBNETS {
        let problem = Problem::new(Rule::OutOfRange, format!("{} subnets", items.len())).label("1 to 16");
        item.report(problem.help("give 1 to 16 subnets, or leave `subnets` out for any zone"));
    }
    for one in &items {
        let Some(id) = one.text_of("the id of a subnet", is_attribute_value) else { continue };
        if subnets.iter().any(|known| known == id) {
            one.report(Problem::new(Rule::DuplicateName, format!("subnet `{id}` is given twice")).help("give it once"));
        }
        subnets.push(id.to_owned());
    }
    TaskNetwork { subnets, ..TaskNetwork::default() }
}

impl Subnets {
    /// What the instances and `[cluster.subnets]` tell.
    pub(crate) fn read(root: &Table<'_>, fleet: &Fleet) -> Self {
        let mut subnets = Self::default();
        for class in &fleet.classes {
            let value = |name| class.attribute(name).flatten().map(str::to_owned);
            if let (Some(id), Some(zone)) = (value(SUBNET_ATTRIBUTE), value(ZONE_ATTRIBUTE)) {
                subnets.known.entry(id).or_insert(Subnet { zone, vpc: value(VPC_ATTRIBUTE) });
            }
        }
        // The table itself was read with the fleet, and what is wrong with it was told then.
        let cluster = root.get("cluster").filter(|item| item.value().is_table()).and_then(|item| item.free_table());
        let written = cluster.unwrap_or_default().into_iter().find(|item| item.key() == "subnets");
        let written = written.and_then(|item| item.free_table());
        written.unwrap_or_default().iter().for_each(|item| subnets.add(item));
        subnets
    }

    /// One entry of `[cluster.subnets]`: a zone, or a table of zone and VPC.
    fn add(&mut self, item: &Item<'_>) {
        let text = |item: Item<'_>| item.text_of("a zone such as `us-east-1a`", is_attribute_value).map(str::to_owned);
        let subnet = if item.value().is_table() {
            let Some(table) = item.table(&keys::SUBNET) else { return };
            let vpc = table.get("vpc").and_then(|item| item.text_of("the id of a VPC", is_attribute_value));
            table.get("zone").and_then(text).map(|zone| Subnet { zone, vpc: vpc.map(str::to_owned) })
        } else {
            text(*item).map(|zone| Subnet { zone, vpc: None })
        };
        let Some(subnet) = subnet else { return };
        match self.known.get(item.key()) {
            Some(seen) if seen.zone != subnet.zone => {
                let message = format!("an instance in subnet `{}` is in zone {}", item.key(), seen.zone);
                item.report(Problem::new(Rule::Conflict, message).label("another zone").help("leave the entry out"));
            }
            _ => drop(self.known.insert(item.key().to_owned(), subnet)),
        }
    }

    /// Finds the zones and the VPC of a network.
    pub(crate) fn resolve(&self, network: &mut TaskNetwork, fleet: &Fleet) {
        let known: Option<Vec<&Subnet>> = network.subnets.iter().map(|id| self.known.get(id)).collect();
        let Some(known) = known.filter(|known| !known.is_empty()) else { return };
        let zone_of = |subnet: &&Subnet| fleet.zones.iter().position(|zone| *zone == subnet.zone);
        let zones: BTreeSet<ZoneId> = known.iter().filter_map(zone_of).map(ZoneId::from_index).collect();
        network.zones = Some(zones.into_iter().collect());
        let vpcs: BTreeSet<Option<&String>> = known.iter().map(|subnet| subnet.vpc.as_ref()).collect();
        // Subnets of several VPCs are refused by ECS; here they say nothing.
        network.vpc = vpcs.first().copied().flatten().filter(|_| vpcs.len() == 1).cloned();
    }

    /// Warns once of every subnet whose zone nothing tells, and of instances whose zone is not known where subnets are given.
    pub(crate) fn warn<'t>(&self, tables: impl Iterator<Item = &'t Table<'t>>, fleet: &Fleet) {
        let unknown = fleet.instances.iter().filter(|class| !fleet.classes[class.index()].knows_zone()).count();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for item in tables.filter_map(|table| table.get("subnets")) {
            if seen.is_empty() && unknown > 0 {
                let message = format!("of {} the zone is not known", counted(unknown, "instance"));
                let problem = Problem::new(Rule::UnknownSubnet, message);
                item.report(problem.label("they are not refused for it").help("give them `zones`"));
            }
            for one in item.list().unwrap_or_default() {
                let Some(id) = one.value().as_str() else { continue };
                if seen.insert(id) && !self.known.contains_key(id) {
                    let message = format!("the zone of subnet `{}` is not known", id.escape_debug());
                    let problem = Problem::new(Rule::UnknownSubnet, message).label("no instance is refused for it");
                    one.report(problem.help("add it to `[cluster.subnets]`, such as `\"subnet-1\" = \"us-east-1a\"`"));
                }
            }
        }
    }
}
