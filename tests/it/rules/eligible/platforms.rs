//! U-18: the operating system family filters, in the words of a constraint; the architecture only warns.

use super::{explain_text, reasons};
use crate::support::scenario;

fn text(definition: &str, instance: &str) -> String {
    format!(
        "name = 'x'
        horizon = '1m'
        [cluster]
        zones = ['a']
        [[cluster.instances]]
        cpu = 1024
        memory = 1024
        {instance}
        identities = [{{ name = 'i' }}]
        [[task-definitions]]
        family = 't'
        cpu = 1
        memory = 6
        {definition}
        [[services]]
        name = 's'
        task-definition = 't'
        desired-count = 1"
    )
}

fn fits(definition: &str, instance: &str) -> bool {
    let (code, explained) = explain_text(&text(definition, instance), "s");
    let reasons = reasons(&explained, "i");
    assert!(reasons.is_empty() || reasons == ["MemberOf placement constraint unsatisfied."], "{reasons:?}");
    assert_eq!(code == 0, reasons.is_empty());
    code == 0
}

#[test]
fn u18_the_family_must_be_that_of_the_instance_or_its_system_where_it_tells_none() {
    let family = |name: &str| format!("operating-system-family = '{name}'");
    assert!(fits("", &family("WINDOWS_SERVER_2022_CORE")) && fits("", ""), "what is not given filters nothing");
    assert!(
        fits(&family("LINUX"), "") && fits(&family("WINDOWS_SERVER_2022_CORE"), &family("WINDOWS_SERVER_2022_CORE"))
    );
    assert!(!fits(&family("WINDOWS_SERVER_2022_CORE"), &family("WINDOWS_SERVER_2019_CORE")));
    assert!(
        !fits(&family("WINDOWS_SERVER_2022_CORE"), "") && !fits(&family("LINUX"), &family("WINDOWS_SERVER_2022_CORE"))
    );
    // An agent of before 1.55.4 tells its system and no family.
    assert!(fits(&family("LINUX"), "agent-version = '1.40.0'"));
    assert!(!fits(&family("WINDOWS_SERVER_2019_CORE"), "agent-version = '1.40.0'"));
    let windows = "attributes = { 'ecs.os-type' = 'windows' }";
    assert!(fits(&family("WINDOWS_SERVER_2019_CORE"), windows) && !fits(&family("LINUX"), windows));
}

#[test]
fn u18_no_instance_is_refused_for_its_architecture() {
    assert!(fits("cpu-architecture = 'ARM64'", ""));
    let warned = |definition: &str| {
        let text = text(definition, "");
        let loaded = stowplan::scenario::parse(&text, "x.toml".as_ref(), &[]).unwrap();
        loaded.warnings.iter().any(|warning| warning.message.contains("is for arm64"))
    };
    assert!(warned("cpu-architecture = 'arm64'") && !warned("cpu-architecture = 'x86_64'") && !warned(""));
}

/// What the platform asks for is no constraint: ten of those may stand beside it.
#[test]
fn u18_the_platform_does_not_count_towards_the_ten_constraints() {
    let one = "{ type = 'memberOf', expression = 'attribute:ecs.os-type == linux' }";
    let ten = format!("operating-system-family = 'LINUX'\nplacementConstraints = [{}]", [one; 10].join(", "));
    assert_eq!(scenario(&text(&ten, "")).definitions[0].member_of.len(), 11);
}
