//! The cluster as a log tells of it, and what comes and goes.

use rustc_hash::FxHashMap;

use super::bad::BadRow;
use super::columns::ports;
use super::findings::{Broken, Finding, Summary};
use super::node::{Amounts, Node, Status};
use super::room::Demand;
use super::row::{Event, Row};
use super::rules::{Asked, Least, Mode, Rules};
use crate::model::counted;

/// Where findings go.
pub(super) type Found<'f> = &'f mut dyn FnMut(&Finding);

/// A living task.
#[derive(Clone, Debug)]
struct Living {
    node: u32,
    kind: u32,
    since: u64,
}

/// Tasks of one group, task definition and demand.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) group: u32,
    pub(super) demand: Demand,
    pub(super) asked: Vec<Asked>,
    /// It takes something else than any task of its group and task definition does.
    pub(super) is_of_other_size: bool,
}

/// The tasks of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) name: String,
    /// Counted tasks on each instance.
    pub(super) on: Vec<u32>,
    pub(super) count: u64,
    most: Option<u64>,
    least: Option<Least>,
    is_daemon: bool,
}

/// One run under audit.
pub(super) struct Auditor {
    run: String,
    pub(super) rules: Rules,
    pub(super) nodes: Vec<Node>,
    names: FxHashMap<String, u32>,
    pub(super) groups: Vec<Group>,
    group_names: FxHashMap<String, u32>,
    kinds: Vec<Kind>,
    kind_names: FxHashMap<String, u32>,
    key: String,
    tasks: FxHashMap<String, Living>,
    ended: rustc_hash::FxHashSet<String>,
    /// Tasks that each stream of draws has placed.
    pub(super) drawn: FxHashMap<u64, u64>,
    now: u64,
    last_line: u64,
    /// What expressions that ask for attributes alone answered, by expression and instance.
    pub(super) members: FxHashMap<String, Vec<Option<bool>>>,
    /// The bucket of each instance, by attribute.
    pub(super) buckets: FxHashMap<String, std::rc::Rc<[u32]>>,
}

impl Auditor {
    pub(super) fn new(run: &str, rules: Rules) -> Self {
        Self {
            run: run.to_owned(),
            rules,
            nodes: Vec::new(),
            names: FxHashMap::default(),
            groups: Vec::new(),
            group_names: FxHashMap::default(),
            kinds: Vec::new(),
            kind_names: FxHashMap::default(),
            key: String::new(),
            tasks: FxHashMap::default(),
            ended: rustc_hash::FxHashSet::default(),
            drawn: FxHashMap::default(),
            now: 0,
            last_line: 0,
            members: FxHashMap::default(),
            buckets: FxHashMap::default(),
        }
    }

    pub(super) fn run(&self) -> &str {
        &self.run
    }

    pub(super) fn row(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        if row.time_ms < self.now {
            return Err(BadRow::at(row.line, "time_s", "it lies before that of the row above: time runs forwards"));
        }
        (self.now, self.last_line) = (row.time_ms, row.line);
        match row.event {
            Event::Registered => self.register(row, summary, found)?,
            Event::Drained | Event::Activated | Event::Lost => self.change(row, summary, found)?,
            Event::Disconnected | Event::Connected => self.change_agent(row, summary, found)?,
            Event::Placed => self.placed(row, summary, found)?,
            Event::Stopped => self.stopped(row, summary, found)?,
            Event::Rejected => self.rejected(row, summary, found)?,
            Event::Waiting | Event::Withdrawn => {
                let task = self.task_name(row)?.to_owned();
                if self.tasks.contains_key(&task) {
                    self.tell(row, summary, found, Broken::Conservation, format!("task {task} runs and waits"));
                }
            }
        }
        Ok(())
    }

    pub(super) fn tell(&self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>, broken: Broken, what: String) {
        self.tell_at(row.line, summary, found, broken, what);
    }

    fn tell_at(&self, line: u64, summary: &mut Summary, found: Found<'_>, broken: Broken, what: String) {
        *summary.broken.entry(broken).or_default() += 1;
        found(&Finding { line, run: self.run.clone(), broken, what });
    }

    fn task_name<'r>(&self, row: &Row<'r>) -> Result<&'r str, BadRow> {
        if row.task.is_empty() {
            Err(BadRow::at(row.line, "task", "it is empty; every task has a name"))
        } else {
            Ok(row.task)
        }
    }

    fn node(&self, row: &Row<'_>) -> Result<usize, BadRow> {
        let known = self.names.get(row.instance).copied();
        known.map(|node| node as usize).ok_or_else(|| {
            let what = format!("no instance `{}` has registered in the rows before", row.instance);
            BadRow::at(row.line, "instance", what)
        })
    }

    fn register(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        for (column, cell) in [("cpu", row.cpu), ("memory_mib", row.memory)] {
            if cell.is_none() {
                return Err(BadRow::at(row.line, column, "it is empty; an instance registers what it has"));
            }
        }
        let node = Node::registered(row)?;
        self.buckets.clear();
        match self.names.get(row.instance).map(|position| *position as usize) {
            Some(position) if self.nodes[position].status == Status::Lost && self.nodes[position].tasks == 0 => {
                self.nodes[position] = node;
                self.members.values_mut().for_each(|known| known[position] = None);
            }
            Some(_) => {
                let what = format!("instance `{}` registers and is there already, or has tasks", row.instance);
                self.tell(row, summary, found, Broken::Conservation, what);
            }
            None => {
                let position = u32::try_from(self.nodes.len()).expect("fewer than 2^32 instances");
                self.names.insert(row.instance.to_owned(), position);
                self.nodes.push(node);
                self.groups.iter_mut().for_each(|group| group.on.push(0));
                self.members.values_mut().for_each(|known| known.push(None));
            }
        }
        Ok(())
    }

    fn change(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        let node = self.node(row)?;
        let (is, becomes) = (self.nodes[node].status, row.event);
        let allowed = match becomes {
            Event::Drained => is == Status::Active,
            Event::Activated => is == Status::Draining,
            _ => is != Status::Lost,
        };
        if !allowed {
            let what = format!("instance `{}` is {is:?} and becomes {becomes:?}", row.instance).to_lowercase();
            self.tell(row, summary, found, Broken::Conservation, what);
        }
        self.nodes[node].status = match becomes {
            Event::Drained => Status::Draining,
            Event::Activated => Status::Active,
            _ => Status::Lost,
        };
        Ok(())
    }

    fn change_agent(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        let node = self.node(row)?;
        let becomes = row.event == Event::Connected;
        let facts = &mut self.nodes[node].facts;
        let was = facts.agent_connected.replace(becomes).unwrap_or(true);
        // Expressions may ask whether it is.
        self.members.values_mut().for_each(|known| known[node] = None);
        if was == becomes || self.nodes[node].status == Status::Lost {
            let is = if was { "connected" } else { "not connected" };
            let what = format!("the agent of instance `{}` is {is} and becomes {:?}", row.instance, row.event);
            self.tell(row, summary, found, Broken::Conservation, what.to_lowercase());
        }
        Ok(())
    }

    /// The group of this name, by number.
    fn group(&mut self, name: &str) -> u32 {
        if let Some(known) = self.group_names.get(name) {
            return *known;
        }
        let number = u32::try_from(self.groups.len()).expect("fewer than 2^32 groups");
        self.groups.push(Group {
            name: name.to_owned(),
            on: vec![0; self.nodes.len()],
            count: 0,
            most: self.rules.most.get(name).copied(),
            least: self.rules.least.get(name).copied(),
            is_daemon: self.rules.daemons.iter().any(|daemon| daemon == name),
        });
        self.group_names.insert(name.to_owned(), number);
        number
    }

    /// The kind of the task of a row, by number.
    fn kind(&mut self, row: &Row<'_>) -> Result<usize, BadRow> {
        use std::fmt::Write as _;
        for (column, cell) in [("cpu", row.cpu), ("memory_mib", row.memory)] {
            if cell.is_none() {
                return Err(BadRow::at(row.line, column, "it is empty; a task says what it takes"));
            }
        }
        self.key.clear();
        let amounts = Amounts::of(row);
        let Amounts { cpu, memory, gpu_milli, gpu_memory } = amounts;
        let (group, family) = (row.group, row.task_definition);
        write!(self.key, "{group}\n{family}\n{cpu} {memory} {gpu_milli} {gpu_memory} {}", row.ports)
            .expect("a string grows");
        if let Some(known) = self.kind_names.get(&self.key) {
            return Ok(*known as usize);
        }
        if group.is_empty() {
            return Err(BadRow::at(row.line, "group", "it is empty; a task has a group such as `service:web`"));
        }
        let known: Vec<Asked> = self.rules.of(group, family).into_iter().cloned().collect();
        let demand = Demand { amounts, ports: ports(row)? };
        let is_of_size = |asked: &Asked| asked.takes.as_ref().is_none_or(|takes| takes.is_as(row, &demand));
        let is_of_other_size = !known.is_empty() && !known.iter().any(is_of_size);
        let asked = if is_of_other_size { known } else { known.into_iter().filter(is_of_size).collect() };
        let kind = Kind { group: self.group(group), demand, asked, is_of_other_size };
        self.kinds.push(kind);
        let number = self.kinds.len() - 1;
        self.kind_names.insert(self.key.clone(), u32::try_from(number).expect("fewer than 2^32 kinds"));
        Ok(number)
    }

    fn placed(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        let (task, node, kind_number) = (self.task_name(row)?, self.node(row)?, self.kind(row)?);
        summary.decisions += 1;
        if self.tasks.contains_key(task) || self.ended.contains(task) {
            let what = format!("task {task} is placed a second time");
            self.tell(row, summary, found, Broken::Conservation, what);
            return Ok(());
        }
        if row.zone.is_some_and(|zone| zone != self.nodes[node].zone) {
            let what = format!(
                "instance `{}` is of zone `{}`, not `{}`",
                row.instance,
                self.nodes[node].zone,
                row.zone.unwrap_or_default()
            );
            self.tell(row, summary, found, Broken::Conservation, what);
        }
        let kind = self.kinds[kind_number].clone();
        self.judge_size(row, &kind, summary, found);
        self.judge_placed(row, node, &kind, summary, found);
        self.book(&kind, node, 1);
        let number = |position: usize| u32::try_from(position).expect("fewer than 2^32");
        self.tasks.insert(task.to_owned(), Living { node: number(node), kind: number(kind_number), since: self.now });
        let group = &self.groups[kind.group as usize];
        if group.most.is_none() && group.name.starts_with("service:") {
            summary.skip("the most tasks of a service whose percents are not known, or that was found running");
        }
        if let Some(most) = group.most.filter(|most| group.count > *most) {
            let tasks = counted(group.count, "task");
            let what = format!("{} has {tasks}, and {most} at most by its maximum percent", group.name);
            self.tell(row, summary, found, Broken::Percent, what);
        }
        Ok(())
    }

    fn stopped(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        let task = self.task_name(row)?;
        let Some(Living { node, kind, since }) = self.tasks.remove(task) else {
            self.tell(row, summary, found, Broken::Conservation, format!("task {task} stops and does not run"));
            return Ok(());
        };
        let node = node as usize;
        if self.nodes[node].name != row.instance {
            let what = format!("task {task} stops on `{}` and runs on `{}`", row.instance, self.nodes[node].name);
            self.tell(row, summary, found, Broken::Conservation, what);
        }
        if self.kind(row)? != kind as usize {
            let what =
                format!("task {task} stops with another group, task definition or demand than it was placed with");
            self.tell(row, summary, found, Broken::Conservation, what);
        }
        let is_lost = self.nodes[node].status == Status::Lost;
        if row.reason.is_some_and(|reason| !reason.is_empty() && (reason == "instance-lost") != is_lost) {
            let what = format!(
                "task {task} stops for `{}`, and its instance is {}",
                row.reason.unwrap_or_default(),
                if is_lost { "lost" } else { "not lost" }
            );
            self.tell(row, summary, found, Broken::Reason, what);
        }
        let kind = self.kinds[kind as usize].clone();
        self.book(&kind, node, -1);
        self.is_enough(row, &kind, since, summary, found);
        self.ended.insert(task.to_owned());
        Ok(())
    }

    /// What a deployment or a drain leaves is enough, where the task it stopped was healthy for sure.
    fn is_enough(&self, row: &Row<'_>, kind: &Kind, since: u64, summary: &mut Summary, found: Found<'_>) {
        let group = &self.groups[kind.group as usize];
        let (Some(Least { tasks, settled_ms }), Some("deployment" | "drained")) = (group.least, row.reason) else {
            return;
        };
        if self.now < since + settled_ms {
            return summary.skip("whether a stopped task of a service was healthy, which is too young to tell");
        }
        summary.stops += 1;
        if group.count < tasks {
            let what = format!(
                "the stop of task {} leaves {} with {}, and its minimum healthy percent asks for {tasks}",
                row.task,
                group.name,
                counted(group.count, "task")
            );
            self.tell(row, summary, found, Broken::Percent, what);
        }
    }

    fn rejected(&mut self, row: &Row<'_>, summary: &mut Summary, found: Found<'_>) -> Result<(), BadRow> {
        let (task, kind) = (self.task_name(row)?, self.kind(row)?);
        summary.decisions += 1;
        if self.tasks.contains_key(task) {
            self.tell(row, summary, found, Broken::Conservation, format!("task {task} is rejected and runs"));
        }
        let kind = self.kinds[kind].clone();
        self.judge_size(row, &kind, summary, found);
        self.judge_rejected(row, &kind, summary, found);
        Ok(())
    }

    fn book(&mut self, kind: &Kind, position: usize, sign: i64) {
        let node = &mut self.nodes[position];
        let Demand { amounts, ports } = &kind.demand;
        node.left = if sign > 0 { node.left.less(*amounts) } else { node.left.plus(*amounts) };
        let takes_interface = kind.asked.first().is_some_and(|asked| asked.interface);
        if let Some(free) = node.interfaces.as_mut().filter(|_| takes_interface) {
            *free -= sign;
        }
        let group = &mut self.groups[kind.group as usize];
        if sign > 0 {
            node.ports.extend(ports);
            node.tasks += 1;
            node.sharing += u32::from(amounts.shares());
            group.on[position] += 1;
            group.count += 1;
        } else {
            for port in ports {
                if let Some(taken) = node.ports.iter().rposition(|taken| taken == port) {
                    node.ports.remove(taken);
                }
            }
            node.tasks -= 1;
            node.sharing -= u32::from(amounts.shares());
            group.on[position] -= 1;
            group.count -= 1;
        }
    }

    /// Room may be held back on an instance for a daemon that does not run there yet.
    pub(super) fn may_be_held(&self, node: usize, kind: &Kind) -> bool {
        if self.rules.daemons.is_empty() || self.groups[kind.group as usize].is_daemon {
            return false;
        }
        let runs_there = |daemon: &String| {
            self.group_names.get(daemon).is_some_and(|group| self.groups[*group as usize].on[node] > 0)
        };
        !self.rules.daemons.iter().all(runs_there)
    }

    /// Tasks that ran when the run began are where they were.
    pub(super) fn is_found(&self, row: &Row<'_>, kind: &Kind) -> bool {
        row.time_ms == 0 && kind.asked.iter().any(|asked| asked.mode == Mode::Found)
    }

    pub(super) fn end(self, summary: &mut Summary, found: Found<'_>) {
        summary.without_tasks.retain(|group| !self.group_names.contains_key(group));
        let mut left: Vec<(&str, &str)> = Vec::new();
        for (task, living) in &self.tasks {
            let node = &self.nodes[living.node as usize];
            if node.status == Status::Lost {
                left.push((task.as_str(), node.name.as_str()));
            }
        }
        left.sort_unstable();
        for (task, node) in left {
            let what = format!("task {task} runs to the end of the log on `{node}`, which is lost");
            self.tell_at(self.last_line, summary, found, Broken::Conservation, what);
        }
    }
}
