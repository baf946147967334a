//! A history as the lines that a placer in another language is asked, to be played to it once more.

use std::slice;

use crate::laws::placer::{Capabilities, Decision, Foreseen, Left, Placer, Placers, Task, Trouble};
use crate::laws::suite::{Broken, Outcome, play};
use crate::laws::wire::{self, InstanceLine, Question, ServiceLine, TaskLine};
use crate::laws::world::{Instance, Kind, task_name};

/// The questions, one JSON object each, from `hello` on: what was asked before the law was seen to be broken.
pub(super) fn questions(broken: &Broken) -> Vec<String> {
    let mut scribe = Scribe { broken, answered: broken.played.outcomes.iter(), lines: Vec::new() };
    scribe.write(&Question::Hello { version: wire::VERSION });
    // A scribe gives an answer to everything.
    let _ = play(&mut scribe, &broken.known, &broken.history);
    scribe.lines
}

/// A placer that writes down what it is asked, and answers what the other one answered.
struct Scribe<'b> {
    broken: &'b Broken,
    /// What became of the steps that are still to come.
    answered: slice::Iter<'b, Outcome>,
    lines: Vec<String>,
}

impl<'b> Scribe<'b> {
    fn write(&mut self, question: &Question<'_>) {
        self.lines.push(serde_json::to_string(question).expect("memory takes every line"));
    }

    /// What became of the next task that was to be placed or given up.
    fn answer(&mut self) -> Result<&'b Outcome, Trouble> {
        let answer = self.answered.find(|outcome| **outcome != Outcome::None);
        answer.ok_or_else(|| Trouble::new("nothing was answered any more"))
    }
}

impl Placers for Scribe<'_> {
    fn capabilities(&mut self) -> Result<Capabilities, Trouble> {
        Ok(self.broken.known.clone())
    }

    fn with(&mut self, foreseen: Foreseen<'_>, used: &mut dyn FnMut(&mut dyn Placer)) -> Result<(), Trouble> {
        self.write(&Question::Reset { seed: foreseen.seed });
        used(self);
        Ok(())
    }
}

impl Placer for Scribe<'_> {
    fn capabilities(&self) -> Capabilities {
        self.broken.known.clone()
    }

    fn register(&mut self, instance: &Instance) -> Result<(), Trouble> {
        self.write(&Question::Register { instance: InstanceLine::new(instance) });
        Ok(())
    }

    fn place(&mut self, task: Task<'_>) -> Result<Decision, Trouble> {
        self.write(&Question::Place { task: TaskLine::new(task.name, task.kind) });
        let history = &self.broken.history;
        match self.answer()? {
            Outcome::Placed(Ok(instance)) => Ok(Decision::Placed(history.instances[*instance].name.clone())),
            Outcome::Placed(Err(name)) => Ok(Decision::Placed(name.clone())),
            Outcome::Trouble(trouble) => Err(trouble.clone()),
            _ => Ok(Decision::Refused(Vec::new())),
        }
    }

    fn stop(&mut self, task: &str) -> Result<(), Trouble> {
        self.write(&Question::Stop { task });
        Ok(())
    }

    fn gone(&mut self, task: &str) -> Result<(), Trouble> {
        self.write(&Question::Gone { task });
        Ok(())
    }

    fn drain(&mut self, instance: &str) -> Result<(), Trouble> {
        self.write(&Question::Drain { instance });
        Ok(())
    }

    fn activate(&mut self, instance: &str) -> Result<(), Trouble> {
        self.write(&Question::Activate { instance });
        Ok(())
    }

    fn lose(&mut self, instance: &str) -> Result<(), Trouble> {
        self.write(&Question::Lose { instance });
        Ok(())
    }

    fn scale_in(&mut self, service: &Kind) -> Result<String, Trouble> {
        self.write(&Question::ScaleIn { service: ServiceLine::new(service) });
        match self.answer()? {
            Outcome::GaveUp(Ok(task)) => Ok(task_name(*task)),
            Outcome::GaveUp(Err(name)) => Ok(name.clone()),
            Outcome::Trouble(trouble) => Err(trouble.clone()),
            _ => Ok(String::new()),
        }
    }

    fn remaining(&mut self, instance: &str) -> Result<Left, Trouble> {
        self.write(&Question::Remaining { instance });
        Ok(Left { cpu: 0, memory: 0, gpus: 0 })
    }
}
