//! The rules of the API that a command may break, whatever state the cluster is in.

use super::error::{Error, Subject};
use crate::model::{
    Constraint, DefinitionId, MAX_CONSTRAINTS, MAX_RULES, ProviderStrategy, Scheduling, Service, ServiceSettings,
    Strategy,
};

/// Tasks or instances of one call at most.
pub(super) const MOST_IN_A_CALL: usize = 10;
/// Characters of a group's name at most.
const LONGEST_GROUP: usize = 255;
/// Attributes of one call at most.
const MOST_ATTRIBUTES: usize = 10;
/// Items of a capacity provider strategy at most, with the largest weight and base.
const MOST_PROVIDERS: usize = 20;
const LARGEST_WEIGHT: u32 = 1_000;
const LARGEST_BASE: u32 = 100_000;
/// How long a task may be protected.
const LONGEST_PROTECTION_MINUTES: u64 = 2_880;

/// Whatever is asked for: 1 to 10.
pub(super) fn count(call: &'static str, what: &str, count: usize) -> Result<(), Error> {
    if (1..=MOST_IN_A_CALL).contains(&count) {
        return Ok(());
    }
    Err(Error::rule(Subject::Call(call), format!("{count} {what}; a call takes 1 to {MOST_IN_A_CALL}")))
}

pub(super) fn group(name: &str) -> Result<(), Error> {
    let call = Subject::Call("RunTask");
    if name.is_empty() || name.chars().count() > LONGEST_GROUP {
        let length = name.chars().count();
        return Err(Error::rule(call, format!("a group of {length} characters; it has 1 to {LONGEST_GROUP}")));
    }
    if name.starts_with("service:") {
        let rule = format!("group `{name}`; `service:` stands before the groups of services alone");
        return Err(Error::rule(call, rule));
    }
    Ok(())
}

pub(super) fn placement(subject: &Subject, strategy: Option<&Strategy>, constraints: usize) -> Result<(), Error> {
    let rules = strategy.map_or(0, |strategy| strategy.0.len());
    if rules > MAX_RULES {
        return Err(Error::rule(subject.clone(), format!("{rules} placement strategies; at most {MAX_RULES}")));
    }
    if constraints > MAX_CONSTRAINTS {
        let rule = format!(
            "{constraints} placement constraints, those of the task definition included; at most {MAX_CONSTRAINTS}"
        );
        return Err(Error::rule(subject.clone(), rule));
    }
    Ok(())
}

pub(super) fn providers(subject: &Subject, strategy: &ProviderStrategy, known: usize) -> Result<(), Error> {
    let items = &strategy.0;
    let rule = |rule: String| Err(Error::rule(subject.clone(), rule));
    if let Some(share) = items.iter().find(|share| share.provider.index() >= known) {
        return Err(Error::NotThere(Subject::Provider(share.provider)));
    }
    if items.len() > MOST_PROVIDERS {
        return rule(format!("{} capacity providers; at most {MOST_PROVIDERS}", items.len()));
    }
    if let Some(share) = items.iter().find(|share| share.weight > LARGEST_WEIGHT || share.base > LARGEST_BASE) {
        let (weight, base) = (share.weight, share.base);
        return rule(format!("weight {weight} and base {base}; at most {LARGEST_WEIGHT} and {LARGEST_BASE}"));
    }
    if items.iter().filter(|share| share.base > 0).count() > 1 {
        return rule("two capacity providers with a base; one may have one".to_owned());
    }
    if items.len() > 1 && items.iter().all(|share| share.weight == 0) {
        return rule("no capacity provider has a weight; give one more than 0".to_owned());
    }
    let mut ids: Vec<_> = items.iter().map(|share| share.provider).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return rule(format!("capacity provider {} twice", twice[0]));
    }
    Ok(())
}

/// What is asked of a service whatever it runs.
pub(super) fn settings(subject: &Subject, settings: &ServiceSettings) -> Result<(), Error> {
    let rule = |rule: String| Err(Error::rule(subject.clone(), rule));
    let (minimum, maximum) = (settings.minimum_healthy_percent, settings.maximum_percent);
    if maximum < minimum {
        return rule(format!("maximumPercent {maximum} is below minimumHealthyPercent {minimum}"));
    }
    if minimum >= 100 && maximum <= 100 && settings.scheduling == Scheduling::Replica {
        return rule(format!(
            "minimumHealthyPercent {minimum} and maximumPercent {maximum} let no task be replaced; lower one or raise the other"
        ));
    }
    if !settings.deployments.is_empty() || !settings.steps.is_empty() {
        return rule("its deployments and steps are commands of their own, given when it is time".to_owned());
    }
    Ok(())
}

pub(super) fn service(service: &Service) -> Result<(), Error> {
    let subject = Subject::Service(service.name.clone());
    let name_is_right = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if service.name.is_empty() || service.name.chars().count() > 255 || !service.name.chars().all(name_is_right) {
        let rule = "a name has 1 to 255 letters, digits, `-` and `_`";
        return Err(Error::rule(subject, rule));
    }
    if service.settings.scheduling == Scheduling::Daemon && service.strategy.is_some() {
        return Err(Error::rule(subject, "a DAEMON service takes no placement strategy; leave it out"));
    }
    settings(&subject, &service.settings)
}

/// How many constraints a task would have.
pub(super) fn constraints(own: &[Constraint], of_policy: &[Constraint], of_definition: usize) -> usize {
    own.len() + of_policy.len() + of_definition
}

pub(super) fn attributes(subject: &Subject, names: &[&str]) -> Result<(), Error> {
    if names.is_empty() || names.len() > MOST_ATTRIBUTES {
        let rule = format!("{} attributes; a call takes 1 to {MOST_ATTRIBUTES}", names.len());
        return Err(Error::rule(subject.clone(), rule));
    }
    if let Some(name) = names.iter().find(|name| name.starts_with("ecs.")) {
        let rule = format!("attribute `{name}`; names that begin with `ecs.` are the agent's");
        return Err(Error::rule(subject.clone(), rule));
    }
    let is_right = |c: char| c.is_ascii_alphanumeric() || "-_./\\".contains(c);
    let wrong = names.iter().find(|name| name.is_empty() || name.len() > 128 || !name.chars().all(is_right));
    match wrong {
        Some(name) => {
            let rule = format!("attribute `{name}`; a name has 1 to 128 letters, digits and `-_./\\`");
            Err(Error::rule(subject.clone(), rule))
        }
        None => Ok(()),
    }
}

pub(super) fn protection(task: u64, minutes: u64) -> Result<(), Error> {
    if (1..=LONGEST_PROTECTION_MINUTES).contains(&minutes) {
        return Ok(());
    }
    let rule = format!("protected for {minutes} minutes; 1 to {LONGEST_PROTECTION_MINUTES} are allowed");
    Err(Error::rule(Subject::Task(task), rule))
}

/// A definition is one of so many.
pub(super) fn definition(id: DefinitionId, known: usize) -> Result<(), Error> {
    if id.index() < known { Ok(()) } else { Err(Error::NotThere(Subject::Definition(id))) }
}
