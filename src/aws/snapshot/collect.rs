//! Sorting documents by noun, and joining them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Notes, Snapshot, daemons, eligible, instances, providers, running, services};
use crate::aws::documents::attribute::Attribute;
use crate::aws::documents::capacity_provider::{AutoScalingGroup, CapacityProvider, CapacityProviderStrategyItem};
use crate::aws::documents::container_instance::ContainerInstance;
use crate::aws::documents::failure::Failure;
use crate::aws::documents::network::Subnet;
use crate::aws::documents::service::Service;
use crate::aws::documents::task::Task;
use crate::aws::documents::task_definition::TaskDefinition;
use crate::aws::files::document::{Document, Names};
use crate::aws::files::read::{Part, Texts};
use crate::aws::reading::arn::last_segment;
use crate::aws::reading::problem::Problem;
use crate::aws::requests::service::{CreateService, UpdateService};
use crate::aws::requests::task::{RunTask, StartTask};
use crate::model::counted;

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
    pub(super) updates: Found<'p, UpdateService>,
    /// Described services as calls of UpdateService make them, by position.
    pub(super) updated: BTreeMap<usize, Service>,
    pub(super) calls: Found<'p, RunTask>,
    pub(super) starts: Found<'p, StartTask>,
    pub(super) attributes: Vec<&'p Attribute>,
    pub(super) providers: Found<'p, CapacityProvider>,
    /// The default capacity provider strategies of clusters.
    pub(super) clusters: Vec<(Place<'p>, &'p [CapacityProviderStrategyItem])>,
    pub(super) failures: Vec<&'p Failure>,
    pub(super) groups: Vec<&'p AutoScalingGroup>,
    pub(super) subnets: Vec<&'p Subnet>,
    /// Names of the daemons API.
    pub(super) daemons: BTreeSet<&'p str>,
    /// Task definitions that cannot be read, and where.
    pub(super) broken: Vec<(Place<'p>, String)>,
    /// Attributes that are left out, by file and path.
    dropped: BTreeSet<(&'p str, &'p str)>,
    pub(super) unused: BTreeMap<&'static str, usize>,
    /// Names alone, as `list-…` prints them.
    listings: Vec<&'p Names>,
    /// Some document lists container instances, perhaps none.
    pub(super) has_listing: bool,
    pub(super) cluster: Option<&'p str>,
    /// Whether an instance of the documents is left out.
    pub(super) has_lost_instances: bool,
    pub(super) problems: Vec<Problem>,
    /// What is given twice and is the same, by noun and name.
    pub(super) repeated: Vec<(&'static str, String)>,
}

/// Joins documents into a snapshot of one cluster. What contradicts the rest is left out, and told in
/// [`Snapshot::problems`].
///
/// # Errors
/// Every problem of the texts and every contradiction among the documents, if any of them breaks a rule of the API.
pub fn join(texts: &Texts) -> Result<Snapshot, Vec<Problem>> {
    let mut collected = Collected::default();
    texts.parts.iter().for_each(|part| collected.add(part));
    let undescribed = collected.undescribed();
    collected.settle(texts.cluster.as_deref());
    let mut problems = texts.problems.clone();
    // What is said of a member that was wrong already may follow from that.
    problems.extend(collected.problems.iter().filter(|new| !texts.problems.iter().any(|old| old.covers(new))).cloned());
    if problems.iter().any(Problem::is_refused) {
        return Err(problems);
    }
    let cluster = collected.cluster.map(str::to_owned);
    let Collected { has_listing, has_lost_instances, .. } = collected;
    let mut snapshot = Snapshot { cluster, problems, has_listing, has_lost_instances, ..Snapshot::default() };
    texts.notes.iter().for_each(|note| snapshot.notes.push(note.clone()));
    for (noun, name) in &collected.repeated {
        snapshot.notes.about(&format!("{noun} that are given twice, alike: once is enough"), name);
    }
    let known = providers::Known::of(&collected);
    services::read_definitions(&collected, &mut snapshot);
    instances::read(&collected, &known, &mut snapshot);
    eligible::read(&collected, &mut snapshot);
    running::read(&collected, &known, &mut snapshot);
    services::read(&collected, &known, &mut snapshot);
    services::drop_inactive(&mut snapshot);
    daemons::credit(&mut snapshot);
    known.read(&mut snapshot);
    for name in &collected.daemons {
        let sentence =
            "daemons of the daemons API run on Managed Instances, on no container instance of EC2, and are left out";
        snapshot.notes.about(sentence, name);
    }
    undescribed.iter().for_each(|kind| kind.note(&mut snapshot.notes));
    collected.note_failures(&mut snapshot);
    for (name, count) in &collected.unused {
        snapshot.notes.push(format!("nothing of {} of {name} goes into a scenario", counted(*count, "document")));
    }
    Ok(snapshot)
}

/// What lists name of one kind and nothing describes.
struct Undescribed<'p> {
    what: &'static str,
    in_a_call: u32,
    names: BTreeSet<&'p str>,
}

impl Undescribed<'_> {
    fn note(&self, notes: &mut Notes) {
        let Self { what, in_a_call, .. } = self;
        let call = what.replace(' ', "-");
        let sentence = format!(
            "{what} that a list names and no document describes, so that they are missing here (a call of \
             `aws ecs describe-{call}` takes {in_a_call})"
        );
        self.names.iter().for_each(|name| notes.about(&sentence, name));
    }
}

impl<'p> Collected<'p> {
    fn add(&mut self, part: &'p Part) {
        let place = |member: String| Place { file: &part.file, member };
        let is_whole = |member: &str| !part.dropped.contains(member);
        let is_instance = |path: &String| path.starts_with("containerInstance") && !path.contains(".attributes[");
        self.has_lost_instances |= part.dropped.iter().any(is_instance);
        self.dropped.extend(part.dropped.iter().map(|path| (part.file.as_str(), path.as_str())));
        if !is_whole("") && !matches!(part.document, Document::BareTaskDefinition(_)) {
            return;
        }
        match &part.document {
            Document::ContainerInstances(all) => {
                self.has_listing = true;
                self.failures.extend(&all.failures);
                self.instances.extend(listed(part, "containerInstances", &all.container_instances));
            }
            Document::ContainerInstance(one) => {
                self.has_listing = true;
                let one = one.container_instance.iter().filter(|_| is_whole("containerInstance"));
                self.instances.extend(one.map(|one| (place("containerInstance".to_owned()), one)));
            }
            Document::Tasks(all) => {
                self.failures.extend(&all.failures);
                self.tasks.extend(listed(part, "tasks", &all.tasks));
            }
            Document::Task(one) => {
                let one = one.task.iter().filter(|_| is_whole("task"));
                self.tasks.extend(one.map(|one| (place("task".to_owned()), one)));
            }
            Document::TaskDefinition(one) => {
                let one = one.task_definition.iter();
                one.for_each(|one| self.add_definition(place("taskDefinition".to_owned()), one, part));
            }
            Document::BareTaskDefinition(one) => self.add_definition(place(String::new()), one, part),
            Document::Services(all) => {
                self.failures.extend(&all.failures);
                self.services.extend(listed(part, "services", &all.services));
            }
            Document::Service(one) => {
                let one = one.service.iter().filter(|_| is_whole("service"));
                self.services.extend(one.map(|one| (place("service".to_owned()), one)));
            }
            Document::CreateService(call) => self.requested.push((place(String::new()), call)),
            Document::UpdateService(call) => self.updates.push((place(String::new()), call)),
            Document::RunTask(call) => self.calls.push((place(String::new()), call)),
            Document::StartTask(call) => self.starts.push((place(String::new()), call)),
            _ => self.add_around(part),
        }
    }

    /// What stands around instances, tasks and services.
    fn add_around(&mut self, part: &'p Part) {
        let is_whole = |member: &str| !part.dropped.contains(member);
        match &part.document {
            Document::Attributes(_) => {
                let all = part.document.listed_attributes().iter().enumerate();
                let whole = all.filter(|(position, _)| is_whole(&format!("attributes[{position}]")));
                self.attributes.extend(whole.map(|(_, attribute)| attribute));
            }
            Document::Clusters(_) | Document::Cluster(_) | Document::CreateCluster(_) => self.add_clusters(part),
            Document::CapacityProviders(all) => {
                self.failures.extend(&all.failures);
                self.providers.extend(listed(part, "capacityProviders", &all.capacity_providers));
            }
            Document::AutoScalingGroups(all) => {
                let groups = listed(part, "AutoScalingGroups", &all.auto_scaling_groups);
                self.groups.extend(groups.into_iter().map(|(_, group)| group));
            }
            Document::Subnets(all) => self.subnets.extend(&all.subnets),
            Document::Daemons(all) => self.daemons.extend(all.names.iter().map(String::as_str)),
            Document::Names(all) => self.listings.push(all),
            other => *self.unused.entry(other.name()).or_default() += 1,
        }
    }

    /// What clusters give to calls that name neither a launch type nor providers.
    fn add_clusters(&mut self, part: &'p Part) {
        let place = |member: &str| Place { file: &part.file, member: member.to_owned() };
        match &part.document {
            Document::Clusters(all) => {
                self.failures.extend(&all.failures);
                let strategies = all.clusters.iter().map(|one| one.default_capacity_provider_strategy.as_slice());
                self.clusters.extend(strategies.map(|one| (place("clusters"), one)));
            }
            Document::Cluster(one) => {
                let strategies = one.cluster.iter().map(|one| one.default_capacity_provider_strategy.as_slice());
                self.clusters.extend(strategies.map(|one| (place("cluster"), one)));
            }
            Document::CreateCluster(call) => {
                self.clusters.push((place(""), &call.default_capacity_provider_strategy));
            }
            _ => {}
        }
    }

    fn add_definition(&mut self, place: Place<'p>, definition: &'p TaskDefinition, part: &Part) {
        match part.dropped.contains(place.member.as_str()) {
            true => self.broken.extend(definition.reference().map(|reference| (place, reference))),
            false => self.definitions.push((place, definition)),
        }
    }

    /// The described services, as updates make them.
    pub(super) fn services(&self) -> impl Iterator<Item = (&Place<'p>, &Service)> {
        let all = self.services.iter().enumerate();
        all.map(|(position, (place, one))| (place, self.updated.get(&position).unwrap_or(*one)))
    }

    /// Whether an attribute of an object can be read.
    pub(super) fn has(&self, place: &Place<'_>, position: usize) -> bool {
        self.dropped.is_empty()
            || !self.dropped.contains(&(place.file, format!("{}.attributes[{position}]", place.member).as_str()))
    }

    /// What `list-…` names and no document describes: calls describe so many at a time, and the rest is easily forgotten.
    fn undescribed(&self) -> Vec<Undescribed<'p>> {
        let instances = self.instances.iter().map(|(_, one)| one.container_instance_arn.as_deref());
        let tasks = self.tasks.iter().map(|(_, one)| one.task_arn.as_deref());
        let services = self.services.iter().map(|(_, one)| one.service_arn.as_deref());
        vec![
            self.missing("container instances", 100, |listing| &listing.container_instance_arns, instances),
            self.missing("tasks", 100, |listing| &listing.task_arns, tasks),
            self.missing("services", 10, |listing| &listing.service_arns, services),
        ]
    }

    /// Those of one kind, of which a call describes so many; what AWS could not describe is told as a failure.
    fn missing(
        &self,
        what: &'static str,
        in_a_call: u32,
        listed: fn(&Names) -> &[String],
        described: impl Iterator<Item = Option<&'p str>>,
    ) -> Undescribed<'p> {
        let refused = self.failures.iter().map(|failure| failure.arn.as_deref());
        let known: BTreeSet<&str> = described.chain(refused).flatten().map(last_segment).collect();
        let named = self.listings.iter().flat_map(|listing| listed(listing)).map(|arn| last_segment(arn));
        Undescribed { what, in_a_call, names: named.filter(|name| !known.contains(name)).collect() }
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
}

/// The id of an instance: the end of its ARN.
pub(super) fn id(instance: &ContainerInstance) -> Option<&str> {
    instance.container_instance_arn.as_deref().map(last_segment)
}

fn listed<'p, T>(part: &'p Part, member: &str, list: &'p [T]) -> Found<'p, T> {
    let place = |position| Place { file: &part.file, member: format!("{member}[{position}]") };
    let all = list.iter().enumerate().map(|(position, one)| (place(position), one));
    all.filter(|(place, _)| part.dropped.is_empty() || !part.dropped.contains(&place.member)).collect()
}
