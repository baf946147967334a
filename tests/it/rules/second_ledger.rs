//! What tasks that were told to stop still hold of their instance: GPUs, ports, shares of a GPU.

use crate::services::diary;

/// One instance with much room, a service of one task that is deployed at 10 minutes, and a minute until tasks are gone.
fn held(instance: &str, task: &str) -> Vec<String> {
    let text = format!(
        "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 4096\nmemory = 9000\n{instance}\n\
         [[task-definitions]]\nfamily = 'old'\ncpu = 10\nmemory = 10\n{task}\n\
         [[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 1\nminimum-healthy-percent = 0\n\
         maximum-percent = 100\ndeployments = [{{ at = '10m' }}]\n[options]\nstop-delay = '60s'\n"
    );
    diary(&text).lines.into_iter().filter(|line| line.contains("held until")).collect()
}

#[test]
fn r5_26_a_gpu_is_held_until_the_task_that_stops_is_gone() {
    assert_eq!(held("gpu = 1", "gpu = 1"), ["600 held until 660"]);
    assert_eq!(held("gpu = 2", "gpu = 1"), [""; 0], "the other one is free");
    assert_eq!(held("gpu = 2", "gpu = 'ALL'"), ["600 held until 660"]);
    assert_eq!(held("gpu = 1\ngpu-slice = '0.5'", "gpu = '0.5'"), ["600 held until 660"]);
}

#[test]
fn r5_26_a_static_port_is_held_until_the_task_that_stops_is_gone() {
    assert_eq!(held("", "ports = ['8080']"), ["600 held until 660"]);
    assert_eq!(held("", ""), [""; 0], "there is room for both");
}

/// Two shares fit on one device beside each other, or do not.
#[test]
fn r5_26_a_share_of_a_gpu_is_held_on_its_device() {
    let device = "gpu = 1\ngpu-memory = 1000";
    assert_eq!(held(device, "gpu-memory = 600"), ["600 held until 660"]);
    assert_eq!(held(device, "gpu-memory = 500"), [""; 0]);
    let two = held("gpu = 2\ngpu-memory = 1000", "gpu-memory = 600");
    assert_eq!(two, ["600 held until 660"], "U-23 takes the first device, on which the old one still lies");
}
