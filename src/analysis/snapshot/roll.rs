//! Every instance as it stands at the snapshot, asked of the cluster once for all figures.
//!
//! # Cost
//! Five questions an instance, and 24 bytes. What figures read of it afterwards lies in the order of ids.

use crate::engine::fast::memory::roomy;
use crate::engine::{Engine, InstanceStatus, Remaining};
use crate::model::{ClassId, InstanceId};

/// One instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) class: ClassId,
    pub(super) status: InstanceStatus,
    /// It takes tasks: it is ACTIVE, with a connected agent.
    pub(super) is_open: bool,
    /// Counted tasks.
    pub(super) tasks: u32,
    pub(super) left: Remaining,
}

/// All instances, by id.
#[derive(Clone, Debug)]
pub(super) struct Roll(Vec<Standing>);

impl Roll {
    /// Asks every instance.
    pub(super) fn of(cluster: &dyn Engine) -> Self {
        let standing = |instance| {
            let (status, left) = (cluster.status(instance), cluster.remaining(instance));
            Standing {
                class: cluster.class(instance),
                status,
                is_open: status == InstanceStatus::Active && cluster.is_connected(instance),
                tasks: cluster.task_count(instance),
                left,
            }
        };
        let mut all = roomy(cluster.instance_count());
        all.extend((0..cluster.instance_count()).map(InstanceId::from_index).map(standing));
        Self(all)
    }

    /// Every instance, by id.
    pub(super) fn all(&self) -> &[Standing] {
        &self.0
    }

    /// Those that are up, in the order of ids.
    pub(super) fn up(&self) -> impl Iterator<Item = (InstanceId, &Standing)> + Clone {
        let all = self.0.iter().enumerate().map(|(index, standing)| (InstanceId::from_index(index), standing));
        all.filter(|(_, standing)| standing.status != InstanceStatus::Lost)
    }
}

impl std::ops::Index<InstanceId> for Roll {
    type Output = Standing;

    fn index(&self, instance: InstanceId) -> &Standing {
        &self.0[instance.index()]
    }
}
