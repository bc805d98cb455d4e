"""What `--metric` and `--balanced` do for rare classes: accuracy, macro F1, F1 of the rarest.

    python tests/benchmarks/rare_classes.py trec
    python tests/benchmarks/rare_classes.py goemotions --seeds 0

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. TREC's training questions, of which 86 of
5,452 ask for an abbreviation, are cross-validated in five folds. GoEmotions is cut down to the
texts with one label, 28 classes of 39 to 12,823 texts: trained on its training texts, and measured
on its validation texts, which do not decide when to stop. No test text is read. Prints a line of
JSON for each training, and the means on stderr.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

from textseq import read_corpus
from textseq.classifier import ClassifierConfig, cross_validate
from textseq.classifier.fit import train_classifier
from textseq.report import measure

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
RAREST = {"trec": 1, "goemotions": 5}
"""How many of the classes are called the rarest."""
SETTINGS = {
    "default": {},
    "--metric macro-f1": {"metric": "macro-f1"},
    "--metric loss": {"metric": "loss"},
    "--balanced": {"class_weight": "balanced"},
    "--balanced --metric macro-f1": {"class_weight": "balanced", "metric": "macro-f1"},
}


def main():
    """Measure each of the settings with each seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=RAREST)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--settings", choices=SETTINGS, nargs="+", default=[*SETTINGS])
    options = parser.parse_args()
    means = {}
    for name in options.settings:
        lines = []
        for seed in options.seeds:
            metrics = MEASURES[options.corpus](ClassifierConfig(**SETTINGS[name], seed=seed))
            lines.append(figures(metrics, RAREST[options.corpus]))
            print(json.dumps({"settings": name, "seed": seed, **lines[-1]}), flush=True)
        means[name] = {key: statistics.mean(line[key] for line in lines) for key in lines[0]}
    for name, line in means.items():
        shown = ", ".join(f"{key} {100 * value:.1f}" for key, value in line.items())
        print(f"{name:30} {shown}", file=sys.stderr)


def figures(metrics, rarest):
    """Return the figures of the whole, and the means of those of the rarest classes."""
    rare = sorted(metrics.per_class, key=lambda row: row.support)[:rarest]
    means = {
        f"{name} of the rarest": statistics.mean(getattr(row, name) for row in rare)
        for name in ("precision", "recall", "f1")
    }
    return {"accuracy": metrics.accuracy, "macro F1": metrics.macro_f1, **means}


def measure_trec(config):
    """Return the metrics of five folds of the training texts."""
    corpus = read_corpus(DATA / "trec/train.tsv", quoting="minimal")
    labels = corpus.labels()
    found = cross_validate(corpus, labels, config)
    return measure(labels, found.probabilities, found.classes)


def measure_goemotions(config):
    """Return the metrics on the validation texts with one label."""
    trained = train_classifier(*read_emotions("train"), config)
    texts, labels = read_emotions("dev")
    return measure(labels, trained.model.predict_proba(texts), trained.model.classes)


def read_emotions(part):
    """Return the texts with one label, and their labels."""
    lines = (DATA / f"goemotions/{part}.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t")[:2] for line in lines]
    single = [(text, label) for text, label in rows if "," not in label]
    return [text for text, _ in single], [label for _, label in single]


MEASURES = {"trec": measure_trec, "goemotions": measure_goemotions}

if __name__ == "__main__":
    main()
