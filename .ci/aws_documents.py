"""Checks the documents of `stowplan::aws` with the AWS CLI and with botocore's model of the ECS API.

1. The skeletons that `aws ecs CALL --generate-cli-skeleton` prints are read, and told apart by their members.
2. Every sample request and response of botocore is read without problems, and what we write of it is valid.
3. Requests and responses that we make from our own values are valid.
4. `src/aws/members/members.csv` has every member of the shapes that it is about: what AWS adds is missed here.
5. Inputs and outputs of every call with every member set, skeletons of every call, answers of moto, and CloudFormation's own
   shapes of its resources go through `import`, `query` and `explain`, which answer and never panic.
"""

import collections
import csv
import datetime
import glob
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import botocore
import botocore.session
from botocore.utils import ArgumentGenerator
from botocore.validate import ParamValidator

READER, STOWPLAN = sys.argv[1:3]
AWS = pathlib.Path(sys.executable).with_name("aws")

# The calls whose documents we read, and the name that we give to the input of each.
REQUESTS = {
    "create-cluster": "create-cluster input",
    "create-service": "create-service input",
    "put-attributes": "put-attributes",
    "register-container-instance": "register-container-instance input",
    "register-task-definition": "describe-task-definition",
    "run-task": "run-task input",
    "start-task": "start-task input",
    "update-service": "update-service input",
    "describe-clusters": "a list of names",
    "describe-container-instances": "a list of names",
    "describe-services": "a list of names",
    "describe-task-definition": "a list of names",
    "describe-tasks": "a list of names",
    "list-container-instances": "a list of names",
    "list-tasks": "a list of names",
    "describe-capacity-providers": "a list of names",
}

service = botocore.session.get_session().get_service_model("ecs")
problems = []
checked = 0


def read(text):
    """What our reader makes of a text: a list of documents."""
    run = subprocess.run([READER, "-"], input=text.encode(), capture_output=True, check=False)
    if run.returncode != 0:
        sys.exit(f"the reader failed: {run.stderr.decode()}\n{text}")
    return json.loads(run.stdout)


def operation(call):
    return service.operation_model("".join(word.capitalize() for word in call.split("-")))


def shape_of(document):
    """A document named as in `run-task input` or `describe-tasks`, which is output."""
    call, _, side = document.partition(" ")
    return operation(call).input_shape if side == "input" else operation(call).output_shape


def unknown_members(value, shape, path):
    """Members that the API does not have; botocore itself lets them pass in lists of structures of outputs."""
    if shape.type_name == "structure":
        for name, part in value.items():
            if name not in shape.members:
                yield f"{path}.{name}: not a member of {shape.name}"
            else:
                yield from unknown_members(part, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for position, part in enumerate(value):
            yield from unknown_members(part, shape.member, f"{path}[{position}]")


def validate(value, shape, what):
    global checked
    checked += 1
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        problems.append(f"{what}: {report.generate_report()}")
    problems.extend(f"{what}: {found}" for found in unknown_members(value, shape, ""))


def check_skeletons():
    for call, name in REQUESTS.items():
        skeleton = subprocess.run(
            [AWS, "ecs", call, "--generate-cli-skeleton", "input"], capture_output=True, check=True
        ).stdout.decode()
        (document,) = read(skeleton)
        if document.get("call") != name:
            problems.append(f"skeleton of {call}: read as {document.get('call')}, {document['problems']}")
        elif name.endswith(" input"):
            # Hooks are handed on as they stand, and the zeros of a skeleton are below what the model allows.
            document["document"].get("deploymentConfiguration", {}).pop("lifecycleHooks", None)
            validate(document["document"], operation(call).input_shape, f"skeleton of {call}")
            if call != "create-cluster" and not document["problems"]:
                problems.append(f"skeleton of {call}: its empty values were not complained about")


def check_samples():
    root = pathlib.Path(botocore.__file__).parent / "data/ecs/2014-11-13"
    path = root / "examples-1.json"
    samples = json.loads(path.read_text() if path.exists() else gzip.open(f"{path}.gz").read())
    for call, examples in samples["examples"].items():
        model = service.operation_model(call)
        for example in examples:
            for side, shape in (("input", model.input_shape), ("output", model.output_shape)):
                sample = example.get(side)
                if not sample:
                    continue
                (document,) = read(json.dumps(sample))
                name = document.get("call")
                if name is None or name == "a list of names":
                    continue
                what = f"sample of {call}, {side}"
                problems.extend(f"{what}: {problem}" for problem in document["problems"])
                validate(document["document"], shape, what)


def check_values():
    written = json.loads(subprocess.run([READER, "--of-values"], capture_output=True, check=True).stdout)
    for name, document in written.items():
        validate(document, shape_of(name), name)


def check_members():
    rows = collections.defaultdict(set)
    with open("src/aws/members/members.csv", newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            rows[row["shape"]].add(row["member"])
    for name, members in rows.items():
        model = set(service.shape_for(name).members)
        for member in sorted(model ^ members):
            problems.append(f"members.csv: {name}.{member} is {'missing' if member in model else 'no member any more'}")


def whole(shape, above=()):
    """A value of a shape with every member set, each list with one element; a shape inside itself is left out."""
    kind = shape.type_name
    if kind == "structure":
        inside = {name: whole(part, (*above, shape.name)) for name, part in shape.members.items() if part.name not in above}
        return {name: value for name, value in inside.items() if value is not None}
    if kind == "list":
        element = None if shape.member.name in above else whole(shape.member, above)
        return [] if element is None else [element]
    if kind == "map":
        return {"key": whole(shape.value, above)}
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][0]
    number = max(1, shape.metadata.get("min", 1))
    values = {"boolean": True, "timestamp": "2026-11-22T10:00:00+00:00", "double": 1.0, "float": 1.0, "blob": "eA=="}
    return values.get(kind, number if kind in ("integer", "long") else "x")


INSTANCE = {
    "containerInstanceArn": "arn:aws:ecs:us-east-1:123456789012:container-instance/x/i1",
    "status": "ACTIVE",
    "agentConnected": True,
    "attributes": [{"name": "ecs.availability-zone", "value": "us-east-1a"}, {"name": "ecs.instance-type", "value": "m5.large"}],
    "registeredResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 7680}],
    "remainingResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 7680}],
}
DEFINITION = {"family": "x", "revision": 1, "containerDefinitions": [{"name": "x", "image": "x", "cpu": 1, "memory": 10}]}


def ask(what, folder, files, *more):
    """Runs the three commands; each answers, refuses with a message, and nothing else."""
    global checked
    files = [*files, *more]
    for command in (["import"], ["query", "agentConnected == true"], ["explain", "--task-definition", "x"]):
        run = subprocess.run(
            [STOWPLAN, *command, *files, "--quiet"], cwd=folder, capture_output=True, check=False, timeout=60
        )
        checked += 1
        message = run.stderr.decode()
        if run.returncode not in (0, 1, 2) or "panicked" in message or (run.returncode == 2 and "error" not in message):
            problems.append(f"{what}: `{' '.join(command)}` ended with {run.returncode}: {message}")
        if command == ["import"] and run.returncode == 0:
            pathlib.Path(folder, "made.toml").write_bytes(run.stdout)
            check = subprocess.run([STOWPLAN, "check", "made.toml"], cwd=folder, capture_output=True, check=False)
            if check.returncode != 0:
                problems.append(f"{what}: what `import` wrote does not pass `check`: {check.stderr.decode()}")


def check_forms():
    with tempfile.TemporaryDirectory() as folder:
        put = lambda name, value: pathlib.Path(folder, name).write_text(json.dumps(value, default=str), encoding="utf-8")
        put("i.json", {"containerInstances": [INSTANCE]})
        put("d.json", {"taskDefinition": DEFINITION})
        for call in service.operation_names:
            model = service.operation_model(call)
            if model.input_shape:
                put("x.json", whole(model.input_shape))
                ask(f"input of {call}", folder, ["x.json", "i.json", "d.json"])
                put("x.json", ArgumentGenerator().generate_skeleton(model.input_shape))
                ask(f"skeleton of {call}", folder, ["x.json", "i.json", "d.json"])
            if model.output_shape:
                put("x.json", whole(model.output_shape))
                ask(f"output of {call}", folder, ["x.json", "i.json", "d.json"])
        check_moto(folder, put)
        check_cloudformation(folder, put)


def check_moto(folder, put):
    os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")
    import boto3
    import moto
    from moto.ec2.utils import generate_instance_identity_document

    with moto.mock_aws():
        ecs, ec2 = boto3.client("ecs", region_name="us-east-1"), boto3.resource("ec2", region_name="us-east-1")
        image = boto3.client("ec2", region_name="us-east-1").describe_images()["Images"][0]["ImageId"]
        ecs.create_cluster(clusterName="prod")
        for machine in ec2.create_instances(ImageId=image, MinCount=3, MaxCount=3, InstanceType="m5.large"):
            document = json.dumps(generate_instance_identity_document(machine))
            ecs.register_container_instance(cluster="prod", instanceIdentityDocument=document)
        ecs.register_task_definition(**{k: v for k, v in DEFINITION.items() if k != "revision"})
        ecs.create_service(cluster="prod", serviceName="web", taskDefinition="x", desiredCount=2, launchType="EC2")
        ecs.run_task(cluster="prod", taskDefinition="x", count=2, launchType="EC2")
        instances = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
        answers = [
            ecs.describe_clusters(clusters=["prod"]),
            ecs.describe_container_instances(cluster="prod", containerInstances=instances),
            ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"]),
            ecs.describe_services(cluster="prod", services=["web"]),
            ecs.describe_task_definition(taskDefinition="x"),
        ]
    names = [f"moto-{number}.json" for number in range(len(answers))]
    dates = lambda value: value.isoformat() if isinstance(value, datetime.datetime) else str(value)
    for name, answer in zip(names, answers):
        answer.pop("ResponseMetadata", None)
        put(name, json.loads(json.dumps(answer, default=dates)))
    ask("moto", folder, names)
    run = subprocess.run([STOWPLAN, "import", *names, "--quiet"], cwd=folder, capture_output=True, check=False)
    if run.returncode != 0 or run.stdout.count(b"{ name = ") < 3 or b'name = "web"' not in run.stdout:
        problems.append(f"moto: not imported whole: {run.stdout.decode()}{run.stderr.decode()}")


def check_cloudformation(folder, put):
    import cfnlint

    found = {}
    for path in glob.glob(str(pathlib.Path(cfnlint.__file__).parent / "data/schemas/resources/*.json")):
        text = pathlib.Path(path).read_text(encoding="utf-8")
        if '"AWS::ECS::' in text:
            schema = json.loads(text)
            if schema.get("typeName", "").startswith("AWS::ECS::"):
                found[schema["typeName"]] = schema
    if len(found) < 5:
        problems.append(f"CloudFormation: only {sorted(found)} of its shapes are known")
    for kind, schema in found.items():
        properties = of_schema(schema, schema, 0)
        put("x.json", {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"It": {"Type": kind, "Properties": properties}}})
        ask(f"CloudFormation's {kind}", folder, ["x.json", "i.json", "d.json"])


def of_schema(schema, root, depth):
    """A value with every property of a JSON schema."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    if depth > 8:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        inside = {name: of_schema(part, root, depth + 1) for name, part in schema.get("properties", {}).items()}
        return {name: value for name, value in inside.items() if value is not None}
    if kind == "array":
        return [of_schema(schema.get("items", {}), root, depth + 1)]
    return {"boolean": True, "integer": 1, "number": 1}.get(kind, "x")


check_skeletons()
check_samples()
check_values()
check_members()
check_forms()
print(f"{checked} documents are valid for botocore {botocore.__version__}" if not problems else "\n".join(problems))
sys.exit(1 if problems or checked < 20 else 0)
