"""Strengths from comparisons and rankings by choix, one thread: JSON lines on standard output.

Usage: preference.py DATA_DIR (unused). The same cases as `crates/learn/examples/peers_preference.rs`.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)

import json
import statistics
import time
from importlib.metadata import version

import choix
import numpy as np


def mix(x):
    """SplitMix64's finaliser after one step, as `tandem_learn::rng::hash`."""
    with np.errstate(over="ignore"):
        z = x.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unit(x):
    return (mix(x) >> np.uint64(11)).astype(float) * 2.0**-53


def truth(items):
    """Sums of four uniforms: bell-shaped, standard deviation 1.15."""
    k = np.arange(items, dtype=np.uint64) * np.uint64(4)
    parts = [unit(k + np.uint64((1 << 40) + part)) for part in range(4)]
    return 2.0 * ((parts[0] + parts[1]) + (parts[2] + parts[3]) - 2.0)


def comparisons(items, n):
    """Winners and losers of `n` comparisons of random pairs."""
    strengths = truth(items)
    k = np.arange(n, dtype=np.uint64) * np.uint64(4)
    first = (mix(k + np.uint64(2 << 40)) % np.uint64(items)).astype(np.int64)
    step = (mix(k + np.uint64((2 << 40) + 1)) % np.uint64(items - 1)).astype(np.int64)
    second = (first + 1 + step) % items
    won = unit(k + np.uint64((2 << 40) + 2)) < 1.0 / (1.0 + np.exp(strengths[second] - strengths[first]))
    return np.where(won, first, second), np.where(won, second, first), strengths


def rankings(items, n, length):
    """Rankings of `length` random items, by Gumbel noise on the strengths."""
    strengths = truth(items)
    out = []
    for r in range(n):
        k = np.arange(items, dtype=np.uint64) + np.uint64((3 << 40) + r * items)
        chosen = np.argsort(mix(k), kind="stable")[:length]
        noise = -np.log(-np.log(unit(k[chosen] + np.uint64(1 << 42)) + 2.0**-54))
        out.append(tuple(int(i) for i in chosen[np.argsort(-(strengths[chosen] + noise), kind="stable")]))
    return out, strengths


def timed(times, f):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        out = f()
        seconds.append(time.process_time() - start)
    return out, statistics.median(seconds)


def emit(case, seconds, quality):
    row = {"case": case, "system": f"choix {version('choix')}", "cpu_s": seconds, "quality": quality}
    print(json.dumps(row), flush=True)


def pair_likelihood(params, winners, losers):
    return -float(np.logaddexp(0.0, params[losers] - params[winners]).sum())


def ranking_likelihood(params, lists):
    total = 0.0
    for ranking in lists:
        s = params[list(ranking)]
        total += sum(s[k] - np.logaddexp.reduce(s[k:]) for k in range(len(s) - 1))
    return float(total)


def main():
    for name, n, times in (("100k", 100_000, 3), ("1M", 1_000_000, 3)):
        winners, losers, strengths = comparisons(1000, n)
        pairs = list(zip(winners.tolist(), losers.tolist(), strict=True))
        for alpha in (0.01, 0.0):
            kind = "regularised" if alpha else "maximum likelihood"
            params, seconds = timed(times, lambda: choix.ilsr_pairwise(1000, pairs, alpha=alpha))
            quality = {
                "log_likelihood": pair_likelihood(params, winners, losers),
                "correlation": float(np.corrcoef(params, strengths)[0, 1]),
            }
            emit(f"Bradley-Terry {kind}, {name} pairs of 1,000 items", seconds, quality)
    lists, strengths = rankings(500, 10_000, 8)
    params, seconds = timed(3, lambda: choix.ilsr_rankings(500, lists, alpha=0.0))
    quality = {
        "log_likelihood": ranking_likelihood(params, lists),
        "correlation": float(np.corrcoef(params, strengths)[0, 1]),
    }
    emit("Plackett-Luce maximum likelihood, 10k rankings of 8 of 500 items", seconds, quality)


main()
