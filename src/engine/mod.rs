//! The cluster's state and one placement decision: filter, constrain, narrow, choose.
//!
//! Two engines answer the same questions through the trait [`Engine`]: [`mod@reference`], dull code that scans and
//! recounts and reads like the rules, and the fast one that is held to it. Neither knows time, services or files.

pub mod fast;
pub mod reference;

mod cost;
mod draw;
mod lent;
mod refusal;
mod room;
mod tables;

#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(test)]
mod common_load_tests;
#[cfg(test)]
mod gpu_tests;
#[cfg(test)]
mod growth_tests;
#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod proptests;
#[cfg(test)]
mod work_tests;

pub use cost::Cost;
pub(crate) use draw::Draws;
pub use fast::FastEngine;
#[cfg(test)]
pub(crate) use proptests::follow_reference;
pub use reference::ReferenceEngine;
pub use refusal::Reason;
pub use room::Room;
pub use tables::{Growth, Tables, Turned};

use crate::model::{
    ClassId, CpuUnits, Device, DeviceUse, Fleet, Identity, InstanceId, MemoryMib, PlacementOptions, RequestId, Requests,
};

/// What an engine is built from; all of it is borrowed for the length of the run.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The instances at time 0, all ACTIVE and empty.
    pub fleet: &'a Fleet,
    /// The kinds of request that will be placed.
    pub requests: &'a Requests,
    /// Readings of open points.
    pub options: PlacementOptions,
    /// Key of the engine's own draws (`random` rules and random ties), never shared with the load.
    pub seed: u64,
}

/// An engine whose world may grow while it holds tasks.
pub trait Grows: Engine + Clone {
    /// An engine over the instances of time 0.
    fn over(tables: Tables<'static>) -> Self;

    /// As [`Engine::register`], of an instance that expressions may ask for.
    fn register_as(&mut self, class: ClassId, identity: Identity) -> InstanceId;

    /// Who an instance is, if that is known.
    fn identity_of(&self, instance: InstanceId) -> Option<&Identity>;

    /// The tables have grown. A new kind of request is worked out now, and no decision of the others changes.
    fn grow(&mut self, growth: &Growth<'_>);
}

/// Where a task went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The instance.
    pub instance: InstanceId,
    /// It is the only task there.
    pub is_first: bool,
}

/// What placement sees of an instance's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceStatus {
    /// Takes tasks.
    Active,
    /// Takes no new task; its tasks run on and count.
    Draining,
    /// Gone; it has no tasks, no capacity, and is not looked at.
    Lost,
}

/// What is left on an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// CPU units.
    pub cpu: CpuUnits,
    /// MiB.
    pub memory: MemoryMib,
    /// GPU devices that are idle.
    pub gpus: u32,
}

/// One cluster under one policy: placements, stops and changes of instances, one at a time.
///
/// A task counts from [`Engine::place`] until [`Engine::stop`], which is the moment it is *told* to stop: its
/// resources are free for placement at once. The engine does not keep tasks, only what they add up to; the
/// caller remembers where each one is.
pub trait Engine {
    /// Places one task of a kind, or changes nothing and answers `None` if no instance may take it.
    fn place(&mut self, request: RequestId) -> Option<Placed>;

    /// Places one task of this kind on a named instance, as StartTask does: every check holds, no strategy is asked.
    ///
    /// # Errors
    /// The first check, in the order of [`Reason`], that the instance fails; nothing has changed then.
    fn place_on(&mut self, request: RequestId, instance: InstanceId) -> Result<Placed, Reason>;

    /// Puts a task where it is known to run, on an ACTIVE instance, whatever the checks would say now: an instance keeps
    /// its tasks when its agent is disconnected.
    ///
    /// # Panics
    /// If what it takes is not there.
    fn restore(&mut self, request: RequestId, instance: InstanceId) -> Placed;

    /// Whether an instance is one that tasks of this kind go to, whatever room it has: it is ACTIVE and passes every check
    /// but those of resources and of `distinctInstance`.
    fn is_eligible(&self, request: RequestId, instance: InstanceId) -> bool;

    /// Why a task of this kind cannot be placed now: the first failing check of the best instance among those that are
    /// ACTIVE, connected, of the provider, in reach, have the attributes and satisfy the constraints, which is the one that
    /// comes furthest in these checks; if there is none, the check that left none. Meant to be asked right
    /// after [`Engine::place`] answered `None`.
    fn refusal(&mut self, request: RequestId) -> Reason;

    /// Places `count` tasks of one kind one after another, telling each to `sink`, and stops at the first that
    /// does not fit. Exactly the result of as many single placements.
    fn place_batch(&mut self, request: RequestId, count: u32, sink: &mut dyn FnMut(Placed)) -> u32 {
        for done in 0..count {
            match self.place(request) {
                Some(placed) => sink(placed),
                None => return done,
            }
        }
        count
    }

    /// Frees what a task of this kind holds on `instance`. Answers whether the instance is empty now.
    ///
    /// # Panics
    /// If no such task is there: that is a bug of the caller.
    fn stop(&mut self, request: RequestId, instance: InstanceId) -> bool {
        self.stop_on(request, instance, Device::ANY)
    }

    /// As [`Engine::stop`], for a task whose share of a GPU lies on `device`: what [`Engine::last_device`] answered when
    /// it was placed. Of [`Device::ANY`] it is the first device, in order, that has a share of that size.
    ///
    /// # Panics
    /// If no such task is there: that is a bug of the caller.
    fn stop_on(&mut self, request: RequestId, instance: InstanceId, device: Device) -> bool;

    /// Hints that such a task will stop soon, so that its memory can be fetched early. Changes nothing.
    fn announce_stop(&self, _request: RequestId, _instance: InstanceId) {}

    /// Changes what placement may do with an instance. Its tasks stay; the caller stops those that are lost. An
    /// instance that begins to drain is told by [`Engine::drain`].
    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus);

    /// An ACTIVE instance takes no more tasks. `tasks` are the kinds of those on it, one entry a task, in any order; an
    /// engine that does not [ask for them](Engine::asks_what_drains) may be given none.
    fn drain(&mut self, instance: InstanceId, _tasks: &[RequestId]) {
        self.set_status(instance, InstanceStatus::Draining);
    }

    /// Whether [`Engine::drain`] must be told which tasks are there: what drains does not count for spread (U-3), and
    /// the engine does not remember which groups are on which instance.
    fn asks_what_drains(&self) -> bool {
        false
    }

    /// The agent of an instance is connected no more: it takes no task, and those on it stay and count.
    fn disconnect(&mut self, instance: InstanceId);

    /// The agent of an instance is connected again.
    fn connect(&mut self, instance: InstanceId);

    /// Whether the agent of an instance is connected: at first as its class says.
    fn is_connected(&self, instance: InstanceId) -> bool;

    /// Adds an ACTIVE, empty instance of a class of the fleet, last in order.
    fn register(&mut self, class: ClassId) -> InstanceId;

    /// How many instances there have ever been; ids are below it.
    fn instance_count(&self) -> usize;

    /// The class of an instance.
    fn class(&self, instance: InstanceId) -> ClassId;

    /// The status of an instance.
    fn status(&self, instance: InstanceId) -> InstanceStatus;

    /// Keeps room on an instance from every task, as far as it remains; answers what is kept in addition.
    fn hold(&mut self, instance: InstanceId, wanted: Room) -> Room;

    /// Ends what [`Engine::hold`] has begun.
    ///
    /// # Panics
    /// If less is held there: that is a bug of the caller.
    fn release(&mut self, instance: InstanceId, held: Room);

    /// What is kept on an instance from every task.
    fn held(&self, _instance: InstanceId) -> Room {
        Room::default()
    }

    /// What no task takes on an instance, whatever its status; what is [held](Engine::held) there is part of it.
    fn remaining(&self, instance: InstanceId) -> Remaining;

    /// How each GPU device of an instance is used, in device order.
    fn devices(&self, instance: InstanceId) -> Vec<DeviceUse>;

    /// The share of a GPU that is placed next lies on this device, not on the one that U-23 would choose: it is known to
    /// be there.
    fn prefer_device(&mut self, device: Device);

    /// On which device the share of a GPU lies that was placed last; asked right after a placement.
    fn last_device(&self) -> Device;

    /// Counted tasks on an instance.
    fn task_count(&self, instance: InstanceId) -> u32;

    /// Which way requests of this kind are placed, in a word or two for reports: `scan`, `binpack index`, …
    fn path(&self, request: RequestId) -> &'static str;

    /// A fast engine over the same cluster that draws from a key of its own, where it is no more than a copy of bytes: to try
    /// things out on.
    fn copied(&self, _key: u64) -> Option<FastEngine<'_>> {
        None
    }

    /// Recounts every structure and says what does not agree. Costs far more than a placement.
    ///
    /// # Errors
    /// A sentence naming the structure, the instance and both values.
    fn validate(&self) -> Result<(), String>;
}
