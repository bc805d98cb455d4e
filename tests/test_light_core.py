"""The core without its extras: what works with the packages of all of them absent.

Each command runs in a process of its own, in which importing one of those packages fails as it
does where they are not installed. Word vectors are trained in this process, which has them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent

ABSENT = (
    "tensorflow", "keras", "gensim", "sklearn", "scipy", "matplotlib", "jinja2", "pyspark",
    "pandas", "sacrebleu", "tokenizers", "kiwipiepy", "onnx", "httptools", "starlette", "uvicorn",
    "optuna", "prometheus_client",
)  # fmt: skip

BLOCK = f"""
import sys


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Absent())
"""

TEXTS = "label\ttext\n" + "good\tpure joy\nbad\tpure bore\n" * 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory, write_fasttext):
    """Return a folder with texts, and with a model and vectors that were made with the extras."""
    from textseq import word2vec
    from textseq.classifier import SentenceClassifier
    from textseq.seq2seq import SequenceToSequence

    path = tmp_path_factory.mktemp("light")
    (path / "texts.tsv").write_text(TEXTS)
    (path / "own.py").write_text("def cell(units):\n    raise AssertionError\n")
    texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
    settings = {"units": 4, "dimension": 4, "epochs": 8, "networks": 2, "learning_rate": 0.05}
    SentenceClassifier(**settings, linear=2).fit(texts, labels).save(path / "model")
    sequences = SequenceToSequence(units=4, dimension=4, epochs=1, min_count=1)
    sequences.fit(["pure joy", "pure bore"], ["reine freude", "reine qual"]).save(path / "seq2seq")
    pieces = SentenceClassifier(**settings, analyzer="bpe", vocab_size=20)
    pieces.fit(texts, labels).save(path / "pieces")
    vectors = word2vec.train([["pure", "joy"], ["pure", "bore"]] * 3, size=4, min_count=1)
    word2vec.save(vectors, path / "vectors.bin")
    rows = np.random.default_rng(0).normal(size=(22, 4))
    write_fasttext(path / "fasttext.bin", ["pure", "joy"], rows, shortest=3, longest=4)
    (path / "block").mkdir()
    (path / "block" / "sitecustomize.py").write_text(BLOCK)
    return path


@pytest.fixture
def textseq(folder):
    """Return a function that runs a command without the extras, and returns its outcome."""

    def run(*arguments, stdin=None):
        path = os.pathsep.join([str(folder / "block"), str(ROOT)])
        command = [sys.executable, "-m", "textseq.cli.app", *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def stdout(textseq):
    """Return a function that runs a command that must succeed, and returns what it printed."""

    def run(*arguments, stdin=None):
        done = textseq(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_packages_are_absent(textseq, folder):
    for package in ABSENT:
        command = [sys.executable, "-c", f"import {package}"]
        environment = {**os.environ, "PYTHONPATH": str(folder / "block")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert f"No module named '{package}'" in done.stderr


def test_help(stdout):
    assert "tokenize" in stdout("--help")
    assert "--output" in stdout("classify", "train", "--help")


def test_tokenize_and_one_hot(stdout, folder):
    ids = stdout("tokenize", "texts.tsv", "--save-tokenizer", "t.json")
    assert json.loads(ids.splitlines()[0])["ids"] == [1, 2]
    stdout("tokenize", "texts.tsv", "--tokenizer", "t.json", "-o", "ids.parquet")
    stdout("onehot", "ids.parquet", "--tokenizer", "t.json", "-o", "rows.npz")
    stdout("onehot", "ids.parquet", "--tokenizer", "t.json", "-o", "rows.npy")
    assert np.load(folder / "rows.npy").shape == (16, 2, 4)
    with np.load(folder / "rows.npz") as saved:
        assert saved["shape"].tolist() == [32, 4]
    line = stdout("onehot", "-", "--width", 3, stdin='{"ids": [2]}\n')
    assert json.loads(line) == {"onehot": [[0, 0, 1]]}
    assert json.loads(stdout("inspect", "rows.npz", "--json"))["figures"]["rows"] == 32
    assert json.loads(stdout("inspect", "rows.npy", "--json"))["figures"]["width"] == 4
    assert json.loads(stdout("inspect", "ids.parquet", "--json"))["figures"]["tokens"] == 32


def test_predict_evaluate_explain_inspect(stdout):
    answers = stdout("classify", "predict", "model", "pure joy", "pure bore")
    assert [line.split("\t")[0] for line in answers.splitlines()] == ["good", "bad"]
    metrics = json.loads(stdout("classify", "evaluate", "model", "texts.tsv", "--json"))
    assert (metrics["accuracy"], metrics["macro_f1"]) == (1, 1)
    assert metrics["confusion_matrix"] == [[8, 0], [0, 8]]
    assert "Accuracy 100.0%" in stdout("classify", "evaluate", "model", "texts.tsv")
    explained = json.loads(stdout("classify", "explain", "model", "pure joy", "--json"))
    assert explained["tokens"] == ["pure", "joy"]
    inspected = json.loads(stdout("inspect", "model", "--json"))
    assert inspected["kind"] == "model"
    assert inspected["sound"]


@pytest.mark.parametrize(
    "settings",
    [
        "--networks 2 --linear 2",
        "--preset textbook --cell gru --embedding onehot",
        "--cell lstm --pooling attention --embedding ngrams --buckets 9 --word-dropout 0.1",
        "--pooling mean --validation texts.tsv --checkpoint state",
    ],
)
def test_train(textseq, settings, tmp_path):
    command = "classify train texts.tsv --units 4 --dimension 4 --epochs 8 --learning-rate 0.05 -o"
    done = textseq(*command.split(), tmp_path / "model", *settings.split(), "--force")
    assert done.returncode == 0, done.stderr
    assert "16 texts, 2 classes\n" in done.stderr
    answers = textseq("classify", "predict", tmp_path / "model", "pure joy", "pure bore").stdout
    assert [line.split("\t")[0] for line in answers.splitlines()] == ["good", "bad"]


def test_vectors_of_fasttexts_own_format(stdout, textseq, folder):
    asked = ["--vectors", "fasttext.bin"]
    assert len(stdout("vectors", "neighbours", "bore", *asked).splitlines()) == 2
    assert "1 of them built" in stdout("vectors", "coverage", "texts.tsv", *asked).splitlines()[1]
    textseq("vectors", "convert", "fasttext.bin", "fasttext.vec")
    assert (folder / "fasttext.vec").read_text().startswith("2 4\npure ")
    settings = ["--embedding", "word2vec", "--epochs", 1, "--networks", 1, "-o", "of_fasttext"]
    done = textseq("classify", "train", "texts.tsv", *asked, *settings)
    assert "3 of 3 words (100.0%) have a vector, 1 of them built" in done.stderr


def test_series(stdout, folder):
    rows = "".join(f"{i},{i % 7}\n" for i in range(150))
    (folder / "days.csv").write_text(f"day,x\n{rows}")
    settings = "--time day --target x --window 14 --horizon 2 --season 7 --epochs 1 --force"
    stdout("series", "train", "days.csv", *settings.split(), "-o", "forecaster")
    lines = stdout("series", "predict", "forecaster", "days.csv").splitlines()
    assert [json.loads(line)["day"] for line in lines] == [150, 151]
    scores = json.loads(stdout("series", "evaluate", "forecaster", "days.csv", "--json"))["scores"]
    assert scores["seasonal naive"]["mae"] < 1e-5
    assert "Seasonal naive is best" in stdout("series", "evaluate", "forecaster", "days.csv")
    assert json.loads(stdout("series", "explain", "forecaster", "days.csv", "--json"))["tokens"]
    assert json.loads(stdout("inspect", "forecaster", "--json"))["sound"]


def test_tag(stdout, folder):
    (folder / "tags.txt").write_text("the D\ncat N\n\na D\ndog N\n\n" * 8)
    stdout("tag", "train", "tags.txt", "--units", 8, "--epochs", 9, "--force", "-o", "tagger")
    assert stdout("tag", "predict", "tagger", "the dog") == "the\tD\ndog\tN\n\n"
    assert json.loads(stdout("tag", "evaluate", "tagger", "tags.txt", "--json"))["accuracy"] == 1
    assert "Accuracy 100.00%" in stdout("tag", "evaluate", "tagger", "tags.txt")
    assert json.loads(stdout("tag", "explain", "tagger", "the dog", "--json"))["label"] == "N"
    assert json.loads(stdout("inspect", "tagger", "--json"))["sound"]


def test_translate(stdout):
    assert len(stdout("translate", "predict", "seq2seq", "pure joy", "bore").splitlines()) == 2
    found = json.loads(stdout("translate", "explain", "seq2seq", "pure joy", "--json"))
    assert found["source"] == ["pure", "joy"]
    command = "translate train texts.tsv --units 4 --dimension 4 --epochs 1 --force -o translator"
    stdout(*command.split())


def test_migrate(stdout):
    stdout("tokenize", "texts.tsv", "--save-tokenizer", "m.json")
    assert "3 words, fitted on 16 documents" in stdout("migrate", "m.json", "--sample", "pure")


def test_the_library(folder):
    script = (
        "from textseq.classifier.predictor import Predictor\n"
        "print(Predictor.load('model').predict_proba(['pure joy']).shape)\n"
        "import textseq; textseq.Tokenizer(); textseq.one_hot([1], 2)\n"
    )
    path = os.pathsep.join([str(folder / "block"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "(1, 2)\n", done.stderr


def install(extra):
    """Return the command that installs the packages of an extra, from wherever the code came."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"][extra]
    # What has an upper bound is asked for with it, since the newest version may not do.
    names = [f"'{line}'" if "<" in line else line.partition(">")[0] for line in wanted]
    return f"pip install {' '.join(names)}"


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("classify train texts.tsv -o new --cell own:cell", "tensorflow", "keras"),
        ("classify train texts.tsv -o new --tensorboard log", "tensorflow", "keras"),
        ("classify summary model", "tensorflow", "keras"),
        ("classify predict model joy --cell own:cell", "tensorflow", "keras"),
        ("demo", "gensim", "train"),
        ("train-w2v texts.tsv -o new.bin", "gensim", "train"),
        ("vectors neighbours joy -v vectors.bin", "gensim", "train"),
        ("vectors plot -v vectors.bin -o map.png", "matplotlib", "plot"),
        ("vectors evaluate -v fasttext.bin", "gensim", "train"),
        ("vectors coverage texts.tsv -v vectors.bin", "gensim", "train"),
        ("vectors evaluate -v vectors.bin", "gensim", "train"),
        ("classify evaluate model texts.tsv --report page.html", "jinja2", "plot"),
        ("tag evaluate model texts.tsv --report page.html", "jinja2", "plot"),
        ("translate evaluate seq2seq texts.tsv", "sacrebleu", "translate"),
        ("translate explain seq2seq joy --html page.html", "jinja2", "plot"),
        ("classify explain model joy --html page.html", "jinja2", "plot"),
        ("tokenize texts.tsv --save-tokenizer new.json --report page.html", "jinja2", "plot"),
        ("tokenize texts.tsv -o new --engine spark", "pyspark", "spark"),
        ("tokenize texts.tsv -o new.jsonl --analyzer bpe", "tokenizers", "subwords"),
        ("classify train texts.tsv -o new --analyzer unigram", "tokenizers", "subwords"),
        ("translate train texts.tsv -o new --analyzer bpe", "tokenizers", "subwords"),
        ("classify predict pieces joy", "tokenizers", "subwords"),
        ("classify train texts.tsv -o new --analyzer kiwi", "kiwipiepy", "ko"),
        ("serve model", "starlette", "serve"),
    ],
)
def test_an_absent_extra_is_named_in_a_line(textseq, folder, command, package, extra):
    done = textseq(*command.split())
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("textseq: ")
    assert f"needs {package}, which is not installed" in line
    assert line.endswith(f"; install it with: {install(extra)}.")
    assert not any((folder / name).exists() for name in ("new", "new.bin", "new.json", "new.jsonl"))
