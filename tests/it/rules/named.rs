//! Every rule of `docs/rules.md`, and the golden cases of placement, with the tests that show it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Rule or golden case, and the names of its tests.
const TESTS: &[(&str, &[&str])] = &[
    ("R-1.1", &["r1_1_checks_and_constraints_come_before_strategies"]),
    ("R-1.2", &["r1_2_only_eligible_instances_take_tasks", "tasks_of_a_provider_stay_on_its_instances"]),
    ("R-1.3", &["r1_3_a_strategy_never_refuses_a_task"]),
    ("R-1.4", &["g3_a_tie_between_zones_goes_to_binpack_over_all_of_them", "explanations_agree_with_decisions"]),
    ("R-1.5", &["r1_5_a_zone_whose_instances_are_full_counts_on_and_is_passed_over"]),
    ("R-1.6", &["r1_6_spread_counts_tasks_of_the_group_and_no_others"]),
    ("R-1.7", &["g29_old_tasks_count_so_that_a_deployment_leaves_a_service_lopsided"]),
    ("R-1.8", &["r1_8_tasks_on_draining_instances_count_only_where_asked"]),
    ("R-1.9", &["r1_9_ties_end_as_the_option_says"]),
    ("R-1.10", &["r1_10_tasks_of_a_call_see_the_earlier_ones_and_partial_success_is_normal"]),
    (
        "R-1.11",
        &[
            "r1_11_constraints_hold_all_together",
            "r1_11_calls_beyond_the_limits_are_refused_with_their_member",
            "r_1_11_strategies_and_constraints_are_few",
        ],
    ),
    // Placement is serial and atomic, and looks at reservations alone: the laws of whole runs.
    ("R-1.12", &["p1_to_p8_hold_under_random_programs_and_both_engines_agree"]),
    ("R-1.13", &["p1_to_p8_hold_under_random_programs_and_both_engines_agree"]),
    ("R-2.1", &["g22_binpack_on_cpu_fills_one_after_another"]),
    ("R-2.2", &["r2_2_remaining_before_and_after_order_candidates_alike"]),
    ("R-2.3", &["r2_3_binpack_compares_amounts_unless_told_to_compare_fractions"]),
    ("R-2.4", &["r2_4_a_second_binpack_rule_breaks_ties_of_the_first"]),
    ("R-2.5", &["r2_5_tasks_without_cpu_make_binpack_by_cpu_blind"]),
    ("R-2.6", &["r2_6_binpack_never_moves_a_task"]),
    ("R-2.7", &["g21_binpack_fills_the_least_remaining_and_gives_up_the_most"]),
    ("R-3.1", &["g20_instances_alone_come_out_even", "g34_instances_without_the_attribute_are_a_bucket"]),
    ("R-3.2", &["g19_zones_win_over_instances", "g23_zones_then_binpack_is_best_effort_and_scales_in_the_same_way"]),
    ("R-3.3", &["g19_zones_win_over_instances", "g20_instances_alone_come_out_even"]),
    ("R-3.4", &["r3_4_an_attribute_without_a_value_is_a_bucket_beside_the_absent_one"]),
    ("R-3.5", &["g33_protection_keeps_every_instance_that_has_a_task_after_a_peak"]),
    ("R-4.1", &["g24_distinct_instance_places_one_each"]),
    ("R-4.2", &["r4_2_distinct_instances_reach_across_calls_and_not_across_groups"]),
    ("R-4.3", &["g27_a_task_told_to_stop_does_not_block"]),
    ("R-4.4", &["g30_distinct_instances_that_are_all_taken_block_a_deployment"]),
    ("R-4.5", &["r4_5_tasks_that_were_started_without_the_constraint_occupy_their_instance"]),
    ("R-4.6", &["r4_6_and_r4_7_constraints_are_refused_in_the_words_of_ecs"]),
    (
        "R-4.7",
        &[
            "r4_6_and_r4_7_constraints_are_refused_in_the_words_of_ecs",
            "a_pasted_run_task_keeps_count_group_label_overrides_strategy_and_constraints",
        ],
    ),
    ("R-4.8", &["r4_8_affinity_to_a_group_cannot_start_the_group"]),
    ("R-4.9", &["r4_9_constraints_are_asked_at_placement_and_evict_nobody"]),
    ("R-5.1", &["g7_two_vcpus_are_2048_units"]),
    ("R-5.2", &["r5_2_and_r5_3_cpu_is_the_tasks_or_the_sum_of_its_containers"]),
    ("R-5.3", &["r5_2_and_r5_3_cpu_is_the_tasks_or_the_sum_of_its_containers"]),
    (
        "R-5.4",
        &[
            "r_5_4_and_r_5_7_sizes_are_digits_or_have_a_unit",
            "section_5_sizes_of_task_definitions",
            "r5_4_windows_containers_have_no_size_but_their_own",
        ],
    ),
    (
        "R-5.5",
        &["g11_the_soft_limit_is_what_is_subtracted", "r5_5_and_r5_7_the_soft_limit_counts_unless_the_task_has_memory"],
    ),
    ("R-5.6", &["section_5_sizes_of_task_definitions"]),
    (
        "R-5.7",
        &[
            "r_5_4_and_r_5_7_sizes_are_digits_or_have_a_unit",
            "r5_5_and_r5_7_the_soft_limit_counts_unless_the_task_has_memory",
        ],
    ),
    (
        "R-5.8",
        &[
            "r5_8_overrides_of_task_and_containers_take_part",
            "r5_8_overrides_take_part_in_the_demand",
            "r_5_8_overrides_are_short_and_have_sizes",
        ],
    ),
    ("R-5.9", &["r5_9_r5_10_and_r5_14_ports_are_taken_by_network_mode"]),
    (
        "R-5.10",
        &[
            "r5_9_r5_10_and_r5_14_ports_are_taken_by_network_mode",
            "r5_12_the_ports_of_agent_and_ssh_are_taken_before_any_task",
        ],
    ),
    ("R-5.11", &["g6_a_static_port_is_used_once_an_instance"]),
    ("R-5.12", &["r5_12_the_ports_of_agent_and_ssh_are_taken_before_any_task"]),
    ("R-5.13", &["g8_four_hundred_ports_fit_nowhere", "r5_13_a_hundred_ports_of_both_protocols_are_the_most"]),
    ("R-5.14", &["r5_9_r5_10_and_r5_14_ports_are_taken_by_network_mode"]),
    ("R-5.15", &["r5_15_forms_of_gpu_requirements", "r5_15_whole_gpus_are_counted_on_both_engines"]),
    ("R-5.16", &["r5_16_and_r5_21_gpu_lists_what_is_free_and_ports_what_is_taken"]),
    ("R-5.17", &["g12_a_c5_large_holds_two_awsvpc_tasks_and_ten_with_trunking"]),
    ("R-5.18", &["r5_18_r5_19_and_r5_20_interfaces_come_from_the_type_and_its_trunk"]),
    ("R-5.19", &["r5_18_r5_19_and_r5_20_interfaces_come_from_the_type_and_its_trunk"]),
    ("R-5.20", &["r5_18_r5_19_and_r5_20_interfaces_come_from_the_type_and_its_trunk"]),
    ("R-5.21", &["r5_16_and_r5_21_gpu_lists_what_is_free_and_ports_what_is_taken"]),
    ("R-5.22", &["g10_reserved_memory_lowers_what_is_registered"]),
    ("R-5.23", &["g9_an_m4_large_holds_7985_mib_and_not_8192"]),
    ("R-5.24", &["r5_24_and_r5_25_capacity_is_taken_at_placement_and_free_when_a_task_is_told_to_stop"]),
    ("R-5.25", &["r5_24_and_r5_25_capacity_is_taken_at_placement_and_free_when_a_task_is_told_to_stop"]),
    ("R-5.26", &["a_stop_delay_holds_a_task_until_its_instance_has_the_room"]),
    (
        "R-6.1",
        &[
            "r_6_1_calls_start_at_most_ten_tasks",
            "r6_1_start_task_puts_one_task_on_each_named_instance_and_asks_no_strategy",
        ],
    ),
    ("R-6.2", &["r_6_2_a_call_has_a_launch_type_or_capacity_providers"]),
    (
        "R-6.3",
        &[
            "r6_3_the_reason_is_the_first_failing_check_of_table_6_1",
            "r6_3_start_task_is_refused_with_the_first_failing_check_of_its_instance",
            "programs_get_every_figure",
        ],
    ),
    ("R-6.4", &["r6_4_an_empty_cluster_has_no_container_instances"]),
    ("R-6.5", &["from_zero_a_provider_launches_two_instances_and_waits_until_they_are_warm"]),
    ("R-6.6", &["r_6_6_tasks_count_in_every_state_until_they_are_told_to_stop"]),
    ("G-4", &["g4_memory_of_1024_holds_one_task_of_1000"]),
    ("G-5", &["g5_cpu_of_1024_holds_one_task_of_1000"]),
    ("G-6", &["g6_a_static_port_is_used_once_an_instance"]),
    ("G-7", &["g7_two_vcpus_are_2048_units"]),
    ("G-8", &["g8_four_hundred_ports_fit_nowhere"]),
    ("G-9", &["g9_an_m4_large_holds_7985_mib_and_not_8192"]),
    ("G-10", &["g10_reserved_memory_lowers_what_is_registered"]),
    ("G-11", &["g11_the_soft_limit_is_what_is_subtracted"]),
    ("G-12", &["g12_a_c5_large_holds_two_awsvpc_tasks_and_ten_with_trunking"]),
    ("G-24", &["g24_distinct_instance_places_one_each"]),
    ("G-27", &["g27_a_task_told_to_stop_does_not_block"]),
    ("G-30", &["g30_distinct_instances_that_are_all_taken_block_a_deployment"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all functions of the sources and tests that are marked as tests.
fn tests_below(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let after_marks = text.split("#[test]").skip(1);
            names.extend(after_marks.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next().map(str::to_owned)));
        }
    }
}

#[test]
fn every_named_test_is_there_and_every_rule_stands_once() {
    let mut names = BTreeSet::new();
    tests_below(&root().join("src"), &mut names);
    tests_below(&root().join("tests"), &mut names);
    let mut seen = BTreeMap::new();
    for (rule, tests) in TESTS {
        assert!(seen.insert(*rule, ()).is_none(), "{rule} stands twice");
        assert!(!tests.is_empty(), "{rule} has no test");
        for test in *tests {
            assert!(names.contains(*test), "{rule}: there is no test `{test}`");
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that looks at nothing says so")]
fn every_rule_of_the_specification_is_in_the_table() {
    let path = root().join("../shared/spec/ecs-placement.md");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return;
    };
    let known: BTreeSet<&str> = TESTS.iter().map(|(rule, _)| *rule).collect();
    let mut rules = BTreeSet::new();
    for section in 1..=6 {
        let start = format!("R-{section}.");
        for (position, _) in text.match_indices(&start) {
            let number: String = text[position + start.len()..].chars().take_while(char::is_ascii_digit).collect();
            if !number.is_empty() {
                rules.insert(format!("{start}{number}"));
            }
        }
    }
    let missing: Vec<&String> = rules.iter().filter(|rule| !known.contains(rule.as_str())).collect();
    assert!(rules.len() > 60 && missing.is_empty(), "without a test: {missing:?}");
    let invented = known.iter().filter(|rule| rule.starts_with("R-") && !rules.contains(**rule));
    assert_eq!(invented.collect::<Vec<_>>(), Vec::<&&str>::new());
}
