//! Worked examples of every figure of GPUs, by hand: two instances with four GPUs and one without.
//!
//! `whole` takes two GPUs, `part` half of one, `thin` one GPU and all the cpu of an instance. One `whole` lies on the first
//! instance from the start, a `part` beside it in the second hour.

use super::ReferenceMix;
use super::fixtures::{check, ratio};
use super::record::{Figure, FrontierRow, RunRecord};
use super::test_support::{Fixture, scenario};
use crate::model::{GpuDemand, Scenario};

const HOUR_MS: u64 = 3_600_000;

fn cluster() -> Scenario {
    let instances = [(0, 8, 8, Some(80)), (0, 8, 8, Some(80)), (0, 8, 8, Some(20))];
    let mut scenario = scenario(1, &instances, &[("whole", 2, 1, 1), ("part", 1, 1, 2), ("thin", 8, 1, 1)]);
    scenario.fleet.classes[0].gpus = 4;
    for (definition, gpus) in [GpuDemand::Whole(2), GpuDemand::Share(500), GpuDemand::Whole(1)].into_iter().enumerate()
    {
        scenario.definitions[definition].demand.gpus = gpus;
    }
    scenario
}

/// Two hours, and a look at the end; the mix is one shape, or all.
fn run(shape: Option<usize>) -> RunRecord {
    let mut fixture = Fixture::new(cluster());
    let is_kept = |definition: usize| shape.is_none_or(|shape| shape == definition);
    let shapes = fixture.mix.shapes.iter().filter(|entry| is_kept(entry.definition.index())).cloned().collect();
    fixture.mix = ReferenceMix { shapes };
    let mut stage = fixture.stage();
    for task in [0, 1] {
        stage.place(task, 0);
        stage.advance(HOUR_MS);
    }
    stage.look();
    stage.finish()
}

#[test]
fn m1_and_m3_reservation() {
    // 2 GPUs for an hour and 2.5 for another, of 8.
    let record = run(None);
    check(&record, &[("gpu_reservation_time_mean", ratio(45, 160)), ("gpu_reservation_snapshot", ratio(25, 80))]);
    let shown: Vec<Figure> = record.samples.iter().map(|sample| sample.gpu_reservation).collect();
    assert_eq!((shown[0], shown.last()), (ratio(2, 8), Some(&ratio(25, 80))));
}

#[test]
fn m4_packing_takes_the_binding_resource() {
    let columns = [
        ("cpu_packing_time_mean", ratio(2 + 3, 16)),
        ("memory_packing_time_mean", ratio(1 + 2, 16)),
        ("gpu_packing_time_mean", ratio(45, 80)),
        ("packing_time_mean", ratio(45, 80)),
    ];
    check(&run(None), &columns);
}

#[test]
fn m10_fluid_stranding() {
    // A mean shape of 8 cpu, 1 MiB and 1 GPU: 5/8 of it on the first, 1 on the second, 0 on the third. 5.5 are free.
    let columns = [("gpu_fluid_stranded_devices", ratio(31, 8)), ("gpu_fluid_stranded_share", ratio(31, 64))];
    check(&run(Some(2)), &columns);
    let none = [("gpu_fluid_stranded_devices", ratio(0, 1)), ("gpu_fluid_stranded_share", ratio(0, 1))];
    check(&run(Some(0)), &none);
}

#[test]
fn m12_inflation() {
    // Two more `whole` fit on the second; 1 + 0.5 are left on the first.
    let columns = [("gpu_inflation_stranded_devices", ratio(3, 2)), ("gpu_inflation_stranded_share", ratio(3, 16))];
    check(&run(Some(0)), &columns);
}

#[test]
fn m13_holes_and_m14_largest_placeable() {
    let record = run(None);
    let room = |shape: usize| {
        let row = &record.shapes[shape];
        (row.holes, row.holes_pooled, row.holes_by_cpu_and_memory, row.largest_placeable)
    };
    let count = Figure::Count;
    // `whole`: none where one device is idle, two on the second.
    assert_eq!(room(0), (count(2), count(2), count(2), Figure::ratio(2, 1)));
    // `part`: 2 + 1 on the first, 8 on the second; one device holds a share of twice that size.
    assert_eq!(room(1), (count(11), count(11), count(11), Figure::ratio(2, 1)));
    // `thin`: no cpu for it on the first, none of the third's GPUs.
    assert_eq!((room(2).0, room(2).3), (count(1), Figure::ratio(1, 1)));
    assert_eq!(record.frontier, [FrontierRow { cpu: 8, memory_mib: 8, gpu: ratio(4, 1) }]);
}

#[test]
fn m15_external_fragmentation_and_m16_imbalance() {
    let columns = [
        ("gpu_external_fragmentation", ratio(15, 55)),
        // 3/8 of cpu, 2/8 of memory and 5/8 of the GPUs are reserved on the first.
        ("imbalance_mean", ratio(1, 8)),
        ("gpu_imbalance_mean", ratio(3, 8)),
    ];
    check(&run(None), &columns);
}

#[test]
fn bounds_know_gpus_and_m24_their_price() {
    let count = Figure::Count;
    let columns = [
        ("instances_bound_l1_peak", count(1)),
        ("instances_bound_l1_time_mean", ratio(45, 80)),
        ("instances_bound_gpus_peak", count(1)),
        ("instances_bound_sets_peak", count(1)),
        ("instances_optimum_peak", count(1)),
        // $1.80 an hour for two hours; the one in use alone.
        ("price_usd_per_gpu_hour", ratio(360, 450)),
        ("price_usd_per_gpu_hour_in_use", ratio(160, 450)),
        // 2.5 GPUs need an instance that has some; 2.25 of 4 as parts of one.
        ("price_bound_usd_per_hour_peak", ratio(80, 100)),
        ("price_bound_usd_per_hour_time_mean", ratio(45, 100)),
    ];
    check(&run(None), &columns);
}

#[test]
fn l1_by_gpus_is_printed_where_it_is_higher() {
    // Three `whole`, six GPUs, two instances; by cpu and memory one would do.
    let fixture = Fixture::new(cluster());
    let mut stage = fixture.stage();
    [(0, 0), (0, 0), (0, 1)].into_iter().for_each(|(task, instance)| stage.place(task, instance));
    stage.advance(HOUR_MS);
    let record = stage.finish();
    let count = Figure::Count;
    let columns = [
        ("instances_bound_l1_peak", count(2)),
        ("instances_bound_l2_peak", count(1)),
        ("instances_bound_best_peak", count(2)),
        ("instances_optimum_peak", count(2)),
        ("instances_optimum_by_cpu_and_memory_peak", count(1)),
    ];
    check(&record, &columns);
    assert_eq!(super::bounds::name::of_run(&record), Some("L1"));
}
