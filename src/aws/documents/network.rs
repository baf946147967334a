//! Networks of tasks: subnets of `awsvpc` tasks, and the interfaces that are attached.

use crate::aws::reading::check::{Check, Checker};

documents! {
    /// The network of a service or of a call.
    NetworkConfiguration {
        awsvpc_configuration: one<AwsvpcConfiguration>,
    }

    /// Subnets and security groups of `awsvpc` tasks.
    AwsvpcConfiguration {
        subnets: texts,
        security_groups: texts,
        assign_public_ip: text,
    }

    /// A subnet, as `aws ec2 describe-subnets` prints it: where it is.
    Subnet {
        #[serde(alias = "SubnetId")]
        subnet_id: text,
        #[serde(alias = "AvailabilityZone")]
        availability_zone: text,
        #[serde(alias = "VpcId")]
        vpc_id: text,
    }

    /// Something attached to a task or an instance, such as an elastic network interface.
    Attachment {
        id: text,
        #[serde(rename = "type")]
        kind: text,
        status: text,
        details: list<KeyValue>,
    }

    /// One detail.
    KeyValue {
        name: text,
        value: text,
    }
}

impl Check for Subnet {
    fn check(&self, at: &mut Checker) {
        at.required("subnetId", self.subnet_id.as_deref());
        at.required("availabilityZone", self.availability_zone.as_deref());
    }
}

impl Check for NetworkConfiguration {
    fn check(&self, at: &mut Checker) {
        at.one("awsvpcConfiguration", self.awsvpc_configuration.as_ref());
    }
}

impl Check for AwsvpcConfiguration {
    fn check(&self, at: &mut Checker) {
        if self.subnets.is_empty() {
            at.report("subnets", "`subnets` is missing", "give 1 to 16 subnets");
        }
        at.at_most("subnets", &self.subnets, 16);
        at.at_most("securityGroups", &self.security_groups, 5);
        at.each_by("subnets", &self.subnets, |subnet, at| {
            if subnet.is_empty() {
                at.report("", "a subnet is empty", "give the id of a subnet");
            }
        });
        at.word("assignPublicIp", self.assign_public_ip.as_deref(), &["ENABLED", "DISABLED"]);
    }
}
