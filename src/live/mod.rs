//! A cluster that is driven from outside: time is advanced, commands are given, it is looked at, and forked.
//!
//! It is the simulation of a run with another driver. A run knows its scenario whole and feeds the loop by itself; here whoever
//! holds the [`Live`] does, and the world may grow: task definitions, zones, capacity providers, kinds of task, services and
//! instances come when they are named. The rules, the engine and the order within a moment are those of
//! [`simulation`](crate::simulation), so that the same commands at the same times give the same bytes.
//!
//! It knows no network and no files.
//!
//! # Time
//! [`Live::advance_to`] lets everything happen up to a moment and in it. [`Live::apply`] carries a command out at once, in the
//! moment that it is, and lets services act on it. Several commands of one moment, before anybody acts on the first of them,
//! stand between [`Live::open_moment`] and [`Live::close`]: that is how a run carries out its plan.
//!
//! # Examples
//!
//! ```
//! use stowplan::live::{Answer, Command, Live, Register, RunTask, ServiceChange};
//! use stowplan::model::{
//!     Demand, InstanceClass, Scenario, Service, ServiceSettings, SimTime, TaskDefinition,
//! };
//!
//! // An empty cluster gets two zones of two instances.
//! let mut live: Live<()> = Live::open(&Scenario::empty("docs"), None, 1, ());
//! for zone in ["a", "b"] {
//!     let class = InstanceClass::new(live.add_zone(zone)?, zone, 2_048, 4_096);
//!     live.apply(Command::Register(Register { class, count: 2, identity: None }))?;
//! }
//!
//! // A service of three tasks, which are placed at once.
//! let api = live.define(TaskDefinition {
//!     family: "api".into(),
//!     demand: Demand::new(512, 1_024),
//!     ..TaskDefinition::default()
//! });
//! let service = Service {
//!     name: "api".into(),
//!     definition: api,
//!     desired_count: 3,
//!     strategy: None,
//!     constraints: Vec::new(),
//!     settings: ServiceSettings::default(),
//! };
//! live.apply(Command::CreateService(service))?;
//! assert_eq!(live.look().service("api").unwrap().running, 3);
//!
//! // What if it wanted more than there is room for? A fork tells, and the world itself does not change.
//! let mut what_if = live.fork();
//! let change = ServiceChange::desired(20);
//! what_if.apply(Command::UpdateService { service: "api".into(), change })?;
//! assert_eq!(what_if.look().service("api").unwrap().waiting, 4);
//! assert_eq!(live.look().service("api").unwrap().desired, 3);
//!
//! // A task by itself, a minute later.
//! live.advance_to(SimTime(60_000))?;
//! let Answer::Tasks(tasks) = live.apply(Command::RunTask(RunTask::of(api)))? else { unreachable!() };
//! assert_eq!(tasks.len(), 1);
//! # Ok::<(), stowplan::live::Error>(())
//! ```
//!
//! # Cost
//! A [`Command::Run`] costs what an arrival costs in a run, and a few comparisons. What makes the tables grow (a new kind of
//! task, zone, class of instances) works out the engine's indexes anew: about a microsecond for each instance that has tasks;
//! the next revision of a service, which differs in nothing that placement sees, does not, and [`Command::RegisterAll`] grows
//! them once for thousands of instances. A fork copies the state, and shares the tables. The benches to watch are `live/*`.

mod checks;
mod command;
mod error;
mod instances;
mod look;
mod services;
mod tables;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::simulation::{Asked, ServiceLook, TaskLook};
pub use command::{Answer, Command, InstanceChange, Register, RunTask, ServiceChange, StartTask, TaskAnswer};
pub use error::{Error, Subject};
pub use look::{InstanceLook, Look};

use crate::engine::{FastEngine, Grows, Tables};
use crate::model::{Policy, Requests, Scenario, Shared, SimTime};
use crate::simulation::{Observer, Simulation, World, engine_key};

/// A world with its cluster. See the [module](self).
///
/// A clone is a [fork](Self::fork).
#[derive(Clone, Debug)]
pub struct Live<O = (), E = FastEngine<'static>> {
    simulation: Simulation<'static, E, O>,
    /// What is known beside what the simulation knows: task definitions, and how the policy decides.
    shell: Arc<Shell>,
    /// Positions of the services that are there, by name.
    services: BTreeMap<String, usize>,
    moment: Moment,
    /// Somebody may still give a command.
    is_expecting: bool,
    /// The close look was taken.
    snapshot_taken: bool,
}

/// How far the moment is that the world is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// All that happens in it has happened.
    Over,
    /// It has begun; what was set for it has not happened yet.
    Begun,
    /// Something was done to the cluster that services have not heard of.
    Unsettled,
    /// Services have acted; tasks are asked for.
    Settled,
}

/// What is worked out from a scenario and its policy.
#[derive(Clone, Debug)]
struct Shell {
    definitions: Vec<crate::model::TaskDefinition>,
    /// Of each service, by position: what a change starts from.
    specs: Vec<services::Spec>,
    policy: Policy,
    keeps_own: bool,
}

/// What decides where nobody says how: the strategies of ECS.
fn of_ecs() -> Policy {
    Policy { name: "ecs".to_owned(), strategy: None, constraints: Vec::new() }
}

impl<O: Observer, E: Grows> Live<O, E> {
    /// A world as a scenario describes it at time 0: instances, task definitions, services and what runs already. The load
    /// and the plan of the scenario are the business of whoever drives; so are its own deployments and steps. Without a
    /// policy, strategies are those of services and of ECS.
    #[must_use]
    pub fn open(scenario: &Scenario, policy: Option<&Policy>, seed: u32, observer: O) -> Self {
        let policy = policy.cloned().unwrap_or_else(of_ecs);
        let requests = Requests::compile(scenario, &policy);
        Self::over(scenario, policy, requests, seed, observer)
    }

    fn over(scenario: &Scenario, policy: Policy, requests: Requests, seed: u32, observer: O) -> Self {
        let mut fleet = scenario.fleet.clone();
        // What is lost may return, and is new then.
        fleet.clones();
        let world = World {
            fleet: Shared::Owned(Arc::new(fleet)),
            requests: Shared::Owned(Arc::new(requests)),
            dynamics: Shared::Owned(Arc::new(scenario.dynamics.clone())),
            options: scenario.options,
            retry_interval: scenario.retry_interval,
            seed,
        };
        let tables = Tables {
            fleet: world.fleet.clone(),
            requests: world.requests.clone(),
            options: world.options,
            seed: engine_key(seed),
        };
        let services = scenario.services.iter().map(services::owned).collect();
        let mut simulation = Simulation::new(world, services, E::over(tables), observer);
        simulation.begin(scenario);
        let names = scenario.services.iter().map(|service| service.name.clone());
        let shell = Shell {
            definitions: scenario.definitions.clone(),
            specs: scenario.services.iter().map(services::Spec::of).collect(),
            keeps_own: scenario.keeps_own(&policy),
            policy,
        };
        Self {
            simulation,
            shell: Arc::new(shell),
            services: names.zip(0..).collect(),
            moment: Moment::Over,
            is_expecting: true,
            snapshot_taken: false,
        }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.simulation.now
    }

    /// When something happens next by itself, if anything does.
    #[must_use]
    pub fn next_event(&self) -> Option<SimTime> {
        Some(self.simulation.next_event()).filter(|&at| at != SimTime(u64::MAX))
    }

    /// Lets everything happen up to a moment, and in it.
    ///
    /// # Errors
    /// [`Error::Past`] if the moment is over.
    pub fn advance_to(&mut self, at: SimTime) -> Result<(), Error> {
        self.must_come(at)?;
        self.close();
        while self.simulation.next_event() <= at {
            self.pass(self.simulation.next_event());
        }
        if at > self.simulation.now {
            self.simulation.open(at);
        }
        Ok(())
    }

    /// Begins a moment: everything before it has happened, tasks end whose time is over, and what was set for it waits for
    /// the commands that follow.
    ///
    /// # Errors
    /// [`Error::Past`] if the moment is over.
    pub fn open_moment(&mut self, at: SimTime) -> Result<(), Error> {
        self.must_come(at)?;
        self.close();
        while self.simulation.next_event() < at {
            self.pass(self.simulation.next_event());
        }
        self.simulation.open(at);
        self.moment = Moment::Begun;
        Ok(())
    }

    /// Ends the moment: services act, and what is due in it is done. Nothing to do if it has ended.
    pub fn close(&mut self) {
        if self.moment != Moment::Over {
            self.settle();
            let is_expecting = self.is_expecting;
            self.simulation.close(|| is_expecting);
            self.moment = Moment::Over;
        }
    }

    /// Whether somebody may still give a command. If not, services that wait give up once nothing can change any more, as at
    /// the end of a run; a world is born expecting.
    pub fn expect_commands(&mut self, is_expecting: bool) {
        self.is_expecting = is_expecting;
    }

    /// Carries a command out now. Outside of an [open moment](Self::open_moment), services act on it at once.
    ///
    /// # Errors
    /// Nothing has changed then.
    pub fn apply(&mut self, command: Command) -> Result<Answer, Error> {
        let was_over = self.moment == Moment::Over;
        let answer = self.carry_out(command)?;
        if was_over {
            self.close();
        }
        Ok(answer)
    }

    /// A copy that goes its own way: commands to one are none to the other.
    #[must_use]
    pub fn fork(&self) -> Self
    where
        O: Clone,
    {
        self.clone()
    }

    /// As it is now.
    #[must_use]
    pub fn look(&self) -> Look<'_, O, E> {
        Look { live: self }
    }

    /// Who is told of everything.
    pub fn observer(&self) -> &O {
        &self.simulation.observer
    }

    /// Who is told of everything, to be asked or emptied.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.simulation.observer
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.simulation.engine
    }

    /// Takes the close look that a run takes once, of a moment that is not over, and tells the observer.
    pub fn take_snapshot(&mut self, at: SimTime) {
        self.snapshot_taken = true;
        self.simulation.take_snapshot(at);
    }

    /// Ends it at a moment as a run ends: the close look is taken if it was not, what is in progress is
    /// told to be unfinished. Answers the observer.
    ///
    /// # Errors
    /// [`Error::Past`] if the moment is over.
    pub fn finish(mut self, at: SimTime) -> Result<O, Error> {
        self.must_come(at)?;
        self.close();
        while self.simulation.next_event() < at {
            self.pass(self.simulation.next_event());
        }
        self.simulation.samples_until(at);
        if !self.snapshot_taken {
            self.simulation.take_snapshot(at);
        }
        self.simulation.finish(at);
        Ok(self.simulation.observer)
    }

    fn must_come(&self, at: SimTime) -> Result<(), Error> {
        let now = self.simulation.now;
        if at < now { Err(Error::Past { at, now }) } else { Ok(()) }
    }

    /// A moment in which nobody gives a command.
    fn pass(&mut self, at: SimTime) {
        self.simulation.open(at);
        self.moment = Moment::Begun;
        self.close();
    }

    /// What was set for this moment happens, and services act.
    fn settle(&mut self) {
        if self.moment == Moment::Begun || self.moment == Moment::Unsettled {
            self.simulation.fire();
            self.simulation.settle();
            self.moment = Moment::Settled;
        }
    }

    /// Something was done to the cluster.
    fn is_unsettled(&mut self) {
        if self.moment != Moment::Begun {
            self.moment = Moment::Unsettled;
        }
    }

    fn carry_out(&mut self, command: Command) -> Result<Answer, Error> {
        match command {
            Command::Run { kind, count, life } => self.run(kind, count, life),
            Command::RunTask(task) => self.run_task(task),
            Command::StartTask(task) => self.start_task(&task),
            Command::StopTask(number) => self.stop_task(number),
            Command::ProtectTask { task, time } => self.protect_task(task, time),
            Command::CreateService(service) => self.create_service(service),
            Command::UpdateService { service, change } => self.update_service(&service, change),
            Command::DeleteService { service, force } => self.delete_service(&service, force),
            Command::Register(register) => self.register_all(vec![register]),
            Command::RegisterAll(registers) => self.register_all(registers),
            Command::Deregister { instance, force } => self.deregister(instance, force),
            Command::Instance(instance, change) => self.change_instance(instance, change),
            Command::Happening(what) => self.befall(what),
        }
    }
}
