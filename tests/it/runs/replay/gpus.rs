//! The devices of an instance, and which task has which: as the rules say, of whole ones the first that are idle
//! (R-5.15 to R-5.15c, U-23).

use stowplan::model::{GpuDemand, GpuSlice};

#[derive(Debug)]
pub(super) struct Gpus {
    devices: Vec<Device>,
    slice: Option<GpuSlice>,
}

#[derive(Debug)]
struct Device {
    /// MiB; 0 where it is not told.
    memory: u64,
    whole: Option<u64>,
    /// Tasks and their MiB.
    shares: Vec<(u64, u64)>,
}

impl Device {
    fn is_idle(&self) -> bool {
        self.whole.is_none() && self.shares.is_empty()
    }

    /// What of its memory no share has; nothing of a device that a task has as a whole.
    fn left(&self) -> u64 {
        if self.whole.is_some() { 0 } else { self.memory - self.shares.iter().map(|(_, mib)| mib).sum::<u64>() }
    }
}

impl Gpus {
    /// From the cell and the object of the row that registers an instance.
    pub(super) fn registered(count: &str, said: &serde_json::Value) -> Self {
        let slice = said["gpu_slice"].as_str().map(|text| GpuSlice::from_text(text).unwrap());
        let parts = f64::from(slice.map_or(1, GpuSlice::parts));
        let count: usize = format!("{:.0}", count.parse::<f64>().unwrap() * parts).parse().unwrap();
        let memory = |position: usize| said["gpu_memory_mib"][position].as_u64().unwrap_or_default();
        let device = |position| Device { memory: memory(position), whole: None, shares: Vec::new() };
        Self { devices: (0..count).map(device).collect(), slice }
    }

    fn idle(&self) -> usize {
        self.devices.iter().filter(|device| device.is_idle()).count()
    }

    pub(super) fn fit(&self, wanted: GpuDemand) -> bool {
        match wanted {
            GpuDemand::None => true,
            GpuDemand::Whole(count) => self.slice.is_none() && self.idle() >= count as usize,
            GpuDemand::Slice(slice) => self.slice == Some(slice) && self.idle() > 0,
            GpuDemand::All => !self.devices.is_empty() && self.idle() == self.devices.len(),
            GpuDemand::Memory(memory) => self.device_for(memory.0.into()).is_some(),
            GpuDemand::Share(_) => panic!("thousandths are none of the rules of ECS"),
        }
    }

    /// The shared device with the least left that fits, else an idle one with the least memory; then device order.
    fn device_for(&self, mib: u64) -> Option<usize> {
        let fitting = (0..self.devices.len()).filter(|&at| self.devices[at].left() >= mib);
        fitting.min_by_key(|&at| (self.devices[at].shares.is_empty(), self.devices[at].left(), at))
    }

    pub(super) fn take(&mut self, number: u64, wanted: GpuDemand) {
        let count = match wanted {
            GpuDemand::Memory(memory) => {
                let device = self.device_for(memory.0.into()).expect("it fits");
                return self.devices[device].shares.push((number, memory.0.into()));
            }
            GpuDemand::All => self.devices.len(),
            GpuDemand::Whole(count) => count as usize,
            GpuDemand::Slice(_) => 1,
            GpuDemand::None | GpuDemand::Share(_) => 0,
        };
        let idle = self.devices.iter_mut().filter(|device| device.is_idle());
        assert_eq!(idle.take(count).map(|device| device.whole = Some(number)).count(), count, "it fits");
    }

    pub(super) fn give_back(&mut self, number: u64) {
        for device in &mut self.devices {
            device.whole.take_if(|task| *task == number);
            device.shares.retain(|(task, _)| *task != number);
        }
    }
}
