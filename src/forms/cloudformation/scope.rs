//! What names in a template mean: parameters, mappings, conditions, and the names of the resources of ECS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::values::{object, text};
use super::parameters::Parameters;

/// A member that is known only where the template is deployed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unknown {
    /// The path below the resource's `Properties`.
    pub(super) path: String,
    pub(super) why: Why,
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A parameter has neither a value nor a default.
    Missing(String),
    /// A name that the template does not have.
    Dangling(String),
    /// A function that a template alone does not tell, in words.
    Told(String),
}

/// The result of a function.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    Value(Value),
    /// `AWS::NoValue`: the member is absent.
    Nothing,
    /// Not known, with what stands for it.
    Unknown(String, Why),
}

/// A template being read.
#[derive(Debug)]
pub(super) struct Scope<'t> {
    pub(super) file: &'t str,
    pub(super) template: &'t Value,
    pub(super) parameters: Parameters,
    /// What other templates export, by name.
    pub(super) exports: &'t BTreeMap<String, Value>,
    /// What `Ref` gives for resources of ECS, by logical id.
    pub(super) names: BTreeMap<String, String>,
    /// Revisions of task definitions that share a family.
    pub(super) revisions: BTreeMap<String, u32>,
    pub(super) unknown: Vec<Unknown>,
    /// Names that the template does not have, where placement does not look.
    pub(super) dangling: BTreeSet<String>,
    /// Parameters that lack a value, with where they are needed.
    pub(super) missing: BTreeMap<String, Vec<String>>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(
        parameters: Parameters,
        file: &'t str,
        template: &'t Value,
        exports: &'t BTreeMap<String, Value>,
    ) -> Self {
        Self {
            file,
            template,
            parameters,
            exports,
            names: BTreeMap::new(),
            revisions: BTreeMap::new(),
            unknown: Vec::new(),
            dangling: BTreeSet::new(),
            missing: BTreeMap::new(),
        }
    }

    pub(super) fn resources(&self) -> &'t Map<String, Value> {
        object(self.template, "Resources").expect("a template was recognised by its resources")
    }

    /// Whether a resource is a subnet: it goes by its logical id until it is deployed.
    pub(super) fn is_subnet(&self, id: &str) -> bool {
        self.resources().get(id).and_then(|resource| text(resource, "Type")) == Some("AWS::EC2::Subnet")
    }

    /// The name of every resource of ECS: as given, or else its logical id.
    pub(super) fn name_resources(&mut self) {
        let mut families: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, resource) in self.resources() {
            let member = match text(resource, "Type") {
                Some("AWS::ECS::TaskDefinition") => "Family",
                Some("AWS::ECS::Service") => "ServiceName",
                Some("AWS::ECS::Cluster") => "ClusterName",
                Some("AWS::ECS::CapacityProvider") => "Name",
                _ => continue,
            };
            let given = resource.pointer(&format!("/Properties/{member}")).map(|name| self.evaluate(name));
            let name = match given {
                Some(Known::Value(Value::String(name))) => name,
                _ => id.clone(),
            };
            if member == "Family" {
                families.entry(name.clone()).or_default().push(id.clone());
            }
            self.names.insert(id.clone(), name);
        }
        for (family, ids) in families.into_iter().filter(|(_, ids)| ids.len() > 1) {
            for (id, revision) in ids.into_iter().zip(1..) {
                self.names.insert(id.clone(), format!("{family}:{revision}"));
                self.revisions.insert(id, revision);
            }
        }
    }
}
