//! An attribute of a container instance, and its limits.

use crate::aws::reading::check::{Check, Checker};

documents! {
    /// A name, and a value where it has one.
    Attribute {
        name: text,
        value: text,
        target_type: text,
        target_id: text,
    }
}

/// At most this many custom attributes on an instance, and in one call of PutAttributes.
pub(crate) const MOST_CUSTOM: usize = 10;

impl Attribute {
    /// An attribute with a value.
    #[must_use]
    pub fn new(name: &str, value: Option<&str>) -> Self {
        Self { name: Some(name.to_owned()), value: value.map(str::to_owned), ..Self::default() }
    }

    /// Whether people set it: neither built in nor a capability that the agent tells.
    pub(crate) fn is_custom(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        !name.starts_with("ecs.") && !name.starts_with("com.amazonaws.ecs.")
    }
}

impl Check for Attribute {
    fn check(&self, at: &mut Checker) {
        // In calls it must be there; an answer without it, as moto gives some, tells nothing.
        if self.name.is_some() {
            at.required("name", self.name.as_deref());
        }
        at.shorter("name", self.name.as_deref(), 128);
        at.shorter("value", self.value.as_deref(), 128);
        let name = self.name.as_deref().unwrap_or_default();
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./\\".contains(&byte)) {
            let message = format!("`{}` cannot name an attribute", name.escape_debug());
            at.report("name", message, "write letters, digits and - _ . / \\");
        }
        let Some(value) = self.value.as_deref() else { return };
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@/\\: ".contains(&byte);
        if value.is_empty() || value.trim() != value || !value.bytes().all(is_allowed) {
            let message = format!("`{}` cannot be the value of an attribute", value.escape_debug());
            let help = "write letters, digits, - _ . @ / \\ : and spaces that are not at an end, or leave `value` out";
            at.report("value", message, help);
        }
    }
}

/// An attribute of a call.
pub(crate) fn check_given(attribute: &Attribute, at: &mut Checker) {
    if attribute.name.is_none() {
        at.required("name", None);
    }
    attribute.check(at);
}

/// At most ten custom attributes.
pub(crate) fn check_count(attributes: &[Attribute], at: &mut Checker) {
    let custom = attributes.iter().filter(|attribute| attribute.is_custom()).count();
    if custom > MOST_CUSTOM {
        let message = format!("{custom} custom attributes, and the limit is {MOST_CUSTOM}");
        at.report("attributes", message, format!("give at most {MOST_CUSTOM}"));
    }
}
