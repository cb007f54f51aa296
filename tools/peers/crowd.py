"""crowd-kit's figures for crowd label aggregation, on one thread: JSON lines on standard output.

    python3 tools/peers/crowd.py DATA_DIR

DATA_DIR holds crowd_cf and crowd_cf_amt. `cargo run --release -p tandem-learn --example peers_crowd
DATA_DIR` does the same work. Wawa and ZeroBasedSkill need scikit-learn < 1.6.
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from crowdkit.aggregation import (  # noqa: E402
    GLAD,
    MACE,
    DawidSkene,
    MajorityVote,
    OneCoinDawidSkene,
    Wawa,
    ZeroBasedSkill,
)

SYSTEM = "crowd-kit 1.4.2"
CLASSES = 5


def unit(index, stream):
    """Uniform in [0, 1): SplitMix64's finaliser of a counter, the same in both programs."""
    with np.errstate(over="ignore"):
        z = (np.asarray(index, np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z ^= np.uint64((stream * 0xD1342543DE82EF95) & (2**64 - 1))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def synthetic(tasks, workers, overlap=5):
    """Workers right with a probability of their own, else wrong at random."""
    skill = 0.3 + 0.65 * unit(np.arange(workers), 1)
    truth = np.floor(unit(np.arange(tasks), 2) * CLASSES).astype(int)
    task = np.repeat(np.arange(tasks), overlap)
    first = np.floor(unit(np.arange(tasks), 3) * workers).astype(int)
    step = 1 + np.floor(unit(np.arange(tasks), 4) * ((workers - 1) // overlap)).astype(int)
    worker = (first[task] + np.tile(np.arange(overlap), tasks) * step[task]) % workers
    n = np.arange(len(task))
    right = unit(n, 5) < skill[worker]
    wrong = (truth[task] + 1 + np.floor(unit(n, 6) * (CLASSES - 1)).astype(int)) % CLASSES
    label = np.where(right, truth[task], wrong)
    return pd.DataFrame({"task": task, "worker": worker, "label": label}), pd.Series(truth)


def load(directory, name):
    data = pd.read_csv(f"{directory}/{name}/answers.csv", dtype={"task": str, "worker": str})
    data = data[["task", "worker", "label"]]
    gold = pd.read_csv(f"{directory}/{name}/gold.csv", dtype={"task": str})
    data = data.drop_duplicates(["task", "worker"], keep="last").reset_index(drop=True)
    return data, gold.set_index("task")["gold"]


def logsumexp(x):
    top = x.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(x - top).sum(axis=1, keepdims=True))).sum()


def codes(data):
    tasks, task_names = pd.factorize(data["task"])
    workers, worker_names = pd.factorize(data["worker"])
    return tasks, task_names, workers, worker_names, data["label"].to_numpy()


def confusion_likelihood(model, data):
    """Log-likelihood per answer of a fitted DawidSkene."""
    tasks, task_names, workers, worker_names, labels = codes(data)
    table = np.zeros((len(worker_names), CLASSES, CLASSES))
    place = {name: i for i, name in enumerate(worker_names)}
    index = model.errors_.index
    rows = np.array([place[w] for w in index.get_level_values(0)])
    given = index.get_level_values(1).to_numpy()
    values = model.errors_.reindex(columns=range(CLASSES)).fillna(0.0).to_numpy()
    table[rows, :, given] = values
    priors = model.priors_.reindex(range(CLASSES)).fillna(0.0).to_numpy()
    scores = np.tile(np.log(np.maximum(priors, 1e-300)), (len(task_names), 1))
    np.add.at(scores, tasks, np.log(np.maximum(table[workers, :, labels], 1e-300)))
    return logsumexp(scores) / len(data)


def spam_likelihood(model, data):
    """Log-likelihood per answer of a fitted MACE (whose codes follow the first appearance)."""
    tasks, task_names, workers, _, labels = codes(data)
    label_codes, _ = pd.factorize(data["label"])
    scores = np.full((len(task_names), CLASSES), -np.log(CLASSES))
    luck = model.spamming_[workers, 0] * model.thetas_[workers, label_codes]
    own = np.eye(CLASSES)[label_codes] * model.spamming_[workers, 1][:, None]
    np.add.at(scores, tasks, np.log(luck[:, None] + own))
    return logsumexp(scores) / len(data)


def ability_objective(model, data):
    """Log-posterior per answer of a fitted GLAD, without constants."""
    tasks, task_names, workers, worker_names, labels = codes(data)
    alpha = model.alphas_.reindex(worker_names).to_numpy()
    beta = model.betas_.reindex(task_names).to_numpy()
    z = alpha[workers] * np.exp(beta[tasks])
    right, wrong = -np.logaddexp(0, -z), -np.logaddexp(0, z) - np.log(CLASSES - 1)
    terms = np.where(np.eye(CLASSES)[labels] > 0, right[:, None], wrong[:, None])
    scores = np.full((len(task_names), CLASSES), -np.log(CLASSES))
    np.add.at(scores, tasks, terms)
    penalty = 0.5 * ((alpha - 1) ** 2).sum() + 0.5 * ((beta - 1) ** 2).sum()
    return (logsumexp(scores) - penalty) / len(data)


def report(case, make, data, gold, objective=None, times=1, keep=("accuracy",)):
    seconds = []
    for _ in range(times):
        model = make()
        start = time.process_time()
        labels = model.fit_predict(data)
        seconds.append(time.process_time() - start)
    common = labels.index.intersection(gold.index)
    quality = {"accuracy": float((labels[common] == gold[common]).mean())}
    quality = {k: v for k, v in quality.items() if k in keep}
    if objective:
        quality["objective"] = float(objective(model, data))
    line = {"case": case, "system": SYSTEM, "cpu_s": float(np.median(seconds)), "quality": quality}
    print(json.dumps(line), flush=True)


def main():
    directory = sys.argv[1]
    for name in ("crowd_cf", "crowd_cf_amt"):
        data, gold = load(directory, name)
        report(f"majority {name}", MajorityVote, data, gold, times=3)
        report(f"wawa {name}", Wawa, data, gold, times=3)
        report(f"zero-based-skill {name}", ZeroBasedSkill, data, gold)
        report(f"dawid-skene {name}", lambda: DawidSkene(100), data, gold, times=3)
        plain = lambda: DawidSkene(100)  # noqa: E731
        report(f"dawid-skene objective {name}", plain, data, gold, confusion_likelihood, 3, ())
        report(f"one-coin {name}", lambda: OneCoinDawidSkene(100), data, gold)
        coin = lambda: OneCoinDawidSkene(100)  # noqa: E731
        report(f"one-coin objective {name}", coin, data, gold, confusion_likelihood, 1, ())
        report(f"glad {name}", lambda: GLAD(100), data, gold, ability_objective)
        report(f"mace {name}", MACE, data, gold)
        report(f"mace objective {name}", MACE, data, gold, spam_likelihood, 1, ())
    small, gold = synthetic(20_000, 500)
    report("zero-based-skill 100k answers", ZeroBasedSkill, small, gold)
    report("glad 20 iterations 100k answers", lambda: GLAD(20), small, gold, ability_objective)
    large, gold = synthetic(200_000, 2_000)
    report("majority 1M answers", MajorityVote, large, gold)
    report("wawa 1M answers", Wawa, large, gold)
    ds = lambda: DawidSkene(20, tol=-np.inf)  # noqa: E731
    report("dawid-skene 20 iterations 1M answers", ds, large, gold, confusion_likelihood)
    coin = lambda: OneCoinDawidSkene(20, tol=-np.inf)  # noqa: E731
    report("one-coin 20 iterations 1M answers", coin, large, gold, confusion_likelihood)
    mace = lambda: MACE(n_restarts=1, n_iter=20)  # noqa: E731
    report("mace 1 x 20 iterations 1M answers", mace, large, gold, spam_likelihood)


main()
