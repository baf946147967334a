#!/bin/sh
# The walk-throughs of docs/planning.md and the speed of plans, in the root of the repository:
#
#     cargo build --release && sh results/2026-11-30-planning/run.sh
#
# The data are no part of the repository: ../shared/data, or what DATA names (only for the documents of AWS).
set -eu
here=results/2026-11-30-planning
data=${DATA:-../shared/data}
plan="${STOWPLAN:-target/release/stowplan} plan"
export COLUMNS=90

walk() { # NAME, then the question: an answer may be no
    name=$1
    shift
    echo "$name" >&2
    $plan "$@" >"$here/$name.txt" 2>/dev/null || [ $? = 1 ]
}

# How full is a real cluster, and how many machines would the same tasks need?
walk bytedance-compact compact $here/bytedance-vmr.toml
walk bytedance-headroom headroom $here/bytedance-vmr.toml --policy binpack-cpu

# Three and a half days of a cloud region on a fleet of two types: how many, and at what price, by strategy?
walk azure-compact compact scenarios/azure-2017.toml --policy binpack az-balanced-binpack

# A cluster as the API of AWS describes it: what fits, what can go?
moto=$data/ecs/moto
documents="$moto/describe-container-instances.json $moto/describe-tasks.json $moto/describe-services.json \
    $moto/describe-task-definition-agent-host.json $moto/describe-task-definition-api-awsvpc.json \
    $moto/describe-task-definition-web-bridge.json $moto/describe-task-definition-worker-reservation.json"
walk aws-headroom headroom $documents
walk aws-consolidate consolidate $documents

# Speed: seconds of the clock and of the processor, and the most memory, where the system tells (Linux).
speed() { # NAME, then the question
    name=$1
    shift
    $plan "$@" --quiet >/dev/null 2>&1 &
    process=$!
    most=0
    while held=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$process/status 2>/dev/null) && [ -n "$held" ]; do
        most=$held
        used=$(cut -d' ' -f14,15 /proc/$process/stat 2>/dev/null) && last=$used
        sleep 0.05
    done
    wait $process || true
    ended=$(date +%s)
    echo "\"$name\",$((ended - began)),$(echo "$last" | awk '{ print ($1 + $2) / 100 }'),$((most / 1024))"
}
made=$(mktemp -d)
sh $here/generate.sh compact 10000 100000 >"$made/compact.toml"
sh $here/generate.sh compact 2000 20000 >"$made/mix.toml"
sh $here/generate.sh consolidate 1000 20000 >"$made/consolidate.toml"
{
    echo plan,wall_s,cpu_s,memory_mib
    began=$(date +%s); speed "compact: 100000 tasks on 10000 instances, 11 orders" compact "$made/compact.toml"
    began=$(date +%s); speed "mix: 20000 tasks, 5 families" mix "$made/mix.toml" --type-family m6i,c6i,r6i,m5,c5
    began=$(date +%s); speed "consolidate: 20000 tasks on 1000 instances" consolidate "$made/consolidate.toml"
} >$here/speed.csv
rm -r "$made"
