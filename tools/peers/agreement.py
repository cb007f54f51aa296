"""Agreement coefficients by krippendorff and statsmodels, one thread: JSON lines on standard output.

Usage: agreement.py DATA_DIR. The same cases as `crates/learn/examples/peers_agreement.rs`.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import csv
import json
import statistics
import sys
import time
from importlib.metadata import version

import krippendorff
import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

UNITS, PER_UNIT, VALUES = 200_000, 5, 5
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def mix(x):
    """SplitMix64's finaliser after one step, as `tandem_learn::rng::hash`."""
    with np.errstate(over="ignore"):
        z = x.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unit(x):
    return (mix(x) >> np.uint64(11)).astype(float) * 2.0**-53


def synthetic():
    """Units and values of a million ratings: six in ten are the unit's own value, others uniform."""
    k = np.arange(UNITS * PER_UNIT, dtype=np.uint64)
    units = k // np.uint64(PER_UNIT)
    own = mix(units + np.uint64(1 << 40)) % np.uint64(VALUES)
    other = mix(k + np.uint64(2 << 40)) % np.uint64(VALUES)
    values = np.where(unit(k + np.uint64(3 << 40)) < 0.6, own, other)
    return units.astype(np.int64), values.astype(np.int64)


def timed(times, f):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        out = f()
        seconds.append(time.process_time() - start)
    return out, statistics.median(seconds)


def emit(case, package, seconds, quality):
    row = {"case": case, "system": f"{package} {version(package)}", "cpu_s": seconds, "quality": quality}
    print(json.dumps(row), flush=True)


def count(units, values):
    cells = np.bincount(units * VALUES + values, minlength=UNITS * VALUES)
    return cells.reshape(UNITS, VALUES)


def alpha(counts, level):
    domain = list(range(1, VALUES + 1))
    return krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level)


def crowd(data):
    path = os.path.join(data, "crowd_cf_amt", "answers.csv")
    if not os.path.exists(path):
        return
    first = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            first.setdefault((row["task"], row["worker"]), int(row["label"]))
    tasks = {task: i for i, task in enumerate(dict.fromkeys(task for task, _ in first))}
    counts = np.zeros((len(tasks), VALUES), dtype=int)
    for (task, _), label in first.items():
        counts[tasks[task], label] += 1
    for level in LEVELS:
        value, seconds = timed(5, lambda: alpha(counts, level))
        emit(f"alpha {level}, cf_amt, from counts", "krippendorff", seconds, {"value": value})


def main():
    crowd(sys.argv[1])
    units, values = synthetic()
    counts = count(units, values)
    for level in LEVELS:
        value, seconds = timed(7, lambda: alpha(counts, level))
        emit(f"alpha {level}, 1M ratings, from counts", "krippendorff", seconds, {"value": value})
        value, seconds = timed(7, lambda: alpha(count(units, values), level))
        emit(f"alpha {level}, 1M ratings, from triples", "krippendorff", seconds, {"value": value})
    value, seconds = timed(7, lambda: fleiss_kappa(counts))
    emit("Fleiss' kappa, 1M ratings, from counts", "statsmodels", seconds, {"value": value})
    value, seconds = timed(7, lambda: fleiss_kappa(count(units, values)))
    emit("Fleiss' kappa, 1M ratings, from triples", "statsmodels", seconds, {"value": value})

    def kappa(wt):
        table = np.bincount(first * VALUES + second, minlength=VALUES * VALUES)
        return float(cohens_kappa(table.reshape(VALUES, VALUES), wt=wt, return_results=False))

    first, second = values[0::5].copy(), values[1::5].copy()
    for name, wt in (("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")):
        value, seconds = timed(7, lambda: kappa(wt))
        emit(f"Cohen's kappa {name}, 200k pairs", "statsmodels", seconds, {"value": value})

    def resampled():
        rng = np.random.default_rng(0)
        draws = [alpha(counts[rng.integers(0, UNITS, UNITS)], "nominal") for _ in range(20)]
        return float(np.std(draws, ddof=1))

    error, seconds = timed(3, resampled)
    emit("bootstrap of alpha nominal, 20 resamples of 1M ratings", "krippendorff", seconds, {"error": error})


main()
