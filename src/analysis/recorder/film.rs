//! Which tasks lie on which instance at some sample times, for the moving picture of the fleet.
//!
//! It reads the living tasks through [`Tasks`] and works no figure out.
//!
//! # Invariants
//! 1. There are at most [`MOST`] regular frames, and at most [`BUDGET`] instances in all of them together; the
//!    frames of the snapshot and the end come on top. A fleet larger than the budget has no film.
//! 2. Regular frames are evenly spaced among the samples: when there are too many, every second one goes.
//!
//! # Cost
//! A frame is `O(n + t)` for `n` instances and `t` living tasks.

use std::collections::BTreeMap;

use crate::analysis::by_instance::{ByInstance, Lying};
use crate::analysis::record::{Film, FilmKind, Frame};
use crate::analysis::snapshot::Subject;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{GroupId, InstanceId, RequestId, SimTime};
use crate::simulation::Tasks;

/// The most regular frames.
const MOST: usize = 60;
/// The most instances over all regular frames.
const BUDGET: usize = 120_000;

/// Takes the frames of one run.
#[derive(Clone, Debug)]
pub(super) struct Camera {
    film: Film,
    /// The number of each kind in the film.
    kinds: BTreeMap<(GroupId, u32, u32), u32>,
    /// The same by request, as far as it has occurred.
    of_request: Vec<Option<u32>>,
    /// Frames at the snapshot and the end.
    kept: Vec<Frame>,
    most: usize,
    /// Every so many samples there is a frame.
    step: usize,
    seen: usize,
}

impl Camera {
    /// `None` if the fleet is too large for a film.
    pub(super) fn for_fleet(instances: usize) -> Option<Self> {
        let most = (BUDGET / instances.max(1)).min(MOST);
        (most > 0).then(|| Self {
            film: Film::default(),
            kinds: BTreeMap::new(),
            of_request: Vec::new(),
            kept: Vec::new(),
            most,
            step: 1,
            seen: 0,
        })
    }

    /// Takes a regular frame if one is due.
    pub(super) fn sample(&mut self, subject: Subject<'_>, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let due = self.seen.is_multiple_of(self.step);
        self.seen += 1;
        if !due {
            return;
        }
        let frame = self.frame(subject, at, cluster, tasks);
        self.film.frames.push(frame);
        if self.film.frames.len() > self.most {
            let mut index = 0;
            self.film.frames.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.step *= 2;
        }
    }

    /// Takes a frame that stays.
    pub(super) fn keep(&mut self, subject: Subject<'_>, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let frame = self.frame(subject, at, cluster, tasks);
        self.kept.push(frame);
    }

    /// Frames in the order of time; of several at one time the last, which has seen that time's events.
    pub(super) fn into_film(mut self) -> Option<Film> {
        let mut frames: BTreeMap<u64, Frame> = BTreeMap::new();
        for frame in self.film.frames.drain(..).chain(self.kept) {
            frames.insert(frame.at_ms, frame);
        }
        self.film.frames = frames.into_values().collect();
        (!self.film.frames.is_empty()).then_some(self.film)
    }

    fn frame(&mut self, subject: Subject<'_>, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) -> Frame {
        self.meet(subject, cluster);
        let mut lying = Vec::new();
        tasks.for_each(&mut |request, on| lying.push(Lying { on, what: self.kind(subject, request) }));
        let mut stacks = String::with_capacity(2 * lying.len());
        for (instance, kinds) in ByInstance::new(cluster.instance_count(), &lying).ascending().iter() {
            if instance.index() > 0 {
                stacks.push(';');
            }
            if cluster.status(instance) == InstanceStatus::Lost {
                stacks.push('x');
            }
            for (position, alike) in kinds.chunk_by(|a, b| a == b).enumerate() {
                if position > 0 {
                    stacks.push(',');
                }
                push_number(&mut stacks, alike[0] as usize);
                if alike.len() > 1 {
                    stacks.push('*');
                    push_number(&mut stacks, alike.len());
                }
            }
        }
        Frame { at_ms: at.0, stacks }
    }

    /// Instances that have registered since the last frame.
    fn meet(&mut self, subject: Subject<'_>, cluster: &dyn Engine) {
        for instance in (self.film.instances.len()..cluster.instance_count()).map(InstanceId::from_index) {
            let class = &subject.scenario.fleet.classes[cluster.class(instance).index()];
            self.film.instances.push((class.zone.0, class.cpu.0, class.memory.0));
            let kind = class.instance_type.as_deref().unwrap_or_default();
            let place = self.film.types.iter().position(|known| known == kind).unwrap_or_else(|| {
                self.film.types.push(kind.to_owned());
                self.film.types.len() - 1
            });
            self.film.type_of.push(u32::try_from(place).expect("types are numbered in 32 bits"));
        }
    }

    /// The number of a kind; kinds are numbered in the order in which they occur.
    fn kind(&mut self, subject: Subject<'_>, request: RequestId) -> u32 {
        if self.of_request.is_empty() {
            self.of_request = vec![None; subject.requests.table.len()];
        }
        if let Some(kind) = self.of_request[request.index()] {
            return kind;
        }
        let kind = self.find_kind(subject, request);
        self.of_request[request.index()] = Some(kind);
        kind
    }

    fn find_kind(&mut self, subject: Subject<'_>, request: RequestId) -> u32 {
        let request = &subject.requests[request];
        let (cpu, memory) = (request.demand.cpu.0, request.demand.memory.0);
        let kinds = &mut self.film.kinds;
        *self.kinds.entry((request.group, cpu, memory)).or_insert_with(|| {
            kinds.push(FilmKind { group: subject.requests.groups[request.group.index()].clone(), cpu, memory });
            u32::try_from(kinds.len() - 1).expect("requests are numbered in 32 bits")
        })
    }
}

/// As `write!` would, which takes several times as long for the small numbers that most are.
fn push_number(text: &mut String, number: usize) {
    if number > 9 {
        push_number(text, number / 10);
    }
    text.push(char::from(b"0123456789"[number % 10]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};

    fn camera_after(samples: u64, instances: usize) -> Option<Film> {
        let fixture = Fixture::new(scenario(1, &[(0, 100, 100, None)], &[("web", 10, 20, 1)]));
        let stage = fixture.stage();
        let subject = stage.recorder.subject;
        let mut camera = Camera::for_fleet(instances)?;
        for at in 0..samples {
            camera.sample(subject, SimTime(at), &stage.cluster, &stage.cluster);
        }
        camera.into_film()
    }

    #[test]
    fn a_film_has_evenly_spaced_frames_and_never_more_than_its_most() {
        for samples in [1, 59, 60, 61, 500] {
            let film = camera_after(samples, 10).unwrap();
            assert!(
                film.frames.len() <= MOST && film.frames.len() * 2 + 2 > MOST.min(usize::try_from(samples).unwrap())
            );
            let steps: std::collections::BTreeSet<u64> =
                film.frames.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms).collect();
            assert!(steps.len() <= 1, "{samples}: {steps:?}");
        }
    }

    #[test]
    fn large_fleets_have_few_frames_and_huge_ones_none() {
        assert!(camera_after(100, 10_000).unwrap().frames.len() <= 12);
        assert_eq!(camera_after(100, BUDGET + 1), None);
    }
}
