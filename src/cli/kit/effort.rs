//! What is said before a run whose policies look at many instances for each task.

use crate::engine::{FastEngine, Setup};
use crate::model::{Requests, Scenario};

/// Fleets that are smaller are decided quickly, whatever the policy.
const LARGE: usize = 2_000;

/// A way of placing that grows with the fleet: its words, and nanoseconds an instance.
struct Effort {
    words: &'static str,
    ns: u64,
}

/// What a path of [`Engine::path`](crate::engine::Engine::path) costs, if it grows with the fleet.
fn effort_of(path: &str) -> Option<Effort> {
    match path {
        "scan" => Some(Effort { words: "looks at every instance", ns: 60 }),
        "ordered lanes (all shown)" => Some(Effort { words: "is shown every candidate", ns: 60 }),
        "ordered lanes (amounts shown)" => Some(Effort { words: "is shown every amount that is left", ns: 10 }),
        _ => None,
    }
}

/// A sentence for each policy that takes long on a large fleet, with an estimate.
pub(in crate::cli) fn warnings(scenario: &Scenario) -> Vec<String> {
    let instances = scenario.fleet.instances.len();
    if instances < LARGE {
        return Vec::new();
    }
    let warning = |policy: &crate::model::Policy| {
        let requests = Requests::compile(scenario, policy);
        let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 0 };
        let slowest = FastEngine::paths(setup).into_iter().filter_map(effort_of).max_by_key(|effort| effort.ns)?;
        let micros = instances as u64 * slowest.ns / 1_000;
        Some(format!(
            "policy `{}` {} for each task that no index decides: up to about {micros} microseconds a placement on {instances} \
             instances, where an index takes about one; chains of ECS rules, first-fit, best-fit and worst-fit are indexed",
            policy.name, slowest.words
        ))
    };
    scenario.policies.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse;

    fn warnings(count: usize) -> Vec<String> {
        let text = format!(
            "name = 's'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\ncount = {count}\n\
             [[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 10\n\
             [[services]]\nname = 'own'\ntask-definition = 'f'\ndesired-count = 1\n\
             [[policies]]\nname = 'near'\nbaseline = 'best-fit'\n[[policies]]\nname = 'far'\nbaseline = 'fgd-best-fit'\n\
             [[policies]]\nname = 'dots'\nbaseline = 'dot-product'\n"
        );
        super::warnings(&parse(&text, "s.toml".as_ref(), &[]).unwrap().scenario)
    }

    #[test]
    fn what_grows_with_a_large_fleet_is_said_with_an_estimate() {
        assert_eq!(warnings(1_999), Vec::<String>::new());
        let said = warnings(5_000);
        assert_eq!(said.len(), 2, "{said:?}");
        let far =
            "policy `far` is shown every candidate for each task that no index decides: up to about 300 microseconds";
        assert!(said[0].starts_with(far), "{said:?}");
        assert!(said[1].starts_with("policy `dots` is shown every amount that is left"), "{said:?}");
    }
}
