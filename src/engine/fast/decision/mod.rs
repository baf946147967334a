//! One decision: which instance a task goes to, by indexes or by a scan, and why it goes nowhere.

pub(crate) mod ask;
pub(crate) mod choose;
pub(crate) mod lanes;
mod least;
pub(crate) mod reasons;
pub(crate) mod refusals;
pub(crate) mod scan;
mod uniform;
mod walk;
mod whole;
