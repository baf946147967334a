//! RunTask and StartTask as load, in scenarios and as pasted JSON.

use stowplan::aws::Texts;
use stowplan::aws::snapshot::{Snapshot, join};
use stowplan::model::{Constraint, Scenario};
use stowplan::scenario::import::write;

use crate::services::{cluster, diary};
use crate::support::scenario;

/// The problems of a scenario, as `line:column code message | help`.
fn problems(text: &str) -> Vec<String> {
    let error = stowplan::scenario::parse(text, "x.toml".as_ref(), &[]).expect_err("it is wrong");
    error.problems.iter().map(ToString::to_string).collect()
}

/// Two instances of room for four, and calls.
fn with(calls: &str) -> String {
    cluster("['a']", 2, 4) + calls
}

#[test]
fn r6_1_start_task_puts_one_task_on_each_named_instance_and_asks_no_strategy() {
    let text = with(
        "
        [[tasks]]
        task-definition = 'old'
        container-instances = ['i-00000001', 'i-00000000', 'i-00000001']
        start = '1m'
        lifetime = { model = 'constant', value = '30s' }
        [[policies]]
        name = 'pack'
        template = 'binpack'",
    );
    let expected = [
        "60 + old on 1",
        "60 + old on 0",
        "60 + old on 1",
        "90 - old on 1 ended",
        "90 - old on 0 ended",
        "90 - old on 1 ended",
    ];
    let mut lines = diary(&text).lines;
    lines[3..].sort();
    let mut expected = expected.to_vec();
    expected[3..].sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn r6_3_start_task_is_refused_with_the_first_failing_check_of_its_instance() {
    let text = with(
        "
        [[tasks]]
        task-definition = 'old'
        container-instances = ['i-00000000']
        cpu = 401
        [[tasks]]
        task-definition = 'old'
        container-instances = ['i-00000000', 'i-00000001']
        start = '2m'
        [[happenings]]
        at = '1m'
        instance-drained = 'i-00000000'",
    );
    assert_eq!(diary(&text).lines, ["0 ! old RESOURCE:CPU", "120 ! old INACTIVE", "120 + old on 1"]);
}

#[test]
fn start_task_asks_the_constraints_of_the_task_definition_and_not_those_of_the_policy() {
    let text = with(
        "
        [[tasks]]
        task-definition = 'old'
        container-instances = ['i-00000000', 'i-00000000']
        [[policies]]
        name = 'apart'
        template = 'one-task-per-host'",
    );
    assert_eq!(diary(&text).lines, ["0 + old on 0", "0 + old on 0"]);
    let text = text.replacen(
        "memory = 10\n",
        "memory = 10\nplacementConstraints = [{ type = 'memberOf', expression = 'runningTasksCount == 0' }]\n",
        1,
    );
    assert_eq!(diary(&text).lines, ["0 + old on 0", "0 ! old MemberOf placement constraint unsatisfied."]);
}

#[test]
fn r5_8_overrides_take_part_in_the_demand() {
    let text = with(
        "
        [[tasks]]
        task-definition = 'old'
        count = 3
        cpu = 300
        started-by = 'nightly'
        [[policies]]
        name = 'pack'
        template = 'binpack'",
    );
    assert_eq!(diary(&text).lines, ["0 + old on 0", "0 + old on 1", "0 ! old RESOURCE:CPU"]);
    let source = &scenario(&text).sources[0];
    assert_eq!(source.details.started_by.as_deref(), Some("nightly"));
}

/// An override changes what a task definition says (R-5.8): a shape that is drawn has none, even where only one can be.
#[test]
fn r5_8_overrides_change_a_task_definition_and_never_a_drawn_shape() {
    let one = with(
        "[[tasks]]\nshapes = [{ task-definition = 'old', weight = 3 }]\ncount = 3\ncpu = 300\nmemory = 20\n[[policies]]\nname = 'pack'\ntemplate = 'binpack'\n",
    );
    let details = &scenario(&one).sources[0].details;
    let demand = details.demand.as_ref().expect("one task definition is overridden, however it is written");
    assert_eq!((demand.cpu.0, demand.memory.0), (300, 20));
    assert_eq!(diary(&one).lines.iter().filter(|line| line.contains("+ old")).count(), 2, "each fills an instance");

    let law = |cpu: &str, memory: &str| {
        format!(
            "{{ model = 'lognormal', cpu-median = 100, cpu-p90 = 200, memory-per-vcpu-median = 1024, \
             memory-per-vcpu-p90 = 2048, cpu-steps = [{cpu}], memory-steps = [{memory}] }}"
        )
    };
    for (shapes, key) in [
        (law("100, 200", "10, 20"), "cpu = 300"),
        (law("100, 200", "10, 20"), "memory = 30"),
        (law("100", "10"), "gpu = 1"),
    ] {
        let found = problems(&with(&format!("[[tasks]]\nshapes = {shapes}\ncount = 3\n{key}\n")));
        let name = key.split(' ').next().unwrap();
        let expected = format!("error[S012]: `{name}` overrides shapes that are drawn");
        assert!(found.len() == 1 && found[0].ends_with(&expected), "{found:?}");
    }
}

#[test]
fn what_start_task_does_not_take_is_refused_all_at_once() {
    let names = |count: u32| (0..count).map(|n| format!("'i-0000000{}'", n % 2)).collect::<Vec<_>>().join(", ");
    let found = problems(&with(&format!(
        "[[tasks]]
        task-definition = 'old'
        container-instances = ['i-00000009', {}]
        count = 3
        placementStrategy = [{{ type = 'random' }}]
        lifetime = {{ model = 'exponential', mean = '1m' }}
        [[tasks]]
        container-instances = []
        [[tasks]]
        shapes = [{{ task-definition = 'old' }}, {{ task-definition = 'new' }}]
        count = 1
        cpu = 5
        started-by = ''",
        names(10)
    )))
    .join("\n");
    for part in [
        "unknown instance `i-00000009`",
        "11 instances in one call of StartTask",
        "tasks on named instances have `count`",
        "tasks on named instances have `placementStrategy`",
        "the life of tasks on named instances cannot be drawn",
        "tasks on named instances have no `task-definition`",
        "`cpu` overrides several task definitions",
        "`started-by` is not of the right form",
    ] {
        assert!(found.contains(part), "{part}:\n{found}");
    }
}

const INSTANCES: &str = r#"{"containerInstances": [
    {"containerInstanceArn": "arn:aws:ecs:e:1:container-instance/c/one", "status": "ACTIVE", "agentConnected": true,
     "registeredResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 4000}],
     "remainingResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 4000}],
     "attributes": [{"name": "ecs.availability-zone", "value": "a"}]}]}"#;

const DEFINITION: &str = r#"{"taskDefinition": {"family": "web", "revision": 3, "containerDefinitions": [
    {"name": "x", "cpu": 100, "memory": 300}, {"name": "y", "cpu": 50, "memoryReservation": 64}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.availability-zone == a"}]}}"#;

fn snapshot(texts: &[&str]) -> Result<Snapshot, Vec<String>> {
    let mut read = Texts::default();
    for text in texts {
        read.read("x.json", text.as_bytes());
    }
    join(&read).map_err(|problems| problems.iter().map(|one| format!("{}: {}", one.place(), one.message)).collect())
}

fn imported(call: &str) -> Scenario {
    let written = write(&snapshot(&[INSTANCES, DEFINITION, call]).unwrap(), "x");
    scenario(&written.toml)
}

#[test]
fn a_pasted_run_task_keeps_count_group_label_overrides_strategy_and_constraints() {
    let scenario = imported(
        r#"{"taskDefinition": "web", "count": 4, "group": "batch", "startedBy": "nightly",
            "overrides": {"containerOverrides": [{"name": "x", "cpu": 500}]},
            "placementStrategy": [{"type": "binpack", "field": "CPU"}],
            "placementConstraints": [{"type": "distinctInstance"}]}"#,
    );
    let source = &scenario.sources[0];
    assert_eq!((source.count, source.group.as_deref()), (Some(4), Some("batch")));
    let demand = source.details.demand.as_ref().unwrap();
    assert_eq!((demand.cpu.0, demand.memory.0), (550, 364));
    assert_eq!(source.details.started_by.as_deref(), Some("nightly"));
    assert_eq!(source.strategy.as_ref().unwrap().to_string(), "binpack(cpu)");
    assert_eq!(source.constraints, [Constraint::DistinctInstance]);
    let requests = stowplan::model::Requests::compile(&scenario, &scenario.policies[0]);
    let request = &requests[requests.sources[0][0]];
    // The constraint of the task definition and that of the call hold together.
    assert!(request.distinct_instance && request.member_of.len() == 1 && request.demand.cpu.0 == 550);
}

#[test]
fn a_pasted_start_task_names_its_instances_by_arn_or_id() {
    for name in ["one", "arn:aws:ecs:e:1:container-instance/c/one"] {
        let call = format!(
            r#"{{"taskDefinition": "web:3", "containerInstances": ["{name}"], "startedBy": "me", "overrides": {{"cpu": "1 vCPU"}}}}"#
        );
        let scenario = imported(&call);
        let start = &scenario.starts[0];
        assert_eq!((start.instances.len(), start.details.started_by.as_deref()), (1, Some("me")));
        assert_eq!(start.details.demand.as_ref().unwrap().cpu.0, 1024);
    }
}

#[test]
fn r1_11_calls_beyond_the_limits_are_refused_with_their_member() {
    let check = |call: &str, expected: &[&str]| {
        let found = snapshot(&[INSTANCES, DEFINITION, call]).expect_err(call).join("\n");
        for part in expected {
            assert!(found.contains(part), "{part}:\n{found}");
        }
    };
    check(r#"{"taskDefinition": "web", "count": 11}"#, &["x.json: count: `count` = 11 is outside 1 to 10"]);
    let missing =
        snapshot(&[INSTANCES, DEFINITION, r#"{"taskDefinition": "web", "containerInstances": ["two"]}"#]).unwrap();
    assert_eq!(
        missing.problems[0].to_string(),
        "x.json: containerInstances[0]: instance `two` is in no file: ECS would answer MISSING"
    );
    assert_eq!(missing.calls, []);
    let names = ["\"one\""; 11].join(",");
    check(
        &format!(r#"{{"taskDefinition": "web", "containerInstances": [{names}]}}"#),
        &["x.json: containerInstances: 11 elements, and the limit is 10"],
    );
    let constraints = [r#"{"type": "memberOf", "expression": "runningTasksCount == 0"}"#; 10].join(",");
    let call = format!(r#"{{"taskDefinition": "web", "placementConstraints": [{constraints}]}}"#);
    check(
        &call,
        &["x.json: placementConstraints: 11 constraints on one task, 10 here and 1 in `web`; the limit is 10"],
    );
    let rules = [r#"{"type": "random"}"#; 6].join(",");
    check(
        &format!(r#"{{"taskDefinition": "web", "placementStrategy": [{rules}]}}"#),
        &["x.json: placementStrategy: 6 elements, and the limit is 5"],
    );
}
