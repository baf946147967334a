//! Every text of a document, by the member in which it stands.

use serde_json::{Map, Value};

use super::arns;
use super::names::{Names, Noun, is_plain};
use crate::query::Expression;

/// A walk through one document.
pub(super) struct Walk<'n> {
    pub(super) names: &'n mut Names,
    pub(super) file: &'n str,
}

/// Members with words of the API, sizes and versions.
const KEPT: [&str; 46] = [
    "accelerationType",
    "agentVersion",
    "appProtocol",
    "assignPublicIp",
    "availabilityZone",
    "availabilityZoneRebalancing",
    "bindIP",
    "bindIp",
    "compatibilities",
    "condition",
    "connectivity",
    "containerPortRange",
    "cpu",
    "cpuArchitecture",
    "desiredStatus",
    "dockerVersion",
    "driver",
    "hostPortRange",
    "healthStatus",
    "ipcMode",
    "lastStatus",
    "launchType",
    "logDriver",
    "managedDraining",
    "managedTerminationProtection",
    "memory",
    "memoryReservation",
    "networkMode",
    "operatingSystemFamily",
    "pidMode",
    "platformFamily",
    "platformVersion",
    "protocol",
    "reason",
    "requiresCompatibilities",
    "rolloutState",
    "scheduleStrategy",
    "schedulingStrategy",
    "scope",
    "sharingMode",
    "sharingStrategy",
    "status",
    "stopCode",
    "strategy",
    "targetType",
    "type",
];

/// Members with prose, hashes and documents, which nothing goes by.
const DROPPED: [&str; 12] = [
    "agentHash",
    "clientToken",
    "command",
    "detail",
    "entryPoint",
    "environment",
    "events",
    "instanceIdentityDocument",
    "message",
    "statusReason",
    "stoppedReason",
    "tags",
];

/// Members of a resource of an instance, whose name is a word of the API such as `CPU`.
const AMOUNTS: [&str; 4] = ["integerValue", "stringSetValue", "longValue", "doubleValue"];

impl Walk<'_> {
    /// Replaces every name in a document.
    pub(super) fn document(&mut self, document: &mut Value) -> Result<(), String> {
        self.value(document, "", "")
    }

    /// A value that stands as `member` of an object that stands as `parent`.
    fn value(&mut self, value: &mut Value, parent: &str, member: &str) -> Result<(), String> {
        match value {
            Value::Object(members) if matches!(member, "attributes" | "requiresAttributes") => {
                self.attribute(members);
                Ok(())
            }
            Value::Object(members) => self.members(members, member),
            Value::Array(list) => list.iter_mut().try_for_each(|element| self.value(element, parent, member)),
            Value::String(text) => {
                *text = self.text(text, parent, member)?;
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    /// An object by its own members: a resource is told by its amounts, not by where it stands.
    #[inline(never)]
    fn members(&mut self, members: &mut Map<String, Value>, parent: &str) -> Result<(), String> {
        members.retain(|name, _| !DROPPED.contains(&name.as_str()));
        let is_resource = AMOUNTS.iter().any(|amount| members.contains_key(*amount));
        for (name, value) in members {
            if !(is_resource && name == "name") {
                self.value(value, parent, name)?;
            }
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: &mut Map<String, Value>) {
        let name = attribute.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (member, value) in attribute {
            let Value::String(text) = value else { continue };
            *text = match member.as_str() {
                "name" => self.names.attribute_name(&name),
                "value" => self.names.attribute_value(&name, text),
                "targetId" => self.instance(text),
                _ => continue,
            };
        }
    }

    #[inline(never)]
    fn text(&mut self, text: &str, parent: &str, member: &str) -> Result<String, String> {
        if KEPT.contains(&member) {
            return Ok(text.to_owned());
        }
        Ok(match member {
            "expression" => return self.expression(text),
            "field" => match text.strip_prefix("attribute:") {
                Some(name) => format!("attribute:{}", self.names.attribute_name(name)),
                None => text.to_owned(),
            },
            "group" => self.names.group(text),
            "startedBy" | "id" => match text.strip_prefix("ecs-svc/") {
                Some(id) => format!("ecs-svc/{}", self.names.of(Noun::Deployment, id)),
                None => self.names.of(if member == "id" { Noun::Other } else { Noun::Label }, text),
            },
            "image" => self.names.image(text),
            "stringSetValue" | "gpuIds" | "gpuId" if !is_plain(text) => self.names.of(Noun::Device, text),
            "containerInstance" | "containerInstances" | "targetId" => self.instance(text),
            _ => match arns::renamed(self.names, text) {
                Some(arn) => arn,
                None => self.name(text, parent, member),
            },
        })
    }

    /// A name that is no ARN.
    #[inline(never)]
    fn name(&mut self, text: &str, parent: &str, member: &str) -> String {
        if member == "name" && matches!(parent, "statistics" | "details") {
            return text.to_owned();
        }
        let noun = match (parent, member) {
            (_, "cluster" | "clusterName" | "clusters") => Noun::Cluster,
            (_, "service" | "serviceName" | "services") => Noun::Service,
            (_, "taskDefinition") => return self.names.reference(text),
            (_, "family" | "familyPrefix") => Noun::Family,
            (_, "capacityProvider" | "capacityProviderName" | "capacityProviders") => return self.names.provider(text),
            ("capacityProviders", "name") => return self.names.provider(text),
            (_, "ec2InstanceId") => Noun::Ec2Instance,
            (_, "task" | "tasks") => Noun::Task,
            ("containers" | "containerDefinitions" | "containerOverrides", "name") => Noun::Container,
            (_, "containerName") => Noun::Container,
            ("platformDevices", "id") => Noun::Device,
            _ if is_plain(text) => return text.to_owned(),
            ("resourceRequirements", "value") => return text.to_owned(),
            _ => Noun::Other,
        };
        self.names.of(noun, text)
    }

    /// A container instance by its id or its ARN.
    fn instance(&mut self, text: &str) -> String {
        arns::renamed(self.names, text).unwrap_or_else(|| self.names.of(Noun::Instance, text))
    }

    fn expression(&mut self, text: &str) -> Result<String, String> {
        let Ok(expression) = Expression::parse(text) else { return Ok(text.to_owned()) };
        let renamed = expression.renamed(self.names);
        renamed.map(|expression| expression.to_string()).map_err(|error| {
            format!("{}: `{}` cannot be said with other names: {}", self.file, text.escape_debug(), error.message)
        })
    }
}
