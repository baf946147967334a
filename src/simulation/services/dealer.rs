//! Which capacity provider each further task of a service goes to.
//!
//! What counts as placed with a provider is what is there to stay: tasks of the wanted revision that run on its instances,
//! unless these drain, and tasks that wait for it. A service with one provider, or none, is never counted.

use super::Services;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{ServiceSettings, Shared};

/// Deals further tasks of one service.
pub(crate) struct Dealer<'a> {
    settings: Shared<'a, ServiceSettings>,
    placed: Vec<u64>,
}

impl Dealer<'_> {
    /// The item of the capacity provider strategy that the next task goes to.
    pub(crate) fn next(&mut self) -> u8 {
        let item = self.settings.providers.next(&self.placed);
        if let Some(placed) = self.placed.get_mut(item) {
            *placed += 1;
        }
        u8::try_from(item).expect("a strategy has at most 20 items")
    }
}

impl<'a> Services<'a> {
    /// A dealer for the tasks that a service has now.
    pub(crate) fn dealer<E: Engine>(&self, service: usize, engine: &E) -> Dealer<'a> {
        let state = &self.states[service];
        let settings = state.settings.clone();
        let strategy = &state.settings.providers;
        if !strategy.has_choice() {
            return Dealer { settings, placed: Vec::new() };
        }
        let mut placed = vec![0; strategy.0.len()];
        for task in &state.waiting {
            placed[usize::from(task.item)] += 1;
        }
        let classes = &self.world.fleet.classes;
        for task in state.tasks.iter() {
            if engine.status(task.instance) == InstanceStatus::Draining || self.is_old(service, task.request) {
                continue;
            }
            let provider = classes[engine.class(task.instance).index()].provider;
            if let Some(item) = strategy.0.iter().position(|share| Some(share.provider) == provider) {
                placed[item] += 1;
            }
        }
        Dealer { settings, placed }
    }
}
