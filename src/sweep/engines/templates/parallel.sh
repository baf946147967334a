#!/usr/bin/env bash
# The sweep `{{name}}` with GNU parallel: {{runs}} runs in {{shards}} shards, {{estimate}} each.
#
# Start it again after it was killed and it goes on where it was: shards that are complete end at once.
# A shard that is killed is tried again, three times in all; exit code 42 is not, that shard can never succeed.
set -uo pipefail

stowplan=stowplan                  # EDIT: the program
plan={{plan}}
shards={{folder}}
results={{results}}
jobs=${SWEEP_JOBS:-100%}           # EDIT: how many at a time
hosts=()                           # EDIT: other machines that see the same disk, as (--sshlogin 8/one,8/two --workdir .)

export stowplan plan shards
one_shard() {
    "$stowplan" sweep run "$plan" --shard "$1/{{shards}}" --shards {{shards}} -o "$shards" --threads 1 --quiet
    code=$?
    if [ $code -eq 42 ]; then
        touch "$shards/.never-succeeds"
        return 0
    fi
    return $code
}
export -f one_shard

mkdir -p "$shards"
rm -f "$shards/.never-succeeds"
seq 0 {{last}} | parallel --will-cite ${hosts[@]+"${hosts[@]}"} --jobs "$jobs" --retries 3 --env one_shard --env stowplan --env plan --env shards one_shard {}
if [ -e "$shards/.never-succeeds" ]; then
    echo "a shard can never succeed; its words are above" >&2
    exit 42
fi
exec "$stowplan" sweep merge "$plan" "$shards" -o "$results" --quiet
