//! The `[[running]]` of a scenario: tasks that run before anything happens, and whether they fit where they run.

use std::collections::BTreeMap;

use super::Definitions;
use crate::aws::name_of;
use crate::model::{
    CpuUnits, Demand, Device, DeviceLedger, Fleet, GpuDemand, InstanceClass, InstanceId, MAX_PORTS_PER_INSTANCE,
    MemoryMib, Port, Running,
};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// At most this many tasks of one entry run on an instance.
const MOST_TASKS: u32 = 100_000;

/// What the entries so far take of each instance.
struct Ledger<'f> {
    fleet: &'f Fleet,
    taken: BTreeMap<InstanceId, Taken>,
}

#[derive(Default)]
struct Taken {
    cpu: u64,
    memory: u64,
    gpus: Option<DeviceLedger>,
    eni_slots: u64,
    ports: Vec<Port>,
}

/// Every name by which an instance is known: its own, and its EC2 instance id where that is no other's name.
pub(crate) fn instance_names(fleet: &Fleet) -> BTreeMap<String, InstanceId> {
    let of_ec2 = fleet.ids().filter_map(|id| Some((fleet.ec2_instance_id(id)?.to_owned(), id)));
    let own = fleet.ids().map(|id| (fleet.name(id).into_owned(), id));
    of_ec2.chain(own).collect()
}

/// Reads the entries.
pub(crate) fn read(root: &Table<'_>, definitions: &Definitions<'_>, fleet: &Fleet) -> Vec<Running> {
    let tables = root.tables("running", &keys::RUNNING);
    if tables.is_empty() {
        return Vec::new();
    }
    let names = instance_names(fleet);
    let mut ledger = Ledger { fleet, taken: BTreeMap::new() };
    tables.iter().filter_map(|table| read_entry(table, definitions, &names, &mut ledger)).collect()
}

fn read_entry(
    table: &Table<'_>,
    definitions: &Definitions<'_>,
    names: &BTreeMap<String, InstanceId>,
    ledger: &mut Ledger<'_>,
) -> Option<Running> {
    let id = table.get("task-definition").and_then(|item| definitions.find(&item));
    let group = table.or_absent("group").map(|item| item.name().map(str::to_owned));
    let instances = table.get("instances").and_then(|item| item.free_table());
    let (id, instances) = (id?, instances?);
    let definition = &definitions.list[id.index()];
    let demand = read_demand(table, &definition.demand);
    let device = read_device(table, demand.gpus);
    let mut places = Vec::new();
    for item in instances {
        let Some(&instance) = names.get(name_of(item.key())) else {
            report_unknown(&item, item.key(), names);
            continue;
        };
        let Some(count) = item.integer_u32(1..=MOST_TASKS) else { continue };
        ledger.take(&item, instance, count, &demand, device);
        places.push((instance, count));
    }
    let group = group.unwrap_or_else(|| Some(format!("family:{}", definition.family)))?;
    Some(Running { definition: id, group, demand, places, device })
}

pub(crate) fn read_demand(table: &Table<'_>, own: &Demand) -> Demand {
    let number = |key, low, high| table.get(key).and_then(|item: Item<'_>| item.integer_u32(low..=high));
    Demand {
        cpu: number("cpu", 0, limits::CPU).map_or(own.cpu, CpuUnits),
        memory: number("memory", 1, limits::MEMORY).map_or(own.memory, MemoryMib),
        gpus: super::gpus::read(table).unwrap_or(own.gpus),
        ports: table.get("ports").and_then(|item| item.ports()).unwrap_or_else(|| own.ports.clone()),
        eni_slots: own.eni_slots,
    }
}

pub(crate) fn report_unknown(item: &Item<'_>, name: &str, names: &BTreeMap<String, InstanceId>) {
    let problem = Problem::new(Rule::UnknownName, format!("unknown instance `{}`", name.escape_debug()));
    let help = suggestion(name, names.keys().take(10_000).map(String::as_str));
    item.report(problem.label("not an instance of the cluster").help_or(help, "name one of the cluster"));
}

impl Ledger<'_> {
    /// Takes what tasks demand, or reports what the instance has too little of.
    fn take(&mut self, item: &Item<'_>, instance: InstanceId, count: u32, demand: &Demand, device: Device) {
        let class = self.fleet.class(instance);
        let taken = self.taken.entry(instance).or_default();
        let tasks = u64::from(count);
        let after = Taken {
            cpu: taken.cpu + tasks * u64::from(demand.cpu.0),
            memory: taken.memory + tasks * u64::from(demand.memory.0),
            gpus: None,
            eni_slots: taken.eni_slots + tasks * u64::from(demand.eni_slots),
            ports: Vec::new(),
        };
        let amounts = [
            ("CPU units", after.cpu, u64::from(class.cpu.0)),
            ("MiB of memory", after.memory, u64::from(class.memory.0)),
            ("network interfaces", after.eni_slots, class.eni_tasks.map_or(u64::MAX, u64::from)),
        ];
        let mut lacks: Vec<String> = amounts
            .into_iter()
            .filter(|(_, need, have)| need > have)
            .map(|(what, need, have)| format!("its tasks take {need} {what} and it has {have}"))
            .collect();
        let devices = taken.gpus.get_or_insert_with(|| DeviceLedger::new(class));
        let fitting = (0..count).take_while(|_| take_gpus(devices, demand.gpus, device, class)).count();
        if device != Device::ANY && device.index() >= class.gpus as usize {
            let devices = class.gpus;
            lacks.push(format!("`gpu-device` = {} is not there: it has {devices}, counted from 0", device.index()));
        } else if fitting < count as usize {
            lacks.push(format!("each of its tasks takes {}, and there is room for {fitting} of {count}", demand.gpus));
        }
        let is_taken = |port: &&Port| taken.ports.contains(port) || class.reserved_ports.contains(port);
        if let Some(port) = demand.ports.iter().find(is_taken) {
            lacks.push(format!("port {port} is taken"));
        } else if let (Some(port), true) = (demand.ports.first(), count > 1) {
            lacks.push(format!("port {port} can be taken once and not {count} times"));
        } else if taken.ports.len() + demand.ports.len() + class.reserved_ports.len() > MAX_PORTS_PER_INSTANCE {
            lacks.push(format!("its tasks take more than {MAX_PORTS_PER_INSTANCE} ports"));
        }
        let (ports, gpus) = (std::mem::take(&mut taken.ports), taken.gpus.take());
        *taken = Taken { ports, gpus, ..after };
        taken.ports.extend(&demand.ports);
        if !lacks.is_empty() {
            let message = format!("`{}` has no room for what runs on it: {}", item.key(), lacks.join("; "));
            let problem = Problem::new(Rule::Conflict, message).label("with this entry");
            item.report(problem.help("lower the count, or give the instance more"));
        }
    }
}

/// Whether one more task finds its GPUs.
fn take_gpus(devices: &mut DeviceLedger, wanted: GpuDemand, on: Device, class: &InstanceClass) -> bool {
    let fits = devices.fits(wanted, class) && (on == Device::ANY || devices.fits_on(wanted, class, on));
    if fits {
        devices.take(wanted, class, on);
    }
    fits
}

/// The device that shares lie on.
fn read_device(table: &Table<'_>, gpus: GpuDemand) -> Device {
    let Some(item) = table.or_absent("gpu-device") else { return Device::ANY };
    if !gpus.is_share() {
        let problem = Problem::new(Rule::Conflict, "`gpu-device` without `gpu-memory`").label("what lies there?");
        item.report(problem.help("only tasks that share a GPU by memory are told apart by device: leave it out"));
        return Device::ANY;
    }
    item.integer_u32(0..=limits::GPUS - 1).map_or(Device::ANY, |device| Device::from_index(device as usize))
}
