//! One binary for all integration tests.

mod golden; // the golden cases of the placement specification, each named by its id
mod support; // small clusters and requests by hand
