"""What the size of a model costs: one training, compressed in several ways, as a table.

    python tests/benchmarks/compressing.py sst2 --test
    python tests/benchmarks/compressing.py nsmc --seeds 0 1 2 --prune 0.1 0.3 0.5 --networks 1

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. For each seed, a model is trained without
compression, and `classify compress` is run on it with each share of --prune; the default is trained
too, whose parts are weighted after compression. Options that are not this program's are settings of
the classifier. The test texts are read only with --test, which is for the end, when all is chosen
on validation texts. Accuracy is in percent, and the loss is the mean negative log-likelihood of the
labels; both are means over the seeds.
"""

import argparse
import ast
import tempfile
from pathlib import Path

import numpy as np
from accuracy import CORPORA, DATA

from textseq import read_corpus
from textseq.classifier import SentenceClassifier, compress
from textseq.classifier.predictor import Predictor
from textseq.files.paths import size_of


def main():
    """Train and compress for each seed, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--prune", type=float, nargs="+", default=[0.0, 0.1, 0.2, 0.3, 0.5])
    parser.add_argument("--test", action="store_true", help="Label the test texts too.")
    given, given_on = parser.parse_known_args()
    rows = {}
    for seed in given.seeds:
        for name, figures in measure(given, seed, settings(given_on)):
            rows.setdefault(name, []).append(figures)
            print(given.corpus, seed, name, figures, flush=True)
    names = next(iter(rows.values()))[0]
    print(f"| {given.corpus} |", " | ".join(names), "|")
    print("|---" * (1 + len(names)) + "|")
    for name, found in rows.items():
        means = {key: np.mean([figures[key] for figures in found]) for key in names}
        print(f"| {name} |", " | ".join(f"{v:.{DIGITS[k]}f}" for k, v in means.items()), "|")


DIGITS = {"MB": 1, "validation": 2, "test": 2, "validation loss": 4, "test loss": 4}


def settings(options):
    """Return the settings that options such as `--cell gru --networks 1` give."""
    found = {}
    for name, text in zip(options[::2], options[1::2], strict=True):
        try:
            found[name.removeprefix("--").replace("-", "_")] = ast.literal_eval(text)
        except ValueError:
            found[name.removeprefix("--").replace("-", "_")] = text
    return found


def measure(given, seed, own):
    """Yield the name and the figures of each model of a seed."""
    training, validation, test, quoting = CORPORA[given.corpus]
    texts, labels = read(training, quoting)
    held = None if validation is None else read(validation, quoting)
    with tempfile.TemporaryDirectory() as folder:
        exact, small = Path(folder) / "exact", Path(folder) / "small"
        for compressed in (False, True):
            model = SentenceClassifier(seed=seed, compressed=compressed, **own)
            model.fit(texts, labels, validation_data=held)
            model.save(small if compressed else exact)
        sets = {"validation": held or [part[model.held_out_] for part in (texts, labels)]}
        sets |= {"test": read(test, quoting)} if given.test else {}
        yield "trained without", figures_of(exact, sets)
        yield "trained with (the default)", figures_of(small, sets)
        for prune in given.prune:
            compress(exact, small, prune=prune, force=True)
            yield f"compressed, prune {prune:g}", figures_of(small, sets)


def read(name, quoting):
    """Return the texts and the labels of a file as arrays."""
    table = read_corpus(DATA / name, quoting=quoting, labels=True).read()
    return tuple(np.array(table[key].to_pylist(), object) for key in ("text", "label"))


def figures_of(folder, sets):
    """Return size, accuracy and loss of a saved model."""
    model = Predictor.load(folder)
    found = {"MB": size_of(folder) / 1e6}
    for name, (texts, labels) in sets.items():
        probabilities = model.predict_proba(texts.tolist())
        answers = np.searchsorted(model.classes, labels.astype(model.classes.dtype))
        found[name] = 100 * float((probabilities.argmax(axis=1) == answers).mean())
        of_answers = probabilities[np.arange(len(answers)), answers]
        found[f"{name} loss"] = float(-np.log(np.maximum(of_answers, 1e-9)).mean())
    return found


if __name__ == "__main__":
    main()
