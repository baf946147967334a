//! Exit codes: a contract with scripts.

use std::process::ExitCode;

/// 128 and the number of the signal.
pub(super) const INTERRUPTED: u8 = 130;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it ran and the answer is no, such as an expectation that does not hold.
    AnswerIsNo,
    /// 2: it could not run: arguments, input, files.
    CouldNotRun,
    /// 3: runs of a sweep are missing.
    Incomplete,
    /// 42: a shard can never succeed, and is not worth a retry.
    NeverSucceeds,
    /// 130: the person pressed Ctrl-C, as shells have it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::AnswerIsNo => Self::from(1),
            Exit::CouldNotRun => Self::from(2),
            Exit::Incomplete => Self::from(3),
            Exit::NeverSucceeds => Self::from(42),
            Exit::Interrupted => Self::from(INTERRUPTED),
        }
    }
}
