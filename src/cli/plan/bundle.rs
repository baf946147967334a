//! An answer with all it rests on, as a folder that `stowplan audit` checks again: the inputs, the question, the answer, the
//! packings placement by placement, and the certificates of its bounds.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Answered;
use super::args::Common;
use crate::planning::{Load, Replay, Tolerance};
use crate::report::csv::{EVENTS_HEADER, EventSource, EventWriter};
use crate::report::{PlanAsked, write_plan_json};
use crate::simulation::Control;

/// What the folder is, and the digest of every other file.
pub(in crate::cli) const INDEX: &str = "bundle.json";
/// The answer, as `--format json` prints it.
pub(in crate::cli) const ANSWER: &str = "answer.json";
/// Every packing as an event log.
pub(in crate::cli) const PLACEMENTS: &str = "placements.csv";
/// The certificates of bounds.
pub(in crate::cli) const CERTIFICATES: &str = "certificates.json";
/// The files that the question was asked of.
const INPUTS: &str = "inputs";

/// Rows of placements are written of all packings up to so many, else of one packing a policy.
const MOST_ROWS: usize = 4_000_000;

/// One packing of an answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Laid {
    /// Position of its policy.
    pub(in crate::cli) policy: usize,
    pub(in crate::cli) seed: u32,
    /// Instances.
    pub(in crate::cli) size: usize,
    pub(in crate::cli) tolerance: Tolerance,
}

/// The contents of `bundle.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Index {
    /// Version of this form.
    pub(in crate::cli) format: u32,
    /// The program that wrote it.
    pub(in crate::cli) version: String,
    /// The words after `stowplan plan`, but for the files.
    pub(in crate::cli) words: Vec<String>,
    /// The files that it was asked of, within the folder.
    pub(in crate::cli) files: Vec<String>,
    /// SHA-256 of every file by name.
    pub(in crate::cli) digests: BTreeMap<String, String>,
    /// What stands under each `run` of the placements.
    pub(in crate::cli) packings: Vec<Packed>,
    /// Packings that are not written out.
    pub(in crate::cli) packings_left_out: usize,
}

/// A packing that is written out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Packed {
    pub(in crate::cli) policy: String,
    pub(in crate::cli) seed: u32,
    pub(in crate::cli) instances: usize,
    /// Millionths of a dollar an hour, where all prices are known.
    pub(in crate::cli) micro_usd_per_hour: Option<u128>,
}

/// The folder is there and empty.
///
/// # Errors
/// If it is not empty or cannot be made.
pub(super) fn make_room(folder: &Path) -> anyhow::Result<()> {
    fs_err::create_dir_all(folder)?;
    let is_empty = fs_err::read_dir(folder)?.next().is_none();
    anyhow::ensure!(is_empty, "`{}` is not empty; a bundle has a folder of its own", folder.display());
    Ok(())
}

/// Writes the folder of an answer.
pub(super) fn write(folder: &Path, answered: &Answered, asked: &PlanAsked, common: &Common) -> anyhow::Result<()> {
    let Answered { answer, subject, packings, certificates } = answered;
    let files = copy_inputs(folder, &common.files, &subject.files)?;
    let mut out = BufWriter::new(fs_err::File::create(folder.join(ANSWER))?);
    write_plan_json(&mut out, answer, asked)?;
    out.flush()?;
    let mut text = serde_json::to_string_pretty(certificates)?;
    text.push('\n');
    fs_err::write(folder.join(CERTIFICATES), text)?;
    let load = Load::of(&subject.scenario, subject.factor);
    let kept = kept(packings, &load);
    let packed = write_placements(&folder.join(PLACEMENTS), &load, &kept)?;
    let words = words(&common.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>());
    let index = Index {
        format: 1,
        version: crate::VERSION.to_owned(),
        words,
        files,
        digests: digests(folder)?,
        packings: packed,
        packings_left_out: packings.len() - kept.len(),
    };
    fs_err::write(folder.join(INDEX), serde_json::to_string_pretty(&index)? + "\n")?;
    Ok(())
}

/// All packings, or the largest of each policy where all would be too many rows.
fn kept(packings: &[Laid], load: &Load) -> Vec<Laid> {
    let tasks = load.scenario().services.iter().map(|service| u64::from(service.desired_count)).sum::<u64>()
        + load.scenario().sources.iter().filter_map(|source| source.count).sum::<u64>()
        + load.scenario().trace.tasks.len() as u64;
    if packings.len().saturating_mul(usize::try_from(tasks).unwrap_or(usize::MAX)) <= MOST_ROWS {
        return packings.to_vec();
    }
    let mut of_policy: BTreeMap<usize, Laid> = BTreeMap::new();
    for &laid in packings {
        let best = of_policy.entry(laid.policy).or_insert(laid);
        if laid.size > best.size {
            *best = laid;
        }
    }
    of_policy.into_values().collect()
}

fn write_placements(path: &Path, load: &Load, packings: &[Laid]) -> anyhow::Result<Vec<Packed>> {
    let mut out = BufWriter::new(fs_err::File::create(path)?);
    out.write_all(EVENTS_HEADER.as_bytes())?;
    let scenario = load.scenario();
    let mut packed = Vec::new();
    for (run, laid) in (0..).zip(packings) {
        let policy = &scenario.policies[laid.policy];
        let replay = Replay::new(load, policy, laid.seed, laid.size, laid.tolerance);
        let source = EventSource {
            run,
            fleet: &replay.fleet,
            definitions: &scenario.definitions,
            requests: &replay.requests,
            providers: &scenario.dynamics.providers,
        };
        let mut writer = EventWriter::start(source, &mut out);
        replay.run(&mut writer, &Control::default()).map_err(|_| anyhow::anyhow!("interrupted"))?;
        writer.finish()?;
        let micro_usd_per_hour = replay.price();
        packed.push(Packed { policy: policy.name.clone(), seed: laid.seed, instances: laid.size, micro_usd_per_hour });
    }
    out.flush()?;
    Ok(packed)
}

/// The words of the question, without its files and without what is written.
fn words(files: &[String]) -> Vec<String> {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let from = all.iter().position(|word| word == "plan").map_or(0, |plan| plan + 1);
    without(&all[from..], files)
}

fn without(all: &[String], files: &[String]) -> Vec<String> {
    let mut left = files.to_vec();
    let mut words = Vec::new();
    let mut all = all.iter();
    while let Some(word) = all.next() {
        if word == "--bundle" || word == "--html" {
            all.next();
        } else if let Some(file) = left.iter().position(|file| file == word) {
            left.remove(file);
        } else if !word.starts_with("--bundle=") && !word.starts_with("--html=") && word != "--" {
            words.push(word.clone());
        }
    }
    words
}

/// Copies the files as they stand to each other; answers the names of those that were asked of.
fn copy_inputs(folder: &Path, asked: &[PathBuf], named: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let is_pipe = asked.iter().any(|file| file == Path::new("-"));
    anyhow::ensure!(!is_pipe, "standard input cannot be put into a bundle: it needs files");
    let mut all = Vec::new();
    for file in asked.iter().chain(named) {
        all.push(fs_err::canonicalize(file)?);
    }
    let above = common_folder(&all);
    let mut names = Vec::new();
    for file in &all {
        let name = file.strip_prefix(&above).expect("it is below the folder of all");
        let to = folder.join(INPUTS).join(name);
        if let Some(parent) = to.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::copy(file, &to)?;
        let parts = name.components().map(|part| part.as_os_str().to_string_lossy());
        names.push(format!("{INPUTS}/{}", parts.collect::<Vec<_>>().join("/")));
    }
    names.truncate(asked.len());
    Ok(names)
}

/// The deepest folder that all files are below.
fn common_folder(files: &[PathBuf]) -> PathBuf {
    let parent = |file: &PathBuf| file.parent().unwrap_or(Path::new("/")).to_owned();
    let Some(first) = files.first() else { return PathBuf::new() };
    files.iter().map(parent).fold(parent(first), |above, folder| {
        let same = above.components().zip(folder.components()).take_while(|(one, other)| one == other);
        same.map(|(part, _): (Component<'_>, Component<'_>)| part).collect()
    })
}

/// The digest of every file in a folder but the index.
pub(in crate::cli) fn digests(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = folders.pop() {
        for entry in fs_err::read_dir(&path)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if name != INDEX {
                let digest = Sha256::digest(fs_err::read(entry.path())?);
                digests.insert(name, digest.iter().map(|byte| format!("{byte:02x}")).collect());
            }
        }
    }
    Ok(digests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_question_are_kept_without_its_files_and_the_bundle() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let kept = without(&words("compact s.toml --bundle b --policy s.toml --all"), &words("s.toml"));
        assert_eq!(kept, words("compact --policy s.toml --all"));
        let kept = without(&words("headroom a.json --load 2x b.json --bundle=x"), &words("a.json b.json"));
        assert_eq!(kept, words("headroom --load 2x"));
    }

    #[test]
    fn files_keep_their_places_to_each_other() {
        let files = ["/a/b/s.toml", "/a/b/data/n.csv", "/a/t.csv"].map(PathBuf::from);
        assert_eq!(common_folder(&files), Path::new("/a"));
        assert_eq!(common_folder(&files[..1]), Path::new("/a/b"));
    }
}
