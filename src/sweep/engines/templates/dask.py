"""The sweep `{{name}}` on Dask: {{runs}} runs in {{shards}} shards, {{estimate}} each. `python FILE`

A lost worker's shards are run again, finished ones too: those end at once. A shard that says 42 is not: it can never succeed.
"""
import os
import subprocess
import sys

from distributed import Client

SHARDS = {{shards}}
STOWPLAN, PLAN, FOLDER, RESULTS = "stowplan", {{plan}}, {{folder}}, {{results}}  # EDIT: on a disk all see


def shard(index):
    command = [STOWPLAN, "sweep", "run", PLAN, "--shard", f"{index}/{SHARDS}", "--shards", str(SHARDS), "-o", FOLDER,
               "--threads", "1", "--quiet"]
    code = subprocess.run(command).returncode
    if code not in (0, 42):
        raise RuntimeError(f"shard {index} ended with {code}")
    return code


if __name__ == "__main__":
    client = Client(os.environ.get("DASK_SCHEDULER_ADDRESS"))  # EDIT: the address of your scheduler; without one: here
    if 42 in client.gather(client.map(shard, range(SHARDS), retries=3, pure=False)):
        sys.exit(42)
    sys.exit(subprocess.run([STOWPLAN, "sweep", "merge", PLAN, FOLDER, "-o", RESULTS, "--quiet"]).returncode)
