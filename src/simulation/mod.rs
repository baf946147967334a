//! The event loop of one run: arrivals, lives, waiting services, happenings; it tells an observer all that happens.
//!
//! One run is one thread. It knows no files and no other runs.

mod departures;
mod observer;
mod run;
mod services;

pub use observer::{Observer, Rejection, Start, Stop, StopCause, Tasks};
pub use run::{Cancelled, Control, Input, run};
