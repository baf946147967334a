//! The GPUs of an instance: how many, of what memory, and whether they are slices (R-5.15a, R-5.15c).

use super::catalogue::InstanceType;
use crate::model::{GpuKind, GpuSlice, MemoryMib};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::limits;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// How many devices, and what they are: as written, else by type.
pub(super) fn read(entry: &Table<'_>, kind: Option<&InstanceType>) -> (u32, GpuKind) {
    let count = match (entry.get("gpu"), kind) {
        (None, Some(kind)) => kind.gpus,
        _ => entry.or_default("gpu").integer_u32(0..=limits::GPUS).unwrap_or_default(),
    };
    let memory = match entry.or_absent("gpu-memory") {
        Some(item) => read_memory(&item, count),
        None => kind.and_then(|kind| kind.gpu_memory_mib).map_or(vec![], |mib| vec![MemoryMib(mib); count as usize]),
    };
    let slices = GpuSlice::ALL.map(|slice| (slice.text(), slice));
    let slice = match entry.or_absent("gpu-slice") {
        Some(item) => item.choice(&slices),
        None => kind.and_then(|kind| kind.gpu_slice),
    };
    (count, GpuKind { slice: slice.filter(|_| count > 0), memory })
}

/// One number for all devices, or one for each.
fn read_memory(item: &Item<'_>, count: u32) -> Vec<MemoryMib> {
    let one = |item: &Item<'_>| item.integer_u32(1..=limits::MEMORY).map(MemoryMib);
    if count == 0 {
        let problem = Problem::new(Rule::Conflict, "`gpu-memory` without a GPU").label("memory of what?");
        item.report(problem.help("write `gpu`, the number of GPUs, or leave `gpu-memory` out"));
        return Vec::new();
    }
    if !item.value().is_array() {
        return one(item).map_or(vec![], |memory| vec![memory; count as usize]);
    }
    let list: Vec<MemoryMib> = item.list().unwrap_or_default().iter().filter_map(one).collect();
    if list.len() != count as usize {
        let message = format!("`gpu-memory` has {} numbers for {count} GPUs", list.len());
        let problem = Problem::new(Rule::Conflict, message).label("one for each GPU");
        item.report(problem.help("write one number for all, or one for each"));
        return Vec::new();
    }
    list
}
