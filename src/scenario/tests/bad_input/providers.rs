//! Capacity providers, and what may not be said of services that go through them or are rebalanced.

use super::{Case, case, check};

/// A scenario of two providers `p` and `q`; what follows begins in line 19.
fn with_providers(text: &str, expected: &'static [&'static str]) -> Case {
    let mut head = "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a', 'b']\n".to_owned();
    for name in ["p", "q"] {
        head += &format!("[[cluster.instances]]\ntype = 'm5.large'\ncapacity-provider = '{name}'\n");
    }
    head += "[[capacity-providers]]\nname = 'p'\n[[capacity-providers]]\nname = 'q'\n";
    head += "[[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n";
    case(&format!("{head}{text}"), expected)
}

/// A service of line 19 to 22; what follows begins in line 23.
fn service(text: &str, expected: &'static [&'static str]) -> Case {
    let service = "[[services]]\nname = 's'\ntask-definition = 'f'\ndesired-count = 4\n";
    with_providers(&format!("{service}{text}"), expected)
}

#[test]
fn strategies_of_capacity_providers_are_those_that_amazon_ecs_takes() {
    check(&[
        service(
            "capacity-provider = 'p'\ncapacityProviderStrategy = [{ capacityProvider = 'q' }]",
            &["24:28 S012 there are a `capacity-provider` and a `capacityProviderStrategy` | leave one of the two out"],
        ),
        service(
            "capacityProviderStrategy = [{ capacityProvider = 'r', weight = 1001 }, { capacityProvider = 'p', base = -1 }, { weight = 1 }]",
            &[
                "23:50 S011 unknown capacity provider `r` | there are `p`, `q`",
                "23:64 S007 `weight` = 1001 is out of range | write a number from 0 to 1000",
                "23:105 S007 `base` = -1 is out of range | write a number from 0 to 100000",
                "23:111 S006 capacityProviderStrategy has no `capacityProvider` | add `capacityProvider`",
            ],
        ),
        service(
            "capacityProviderStrategy = [{ capacityProvider = 'p', weight = 1, base = 1 }, { capacityProvider = 'p' }, { capacityProvider = 'q', base = 2 }]",
            &[
                "23:79 S010 capacity provider `p` stands there twice | add its weights up",
                "23:107 S020 two items have a `base` | Amazon ECS takes a `base` for one item only",
            ],
        ),
        service(
            "capacityProviderStrategy = [{ capacityProvider = 'p' }, { capacityProvider = 'q' }]",
            &["23:28 S020 no item of several has a `weight` above 0 | give one at least a `weight`"],
        ),
        service(
            "capacityProviderStrategy = '[{\"capacityProvider\": \"p\", \"weight\": \"2\"}]'",
            &["23:28 S005 `weight` must be a whole number, not a string | write `2` without quotes"],
        ),
        service(
            "capacityProviderStrategy = '[{\"capacityProvider\": \"p\", \"weight\": -2}]'",
            &["23:28 S007 `weight` = -2 is out of range | write a number from 0 to 1000"],
        ),
        with_providers(
            "[[services]]\nname = 's'\ntask-definition = 'f'\nscheduling-strategy = 'DAEMON'\n\
             capacityProviderStrategy = [{ capacityProvider = 'p', weight = 1 }, { capacityProvider = 'q' }]",
            &[
                "23:28 S012 a DAEMON service goes through several capacity providers | name one provider, or none for all eligible instances",
            ],
        ),
        with_providers(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\ncapacity-provider = 'z'",
            &["22:21 S011 unknown capacity provider `z` | there are `p`, `q`"],
        ),
        with_providers(
            "[options]\nprovisioning-quota = 0\nprovisioning-timeout = '0s'\nscale-out-groups = 'least'",
            &[
                "20:22 S007 `provisioning-quota` = 0 is out of range | write a number from 1 to 4294967295",
                "21:24 S007 `provisioning-timeout` must be above 0 | write a length of time such as `\"4m\"`",
                "22:20 S009 `scale-out-groups` cannot be `least` | there are `maximum`, `sum`",
            ],
        ),
    ]);
}

#[test]
fn r7_40_services_with_constraints_on_zones_are_not_rebalanced() {
    let zone = "attribute:ecs.availability-zone == a";
    let constraint = format!("placementConstraints = [{{ type = 'memberOf', expression = '{zone}' }}]");
    let rebalanced = "availability-zone-rebalancing = true";
    check(&[
        service(
            &format!("{constraint}\n{rebalanced}"),
            &[
                "24:33 S012 `s` cannot be rebalanced: a constraint of it speaks of zones | drop the constraint on `ecs.availability-zone`, or this",
            ],
        ),
        service(
            &format!("{rebalanced}\n[[policies]]\nname = 'one-zone'\n{constraint}"),
            &[
                "23:33 S025 `s` is not rebalanced under policy `one-zone` | as in Amazon ECS; the other policies rebalance it",
            ],
        ),
        service(
            &format!(
                "{rebalanced}\ndeployments = [{{ at = '1m', task-definition = 'g' }}]\n[[task-definitions]]\nfamily = 'g'\ncpu = 1\nmemory = 4\n{constraint}"
            ),
            &[
                "23:33 S012 `s` cannot be rebalanced: a constraint of it speaks of zones | drop the constraint on `ecs.availability-zone`, or this",
            ],
        ),
    ]);
}

#[test]
fn r8_7a_an_idle_provider_without_managed_scaling_is_refused() {
    let two = "[options]\nidle-provider = 'two'";
    check(&[
        with_providers(two, &[]),
        with_providers("[options]\nidle-provider = 'none'", &[]),
        case(
            &format!(
                "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n{two}"
            ),
            &[
                "8:17 S012 `idle-provider` asks for instances that nobody launches | leave it out, or write `[[capacity-providers]]` with managed scaling",
            ],
        ),
        case(
            &format!(
                "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n\
                 capacity-provider = 'p'\n[[capacity-providers]]\nname = 'p'\nmanaged-scaling = false\n{two}"
            ),
            &[
                "12:17 S012 `idle-provider` asks for instances that nobody launches | leave it out, or write `[[capacity-providers]]` with managed scaling",
            ],
        ),
    ]);
}

/// A service `s` of two revisions, deployed at 5 minutes; what follows begins in line 12.
fn deployed(text: &str, expected: &'static [&'static str]) -> Case {
    let head = "name = 'x'\nhorizon = '10m'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n\
                [[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n";
    let service = "[[services]]\nname = 's'\ntask-definition = 'f'\ndesired-count = 4\ndeployments = [{ at = '5m' }]\n";
    case(&format!("{head}{service}{text}"), expected)
}

#[test]
fn r7_6_deployments_that_cannot_be_are_refused_with_their_place() {
    check(&[
        deployed(
            "deployment-configuration = { strategy = 'CANARY', canary-percent = 100.1 }",
            &["16:68 S007 `canary-percent` = 100.1 is out of range | write a number from 0.1 to 100"],
        ),
        deployed(
            "deployment-configuration = { strategy = 'LINEAR', step-percent = 2.9 }",
            &["16:66 S007 `step-percent` = 2.9 is out of range | write a number from 3 to 100"],
        ),
        deployed(
            "deployment-configuration = { early-success = { healthy-percent = 99 } }",
            &[
                "16:66 S020 early success at 99 % is below the `minimum-healthy-percent` of 100 | write 100, or lower `minimum-healthy-percent`",
            ],
        ),
        deployed(
            "deployment-configuration = { strategy = 'BLUE_GREEN', bake-time = '301s' }",
            &[
                "16:67 S018 the deployment at 5m cannot end before the horizon: both revisions run 301s side by side | shorten the bake times, or lengthen the `horizon`",
            ],
        ),
    ]);
}
