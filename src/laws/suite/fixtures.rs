//! Laws with histories of their own: what must be so on clusters that are made for it, and the false laws, which must fail
//! as they are known to.

use super::drive::{Outcome, Played, answered};
use super::steps;
use crate::laws::placer::{Capabilities, Placers};
use crate::laws::world::{Dice, History, Instance, Kind, Step};
use crate::model::{PackedResource, Rule, SpreadField, counted};

/// What went wrong, and on which history.
#[derive(Clone, Debug)]
pub(in crate::laws::suite) struct Failed {
    pub(super) history: History,
    pub(super) what: String,
    /// What was wrong is said by another law, which is asked of every answer.
    pub(super) instead: Option<Box<Instead>>,
}

/// A law of every answer that a history of its own turned out to break.
#[derive(Clone, Debug)]
pub(in crate::laws::suite) struct Instead {
    pub(super) law: &'static str,
    pub(super) played: Played,
}

type Verdict = Result<(), Failed>;

/// Placers and what they declare.
pub(super) struct Subject<'a> {
    pub(super) placers: &'a mut dyn Placers,
    pub(super) known: &'a Capabilities,
}

/// Where each task went, by position of the instance; `None` is refused.
pub(super) type Went = Vec<Option<usize>>;

impl Subject<'_> {
    pub(super) fn went(&mut self, history: &History) -> Result<Went, Failed> {
        let played = answered(self.placers, self.known, history).map_err(|silence| {
            let instead = Some(Box::new(Instead { law: "P0", played: silence.played }));
            Failed { instead, ..fail(history, silence.trouble.what) }
        })?;
        let mut went = Vec::new();
        for (step, outcome) in history.steps.iter().zip(&played.outcomes) {
            match (step, outcome) {
                (Step::Place { .. }, Outcome::Placed(Err(name))) => {
                    let instead = Some(Box::new(Instead { law: "P4", played: played.clone() }));
                    return Err(Failed { instead, ..fail(history, steps::nobody(name)) });
                }
                (Step::Place { .. }, Outcome::Placed(Ok(instance))) => went.push(Some(*instance)),
                (Step::Place { .. }, _) => went.push(None),
                _ => {}
            }
        }
        Ok(went)
    }
}

pub(super) fn fail(history: &History, what: impl Into<String>) -> Failed {
    Failed { history: history.clone(), what: what.into(), instead: None }
}

/// CPU and memory of an instance or of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) cpu: u32,
    pub(super) memory: u32,
}

pub(super) fn amounts(cpu: u32, memory: u32) -> Amounts {
    Amounts { cpu, memory }
}

/// Instances, dealt over zones by their number, all there at the start.
pub(super) fn fleet(sizes: &[Amounts], zones: usize) -> History {
    let zone = |number: usize| ["a", "b", "c", "d", "e", "f"][number % zones];
    let each = sizes.iter().enumerate();
    let instances: Vec<Instance> = each
        .map(|(number, &Amounts { cpu, memory })| Instance::new(&format!("i{number}"), zone(number), cpu, memory))
        .collect();
    let steps = (0..instances.len()).map(Step::Register).collect();
    History { instances, kinds: Vec::new(), steps, seed: 1 }
}

impl History {
    /// One more task in a group, by a chain.
    pub(super) fn and_place(mut self, group: &str, Amounts { cpu, memory }: Amounts, chain: &[Rule]) -> Self {
        let kind = Kind::new(group, cpu, memory, chain.to_vec());
        let position = self.kinds.iter().position(|known| *known == kind).unwrap_or(self.kinds.len());
        if position == self.kinds.len() {
            self.kinds.push(kind);
        }
        let task = self.free_task();
        self.steps.push(Step::Place { task, kind: position });
        self
    }

    fn and_all(self, sizes: &[u32], chain: &[Rule]) -> Self {
        sizes.iter().fold(self, |history, &size| history.and_place("s", amounts(size, size), chain))
    }
}

fn binpack_cpu() -> [Rule; 1] {
    [Rule::Binpack(PackedResource::Cpu)]
}

fn spread_instances() -> [Rule; 1] {
    [Rule::Spread(SpreadField::InstanceId)]
}

fn used(went: &Went) -> usize {
    let mut used: Vec<usize> = went.iter().flatten().copied().collect();
    used.sort_unstable();
    used.dedup();
    used.len()
}

/// Tasks by bucket.
fn counts(went: &[Option<usize>], buckets: usize, bucket: impl Fn(usize) -> usize) -> Vec<u32> {
    let mut counts = vec![0; buckets];
    went.iter().flatten().for_each(|&instance| counts[bucket(instance)] += 1);
    counts
}

fn skew(counts: &[u32]) -> u32 {
    counts.iter().max().unwrap_or(&0) - counts.iter().min().unwrap_or(&0)
}

fn all_placed(history: &History, went: &Went) -> Verdict {
    match went.iter().position(Option::is_none) {
        Some(task) => Err(fail(history, format!("t{task} was refused, and there is room everywhere"))),
        None => Ok(()),
    }
}

pub(super) fn p21(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    let [pack, spread] = [Rule::Binpack(PackedResource::Memory), spread_instances()[0].clone()];
    let mut play = |chain: &[Rule]| {
        let history = (0..3).fold(fleet(&[amounts(10, 20), amounts(10, 12), amounts(10, 30)], 1), |history, _| {
            history.and_place("s", amounts(1, 2), chain)
        });
        let went = subject.went(&history)?;
        Ok((history, went))
    };
    let (_, alone) = play(std::slice::from_ref(&pack))?;
    let (history, followed) = play(&[pack.clone(), spread.clone()])?;
    if alone != followed {
        return Err(fail(
            &history,
            format!("{pack} alone leaves one candidate and goes {alone:?}; with {spread} behind it {followed:?}"),
        ));
    }
    let (history, reversed) = play(&[spread, pack])?;
    if reversed == followed {
        return Err(fail(&history, "the two rules in the other order go to the same instances"));
    }
    Ok(())
}

pub(super) fn p35(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    let mut sorted = |zones: usize, tasks: usize| {
        let chain = [Rule::spread_zones()];
        let roomy = vec![amounts(100, 100); zones * 2];
        let history = (0..tasks).fold(fleet(&roomy, zones), |history, _| history.and_place("s", amounts(1, 1), &chain));
        let went = subject.went(&history)?;
        all_placed(&history, &went)?;
        let mut counts = counts(&went, zones, |instance| instance % zones);
        counts.sort_unstable();
        Ok((history, counts))
    };
    for tasks in [5, 7, 9] {
        let (_, once) = sorted(3, tasks)?;
        let (history, twice) = sorted(6, tasks * 2)?;
        let doubled: Vec<u32> = once.iter().flat_map(|count| [*count, *count]).collect();
        if twice != doubled {
            return Err(fail(&history, format!("{tasks} tasks over 3 zones give {once:?}, twice both give {twice:?}")));
        }
    }
    Ok(())
}

pub(super) fn p47(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    for case in 0..8 {
        let mut dice = Dice::new(47, case);
        let tasks: Vec<Amounts> = (0..24).map(|_| amounts(1 + dice.below(8), 1 + dice.below(8))).collect();
        let history = tasks
            .iter()
            .fold(fleet(&[amounts(10, 10); 24], 1), |history, &size| history.and_place("s", size, &binpack_cpu()));
        let went = subject.went(&history)?;
        all_placed(&history, &went)?;
        let demand: u32 = tasks.iter().map(|task| task.cpu + task.memory).sum();
        let bound = (2 * demand).div_ceil(10).saturating_sub(1).max(1) as usize;
        if used(&went) > bound {
            return Err(fail(
                &history,
                format!("it uses {}, and best fit {bound} at most", counted(used(&went), "instance")),
            ));
        }
    }
    Ok(())
}

pub(super) fn p48(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    for case in 0..8 {
        let mut dice = Dice::new(48, case);
        let full = 3 + dice.position(5);
        let mut pieces = Vec::new();
        for _ in 0..full {
            let mut left = 20;
            while left > 0 {
                let piece = 1 + dice.below(left.min(9));
                pieces.push(piece);
                left -= piece;
            }
        }
        for last in (1..pieces.len()).rev() {
            pieces.swap(last, dice.position(last + 1));
        }
        let history = fleet(&vec![amounts(20, 20); pieces.len()], 1).and_all(&pieces, &binpack_cpu());
        let went = subject.went(&history)?;
        all_placed(&history, &went)?;
        if used(&went) > full * 17 / 10 {
            return Err(fail(
                &history,
                format!("it uses {}; the tasks were cut from {full}", counted(used(&went), "instance")),
            ));
        }
    }
    Ok(())
}

pub(super) fn p49(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    // Another service fills one zone first: it must not count.
    let history = (0..6).fold(fleet(&[amounts(100, 100); 6], 3), |history, _| {
        history.and_place("other", amounts(1, 1), &binpack_cpu_or_none(known))
    });
    let history = (0..11).fold(history, |history, _| history.and_place("s", amounts(1, 1), &[Rule::spread_zones()]));
    let went = subject.went(&history)?;
    all_placed(&history, &went)?;
    for so_far in 7..=went.len() {
        let counts = counts(&went[6..so_far], 3, |instance| instance % 3);
        if skew(&counts) > 1 {
            return Err(fail(
                &history,
                format!("after {} of the service the zones have {counts:?}", counted(so_far - 6, "task")),
            ));
        }
    }
    Ok(())
}

fn binpack_cpu_or_none(known: &Capabilities) -> Vec<Rule> {
    if known.binpack { binpack_cpu().to_vec() } else { Vec::new() }
}

pub(super) fn p50(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    let chain = [Rule::spread_zones(), spread_instances()[0].clone()];
    let history =
        (0..14).fold(fleet(&[amounts(100, 100); 6], 3), |history, _| history.and_place("s", amounts(1, 1), &chain));
    let went = subject.went(&history)?;
    all_placed(&history, &went)?;
    for so_far in 1..=went.len() {
        let zones = counts(&went[..so_far], 3, |instance| instance % 3);
        let each = counts(&went[..so_far], 6, |instance| instance);
        let inside = (0..3).map(|zone| skew(&[each[zone], each[zone + 3]])).max().unwrap_or(0);
        if skew(&zones) > 1 || inside > 1 {
            return Err(fail(
                &history,
                format!("after {} the zones have {zones:?} and the instances {each:?}", counted(so_far, "task")),
            ));
        }
    }
    Ok(())
}

pub(super) fn p51(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    for tasks in [1, 4, 7] {
        let history = (0..tasks).fold(fleet(&[amounts(100, 100); 7], 2), |history, _| {
            history.and_place("s", amounts(1, 1), &spread_instances())
        });
        let went = subject.went(&history)?;
        if used(&went) != tasks {
            let what = format!("{} on {}", counted(tasks, "task"), counted(used(&went), "instance"));
            return Err(fail(&history, what));
        }
    }
    Ok(())
}

pub(super) fn p52(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    let mut chains = vec![Vec::new()];
    if known.spread {
        chains.push(vec![Rule::spread_zones()]);
    }
    if known.binpack {
        chains.push(binpack_cpu().to_vec());
    }
    if known.random {
        chains.push(vec![Rule::Random]);
    }
    for (case, chain) in chains.iter().enumerate() {
        let mut dice = Dice::new(52, case as u64);
        let sizes: Vec<Amounts> = (0..5).map(|_| amounts(dice.below(13), dice.below(13))).collect();
        let (cpu, memory) = (1 + dice.below(3), 1 + dice.below(3));
        let holes: u32 = sizes.iter().map(|one| (one.cpu / cpu).min(one.memory / memory)).sum();
        let history =
            (0..holes + 2).fold(fleet(&sizes, 3), |history, _| history.and_place("s", amounts(cpu, memory), chain));
        let placed = subject.went(&history)?.iter().flatten().count();
        if placed != holes as usize {
            return Err(fail(&history, format!("it places {}, and there are {holes} holes", counted(placed, "task"))));
        }
    }
    Ok(())
}

pub(super) fn p56(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    for case in 0..4 {
        let mut dice = Dice::new(56, case);
        let mut program: Vec<Result<u32, u32>> = Vec::new();
        for task in 0..18_u32 {
            program.push(Ok(1 + dice.below(7)));
            if task > 3 && dice.one_in(3) {
                program.push(Err(dice.below(task)));
            }
        }
        let mut trajectory = |instances: usize| {
            let mut history = fleet(&vec![amounts(10, 10); instances], 1);
            for step in &program {
                history = match step {
                    Ok(size) => history.and_place("s", amounts(*size, *size), &binpack_cpu()),
                    Err(task) => {
                        history.steps.push(Step::Stop(*task));
                        history
                    }
                };
            }
            let went = subject.went(&history)?;
            Ok((history, went))
        };
        let (history, roomy) = trajectory(18)?;
        all_placed(&history, &roomy)?;
        let peak = roomy.iter().flatten().max().map_or(0, |last| last + 1);
        for instances in [peak, peak + 1] {
            let (history, went) = trajectory(instances)?;
            if went != roomy {
                return Err(fail(&history, format!("{instances} instances give {went:?}, 18 give {roomy:?}")));
            }
        }
        let (history, tight) = trajectory(peak - 1)?;
        if tight.iter().all(Option::is_some) {
            return Err(fail(
                &history,
                format!("all is placed on {}, and {peak} were needed", counted(peak - 1, "instance")),
            ));
        }
    }
    Ok(())
}

/// All tasks of one list are placed, and the last of the other is not.
fn hurts(subject: &mut Subject<'_>, [good, bad]: [History; 2], what: &str) -> Verdict {
    let went = subject.went(&good)?;
    if went.contains(&None) {
        return Err(fail(&good, format!("{what}: all tasks fit before, and they were placed {went:?}")));
    }
    let went = subject.went(&bad)?;
    match went.last() {
        Some(None) => Ok(()),
        _ => Err(fail(&bad, format!("{what}: the last task has no room by the rules, and they were placed {went:?}"))),
    }
}

pub(super) fn p60(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let subject = &mut Subject { placers, known };
    let equal = |size: u32, count: usize| fleet(&vec![amounts(size, size); count], 1);
    let pack = |fleet: History, sizes: &[u32]| fleet.and_all(sizes, &binpack_cpu());
    let fewer = [pack(equal(10, 3), &[6, 1, 7, 5, 4, 1, 3, 3]), pack(equal(10, 3), &[6, 7, 5, 4, 1, 3, 3])];
    hurts(subject, fewer, "a task less")?;
    let smaller = [pack(equal(9, 3), &[8, 2, 4, 6, 1, 3, 3]), pack(equal(9, 3), &[7, 2, 4, 6, 1, 3, 3])];
    hurts(subject, smaller, "a smaller task")?;
    let sizes = |sizes: &[u32]| fleet(&sizes.iter().map(|&size| amounts(size, size)).collect::<Vec<_>>(), 1);
    let more = [sizes(&[2, 9, 6, 7]), sizes(&[2, 9, 6, 7, 5])].map(|fleet| pack(fleet, &[3, 4, 5, 3, 4, 3]));
    hurts(subject, more, "an instance more")?;
    let larger = [sizes(&[2, 5, 4]), sizes(&[4, 5, 4])].map(|fleet| {
        let tasks = [("a", 3), ("b", 2), ("b", 2), ("c", 4)];
        tasks
            .iter()
            .fold(fleet, |fleet, (group, size)| fleet.and_place(group, amounts(*size, *size), &spread_instances()))
    });
    hurts(subject, larger, "a larger instance")
}

pub(super) fn p61(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    for (sizes, opened) in [([4, 4, 6, 6], 3), ([6, 6, 4, 4], 2)] {
        let history = fleet(&[amounts(10, 10); 3], 1).and_all(&sizes, &binpack_cpu());
        let went = subject.went(&history)?;
        if used(&went) != opened {
            let what = format!("{sizes:?} opens {}, and {opened} by the rule", counted(used(&went), "instance"));
            return Err(fail(&history, what));
        }
    }
    Ok(())
}

pub(super) fn p62(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    for (resource, opened) in [(PackedResource::Cpu, 3), (PackedResource::Memory, 2)] {
        let tasks = [amounts(2, 1), amounts(2, 2), amounts(1, 1), amounts(1, 2)];
        let chain = [Rule::Binpack(resource)];
        let history =
            tasks.iter().fold(fleet(&[amounts(3, 3); 4], 1), |history, &size| history.and_place("s", size, &chain));
        let went = subject.went(&history)?;
        if used(&went) != opened {
            return Err(fail(
                &history,
                format!("{} opens {}, and {opened} by the rule", chain[0], counted(used(&went), "instance")),
            ));
        }
    }
    Ok(())
}

pub(super) fn p63(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    let chain = spread_instances();
    let mut history =
        (0..4).fold(fleet(&[amounts(10, 10); 2], 2), |history, _| history.and_place("s", amounts(1, 1), &chain));
    let went = subject.went(&history)?;
    let first: Vec<u32> = (0..4).zip(&went).filter(|(_, went)| **went == Some(0)).map(|(task, _)| task).collect();
    history.steps.extend(first.iter().map(|&task| Step::Stop(task)));
    let history = (0..2).fold(history, |history, _| history.and_place("s", amounts(1, 1), &chain));
    let went = subject.went(&history)?;
    if went.len() == 6 && went[4..] == [Some(0), Some(0)] {
        return Ok(());
    }
    Err(fail(&history, format!("once both tasks of i0 have stopped, the next two go there; they went {went:?}")))
}

pub(super) fn p64(placers: &mut dyn Placers, known: &Capabilities) -> Verdict {
    let mut subject = Subject { placers, known };
    let chain = [Rule::spread_zones(), binpack_cpu()[0].clone()];
    let services = ["a", "b", "c"].iter().flat_map(|service| [*service; 4]);
    let history = services
        .fold(fleet(&[amounts(4, 4); 3], 3), |history, service| history.and_place(service, amounts(1, 1), &chain));
    let went = subject.went(&history)?;
    let third = counts(&went[8..], 3, |instance| instance);
    if third == [0, 2, 2] {
        Ok(())
    } else {
        Err(fail(&history, format!("the third service goes {third:?}, and 0, 2, 2 by the rules")))
    }
}
