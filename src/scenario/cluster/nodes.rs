//! The `nodes` of a cluster: one container instance a row of a CSV file.
//!
//! Needed columns are `node_id`, `cpu_units` and `memory_mib`; `zone`, `gpu` and `instance_type` are optional; `node-columns`
//! says where they have other names. The memory is what the
//! operating system has, so `reserved-memory` is still taken off. A row without a zone is dealt round-robin over `zones`;
//! without `zones` the zones are those of the rows, in order of appearance. A type that the catalogue knows brings
//! architecture, price and the limit of awsvpc tasks; any other is an attribute only.

use std::collections::BTreeSet;

use super::catalogue::{self, Architecture};
use super::{ClusterSettings, FleetBuilder, Mould};
use crate::model::{Attributes, DEFAULT_RESERVED_TCP_PORTS, GpuKind, OtherGpus, Port, TYPE_ATTRIBUTE, ZoneId};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::names::{is_attribute_name, is_attribute_value};
use crate::scenario::reading::reader::Table;
use crate::scenario::reading::rows::{self, ColumnName, Rows};
use crate::scenario::reading::rules::Rule;

/// A column: its key in `node-columns`, its name where that says nothing, and what to do where that is missing too.
struct Column {
    key: &'static str,
    name: &'static str,
    remedy: Option<&'static str>,
}

const NEEDED: Option<&str> = Some("add the column, or say in `node-columns` which one it is");
const COLUMNS: [Column; 6] = [
    Column { key: "node", name: "node_id", remedy: NEEDED },
    Column { key: "zone", name: "zone", remedy: None },
    Column { key: "cpu", name: "cpu_units", remedy: NEEDED },
    Column { key: "memory", name: "memory_mib", remedy: NEEDED },
    Column { key: "gpu", name: "gpu", remedy: None },
    Column { key: "type", name: "instance_type", remedy: None },
];

impl Column {
    /// Its name in the file, and the remedy if it must be there: one that the scenario names must.
    fn named<'a>(&self, given: Option<&Table<'a>>) -> ColumnName<'a> {
        match given.and_then(|table| table.get(self.key)).and_then(|item| item.name()) {
            Some(name) => {
                let remedy = Some("`node-columns` names it: write a column that the file has");
                ColumnName { name, remedy }
            }
            None => ColumnName { name: self.name, remedy: self.remedy },
        }
    }
}

/// Columns by position.
struct Columns {
    name: Option<usize>,
    zone: Option<usize>,
    cpu: Option<usize>,
    memory: Option<usize>,
    gpu: Option<usize>,
    kind: Option<usize>,
    attributes: Vec<(String, usize)>,
}

struct Reader<'b, 'a> {
    builder: &'b mut FleetBuilder<'a>,
    settings: ClusterSettings,
    /// Whether `zones` is written, so that rows may name no other.
    has_zones: bool,
    /// How many rows without a zone were dealt.
    dealt: usize,
    lacks_zone: bool,
    names: BTreeSet<String>,
}

/// Reads the rows of `nodes`, if there is such a file.
pub(crate) fn read(cluster: &Table<'_>, settings: ClusterSettings, builder: &mut FleetBuilder<'_>) {
    let attributes = attribute_columns(cluster);
    let Some(item) = cluster.get("nodes") else {
        if let Some(item) = cluster.get("node-columns") {
            let problem = Problem::new(Rule::Unused, "[cluster] has no `nodes` whose columns these could be");
            item.report(
                problem.label("it has no effect").help("write `nodes = \"nodes.csv\"` beside it, or leave it out"),
            );
        }
        return;
    };
    let given = cluster.or_absent("node-columns").and_then(|item| item.table(&keys::NODE_COLUMNS));
    let Some((name, bytes)) = rows::read_file(&item) else { return };
    let mut rows = Rows::new(&bytes);
    let names = COLUMNS.map(|column| column.named(given.as_ref()));
    let [node, zone, cpu, memory, gpu, kind] = rows.columns(names);
    let positions = rows.more_columns(&attributes);
    let attributes = attributes.into_iter().zip(positions).collect();
    let columns = Columns { name: node, zone, cpu, memory, gpu, kind, attributes };
    let has_zones = !builder.zones().is_empty();
    let before = builder.len();
    let mut reader = Reader { builder, settings, has_zones, dealt: 0, lacks_zone: false, names: BTreeSet::new() };
    if node.is_some() && cpu.is_some() && memory.is_some() {
        while rows.next_row() {
            reader.row(&mut rows, &columns);
        }
    }
    let lacks_zone = reader.lacks_zone;
    let problems = rows.finish();
    if lacks_zone {
        let message = format!("`{name}` has rows without a zone, and [cluster] has no `zones`");
        item.report(Problem::new(Rule::MissingKey, message).help("add `zones`, over which such rows are dealt"));
    } else if problems.is_empty() && builder.len() == before {
        item.report(
            Problem::new(Rule::EmptyCluster, format!("`{name}` has no rows"))
                .label("no instances")
                .help("a row is an instance"),
        );
    }
    problems.report(cluster.context(), &name, &bytes);
}

/// What the GPUs of a node are: by type, if it has as many.
fn gpu_kind(kind: Option<&catalogue::InstanceType>, gpus: u32) -> GpuKind {
    kind.filter(|kind| kind.gpus == gpus).map(catalogue::InstanceType::gpu_kind).unwrap_or_default()
}

fn attribute_columns(cluster: &Table<'_>) -> Vec<String> {
    let items = cluster.or_default("node-attributes").list().unwrap_or_default();
    let form = "1 to 128 letters, digits and - _ . / \\";
    items.iter().filter_map(|item| item.text_of(form, is_attribute_name)).map(str::to_owned).collect()
}

impl Reader<'_, '_> {
    fn row(&mut self, rows: &mut Rows<'_>, columns: &Columns) {
        let name = rows.text(columns.name).to_owned();
        if name.is_empty() || name.chars().count() > 255 {
            return rows.problem(columns.name, "a node has no name", "write a name of 1 to 255 characters");
        }
        if !self.names.insert(name.clone()) {
            let message = format!("node `{}` is given twice", name.escape_debug());
            return rows.problem(columns.name, message, "give each name once");
        }
        let zone = self.zone(rows, columns.zone);
        let cpu = rows.size(columns.cpu, 1..=limits::CPU);
        let memory = rows.size(columns.memory, self.settings.reserved_memory + 1..=limits::MEMORY);
        let gpus = rows.size_or_zero(columns.gpu, limits::GPUS);
        let attributes = attributes(rows, columns);
        let (Some(zone), Some(cpu), Some(memory), Some(gpus), Some(attributes)) = (zone, cpu, memory, gpus, attributes)
        else {
            return;
        };
        if self.builder.len() >= limits::INSTANCES as usize {
            return rows.problem(None, "too many instances", format!("a cluster has at most {}", limits::INSTANCES));
        }
        let kind = catalogue::find(rows.text(columns.kind));
        let has_trunking = self.settings.has_trunking && kind.is_some_and(|kind| kind.eni_tasks_trunking.is_some());
        let eni_tasks = kind.map(|kind| kind.eni_tasks_trunking.filter(|_| has_trunking).unwrap_or(kind.eni_tasks));
        let mould = Mould {
            kind,
            cpu,
            memory: memory - self.settings.reserved_memory,
            reserved_memory: self.settings.reserved_memory,
            gpus,
            gpu_kind: gpu_kind(kind, gpus),
            eni_tasks,
            has_trunking,
            reserved_ports: DEFAULT_RESERVED_TCP_PORTS.map(Port::tcp).to_vec(),
            other_gpus: OtherGpus::default(),
            other_ports: Vec::new(),
            price: kind.and_then(|kind| kind.price),
            architecture: kind.map_or(Architecture::X86, |kind| kind.architecture),
            attributes,
            agent_version: None,
            agent_connected: true,
            provider: None,
            derives: true,
        };
        let class = self.builder.class_of(&mould, zone);
        self.builder.add_named(&name, class);
    }

    fn zone(&mut self, rows: &mut Rows<'_>, column: Option<usize>) -> Option<ZoneId> {
        let name = rows.text(column);
        if name.is_empty() {
            if !self.has_zones {
                self.lacks_zone = true;
                return None;
            }
            self.dealt += 1;
            let zones = self.builder.known_zones();
            return Some(zones[(self.dealt - 1) % zones.len()]);
        }
        let is_known = self.builder.zones().iter().any(|zone| zone == name);
        if self.has_zones && !is_known {
            let message = format!("unknown zone `{}`", name.escape_debug());
            rows.problem(column, message, "add it to the `zones` of the cluster, or leave `zones` out");
            return None;
        }
        if !is_attribute_value(name) {
            let message = format!("`{}` cannot name a zone", name.escape_debug());
            rows.problem(column, message, "write 1 to 128 letters, digits and - _ . @ / \\ :");
            return None;
        }
        Some(self.builder.zone(name))
    }
}

/// The type, and the columns that the scenario asks for; an empty field is no attribute.
fn attributes(rows: &mut Rows<'_>, columns: &Columns) -> Option<Attributes> {
    let mut attributes = Attributes::new();
    let named = columns.attributes.iter().map(|(name, column)| (name.as_str(), *column));
    let wanted = columns.kind.map(|column| (TYPE_ATTRIBUTE, column)).into_iter().chain(named);
    for (name, column) in wanted {
        let value = rows.text(Some(column));
        if value.is_empty() {
            continue;
        }
        if !is_attribute_value(value) {
            let message = format!("`{}` cannot be the value of an attribute", value.escape_debug());
            rows.problem(Some(column), message, "write 1 to 128 letters, digits, spaces and - _ . @ / \\ :");
            return None;
        }
        attributes.insert(name.to_owned(), Some(value.to_owned()));
    }
    Some(attributes)
}
