#!/bin/sh
# Writes the made-up clusters that the speed of plans is measured on, the same bytes every time:
#   sh generate.sh compact INSTANCES TASKS      services on a fleet of three types
#   sh generate.sh consolidate INSTANCES TASKS  services that run, spread unevenly
set -eu
awk -v kind="$1" -v instances="$2" -v tasks="$3" '
function draw(count) { state = (state * 16807) % 2147483647; return int(state / 2147483647 * count) }
BEGIN {
    state = 20261130; services = 200
    split("256 512 1024 2048", cpus, " "); split("512 1024 2048 4096", memories, " ")
    printf "name = \"%s-%d\"\n[cluster]\nzones = [\"a\", \"b\", \"c\"]\n", kind, instances
    if (kind == "compact") {
        printf "[[cluster.instances]]\ntype = \"m5.4xlarge\"\ncount = %d\n", instances / 2
        printf "[[cluster.instances]]\ntype = \"r5.2xlarge\"\ncount = %d\n", instances / 4
        printf "[[cluster.instances]]\ntype = \"c5.9xlarge\"\ncount = %d\n", instances / 4
    } else {
        printf "[[cluster.instances]]\ntype = \"m5.8xlarge\"\ncount = %d\n", instances
    }
    for (s = 0; s < services; s++) {
        cpu[s] = cpus[1 + draw(4)]; memory[s] = memories[1 + draw(4)]
        weight[s] = 1 / (1 + s) ^ 0.7; sum += weight[s]
        printf "[[task-definitions]]\nfamily = \"f%d\"\ncpu = %d\nmemory = %d\n", s, cpu[s], memory[s]
    }
    for (s = 0; s < services; s++) {
        count = int(tasks * weight[s] / sum) + 1
        if (kind == "consolidate") {
            split("", on); placed = 0
            for (t = 0; t < count; t++) for (try = 0; try < 60; try++) {
                # Low numbers are fuller.
                i = int(instances * (draw(1000) / 1000) ^ 1.4)
                if (full[i] + cpu[s] <= 31000 && held[i] + memory[s] <= 120000) {
                    full[i] += cpu[s]; held[i] += memory[s]; on[i]++; placed++; break
                }
            }
            count = placed
            printf "[[running]]\ntask-definition = \"f%d\"\ngroup = \"service:s%d\"\ninstances = {", s, s
            comma = ""
            for (i = 0; i < instances; i++) if (i in on) { printf "%s \"i-%08d\" = %d", comma, i, on[i]; comma = "," }
            print " }"
        }
        printf "[[services]]\nname = \"s%d\"\ntask-definition = \"f%d\"\ndesired-count = %d\n", s, s, count
    }
    print "[[policies]]\nname = \"own\"\nplacementStrategy = [{ type = \"spread\", field = \"attribute:ecs.availability-zone\" }, { type = \"binpack\", field = \"memory\" }]"
}'
