//! The folder of the parts of one plan: which plan it belongs to, what is there, and what is missing.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use fs_err as fs;
use rayon::prelude::*;

use super::part::{self, Damage, Part};
use super::plan::Plan;
use super::selection::{EXTENSION, RunList};

/// The file that says which plan a folder belongs to.
const MARKER: &str = "plan.sha256";

/// A folder of parts cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stranger {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It belongs to another plan.
    #[error("the folder `{}` holds shards of another plan (`{theirs}`), and this is `{ours}`; give each plan a folder of its own with `-o`", .path.display())]
    OtherPlan {
        /// The folder.
        path: PathBuf,
        /// Hash and name of its plan.
        theirs: String,
        /// The same of ours.
        ours: String,
    },
}

/// What a folder says of the plan that it belongs to.
fn marker_of(plan: &Plan) -> String {
    format!("{}  {}\n", plan.hash, plan.name)
}

/// Makes the folder one of this plan, or says that it is another's.
///
/// # Errors
/// If it is, or cannot be written.
pub fn claim(folder: &Path, plan: &Plan) -> Result<(), Stranger> {
    fs::create_dir_all(folder)?;
    if read_marker(folder)?.is_none() {
        let temporary = folder.join(format!(".{MARKER}.{}.tmp", std::process::id()));
        fs::write(&temporary, marker_of(plan))?;
        // A link fails where another shard was first; where there are no links a rename, which the first look made likely
        // to be the only one.
        let linked = fs::hard_link(&temporary, folder.join(MARKER));
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                fs::rename(&temporary, folder.join(MARKER))?;
            }
            _ => fs::remove_file(&temporary)?,
        }
    }
    ensure_ours(folder, plan)
}

/// Whether the folder belongs to this plan, or to none yet.
///
/// # Errors
/// If it belongs to another, or cannot be read.
pub fn ensure_ours(folder: &Path, plan: &Plan) -> Result<(), Stranger> {
    match read_marker(folder)? {
        Some(theirs) if theirs != marker_of(plan) => Err(Stranger::OtherPlan {
            path: folder.to_owned(),
            theirs: shortened(&theirs),
            ours: shortened(&marker_of(plan)),
        }),
        _ => Ok(()),
    }
}

fn read_marker(folder: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(folder.join(MARKER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// `0a1b2c3d name`.
fn shortened(marker: &str) -> String {
    let (hash, name) = marker.trim().split_once("  ").unwrap_or((marker.trim(), ""));
    format!("{} {name}", hash.get(..8).unwrap_or(hash)).trim().to_owned()
}

/// What a folder holds of a plan.
#[derive(Debug)]
pub struct Found {
    /// Parts that count, names ascending.
    pub parts: Vec<Part>,
    /// Files that look like parts and do not count, and why.
    pub damaged: Vec<(PathBuf, Damage)>,
}

impl Found {
    /// Looks at every part of a folder, from its first to its last byte. What else lies there, such as remainders of a
    /// writing that was cut off, is not looked at.
    ///
    /// # Errors
    /// If it belongs to another plan, or cannot be read.
    pub fn look(folder: &Path, plan: &Plan) -> Result<Self, Stranger> {
        ensure_ours(folder, plan)?;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION) {
                paths.push(path);
            }
        }
        paths.sort();
        let looked: Vec<_> = paths.par_iter().map(|path| part::verify(path, plan)).collect();
        let mut found = Self { parts: Vec::new(), damaged: Vec::new() };
        for (path, part) in paths.into_iter().zip(looked) {
            match part? {
                Ok(part) => found.parts.push(part),
                Err(damage) => found.damaged.push((path, damage)),
            }
        }
        Ok(found)
    }

    /// Which runs of the plan are in no part.
    #[must_use]
    pub fn missing(&self, plan: &Plan) -> Missing {
        let total = plan.total();
        let mut there = vec![false; total as usize];
        for part in &self.parts {
            part.selection.runs(total).for_each(|run| there[run as usize] = true);
        }
        Missing { total, runs: RunList::of((0..total).filter(|&run| !there[run as usize])) }
    }
}

/// The runs that are in no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many the plan has.
    pub total: u32,
    /// Those that are missing.
    pub runs: RunList,
}

/// So many ranges of missing runs are shown.
const SHOWN: usize = 12;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.total == 1 { "run" } else { "runs" };
        write!(f, "{} of {} {noun} there; missing: {}", self.done(), self.total, self.runs.shortened(SHOWN))
    }
}

impl Missing {
    /// How many are there.
    #[must_use]
    pub fn done(&self) -> u64 {
        u64::from(self.total) - self.runs.len()
    }

    /// The shards of so many that have a missing run, ascending.
    #[must_use]
    pub fn shards(&self, count: u32) -> RunList {
        let mut is_short = vec![false; count as usize];
        self.runs.iter().for_each(|run| is_short[(run % count) as usize] = true);
        RunList::of((0..count).filter(|&shard| is_short[shard as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::part::tests::{plan, written};
    use super::*;

    #[test]
    fn what_is_missing_is_known_whatever_mix_of_shards_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(24);
        for part in ["0/2", "1/4", "5,7"] {
            written(folder.path(), &plan, part);
        }
        let found = Found::look(folder.path(), &plan).unwrap();
        let missing = found.missing(&plan);
        assert_eq!(missing.runs.to_string(), "3,11,15,19,23");
        assert_eq!(missing.done(), 19);
        assert_eq!(missing.shards(8).to_string(), "3,7");
        assert_eq!(missing.shards(1).to_string(), "0");
    }

    #[test]
    fn a_truncated_part_counts_as_missing_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(4);
        let cut = written(folder.path(), &plan, "0/2");
        written(folder.path(), &plan, "1/2");
        let bytes = fs::read(&cut).unwrap();
        fs::write(&cut, &bytes[..bytes.len() - 9]).unwrap();
        fs::write(folder.path().join(".shard-00000-of-00002.x.part.1-0.tmp"), "half").unwrap();
        let found = Found::look(folder.path(), &plan).unwrap();
        assert_eq!(found.damaged, [(cut, Damage::CutOff)]);
        assert_eq!(found.missing(&plan).runs.to_string(), "0,2");
    }

    #[test]
    fn a_folder_belongs_to_the_plan_that_came_first() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (plan(4), plan(5));
        claim(folder.path(), &first).unwrap();
        claim(folder.path(), &first).unwrap();
        let error = claim(folder.path(), &second).unwrap_err().to_string();
        assert!(error.contains("shards of another plan") && error.contains(&second.hash[..8]), "{error}");
        assert!(Found::look(folder.path(), &second).is_err());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["plan.sha256"]);
    }
}
