//! Compose files by example.

use super::super::Hints;
use super::super::tests::{read, read_with, shown};

const COMPOSE: &str = "
version: '3'
services:
  web:
    image: ${REGISTRY:-docker.io}/web:${TAG}
    cpu_shares: 100
    mem_limit: 500m
    ports: ['80:8080', '443', '127.0.0.1:53:53/udp', '3000-3001:4000-4001', {target: 9, published: 10, protocol: udp}]
    environment: {PASSWORD: hunter2}
  side:
    image: side
    deploy:
      replicas: 3
      resources: {limits: {cpus: '0.5', memory: 256M}, reservations: {memory: 128M, devices: [{capabilities: [gpu], count: 2}]}}
  bare: {build: .}
";

const PARAMS: &str = "
version: 1
task_definition:
  ecs_network_mode: awsvpc
  task_role_arn: role
  task_size: {cpu_limit: 512, mem_limit: 1GB}
  services:
    web: {cpu_shares: 200, mem_reservation: 268435456, essential: false}
    bare: {mem_limit: '${BARE}'}
run_params:
  network_configuration: {awsvpc_configuration: {subnets: [s-1], security_groups: [g], assign_public_ip: ENABLED}}
  task_placement:
    strategy: [{field: memory, type: binpack}]
    constraints: [{type: memberOf, expression: 'attribute:ecs.instance-type =~ m5.*'}]
";

#[test]
fn a_compose_file_with_its_parameters_is_one_definition_and_one_service() {
    let hints = Hints { parameters: [("BARE".to_owned(), "64m".to_owned())].into(), ..Hints::default() };
    let found = read_with(&hints, &[("shop/docker-compose.yml", COMPOSE), ("shop/ecs-params.yml", PARAMS)]);
    let text = shown(&found);
    assert!(!text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_wrong_is_told_with_its_member() {
    let found = read_with(&Hints::default(), &[("docker-compose.yml", COMPOSE), ("p.yml", PARAMS), ("q.yml", PARAMS)]);
    let text = shown(&found);
    assert!(
        text.contains("error docker-compose.yml [services.bare.mem_limit] the variable `BARE` has no value"),
        "{text}"
    );
    assert!(text.contains("error q.yml [] a second file of parameters"), "{text}");
    let wrong = "services:\n  a: {image: x, mem_limit: lots, ports: ['1-2:3', $$]}\n";
    let text = shown(&read("c.yml", wrong));
    assert!(text.contains("error c.yml [services.a.mem_limit] `lots` is no amount"), "{text}");
    assert!(
        text.contains("error c.yml [services.a.ports[0]] no port") && text.contains("[services.a.ports[1]]"),
        "{text}"
    );
    assert!(shown(&read("c.yml", "services: {}\n")).contains("a compose file without services"));
}

#[test]
fn the_first_format_and_parameters_alone_are_read() {
    assert!(shown(&read("c.yml", "web: {image: x, mem_limit: 1g}\n")).contains(r#""memory":1024,"name":"web""#));
    let alone = shown(&read("ecs-params.yml", PARAMS.replace("${BARE}", "4m").as_str()));
    assert!(
        alone.contains("without its compose file")
            && alone.contains(r#""placementStrategy":[{"field":"memory","type":"binpack"}]"#),
        "{alone}"
    );
}
