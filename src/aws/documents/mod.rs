//! What the API describes, one noun a file, with the objects inside it.

pub(crate) mod attribute;
pub(crate) mod capacity_provider;
pub(crate) mod cluster;
pub(crate) mod container_instance;
pub(crate) mod failure;
pub(crate) mod gpus;
pub(crate) mod network;
pub(crate) mod overrides;
pub(crate) mod placement;
pub(crate) mod requirements;
pub(crate) mod resource;
pub(crate) mod service;
pub(crate) mod task;
pub(crate) mod task_definition;
