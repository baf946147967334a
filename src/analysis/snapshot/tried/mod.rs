//! What is tried out on a copy of the cluster, or on an empty one: M5 releasable, M12, M13 by the rules and M27.

mod budget;
mod by_rules;
mod inflation;
mod lottery;
mod release;
mod replica;
mod sample;
pub(in crate::analysis) mod saturation;
mod scales;

pub(super) use by_rules::{ByRules, RuledRoom};
pub(super) use inflation::Inflation;
pub(super) use release::{Released, Verdict};

use super::room::Room;
use lottery::Lottery;
pub(super) use replica::Ground;
use replica::Replica;
use sample::Sample;
use scales::{Amounts, Scales};

/// What trying found.
#[derive(Clone, Debug, Default)]
pub(super) struct Tried {
    pub(super) by_rules: ByRules,
    pub(super) inflation: Inflation,
    pub(super) released: Released,
}

/// The part of a cluster that a sample is.
#[derive(Clone, Copy, Debug)]
struct SampleShare {
    /// What its instances have.
    capacity: Amounts,
    instances: u64,
    /// All that are up.
    of: u64,
}

/// What it takes to try something out on all instances.
#[derive(Clone, Copy, Debug)]
struct Work {
    instances: u64,
    /// Tasks that are put back or placed.
    tasks: u64,
}

impl Work {
    /// Every how-manyth instance may be tried within a budget, and fewer and fewer, as long as there are enough of them.
    fn steps(self, budget: u64) -> impl Iterator<Item = u64> {
        /// A sample of fewer instances says nothing.
        const FEWEST: u64 = 20;
        let first = self.tasks.max(self.instances).div_ceil(budget).max(1);
        let steps = std::iter::successors(Some(first), |step| step.checked_mul(2));
        steps.take_while(move |&step| step == 1 || self.instances / step >= FEWEST)
    }
}

/// Copies the cluster, or a sample of it, and tries.
pub(super) fn all<'a>(ground: Ground<'a>, room: &Room<'a>) -> Tried {
    let Ground { subject, roll, residents, .. } = ground;
    let by_rules = by_rules::take(ground, room);
    let (lottery, scales) = (Lottery::of(subject), Scales::of(subject));
    let capacity = scales.capacity(roll.up().map(|(_, standing)| standing.class));
    let instances = roll.up().count() as u64;
    let tasks = u64::try_from(scales.tasks(capacity, 10)).unwrap_or(u64::MAX).max(residents.tasks());
    let budget = budget::of(subject.scenario);
    for step in (Work { instances, tasks }).steps(budget) {
        let fits = |replica: &Replica<'_>| tasks / step * replica.efforts.most() <= budget;
        if step == 1 {
            if let Some(replica) = Replica::of(ground).filter(fits) {
                let inflation = inflation::take(&replica, &lottery, None);
                return Tried { by_rules, inflation, released: release::try_all(replica) };
            }
            continue;
        }
        let sample = Sample::of(ground, &lottery, step);
        if let Some(replica) = sample.replica(ground).filter(fits) {
            let capacity = scales.capacity(sample.classes(ground));
            let share = SampleShare { capacity, instances: sample.instances.len() as u64, of: instances };
            let inflation = inflation::take(&replica, &sample.lottery, Some(share));
            let released = release::try_all(replica).of_sample(&sample, share, residents.instances());
            return Tried { by_rules, inflation, released };
        }
    }
    Tried { by_rules, ..Tried::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::by_instance::Lying;
    use crate::analysis::record::Figure;
    use crate::analysis::snapshot::Subject;
    use crate::analysis::snapshot::residents::{Resident, Residents};
    use crate::analysis::snapshot::roll::Roll;
    use crate::analysis::test_support::{Fixture, scenario};
    use crate::engine::{Draws, Engine, FastEngine, Setup};
    use crate::model::Device;

    fn value(figure: Figure) -> f64 {
        figure.exact().map_or(f64::NAN, crate::model::Ratio::to_f64)
    }

    /// A sample says of a cluster what trying out all of it says, to a few percent, and which part it is.
    #[test]
    fn a_sample_stands_for_the_cluster() {
        let instances: Vec<_> = (0..1_200).map(|n| (n % 3, 16 + 16 * (n % 2), 64, None)).collect();
        let services = [("a", 1, 3, 6_000), ("b", 3, 4, 3_000), ("c", 2, 9, 3_000), ("unused", 7, 7, 0)];
        let fixture = Fixture::new(scenario(3, &instances, &services));
        let Fixture { scenario, requests, mix } = &fixture;
        let subject = Subject { scenario, requests, mix };
        let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: 1 };
        let (mut engine, mut lying) = (FastEngine::new(setup), Vec::new());
        for number in 0..9_000 {
            let request = requests.services[[0, 0, 1, 2][Draws::new(9).below(number, 4)]];
            let what = Resident { request, device: Device::ANY };
            lying.extend(engine.place(request).map(|placed| Lying { on: placed.instance, what }));
        }
        let (residents, roll) = (Residents::new(instances.len(), &lying), Roll::of(&engine));
        let ground = Ground { subject, cluster: &engine, roll: &roll, residents: &residents };
        let Tried { inflation, released, .. } = all(ground, &Room::of(subject, &engine, &roll));
        let share = inflation.sample().expect("it is too large for its budget");
        assert!(share.of == 1_200 && (100..400).contains(&share.instances), "{share:?}");

        // A scenario that asks for few tasks may try the whole.
        let mut short = scenario.clone();
        short.services.iter_mut().for_each(|service| service.desired_count = 1);
        let subject = Subject { scenario: &short, ..subject };
        let whole = Replica::of(Ground { subject, ..ground }).unwrap();
        let capacity = Scales::of(subject).capacity(scenario.fleet.instances.iter().copied());
        let exact = inflation::take(&whole, &Lottery::of(subject), None);
        let shares = |of: Inflation| of.shares(capacity).map(value);
        for (found, exact) in shares(inflation).into_iter().zip(shares(exact)).take(2) {
            assert!((found - exact).abs() < 0.04, "stranded: {found} of a sample, {exact}");
        }
        let exact = release::try_all(whole).figure();
        let (found, exact) = (value(released.figure()), value(exact));
        assert!(exact > 100.0 && (found / exact - 1.0).abs() < 0.25, "releasable: {found} of a sample, {exact}");
        let tried = (0..1_200).map(crate::model::InstanceId).filter(|&id| released.of(id) != Verdict::Unknown).count();
        assert_eq!(tried as u64, share.instances, "only of what was tried anything is said");
    }
}
