"""The figures of bench_learn's `fit`, by scikit-learn: run with OMP_NUM_THREADS=1, beside it."""

import csv
import sys
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

root = sys.argv[1] if len(sys.argv) > 1 else "../shared/data"
train = list(csv.reader(open(f"{root}/banking77/train.csv")))[1:]
test = list(csv.reader(open(f"{root}/banking77/test.csv")))[1:]
labels = np.array([r[1] for r in train])
start = time.process_time()
vectors = TfidfVectorizer(sublinear_tf=True, min_df=2)
rows = vectors.fit_transform([r[0] for r in train])
print(f"vectorise {rows.shape}, {rows.nnz} entries: {time.process_time() - start:.3f} CPU s")
for max_iter in (100, 200):
    seconds = []
    for _ in range(3):
        start = time.process_time()
        model = LogisticRegression(C=10, max_iter=max_iter).fit(rows, labels)
        seconds.append(time.process_time() - start)
    p = model.predict_proba(rows)
    own = p[np.arange(len(p)), np.searchsorted(model.classes_, labels)]
    objective = -np.log(own).mean() + (model.coef_**2).sum() / (2 * 10 * len(p))
    accuracy = model.score(vectors.transform([r[0] for r in test]), [r[1] for r in test])
    print(
        f"full fit: {np.median(seconds):.3f} CPU s, {model.n_iter_[0]} iterations, "
        f"objective {objective:.6f}, test accuracy {accuracy:.4f}"
    )
