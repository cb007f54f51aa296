"""Conformal sets of MAPIE and crepes on the data below DATA_DIR; JSON lines on stdout."""

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
from crepes import WrapClassifier
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

ALPHA = 0.1


class Given(ClassifierMixin, BaseEstimator):
    """A classifier whose inputs are its probabilities."""

    def __init__(self, classes):
        self.classes = classes
        self.classes_ = np.arange(classes)
        self.is_fitted_ = True

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        return x

    def predict(self, x):
        return x.argmax(axis=1)


def timed(run, times):
    """Results of seeds 0, 1, ..., and the median CPU seconds of a run."""
    seconds, results = [], []
    for seed in range(times):
        start = time.process_time()
        results.append(run(seed))
        seconds.append(time.process_time() - start)
    return results, statistics.median(seconds)


def put(case, system, seconds, results, labels):
    rows = np.arange(len(labels))
    coverage = np.mean([sets[rows, labels].mean() for sets in results])
    size = np.mean([sets.sum(axis=1).mean() for sets in results])
    quality = {"coverage": round(float(coverage), 4), "mean_size": round(float(size), 3)}
    line = {"case": case, "system": system, "cpu_s": round(seconds, 6), "quality": quality}
    print(json.dumps(line), flush=True)


def mapie(method, fit, fit_labels, test, seed):
    conformal = SplitConformalClassifier(
        Given(fit.shape[1]),
        confidence_level=1 - ALPHA,
        conformity_score=method,
        prefit=True,
        random_state=seed,
    )
    conformal.conformalize(fit, fit_labels)
    options = {} if method == "lac" else {"include_last_label": "randomized"}
    return conformal.predict_set(test, conformity_score_params=options)[1][:, :, 0]


def crepes(per_class, fit, fit_labels, test, seed):
    conformal = WrapClassifier(Given(fit.shape[1]))
    conformal.calibrate(fit, fit_labels, class_cond=per_class, seed=seed)
    return conformal.predict_set(test, confidence=1 - ALPHA, seed=seed)


def indicators(sets, classes):
    """Lists of labels as rows of truth values."""
    out = np.zeros((len(sets), classes), dtype=bool)
    for row, members in enumerate(sets):
        out[row, np.asarray(members, dtype=int)] = True
    return out


def main():
    warnings.filterwarnings("ignore")
    for name in ("cifar10_pyx", "news20_pyx", "banking77_lr_pyx"):
        table = np.loadtxt(f"{sys.argv[1]}/{name}/pyx.csv", delimiter=",", skiprows=1)
        labels, p = table[:, 0].astype(int), table[:, 1:]
        # MAPIE refuses rows whose sum is off by the rounding of the file.
        p = p / p.sum(axis=1, keepdims=True)
        fit, test, fit_labels, test_labels = p[::2], p[1::2], labels[::2], labels[1::2]
        for method in ("lac", "aps", "raps"):
            run = lambda seed: mapie(method, fit, fit_labels, test, seed)
            results, seconds = timed(run, 20)
            put(f"{method} {name}", "MAPIE 1.6.0", seconds, results, test_labels)
        for case, per_class in (("marginal", False), ("per class", True)):
            run = lambda seed: crepes(per_class, fit, fit_labels, test, seed)
            results, seconds = timed(run, 1 if per_class else 3)
            results = [indicators(sets, p.shape[1]) for sets in results]
            put(f"{case} {name}", "crepes 0.9.1", seconds, results, test_labels)


if __name__ == "__main__":
    main()
