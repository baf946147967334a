//! The living tasks by the instance that they run on, found once for all figures.

use crate::analysis::by_instance::{ByInstance, Lying, Sorting};
use crate::engine::Engine;
use crate::model::{Device, InstanceId, RequestId};
use crate::simulation::Tasks;

/// A task on an instance: its kind, and the device of its share of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resident {
    pub(super) request: RequestId,
    pub(super) device: Device,
}

/// On each instance in an order that says nothing.
pub(super) type Residents = ByInstance<Resident>;

/// All tasks of a cluster.
pub(super) fn of(cluster: &dyn Engine, tasks: &dyn Tasks) -> Residents {
    let ids = (0..cluster.instance_count()).map(InstanceId::from_index);
    let counts: Vec<u32> = ids.map(|instance| cluster.task_count(instance)).collect();
    let any = Resident { request: RequestId(0), device: Device::ANY };
    let counted = Sorting::new(&counts, any).and_then(|mut sorting| {
        tasks.for_each_on(&mut |request, on, device| sorting.put(Lying { on, what: Resident { request, device } }));
        sorting.done()
    });
    counted.unwrap_or_else(|| {
        let mut lying = Vec::new();
        tasks.for_each_on(&mut |request, on, device| lying.push(Lying { on, what: Resident { request, device } }));
        ByInstance::new(counts.len(), &lying)
    })
}
