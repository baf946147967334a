//! Answers of plans that a results folder keeps beside the outcomes of its runs, and shows in its report.
//!
//! An answer is of one state of one scenario, that of its digest: where the scenario of the folder has changed since, it is
//! left out. Asked again by the same command it takes the place of the one before.

use sha2::{Digest as _, Sha256};

use super::files::hexadecimal;
use super::{Error, Folder, STORE};
use crate::planning::Answer;
use crate::report::{PlanAsked, Planned};

/// Where answers lie in the store.
const PLANS: &str = "plans";

impl Folder {
    /// Keeps an answer about the scenario of this folder.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_plan(&self, answer: &Answer, asked: &PlanAsked) -> Result<(), Error> {
        let folder = self.path().join(STORE).join(PLANS);
        fs_err::create_dir_all(&folder)?;
        let kept = Planned { asked: asked.clone(), answer: answer.clone() };
        let text = serde_json::to_string_pretty(&kept).map_err(std::io::Error::other)?;
        let key = hexadecimal(&Sha256::digest(&asked.command));
        let name = format!("{}-{}.json", answer.plan, &key[..16]);
        let (partial, whole) = (folder.join(format!("{name}.tmp")), folder.join(name));
        fs_err::write(&partial, text)?;
        fs_err::rename(partial, whole)?;
        Ok(())
    }

    /// The answers about the scenario as it was run, by question and command.
    pub(super) fn plans(&self) -> Vec<Planned> {
        let entries = fs_err::read_dir(self.path().join(STORE).join(PLANS)).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        // What another version wrote in another form is not shown: asked again it is.
        let kept = json.filter_map(|path| serde_json::from_str::<Planned>(&fs_err::read_to_string(path).ok()?).ok());
        let mut plans: Vec<Planned> =
            kept.filter(|kept| kept.asked.digest == self.manifest().scenario.sha256).collect();
        plans.sort_by(|a, b| (&a.answer.plan, &a.asked.command).cmp(&(&b.answer.plan, &b.asked.command)));
        plans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::{Kind, Table, Value};
    use crate::report::folder::Overwrite;
    use crate::report::sample;

    fn asked(command: &str, digest: &str) -> PlanAsked {
        PlanAsked { command: command.to_owned(), scenario: "s".to_owned(), digest: digest.to_owned() }
    }

    #[test]
    fn answers_come_back_whole_as_long_as_the_scenario_is_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = sample::manifest(&["p"], 1);
        let folder = Folder::create(&dir.path().join("r"), &manifest, Overwrite::OwnOnly).unwrap();
        assert!(folder.plans().is_empty());
        let mut answer = Answer::new("compact", "3 are enough", Kind::Sampled("so".into()));
        answer.fact("usd", "price", Value::Usd(u128::MAX));
        let mut table = Table::new("orders", "t", &[("a", "A"), ("b", "B"), ("c", "C")]);
        table.rows.push(vec![Value::share(9, 16), Value::UsdChange(i128::MIN), Value::Absent]);
        answer.tables.push(table);
        let own = manifest.scenario.sha256.as_str();
        folder.keep_plan(&answer, &asked("plan b", own)).unwrap();
        folder.keep_plan(&answer, &asked("plan a", own)).unwrap();
        folder.keep_plan(&answer, &asked("plan a", own)).unwrap();
        folder.keep_plan(&answer, &asked("plan c", "another state of the scenario")).unwrap();
        fs_err::write(dir.path().join("r/.store/plans/old.json"), "{}").unwrap();
        let expected =
            ["plan a", "plan b"].map(|command| Planned { asked: asked(command, own), answer: answer.clone() });
        assert_eq!(folder.plans(), expected);
    }
}
