//! The GPUs that a task asks for: `gpu`, a number or one of the words of ECS, or `gpu-memory` to share one by memory
//! (R-5.15 to R-5.15c).

use crate::model::{GpuDemand, GpuSlice, MemoryMib};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::limits;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

const FORM: &str = "a whole number, or `\"0.125\"`, `\"0.25\"`, `\"0.5\"` or `\"ALL\"`";

/// What is written; `None` where neither key is.
pub(crate) fn read(table: &Table<'_>) -> Option<GpuDemand> {
    let (gpu, memory) = (table.get("gpu"), table.get("gpu-memory"));
    match (gpu, memory) {
        (None, None) => None,
        (Some(item), None) => Some(read_count(&item)),
        (None, Some(item)) => {
            Some(item.integer_u32(1..=limits::MEMORY).map_or(GpuDemand::None, |mib| GpuDemand::Memory(MemoryMib(mib))))
        }
        (Some(_), Some(item)) => {
            let problem = Problem::new(Rule::Conflict, "a task has `gpu` and `gpu-memory`").label("beside `gpu`");
            item.report(problem.help("a GPU is either held as a whole or shared by memory: write one of them"));
            Some(GpuDemand::None)
        }
    }
}

fn read_count(item: &Item<'_>) -> GpuDemand {
    let Some(text) = item.value().as_str() else {
        let is_decimal = item.value().as_float().is_some();
        if is_decimal {
            item.malformed(FORM);
            return GpuDemand::None;
        }
        return item.integer_u32(0..=limits::GPUS).unwrap_or_default().into();
    };
    let whole = text.parse::<u32>().ok().filter(|count| *count <= limits::GPUS).map(GpuDemand::from);
    let found = match text {
        "ALL" => Some(GpuDemand::All),
        text => GpuSlice::from_text(text).map(GpuDemand::Slice).or(whole),
    };
    found.unwrap_or_else(|| {
        item.malformed(FORM);
        GpuDemand::None
    })
}

/// The keys of a demand as TOML values.
pub(crate) fn written(demand: GpuDemand) -> Option<(&'static str, String)> {
    Some(match demand {
        // A research share comes from traces alone, which no scenario writes out.
        GpuDemand::None | GpuDemand::Share(_) => return None,
        GpuDemand::Whole(count) => ("gpu", count.to_string()),
        GpuDemand::Slice(slice) => ("gpu", format!("\"{}\"", slice.text())),
        GpuDemand::All => ("gpu", "\"ALL\"".to_owned()),
        GpuDemand::Memory(memory) => ("gpu-memory", memory.0.to_string()),
    })
}
