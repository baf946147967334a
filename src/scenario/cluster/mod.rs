//! The `[cluster]` of a scenario: zones, and instances by type or by size.
//!
//! Instances of `[[cluster.instances]]` come first, in the order of the file and each entry dealt over its zones from the
//! first one on; the rows of `nodes` follow.

mod capabilities;
pub(crate) mod capacity;
pub mod catalogue;
mod gpus;
pub(crate) mod happenings;
mod identities;
mod memory;
mod nodes;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ARCHITECTURE_ATTRIBUTE, Attributes, Capabilities, ClassId, CpuUnits, Fleet, GpuKind, Identity, InstanceClass,
    InstanceId, MemoryMib, MicroUsdPerHour, OS_FAMILY_ATTRIBUTE, OS_TYPE_ATTRIBUTE, OtherGpus, Port, ProviderId,
    TYPE_ATTRIBUTE, ZONE_ATTRIBUTE, ZoneId, os_type,
};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::names::{is_attribute_name, is_attribute_value};
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;
use catalogue::{Architecture, InstanceType};
use memory::MemoryRule;

/// Custom attributes of one instance.
const MOST_ATTRIBUTES: usize = 10;

/// A fleet in the making.
#[derive(Default)]
struct FleetBuilder<'a> {
    fleet: Fleet,
    /// The zones of the fleet by name.
    zones: BTreeMap<String, ZoneId>,
    providers: Vec<&'a str>,
    classes: BTreeMap<InstanceClass, ClassId>,
    names: BTreeSet<String>,
    draining: Vec<InstanceId>,
    reserved: BTreeMap<ClassId, u32>,
}

/// The instances of a scenario.
#[derive(Default)]
pub(crate) struct Cluster {
    pub(crate) fleet: Fleet,
    /// Those that drain at time 0.
    pub(crate) draining: Vec<InstanceId>,
    /// MiB that are reserved on instances of a class, where any are.
    pub(crate) reserved: BTreeMap<ClassId, u32>,
}

impl<'a> FleetBuilder<'a> {
    fn providers(&self) -> &[&'a str] {
        &self.providers
    }

    /// The zone of that name, new or not.
    fn zone(&mut self, name: &str) -> ZoneId {
        if let Some(&zone) = self.zones.get(name) {
            return zone;
        }
        let zone = ZoneId::from_index(self.fleet.zones.len());
        self.fleet.zones.push(name.to_owned());
        self.zones.insert(name.to_owned(), zone);
        zone
    }

    fn zones(&self) -> &[String] {
        &self.fleet.zones
    }

    /// The zones that are known, in order: instances without zones of their own are dealt over them.
    fn known_zones(&self) -> Vec<ZoneId> {
        let all = (0..self.fleet.zones.len()).map(ZoneId::from_index);
        all.filter(|&zone| self.fleet.is_known(zone)).collect()
    }

    fn len(&self) -> usize {
        self.fleet.instances.len()
    }

    fn class(&mut self, class: InstanceClass) -> ClassId {
        if let Some(&known) = self.classes.get(&class) {
            return known;
        }
        let id = ClassId::from_index(self.fleet.classes.len());
        self.fleet.classes.push(class.clone());
        self.classes.insert(class, id);
        id
    }

    /// The class of such instances in a zone.
    fn class_of(&mut self, mould: &Mould, zone: ZoneId) -> ClassId {
        let class = mould.class(zone, &self.fleet.zones[zone.index()]);
        let id = self.class(class);
        if mould.reserved_memory > 0 {
            let known = self.reserved.entry(id).or_default();
            *known = mould.reserved_memory.max(*known);
        }
        id
    }

    /// Adds a named instance.
    fn add_named(&mut self, name: &str, class: ClassId) {
        self.add_identified(Identity { name: name.to_owned(), ..Identity::default() }, class);
    }

    fn add_identified(&mut self, identity: Identity, class: ClassId) {
        self.name_by_number();
        self.fleet.instances.push(class);
        self.fleet.identities.push(identity);
    }

    /// Instances are named all or none: those without a name of their own keep what their numbers give them.
    fn name_by_number(&mut self) {
        while self.fleet.identities.len() < self.fleet.instances.len() {
            let name = format!("i-{:08}", self.fleet.identities.len());
            self.fleet.identities.push(Identity { name, ..Identity::default() });
        }
    }
}

/// Settings of `[cluster]` that hold for all its instances.
#[derive(Clone, Copy)]
struct ClusterSettings {
    memory: MemoryRule,
    reserved_memory: u32,
    has_trunking: bool,
}

/// What a class of instances is made of; zones are filled in when it is dealt.
struct Mould {
    kind: Option<&'static InstanceType>,
    cpu: u32,
    memory: u32,
    /// MiB that are taken off already.
    reserved_memory: u32,
    gpus: u32,
    gpu_kind: GpuKind,
    other_gpus: OtherGpus,
    eni_tasks: Option<u32>,
    has_trunking: bool,
    reserved_ports: Vec<Port>,
    other_ports: Vec<Port>,
    price: Option<MicroUsdPerHour>,
    architecture: Architecture,
    attributes: Attributes,
    agent_version: Option<String>,
    agent_connected: bool,
    provider: Option<ProviderId>,
    /// Whether attributes that ECS sets itself, but zone and type, are added to those that are written.
    derives: bool,
}

impl Mould {
    /// The class of such instances in a zone, with the attributes that ECS sets itself.
    fn class(&self, zone: ZoneId, zone_name: &str) -> InstanceClass {
        let mut attributes = Attributes::new();
        let mut set = |name: &str, value: Option<&str>| attributes.insert(name.to_owned(), value.map(str::to_owned));
        if zone_name != Fleet::UNKNOWN_ZONE {
            set(ZONE_ATTRIBUTE, Some(zone_name));
        }
        if let Some(kind) = self.kind {
            set(TYPE_ATTRIBUTE, Some(kind.name));
        }
        if self.derives {
            set(ARCHITECTURE_ATTRIBUTE, Some(self.architecture.name()));
            if self.has_trunking {
                set("ecs.awsvpc-trunk-id", None);
            }
        }
        attributes.extend(self.attributes.clone());
        let capabilities = if self.derives { self.derive_system(&mut attributes) } else { Capabilities::default() };
        InstanceClass {
            instance_type: attributes.get(TYPE_ATTRIBUTE).cloned().flatten(),
            zone,
            cpu: CpuUnits(self.cpu),
            memory: MemoryMib(self.memory),
            gpus: self.gpus,
            gpu_kind: self.gpu_kind.clone(),
            other_gpus: self.other_gpus.clone(),
            eni_tasks: self.eni_tasks,
            reserved_ports: self.reserved_ports.clone(),
            other_ports: self.other_ports.clone(),
            price: self.price,
            attributes,
            capabilities,
            agent_version: self.agent_version.clone(),
            agent_connected: self.agent_connected,
            provider: self.provider,
        }
    }

    /// Adds the operating system where it is not written, and answers what the agent of such a system registers.
    fn derive_system(&self, attributes: &mut Attributes) -> Capabilities {
        let written = |name: &str| attributes.get(name).cloned().flatten();
        let is_windows = match (written(OS_FAMILY_ATTRIBUTE), written(OS_TYPE_ATTRIBUTE)) {
            (Some(family), _) => os_type(&family) == "windows",
            (None, system) => system.as_deref() == Some("windows"),
        };
        let system = if is_windows { "windows" } else { "linux" };
        attributes.entry(OS_TYPE_ATTRIBUTE.to_owned()).or_insert(Some(system.to_owned()));
        // Which release of Windows it is cannot be guessed.
        if !is_windows && capabilities::tells_family(self.agent_version.as_deref()) {
            attributes.entry(OS_FAMILY_ATTRIBUTE.to_owned()).or_insert(Some("LINUX".to_owned()));
        }
        capabilities::of_agent(is_windows, self.architecture, self.agent_version.as_deref())
    }
}

/// Reads the cluster.
pub(crate) fn read(root: &Table<'_>) -> Cluster {
    let Some(table) = root.get("cluster").and_then(|item| item.table(&keys::CLUSTER)) else {
        return Cluster::default();
    };
    let mut builder = FleetBuilder { providers: capacity::names(root), ..FleetBuilder::default() };
    read_zones(&table, &mut builder);
    let settings = ClusterSettings {
        memory: table.or_default("registered-memory").memory_rule().unwrap_or(MemoryRule::Nominal),
        reserved_memory: table.or_default("reserved-memory").integer_u32(0..=limits::MEMORY).unwrap_or_default(),
        has_trunking: table.or_default("awsvpc-trunking").flag().unwrap_or_default(),
    };
    let entries = table.tables("instances", &keys::INSTANCES);
    let needs_zones =
        |entry: &Table<'_>| entry.get("unknown-zone").and_then(|item| item.value().as_bool()) != Some(true);
    if entries.iter().any(needs_zones) && table.get("zones").is_none() {
        let problem = Problem::new(Rule::MissingKey, "[cluster] has no `zones`").label("`zones` is missing");
        table.report(problem.help("write for example `zones = [\"us-east-1a\", \"us-east-1b\"]`"));
    }
    for entry in &entries {
        read_instances(entry, settings, &mut builder);
    }
    nodes::read(&table, settings, &mut builder);
    if !builder.fleet.identities.is_empty() {
        builder.name_by_number();
    }
    let has_provider = entries.iter().any(|entry| entry.get("capacity-provider").is_some());
    if builder.len() == 0 && !has_provider && table.get("nodes").is_none() {
        report_no_instances(&table, &entries);
    }
    let FleetBuilder { fleet, draining, reserved, .. } = builder;
    Cluster { fleet, draining, reserved }
}

/// A cluster whose instances are counted and are none is an answer; one of which nothing is written is a mistake.
fn report_no_instances(table: &Table<'_>, entries: &[Table<'_>]) {
    let counts_none = |entry: &Table<'_>| {
        let number = entry.get("count").and_then(|item| item.value().as_integer().map(|number| number.as_str() == "0"));
        number == Some(true)
    };
    let is_meant = table.get("zones").is_some() && entries.iter().all(counts_none);
    if is_meant {
        let problem = Problem::new(Rule::NoInstances, "the cluster has no instances").label("no instances");
        table.report(
            problem.help("every task is refused, as ECS does: No Container Instances were found in your cluster."),
        );
    } else if entries.is_empty() {
        let problem = Problem::new(Rule::EmptyCluster, "the cluster has no instances").label("no instances");
        table.report(problem.help("add `[[cluster.instances]]` with `type` and `count`, or `nodes = \"nodes.csv\"`"));
    }
}

fn read_zones(table: &Table<'_>, builder: &mut FleetBuilder<'_>) {
    let Some(item) = table.get("zones") else { return };
    let Some(zones) = item.list() else { return };
    if zones.is_empty() && table.get("instances").is_some() {
        item.report(
            Problem::new(Rule::EmptyCluster, "the cluster has no zones").label("empty").help("name at least one zone"),
        );
    }
    for zone in zones {
        let Some(name) = zone.attribute_value() else { continue };
        if builder.zones.contains_key(name) {
            zone.report(
                Problem::new(Rule::DuplicateName, format!("zone `{name}` is given twice")).help("give each zone once"),
            );
            continue;
        }
        builder.zone(name);
    }
}

/// One entry of `[[cluster.instances]]`.
fn read_instances(entry: &Table<'_>, settings: ClusterSettings, builder: &mut FleetBuilder<'_>) {
    let zones = entry_zones(entry, builder);
    let identities = entry.or_absent("identities").map(|item| identities::read(entry, &item, builder));
    let count = match &identities {
        Some(identities) => u32::try_from(identities.len()).ok(),
        None => entry.or_default("count").integer_u32(0..=limits::INSTANCES),
    };
    let is_draining = entry.or_default("status").choice(&[("ACTIVE", false), ("DRAINING", true)]).unwrap_or(false);
    let mould = read_mould(entry, settings, builder.providers());
    let (Some(count), Some(mould)) = (count, mould) else { return };
    if builder.len() + count as usize > limits::INSTANCES as usize {
        let message = format!("the cluster has more than {} instances", limits::INSTANCES);
        entry
            .report(Problem::new(Rule::OutOfRange, message).label("too many with this entry").help("lower the counts"));
        return;
    }
    let classes: Vec<ClassId> = zones.iter().map(|zone| builder.class_of(&mould, *zone)).collect();
    let first = builder.len();
    let dealt = classes.iter().copied().cycle().take(count as usize);
    match identities {
        Some(identities) => dealt.zip(identities).for_each(|(class, one)| builder.add_identified(one, class)),
        None => builder.fleet.instances.extend(dealt),
    }
    if is_draining {
        builder.draining.extend((first..builder.len()).map(InstanceId::from_index));
    }
}

fn entry_zones(entry: &Table<'_>, builder: &mut FleetBuilder<'_>) -> Vec<ZoneId> {
    let is_unknown = entry.or_default("unknown-zone");
    if is_unknown.flag() == Some(true) {
        if entry.get("zones").is_some() {
            let problem = Problem::new(Rule::Conflict, "instances have `zones` and `unknown-zone`");
            is_unknown.report(problem.label("one too many").help("leave one of the two out"));
        }
        return vec![builder.zone(Fleet::UNKNOWN_ZONE)];
    }
    let Some(item) = entry.or_absent("zones") else { return builder.known_zones() };
    let names = item.list().unwrap_or_default();
    if names.is_empty() {
        item.report(
            Problem::new(Rule::EmptyCluster, "the instances have no zones")
                .label("empty")
                .help("leave it out for all zones"),
        );
    }
    names.iter().filter_map(|name| name.zone_among(builder.zones())).collect()
}

fn read_mould(entry: &Table<'_>, settings: ClusterSettings, providers: &[&str]) -> Option<Mould> {
    let provider = entry.get("capacity-provider").and_then(|item| capacity::find(&item, providers));
    let kind = entry.get("type").map(|item| item.instance_type());
    let cpu = entry.get("cpu").map(|item| item.integer_u32(1..=limits::CPU));
    let memory = entry.get("memory").map(|item| item.integer_u32(1..=limits::MEMORY));
    if kind.is_none() && (cpu.is_none() || memory.is_none()) {
        let problem = Problem::new(Rule::Conflict, "instances need a `type`, or `cpu` and `memory`");
        entry.report(problem.label("of what size?").help("add a `type` such as `\"m5.large\"`, or `cpu` and `memory`"));
    }
    let has_trunking = entry.get("awsvpc-trunking").map_or(Some(settings.has_trunking), |item| item.flag())?;
    let reserved = reserved_memory(entry, settings)?;
    let has_type = entry.get("type").is_some();
    let mut attributes = entry.get("attributes").map(|item| read_attributes(&item, has_type)).unwrap_or_default();
    if let Some(family) = entry.or_absent("operating-system-family").and_then(|item| item.os_family()) {
        attributes.insert(OS_FAMILY_ATTRIBUTE.to_owned(), Some(family.to_owned()));
        attributes.insert(OS_TYPE_ATTRIBUTE.to_owned(), Some(os_type(family).to_owned()));
    }
    let agent_version = entry.or_absent("agent-version").and_then(|item| item.agent_version());
    let agent_connected = entry.or_default("agent-connected").flag().unwrap_or(true);
    let mut reserved_ports = entry.or_default("reserved-ports").ports().unwrap_or_default();
    let mut other_ports = entry.get("other-ports").and_then(|item| item.ports()).unwrap_or_default();
    other_ports.retain(|port| !reserved_ports.contains(port));
    reserved_ports.extend(&other_ports);
    reserved_ports.sort_unstable();
    // A size that is written but wrong was reported; so was a type that is not known.
    let kind = match kind {
        None => None,
        Some(known) => Some(known?),
    };
    let total = memory.unwrap_or_else(|| kind.map(|kind| settings.memory.total(kind)))?;
    let gpus::Devices { gpus, gpu_kind, other_gpus } = gpus::read(entry, kind);
    Some(Mould {
        kind,
        cpu: cpu.unwrap_or_else(|| kind.map(|kind| kind.vcpus * CpuUnits::PER_VCPU))?,
        memory: left_of(entry, total, reserved)?,
        reserved_memory: reserved,
        gpus,
        gpu_kind,
        other_gpus,
        eni_tasks: read_eni_tasks(entry, kind, has_trunking),
        has_trunking,
        reserved_ports,
        other_ports,
        price: read_price(entry, kind),
        architecture: read_architecture(entry, kind),
        attributes,
        agent_version,
        agent_connected,
        provider,
        derives: entry.or_default("derived-attributes").flag().unwrap_or(true),
    })
}

fn reserved_memory(entry: &Table<'_>, settings: ClusterSettings) -> Option<u32> {
    match entry.get("reserved-memory") {
        None => Some(settings.reserved_memory),
        Some(item) => item.integer_u32(0..=limits::MEMORY),
    }
}

/// Registration fails when the reservation leaves nothing.
fn left_of(entry: &Table<'_>, total: u32, reserved: u32) -> Option<u32> {
    let left = total.checked_sub(reserved).filter(|left| *left > 0);
    if left.is_none() {
        let message = format!("`reserved-memory` = {reserved} leaves nothing of {total} MiB");
        let span = entry.get("reserved-memory").map_or_else(|| entry.span(), |item| item.span());
        entry.context().report(
            span,
            Problem::new(Rule::OutOfRange, message)
                .label("nothing left for tasks")
                .help(format!("write less than {total}")),
        );
    }
    left
}

fn read_eni_tasks(entry: &Table<'_>, kind: Option<&InstanceType>, has_trunking: bool) -> Option<u32> {
    if let Some(item) = entry.or_absent("eni-tasks") {
        return item.integer_u32(0..=100_000);
    }
    let kind = kind?;
    if has_trunking && kind.eni_tasks_trunking.is_none() {
        let message = format!("no limit of awsvpc tasks with trunking is known for `{}`", kind.name);
        let help = format!("the limit without trunking, {}, is used; give `eni-tasks` to set it", kind.eni_tasks);
        entry.report(Problem::new(Rule::EniLimit, message).help(help));
    }
    let trunked = kind.eni_tasks_trunking.filter(|_| has_trunking);
    Some(trunked.unwrap_or(kind.eni_tasks))
}

fn read_price(entry: &Table<'_>, kind: Option<&InstanceType>) -> Option<MicroUsdPerHour> {
    match entry.or_absent("price-usd-per-hour") {
        Some(item) => item.scaled(6, 0..=1_000_000_000_000).map(MicroUsdPerHour),
        None => kind?.price,
    }
}

fn read_architecture(entry: &Table<'_>, kind: Option<&InstanceType>) -> Architecture {
    const NAMES: [(&str, Architecture); 2] = [("x86_64", Architecture::X86), ("arm64", Architecture::Arm)];
    match (kind, entry.get("architecture")) {
        (None, _) => entry.or_default("architecture").choice(&NAMES).unwrap_or(Architecture::X86),
        (Some(kind), written) => {
            if let Some(item) = written {
                let message = format!("`{}` has the architecture {}", kind.name, kind.architecture.name());
                item.report(Problem::new(Rule::Conflict, message).label("the type decides it").help("leave it out"));
            }
            kind.architecture
        }
    }
}

/// Attributes; `true` stands for one without a value. The type is one where the entry has no `type` of the catalogue.
fn read_attributes(item: &Item<'_>, has_type: bool) -> Attributes {
    let mut attributes = Attributes::new();
    for entry in item.free_table().unwrap_or_default() {
        let name = entry.key();
        if !is_attribute_name(name) {
            let problem = Problem::new(Rule::Malformed, format!("`{}` cannot name an attribute", name.escape_debug()));
            entry.report(problem.label("not a name").help("write 1 to 128 letters, digits and - _ . / \\"));
        } else if name == ZONE_ATTRIBUTE || (name == TYPE_ATTRIBUTE && has_type) {
            let problem = Problem::new(Rule::Conflict, format!("`{name}` follows from `zones` and `type`"));
            entry.report(problem.label("not to be set here").help("leave it out"));
        } else if let Some(value) = entry.attribute() {
            attributes.insert(name.to_owned(), value.map(str::to_owned));
        }
    }
    let is_custom = |name: &&String| !name.starts_with("ecs.") && !name.starts_with("com.amazonaws.ecs.");
    let custom = attributes.keys().filter(is_custom).count();
    if custom > MOST_ATTRIBUTES {
        let message = format!("{custom} custom attributes on an instance");
        item.report(
            Problem::new(Rule::OutOfRange, message)
                .label("too many")
                .help(format!("Amazon ECS takes at most {MOST_ATTRIBUTES}")),
        );
    }
    attributes
}

impl<'a> Item<'a> {
    /// An attribute: a text, or `true` for none.
    fn attribute(&self) -> Option<Option<&'a str>> {
        use toml::de::DeValue;
        match self.value() {
            DeValue::Boolean(true) => Some(None),
            DeValue::Table(_) => {
                let message = format!("`{}` must be a text or `true`, not a table", self.key());
                let help = "quote an attribute name that has dots: `\"team.name\" = \"blue\"`";
                self.report(Problem::new(Rule::WrongType, message).help(help));
                None
            }
            DeValue::String(text) if text.is_empty() => {
                let problem = Problem::new(Rule::Malformed, format!("the attribute `{}` is empty", self.key()));
                self.report(problem.label("no value").help("write `true` for an attribute without a value"));
                None
            }
            DeValue::Boolean(false) => {
                let problem = Problem::new(Rule::WrongType, format!("`{}` cannot be `false`", self.key()));
                self.report(problem.help("leave the attribute out, or write `true` for one without a value"));
                None
            }
            _ => self.attribute_value().map(Some),
        }
    }

    fn attribute_value(&self) -> Option<&'a str> {
        self.text_of("1 to 128 letters, digits, spaces and - _ . @ / \\ :", is_attribute_value)
    }

    fn agent_version(&self) -> Option<String> {
        let is_version = |text: &str| {
            text.len() <= 64 && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        };
        self.text_of("numbers and dots such as `1.75.3`", is_version).map(str::to_owned)
    }

    fn instance_type(&self) -> Option<&'static InstanceType> {
        let name = self.name()?;
        let found = catalogue::find(name);
        if found.is_none() {
            let message = format!("unknown instance type `{}`", name.escape_debug());
            let help = match catalogue::nearest(name) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "give `cpu` and `memory` instead of `type`".to_owned(),
            };
            let problem = Problem::new(Rule::UnknownInstanceType, message);
            self.report(problem.label("not in the catalogue").help(help));
        }
        found
    }

    /// One of the zones.
    pub(crate) fn zone_among(&self, zones: &[String]) -> Option<ZoneId> {
        let name = self.text()?;
        let found = zones.iter().position(|zone| zone == name).map(ZoneId::from_index);
        if found.is_none() {
            let message = format!("unknown zone `{}`", name.escape_debug());
            let help = suggestion(name, zones.iter().map(String::as_str));
            self.report(
                Problem::new(Rule::UnknownName, message)
                    .label("not a zone of the cluster")
                    .help_or(help, "add it to `zones`"),
            );
        }
        found
    }

    /// A named rule, or `{ percent = … }`.
    fn memory_rule(&self) -> Option<MemoryRule> {
        match self.value() {
            toml::de::DeValue::Table(_) => {
                let percent = self.table(&keys::MEMORY_PERCENT)?.get("percent")?;
                percent.scaled(3, 1..=100_000).map(MemoryRule::Percent)
            }
            _ => self.choice(&MemoryRule::NAMES),
        }
    }

    /// A list of ports, ascending; a port that is given twice is reported.
    pub(crate) fn ports(&self) -> Option<Vec<Port>> {
        let mut ports = Vec::new();
        for item in self.list()? {
            let Some(port) = item.port() else { continue };
            if ports.contains(&port) {
                item.report(
                    Problem::new(Rule::DuplicateName, format!("port {port} is given twice"))
                        .help("give each port once"),
                );
                continue;
            }
            ports.push(port);
        }
        ports.sort_unstable();
        Some(ports)
    }

    fn port(&self) -> Option<Port> {
        if let toml::de::DeValue::Integer(_) = self.value() {
            let number = self.integer_u32(1..=u32::from(u16::MAX))?;
            return Some(Port::tcp(u16::try_from(number).expect("the range ends within 16 bits")));
        }
        let port = crate::scenario::reading::quantity::port(self.text()?);
        if port.is_none() {
            self.malformed("a port such as `80`, `80/tcp` or `53/udp`");
        }
        port
    }
}
