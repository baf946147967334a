//! Real task definitions whose attributes ECS has told: what is worked out from them is the same.

use serde_json::Value;

use crate::aws::TaskDefinition;

/// 21 definitions of public outputs, each with the attributes that stood in the same output; ids and names are made up.
#[test]
fn the_requirements_of_real_definitions_are_those_that_ecs_told() {
    let all: Vec<Value> = serde_json::from_str(include_str!("../../../tests/data/required-attributes.json")).unwrap();
    assert_eq!(all.len(), 21);
    for one in all {
        let definition: TaskDefinition = serde_json::from_value(one["task_definition"].clone()).unwrap();
        let derived = definition.derived_requirements();
        let expected: Vec<String> = serde_json::from_value(one["expected"].clone()).unwrap();
        assert_eq!(derived.required, expected, "{}", one["name"]);
        assert_eq!(derived.inferred, [""; 0], "{}", one["name"]);
        // A list that is there says it all, even an empty one.
        let listed = TaskDefinition { requires_attributes: Some(Vec::new()), ..definition.clone() };
        let required = |definition: &TaskDefinition| definition.to_model().unwrap().requires_attributes.len();
        assert_eq!((required(&definition), required(&listed)), (expected.len(), 0), "{}", one["name"]);
    }
}
