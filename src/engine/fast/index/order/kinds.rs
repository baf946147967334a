//! Which kinds of request an instance may serve now, a bit each: everything that decides whether it is a candidate, on one
//! instance that has changed.
//!
//! A kind is a demand with its constraints. Where a chain spreads over instances, a kind has a further *field* of bits
//! (`field.rs`), of which one is set: how many tasks of the group the instance holds.
//!
//! # Cost
//! Cpu, memory and the checks of the class are three words. An expression that asks for tasks is asked again only where the
//! first task of a group comes that it may hear of, or the last goes, or where the count passes a number that it compares
//! with. A form of ports, GPUs and interface slots is asked again only where a task takes some of the same, or gives it
//! back. Each group of `distinctInstance` and each field is one look at the instance.

use super::field::Field;
use super::table::{MOST_WORDS, add, take};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::GroupCounts;
use crate::engine::fast::state::extras::{Extra, asks_for_extras, form_of};
use crate::engine::fast::state::facts::{GroupFacts, InstanceFacts};
use crate::engine::fast::state::memory::prefetch;
use crate::engine::fast::state::ports::Numbers;
use crate::engine::fast::state::record::News;
use crate::engine::fast::state::shapes::Shapes;
use crate::model::columns::bits;
use crate::model::{ClassId, Demand, MAX_PORTS_PER_INSTANCE, Request};
use crate::query::{Dependence, Expression};

/// A kind before all are known.
#[derive(Clone, Debug, PartialEq)]
struct Draft<'a> {
    demand: &'a Demand,
    filter: u32,
    /// Expressions that ask for more than the class.
    member_of: Vec<&'a Expression>,
    distinct: Option<u32>,
    level: Option<u32>,
}

/// Kinds as they become known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drafts<'a>(Vec<Draft<'a>>);

impl<'a> Drafts<'a> {
    /// Kinds so far.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of the kind of a request; `None` if there are too many. `filter` says which classes pass its checks.
    pub(crate) fn number(&mut self, request: &'a Request, filter: u32, has_level: bool) -> Option<u32> {
        let asks_for_more = |expression: &&Expression| expression.dependence() > Dependence::Class;
        let draft = Draft {
            demand: &request.demand,
            filter,
            member_of: request.member_of.iter().filter(asks_for_more).collect(),
            distinct: request.distinct_instance.then_some(request.group.0),
            level: has_level.then_some(request.group.0),
        };
        let known = self.0.iter().rposition(|known| *known == draft);
        let number = known.or_else(|| {
            let fields = self.0.iter().filter(|draft| draft.level.is_some()).count() + usize::from(has_level);
            let words = (self.0.len() + 1).div_ceil(64) + fields.div_ceil(32);
            (words <= MOST_WORDS).then(|| {
                self.0.push(draft);
                self.0.len() - 1
            })
        })?;
        u32::try_from(number).ok()
    }
}

/// Something to ask of an instance, and the kinds that stand or fall with it.
#[derive(Clone, Debug)]
struct Check<T> {
    what: T,
    kinds: Vec<u64>,
}

/// An expression that compares how many tasks run.
#[derive(Clone, Debug)]
struct Counting {
    /// Position among the expressions that ask for tasks.
    place: usize,
    compared: Vec<i64>,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Kinds {
    /// Words of the kinds alone, and with the fields.
    own_words: usize,
    pub(crate) words: usize,
    shapes: Shapes,
    /// By class, then word.
    of_class: Vec<u64>,
    extras: Vec<Check<Demand>>,
    contest: Contest,
    /// By instance, then word, if any kind asks for GPUs, ports or interface slots: those whose form fits.
    of_extras: Vec<u64>,
    /// Ports of the form that asks for most.
    most_ports: usize,
    changing: Vec<Check<Expression>>,
    /// Those of `changing` that compare how many tasks run, and with what.
    counting: Vec<Counting>,
    /// All the numbers that any of them compares with.
    compared: Vec<i64>,
    /// By group: which of them may be true or not where they were not, once a task of the group comes or goes.
    concerned: Vec<Vec<u32>>,
    /// By expression: where it asks for groups in one place alone, those that it asks for.
    asked_groups: Vec<Option<Vec<u32>>>,
    /// By instance, then expression: whether it holds.
    truths: Vec<bool>,
    /// By instance, then word, if there are such expressions: the kinds of which all hold.
    of_changing: Vec<u64>,
    distinct: Vec<Check<u32>>,
    /// By group: its position among those.
    distinct_of_group: Vec<Option<u32>>,
    /// By instance, then word, if any kind asks for `distinctInstance`: those whose group has no task there.
    of_groups: Vec<u64>,
    pub(crate) fields: Vec<Field>,
    /// By kind, its field; by group, the fields of its kinds.
    field_of_kind: Vec<Option<u32>>,
    fields_of_group: Vec<Vec<u32>>,
    fixed: Vec<Check<Expression>>,
    /// By instance, then word, if any expression asks which instance it is.
    of_instance: Vec<u64>,
}

impl Kinds {
    /// `passes` says whether the instances of a class pass a filter.
    pub(crate) fn new(
        drafts: &Drafts<'_>,
        classes: usize,
        groups: &[String],
        passes: impl Fn(u32, usize) -> bool,
    ) -> Self {
        let drafts = &drafts.0;
        let own_words = drafts.len().div_ceil(64);
        let mut kinds = Self {
            own_words,
            words: own_words,
            shapes: Shapes::new(drafts.iter().map(|draft| (draft.demand.cpu.0, draft.demand.memory.0)).collect()),
            of_class: vec![0; own_words * classes],
            extras: Vec::new(),
            contest: Contest::default(),
            of_extras: Vec::new(),
            most_ports: drafts.iter().map(|draft| draft.demand.ports.len()).max().unwrap_or(0),
            changing: Vec::new(),
            counting: Vec::new(),
            compared: Vec::new(),
            concerned: Vec::new(),
            asked_groups: Vec::new(),
            truths: Vec::new(),
            of_changing: Vec::new(),
            distinct: Vec::new(),
            distinct_of_group: vec![None; groups.len()],
            of_groups: Vec::new(),
            fields: Vec::new(),
            field_of_kind: vec![None; drafts.len()],
            fields_of_group: vec![Vec::new(); groups.len()],
            fixed: Vec::new(),
            of_instance: Vec::new(),
        };
        for (number, draft) in drafts.iter().enumerate() {
            for class in (0..classes).filter(|&class| passes(draft.filter, class)) {
                kinds.of_class[class * own_words + number / 64] |= 1 << (number % 64);
            }
            if asks_for_extras(draft.demand) {
                enter(&mut kinds.extras, form_of(draft.demand), number, own_words);
            }
            for expression in &draft.member_of {
                let asks_for_tasks = expression.dependence() == Dependence::Tasks;
                let checks = if asks_for_tasks { &mut kinds.changing } else { &mut kinds.fixed };
                enter(checks, (*expression).clone(), number, own_words);
            }
            if let Some(group) = draft.distinct {
                enter(&mut kinds.distinct, group, number, own_words);
            }
        }
        for (position, check) in (0..).zip(&kinds.distinct) {
            kinds.distinct_of_group[check.what as usize] = Some(position);
        }
        kinds.contest = Contest::new(&kinds.extras);
        let levelled = (0..).zip(drafts).filter_map(|(kind, draft)| draft.level.map(|group| (kind, group)));
        kinds.fields = Field::lay_out(levelled.collect(), own_words);
        for (position, field) in (0..).zip(&kinds.fields) {
            kinds.field_of_kind[field.kind() as usize] = Some(position);
            kinds.fields_of_group[field.group() as usize].push(position);
        }
        kinds.words = kinds.fields.last().map_or(own_words, |last| last.word() + 1);
        kinds.hear_of(groups);
        kinds
    }

    fn hear_of(&mut self, groups: &[String]) {
        if self.changing.is_empty() {
            return;
        }
        let of_group = |group| (0..).zip(&self.changing).filter(move |(_, check)| check.what.hears_of(group));
        self.concerned = groups.iter().map(|group| of_group(group).map(|(place, _)| place).collect()).collect();
        let asked = |check: &Check<Expression>| {
            let named = (0..).zip(groups).filter(|(_, name)| check.what.hears_of(name));
            check.what.asks_for_groups_once().then(|| named.map(|(group, _)| group).collect())
        };
        self.asked_groups = self.changing.iter().map(asked).collect();
        let counting = self.changing.iter().enumerate();
        let counting = counting.map(|(place, check)| Counting { place, compared: check.what.compared_counts() });
        self.counting = counting.filter(|counting| !counting.compared.is_empty()).collect();
        self.compared = self.counting.iter().flat_map(|counting| &counting.compared).copied().collect();
        self.compared.sort_unstable();
        self.compared.dedup();
    }

    /// Words of the kinds alone.
    pub(crate) fn own_words(&self) -> usize {
        self.own_words
    }

    /// The field of a kind.
    pub(crate) fn field(&self, kind: u32) -> Option<u32> {
        self.field_of_kind[kind as usize]
    }

    /// An instance is new: what never changes of it is asked once.
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        let facts = InstanceFacts { cluster, instance: id };
        self.truths.extend(self.changing.iter().map(|check| check.what.evaluate(&facts)));
        if !self.changing.is_empty() {
            self.of_changing.resize(self.of_changing.len() + self.own_words, 0);
            self.join_truths(id);
        }
        if !self.extras.is_empty() {
            self.of_extras.resize(self.of_extras.len() + self.own_words, u64::MAX);
        }
        if !self.distinct.is_empty() {
            self.of_groups.resize(self.of_groups.len() + self.own_words, u64::MAX);
        }
        self.look(cluster, id);
        if self.fixed.is_empty() {
            return;
        }
        let start = self.of_instance.len();
        self.of_instance.resize(start + self.own_words, u64::MAX);
        for check in self.fixed.iter().filter(|check| !check.what.evaluate(&facts)) {
            take(&mut self.of_instance[start..], &check.kinds);
        }
    }

    /// Has what a change of an instance will read fetched.
    #[inline]
    pub(crate) fn expect_change(&self, id: u32) {
        let columns = [&self.of_extras, &self.of_groups, &self.of_changing];
        for column in columns.into_iter().filter(|column| !column.is_empty()) {
            prefetch(column.as_ptr().wrapping_add(id as usize * self.own_words));
        }
    }

    /// GPUs, ports, interface slots or groups of an instance may be others, whatever happened.
    pub(crate) fn look(&mut self, cluster: &Cluster<'_>, id: u32) {
        self.look_at_extras(cluster, id);
        (0..self.distinct.len()).for_each(|place| self.ask_group(cluster, id, place));
    }

    /// Asks whether a group of `distinctInstance` has no task on an instance.
    #[inline]
    fn ask_group(&mut self, cluster: &Cluster<'_>, id: u32, place: usize) {
        let Check { what: group, kinds } = &self.distinct[place];
        let is_free = cluster.group_count(id, *group) == 0;
        write_kinds(&mut self.of_groups[id as usize * self.own_words..][..self.own_words], kinds, is_free);
    }

    fn look_at_extras(&mut self, cluster: &Cluster<'_>, id: u32) {
        for form in &self.extras {
            ask_form(cluster, id, form, &mut self.of_extras[id as usize * self.own_words..][..self.own_words]);
        }
    }

    /// A task has come to an instance or gone: asks again what may have another answer.
    #[inline]
    pub(crate) fn hear(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        if let Some(taken) = news.extras.filter(|_| !self.extras.is_empty()) {
            self.hear_extras(cluster, news, taken);
        }
        if let Some(place) = self.distinct_of_group[news.group as usize].filter(|_| news.turned) {
            self.ask_group(cluster, news.change.instance, place as usize);
        }
        if !self.changing.is_empty() {
            self.hear_tasks(cluster, news);
        }
    }

    #[inline(never)]
    fn hear_extras(&mut self, cluster: &Cluster<'_>, news: News<'_>, taken: &Demand) {
        let id = news.change.instance;
        if !taken.ports.is_empty() && cluster.ports.may_be_full(self.most_ports) {
            let count = |extra: &Extra| cluster.ports.count(&extra.ports, cluster.class_id(id));
            let ports = cluster.extras.as_ref().map_or(0, |extras| count(&extras[id as usize]));
            // Where no more ports may fit at all, each counts for all.
            if ports + taken.ports.len() + self.most_ports > MAX_PORTS_PER_INSTANCE {
                return self.look_at_extras(cluster, id);
            }
        }
        let Self { contest, extras, of_extras, own_words, .. } = self;
        let mask = &mut of_extras[id as usize * *own_words..][..*own_words];
        contest.of_devices(taken).for_each(|form| ask_form(cluster, id, &extras[form as usize], mask));
        let is_taken = news.change.after.tasks() > news.change.before.tasks();
        if is_taken {
            contest.kinds_of_ports(taken, mask.len()).for_each(|kinds| take(mask, kinds));
        } else {
            contest.of_ports(taken).for_each(|form| ask_form(cluster, id, &extras[form as usize], mask));
        }
    }

    #[inline(never)]
    fn hear_tasks(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        let id = news.change.instance;
        let facts = || InstanceFacts { cluster, instance: id };
        let truths = &mut self.truths[id as usize * self.changing.len()..][..self.changing.len()];
        let mut is_any_other = false;
        let mut ask = |place: usize| {
            let expression = &self.changing[place].what;
            let holds = match &self.asked_groups[place] {
                Some(groups) => {
                    let holds = groups.iter().any(|&group| cluster.group_count(id, group) > 0);
                    expression.evaluate(&GroupFacts { instance: facts(), holds })
                }
                None => expression.evaluate(&facts()),
            };
            is_any_other |= std::mem::replace(&mut truths[place], holds) != holds;
        };
        if news.turned {
            self.concerned[news.group as usize].iter().for_each(|&place| ask(place as usize));
        }
        if !self.compared.is_empty() {
            let others = i64::from(facts().other_tasks());
            let [before, now] = [news.change.before, news.change.after].map(|it| others + i64::from(it.tasks()));
            let passed = |compared: &[i64]| compared.iter().any(|number| before.cmp(number) != now.cmp(number));
            if passed(&self.compared) {
                let counting = self.counting.iter().filter(|counting| passed(&counting.compared));
                counting.for_each(|counting| ask(counting.place));
            }
        }
        if is_any_other {
            self.join_truths(id);
        }
    }

    /// The kinds of which all expressions hold on an instance.
    fn join_truths(&mut self, id: u32) {
        let truths = &self.truths[id as usize * self.changing.len()..];
        let mask = &mut self.of_changing[id as usize * self.own_words..][..self.own_words];
        mask.fill(u64::MAX);
        let failed = self.changing.iter().zip(truths).filter(|(_, holds)| !**holds);
        failed.for_each(|(check, _)| take(mask, &check.kinds));
    }

    /// Writes the mask of an instance as it is.
    pub(crate) fn write(&self, cluster: &Cluster<'_>, id: u32, class: ClassId, mask: &mut [u64]) {
        let (own, fields) = mask.split_at_mut(self.own_words);
        let is_any = self.write_own(cluster, id, class, own);
        fields.fill(0);
        match cluster.counts.as_ref().filter(|_| is_any && !self.fields.is_empty()) {
            Some(GroupCounts::Dense(dense)) => self.set_fields(mask, dense.of(id)),
            Some(GroupCounts::Sparse(sparse)) => self.set_fields(mask, |group| sparse.get(id, group)),
            None => {}
        }
    }

    /// The same where a task has come or gone and nothing else: only the fields of its group, and of the kinds that the
    /// instance began or ceased to serve, are others than `before`.
    #[inline]
    pub(crate) fn write_news(
        &self,
        cluster: &Cluster<'_>,
        news: News<'_>,
        class: ClassId,
        before: &[u64],
        mask: &mut [u64],
    ) {
        self.write_own(cluster, news.change.instance, class, &mut mask[..self.own_words]);
        if !self.fields.is_empty() {
            self.write_fields(cluster, news, before, mask);
        }
    }

    #[inline(never)]
    fn write_fields(&self, cluster: &Cluster<'_>, news: News<'_>, before: &[u64], mask: &mut [u64]) {
        let id = news.change.instance;
        let fields = &mut mask[self.own_words..];
        fields.copy_from_slice(&before[self.own_words..]);
        for (word, before) in before[..self.own_words].iter().enumerate() {
            for bit in bits(before ^ mask[word]) {
                if let Some(field) = self.field_of_kind[word * 64 + bit] {
                    self.rewrite(cluster, id, &self.fields[field as usize], mask);
                }
            }
        }
        for &field in &self.fields_of_group[news.group as usize] {
            self.rewrite(cluster, id, &self.fields[field as usize], mask);
        }
    }

    /// The part of a mask without the fields; answers whether it is not empty.
    #[inline]
    fn write_own(&self, cluster: &Cluster<'_>, id: u32, class: ClassId, mask: &mut [u64]) -> bool {
        let record = cluster.records[id as usize];
        if !record.is_active() {
            mask.fill(0);
            return false;
        }
        let own = self.own_words;
        let ranks = self.shapes.ranks_of(record);
        let class = class.index();
        let mut any = 0;
        for (word, mask) in mask.iter_mut().enumerate() {
            *mask = self.of_class[class * own + word] & self.shapes.fitting(ranks, word);
            if !self.fixed.is_empty() {
                *mask &= self.of_instance[id as usize * own + word];
            }
            if !self.extras.is_empty() {
                *mask &= self.of_extras[id as usize * own + word];
            }
            if !self.distinct.is_empty() {
                *mask &= self.of_groups[id as usize * own + word];
            }
            if !self.changing.is_empty() {
                *mask &= self.of_changing[id as usize * own + word];
            }
            any |= *mask;
        }
        any != 0
    }

    #[inline]
    fn set_fields(&self, mask: &mut [u64], tasks: impl Fn(u32) -> u32) {
        for field in &self.fields {
            if field.is_asked(mask) {
                mask[field.word()] |= field.bit(tasks(field.group()));
            }
        }
    }

    /// Writes to a mask that is right but for a field how many tasks of its group an instance holds.
    #[inline]
    pub(crate) fn rewrite(&self, cluster: &Cluster<'_>, id: u32, field: &Field, mask: &mut [u64]) {
        let bit = if field.is_asked(mask) { field.bit(cluster.group_count(id, field.group())) } else { 0 };
        let word = &mut mask[field.word()];
        *word = *word & !field.all().bits | bit;
    }
}

impl Kinds {
    /// Asks every expression of an instance again.
    pub(crate) fn validate(&self, cluster: &Cluster<'_>, id: u32) -> Result<(), String> {
        let truths = &self.truths[id as usize * self.changing.len()..];
        let mut joined = vec![u64::MAX; if self.changing.is_empty() { 0 } else { self.own_words }];
        for (check, &kept) in self.changing.iter().zip(truths) {
            if !kept {
                take(&mut joined, &check.kinds);
            }
            if check.what.evaluate(&InstanceFacts { cluster, instance: id }) != kept {
                return Err(format!("kinds: `{}` of instance {id}: kept {kept}, is {}", check.what, !kept));
            }
        }
        if joined != self.of_changing[id as usize * joined.len()..][..joined.len()] {
            return Err(format!("kinds: what the expressions leave of instance {id} is kept otherwise"));
        }
        for check in &self.extras {
            let mask = &self.of_extras[id as usize * self.own_words..];
            let fits = cluster.extras_fit(id, &check.what);
            if check.kinds.iter().zip(mask).any(|(kinds, mask)| kinds & mask != if fits { *kinds } else { 0 }) {
                return Err(format!("kinds: {:?} fits instance {id}: {fits}, and is kept otherwise", check.what));
            }
        }
        for check in &self.distinct {
            let mask = &self.of_groups[id as usize * self.own_words..];
            let is_free = cluster.group_count(id, check.what) == 0;
            if check.kinds.iter().zip(mask).any(|(kinds, mask)| kinds & mask != if is_free { *kinds } else { 0 }) {
                return Err(format!(
                    "kinds: group {} has no task on instance {id}: {is_free}, kept otherwise",
                    check.what
                ));
            }
        }
        Ok(())
    }
}

/// Which forms may fit or not where they did otherwise, once a task takes some of the same or gives it back.
#[derive(Clone, Debug, Default)]
struct Contest {
    gpus: Vec<u32>,
    slots: Vec<u32>,
    ports: Numbers,
    /// By number of a port.
    of_port: Vec<Vec<u32>>,
    /// By number of a port, then word: the kinds of these forms.
    kinds_of_port: Vec<u64>,
}

impl Contest {
    fn new(forms: &[Check<Demand>]) -> Self {
        let ports = Numbers::new(forms.iter().flat_map(|form| &form.what.ports));
        let mut contest = Self { of_port: vec![Vec::new(); usize::from(ports.count)], ports, ..Self::default() };
        for (number, form) in (0..).zip(forms) {
            if !form.what.gpus.is_none() {
                contest.gpus.push(number);
            }
            if form.what.eni_slots > 0 {
                contest.slots.push(number);
            }
            let Self { ports, of_port, .. } = &mut contest;
            let numbers = form.what.ports.iter().filter_map(|&port| ports.get(port));
            numbers.for_each(|port| of_port[usize::from(port)].push(number));
        }
        for of_port in &contest.of_port {
            let mut kinds = vec![0; forms.first().map_or(0, |form| form.kinds.len())];
            of_port.iter().for_each(|&form| add(&mut kinds, &forms[form as usize].kinds));
            contest.kinds_of_port.extend(kinds);
        }
        contest
    }

    /// Those that a demand concerns by its GPUs and interface slots, some of them perhaps more than once.
    fn of_devices(&self, taken: &Demand) -> impl Iterator<Item = u32> {
        let gpus = if taken.gpus.is_none() { &[][..] } else { &self.gpus };
        let slots = if taken.eni_slots == 0 { &[][..] } else { &self.slots };
        gpus.iter().chain(slots).copied()
    }

    /// The kinds, in so many words, of those that ask for one of its ports, port by port.
    #[inline]
    fn kinds_of_ports(&self, taken: &Demand, words: usize) -> impl Iterator<Item = &[u64]> {
        let numbers = taken.ports.iter().filter_map(|port| self.ports.get(*port));
        numbers.map(move |port| &self.kinds_of_port[usize::from(port) * words..][..words])
    }

    /// Those that ask for one of its ports.
    fn of_ports(&self, taken: &Demand) -> impl Iterator<Item = u32> {
        let numbers = taken.ports.iter().filter_map(|port| self.ports.get(*port));
        numbers.flat_map(|port| &self.of_port[usize::from(port)]).copied()
    }
}

/// Asks whether a form fits an instance, and writes it to the mask of its forms.
#[inline]
fn ask_form(cluster: &Cluster<'_>, id: u32, form: &Check<Demand>, mask: &mut [u64]) {
    write_kinds(mask, &form.kinds, cluster.extras_fit(id, &form.what));
}

/// Adds some kinds to a mask, or takes them away.
#[inline]
fn write_kinds(mask: &mut [u64], kinds: &[u64], are_in: bool) {
    for (mask, kinds) in mask.iter_mut().zip(kinds) {
        *mask = if are_in { *mask | kinds } else { *mask & !kinds };
    }
}

/// Notes that a kind stands or falls with something.
fn enter<T: PartialEq>(checks: &mut Vec<Check<T>>, what: T, kind: usize, words: usize) {
    let known = checks.iter().position(|check| check.what == what).unwrap_or(checks.len());
    if known == checks.len() {
        checks.push(Check { what, kinds: vec![0; words] });
    }
    checks[known].kinds[kind / 64] |= 1 << (kind % 64);
}
