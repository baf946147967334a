//! EC2 instance types as container instances of Amazon ECS: what each offers, compiled into the program.
//!
//! The table is `data/instance-types.csv`; its sources and their dates stand at its head. It is parsed once, on first
//! use, in about a millisecond.

use std::sync::LazyLock;

use crate::model::{GpuKind, GpuSlice, MemoryMib, MicroUsdPerHour};
use crate::scenario::reading::nearest;

/// The processor architecture, as in the attribute `ecs.cpu-architecture`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// `x86_64`.
    X86,
    /// `arm64`.
    Arm,
}

impl Architecture {
    /// The value of the attribute `ecs.cpu-architecture`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }
}

/// What runs beneath the operating system: it decides how much memory is lost before ECS sees any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hypervisor {
    /// Generations up to the fourth.
    Xen,
    /// Generations from the fifth on.
    Nitro,
    /// None: bare metal.
    Metal,
}

/// One EC2 instance type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Such as `m5.4xlarge`.
    pub name: &'static str,
    /// vCPUs, of 1,024 CPU units each.
    pub vcpus: u32,
    /// Nominal memory in MiB; instances register less (R-5.23).
    pub memory_mib: u32,
    /// Processor architecture.
    pub architecture: Architecture,
    /// GPU devices.
    pub gpus: u32,
    /// The memory of each in MiB; `None` is unknown.
    pub gpu_memory_mib: Option<u32>,
    /// The slice that each is.
    pub gpu_slice: Option<GpuSlice>,
    /// Hypervisor.
    pub hypervisor: Hypervisor,
    /// `awsvpc` tasks without ENI trunking.
    pub eni_tasks: u32,
    /// `awsvpc` tasks with ENI trunking; `None` is unknown or not supported.
    pub eni_tasks_trunking: Option<u32>,
    /// Linux on demand in us-east-1; `None` is unknown.
    pub price: Option<MicroUsdPerHour>,
    /// Registered memory in MiB that was seen on such an instance.
    pub measured_mib: Option<u32>,
}

static TYPES: LazyLock<Vec<InstanceType>> =
    LazyLock::new(|| parse(include_str!("data/instance-types.csv")).expect("a test reads the whole table"));

/// Every type, by name.
#[must_use]
pub fn all() -> &'static [InstanceType] {
    &TYPES
}

/// The type of that name.
///
/// # Examples
///
/// ```
/// use stowplan::scenario::catalogue;
///
/// let found = catalogue::find("m5.4xlarge").unwrap();
/// assert_eq!((found.vcpus, found.memory_mib, found.eni_tasks), (16, 65_536, 7));
/// assert_eq!(catalogue::nearest("m5.4xlagre"), Some("m5.4xlarge"));
/// ```
#[must_use]
pub fn find(name: &str) -> Option<&'static InstanceType> {
    let position = TYPES.binary_search_by(|known| known.name.cmp(name)).ok()?;
    Some(&TYPES[position])
}

/// The name that is probably meant, if one is near enough.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    nearest::nearest(name, TYPES.iter().map(|known| known.name))
}

impl InstanceType {
    /// What its GPU devices are.
    #[must_use]
    pub fn gpu_kind(&self) -> GpuKind {
        let memory = self.gpu_memory_mib.map(|memory| vec![MemoryMib(memory); self.gpus as usize]);
        GpuKind { slice: self.gpu_slice, memory: memory.unwrap_or_default() }
    }
}

/// The rows of the table; an error names the line.
fn parse(table: &'static str) -> Result<Vec<InstanceType>, String> {
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| parse_row(line).ok_or_else(|| format!("bad row `{line}`"))).collect()
}

fn parse_row(line: &'static str) -> Option<InstanceType> {
    let fields: Vec<&'static str> = line.split(',').collect();
    let [name, vcpus, memory, architecture, gpus, hypervisor, eni_tasks, trunking, price, measured, gpu_memory, slice] =
        fields[..]
    else {
        return None;
    };
    Some(InstanceType {
        name,
        vcpus: vcpus.parse().ok()?,
        memory_mib: memory.parse().ok()?,
        architecture: match architecture {
            "x86_64" => Architecture::X86,
            "arm64" => Architecture::Arm,
            _ => return None,
        },
        gpus: gpus.parse().ok()?,
        gpu_memory_mib: optional(gpu_memory)?,
        gpu_slice: match slice {
            "" => None,
            slice => Some(GpuSlice::from_text(slice)?),
        },
        hypervisor: match hypervisor {
            "xen" => Hypervisor::Xen,
            "nitro" => Hypervisor::Nitro,
            "metal" => Hypervisor::Metal,
            _ => return None,
        },
        eni_tasks: eni_tasks.parse().ok()?,
        eni_tasks_trunking: optional(trunking)?,
        price: optional(price)?.map(MicroUsdPerHour),
        measured_mib: optional(measured)?,
    })
}

/// `Some(None)` for an empty field, `None` for one that is no number.
fn optional<T: std::str::FromStr>(field: &str) -> Option<Option<T>> {
    if field.is_empty() { Some(None) } else { field.parse().ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_parses_and_names_ascend() {
        let types = parse(include_str!("data/instance-types.csv")).unwrap();
        assert!(types.len() >= 1_000, "{}", types.len());
        assert!(types.is_sorted_by(|a, b| a.name < b.name));
        for one in &types {
            assert!(one.vcpus > 0 && one.memory_mib >= 512 && one.eni_tasks > 0, "{one:?}");
            assert!(one.eni_tasks_trunking.is_none_or(|tasks| tasks > 0), "{one:?}");
            assert!(one.measured_mib.is_none_or(|measured| measured < one.memory_mib), "{one:?}");
            assert!(one.price.is_none_or(|price| price.0 > 1_000), "{one:?}");
            assert_eq!(one.gpu_slice, GpuSlice::of_type(one.name), "{one:?}");
            assert!(one.gpus > 0 || one.gpu_memory_mib.is_none(), "{one:?}");
            assert_eq!(one.name.contains(".metal"), one.hypervisor == Hypervisor::Metal, "{one:?}");
        }
    }

    #[test]
    fn a_row_that_is_not_right_is_refused() {
        assert!(parse_row("m5.large,2,8192,x86_64,0,nitro,2,10,96000,7690,,").is_some());
        assert!(parse_row("m5.large,2,8192,x86_64,0,nitro,2,10,96000,7690").is_none());
        assert!(parse_row("m5.large,2,8192,mips,0,nitro,2,10,96000,7690,,").is_none());
        assert!(parse_row("m5.large,2,8192,x86_64,0,nitro,2,10,0.096,7690,,").is_none());
    }

    #[test]
    fn types_checked_by_hand() {
        let check = |name: &str, expected| {
            let found = find(name).unwrap();
            let price = found.price.map(|price| price.0);
            assert_eq!(
                (found.vcpus, found.memory_mib, found.gpus, found.eni_tasks, found.eni_tasks_trunking, price),
                expected,
                "{name}"
            );
        };
        // R-5.17 and the EC2 price list.
        check("c5.large", (2, 4_096, 0, 2, Some(10), Some(85_000)));
        check("m5.xlarge", (4, 16_384, 0, 3, Some(20), Some(192_000)));
        check("m5.24xlarge", (96, 393_216, 0, 14, Some(120), Some(4_608_000)));
        check("m6g.medium", (1, 4_096, 0, 1, Some(4), Some(38_500)));
        check("g4dn.xlarge", (4, 16_384, 1, 2, None, Some(526_000)));
        check("t3.nano", (2, 512, 0, 1, None, Some(5_200)));
        let eighth = find("g6f.large").unwrap();
        assert_eq!((eighth.gpus, eighth.gpu_slice, eighth.gpu_memory_mib), (1, Some(GpuSlice::Eighth), Some(2_861)));
        assert_eq!(find("g5.12xlarge").unwrap().gpu_kind().memory, [MemoryMib(22_888); 4]);
        assert_eq!(find("m6g.medium").unwrap().architecture, Architecture::Arm);
        assert_eq!(find("m5.huge"), None);
    }
}
