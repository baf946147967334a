//! Services written once that are many.

use super::{Case, case, check};

/// `copies` stand in line 15.
fn service(copies: &str, more: &str, expected: &'static [&'static str]) -> Case {
    let text = "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n\
                [[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n[[services]]\nname = 's'\n\
                task-definition = 'f'\ndesired-count = 1\n";
    case(&format!("{text}copies = {copies}\n{more}"), expected)
}

#[test]
fn copies_are_counted_named_and_deploy_within_the_run() {
    let deploys = "deployments = [{ at = '10m' }]";
    let long = format!("{{ count = 3 }}\n[[services]]\nname = '{}'", "n".repeat(254));
    let long = format!("{long}\ntask-definition = 'f'\ndesired-count = 1\ncopies = {{ count = 1 }}");
    check(&[
        service("3", "", &["15:10 S005 `copies` must be a table, not a whole number | write a table"]),
        service("{ deployments-apart = '1m' }", "", &["15:10 S006 copies has no `count` | add `count`"]),
        service("{ count = 0 }", "", &["15:20 S007 `count` = 0 is out of range | write a number from 1 to 100000"]),
        service(
            "{ count = 2, apart = '1m' }",
            "",
            &["15:23 S004 unknown key `apart` in copies | there are `count`, `deployments-apart`"],
        ),
        service(
            "{ count = 11, deployments-apart = '5m' }",
            deploys,
            &[
                "15:44 S018 the last of 11 copies does not deploy before the end of the run | write at most `\"299s\"`, or set `horizon` later",
            ],
        ),
        service(
            "{ count = 100000, deployments-apart = '36000d' }",
            deploys,
            &[
                "15:48 S018 the last of 100000 copies does not deploy before the end of the run | write at most `\"0s\"`, or set `horizon` later",
            ],
        ),
        service(
            "{ count = 2 }",
            "[[services]]\nname = 's-2'\ntask-definition = 'f'\ndesired-count = 1",
            &["17:8 S010 service `s-2` is defined twice: copies have numbered names | give it another name"],
        ),
        service(&long, "", &["20:10 S007 the names of the copies are too long | shorten `name`"]),
    ]);
}
