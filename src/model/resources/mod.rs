//! What instances have and what tasks ask of them: fleets, capacity providers, demands, GPUs, networks.

mod capacity;
mod demand;
mod devices;
mod fleet;
mod gpu;
mod network;

pub use capacity::{CapacityProvider, IdleProvider, ProviderOptions, ProviderShare, ProviderStrategy, ScaleOutGroups};
pub use demand::{ContainerSize, DEFAULT_RESERVED_TCP_PORTS, Demand, MAX_PORTS_PER_INSTANCE, Port, Protocol};
pub use devices::DeviceLedger;
pub use fleet::{
    ARCHITECTURE_ATTRIBUTE, Attributes, Capabilities, Fleet, Identity, InstanceClass, OS_FAMILY_ATTRIBUTE,
    OS_TYPE_ATTRIBUTE, Others, SUBNET_ATTRIBUTE, TASK_ENI_ATTRIBUTE, TYPE_ATTRIBUTE, VPC_ATTRIBUTE, ZONE_ATTRIBUTE,
};
pub use gpu::{Device, DeviceUse, GpuDemand, GpuKind, GpuSlice, MILLI_PER_DEVICE, Milli, OtherGpus};
pub use network::{Platform, TaskNetwork, os_type};
