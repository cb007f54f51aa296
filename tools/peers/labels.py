"""Label errors found by cleanlab on the data below DATA_DIR; JSON lines on stdout."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import json
import statistics
import sys
import time
import warnings

import numpy as np
from cleanlab.filter import find_label_issues

ROWS, CLASSES = 100_000, 20


def mix(x):
    """SplitMix64's finaliser after one step of its sequence."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def unit(x):
    return (mix(x) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def synthetic():
    """Softmax rows whose label is turned to the next class for one in ten."""
    rows = np.arange(ROWS, dtype=np.uint64)
    truth = (unit(rows) * CLASSES).astype(int)
    cells = np.arange(ROWS * CLASSES, dtype=np.uint64) + np.uint64(1 << 32)
    logits = 3 * unit(cells).reshape(ROWS, CLASSES)
    logits[np.arange(ROWS), truth] += 4
    p = np.exp(logits)
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    turned = unit(rows + np.uint64(1 << 40)) < 0.1
    return p, (truth + turned) % CLASSES, turned


def timed(run, times):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        out = run()
        seconds.append(time.process_time() - start)
    return out, statistics.median(seconds)


def measure(case, p, labels, wrong):
    """`wrong` maps rows to whether their label is known to be wrong."""
    for method, name in (("prune_by_noise_rate", "by noise rate"), ("both", "both")):
        run = lambda: find_label_issues(labels, p, filter_by=method, n_jobs=1)
        mask, seconds = timed(run, 3)
        known = [row for row in wrong if mask[row]]
        hits = sum(wrong[row] for row in known)
        quality = {
            "found": int(mask.sum()),
            "precision": round(hits / max(len(known), 1), 4),
            "recall": round(hits / sum(wrong.values()), 4),
        }
        line = {"case": f"{name} {case}", "system": "cleanlab 2.9.0"}
        line |= {"cpu_s": round(seconds, 6), "quality": quality}
        print(json.dumps(line), flush=True)


def verdicts(path):
    out = {}
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        votes = row["mturk"]
        wrong = votes["guessed"] + votes["neither"] > votes["given"] + votes["both"]
        out[row["id"]] = wrong
    return out


def main():
    warnings.filterwarnings("ignore")
    for name in ("cifar10_pyx", "news20_pyx"):
        table = np.loadtxt(f"{sys.argv[1]}/{name}/pyx.csv", delimiter=",", skiprows=1)
        wrong = verdicts(f"{sys.argv[1]}/{name}/mturk.jsonl")
        measure(name, table[:, 1:], table[:, 0].astype(int), wrong)
    p, labels, turned = synthetic()
    measure("100,000 x 20", p, labels, dict(enumerate(turned.tolist())))


if __name__ == "__main__":
    main()
