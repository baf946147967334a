//! Services written once that are many.

use super::{MINIMAL, read};
use crate::model::SimTime;

const DEFINITION: &str = "[[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\n";

fn services(more: &str) -> String {
    let service = "[[services]]\nname = 'web'\ntask-definition = 'f'\ndesired-count = 2\n";
    let horizon = MINIMAL.replacen('\n', "\nhorizon = '1h'\n", 1);
    format!(
        "{horizon}{DEFINITION}{service}{more}\n[[services]]\nname = 'last'\ntask-definition = 'f'\ndesired-count = 1\n"
    )
}

#[test]
fn copies_have_numbered_names_and_deploy_one_after_another() {
    let text = services("copies = { count = 10, deployments-apart = '6m' }\ndeployments = [{ at = '359s' }]");
    let scenario = read(&text).unwrap().scenario;
    let names: Vec<&str> = scenario.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!((names.len(), names[0], names[8], names[9], names[10]), (11, "web-01", "web-09", "web-10", "last"));
    let at = |position: usize| scenario.services[position].settings.deployments[0].at;
    // The last one deploys just before the end of the run.
    assert_eq!((at(0), at(1), at(9)), (SimTime(359_000), SimTime(719_000), SimTime(3_599_000)));
    assert!(scenario.services[..10].iter().all(|service| service.desired_count == 2));
}

#[test]
fn copies_deploy_at_once_unless_apart() {
    let scenario = read(&services("copies = { count = 3 }\ndeployments = [{ at = '6m' }]")).unwrap().scenario;
    assert!(scenario.services[..3].iter().all(|service| service.settings.deployments[0].at == SimTime(360_000)));
    assert!(scenario.defaults.iter().any(|default| default.0 == "copies.deployments-apart"));
}
