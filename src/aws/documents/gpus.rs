//! What a task definition asks of GPUs, and what a container instance says of its own.

use super::overrides::TaskOverride;
use super::task_definition::{ContainerDefinition, ResourceRequirement, TaskDefinition};
use crate::aws::reading::check::{Check, Checker};
use crate::model::{GpuDemand, GpuSlice, MemoryMib};

documents! {
    /// How a container shares a GPU.
    SharingStrategy {
        nvidia_mps: one<NvidiaMps>,
    }

    /// Sharing by memory; the percentage of compute reserves nothing.
    NvidiaMps {
        memory: whole,
        max_compute_percent: whole,
    }

    /// A GPU of a container instance.
    GpuDevice {
        gpu_id: text,
        sharing_mode: text,
        #[serde(rename = "totalMemoryInMiB")]
        total_memory: whole,
        #[serde(rename = "remainingMemoryInMiB")]
        remaining_memory: whole,
        container_count: whole,
    }
}

/// What `ResourceRequirement.type` may be.
pub(super) const TYPES: [&str; 3] = ["GPU", "InferenceAccelerator", "NeuronDevice"];

impl TaskDefinition {
    /// The GPUs of all containers, overrides of the call included.
    ///
    /// # Errors
    /// Why the form is not supported here: such a definition is left out, and nothing else.
    pub(crate) fn gpu_demand(&self, overrides: &TaskOverride) -> Result<GpuDemand, String> {
        let containers = self.container_definitions.iter();
        let mut forms = Vec::new();
        for requirement in containers.flat_map(|container| requirements(container, overrides)) {
            forms.push(requirement.gpus()?);
        }
        forms.into_iter().try_fold(GpuDemand::None, both)
    }
}

fn requirements<'d>(
    container: &'d ContainerDefinition,
    overrides: &'d TaskOverride,
) -> impl Iterator<Item = &'d ResourceRequirement> {
    let over = overrides.container_overrides.iter().find(|over| over.name == container.name);
    let own = over.map(|over| &over.resource_requirements).filter(|list| !list.is_empty());
    own.unwrap_or(&container.resource_requirements).iter()
}

/// What two containers of a task ask for together.
fn both(one: GpuDemand, other: GpuDemand) -> Result<GpuDemand, String> {
    use GpuDemand::{Memory, None, Slice, Whole};
    let too_much = || "its containers ask for more than can be counted".to_owned();
    match (one, other) {
        (None, form) | (form, None) => Ok(form),
        (Whole(one), Whole(other)) => one.checked_add(other).map(Whole).ok_or_else(too_much),
        // All containers that share go to the same device (R-5.15c).
        (Memory(one), Memory(other)) => {
            one.0.checked_add(other.0).map(|sum| Memory(MemoryMib(sum))).ok_or_else(too_much)
        }
        (Slice(_), _) | (_, Slice(_)) => {
            Err("a fractional GPU beside another one: one container of a task may have it".to_owned())
        }
        (one, other) => Err(format!("one container asks for {one} and another for {other}")),
    }
}

impl ResourceRequirement {
    /// What it asks for; the reason where it is not supported.
    fn gpus(&self) -> Result<GpuDemand, String> {
        match self.kind.as_deref() {
            Some("GPU") => {}
            Some("NeuronDevice") => {
                return Err("`NeuronDevice` lives on Managed Instances, which are out of scope".to_owned());
            }
            other => return Err(format!("resource requirements of the type `{}`", other.unwrap_or_default())),
        }
        let shared = self.sharing_strategy.as_ref().map(|sharing| sharing.nvidia_mps.as_ref());
        if let Some(mps) = shared {
            let memory = mps.and_then(|mps| mps.memory).and_then(|mib| u32::try_from(mib).ok()).filter(|mib| *mib > 0);
            let reason = || "a `sharingStrategy` other than `nvidiaMps` with its `memory`".to_owned();
            return memory.map(|mib| GpuDemand::Memory(MemoryMib(mib))).ok_or_else(reason);
        }
        let value = self.value.as_deref().unwrap_or_default();
        if value == "ALL" {
            return Ok(GpuDemand::All);
        }
        let whole = value.parse::<u32>().ok().filter(|count| *count > 0).map(GpuDemand::Whole);
        let found = whole.or_else(|| GpuSlice::from_text(value).map(GpuDemand::Slice));
        found.ok_or_else(|| format!("`{}` GPUs: ECS has 0.125, 0.25, 0.5 and whole numbers", value.escape_debug()))
    }

    /// The requirement that a demand is written as.
    pub(super) fn of(demand: GpuDemand) -> Option<Self> {
        let kind = Some("GPU".to_owned());
        let value = match demand {
            GpuDemand::None | GpuDemand::Share(_) => return None,
            GpuDemand::Whole(count) => count.to_string(),
            GpuDemand::Slice(slice) => slice.text().to_owned(),
            GpuDemand::All => "ALL".to_owned(),
            GpuDemand::Memory(memory) => {
                let nvidia_mps = Some(NvidiaMps { memory: Some(i64::from(memory.0)), max_compute_percent: None });
                return Some(Self { kind, value: None, sharing_strategy: Some(SharingStrategy { nvidia_mps }) });
            }
        };
        Some(Self { kind, value: Some(value), sharing_strategy: None })
    }
}

impl Check for ResourceRequirement {
    fn check(&self, at: &mut Checker) {
        at.word("type", self.kind.as_deref(), &TYPES);
        let value = self.value.as_deref().unwrap_or_default();
        let is_number = value.parse::<f64>().is_ok_and(|number| number > 0.0 && number.is_finite());
        let is_shared = self.sharing_strategy.is_some();
        if self.kind.as_deref() == Some("GPU") && !is_shared && !is_number && value != "ALL" {
            let message = format!("`value` = `{}` is no number of GPUs", value.escape_debug());
            at.report("value", message, "write the number of GPUs, `0.125`, `0.25`, `0.5` or `ALL`");
        }
    }
}
