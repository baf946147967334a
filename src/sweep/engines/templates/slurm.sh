#!/usr/bin/env bash
# The sweep `{{name}}` on Slurm: {{runs}} runs in {{shards}} shards, {{estimate}} each.
#
#   bash FILE                    submits all shards, and the merge after them
#   bash FILE 1,17,33            submits these shards again, and the merge: the list is what
#                                `stowplan sweep status PLAN DIR --missing-shards {{shards}}` prints
#
# A lost node: Slurm puts its tasks into the queue again. A task whose stowplan is killed asks for that itself, three times.
# Exit code 42 is never tried again: that shard can never succeed.
set -euo pipefail

stowplan=stowplan                  # EDIT: the program, on a disk that all nodes see
plan={{plan}}
shards={{folder}}            # EDIT: a folder that all nodes see
results={{results}}
options=(--cpus-per-task=1 --mem=2G --time=0:{{minutes}}:00)   # EDIT: also --partition, --account, ...

array=${1:-0-{{last}}}           # shards count from 0; their number stays {{shards}}, whatever is submitted
export stowplan plan shards results

job=$(sbatch --parsable --job-name={{label}} --array="$array" --requeue --open-mode=append \
    --output="${SWEEP_LOGS:-.}/{{label}}-%A_%a.log" --export=ALL "${options[@]}" <<'SHARD'
#!/usr/bin/env bash
code=0
"$stowplan" sweep run "$plan" --shard auto --shards {{shards}} -o "$shards" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" || code=$?
case $code in
    0 | 42) ;;
    *) if [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
           scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" && sleep 60
       fi ;;
esac
exit $code
SHARD
)
# After all shards, however they ended: a merge that lacks one says which, and ends with 3.
merge=$(sbatch --parsable --job-name={{label}}-merge --dependency="afterany:${job%%;*}" \
    --output="${SWEEP_LOGS:-.}/{{label}}-merge-%j.log" --export=ALL "${options[@]}" <<'MERGE'
#!/usr/bin/env bash
exec "$stowplan" sweep merge "$plan" "$shards" -o "$results" --quiet
MERGE
)
echo "${job%%;*} ${merge%%;*}"
