//! Laws of arrivals, shapes, groups and lives, and windows of traces, that mean nothing.

use super::{check, with_file, with_task};

#[test]
fn arrivals_in_bursts_and_waves_need_sense() {
    check(&[
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'mmpp-2', rate-per-hour = 1, burst-share = 1, rate-ratio = 0.5, time-scale = '1s' }",
            &[
                "16:65 S007 `burst-share` = 1 is out of range | write a number from 0.001 to 0.999",
                "16:81 S007 `rate-ratio` = 0.5 is out of range | write a number from 1 to 1000000",
                "16:99 S020 `time-scale` is too short for bursts: it sees 2.8e-4 arrivals on average | write a longer `time-scale`, or use the model `poisson`",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'mmpp-2', rate-per-hour = 1 }",
            &[
                "16:12 S006 mmpp-2 arrivals has no `burst-share` | add `burst-share`",
                "16:12 S006 mmpp-2 arrivals has no `rate-ratio` | add `rate-ratio`",
                "16:12 S006 mmpp-2 arrivals has no `time-scale` | add `time-scale`",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'harmonics', rate-per-hour = 1, harmonics = [] }",
            &[
                "16:66 S020 `harmonics` has 0 waves with amplitudes of 0 in all | give 1 to 24 waves with amplitudes of at most 5 in all",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'harmonics', rate-per-hour = 1, harmonics = [{ amplitude = 3, peak = '1h' }, { amplitude = -3, peak = '1h', cycles = 0 }] }",
            &["16:139 S007 `cycles` = 0 is out of range | write a number from 1 to 24"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'harmonics', rate-per-hour = 1, harmonics = [{ amplitude = 3, peak = '1h' }, { amplitude = -3, peak = '1h' }] }",
            &[
                "16:66 S020 `harmonics` has 2 waves with amplitudes of 6 in all | give 1 to 24 waves with amplitudes of at most 5 in all",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'batch-poisson', batches-per-hour = 1, batch-sizes = { model = 'bounded-zeta', exponent = 0, maximum = 0 }, profile = [1], harmonics = [] }",
            &[
                "16:112 S007 `exponent` = 0 is out of range | write a number from 0.01 to 20",
                "16:125 S007 `maximum` = 0 is out of range | write a number from 1 to 1000000",
                "16:157 S012 arrivals have a `profile` and `harmonics` | leave one of the two out",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'batch-poisson', batches-per-hour = 1, batch-sizes = { model = 'zeta' } }",
            &["16:85 S009 `model` cannot be `zeta` | there is only `bounded-zeta`"],
        ),
    ]);
}

#[test]
fn lives_with_tails_and_classes_need_sense() {
    check(&[
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'weibull', scale = '2h', shape = 0, cap = '1h' }",
            &[
                "16:55 S007 `shape` = 0 is out of range | write a number from 0.05 to 100",
                "16:64 S020 `cap` must not be below `scale` | write a longer `cap` or a shorter `scale`",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'lognormal-pareto', median = '1m', p90 = '1h', tail-share = 0.01, alpha = 1, cap = '2h' }",
            &[
                "16:105 S020 `cap` is below the beginning of the tail, 101381s | write a longer `cap` or a larger `tail-share`",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'lognormal-pareto', median = '1h', p90 = '1m', tail-share = 0.5, alpha = 0, cap = '2h' }",
            &[
                "16:63 S020 `p90` must not be below `median` | write a longer `p90` or a shorter `median`",
                "16:82 S007 `tail-share` = 0.5 is out of range | write a number from 0.000001 to 0.1",
                "16:95 S007 `alpha` = 0 is out of range | write a number from 0.01 to 100",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'mixture', classes = [] }",
            &["16:43 S020 `classes` is empty | give at least one class"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'mixture', classes = [{ weight = 0, lifetime = { model = 'mixture', classes = [] } }, {}] }",
            &[
                "16:55 S007 `weight` = 0 is out of range | write a number from 1 to 1000000",
                "16:69 S020 a class of a mixture is a mixture | give each of its classes beside the others, with its share of the weight",
                "16:108 S006 classes has no `lifetime` | add `lifetime`",
            ],
        ),
    ]);
}

#[test]
fn groups_and_batches_need_each_other() {
    check(&[
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\ngroup = 'g'\ngroups = { model = 'bounded-zeta', prefix = '', count = 0, exponent = 1, maximum = 9 }",
            &[
                "16:9 S012 tasks have a `group` and `groups` | leave one of the two out",
                "17:45 S008 `prefix` is not of the right form: `` | write a name of 1 to 255 characters",
                "17:57 S007 `count` = 0 is out of range | write a number from 1 to 65536",
            ],
        ),
        with_task(
            "[[tasks]]\nshapes = [{ task-definition = 'f' }, { task-definition = 'f' }]\ncount = 1\ngroups = { model = 'empirical', prefix = 'g', count = 65536, sizes = [] }",
            &[
                "16:55 S020 65536 groups of 2 shapes are too many kinds of task | give at most 65536 groups times shapes",
                "16:70 S020 `sizes` is empty | give at least one size",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nbatch-shares = ['group', 'life-class', 'colour']",
            &[
                "16:16 S012 `batch-shares` speaks of batches, and tasks arrive singly | use the model `batch-poisson`, or leave it out",
                "16:17 S012 tasks without `groups` cannot share one by batch | add `groups`, or leave `group` out",
                "16:26 S012 lives without classes cannot share one by batch | use the model `mixture` for the `lifetime`, or leave `life-class` out",
                "16:40 S009 `batch-shares` cannot be `colour` | there are `shape`, `group`, `life-class`, `life`",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nload-factor = 0\nbatch-shares = 'shape'",
            &[
                "16:15 S007 `load-factor` = 0 is out of range | write a number from 0.001 to 100",
                "17:16 S005 `batch-shares` must be a list, not a string | write a list",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nload-factor = 100.5",
            &["16:15 S007 `load-factor` = 100.5 is out of range | write a number from 0.001 to 100"],
        ),
    ]);
}

const DRAWN: &str = "[[tasks]]\ncount = 1\nshapes = ";

fn with_shapes(law: &str, expected: &'static [&'static str]) -> super::Case {
    with_task(&format!("{DRAWN}{law}"), expected)
}

fn with_shape_file(law: &str, bytes: &'static [u8], expected: &'static [&'static str]) -> super::Case {
    let text = format!("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n{DRAWN}{law}");
    with_file(&text, "shapes.csv", bytes, expected)
}

#[test]
fn drawn_shapes_need_sense() {
    check(&[
        with_shapes(
            "{ model = 'lognormal', cpu-median = 512, cpu-p90 = 256, memory-per-vcpu-median = 0, memory-per-vcpu-p90 = 1, correlation = 1, cpu-steps = [], memory-steps = [2, 2] }",
            &[
                "15:61 S020 `cpu-p90` must be above `cpu-median` | write a larger `cpu-p90`, or draw from a list of shapes",
                "15:91 S007 `memory-per-vcpu-median` = 0 is out of range | write a number from 0.001 to 134217728",
                "15:133 S007 `correlation` = 1 is out of range | write a number from -0.99 to 0.99",
                "15:148 S020 `cpu-steps` must rise from step to step | give the sizes that occur, the smallest first, each once",
                "15:167 S020 `memory-steps` must rise from step to step | give the sizes that occur, the smallest first, each once",
            ],
        ),
        with_shapes(
            "{ model = 'lognormal', cpu-median = 512, cpu-p90 = 1024, memory-per-vcpu-median = 1024, memory-per-vcpu-p90 = 4096, cpu-steps = [512, 1048576], memory-steps = [1024, 2048] }",
            &[
                "15:10 S024 50 % of drawn tasks fit on no instance; for `shape-1048576-1024`, the closest, `m5.large`, has 2048 of the 1048576 CPU units it needs, short by 1046528 | such tasks are never placed; give the cluster larger instances, or the tasks less",
            ],
        ),
        with_shapes(
            "{ model = 'empirical', file = 'absent.csv' }",
            &[
                "15:40 S001 cannot read `absent.csv`: No such file or directory (os error 2) | names are relative to the scenario's folder",
            ],
        ),
        with_shape_file(
            "{ model = 'empirical', file = 'shapes.csv' }",
            b"trace,cpu_units,memory_mib,share\na,1,0,0.5\na,x,1,0.5\nb,1,1,2\nb,1,1,0\n",
            &[
                "shapes.csv:2:5 S021 `0` is not a number that can be used here | write a whole number from 1 to 134217728",
                "shapes.csv:3:3 S021 `x` is not a number that can be used here | write a whole number from 0 to 16777216",
                "shapes.csv:4:7 S021 `2` is not a number that can be used here | write a share above 0 and up to 1, with at most 9 decimals",
                "shapes.csv:5:7 S021 `0` is not a number that can be used here | write a share above 0 and up to 1, with at most 9 decimals",
            ],
        ),
        with_shape_file(
            "{ model = 'empirical', file = 'shapes.csv' }",
            b"trace,cpu_units,memory_mib,share\na,1,1,0.5\nb,1,1,0.5\n",
            &["8:40 S006 `shapes.csv` holds the shapes of 2 traces | choose one with `trace`, such as `a`"],
        ),
        with_shape_file(
            "{ model = 'empirical', file = 'shapes.csv', trace = 'azur' }",
            b"trace,cpu_units,memory_mib,share\nazure,1,1,0.5\nb,1,1,0.5\n",
            &["8:62 S020 `shapes.csv` has no shape to draw | did you mean `azure`?"],
        ),
        with_shape_file(
            "{ model = 'empirical', file = 'shapes.csv' }",
            b"cpu_units,memory_mib\n1,1\n",
            &["shapes.csv:1:1 S021 column `share` is missing | add the column, or name it in the header"],
        ),
        with_shape_file(
            "{ model = 'empirical', file = 'shapes.csv' }\n[[task-definitions]]\nfamily = 'shape-7-9'\ncpu = 1\nmemory = 1",
            b"cpu_units,memory_mib,share\n7,9,1\n",
            &[
                "9:1 S010 drawn shapes need the family `shape-7-9`, which the scenario defines | give the task definition another family",
            ],
        ),
    ]);
}

fn with_trace(keys: &str, bytes: &'static [u8], expected: &'static [&'static str]) -> super::Case {
    let text =
        "name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 't.csv'\n";
    with_file(&format!("{text}{keys}"), "t.csv", bytes, expected)
}

#[test]
fn traces_have_stops_after_starts_and_windows_with_tasks() {
    check(&[
        with_trace(
            "",
            b"arrival_s,stop_s,cpu_units,memory_mib\n5,4.9,1,1\n5,5,1,1\n-5,-6,1,1\n-5,x,1,1\n",
            &[
                "t.csv:2:3 S021 a task stops before it starts | write a stop at or after the arrival of the row",
                "t.csv:4:4 S021 a task stops before it starts | write a stop at or after the arrival of the row",
                "t.csv:5:4 S021 `x` is not a number that can be used here | write seconds such as `12` or `12.5`, at most 100 years",
            ],
        ),
        with_trace(
            "",
            b"arrival_s,stop_s,duration_s,cpu_units,memory_mib\n5,6,1,1,1\n",
            &[
                "t.csv:1:11 S021 columns `duration_s` and `stop_s` both say when tasks end | leave one of the two out, or name the right one in `columns`",
            ],
        ),
        with_trace(
            "",
            b"arrival_s,duration_s,duration_censored,cpu_units,memory_mib\n5,6,1,1,1\n5,6,0,1,1\n5,6,yes,1,1\n",
            &[
                "t.csv:4:5 S021 `yes` is not a number that can be used here | write 1 if the life was not seen to end, else 0",
            ],
        ),
        with_trace(
            "",
            b"arrival_s,duration_s,duration_censored,cpu_units,memory_mib\n5,6,1,1,1\n5,6,0,1,1\n",
            &[
                "7:8 S029 1 of 2 tasks of the trace not seen to end; they run to the end of the run | write `censored = \"run-on\"` if so it should be, or `\"stop-at-age\"`",
            ],
        ),
        with_trace(
            "",
            b"arrival_s,duration_s,cpu_units,memory_mib\n-9,6,1,1\n-9,10,1,1\n",
            &[
                "7:8 S025 1 row stops before the run begins and does not come | leave them out, or set `origin = \"first-arrival\"`",
            ],
        ),
        with_trace(
            "from = '2h'\nto = '2h'",
            b"arrival_s,cpu_units,memory_mib\n0,1,1\n",
            &["9:6 S020 `to` must be above `from` | write an earlier `from` or a later `to`"],
        ),
        with_trace(
            "from = '2h'\nto = '3h'\nrunning-at-start = 'drop'",
            b"arrival_s,cpu_units,memory_mib\n0,1,1\n",
            &[
                "6:1 S020 the trace has no task between `from` and `to` | look where its times are; this is from 2h to 3h",
            ],
        ),
        with_trace(
            "censored = 'drop'\nload-factor = -1\nrunning-at-start = true",
            b"arrival_s,cpu_units,memory_mib\n0,1,1\n",
            &[
                "8:12 S009 `censored` cannot be `drop` | there are `run-on`, `stop-at-age`",
                "9:15 S007 `load-factor` = -1 is not a number for this key | write digits with at most 6 decimals and no sign or exponent",
                "10:20 S005 `running-at-start` must be a string, not a truth value | write `\"true\"`",
            ],
        ),
    ]);
}
