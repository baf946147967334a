//! What is known of every instance: all that indexes are caches of, and what they are laid out by.

pub(crate) mod cells;
pub(crate) mod cluster;
pub(crate) mod counts;
pub(crate) mod delay;
pub(crate) mod drained;
pub(crate) mod extras;
pub(crate) mod facts;
pub(crate) mod looks;
pub(crate) mod memory;
pub(crate) mod parts;
pub(crate) mod ports;
pub(crate) mod record;
pub(crate) mod shapes;
pub(crate) mod stored;
