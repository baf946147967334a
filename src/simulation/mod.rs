//! The event loop: arrivals, lives, services, deployments, instances that come and go; it tells an observer all that
//! happens.
//!
//! One run is one thread. It knows no files and no other runs. Times, sizes and counts are integers.
//!
//! # Where things are
//! `moment` is a simulation and the steps by which a moment passes, to be read first; `world` is what it takes place in. Two
//! drivers say which moment is next and what is asked for in it: [`run`](fn@run), with the `plan` of a scenario and its load, and
//! [`live`](crate::live), with commands (`calls` is what only it may do, `look` what it may see). `standalone` are tasks that are
//! asked for once; `queues` holds them by the time they end (`departures`), and everything else that has a time (`timers`). `told` is
//! what observers hear.
//! `services` is what each service has and wants; `scheduler` lets services act, `deployments` is what a new revision is, with what
//! of an older one is still started and both side by side, `daemons` (with the room that is kept for them) and `rebalancing` are
//! the services that differ. `instances` is what befalls instances, `held` the resources of tasks that are stopping, `providers` the
//! minute of the capacity providers and the standalone tasks that wait for them, `waits` what is told of tasks that are not placed
//! at once.
//!
//! # Order within one moment
//! 1. A sample, if one is due: it sees nothing of this moment.
//! 2. Standalone tasks that end, in the order of their arrival, so that what they free can be used.
//! 3. What is done to the cluster, in the order in which it is said: happenings in the order of the file, calls of StartTask,
//!    deployments, desired counts. Then timers, in the order in which they were set.
//! 4. Daemons on instances that are new, then instances that have drained.
//! 5. Services that something has happened to act: daemons, then by turns (U-20). A service starts what it may, then
//!    stops what it must, and again until neither is left.
//! 6. Standalone tasks that wait for a capacity provider, if instances have come; then arrivals of the load, in its order.
//! 7. The retry of services and of standalone tasks that wait, when it is due (U-21).
//! 8. The snapshot, if it is due: it sees all of this moment.
//!
//! # Cost
//! A standalone task costs its place in the radix heap. A task of a service is 32 bytes in the list of its service; a
//! start appends to it. Giving tasks up looks once at every task of the service and never at other services. Timers are
//! as many as happenings, not as tasks: that a task has become healthy is seen from its start. The bench to watch is
//! `simulation/*`.

mod calls;
mod daemons;
mod deployments;
mod held;
mod instances;
mod look;
mod moment;
mod plan;
mod providers;
mod queues;
mod rebalancing;
mod run;
mod scheduler;
mod services;
mod shares;
mod standalone;
mod told;
mod waits;
mod world;

// The nouns of many files here.
use queues::{chains, departures, timers};
use told::observer;

pub(crate) use calls::Place;
pub use look::{ServiceLook, TaskLook};
pub(crate) use moment::Simulation;
pub use observer::{
    DeploymentReport, MetricPoint, Observer, Outcome, Rejection, Scaling, Start, Stop, StopCause, StuckReason, Tasks,
    Wait, Withdrawal, refusal_text,
};
pub use run::{Cancelled, Control, Input, engine_key, run};
pub(crate) use services::{NewService, Standing, victim};
pub use standalone::Asked;
pub use told::Heard;
pub(crate) use world::World;
