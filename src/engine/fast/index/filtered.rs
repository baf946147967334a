//! A pack index over the instances that also have GPUs, ports or interface slots left for one form of demand, so that a
//! search never meets one that is full by these.
//!
//! # Invariants
//! 1. The index holds the instances that an index over all would hold, less those whose `fits` bit is not set.
//! 2. That bit says whether the form fits what the instance has left.
//!
//! # Cost
//! As a pack index; the form is asked of the one instance where a task that takes such things comes or goes. A bit an
//! instance.

use super::pack::PackIndex;
use crate::engine::fast::state::cluster::{Cluster, Instance};
use crate::engine::fast::state::shapes::{Ranks, Shapes, Standing};
use crate::model::Demand;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct FilteredPack {
    pub(crate) index: PackIndex,
    form: Demand,
    /// By instance, 64 to a word.
    fits: Vec<u64>,
}

impl FilteredPack {
    pub(crate) fn new(index: PackIndex, form: Demand) -> Self {
        Self { index, form, fits: Vec::new() }
    }

    /// The form fits what an instance has left.
    #[inline]
    pub(crate) fn admits(&self, id: u32) -> bool {
        self.fits[id as usize / 64] >> (id % 64) & 1 == 1
    }

    /// An instance is new.
    pub(crate) fn added(&mut self, instance: Instance<'_, '_>) {
        self.fits.resize(instance.id as usize / 64 + 1, 0);
        let fits = instance.cluster.extras_fit(instance.id, &self.form);
        self.fits[instance.id as usize / 64] |= u64::from(fits) << (instance.id % 64);
    }

    /// An instance has changed; `anew` says that the form may fit where it did not, or not where it did.
    #[inline]
    pub(crate) fn moved(&mut self, instance: Instance<'_, '_>, before: Standing, after: Standing, anew: bool) {
        let fitted = self.admits(instance.id);
        let fits = if anew { instance.cluster.extras_fit(instance.id, &self.form) } else { fitted };
        let held = |standing: Standing, fits: bool| Standing {
            ranks: if fits { standing.ranks } else { Ranks::default() },
            ..standing
        };
        self.index.moved(instance.id, held(before, fitted), held(after, fits));
        self.fits[instance.id as usize / 64] ^= u64::from(fits != fitted) << (instance.id % 64);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.index.bytes() + self.fits.capacity() * 8
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>, shapes: &Shapes) -> Result<(), String> {
        for id in 0..u32::try_from(cluster.records.len()).expect("fewer than 2^32 instances") {
            if self.admits(id) != cluster.extras_fit(id, &self.form) {
                return Err(format!(
                    "filtered pack index: instance {id} fits the form, or does not, and is kept otherwise"
                ));
            }
        }
        self.index.validate(shapes, &cluster.records, |id| self.admits(id))
    }
}
