//! `compare --fail-if worse:FIGURE`: a comparison as a gate, for CI.

use std::str::FromStr;

use super::Exit;
use super::args::CompareArguments;
use super::kit::{results, terminal};
use crate::analysis::compare::Comparison;

/// What makes a comparison fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Column of the figure that must not be worse.
    figure: String,
}

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let figure = text.strip_prefix("worse:").filter(|figure| !figure.is_empty());
        let figure = figure.ok_or("write `worse:` and a column of runs.csv, such as `worse:instances_in_use_peak`")?;
        Ok(Self { figure: figure.to_owned() })
    }
}

/// Refuses gates on figures that cannot be worse, before anything is printed.
///
/// # Errors
/// If there is no such figure, or it only describes.
pub(super) fn check(arguments: &CompareArguments) -> anyhow::Result<()> {
    arguments.fail_if.iter().try_for_each(|gate| results::ensure_ranks(&gate.figure))
}

/// Names what is worse, and answers whether anything is.
///
/// # Errors
/// If a figure could not be compared at all: then nothing says that it is not worse.
pub(super) fn judge(arguments: &CompareArguments, comparisons: &[Comparison]) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for Gate { figure } in &arguments.fail_if {
        let rows = || comparisons.iter().filter(|row| row.metric == figure.as_str());
        anyhow::ensure!(
            rows().any(|row| row.n > 0),
            "cannot tell whether `{figure}` is worse: no seed has it on both sides"
        );
        for row in rows().filter(|row| row.is_worse()) {
            let mean = row.mean.unwrap_or_default();
            let interval = match row.low.zip(row.high) {
                Some((low, high)) => format!(", 95 % interval {low} .. {high}"),
                None => ", with no interval".to_owned(),
            };
            terminal::say(&format!("worse: `{figure}` of `{}` differs by {mean}{interval}", row.policy));
            exit = Exit::AnswerIsNo;
        }
    }
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_names_a_figure() {
        assert_eq!("worse:attempts".parse(), Ok(Gate { figure: "attempts".to_owned() }));
        for text in ["worse", "worse:", "better:attempts", "attempts"] {
            assert!(text.parse::<Gate>().unwrap_err().contains("worse:instances_in_use_peak"), "{text}");
        }
    }
}
