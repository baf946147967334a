//! The stream of draws of every kind of request: that of its task group, never the request's number.
//!
//! All kinds of a group draw from one stream, decision after decision, so that its revisions, providers and zones are of
//! no account, and neither is whether its tasks are drawn or read from a trace. Only sources that are equal in family and
//! group are told apart, by their number among equal ones.

use super::stream_name::fnv;
use super::{Request, Requests};
use crate::model::policy::{PlacementOptions, Rule, TieBreak};
use crate::model::scenario::Scenario;
use crate::model::units::RequestId;

impl Requests {
    /// The streams of the requests of a scenario; none if nothing is drawn.
    pub(super) fn name_streams(&mut self, scenario: &Scenario) {
        if self.table.iter().all(|request| purpose(request, scenario.options).is_none()) {
            return;
        }
        let numbers = self.source_numbers(scenario);
        let name = |(request, number)| self.stream_of(request, number, scenario.options).unwrap_or_default();
        self.streams = self.table.iter().zip(numbers).map(name).collect();
    }

    /// The name of the stream of a request, if it draws: `number` is that of its source among equal ones.
    pub(super) fn stream_of(&self, request: &Request, number: u32, options: PlacementOptions) -> Option<u64> {
        let group = &self.groups[request.group.index()];
        purpose(request, options).map(|purpose| fnv(&format!("{purpose}\n{number}\n{group}")))
    }

    /// For each kind, the number of its source among equal ones.
    fn source_numbers(&self, scenario: &Scenario) -> Vec<u32> {
        let mut numbers = vec![0; self.table.len()];
        let mut mark = |request: RequestId, number| numbers[request.index()] = number;
        for (requests, name) in self.sources.iter().zip(scenario.source_names()) {
            for &request in requests {
                mark(request, name.number);
                if let Some(split) = self.splits.get(&request) {
                    split.requests.iter().for_each(|&through| mark(through, name.number));
                }
            }
        }
        numbers
    }
}

/// What a request's draws decide: a rule of its chain, or ties.
fn purpose(request: &Request, options: PlacementOptions) -> Option<&'static str> {
    match (request.strategy.0.contains(&Rule::Random), options.tie_break) {
        (true, _) => Some("strategy"),
        (false, TieBreak::Random) => Some("tie"),
        (false, TieBreak::Order | TieBreak::FewestTasks | TieBreak::MostRemaining) => None,
    }
}
