//! References, alternatives, placement, laws, warnings, and files beside the scenario.

use super::{case, check, more, with_file, with_task};
use crate::scenario::tests::MINIMAL;

#[test]
fn names_refer_to_something() {
    check(&[
        with_task(
            "[[services]]\nname = 's'\ntask-definition = 'g'\ndesired-count = 1",
            &["15:19 S011 unknown task definition `g` | there is only `f`"],
        ),
        more(
            "[[services]]\nname = 's'\ntask-definition = 'api'\ndesired-count = 1",
            &["11:19 S011 unknown task definition `api` | add `[[task-definitions]]` with this `family`"],
        ),
        more(
            "[[happenings]]\nat = '1s'\nzone-lost = 'c'\n[[happenings]]\nat = '1s'\ninstance-drained = 'i-00000001'",
            &[
                "11:13 S011 unknown zone `c` | there are `a`, `b`",
                "14:20 S011 unknown instance `i-00000001` | did you mean `i-00000000`?",
            ],
        ),
        more("zones = ['us-east-1a']", &["9:10 S011 unknown zone `us-east-1a` | there are `a`, `b`"]),
        more(
            "[expected]\nchecks = [{ policy = 'ecs-defualt', metric = 'task_placed', equals = 1 }]",
            &[
                "10:22 S011 unknown policy `ecs-defualt` | did you mean `ecs-default`?",
                "10:46 S011 unknown metric `task_placed` | did you mean `tasks_placed`?",
            ],
        ),
        more(
            "[comparison]\nprimary = 'task_placed'\nbaseline = 'random'\nsmallest-effect = -1",
            &[
                "10:11 S011 unknown metric `task_placed` | did you mean `tasks_placed`?",
                "11:12 S011 unknown policy `random` | there is only `ecs-default`",
                "12:19 S007 `smallest-effect` = -1 is out of range | write a number from 0 to 1000000000000000000",
            ],
        ),
    ]);
}

#[test]
fn alternatives_exclude_each_other() {
    check(&[
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ncount = 3",
            &[
                "4:1 S012 instances need a `type`, or `cpu` and `memory` | add a `type` such as `\"m5.large\"`, or `cpu` and `memory`",
            ],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ncpu = 1024",
            &[
                "4:1 S012 instances need a `type`, or `cpu` and `memory` | add a `type` such as `\"m5.large\"`, or `cpu` and `memory`",
            ],
        ),
        more("architecture = 'arm64'", &["9:16 S012 `m5.large` has the architecture x86_64 | leave it out"]),
        with_task(
            "[[tasks]]\ncount = 1\n[[tasks]]\ncount = 1\ntask-definition = 'f'\nshapes = []",
            &[
                "13:1 S012 tasks have neither a `task-definition` nor `shapes` | add `task-definition`",
                "18:10 S012 tasks have a `task-definition` and `shapes` | leave one of the two out",
            ],
        ),
        more(
            "[[happenings]]\nat = '1s'\n[[happenings]]\nat = '1s'\nzone-lost = 'a'\nzone-returned = 'a'",
            &[
                "9:1 S012 a happening needs one of `zone-lost`, `zone-returned`, `instance-drained`, `instance-activated`, `instance-lost`, `instance-returned`, `agent-disconnected`, `agent-connected`, `zone-disconnected`, `zone-connected`, `instances-registered`, `patch-wave`, `spot-interruption` | add one",
                "14:17 S012 a happening has `zone-lost` and `zone-returned` | leave one of the two out",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\ntemplate = 'binpack'\nplacementStrategy = []",
            &[
                "12:21 S012 a policy has a `template` and a `placementStrategy` | write `template = \"custom\"`, or leave one out",
            ],
        ),
        with_task(
            "network-mode = 'none'\nports = [80]",
            &["14:9 S012 a task without a network has `ports` | leave `ports` out, or choose another `network-mode`"],
        ),
        more(
            "[expected]\nchecks = [{ policy = 'ecs-default', metric = 'tasks_placed' }]",
            &["10:11 S012 a check needs one of `equals`, `at-least`, `at-most`, `absent` | add one"],
        ),
    ]);
}

#[test]
fn instance_types_are_those_of_the_catalogue() {
    check(&[
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.lagre'\ncount = 3",
            &["5:8 S013 unknown instance type `m5.lagre` | did you mean `m5.large`?"],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'mainframe'",
            &["5:8 S013 unknown instance type `mainframe` | give `cpu` and `memory` instead of `type`"],
        ),
    ]);
}

#[test]
fn a_cluster_has_zones_and_instances() {
    check(&[
        case(
            "name = 'x'\n[cluster]\n",
            &[
                "2:1 S022 the cluster has no instances | add `[[cluster.instances]]` with `type` and `count`, or `nodes = \"nodes.csv\"`",
            ],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = []\n[[cluster.instances]]\ntype = 'm5.large'\nzones = []",
            &[
                "3:9 S022 the cluster has no zones | name at least one zone",
                "6:9 S022 the instances have no zones | leave it out for all zones",
            ],
        ),
        case(
            "name = 'x'\n[cluster]\n[[cluster.instances]]\ntype = 'm5.large'",
            &["2:1 S006 [cluster] has no `zones` | write for example `zones = [\"us-east-1a\", \"us-east-1b\"]`"],
        ),
    ]);
}

#[test]
fn constraints_can_hold_somewhere_and_tasks_do_not_wait_for_themselves() {
    check(&[
        with_task(
            "placementConstraints = [{ type = 'memberOf', expression = 'attribute:ecs.cpu-architecture == ARM64' }]",
            &[
                "13:60 S030 `attribute:ecs.cpu-architecture == ARM64` holds on no instance | such tasks are never placed; change the expression, or give such instances to the cluster",
            ],
        ),
        with_task(
            "[[services]]\nname = 'web'\ntask-definition = 'f'\ndesired-count = 1\nplacementConstraints = [{ type = 'memberOf', expression = 'task:group == service:web' }]",
            &[
                "17:24 S031 service `web` can never start: `task:group == service:web` asks for a task that is there before it | start the first task without the constraint; to keep tasks apart write `not (task:group == service:web)`, or use `distinctInstance`",
            ],
        ),
    ]);
}

#[test]
fn strategies_are_those_of_ecs() {
    check(&[
        more(
            "[[policies]]\nname = 'p'\nbaseline = 'first-fitt'",
            &["11:12 S009 `baseline` cannot be `first-fitt` | did you mean `first-fit`?"],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'random' }, { type = 'random' }, { type = 'random' }, { type = 'random' }, { type = 'random' }, { type = 'random' }]",
            &[
                "11:43 S025 a rule after `random` has no effect | leave it out, or put `random` last",
                "11:127 S014 a strategy of 6 rules | Amazon ECS takes at most 5 rules",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'binpack', field = 'gpu' }, { type = 'spread' }, { type = 'binpack' }]",
            &[
                "11:50 S016 `binpack` has no field `gpu` | the field is `cpu` or `memory`",
                "11:59 S016 `spread` has no `field` | the field is `instanceId`, or `attribute:` and a name such as `attribute:ecs.availability-zone`",
                "11:80 S016 `binpack` has no `field` | the field is `cpu` or `memory`",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'spread', field = 'ecs.availability-zone' }, { type = 'spread', field = 'attribute:' }]",
            &[
                "11:49 S016 `spread` has no field `ecs.availability-zone` | did you mean `attribute:ecs.availability-zone`?",
                "11:103 S016 `attribute:` names no attribute | write 1 to 128 letters, digits and - _ . / \\ after `attribute:`",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'Spread', field = 'instanceId' }]",
            &["11:31 S009 `type` cannot be `Spread` | did you mean `spread`?"],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'spread', field = 'attribute:ecs.instance-type =~ t2.*' }]",
            &[
                "11:49 S016 `attribute:ecs.instance-type =~ t2.*` names no attribute | write 1 to 128 letters, digits and - _ . / \\ after `attribute:`",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = '''[{\"type\": \"spread\"'''",
            &[
                "11:21 S008 `placementStrategy` is no JSON: EOF while parsing an object at line 1 column 18 | write a TOML list, or a text that holds a JSON list",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = '[{\"type\": \"binpack\", \"feild\": \"cpu\"}]'",
            &[
                "11:21 S004 unknown key `feild` in placementStrategy | did you mean `field`?",
                "11:21 S016 `binpack` has no `field` | the field is `cpu` or `memory`",
            ],
        ),
    ]);
}

#[test]
fn constraints_are_those_of_ecs() {
    check(&[
        more(
            "[[policies]]\nname = 'p'\nplacementConstraints = [{ type = 'memberOf' }, { type = 'distinctInstance', expression = 'runningTasksCount == 1' }]",
            &[
                "11:25 S016 `memberOf` has no `expression` | write for example `expression = \"attribute:ecs.instance-type =~ m5.*\"`",
                "11:90 S016 `distinctInstance` takes no `expression` | leave it out, or write `type = \"memberOf\"`",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementConstraints = [{ type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }, { type = 'distinctInstance' }]",
            &["11:335 S015 11 placement constraints | Amazon ECS takes at most 10; join expressions by `and`"],
        ),
        with_task(
            "placementConstraints = [{ type = 'distinctInstance' }]",
            &[
                "13:24 S016 `distinctInstance` is not allowed in a task definition | give it to the service, the tasks or a policy",
            ],
        ),
    ]);
}

#[test]
fn a_wrong_expression_is_placed_to_the_character() {
    check(&[
        more(
            "[[policies]]\nname = 'p'\nplacementConstraints = [{ type = 'memberOf', expression = 'attribute:ecs.instance-type =~ t2.* and agentConected == true' }]",
            &["11:100 S017 wrong expression: `agentConected` is not a subject | did you mean `agentConnected`?"],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementConstraints = [{ type = \"memberOf\", expression = \"attribute:ecs.os-type == \\\"linux\\\" and and\" }]",
            &[
                "11:99 S017 wrong expression: a predicate is missing before `and` | a predicate is a subject, an operator and a value, such as `runningTasksCount == 0`",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementConstraints = [{ type = 'memberOf', expression = '''\nattribute:ecs.os-type ==\n''' }]",
            &[
                "13:1 S017 wrong expression: `==` has no value after it | an expression is a subject, an operator and a value, such as `attribute:stack == prod`",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementConstraints = '[{\"type\": \"memberOf\", \"expression\": \"attribute:x\"}]'",
            &["11:24 S017 wrong expression: `attribute:x` has no operator | such as `attribute:x == VALUE`"],
        ),
    ]);
}

#[test]
fn times_are_within_the_run() {
    check(&[case(
        "horizon = '1h'\nsnapshot = '2h'\nname = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.large'\n[[happenings]]\nat = '61m'\nzone-lost = 'a'\n[[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1\n[[tasks]]\ntask-definition = 'f'\ncount = 1\nstart = '1.5h'",
        &[
            "2:12 S018 `snapshot` is after the end of the run, 1h | set it earlier, or `horizon` later",
            "9:6 S018 `at` is after the end of the run, 1h | set it earlier, or `horizon` later",
            "18:9 S018 `start` is after the end of the run, 1h | set it earlier, or `horizon` later",
        ],
    )]);
    // The end of the run is not a time at which anything happens any more, but one at which to look.
    check(&[case(
        "horizon = '1h'\nsnapshot = '1h'\nname = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.large'\n[[happenings]]\nat = '60m'\nzone-lost = 'a'\n[[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1\n[[tasks]]\ntask-definition = 'f'\ncount = 1\nstart = '3599.999s'",
        &["9:6 S018 `at` is the very end of the run | set it earlier, or `horizon` later"],
    )]);
    check(&[case(
        "horizon = '1h'\nname = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.large'\n[[happenings]]\nat = '-1m'\nzone-lost = 'a'",
        &[
            "8:6 S008 `at` = `-1m`: no length of time with a unit | write a number and a unit of ms, s, m, h, d or w, such as `\"90s\"`, `\"4m\"`, `\"1.5h\"`",
        ],
    )]);
}

#[test]
fn a_load_has_an_end() {
    check(&[
        with_task(
            "[[tasks]]\ntask-definition = 'f'\narrivals = { model = 'poisson', rate-per-hour = 9 }",
            &["13:1 S019 tasks arrive without an end | give these tasks a `count`, or the scenario a `horizon`"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'",
            &["13:1 S006 tasks that arrive at once have no `count` | add `count`, or other `arrivals`"],
        ),
    ]);
}

#[test]
fn laws_have_parameters_that_agree() {
    check(&[
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'lognormal', median = '2h', p99 = '4m' }",
            &["16:56 S020 `p99` must not be below `median` | write a longer `p99` or a shorter `median`"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'bounded-pareto', low = '1s', high = '1s', alpha = 0 }",
            &[
                "16:59 S020 `high` must be above `low` | write a longer `high` or a shorter `low`",
                "16:73 S007 `alpha` = 0 is out of range | write a number from 0.01 to 100",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'empirical', quantiles = [{ p = 0, value = '1s' }, { p = 0.5, value = '9s' }] }",
            &["16:47 S020 `quantiles` must go from p = 0 to p = 1 | give the shortest life first and the longest last"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'empirical', quantiles = [{ p = 0, value = '9s' }, { p = 1, value = '1s' }] }",
            &["16:73 S020 `quantiles` must rise | sort them by `p` and by `value`"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'hourly-profile', rate-per-hour = 1, profile = [1, 2] }",
            &["16:69 S020 `profile` has 2 numbers | give 24 numbers, one for each hour of the day"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'poisson', rate-per-hour = inf }",
            &["16:49 S007 `rate-per-hour` = inf is out of range | write a number from 0.000001 to 1000000000"],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { model = 'batch-poisson', batches-per-hour = 0, batch-sizes = [] }",
            &[
                "16:58 S007 `batches-per-hour` = 0 is out of range | write a number from 0.000001 to 1000000000",
                "16:75 S020 `batch-sizes` is empty | give at least one size",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\narrivals = { rate-per-hour = 1 }\nlifetime = { model = 'weibul' }",
            &[
                "16:12 S006 arrivals has no `model` | add `model`",
                "17:22 S009 `model` cannot be `weibul` | did you mean `weibull`?",
            ],
        ),
        with_task(
            "[[tasks]]\ntask-definition = 'f'\ncount = 1\nlifetime = { model = 'constant', mean = '1m' }",
            &[
                "16:12 S006 a constant lifetime has no `value` | add `value`",
                "16:34 S004 unknown key `mean` in a constant lifetime | there are `model`, `value`",
            ],
        ),
    ]);
}

#[test]
fn warnings_name_what_will_not_happen() {
    check(&[
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'spread', field = 'attribute:rack' }]\nplacementConstraints = [{ type = 'memberOf', expression = 'attribute:ecs.instnace-type == x' }]",
            &[
                "11:49 S023 no instance has the attribute `rack` | give it to instances: `attributes = { \"rack\" = \"…\" }`",
                "12:60 S023 no instance has the attribute `ecs.instnace-type` | did you mean `ecs.instance-type`?",
            ],
        ),
        with_task(
            "requires-attributes = [{ name = 'gpu-model' }]",
            &[
                "13:33 S023 no instance has the attribute `gpu-model` | give it to instances: `attributes = { \"gpu-model\" = \"…\" }`",
            ],
        ),
        more(
            "[[task-definitions]]\nfamily = 'big'\ncpu = 2048\nmemory = 16384\n[[task-definitions]]\nfamily = 'huge'\ncpu = 4096\nmemory = 16384\ngpu = 1\n[[task-definitions]]\nfamily = 'ssh'\ncpu = 1\nmemory = 1\nports = [22, 80]",
            &[
                "10:10 S024 `big` fits on no instance: the closest, `m5.large`, has 7690 of the 16384 MiB of memory it needs, short by 8694 | such tasks are never placed; give the cluster larger instances, or the tasks less",
                "14:10 S024 `huge` fits on no instance: the closest, `m5.large`, has 2048 of the 4096 CPU units it needs, short by 2048; has 7690 of the 16384 MiB of memory it needs, short by 8694; has 0 of the 1 GPUs it needs, short by 1 | such tasks are never placed; give the cluster larger instances, or the tasks less",
                "19:10 S024 `ssh` fits on no instance: the closest, `m5.large`, has 1 of the 2 ports it needs, short by 1 (held back: 1 reserved) | such tasks are never placed as long as that is held back; free it, or give the cluster larger instances",
            ],
        ),
        more(
            "[[policies]]\nname = 'p'\nbaseline = 'best-fit'\ntemplate = 'random'",
            &["11:12 S025 a `baseline` after a `random` rule has no effect | leave one of the two out"],
        ),
        more(
            "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'random', field = 'cpu' }, { type = 'binpack', field = 'cpu' }]",
            &[
                "11:49 S025 `random` does not use a field | leave it out",
                "11:58 S025 a rule after `random` has no effect | leave it out, or put `random` last",
            ],
        ),
        more(
            "[[task-definitions]]\nfamily = 'f'\ncpu = 0\nmemory = 1",
            &["11:7 S026 `f` reserves no CPU | `binpack` by CPU is blind to such tasks; pack them by memory"],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ncpu = 1024\nmemory = 1024\n[[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1\nnetwork-mode = 'awsvpc'",
            &[
                "11:16 S027 awsvpc tasks meet instances without a limit of network interfaces | give `eni-tasks`, or a `type`, to the instances",
            ],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 't3.nano'\nawsvpc-trunking = true",
            &[
                "4:1 S027 no limit of awsvpc tasks with trunking is known for `t3.nano` | the limit without trunking, 1, is used; give `eni-tasks` to set it",
            ],
        ),
    ]);
}

#[test]
fn files_that_a_scenario_names_are_checked_row_by_row() {
    check(&[
        case("name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\n", &["4:9 S001 cannot read `nodes.csv`: No such file or directory (os error 2) | names are relative to the scenario's folder"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\n", "nodes.csv", b"node_id,zone,cpu_units,memory_mib,gpu\nn1,,1024,1024,\nn1,a,1024,1024,0\n,a,1,1,1\nn2,b,1024,1024,0\nn3,a,0,1024,0\nn4,a,1024,,0\nn5,a,1024\n", &["nodes.csv:3:1 S021 node `n1` is given twice | give each name once", "nodes.csv:4:1 S021 a node has no name | write a name of 1 to 255 characters", "nodes.csv:5:4 S021 unknown zone `b` | add it to the `zones` of the cluster, or leave `zones` out", "nodes.csv:6:6 S021 `0` is not a number that can be used here | write a whole number from 1 to 16777216", "nodes.csv:7:11 S021 a field that must be given is empty | write a whole number from 1 to 134217728", "nodes.csv:8:1 S021 row of 3 fields | give it 5, as the header has"]),
        with_file("name = 'x'\n[cluster]\nnodes = 'nodes.csv'\n", "nodes.csv", b"node_id,cpu_units,memory_mib\nn1,1024,1024\n", &["3:9 S006 `nodes.csv` has rows without a zone, and [cluster] has no `zones` | add `zones`, over which such rows are dealt"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\n", "nodes.csv", b"node_id,cpu,memory_mib\nn1,1024,1024\n", &["nodes.csv:1:1 S021 column `cpu_units` is missing | add the column, or say in `node-columns` which one it is"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\nnode-columns = { cpu = 'cores', kind = 'x' }\n", "nodes.csv", b"node_id,cpu_units,memory_mib\nn1,1,1\n", &["5:33 S004 unknown key `kind` in node-columns | there are `node`, `zone`, `cpu`, `memory`, `gpu`, `type`", "nodes.csv:1:1 S021 column `cores` is missing | `node-columns` names it: write a column that the file has"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\n", "nodes.csv", b"node_id,cpu_units,memory_mib\n", &["4:9 S022 `nodes.csv` has no rows | a row is an instance"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\nnodes = 'nodes.csv'\nnode-attributes = ['rack']\n", "nodes.csv", b"node_id,cpu_units,memory_mib\nn1,1,1\n", &["nodes.csv:1:1 S021 column `rack` is missing | add the column, or leave it out of `node-attributes`"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 'tasks.csv'\n", "tasks.csv", b"task_id,group,arrival_s,duration_s,cpu_units,memory_mib,gpu\nt1,,0,60,256,512,0\nt2,,x,60,256,512,0\nt3,,1,-60,256,,0\nt4,,1,60,256,512,1.5\n", &["tasks.csv:3:5 S021 `x` is not a number that can be used here | write seconds such as `12` or `12.5`, at most 100 years", "tasks.csv:4:7 S021 `-60` is not a number that can be used here | write seconds such as `12` or `12.5`, at most 100 years", "tasks.csv:4:15 S021 a field that must be given is empty | write a whole number from 0 to 134217728", "tasks.csv:5:18 S021 `1.5` is not a number that can be used here | write a whole number from 0 to 1024"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 'tasks.csv'\n", "tasks.csv", b"arrival,cpu_units,memory_mib\n0,1,1\n", &["tasks.csv:1:1 S021 column `arrival_s` is missing | add it, or write which column it is: `columns = { arrival = \"…\" }`; there are `arrival`, `cpu_units`, `memory_mib`"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 'tasks.csv'\n", "tasks.csv", b"", &["tasks.csv:1:1 S021 the file is empty | its first row names the columns, the others are data"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 'tasks.csv'\n", "tasks.csv", b"arrival_s,cpu_units,memory_mib\n0,1,\xe9\n", &["tasks.csv:2:5 S002 `tasks.csv` is not UTF-8 | save the file as UTF-8, or convert it with `iconv -t UTF-8`"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 'tasks.csv'\n", "tasks.csv", b"\x1f\x8bgarbage", &["7:8 S001 cannot unpack `tasks.csv`: unexpected end of file | pack it again, or give it unpacked"]),
        with_file("name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 'tasks.csv'\n", "tasks.csv", b"arrival_s,cpu_units,memory_mib\n0,1,0\n1,1000000,5\n2,1,1\n", &["6:1 S024 1 of 3 tasks of the trace fit on no instance; for `trace-1000000-5`, the closest, `m5.large`, has 2048 of the 1000000 CPU units it needs, short by 997952 | such tasks are never placed; give the cluster larger instances, or the tasks less", "7:8 S026 1 task reserves no memory, which Amazon ECS would refuse | give them memory, or leave them out"]),
    ]);
}

#[test]
fn services_over_time_make_sense() {
    let service =
        |more: &str, expected| with_task(&format!("[[services]]\nname = 's'\ntask-definition = 'f'\n{more}"), expected);
    check(&[
        service(
            "desired-count = 4\nmaximum-percent = 110\ndeployments = [{ at = '1s' }]",
            &[
                "17:19 S028 `s` can never replace a task: of 4 it may have at least 4 and at most 4 | lower `minimum-healthy-percent`, or raise `maximum-percent`, until one task makes a difference",
            ],
        ),
        service(
            "desired-count = 4\nmaximum-percent = 100\ndeployments = [{ at = '1s' }]",
            &[
                "17:19 S012 a deployment of `s` can never begin: both percentages are 100 | lower `minimum-healthy-percent`, or raise `maximum-percent`",
            ],
        ),
        service(
            "scheduling-strategy = 'DAEMON'\nminimum-healthy-percent = 100\ndeployments = [{ at = '1s' }]",
            &[
                "17:27 S012 a deployment of `s` can never begin: both percentages are 100 | lower `minimum-healthy-percent`; the maximum of a DAEMON service stays 100",
            ],
        ),
        service(
            "desired-curve = { mean = 3, amplitude = 4 }",
            &[
                "16:17 S019 a `desired-curve` goes on without an end | give the scenario a `horizon`",
                "16:41 S020 the `desired-curve` goes below zero: `amplitude` 4 is above `mean` 3 | write at most 3",
            ],
        ),
        service(
            "desired-count = 4\ndeployments = [{ at = '1s', task-definition = 'g' }]",
            &["17:47 S011 unknown task definition `g` | there is only `f`"],
        ),
        service(
            "scheduling-strategy = 'DAEMON'\ndesired-count = 3",
            &["17:17 S025 a DAEMON service does not use `desired-count` | leave it out"],
        ),
        service(
            "desired-count = 3\nmaximum-percent = 100\navailability-zone-rebalancing = true",
            &[
                "18:33 S025 `s` can never move a task between zones: it may not start one more | raise `maximum-percent`",
            ],
        ),
        service(
            "desired-count = 3\navailability-zone-rebalancing = true\nplacementStrategy = [{ type = 'binpack', field = 'cpu' }]",
            &[
                "17:33 S025 `s` is never rebalanced: its strategy does not begin with a spread over zones | put `{ type = \"spread\", field = \"attribute:ecs.availability-zone\" }` first, or leave this out",
            ],
        ),
        service("", &["13:1 S006 [[services]] has no `desired-count` | add `desired-count`"]),
        service(
            "desired-count = 3\ncapacity-provider = 'q'",
            &["17:21 S011 unknown capacity provider `q` | add `[[capacity-providers]]` with this `name`"],
        ),
    ]);
}

#[test]
fn subnets_and_platforms_are_what_they_can_be() {
    let service =
        |more: &str, expected| with_task(&format!("[[services]]\nname = 's'\ntask-definition = 'f'\n{more}"), expected);
    check(&[
        service(
            "desired-count = 1\nsubnets = ['subnet-1', 'subnet-1', 7]",
            &[
                "17:12 S042 the zone of subnet `subnet-1` is not known | add it to `[cluster.subnets]`, such as `\"subnet-1\" = \"us-east-1a\"`",
                "17:24 S010 subnet `subnet-1` is given twice | give it once",
                "17:36 S005 `subnets` must be a string, not a whole number | write `\"7\"`",
            ],
        ),
        service(
            "desired-count = 1\nsubnets = []",
            &["17:11 S007 0 subnets | give 1 to 16 subnets, or leave `subnets` out for any zone"],
        ),
        service(
            "desired-count = 1\nsubnets = ['subnet-9']",
            &[
                "17:12 S042 the zone of subnet `subnet-9` is not known | add it to `[cluster.subnets]`, such as `\"subnet-1\" = \"us-east-1a\"`",
            ],
        ),
        with_task(
            "[[task-definitions]]\nfamily = 'arm'\ncpu = 1\nmemory = 6\ncpu-architecture = 'ARM64'\noperating-system-family = 'Linux'",
            &[
                "17:20 S043 `arm` is for arm64, and the fleet has 1 instance of x86_64 | no instance has its architecture",
                "18:27 S008 `operating-system-family` is not of the right form: `Linux` | write a family such as `LINUX` or `WINDOWS_SERVER_2022_CORE`",
            ],
        ),
    ]);
}

#[test]
fn what_goes_on_for_ever_needs_a_horizon() {
    check(&[
        with_task(
            "[failures]\nmean-time = '1d'",
            &["13:1 S019 instances fail without an end | give the scenario a `horizon`"],
        ),
        with_task(
            "[[capacity-providers]]\nname = 'p'",
            &[
                "13:1 S019 capacity providers are measured without an end | give the scenario a `horizon`",
                "13:1 S022 a capacity provider has nothing to launch | name it in `[[cluster.instances]]`: `capacity-provider = \"...\"`, if need be with `count = 0`",
            ],
        ),
    ]);
}

#[test]
fn gpus_are_asked_for_in_the_forms_of_ecs_and_are_there() {
    check(&[
        with_task(
            "gpu = '0.3'",
            &[
                "13:7 S008 `gpu` is not of the right form: `0.3` | write a whole number, or `\"0.125\"`, `\"0.25\"`, `\"0.5\"` or `\"ALL\"`",
            ],
        ),
        with_task(
            "gpu = 1\ngpu-memory = 5",
            &[
                "14:14 S012 a task has `gpu` and `gpu-memory` | a GPU is either held as a whole or shared by memory: write one of them",
            ],
        ),
        more(
            "gpu = 2\ngpu-memory = [100]",
            &["10:14 S012 `gpu-memory` has 1 number for 2 GPUs | write one number for all, or one for each"],
        ),
        more(
            "gpu-memory = 100",
            &["9:14 S012 `gpu-memory` without a GPU | write `gpu`, the number of GPUs, or leave `gpu-memory` out"],
        ),
        with_task(
            "gpu = '0.25'",
            &[
                "10:10 S024 `f` fits on no instance: the closest, `m5.large`, has 0 of the 1 GPU slices of 0.25 it needs, short by 1 | such tasks are never placed; give the cluster larger instances, or the tasks less",
                "13:7 S012 `f` asks for 0.25 GPU, and no instance has it | slices are on g6f and gr6f types; or give instances `gpu-slice`",
            ],
        ),
        more(
            "gpu = 1\ngpu-memory = 16384\n[[task-definitions]]\nfamily = 'f'\ncpu = 256\nmemory = 512\ngpu-memory = 30000",
            &[
                "12:10 S024 `f` fits on no instance: the closest, `m5.large`, has 16384 of the 30000 MiB of one GPU it needs, short by 13616 | such tasks are never placed; give the cluster larger instances, or the tasks less",
                "15:14 S012 `f` asks for 30000 MiB of one GPU, and no instance has it | the largest GPU has 16384 MiB: ask for no more",
            ],
        ),
    ]);
}

#[test]
fn a_share_on_a_device_that_is_not_there() {
    check(&[more(
        "gpu = 1\ngpu-memory = 16384\n[[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1\ngpu-memory = 300\n[[running]]\ntask-definition = 'f'\ninstances = { i-00000000 = 1 }\ngpu-device = 3",
        &[
            "18:28 S012 `i-00000000` has no room for what runs on it: `gpu-device` = 3 is not there: it has 1, counted from 0 | lower the count, or give the instance more",
        ],
    )]);
}

#[test]
fn shares_of_gpus_in_traces_are_of_one_device_and_no_form_of_ecs() {
    let scenario = |policy: &str| {
        format!("{MINIMAL}gpu = 1\n[trace]\nfile = 'tasks.csv'\ngpu-milli = true\n[[policies]]\nname = 'p'\n{policy}")
    };
    let rows = b"arrival_s,cpu_units,memory_mib,gpu,gpu_milli\n0,1,1,1,450\n1,1,1,1,1200\n2,1,1,0,300\n3,1,1,2,500\n4,1,1,1,1000\n";
    check(&[
        with_file(
            &scenario("baseline = 'fgd'"),
            "tasks.csv",
            rows,
            &[
                "tasks.csv:3:9 S021 `1200` is not a number that can be used here | write a whole number from 0 to 1000",
                "tasks.csv:4:9 S021 `gpu_milli` = 300 is a share of no GPU | write 1 in `gpu`, or no share",
                "tasks.csv:5:9 S021 `gpu_milli` = 500 is a share of 2 GPUs | a share is of one device: write 1000",
            ],
        ),
        with_file(
            &scenario("template = 'binpack'"),
            "tasks.csv",
            b"arrival_s,cpu_units,memory_mib,gpu,gpu_milli\n0,1,1,1,450\n",
            &[
                "12:13 S045 shares of GPUs are placed by policy `p`, a chain of ECS's own rules | ECS has no such form: read its figures as those of the rules, not of ECS",
            ],
        ),
    ]);
}
