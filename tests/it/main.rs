//! One binary for all integration tests.

mod golden; // the golden cases of the placement specification, each named by its id

mod simulation; // the event loop, by what it tells and by laws from outside
mod support; // small clusters and requests by hand
mod tidy; // directions between modules, sizes of files, the top level
