//! The state of every instance, which all indexes are caches of: what is left, what runs there, in which cell it is.

use super::cells::Partition;
use super::counts::GroupCounts;
use super::extras::{Extra, Form};
use super::memory::{prefetch, roomy};
use super::ports::Ports;
use super::record::Record;
use crate::engine::Tables;
use crate::model::{ClassId, Demand, Device, DeviceLedger, Fleet, Identity, InstanceClass, Requests, Shared};

/// All instances. Dropping an index and building it again from here never changes a placement.
#[derive(Clone, Debug)]
pub(crate) struct Cluster<'a> {
    pub(crate) fleet: Shared<'a, Fleet>,
    pub(crate) requests: Shared<'a, Requests>,
    pub(crate) partition: Partition,
    /// By instance id.
    pub(crate) records: Vec<Record>,
    /// Instances of each cell, ascending: an instance's position here is its `local` number.
    pub(crate) members: Vec<Vec<u32>>,
    /// By instance id, if some request asks for more than cpu and memory; else empty.
    pub(crate) extras: Option<Vec<Extra>>,
    /// What requests ask for beside cpu and memory, as [`Plan::extras`](crate::engine::fast::plan::Plan::extras) counts it.
    pub(crate) forms: Vec<Form>,
    /// Those that requests ask for.
    pub(crate) ports: Ports,
    /// By instance id, if some request asks for GPUs.
    pub(crate) gpus: Option<Vec<DeviceLedger>>,
    /// Where the share of a GPU lies that was placed last.
    pub(crate) last_device: Device,
    /// Where the next one is to lie.
    pub(crate) preferred_device: Device,
    pub(crate) counts: Option<GroupCounts>,
    /// By instance.
    classes: Vec<ClassId>,
    /// Instances that registered after time 0.
    joined: Vec<Option<Identity>>,
}

/// One instance, and the cluster that it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance<'e, 'a> {
    pub(crate) cluster: &'e Cluster<'a>,
    pub(crate) id: u32,
}

/// What the requests of a run need to be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    pub(crate) extras: bool,
    pub(crate) gpus: bool,
    pub(crate) counts: bool,
}

/// Instances; in tests few enough that what is fetched ahead is held to the reference too.
const LARGE: usize = if cfg!(test) { 200 } else { 1 << 15 };

impl<'a> Cluster<'a> {
    /// No instance yet.
    pub(crate) fn new(tables: &Tables<'a>, partition: Partition, forms: Vec<Demand>, keep: Keep) -> Self {
        let Tables { fleet, requests, .. } = tables;
        let ports = Ports::new(requests.table.iter().flat_map(|request| &request.demand.ports), fleet);
        let instances = fleet.instances.len();
        let members = vec![Vec::new(); partition.count()];
        Self {
            fleet: fleet.clone(),
            requests: requests.clone(),
            partition,
            records: roomy(instances),
            members,
            extras: keep.extras.then(Vec::new),
            forms: forms.into_iter().map(|form| Form::new(form, &ports)).collect(),
            ports,
            gpus: keep.gpus.then(Vec::new),
            last_device: Device::ANY,
            preferred_device: Device::ANY,
            counts: keep.counts.then(|| GroupCounts::new(requests.groups.len(), instances)),
            classes: Vec::with_capacity(instances),
            joined: Vec::new(),
        }
    }

    /// Adds an ACTIVE, empty instance and answers its id.
    pub(crate) fn push(&mut self, class_id: ClassId, identity: Option<Identity>) -> u32 {
        let id = u32::try_from(self.records.len()).expect("fewer than 2^32 instances");
        if self.records.len() >= self.fleet.instances.len() {
            self.joined.push(identity);
        }
        self.classes.push(class_id);
        let class = &self.fleet.classes[class_id.index()];
        let cell = self.partition.cell(class_id);
        let local = u32::try_from(self.members[cell].len()).expect("fewer than 2^32 instances");
        self.members[cell].push(id);
        self.records.push(Record::new(class.cpu.0, class.memory.0, cell, local));
        if let Some(extras) = &mut self.extras {
            extras.push(Extra::new(class));
        }
        if let Some(gpus) = &mut self.gpus {
            gpus.push(DeviceLedger::new(class));
        }
        if let Some(counts) = &mut self.counts {
            counts.push_instance();
        }
        id
    }

    /// It does not fit the nearer caches, so that fetching ahead is worth its instructions.
    #[inline]
    pub(crate) fn is_large(&self) -> bool {
        self.records.len() >= LARGE
    }

    /// The class of every instance.
    pub(crate) fn class_ids(&self) -> &[ClassId] {
        &self.classes
    }

    /// The instance at a position of a cell.
    #[inline]
    pub(crate) fn id(&self, cell: usize, local: u32) -> u32 {
        // In a cluster of one cell, positions are ids, and one line less is touched.
        if self.members.len() == 1 { local } else { self.members[cell][local as usize] }
    }

    /// Has fetched what a placement on the instance at this position will read.
    #[inline]
    pub(crate) fn expect_start(&self, cell: usize, local: u32) {
        if self.members.len() > 1 {
            prefetch(self.members[cell].as_ptr().wrapping_add(local as usize));
        } else {
            self.expect_instance(local);
        }
    }

    /// Has the record and the counts of an instance fetched.
    #[inline]
    pub(crate) fn expect_instance(&self, id: u32) {
        prefetch(self.records.as_ptr().wrapping_add(id as usize));
        self.counts.iter().for_each(|counts| prefetch(counts.address(id)));
    }

    /// Has fetched what a decision on an instance and a change of it will read.
    #[inline]
    pub(crate) fn expect_change(&self, id: u32) {
        if self.is_large() {
            prefetch(self.records.as_ptr().wrapping_add(id as usize));
        }
    }

    /// Has fetched what stands in columns of their own beside the records.
    #[inline]
    pub(crate) fn expect_columns(&self, id: u32) {
        prefetch(self.classes.as_ptr().wrapping_add(id as usize));
        self.extras.iter().for_each(|extras| prefetch(extras.as_ptr().wrapping_add(id as usize)));
        self.counts.iter().for_each(|counts| prefetch(counts.address(id)));
    }

    /// Has fetched what a task changes that asks for more than cpu and memory, while the record is waited for.
    #[inline]
    pub(crate) fn expect_extras(&self, id: u32) {
        self.extras.iter().for_each(|extras| prefetch(extras.as_ptr().wrapping_add(id as usize)));
        if let Some(gpus) = &self.gpus {
            let ledger: *const u8 = gpus.as_ptr().wrapping_add(id as usize).cast();
            (0..size_of::<DeviceLedger>()).step_by(64).for_each(|at| prefetch(ledger.wrapping_add(at)));
        }
    }

    pub(crate) fn class_id(&self, instance: u32) -> ClassId {
        self.classes[instance as usize]
    }

    /// Who an instance is, if that is known.
    pub(crate) fn identity(&self, instance: u32) -> Option<&Identity> {
        let (position, at_start) = (instance as usize, self.fleet.instances.len());
        match position.checked_sub(at_start) {
            None => self.fleet.identities.get(position),
            Some(joined) => self.joined[joined].as_ref(),
        }
    }

    pub(crate) fn class(&self, instance: u32) -> &InstanceClass {
        &self.fleet.classes[self.class_id(instance).index()]
    }

    /// `tasks` tasks of a form have come to an instance, or gone if negative: shares of GPUs from `device`.
    pub(crate) fn change_extras(&mut self, instance: u32, form: u32, device: Device, tasks: i32) {
        let form = &self.forms[form as usize];
        let demand = &form.demand;
        if !demand.gpus.is_none() {
            let class = &self.fleet.classes[self.classes[instance as usize].index()];
            let gpus = self.gpus.as_mut().expect("GPUs are kept where a request asks for them");
            let gpus = &mut gpus[instance as usize];
            (0..tasks).for_each(|_| {
                let on = std::mem::replace(&mut self.preferred_device, Device::ANY);
                self.last_device = gpus.take(demand.gpus, class, on);
            });
            (tasks..0).for_each(|_| gpus.give_back(demand.gpus, class, device));
        }
        let extras = self.extras.as_mut().expect("extras are kept where a request asks for them");
        let extra = &mut extras[instance as usize];
        (0..tasks).for_each(|_| extra.take(form));
        (tasks..0).for_each(|_| extra.give_back(form));
    }

    /// GPUs, ports and interface slots fit.
    pub(crate) fn extras_fit(&self, instance: u32, demand: &Demand) -> bool {
        let (class, extras) = (self.class_id(instance), self.extras.as_ref());
        extras.is_none_or(|extras| extras[instance as usize].fits(demand, class, &self.ports))
            && self.gpus.as_ref().is_none_or(|gpus| gpus[instance as usize].fits(demand.gpus, self.class(instance)))
    }

    /// GPU devices that are idle.
    pub(crate) fn idle_gpus(&self, instance: u32) -> u32 {
        self.gpus.as_ref().map_or_else(|| self.class(instance).idle_gpus(), |gpus| gpus[instance as usize].idle())
    }

    /// Tasks of a group on an instance.
    ///
    /// # Panics
    /// If no request of the run asked for groups to be counted.
    #[inline]
    pub(crate) fn group_count(&self, instance: u32, group: u32) -> u32 {
        self.counts.as_ref().expect("groups are counted where a rule may ask for them").get(instance, group)
    }

    /// Recounts the GPUs of every instance.
    pub(crate) fn validate_gpus(&self) -> Result<(), String> {
        let Some(gpus) = &self.gpus else { return Ok(()) };
        (0..).zip(gpus).try_for_each(|(id, gpus)| {
            gpus.validate(self.class(id)).map_err(|error| format!("GPUs of instance {id}: {error}"))
        })
    }

    /// Bytes held, for reports.
    pub(crate) fn bytes(&self) -> usize {
        let members: usize = self.members.iter().map(|members| members.capacity() * 4).sum();
        let extras = self.extras.as_ref().map_or(0, |extras| extras.capacity() * size_of::<Extra>());
        let counts = self.counts.as_ref().map_or(0, GroupCounts::bytes);
        self.records.capacity() * size_of::<Record>() + members + extras + counts + self.ports.bytes()
    }
}
