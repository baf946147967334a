"""The sweep `{{name}}` on Ray: {{runs}} runs in {{shards}} shards, {{estimate}} each. `python FILE`

A lost worker's shards are tried again by Ray; a shard that failed is not where it says 42: it can never succeed.
"""
import os
import subprocess
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
import ray

SHARDS = {{shards}}
STOWPLAN, PLAN, FOLDER, RESULTS = "stowplan", {{plan}}, {{folder}}, {{results}}  # EDIT: on a disk all see


class TryAgain(Exception):
    pass


@ray.remote(max_retries=3, retry_exceptions=[TryAgain], num_cpus=1)
def shard(index):
    command = [STOWPLAN, "sweep", "run", PLAN, "--shard", f"{index}/{SHARDS}", "--shards", str(SHARDS), "-o", FOLDER,
               "--threads", "1", "--quiet"]
    code = subprocess.run(command).returncode
    if code not in (0, 42):
        raise TryAgain(f"shard {index} ended with {code}")
    return code


if __name__ == "__main__":
    ray.init(address=os.environ.get("RAY_ADDRESS"))  # EDIT: the address of your cluster
    if 42 in ray.get([shard.remote(index) for index in range(SHARDS)]):
        sys.exit(42)
    sys.exit(subprocess.run([STOWPLAN, "sweep", "merge", PLAN, FOLDER, "-o", RESULTS, "--quiet"]).returncode)
