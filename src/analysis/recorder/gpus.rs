//! GPUs over time: M3, M4, M24 and the bound beside them, in parts of a device ([`GpuScale`]) so that every share is exact.
//!
//! A recorder has one of these only where some instance type has a GPU; elsewhere nothing of it is done. Of a device that
//! is shared by memory a task has its share of that memory; where the devices of one instance differ, that of the first.
//!
//! # Cost
//! A placement or a stop works out what its task takes on its instance: a division.

use super::bound::LowerBound;
use super::peaks::Peaks;
use super::steps::Steps;
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::engine::InstanceStatus;
use crate::model::{
    ClassId, Device, Fleet, GpuDemand, GpuScale, InstanceClass, RequestId, Requests, Scenario, SimTime, TaskCount,
};

/// Parts of devices, exact over time.
#[derive(Clone, Debug)]
pub(super) struct GpuUsage<'a> {
    scale: GpuScale,
    fleet: &'a Fleet,
    demands: Vec<GpuDemand>,
    /// Of counted tasks.
    reserved: Steps<1>,
    /// Of instances that are ACTIVE or DRAINING.
    up: Steps<1>,
    /// Of instances with a task.
    in_use: Steps<1>,
    peaks: Peaks<1>,
    bound: LowerBound<1>,
}

/// What a task is to the sums of GPUs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) at: SimTime,
    pub(super) request: RequestId,
    pub(super) class: ClassId,
    /// The task is the only one there, or was.
    pub(super) is_alone: bool,
}

impl<'a> GpuUsage<'a> {
    /// An empty cluster at time 0; `None` where no instance has a GPU.
    pub(super) fn new(scenario: &'a Scenario, requests: &Requests) -> Option<Self> {
        let (scale, fleet) = (GpuScale::of(scenario)?, &scenario.fleet);
        let parts = |class: &InstanceClass| scale.capacity(class);
        let all = fleet.instances.iter().map(|class| parts(&fleet.classes[class.index()])).sum();
        Some(Self {
            scale,
            fleet,
            demands: requests.table.iter().map(|request| request.demand.gpus).collect(),
            reserved: Steps::from_start([0]),
            up: Steps::from_start([all]),
            in_use: Steps::from_start([0]),
            peaks: Peaks::new(requests.table.len()),
            bound: LowerBound::new(fleet, |class| [parts(class)]),
        })
    }

    fn parts(&self, class: ClassId) -> u64 {
        self.scale.capacity(&self.fleet.classes[class.index()])
    }

    fn taken(&self, event: Event) -> u64 {
        let (class, demand) = (&self.fleet.classes[event.class.index()], self.demands[event.request.index()]);
        if demand.is_none() { 0 } else { self.scale.taken(class, demand, Device::ANY) }
    }

    /// A task starts.
    pub(super) fn start(&mut self, event: Event) {
        self.peaks.settle(event.at, self.reserved.values());
        self.peaks.start(event.request);
        self.reserved.rise(event.at, [self.taken(event)]);
        if event.is_alone {
            self.in_use.rise(event.at, [self.parts(event.class)]);
        }
    }

    /// A task stops.
    pub(super) fn stop(&mut self, event: Event) {
        self.peaks.settle(event.at, self.reserved.values());
        self.peaks.stop(event.request);
        self.reserved.fall(event.at, [self.taken(event)]);
        if event.is_alone {
            self.in_use.fall(event.at, [self.parts(event.class)]);
        }
    }

    /// An instance changes its status; a new one was lost before.
    pub(super) fn change(&mut self, at: SimTime, class: ClassId, from: InstanceStatus, to: InstanceStatus) {
        let is_up = |status| status != InstanceStatus::Lost;
        if is_up(from) == is_up(to) {
            return;
        }
        self.reserved.settle(at);
        self.bound.demand(self.reserved.take_peaks());
        let parts = [self.parts(class)];
        if is_up(to) {
            self.up.rise(at, parts);
            self.bound.gain(class);
        } else {
            self.up.fall(at, parts);
            self.bound.lose(class);
        }
    }

    /// The end of the run.
    pub(super) fn settle(&mut self, at: SimTime) {
        self.peaks.settle(at, self.reserved.values());
        self.peaks.look(self.reserved.values());
        self.reserved.settle(at);
        self.up.settle(at);
        self.in_use.settle(at);
        self.reserved.raise_peaks();
        self.bound.demand(self.reserved.take_peaks());
    }

    /// M1 now.
    pub(super) fn reservation(&self) -> Figure {
        Figure::ratio(u128::from(self.reserved.values()[0]), u128::from(self.up.values()[0]))
    }

    /// B1 over the whole run.
    pub(super) fn bound(&self) -> u64 {
        self.bound.best()
    }

    /// B1 of the mean demand.
    pub(super) fn mean_bound(&self, end: SimTime) -> Figure {
        let largest = self.fleet.classes.iter().map(|class| self.scale.capacity(class)).max().unwrap_or(0);
        Figure::ratio(self.reserved.integrals()[0], u128::from(largest) * u128::from(end.0))
    }

    /// M4.
    pub(super) fn packing(&self) -> Figure {
        Figure::ratio(self.reserved.integrals()[0], self.in_use.integrals()[0])
    }

    /// Parts of a device times milliseconds that were reserved, and how many parts make a device.
    pub(super) fn reserved(&self) -> (u128, u128) {
        (self.reserved.integrals()[0], u128::from(self.scale.parts()))
    }

    /// The tasks of each kind when most GPUs were reserved.
    pub(super) fn tasks_at_peak(&self) -> Vec<TaskCount> {
        let [tasks] = self.peaks.tasks();
        tasks
    }

    /// Writes M3 and M4.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        let mean = Figure::ratio(self.reserved.integrals()[0], self.up.integrals()[0]);
        sheet.set("gpu_reservation_time_mean", mean);
        sheet.set("gpu_packing_time_mean", self.packing());
    }
}
