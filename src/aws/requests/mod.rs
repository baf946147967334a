//! What calls of the API take, beside what it describes: one noun a file, as in `documents`.

pub(crate) mod container_instance;
pub(crate) mod service;
pub(crate) mod task;
