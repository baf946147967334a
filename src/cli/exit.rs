//! Exit codes: a contract with scripts.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it ran and the answer is no, such as an expectation that does not hold.
    AnswerIsNo,
    /// 2: it could not run, or not to the end: arguments, input, files, an interruption.
    CouldNotRun,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::AnswerIsNo => Self::from(1),
            Exit::CouldNotRun => Self::from(2),
        }
    }
}
