//! Capacity providers: the minute of each, and the standalone tasks that wait for them.

pub(super) mod capacity;
pub(super) mod provisioning;
