//! The calls that make and mark container instances: RegisterContainerInstance and PutAttributes.

use crate::aws::documents::attribute::{self, Attribute};
use crate::aws::documents::container_instance::VersionInfo;
use crate::aws::documents::resource::Resource;
use crate::aws::reading::check::{Check, Checker};

documents! {
    /// The call of an agent that registers its instance.
    RegisterContainerInstance {
        cluster: text,
        instance_identity_document: text,
        total_resources: list<Resource>,
        version_info: one<VersionInfo>,
        container_instance_arn: text,
        attributes: list<Attribute>,
        platform_devices: list<PlatformDevice>,
    }

    /// A device of an instance.
    PlatformDevice {
        id: text,
        #[serde(rename = "type")]
        kind: text,
    }

    /// Attributes for instances; also what `put-attributes` and `list-attributes` print.
    PutAttributes {
        cluster: text,
        attributes: list<Attribute>,
    }
}

impl Check for RegisterContainerInstance {
    fn check(&self, at: &mut Checker) {
        at.each("totalResources", &self.total_resources);
        at.each_by("attributes", &self.attributes, attribute::check_given);
        attribute::check_count(&self.attributes, at);
        at.each_by("platformDevices", &self.platform_devices, |device, at| {
            at.required("id", device.id.as_deref());
            at.word("type", device.kind.as_deref(), &["GPU", "NEURON_DEVICE"]);
        });
    }
}

impl Check for PutAttributes {
    fn check(&self, at: &mut Checker) {
        at.each_by("attributes", &self.attributes, |attribute, at| {
            attribute::check_given(attribute, at);
            at.word("targetType", attribute.target_type.as_deref(), &["container-instance"]);
        });
        // A listing holds the attributes of many instances, a call at most ten in all.
        let mut targets: Vec<Option<&str>> = self.attributes.iter().map(|one| one.target_id.as_deref()).collect();
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            let of_target: Vec<Attribute> =
                self.attributes.iter().filter(|one| one.target_id.as_deref() == target).cloned().collect();
            attribute::check_count(&of_target, at);
        }
    }
}
