"""What `frontier.py` runs in processes of their own: peers, as people use them, and warm answers.

    python tests/benchmarks/frontier_tools.py train fasttext-n sst2 train.tsv minimal model --seed 1
    python tests/benchmarks/frontier_tools.py predict fasttext-n sst2 test.tsv minimal model
    python tests/benchmarks/frontier_tools.py warm fasttext-n sst2 test.tsv minimal model
    python tests/benchmarks/frontier_tools.py search sst2

`train` reads the file, trains on all of it, and saves the model. `predict` loads that and prints a
label for each text. `warm` answers one text after the other, of textseq too, and prints the median
and the 99th percentile of the milliseconds that an answer takes. The peers need
`pip install fasttext-wheel scikit-learn`, and no textseq.

`search` is how fastText's settings were chosen, on validation texts: SST-2's and IMDB's own, five
folds of TREC's training texts, a tenth of NSMC's. For each kind of n-grams it tries a grid of
learning rates and epochs, and from the best of it other sizes of vectors, character n-grams, and
another treatment of the text; of IMDB's long texts only the grid. Of settings within 0.3 points of
the best, the fastest was taken.
"""

import argparse
import csv
import itertools
import json
import pickle
import random
import re
import statistics
import tempfile
import time
from pathlib import Path

THREADS = 2
CALLS, SECONDS = 2_000, 10  # of `warm`, at most

# fastText's settings: what `search` found, and what its tutorial ends with, at the default size of
# vectors, 100. `tokens` is one of TOKENS.
FASTTEXT = {
    "sst2": {
        "fasttext-1": {"tokens": "words", "wordNgrams": 1, "dim": 10, "lr": 0.1, "epoch": 5},
        "fasttext-n": {"tokens": "marks", "wordNgrams": 2, "dim": 10, "lr": 1.0, "epoch": 5},
    },
    "trec": {
        "fasttext-1": {"tokens": "words", "wordNgrams": 1, "dim": 10, "lr": 0.25, "epoch": 10},
        "fasttext-n": {"tokens": "words", "wordNgrams": 2, "dim": 10, "lr": 0.5, "epoch": 20},
    },
    "imdb": {
        "fasttext-1": {"tokens": "marks", "wordNgrams": 1, "dim": 10, "lr": 0.25, "epoch": 10},
        "fasttext-n": {"tokens": "marks", "wordNgrams": 2, "dim": 10, "lr": 0.5, "epoch": 5},
    },
    "nsmc": {
        "fasttext-1": {"tokens": "marks", "wordNgrams": 1, "dim": 10, "lr": 0.05, "epoch": 4},
        "fasttext-n": {"tokens": "marks", "wordNgrams": 2, "dim": 10, "lr": 0.25, "epoch": 4},
        "fasttext-syllables": {
            "tokens": "syllables", "wordNgrams": 3, "dim": 10, "lr": 0.1, "epoch": 4,
        },
        "fasttext-subwords": {
            "tokens": "marks", "minn": 1, "maxn": 4, "dim": 10, "lr": 0.25, "epoch": 4,
        },
    },
}  # fmt: skip
for _tools in FASTTEXT.values():
    _tools["fasttext-tutorial"] = {"tokens": "marks", "wordNgrams": 2, "lr": 1.0, "epoch": 25}

# TF-IDF's settings; `-svm` has a linear support vector machine in place of the regression.
MARKS = {"token_pattern": r"(?u)\w+|[^\w\s]", "ngram_range": (1, 2)}
LINEAR = {
    "tfidf": MARKS,
    "tfidf-svm": MARKS,
    "tfidf-characters": {"analyzer": "char_wb", "ngram_range": (1, 4)},
}


def main():
    """Do what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["train", "predict", "warm", "search"])
    parser.add_argument("arguments", nargs="+", metavar="TOOL SET FILE QUOTING MODEL")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.what == "search":
        search(*options.arguments)
        return
    tool, corpus, file, quoting, model = options.arguments
    texts, labels = read(file, quoting)
    if options.what == "train":
        train(tool, corpus, texts, labels, options.seed, model)
        return
    answer = load(tool, corpus, model)
    if options.what == "predict":
        print("\n".join(answer(texts)))
    else:
        print(json.dumps(warm(answer, texts)))


def read_rows(path, quoting):
    """Yield the text and the label of each row of a table."""
    style = {"quoting": csv.QUOTE_NONE} if quoting == "none" else {}
    delimiter = "," if Path(path).suffix == ".csv" else "\t"
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=delimiter, **style):
            yield row.get("text", row.get("document")), row["label"]


def read(path, quoting):
    """Return the texts and the labels of a table."""
    return tuple(map(list, zip(*read_rows(path, quoting), strict=True)))


def train(tool, corpus, texts, labels, seed, model):
    """Train one of the peers and save it."""
    if tool in LINEAR:
        Path(model).write_bytes(pickle.dumps(train_linear(tool, texts, labels)))
        return
    train_fasttext(texts, labels, FASTTEXT[corpus][tool], seed).save_model(model)


def load(tool, corpus, model):
    """Return what gives a list of texts their labels."""
    if tool == "textseq":
        from textseq.classifier.predictor import Predictor

        predictor = Predictor.load(model)
        classes = list(predictor.classes)
        return lambda texts: [classes[row.argmax()] for row in predictor.predict_proba(texts)]
    if tool in LINEAR:
        return pickle.loads(Path(model).read_bytes()).predict
    import fasttext

    # The module prints a warning of its own when it loads a model.
    fasttext.FastText.eprint = lambda *_: None
    loaded = fasttext.load_model(model)
    return lambda texts: predict_fasttext(loaded, texts, FASTTEXT[corpus][tool]["tokens"])


def warm(answer, texts):
    """Return the median and the 99th percentile of the milliseconds that one text takes."""
    milliseconds = []
    ends = time.perf_counter() + SECONDS
    for text in itertools.islice(itertools.cycle(texts), CALLS):
        started = time.perf_counter()
        answer([text])
        milliseconds.append(1e3 * (time.perf_counter() - started))
        if time.perf_counter() > ends:
            break
    settled = sorted(milliseconds[len(milliseconds) // 20 :])
    return {"p50": statistics.median(settled), "p99": settled[int(0.99 * len(settled))]}


def train_linear(tool, texts, labels):
    """Fit TF-IDF and a linear model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    vectorizer = TfidfVectorizer(sublinear_tf=True, **LINEAR[tool])
    linear = LinearSVC() if tool == "tfidf-svm" else LogisticRegression(C=10, max_iter=1000)
    with threadpool_limits(1):  # more of them wait for each other: TREC takes four times as long
        return make_pipeline(vectorizer, linear).fit(texts, labels)


def words(text):
    """Split at white space, as suits texts tokenized before."""
    return " ".join(text.lower().split())


def marks(text):
    """Keep every punctuation mark as a token of its own."""
    return " ".join(re.findall(r"[\w']+|[^\w\s]", text.lower()))


def syllables(text):
    """Make every character a token, and a space too."""
    return " ".join("▁".join(text.lower().split()))


TOKENS = {function.__name__: function for function in (words, marks, syllables)}


def train_fasttext(texts, labels, settings, seed):
    """Write the texts as fastText reads them, and train."""
    import fasttext

    settings = dict(settings)
    tokens = TOKENS[settings.pop("tokens")]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(
            f"__label__{label} {tokens(text)}\n" for text, label in zip(texts, labels, strict=True)
        )
        file.flush()
        return fasttext.train_supervised(
            file.name, thread=THREADS, seed=seed, verbose=0, **settings
        )


def predict_fasttext(model, texts, tokens):
    """Return the labels of texts."""
    # A list works with NumPy 2, where one text as a string does not.
    found, _ = model.predict([TOKENS[tokens](text) for text in texts])
    return [labels[0].removeprefix("__label__") for labels in found]


CHARACTERS = {"minn": 2, "maxn": 5}  # n-grams inside words
SYLLABLES = {"minn": 1, "maxn": 4}
KINDS = {
    "sst2": [{"tokens": "words", "wordNgrams": n} for n in (1, 2, 3)],
    "trec": [{"tokens": "words", "wordNgrams": n} for n in (1, 2, 3)],
    "imdb": [{"tokens": "marks", "wordNgrams": n} for n in (1, 2)],
    "nsmc": [
        *({"tokens": "marks", "wordNgrams": n} for n in (1, 2)),
        *({"tokens": "marks", "wordNgrams": n, **SYLLABLES} for n in (1, 2)),
        *({"tokens": "syllables", "wordNgrams": n} for n in (2, 3, 4)),
    ],
}
GRIDS = {
    "sst2": {"lr": (0.1, 0.25, 0.5, 1.0), "epoch": (5, 10, 20, 40)},
    "trec": {"lr": (0.1, 0.25, 0.5, 1.0), "epoch": (10, 20, 40, 80)},
    "imdb": {"lr": (0.25, 0.5), "epoch": (5, 10)},
    "nsmc": {"lr": (0.05, 0.1, 0.25, 0.5), "epoch": (2, 4)},
}
SIZES = [{"dim": 50}, {"dim": 100}]
INSIDE = [CHARACTERS, {"lr": 0.5, "epoch": 20, **CHARACTERS}]
VARIED = {
    "sst2": [*SIZES, {"tokens": "marks"}, *INSIDE],
    "trec": [*SIZES, {"tokens": "marks"}, *INSIDE],
    "imdb": [],
    "nsmc": [*SIZES, {"tokens": "words"}],
}


def search(name):
    """Print the validation accuracy of every setting tried, and the best of each kind."""
    parts = list(folds(name))
    for kind in KINDS[name]:
        tried = []
        for values in itertools.product(*GRIDS[name].values()):
            settings = {"dim": 10, **kind, **dict(zip(GRIDS[name], values, strict=True))}
            tried.append((score(parts, settings, name), settings))
        best = max(tried, key=lambda pair: pair[0])[1]
        for other in VARIED[name]:
            settings = {**best, **other}
            tried.append((score(parts, settings, name), settings))
        accuracy, best = max(tried, key=lambda pair: pair[0])
        print(f"best of {name}, {kind}: {accuracy:.2f} {json.dumps(best)}", flush=True)


def folds(name):
    """Yield training and validation texts, each with labels."""
    from accuracy import CORPORA, DATA

    training, validation, _, quoting = CORPORA[name]
    texts, labels = read(DATA / training, quoting)
    if validation:
        yield (texts, labels), read(DATA / validation, quoting)
        return
    order = list(range(len(texts)))
    random.Random(0).shuffle(order)
    for fold in range(5 if name == "trec" else 1):
        held = set(order[fold :: 5 if name == "trec" else 10])
        kept = [i for i in order if i not in held]
        yield tuple(
            ([texts[i] for i in part], [labels[i] for i in part]) for part in (kept, sorted(held))
        )


def score(parts, settings, name):
    """Return the mean validation accuracy of a setting, and print it with the seconds it takes."""
    accuracies, seconds = [], []
    for seed in range(3 if name == "sst2" else 1):  # its validation texts are few
        for (texts, labels), (held, expected) in parts:
            started = time.perf_counter()
            model = train_fasttext(texts, labels, settings, seed)
            seconds.append(time.perf_counter() - started)
            answers = predict_fasttext(model, held, settings["tokens"])
            accuracies.append(100 * statistics.mean(map(str.__eq__, answers, expected)))
    accuracy = statistics.mean(accuracies)
    took = statistics.mean(seconds)
    print(f"{name} {accuracy:.2f} {took:.1f} s {json.dumps(settings)}", flush=True)
    return accuracy


if __name__ == "__main__":
    main()
