"""Prints the statistics of a few lists of paired differences by scipy, for the test that holds ours to them.

They stand in src/analysis/compare/scipy.rs.

    pip install scipy==1.17.1 numpy==2.4.6
    python tests/reference/scipy_statistics.py
"""

import numpy
from scipy import stats

LISTS = {
    "worked": [1, 2, 0, 1, 1],
    "counts": [-3, -1, -4, -1, -5, -9, -2, -6, -5, -3, -5, -8],
    "skewed": [0.01, 0.02, 0.01, 0.03, 0.02, 0.05, 0.01, 0.9, 0.04, 0.02, 0.02, 0.35, 0.03, 0.01, 0.06, 0.02],
    "straddling": [0.5, -0.25, 0.75, -1.5, 2.25, 0.125, -0.5, 1.0, -0.75, 0.25, 0.5, -0.125, 1.5, -2.0, 0.0, 0.75,
                   -0.25, 0.375, 0.625, -1.0],
}

for name, values in LISTS.items():
    values = numpy.array(values, dtype=float)
    test = stats.ttest_1samp(values, 0.0)
    low, high = test.confidence_interval(0.95)
    signs = values[values != 0]
    sign = stats.binomtest(int((signs > 0).sum()), len(signs)).pvalue
    print(f'("{name}", t = ({float(low)!r}, {float(high)!r}), p = {float(test.pvalue)!r}, sign = {float(sign)!r}', end="")
    if len(values) >= 12:
        ends = numpy.array([
            stats.bootstrap((values,), numpy.mean, n_resamples=9999, method="BCa",
                            rng=numpy.random.default_rng(seed)).confidence_interval
            for seed in range(40)
        ])
        print(f', bca = {tuple(map(float, ends.mean(axis=0)))!r}, monte_carlo = {tuple(map(float, ends.std(axis=0, ddof=1)))!r}', end="")
    print(")")
