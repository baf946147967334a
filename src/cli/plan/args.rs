//! The command lines of `plan`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::args::Output;
use super::super::kit::documents::DocumentOptions;
use crate::model::{LoadFactor, SimTime};
use crate::planning::AskedLoad;

/// The questions of capacity planning.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// How few instances of this fleet's mix hold this load?
    ///
    /// For each of 11 orders of the instances, drawn so that every prefix keeps the mix of zones and types, the load is
    /// packed from scratch under the policy on prefixes of the order: bisection, then a window on both sides, as packing is
    /// not monotone. The answer is the 90th percentile (of 20 or 29 orders where they differ by more than 5 %), beside what
    /// any placement needs at least. Exit code 1: the fleet is too small.
    Compact(CompactArguments),
    /// How many more tasks of each service fit now, what binds first, and has every service the room to be deployed?
    ///
    /// On the cluster as it was found, where tasks run, else on a packing of the load: copies are placed by the chain until
    /// the first that does not fit; room for daemons is held back first. Then how far the whole load can grow, and a
    /// simulated deployment of each service alone. Exit code 1: the load does not fit, or some service cannot be deployed.
    Headroom(HeadroomArguments),
    /// Which zones may be lost so that the survivors hold all tasks of services, and how large must the fleet be?
    ///
    /// On the cluster as it was found, where tasks run, else on packings of it: the instances of a zone go with their
    /// tasks, and services start them anew on the survivors by their own chains and constraints; nothing is launched. Then
    /// the smallest fleet of this mix of which any one zone may be lost. Exit code 1: some zone may not.
    ZoneLoss(LossArguments),
    /// The same of each single instance: of more than 200 the fullest, that with most of the worst service, and others.
    NPlusOne(LossArguments),
    /// Which types, in which ratio, hold this load for the fewest dollars?
    ///
    /// Candidates are the fleet that the pattern linear programme proposes over all types, its neighbours, and every single
    /// type that holds all tasks; each is dealt over the zones in its ratio and compacted. Candidates whose bound is no less
    /// than the cheapest are not compacted. Exit code 1: no type holds the load.
    Mix(MixArguments),
    /// What does every rule cost: each constraint, link of a chain, daemon, capacity provider, surviving a zone?
    ///
    /// The load is compacted with all rules and without each, on the same orders; differences are paired. Beside them what
    /// any placement pays for the rule at least and at most, proved by bounds.
    Rules(RulesArguments),
    /// Which instances of a cluster that runs can go now, in which order, and what holds the others?
    ///
    /// Every task of an instance that goes is started elsewhere under its own rules and percents, one instance after
    /// another; the plan is run through the simulation and printed as commands of `aws`, which are never run. The first
    /// policy is asked. Exit code 1: none can go.
    Consolidate(ConsolidateArguments),
}

impl PlanCommand {
    /// What all questions are asked of.
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Compact(arguments) => &arguments.common,
            Self::Headroom(arguments) => &arguments.common,
            Self::ZoneLoss(arguments) | Self::NPlusOne(arguments) => &arguments.common,
            Self::Mix(arguments) => &arguments.common,
            Self::Rules(arguments) => &arguments.common,
            Self::Consolidate(arguments) => &arguments.common,
        }
    }
}

/// What all questions are asked of.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// A scenario file, or documents of one cluster as for `import`; `-` is standard input.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Policies of the scenario, or templates of the console such as az-balanced-binpack [default: all of the scenario].
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policy: Vec<String>,
    /// Another load: so many times this one, such as 1.25x; so many tasks that arrive, such as 120/h (s, min, h or day); or
    /// what its trace has in a window, such as 6h..18h.
    #[arg(long, value_name = "LOAD", value_parser = load, default_value = "1x")]
    pub(crate) load: AskedLoad,
    /// Number of threads [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Write the answer with all it rests on into this folder, which `stowplan audit` checks again.
    #[arg(long, value_name = "DIR")]
    pub(crate) bundle: Option<PathBuf>,
    /// Write the answer as a page with its picture, which opens from disk.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Show the answer in the report of this results folder too, which `stowplan run` made of the same scenario.
    #[arg(long, value_name = "DIR")]
    pub(crate) results: Option<PathBuf>,
    /// Show details, every row and every note.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) documents: DocumentOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct CompactArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    /// How sure, in percent, that at least 90 % of all orders fit: the largest of so many orders, 29 for 95.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(50..=99))]
    pub(crate) sure: Option<u32>,
    /// The share of tasks, such as 0.2%, that may be left out if each of them is picky.
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0%")]
    pub(crate) epsilon: u32,
    /// A task is picky if at most so many instances of the fleet can hold it.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) picky: u32,
}

#[derive(Debug, Args)]
pub(crate) struct HeadroomArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Tasks that come together, such as api=3: a service or a family, and how many of it; may be repeated.
    #[arg(long, value_name = "NAME=COUNT", value_parser = task)]
    pub(crate) task: Vec<(String, u32)>,
    /// Try no deployments.
    #[arg(long)]
    pub(crate) no_deployments: bool,
    /// Deploy every two services at once too, and tell the worst.
    #[arg(long, conflicts_with = "no_deployments")]
    pub(crate) two_at_once: bool,
}

/// `api=3` or `api`.
fn task(text: &str) -> Result<(String, u32), String> {
    let (name, count) = text.rsplit_once('=').unwrap_or((text, "1"));
    let count = count.parse().ok().filter(|count| (1..=100_000).contains(count));
    let pair = count.filter(|_| !name.is_empty()).map(|count| (name.to_owned(), count));
    pair.ok_or_else(|| "write a service or family and a count from 1 to 100000, such as `api=3`".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct LossArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Number of orders and packings.
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) seeds: u32,
    /// Start the largest lost tasks first, and not the oldest.
    #[arg(long)]
    pub(crate) largest_first: bool,
    /// Do not look for the smallest fleet that survives.
    #[arg(long)]
    pub(crate) no_search: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MixArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Types that may be bought, such as m6i.large or c6i.*; may be repeated [default: those of the fleet].
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub(crate) r#type: Vec<String>,
    /// Families that may be bought, such as m6i,c6i,r6i.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) type_family: Vec<String>,
    /// Only types of this processor architecture.
    #[arg(long, value_enum)]
    pub(crate) architecture: Option<Architecture>,
    /// Only these zones of the fleet.
    #[arg(long, value_name = "ZONE", value_delimiter = ',')]
    pub(crate) zone: Vec<String>,
    /// Compact so many candidates at most.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) most: u32,
    /// The share of instances that are spot, such as 30%.
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "spot_discount")]
    pub(crate) spot_share: Option<u32>,
    /// How much less a spot instance costs, such as 65%.
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "spot_share")]
    pub(crate) spot_discount: Option<u32>,
}

/// A processor architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// `x86_64`.
    #[value(name = "x86_64")]
    X86,
    /// `arm64`.
    #[value(name = "arm64")]
    Arm,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct ConsolidateArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Tasks may go to instances that are empty.
    #[arg(long)]
    pub(crate) use_empty: bool,
    /// Standalone tasks may be stopped and started anew.
    #[arg(long)]
    pub(crate) move_standalone: bool,
}

/// `2x`, `120/h`, `6h..18h`.
fn load(text: &str) -> Result<AskedLoad, String> {
    if let Some((from, until)) = text.split_once("..") {
        let span = |text: &str| crate::scenario::span(text).map_err(|why| format!("`{}`: {why}", text.escape_debug()));
        let (from, until) = (SimTime::ZERO.after(span(from)?), SimTime::ZERO.after(span(until)?));
        return match from < until {
            true => Ok(AskedLoad::Window(from, until)),
            false => Err("a window ends after it starts, such as `6h..18h`".to_owned()),
        };
    }
    match text.split_once('/') {
        Some((number, unit)) => rate(number, unit).map(AskedLoad::Rate),
        None => factor(text).map(AskedLoad::Times),
    }
}

/// Tasks an hour, in millionths.
fn rate(number: &str, unit: &str) -> Result<u64, String> {
    let (times, over) = match unit {
        "s" => (3_600, 1),
        "min" => (60, 1),
        "h" => (1, 1),
        "day" => (1, 24),
        _ => return Err("write tasks for a time, such as `2/s`, `30/min`, `120/h` or `5000/day`".to_owned()),
    };
    let rate = millionths(number).and_then(|number| number.checked_mul(times)).map(|rate| rate / over);
    rate.filter(|&rate| rate > 0).ok_or_else(|| "write a rate above 0, such as `120/h`".to_owned())
}

/// `2x`, `1.25x`: in millionths, exactly.
fn factor(text: &str) -> Result<LoadFactor, String> {
    let number = text.strip_suffix(['x', 'X']).unwrap_or(text);
    let millionths = millionths(number).filter(|&millionths| millionths > 0);
    let millionths =
        millionths.and_then(|millionths| u32::try_from(millionths).ok()).filter(|&all| all <= 1_000_000_000);
    millionths
        .map(LoadFactor)
        .ok_or_else(|| "write a factor above 0 and up to 1000, such as `2x`, a rate, such as `120/h`, or a window of the trace, such as `6h..18h`".to_owned())
}

/// `0.2%`: in millionths, exactly.
fn share(text: &str) -> Result<u32, String> {
    let percent = text.strip_suffix('%').and_then(millionths).filter(|percent| percent % 100 == 0);
    let share = percent.map(|percent| percent / 100).filter(|&share| share <= 1_000_000);
    share.and_then(|share| u32::try_from(share).ok()).ok_or_else(|| "write a share such as `0.2%`".to_owned())
}

/// A decimal number with at most six decimals, in millionths.
fn millionths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || part.len() > 6 || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_factors_rates_and_windows() {
        let hour = 3_600_000;
        assert_eq!(load("2x"), Ok(AskedLoad::Times(LoadFactor(2_000_000))));
        assert_eq!(load("0.5/s"), Ok(AskedLoad::Rate(1_800_000_000)));
        assert_eq!(load("30/min"), load("1800/h"));
        assert_eq!(load("48/day"), Ok(AskedLoad::Rate(2_000_000)));
        assert_eq!(load("6h..1d"), Ok(AskedLoad::Window(SimTime(6 * hour), SimTime(24 * hour))));
        for bad in ["", "..", "6h..", "6h..6h", "7h..6h", "6..7", "0/h", "1/x", "/h", "1/", "-1/h", "1/h/h", "x..y"] {
            assert!(load(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn factors_and_shares_are_exact() {
        let check =
            |text: &str, expected: Option<u32>| assert_eq!(factor(text).ok(), expected.map(LoadFactor), "{text}");
        check("2x", Some(2_000_000));
        check("1.25", Some(1_250_000));
        check(".5x", Some(500_000));
        check("1000x", Some(1_000_000_000));
        for bad in ["", "x", "0x", "-1x", "1.0000001x", "1001x", "2xx", "1e3", "１x", "99999999999999999999x"] {
            check(bad, None);
        }
        assert_eq!((share("0.2%"), share("100%")), (Ok(2_000), Ok(1_000_000)));
        for bad in ["0.2", "101%", "%", "-1%"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }
}
