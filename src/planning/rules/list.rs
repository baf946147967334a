//! The rules of a scenario under a policy, each with how the scenario is without it.

use crate::model::{Constraint, Policy, ProviderStrategy, Scenario, Scheduling, Strategy};

/// A scenario under a policy.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The scenario.
    pub scenario: Scenario,
    /// The policy.
    pub policy: Policy,
}

/// A rule that can be left out.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is.
    pub name: String,
    place: Place,
}

/// Where a rule stands.
#[derive(Clone, Debug)]
enum Place {
    /// A constraint of the policy.
    PolicyConstraint(Constraint),
    /// A link of the policy's chain.
    PolicyLink(crate::model::Rule),
    /// A constraint of a service.
    ServiceConstraint(usize, Constraint),
    /// A link of a service's own chain.
    ServiceLink(usize, crate::model::Rule),
    /// A constraint of standalone tasks.
    SourceConstraint(usize, Constraint),
    /// A link of the chain of standalone tasks.
    SourceLink(usize, crate::model::Rule),
    /// An expression of a task definition.
    Definition(usize, String),
    /// A DAEMON service.
    Daemon(String),
    /// A service is held to a capacity provider.
    Provider(String),
}

/// Every rule, in the order of the file.
#[must_use]
pub fn list(scenario: &Scenario, policy: &Policy) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut add = |name: String, place: Place| rules.push(Rule { name, place });
    for constraint in &policy.constraints {
        add(format!("{constraint} of the policy"), Place::PolicyConstraint(constraint.clone()));
    }
    for link in policy.strategy.iter().flat_map(|chain| &chain.0) {
        add(format!("{link} of the policy"), Place::PolicyLink(link.clone()));
    }
    let keeps_own = scenario.keeps_own(policy);
    for (at, service) in scenario.services.iter().enumerate() {
        let name = &service.name;
        if service.settings.scheduling == Scheduling::Daemon {
            add(format!("DAEMON {name}"), Place::Daemon(name.clone()));
            continue;
        }
        for constraint in &service.constraints {
            add(format!("{constraint} of {name}"), Place::ServiceConstraint(at, constraint.clone()));
        }
        for link in service.strategy.iter().filter(|_| keeps_own).flat_map(|chain| &chain.0) {
            add(format!("{link} of {name}"), Place::ServiceLink(at, link.clone()));
        }
        if !service.settings.providers.0.is_empty() {
            add(format!("the capacity provider of {name}"), Place::Provider(name.clone()));
        }
    }
    for (at, source) in scenario.sources.iter().enumerate() {
        let name = format!("[[tasks]] number {}", at + 1);
        for constraint in &source.constraints {
            add(format!("{constraint} of {name}"), Place::SourceConstraint(at, constraint.clone()));
        }
        for link in source.strategy.iter().filter(|_| keeps_own).flat_map(|chain| &chain.0) {
            add(format!("{link} of {name}"), Place::SourceLink(at, link.clone()));
        }
    }
    for (at, definition) in scenario.definitions.iter().enumerate() {
        for expression in &definition.member_of {
            let text = expression.to_string();
            add(format!("memberOf({text}) of {}", definition.family), Place::Definition(at, text));
        }
    }
    rules
}

/// Rules that hold only while something changes.
pub(super) fn of_changes(scenario: &Scenario) -> Vec<String> {
    let mut rules = Vec::new();
    for service in scenario.services.iter().filter(|service| service.settings.scheduling == Scheduling::Replica) {
        if service.settings.minimum_healthy_percent > 0 {
            rules.push(format!("minimum {} % of {}", service.settings.minimum_healthy_percent, service.name));
        }
        if service.settings.rebalancing {
            rules.push(format!("rebalancing of {}", service.name));
        }
    }
    rules
}

impl Rule {
    /// Whether it is the link of a chain that spreads over zones.
    pub(super) fn spreads_zones(&self) -> bool {
        match &self.place {
            Place::PolicyLink(link) | Place::ServiceLink(_, link) | Place::SourceLink(_, link) => {
                link.is_spread_zones()
            }
            _ => false,
        }
    }

    /// Takes the rule out.
    pub fn leave_out(&self, Subject { scenario, policy }: &mut Subject) {
        match &self.place {
            Place::PolicyConstraint(constraint) => remove(&mut policy.constraints, constraint),
            Place::PolicyLink(link) => unlink(&mut policy.strategy, link),
            Place::ServiceConstraint(at, constraint) => remove(&mut scenario.services[*at].constraints, constraint),
            Place::ServiceLink(at, link) => unlink(&mut scenario.services[*at].strategy, link),
            Place::SourceConstraint(at, constraint) => remove(&mut scenario.sources[*at].constraints, constraint),
            Place::SourceLink(at, link) => unlink(&mut scenario.sources[*at].strategy, link),
            Place::Definition(at, text) => {
                scenario.definitions[*at].member_of.retain(|expression| expression.to_string() != *text);
            }
            Place::Daemon(name) => {
                // Its tasks go; the service stays, so that all others keep their places.
                for service in scenario.services.iter_mut().filter(|service| service.name == *name) {
                    service.settings.scheduling = Scheduling::Replica;
                    service.desired_count = 0;
                }
            }
            Place::Provider(name) => {
                for service in scenario.services.iter_mut().filter(|service| service.name == *name) {
                    service.settings.providers = ProviderStrategy::default();
                }
            }
        }
    }
}

fn remove(constraints: &mut Vec<Constraint>, one: &Constraint) {
    if let Some(at) = constraints.iter().position(|known| known == one) {
        constraints.remove(at);
    }
}

fn unlink(chain: &mut Option<Strategy>, link: &crate::model::Rule) {
    if let Some(Strategy(links)) = chain
        && let Some(at) = links.iter().position(|known| known == link)
    {
        links.remove(at);
    }
}
