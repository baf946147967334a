//! What a question of planning is asked of, and waiting for its answer: threads, progress, Ctrl-C.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::super::args::Output;
use super::super::kit::{cluster, interruption};
use super::args::Common;
use crate::model::{LoadFactor, OwnStrategies, Policy, Scenario};
use crate::planning::{Asked, Watch};
use crate::scenario::{self, Loaded};

/// Progress is shown of what takes longer.
const SILENT: Duration = Duration::from_secs(2);

/// A scenario with the policies that are asked about.
pub(in crate::cli) struct Subject {
    pub(in crate::cli) scenario: Scenario,
    pub(in crate::cli) digest: String,
    /// Files that the scenario names.
    pub(in crate::cli) files: Vec<PathBuf>,
    /// How many times its load is asked about.
    pub(in crate::cli) factor: LoadFactor,
    /// What people must know of the load.
    pub(in crate::cli) notes: Vec<String>,
}

/// Reads what a question is asked of and leaves the policies that are meant.
///
/// # Errors
/// If it cannot be read, or there is no such policy, no instance or no load.
pub(super) fn subject(common: &Common) -> anyhow::Result<Subject> {
    let Loaded { mut scenario, digest, files, .. } = cluster::load(&common.files, &common.documents, &common.output)?;
    choose_policies(&mut scenario, &common.policy)?;
    anyhow::ensure!(!scenario.fleet.instances.is_empty(), "scenario `{}` has no instance to plan with", scenario.name);
    let has_load = !scenario.services.is_empty()
        || !scenario.sources.is_empty()
        || !scenario.trace.tasks.is_empty()
        || !scenario.running.is_empty();
    anyhow::ensure!(has_load, "scenario `{}` has no load to plan for: no service, no task, no trace", scenario.name);
    let endless = scenario.horizon.is_none() && scenario.sources.iter().any(|source| source.count.is_none());
    anyhow::ensure!(!endless, "the load of `{}` never ends; give the scenario a `horizon`", scenario.name);
    let Asked { scenario, factor, note } = common.load.of(scenario).map_err(|why| anyhow::anyhow!("--load: {why}"))?;
    Ok(Subject { scenario, digest, files, factor, notes: note.into_iter().collect() })
}

/// Leaves the policies that are asked for, in the order of asking; a template decides for all.
fn choose_policies(scenario: &mut Scenario, names: &[String]) -> anyhow::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut chosen: Vec<Policy> = Vec::new();
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let own = scenario.policies.iter().find(|policy| policy.name == *name).cloned();
        let known =
            || scenario.policies.iter().map(|policy| format!("`{}`", policy.name)).collect::<Vec<_>>().join(", ");
        let templates = || scenario::template_names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let keeps_own = own.as_ref().is_some_and(|policy| scenario.keeps_own(policy)) || *name == scenario::AS_IS;
        let policy = own.or_else(|| scenario::template(name)).ok_or_else(|| {
            let name = name.escape_debug();
            anyhow::anyhow!(
                "there is no policy `{name}`; the scenario has {}, and the templates are {}",
                known(),
                templates()
            )
        })?;
        if keeps_own {
            kept.push(policy.name.clone());
        }
        if !chosen.iter().any(|known| known.name == policy.name) {
            chosen.push(policy);
        }
    }
    scenario.comparison.own_strategies = OwnStrategies::Under(kept);
    scenario.policies = chosen;
    Ok(())
}

/// Works on an answer with the threads that are wanted, while progress is shown and Ctrl-C is heard.
///
/// # Errors
/// If threads or the signal are not to be had.
pub(super) fn work<T: Send>(common: &Common, work: impl FnOnce(&Watch) -> T + Send) -> anyhow::Result<T> {
    let watch = Watch::default();
    interruption::listen(&watch.control)?;
    let threads = common.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(std::thread::scope(|scope| {
        let worker = scope.spawn(|| pool.install(|| work(&watch)));
        let bar = Bar::new(&common.output);
        while !worker.is_finished() {
            bar.show(&watch);
            std::thread::sleep(Duration::from_millis(20));
        }
        bar.hide();
        match worker.join() {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }))
}

/// A line for people who wait, on a terminal only.
struct Bar {
    bar: ProgressBar,
    since: Instant,
}

impl Bar {
    #[expect(clippy::disallowed_methods, reason = "people wait by the clock; no result depends on it")]
    fn new(output: &Output) -> Self {
        let bar = if output.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}").expect("the template is valid");
        bar.set_style(style);
        Self { bar, since: Instant::now() }
    }

    fn show(&self, watch: &Watch) {
        if self.since.elapsed() > SILENT {
            self.bar.set_message(watch.line());
            self.bar.tick();
        }
    }

    fn hide(&self) {
        self.bar.finish_and_clear();
    }
}

/// The command that gives the answer again, as a shell takes it.
pub(super) fn command_line() -> String {
    let words = std::env::args().skip(1).map(|word| quoted(&word));
    std::iter::once("stowplan".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_shell_reads_the_words_again() {
        let texts = ["plan", "a b", "it's", "", "x=1", "$HOME"].map(super::quoted);
        assert_eq!(texts, ["plan", "'a b'", r"'it'\''s'", "''", "x=1", "'$HOME'"]);
    }
}
