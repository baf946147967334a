//! What a call of RunTask or StartTask changes about its task definition.

use super::task_definition::ResourceRequirement;
use crate::aws::reading::check::{Check, Checker};
use crate::aws::reading::size;

documents! {
    /// Sizes in place of those of the task definition.
    TaskOverride {
        cpu: size,
        memory: size,
        container_overrides: list<ContainerOverride>,
    }

    /// Sizes in place of those of one container.
    ContainerOverride {
        name: text,
        cpu: whole,
        memory: whole,
        memory_reservation: whole,
        resource_requirements: list<ResourceRequirement>,
    }
}

/// At most this many characters of JSON.
const LONGEST: usize = 8_192;

impl Check for TaskOverride {
    fn check(&self, at: &mut Checker) {
        check_size("cpu", self.cpu.as_deref(), size::cpu_units, at);
        check_size("memory", self.memory.as_deref(), size::memory_mib, at);
        at.each_by("containerOverrides", &self.container_overrides, |container, at| {
            for (member, value) in [
                ("cpu", container.cpu),
                ("memory", container.memory),
                ("memoryReservation", container.memory_reservation),
            ] {
                at.range(member, value, 0, i64::from(i32::MAX));
            }
            at.each("resourceRequirements", &container.resource_requirements);
        });
        let length = serde_json::to_string(self).map_or(0, |json| json.chars().count());
        if length > LONGEST {
            let message = format!("overrides of {length} characters, and the limit is {LONGEST}");
            at.report("", message, "give fewer overrides");
        }
    }
}

/// A size of a task, if there is one, has the form that `read` reads.
pub(crate) fn check_size(member: &str, text: Option<&str>, read: fn(&str) -> Option<u32>, at: &mut Checker) {
    if let Some(text) = text.filter(|text| read(text).is_none()) {
        let message = format!("`{member}` = `{}` is no size", text.escape_debug());
        let unit = if member == "cpu" { "`1 vCPU`" } else { "`2 GB`" };
        at.report(member, message, format!("write digits, or a text such as {unit}"));
    }
}
