//! What a task takes by the rules, and whether a row says the same.

use std::fmt;

use super::node::Amounts;
use super::room::Demand;
use super::row::Row;
use crate::model::{GpuDemand, GpuSlice, MILLI_PER_DEVICE, Milli, Port, counted, noun_of};

/// What a task takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takes {
    /// CPU units.
    pub cpu: i64,
    /// MiB.
    pub memory: i64,
    /// GPUs, in every form of ECS.
    pub gpus: GpuDemand,
    /// Ports of the host, in any order.
    pub ports: Vec<Port>,
}

impl Takes {
    /// Whether a row says the same. What its log has no cell of is not compared.
    pub(super) fn is_as(&self, row: &Row<'_>, demand: &Demand) -> bool {
        let Amounts { cpu, memory, .. } = demand.amounts;
        let sorted = |ports: &[Port]| {
            let mut ports = ports.to_vec();
            ports.sort_unstable();
            ports
        };
        (cpu, memory) == (self.cpu, self.memory)
            && has_gpus(self.gpus, row)
            && (!row.tells_ports || sorted(&self.ports) == sorted(&demand.ports))
    }
}

/// Of a task that wants every GPU a row says how many its instance has, or nothing where it has none.
fn has_gpus(wanted: GpuDemand, row: &Row<'_>) -> bool {
    let milli = u64::from(MILLI_PER_DEVICE);
    let (gpus, memory) = match wanted {
        GpuDemand::None => (0, 0),
        GpuDemand::Whole(count) => (u64::from(count) * milli, 0),
        GpuDemand::Slice(slice) => (milli / u64::from(GpuSlice::parts(slice)), 0),
        GpuDemand::All => (row.gpu_milli.unwrap_or(milli).max(1), 0),
        GpuDemand::Memory(memory) => (0, u64::from(memory.0)),
        GpuDemand::Share(share) => (u64::from(share), 0),
    };
    row.gpu_milli.is_none_or(|told| told == gpus) && row.gpu_memory.is_none_or(|told| told == memory)
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gpus = (!self.gpus.is_none()).then(|| self.gpus.to_string());
        say(f, [self.cpu, self.memory], gpus, &self.ports)
    }
}

/// What a row says that a task takes.
pub(super) struct Told<'d>(pub(super) &'d Demand);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Amounts { cpu, memory, gpu_milli, gpu_memory } = self.0.amounts;
        let milli = Milli(u32::try_from(gpu_milli).unwrap_or(u32::MAX));
        let gpus = match (gpu_milli, gpu_memory) {
            (0, 0) => None,
            (0, memory) => Some(format!("{memory} MiB of one GPU")),
            (1..=1_000, _) => Some(format!("{milli} GPU")),
            _ => Some(format!("{milli} GPUs")),
        };
        say(f, [cpu, memory], gpus, &self.0.ports)
    }
}

fn say(f: &mut fmt::Formatter<'_>, [cpu, memory]: [i64; 2], gpus: Option<String>, ports: &[Port]) -> fmt::Result {
    let mut parts = vec![counted(cpu, "CPU unit"), format!("{memory} MiB")];
    parts.extend(gpus);
    if !ports.is_empty() {
        let named: Vec<String> = ports.iter().map(Port::to_string).collect();
        parts.push(format!("{} {}", noun_of(&ports.len(), "host port"), named.join(" ")));
    }
    let last = parts.pop().unwrap_or_default();
    write!(f, "{} and {last}", parts.join(", "))
}
