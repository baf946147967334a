//! One varied key of a scenario and the values that it takes, by their number.

use serde::{Deserialize, Serialize};

/// A key and its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The path of the key, such as `cluster.instances[0].count`.
    pub key: String,
    /// Its values, in order.
    pub values: Values,
}

/// The values of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Values {
    /// Each written out, as TOML.
    List(Vec<String>),
    /// Whole numbers, so that a million of them take no room.
    Range(Range),
}

/// Whole numbers from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first.
    pub from: u64,
    /// No number is above it.
    pub to: u64,
    /// From one to the next; at least 1.
    pub step: u64,
}

impl Values {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::List(values) => values.len() as u64,
            Self::Range(range) => range.to.saturating_sub(range.from) / range.step.max(1) + 1,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A value as TOML.
    ///
    /// # Panics
    /// If there are fewer.
    #[must_use]
    pub fn toml(&self, index: u64) -> String {
        match self {
            Self::List(values) => values[usize::try_from(index).expect("a list is in memory")].clone(),
            Self::Range(range) => (range.from + index * range.step).to_string(),
        }
    }

    /// A value as it stands in a column: a text without its quotes.
    ///
    /// # Panics
    /// If there are fewer.
    #[must_use]
    pub fn cell(&self, index: u64) -> String {
        let toml = self.toml(index);
        let text = toml::from_str::<toml::Table>(&format!("v = {toml}")).ok();
        let text = text.and_then(|table| table.get("v").and_then(toml::Value::as_str).map(str::to_owned));
        text.unwrap_or(toml)
    }

    /// The numbers of the values that a plan looks at: all of a list, both ends of a range.
    pub fn probes(&self) -> impl Iterator<Item = u64> {
        let ends = [0, self.len().saturating_sub(1)];
        let count = match self {
            Self::List(values) => values.len() as u64,
            Self::Range(_) => ends.len() as u64,
        };
        let is_range = matches!(self, Self::Range(_));
        (0..count).map(move |index| if is_range { ends[usize::from(index > 0)] } else { index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_counted_and_not_listed() {
        let check = |(from, to, step), expected: &[u64]| {
            let values = Values::Range(Range { from, to, step });
            let listed: Vec<String> = (0..values.len()).map(|index| values.toml(index)).collect();
            assert_eq!(listed, expected.iter().map(u64::to_string).collect::<Vec<_>>());
        };
        check((100, 400, 100), &[100, 200, 300, 400]);
        check((1, 10, 4), &[1, 5, 9]);
        check((7, 7, 1), &[7]);
    }

    #[test]
    fn a_cell_has_no_quotes_and_no_other_change() {
        let values = Values::List(vec!["\"6h\"".into(), "12".into(), "[\"a\", \"b\"]".into(), "0.5".into()]);
        let cells: Vec<String> = (0..4).map(|index| values.cell(index)).collect();
        assert_eq!(cells, ["6h", "12", "[\"a\", \"b\"]", "0.5"]);
    }

    #[test]
    fn all_of_a_list_and_both_ends_of_a_range_are_looked_at() {
        let list = Values::List(vec!["1".into(), "2".into(), "3".into()]);
        assert_eq!(list.probes().collect::<Vec<_>>(), [0, 1, 2]);
        let range = Values::Range(Range { from: 0, to: 1_000_000, step: 1 });
        assert_eq!(range.probes().collect::<Vec<_>>(), [0, 1_000_000]);
    }
}
