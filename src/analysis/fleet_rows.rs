//! Rows of a record of which there is one an instance.
//!
//! They are stored as lists of numbers without names: names would be four fifths of the record of a large fleet, and a tenth of
//! the time of its run.

use serde::{Deserialize, Serialize};

/// One instance at the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ShortCell", into = "ShortCell")]
pub struct FleetCell {
    /// Zone, by position in the fleet.
    pub zone: u32,
    /// Registered and reserved CPU units.
    pub cpu: (u32, u32),
    /// Registered and reserved MiB.
    pub memory: (u32, u32),
    /// Counted tasks.
    pub tasks: u32,
}

/// One instance at the snapshot, for `fleet.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ShortRow", into = "ShortRow")]
pub struct InstanceRow {
    /// Its id, and that of its class.
    pub instance: u32,
    /// The class, by position in the fleet.
    pub class: u32,
    /// It takes no new tasks.
    pub is_draining: bool,
    /// CPU units that are free.
    pub cpu_free: u32,
    /// MiB that are free.
    pub memory_mib_free: u32,
    /// GPUs that are free.
    pub gpu_free: u32,
    /// Counted tasks.
    pub tasks: u32,
    /// Those of them with a network interface of their own.
    pub eni_tasks: u32,
    /// What its tasks may use of memory before they are killed (W-12); what they reserve where no limit is known.
    pub memory_mib_limits: u64,
    /// Whether it could be released, after those that were tried before it; `None` where that was not tried.
    pub releasable: Option<bool>,
    /// What holds it, by position in the holders of the record.
    pub held_by: Option<u32>,
}

/// A [`FleetCell`] as it is stored.
#[derive(Serialize, Deserialize)]
struct ShortCell(u32, (u32, u32), (u32, u32), u32);

impl From<FleetCell> for ShortCell {
    fn from(FleetCell { zone, cpu, memory, tasks }: FleetCell) -> Self {
        Self(zone, cpu, memory, tasks)
    }
}

impl From<ShortCell> for FleetCell {
    fn from(ShortCell(zone, cpu, memory, tasks): ShortCell) -> Self {
        Self { zone, cpu, memory, tasks }
    }
}

/// An [`InstanceRow`] as it is stored: ids, what is free, tasks, and what holds it.
#[derive(Serialize, Deserialize)]
struct ShortRow([u32; 2], bool, [u32; 3], [u32; 2], u64, Option<bool>, Option<u32>);

impl From<InstanceRow> for ShortRow {
    fn from(row: InstanceRow) -> Self {
        let free = [row.cpu_free, row.memory_mib_free, row.gpu_free];
        let tasks = [row.tasks, row.eni_tasks];
        Self(
            [row.instance, row.class],
            row.is_draining,
            free,
            tasks,
            row.memory_mib_limits,
            row.releasable,
            row.held_by,
        )
    }
}

impl From<ShortRow> for InstanceRow {
    fn from(row: ShortRow) -> Self {
        let ShortRow(
            [instance, class],
            is_draining,
            [cpu_free, memory_mib_free, gpu_free],
            tasks,
            limits,
            releasable,
            held_by,
        ) = row;
        let ([tasks, eni_tasks], memory_mib_limits) = (tasks, limits);
        Self {
            instance,
            class,
            is_draining,
            cpu_free,
            memory_mib_free,
            gpu_free,
            tasks,
            eni_tasks,
            memory_mib_limits,
            releasable,
            held_by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_were_stored() {
        let cell = FleetCell { zone: 1, cpu: (2, 3), memory: (4, 5), tasks: 6 };
        let row = InstanceRow {
            instance: 1,
            class: 2,
            is_draining: true,
            cpu_free: 3,
            memory_mib_free: 4,
            gpu_free: 5,
            tasks: 6,
            eni_tasks: 7,
            memory_mib_limits: 8,
            releasable: Some(false),
            held_by: Some(9),
        };
        let stored = serde_json::to_string(&(cell, row)).unwrap();
        assert_eq!(stored, "[[1,[2,3],[4,5],6],[[1,2],true,[3,4,5],[6,7],8,false,9]]");
        assert_eq!(serde_json::from_str::<(FleetCell, InstanceRow)>(&stored).unwrap(), (cell, row));
    }
}
