//! Parameters given for templates and compose files: one that no file takes would silently do nothing.

use std::collections::BTreeSet;

use super::values::{object, some};
use super::{Forms, cloudformation};

/// Tells of every given parameter that no template declares and no compose file mentions.
pub(super) fn check(forms: &mut Forms<'_>) {
    let taken = |name: &str| {
        let is_declared = forms
            .templates
            .iter()
            .any(|template| object(&template.body, "Parameters").is_some_and(|declared| declared.contains_key(name)));
        let is_pseudo = !forms.templates.is_empty() && cloudformation::is_pseudo_parameter(name);
        is_declared || is_pseudo || forms.compose.mentions(name)
    };
    let lost: Vec<String> = forms.hints.parameters.keys().filter(|name| !taken(name)).cloned().collect();
    let declared = forms.templates.iter().filter_map(|template| object(&template.body, "Parameters"));
    let declared: BTreeSet<&String> = declared.flat_map(|parameters| parameters.keys()).collect();
    let help = match declared.is_empty() {
        true => "leave it out: it belongs to templates of CloudFormation and to compose files".to_owned(),
        false => format!("there are {}; letter case counts", some(declared)),
    };
    for name in lost {
        let message = format!("no file takes the parameter `{}`", name.escape_debug());
        forms.refuse_argument("--parameter", "", message, help.clone());
    }
}
