//! What a task definition requires of an instance where no `requiresAttributes` tells it: ECS works the list out when a
//! definition is registered, so that an input of that call, a file of a repository or a template has none.
//!
//! The table is `data/required-attributes.csv`; its sources and date stand at its head. A row that was documented or
//! observed is a requirement; one that is inferred only is told and refuses nothing.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::task_definition::{ContainerDefinition, TaskDefinition};
use crate::aws::reading::size;

/// What a definition requires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Names of attributes, ascending.
    pub required: Vec<String>,
    /// Names of further attributes that it may require, ascending: they are inferred, and nothing is refused for them.
    pub inferred: Vec<String>,
}

/// What a definition says for one condition: empty if the condition does not hold, else what fills `{}` in the attribute.
type Find = fn(&TaskDefinition) -> Vec<String>;

/// The conditions of the table by name.
const CONDITIONS: &[(&str, Find)] = &[
    ("awsvpc", |task| holds(task.mode() == "awsvpc")),
    ("task-role", |task| holds(is_text(task.task_role_arn.as_deref()) && task.mode() != "host")),
    ("task-role-on-host", |task| holds(is_text(task.task_role_arn.as_deref()) && task.mode() == "host")),
    ("execution-role-and-awslogs", |task| holds(has_execution_role(task) && drivers(task).contains("awslogs"))),
    ("execution-role-and-ecr", |task| holds(has_execution_role(task) && any(task, is_of_ecr))),
    ("ecr-image", |task| holds(any(task, is_of_ecr))),
    ("image-by-digest", |task| holds(any(task, |one| image(one).contains("@sha256:")))),
    ("registry-credentials", |task| {
        holds(any(task, |one| is_filled(at(&one.repository_credentials, &["credentialsParameter"]))))
    }),
    ("log-driver-seen", |task| drivers(task).into_iter().filter(|driver| SEEN.contains(&driver.as_str())).collect()),
    ("log-driver-other", |task| drivers(task).into_iter().filter(|driver| !SEEN.contains(&driver.as_str())).collect()),
    ("awslogs-create-group", |task| {
        holds(any(task, |one| log_option(one, "awslogs-create-group").is_some_and(is_true)))
    }),
    ("awslogs-non-blocking", |task| {
        let blocks_not = |value: &Value| value.as_str() == Some("non-blocking");
        holds(any(task, |one| driver(one) == Some("awslogs") && log_option(one, "mode").is_some_and(blocks_not)))
    }),
    ("log-secret-of-ssm", |task| {
        holds(any(task, |one| secrets(log_secrets(one)).any(|from| !is_of_secrets_manager(from))))
    }),
    ("log-secret-of-secrets-manager", |task| {
        holds(any(task, |one| secrets(log_secrets(one)).any(is_of_secrets_manager)))
    }),
    ("firelens-buffer-limit", |task| {
        holds(any(task, |one| {
            driver(one) == Some("awsfirelens") && log_option(one, "log-driver-buffer-limit").is_some()
        }))
    }),
    ("firelens-fluentbit", |task| holds(any(task, |one| router(one) == Some("fluentbit")))),
    ("firelens-fluentd", |task| holds(any(task, |one| router(one) == Some("fluentd")))),
    ("firelens-config-file", |task| {
        let kinds = task
            .container_definitions
            .iter()
            .filter_map(|one| at(&one.firelens_configuration, &["options", "config-file-type"])?.as_str());
        kinds.map(str::to_owned).collect()
    }),
    ("firelens-user", |task| {
        let is_root = |user: &str| user.is_empty() || user == "0" || user == "root";
        holds(any(task, |one| router(one).is_some() && one.user.as_deref().is_some_and(|user| !is_root(user))))
    }),
    ("secret-of-ssm", |task| {
        holds(any(task, |one| secrets(one.secrets.as_ref()).any(|from| !is_of_secrets_manager(from))))
    }),
    ("secret-of-secrets-manager", |task| {
        holds(any(task, |one| secrets(one.secrets.as_ref()).any(is_of_secrets_manager)))
    }),
    ("environment-files", |task| holds(any(task, |one| is_filled(one.environment_files.as_ref())))),
    ("memory-reservation", |task| holds(any(task, |one| one.memory_reservation.is_some_and(|soft| soft > 0)))),
    ("task-cpu-above-10-vcpu", |task| {
        holds(task.cpu.as_deref().and_then(size::cpu_units).is_some_and(|units| units > 10_240))
    }),
    ("health-check", |task| holds(any(task, |one| one.health_check.is_some()))),
    ("health-check-without-start-period", |task| {
        holds(any(task, |one| one.health_check.is_some() && at(&one.health_check, &["startPeriod"]).is_none()))
    }),
    ("health-check-with-start-period", |task| {
        holds(any(task, |one| at(&one.health_check, &["startPeriod"]).is_some()))
    }),
    ("depends-on", |task| holds(any(task, |one| is_filled(one.depends_on.as_ref())))),
    ("start-or-stop-timeout", |task| holds(any(task, |one| one.start_timeout.is_some() || one.stop_timeout.is_some()))),
    ("pid-or-ipc-mode", |task| holds(is_text(task.pid_mode.as_deref()) || is_text(task.ipc_mode.as_deref()))),
    ("pid-mode", |task| holds(is_text(task.pid_mode.as_deref()))),
    ("app-mesh-proxy", |task| {
        let kind = at(&task.proxy_configuration, &["type"]).and_then(Value::as_str);
        holds(task.proxy_configuration.is_some() && kind.is_none_or(|kind| kind == "APPMESH"))
    }),
    ("privileged", |task| holds(any(task, |one| one.privileged.as_ref().is_some_and(is_true)))),
    ("working-directory", |task| holds(any(task, |one| is_text(one.working_directory.as_deref())))),
    ("read-only-root", |task| holds(any(task, |one| one.readonly_root_filesystem.as_ref().is_some_and(is_true)))),
    ("user", |task| holds(any(task, |one| is_text(one.user.as_deref()) && router(one).is_none()))),
    ("dns-or-hosts", |task| {
        holds(any(task, |one| {
            one.dns_servers.is_some() || one.dns_search_domains.is_some() || one.extra_hosts.is_some()
        }))
    }),
    ("links", |task| holds(any(task, |one| is_filled(one.links.as_ref())))),
    ("ulimits", |task| holds(any(task, |one| one.ulimits.is_some()))),
    ("docker-labels", |task| holds(any(task, |one| one.docker_labels.is_some()))),
    ("init-process", |task| {
        holds(any(task, |one| at(&one.linux_parameters, &["initProcessEnabled"]).is_some_and(is_true)))
    }),
    ("tmpfs", |task| holds(any(task, |one| is_filled(at(&one.linux_parameters, &["tmpfs"]))))),
    ("shared-memory", |task| holds(any(task, |one| is_filled(at(&one.linux_parameters, &["sharedMemorySize"]))))),
    ("selinux-label", |task| holds(any(task, |one| has_entry(one.docker_security_options.as_ref(), "label:")))),
    ("apparmor-profile", |task| holds(any(task, |one| has_entry(one.docker_security_options.as_ref(), "apparmor:")))),
    ("credential-spec", |task| holds(any(task, |one| has_credentials(one, "credentialspec:")))),
    ("credential-spec-domainless", |task| holds(any(task, |one| has_credentials(one, "credentialspecdomainless:")))),
    ("container-port-range", |task| {
        holds(any(task, |one| one.port_mappings.iter().any(|mapping| is_text(mapping.container_port_range.as_deref()))))
    }),
    ("docker-volume", |task| {
        let driver = |volume: &Value| {
            let configuration = volume.get("dockerVolumeConfiguration").filter(|one| !one.is_null())?;
            let name = configuration.get("driver").and_then(Value::as_str).unwrap_or("local");
            // The agent writes a tag with a dot.
            Some(name.replace(':', "."))
        };
        let drivers: BTreeSet<String> = volumes(task).filter_map(driver).collect();
        drivers.into_iter().collect()
    }),
    ("efs-volume", |task| holds(has_volume(task, "efsVolumeConfiguration"))),
    ("fsx-volume", |task| holds(has_volume(task, "fsxWindowsFileServerVolumeConfiguration"))),
    ("ebs-volume", |task| holds(volumes(task).any(|volume| volume.get("configuredAtLaunch").is_some_and(is_true)))),
    ("ephemeral-storage", |task| holds(task.ephemeral_storage.is_some())),
    ("fault-injection", |task| holds(task.enable_fault_injection.as_ref().is_some_and(is_true))),
    ("restart-policy", |task| holds(any(task, |one| at(&one.restart_policy, &["enabled"]).is_some_and(is_true)))),
    ("inference-accelerators", |task| holds(is_filled(task.inference_accelerators.as_ref()))),
];

/// Log drivers whose attribute was seen in outputs.
const SEEN: [&str; 3] = ["awslogs", "journald", "awsfirelens"];

/// One row of the table.
#[derive(Debug)]
struct Row {
    find: Find,
    attribute: &'static str,
    is_inferred: bool,
}

static ROWS: LazyLock<Vec<Row>> =
    LazyLock::new(|| parse(include_str!("data/required-attributes.csv")).expect("a test reads the whole table"));

impl TaskDefinition {
    /// What it requires by what it says, whatever its `requiresAttributes` are.
    #[must_use]
    pub fn derived_requirements(&self) -> Requirements {
        let (mut required, mut inferred) = (BTreeSet::new(), BTreeSet::new());
        for row in ROWS.iter() {
            let names = (row.find)(self).into_iter().map(|found| row.attribute.replace("{}", &found));
            (if row.is_inferred { &mut inferred } else { &mut required }).extend(names);
        }
        let inferred = inferred.difference(&required).cloned().collect();
        Requirements { required: required.into_iter().collect(), inferred }
    }
}

fn parse(table: &'static str) -> Result<Vec<Row>, String> {
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| parse_row(line).ok_or_else(|| format!("bad row `{line}`"))).collect()
}

fn parse_row(line: &'static str) -> Option<Row> {
    let fields: Vec<&'static str> = line.split(',').collect();
    let [condition, attribute, mark, seen, source] = fields[..] else { return None };
    let find = CONDITIONS.iter().find(|(name, _)| *name == condition)?.1;
    let is_inferred = match mark {
        "D" | "O" => false,
        "I" => true,
        _ => return None,
    };
    let is_whole = seen.split('/').filter_map(|part| part.parse::<u32>().ok()).count() == 2 && !source.is_empty();
    is_whole.then_some(Row { find, attribute, is_inferred })
}

fn holds(value: bool) -> Vec<String> {
    if value { vec![String::new()] } else { Vec::new() }
}

fn any(task: &TaskDefinition, test: impl Fn(&ContainerDefinition) -> bool) -> bool {
    task.container_definitions.iter().any(test)
}

/// A member inside a member, if it is there and not null.
fn at<'v>(value: &'v Option<Value>, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value.as_ref()?, |value, name| value.get(*name)).filter(|value| !value.is_null())
}

fn is_text(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

/// Something that is neither empty nor zero nor false.
fn is_filled(value: Option<&Value>) -> bool {
    value.is_some_and(|value| match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
    })
}

/// True as a flag, or as a text in any letter case, as options of log drivers are written.
fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn has_execution_role(task: &TaskDefinition) -> bool {
    is_text(task.execution_role_arn.as_deref())
}

fn image(container: &ContainerDefinition) -> &str {
    container.image.as_deref().unwrap_or_default()
}

/// An image of a private registry of Amazon ECR, `<account>.dkr.ecr.<region>.…`.
fn is_of_ecr(container: &ContainerDefinition) -> bool {
    let host = image(container).split('/').next().unwrap_or_default();
    host.split_once(".dkr.ecr").is_some_and(|(account, rest)| {
        !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with(['.', '-'])
    })
}

fn driver(container: &ContainerDefinition) -> Option<&str> {
    at(&container.log_configuration, &["logDriver"])?.as_str()
}

fn drivers(task: &TaskDefinition) -> BTreeSet<String> {
    task.container_definitions.iter().filter_map(driver).map(str::to_owned).collect()
}

fn log_option<'c>(container: &'c ContainerDefinition, name: &str) -> Option<&'c Value> {
    at(&container.log_configuration, &["options", name])
}

fn log_secrets(container: &ContainerDefinition) -> Option<&Value> {
    at(&container.log_configuration, &["secretOptions"])
}

/// Where the secrets of a list come from.
fn secrets(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(|one| one.get("valueFrom")?.as_str())
}

fn is_of_secrets_manager(from: &str) -> bool {
    from.starts_with("arn:") && from.split(':').nth(2) == Some("secretsmanager")
}

/// The type of a FireLens log router.
fn router(container: &ContainerDefinition) -> Option<&str> {
    at(&container.firelens_configuration, &["type"])?.as_str()
}

fn has_entry(list: Option<&Value>, prefix: &str) -> bool {
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(Value::as_str).any(|entry| entry.starts_with(prefix))
}

fn has_credentials(container: &ContainerDefinition, prefix: &str) -> bool {
    has_entry(container.docker_security_options.as_ref(), prefix)
        || has_entry(container.credential_specs.as_ref(), prefix)
}

fn volumes(task: &TaskDefinition) -> impl Iterator<Item = &Value> {
    task.volumes.as_ref().and_then(Value::as_array).into_iter().flatten()
}

fn has_volume(task: &TaskDefinition, configuration: &str) -> bool {
    volumes(task).any(|volume| volume.get(configuration).is_some_and(|value| !value.is_null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_parses_and_every_condition_is_asked() {
        let table = include_str!("data/required-attributes.csv");
        assert!(parse(table).unwrap().len() > 60);
        for (name, _) in CONDITIONS {
            assert!(table.lines().any(|line| line.starts_with(&format!("{name},"))), "`{name}` has no row");
        }
        for bad in ["no-such,a,D,1/0,x", "awsvpc,a,X,1/0,x", "awsvpc,a,D,1,x", "awsvpc,a,D,1/0", "awsvpc,a,D,1/0,"] {
            assert!(parse_row(bad).is_none(), "{bad}");
        }
    }

    fn derived(members: &str) -> Requirements {
        let text = format!(r#"{{"family": "t", {members}}}"#);
        serde_json::from_str::<TaskDefinition>(&text).unwrap().derived_requirements()
    }

    /// What stands in the table and in none of the definitions that were seen whole.
    #[test]
    fn what_is_inferred_is_told_apart_from_what_is_required() {
        let container =
            |members: &str| format!(r#""containerDefinitions": [{{"name": "a", "image": "x", {members}}}]"#);
        let gelf = derived(&container(r#""logConfiguration": {"logDriver": "gelf"}"#));
        assert_eq!(gelf.required, [""; 0]);
        let drivers =
            ["com.amazonaws.ecs.capability.docker-remote-api.1.19", "com.amazonaws.ecs.capability.logging-driver.gelf"];
        assert_eq!(gelf.inferred, drivers);
        // What one row requires and another infers is required.
        let both = derived(&container(r#""user": "1000", "links": ["b"], "restartPolicy": {"enabled": true}"#));
        assert_eq!(both.required, ["com.amazonaws.ecs.capability.docker-remote-api.1.17"]);
        assert_eq!(both.inferred, ["ecs.capability.container-restart-policy"]);
        let host = derived(r#""networkMode": "host", "taskRoleArn": "arn:aws:iam::1:role/x""#);
        assert_eq!((host.required.len(), host.inferred.len()), (0, 1));
    }

    #[test]
    fn what_is_off_null_or_empty_requires_nothing() {
        for members in [
            r#""taskRoleArn": null, "executionRoleArn": "", "ephemeralStorage": null, "volumes": []"#,
            r#""containerDefinitions": [{"privileged": false, "readonlyRootFilesystem": false, "user": "", "links": [],
                "healthCheck": null, "secrets": [], "environmentFiles": [], "ulimits": null, "memoryReservation": 0,
                "linuxParameters": {"initProcessEnabled": false, "tmpfs": [], "sharedMemorySize": 0},
                "image": "public.ecr.aws/docker/library/nginx:1", "restartPolicy": {"enabled": false}}]"#,
            r#""networkMode": "bridge", "cpu": "10240", "volumes": [{"host": {"sourcePath": "/x"}}]"#,
        ] {
            assert_eq!(derived(members), Requirements::default(), "{members}");
        }
    }
}
