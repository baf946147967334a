//! What a simulation tells while it goes, and who listens.

mod heard;
mod listeners;
pub(super) mod observer;

pub use heard::Heard;
