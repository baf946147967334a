//! Files that hold no document of Amazon ECS: what they are, and how to get from them what can be read.

use serde_json::Value;

use super::values::text as member;

/// What a file is, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) what: &'static str,
    pub(super) help: &'static str,
}

/// What a text is that is neither JSON nor YAML of documents.
pub(super) fn text(file: &str, text: &str) -> Option<Told> {
    let start = text.trim_start();
    let told = |what, help| Some(Told { what, help });
    let has_extension = |wanted: &str| file.rsplit('.').next().is_some_and(|found| found.eq_ignore_ascii_case(wanted));
    if has_extension("tf") || has_extension("hcl") || has_extension("tofu") || is_hcl(start) {
        return told("Terraform's own language, which only Terraform evaluates", TERRAFORM);
    }
    if has_extension("tfvars") {
        return told("variables of Terraform, which hold no resource", TERRAFORM);
    }
    if has_holes(text) {
        return told("a template whose places `${…}` are not filled in", FILL_IN);
    }
    if start.starts_with("{'") || start.starts_with("[{'") || start.contains("datetime.datetime(") {
        return told("a Python object as `print` shows it", "write it by `json.dumps(answer, default=str)`");
    }
    if start.starts_with('<') {
        return told("HTML or XML", "give the answer of the AWS CLI: `aws ecs … --output json`");
    }
    if ["CONTAINERINSTANCES\t", "TASKS\t", "SERVICES\t", "TASKDEFINITION\t", "FAILURES\t", "REGISTEREDRESOURCES\t"]
        .iter()
        .any(|label| start.starts_with(label))
    {
        return told("what `aws … --output text` prints, which drops the names of members", AS_JSON);
    }
    if start.starts_with("An error occurred (") {
        return told("an error that the AWS CLI printed", "see what it says, and call it anew");
    }
    if start.starts_with("---------") && start.contains('|') {
        return told("what `aws … --output table` prints", AS_JSON);
    }
    if start.starts_with("package ") || start.starts_with("import ") || start.starts_with("from ") {
        return told("source text of a program", CDK);
    }
    None
}

const TERRAFORM: &str = "make JSON of it: `terraform plan -out=plan.bin && terraform show -json plan.bin > plan.json`, or \
                         of what is deployed: `terraform show -json > state.json`";
const AS_JSON: &str = "call it anew with `--output json` or `--output yaml`";
const FILL_IN: &str = "give it filled in: from Terraform `terraform show -json PLAN`, from what is deployed \
                       `aws ecs describe-task-definition --task-definition FAMILY --output json`";
const CDK: &str = "of an app of the CDK, `cdk synth > template.yaml` prints a template that can be read";

/// What blocks of Terraform are called.
const BLOCKS: [&str; 8] = ["resource", "module", "variable", "terraform", "provider", "data", "locals", "output"];

/// Whether an object is what `*.tf.json` holds, as people and CDKTF write it: blocks of Terraform and comments alone.
fn is_configuration(value: &Value) -> bool {
    let members =
        value.as_object().filter(|members| members.contains_key("resource") || members.contains_key("module"));
    members.is_some_and(|members| members.keys().all(|name| name == "//" || BLOCKS.contains(&name.as_str())))
}

/// Whether lines begin as blocks of Terraform do.
fn is_hcl(text: &str) -> bool {
    text.lines().take(200).any(|line| {
        let mut words = line.split_whitespace();
        let is_block = words.next().is_some_and(|first| BLOCKS.contains(&first));
        is_block && line.trim_end().ends_with('{') && words.all(|word| word.starts_with('"') || word == "{")
    })
}

/// Whether a value stands as `${name}` outside quotes, where JSON has a number.
fn has_holes(text: &str) -> bool {
    let Some(rest) = text.trim_start().strip_prefix(['{', '[']) else { return false };
    let bare =
        |opening: &str| rest.match_indices(opening).any(|(at, _)| rest[..at].trim_end().ends_with([':', ',', '[']));
    bare("${") || bare("{{") || bare("<%") || bare("%{")
}

/// What a value is that holds no document.
pub(super) fn value(value: &Value) -> Option<Told> {
    let told = |what, help| Some(Told { what, help });
    let has = |name: &str| value.get(name).is_some();
    if has("apiVersion") && has("kind") {
        return told("a manifest of Kubernetes", "only Amazon ECS is simulated");
    }
    if is_configuration(value) {
        return told("Terraform's own language as JSON, which only Terraform evaluates", TERRAFORM);
    }
    if has("@level") && has("@message") {
        return told("the log of `terraform … -json`, not the plan", TERRAFORM);
    }
    if has("tree") && member(value, "version").is_some_and(|version| version.starts_with("tree")) {
        return told("the tree of an app of the CDK", CDK_OUT);
    }
    if has("artifacts") && has("version") {
        return told("the manifest of an app of the CDK", CDK_OUT);
    }
    if value.get("Resources").is_some_and(Value::is_array) {
        return told("an AppSpec of CodeDeploy, which names a service and does not describe it", AS_DESCRIBED);
    }
    if has("StackResources") || has("StackResourceSummaries") || has("Stacks") {
        let help = "`aws cloudformation get-template --stack-name NAME` prints its template";
        return told("what CloudFormation says of a stack, without its template", help);
    }
    if has("Records") && value["Records"].get(0).is_some_and(|record| record.get("eventSource").is_some()) {
        return told("records of CloudTrail", "give what `aws ecs describe-…` prints now");
    }
    if has("__type") || has("Error") && has("ResponseMetadata") {
        return told("an error that AWS answered", "see what it says, and call it anew");
    }
    let asked_elsewhere = [
        ("Reservations", "what `aws ec2 describe-instances` prints, which knows nothing of Amazon ECS"),
        ("serviceDeployments", "service deployments of Amazon ECS, which are in the answer about their service too"),
        ("serviceRevisions", "service revisions of Amazon ECS"),
        ("taskSets", "task sets of Amazon ECS, which are in the answer about their service too"),
    ];
    if let Some((_, what)) = asked_elsewhere.iter().find(|(name, _)| has(name)) {
        return told(what, DESCRIBE);
    }
    let is_copilot = member(value, "type").is_some_and(|kind| kind.ends_with(" Service") || kind.ends_with(" Job"));
    if is_copilot && has("name") {
        let help = "`copilot svc package --name NAME` prints a template that can be read";
        return told("a manifest of AWS Copilot", help);
    }
    None
}

const DESCRIBE: &str = "give what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` and \
                        `describe-task-definition` print; `stowplan import --commands` collects it";
const AS_DESCRIBED: &str = "give what `aws ecs describe-services` and `describe-task-definition` print of it";
const CDK_OUT: &str = "give `cdk.out/STACK.template.json` beside it, or what `cdk synth` prints";
