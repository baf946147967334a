//! M13 and M14: how many more tasks of each shape would fit, how many if all that remains were one instance, and the
//! largest multiple of the shape that fits somewhere; and the remainders that no other surpasses.
//!
//! When resources are the only filter, every strategy places exactly as many copies as there are holes (P52). Holes are
//! counted where the shape is let in; the pool is all that remains on instances that are up, whoever may use it.

use super::room::{Hole, Room, Shape};
use crate::analysis::record::{Figure, ShapeRow};
use crate::analysis::sheet::Sheet;
use crate::model::{Ratio, Scenario};

/// Rows are kept for this many shapes, those of most weight.
const MOST_SHAPES: usize = 100;

/// How a cluster could be filled up.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis) struct Holes {
    /// The least over shapes, of all shapes of the mix.
    worst_efficiency: Figure,
    worst_multiple: Figure,
    /// In the order of the mix, the heaviest only.
    pub(in crate::analysis) rows: Vec<ShapeRow>,
    /// Free cpu and memory that no instance surpasses in both, cpu ascending.
    pub(in crate::analysis) frontier: Vec<(u32, u32)>,
}

/// Looks at every hole and shape.
pub(super) fn take(scenario: &Scenario, room: &Room<'_>) -> Holes {
    let mut rows: Vec<ShapeRow> = room.shapes.iter().map(|shape| row(scenario, room, shape)).collect();
    let worst = |of: fn(&ShapeRow) -> Figure| least(rows.iter().map(of));
    let (worst_efficiency, worst_multiple) =
        (worst(|row| row.hole_efficiency_by_cpu_and_memory), worst(|row| row.largest_placeable));
    keep_heaviest(&mut rows);
    Holes { worst_efficiency, worst_multiple, rows, frontier: frontier(&room.holes) }
}

impl Holes {
    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.set("hole_efficiency_by_cpu_and_memory_worst", self.worst_efficiency);
        sheet.set("largest_placeable_worst", self.worst_multiple);
    }
}

fn row(scenario: &Scenario, room: &Room<'_>, shape: &Shape<'_>) -> ShapeRow {
    let pooled = copies(room.free(), room.gpu_copies(shape), shape);
    let open = || room.holes.iter().filter(|(hole, _)| shape.is_let_in(hole));
    let in_hole = |hole: &Hole| copies(hole.free().map(u128::from), shape.gpu_copies(hole), shape);
    let holes =
        pooled.map(|_| open().filter_map(|(hole, count)| Some(in_hole(hole)? * u128::from(*count))).sum::<u128>());
    let multiple = open().filter_map(|(hole, _)| multiple(hole, shape)).max();
    ShapeRow {
        task_definition: scenario.definitions[shape.definition.index()].family.clone(),
        weight: shape.weight,
        holes_by_cpu_and_memory: holes.map_or(Figure::Absent, Figure::whole),
        holes_pooled_by_cpu_and_memory: pooled.map_or(Figure::Absent, Figure::whole),
        hole_efficiency_by_cpu_and_memory: holes
            .zip(pooled)
            .map_or(Figure::Absent, |(holes, pooled)| Figure::ratio(holes, pooled)),
        largest_placeable: multiple.map_or(Figure::Absent, Figure::Ratio),
    }
}

/// Whole copies that these amounts hold, GPUs holding `by_gpus`; absent for a shape that needs nothing.
fn copies(free: [u128; 2], by_gpus: Option<u128>, shape: &Shape<'_>) -> Option<u128> {
    let needs = free.into_iter().zip(shape.amounts().map(u128::from)).filter(|&(_, need)| need > 0);
    needs.map(|(free, need)| free / need).chain(by_gpus).min()
}

/// The largest multiple of the shape, whole or not, that the hole holds; of GPUs, whole tasks count.
fn multiple(hole: &Hole, shape: &Shape<'_>) -> Option<Ratio> {
    let free = hole.free().map(u128::from).into_iter().zip(shape.amounts().map(u128::from));
    let by_gpus = shape.gpu_copies(hole).map(Ratio::whole);
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

fn frontier(holes: &[(Hole, u64)]) -> Vec<(u32, u32)> {
    let mut points: Vec<(u32, u32)> = holes.iter().map(|(hole, _)| (hole.cpu, hole.memory)).collect();
    points.sort_unstable_by(|a, b| b.cmp(a));
    let mut most = None;
    points.retain(|&(_, memory)| {
        let is_undominated = most.is_none_or(|most| memory > most);
        most = most.max(Some(memory));
        is_undominated
    });
    points.reverse();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(cpu: u32, memory: u32) -> (Hole, u64) {
        let fleet = crate::analysis::test_support::scenario(1, &[(0, 9, 9, None)], &[]).fleet;
        (Hole::active(fleet.instances[0], cpu, memory), 1)
    }

    #[test]
    fn m14_the_frontier_holds_what_nothing_surpasses() {
        let check = |points: &[(u32, u32)], expected: &[(u32, u32)]| {
            let holes: Vec<_> = points.iter().map(|&(cpu, memory)| hole(cpu, memory)).collect();
            assert_eq!(frontier(&holes), expected, "{points:?}");
        };
        check(&[], &[]);
        check(&[(1024, 2048), (0, 8192), (2048, 4096), (4096, 16384)], &[(4096, 16384)]);
        check(&[(0, 3072), (2048, 4096)], &[(2048, 4096)]);
        check(&[(1, 9), (5, 5), (5, 4), (9, 1), (4, 5)], &[(1, 9), (5, 5), (9, 1)]);
    }
}
