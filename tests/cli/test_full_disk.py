"""A disk that is full: one sentence, what was there is as it was, and nothing is left behind.

A limit on the size of files stands in for the full disk. It holds for a process with all that it
writes, so it is set in one of its own.
"""

import subprocess
import sys

import pytest

from textseq import Tokenizer
from textseq.classifier.artifact import Artifact, save_artifact
from textseq.files import sha256

LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "

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


def on_a_small_disk(code, folder):
    """Run Python code that cannot make a file larger than 1,000 bytes."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED + code], cwd=folder, capture_output=True, text=True
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_tells_it_in_a_sentence(command, textseq, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [f"w{i}" for i in range(3000)]
    (tmp_path / "texts.txt").write_text("\n".join(" ".join(words[i:]) for i in range(0, 3000, 300)))
    done = textseq("tokenize", "texts.txt", "--output", "ids.parquet")
    assert done.exit_code == 0, done.output
    target = next(word for word in command.split() if word.startswith("out."))
    (tmp_path / target).write_text("old")
    before = sorted(tmp_path.iterdir())
    arguments = ["textseq", *command.split(), "--force"]
    run = f"import sys; sys.argv = {arguments}; from textseq.cli.app import main; main()"
    done = on_a_small_disk(run, tmp_path)
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("textseq: ")]
    assert len(lines) == 1, done.stderr
    assert "cannot be written: File too large; make room" in lines[0]
    assert (tmp_path / target).read_text() == "old"
    assert sorted(tmp_path.iterdir()) == before


SAVE = """
import numpy as np
from textseq import Tokenizer
from textseq.classifier.artifact import Artifact, save_artifact
tokenizer = Tokenizer()
tokenizer.fit_on_texts(["high enough"])
weights = {"output.bias": np.zeros(100_000, "float32")}
try:
    save_artifact("model", Artifact({"classes": ["new"]}, tokenizer, weights, {}), force=True)
except OSError as error:
    print(error)
"""


def test_a_model_is_the_old_one(tmp_path):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    save_artifact(tmp_path / "model", Artifact({"classes": ["old"]}, tokenizer, {}, {}))
    before = {file.name: sha256(file) for file in (tmp_path / "model").iterdir()}
    done = on_a_small_disk(SAVE, tmp_path)
    assert "model' cannot be written: File too large" in done.stdout
    assert {file.name: sha256(file) for file in (tmp_path / "model").iterdir()} == before
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]
