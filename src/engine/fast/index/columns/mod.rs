//! For strategies, which no index knows: what they read of instances as columns, which instances have changed, who is a
//! candidate of what, and for strategies that rank by amounts alone who has won.

pub(crate) mod amounts;
pub(crate) mod contests;
mod journal;
pub(crate) mod marks;
pub(crate) mod rosters;
mod rounds;
