//! A placer that is another program: it is started, told and asked line by line, and ended.
//!
//! A thread reads what it writes, so that one that is silent is given up after a while. What asks nothing is not waited
//! for: its answers are read before the next one that matters.

use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::super::kit::results::Stopwatch;
use super::cpu;
use crate::laws::wire::{self, InstanceLine, Question, ServiceLine, TaskLine};
use crate::laws::{Capabilities, Decision, Foreseen, Instance, Kind, Left, Placer, Placers, Task, Trouble};
use crate::model::SimSpan;

/// A line is no longer than this.
const LONGEST_LINE: usize = 1 << 20;
/// To start up it may take so many times as long as for an answer.
const STARTING: u32 = 5;
/// So many lines that nobody waits for are told at most before their answers are read.
const AHEAD: usize = 64;

/// A program that is started when it is needed, and again after it failed.
pub(super) struct Process {
    command: String,
    timeout: Duration,
    running: Option<Running>,
    known: Option<Capabilities>,
    /// Questions of programs that were ended since.
    asked: u64,
    /// CPU time of programs that were ended since.
    own: Option<Duration>,
}

struct Running {
    child: Child,
    to: BufWriter<ChildStdin>,
    from: Receiver<Result<String, String>>,
    /// What it has written of a line that has no end yet.
    half: Arc<Mutex<Vec<u8>>>,
    /// Questions that it was asked.
    asked: u64,
    /// Answers that were not read yet.
    owed: usize,
    timeout: Duration,
    known: Capabilities,
    /// It did not answer as it should; whatever it says now belongs to something else.
    has_failed: bool,
}

impl Process {
    pub(super) fn new(command: &str, timeout: SimSpan) -> Self {
        Self {
            command: command.to_owned(),
            timeout: Duration::from_millis(timeout.0.max(1)),
            running: None,
            known: None,
            asked: 0,
            own: Some(Duration::ZERO),
        }
    }

    /// Questions that were asked so far.
    pub(super) fn asked(&self) -> u64 {
        self.asked + self.running.as_ref().map_or(0, |running| running.asked)
    }

    /// CPU time that the placer itself has taken so far, where the system tells it.
    pub(super) fn own_time(&self) -> Option<Duration> {
        let running = self.running.as_ref().map_or(Some(Duration::ZERO), |running| cpu::of_group(running.child.id()));
        Some(self.own? + running?)
    }

    /// Ends the program; the next question starts it anew.
    fn end(&mut self) {
        (self.asked, self.own) = (self.asked(), self.own_time());
        self.running = None;
    }

    fn start(&mut self) -> Result<&mut Running, Trouble> {
        if self.running.is_none() {
            let mut running = Running::start(&self.command, self.timeout)?;
            running.timeout = self.timeout * STARTING;
            running.known = running.ask(&Question::Hello { version: wire::VERSION }, wire::capabilities)?;
            running.timeout = self.timeout;
            if self.known.as_ref().is_some_and(|known| *known != running.known) {
                return Err(Trouble::new("started again, the placer declares other capabilities than before"));
            }
            self.known = Some(running.known.clone());
            self.running = Some(running);
        }
        Ok(self.running.as_mut().expect("it was just started"))
    }
}

impl Placers for Process {
    fn capabilities(&mut self) -> Result<Capabilities, Trouble> {
        Ok(self.start()?.known.clone())
    }

    fn renew(&mut self) {
        self.end();
    }

    fn with(&mut self, foreseen: Foreseen<'_>, used: &mut dyn FnMut(&mut dyn Placer)) -> Result<(), Trouble> {
        let running = self.start()?;
        running.tell(&Question::Reset { seed: foreseen.seed })?;
        used(running);
        // One that did not answer, or not in time, is not asked again.
        let heard = if running.has_failed { Ok(()) } else { running.catch_up() };
        if running.has_failed {
            self.end();
        }
        heard
    }
}

impl Running {
    fn start(command: &str, timeout: Duration) -> Result<Self, Trouble> {
        let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
        shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(command);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        in_a_group(&mut shell);
        let mut child = shell.spawn().map_err(|error| Trouble::new(format!("cannot start `{command}`: {error}")))?;
        let to = BufWriter::new(child.stdin.take().expect("it is a pipe"));
        let stdout = child.stdout.take().expect("it is a pipe");
        let (sender, from) = sync_channel(AHEAD * 2);
        let half = Arc::<Mutex<Vec<u8>>>::default();
        let so_far = Arc::clone(&half);
        std::thread::spawn(move || listen(stdout, &sender, &so_far));
        Ok(Self { child, to, from, half, asked: 0, owed: 0, timeout, known: Capabilities::plain(), has_failed: false })
    }

    fn write(&mut self, question: &Question<'_>) -> Result<(), Trouble> {
        let written = serde_json::to_writer(&mut self.to, question).map_err(io::Error::from);
        let written = written.and_then(|()| self.to.write_all(b"\n"));
        (self.owed, self.asked) = (self.owed + 1, self.asked + 1);
        written.map_err(|_| self.ended())
    }

    /// Something that asks nothing.
    fn tell(&mut self, question: &Question<'_>) -> Result<(), Trouble> {
        self.write(question)?;
        if self.owed >= AHEAD { self.catch_up() } else { Ok(()) }
    }

    /// Something whose answer is read by `read`.
    fn ask<T>(&mut self, question: &Question<'_>, read: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Trouble> {
        let answer = self.ask_line(question).and_then(|line| read(&line).map_err(Trouble::new));
        self.has_failed |= answer.is_err();
        answer
    }

    fn ask_line(&mut self, question: &Question<'_>) -> Result<String, Trouble> {
        self.write(question)?;
        loop {
            let line = self.read()?;
            if self.owed == 0 {
                return Ok(line);
            }
            wire::heard(&line).map_err(Trouble::new)?;
        }
    }

    /// Reads every answer that is owed, and sees that no more than those came.
    fn catch_up(&mut self) -> Result<(), Trouble> {
        let heard = self.hear_all();
        self.has_failed |= heard.is_err();
        heard
    }

    fn hear_all(&mut self) -> Result<(), Trouble> {
        while self.owed > 0 {
            let line = self.read()?;
            wire::heard(&line).map_err(Trouble::new)?;
        }
        match self.from.try_recv() {
            Ok(Ok(line)) => Err(Trouble::new(format!("the placer wrote `{}`, and nothing was asked", line.trim()))),
            Ok(Err(error)) => Err(Trouble::new(error)),
            Err(_) => Ok(()),
        }
    }

    fn read(&mut self) -> Result<String, Trouble> {
        if self.to.flush().is_err() && self.owed > AHEAD {
            return Err(self.ended());
        }
        match self.from.recv_timeout(self.timeout) {
            Ok(line) => {
                self.owed -= 1;
                line.map_err(Trouble::new)
            }
            Err(RecvTimeoutError::Timeout) => {
                let half = self.half.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let so_far = match wire::shown(&String::from_utf8_lossy(&half)) {
                    nothing if nothing.is_empty() => "is every line of it flushed?".to_owned(),
                    half => format!("it wrote `{half}` without the end of a line"),
                };
                let what = format!("the placer did not answer within {} ms: {so_far}", self.timeout.as_millis());
                Err(Trouble { what, is_slow: true })
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.ended()),
        }
    }

    /// It hears or says nothing more: because it ended, or because it closed one of its pipes and runs on.
    fn ended(&mut self) -> Trouble {
        /// How long one that closed a pipe may take to end.
        const ENDING: Duration = Duration::from_secs(1);
        let watch = Stopwatch::start();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Trouble::new(format!("the placer ended ({status})")),
                Err(error) => return Trouble::new(format!("the placer ended ({error})")),
                Ok(None) if watch.seconds() > ENDING.as_secs_f64() => {
                    return Trouble::new("the placer closed its standard input or output, and runs on");
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// What the shell starts belongs to a group of its own, so that all of it can be ended.
fn in_a_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Ends a program and what it started.
fn end(child: &mut Child) {
    if child.try_wait().is_ok_and(|status| status.is_some()) {
        return;
    }
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
    }
    // Where there is no group the shell alone is ended, and its pipe closes.
    let _ = child.kill();
    let _ = child.wait();
}

/// Passes on line after line; what has no end yet stands in `half`.
fn listen(stdout: ChildStdout, to: &SyncSender<Result<String, String>>, half: &Mutex<Vec<u8>>) {
    let mut pieces = BufReader::new(stdout);
    loop {
        let Ok(piece) = pieces.fill_buf() else { return };
        let end = piece.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(piece.len(), |end| end + 1);
        let mut line = half.lock().unwrap_or_else(PoisonError::into_inner);
        line.extend(&piece[..taken]);
        let said = match (taken, end) {
            _ if line.len() > LONGEST_LINE => Err("the placer wrote a mebibyte without the end of a line".to_owned()),
            // What it wrote last counts without an end, too.
            (0, _) if line.is_empty() => return,
            (1.., None) => {
                pieces.consume(taken);
                continue;
            }
            _ => String::from_utf8(std::mem::take(&mut line))
                .map_err(|_| "the placer wrote bytes that are no UTF-8".to_owned()),
        };
        drop(line);
        pieces.consume(taken);
        let is_over = said.is_err();
        if to.send(said).is_err() || is_over {
            return;
        }
    }
}

impl Placer for Running {
    fn capabilities(&self) -> Capabilities {
        self.known.clone()
    }

    fn register(&mut self, instance: &Instance) -> Result<(), Trouble> {
        self.tell(&Question::Register { instance: InstanceLine::new(instance) })
    }

    fn place(&mut self, task: Task<'_>) -> Result<Decision, Trouble> {
        self.ask(&Question::Place { task: TaskLine::new(task.name, task.kind) }, wire::decision)
    }

    fn stop(&mut self, task: &str) -> Result<(), Trouble> {
        self.tell(&Question::Stop { task })
    }

    fn gone(&mut self, task: &str) -> Result<(), Trouble> {
        self.tell(&Question::Gone { task })
    }

    fn drain(&mut self, instance: &str) -> Result<(), Trouble> {
        self.tell(&Question::Drain { instance })
    }

    fn activate(&mut self, instance: &str) -> Result<(), Trouble> {
        self.tell(&Question::Activate { instance })
    }

    fn lose(&mut self, instance: &str) -> Result<(), Trouble> {
        self.tell(&Question::Lose { instance })
    }

    fn scale_in(&mut self, service: &Kind) -> Result<String, Trouble> {
        self.ask(&Question::ScaleIn { service: ServiceLine::new(service) }, wire::given_up)
    }

    fn remaining(&mut self, instance: &str) -> Result<Left, Trouble> {
        self.ask(&Question::Remaining { instance }, wire::left)
    }
}
