//! What one task takes from an instance.

use std::fmt;

use super::GpuDemand;
use crate::model::units::{CpuUnits, MemoryMib};

/// The transport protocol of a port; tcp and udp ports are separate resources (R-5.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `tcp`, the default.
    Tcp,
    /// `udp`.
    Udp,
}

/// A static host port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The port number on the host, at least 1.
    pub number: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

impl Port {
    /// A tcp port.
    #[must_use]
    pub const fn tcp(number: u16) -> Self {
        Self { number, protocol: Protocol::Tcp }
    }

    /// A udp port.
    #[must_use]
    pub const fn udp(number: u16) -> Self {
        Self { number, protocol: Protocol::Udp }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        write!(f, "{}/{protocol}", self.number)
    }
}

/// At most this many ports, reserved ones included, tcp and udp together, are in use on an instance (R-5.13, U-12).
pub const MAX_PORTS_PER_INSTANCE: usize = 100;

/// The tcp ports that the ECS agent and SSH hold on every Linux instance (R-5.12).
pub const DEFAULT_RESERVED_TCP_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];

/// Everything a task reserves on its instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Demand {
    /// CPU units; 0 is legal and fits on a full instance (R-5.3).
    pub cpu: CpuUnits,
    /// MiB of memory.
    pub memory: MemoryMib,
    /// GPUs (R-5.15).
    pub gpus: GpuDemand,
    /// Static host ports, ascending and without repetition.
    pub ports: Vec<Port>,
    /// Network interface slots: 1 for an `awsvpc` task, else 0 (R-5.17).
    pub eni_slots: u32,
}

impl Demand {
    /// A demand of CPU units and MiB alone.
    #[must_use]
    pub fn new(cpu: u32, memory: u32) -> Self {
        Self { cpu: CpuUnits(cpu), memory: MemoryMib(memory), ..Self::default() }
    }
}

/// What a container of a task definition asks for, as far as placement looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerSize {
    /// CPU units; absent counts as 0 (R-5.3).
    pub cpu: u32,
    /// Hard limit of memory in MiB.
    pub memory: Option<u32>,
    /// Soft limit of memory in MiB: what is subtracted where it is set (R-5.5).
    pub memory_reservation: Option<u32>,
}

impl Demand {
    /// The CPU and memory of a task: its own where set above 0, else the sums over its containers, each with its soft
    /// memory limit where that is set and its hard one otherwise (R-5.2, R-5.5). `None` if a sum exceeds 32 bits.
    ///
    /// # Examples
    ///
    /// ```
    /// use stowplan::model::{ContainerSize, Demand};
    ///
    /// let container = ContainerSize { cpu: 10, memory: Some(300), memory_reservation: Some(128) };
    /// assert_eq!(Demand::of_task(None, None, &[container]), Some(Demand::new(10, 128)));
    /// assert_eq!(Demand::of_task(Some(256), Some(512), &[container]), Some(Demand::new(256, 512)));
    /// ```
    #[must_use]
    pub fn of_task(cpu: Option<u32>, memory: Option<u32>, containers: &[ContainerSize]) -> Option<Self> {
        let sum = |part: fn(&ContainerSize) -> u32| {
            containers.iter().try_fold(0u32, |sum, container| sum.checked_add(part(container)))
        };
        let own = |size: Option<u32>| size.filter(|&size| size > 0);
        let cpu = own(cpu).map_or_else(|| sum(|container| container.cpu), Some)?;
        let memory = own(memory).map_or_else(|| sum(ContainerSize::counted_memory), Some)?;
        Some(Self::new(cpu, memory))
    }
}

impl ContainerSize {
    fn counted_memory(&self) -> u32 {
        self.memory_reservation.filter(|&soft| soft > 0).or(self.memory).unwrap_or(0)
    }
}
