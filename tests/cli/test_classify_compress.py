"""`classify compress`: a smaller model of the same answers, and what is refused before any work."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.classifier.compression import PRUNED
from textseq.classifier.model_folder import Artifact, load_artifact, save_artifact
from textseq.cli.classify.compress import compress

UNNEEDED = ["tensorflow", "keras", "gensim", "sklearn", "scipy", "numba"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a model of 400 words and 2,000 buckets, trained by nobody."""
    folder = tmp_path_factory.mktemp("compressed")
    random = np.random.default_rng(0)
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts([f"word{i}" for i in range(400)])
    config = {
        "embedding": "ngrams", "cell": "simple_rnn", "pooling": "max", "units": 2, "dimension": 16,
        "vocabulary": 401, "bidirectional": False, "classes": ["a", "b"], "maxlen": 5, "ngrams": 2,
        "buckets": 2000, "linear": 0, "temperature": 1.0, "vector_dropout": 0.0,
    }  # fmt: skip
    shapes = {
        "embedding.embeddings": (2401, 16), "forward.kernel": (16, 2), "forward.bias": (2,),
        "forward.recurrent_kernel": (2, 2), "output.kernel": (2, 2), "output.bias": (2,),
    }  # fmt: skip
    weights = {f"1.{k}": random.normal(size=v).astype("float32") for k, v in shapes.items()}
    metrics = {"histories": [{"loss": [0.5]}]}
    save_artifact(folder / "model", Artifact(config, tokenizer, weights, metrics))
    return folder


@pytest.fixture
def model(made, monkeypatch):
    monkeypatch.chdir(made)
    return made / "model"


def size_of(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def test_a_model_becomes_small_and_answers_as_before(textseq, model):
    done = textseq("classify", "compress", "model", "--output", "small", "--force")
    assert (done.exit_code, done.stdout) == (0, "")
    assert re.fullmatch(r"model \([\d.]+ kB\) -> small \([\d.]+ kB\)\n", done.stderr)
    assert size_of(model.with_name("small")) < size_of(model) / 4
    texts = ["word1 word2 word3", "word7", ""]
    answers = [textseq("classify", "predict", name, *texts) for name in ("model", "small")]
    before, after = (
        [float(line.split("\t")[1]) for line in answer.stdout.splitlines()] for answer in answers
    )
    np.testing.assert_allclose(after, before, atol=0.1)
    assert textseq("inspect", "small").exit_code == 0


def test_more_is_left_out_with_prune(textseq, model):
    for name, options in {"small": [], "smaller": ["--prune", 0.5]}.items():
        done = textseq("classify", "compress", "model", "-o", name, *options, "--force")
        assert done.exit_code == 0, done.stderr
    tables = [
        load_artifact(model.with_name(name)).weights["1.embedding.embeddings"]
        for name in ("small", "smaller")
    ]
    assert tables[0].any(axis=1).sum() > tables[1].any(axis=1).sum() > 401


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("none -o new", "The model 'none' is not a folder"),
        ("model -o model --force", "The output 'model' is also an input of this command"),
        ("model -o full --force", "holds something other than a model, 'thesis.tex'"),
        ("none -o new --prune 1", "`prune` must be from 0 to below 1. Received: 1.0"),
    ],
)
def test_what_is_refused(textseq, model, command, message):
    model.with_name("full").mkdir(exist_ok=True)
    model.with_name("full").joinpath("thesis.tex").write_text("years of work")
    before = sorted(model.parent.rglob("*"))
    done = textseq("classify", "compress", *command.split())
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in " ".join(done.stderr.split())
    assert sorted(model.parent.rglob("*")) == before


def test_an_existing_model_is_replaced_only_with_force(textseq, model):
    textseq("classify", "compress", "model", "-o", "there", "--force")
    refused = textseq("classify", "compress", "model", "-o", "there")
    assert refused.exit_code == 1
    assert "ask for it with --force" in " ".join(refused.stderr.split())
    assert textseq("classify", "compress", "model", "-o", "there", "--force").exit_code == 0


def test_nothing_of_training_is_loaded(model):
    command = ["classify", "compress", "model", "--output", "light", "--force"]
    code = (
        f"import sys; from textseq.cli.app import app\ntry: app({command!r})\n"
        f"except SystemExit: print([m for m in {UNNEEDED!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_the_default_is_that_of_training():
    assert inspect.signature(compress).parameters["prune"].default == PRUNED
