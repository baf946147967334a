//! For strategies, which no index knows: what they read of instances as columns, which instances have changed, and for those
//! that rank by amounts alone who has won.

pub(crate) mod amounts;
pub(crate) mod contests;
mod journal;
mod rounds;
