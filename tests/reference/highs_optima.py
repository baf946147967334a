"""Prints the fewest instances of some loads as HiGHS proves them, for the test that holds our bounds to them.

They stand in src/analysis/bounds/highs_optima.rs, which makes the same loads. The model is another one than that of our own
solver: every task shape on every instance, no bound of ours in it, and every answer added up again here in integers.

    pip install highspy==1.15.1 numpy==2.4.6
    python tests/reference/highs_optima.py
"""

import highspy

CAPACITY = (8192, 32768)
CASES = [(1, 40, 6), (2, 80, 8), (3, 80, 12), (8, 60, 4), (10, 30, 12), (11, 24, 8), (12, 48, 10),
         (13, 60, 8)]


def load(seed, tasks, shapes):
    """Demands with counts; the numbers of a linear congruential generator, high bits only."""
    state = seed

    def below(limit):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % limit

    kinds = [(256 * (1 + below(20)), 512 * (1 + below(40))) for _ in range(shapes)]
    counts = [0] * shapes
    for _ in range(tasks):
        counts[below(shapes)] += 1
    return list(zip(kinds, counts))


def first_fit(items):
    rests = []
    for demand, count in sorted(items, key=lambda item: -max(item[0][r] / CAPACITY[r] for r in (0, 1))):
        for _ in range(count):
            for rest in rests:
                if all(rest[r] >= demand[r] for r in (0, 1)):
                    break
            else:
                rest = list(CAPACITY)
                rests.append(rest)
            for r in (0, 1):
                rest[r] -= demand[r]
    return len(rests)


def fewest(items):
    most = first_fit(items)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.9)
    highs.setOptionValue("time_limit", 20.0)
    highs.setOptionValue("threads", 1)
    used = [highs.addBinary(obj=1.0) for _ in range(most)]
    on = [[highs.addIntegral(lb=0, ub=count) for _ in range(most)] for _, count in items]
    for (_, count), row in zip(items, on):
        highs.addConstr(sum(row) == count)
    for j in range(most):
        for r in (0, 1):
            highs.addConstr(sum(item[0][r] / CAPACITY[r] * row[j] for item, row in zip(items, on)) <= used[j])
    for a, b in zip(used, used[1:]):
        highs.addConstr(a - b >= 0)
    highs.minimize()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = [[round(highs.val(variable)) for variable in row] for row in on]
    assert all(sum(row) == count for (_, count), row in zip(items, found))
    for j in range(most):
        assert all(sum(item[0][r] * row[j] for item, row in zip(items, found)) <= CAPACITY[r] for r in (0, 1))
    return sum(any(row[j] for row in found) for j in range(most))


for seed, tasks, shapes in CASES:
    print(f"    ({seed}, {tasks}, {shapes}, {fewest(load(seed, tasks, shapes))}),", flush=True)
