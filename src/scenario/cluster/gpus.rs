//! The GPUs of an instance: how many, of what memory, and whether they are slices (R-5.15a, R-5.15c).

use super::catalogue::InstanceType;
use crate::model::{GpuKind, GpuSlice, MemoryMib, OtherGpus, counted};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::limits;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// The GPUs of a class of instances.
pub(super) struct Devices {
    pub(super) gpus: u32,
    pub(super) gpu_kind: GpuKind,
    pub(super) other_gpus: OtherGpus,
}

/// How many devices, and what they are: as written, else by type.
pub(super) fn read(entry: &Table<'_>, kind: Option<&InstanceType>) -> Devices {
    let count = match (entry.get("gpu"), kind) {
        (None, Some(kind)) => kind.gpus,
        _ => entry.or_default("gpu").integer_u32(0..=limits::GPUS).unwrap_or_default(),
    };
    let by_type = kind.and_then(|kind| kind.gpu_memory_mib).map(MemoryMib);
    let memory = match entry.or_absent("gpu-memory") {
        Some(item) => read_memory(&item, count),
        None => by_type.map_or(vec![], |memory| vec![memory; count as usize]),
    };
    let slices = GpuSlice::ALL.map(|slice| (slice.text(), slice));
    let slice = match entry.or_absent("gpu-slice") {
        Some(item) => item.choice(&slices),
        None => kind.and_then(|kind| kind.gpu_slice),
    };
    let other_gpus = read_others(entry, count, &memory, by_type);
    if let Some(item) = entry.get("gpu-memory") {
        refuse_nothing(&item, &memory, &other_gpus);
    }
    let has_any = count > 0 || other_gpus.count > 0;
    Devices { gpus: count, gpu_kind: GpuKind { slice: slice.filter(|_| has_any), memory }, other_gpus }
}

/// What tasks that are not in the file hold: whole devices beside the `gpu` of the instance, and of the memory of each.
fn read_others(entry: &Table<'_>, count: u32, memory: &[MemoryMib], by_type: Option<MemoryMib>) -> OtherGpus {
    let others = entry.get("other-gpu").and_then(|item| item.integer_u32(0..=limits::GPUS - count)).unwrap_or_default();
    let all = (count + others) as usize;
    let Some(item) = entry.get("other-gpu-memory") else {
        let whole = by_type.filter(|_| others > 0 && memory.len() == count as usize);
        let of_all = |whole| (0..all).map(|at| if at < memory.len() { MemoryMib(0) } else { whole }).collect();
        return OtherGpus { count: others, memory: whole.map_or(vec![], of_all) };
    };
    let one = |item: &Item<'_>| item.integer_u32(0..=limits::MEMORY).map(MemoryMib);
    let list: Vec<MemoryMib> = item.list().unwrap_or_default().iter().filter_map(one).collect();
    if list.len() != all || memory.len() != count as usize {
        let (message, help) = if memory.len() == count as usize {
            let (numbers, gpus) = (counted(list.len(), "number"), counted(all, "GPU"));
            let help = "write one number for each of `gpu` and `other-gpu`";
            (format!("`other-gpu-memory` has {numbers} for {gpus}"), help)
        } else {
            ("`other-gpu-memory` beside GPUs of unknown memory".to_owned(), "give `gpu-memory` as well")
        };
        item.report(Problem::new(Rule::Conflict, message).label("one for each GPU").help(help));
        return OtherGpus { count: others, memory: Vec::new() };
    }
    OtherGpus { count: others, memory: list }
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
    let of_list = |item: &Item<'_>| item.integer_u32(0..=limits::MEMORY).map(MemoryMib);
    let list: Vec<MemoryMib> = item.list().unwrap_or_default().iter().filter_map(of_list).collect();
    if list.len() != count as usize {
        let (numbers, gpus) = (counted(list.len(), "number"), counted(count, "GPU"));
        let message = format!("`gpu-memory` has {numbers} for {gpus}");
        let problem = Problem::new(Rule::Conflict, message).label("one for each GPU");
        item.report(problem.help("write one number for all, or one for each"));
        return Vec::new();
    }
    list
}

/// A device without memory is one of which others hold all.
fn refuse_nothing(item: &Item<'_>, memory: &[MemoryMib], others: &OtherGpus) {
    let nothing = memory.iter().enumerate().find(|(device, memory)| memory.0 == 0 && !others.share(*device));
    if let Some((device, _)) = nothing {
        let message = format!("`gpu-memory` = 0 of device {device}, of which nobody else holds any");
        let help = "write its memory, or in `other-gpu-memory` what tasks hold that are not in the file";
        item.report(Problem::new(Rule::OutOfRange, message).label("no memory").help(help));
    }
}
