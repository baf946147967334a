//! What a member that cannot be read takes with it: nothing more, the object that it belongs to, or the whole import.
//!
//! A described object is what it is: where something decides what it takes or where it is, the object is left out; all else
//! is read as absent. A call that ECS would refuse is refused here.

use super::kind::Kind;
use crate::aws::reading::check::Breach;
use crate::aws::reading::problem::Effect;

/// What becomes of the rest.
pub(super) struct Loss {
    pub(super) effect: Effect,
    /// The path of what is left out with the member; empty for the whole document.
    pub(super) dropped: Option<String>,
}

/// What an object is, and the members without which it is none.
struct Noun {
    name: &'static str,
    /// Empty: all of them.
    essential: &'static [&'static str],
    /// Whether it is what ECS observed, and not what somebody asked for: then no rule is broken by it.
    is_observed: bool,
}

const INSTANCE: Noun = Noun {
    name: "the instance",
    essential: &["containerInstanceArn", "status", "registeredResources", "remainingResources"],
    is_observed: true,
};
const TASK: Noun = Noun {
    name: "the task",
    essential: &[
        "taskDefinitionArn",
        "containerInstanceArn",
        "desiredStatus",
        "lastStatus",
        "cpu",
        "memory",
        "containers",
        "overrides",
        "group",
    ],
    is_observed: true,
};
const SERVICE: Noun = Noun {
    name: "the service",
    essential: &[
        "serviceName",
        "status",
        "taskDefinition",
        "desiredCount",
        "schedulingStrategy",
        "launchType",
        "capacityProviderStrategy",
        "placementStrategy",
        "placementConstraints",
    ],
    is_observed: false,
};
const DEFINITION: Noun = Noun { name: "the task definition", essential: &[], is_observed: false };
const PROVIDER: Noun = Noun { name: "the capacity provider", essential: &["name"], is_observed: false };
const CLUSTER: Noun = Noun { name: "the cluster", essential: &["none"], is_observed: false };
const GROUP: Noun = Noun { name: "the Auto Scaling group", essential: &[], is_observed: true };
const SUBNET: Noun = Noun { name: "the subnet", essential: &[], is_observed: true };
const FAILURE: Noun = Noun { name: "the failure", essential: &["none"], is_observed: true };
const ATTRIBUTE: Noun = Noun { name: "the attribute", essential: &[], is_observed: true };

/// Members of an instance that are numbers of tasks.
const COUNTS: [&str; 2] = ["runningTasksCount", "pendingTasksCount"];

/// The consequence of a member that breaks something, in a document of a kind. `is_formed`: it was made from another form,
/// such as one resource of a template.
pub(super) fn of(kind: Kind, member: &str, breach: Breach, is_formed: bool) -> Loss {
    let refused = Loss { effect: Effect::Refused, dropped: None };
    let Some((noun, object, inner)) = subject(kind, member) else {
        if is_formed && breach == Breach::Form {
            return left_out("what it makes is left out".to_owned(), Some(String::new()));
        }
        return refused;
    };
    let is_list = object.is_empty() && kind != Kind::BareTaskDefinition;
    if breach == Breach::Rule && (!noun.is_observed || is_list) {
        return refused;
    }
    let name = noun.name;
    if is_list {
        return left_out("none of this list is read".to_owned(), None);
    }
    if let Some(end) = inner.strip_prefix("attributes[").and_then(|rest| rest.find(']')) {
        let attribute = format!("{object}.attributes[{}]", &inner["attributes[".len()..][..end]);
        return left_out(format!("{name} is read without this attribute"), Some(attribute));
    }
    let first = inner.split(['.', '[']).next().unwrap_or_default();
    // A number of tasks that can be none is as good as none; other values that ECS cannot have seen make the rest doubtful.
    let is_doubtful = breach == Breach::Rule && !COUNTS.contains(&first);
    if first.is_empty() || noun.essential.is_empty() || noun.essential.contains(&first) || is_doubtful {
        return left_out(format!("{name} is left out"), Some(object.to_owned()));
    }
    left_out(format!("{name} is read without it"), None)
}

fn left_out(consequence: String, dropped: Option<String>) -> Loss {
    Loss { effect: Effect::LeftOut(consequence), dropped }
}

/// The object that a member is of, its path, and the path inside it; `None` for a call.
fn subject(kind: Kind, member: &str) -> Option<(Noun, &str, &str)> {
    if kind == Kind::BareTaskDefinition {
        return Some((DEFINITION, "", member));
    }
    let first = member.split(['.', '[']).next().unwrap_or_default();
    let noun = match first {
        _ if matches!(
            kind,
            Kind::CreateService
                | Kind::UpdateService
                | Kind::RunTask
                | Kind::StartTask
                | Kind::RegisterContainerInstance
                | Kind::CreateCluster
        ) =>
        {
            return None;
        }
        "containerInstances" | "containerInstance" => INSTANCE,
        "tasks" | "task" => TASK,
        "services" | "service" => SERVICE,
        "taskDefinition" => DEFINITION,
        "clusters" | "cluster" => CLUSTER,
        "capacityProviders" => PROVIDER,
        "autoScalingGroups" | "AutoScalingGroups" => GROUP,
        "subnets" | "Subnets" => SUBNET,
        "failures" => FAILURE,
        "attributes" => ATTRIBUTE,
        _ => return None,
    };
    let is_list = matches!(
        kind,
        Kind::ContainerInstances
            | Kind::Tasks
            | Kind::Services
            | Kind::Clusters
            | Kind::CapacityProviders
            | Kind::AutoScalingGroups
            | Kind::Subnets
            | Kind::Attributes
    );
    let end = match is_list {
        true => member.find(']').map_or(0, |end| end + 1),
        false => first.len(),
    };
    let (object, inner) = member.split_at(end);
    Some((noun, object, inner.trim_start_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, member: &str, breach: Breach, consequence: &str, dropped: Option<&str>) {
        let loss = of(kind, member, breach, false);
        assert_eq!(loss.effect, Effect::LeftOut(consequence.to_owned()), "{member}");
        assert_eq!(loss.dropped.as_deref(), dropped, "{member}");
    }

    #[test]
    fn what_decides_takes_its_object_with_it_and_the_rest_does_not() {
        let (form, rule) = (Breach::Form, Breach::Rule);
        check(Kind::Tasks, "tasks[7].cpu", form, "the task is left out", Some("tasks[7]"));
        check(Kind::Tasks, "tasks[7].createdAt", form, "the task is read without it", None);
        check(Kind::Tasks, "tasks", form, "none of this list is read", None);
        check(Kind::Tasks, "tasks[7]", form, "the task is left out", Some("tasks[7]"));
        let attribute = "containerInstances[1].attributes[2]";
        let without = "the instance is read without this attribute";
        check(Kind::ContainerInstances, &format!("{attribute}.value"), rule, without, Some(attribute));
        check(Kind::Service, "service.desiredCount", form, "the service is left out", Some("service"));
        check(Kind::BareTaskDefinition, "cpu", form, "the task definition is left out", Some(""));
    }

    #[test]
    fn rules_of_the_api_are_refused_in_what_people_ask_for() {
        for (kind, member) in [
            (Kind::Services, "services[0].desiredCount"),
            (Kind::RunTask, "count"),
            (Kind::CreateService, "taskDefinition"),
        ] {
            assert_eq!(of(kind, member, Breach::Rule, false).effect, Effect::Refused, "{member}");
        }
        assert_eq!(of(Kind::RunTask, "count", Breach::Form, false).effect, Effect::Refused);
        assert_eq!(of(Kind::RunTask, "count", Breach::Form, true).dropped.as_deref(), Some(""));
    }
}
