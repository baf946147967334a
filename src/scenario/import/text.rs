//! Values as TOML text.

use crate::model::Port;

pub(super) fn ports(ports: &[Port]) -> String {
    list(ports.iter().map(|port| quoted(&port.to_string())))
}

/// A text of TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key of TOML.
pub(super) fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { name.to_owned() } else { quoted(name) }
}

pub(super) fn list(elements: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", elements.into_iter().collect::<Vec<_>>().join(", "))
}

/// A list with a line for each element.
pub(super) fn lines(elements: impl IntoIterator<Item = String>) -> String {
    let lines: String = elements.into_iter().map(|element| format!("    {element},\n")).collect();
    format!("[\n{lines}]")
}
