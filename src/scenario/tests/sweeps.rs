//! Sweep files, good and bad, and values put into scenarios.

use crate::scenario::{Question, Setting, SweepFile, is_sweep, parse_sweep, with_values};

fn problems(text: &str) -> Vec<String> {
    let error = parse_sweep(text, "sweep.toml".as_ref()).unwrap_err();
    error.problems.iter().map(ToString::to_string).collect()
}

fn parsed(text: &str) -> SweepFile {
    match parse_sweep(text, "sweep.toml".as_ref()) {
        Ok(sweep) => sweep,
        Err(error) => panic!("{:#?}", error.problems.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

#[test]
fn keys_are_varied_in_the_order_of_the_file() {
    let sweep = parsed(
        r#"
        name = "a"
        question = "zone-loss"
        scenarios = ["one.toml", { file = "two.toml", vary = { seeds = [1], "z[1].b" = [[1, 2], "x"] } }]
        [vary]
        seeds = { from = 1, to = 9, step = 4 }
        horizon = ["1h", "2h"]
        "#,
    );
    let keys = |place: usize| sweep.scenarios[place].axes.iter().map(|axis| axis.key.as_str()).collect::<Vec<_>>();
    assert_eq!(keys(0), ["seeds", "horizon"]);
    assert_eq!(keys(1), ["horizon", "seeds", "z[1].b"], "what one varies comes last, and in place of what all vary");
    let values = |place: usize, axis: usize| {
        let values = &sweep.scenarios[place].axes[axis].values;
        (0..values.len()).map(|index| values.toml(index)).collect::<Vec<_>>()
    };
    assert_eq!(values(0, 0), ["1", "5", "9"]);
    assert_eq!(values(0, 1), ["\"1h\"", "\"2h\""]);
    assert_eq!(values(1, 2), ["[1, 2]", "\"x\""]);
    assert_eq!(sweep.question, Some(Question::ZoneLoss));
}

#[test]
fn every_problem_is_told_with_its_place() {
    let found = problems(
        "nmae = 'a'\nscenarios = [7]\nseeds = 0\nquestion = 'compct'\n[vary]\n'a b' = [1]\nc = 5\nd = []\ne = [1, 1]\n\
         f = { from = 2, to = 1 }\ng = { from = 0, to = 4000000000 }\n",
    );
    let expected = [
        "1:1: error[S004]",
        "2:14: error[S005]",
        "3:9: error[S007]",
        "4:12: error[S009]",
        "6:9: error[S008]",
        "7:5: error[S005]",
        "8:5: error[S007]",
        "9:5: error[S010]",
        "10:5: error[S007]",
        "11:5: error[S007]",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(&format!("sweep.toml:{expected}")), "{found}");
    }
    assert!(problems("name = 'a'\nscenarios = []\n")[0].contains("needs a scenario"));
    assert!(problems("name = [\n")[0].contains("S003"));
}

#[test]
fn a_sweep_is_known_by_the_scenarios_it_names() {
    assert!(is_sweep("name = 'a'\nscenarios = ['b.toml']\n"));
    assert!(is_sweep("name = 'a'\n[[scenarios]]\nfile = 'b.toml'\n"));
    assert!(!is_sweep("name = 'a'\n[cluster]\n"));
    assert!(!is_sweep(""));
}

const SCENARIO: &str = r#"name = "a"
[cluster]
zones = ["x", "y"]   # two
[[cluster.instances]]
type = "m5.large"
count = 3
attributes = { "a.b" = "c" }
[[policies]]
name = "p"
placementStrategy = [{ type = "spread", field = "instanceId" }]
"#;

#[test]
fn a_value_is_put_where_its_key_is() {
    let check = |path: &str, value: &str, line: &str| {
        let text = with_values(SCENARIO, [Setting { path, value: value.into() }]).unwrap();
        assert!(text.lines().any(|found| found == line), "{path}: {text}");
        assert_eq!(text.lines().count(), SCENARIO.lines().count() + usize::from(path == "horizon"), "{text}");
    };
    check("cluster.instances[0].count", "40", "count = 40");
    check("cluster.instances[0].type", "'c5.large'", "type = 'c5.large'");
    check("cluster.zones[1]", "\"z\"", "zones = [\"x\", \"z\"]   # two");
    check("cluster.instances[0].attributes.'a.b'", "\"d\"", "attributes = { \"a.b\" = \"d\" }");
    check(
        "policies[0].placementStrategy[0].field",
        "'host'",
        "placementStrategy = [{ type = \"spread\", field = 'host' }]",
    );
    check("horizon", "\"2h\"", "horizon = \"2h\"");
}

#[test]
fn a_path_to_nothing_is_told_with_what_there_is() {
    let check = |path: &str, part: &str| {
        let error = with_values(SCENARIO, [Setting { path, value: "1".into() }]).unwrap_err();
        assert!(error.contains(part), "{path}: {error}");
    };
    check("clustr.instances[0].count", "there is no `clustr`: the scenario has `name`, `cluster`, `policies`");
    check("cluster.instances[1].count", "`cluster.instances` has 1, the first is [0]");
    check("cluster.instances.count", "name a position");
    check("cluster.instances[0]", "name a key");
    check("cluster[0]", "is a table");
    check("cluster.instances[0].count.x", "is a value");
    check("cluster.zones[2]", "has 2");
    check("a..b", "a part is empty");
    check("a[x]", "no position");
    check("a[0", "not closed");
    check("a'b'", "does not go on");
    check("", "a part is empty");
}
