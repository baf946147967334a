//! The living tasks by the instance that they run on, found once for all figures.

use crate::analysis::by_instance::{ByInstance, Lying};
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
    let tell = |add: &mut dyn FnMut(Lying<Resident>)| {
        tasks.for_each_on(&mut |request, on, device| add(Lying { on, what: Resident { request, device } }));
    };
    let any = Resident { request: RequestId(0), device: Device::ANY };
    ByInstance::counted(&counts, any, tell).unwrap_or_else(|| {
        let mut lying = Vec::new();
        tell(&mut |task| lying.push(task));
        ByInstance::new(counts.len(), &lying)
    })
}
