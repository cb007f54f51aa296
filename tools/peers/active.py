"""Active learning by modAL and scikit-activeml on the data below DATA_DIR; JSON lines on stdout."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import csv
import json
import statistics
import sys
import time
import warnings

import numpy as np
from modAL.disagreement import vote_entropy
from modAL.models import ActiveLearner
from modAL.uncertainty import entropy_sampling, margin_sampling, uncertainty_sampling
from skactiveml.pool import average_kl_divergence, k_greedy_center, uncertainty_scores
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score

warnings.filterwarnings("ignore", category=ConvergenceWarning)

MODAL = "modAL 0.4.2.1"
ACTIVEML = "scikit-activeml 1.0.1"
MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15


def emit(case, system, seconds, quality):
    print(json.dumps({"case": case, "system": system, "cpu_s": seconds, "quality": quality}))
    sys.stdout.flush()


def timed(times, work):
    spent = []
    for _ in range(times):
        start = time.process_time()
        out = work()
        spent.append(time.process_time() - start)
    return out, statistics.median(spent)


def finalise(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Rng:
    """SplitMix64, so that both sides see the same splits and first rows."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        while True:
            self.state = (self.state + STEP) & MASK
            wide = finalise(self.state) * n
            low = wide & MASK
            if low >= n or low >= (1 << 64) % n:
                return wide >> 64

    def shuffled(self, n):
        items = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def units(seed, n):
    """n numbers in [0, 1) of the same stream, at once."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(STEP)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def synthetic(seed, rows, classes):
    raw = (-np.log(1.0 - units(seed, rows * classes))).astype(np.float32)
    raw = raw.reshape(rows, classes)
    return raw / raw.sum(axis=1, keepdims=True)


class Given(BaseEstimator):
    """A fitted classifier whose inputs are its probabilities."""

    def predict_proba(self, x):
        return x


class GivenCommittee:
    """A committee whose votes and probabilities are known."""

    def __init__(self, p):
        self.p = p
        self.classes_ = np.arange(p.shape[2])

    def __len__(self):
        return self.p.shape[1]

    def vote(self, x):
        return self.p.argmax(axis=2)


def queries():
    measures = {
        "least-confidence": (uncertainty_sampling, "least_confident"),
        "margin": (margin_sampling, "margin_sampling"),
        "entropy": (entropy_sampling, "entropy"),
    }
    for rows in (10_000, 100_000, 1_000_000):
        p = synthetic(1, rows, 20)
        for name, (sampling, method) in measures.items():
            case = f"top 100 of {rows} x 20 by {name}"
            top, seconds = timed(5, lambda: sampling(Given(), p, n_instances=100))
            top = top[0] if isinstance(top, tuple) else top
            exact = uncertainty_scores(p.astype(np.float64), method=method)
            emit(case, MODAL, seconds, {"sum_of_scores": float(exact[top].sum())})

            def activeml():
                scores = uncertainty_scores(p, method=method)
                return np.argpartition(scores, -100)[-100:]

            top, seconds = timed(5, activeml)
            emit(case, ACTIVEML, seconds, {"sum_of_scores": float(exact[top].sum())})


def committees():
    p = np.stack([synthetic(2 + m, 100_000, 20) for m in range(5)], axis=1)
    scores, seconds = timed(3, lambda: vote_entropy(GivenCommittee(p), p))
    emit("vote entropy 5 x 100k x 20", MODAL, seconds, {"mean": float(scores.mean())})
    members = np.swapaxes(p, 0, 1)
    scores, seconds = timed(3, lambda: average_kl_divergence(members))
    emit("KL to consensus 5 x 100k x 20", ACTIVEML, seconds, {"mean": float(scores.mean())})


def core_set(root):
    with open(os.path.join(root, "digits", "digits.csv"), newline="") as file:
        rows = list(csv.reader(file))[1:]
    x = np.array([row[:64] for row in rows], dtype=np.float64)

    y = np.full(len(x), np.nan)
    y[0] = 0

    def choose():
        return k_greedy_center(x, y, batch_size=100, random_state=0)[0]

    chosen, seconds = timed(3, choose)
    gaps = np.linalg.norm(x[:, None] - x[np.append(chosen, 0)][None], axis=2).min(axis=1)
    emit("k-center 100 of digits", ACTIVEML, seconds, {"radius": float(gaps.max())})


def texts(path):
    with open(path, newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def model():
    return LogisticRegression(C=10, max_iter=200)


def replay(pool, test, score, goal, first, batch, seed):
    """Labels at which the score first reaches the goal, by modAL's margin sampling."""
    x, y = pool
    order = Rng(seed).shuffled(x.shape[0])
    labelled, left = order[:first], np.array(order[first:])
    before = None
    while True:
        if len(set(y[labelled])) < 2:
            reached, query = 0.0, np.arange(min(batch, len(left)))
        else:
            # `teach` does not run with scikit-learn 1.9; a new learner fits the same model.
            learner = ActiveLearner(
                model(), margin_sampling, X_training=x[labelled], y_training=y[labelled]
            )
            reached = score(test[1], learner.predict(test[0]))
            query = None
        if reached >= goal:
            if before is None:
                return len(labelled)
            share = (goal - before[1]) / (reached - before[1])
            return before[0] + share * (len(labelled) - before[0])
        before = (len(labelled), reached)
        if query is None:
            query = np.asarray(learner.query(x[left], n_instances=batch)[0])
        chosen = left[query]
        labelled = labelled + list(chosen)
        left = np.delete(left, query)


def labels_to_ninety(name, pool, test, score, first, batch, seeds):
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2)
    names = sorted({label for _, label in pool + test})
    label = {name: k for k, name in enumerate(names)}

    def side(rows, x):
        return x, np.array([label[row[1]] for row in rows])

    pool = side(pool, vectorizer.fit_transform([row[0] for row in pool]).tocsr())
    test = side(test, vectorizer.transform([row[0] for row in test]).tocsr())
    score = score(label)
    full = score(test[1], model().fit(*pool).predict(test[0]))
    start = time.process_time()
    needed = [replay(pool, test, score, 0.9 * full, first, batch, s) for s in range(seeds)]
    seconds = time.process_time() - start
    quality = {"labels": statistics.mean(needed), "full_score": full}
    emit(f"{name} labels to 90 %, {seeds} seeds", f"{MODAL} margin", seconds, quality)


def replays(root):
    rows = texts(os.path.join(root, "sms_spam", "sms.csv"))
    rows = [rows[i] for i in Rng(42).shuffled(len(rows))]
    cut = len(rows) * 7 // 10

    def f1(label):
        return lambda y, p: f1_score(y, p, pos_label=label["spam"])

    labels_to_ninety("sms_spam", rows[:cut], rows[cut:], f1, 20, 10, 20)
    pool = texts(os.path.join(root, "banking77", "train.csv"))
    test = texts(os.path.join(root, "banking77", "test.csv"))
    labels_to_ninety("banking77", pool, test, lambda label: accuracy_score, 154, 154, 3)


def main():
    root = sys.argv[1]
    queries()
    committees()
    core_set(root)
    replays(root)


main()
