"""Several labels for a text, on GoEmotions: macro-F1 beside fastText's and a linear model's.

    python tests/benchmarks/multilabel.py [--seeds 0 1 2] [--test] [--search]

Reads goemotions/{train,dev,test}.tsv from $TEXTSEQ_DATA or ../shared/data. All are trained on the
training texts; what they leave open, and a threshold for each of the 28 labels, is chosen on the
validation texts, by the same function. Without --test, thresholds are fitted to four fifths of the
validation texts and judged on the fifth. The peers: TF-IDF of words and bigrams with logistic
regression, one label against the rest; and fastText with `-loss ova` (pip install fasttext-numpy2),
with what --search finds to be its best settings.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

from textseq.classifier import SentenceClassifier
from textseq.classifier.label_calibration import estimate_macro_f1
from textseq.network.metrics import fit_thresholds

DATA = Path(os.environ.get("TEXTSEQ_DATA", "../shared/data")) / "goemotions"

FASTTEXT = {"lr": 0.25, "epoch": 10, "wordNgrams": 2, "dim": 50}
"""The best of what `search_fasttext` tries, by macro-F1 on the validation texts."""


def read(part):
    """Return the texts of a part, and their labels as numbers."""
    lines = (DATA / f"{part}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [text for text, *_ in rows], [list(map(int, ids.split(","))) for _, ids, _ in rows]


def matrix(labels):
    """Return the indicator matrix of labels."""
    return MultiLabelBinarizer(classes=range(28)).fit_transform(labels).astype("float32")


def train_textseq(training, validation, seed):
    """Return what gives probabilities: the default classifier."""
    return SentenceClassifier(seed=seed).fit(*training, validation_data=validation).predict_proba


def train_linear(training, validation, seed):
    """Return what gives probabilities: TF-IDF and logistic regression."""
    features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear", random_state=seed))
    model.fit(features.fit_transform(training[0]), matrix(training[1]))
    return lambda texts: model.predict_proba(features.transform(texts)).astype("float32")


def train_fasttext(training, validation, seed, settings=FASTTEXT):
    """Return what gives probabilities: fastText, each label by itself."""
    import fasttext

    def tokens(text):
        return " ".join(re.findall(r"[\w']+|[^\w\s']", text.lower()))

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, labels in zip(*training, strict=True):
            file.write(" ".join(f"__label__{i}" for i in labels) + f" {tokens(text)}\n")
        file.flush()
        given = {"loss": "ova", "verbose": 0, "thread": 1, "seed": seed, **settings}
        model = fasttext.train_supervised(file.name, **given)

    def probabilities(texts):
        found = np.zeros((len(texts), 28), np.float32)
        for row, text in zip(found, texts, strict=True):
            for label, value in zip(*model.predict(tokens(text), k=-1), strict=True):
                row[int(label.removeprefix("__label__"))] = value
        return found

    return probabilities


def search_fasttext(training, validation):
    """Print the macro-F1 on validation texts of fastText with each of some settings."""
    for lr, epoch, ngrams in itertools.product((0.25, 0.5, 1.0), (5, 10, 20, 40), (2, 3)):
        settings = {"lr": lr, "epoch": epoch, "wordNgrams": ngrams, "dim": 50}
        try:
            answer = train_fasttext(training, validation, 0, settings)
        except RuntimeError as error:  # it diverged
            print(f"{error} {settings}", flush=True)
            continue
        found = estimate_macro_f1(answer(validation[0]), matrix(validation[1]))
        print(f"{found:.4f} {settings}", flush=True)


TOOLS = {"textseq": train_textseq, "TF-IDF and LR": train_linear, "fastText ova": train_fasttext}


def main():
    """Train each tool with each seed, and print its macro-F1."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=[*TOOLS])
    parser.add_argument("--test", action="store_true", help="Read the test texts, at the end.")
    parser.add_argument("--search", action="store_true", help="Choose fastText's settings.")
    given = parser.parse_args()
    training, validation = read("train"), read("dev")
    if given.search:
        search_fasttext(training, validation)
        return
    for name in given.tools:
        scores = []
        for seed in given.seeds if name != "TF-IDF and LR" else [0]:
            started = time.perf_counter()
            answer = TOOLS[name](training, validation, seed)
            seconds = time.perf_counter() - started
            known = answer(validation[0])
            if not given.test:
                scores.append(estimate_macro_f1(known, matrix(validation[1])))
            else:
                texts, labels = read("test")
                above = answer(texts) > fit_thresholds(known, matrix(validation[1]))
                scores.append(f1_score(matrix(labels), above, average="macro"))
                micro = f1_score(matrix(labels), above, average="micro")
                print(f"{name}, seed {seed}: micro-F1 {micro:.4f}", flush=True)
            print(f"{name}, seed {seed}: macro-F1 {scores[-1]:.4f}, {seconds:.0f} s", flush=True)
        print(f"{name}: mean macro-F1 {statistics.mean(scores):.4f}", flush=True)


if __name__ == "__main__":
    main()
