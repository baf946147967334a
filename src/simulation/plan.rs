//! What a scenario writes out: happenings, calls of StartTask, deployments and steps of desired counts, in the order of their
//! moments and then of the file.

use std::collections::VecDeque;

use crate::model::{HappeningKind, Scenario, SimTime};

/// What is done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// Something befalls instances.
    Happening(HappeningKind),
    /// The call of StartTask at this position of the scenario.
    StartTask(usize),
    /// The next deployment of a service begins.
    Deployment(usize),
    /// The desired count of a service is another one.
    Desired(usize),
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Plan {
    entries: VecDeque<(SimTime, Planned)>,
    /// Entries that are no step of a desired count.
    calls: usize,
}

impl Plan {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let happenings = scenario.happenings.iter().map(|one| (one.at, Planned::Happening(one.what)));
        let starts = scenario.starts.iter().enumerate().map(|(position, one)| (one.at, Planned::StartTask(position)));
        let of_services = scenario.services.iter().enumerate().flat_map(|(service, one)| {
            let deployments = one.settings.deployments.iter().map(|deployment| deployment.at);
            let steps = one.settings.steps.iter().map(move |&(at, _)| (at, Planned::Desired(service)));
            deployments.map(move |at| (at, Planned::Deployment(service))).chain(steps)
        });
        let mut entries: Vec<(SimTime, Planned)> = happenings.chain(starts).chain(of_services).collect();
        entries.sort_by_key(|entry| entry.0);
        let calls = entries.iter().filter(|(_, what)| is_call(*what)).count();
        Self { entries: entries.into(), calls }
    }

    /// The time of the next entry; the far end of time if there is none.
    pub(super) fn next_time(&self) -> SimTime {
        self.entries.front().map_or(SimTime(u64::MAX), |entry| entry.0)
    }

    /// The next entry that is due.
    pub(super) fn pop_at(&mut self, now: SimTime) -> Option<Planned> {
        if self.next_time() > now {
            return None;
        }
        let (_, what) = self.entries.pop_front()?;
        self.calls -= usize::from(is_call(what));
        Some(what)
    }

    /// Something else than a step of a desired count is to come.
    pub(super) fn has_calls(&self) -> bool {
        self.calls > 0
    }

    pub(super) fn is_over(&self) -> bool {
        self.entries.is_empty()
    }
}

fn is_call(what: Planned) -> bool {
    !matches!(what, Planned::Desired(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DefinitionId, Happening, InstanceId, Service, ServiceSettings, ZoneId};

    #[test]
    fn moments_come_in_order_and_equal_ones_as_in_the_file() {
        let happening = |at, what| Happening { at: SimTime(at), what };
        let (lost, back) = (HappeningKind::ZoneLost(ZoneId(0)), HappeningKind::InstanceReturned(InstanceId(3)));
        let settings = ServiceSettings { steps: vec![(SimTime(5), 1), (SimTime(9), 2)], ..ServiceSettings::default() };
        let mut scenario = Scenario::empty("plan");
        scenario.happenings = vec![happening(7, lost), happening(5, back)];
        scenario.services = vec![Service {
            name: "web".into(),
            definition: DefinitionId(0),
            desired_count: 1,
            strategy: None,
            constraints: Vec::new(),
            settings,
        }];
        let mut plan = Plan::of(&scenario);
        assert_eq!((plan.next_time(), plan.pop_at(SimTime(4))), (SimTime(5), None));
        let due: Vec<Planned> = std::iter::from_fn(|| plan.pop_at(SimTime(5))).collect();
        assert_eq!(due, [Planned::Happening(back), Planned::Desired(0)]);
        assert_eq!((plan.pop_at(SimTime(7)), plan.has_calls()), (Some(Planned::Happening(lost)), false));
        assert_eq!((plan.pop_at(SimTime(9)), plan.is_over()), (Some(Planned::Desired(0)), true));
        assert_eq!(plan.next_time(), SimTime(u64::MAX));
    }
}
