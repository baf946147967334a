//! One binary for all integration tests.

mod cli; // arguments, exit codes, messages
mod determinism; // the same bytes for any number of threads, process or interruption
mod golden; // the golden cases of the placement specification, each named by its id
mod import; // documents of AWS become scenarios that run
mod load; // generated loads written as traces and read back
mod programs; // conservation under random programs, both engines side by side
mod providers; // capacity providers: golden cases, ratios, PROVISIONING tasks, scale-out
mod queueing; // the event loop against closed forms of queueing theory
mod readme; // what the README shows is what the program prints
mod scenarios; // every scenario meets its own expectations
mod services; // services over time: golden cases of deployments, draining, rebalancing
mod simulation; // the event loop, by what it tells and by laws from outside
mod support; // small clusters and requests by hand
mod tidy; // directions between modules, sizes of files, the top level
