//! Amazon Resource Names, as far as a dump needs them: the name at the end, and the cluster in the middle.

/// What stands after the last slash of an ARN: the id of an instance, `family:revision`, the name of a service.
///
/// # Examples
///
/// ```
/// use stowplan::aws::last_segment;
///
/// assert_eq!(last_segment("arn:aws:ecs:us-east-1:123456789012:task-definition/web:7"), "web:7");
/// assert_eq!(last_segment("web:7"), "web:7");
/// ```
#[must_use]
pub fn last_segment(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The name that a text gives, which may be an ARN; any other text is a name as a whole, slashes included.
///
/// # Examples
///
/// ```
/// use stowplan::aws::name_of;
///
/// assert_eq!(name_of("arn:aws:ecs:us-east-1:123456789012:service/prod/web"), "web");
/// assert_eq!(name_of("rack-1/node-2"), "rack-1/node-2");
/// ```
#[must_use]
pub fn name_of(text: &str) -> &str {
    if text.starts_with("arn:") { last_segment(text) } else { text }
}

/// The name of the cluster that an ARN of an instance, a task or a service holds; the older forms hold none.
///
/// # Examples
///
/// ```
/// use stowplan::aws::cluster_of;
///
/// assert_eq!(cluster_of("arn:aws:ecs:us-east-1:123456789012:service/prod/web"), Some("prod"));
/// assert_eq!(cluster_of("arn:aws:ecs:us-east-1:123456789012:cluster/prod"), Some("prod"));
/// assert_eq!(cluster_of("arn:aws:ecs:us-east-1:123456789012:service/web"), None);
/// ```
#[must_use]
pub fn cluster_of(arn: &str) -> Option<&str> {
    let resource = arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    let parts: Vec<&str> = resource.split('/').collect();
    match parts[..] {
        ["cluster", name] | [_, name, _] => Some(name).filter(|name| !name.is_empty()),
        _ => None,
    }
}
