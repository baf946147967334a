//! M13 and M14: how many more tasks of each shape would fit, how many if all that remains were one instance, and the
//! largest multiple of the shape that fits somewhere; and the remainders that no other surpasses.
//!
//! When resources are the only filter, every strategy places exactly as many copies as there are holes (P52). Holes are
//! counted twice. [By the rules](super::tried), with everything that placement asks of an instance; and by cpu, memory and
//! GPUs alone, where no attribute and no expression of the task definition keeps the shape out, its pool being all that
//! remains on instances that are up, whoever may use it.

use super::room::{Hole, Room, Shape};
use super::tried::{ByRules, RuledRoom};
use crate::analysis::record::{Figure, FrontierRow, ShapeRow};
use crate::analysis::sheet::Sheet;
use crate::model::{DeviceUse, GpuDemand, GpuScale, MILLI_PER_DEVICE, Ratio, Scenario};

/// Rows are kept for this many shapes, those of most weight.
const MOST_SHAPES: usize = 100;

/// How a cluster could be filled up.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis) struct Holes {
    /// The least over shapes, of those that are counted by the rules.
    worst_by_rules: Figure,
    /// The least over all shapes of the mix.
    worst_efficiency: Figure,
    worst_multiple: Figure,
    /// In the order of the mix, the heaviest only.
    pub(in crate::analysis) rows: Vec<ShapeRow>,
    /// What is free that no instance surpasses in everything, cpu ascending.
    pub(in crate::analysis) frontier: Vec<FrontierRow>,
}

/// Looks at every hole and shape.
pub(super) fn take(scenario: &Scenario, room: &Room<'_>, by_rules: &ByRules) -> Holes {
    let shapes = room.shapes.iter().enumerate();
    let mut rows: Vec<ShapeRow> = shapes.map(|(index, shape)| row(scenario, room, shape, by_rules.of(index))).collect();
    let worst = |of: fn(&ShapeRow) -> Figure| least(rows.iter().map(of));
    let (worst_efficiency, worst_multiple) =
        (worst(|row| row.hole_efficiency_by_cpu_and_memory), worst(|row| row.largest_placeable));
    let worst_by_rules = worst(|row| row.hole_efficiency);
    keep_heaviest(&mut rows);
    let frontier = frontier(GpuScale::of(scenario), room);
    Holes { worst_by_rules, worst_efficiency, worst_multiple, rows, frontier }
}

impl Holes {
    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.set("hole_efficiency_worst", self.worst_by_rules);
        sheet.set("hole_efficiency_by_cpu_and_memory_worst", self.worst_efficiency);
        sheet.set("largest_placeable_worst", self.worst_multiple);
    }
}

fn row(scenario: &Scenario, room: &Room<'_>, shape: &Shape<'_>, by_rules: RuledRoom) -> ShapeRow {
    let pooled = copies(room.free(), room.gpu_copies(shape), shape);
    let open = || room.holes.iter().filter(|(hole, _)| shape.is_let_in(hole));
    let in_hole = |hole: &Hole| {
        let by_each = hole.free().into_iter().zip(shape.amounts()).filter_map(|(free, need)| free.checked_div(need));
        by_each.map(u64::from).chain(hole.gpu_copies(shape.demand.gpus, shape.classes)).min()
    };
    let holes = pooled.map(|_| {
        open().filter_map(|(hole, count)| Some(u128::from(in_hole(hole)?) * u128::from(*count))).sum::<u128>()
    });
    let multiple = largest_multiple(open().map(|(hole, _)| hole), shape);
    ShapeRow {
        task_definition: scenario.definitions[shape.definition.index()].family.clone(),
        weight: shape.weight,
        group: by_rules.group,
        holes: by_rules.holes,
        holes_pooled: by_rules.pooled,
        hole_efficiency: efficiency(by_rules.holes, by_rules.pooled),
        holes_by_cpu_and_memory: holes.map_or(Figure::Absent, Figure::whole),
        holes_pooled_by_cpu_and_memory: pooled.map_or(Figure::Absent, Figure::whole),
        hole_efficiency_by_cpu_and_memory: holes
            .zip(pooled)
            .map_or(Figure::Absent, |(holes, pooled)| Figure::ratio(holes, pooled)),
        largest_placeable: multiple.map_or(Figure::Absent, Figure::Ratio),
    }
}

fn efficiency(holes: Figure, pooled: Figure) -> Figure {
    let share = |(holes, pooled): (Ratio, Ratio)| Figure::ratio(holes.numerator(), pooled.numerator());
    holes.exact().zip(pooled.exact()).map_or(Figure::Absent, share)
}

/// Whole copies that these amounts hold, GPUs holding `by_gpus`; absent for a shape that needs nothing.
fn copies(free: [u128; 2], by_gpus: Option<u128>, shape: &Shape<'_>) -> Option<u128> {
    let needs = free.into_iter().zip(shape.amounts().map(u128::from)).filter(|&(_, need)| need > 0);
    needs.map(|(free, need)| free / need).chain(by_gpus).min()
}

/// The largest multiple of the shape that one of the holes holds.
fn largest_multiple<'a>(holes: impl Iterator<Item = &'a Hole>, shape: &Shape<'_>) -> Option<Ratio> {
    let mut best: Option<(&Hole, Ratio)> = None;
    for hole in holes {
        // Most have no more of anything than the best so far.
        let is_within = |other: &Hole| hole.cpu <= other.cpu && hole.memory <= other.memory;
        if shape.demand.gpus.is_none() && best.is_some_and(|(other, _)| is_within(other)) {
            continue;
        }
        if let Some(multiple) = multiple(hole, shape).filter(|multiple| best.is_none_or(|(_, most)| *multiple > most)) {
            best = Some((hole, multiple));
        }
    }
    best.map(|(_, multiple)| multiple)
}

/// The largest multiple of the shape, whole or not, that the hole holds. Of whole devices those that are idle count, of a
/// share the device where most is left: a larger task of that shape would lie on one device too.
fn multiple(hole: &Hole, shape: &Shape<'_>) -> Option<Ratio> {
    let free = hole.free().map(u128::from).into_iter().zip(shape.amounts().map(u128::from));
    let class = &shape.classes[hole.class.index()];
    let devices = || hole.devices.iter().enumerate().map(|(at, &used)| (class.device_memory(at), used));
    let idle = || devices().filter(|(_, used)| *used == DeviceUse::Idle).count() as u128;
    let by_gpus = match shape.demand.gpus {
        GpuDemand::None => None,
        GpuDemand::Whole(count) if class.gpu_kind.slice.is_none() => Ratio::new(idle(), count.into()),
        GpuDemand::Share(milli) if class.gpu_kind.slice.is_none() => {
            let left = devices().map(|(_, used)| match used {
                DeviceUse::Idle => MILLI_PER_DEVICE,
                DeviceUse::Milli { left } => left,
                _ => 0,
            });
            Ratio::new(left.max().unwrap_or(0).into(), milli.into())
        }
        GpuDemand::Memory(wanted) => {
            let left = devices().map(|(memory, used)| match used {
                DeviceUse::Idle => memory.map_or(0, |memory| memory.0),
                DeviceUse::Memory { left } => left.0,
                _ => 0,
            });
            Ratio::new(left.max().unwrap_or(0).into(), wanted.0.into())
        }
        // As many as there are devices, or none.
        _ => shape.gpu_copies(hole).map(Ratio::whole),
    };
    free.filter_map(|(free, need)| Ratio::new(free, need)).chain(by_gpus).min()
}

fn least(figures: impl Iterator<Item = Figure>) -> Figure {
    figures.filter_map(Figure::exact).min().map_or(Figure::Absent, Figure::Ratio)
}

fn keep_heaviest(rows: &mut Vec<ShapeRow>) {
    if rows.len() <= MOST_SHAPES {
        return;
    }
    let mut weights: Vec<(u64, usize)> = rows.iter().enumerate().map(|(index, row)| (row.weight, index)).collect();
    weights.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = weights[..MOST_SHAPES].iter().map(|&(_, index)| index).collect();
    kept.sort_unstable();
    let mut index = 0;
    rows.retain(|_| {
        index += 1;
        kept.binary_search(&(index - 1)).is_ok()
    });
}

/// What is free of cpu, memory and parts of GPUs.
type Free = (u32, u32, u64);

fn frontier(scale: Option<GpuScale>, room: &Room<'_>) -> Vec<FrontierRow> {
    let gpus = |hole: &Hole| scale.map_or(0, |scale| scale.free(&room.classes[hole.class.index()], &hole.devices));
    let row = |(cpu, memory_mib, parts): Free| {
        let gpu = scale.map_or(Figure::Absent, |scale| Figure::ratio(parts.into(), scale.parts().into()));
        FrontierRow { cpu, memory_mib, gpu }
    };
    let points = room.holes.iter().map(|(hole, _)| (hole.cpu, hole.memory, gpus(hole))).collect();
    undominated(points).into_iter().map(row).collect()
}

/// The points that no other surpasses in everything, ascending.
fn undominated(mut points: Vec<Free>) -> Vec<Free> {
    points.sort_unstable_by(|a, b| b.cmp(a));
    let mut kept: Vec<Free> = Vec::new();
    for point in points {
        // Those before have no less cpu.
        if !kept.iter().any(|other| other.1 >= point.1 && other.2 >= point.2) {
            kept.push(point);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m14_the_frontier_holds_what_nothing_surpasses() {
        let check = |points: &[(u32, u32)], expected: &[(u32, u32)]| {
            let points = points.iter().map(|&(cpu, memory)| (cpu, memory, 0)).collect();
            let found: Vec<(u32, u32)> =
                undominated(points).into_iter().map(|(cpu, memory, _)| (cpu, memory)).collect();
            assert_eq!(found, expected);
        };
        check(&[], &[]);
        check(&[(1024, 2048), (0, 8192), (2048, 4096), (4096, 16384)], &[(4096, 16384)]);
        check(&[(0, 3072), (2048, 4096)], &[(2048, 4096)]);
        check(&[(1, 9), (5, 5), (5, 4), (9, 1), (4, 5)], &[(1, 9), (5, 5), (9, 1)]);
        // Little cpu and memory, but most GPUs.
        assert_eq!(undominated(vec![(9, 9, 0), (1, 1, 2), (1, 1, 1), (9, 8, 0)]), [(1, 1, 2), (9, 9, 0)]);
    }
}
