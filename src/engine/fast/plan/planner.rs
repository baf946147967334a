//! How the plan of a request is worked out: which instances pass its static checks, and which indexes serve its chain.

use rustc_hash::FxHashMap;

use super::shapes::ShapeTable;
use super::{Core, Failures, Path, Plan, Tie, Wanted};
use crate::engine::fast::state::cells::{CellSet, Partition};
use crate::engine::fast::state::extras::{asks_for_extras, form_of};
use crate::engine::fast::state::facts::ClassFacts;
use crate::engine::fast::state::shapes::Shape;
use crate::engine::{Reason, Setup};
use crate::model::contract::Ranking;
use crate::model::{
    ClassId, Demand, Fleet, InstanceClass, Only, PlacementOptions, Request, Requests, Rule, SpreadField, Strategy,
    TieBreak,
};
use crate::query::{Dependence, Expression};

/// All plans of a run and what they have in common.
#[derive(Clone, Debug)]
pub(crate) struct Plans {
    pub(crate) table: Vec<Plan>,
    /// Which static check instances of a class fail.
    pub(crate) failures: Failures,
    pub(crate) partition: Partition,
    /// Cpu and memory of the indexed shapes.
    pub(crate) shapes: Vec<Shape>,
    /// For each indexed shape a request that has it.
    pub(crate) shape_requests: Vec<u32>,
    /// For each spread attribute in use, the bucket of every cell.
    pub(crate) attributes: Vec<Vec<u32>>,
    /// By indexed shape: the fit index follows it.
    pub(crate) fitted: Vec<bool>,
    /// GPUs, ports and interface slots that requests ask for, each form once.
    pub(crate) forms: Vec<Demand>,
    /// Those for which pack indexes of their own are kept.
    pub(crate) packed: Vec<Demand>,
}

/// Forms that pack indexes of their own are kept for, at most: each is moved at every change.
const MOST_FORMS: usize = 4;
/// With more requests that ask for `distinctInstance`, and more different chains, instances that hold the group are walked past;
/// tests have both.
const MOST_DISTINCT: usize = if cfg!(test) { 2 } else { 64 };
const MOST_CHAINS: usize = 8;
/// With more shapes, what a pack index alone can tell is not asked of the fit index; tests have few shapes in all.
const FEW_SHAPES: usize = if cfg!(test) { 3 } else { 64 };

impl Plans {
    pub(crate) fn new(setup: &Setup<'_>) -> Self {
        let mut planner = Planner {
            fleet: setup.fleet,
            options: setup.options,
            partition: Partition::new(setup.fleet),
            filters: Vec::new(),
            numbers: FxHashMap::default(),
            attributes: Vec::new(),
        };
        let drafts: Vec<Draft> = setup.requests.table.iter().map(|request| planner.draft(request)).collect();
        planner.finish(setup.requests, &drafts)
    }
}

/// The static filters of a request, as classes.
#[derive(Clone, Debug)]
struct Filter {
    /// 0 fails provider, location or attributes, 1 fails `memberOf`, 2 passes.
    classes: Vec<u32>,
    /// The check that fails.
    failures: Vec<Option<Reason>>,
    /// The partition respects it.
    usable: bool,
}

/// What the static checks of a request say. Expressions are written out where there are any.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FilterKey<'a> {
    only: &'a Only,
    attributes: &'a [(String, Option<String>)],
    member_of: Vec<String>,
}

impl<'a> FilterKey<'a> {
    fn of(request: &'a Request) -> Self {
        let member_of = request.member_of.iter().map(Expression::to_string).collect();
        Self { only: &request.only, attributes: &request.requires_attributes, member_of }
    }
}

/// The buckets of a spread attribute.
struct Buckets {
    name: String,
    of_class: Vec<u32>,
    /// The partition respects them.
    usable: bool,
}

struct Planner<'a> {
    fleet: &'a Fleet,
    options: PlacementOptions,
    partition: Partition,
    filters: Vec<Filter>,
    /// Filters by what they say, so that thousands of requests with the same constraints cost one.
    numbers: FxHashMap<FilterKey<'a>, usize>,
    attributes: Vec<Buckets>,
}

struct Draft {
    filter: usize,
    changing: bool,
    settled: bool,
    path: Path,
}

impl<'a> Planner<'a> {
    fn draft(&mut self, request: &'a Request) -> Draft {
        let key = FilterKey::of(request);
        let known = self.numbers.get(&key).copied();
        let filter = known.unwrap_or_else(|| {
            let built = self.filter(request);
            self.filters.push(built);
            self.numbers.insert(key, self.filters.len() - 1);
            self.filters.len() - 1
        });
        let dependence = request.member_of.iter().map(Expression::dependence).max().unwrap_or(Dependence::Class);
        let settled = dependence == Dependence::Class && self.filters[filter].usable;
        let path = if settled { self.path(&request.strategy) } else { Path::Scan };
        Draft { filter, changing: dependence == Dependence::Tasks, settled, path }
    }

    fn filter(&mut self, request: &Request) -> Filter {
        let fixed: Vec<&Expression> =
            request.member_of.iter().filter(|expression| expression.dependence() == Dependence::Class).collect();
        let is_member = |class| fixed.iter().all(|expression| expression.evaluate(&ClassFacts(class)));
        let failure = |class| class_failure(request, class).or_else(|| (!is_member(class)).then_some(Reason::MemberOf));
        let failures: Vec<Option<Reason>> = self.fleet.classes.iter().map(failure).collect();
        let grade = |failure: &Option<Reason>| match failure {
            None => 2,
            Some(Reason::MemberOf) => 1,
            Some(_) => 0,
        };
        let classes: Vec<u32> = failures.iter().map(grade).collect();
        let usable = self.partition.refine(&classes);
        Filter { classes, failures, usable }
    }

    fn path(&mut self, strategy: &Strategy) -> Path {
        let mut rules = effective_rules(strategy).into_iter().peekable();
        let mut tie = match self.options.tie_break {
            TieBreak::Order => Some(Tie::Lowest),
            TieBreak::Random => Some(Tie::Uniform),
            TieBreak::MostRemaining | TieBreak::FewestTasks => None,
        };
        let mut spread = None;
        if let Some(Rule::Spread(SpreadField::Attribute(name))) = rules.peek() {
            let Some(attribute) = self.attribute(name) else { return Path::Scan };
            spread = Some(attribute);
            rules.next();
        }
        let core = match rules.peek() {
            Some(Rule::Binpack(resource)) if !self.options.binpack_by_fraction => Core::Pack(*resource),
            Some(Rule::Spread(SpreadField::InstanceId)) => Core::Level,
            _ => Core::Any,
        };
        if core != Core::Any {
            rules.next();
        }
        if rules.next_if_eq(&&Rule::Random).is_some() {
            tie = Some(Tie::Uniform);
        }
        match (tie, rules.next()) {
            (Some(tie), None) => Path::Index { spread, core, tie },
            _ => Path::Scan,
        }
    }

    /// The position of a spread attribute, if indexes can serve it.
    fn attribute(&mut self, name: &str) -> Option<usize> {
        if let Some(known) = self.attributes.iter().position(|known| known.name == name) {
            return self.attributes[known].usable.then_some(known);
        }
        let mut values: FxHashMap<Option<Option<&str>>, u32> = FxHashMap::default();
        let mut buckets = Vec::with_capacity(self.fleet.classes.len());
        for class in &self.fleet.classes {
            let next = u32::try_from(values.len()).expect("fewer classes than 2^32");
            buckets.push(*values.entry(class.attribute(name)).or_insert(next));
        }
        // With the option of U-5, buckets stop being all equal as soon as one of them is of absent values.
        let has_absent = values.contains_key(&None) && !self.options.absent_attribute_is_bucket;
        let usable = !has_absent && self.partition.refine(&buckets);
        self.attributes.push(Buckets { name: name.to_owned(), of_class: buckets, usable });
        usable.then(|| self.attributes.len() - 1)
    }

    fn finish(self, requests: &Requests, drafts: &[Draft]) -> Plans {
        let cells: Vec<[CellSet; 2]> =
            self.filters.iter().map(|filter| [self.cells(filter, 1), self.cells(filter, 2)]).collect();
        let mut shapes = ShapeTable::new(self.fleet.instances.len());
        let packed = packed(requests, drafts);
        let mut forms = Forms::default();
        let is_few = are_few_distinct(requests);
        let mut table = Vec::with_capacity(drafts.len());
        for (position, (request, draft)) in requests.table.iter().zip(drafts).enumerate() {
            let [passing, eligible] = cells[draft.filter];
            let extras = forms.number(&request.demand);
            let form = packed.iter().position(|form| extras.is_some() && *form == form_of(&request.demand));
            let is_packed = draft.path.packs() && !request.distinct_instance;
            // What a pack index would be walked for, an order tells.
            let is_walked = draft.path.packs()
                && ((request.distinct_instance && is_few) || (extras.is_some() && !(is_packed && form.is_some())));
            let is_indexed = draft.path != Path::Scan && !is_walked;
            let shape = if is_indexed { shapes.number(position, request, is_packed) } else { None };
            table.push(Plan {
                cpu: request.demand.cpu.0,
                memory: request.demand.memory.0,
                group: request.group.0,
                shape: shape.unwrap_or(u32::MAX),
                pair: u32::MAX,
                wanted: Wanted::default(),
                eligible,
                passing,
                path: if shape.is_some() { draft.path } else { Path::Scan },
                distinct: request.distinct_instance,
                extras,
                form: form.and_then(|form| u8::try_from(form).ok()).filter(|_| is_packed),
                sought: is_packed,
                draws: self.options.tie_break == TieBreak::Random || request.strategy.0.contains(&Rule::Random),
                changing: draft.changing,
                counts: request.distinct_instance || draft.changing || asks_counts(&request.strategy),
                settled: draft.settled,
            });
        }
        let attributes = self.attributes.iter().map(|attribute| self.cell_buckets(attribute)).collect();
        let failures = self.failures(drafts);
        let ShapeTable { amounts, requests: shape_requests, mut fitted, .. } = shapes;
        for plan in table.iter_mut().filter(|plan| plan.shape != u32::MAX && plan.sought) {
            plan.sought = plan.extras.is_some() || amounts.len() > FEW_SHAPES;
            fitted[plan.shape as usize] |= !plan.sought;
        }
        Plans {
            table,
            failures,
            shapes: amounts,
            shape_requests,
            partition: self.partition,
            attributes,
            fitted,
            forms: forms.table,
            packed,
        }
    }

    fn failures(&self, drafts: &[Draft]) -> Failures {
        let by_filter = self.filters.iter().map(|filter| filter.failures.clone()).collect();
        let position = |draft: &Draft| u32::try_from(draft.filter).expect("fewer filters than requests");
        Failures { by_filter, filter_of: drafts.iter().map(position).collect() }
    }

    /// Cells with at least this grade.
    fn cells(&self, filter: &Filter, least: u32) -> CellSet {
        let classes = filter.classes.iter().enumerate().filter(|(_, grade)| **grade >= least);
        classes.fold(0, |set, (position, _)| set | 1 << self.partition.cell(ClassId::from_index(position)))
    }

    /// The bucket of every cell; all 0 for an attribute that no index serves.
    fn cell_buckets(&self, Buckets { of_class, usable, .. }: &Buckets) -> Vec<u32> {
        let mut buckets = vec![0; self.partition.count()];
        for (position, &bucket) in of_class.iter().enumerate().filter(|_| *usable) {
            buckets[self.partition.cell(ClassId::from_index(position))] = bucket;
        }
        buckets
    }
}

/// The forms of all requests.
#[derive(Default)]
struct Forms {
    numbers: FxHashMap<Demand, u32>,
    table: Vec<Demand>,
}

impl Forms {
    /// The number of the form of a demand, if it asks for more than cpu and memory.
    fn number(&mut self, demand: &Demand) -> Option<u32> {
        asks_for_extras(demand).then(|| {
            *self.numbers.entry(form_of(demand)).or_insert_with_key(|form| {
                self.table.push(form.clone());
                u32::try_from(self.table.len() - 1).expect("fewer requests than 2^32")
            })
        })
    }
}

/// The forms of the plans that pack, if they are few.
fn packed(requests: &Requests, drafts: &[Draft]) -> Vec<Demand> {
    let mut forms: Vec<Demand> = Vec::new();
    for (request, _) in requests.table.iter().zip(drafts).filter(|(_, draft)| draft.path.packs()) {
        let form = form_of(&request.demand);
        if !request.distinct_instance && asks_for_extras(&form) && !forms.contains(&form) {
            forms.push(form);
            if forms.len() > MOST_FORMS {
                return Vec::new();
            }
        }
    }
    forms
}

/// Orders can serve all that asks for `distinctInstance` and packs.
fn are_few_distinct(requests: &Requests) -> bool {
    let mut strategies: Vec<&Strategy> = Vec::new();
    for request in &requests.table {
        if strategies.len() <= MOST_CHAINS && !strategies.contains(&&request.strategy) {
            strategies.push(&request.strategy);
        }
    }
    let distinct = requests.table.iter().filter(|request| request.distinct_instance).count();
    strategies.len() <= MOST_CHAINS && distinct <= MOST_DISTINCT
}

/// Some rule asks how many tasks of the group an instance holds, or may.
fn asks_counts(strategy: &Strategy) -> bool {
    let asks = |rule: &Rule| match rule {
        Rule::Spread(SpreadField::InstanceId) => true,
        Rule::Custom(custom) => !matches!(custom.ranking(), Ranking::First | Ranking::ByAmounts),
        _ => false,
    };
    strategy.0.iter().any(asks)
}

/// The rules that can change something: each rule once, and nothing after `random` (U-2).
fn effective_rules(strategy: &Strategy) -> Vec<&Rule> {
    let mut rules: Vec<&Rule> = Vec::new();
    for rule in &strategy.0 {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
        if *rule == Rule::Random {
            break;
        }
    }
    rules
}

/// The first check of that connected instances of a class fail, whatever runs on them: provider, location,
/// attributes.
fn class_failure(request: &Request, class: &InstanceClass) -> Option<Reason> {
    if !request.only.admits_provider(class) {
        Some(Reason::Provider)
    } else if !request.only.admits_location(class) {
        Some(Reason::Location)
    } else if !has_attributes(request, class) || !request.only.network.admits_vpc(class) {
        Some(Reason::Attribute)
    } else {
        None
    }
}

/// every required attribute is there, with the required value where one is named.
fn has_attributes(request: &Request, class: &InstanceClass) -> bool {
    request.requires_attributes.iter().all(|(name, required)| match class.attribute(name) {
        None => false,
        Some(value) => required.is_none() || value == required.as_deref(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_cannot_change_anything_are_dropped() {
        let zones = Rule::spread_zones();
        let chain = Strategy(vec![zones.clone(), zones.clone(), Rule::Random, zones.clone()]);
        assert_eq!(effective_rules(&chain), [&zones, &Rule::Random]);
    }
}
