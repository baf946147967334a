//! Which runs of a plan are meant: those of a shard, or some that are named.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// Every run `i` with `i % count == index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    /// How many there are; above `index`.
    pub count: u32,
}

impl Shard {
    /// The most shards that work may be cut into.
    pub const MOST: u32 = 1_000_000;

    /// A shard, if there is such a one.
    ///
    /// # Errors
    /// What is wrong and what to write.
    pub fn new(index: u64, count: u64) -> Result<Self, String> {
        if count == 0 || count > u64::from(Self::MOST) {
            return Err(format!("{count} shards are not possible: give a number from 1 to {}", Self::MOST));
        }
        if index >= count {
            let last = count - 1;
            return Err(format!("there is no shard {index} of {count}: shards count from 0, and the last is {last}"));
        }
        let narrow = |number: u64| u32::try_from(number).expect("below the most");
        Ok(Self { index: narrow(index), count: narrow(count) })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is no shard: write K/N such as `3/8`, K from 0 and N the number of shards");
        let (index, count) = text.split_once('/').ok_or_else(form)?;
        Self::new(index.parse().map_err(|_| form())?, count.parse().map_err(|_| form())?)
    }
}

/// Runs by number, as `17,40-60`: ascending, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunList(Vec<(u32, u32)>);

impl RunList {
    /// The list of ascending numbers.
    #[must_use]
    pub fn of(runs: impl IntoIterator<Item = u32>) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for run in runs {
            match ranges.last_mut() {
                Some((_, last)) if *last >= run => {}
                Some((_, last)) if *last + 1 == run => *last = run,
                _ => ranges.push((run, run)),
            }
        }
        Self(ranges)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|&(first, last)| first..=last)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|&(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The largest.
    #[must_use]
    pub fn last(&self) -> Option<u32> {
        self.0.last().map(|&(_, last)| last)
    }

    fn contains(&self, run: u32) -> bool {
        self.0.iter().any(|&(first, last)| (first..=last).contains(&run))
    }

    /// The first few ranges, and how many more there are.
    #[must_use]
    pub fn shortened(&self, ranges: usize) -> String {
        let head = Self(self.0.iter().take(ranges).copied().collect());
        match self.0.len().saturating_sub(ranges) {
            0 => head.to_string(),
            more => format!("{head}, … ({more} more)"),
        }
    }
}

impl fmt::Display for RunList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, &(first, last)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            if first == last { write!(f, "{comma}{first}")? } else { write!(f, "{comma}{first}-{last}")? }
        }
        Ok(())
    }
}

impl FromStr for RunList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = |part: &str| format!("`{part}` is no run: write numbers and ranges such as `17,40-60`");
        let mut ranges = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.trim().parse::<u32>().map_err(|_| form(part));
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(format!("`{part}` goes backwards: write `{last}-{first}`"));
            }
            ranges.push((first, last));
        }
        if ranges.is_empty() {
            return Err("no run is named: write numbers and ranges such as `17,40-60`".to_owned());
        }
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => joined.push((first, last)),
            }
        }
        Ok(Self(joined))
    }
}

/// The runs of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those of a shard.
    Shard(Shard),
    /// Those that are named, as for a repair.
    Runs(RunList),
}

impl Selection {
    /// The runs of a plan of so many, ascending.
    #[must_use]
    pub fn runs(&self, total: u32) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::Shard(shard) => Box::new((shard.index..total).step_by(shard.count as usize)),
            Self::Runs(list) => Box::new(list.iter().take_while(move |&run| run < total)),
        }
    }

    /// How many runs these are, of a plan of so many.
    #[must_use]
    pub fn len(&self, total: u32) -> u64 {
        match self {
            Self::Shard(shard) if shard.index >= total => 0,
            Self::Shard(shard) => u64::from((total - 1 - shard.index) / shard.count) + 1,
            Self::Runs(list) => list.len(),
        }
    }

    /// Whether a run is one of these.
    #[must_use]
    pub fn contains(&self, run: u32) -> bool {
        match self {
            Self::Shard(shard) => run % shard.count == shard.index,
            Self::Runs(list) => list.contains(run),
        }
    }

    /// The name of its part under a plan, by the first digits of the plan's hash.
    #[must_use]
    pub fn file_name(&self, plan: &str) -> String {
        let plan = &plan[..plan.len().min(PLAN_DIGITS)];
        match self {
            Self::Shard(Shard { index, count }) => format!("shard-{index:05}-of-{count:05}.{plan}.{EXTENSION}"),
            Self::Runs(list) => {
                let digest = Sha256::digest(list.to_string());
                let digits: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
                format!("runs-{digits}.{plan}.{EXTENSION}")
            }
        }
    }
}

/// How many digits of the plan's hash are in the name of a part.
pub const PLAN_DIGITS: usize = 8;
/// How the name of a part ends.
pub const EXTENSION: &str = "part";

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shard(shard) => shard.fmt(f),
            Self::Runs(list) => list.fmt(f),
        }
    }
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('/') { text.parse().map(Self::Shard) } else { text.parse().map(Self::Runs) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_of_any_number_hold_every_run_once() {
        for (total, count) in [(1_u32, 1_u32), (10, 3), (7, 7), (5, 9), (0, 2)] {
            let mut seen = vec![0; total as usize];
            for index in 0..count {
                let shard = Selection::Shard(Shard { index, count });
                let runs: Vec<u32> = shard.runs(total).collect();
                assert_eq!(runs.len() as u64, shard.len(total), "{shard} of {total}");
                assert!(runs.iter().all(|&run| shard.contains(run)));
                runs.into_iter().for_each(|run| seen[run as usize] += 1);
            }
            assert!(seen.iter().all(|&times| times == 1), "{count} shards of {total}: {seen:?}");
        }
    }

    #[test]
    fn a_shard_out_of_range_is_told_with_the_last_there_is() {
        let check = |text: &str, part: &str| {
            let error = text.parse::<Shard>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        };
        check("8/8", "the last is 7");
        check("0/0", "from 1 to");
        check("1", "write K/N");
        check("-1/8", "write K/N");
        check("1/99999999999", "from 1 to");
        assert_eq!("7/8".parse(), Ok(Shard { index: 7, count: 8 }));
    }

    #[test]
    fn runs_are_joined_sorted_and_read_back() {
        let check = |text: &str, expected: &str| {
            let list: RunList = text.parse().unwrap();
            assert_eq!(list.to_string(), expected);
            assert_eq!(RunList::of(list.iter()), list);
            assert_eq!(list.iter().count() as u64, list.len());
        };
        check("17,40-60", "17,40-60");
        check("5, 3-4,2", "2-5");
        check("9,9,1", "1,9");
        for wrong in ["", "a", "4-2", "1-", "-3"] {
            assert!(wrong.parse::<RunList>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_of_different_runs_have_different_names() {
        let names: Vec<String> = ["0/2", "1/2", "0/3", "0", "0-1"]
            .iter()
            .map(|text| text.parse::<Selection>().unwrap().file_name("0123456789abcdef"))
            .collect();
        assert_eq!(names[0], "shard-00000-of-00002.01234567.part");
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len());
    }
}
