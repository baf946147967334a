//! Which task a service gives up: the mirror image of placement (R-7.20, U-14).

use super::narrow::{bucket, bucket_counts};
use super::{ReferenceEngine, narrow};
use crate::engine::{Engine as _, InstanceStatus};
use crate::model::{InstanceId, RequestId, Rule};

impl ReferenceEngine<'_> {
    /// The instance on which the service that makes this kind of request stops a task when it scales in; `None` if it
    /// has none. Instances that drain come first. Ties go to the first in order.
    ///
    /// `oldest` is the kind of the task that would stop on an instance with some of the service: the engine knows no
    /// ages, and binpack looks at what is left after the stop.
    #[must_use]
    pub fn scale_in(&self, id: RequestId, oldest: impl Fn(InstanceId) -> RequestId) -> Option<InstanceId> {
        let request = self.request(id);
        let hosts: Vec<InstanceId> =
            self.ids().filter(|&instance| self.group_count(instance, request.group) > 0).collect();
        let draining = |instance: &InstanceId| self.status(*instance) == InstanceStatus::Draining;
        let on_draining: Vec<InstanceId> = hosts.iter().copied().filter(draining).collect();
        let mut candidates = if on_draining.is_empty() { hosts } else { on_draining };
        for rule in &request.strategy.0 {
            candidates = match rule {
                // A strategy that is no rule of ECS says where to start tasks, not where to stop them.
                Rule::Random | Rule::Custom(_) => candidates,
                Rule::Spread(field) => {
                    let counts = bucket_counts(self, request, field);
                    keep_maximum(candidates, |instance| counts.get(&bucket(self, instance, field)).copied())
                }
                Rule::Binpack(resource) => {
                    let freed = |instance| &self.request(oldest(instance)).demand;
                    keep_maximum(candidates, |instance| {
                        narrow::score_after_stop(self, instance, *resource, freed(instance))
                    })
                }
            };
        }
        candidates.first().copied()
    }
}

fn keep_maximum<S: Ord>(candidates: Vec<InstanceId>, score: impl Fn(InstanceId) -> S) -> Vec<InstanceId> {
    let Some(best) = candidates.iter().map(|&candidate| score(candidate)).max() else { return candidates };
    candidates.into_iter().filter(|&candidate| score(candidate) == best).collect()
}
