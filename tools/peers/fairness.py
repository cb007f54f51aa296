"""fairlearn's figures for rates by group, on one thread: JSON lines on standard output.

    python3 tools/peers/fairness.py DATA_DIR

DATA_DIR holds adult_test. `cargo run --release -p tandem-learn --example peers_fairness DATA_DIR` does
the same work.
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
import pandas as pd  # noqa: E402
from fairlearn.metrics import (  # noqa: E402
    MetricFrame,
    count,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, precision_score  # noqa: E402

SYSTEM = "fairlearn 0.15.0"
METRICS = {
    "n": count,
    "selection_rate": selection_rate,
    "tpr": true_positive_rate,
    "fpr": false_positive_rate,
    "accuracy": accuracy_score,
    "precision": precision_score,
}


def unit(index, stream):
    """Uniform in [0, 1): SplitMix64's finaliser of a counter, the same in both programs."""
    with np.errstate(over="ignore"):
        z = (np.asarray(index, np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z ^= np.uint64((stream * 0xD1342543DE82EF95) & (2**64 - 1))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)) / float(1 << 53)


def synthetic(rows, groups):
    index = np.arange(rows)
    group = (unit(index, 1) * groups).astype(int)
    label = (unit(index, 2) < 0.2 + 0.05 * group).astype(int)
    flip = unit(index, 3) < 0.1 + 0.03 * group
    return group, label, np.where(flip, 1 - label, label)


def adult(directory, column):
    rows = pd.read_csv(f"{directory}/adult_test/adult.csv")
    label = rows.income.str.contains(">50K").astype(int).to_numpy()
    prediction = ((rows.education_num >= 13) | (rows.hours_per_week >= 50)).astype(int).to_numpy()
    return rows[column].to_numpy(), label, prediction


def timed(times, work):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds)


def show(case, seconds, quality):
    line = {"case": case, "system": SYSTEM, "cpu_s": seconds, "quality": quality}
    print(json.dumps(line), flush=True)


def frame(case, times, group, label, prediction):
    def work():
        table = MetricFrame(
            metrics=METRICS, y_true=label, y_pred=prediction, sensitive_features=group
        )
        return table, table.by_group, table.difference(), table.ratio()

    (table, by_group, difference, ratio), seconds = timed(times, work)
    quality = {name: list(by_group[name].astype(float)) for name in METRICS}
    for name in METRICS:
        if name != "n":
            quality[f"{name}_difference"] = float(difference[name])
            quality[f"{name}_ratio"] = float(ratio[name])
    show(case, seconds, quality)


def main():
    directory = sys.argv[1]
    for column in ("sex", "race"):
        frame(f"all rates, adult_test by {column}", 3, *adult(directory, column))
    group, label, prediction = synthetic(1_000_000, 5)
    value, seconds = timed(
        3, lambda: equalized_odds_difference(label, prediction, sensitive_features=group)
    )
    case = "equalized odds, 1M rows x 5 groups"
    show(case, seconds, {"equalized_odds_difference": float(value)})
    frame("all rates, 1M rows x 5 groups", 3, group, label, prediction)


main()
