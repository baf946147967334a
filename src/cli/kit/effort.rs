//! How instances are found under each policy and what that costs: said before a run, in its manifest, and by `check`; with
//! a warning where a large fleet makes it long.

use std::fmt::Write as _;

use crate::engine::{Cost, FastEngine, Setup};
use crate::model::{Policy, Requests, Scenario};
use crate::report::PathEntry;

/// Fleets that are smaller are decided quickly, whatever the policy.
const LARGE: usize = 2_000;

/// The ways of one policy, each once, in the order of their names.
pub(in crate::cli) struct Ways<'s> {
    policy: &'s Policy,
    paths: Vec<&'static str>,
}

/// The ways of the policies of a scenario, from the requests under each of them.
pub(in crate::cli) fn ways<'s>(scenario: &'s Scenario, requests: &[Requests]) -> Vec<Ways<'s>> {
    let of = |(policy, requests)| {
        let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: 0 };
        let mut paths = FastEngine::paths(setup);
        paths.sort_unstable();
        paths.dedup();
        Ways { policy, paths }
    };
    scenario.policies.iter().zip(requests).map(of).collect()
}

impl Ways<'_> {
    /// The dearest; `None` if nothing is placed.
    fn cost(&self) -> Option<Cost> {
        self.paths.iter().map(|path| Cost::of(path)).max()
    }

    /// As a manifest has them.
    pub(in crate::cli) fn entries(&self) -> Vec<PathEntry> {
        let entry = |path: &&str| PathEntry { path: (*path).to_owned(), cost: Cost::of(path).words().to_owned() };
        self.paths.iter().map(entry).collect()
    }
}

/// At most so many policies stand in a row.
const SHOWN: usize = 4;

/// A row for each cost, from the least on: what it is, the policies and their ways.
pub(in crate::cli) fn describe(ways: &[Ways<'_>]) -> String {
    let mut text = "how instances are found; a placement costs:".to_owned();
    let mut costs: Vec<Cost> = ways.iter().filter_map(Ways::cost).collect();
    costs.sort_unstable();
    costs.dedup();
    for cost in costs {
        let here: Vec<&Ways<'_>> = ways.iter().filter(|ways| ways.cost() == Some(cost)).collect();
        let names = here.iter().take(SHOWN).map(|ways| ways.policy.name.as_str()).collect::<Vec<_>>().join(", ");
        let rest = here.len().saturating_sub(SHOWN);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let mut paths: Vec<&str> = here.iter().flat_map(|ways| &ways.paths).copied().collect();
        paths.sort_unstable();
        paths.dedup();
        let _ = write!(text, "\n  {}\n      {names}{more}: {}", cost.words(), paths.join("; "));
    }
    text
}

/// A sentence for each policy that takes long on a large fleet, with an estimate.
pub(in crate::cli) fn warnings(scenario: &Scenario, ways: &[Ways<'_>]) -> Vec<String> {
    let instances = scenario.fleet.instances.len();
    if instances < LARGE {
        return Vec::new();
    }
    let warning = |ways: &Ways<'_>| {
        let cost = ways.cost()?;
        let micros = instances as u64 * cost.ns_an_instance()? / 1_000;
        Some(format!(
            "policy `{}` takes {} for each task that no index decides: up to about {micros} microseconds a placement on \
             {instances} instances, where an index takes about one; chains of ECS rules, first-fit, best-fit and worst-fit \
             are indexed",
            ways.policy.name,
            cost.words()
        ))
    };
    ways.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    fn of(scenario: &Scenario) -> Vec<Ways<'_>> {
        let requests: Vec<Requests> =
            scenario.policies.iter().map(|policy| Requests::compile(scenario, policy)).collect();
        ways(scenario, &requests)
    }

    fn scenario(count: usize) -> Scenario {
        let text = format!(
            "name = 's'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\ncount = {count}\n\
             [[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 10\n\
             [[services]]\nname = 'own'\ntask-definition = 'f'\ndesired-count = 1\n\
             [[policies]]\nname = 'near'\nbaseline = 'best-fit'\n[[policies]]\nname = 'far'\nbaseline = 'fgd-best-fit'\n\
             [[policies]]\nname = 'zones'\nplacementStrategy = [{{ type = 'spread', field = 'attribute:ecs.availability-zone' }}]\n"
        );
        parse(&text, "s.toml".as_ref(), &[]).unwrap().scenario
    }

    #[test]
    fn what_grows_with_a_large_fleet_is_said_with_an_estimate() {
        let said = |count| {
            let scenario = scenario(count);
            warnings(&scenario, &of(&scenario))
        };
        assert_eq!(said(1_999), Vec::<String>::new());
        let said = said(5_000);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("policy `far` takes a pass over a few numbers of every instance"), "{said:?}");
        assert!(said[0].contains("up to about 35 microseconds a placement on 5000 instances"), "{said:?}");
    }

    #[test]
    fn each_policy_is_named_with_its_way_and_its_cost() {
        let scenario = scenario(3);
        let ways = of(&scenario);
        assert_eq!(
            describe(&ways),
            "how instances are found; a placement costs:\n  a few memory accesses, whatever the size of the fleet\n      \
             zones: fit index\n  a few dozen memory accesses, and a look at each zone, rack or other lane\n      \
             near: ordered lanes\n  a pass over a few numbers of every instance\n      far: columns"
        );
        assert_eq!(ways[2].entries()[0].path, "fit index");
    }
}
