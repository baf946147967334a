//! Every instance at the snapshot, for `fleet.csv`: what is free on it, and what keeps it from being released.

use super::roll::{Roll, Standing};
use super::tried::{Released, Verdict};
use super::{Residents, Subject};
use crate::analysis::record::InstanceRow;
use crate::engine::InstanceStatus;
use crate::engine::fast::memory::roomy;
use crate::model::{InstanceId, RequestId};

/// The rows, in order of ids, and what their `held_by` points to.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis) struct Instances {
    pub(in crate::analysis) rows: Vec<InstanceRow>,
    pub(in crate::analysis) holders: Vec<String>,
}

/// Looks at every instance that is up.
pub(super) fn take(subject: Subject<'_>, roll: &Roll, residents: &Residents, released: &Released) -> Instances {
    let loads: Vec<Load> =
        (0..).map(RequestId).zip(&subject.requests.table).map(|(id, _)| Load::of(subject, id)).collect();
    let mut found = Instances { rows: roomy(roll.all().len()), ..Instances::default() };
    let mut holder_of: Vec<Option<u32>> = vec![None; subject.requests.table.len()];
    let counts = residents.counts();
    for (instance, standing) in roll.up() {
        let mut load = Load::default();
        match counts {
            Some(counts) => loads.iter().zip(counts.on(instance)).for_each(|(&each, &count)| load.add(each, count)),
            None => residents.on(instance).for_each(|alike| load.add(loads[alike.request.index()], alike.count)),
        }
        let mut row = row(instance, standing, load);
        match released.of(instance) {
            Verdict::Unknown => {}
            Verdict::Released => row.releasable = Some(true),
            Verdict::HeldBy(request) => {
                row.releasable = Some(false);
                let known = &mut holder_of[request.index()];
                let holder = *known.get_or_insert_with(|| found.add_holder(subject, request));
                row.held_by = Some(holder);
            }
        }
        found.rows.push(row);
    }
    found
}

/// What the tasks of an instance take beside cpu and memory.
#[derive(Clone, Copy, Default)]
struct Load {
    eni_tasks: u32,
    memory_limits: u64,
}

impl Load {
    /// Of one task.
    fn of(subject: Subject<'_>, request: RequestId) -> Self {
        let request = &subject.requests[request];
        let hard = subject.scenario.hard_memory.get(&request.definition).copied();
        let memory_limits = u64::from(hard.unwrap_or(request.demand.memory).0);
        Self { eni_tasks: request.demand.eni_slots, memory_limits }
    }

    /// So many more such tasks.
    fn add(&mut self, each: Self, count: u32) {
        self.eni_tasks += each.eni_tasks * count;
        self.memory_limits += each.memory_limits * u64::from(count);
    }
}

fn row(instance: InstanceId, standing: &Standing, load: Load) -> InstanceRow {
    InstanceRow {
        instance: instance.0,
        class: standing.class.0,
        is_draining: standing.status == InstanceStatus::Draining,
        cpu_free: standing.left.cpu.0,
        memory_mib_free: standing.left.memory.0,
        gpu_free: standing.left.gpus,
        tasks: standing.tasks,
        eni_tasks: load.eni_tasks,
        memory_mib_limits: load.memory_limits,
        releasable: None,
        held_by: None,
    }
}

impl Instances {
    /// Group and task definition of what holds an instance.
    fn add_holder(&mut self, subject: Subject<'_>, request: RequestId) -> u32 {
        let request = &subject.requests[request];
        let family = &subject.scenario.definitions[request.definition.index()].family;
        let group = &subject.requests.groups[request.group.index()];
        let own = format!("family:{family}");
        self.holders.push(if *group == own { own } else { format!("{group} of {family}") });
        u32::try_from(self.holders.len() - 1).unwrap_or(u32::MAX)
    }
}
