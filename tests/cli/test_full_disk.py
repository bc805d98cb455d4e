"""A disk that is full: one sentence, what was there is as it was, and nothing is left behind."""

import resource

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.classifier.artifact import Artifact, save_artifact
from textseq.errors import OutputError
from textseq.files import sha256

COMMANDS = [
    "tokenize texts.txt --output out.parquet",
    "tokenize texts.txt --output out.jsonl",
    "tokenize texts.txt --output out.npz",
    "tokenize texts.txt --save-tokenizer out.json",
    "onehot ids.parquet --width 3001 --output out.npz",
    "onehot ids.parquet --width 3001 --limit 9 --output out.npy",
    "train-w2v texts.txt --min-count 1 --epochs 1 --output out.bin",
    "train-w2v texts.txt --min-count 1 --epochs 1 --output out.txt.gz",
]


@pytest.fixture
def small_disk():
    """Return a function that forbids files of more than so many bytes for the rest of a test."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_tells_it_in_a_sentence(command, textseq, tmp_path, monkeypatch, small_disk):
    monkeypatch.chdir(tmp_path)
    words = [f"w{i}" for i in range(3000)]
    (tmp_path / "texts.txt").write_text("\n".join(" ".join(words[i:]) for i in range(0, 3000, 300)))
    done = textseq("tokenize", "texts.txt", "--output", "ids.parquet")
    assert done.exit_code == 0, done.output
    target = next(word for word in command.split() if word.startswith("out."))
    (tmp_path / target).write_text("old")
    before = sorted(tmp_path.iterdir())
    small_disk(1000)
    done = textseq(*command.split(), "--force")
    assert done.exit_code == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("textseq: ")]
    assert len(lines) == 1
    assert "cannot be written: File too large; make room or choose another place" in lines[0]
    assert (tmp_path / target).read_text() == "old"
    assert sorted(tmp_path.iterdir()) == before


def test_a_model_is_the_old_one(tmp_path, small_disk):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    for size, name in ((10, "old"), (100_000, "new")):
        weights = {"output.bias": np.zeros(size, "float32")}
        artifact = Artifact({"classes": [name]}, tokenizer, weights, {})
        if name == "old":
            save_artifact(tmp_path / "model", artifact)
            before = {file.name: sha256(file) for file in (tmp_path / "model").iterdir()}
    small_disk(1000)
    with pytest.raises(OutputError, match=r"model' cannot be written: File too large"):
        save_artifact(tmp_path / "model", artifact, force=True)
    assert {file.name: sha256(file) for file in (tmp_path / "model").iterdir()} == before
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]
