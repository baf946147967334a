//! Wrong syntax, keys, types, numbers, words and names.

use super::{case, check, more, with_task};

#[test]
fn what_is_not_toml_is_placed() {
    check(&[
        case(
            "name = 'x\n[cluster]\n",
            &["1:10 S003 not TOML: invalid literal string, expected `'` | see toml.io for the syntax"],
        ),
        case(
            "name = \n[cluster]\nzones = ['a']\nzones = ['b']\n[[cluster.instances]]\ntype = 'm5.lrge'\n",
            &[
                "1:8 S003 not TOML: string values must be quoted, expected literal string | see toml.io for the syntax",
                "4:1 S003 not TOML: duplicate key | see toml.io for the syntax",
                "6:8 S013 unknown instance type `m5.lrge` | did you mean `m5.large`?",
            ],
        ),
        case("[cluster\n", &["1:9 S003 not TOML: unclosed table, expected `]` | see toml.io for the syntax"]),
    ]);
}

#[test]
fn keys_are_known_and_complete() {
    check(&[
        case(
            "",
            &["1:1 S006 a scenario has no `name` | add `name`", "1:1 S006 a scenario has no `cluster` | add `cluster`"],
        ),
        more(
            "[[services]]\nname = 's'\ntask-definition = 'f'\ndesired-cuont = 3\n[[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1",
            &["12:1 S004 unknown key `desired-cuont` in [[services]] | did you mean `desired-count`?"],
        ),
        case(
            "nmae = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'",
            &["1:1 S004 unknown key `nmae` in a scenario | did you mean `name`?"],
        ),
        more(
            "[[deployments]]\nservice = 's'\nat = '1h'",
            &[
                "9:3 S004 unknown key `deployments` in a scenario | `deployments` is a key of a service: write it in its [[services]]",
            ],
        ),
        more(
            "zebra = 1",
            &[
                "9:1 S004 unknown key `zebra` in [[cluster.instances]] | there are 26, among them `type`, `cpu`, `memory`, `count`, `zones`, `gpu`, `gpu-memory`, `gpu-slice`, `architecture`, `attributes`, `price-usd-per-hour`, `eni-tasks`, `awsvpc-trunking`, `reserved-memory`, `reserved-ports`, `agent-version`, `agent-connected`, `identities`, `status`, `derived-attributes`",
            ],
        ),
        with_task(
            "requires-attributes = [{ value = 'x' }]",
            &["13:24 S006 requires-attributes has no `name` | add `name`"],
        ),
    ]);
}

#[test]
fn values_have_the_type_of_their_key() {
    check(&[
        more("count = '300'", &["9:9 S005 `count` must be a whole number, not a string | write `300` without quotes"]),
        more("count = 1.5", &["9:9 S005 `count` must be a whole number, not a decimal number | write a whole number"]),
        more("count = [1]", &["9:9 S005 `count` must be a whole number, not a list | write a whole number"]),
        case(
            "name = 5\n[cluster]\nzones = 'a'\n[[cluster.instances]]\ntype = 'm5.large'",
            &[
                "1:8 S005 `name` must be a string, not a whole number | write `\"5\"`",
                "3:9 S005 `zones` must be a list, not a string | write a list",
            ],
        ),
        more(
            "agent-connected = 'yes'",
            &["9:19 S005 `agent-connected` must be `true` or `false`, not a string | write `true` or `false`"],
        ),
        more(
            "[services]\nname = 's'",
            &["9:1 S005 `services` must be a list, not a table | write `[[services]]` for each table of a list"],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.large'\nattributes = { a.b = 'x', c = false, d = 1 }",
            &[
                "6:16 S005 `a` must be a text or `true`, not a table | quote an attribute name that has dots: `\"team.name\" = \"blue\"`",
                "6:31 S005 `c` cannot be `false` | leave the attribute out, or write `true` for one without a value",
                "6:42 S005 `d` must be a string, not a whole number | write `\"1\"`",
            ],
        ),
        case(
            "horizon = 90\nname = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.large'",
            &[
                "1:11 S005 `horizon` must be a length of time, not a whole number | write it with a unit, such as `\"90s\"`",
            ],
        ),
    ]);
}

#[test]
fn sizes_are_neither_zero_nor_negative_nor_too_large() {
    check(&[
        more(
            "count = 0",
            &[
                "4:1 S032 the cluster has no instances | every task is refused, as ECS does: No Container Instances were found in your cluster.",
            ],
        ),
        more("count = -3", &["9:9 S007 `count` = -3 is out of range | write a number from 0 to 10000000"]),
        more(
            "count = 99999999999999999999999999999999999999999999",
            &[
                "9:9 S007 `count` = 99999999999999999999999999999999999999999999 is out of range | write a number from 0 to 10000000",
            ],
        ),
        more(
            "cpu = 0\nmemory = -1",
            &[
                "9:7 S007 `cpu` = 0 is out of range | write a number from 1 to 16777216",
                "10:10 S007 `memory` = -1 is out of range | write a number from 1 to 134217728",
            ],
        ),
        more(
            "price-usd-per-hour = 0.00000001",
            &[
                "9:22 S007 `price-usd-per-hour` = 0.00000001 is not a number for this key | write digits with at most 6 decimals and no sign or exponent",
            ],
        ),
        more(
            "price-usd-per-hour = -1",
            &[
                "9:22 S007 `price-usd-per-hour` = -1 is not a number for this key | write digits with at most 6 decimals and no sign or exponent",
            ],
        ),
        more(
            "reserved-memory = 7690",
            &["9:19 S007 `reserved-memory` = 7690 leaves nothing of 7690 MiB | write less than 7690"],
        ),
        more(
            "[[task-definitions]]\nfamily = 'f'\ncpu = -1\nmemory = 0\ngpu = 2000",
            &[
                "11:7 S007 `cpu` = -1 is out of range | write a number from 0 to 16777216",
                "12:10 S007 `memory` = 0 is out of range | write a number from 1 to 134217728",
                "13:7 S007 `gpu` = 2000 is out of range | write a number from 0 to 1024",
            ],
        ),
        more(
            "[[cluster.instances]]\ntype = 'm5.large'\ncount = 10000000",
            &["9:1 S007 the cluster has more than 10000000 instances | lower the counts"],
        ),
        more(
            "attributes = { a = '', b1=true,b2=true,b3=true,b4=true,b5=true,b6=true,b7=true,b8=true,b9=true,b10=true,b11=true }",
            &[
                "9:14 S007 11 custom attributes on an instance | Amazon ECS takes at most 10",
                "9:20 S008 the attribute `a` is empty | write `true` for an attribute without a value",
            ],
        ),
        case(
            "seeds = 0\nhorizon = '0s'\nname = 'x'\n[cluster]\nzones = ['a', 'b']\n[[cluster.instances]]\ntype = 'm5.large'",
            &[
                "1:9 S007 `seeds` = 0 is out of range | write a number from 1 to 100000",
                "2:11 S007 `horizon` must be above 0 | write a length of time such as `\"4m\"`",
            ],
        ),
    ]);
}

#[test]
fn texts_have_the_form_of_their_key() {
    check(&[
        case(
            "name = '../x'\nhorizon = '5 parsecs'\nsnapshot = '5'\n[cluster]\nzones = ['a', ' b']\n[[cluster.instances]]\ntype = 'm5.large'",
            &[
                "1:8 S008 `name` is not of the right form: `../x` | write 1 to 64 letters, digits and - _ .",
                "2:11 S008 `horizon` = `5 parsecs`: no length of time with a unit | write a number and a unit of ms, s, m, h, d or w, such as `\"90s\"`, `\"4m\"`, `\"1.5h\"`",
                "3:12 S008 `snapshot` = `5`: no unit of time | write a number and a unit of ms, s, m, h, d or w, such as `\"90s\"`, `\"4m\"`, `\"1.5h\"`",
                "5:15 S008 `zones` is not of the right form: ` b` | write 1 to 128 letters, digits, spaces and - _ . @ / \\ :",
            ],
        ),
        with_task(
            "ports = ['80/sctp', 0, 70000]",
            &[
                "13:10 S008 `ports` is not of the right form: `80/sctp` | write a port such as `80`, `80/tcp` or `53/udp`",
                "13:21 S007 `ports` = 0 is out of range | write a number from 1 to 65535",
                "13:24 S007 `ports` = 70000 is out of range | write a number from 1 to 65535",
            ],
        ),
        more(
            "[[task-definitions]]\nfamily = 'a b'\ncpu = 1\nmemory = 1",
            &["10:10 S008 `family` is not of the right form: `a b` | write 1 to 255 letters, digits, - and _"],
        ),
        more(
            "agent-version = 'latest'\nattributes = { 'a b' = 'x', 'ecs.instance-type' = 'y' }",
            &[
                "9:17 S008 `agent-version` is not of the right form: `latest` | write numbers and dots such as `1.75.3`",
                "10:24 S008 `a b` cannot name an attribute | write 1 to 128 letters, digits and - _ . / \\",
                "10:51 S012 `ecs.instance-type` follows from `zones` and `type` | leave it out",
            ],
        ),
    ]);
}

#[test]
fn words_are_among_those_of_their_key() {
    check(&[
        more(
            "[options]\ntie-break = 'randon'\nabsent-attribute = 'zebra'",
            &[
                "10:13 S009 `tie-break` cannot be `randon` | did you mean `random`?",
                "11:20 S009 `absent-attribute` cannot be `zebra` | there are `bucket`, `exclude`",
            ],
        ),
        with_task(
            "network-mode = 'awsvcp'",
            &["13:16 S009 `network-mode` cannot be `awsvcp` | did you mean `awsvpc`?"],
        ),
        more(
            "[[policies]]\nname = 'p'\ntemplate = 'az-balanced'",
            &["11:12 S009 `template` cannot be `az-balanced` | did you mean `az-balanced-spread`?"],
        ),
        case(
            "name = 'x'\n[cluster]\nzones = ['a']\nregistered-memory = 'mesured'\n[[cluster.instances]]\ncpu = 1\nmemory = 1\narchitecture = 'arm'",
            &[
                "4:21 S009 `registered-memory` cannot be `mesured` | did you mean `measured`?",
                "8:16 S009 `architecture` cannot be `arm` | did you mean `arm64`?",
            ],
        ),
    ]);
}

#[test]
fn names_are_given_once() {
    check(&[
        more(
            "[[policies]]\nname = 'p'\n[[policies]]\nname = 'q'\n[[policies]]\nname = 'p'",
            &["14:8 S010 policy `p` is defined twice | give it another name, or leave it out"],
        ),
        with_task(
            "[[task-definitions]]\nfamily = 'f'\ncpu = 1\nmemory = 1",
            &["14:10 S010 task definition `f` is defined twice | give it another name, or leave it out"],
        ),
        with_task(
            "[[services]]\nname = 's'\ntask-definition = 'f'\ndesired-count = 1\n[[services]]\nname = 's'\ntask-definition = 'f'\ndesired-count = 1",
            &["18:8 S010 service `s` is defined twice | give it another name, or leave it out"],
        ),
        with_task("ports = [80, '80/tcp']", &["13:14 S010 port 80/tcp is given twice | give each port once"]),
        case(
            "name = 'x'\n[cluster]\nzones = ['a', 'a']\n[[cluster.instances]]\ntype = 'm5.large'",
            &["3:15 S010 zone `a` is given twice | give each zone once"],
        ),
    ]);
}
