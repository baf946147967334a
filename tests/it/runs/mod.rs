//! Runs and live worlds as wholes: laws, drivers, determinism, figures, scenarios.

mod determinism; // the same bytes for any number of threads, process or interruption
mod draws; // what is drawn follows from what a thing is; both engines draw alike
mod figures; // what figures mean: waits, refusals, mixes, one moment one value
mod limits; // more than a machine has is refused before it is taken
mod live; // a world driven from outside: as a run, as its twin, as its fork
mod load; // generated loads written as traces and read back
mod programs; // conservation under random programs, both engines side by side
mod queueing; // the event loop against closed forms of queueing theory
mod replay; // events.csv alone gives back instances, figures and decisions of a run
mod scenarios; // every scenario meets its own expectations
mod simulation; // the event loop, by what it tells and by laws from outside
