"""Checks the documents of `stowplan::aws` with the AWS CLI and with botocore's model of the ECS API.

1. The skeletons that `aws ecs CALL --generate-cli-skeleton` prints are read, and told apart by their members.
2. Every sample request and response of botocore is read without problems, and what we write of it is valid.
3. Requests and responses that we make from our own values are valid.
"""

import gzip
import json
import pathlib
import subprocess
import sys

import botocore
import botocore.session
from botocore.validate import ParamValidator

READER = sys.argv[1]
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
    "update-service": "create-service input",
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


check_skeletons()
check_samples()
check_values()
print(f"{checked} documents are valid for botocore {botocore.__version__}" if not problems else "\n".join(problems))
sys.exit(1 if problems or checked < 20 else 0)
