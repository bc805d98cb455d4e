"""Parts of speech of English web texts (UD English EWT, gold tokens): a tagger beside a CRF.

    python tests/benchmarks/tagging.py [--split dev] [--seeds 0 1 2] [--rows default best ...]

Reads ewt/{train,dev,test}.conllu from $TEXTSEQ_DATA or ../shared/data. The taggers are trained on
the training set and stopped on the validation set; the test set is seen once. Accuracy is per word,
also of those that the training set does not have. The CRF is python-crfsuite's, where that is
installed (pip install python-crfsuite): L-BFGS with c1 and c2 as chosen on the validation set, and
the features that its tutorials use and more: affixes of 1 to 4 characters, the shape, and two
neighbours on each side.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from itertools import chain, compress
from pathlib import Path

from textseq.corpus.tagged import load_tagged
from textseq.tagger import SequenceTagger
from textseq.tagger.features import shape
from textseq.tagger.predictor import accuracy

DATA = Path(os.environ.get("TEXTSEQ_DATA", "../shared/data")) / "ewt"

TAGGERS = {
    "default": {},
    "default, networks alone": {"linear": False},
    "gru": {"cell": "gru"},
    "best": {"cell": "gru", "networks": 3},
}

CRF = {"c1": 0.1, "c2": 0.1, "max_iterations": 100, "feature.possible_transitions": True}


def crf_features(sentence):
    """Return the features of each word."""
    rows = []
    for i, word in enumerate(sentence):
        row = ["bias", f"w={word}", f"l={word.lower()}", f"h={shape(word)}"]
        row += [f"{test}={getattr(word, test)()}" for test in ("istitle", "isupper", "isdigit")]
        row += [f"hyphen={'-' in word}", f"digit={any(c.isdigit() for c in word)}"]
        row += [f"{end}{n}={word[cut]}" for n in (1, 2, 3, 4)
                for end, cut in (("p", slice(n)), ("s", slice(-n, None)))]  # fmt: skip
        for d in (-2, -1, 1, 2):
            if 0 <= i + d < len(sentence):
                near = sentence[i + d]
                row += [f"{d}l={near.lower()}", f"{d}h={shape(near)}", f"{d}s={near[-3:]}"]
            else:
                row.append(f"{d}=edge")
        rows.append(row)
    return rows


def run_crf(training, test):
    """Return the predictions of a CRF."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=CRF, verbose=False)
    for sentence, tags in zip(*training, strict=True):
        trainer.append(crf_features(sentence), tags)
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "model")
        trainer.train(model)
        tagger = pycrfsuite.Tagger()
        tagger.open(model)
        return [tagger.tag(crf_features(sentence)) for sentence in test]


def print_row(name, true, predictions, unseen, seconds):
    """Print the accuracy of predictions of several seeds: mean, and all of them."""
    scores = [100 * accuracy(true, tags) for tags in predictions]
    flags = [*chain.from_iterable(unseen)]
    parts = [[*compress(chain.from_iterable(each), flags)] for each in (true, *predictions)]
    rare = [100 * accuracy([parts[0]], [part]) for part in parts[1:]]
    each = " ".join(f"{score:.2f}" for score in scores) if len(scores) > 1 else ""
    print(f"{name:28} {statistics.mean(scores):6.2f} {statistics.mean(rare):8.2f} "
          f"{seconds / len(scores):8.0f}   {each}", flush=True)  # fmt: skip


def main():
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", default=["crf", *TAGGERS])
    arguments = parser.parse_args()
    training, dev, test = (
        load_tagged(str(DATA / f"{name}.conllu")) for name in ("train", "dev", arguments.split)
    )
    tokens, true = test
    known = {word for sentence in training[0] for word in sentence}
    unseen = [[word not in known for word in sentence] for sentence in tokens]
    print(f"{'EWT, ' + arguments.split:28} {'all':>6} {'unseen':>8} {'seconds':>8}   each seed")
    if "crf" in arguments.rows:
        started = time.monotonic()
        try:
            found = run_crf(training, tokens)
        except ImportError:
            print("crf: python-crfsuite is not installed")
        else:
            print_row("CRF", true, [found], unseen, time.monotonic() - started)
    for name in (name for name in TAGGERS if name in arguments.rows):
        started, models = time.monotonic(), []
        for seed in arguments.seeds:
            tagger = SequenceTagger(**TAGGERS[name], seed=seed)
            models.append(tagger.fit(*training, validation_data=dev).model_)
        seconds = time.monotonic() - started
        if name == "default":
            frequent = [models[0].most_frequent(tokens)]
            print_row("most frequent tag", true, frequent, unseen, 0)
            alone = [model.without_networks(tokens) for model in models]
            print_row("linear model alone", true, alone, unseen, 0)
        print_row(name, true, [model.predict(tokens) for model in models], unseen, seconds)


if __name__ == "__main__":
    main()
