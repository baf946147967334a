//! The reference mix that fragmentation is measured against, by the name that figures know it by.
//!
//! It is worked out in [`crate::model`], where strategies that know the load can see it too.

pub use crate::model::{MixShape, ReferenceMix};

#[cfg(test)]
mod tests {
    use super::super::test_support::scenario;
    use super::ReferenceMix;
    use crate::model::{
        Arrivals, BatchShares, CallDetails, CountLaw, DefinitionId, GroupId, Lifetime, LoadFactor, ProviderStrategy,
        RateCurve, SimTime, TaskSource, TraceTask, WeightedShape,
    };

    const HOUR: SimTime = SimTime(3_600_000);

    fn source(count: Option<u64>, arrivals: Arrivals, shapes: &[(u32, u32)]) -> TaskSource {
        let shape = |&(definition, weight): &(u32, u32)| WeightedShape { definition: DefinitionId(definition), weight };
        TaskSource {
            shapes: shapes.iter().map(shape).collect(),
            count,
            group: None,
            start: HOUR,
            arrivals,
            lifetime: Lifetime::Forever,
            groups: None,
            batch_shares: BatchShares::default(),
            load_factor: LoadFactor::ONE,
            providers: ProviderStrategy::default(),
            strategy: None,
            constraints: Vec::new(),
            details: CallDetails::default(),
        }
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
}
