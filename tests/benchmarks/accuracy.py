"""How often a classifier is right: trained and tested by the command line, as JSON lines.

    python tests/benchmarks/accuracy.py sst2 --test
    python tests/benchmarks/accuracy.py trec --seeds 0 1 2 --voters 5 --cell gru

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. Each seed is one `textseq classify train`,
with the corpus's own validation file if it has one; options that are not this program's go on to
it, and without any it runs on its defaults. The test texts are read only with --test, which is for
the end, when all is chosen on validation texts.

With --voters N a seed s stands for N networks, those of the seeds s N to s N + N - 1, whose
probabilities are averaged (Hansen and Salamon 1990). Each of them is printed too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from textseq import read_corpus
from textseq.classifier.predictor import Predictor
from textseq.classifier.targets import class_numbers

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", "sst2/test.tsv", "minimal"),
    "trec": ("trec/train.tsv", None, "trec/test.tsv", "minimal"),
    "imdb": ("imdb/train.csv", "imdb/val.csv", "imdb/test.csv", "minimal"),
    "nsmc": ("nsmc/ratings_train.txt", None, "nsmc/ratings_test.txt", "none"),
}


def main():
    """Train and test every seed, print a line for each network and vote, and then the mean."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--voters", type=int, default=1)
    parser.add_argument("--test", action="store_true", help="Label the test texts too.")
    given, given_on = parser.parse_known_args()
    figures = [figure for seed in given.seeds for figure in vote(given, given_on, seed)]
    if figures:
        spread = f"{min(figures):.1f} to {max(figures):.1f}"
        print(f"mean {statistics.mean(figures):.2f} ({spread})", file=sys.stderr)


def vote(given, options, seed):
    """Train a seed's networks; yield the test accuracy of their vote, in percent."""
    targets, probabilities = None, []
    for member in range(seed * given.voters, (seed + 1) * given.voters):
        with tempfile.TemporaryDirectory() as folder:
            line, model = train(given.corpus, member, options, Path(folder) / "model")
            if given.test:
                targets, found = test(given.corpus, model)
                probabilities.append(found)
                line["test"] = accuracy(found, targets)
        print(json.dumps(line), flush=True)
    if given.test:
        figure = accuracy(np.mean(probabilities, axis=0), targets)
        if given.voters > 1:
            print(json.dumps({"corpus": given.corpus, "vote": seed, "test": figure}), flush=True)
        yield figure


def train(corpus, seed, options, folder):
    """Run `textseq classify train`; return what is to be printed, and the model."""
    training, validation, _, quoting = CORPORA[corpus]
    command = [sys.executable, "-c", "from textseq.cli.app import main; main()"]
    command += ["classify", "train", str(DATA / training), "--output", str(folder)]
    command += ["--quoting", quoting, "--seed", str(seed), *options]
    if validation:
        command += ["--validation", str(DATA / validation)]
    started = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    history = json.loads((folder / "metrics.json").read_text())["history"]
    line = {
        "corpus": corpus,
        "seed": seed,
        "options": options,
        "validation": [round(100 * figure, 2) for figure in history["val_accuracy"]],
        "seconds": round(time.perf_counter() - started, 1),
    }
    return line, Predictor.load(folder)


def test(corpus, model):
    """Return the test texts' class numbers and probabilities."""
    _, _, name, quoting = CORPORA[corpus]
    texts = read_corpus(DATA / name, quoting=quoting)
    classes = np.array(model.classes)
    return class_numbers(np.array(texts.labels()), classes), model.predict_proba(texts)


def accuracy(probabilities, targets):
    """Return the share of right answers, in percent."""
    return round(100 * float((probabilities.argmax(axis=1) == targets).mean()), 2)


if __name__ == "__main__":
    main()
