//! Traces whose columns, rows or files are wrong.

use super::{Case, check, with_file};

const HEAD: &str =
    "name = 'x'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'm5.large'\n[trace]\nfile = 't.csv'\n";

/// What follows the `file` of the trace begins in line 8.
fn case(keys: &str, text: &'static str, expected: &'static [&'static str]) -> Case {
    with_file(&format!("{HEAD}{keys}"), "t.csv", text.as_bytes(), expected)
}

#[test]
fn what_is_wrong_with_columns_has_its_place() {
    check(&[
        case(
            "",
            "arrival_s,cpu_units,arrival_s,memory_mib,note,note\n1,2,3,4,5,6\n",
            &[
                "t.csv:1:21 S021 column `arrival_s` stands twice in the header | rename one of the two, or leave it out",
                "t.csv:1:47 S021 column `note` stands twice in the header | rename one of the two, or leave it out",
            ],
        ),
        case(
            "",
            "arrival_ms;cpu_units;memory_mb\n1;2;3\n",
            &[
                "t.csv:1:1 S021 column `arrival_s` is missing | there is `arrival_ms`: write `unit = \"ms\"`",
                "t.csv:1:1 S021 column `memory_mib` is missing | there is `memory_mb`: write `memory-unit = \"mb\"`",
            ],
        ),
        case(
            "columns = { arrival = 'start', cpu = 'cpus', memory = 'begin' }\n",
            "begin\tcpu\n1\t2\n",
            &[
                "t.csv:1:1 S021 column `start` is missing | `columns` says that it is the arrival; there are `begin`, `cpu`",
                "t.csv:1:1 S021 column `cpus` is missing | `columns` says that it is the cpu; did you mean `cpu`?",
            ],
        ),
        case(
            "columns = { arrival = 'at', stop = 'at' }\n",
            "at;cpu_units;memory_mib\n1;2;3\n",
            &[
                "t.csv:1:1 S021 a column is read as `arrival` and as `stop` | give each a column of its own in `columns`",
            ],
        ),
        case(
            "columns = { duration = 'a', stop = 'b', gpu-milli = 'c', start = 'd' }\nunit = 'sec'\ncpu-unit = 'cores'\n",
            "arrival_s,a,b,c,cpu_units,memory_mib\n1,2,3,4,5,6\n",
            &[
                "8:11 S012 `columns` has a `duration` and a `stop` | leave one of the two out",
                "8:53 S025 the column of `gpu-milli` is not read | write `gpu-milli = true` beside `columns`",
                "8:58 S004 unknown key `start` in columns | there are `arrival`, `duration`, `stop`, `censored`, `group`, `cpu`, `memory`, `gpu`, `gpu-milli`",
                "9:8 S009 `unit` cannot be `sec` | there are `ns`, `us`, `ms`, `s`, `m`, `h`, `d`",
                "10:12 S009 `cpu-unit` cannot be `cores` | there are `units`, `vcpus`, `millicores`",
            ],
        ),
        case(
            "unit = 1\ncolumns = 'start'\n",
            "arrival_s,cpu_units,memory_mib\n1,2,3\n",
            &[
                "8:8 S005 `unit` must be a string, not a whole number | write `\"1\"`",
                "9:11 S005 `columns` must be a table, not a string | write a table",
            ],
        ),
    ]);
}

#[test]
fn what_is_wrong_with_rows_is_told_in_the_unit() {
    check(&[
        case(
            "unit = 'ms'\ncpu-unit = 'vcpus'\n",
            "arrival_ms;cpu_vcpus;memory_mib\n2024-05-01T10:00:00Z;1;1\n5;0,5;1\n1,5;1;1\n;999999;1\n",
            &[
                "t.csv:2:1 S021 `2024-05-01T10:00:00Z` is not a number that can be used here | times are numbers, here of milliseconds: count them from a moment, such as the first arrival",
                "t.csv:3:3 S021 `0,5` is not a number that can be used here | write a number from 0 to 16384, decimals after a point",
                "t.csv:4:1 S021 `1,5` is not a number that can be used here | write milliseconds such as `12` or `12.5`, at most 100 years",
                "t.csv:5:1 S021 a field that must be given is empty | write milliseconds such as `12` or `12.5`, at most 100 years",
                "t.csv:5:2 S021 `999999` is not a number that can be used here | write a number from 0 to 16384, decimals after a point",
            ],
        ),
        case(
            "",
            "arrival_s,cpu_units,memory_mib\n",
            &[
                "7:8 S025 the trace has a header and no rows, so no task comes from it | look whether the file is whole, or leave `[trace]` out",
            ],
        ),
        case("", "", &["t.csv:1:1 S021 the file is empty | its first row names the columns, the others are data"]),
        case("", "\n\n", &["t.csv:3:1 S021 the file is empty | its first row names the columns, the others are data"]),
    ]);
}

#[test]
fn a_missing_file_is_told_with_where_it_comes_from() {
    let text = HEAD.replace("[cluster]", "files-from = 'https://example.org/traces'\n[cluster]");
    check(&[with_file(
        &text,
        "other.csv",
        b"",
        &[
            "8:8 S001 cannot read `t.csv`: No such file or directory (os error 2) | it comes from https://example.org/traces; names are relative to the scenario's folder",
        ],
    )]);
}
