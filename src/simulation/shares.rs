//! On which GPU device each living task lies that shares one (R-5.15c): the engine keeps no tasks, so that it must be told
//! when one stops. Runs without such tasks keep nothing.

use rustc_hash::FxHashMap;

use crate::engine::Engine;
use crate::model::{Device, RequestId, Requests};

#[derive(Clone, Debug)]
pub(super) struct Shares {
    /// By task number; `None` where no request shares a device.
    devices: Option<FxHashMap<u64, Device>>,
}

impl Shares {
    pub(super) fn new(requests: &Requests) -> Self {
        let any = requests.table.iter().any(|request| request.demand.gpus.is_share());
        Self { devices: any.then(FxHashMap::default) }
    }

    /// More kinds of request are known.
    pub(super) fn requests_grew(&mut self, requests: &Requests) {
        if self.devices.is_none() {
            *self = Self::new(requests);
        }
    }

    /// A task was placed just now. Answers its device.
    #[inline]
    pub(super) fn started<E: Engine>(
        &mut self,
        engine: &E,
        requests: &Requests,
        task: u64,
        request: RequestId,
    ) -> Device {
        let Some(devices) = &mut self.devices else { return Device::ANY };
        if !requests[request].demand.gpus.is_share() {
            return Device::ANY;
        }
        let device = engine.last_device();
        devices.insert(task, device);
        device
    }

    /// The device of a living task.
    pub(super) fn device_of(&self, task: u64) -> Device {
        self.devices.as_ref().and_then(|devices| devices.get(&task).copied()).unwrap_or(Device::ANY)
    }

    /// A task stops. Answers its device.
    #[inline]
    pub(super) fn stopped(&mut self, task: u64) -> Device {
        self.devices.as_mut().and_then(|devices| devices.remove(&task)).unwrap_or(Device::ANY)
    }
}
