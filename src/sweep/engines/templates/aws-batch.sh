#!/usr/bin/env bash
# The sweep `{{name}}` on AWS Batch: {{runs}} runs in {{shards}} shards, {{estimate}} each.
#
# The plan and the files of its scenarios are in the image, or are copied with the two `aws s3` lines below. A lost instance
# (Spot too) is tried again, up to five times; exit code 42 is not, that shard can never succeed.
# Batch says no number of shards, so that it is written here: {{shards}}.
set -euo pipefail

queue=EDIT                         # EDIT: the job queue
image=EDIT                         # EDIT: an image with stowplan and the AWS CLI
role=EDIT                          # EDIT: a job role that may read and write the bucket
bucket=s3://EDIT/{{label}}       # EDIT: holds the folder `in` with the plan and what it reads
plan={{plan}}                # as seen from that folder
results={{results}}

fetch="aws s3 cp --quiet --recursive $bucket/in . "
shard="$fetch && { stowplan sweep run $plan --shard auto --shards {{shards}} -o shards; code=\$?; \
aws s3 cp --quiet --recursive shards $bucket/shards --exclude '*.tmp' && exit \$code; }"
merge="$fetch && aws s3 cp --quiet --recursive $bucket/shards shards && \
{ stowplan sweep merge $plan shards -o $results --quiet; code=\$?; aws s3 cp --quiet --recursive $results $bucket/results; exit \$code; }"

retry='{"attempts": 5, "evaluateOnExit": [
    {"onExitCode": "42", "action": "EXIT"},
    {"onStatusReason": "Host EC2*", "action": "RETRY"},
    {"onReason": "*", "action": "RETRY"}]}'

container() {  # the command, as the properties of a container
    python3 -c 'import json, sys; print(json.dumps({"image": sys.argv[1], "jobRoleArn": sys.argv[2],
        "command": ["sh", "-c", sys.argv[3]], "resourceRequirements": [
        {"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]}))' "$image" "$role" "$1"  # EDIT: sizes
}

define() {
    aws batch register-job-definition --job-definition-name "$1" --type container --retry-strategy "$retry" \
        --timeout attemptDurationSeconds=$(({{minutes}} * 60)) --container-properties "$(container "$2")" \
        --query jobDefinitionArn --output text
}

definition=$(define {{label}} "$shard")
# An array has at least 2 children; a single shard is a job of its own.
array=({{array}})
job=$(aws batch submit-job --job-name {{label}} --job-queue "$queue" --job-definition "$definition" \
    "${array[@]}"{{alone}} --query jobId --output text)
definition=$(define {{label}}-merge "$merge")
aws batch submit-job --job-name {{label}}-merge --job-queue "$queue" --job-definition "$definition" \
    --depends-on "jobId=$job" --query jobId --output text
