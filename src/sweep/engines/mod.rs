//! The script that runs a plan on an engine that people have: complete, with what to edit marked.
//!
//! A script calls this program and nothing of ours starts or watches it. What all have in common: shards from 0, their number
//! written out, retries for workers that are lost and none for exit code 42, the merge after all shards.

use std::fmt;

/// An engine that scripts are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Slurm job arrays.
    Slurm,
    /// AWS Batch array jobs.
    AwsBatch,
    /// Kubernetes Indexed Jobs.
    Kubernetes,
    /// GNU parallel.
    Parallel,
    /// Ray.
    Ray,
    /// Dask distributed.
    Dask,
    /// Snakemake.
    Snakemake,
}

impl Engine {
    /// All, with their words on the command line.
    pub const ALL: [(&'static str, Self); 7] = [
        ("slurm", Self::Slurm),
        ("aws-batch", Self::AwsBatch),
        ("k8s", Self::Kubernetes),
        ("parallel", Self::Parallel),
        ("ray", Self::Ray),
        ("dask", Self::Dask),
        ("snakemake", Self::Snakemake),
    ];

    /// Seconds that a shard should take at least, so that what the engine takes to start one does not matter.
    #[must_use]
    pub fn least_seconds(self) -> f64 {
        match self {
            Self::AwsBatch | Self::Kubernetes => 120.0,
            Self::Slurm | Self::Snakemake => 30.0,
            Self::Parallel | Self::Ray | Self::Dask => 5.0,
        }
    }

    /// The most shards that it takes in one job.
    #[must_use]
    pub fn most_shards(self) -> u32 {
        match self {
            // MaxArraySize of Slurm is 1,001 unless its administrator raised it.
            Self::Slurm => 1_000,
            Self::AwsBatch => 10_000,
            Self::Kubernetes | Self::Parallel | Self::Ray | Self::Dask | Self::Snakemake => 100_000,
        }
    }
}

/// What a script is written of.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The name of the sweep.
    pub name: &'a str,
    /// The plan, as the machine that submits sees it.
    pub plan: &'a str,
    /// The folder of the shards.
    pub folder: &'a str,
    /// Where results go.
    pub results: &'a str,
    /// How many shards.
    pub shards: u32,
    /// How many runs the plan has.
    pub runs: u32,
    /// What a shard is expected to take, in words.
    pub estimate: &'a str,
    /// Minutes that a shard may take before it is given up.
    pub minutes: u64,
}

/// The script of an engine before it is filled.
fn template(engine: Engine) -> &'static str {
    match engine {
        Engine::Slurm => include_str!("templates/slurm.sh"),
        Engine::AwsBatch => include_str!("templates/aws-batch.sh"),
        Engine::Kubernetes => include_str!("templates/k8s.yaml"),
        Engine::Parallel => include_str!("templates/parallel.sh"),
        Engine::Ray => include_str!("templates/ray.py"),
        Engine::Dask => include_str!("templates/dask.py"),
        Engine::Snakemake => include_str!("templates/Snakefile"),
    }
}

/// The script of a job for an engine: every `{{word}}` of its template is filled.
#[must_use]
pub fn script(engine: Engine, job: &Job<'_>) -> String {
    // An array of AWS Batch has at least 2 children; a single shard is a job of its own, which is told its number.
    let array = format!("--array-properties size={}", job.shards);
    let alone = " --container-overrides 'environment=[{name=AWS_BATCH_JOB_ARRAY_INDEX,value=0}]'";
    let (array, alone) = if job.shards > 1 { (array, "") } else { (String::new(), alone) };
    let words = [
        ("shards", job.shards.to_string()),
        ("last", job.shards.saturating_sub(1).to_string()),
        ("runs", job.runs.to_string()),
        ("estimate", job.estimate.to_owned()),
        ("minutes", job.minutes.to_string()),
        ("seconds", (job.minutes * 60).to_string()),
        ("array", array),
        ("alone", alone.to_owned()),
        ("label", label_of(job.name)),
        ("name", job.name.to_owned()),
        // Last, so that nothing in a path is taken for a word.
        ("plan", quoted(engine, job.plan)),
        ("folder", quoted(engine, job.folder)),
        ("results", quoted(engine, job.results)),
    ];
    words
        .iter()
        .fold(template(engine).to_owned(), |text, (word, value)| text.replace(&format!("{{{{{word}}}}}"), value))
}

/// A path as the language of a script takes it.
fn quoted(engine: Engine, path: &str) -> String {
    match engine {
        Engine::Slurm | Engine::AwsBatch | Engine::Parallel => format!("'{}'", path.replace('\'', r"'\''")),
        Engine::Kubernetes | Engine::Ray | Engine::Dask | Engine::Snakemake => {
            serde_json::to_string(path).expect("a text is JSON")
        }
    }
}

/// Small letters, digits and dashes, as the names of Kubernetes and Batch.
fn label_of(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let label: String = name.chars().map(plain).take(50).collect();
    let label = label.trim_matches('-');
    if label.is_empty() { "sweep".to_owned() } else { label.to_owned() }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::ALL.iter().find(|(_, engine)| engine == self).map_or("", |(word, _)| word);
        f.write_str(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: Job<'static> = Job {
        name: "Fleet sizes 2",
        plan: "it's/plan.json",
        folder: "shards",
        results: "results",
        shards: 8,
        runs: 2_000,
        estimate: "about 40 s",
        minutes: 20,
    };

    #[test]
    fn every_script_says_the_number_of_shards_and_merges() {
        for (word, engine) in Engine::ALL {
            let text = script(engine, &JOB);
            for part in ["sweep", "--shards", "8", "merge", "42", "EDIT"] {
                assert!(text.contains(part), "{word} has no `{part}`:\n{text}");
            }
            assert!(!text.contains("{{") || engine == Engine::Snakemake, "{word}: {text}");
            assert!(!text.contains("TASK_COUNT"), "{word}: the number of shards is never taken from the engine");
        }
    }

    #[test]
    fn a_path_with_a_quote_stays_one_word() {
        assert!(script(Engine::Slurm, &JOB).contains(r"'it'\''s/plan.json'"));
        assert!(script(Engine::Ray, &JOB).contains("\"it's/plan.json\""));
    }

    #[test]
    fn labels_are_those_of_kubernetes() {
        let check = |name: &str, expected: &str| assert_eq!(label_of(name), expected);
        check("Fleet sizes_2", "fleet-sizes-2");
        check("--", "sweep");
    }
}
