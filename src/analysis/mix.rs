//! The reference mix that fragmentation is measured against, by the name that figures know it by.
//!
//! It is worked out in [`crate::model`], where strategies that know the load can see it too.

pub use crate::model::{MixShape, ReferenceMix};

#[cfg(test)]
mod tests {
    use super::super::test_support::scenario;
    use super::ReferenceMix;
    use crate::model::{
        Arrivals, CountLaw, DefinitionId, GroupId, RateCurve, SimTime, TaskSource, TraceTask, WeightedShape,
    };

    const HOUR: SimTime = SimTime(3_600_000);

    fn source(count: Option<u64>, arrivals: Arrivals, shapes: &[(u32, u32)]) -> TaskSource {
        let shape = |&(definition, weight): &(u32, u32)| WeightedShape { definition: DefinitionId(definition), weight };
        TaskSource { count, start: HOUR, arrivals, ..TaskSource::of(shapes.iter().map(shape).collect()) }
    }

    /// Weights of definitions 0, 1 and 2 for two hours of a source that starts after one.
    fn check(desired: [u32; 3], sources: Vec<TaskSource>, expected: [u64; 3]) {
        let [a, b, c] = desired;
        let mut scenario = scenario(1, &[], &[("a", 1, 1, a), ("b", 1, 1, b), ("c", 1, 1, c)]);
        scenario.sources = sources;
        scenario.horizon = Some(SimTime(2 * HOUR.0));
        let mix = ReferenceMix::of(&scenario);
        let weight = |definition| {
            let found = mix.shapes.iter().find(|shape| shape.definition == DefinitionId(definition));
            found.map_or(0, |shape| shape.weight)
        };
        assert_eq!([0, 1, 2].map(weight), expected);
    }

    #[test]
    fn services_weigh_by_desired_count_in_lowest_terms() {
        check([5, 2, 0], vec![], [5, 2, 0]);
        check([50, 20, 30], vec![], [5, 2, 3]);
        check([0, 0, 0], vec![], [0, 0, 0]);
    }

    #[test]
    fn sources_weigh_by_count_shared_over_their_shapes_exactly() {
        check([0, 1, 0], vec![source(Some(7), Arrivals::AtOnce, &[(0, 1), (2, 2)])], [7, 3, 14]);
        let many: Vec<_> = [999_983, 999_979].map(|w| source(Some(9), Arrivals::AtOnce, &[(0, w), (1, w)])).into();
        check([0, 0, 9], many, [1, 1, 1]);
    }

    #[test]
    fn sources_without_a_count_weigh_by_rate_and_time() {
        let poisson = Arrivals::Poisson { rate_per_hour: 30.4 };
        check([0, 10, 0], vec![source(None, poisson, &[(0, 1)])], [3, 1, 0]);
        let batches = Arrivals::BatchPoisson {
            batches_per_hour: 10.0,
            batch_sizes: CountLaw::Weighted(vec![(1, 1), (5, 1)]),
            daily: None,
        };
        check([0, 10, 0], vec![source(None, batches, &[(0, 1)])], [3, 1, 0]);
        let hourly = Arrivals::Daily { rate_per_hour: 20.0, curve: RateCurve::Hourly(vec![1.0; 24]) };
        check([0, 10, 0], vec![source(None, hourly, &[(0, 1)])], [2, 1, 0]);
    }

    #[test]
    fn rows_of_a_trace_weigh_one_each() {
        let mut scenario = scenario(1, &[], &[("a", 1, 1, 0), ("b", 1, 1, 0)]);
        let task =
            |definition| TraceTask { at: HOUR, life: None, definition: DefinitionId(definition), group: GroupId(0) };
        scenario.trace.tasks = vec![task(1), task(0), task(1)];
        let weights = ReferenceMix::of(&scenario).shapes.iter().map(|shape| shape.weight).collect::<Vec<_>>();
        assert_eq!(weights, [1, 2]);
    }

    #[test]
    fn tasks_are_asked_for_by_sources_traces_and_services_that_rise() {
        let asked = |change: &dyn Fn(&mut crate::model::Scenario)| {
            let mut scenario = scenario(1, &[], &[("a", 1, 1, 5), ("b", 1, 1, 7)]);
            scenario.horizon = Some(SimTime(48 * HOUR.0));
            change(&mut scenario);
            scenario.tasks_asked_for()
        };
        assert_eq!(asked(&|_| ()), 12);
        assert_eq!(asked(&|scenario| scenario.sources = vec![source(Some(30), Arrivals::AtOnce, &[(0, 1)])]), 42);
        let hourly = Arrivals::Poisson { rate_per_hour: 10.0 };
        assert_eq!(asked(&|scenario| scenario.sources = vec![source(None, hourly.clone(), &[(0, 1)])]), 12 + 470);
        let task = TraceTask { at: HOUR, life: None, definition: DefinitionId(0), group: GroupId(0) };
        assert_eq!(asked(&|scenario| scenario.trace.tasks = vec![task; 3]), 15);
        // 5, then 9 and 2 and 3: it rises by 4 and by 1; what comes after the end does not.
        let steps = vec![(HOUR, 9), (SimTime(2 * HOUR.0), 2), (SimTime(3 * HOUR.0), 3), (SimTime(99 * HOUR.0), 50)];
        assert_eq!(asked(&|scenario| scenario.services[0].settings.steps.clone_from(&steps)), 17);
        // Twice from 1 to 4 and back in two days, and once for each of two deployments.
        let curve = crate::model::DailyCurve { part: crate::model::SimSpan(12 * HOUR.0), counts: vec![1, 4] };
        assert_eq!(asked(&|scenario| scenario.services[0].settings.curve = Some(curve.clone())), 7 + 1 + 2 * 3);
        let deployment = crate::model::Deployment { at: HOUR, definition: DefinitionId(1) };
        assert_eq!(asked(&|scenario| scenario.services[0].settings.deployments = vec![deployment; 2]), 22);
        assert_eq!(asked(&|scenario| scenario.services[0].settings.scheduling = crate::model::Scheduling::Daemon), 7);
    }

    fn weights(scenario: &crate::model::Scenario) -> Vec<(u32, u64)> {
        ReferenceMix::of(scenario).shapes.iter().map(|shape| (shape.definition.0, shape.weight)).collect()
    }

    /// One service of 50 and one of 10, at most, over two hours.
    fn of_service(change: impl Fn(&mut crate::model::Service)) -> Vec<(u32, u64)> {
        let mut scenario = scenario(1, &[(0, 9, 9, None); 3], &[("big", 1, 1, 50), ("small", 1, 1, 10)]);
        scenario.horizon = Some(SimTime(2 * HOUR.0));
        change(&mut scenario.services[0]);
        weights(&scenario)
    }

    /// Case 61: the largest count that is ever desired, however it is written.
    #[test]
    fn a_service_weighs_by_its_largest_desired_count() {
        let expected = [(0, 5), (1, 1)];
        assert_eq!(of_service(|_| ()), expected);
        let steps = |first, steps: Vec<(SimTime, u32)>| {
            of_service(|service| {
                service.desired_count = first;
                service.settings.steps.clone_from(&steps);
            })
        };
        assert_eq!(steps(0, vec![(SimTime(1_000), 50)]), expected);
        assert_eq!(steps(7, vec![(HOUR, 50), (SimTime(HOUR.0 + 1), 3)]), expected);
        assert_eq!(steps(50, vec![(HOUR, 2), (SimTime(2 * HOUR.0), 900)]), expected, "the end comes first");
        let curve = |counts: Vec<u32>| {
            let curve = crate::model::DailyCurve { part: crate::model::SimSpan::HOUR, counts };
            of_service(|service| {
                service.desired_count = 0;
                service.settings.curve = Some(curve.clone());
            })
        };
        assert_eq!(curve(vec![50; 24]), expected);
        assert_eq!(curve([vec![20, 50, 90], vec![1; 21]].concat()), expected, "the third hour never comes");
    }

    #[test]
    fn a_daemon_weighs_by_the_instances_that_it_is_eligible_for() {
        let daemon = |service: &mut crate::model::Service| {
            service.settings.scheduling = crate::model::Scheduling::Daemon;
            service.desired_count = 0;
        };
        assert_eq!(of_service(daemon), [(0, 3), (1, 10)]);
        let nowhere = crate::query::Expression::parse("attribute:stack == prod").unwrap();
        let constrained = |service: &mut crate::model::Service| {
            daemon(service);
            service.constraints.push(crate::model::Constraint::MemberOf(nowhere.clone()));
        };
        assert_eq!(of_service(constrained), [(1, 1)]);
    }

    #[test]
    fn what_runs_already_weighs_too_and_tasks_of_a_service_once() {
        let mut scenario = scenario(1, &[(0, 9, 9, None)], &[("big", 1, 1, 50), ("small", 1, 1, 10)]);
        let running = |group: &str, definition, count| crate::model::Running {
            definition: DefinitionId(definition),
            group: group.to_owned(),
            demand: scenario.definitions[0].demand.clone(),
            device: crate::model::Device::ANY,
            places: vec![(crate::model::InstanceId(0), count)],
        };
        let found = vec![running("service:big", 0, 40), running("family:small", 1, 15)];
        let more = vec![running("service:big", 0, 30), running("service:big", 0, 30)];
        scenario.running = found;
        assert_eq!(weights(&scenario), [(0, 2), (1, 1)], "50 and 25");
        scenario.running = more;
        assert_eq!(weights(&scenario), [(0, 6), (1, 1)], "more run than are desired");
    }

    #[test]
    fn a_deployment_of_another_shape_and_an_override_are_shapes_of_their_own() {
        let mut scenario = scenario(1, &[(0, 9, 9, None)], &[("old", 1, 1, 8), ("new", 1, 1, 0)]);
        let deployment = |at, definition| crate::model::Deployment { at, definition: DefinitionId(definition) };
        scenario.services[0].settings.deployments = vec![deployment(HOUR, 0), deployment(SimTime(2 * HOUR.0), 1)];
        scenario.services[0].settings.steps = vec![(SimTime(2 * HOUR.0 + 1), 4)];
        assert_eq!(weights(&scenario), [(0, 1), (1, 1)], "the same definition again is no other shape");
        scenario.horizon = Some(SimTime(2 * HOUR.0));
        assert_eq!(weights(&scenario), [(0, 1)]);

        let mut call = source(Some(8), Arrivals::AtOnce, &[(0, 1)]);
        call.details.demand = Some(crate::model::Demand::new(5, 7));
        scenario.sources = vec![call];
        let shapes = ReferenceMix::of(&scenario).shapes;
        let taken: Vec<_> = shapes.iter().map(|shape| (shape.demand.cpu.0, shape.weight)).collect();
        assert_eq!(taken, [(1, 1), (5, 1)]);
    }

    proptest::proptest! {
        /// A number, a step from 0, a flat curve and as many copies of a part of it are one load.
        #[test]
        fn how_a_count_is_written_changes_no_byte_of_the_mix(counts in proptest::collection::vec(1_u32..60, 1..5), split in 1_u32..4) {
            let services: Vec<_> = counts.iter().map(|&count| ("s", 1, 1, count * split)).collect();
            let plain = scenario(1, &[(0, 9, 9, None)], &services);
            let written = |change: &dyn Fn(&mut crate::model::Service)| {
                let mut scenario = plain.clone();
                scenario.services.iter_mut().for_each(change);
                format!("{:?}", ReferenceMix::of(&scenario))
            };
            let expected = written(&|_| ());
            let step = written(&|service| {
                service.settings.steps = vec![(SimTime(1), service.desired_count)];
                service.desired_count = 0;
            });
            let curve = written(&|service| {
                let counts = vec![service.desired_count; 24];
                service.settings.curve = Some(crate::model::DailyCurve { part: crate::model::SimSpan::HOUR, counts });
                service.desired_count = 0;
            });
            let mut copied = plain.clone();
            copied.services.iter_mut().for_each(|service| service.desired_count /= split);
            let one = copied.services.clone();
            copied.services = (0..split).flat_map(|copy| {
                one.iter().map(move |service| crate::model::Service { name: format!("{}-{copy}", service.name), ..service.clone() })
            }).collect();
            proptest::prop_assert_eq!(&expected, &step);
            proptest::prop_assert_eq!(&expected, &curve);
            proptest::prop_assert_eq!(&expected, &format!("{:?}", ReferenceMix::of(&copied)));
        }
    }
}
