//! Templates by example.

use super::super::Hints;
use super::super::tests::{read, read_with, shown};

fn hints(parameters: &[(&str, &str)]) -> Hints {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Hints { parameters, ..Hints::default() }
}

const WHOLE: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::LanguageExtensions
Parameters:
  Env: {Type: String, Default: prod, AllowedValues: [prod, test]}
  Count: {Type: Number, Default: 2}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  ImageTag: {Type: String}
  Zones: {Type: CommaDelimitedList, Default: 'us-east-1a, us-east-1b'}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /aws/service/ecs}
Mappings:
  Sizes:
    prod: {Cpu: 512, Memory: '1024'}
    test: {Cpu: 128, Memory: '256'}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsTest: !Not [!Condition IsProd]
  Both: !And [!Condition IsProd, !Or [!Condition IsTest, !Equals [a, a]]]
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
  Attached:
    Type: AWS::ECS::ClusterCapacityProviderAssociations
    Properties:
      Cluster: !Ref Cluster
      CapacityProviders: [!Ref Spot]
      DefaultCapacityProviderStrategy: [{CapacityProvider: !Ref Spot, Weight: 1}]
  Spot:
    Type: AWS::ECS::CapacityProvider
    Properties:
      Name: !Sub '${AWS::StackName}-spot'
      AutoScalingGroupProvider:
        AutoScalingGroupArn: !GetAtt Group.AutoScalingGroupARN
        ManagedScaling: {Status: ENABLED, TargetCapacity: 90}
  Td:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Join ['-', [web, !Ref Env]]
      TaskRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: web
          Image: !Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:${ImageTag}'
          Cpu: !FindInMap [Sizes, !Ref Env, Cpu]
          Memory: !If [IsProd, !FindInMap [Sizes, prod, Memory], 64]
          PortMappings: !If [IsTest, [], [{ContainerPort: 80, HostPort: !Select [1, !Split ['-', '0-8080']]}]]
          DockerLabels: {Some.Label: x}
          Environment: [{Name: A, Value: !ImportValue Secret}]
        - !If [IsTest, {Name: extra}, !Ref 'AWS::NoValue']
  Svc:
    Type: AWS::ECS::Service
    Condition: Both
    Properties:
      Cluster: !GetAtt Cluster.Arn
      DesiredCount: !Ref Count
      TaskDefinition: !Ref Td
      PlacementConstraints:
        - Type: memberOf
          Expression: !Sub ['attribute:ecs.availability-zone in [${all}]', {all: !Join [', ', !Ref Zones]}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: !Ref Subnets, SecurityGroups: [!GetAtt Sg.GroupId]}}
  NotThere:
    Type: AWS::ECS::Service
    Condition: IsTest
  Group: {Type: AWS::AutoScaling::AutoScalingGroup}
  Role: {Type: AWS::IAM::Role}
  Sg: {Type: AWS::EC2::SecurityGroup}
"#;

#[test]
fn functions_are_carried_out_and_the_rest_stands_as_a_place() {
    let found = read_with(&hints(&[]), &[("stacks/prod.yml", WHOLE)]);
    let shown = shown(&found).replace("stacks/", "");
    insta::assert_snapshot!(shown);
}

#[test]
fn parameters_come_before_defaults() {
    let found = read_with(&hints(&[("Env", "test"), ("Count", "7"), ("ImageTag", "9")]), &[("t.yml", WHOLE)]);
    let text = shown(&found);
    assert!(text.contains(r#""cpu":128"#) && text.contains(r#""family":"web-test""#), "{text}");
    assert!(
        text.contains("conditions do not hold of `NotThere`") || text.contains("conditions do not hold of `Svc`"),
        "{text}"
    );
    let found = read_with(&hints(&[("Env", "none"), ("Count", "many")]), &[("t.yml", WHOLE)]);
    let text = shown(&found);
    assert!(text.contains("error t.yml [Parameters.Env] `none` is none of the values"), "{text}");
    assert!(text.contains("error t.yml [Parameters.Count] `many` is no number"), "{text}");
}

/// Everything that is wrong with a template is told at once, each with its path.
#[test]
fn what_is_wrong_is_told_once_each() {
    let template = r#"{"Parameters": {"N": {"Type": "Number"}}, "Resources": {
        "A": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": {"Ref": "N"}, "ContainerDefinitions": [
            {"Name": "a", "Image": "x", "Memory": {"Ref": "N"}, "Cpu": {"Ref": "Nope"}}]}},
        "B": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Fn::ImportValue": "shared"}, "DesiredCount": 1}},
        "C": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "A"},
            "DesiredCount": {"Fn::GetAtt": ["D", "Outputs.Count"]}}},
        "D": {"Type": "AWS::CloudFormation::Stack"},
        "E": {"Properties": {}},
        "F": {"Type": "AWS::ECS::TaskSet", "Properties": {}},
        "Fn::ForEach::G": [],
        "H": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": []}},
        "I": {"Type": "AWS::ECS::Service", "Condition": "Lost", "Properties": {}}
    }}"#;
    insta::assert_snapshot!(shown(&read("t.json", template)));
}

#[test]
fn half_a_template_and_one_of_another_service_are_told() {
    let half = read("half.yml", "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {}\n");
    assert_eq!(half.troubles[0].message, "a template of CloudFormation without resources");
    let other = read(
        "s3.json",
        r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket"}, "B": {"Type": "AWS::CloudFormation::Stack"}}}"#,
    );
    assert!(other.troubles[0].help.contains("nested stacks: `B`"), "{:?}", other.troubles);
    let body = r#"{"TemplateBody": "Resources:\n  A: {Type: AWS::ECS::Cluster}\n", "StagesAvailable": []}"#;
    assert_eq!(read("body.json", body).formed[0].json, r#"{"clusters":[{"clusterName":"A"}]}"#);
}

#[test]
fn revisions_tell_definitions_of_one_family_apart() {
    let template = "Resources:\n  A: &td {Type: AWS::ECS::TaskDefinition, Properties: {Family: f, ContainerDefinitions: [{Name: a}]}}\n  B: *td\n  \
                    S: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref B, SchedulingStrategy: DAEMON}}\n";
    let text = shown(&read("t.yml", template));
    assert!(text.contains(r#""revision":2"#) && text.contains(r#""taskDefinition":"f:2""#), "{text}");
}

#[test]
fn several_clusters_are_one_problem_that_an_option_settles() {
    let service = |cluster: &str| {
        format!(
            r#"{{"Type": "AWS::ECS::Service", "Properties": {{"Cluster": "{cluster}", "TaskDefinition": "t", "DesiredCount": 1}}}}"#
        )
    };
    let template = format!(r#"{{"Resources": {{"A": {}, "B": {}}}}}"#, service("x"), service("y"));
    let found = read("t.json", &template);
    assert_eq!(found.troubles.len(), 1);
    assert_eq!(found.troubles[0].message, "cluster `y`, but `Resources.A` is of cluster `x`");
    let hints = Hints { cluster: Some("arn:aws:ecs:r:1:cluster/y".to_owned()), ..Hints::default() };
    let found = read_with(&hints, &[("t.json", &template)]);
    assert_eq!(found.troubles, []);
    assert_eq!(found.formed.len(), 1);
    assert!(found.formed[0].file.contains("Resources.B"), "{:?}", found.formed);
}

/// A constraint whose expression is not known is left out whole; the others stay.
#[test]
fn an_element_without_a_member_it_needs_is_left_out() {
    let template = r#"{"Resources": {"A": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [{"Name": "a"}],
        "PlacementConstraints": [{"Type": "memberOf", "Expression": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}},
                                 {"Type": "memberOf", "Expression": "attribute:x exists"}]}}}}"#;
    let found = read("t.json", template);
    assert!(
        found.formed[0]
            .json
            .contains(r#""placementConstraints":[{"expression":"attribute:x exists","type":"memberOf"}]"#)
    );
    assert!(found.notes[0].contains("PlacementConstraints[0].Expression is `Fn::GetAZs`"), "{:?}", found.notes);
}

/// A parent gives the parameters of its nested stacks, and stacks import what others export, in any order of the files.
#[test]
fn templates_of_one_application_are_read_together() {
    let parent = r#"{"AWSTemplateFormatVersion": "2010-09-09", "Parameters": {"Size": {"Type": "Number", "Default": 7}}, "Resources": {
        "Web": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://bucket.s3.amazonaws.com/stacks/child.json?v=2",
            "Parameters": {"Count": {"Ref": "Size"}, "Zones": ["a", "b"]}}},
        "Lost": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "./lost.json"}}}}"#;
    let child = r#"{"AWSTemplateFormatVersion": "2010-09-09", "Parameters": {"Count": {"Type": "Number"}, "Zones": {"Type": "CommaDelimitedList"}},
        "Resources": {"Svc": {"Type": "AWS::ECS::Service", "Properties": {"ServiceName": {"Fn::Join": ["-", {"Ref": "Zones"}]},
            "DesiredCount": {"Ref": "Count"}, "TaskDefinition": {"Fn::ImportValue": "the-definition"}}}}}"#;
    let shared = r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Td": {"Type": "AWS::ECS::TaskDefinition",
        "Properties": {"Family": "web", "ContainerDefinitions": [{"Name": "a", "Memory": 20}]}}},
        "Outputs": {"Td": {"Value": {"Ref": "Td"}, "Export": {"Name": "the-definition"}}}}"#;
    let files = [("x/child.json", child), ("parent.json", parent), ("shared.json", shared)];
    let found = read_with(&Hints::default(), &files);
    let service =
        found.formed.iter().find(|formed| formed.file.starts_with("x/child.json")).expect("the service").json.clone();
    for part in [r#""serviceName":"a-b""#, r#""desiredCount":"7""#, r#""taskDefinition":"web""#] {
        assert!(service.contains(part), "{part}: {service}");
    }
    let told = shown(&found);
    assert!(told.contains("`Lost`") && !told.contains("Fn::ImportValue"), "{told}");
    // What is given on the command line goes before what a parent gives.
    let found = read_with(&hints(&[("Count", "2")]), &files);
    assert!(found.formed.iter().any(|formed| formed.json.contains(r#""desiredCount":"2""#)));
}

const CUT: &str = "
Resources:
  SubnetA: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: us-east-1b}}
  SubnetB: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: !Select [0, !GetAZs '']}}
  Td:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions: [{Name: a, Image: !Ref Image, Memory: 20}]
  Svc:
    Type: AWS::ECS::Service
    Properties:
      DesiredCount: 2
      TaskDefinition: !Ref Td
      LoadBalancers: [{TargetGroupArn: !Ref Group}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref SubnetA, !GetAtt SubnetB.SubnetId]}}
";

#[test]
fn what_the_template_lacks_where_placement_does_not_look_costs_nothing() {
    let found = read_with(&Hints::default(), &[("cut.yaml", CUT)]);
    assert_eq!(found.troubles, []);
    assert!(found.formed.iter().any(|formed| formed.file == "cut.yaml (Resources.Td)"), "{}", shown(&found));
    let note = "cut.yaml: neither resources nor parameters of the template, which may be cut off; placement does not look \
                there: `Group`, `Image`, `Role`";
    assert_eq!(found.notes, [note]);
    // Where it does look the resource is left out, as before.
    let found = read_with(&Hints::default(), &[("cut.yaml", &CUT.replace("Memory: 20", "Memory: !Ref Size"))]);
    assert!(shown(&found).contains("`Size` is neither a resource nor a parameter"), "{}", shown(&found));
}

#[test]
fn subnets_of_a_template_go_by_their_names_with_the_zones_that_it_tells() {
    let found = read_with(&Hints::default(), &[("cut.yaml", CUT)]);
    let json = |place: &str| {
        let file = format!("cut.yaml (Resources.{place})");
        found.formed.iter().find(|formed| formed.file == file).map(|formed| formed.json.as_str())
    };
    assert!(json("Svc").unwrap().contains(r#""subnets":["SubnetA","SubnetB"]"#), "{}", shown(&found));
    let told = r#"{"Subnets":[{"AvailabilityZone":"us-east-1b","SubnetId":"SubnetA"}]}"#;
    assert_eq!((json("SubnetA"), json("SubnetB")), (Some(told), None));
}

#[test]
fn properties_that_are_no_object_are_told_and_the_rest_is_read() {
    let kinds = ["TaskDefinition", "Service", "CapacityProvider", "Cluster", "ClusterCapacityProviderAssociations"];
    for kind in kinds {
        for value in ["5", "text", "[1]", "true"] {
            let text = format!(
                "Resources:\n  Bad:\n    Type: AWS::ECS::{kind}\n    Properties: {value}\n  Td:\n    Type: AWS::ECS::TaskDefinition\n    \
                 Properties: {{Family: web, ContainerDefinitions: [{{Name: c, Memory: 8}}]}}\n"
            );
            let told = shown(&read("t.yaml", &text));
            assert!(told.contains("Resources.Bad.Properties") && told.contains("no object"), "{kind} {value}: {told}");
            assert!(told.contains("web"), "{told}");
        }
    }
}

#[test]
fn loops_alone_make_a_template() {
    let text = "Resources:\n  'Fn::ForEach::Tds':\n    - Name\n    - [A, B]\n    - 'Td${Name}': {Type: 'AWS::ECS::TaskDefinition', \
                Properties: {Family: !Sub 'f-${Name}', ContainerDefinitions: [{Name: a, Memory: 20}]}}\n";
    let found = read_with(&Hints::default(), &[("t.yml", text)]);
    assert_eq!((found.formed.len(), found.troubles.len()), (2, 0), "{}", shown(&found));
}

#[test]
fn a_parameter_that_no_file_takes_is_an_argument_that_is_wrong() {
    let told = |given: &str, file: &str, text: &str| {
        let found = read_with(&hints(&[(given, "x")]), &[(file, text)]);
        let wrong = found.troubles.into_iter().filter(|trouble| trouble.is_argument);
        wrong.map(|trouble| format!("{} | {}", trouble.message, trouble.help)).collect::<Vec<_>>()
    };
    let template = "Parameters: {Env: {Type: String}, Size: {Type: Number}}\n".to_owned() + CUT.trim_start();
    assert_eq!(
        told("env", "t.yml", &template),
        ["no file takes the parameter `env` | there are `Env`, `Size`; letter case counts"]
    );
    assert_eq!(told("Env", "t.yml", &template), Vec::<String>::new());
    assert_eq!(told("AWS::Region", "t.yml", &template), Vec::<String>::new());
    assert_eq!(told("Size", "t.yml", &template), ["`x` is no number | write `--parameter Size=NUMBER`"]);
    let compose = "services: {web: {image: 'x:${TAG}', mem_limit: $SIZE}}";
    assert_eq!(told("TAG", "compose.yml", compose).len() + told("SIZE", "compose.yml", compose).len(), 0);
    assert_eq!(
        told("TA", "compose.yml", compose),
        [
            "no file takes the parameter `TA` | leave it out: it belongs to templates of CloudFormation and to compose files"
        ]
    );
}
