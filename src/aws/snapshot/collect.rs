//! Sorting documents by noun, and the rules across documents: one cluster, each ARN once, every task on a known instance.

use std::collections::BTreeMap;

use super::{Snapshot, daemons, eligible, instances, providers, running, services};
use crate::aws::documents::attribute::Attribute;
use crate::aws::documents::capacity_provider::{CapacityProvider, CapacityProviderStrategyItem};
use crate::aws::documents::container_instance::ContainerInstance;
use crate::aws::documents::failure::Failure;
use crate::aws::documents::network::Subnet;
use crate::aws::documents::service::Service;
use crate::aws::documents::task::Task;
use crate::aws::documents::task_definition::TaskDefinition;
use crate::aws::files::document::Document;
use crate::aws::files::read::{Part, Texts};
use crate::aws::reading::arn::{cluster_of, last_segment};
use crate::aws::reading::check::{Checker, Finding};
use crate::aws::reading::problem::Problem;
use crate::aws::requests::service::CreateService;
use crate::aws::requests::task::{RunTask, StartTask};
use crate::model::MAX_CONSTRAINTS;

/// Where an object stands.
#[derive(Clone, Debug)]
pub(super) struct Place<'p> {
    pub(super) file: &'p str,
    pub(super) member: String,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.member.is_empty() { f.write_str(self.file) } else { write!(f, "{}: {}", self.file, self.member) }
    }
}

/// Objects of one kind, each with its place.
pub(super) type Found<'p, T> = Vec<(Place<'p>, &'p T)>;

/// All documents, sorted.
#[derive(Default)]
pub(super) struct Collected<'p> {
    pub(super) instances: Found<'p, ContainerInstance>,
    pub(super) tasks: Found<'p, Task>,
    pub(super) definitions: Found<'p, TaskDefinition>,
    pub(super) services: Found<'p, Service>,
    pub(super) requested: Found<'p, CreateService>,
    pub(super) calls: Found<'p, RunTask>,
    pub(super) starts: Found<'p, StartTask>,
    pub(super) attributes: Vec<&'p Attribute>,
    pub(super) providers: Found<'p, CapacityProvider>,
    /// The default capacity provider strategies of clusters.
    pub(super) clusters: Vec<(Place<'p>, &'p [CapacityProviderStrategyItem])>,
    pub(super) failures: Vec<&'p Failure>,
    pub(super) subnets: Vec<&'p Subnet>,
    pub(super) unused: BTreeMap<&'static str, usize>,
    /// Some document lists container instances, perhaps none.
    pub(super) has_listing: bool,
    cluster: Option<&'p str>,
    problems: Vec<Problem>,
}

/// Joins documents into a snapshot of one cluster.
///
/// # Errors
/// Every problem of the texts, or else every contradiction among the documents.
pub fn join(texts: &Texts) -> Result<Snapshot, Vec<Problem>> {
    let mut collected = Collected::default();
    texts.parts.iter().for_each(|part| collected.add(part));
    collected.check_clusters();
    collected.check_arns();
    collected.check_needs();
    collected.check_constraints();
    collected.check_inherited();
    // A file that could not be read may hold what seems to be missing.
    if texts.problems.iter().all(|problem| !problem.member.is_empty()) {
        collected.check_places();
    }
    let mut problems = texts.problems.clone();
    // What is said of a member that was wrong already may follow from that.
    problems.extend(collected.problems.iter().filter(|new| !texts.problems.iter().any(|old| old.covers(new))).cloned());
    if !problems.is_empty() {
        return Err(problems);
    }
    let cluster = collected.cluster.map(str::to_owned);
    let mut snapshot = Snapshot { cluster, has_listing: collected.has_listing, ..Snapshot::default() };
    texts.notes.iter().for_each(|note| snapshot.notes.push(note.clone()));
    let known = providers::Known::of(&collected);
    services::read_definitions(&collected, &mut snapshot);
    instances::read(&collected, &mut snapshot);
    eligible::read(&collected, &mut snapshot);
    running::read(&collected, &mut snapshot);
    services::read(&collected, &known, &mut snapshot);
    daemons::credit(&mut snapshot);
    known.read(&mut snapshot);
    collected.note_failures(&mut snapshot);
    for (name, count) in &collected.unused {
        snapshot.notes.push(format!("{count} document(s) of {name} bring nothing to a scenario"));
    }
    Ok(snapshot)
}

impl<'p> Collected<'p> {
    fn add(&mut self, part: &'p Part) {
        let place = |member: String| Place { file: &part.file, member };
        match &part.document {
            Document::ContainerInstances(all) => {
                self.has_listing = true;
                self.failures.extend(&all.failures);
                self.instances.extend(listed(part, "containerInstances", &all.container_instances));
            }
            Document::ContainerInstance(one) => {
                self.has_listing = true;
                let one = one.container_instance.iter();
                self.instances.extend(one.map(|one| (place("containerInstance".to_owned()), one)));
            }
            Document::Tasks(all) => {
                self.failures.extend(&all.failures);
                self.tasks.extend(listed(part, "tasks", &all.tasks));
            }
            Document::Task(one) => self.tasks.extend(one.task.iter().map(|one| (place("task".to_owned()), one))),
            Document::TaskDefinition(one) => {
                let one = one.task_definition.iter();
                self.definitions.extend(one.map(|one| (place("taskDefinition".to_owned()), one)));
            }
            Document::BareTaskDefinition(one) => self.definitions.push((place(String::new()), one)),
            Document::Services(all) => {
                self.failures.extend(&all.failures);
                self.services.extend(listed(part, "services", &all.services));
            }
            Document::Service(one) => {
                self.services.extend(one.service.iter().map(|one| (place("service".to_owned()), one)));
            }
            Document::CreateService(call) if call.service.is_none() => {
                self.requested.push((place(String::new()), call));
            }
            Document::RunTask(call) => self.calls.push((place(String::new()), call)),
            Document::StartTask(call) => self.starts.push((place(String::new()), call)),
            Document::Attributes(_) => self.attributes.extend(part.document.listed_attributes()),
            Document::Clusters(all) => {
                self.failures.extend(&all.failures);
                let strategies = all.clusters.iter().map(|one| one.default_capacity_provider_strategy.as_slice());
                self.clusters.extend(strategies.map(|one| (place("clusters".to_owned()), one)));
            }
            Document::Cluster(one) => {
                let strategies = one.cluster.iter().map(|one| one.default_capacity_provider_strategy.as_slice());
                self.clusters.extend(strategies.map(|one| (place("cluster".to_owned()), one)));
            }
            Document::CreateCluster(call) => {
                self.clusters.push((place(String::new()), &call.default_capacity_provider_strategy));
            }
            Document::CapacityProviders(all) => {
                self.failures.extend(&all.failures);
                self.providers.extend(listed(part, "capacityProviders", &all.capacity_providers));
            }
            Document::Subnets(all) => self.subnets.extend(&all.subnets),
            Document::Names(_) => {}
            other => *self.unused.entry(other.name()).or_default() += 1,
        }
    }

    /// What AWS could not describe is named, as it named it.
    fn note_failures(&self, snapshot: &mut Snapshot) {
        for failure in &self.failures {
            let reason = failure.reason.as_deref().unwrap_or("without a reason");
            let detail = failure.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
            let what = failure.arn.as_deref().map_or("an object", last_segment);
            snapshot.notes.about(&format!("AWS could not describe: {reason}{detail}"), what);
        }
    }

    fn report(&mut self, place: &Place<'_>, member: &str, message: String, help: &str) {
        let dot = if place.member.is_empty() || member.is_empty() { "" } else { "." };
        self.problems.push(Problem {
            file: place.file.to_owned(),
            member: format!("{}{dot}{member}", place.member),
            position: None,
            message,
            help: help.to_owned(),
        });
    }

    /// All objects are of one cluster, as far as their ARNs tell.
    fn check_clusters(&mut self) {
        let instances = self.instances.iter().map(|(place, one)| (place, one.container_instance_arn.as_deref()));
        let tasks =
            self.tasks.iter().map(|(place, one)| (place, one.cluster_arn.as_deref().or(one.task_arn.as_deref())));
        let services =
            self.services.iter().map(|(place, one)| (place, one.cluster_arn.as_deref().or(one.service_arn.as_deref())));
        let mut first_of: BTreeMap<&str, (usize, Place<'p>)> = BTreeMap::new();
        for (position, (place, arn)) in instances.chain(tasks).chain(services).enumerate() {
            if let Some(cluster) = arn.and_then(cluster_of) {
                first_of.entry(cluster).or_insert_with(|| (position, place.clone()));
            }
        }
        let mut clusters: Vec<(&str, (usize, Place<'p>))> = first_of.into_iter().collect();
        clusters.sort_by_key(|(_, (position, _))| *position);
        let mut clusters = clusters.into_iter();
        let Some((first, (_, first_place))) = clusters.next() else { return };
        self.cluster = Some(first);
        for (other, (_, place)) in clusters {
            let message = format!("cluster `{other}`, but `{first_place}` is of cluster `{first}`");
            self.report(&place, "", message, "give the files of one cluster");
        }
    }

    /// No object is given twice. Task definitions may be, if they say the same.
    fn check_arns(&mut self) {
        let instances = seen_twice(&self.instances, id);
        let tasks = seen_twice(&self.tasks, |one| one.task_arn.as_deref());
        let services = seen_twice(&self.services, |one| one.service_arn.as_deref().or(one.service_name.as_deref()));
        let named = [("containerInstanceArn", instances), ("taskArn", tasks), ("serviceArn", services)];
        for (member, twice) in named {
            for (place, message) in twice {
                self.report(&place, member, message, "give each page of a listing once");
            }
        }
        let mut known: BTreeMap<String, (Place<'p>, &TaskDefinition)> = BTreeMap::new();
        let mut contradictions = Vec::new();
        for (place, definition) in &self.definitions {
            let Some(reference) = definition.reference() else { continue };
            match known.get(&reference) {
                Some((first, same)) if !is_same(same, definition) => {
                    contradictions.push((place.clone(), format!("`{reference}` differs from that of `{first}`")));
                }
                Some(_) => {}
                None => {
                    known.insert(reference, (place.clone(), definition));
                }
            }
        }
        for (place, message) in contradictions {
            self.report(&place, "taskDefinitionArn", message, "give each task definition once");
        }
    }

    /// Every instance that may take tasks has CPU and memory.
    fn check_needs(&mut self) {
        for (place, instance) in self.instances.iter().filter(|(_, instance)| instance.may_take_tasks()) {
            for Finding { member, message, help } in Checker::of(|at| instance.check_needs(at)) {
                let member = format!("{}.{member}", place.member);
                self.problems.push(Problem { file: place.file.to_owned(), member, position: None, message, help });
            }
        }
    }

    /// Services and calls have at most ten constraints, those of their task definition included.
    fn check_constraints(&mut self) {
        let of_definition: BTreeMap<String, usize> = self
            .definitions
            .iter()
            .filter_map(|(_, one)| Some((one.reference()?, one.placement_constraints.len())))
            .collect();
        let services =
            self.services.iter().map(|(at, one)| (at, &one.task_definition, one.placement_constraints.len()));
        let requested =
            self.requested.iter().map(|(at, one)| (at, &one.task_definition, one.placement_constraints.len()));
        let calls = self.calls.iter().map(|(at, one)| (at, &one.task_definition, one.placement_constraints.len()));
        let mut excesses = Vec::new();
        for (place, definition, own) in services.chain(requested).chain(calls) {
            let reference = last_segment(definition.as_deref().unwrap_or_default());
            // A family alone may mean any of its revisions.
            let is_meant = |known: &str| known == reference || known.split(':').next() == Some(reference);
            let meant = of_definition.iter().filter(|(known, _)| is_meant(known)).map(|(_, count)| *count);
            let inherited = meant.max().unwrap_or_default();
            // A list that is too long by itself was reported where it stands.
            if own <= MAX_CONSTRAINTS && inherited <= MAX_CONSTRAINTS && own + inherited > MAX_CONSTRAINTS {
                let (total, limit) = (own + inherited, MAX_CONSTRAINTS);
                let parts = format!("{own} here and {inherited} in `{}`", reference.escape_debug());
                excesses
                    .push((place.clone(), format!("{total} constraints on one task, {parts}; the limit is {limit}")));
            }
        }
        for (place, message) in excesses {
            self.report(&place, "placementConstraints", message, "join expressions by `and`");
        }
    }

    /// A daemon that is created where the cluster gives a capacity provider strategy to all is refused as well (R-7.30a).
    fn check_inherited(&mut self) {
        let has_default = self.clusters.iter().any(|(_, strategy)| !strategy.is_empty());
        for (place, call) in self.requested.clone() {
            let is_daemon = call.scheduling_strategy.as_deref() == Some("DAEMON");
            if has_default && is_daemon && call.launch_type.is_none() && call.capacity_provider_strategy.is_empty() {
                let message =
                    "a DAEMON service takes the capacity provider strategy of its cluster, which ECS refuses (R-7.30a)";
                self.report(&place, "launchType", message.to_owned(), "give `\"launchType\": \"EC2\"`");
            }
        }
    }

    /// Every task of an instance is on one of the documents.
    fn check_places(&mut self) {
        if self.instances.is_empty() {
            if let Some((place, _)) = self.tasks.first() {
                let message = "there are tasks and no container instances".to_owned();
                let help = "add what `aws ecs describe-container-instances` prints";
                self.report(&place.clone(), "", message, help);
            }
            return;
        }
        let known: BTreeMap<&str, ()> = self.instances.iter().filter_map(|(_, one)| Some((id(one)?, ()))).collect();
        let mut missing: BTreeMap<&str, (Place<'p>, usize)> = BTreeMap::new();
        for (place, task) in self.tasks.iter().filter(|(_, task)| task.is_counted()) {
            let Some(instance) = task.container_instance_arn.as_deref().map(last_segment) else { continue };
            if !known.contains_key(instance) {
                missing.entry(instance).or_insert_with(|| (place.clone(), 0)).1 += 1;
            }
        }
        for (place, call) in self.starts.clone() {
            let unknown = |name: &&String| !known.contains_key(last_segment(name));
            for (position, name) in call.container_instances.iter().enumerate().filter(|(_, name)| unknown(name)) {
                let message = format!("instance `{}` is in no file: ECS would answer MISSING", name.escape_debug());
                let help = "name instances by id or ARN, and give what `describe-container-instances` prints of them";
                self.report(&place, &format!("containerInstances[{position}]"), message, help);
            }
        }
        for (instance, (place, count)) in missing {
            let tasks = if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") };
            let message = format!("{tasks} on instance `{instance}`, which is in no file");
            let help = "add the page of `describe-container-instances` that has it";
            self.report(&place, "containerInstanceArn", message, help);
        }
    }
}

/// The id of an instance: the end of its ARN.
pub(super) fn id(instance: &ContainerInstance) -> Option<&str> {
    instance.container_instance_arn.as_deref().map(last_segment)
}

/// Whether two documents of one task definition say the same to placement.
fn is_same(a: &TaskDefinition, b: &TaskDefinition) -> bool {
    a.to_model() == b.to_model()
}

fn listed<'p, T>(part: &'p Part, member: &str, list: &'p [T]) -> Found<'p, T> {
    let place = |position| Place { file: &part.file, member: format!("{member}[{position}]") };
    list.iter().enumerate().map(|(position, one)| (place(position), one)).collect()
}

/// The objects whose name was seen before, with a message that names the first.
fn seen_twice<'p, T>(found: &Found<'p, T>, name: impl Fn(&'p T) -> Option<&'p str>) -> Vec<(Place<'p>, String)> {
    let mut first: BTreeMap<&str, &Place<'p>> = BTreeMap::new();
    let mut twice = Vec::new();
    for (place, one) in found {
        let Some(name) = name(one) else { continue };
        match first.get(name) {
            Some(earlier) => twice.push((place.clone(), format!("`{name}` is also at `{earlier}`"))),
            None => {
                first.insert(name, place);
            }
        }
    }
    twice
}
