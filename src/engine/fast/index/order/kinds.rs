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

use rustc_hash::FxHashMap;

use super::field::{Field, Levelled, most_words};
use super::instances::Seat;
use super::table::{MOST_WORDS, add, is_any, take};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::GroupCounts;
use crate::engine::fast::state::extras::{Extra, asks_for_extras, form_of};
use crate::engine::fast::state::facts::{GroupFacts, InstanceFacts};
use crate::engine::fast::state::record::{News, Record};
use crate::engine::fast::state::shapes::{Shape, Shapes};
use crate::model::columns::bits;
use crate::model::{ClassId, Demand, MAX_PORTS_PER_INSTANCE, Port, Request};
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
            (most_words(self.0.len() + 1, fields) <= MOST_WORDS).then(|| {
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

/// What is kept of every instance beside its mask: where the kinds stand, in so many words each, that may be served as far as
/// one thing says; where no kind asks for that, there is nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Columns {
    /// GPUs, ports and interface slots: the form fits.
    extras: Option<usize>,
    /// `distinctInstance`: the group has no task there.
    groups: Option<usize>,
    /// The expressions that ask for tasks hold.
    changing: Option<usize>,
    /// Those that ask which instance it is.
    fixed: Option<usize>,
    /// Words of all of these.
    words: usize,
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
    /// Words that have a kind, and with those of the fields alone.
    own_words: usize,
    pub(crate) words: usize,
    /// The kinds of the last word that has any; fields may be behind them.
    last_kinds: u64,
    shapes: Shapes,
    /// By class, then word.
    of_class: Vec<u64>,
    extras: Vec<Check<Demand>>,
    rivals: Rivals,
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
    distinct: Vec<Check<u32>>,
    /// By group: its position among those.
    distinct_of_group: Vec<Option<u32>>,
    pub(crate) fields: Vec<Field>,
    /// By kind, its field; by group, the fields of its kinds.
    field_of_kind: Vec<Option<u32>>,
    fields_of_group: Vec<Vec<u32>>,
    fixed: Vec<Check<Expression>>,
    columns: Columns,
}

impl Kinds {
    /// `passes` says whether the instances of a class pass a filter.
    pub(crate) fn new(
        drafts: &Drafts<'_>,
        classes: usize,
        groups: &[String],
        forms: &[Demand],
        passes: impl Fn(u32, usize) -> bool,
    ) -> Self {
        let drafts = &drafts.0;
        let own_words = drafts.len().div_ceil(64);
        let mut kinds = Self {
            own_words,
            words: own_words,
            last_kinds: u64::MAX >> (own_words * 64 - drafts.len()),
            shapes: Shapes::new(drafts.iter().map(|draft| Shape::of(draft.demand)).collect()),
            of_class: vec![0; own_words * classes],
            extras: Vec::new(),
            rivals: Rivals::default(),
            most_ports: drafts.iter().map(|draft| draft.demand.ports.len()).max().unwrap_or(0),
            changing: Vec::new(),
            counting: Vec::new(),
            compared: Vec::new(),
            concerned: Vec::new(),
            asked_groups: Vec::new(),
            truths: Vec::new(),
            distinct: Vec::new(),
            distinct_of_group: vec![None; groups.len()],
            fields: Vec::new(),
            field_of_kind: vec![None; drafts.len()],
            fields_of_group: vec![Vec::new(); groups.len()],
            fixed: Vec::new(),
            columns: Columns::default(),
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
        kinds.rivals = Rivals::new(forms, &kinds.extras);
        kinds.lay_out_columns();
        let levelled = (0..).zip(drafts).filter_map(|(kind, draft)| draft.level.map(|group| Levelled { kind, group }));
        kinds.fields = Field::lay_out(levelled.collect(), drafts.len());
        for (position, field) in (0..).zip(&kinds.fields) {
            kinds.field_of_kind[field.kind() as usize] = Some(position);
            kinds.fields_of_group[field.group() as usize].push(position);
        }
        kinds.words = kinds.fields.last().map_or(own_words, |last| own_words.max(last.word() + 1));
        kinds.hear_of(groups);
        kinds
    }

    fn lay_out_columns(&mut self) {
        let own = self.own_words;
        let mut words = 0;
        let mut column = |is_any: bool| {
            is_any.then(|| {
                words += own;
                words - own
            })
        };
        let extras = column(!self.extras.is_empty());
        let groups = column(!self.distinct.is_empty());
        let changing = column(!self.changing.is_empty());
        let fixed = column(!self.fixed.is_empty());
        self.columns = Columns { extras, groups, changing, fixed, words };
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

    /// Words that have a kind.
    pub(crate) fn own_words(&self) -> usize {
        self.own_words
    }

    /// The field of a kind.
    pub(crate) fn field(&self, kind: u32) -> Option<u32> {
        self.field_of_kind[kind as usize]
    }

    /// Words that are kept of every instance beside its mask.
    pub(super) fn column_words(&self) -> usize {
        self.columns.words
    }

    /// An instance is new, with every bit of its columns set: what never changes of it is asked once.
    pub(super) fn added(&mut self, cluster: &Cluster<'_>, id: u32, columns: &mut [u64]) {
        let facts = InstanceFacts { cluster, instance: id };
        self.truths.extend(self.changing.iter().map(|check| check.what.evaluate(&facts)));
        self.join_truths(id, columns);
        self.look(cluster, id, columns);
        let own = self.own_words;
        for check in self.fixed.iter().filter(|check| !check.what.evaluate(&facts)) {
            take(column(columns, self.columns.fixed, own), &check.kinds);
        }
    }

    /// GPUs, ports, interface slots or groups of an instance may be others, whatever happened.
    pub(super) fn look(&self, cluster: &Cluster<'_>, id: u32, columns: &mut [u64]) {
        self.look_at_extras(cluster, id, columns);
        (0..self.distinct.len()).for_each(|place| self.ask_group(cluster, id, place, columns));
    }

    /// Asks whether a group of `distinctInstance` has no task on an instance.
    #[inline]
    fn ask_group(&self, cluster: &Cluster<'_>, id: u32, place: usize, columns: &mut [u64]) {
        let Check { what: group, kinds } = &self.distinct[place];
        let is_free = cluster.group_count(id, *group) == 0;
        write_kinds(column(columns, self.columns.groups, self.own_words), kinds, is_free);
    }

    fn look_at_extras(&self, cluster: &Cluster<'_>, id: u32, columns: &mut [u64]) {
        for form in &self.extras {
            ask_form(cluster, id, form, column(columns, self.columns.extras, self.own_words));
        }
    }

    /// A task has come to an instance or gone: asks again what may have another answer.
    #[inline]
    pub(super) fn hear(&mut self, cluster: &Cluster<'_>, news: News<'_>, columns: &mut [u64]) {
        if let Some(form) = news.extras.filter(|_| !self.extras.is_empty()) {
            self.hear_extras(cluster, news, form, columns);
        }
        if let Some(place) = self.distinct_of_group[news.group as usize].filter(|_| news.turned) {
            self.ask_group(cluster, news.change.instance, place as usize, columns);
        }
        if !self.changing.is_empty() {
            self.hear_tasks(cluster, news, columns);
        }
    }

    #[inline(never)]
    fn hear_extras(&self, cluster: &Cluster<'_>, news: News<'_>, form: u32, columns: &mut [u64]) {
        let (id, taken) = (news.change.instance, &cluster.forms[form as usize]);
        if taken.ports.len > 0 && cluster.ports.may_be_full(self.most_ports) {
            let count = |extra: &Extra| cluster.ports.count(&extra.ports, cluster.class_id(id));
            let ports = cluster.extras.as_ref().map_or(0, |extras| count(&extras[id as usize]));
            // Where no more ports may fit at all, each counts for all.
            if ports + taken.ports.len as usize + self.most_ports > MAX_PORTS_PER_INSTANCE {
                return self.look_at_extras(cluster, id, columns);
            }
        }
        let mask = column(columns, self.columns.extras, self.own_words);
        let mut ask = |check: u32| ask_form(cluster, id, &self.extras[check as usize], mask);
        if taken.has_devices() {
            self.rivals.by_devices(&taken.demand).for_each(&mut ask);
        }
        if news.change.after.tasks() > news.change.before.tasks() {
            self.rivals.strike(form, mask);
        } else {
            self.rivals.by_ports(form).for_each(ask);
        }
    }

    #[inline(never)]
    fn hear_tasks(&mut self, cluster: &Cluster<'_>, news: News<'_>, columns: &mut [u64]) {
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
            self.join_truths(id, columns);
        }
    }

    /// The kinds of which all expressions hold on an instance.
    fn join_truths(&self, id: u32, columns: &mut [u64]) {
        let truths = &self.truths[id as usize * self.changing.len()..];
        let mask = column(columns, self.columns.changing, self.own_words);
        mask.fill(u64::MAX);
        let failed = self.changing.iter().zip(truths).filter(|(_, holds)| !**holds);
        failed.for_each(|(check, _)| take(mask, &check.kinds));
    }

    /// Writes the mask of an instance as it is.
    pub(super) fn write(&self, cluster: &Cluster<'_>, id: u32, seat: Seat<'_>, mask: &mut [u64]) {
        let (own, others) = mask.split_at_mut(self.own_words);
        let is_any = self.write_own(&cluster.records[id as usize], seat.class, seat.columns, own);
        others.fill(0);
        match cluster.counts.as_ref().filter(|_| is_any && !self.fields.is_empty()) {
            Some(GroupCounts::Dense(dense)) => self.set_fields(mask, dense.of(id)),
            Some(GroupCounts::Sparse(sparse)) => self.set_fields(mask, |group| sparse.get(id, group)),
            None => {}
        }
    }

    /// The same where a task has come or gone and nothing else: only the fields of its group, and of the kinds that the
    /// instance began or ceased to serve, are others than before.
    #[inline]
    pub(super) fn write_news(&self, cluster: &Cluster<'_>, news: News<'_>, seat: Seat<'_>, mask: &mut [u64]) {
        self.write_own(&news.change.after, seat.class, seat.columns, &mut mask[..self.own_words]);
        if !self.fields.is_empty() {
            self.write_fields(cluster, news, seat.mask, mask);
        }
    }

    #[inline(never)]
    fn write_fields(&self, cluster: &Cluster<'_>, news: News<'_>, before: &[u64], mask: &mut [u64]) {
        let id = news.change.instance;
        match cluster.counts.as_ref().expect("groups are counted where a rule may ask for them") {
            GroupCounts::Dense(dense) => self.turn_fields(news.group, before, mask, dense.of(id)),
            GroupCounts::Sparse(sparse) => self.turn_fields(news.group, before, mask, |group| sparse.get(id, group)),
        }
    }

    /// A mask has its kinds, and becomes what it was before but for the fields of a group and of the kinds that are others.
    #[inline(always)]
    fn turn_fields(&self, group: u32, before: &[u64], mask: &mut [u64], tasks: impl Fn(u32) -> u32) {
        let last = self.own_words - 1;
        mask[self.own_words..].copy_from_slice(&before[self.own_words..]);
        mask[last] |= before[last] & !self.last_kinds;
        for word in 0..=last {
            let kinds = if word == last { self.last_kinds } else { u64::MAX };
            let turned = (before[word] ^ mask[word]) & kinds;
            for bit in bits(turned) {
                if let Some(field) = self.field_of_kind[word * 64 + bit] {
                    let field = &self.fields[field as usize];
                    // What was not served had no bit.
                    if mask[word] >> bit & 1 == 1 {
                        mask[field.word()] |= field.bit(tasks(field.group()));
                    } else {
                        mask[field.word()] &= !field.all().bits;
                    }
                }
            }
        }
        self.fields_of_group[group as usize].iter().for_each(|&field| self.fields[field as usize].write(mask, &tasks));
    }

    /// The part of a mask without the fields; answers whether it is not empty.
    #[inline]
    fn write_own(&self, record: &Record, class: ClassId, columns: &[u64], mask: &mut [u64]) -> bool {
        if !record.is_active() {
            mask.fill(0);
            return false;
        }
        let ranks = self.shapes.ranks_of(record);
        let of_class = &self.of_class[class.index() * self.own_words..];
        let (first, later) = mask.split_first_mut().expect("a mask has a word");
        // Nearly always, one word holds all.
        *first = self.shapes.fitting(ranks, 0) & of_class[0];
        (columns.iter().step_by(self.own_words)).for_each(|column| *first &= column);
        for (word, mask) in (1..).zip(later) {
            *mask = self.shapes.fitting(ranks, word) & of_class[word];
            columns.iter().skip(word).step_by(self.own_words).for_each(|column| *mask &= column);
        }
        is_any(mask)
    }

    #[inline]
    fn set_fields(&self, mask: &mut [u64], tasks: impl Fn(u32) -> u32) {
        self.fields.iter().for_each(|field| field.write(mask, &tasks));
    }
}

impl Kinds {
    /// Asks every expression of an instance again.
    pub(super) fn validate(&self, cluster: &Cluster<'_>, id: u32, columns: &[u64]) -> Result<(), String> {
        let of = |column: Option<usize>| column.map_or(&[][..], |start| &columns[start..][..self.own_words]);
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
        if joined != of(self.columns.changing) {
            return Err(format!("kinds: what the expressions leave of instance {id} is kept otherwise"));
        }
        for check in &self.extras {
            let fits = cluster.extras_fit(id, &check.what);
            if check
                .kinds
                .iter()
                .zip(of(self.columns.extras))
                .any(|(kinds, mask)| kinds & mask != if fits { *kinds } else { 0 })
            {
                return Err(format!("kinds: {:?} fits instance {id}: {fits}, and is kept otherwise", check.what));
            }
        }
        for check in &self.distinct {
            let is_free = cluster.group_count(id, check.what) == 0;
            if check
                .kinds
                .iter()
                .zip(of(self.columns.groups))
                .any(|(kinds, mask)| kinds & mask != if is_free { *kinds } else { 0 })
            {
                return Err(format!(
                    "kinds: group {} has no task on instance {id}: {is_free}, kept otherwise",
                    check.what
                ));
            }
        }
        Ok(())
    }
}

/// Which checks of forms may have another answer once a task comes or goes, numbered as in [`Kinds`].
#[derive(Clone, Debug, Default)]
struct Rivals {
    /// Those that ask for GPUs.
    gpus: Vec<u32>,
    /// Those that ask for interface slots.
    slots: Vec<u32>,
    /// By form of the cluster: those that ask for one of its ports.
    by_ports: Vec<Vec<u32>>,
    /// By form of the cluster, then word: their kinds.
    kinds: Vec<u64>,
}

impl Rivals {
    fn new(forms: &[Demand], checks: &[Check<Demand>]) -> Self {
        let mut rivals = Self::default();
        let mut of_port: FxHashMap<Port, Vec<u32>> = FxHashMap::default();
        for (number, Check { what, .. }) in (0..).zip(checks) {
            if !what.gpus.is_none() {
                rivals.gpus.push(number);
            }
            if what.eni_slots > 0 {
                rivals.slots.push(number);
            }
            what.ports.iter().for_each(|port| of_port.entry(*port).or_default().push(number));
        }
        for form in forms {
            let mut kinds = vec![0; checks.first().map_or(0, |check| check.kinds.len())];
            let mut by_ports: Vec<u32> =
                form.ports.iter().filter_map(|port| of_port.get(port)).flatten().copied().collect();
            by_ports.sort_unstable();
            by_ports.dedup();
            by_ports.iter().for_each(|&check| add(&mut kinds, &checks[check as usize].kinds));
            rivals.by_ports.push(by_ports);
            rivals.kinds.extend(kinds);
        }
        rivals
    }

    /// Those that a demand concerns by its GPUs and interface slots, some of them perhaps more than once.
    fn by_devices(&self, taken: &Demand) -> impl Iterator<Item = u32> {
        let gpus = if taken.gpus.is_none() { &[][..] } else { &self.gpus };
        let slots = if taken.eni_slots == 0 { &[][..] } else { &self.slots };
        gpus.iter().chain(slots).copied()
    }

    /// Those that ask for one of the ports of a form.
    fn by_ports(&self, form: u32) -> impl Iterator<Item = u32> {
        self.by_ports[form as usize].iter().copied()
    }

    /// Takes their kinds from a mask.
    #[inline]
    fn strike(&self, form: u32, mask: &mut [u64]) {
        take(mask, &self.kinds[form as usize * mask.len()..][..mask.len()]);
    }
}

/// One of the columns of an instance; nothing where no kind asks for that.
#[inline]
fn column(columns: &mut [u64], start: Option<usize>, words: usize) -> &mut [u64] {
    start.map_or(&mut [][..], |start| &mut columns[start..][..words])
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
