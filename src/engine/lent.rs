//! An engine that somebody lends is an engine.

use super::{Engine, FastEngine, InstanceStatus, Placed, Reason, Remaining, Room};
use crate::model::{ClassId, Device, DeviceUse, InstanceId, RequestId};

impl<E: Engine + ?Sized> Engine for &mut E {
    #[inline]
    fn place(&mut self, request: RequestId) -> Option<Placed> {
        (**self).place(request)
    }

    #[inline]
    fn place_on(&mut self, request: RequestId, instance: InstanceId) -> Result<Placed, Reason> {
        (**self).place_on(request, instance)
    }

    #[inline]
    fn restore(&mut self, request: RequestId, instance: InstanceId) -> Placed {
        (**self).restore(request, instance)
    }

    #[inline]
    fn is_eligible(&self, request: RequestId, instance: InstanceId) -> bool {
        (**self).is_eligible(request, instance)
    }

    #[inline]
    fn refusal(&mut self, request: RequestId) -> Reason {
        (**self).refusal(request)
    }

    #[inline]
    fn stop(&mut self, request: RequestId, instance: InstanceId) -> bool {
        (**self).stop(request, instance)
    }

    #[inline]
    fn stop_on(&mut self, request: RequestId, instance: InstanceId, device: Device) -> bool {
        (**self).stop_on(request, instance, device)
    }

    #[inline]
    fn announce_stop(&self, request: RequestId, instance: InstanceId) {
        (**self).announce_stop(request, instance)
    }

    #[inline]
    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus) {
        (**self).set_status(instance, status)
    }

    #[inline]
    fn drain(&mut self, instance: InstanceId, tasks: &[RequestId]) {
        (**self).drain(instance, tasks)
    }

    #[inline]
    fn asks_what_drains(&self) -> bool {
        (**self).asks_what_drains()
    }

    #[inline]
    fn disconnect(&mut self, instance: InstanceId) {
        (**self).disconnect(instance);
    }

    #[inline]
    fn connect(&mut self, instance: InstanceId) {
        (**self).connect(instance);
    }

    #[inline]
    fn is_connected(&self, instance: InstanceId) -> bool {
        (**self).is_connected(instance)
    }

    #[inline]
    fn register(&mut self, class: ClassId) -> InstanceId {
        (**self).register(class)
    }

    #[inline]
    fn instance_count(&self) -> usize {
        (**self).instance_count()
    }

    #[inline]
    fn class(&self, instance: InstanceId) -> ClassId {
        (**self).class(instance)
    }

    #[inline]
    fn status(&self, instance: InstanceId) -> InstanceStatus {
        (**self).status(instance)
    }

    #[inline]
    fn hold(&mut self, instance: InstanceId, wanted: Room) -> Room {
        (**self).hold(instance, wanted)
    }

    #[inline]
    fn release(&mut self, instance: InstanceId, held: Room) {
        (**self).release(instance, held)
    }

    #[inline]
    fn held(&self, instance: InstanceId) -> Room {
        (**self).held(instance)
    }

    #[inline]
    fn remaining(&self, instance: InstanceId) -> Remaining {
        (**self).remaining(instance)
    }

    #[inline]
    fn devices(&self, instance: InstanceId) -> Vec<DeviceUse> {
        (**self).devices(instance)
    }

    #[inline]
    fn prefer_device(&mut self, device: Device) {
        (**self).prefer_device(device)
    }

    #[inline]
    fn last_device(&self) -> Device {
        (**self).last_device()
    }

    #[inline]
    fn task_count(&self, instance: InstanceId) -> u32 {
        (**self).task_count(instance)
    }

    #[inline]
    fn path(&self, request: RequestId) -> &'static str {
        (**self).path(request)
    }

    #[inline]
    fn copied(&self, key: u64) -> Option<FastEngine<'_>> {
        (**self).copied(key)
    }

    #[inline]
    fn validate(&self) -> Result<(), String> {
        (**self).validate()
    }
}
