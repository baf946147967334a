//! Makes a history small that breaks a law: fewer steps, then plainer instances and kinds, then smaller amounts.
//!
//! Greedy, and the same for the same history and law: of the changes in a fixed order each that leaves the law broken is
//! kept, until none does or so many histories were tried.

use crate::laws::world::{Constraint, Expression, History, Instance, Kind, Step};
use crate::model::ZONE_ATTRIBUTE;

/// A smaller history that `breaks` too, or the same.
pub(super) fn shrink(history: History, allowed: u32, breaks: &mut dyn FnMut(&History) -> bool) -> History {
    let mut shrinker = Shrinker { best: history, left: allowed, breaks };
    loop {
        let before = shrinker.best.clone();
        shrinker.steps();
        shrinker.instances();
        shrinker.kinds();
        shrinker.merge();
        if shrinker.best == before || shrinker.left == 0 {
            break;
        }
    }
    shrinker.tidy();
    shrinker.best
}

struct Shrinker<'b> {
    best: History,
    left: u32,
    breaks: &'b mut dyn FnMut(&History) -> bool,
}

impl Shrinker<'_> {
    /// Keeps a history if it still breaks the law.
    fn try_this(&mut self, smaller: History) -> bool {
        if self.left == 0 || smaller == self.best {
            return false;
        }
        self.left -= 1;
        let is_kept = (self.breaks)(&smaller);
        if is_kept {
            self.best = smaller;
        }
        is_kept
    }

    /// Leaves out runs of steps, long ones first.
    fn steps(&mut self) {
        let mut run = self.best.steps.len().div_ceil(2);
        while run > 0 {
            let mut from = 0;
            while from < self.best.steps.len() {
                let mut steps = self.best.steps.clone();
                steps.drain(from..(from + run).min(steps.len()));
                if !self.try_this(self.best.with_steps(steps)) {
                    from += run;
                }
            }
            run /= 2;
        }
    }

    fn instances(&mut self) {
        for position in 0..self.best.instances.len() {
            if self.best.steps.contains(&Step::Register(position)) {
                let instance = |best: &History| best.instances[position].clone();
                for plainer in plainer_instances(&instance(&self.best)) {
                    let merged = keep_rest(&instance(&self.best), &plainer);
                    self.instance(position, merged);
                }
                self.counts(position);
                self.number(position, |instance| &mut instance.cpu);
                self.number(position, |instance| &mut instance.memory);
            }
        }
    }

    fn instance(&mut self, position: usize, instance: Instance) -> bool {
        let mut smaller = self.best.clone();
        smaller.instances[position] = instance;
        self.try_this(smaller)
    }

    /// Fewer GPUs and interfaces, one by one.
    fn counts(&mut self, position: usize) {
        let now = |best: &History| best.instances[position].clone();
        while let gpus @ 1.. = now(&self.best).gpus {
            if !self.instance(position, Instance { gpus: gpus - 1, ..now(&self.best) }) {
                break;
            }
        }
        while let Some(count @ 2..) = now(&self.best).interfaces {
            if !self.instance(position, Instance { interfaces: Some(count - 1), ..now(&self.best) }) {
                break;
            }
        }
    }

    fn number(&mut self, position: usize, of: impl Fn(&mut Instance) -> &mut u32) {
        loop {
            let mut instance = self.best.instances[position].clone();
            let value = *of(&mut instance);
            // An instance that has nothing at all is none.
            let smaller = smaller_numbers(value).into_iter().filter(|smaller| *smaller > 0).any(|smaller| {
                *of(&mut instance) = smaller;
                self.instance(position, instance.clone())
            });
            if !smaller {
                return;
            }
        }
    }

    fn kinds(&mut self) {
        for position in 0..self.best.kinds.len() {
            let is_placed = |step: &Step| matches!(step, Step::Place { kind, .. } if *kind == position);
            if !self.best.steps.iter().any(is_placed) {
                continue;
            }
            while plainer_kinds(&self.best.kinds[position]).into_iter().any(|plainer| {
                let mut smaller = self.best.clone();
                smaller.kinds[position] = plainer;
                self.try_this(smaller)
            }) {}
        }
    }

    /// Tasks of one kind in place of another.
    fn merge(&mut self) {
        let kinds = self.best.kinds.len();
        for (from, to) in (0..kinds).flat_map(|to| (to + 1..kinds).map(move |from| (from, to))) {
            let mut smaller = self.best.clone();
            for step in &mut smaller.steps {
                if let Step::Place { kind, .. } = step {
                    *kind = if *kind == from { to } else { *kind };
                }
            }
            self.try_this(smaller);
        }
    }

    /// Numbers instances, kinds and tasks anew, those that do not occur left out.
    fn tidy(&mut self) {
        let Some(tidied) = renumbered(&self.best) else { return };
        self.left += 1;
        self.try_this(tidied);
    }
}

/// A plainer instance, but what was made plainer before stays so.
fn keep_rest(now: &Instance, plainer: &Instance) -> Instance {
    let attributes = now.attributes.iter().filter(|(name, _)| plainer.attributes.contains_key(*name));
    Instance {
        name: now.name.clone(),
        cpu: now.cpu,
        memory: now.memory,
        gpus: now.gpus.min(plainer.gpus),
        interfaces: now.interfaces.and(plainer.interfaces),
        reserved_ports: now
            .reserved_ports
            .iter()
            .filter(|port| plainer.reserved_ports.contains(port))
            .copied()
            .collect(),
        attributes: attributes
            .map(|(name, value)| {
                if name == ZONE_ATTRIBUTE {
                    (name.clone(), plainer.attributes[name].clone())
                } else {
                    (name.clone(), value.clone())
                }
            })
            .collect(),
        agent_connected: now.agent_connected || plainer.agent_connected,
    }
}

fn plainer_instances(instance: &Instance) -> Vec<Instance> {
    let mut all = vec![
        Instance { gpus: 0, ..instance.clone() },
        Instance { interfaces: None, ..instance.clone() },
        Instance { reserved_ports: Vec::new(), ..instance.clone() },
        Instance { agent_connected: true, ..instance.clone() },
    ];
    let others = instance.attributes.keys().filter(|name| *name != ZONE_ATTRIBUTE);
    all.extend(others.map(|name| {
        let mut plainer = instance.clone();
        plainer.attributes.remove(name);
        plainer
    }));
    if instance.zone() != "a" {
        let mut plainer = instance.clone();
        plainer.attributes.insert(ZONE_ATTRIBUTE.to_owned(), Some("a".to_owned()));
        all.push(plainer);
    }
    all
}

fn smaller_numbers(value: u32) -> Vec<u32> {
    let mut all = vec![0, value / 2, value.saturating_sub(1)];
    all.retain(|smaller| *smaller < value);
    all.dedup();
    all
}

fn plainer_kinds(kind: &Kind) -> Vec<Kind> {
    let mut all = Vec::new();
    if !kind.containers.is_empty() {
        let (cpu, memory) = (Some(kind.demanded_cpu()), Some(kind.demanded_memory()));
        all.push(Kind { cpu, memory, containers: Vec::new(), ..kind.clone() });
        if kind.containers.len() > 1 {
            all.push(Kind { containers: kind.containers[1..].to_vec(), ..kind.clone() });
        }
        all.push(Kind { cpu: None, ..kind.clone() });
        all.push(Kind { memory: None, ..kind.clone() });
    }
    for left_out in 0..kind.strategy.len() {
        let mut plainer = kind.clone();
        plainer.strategy.remove(left_out);
        all.push(plainer);
    }
    for left_out in 0..kind.constraints.len() {
        let mut plainer = kind.clone();
        plainer.constraints.remove(left_out);
        all.push(plainer);
    }
    for (position, constraint) in kind.constraints.iter().enumerate() {
        if let Constraint::MemberOf(expression) = constraint {
            all.extend(plainer_expressions(expression).into_iter().map(|plainer| {
                let mut kind = kind.clone();
                kind.constraints[position] = Constraint::MemberOf(plainer);
                kind
            }));
        }
    }
    all.push(Kind { gpus: 0, ..kind.clone() });
    all.push(Kind { ports: Vec::new(), ..kind.clone() });
    if kind.ports.len() > 1 {
        all.extend(kind.ports.iter().map(|port| Kind { ports: vec![*port], ..kind.clone() }));
    }
    all.push(Kind { interface: false, ..kind.clone() });
    all.push(Kind { group: format!("service:{}", kind.family), ..kind.clone() });
    if kind.containers.is_empty() {
        all.extend(smaller_numbers(kind.demanded_cpu()).into_iter().map(|cpu| Kind { cpu: Some(cpu), ..kind.clone() }));
        all.extend(
            smaller_numbers(kind.demanded_memory().max(1))
                .into_iter()
                .filter(|memory| *memory > 0)
                .collect::<Vec<_>>()
                .into_iter()
                .map(|memory| Kind { memory: Some(memory), ..kind.clone() }),
        );
    }
    all.retain(|plainer| plainer != kind);
    all
}

fn plainer_expressions(expression: &Expression) -> Vec<Expression> {
    match expression {
        Expression::Predicate(_) => Vec::new(),
        Expression::Not(inner) => vec![(**inner).clone()],
        Expression::And(a, b) | Expression::Or(a, b) => vec![(**a).clone(), (**b).clone()],
    }
}

/// `None` if nothing is left out.
fn renumbered(history: &History) -> Option<History> {
    let registered = |position: &usize| history.steps.contains(&Step::Register(*position));
    let instances: Vec<usize> = (0..history.instances.len()).filter(registered).collect();
    let is_placed = |position: &usize| {
        history.steps.iter().any(|step| matches!(step, Step::Place { kind, .. } if kind == position))
    };
    let kinds: Vec<usize> = (0..history.kinds.len()).filter(is_placed).collect();
    let tasks: Vec<u32> = history
        .steps
        .iter()
        .filter_map(|step| if let Step::Place { task, .. } = step { Some(*task) } else { None })
        .collect();
    let instance = |old: usize| instances.iter().position(|kept| *kept == old);
    let task = |old: u32| tasks.iter().position(|kept| *kept == old).and_then(|new| u32::try_from(new).ok());
    let step = |step: &Step| -> Option<Step> {
        Some(match *step {
            Step::Register(old) => Step::Register(instance(old)?),
            Step::Drain(old) => Step::Drain(instance(old)?),
            Step::Activate(old) => Step::Activate(instance(old)?),
            Step::Lose(old) => Step::Lose(instance(old)?),
            Step::Stop(old) => Step::Stop(task(old)?),
            Step::Gone(old) => Step::Gone(task(old)?),
            Step::ScaleIn(kind) => Step::ScaleIn(kinds.iter().position(|kept| *kept == kind)?),
            Step::Place { task: old, kind } => {
                Step::Place { task: task(old)?, kind: kinds.iter().position(|kept| *kept == kind)? }
            }
        })
    };
    let named =
        |(number, &old): (usize, &usize)| Instance { name: format!("i{number}"), ..history.instances[old].clone() };
    let other = History {
        instances: instances.iter().enumerate().map(named).collect(),
        kinds: kinds.iter().map(|&old| history.kinds[old].clone()).collect(),
        steps: history.steps.iter().filter_map(step).collect(),
        seed: history.seed,
    };
    (other != *history).then_some(other)
}
