# A sweep on Ray: `python examples/sweep_on_ray.py plan.json shards results`. `stowplan sweep emit --engine ray` writes a longer one.
import subprocess, sys
import ray

PLAN, FOLDER, RESULTS, SHARDS = *sys.argv[1:4], 8

@ray.remote(max_retries=3, retry_exceptions=[RuntimeError])
def shard(k):
    code = subprocess.run(["stowplan", "sweep", "run", PLAN, "--shard", f"{k}/{SHARDS}", "-o", FOLDER, "--threads", "1"]).returncode
    if code not in (0, 42):  # 42 can never succeed; everything else is worth another try
        raise RuntimeError(f"shard {k} ended with {code}")
    return code

ray.init()
sys.exit(max(ray.get([shard.remote(k) for k in range(SHARDS)]))
         or subprocess.run(["stowplan", "sweep", "merge", PLAN, FOLDER, "-o", RESULTS]).returncode)
