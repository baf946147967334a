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
        service("3", "", &[""]),
        service("{ deployments-apart = '1m' }", "", &[""]),
        service("{ count = 0 }", "", &[""]),
        service("{ count = 2, apart = '1m' }", "", &[""]),
        service("{ count = 11, deployments-apart = '301s' }", deploys, &[""]),
        service("{ count = 100000, deployments-apart = '90000000d' }", deploys, &[""]),
        service("{ count = 2 }", "[[services]]\nname = 's-2'\ntask-definition = 'f'\ndesired-count = 1", &[""]),
        service(&long, "", &[""]),
    ]);
}
