"""How well a classifier does on learned, one-hot and Word2Vec embeddings: accuracy, as JSON lines.

    python tests/benchmarks/embeddings.py sst2
    python tests/benchmarks/embeddings.py trec
    python tests/benchmarks/embeddings.py nsmc --seeds 0 --embeddings word2vec learned

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. Each is one network without a linear model,
`classify train`'s default for the corpus but for the embedding. Vectors are made of the training
texts alone by `textseq train-w2v`, with the classifier's own analyzer and size of vector; its other
settings are its defaults, or those of --train-w2v. Where a corpus has no validation texts, a tenth
of the training texts is kept for that, the same for all networks of a seed. The test texts are
labelled only with --test, which is for the end, when all is chosen.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from textseq import read_corpus
from textseq.classifier import SentenceClassifier
from textseq.classifier.labels import encode_labels
from textseq.classifier.presets import preset_settings
from textseq.classifier.split import train_val_split
from textseq.tokenizer.analyzers import analyzer_for

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", "sst2/test.tsv", "minimal"),
    "trec": ("trec/train.tsv", None, "trec/test.tsv", "minimal"),
    "nsmc": ("nsmc/ratings_train.txt", None, "nsmc/ratings_test.txt", "none"),
}
EMBEDDINGS = {
    "learned": {"embedding": "learned"},
    "onehot": {"embedding": "onehot"},
    "word2vec": {"embedding": "word2vec"},
    "word2vec, frozen": {"embedding": "word2vec", "tuned": False},
    "ngrams": {"embedding": "ngrams"},
}


def main():
    """Train every network with every seed, print a line for each, and their means on stderr."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--embeddings", choices=EMBEDDINGS, nargs="+", default=[*EMBEDDINGS][:4])
    parser.add_argument("--train-w2v", default="", help="Further options of `textseq train-w2v`.")
    parser.add_argument("--test", action="store_true", help="Label the test texts too.")
    options = parser.parse_args()
    accuracies = {name: [] for name in options.embeddings}
    for seed in options.seeds:
        training, validation = split(options.corpus, seed)
        test = read(options.corpus, CORPORA[options.corpus][2]) if options.test else None
        vectors = None
        for name in options.embeddings:
            if name.startswith("word2vec") and vectors is None:
                vectors = train_w2v(training[0], seed, shlex.split(options.train_w2v))
            line = measure(name, seed, training, validation, test, vectors)
            line = {"corpus": options.corpus, "train_w2v": options.train_w2v, **line}
            print(json.dumps(line), flush=True)
            accuracies[name].append((line["validation"], line.get("test", float("nan"))))
    for name, pairs in accuracies.items():
        figures = [
            f"{statistics.mean(one):.1f} ({min(one):.1f} to {max(one):.1f})"
            for one in zip(*pairs, strict=True)
        ]
        print(f"{name:18} validation {figures[0]}, test {figures[1]}", file=sys.stderr)


def read(corpus, file):
    """Return the texts and labels of one file."""
    opened = read_corpus(DATA / file, quoting=CORPORA[corpus][3])
    return list(opened.texts()), np.array(opened.labels())


def split(corpus, seed):
    """Return texts and labels to train on and to validate on."""
    training, validation, _, _ = CORPORA[corpus]
    texts, labels = read(corpus, training)
    if validation is not None:
        return (texts, labels), read(corpus, validation)
    kept, held = train_val_split(encode_labels(labels, np.unique(labels)), 0.1, seed=seed)
    return tuple(([texts[i] for i in part], labels[part]) for part in (kept, held))


def train_w2v(texts, seed, further):
    """Make vectors of the texts with the command, and return their path."""
    folder = Path(tempfile.mkdtemp())
    (folder / "texts.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
    size = preset_settings("accurate", len(texts), tokens=0, syllables=False)["dimension"]
    command = [sys.executable, "-m", "textseq.cli.app", "train-w2v", folder / "texts.jsonl"]
    command += ["--analyzer", analyzer_for(texts), "--size", str(size), "--seed", str(seed + 1)]
    command += ["--workers", "1", *further, "--output", folder / "vectors.bin"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return folder / "vectors.bin"


def measure(name, seed, training, validation, test, vectors):
    """Train one network and return its accuracies in percent."""
    started = time.perf_counter()
    settings = dict(EMBEDDINGS[name], seed=seed, networks=1, linear=0)
    if name.startswith("word2vec"):
        settings["vectors"] = vectors
    classifier = SentenceClassifier(**settings).fit(*training, validation_data=validation)
    line = {"embedding": name, "seed": seed}
    line["validation"] = 100 * classifier.score(*validation)
    if test is not None:
        line["test"] = 100 * classifier.score(*test)
    if (coverage := classifier.coverage_) is not None:
        line["coverage"] = str(coverage)
    line["seconds"] = round(time.perf_counter() - started)
    return line


if __name__ == "__main__":
    main()
