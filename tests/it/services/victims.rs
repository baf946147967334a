//! Which task a service gives up, where its tasks differ in size.

use crate::services::diary;

/// Case 53: `a` has 300 of 1,000 left and a task of 100, `b` has 200 left and one of 500.
fn mixed(b_cpu: u32, more: &str) -> String {
    format!(
        "name = 'x'\nhorizon = '10m'\n[cluster]\nzones = ['z1']\n\
         [[cluster.instances]]\ncpu = 1000\nmemory = 4000\nidentities = [{{ name = 'a' }}]\n\
         [[cluster.instances]]\ncpu = {b_cpu}\nmemory = 4000\nidentities = [{{ name = 'b' }}]\n\
         [[task-definitions]]\nfamily = 'web'\ncpu = 100\nmemory = 100\n\
         [[task-definitions]]\nfamily = 'other'\ncpu = 100\nmemory = 100\n\
         [[running]]\ntask-definition = 'other'\ninstances = {{ a = 6, b = {} }}\n\
         [[running]]\ntask-definition = 'web'\ngroup = 'service:web'\ninstances = {{ a = 1 }}\n\
         [[running]]\ntask-definition = 'web'\ngroup = 'service:web'\ncpu = 500\ninstances = {{ b = 1 }}\n\
         [[services]]\nname = 'web'\ntask-definition = 'web'\ndesired-count = 2\n\
         desired = [{{ at = '5m', count = 1 }}]\nplacementStrategy = [{{ type = 'binpack', field = 'cpu' }}]\n{more}",
        (b_cpu - 700) / 100
    )
}

fn stopped(text: &str) -> Vec<String> {
    diary(text).lines.into_iter().filter(|line| line.contains(" - ")).collect()
}

#[test]
fn r7_20_binpack_stops_where_most_is_left_after_the_stop() {
    assert_eq!(stopped(&mixed(1_000, "")), ["300 - web on 1 scaled-in"], "700 left on `b`, 400 on `a`");
}

#[test]
fn r7_20_by_fraction_what_is_left_after_the_stop_is_a_part_of_what_is_registered() {
    // On `b` 700 of 4,000 are left after the stop, on `a` 400 of 1,000.
    let fraction = "[options]\nbinpack-measure = 'fraction'\n";
    assert_eq!(stopped(&mixed(4_000, "")), ["300 - web on 1 scaled-in"]);
    assert_eq!(stopped(&mixed(4_000, fraction)), ["300 - web on 0 scaled-in"]);
}
