"""river's, scipy's and statsmodels' figures for drift, on one thread: JSON lines on standard output.

    python3 tools/peers/drift.py DATA_DIR

DATA_DIR holds digits. `cargo run --release -p tandem-learn --example peers_drift DATA_DIR` does the same
work.
"""

import json
import os
import statistics
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import numpy as np  # noqa: E402
from river import drift  # noqa: E402
from scipy import stats  # noqa: E402
from scipy.spatial.distance import pdist, squareform  # noqa: E402

RIVER, SCIPY, NUMPY = "river 0.26.1", "scipy 1.17.1", "numpy 2.4.6"


def unit(index, stream):
    """Uniform in [0, 1): SplitMix64's finaliser of a counter, the same in both programs."""
    with np.errstate(over="ignore"):
        z = (np.asarray(index, np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z ^= np.uint64((stream * 0xD1342543DE82EF95) & (2**64 - 1))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)) / float(1 << 53)


def timed(times, work):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds)


def show(case, system, seconds, quality):
    line = {"case": case, "system": system, "cpu_s": seconds, "quality": quality}
    print(json.dumps(line), flush=True)


def lcg(seed, n):
    out = []
    for _ in range(n):
        seed = (1103515245 * seed + 12345) % 2**31
        out.append(seed / 2**31)
    return out


def streams():
    """The reference stream, and 100,000 values without change."""
    reference = [int(u < (0.1 if i < 1000 else 0.3)) for i, u in enumerate(lcg(42, 2000))]
    long = [int(u < 0.2) for u in unit(np.arange(100_000), 1)]
    makers = {
        "ADWIN": lambda: drift.ADWIN(delta=0.002),
        "Page-Hinkley": drift.PageHinkley,
        "DDM": drift.binary.DDM,
    }
    for name, make in makers.items():

        def alarms(stream, make=make):
            detector, found = make(), []
            for i, x in enumerate(stream):
                detector.update(x)
                if detector.drift_detected:
                    found.append(i)
            return found

        found, seconds = timed(3, lambda: alarms(reference))
        show(f"{name}, reference stream", RIVER, seconds, {"first_alarm": found[0]})
        found, seconds = timed(5, lambda: alarms(long))
        show(f"{name}, 100k updates", RIVER, seconds, {"alarms": len(found)})


def two_samples():
    for n, m, case in (
        (200, 300, "KS exact, 200 and 300 values"),
        (3000, 3000, "KS exact, 3k and 3k values"),
        (1_000_000, 1_000_000, "KS, 1M and 1M values"),
    ):
        a, b = unit(np.arange(n), 2), unit(np.arange(m), 3) ** 1.02
        method = "exact" if n * m <= 10_000_000 else "asymp"
        got, seconds = timed(5, lambda: stats.ks_2samp(a, b, method=method))
        quality = {"statistic": float(got.statistic), "p_value": float(got.pvalue)}
        show(case, SCIPY, seconds, quality)
    index = np.arange(200)
    table = np.stack([1 + (unit(index, s) * 1000).astype(int) for s in (4, 5)])
    got, seconds = timed(5, lambda: stats.chi2_contingency(table, correction=False))
    quality = {"statistic": float(got.statistic), "p_value": float(got.pvalue)}
    show("chi-square, 2 x 200", SCIPY, seconds, quality)


def mmd2(rows, n, permutations, seed):
    """Unbiased MMD2 with numpy: whole sums are known, each division needs one block."""
    distances = pdist(rows, "sqeuclidean")
    scale = np.median(distances)
    kernel = np.exp(-squareform(distances) / (2 * scale))
    np.fill_diagonal(kernel, 0)
    total, m = kernel.sum(), len(rows) - n

    def of(order):
        first = order[:n]
        within = kernel[np.ix_(first, first)].sum()
        part = kernel[first].sum()
        between = part - within
        other = total - part - between
        return within / (n * (n - 1)) + other / (m * (m - 1)) - 2 * between / (n * m)

    value, rng = of(np.arange(len(rows))), np.random.default_rng(seed)
    reached = sum(of(rng.permutation(len(rows))) >= value for _ in range(permutations))
    return value, scale, (1 + reached) / (1 + permutations)


def kernels(directory):
    digits = np.loadtxt(f"{directory}/digits/digits.csv", delimiter=",", skiprows=1)
    low, high = (digits[k, :64][:200] / 16 for k in (digits[:, 64] <= 4, digits[:, 64] > 4))
    (value, scale, p), seconds = timed(3, lambda: mmd2(np.vstack([low, high]), 200, 500, 0))
    quality = {"mmd2": float(value), "squared_distance": float(scale), "p_value": p}
    show("MMD2, digits 200 and 200, 500 permutations", NUMPY, seconds, quality)


def main():
    streams()
    two_samples()
    kernels(sys.argv[1])


main()
