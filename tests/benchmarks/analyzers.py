"""What each analyzer costs and gives: `classify train` and `train-w2v` on the same texts, a table.

    python tests/benchmarks/analyzers.py nsmc --rows 30000
    python tests/benchmarks/analyzers.py sst2 --analyzers words_and_marks bpe:4000
    python tests/benchmarks/analyzers.py nsmc --analyzers syllables kiwi bpe --no-vectors

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. `bpe:4000` is bpe with --vocab-size 4000.
The accuracy is in percent, the mean of the seeds, on validation texts: the corpus's own; with
--rows, a third of the rows that are drawn; else those that `classify train` keeps. Test texts are
not read. Seconds are those of all processors together, which depend less on what else runs than
those of a clock. A JSON line for each analyzer goes to stderr.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", "minimal"),
    "imdb": ("imdb/train.csv", "imdb/val.csv", "minimal"),
    "nsmc": ("nsmc/ratings_train.txt", None, "none"),
}
ANALYZERS = ["words", "whitespace", "words_and_marks", "characters", "bpe", "unigram"]
KOREAN = ["syllables", "kiwi", "bpe:2000", "unigram:2000"]
TEXTSEQ = [sys.executable, "-c", "from textseq.cli.app import main; main()"]
COLUMNS = {
    "accuracy": "accuracy",
    "train_seconds": "train, s",
    "model_mb": "model, MB",
    "w2v_seconds": "train-w2v, s",
    "vectors_mb": "vectors, MB",
}


def main():
    """Measure every analyzer, and print a row of Markdown for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--rows", type=int, help="Draw so many of the training texts.")
    parser.add_argument("--analyzers", nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--no-vectors", action="store_true", help="Without train-w2v.")
    given = parser.parse_args()
    chosen = given.analyzers or ANALYZERS + KOREAN * (given.corpus == "nsmc")
    columns = dict([*COLUMNS.items()][: 3 if given.no_vectors else None])
    print(f"| `--analyzer` | {' | '.join(columns.values())} |\n|{'---|' * (1 + len(columns))}")
    with tempfile.TemporaryDirectory() as folder:
        texts, reading = draw(given.corpus, given.rows, Path(folder))
        for name in chosen:
            line = measure(name, texts, reading, given, Path(folder))
            print(json.dumps({"corpus": given.corpus, "analyzer": name, **line}), file=sys.stderr)
            print(f"| `{name}` | {' | '.join(str(line[k]) for k in columns)} |", flush=True)


def draw(corpus, rows, folder):
    """Return the file of the training texts, and the options with which commands read it."""
    training, validation, quoting = CORPORA[corpus]
    texts, reading = DATA / training, ["--quoting", quoting]
    if rows:
        header, *lines = texts.read_text(encoding="utf-8").split("\n")
        drawn = random.Random(0).sample([line for line in lines if line], rows)
        parts = {"train": drawn[: rows * 2 // 3], "dev": drawn[rows * 2 // 3 :]}
        for name, part in parts.items():
            text = "\n".join([header, *part, ""])
            (folder / f"{name}{texts.suffix}").write_text(text, encoding="utf-8")
        return folder / f"train{texts.suffix}", [*reading, folder / f"dev{texts.suffix}"]
    return texts, [*reading, *([DATA / validation] if validation else [])]


def measure(name, texts, reading, given, folder):
    """Return what one analyzer costs and gives."""
    analyzer, _, size = name.partition(":")
    kind = ["--analyzer", analyzer, *(["--vocab-size", size] if size else [])]
    model, vectors, tokenizer = (folder / n for n in ("model", "v.bin", "tokenizer.json"))
    held_out = [part for file in reading[2:] for part in ("--validation", file)]
    train = ["classify", "train", texts, *reading[:2], *held_out, "--force", "-o", model]
    runs = [(run(*train, *kind, "--seed", seed), accuracy(model)) for seed in given.seeds]
    line = {
        "accuracy": mean(figure for _, figure in runs),
        "train_seconds": mean(seconds for seconds, _ in runs),
        "model_mb": megabytes(*model.iterdir()),
    }
    if not given.no_vectors:
        saving = [*reading[:2], *kind, "--save-tokenizer", tokenizer, "--force", "-o", vectors]
        line["w2v_seconds"] = round(run("train-w2v", texts, *saving), 1)
        line["vectors_mb"] = megabytes(vectors)
    return line


def run(*command):
    """Run `textseq`; return the seconds of all processors that it took."""
    before = seconds_of_children()
    subprocess.run([*TEXTSEQ, *map(str, command)], check=True, stderr=subprocess.DEVNULL)
    return seconds_of_children() - before


def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def accuracy(model):
    found = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    return round(100 * found["validation"]["together"], 1)


def mean(figures):
    return round(statistics.mean(figures), 1)


def megabytes(*files):
    return round(sum(file.stat().st_size for file in files) / 1e6, 1)


if __name__ == "__main__":
    main()
