//! The number of the shard from the variable of the engine that started it. How many there are is never taken from one:
//! `SLURM_ARRAY_TASK_COUNT` is 1 where a single missing shard is submitted again, and AWS Batch and Kubernetes say nothing.

use std::ffi::OsString;

use crate::sweep::Shard;

/// The variables, each with its engine.
const VARIABLES: [(&str, &str); 4] = [
    ("SLURM_ARRAY_TASK_ID", "Slurm"),
    ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS Batch"),
    ("JOB_COMPLETION_INDEX", "Kubernetes"),
    ("HQ_TASK_ID", "HyperQueue"),
];

/// The shard of `count` that the environment says.
///
/// # Errors
/// If it says none, or several, or one that there is not.
pub(super) fn from_environment(count: u64, variable: &dyn Fn(&str) -> Option<OsString>) -> anyhow::Result<Shard> {
    let mut said: Vec<(&str, &str, u64)> = Vec::new();
    for (name, engine) in VARIABLES {
        let Some(text) = variable(name) else { continue };
        let text = text.to_string_lossy().into_owned();
        let index =
            text.trim().parse().map_err(|_| anyhow::anyhow!("`{name}` is `{text}`, which is no shard number"))?;
        said.push((name, engine, index));
    }
    let names: Vec<String> = VARIABLES.iter().map(|(name, engine)| format!("`{name}` ({engine})")).collect();
    let Some(&(name, _, index)) = said.first() else {
        anyhow::bail!("`--shard auto` finds no number: none of {} is set; write `--shard K/{count}`", names.join(", "));
    };
    if let Some((other, _, different)) = said.iter().find(|(_, _, other)| *other != index) {
        anyhow::bail!("`{name}` is {index} and `{other}` is {different}; write `--shard K/{count}`");
    }
    let number = |name: &str| variable(name)?.to_str()?.trim().parse::<u64>().ok();
    let (least, most) = (number("SLURM_ARRAY_TASK_MIN"), number("SLURM_ARRAY_TASK_MAX"));
    anyhow::ensure!(
        name != "SLURM_ARRAY_TASK_ID" || (least, most) != (Some(1), Some(count)),
        "the array counts from 1 to {count}, and shards count from 0: submit with `--array=0-{}`",
        count - 1
    );
    Shard::new(index, count).map_err(|problem| {
        let last = count.saturating_sub(1);
        anyhow::anyhow!("`{name}` is {index}: {problem}; with Slurm `--array=0-{last}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(count: u64, variables: &[(&str, &str)]) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
        from_environment(count, &variable).map(|shard| shard.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_engine_says_its_number() {
        for (name, _) in VARIABLES {
            assert_eq!(shard(8, &[(name, "3")]), Ok("3/8".to_owned()), "{name}");
        }
        assert_eq!(shard(8, &[("SLURM_ARRAY_TASK_ID", "3"), ("JOB_COMPLETION_INDEX", "3")]), Ok("3/8".to_owned()));
    }

    #[test]
    fn what_is_no_number_of_a_shard_is_told() {
        let check = |variables: &[(&str, &str)], part: &str| {
            let error = shard(8, variables).unwrap_err();
            assert!(error.contains(part), "{error}");
        };
        check(&[], "finds no number");
        check(&[("SLURM_ARRAY_TASK_ID", "x")], "no shard number");
        check(&[("SLURM_ARRAY_TASK_ID", "8")], "the last is 7");
        check(&[("SLURM_ARRAY_TASK_ID", "1"), ("HQ_TASK_ID", "2")], "`HQ_TASK_ID` is 2");
    }

    /// One missing shard submitted again has a count of 1 and a least of its own number; only a whole array from 1 is wrong.
    #[test]
    fn an_array_from_1_is_refused_for_every_number_and_a_repair_is_not() {
        let array = |id: &str, least: &str, most: &str| {
            shard(
                8,
                &[
                    ("SLURM_ARRAY_TASK_ID", id),
                    ("SLURM_ARRAY_TASK_MIN", least),
                    ("SLURM_ARRAY_TASK_MAX", most),
                    ("SLURM_ARRAY_TASK_COUNT", "1"),
                ],
            )
        };
        assert!(array("3", "1", "8").unwrap_err().contains("--array=0-7"));
        assert_eq!(array("1", "1", "1"), Ok("1/8".to_owned()));
        assert_eq!(array("3", "1", "3"), Ok("3/8".to_owned()));
    }
}
