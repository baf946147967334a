//! The kit that every document is read with: the macro that declares members, lenient values, checks and problems with
//! their paths, and the texts that stand for sizes, moments and ARNs. It knows no document.

#[macro_use]
mod members;

pub(crate) mod arn;
pub(crate) mod check;
pub(crate) mod lenient;
pub(crate) mod problem;
pub(crate) mod size;
pub(crate) mod timestamp;
