//! Standalone tasks: they are asked for once, by RunTask or StartTask, and live until their time is over or somebody stops
//! them. Those that wait for a capacity provider are in `providers::provisioning`.

use super::chains::make_room;
use super::departures::{Departures, LiveTask};
use super::moment::Simulation;
use super::observer::{Observer, Rejection, Stop, StopCause};
use super::providers::provisioning::Standalone;
use crate::engine::{Engine, Placed, Reason};
use crate::model::{InstanceId, RequestId, SimSpan};

/// Every counted standalone task.
#[derive(Clone, Debug, Default)]
pub(super) struct Living {
    pub(super) mortal: Departures,
    pub(super) immortal: Vec<LiveTask>,
}

impl Living {
    pub(super) fn for_each(&self, mut visit: impl FnMut(LiveTask)) {
        self.mortal.for_each(&mut visit);
        self.immortal.iter().for_each(|&task| visit(task));
    }

    /// The task of a number.
    pub(super) fn find(&self, number: u64) -> Option<LiveTask> {
        let mut found = None;
        self.for_each(|task| {
            if task.number == number {
                found = Some(task);
            }
        });
        found
    }

    /// The task of a number lives no more.
    pub(super) fn remove(&mut self, number: u64) {
        match self.immortal.iter().position(|task| task.number == number) {
            Some(position) => {
                self.immortal.remove(position);
            }
            None => self.mortal.remove_where(|task| task.number == number, |_| ()),
        }
    }
}

/// What became of a task that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It was placed.
    Placed(InstanceId),
    /// It waits for its capacity provider, for the reason that is kept with it.
    Waits(Reason),
    /// It will never be placed.
    Refused(Reason),
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Tasks end whose time is over.
    pub(super) fn stop_ended(&mut self) {
        let Self { living, engine, .. } = self;
        let mut any = false;
        while let Some(task) = living.mortal.pop_at(self.now, |soon| engine.announce_stop(soon.request, soon.instance))
        {
            let device = self.shares.stopped(task.number);
            let is_last = engine.stop_on(task.request, task.instance, device);
            self.held.stop(task.instance, task.request, device, self.now);
            let LiveTask { number, request, instance } = task;
            let stop = Stop { at: self.now, task: number, request, instance, is_last, cause: StopCause::Ended };
            self.observer.stopped(&stop);
            any = true;
            self.kept.note(instance);
        }
        if any {
            self.room_came = true;
            self.times_room_came += 1;
            self.keep_what_was_freed();
            self.offer_freed_room();
        }
    }

    /// A task is told to stop.
    pub(super) fn stop_task(&mut self, task: LiveTask, cause: StopCause) {
        let LiveTask { number, request, instance } = task;
        let device = self.shares.stopped(number);
        let is_last = self.engine.stop_on(request, instance, device);
        if cause != StopCause::InstanceLost {
            self.held.stop(instance, request, device, self.now);
        }
        self.observer.stopped(&Stop { at: self.now, task: number, request, instance, is_last, cause });
        self.room_was_freed(instance);
        self.room_came = true;
        self.times_room_came += 1;
    }

    /// RunTask: one task of a kind is asked for. Answers what became of it; its number is the one after the last.
    #[inline]
    pub(crate) fn run_task(&mut self, kind: RequestId, life: Option<SimSpan>) -> Asked {
        let request = self.through_provider(kind);
        let task = Standalone { number: self.next_number, asked: self.now, life };
        self.next_number += 1;
        if let Some(reason) = self.reason_to_stand_behind(request) {
            return self.turn_away(request, task, reason);
        }
        if let Some(life) = life {
            self.living.mortal.expect_push(self.now.after(life));
        }
        match self.engine.place(request) {
            Some(placed) => {
                self.start_standalone(request, task, placed);
                Asked::Placed(placed.instance)
            }
            None => {
                let reason = self.engine.refusal(request);
                self.turn_away(request, task, reason)
            }
        }
    }

    /// StartTask: a named instance gets a task, or the first check that it fails is the reason.
    pub(crate) fn start_task(&mut self, request: RequestId, instance: InstanceId, life: Option<SimSpan>) -> Asked {
        let (at, number) = (self.now, self.next_number);
        self.next_number += 1;
        match self.engine.place_on(request, instance) {
            Ok(placed) => {
                let task = Standalone { number, asked: at, life };
                self.start_standalone(request, task, placed);
                Asked::Placed(placed.instance)
            }
            Err(reason) => {
                self.observer.rejected(&Rejection {
                    at,
                    task: number,
                    request,
                    reason,
                    asked: at,
                    waits: false,
                    is_first: true,
                    is_timed_out: false,
                });
                Asked::Refused(reason)
            }
        }
    }

    /// Keeps the books of a standalone task that was just placed.
    #[inline]
    pub(super) fn start_standalone(&mut self, request: RequestId, task: Standalone, placed: Placed) {
        let Standalone { number, asked, life } = task;
        let instance = placed.instance;
        self.tell_start(number, request, placed, asked);
        let live = LiveTask { number, request, instance };
        let runs = self.hold(number, request, instance);
        match life {
            Some(life) => self.living.mortal.push(runs.after(life), live),
            None => {
                make_room(&mut self.living.immortal);
                self.living.immortal.push(live);
            }
        }
    }
}
