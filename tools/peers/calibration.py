"""Calibration by netcal and scikit-learn on the data below DATA_DIR; JSON lines on stdout.

Fitted on even rows, measured on odd ones.
"""

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
import sklearn
from netcal.metrics import ECE
from netcal.scaling import BetaCalibration, TemperatureScaling
from sklearn.isotonic import IsotonicRegression


def timed(run, times=3):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        out = run()
        seconds.append(time.process_time() - start)
    return out, statistics.median(seconds)


def put(case, system, seconds, quality):
    quality = {key: round(float(value), 4) for key, value in quality.items()}
    line = {"case": case, "system": system, "cpu_s": round(seconds, 6), "quality": quality}
    print(json.dumps(line), flush=True)


def nll(p, labels):
    return -np.log(np.clip(p[np.arange(len(labels)), labels], 1e-12, 1)).mean()


def main():
    warnings.filterwarnings("ignore")
    for name in ("cifar10_pyx", "news20_pyx"):
        table = np.loadtxt(f"{sys.argv[1]}/{name}/pyx.csv", delimiter=",", skiprows=1)
        labels, p = table[:, 0].astype(int), table[:, 1:]
        fit, test, fit_labels, test_labels = p[::2], p[1::2], labels[::2], labels[1::2]
        top, right = test.max(axis=1), (test.argmax(axis=1) == test_labels).astype(int)
        fit_top, fit_right = fit.max(axis=1), (fit.argmax(axis=1) == fit_labels).astype(int)
        ece, seconds = timed(lambda: ECE(15).measure(top, right))
        put(f"ece {name}", "netcal 1.4.0", seconds, {"ece": ece})

        def temperature():
            scaling = TemperatureScaling()
            scaling.fit(fit, fit_labels)
            return scaling.transform(test)

        q, seconds = timed(temperature)
        quality = {"nll": nll(q, test_labels), "ece": ECE(15).measure(q.max(axis=1), right)}
        put(f"temperature {name}", "netcal 1.4.0", seconds, quality)

        def isotonic():
            curve = IsotonicRegression(out_of_bounds="clip").fit(fit_top, fit_right)
            return curve.predict(top)

        q, seconds = timed(isotonic)
        put(f"isotonic top {name}", f"scikit-learn {sklearn.__version__}", seconds, {"ece": ECE(15).measure(q, right)})

        def beta():
            scaling = BetaCalibration()
            scaling.fit(fit_top, fit_right)
            return scaling.transform(top)

        q, seconds = timed(beta)
        quality = {"ece": ECE(15).measure(q, right)}
        put(f"beta top {name}", "netcal 1.4.0", seconds, quality)


if __name__ == "__main__":
    main()
