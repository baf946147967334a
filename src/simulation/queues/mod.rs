//! What will happen at a known time: standalone tasks that end, in a queue of their own, and everything else.

pub(super) mod chains;
pub(super) mod departures;
pub(super) mod timers;
