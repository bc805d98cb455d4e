"""Words that no training text has: what character n-grams do, on texts with and without one.

    python tests/benchmarks/unseen_words.py [trec sst2] [--folds 5] [--seeds 0 1 2]

Reads the training texts of $TEXTSEQ_DATA or ../shared/data, and trains the default classifier on
all folds but one, with `char_ngrams` and without. Accuracy in percent on the texts of the other
fold: of all, of those with a word that the training texts of the fold do not have, and of the rest.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold

from textseq import read_corpus
from textseq.classifier import SentenceClassifier
from textseq.tokenizer.open_encoding import encode_open

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
SETTINGS = {"without": {"char_ngrams": 0}, "with": {}}


def accuracies(corpus, folds, seed):
    """Return by setting what is right of each text, and which texts have an unseen word."""
    read = read_corpus(DATA / corpus / "train.tsv")
    texts, labels = np.array(list(read.texts()), object), np.array(read.labels())
    right = {name: np.zeros(len(texts), bool) for name in SETTINGS}
    unseen = np.zeros(len(texts), bool)
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for training, held in split.split(texts, labels):
        for name, settings in SETTINGS.items():
            model = SentenceClassifier(seed=seed, **settings)
            model.fit(texts[training].tolist(), labels[training].tolist())
            right[name][held] = model.predict(texts[held].tolist()) == labels[held]
        encoded = encode_open(model.tokenizer_, texts[held].tolist())
        unseen[held] = encoded.unknown.lengths > 0
    return right, unseen


def main():
    """Print a line for each corpus, seed and setting."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpora", nargs="*", default=["trec", "sst2"])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    given = parser.parse_args()
    for corpus in given.corpora:
        for seed in given.seeds:
            right, unseen = accuracies(corpus, given.folds, seed)
            for name, found in right.items():
                print(
                    f"{corpus}, seed {seed}, {name}: {found.mean():.2%}; "
                    f"with an unseen word {found[unseen].mean():.2%}, "
                    f"without {found[~unseen].mean():.2%} ({unseen.mean():.0%} of texts with one)",
                    flush=True,
                )


if __name__ == "__main__":
    main()
