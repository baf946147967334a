//! ARNs: the parts that AWS names stay, the account and the names in the resource are replaced.

use super::names::{Names, Noun};

/// The ARN with other names; a text that is none is `None`.
pub(super) fn renamed(names: &mut Names, arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let ("arn", partition, service, region, account, resource) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?)
    else {
        return None;
    };
    let account = names.of(Noun::Account, account);
    let resource = if service == "ecs" { of_ecs(names, resource) } else { of_others(names, resource) };
    Some(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
}

fn of_ecs(names: &mut Names, resource: &str) -> String {
    let Some((kind, name)) = resource.split_once('/') else { return names.of(Noun::Other, resource) };
    let noun = match kind {
        "cluster" => return format!("cluster/{}", names.of(Noun::Cluster, name)),
        "capacity-provider" => return format!("{kind}/{}", names.provider(name)),
        "task-definition" => return format!("{kind}/{}", names.reference(name)),
        "container-instance" => Noun::Instance,
        "service" => Noun::Service,
        "task" => Noun::Task,
        _ => return format!("{kind}/{}", names.of(Noun::Other, name)),
    };
    // Since 2018 the cluster stands before the name.
    match name.split_once('/') {
        Some((cluster, name)) => format!("{kind}/{}/{}", names.of(Noun::Cluster, cluster), names.of(noun, name)),
        None => format!("{kind}/{}", names.of(noun, name)),
    }
}

/// The kind of the resource stays: `role/`, `targetgroup/`, `autoScalingGroup:`.
fn of_others(names: &mut Names, resource: &str) -> String {
    match resource.find(['/', ':']) {
        Some(end) => format!("{}{}", &resource[..=end], names.of(Noun::Other, &resource[end + 1..])),
        None => names.of(Noun::Other, resource),
    }
}
