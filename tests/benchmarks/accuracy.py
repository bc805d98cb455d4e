"""How often a classifier is right: trained and tested by the command line, as JSON lines.

    python tests/benchmarks/accuracy.py sst2 --test
    python tests/benchmarks/accuracy.py trec --seeds 0 1 2 --cell gru

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. Each seed is one `textseq classify train`,
with the corpus's own validation file if it has one; options that are not this program's go on to
it, and without any it runs on its defaults. The test texts are read only with --test, which is for
the end, when all is chosen on validation texts. Figures are in percent, but for the calibration
error (`ece`).
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

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", "sst2/test.tsv", "minimal"),
    "trec": ("trec/train.tsv", None, "trec/test.tsv", "minimal"),
    "imdb": ("imdb/train.csv", "imdb/val.csv", "imdb/test.csv", "minimal"),
    "nsmc": ("nsmc/ratings_train.txt", None, "nsmc/ratings_test.txt", "none"),
}
CLASSIFY = [sys.executable, "-c", "from textseq.cli.app import main; main()", "classify"]


def main():
    """Train and test every seed, print a line for each, and then the means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--test", action="store_true", help="Label the test texts too.")
    given, given_on = parser.parse_known_args()
    lines = []
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            lines.append(train(given.corpus, seed, given_on, model))
            if given.test:
                lines[-1] |= test(given.corpus, model)
        print(json.dumps(lines[-1]), flush=True)
    for name in ("validation", "test", "ece", "seconds", "megabytes"):
        figures = [line[name] for line in lines if name in line]
        if figures:
            spread = f"{min(figures):.3f} to {max(figures):.3f}"
            print(f"{name}: mean {statistics.mean(figures):.3f} ({spread})", file=sys.stderr)


def train(corpus, seed, options, model):
    """Run `textseq classify train`; return what is to be printed."""
    training, validation, _, quoting = CORPORA[corpus]
    command = [*CLASSIFY, "train", str(DATA / training), "--output", str(model)]
    command += ["--quoting", quoting, "--seed", str(seed), *options]
    if validation:
        command += ["--validation", str(DATA / validation)]
    started = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = round(time.perf_counter() - started, 1)
    found = json.loads((model / "metrics.json").read_text())["validation"]
    alone = {k: percent(v) for k, v in found.items() if k in ("networks", "linear")}
    return {
        "corpus": corpus,
        "seed": seed,
        "options": options,
        "validation": percent(found["together"]),
        "alone": alone,
        "seconds": seconds,
        "megabytes": round(sum(file.stat().st_size for file in model.iterdir()) / 1e6, 1),
    }


def test(corpus, model):
    """Run `textseq classify evaluate`; return accuracy and calibration error."""
    _, _, name, quoting = CORPORA[corpus]
    command = [*CLASSIFY, "evaluate", str(model), str(DATA / name), "--quoting", quoting, "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {"test": percent(found["accuracy"]), "ece": round(found["ece"], 4)}


def percent(figures):
    """Return a share, or a list of shares, in percent."""
    if isinstance(figures, list):
        return [percent(figure) for figure in figures]
    return round(100 * figures, 2)


if __name__ == "__main__":
    main()
