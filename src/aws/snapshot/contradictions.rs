//! What documents say against each other: objects of several clusters, given twice, cut, on instances that nobody described.
//!
//! What ECS would refuse is an error; all else is left out with the consequence, and the first of two is kept.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{Collected, Found, Place, id};
use crate::aws::documents::container_instance::ContainerInstance;
use crate::aws::documents::service::Service;
use crate::aws::documents::task::Task;
use crate::aws::documents::task_definition::TaskDefinition;
use crate::aws::reading::arn::{cluster_of, last_segment};
use crate::aws::reading::check::{Check as _, Checker, Finding};
use crate::aws::reading::problem::{Effect, Problem};
use crate::model::{MAX_CONSTRAINTS, counted};

impl<'p> Collected<'p> {
    /// Takes out what contradicts the rest, and notes it.
    pub(super) fn settle(&mut self, cluster: Option<&str>) {
        self.keep_one_cluster(cluster);
        self.keep_the_first();
        self.keep_whole_instances();
        self.apply_updates();
        self.check_constraints();
        self.check_inherited();
        self.check_places();
    }

    /// Something that ECS would refuse.
    fn refuse(&mut self, place: &Place<'_>, member: &str, message: String, help: &str) {
        self.report(place, member, message, Effect::Refused, help);
    }

    /// Something that is left out, with the consequence.
    fn leave_out(&mut self, place: &Place<'_>, member: &str, message: String, consequence: &str, help: &str) {
        self.report(place, member, message, Effect::LeftOut(consequence.to_owned()), help);
    }

    fn report(&mut self, place: &Place<'_>, member: &str, message: String, effect: Effect, help: &str) {
        let dot = if place.member.is_empty() || member.is_empty() { "" } else { "." };
        self.problems.push(Problem {
            file: place.file.to_owned(),
            member: format!("{}{dot}{member}", place.member),
            position: None,
            message,
            help: help.to_owned(),
            effect,
        });
    }

    /// All objects are of one cluster, as far as they tell: of the one that is meant, else of the first.
    fn keep_one_cluster(&mut self, wanted: Option<&str>) {
        let instances = self.instances.iter().map(|(place, one)| (place, cluster_of_instance(one)));
        let tasks = self.tasks.iter().map(|(place, one)| (place, cluster_of_task(one)));
        let services = self.services.iter().map(|(place, one)| (place, cluster_of_service(one)));
        let described = instances.chain(tasks).chain(services);
        let of_calls = self.requested.iter().map(|(place, one)| (place, cluster_of_call(one.cluster.as_deref())));
        let of_calls =
            of_calls.chain(self.calls.iter().map(|(place, one)| (place, cluster_of_call(one.cluster.as_deref()))));
        let of_calls =
            of_calls.chain(self.starts.iter().map(|(place, one)| (place, cluster_of_call(one.cluster.as_deref()))));
        let of_calls =
            of_calls.chain(self.updates.iter().map(|(place, one)| (place, cluster_of_call(one.cluster.as_deref()))));
        let mut first_of: BTreeMap<&str, (usize, Place<'p>, usize)> = BTreeMap::new();
        for (position, (place, cluster)) in described.chain(of_calls).enumerate() {
            if let Some(cluster) = cluster {
                first_of.entry(cluster).or_insert_with(|| (position, place.clone(), 0)).2 += 1;
            }
        }
        let mut clusters: Vec<(&str, (usize, Place<'p>, usize))> = first_of.into_iter().collect();
        clusters.sort_by_key(|(_, (position, ..))| *position);
        let wanted = wanted.map(last_segment);
        let kept = wanted.and_then(|wanted| clusters.iter().position(|(name, _)| *name == wanted)).unwrap_or(0);
        if clusters.is_empty() {
            return;
        }
        let (kept, (_, kept_place, _)) = clusters.remove(kept);
        self.cluster = Some(kept);
        for (other, (_, place, count)) in &clusters {
            let message = format!("cluster `{other}`, but `{kept_place}` is of cluster `{kept}`");
            let verb = if *count == 1 { "is" } else { "are" };
            let left_out = format!("{} {verb} left out", counted(*count, "object"));
            let help = match wanted {
                Some(_) => format!("`--cluster {other}` asks for these instead"),
                None => {
                    format!("give the files of one cluster, or choose by `--cluster {kept}` or `--cluster {other}`")
                }
            };
            self.leave_out(place, "", message, &left_out, &help);
        }
        if !clusters.is_empty() {
            let is_kept = |cluster: Option<&str>| cluster.is_none_or(|cluster| cluster == kept);
            self.instances.retain(|(_, one)| is_kept(cluster_of_instance(one)));
            self.tasks.retain(|(_, one)| is_kept(cluster_of_task(one)));
            self.services.retain(|(_, one)| is_kept(cluster_of_service(one)));
            self.requested.retain(|(_, one)| is_kept(cluster_of_call(one.cluster.as_deref())));
            self.calls.retain(|(_, one)| is_kept(cluster_of_call(one.cluster.as_deref())));
            self.starts.retain(|(_, one)| is_kept(cluster_of_call(one.cluster.as_deref())));
            self.updates.retain(|(_, one)| is_kept(cluster_of_call(one.cluster.as_deref())));
        }
    }

    /// No object is there twice: the first is kept.
    fn keep_the_first(&mut self) {
        let instances = keep_first(&mut self.instances, id);
        let tasks = keep_first(&mut self.tasks, |one| one.task_arn.as_deref());
        let services = keep_first(&mut self.services, |one| one.service_arn.as_deref().or(one.service_name.as_deref()));
        let definitions = keep_first_definition(&mut self.definitions);
        let found = [
            ("instances", "containerInstanceArn", instances),
            ("tasks", "taskArn", tasks),
            ("services", "serviceArn", services),
            ("task definitions", "taskDefinitionArn", definitions),
        ];
        for (nouns, member, repeated) in found {
            for Repeated { place, name, first, is_same, .. } in repeated {
                if is_same {
                    self.repeated.push((nouns, name));
                    continue;
                }
                let message = format!("`{name}` is also at `{first}`, and says something else there");
                self.leave_out(&place, member, message, "the first one is read", "give each once, of one moment");
            }
        }
    }

    /// Every instance that may take tasks has CPU and memory.
    fn keep_whole_instances(&mut self) {
        let lacks = |instance: &ContainerInstance| Checker::of(|at| instance.check_needs(at));
        let mut lacking = Vec::new();
        self.instances.retain(|(place, instance)| {
            let found = if instance.may_take_tasks() { lacks(instance) } else { Vec::new() };
            let is_whole = found.is_empty();
            lacking.extend(found.into_iter().map(|finding| (place.clone(), finding)));
            is_whole
        });
        self.has_lost_instances |= !lacking.is_empty();
        for (place, Finding { member, message, help, .. }) in lacking {
            self.leave_out(&place, &member, message, "the instance is left out", &help);
        }
    }

    /// Calls of UpdateService change the services that they name; what comes out must be a service that ECS allows.
    fn apply_updates(&mut self) {
        for (place, call) in self.updates.clone() {
            let name = last_segment(call.service.as_deref().unwrap_or_default());
            let is_it = |(_, one): &(Place<'_>, &Service)| one.service_name.as_deref() == Some(name);
            let Some(position) = self.services.iter().position(is_it) else {
                let message = format!("the service `{}` is in no file", name.escape_debug());
                let help = "add what `aws ecs describe-services` prints of it";
                self.leave_out(&place, "service", message, "the update is left out", help);
                continue;
            };
            let before = self.updated.get(&position).unwrap_or(self.services[position].1);
            let after = call.applied(before);
            let wrong_before = Checker::of(|at| before.check(at));
            let wrong = Checker::of(|at| after.check(at));
            for Finding { member, message, help, .. } in wrong.into_iter().filter(|one| !wrong_before.contains(one)) {
                self.refuse(&place, &member, message, &help);
            }
            self.updated.insert(position, after);
        }
    }

    /// Services and calls have at most ten constraints, those of their task definition included.
    fn check_constraints(&mut self) {
        let of_definition: BTreeMap<String, usize> = self
            .definitions
            .iter()
            .filter_map(|(_, one)| Some((one.reference()?, one.placement_constraints.len())))
            .collect();
        let services = self.services().map(|(at, one)| (at, &one.task_definition, one.placement_constraints.len()));
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
            self.refuse(&place, "placementConstraints", message, "join expressions by `and`");
        }
    }

    /// A daemon that is created where the cluster gives a capacity provider strategy to all is refused as well (R-7.30a).
    fn check_inherited(&mut self) {
        let has_default = self.clusters.iter().any(|(_, strategy)| !strategy.is_empty());
        for (place, call) in self.requested.clone() {
            let is_daemon = call.scheduling_strategy.as_deref() == Some("DAEMON");
            if has_default && is_daemon && call.launch_type.is_none() && call.capacity_provider_strategy.is_empty() {
                let message = "a DAEMON service takes the capacity provider strategy of its cluster, which ECS refuses";
                self.refuse(&place, "launchType", message.to_owned(), "give `\"launchType\": \"EC2\"`");
            }
        }
    }

    /// Every task of an instance is on one of the documents.
    fn check_places(&mut self) {
        let known: BTreeSet<&str> = self.instances.iter().filter_map(|(_, one)| id(one)).collect();
        let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
        let mut first = None;
        for (place, task) in self.tasks.iter().filter(|(_, task)| task.is_counted()) {
            let Some(instance) = task.container_instance_arn.as_deref().map(last_segment) else { continue };
            if !known.contains(instance) {
                first.get_or_insert_with(|| place.clone());
                *missing.entry(instance).or_default() += 1;
            }
        }
        let calls = self.starts.clone();
        if let Some(place) = first {
            let count: usize = missing.values().sum();
            let tasks = counted(count, "task");
            let shown: Vec<String> = missing.keys().take(3).map(|name| format!("`{}`", name.escape_debug())).collect();
            let shown = shown.join(", ");
            let on = match missing.len() {
                1 => format!("instance {shown}, which is in no file"),
                few if few <= 3 => format!("instances {shown}, which are in no file"),
                many => format!("{many} instances that are in no file ({shown} and {} more)", many - 3),
            };
            let help = "add what `aws ecs describe-container-instances` prints of them";
            let or_left_out = if self.has_lost_instances { ", or are left out" } else { "" };
            let (message, consequence) = (format!("{tasks} on {on}{or_left_out}"), "these tasks are left out");
            self.leave_out(&place, "containerInstanceArn", message, consequence, help);
        }
        if calls.is_empty() {
            return;
        }
        let known: BTreeSet<String> = known.into_iter().map(str::to_owned).collect();
        for (place, call) in calls {
            let unknown = |name: &&String| !known.contains(last_segment(name));
            for (position, name) in call.container_instances.iter().enumerate().filter(|(_, name)| unknown(name)) {
                let message = format!("instance `{}` is in no file: ECS would answer MISSING", name.escape_debug());
                let help = "name instances by id or ARN, and give what `describe-container-instances` prints of them";
                let member = format!("containerInstances[{position}]");
                self.leave_out(&place, &member, message, "no task is started there", help);
            }
        }
    }
}

fn cluster_of_instance(one: &ContainerInstance) -> Option<&str> {
    one.container_instance_arn.as_deref().and_then(cluster_of)
}

fn cluster_of_task(one: &Task) -> Option<&str> {
    one.cluster_arn.as_deref().or(one.task_arn.as_deref()).and_then(cluster_of)
}

fn cluster_of_service(one: &Service) -> Option<&str> {
    one.cluster_arn.as_deref().or(one.service_arn.as_deref()).and_then(cluster_of)
}

/// The cluster that a call names, by name or ARN.
fn cluster_of_call(cluster: Option<&str>) -> Option<&str> {
    cluster.map(last_segment).filter(|name| !name.is_empty())
}

/// An object whose name was seen before.
struct Repeated<'p> {
    /// Its position among its kind.
    at: usize,
    place: Place<'p>,
    name: String,
    first: Place<'p>,
    is_same: bool,
}

/// Takes out the objects whose name was seen before.
fn keep_first<'p, T: PartialEq>(
    found: &mut Found<'p, T>,
    name: impl Fn(&'p T) -> Option<&'p str>,
) -> Vec<Repeated<'p>> {
    let mut first: BTreeMap<&str, (&Place<'p>, &'p T)> = BTreeMap::new();
    let mut repeated = Vec::new();
    for (at, (place, one)) in found.iter().enumerate() {
        let Some(name) = name(one) else { continue };
        match first.get(name) {
            Some((earlier, same)) => {
                let is_same = same == one;
                let (place, first) = (place.clone(), (*earlier).clone());
                repeated.push(Repeated { at, place, name: name.to_owned(), first, is_same });
            }
            None => {
                first.insert(name, (place, one));
            }
        }
    }
    take_out(found, &repeated);
    repeated
}

/// Takes out the task definitions that were seen before; what placement does not see may differ, and needs no word.
fn keep_first_definition<'p>(found: &mut Found<'p, TaskDefinition>) -> Vec<Repeated<'p>> {
    let mut first: BTreeMap<String, (&Place<'p>, &'p TaskDefinition)> = BTreeMap::new();
    let mut repeated = Vec::new();
    for (at, (place, one)) in found.iter().enumerate() {
        let Some(name) = one.reference() else { continue };
        match first.get(&name) {
            Some((earlier, same)) if same.to_model() != one.to_model() => {
                let (place, first) = (place.clone(), (*earlier).clone());
                repeated.push(Repeated { at, place, name, first, is_same: false });
            }
            Some(_) => {}
            None => {
                first.insert(name, (place, one));
            }
        }
    }
    take_out(found, &repeated);
    repeated
}

fn take_out<T>(found: &mut Found<'_, T>, repeated: &[Repeated<'_>]) {
    let mut positions = repeated.iter().map(|one| one.at).peekable();
    let mut at = 0;
    found.retain(|_| {
        let is_repeated = positions.next_if_eq(&at).is_some();
        at += 1;
        !is_repeated
    });
}
