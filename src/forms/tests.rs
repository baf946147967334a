//! Forms by example: what each gives, and what is said of each that cannot be read.

use serde_json::Value;

use super::{Forms, Found, Hints, Position, decode};

/// What files hold, by name and text.
pub(super) fn read_with(hints: &Hints, files: &[(&str, &str)]) -> Found {
    let mut forms = Forms::new(hints);
    for (file, text) in files {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => forms.value(file, value),
            Err(_) => assert!(forms.text(file, text), "{file} is meant as JSON"),
        }
    }
    forms.finish();
    forms.take()
}

pub(super) fn read(file: &str, text: &str) -> Found {
    read_with(&Hints::default(), &[(file, text)])
}

/// Documents, problems and notes, one line each.
pub(super) fn shown(found: &Found) -> String {
    let formed = found.formed.iter().map(|formed| format!("{}: {}\n", formed.file, formed.json));
    let troubles = found.troubles.iter().map(|trouble| {
        let position =
            trouble.position.map(|Position { line, column }| format!(":{line}:{column}")).unwrap_or_default();
        format!("error {}{position} [{}] {} | {}\n", trouble.file, trouble.member, trouble.message, trouble.help)
    });
    let notes = found.notes.iter().map(|note| format!("note {note}\n"));
    formed.chain(troubles).chain(notes).collect()
}

#[test]
fn yaml_is_the_json_of_it_with_tags_written_out() {
    let text = "a: !Ref B\nb: [!Sub 'x ${C}', !GetAtt D.Arn]\nc: {1: true}\nd: '12'\ne: 012\nf: !If [X, {g: ~}, 1.5]\n---\nh: &i [1]\nj: *i\n";
    let documents: Vec<String> = super::yaml::read(text).unwrap().iter().map(Value::to_string).collect();
    let expected = [
        r#"{"a":{"Ref":"B"},"b":[{"Fn::Sub":"x ${C}"},{"Fn::GetAtt":"D.Arn"}],"c":{"1":true},"d":"12","e":"012","f":{"Fn::If":["X",{"g":null},1.5]}}"#,
        r#"{"h":[1],"j":[1]}"#,
    ];
    assert_eq!(documents, expected);
}

#[test]
fn a_bomb_is_one_short_fault() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, before) in ('b'..='j').zip('a'..) {
        let repeated = vec![format!("*{before}"); 10].join(",");
        bomb.push_str(&format!("{name}: &{name} [{repeated}]\n"));
    }
    let found = read("bomb.yaml", &bomb);
    assert_eq!(found.formed, []);
    assert_eq!(found.troubles.len(), 1);
    assert!(found.troubles[0].message.contains("grows beyond its own text"), "{:?}", found.troubles);
    let deep = format!("a: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let found = read("deep.yaml", &deep);
    assert_eq!(found.troubles.len(), 1, "{:?}", found.troubles);
}

#[test]
fn encodings_of_windows_are_text() {
    let text = "{\"a\": \"é\"}";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for bytes in [
        marked(b"", text.as_bytes()),
        marked(b"\xef\xbb\xbf", text.as_bytes()),
        marked(b"\xff\xfe", &utf16),
        marked(b"\xfe\xff", &big),
        utf16.clone(),
        big.clone(),
    ] {
        assert_eq!(decode(&bytes).unwrap(), text);
    }
    assert_eq!(decode(b"\xff\xfea").unwrap_err().0, "the file begins as UTF-16 and is not");
    assert_eq!(decode(b"a\n\xff").unwrap_err().0, "line 2 is not UTF-8");
}

#[test]
fn the_rest_is_told_what_it_is() {
    let cases = [
        ("main.tf", "resource \"aws_ecs_service\" \"web\" {\n  desired_count = 4\n}\n", "terraform show -json"),
        ("x", "variable \"a\" {\n}\n", "terraform show -json"),
        (
            "main.tf.json",
            r#"{"//":"","resource":{"aws_ecs_service":{"web":{"desired_count":4}}}}"#,
            "terraform show -json",
        ),
        ("td.json", "{\"family\":\"web\",\"cpu\":${cpu}}", "filled in"),
        ("a.txt", "{'containerInstances': [{'a': None}]}", "json.dumps"),
        ("a.txt", "<html>", "--output json"),
        ("a.txt", "CONTAINERINSTANCES\ta\tb\n", "--output json"),
        ("k.yaml", "apiVersion: apps/v1\nkind: Deployment\n", "only Amazon ECS"),
        ("log.json", "{\"@level\":\"info\",\"@message\":\"x\"}", "terraform show -json"),
        ("stack.json", "{\"StackResources\":[]}", "get-template"),
        ("ps.json", r#"{"ContainerInstances":[{"Attributes":"Amazon.ECS.Model.Attribute"}]}"#, "-Depth 20"),
        (
            "appspec.yaml",
            "version: 0.0\nResources:\n  - TargetService: {Type: 'AWS::ECS::Service'}\n",
            "describe-services",
        ),
        ("rows.json", "[[\"a\", 1]]", "--query"),
        ("error.json", r#"{"__type":"ClusterNotFoundException","message":"x"}"#, "call it anew"),
        ("error.txt", "\nAn error occurred (ClusterNotFoundException) when calling it: x\n", "call it anew"),
        ("ec2.json", r#"{"Reservations":[]}"#, "describe-container-instances"),
        ("sets.json", r#"{"taskSets":[]}"#, "describe-services"),
        ("manifest.yml", "name: web\ntype: Backend Service\nimage: x\n", "copilot"),
    ];
    for (file, text, help) in cases {
        let found = read(file, text);
        assert_eq!(found.formed, [], "{file}");
        let [trouble] = found.troubles.as_slice() else { panic!("{file}: {:?}", found.troubles) };
        assert!(trouble.help.contains(help), "{file}: {trouble:?}");
    }
}

#[test]
fn objects_without_their_document_get_one() {
    let cases = [
        (
            r#"[{"containerInstanceArn":"a/1","agentConnected":true},{"taskArn":"t/1"}]"#,
            "x.json: {\"tasks\":[{\"taskArn\":\"t/1\"}]}\nx.json: {\"containerInstances\":[{\"agentConnected\":true,\"containerInstanceArn\":\"a/1\"}]}\n",
        ),
        (
            r#"{"ContainerInstances":[{"Ec2InstanceId":"i","RegisteredAt":"/Date(1700000000123)/","Status":{"Value":"ACTIVE"}}],"Failures":null}"#,
            "x.json: {\"containerInstances\":[{\"ec2InstanceId\":\"i\",\"registeredAt\":1700000000,\"status\":\"ACTIVE\"}],\"failures\":null}\n",
        ),
        (
            r#"{"Family":"web","ContainerDefinitions":[{"Name":"a","DockerLabels":{"Keep":"Me"}}]}"#,
            "x.json: {\"containerDefinitions\":[{\"dockerLabels\":{\"Keep\":\"Me\"},\"name\":\"a\"}],\"family\":\"web\"}\n",
        ),
        (
            r#"[{"name":"a","image":"x"}, 7]"#,
            "x.json: {\"containerDefinitions\":[{\"image\":\"x\",\"name\":\"a\"}],\"family\":\"x\"}\nerror x.json [[1]] no object of Amazon ECS | give what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` or `describe-task-definition` prints; `stowplan import --help` shows how to collect it\nnote x.json: containers of no task definition; its family is taken as `x`\n",
        ),
        (
            r#"[{"services":[]},{"a":1}]"#,
            "x.json ([0]): {\"services\":[]}\nerror x.json [[1]] no object of Amazon ECS that is known here: it has `a` | give what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` or `describe-task-definition` prints; `stowplan import --help` shows how to collect it\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(&read("x.json", text)), expected, "{text}");
    }
}

#[test]
fn the_latest_event_of_an_object_counts() {
    let event = |version: u32, status: &str| {
        format!(
            r#"{{"detail-type":"ECS Container Instance State Change","detail":{{"containerInstanceArn":"a/1","version":{version},"status":"{status}"}}}}"#
        )
    };
    let other = r#"{"detail-type":"ECS Service Action","detail":{}}"#;
    let hints = Hints::default();
    let found = read_with(&hints, &[("1", &event(2, "new")), ("2", &event(1, "old")), ("3", other)]);
    let expected = "1: {\"containerInstances\":[{\"containerInstanceArn\":\"a/1\",\"status\":\"new\",\"version\":2}]}\n\
                    note 1 event older than another of the same object and left out\n\
                    note 1 event of kind \"ECS Service Action\" show no instance and no task\n";
    assert_eq!(shown(&found), expected);
}

#[test]
fn comments_and_commas_at_the_end_are_no_fault() {
    let text = "{\"family\":\"w//eb\", // the web\n/* a */\"containerDefinitions\":[{\"name\":\"a\",\"cpu\":1,},],}";
    let expected = "td.json: {\"containerDefinitions\":[{\"cpu\":1,\"name\":\"a\"}],\"family\":\"w//eb\"}\n";
    assert_eq!(shown(&read("td.json", text)), expected);
}
