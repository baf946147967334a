//! A picture that a sweep asks for: one figure of every policy, a panel at each of some points.

use serde::{Deserialize, Serialize};

use super::axis::Axis;

/// One figure at some points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPicture {
    /// Name of its files, without an extension.
    pub name: String,
    /// The figure, by its column.
    pub figure: String,
    /// What stands above; without it the figure's own title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The scenarios whose points are shown; all of them where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
    /// The policies that are shown; all of them where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Varied keys and the values at which points are shown. A scenario that does not vary one is shown whatever it says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<Axis>,
}

impl PlannedPicture {
    /// Whether a point is shown; `values` are those of `keys`, empty where the scenario does not vary one.
    #[must_use]
    pub fn shows(&self, scenario: &str, keys: &[&str], values: &[String]) -> bool {
        let is_named = self.scenarios.is_empty() || self.scenarios.iter().any(|name| name == scenario);
        let is_at = |axis: &Axis| {
            let value = keys.iter().zip(values).find(|(key, _)| **key == axis.key).map(|(_, value)| value.as_str());
            let wanted = |value: &str| (0..axis.values.len()).any(|index| axis.values.cell(index) == value);
            value.is_none_or(|value| value.is_empty() || wanted(value))
        };
        is_named && self.at.iter().all(is_at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Values;
    use super::*;

    #[test]
    fn a_point_is_shown_by_its_scenario_and_by_the_keys_that_it_varies() {
        let count = Axis { key: "count".into(), values: Values::List(vec!["2".into(), "\"x\"".into()]) };
        let picture = PlannedPicture {
            name: "p".into(),
            figure: "f".into(),
            title: None,
            scenarios: vec!["a".into(), "b".into()],
            policies: Vec::new(),
            at: vec![count],
        };
        let shows =
            |scenario: &str, count: &str| picture.shows(scenario, &["type", "count"], &["t".into(), count.into()]);
        assert!(shows("a", "2") && shows("b", "x") && shows("b", ""));
        assert!(!shows("a", "3") && !shows("c", "2"));
        assert!(PlannedPicture { scenarios: Vec::new(), at: Vec::new(), ..picture.clone() }.shows("c", &[], &[]));
    }
}
