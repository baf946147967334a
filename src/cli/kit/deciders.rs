//! Who decides where tasks go: the policies of a scenario, or the strategies that its services and tasks have of their own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{OwnStrategies, Policy, Scenario, Scheduling, Strategy, counted};

/// At most so many names stand in a row.
const SHOWN: usize = 4;

/// Services by name, and how many `[[tasks]]`.
#[derive(Default)]
struct Placed<'s> {
    services: Vec<&'s str>,
    tasks: usize,
}

impl Placed<'_> {
    fn is_empty(&self) -> bool {
        self.services.is_empty() && self.tasks == 0
    }

    fn words(&self) -> String {
        let mut parts = Vec::new();
        if let Some(services) = Some(&self.services).filter(|services| !services.is_empty()) {
            let names = services.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
            let rest = services.len().saturating_sub(SHOWN);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            parts.push(format!("{}: {names}{more}", counted(services.len(), "service")));
        }
        if self.tasks > 0 {
            parts.push(format!("{} of [[tasks]] or the trace", counted(self.tasks, "entry")));
        }
        parts.join("; ")
    }
}

/// What is placed by whom.
struct Division<'s> {
    /// By the policy, or where it has no strategy by the default of ECS.
    policy: Placed<'s>,
    /// By strategies of their own.
    own: BTreeMap<String, Placed<'s>>,
    daemons: Placed<'s>,
}

impl<'s> Division<'s> {
    fn of(scenario: &'s Scenario) -> Self {
        let mut division = Self { policy: Placed::default(), own: BTreeMap::new(), daemons: Placed::default() };
        for service in &scenario.services {
            match service.settings.scheduling {
                Scheduling::Daemon => division.daemons.services.push(&service.name),
                Scheduling::Replica => division.place(service.strategy.as_ref()).services.push(&service.name),
            }
        }
        for source in &scenario.sources {
            division.place(source.strategy.as_ref()).tasks += 1;
        }
        division.policy.tasks += usize::from(!scenario.trace.tasks.is_empty());
        division
    }

    fn place(&mut self, own: Option<&Strategy>) -> &mut Placed<'s> {
        match own {
            Some(own) => self.own.entry(own.to_string()).or_default(),
            None => &mut self.policy,
        }
    }

    /// How many services and entries there are in all but daemons, and how many of them have their own strategy.
    fn counts(&self) -> (usize, usize) {
        let count = |placed: &Placed<'_>| placed.services.len() + placed.tasks;
        let own = self.own.values().map(count).sum();
        (count(&self.policy) + own, own)
    }
}

/// A sentence, and a row for each chain where services or tasks have strategies of their own.
pub(in crate::cli) fn describe(scenario: &Scenario) -> String {
    let division = Division::of(scenario);
    let mut text = sentence(scenario, &division);
    if division.own.is_empty() {
        return text;
    }
    let names = |keep: bool| -> Vec<&Policy> {
        scenario.policies.iter().filter(|policy| scenario.keeps_own(policy) == keep).collect()
    };
    let (keeping, overriding) = (names(true), names(false));
    for policy in &overriding {
        let all = Placed {
            services: division
                .policy
                .services
                .iter()
                .chain(division.own.values().flat_map(|one| &one.services))
                .copied()
                .collect(),
            tasks: division.policy.tasks + division.own.values().map(|one| one.tasks).sum::<usize>(),
        };
        row(&mut text, &format!("{}: {}", policy.name, chain(policy)), &all);
    }
    let under = if overriding.is_empty() { String::new() } else { format!("{}: ", listed(&keeping)) };
    if !keeping.is_empty() {
        for (own, placed) in &division.own {
            row(&mut text, &format!("{under}their own {own}"), placed);
        }
        for policy in keeping.iter().filter(|_| !division.policy.is_empty()) {
            row(&mut text, &format!("{}: {}", policy.name, chain(policy)), &division.policy);
        }
    }
    if !division.daemons.is_empty() {
        row(&mut text, "DAEMON, no strategy", &division.daemons);
    }
    text
}

fn sentence(scenario: &Scenario, division: &Division<'_>) -> String {
    let (all, own) = division.counts();
    let policies = listed(&scenario.policies.iter().collect::<Vec<_>>());
    match (&scenario.comparison.own_strategies, all, own) {
        (_, 0, _) => "nothing is placed by a strategy, so that no policy decides anything".to_owned(),
        (OwnStrategies::Under(_), ..) => {
            format!("who decides: the policies, for {} (`policies-override = true`)", everything(all))
        }
        (OwnStrategies::Always, _, 0) => {
            format!("who decides: the policy ({policies}), for {}", everything(all))
        }
        (OwnStrategies::Always, ..) if own == all => {
            let have = if all == 1 { "has a strategy of its own" } else { "have a strategy of their own" };
            format!(
                "who decides: no policy, for {} {have}; `policies-override = true` lets the policies decide",
                everything(all)
            )
        }
        (OwnStrategies::Always, ..) => format!(
            "who decides: the policy ({policies}) for {} of {all} services and [[tasks]]; the others have a strategy of \
             their own, which holds under every policy",
            all - own
        ),
    }
}

/// All that is placed by a strategy.
fn everything(all: usize) -> String {
    if all == 1 { "the one service or [[tasks]]".to_owned() } else { format!("all {all} services and [[tasks]]") }
}

fn listed(policies: &[&Policy]) -> String {
    let names = policies.iter().take(SHOWN).map(|policy| policy.name.as_str()).collect::<Vec<_>>().join(", ");
    let rest = policies.len().saturating_sub(SHOWN);
    if rest > 0 { format!("{names} and {rest} more") } else { names }
}

fn chain(policy: &Policy) -> String {
    policy.strategy.as_ref().map_or_else(|| "the default of ECS".to_owned(), Strategy::to_string)
}

fn row(text: &mut String, who: &str, placed: &Placed<'_>) {
    let _ = write!(text, "\n  {who}\n      {}", placed.words());
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse;

    fn describe(more: &str) -> String {
        let text = format!(
            "name = 's'\n{more}\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n\
             [[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 10\n\
             [[services]]\nname = 'own'\ntask-definition = 'f'\ndesired-count = 1\n\
             placementStrategy = [{{ type = 'binpack', field = 'cpu' }}]\n\
             [[services]]\nname = 'free'\ntask-definition = 'f'\ndesired-count = 1\n\
             [[services]]\nname = 'agent'\ntask-definition = 'f'\nscheduling-strategy = 'DAEMON'\n\
             [[policies]]\nname = 'p'\ntemplate = 'random'\n[[policies]]\nname = 'now'\ntemplate = 'as-is'\n"
        );
        super::describe(&parse(&text, "s.toml".as_ref(), &[]).unwrap().scenario)
    }

    #[test]
    fn all_that_is_placed_may_be_one() {
        assert_eq!(super::everything(1), "the one service or [[tasks]]");
        assert_eq!(super::everything(2), "all 2 services and [[tasks]]");
    }

    #[test]
    fn who_decides_is_told_with_every_chain() {
        assert_eq!(
            describe(""),
            "who decides: the policy (p, now) for 1 of 2 services and [[tasks]]; the others have a strategy of their own, which \
             holds under every policy\n  their own binpack(cpu)\n      1 service: own\n  p: random\n      1 service: free\n  \
             now: the default of ECS\n      1 service: free\n  DAEMON, no strategy\n      1 service: agent"
        );
        assert_eq!(
            describe("policies-override = true"),
            "who decides: the policies, for all 2 services and [[tasks]] (`policies-override = true`)\n  p: random\n      \
             2 services: free, own\n  now: their own binpack(cpu)\n      1 service: own\n  now: the default of ECS\n      \
             1 service: free\n  DAEMON, no strategy\n      1 service: agent"
        );
    }
}
