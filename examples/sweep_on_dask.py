# A sweep on Dask: `python examples/sweep_on_dask.py plan.json shards results`. `stowplan sweep emit --engine dask` writes a longer one.
import subprocess, sys
from distributed import Client

PLAN, FOLDER, RESULTS, SHARDS = *sys.argv[1:4], 8

def shard(k):
    code = subprocess.run(["stowplan", "sweep", "run", PLAN, "--shard", f"{k}/{SHARDS}", "-o", FOLDER, "--threads", "1"]).returncode
    if code not in (0, 42):  # 42 can never succeed; everything else is worth another try
        raise RuntimeError(f"shard {k} ended with {code}")
    return code

if __name__ == "__main__":
    codes = Client().map(shard, range(SHARDS), retries=3, pure=False)
    sys.exit(max(code.result() for code in codes)
             or subprocess.run(["stowplan", "sweep", "merge", PLAN, FOLDER, "-o", RESULTS]).returncode)
