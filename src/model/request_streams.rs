//! The stream of draws of every kind of request: what the kind is, never its number.

use super::stream_name::{StreamName, fnv};
use super::{PlacementOptions, Request, RequestId, Requests, Rule, Scenario, TieBreak};

/// Who asks for a kind of task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    Service,
    Source,
    Trace,
    /// It goes where it is told to.
    Nobody,
}

impl Requests {
    /// The streams of the requests of a scenario; none if nothing is drawn.
    pub(super) fn name_streams(&mut self, scenario: &Scenario) {
        let draws = |request: &Request| purpose(request, scenario.options).is_some();
        if !self.table.iter().any(draws) {
            return;
        }
        let askers = self.askers();
        let texts = self.table.iter().zip(&askers).map(|(request, asker)| self.text(scenario, request, *asker));
        let names = StreamName::number(texts);
        self.streams = names.iter().map(|name| fnv(&format!("{}\n{}", name.what, name.number))).collect();
    }

    /// Who asks for each kind.
    fn askers(&self) -> Vec<Asker> {
        let mut askers = vec![Asker::Service; self.table.len()];
        let mut mark = |requests: &mut dyn Iterator<Item = &RequestId>, asker| {
            requests.for_each(|request| askers[request.index()] = asker);
        };
        mark(&mut self.sources.iter().flatten(), Asker::Source);
        mark(&mut self.splits.values().flat_map(|split| &split.requests), Asker::Source);
        mark(&mut self.trace.iter(), Asker::Trace);
        mark(&mut self.running.iter().chain(&self.starts), Asker::Nobody);
        askers
    }

    /// What is drawn, who asks, and for what.
    fn text(&self, scenario: &Scenario, request: &Request, asker: Asker) -> String {
        let asker = match asker {
            Asker::Service => "service",
            Asker::Source => "tasks",
            Asker::Trace => "trace",
            Asker::Nobody => "nobody",
        };
        let purpose = purpose(request, scenario.options).unwrap_or("nothing");
        let (group, family) =
            (&self.groups[request.group.index()], &scenario.definitions[request.definition.index()].family);
        let provider = request.only.provider.map_or("", |provider| &scenario.dynamics.providers[provider.index()].name);
        let zone = request.only.zone.map_or("", |zone| &scenario.fleet.zones[zone.index()]);
        format!("{purpose}\n{asker}\n{group}\n{family}\n{provider}\n{zone}")
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
