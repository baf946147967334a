//! GPUs from the documents of AWS to the last row of a run: `gpuDevices[]`, `gpu-device`, the log, its audit, `explain`
//! (R-5.15 to R-5.15c, U-23).

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ran, stowplan};

const ACCOUNT: &str = "arn:aws:ecs:us-east-1:111122223333";

/// A device as `describe-container-instances` shows it.
fn device(id: &str, mode: &str, remaining: u32) -> Value {
    json!({ "gpuId": id, "sharingMode": mode, "totalMemoryInMiB": 16_384, "remainingMemoryInMiB": remaining })
}

fn instance(devices: &[Value]) -> Value {
    let resource = |name: &str, value: u32| json!({ "name": name, "type": "INTEGER", "integerValue": value });
    let ids: Vec<&Value> = devices.iter().map(|device| &device["gpuId"]).collect();
    let idle: Vec<&Value> =
        devices.iter().filter(|device| device["sharingMode"] == "IDLE").map(|device| &device["gpuId"]).collect();
    let gpus = |ids: &[&Value]| json!({ "name": "GPU", "type": "STRINGSET", "stringSetValue": ids });
    json!({ "containerInstances": [{
        "containerInstanceArn": format!("{ACCOUNT}:container-instance/c/g1"), "ec2InstanceId": "i-0aa",
        "status": "ACTIVE", "agentConnected": true,
        "registeredResources": [resource("CPU", 8_000), resource("MEMORY", 60_000), gpus(&ids)],
        "remainingResources": [resource("CPU", 7_000), resource("MEMORY", 58_000), gpus(&idle)],
        "gpuDevices": devices,
        "attributes": [{ "name": "ecs.availability-zone", "value": "us-east-1a" }],
    }] })
}

fn definition(family: &str, requirement: &Value) -> Value {
    json!({ "taskDefinition": {
        "taskDefinitionArn": format!("{ACCOUNT}:task-definition/{family}:1"), "family": family, "revision": 1,
        "containerDefinitions": [{ "name": "m", "cpu": 500, "memory": 1_000, "resourceRequirements": [requirement] }],
    } })
}

fn shared(mib: u32) -> Value {
    json!({ "type": "GPU", "sharingStrategy": { "nvidiaMps": { "memory": mib, "maxComputePercent": 40 } } })
}

fn task(number: u32, family: &str, group: &str, device: &str) -> Value {
    json!({
        "taskArn": format!("{ACCOUNT}:task/c/{number}"), "taskDefinitionArn": format!("{ACCOUNT}:task-definition/{family}:1"),
        "containerInstanceArn": format!("{ACCOUNT}:container-instance/c/g1"), "group": group,
        "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "containers": [{ "name": "m", "gpuIds": [device] }],
    })
}

fn service(name: &str, desired: u32) -> Value {
    json!({
        "serviceName": name, "serviceArn": format!("{ACCOUNT}:service/c/{name}"), "status": "ACTIVE",
        "taskDefinition": format!("{ACCOUNT}:task-definition/{name}:1"), "desiredCount": desired,
        "launchType": "EC2", "schedulingStrategy": "REPLICA",
    })
}

fn write(folder: &Path, name: &str, document: &Value) {
    std::fs::write(folder.join(name), document.to_string()).unwrap();
}

/// Imports the documents of a folder as `x.toml`, which is answered.
fn import(folder: &Path) -> String {
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let files = files.iter().map(String::as_str).filter(|name| name.ends_with(".json"));
    let arguments: Vec<&str> = std::iter::once("import").chain(files).chain(["-o", "x.toml", "--quiet"]).collect();
    let (code, _, error) = ran(&mut stowplan(folder, 100, &arguments));
    assert_eq!(code, 0, "{error}");
    std::fs::read_to_string(folder.join("x.toml")).unwrap()
}

/// What `explain` says of one task of a definition: its exit code and its text.
fn explain(folder: &Path, family: &str, more: &[&str]) -> (i32, String) {
    let arguments = [&["explain", "x.toml", "--task-definition", family][..], more].concat();
    let (code, said, error) = ran(&mut stowplan(folder, 200, &arguments));
    (code, said + &error)
}

/// Shares lie where their containers say, which is not where U-23 would put them: both would go to one device.
#[test]
fn r5_15c_shares_stay_on_their_devices_from_the_documents_to_the_end_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let devices = [device("GPU-a", "NVIDIA_MPS", 7_384), device("GPU-b", "NVIDIA_MPS", 11_384)];
    write(folder, "instances.json", &instance(&devices));
    write(folder, "infer.json", &definition("infer", &shared(9_000)));
    write(folder, "embed.json", &definition("embed", &shared(5_000)));
    write(folder, "wide.json", &definition("wide", &shared(12_000)));
    let tasks = [task(1, "infer", "service:infer", "GPU-a"), task(2, "embed", "service:embed", "GPU-b")];
    write(folder, "tasks.json", &json!({ "tasks": tasks }));
    write(folder, "services.json", &json!({ "services": [service("infer", 1), service("embed", 2)] }));
    let text = import(folder);
    for line in ["gpu-memory = [16384, 16384]", "gpu-memory = 9000", "gpu-device = 0", "gpu-device = 1"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // No device has 12,000 MiB; without the two lines one would be idle.
    let (code, said) = explain(folder, "wide", &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("needs 12000 MiB of one GPU, has 11384 of 16384, short by 616"), "{said}");
    let (_, said) = explain(folder, "wide", &["--at", "30m"]);
    // The second `embed` went to the device with the least left.
    assert!(said.contains("needs 12000 MiB of one GPU, has 11384 of 16384, short by 616"), "{said}");
    let arguments = ["run", "x.toml", "--out", "out", "--events", "--no-pictures", "--quiet"];
    let (code, _, error) = ran(&mut stowplan(folder, 100, &arguments));
    assert_eq!(code, 0, "{error}");
    let log = std::fs::read_to_string(folder.join("out/events.csv")).unwrap();
    assert!(log.contains(",8000,60000,2,32768,"), "{log}");
    assert_eq!(log.matches(",service:embed,embed,500,1000,0,5000,").count(), 2, "{log}");
    // What one more of each shape would find: 2,384 and 11,384 MiB are left.
    let shapes = std::fs::read_to_string(folder.join("out/shapes.csv")).unwrap();
    let holes = |family: &str| {
        let row = shapes.lines().find(|line| line.split(',').nth(1) == Some(family)).unwrap();
        row.split(',').nth(4).unwrap().to_owned()
    };
    assert_eq!([holes("infer"), holes("embed")], ["1", "2"], "{shapes}");
    let (code, said, error) = ran(&mut stowplan(folder, 100, &["audit", "out/events.csv", "--scenario", "x.toml"]));
    assert_eq!(code, 0, "{said}{error}");
    let without: String =
        text.lines().filter(|line| !line.starts_with("gpu-device")).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.join("x.toml"), without).unwrap();
    assert_eq!(explain(folder, "wide", &[]).0, 0, "the devices of the file are what keeps it off");
}

/// A device that a task has as a whole, one that others share, and one that is idle.
#[test]
fn r5_15c_devices_of_others_are_left_out_as_far_as_they_hold_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let devices =
        [device("GPU-a", "DEDICATED", 0), device("GPU-b", "NVIDIA_MPS", 3_000), device("GPU-c", "IDLE", 16_384)];
    write(folder, "instances.json", &instance(&devices));
    write(folder, "train.json", &definition("train", &json!({ "type": "GPU", "value": "1" })));
    write(folder, "small.json", &definition("small", &shared(3_000)));
    write(folder, "all.json", &definition("all", &json!({ "type": "GPU", "value": "ALL" })));
    write(folder, "tasks.json", &json!({ "tasks": [task(1, "train", "family:train", "GPU-a")] }));
    let text = import(folder);
    // The dedicated one stands last; of the shared one others hold all but 3,000 MiB.
    assert!(text.contains("gpu = 3\n") && text.contains("gpu-memory = [3000, 16384, 16384]"), "{text}");
    assert_eq!(
        explain(folder, "small", &["--count", "6"]).0,
        0,
        "one on what is left of the shared device, five on another"
    );
    let (code, said) = explain(folder, "all", &[]);
    assert!(code == 1 && said.contains("RESOURCE:GPU"), "{said}");
}

/// A share that is known to lie on the first device, and a task before it that has one as a whole.
#[test]
fn r5_15c_a_whole_device_gives_way_to_a_share_that_is_known_to_lie_there() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name = 'p'\nhorizon = '10m'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 100\nmemory = 100\n\
                gpu = 2\ngpu-memory = [1000, 2000]\n\
                [[task-definitions]]\nfamily = 'whole'\ncpu = 1\nmemory = 1\ngpu = 1\n\
                [[task-definitions]]\nfamily = 'share'\ncpu = 1\nmemory = 1\ngpu-memory = 400\n\
                [[running]]\ntask-definition = 'whole'\ninstances = { i-00000000 = 1 }\n\
                [[running]]\ntask-definition = 'share'\ngpu-device = 0\ninstances = { i-00000000 = 1 }\n\
                [[tasks]]\ntask-definition = 'share'\ncount = 3\nstart = '1m'\n";
    std::fs::write(folder.path().join("x.toml"), text).unwrap();
    for engine in ["fast", "reference"] {
        let arguments = ["run", "x.toml", "--out", engine, "--events", "--no-pictures", "--quiet", "--engine", engine];
        let (code, _, error) = ran(&mut stowplan(folder.path(), 100, &arguments));
        assert_eq!(code, 0, "{error}");
        let log = std::fs::read_to_string(folder.path().join(engine).join("events.csv")).unwrap();
        // One more beside the share, and the other device is no device for shares.
        let count = |what: &str| log.lines().filter(|line| line.starts_with("0,") && line.contains(what)).count();
        assert_eq!([count(",60,placed,"), count(",60,rejected,")], [1, 2], "{log}");
    }
    let (code, said) = explain(folder.path(), "share", &["--at", "5m"]);
    assert!(code == 1 && said.contains("needs 400 MiB of one GPU, has 200 of 2000, short by 200"), "{said}");
}

/// One of two devices, and a part of the other, belong to tasks that no file has.
#[test]
fn r5_15b_gpus_of_unknown_tasks_are_held_back_and_none_may_have_all() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let devices = [device("GPU-a", "DEDICATED", 0), device("GPU-b", "NVIDIA_MPS", 11_384)];
    write(folder, "instances.json", &instance(&devices));
    let gpu = |value: &str| json!({ "type": "GPU", "value": value });
    write(folder, "all.json", &definition("all", &gpu("ALL")));
    write(folder, "two.json", &definition("two", &gpu("2")));
    write(folder, "one.json", &definition("one", &gpu("1")));
    write(folder, "share.json", &definition("share", &shared(11_384)));
    write(folder, "slice.json", &definition("slice", &gpu("0.25")));
    let text = import(folder);
    for line in ["gpu = 1\n", "gpu-memory = [11384]\n", "other-gpu = 1\n", "other-gpu-memory = [5000, 16384]\n"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let fleet = crate::support::scenario(&text).fleet;
    let new = fleet.like(fleet.instances[0], stowplan::model::InstanceId(0));
    assert_eq!((new.gpus, new.gpu_kind.memory.len(), new.gpu_kind.memory[0].0), (2, 2, 16_384));
    for (family, words) in [
        ("all", "needs 2 idle GPUs, has 0 of 2 (2 held back), short by 2"),
        ("two", "needs 2 GPUs, has 0 of 2 (2 held back), short by 2"),
        ("one", "needs 1 GPU, has 0 of 2 (2 held back), short by 1"),
        ("slice", "needs a GPU slice of 0.25, and its GPUs are whole"),
    ] {
        let (code, said) = explain(folder, family, &[]);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(code == 1 && said.contains(words), "{said}");
    }
    // What they leave of the shared device may still be shared, and it is shared when that share has gone.
    let run = "[[tasks]]\ntask-definition = 'share'\ncount = 1\nstart = '1m'\nlifetime = { model = 'constant', value = '2m' }\n\
               [[tasks]]\ntask-definition = 'one'\ncount = 1\nstart = '5m'\n";
    let end = text.find("[[policies]]").unwrap_or(text.len());
    std::fs::write(folder.join("x.toml"), format!("{}{run}{}", &text[..end], &text[end..])).unwrap();
    for engine in ["fast", "reference"] {
        let arguments = ["run", "x.toml", "--out", engine, "--events", "--no-pictures", "--quiet", "--engine", engine];
        let (code, _, error) = ran(&mut stowplan(folder, 100, &arguments));
        assert_eq!(code, 0, "{error}");
        let log = std::fs::read_to_string(folder.join(engine).join("events.csv")).unwrap();
        assert!(log.contains(",60,placed,") && log.contains(",300,rejected,"), "{log}");
        assert!(log.contains(r#"""shared_gpus"":[0]"#), "{log}");
        let (code, said, error) = ran(&mut stowplan(folder, 100, &["audit", engine]));
        assert_eq!(code, 0, "{said}{error}");
    }
}

/// All containers of known tasks say their device, so that another shared one is others'; how much they have of it, or how
/// large it is, may not be told.
#[test]
fn r5_15c_a_device_that_others_share_is_held_however_little_is_told_of_it() {
    let whole = json!({ "type": "GPU", "value": "1" });
    let check = |other: Value, expected: i32| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let devices = [device("GPU-a", "NVIDIA_MPS", 7_384), other];
        write(folder, "instances.json", &instance(&devices));
        write(folder, "infer.json", &definition("infer", &shared(9_000)));
        write(folder, "one.json", &definition("one", &whole));
        write(folder, "tasks.json", &json!({ "tasks": [task(1, "infer", "family:infer", "GPU-a")] }));
        let text = import(folder);
        assert_eq!(explain(folder, "one", &[]).0, expected, "{text}");
    };
    check(device("GPU-b", "NVIDIA_MPS", 11_384), 1);
    check(device("GPU-b", "NVIDIA_MPS", 16_384), 1);
    check(device("GPU-b", "NVIDIA_MPS", 0), 1);
    check(json!({ "gpuId": "GPU-b", "sharingMode": "NVIDIA_MPS", "totalMemoryInMiB": 16_384 }), 1);
    check(device("GPU-b", "IDLE", 16_384), 0);
}

/// Without its memory nobody else can share it: it is held as a whole. Where another device tells its own, it has as much.
#[test]
fn r5_15c_a_shared_device_of_unknown_memory_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let unknown = |id: &str, mode: &str| json!({ "gpuId": id, "sharingMode": mode });
    write(folder, "instances.json", &instance(&[unknown("GPU-a", "NVIDIA_MPS"), unknown("GPU-b", "DEDICATED")]));
    write(folder, "one.json", &definition("one", &json!({ "type": "GPU", "value": "1" })));
    write(folder, "tasks.json", &json!({ "tasks": [task(1, "one", "family:one", "GPU-b")] }));
    let text = import(folder);
    assert!(text.contains("gpu = 1\n") && text.contains("other-gpu = 1\n"), "{text}");
    assert_eq!(explain(folder, "one", &[]).0, 1, "{text}");
    std::fs::remove_file(folder.join("x.toml")).unwrap();
    let devices =
        [unknown("GPU-a", "NVIDIA_MPS"), device("GPU-b", "DEDICATED", 0), device("GPU-c", "NVIDIA_MPS", 9_000)];
    write(folder, "instances.json", &instance(&devices));
    let text = import(folder);
    for line in ["gpu = 3\n", "gpu-memory = [0, 9000, 16384]\n", "other-gpu-memory = [16384, 7384, 0]\n"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(explain(folder, "one", &[]).0, 1, "{text}");
}
