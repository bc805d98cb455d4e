"""A disk that is full: one sentence, what was there is unchanged, and nothing is left behind.

A limit on the size of files stands in for the full disk. It holds for a process with all that it
writes, so it is set in one of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from textseq import Tokenizer
from textseq.classifier.model_folder import Artifact, save_artifact
from textseq.files.paths import sha256

pytestmark = pytest.mark.slow

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
def test_each_command_says_it_in_a_sentence(command, textseq, tmp_path, monkeypatch):
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


PROGRAM = [sys.executable, "-m", "textseq.cli.app"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "command", ["tokenize texts.txt", "inspect t.json", "onehot ids.jsonl --width 9", "--version",
                "--help", "tokenize --help"],
)  # fmt: skip
def test_standard_output_that_is_full_is_named(command, unbuffered, textseq, tmp_path):
    (tmp_path / "texts.txt").write_text("high enough\n")
    (tmp_path / "ids.jsonl").write_text('{"ids": [1, 2]}\n')
    textseq("tokenize", tmp_path / "texts.txt", "--save-tokenizer", tmp_path / "t.json")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *command.split(), "--quiet"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert (done.returncode, done.stderr) == (
        1,
        "textseq: Cannot write to standard output: No space left on device; free some space or "
        "redirect it.\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="a shell of its own")
@pytest.mark.parametrize(
    ("closed", "message"),
    [
        (">&-", "textseq: Cannot write to standard output: Bad file descriptor; "),
        ("<&-", "textseq: Stdin has no text"),
    ],
)
def test_a_stream_that_is_closed_is_one_sentence(closed, message, tmp_path):
    (tmp_path / "texts.txt").write_text("high enough\n")
    source = "-" if closed == "<&-" else "texts.txt"
    command = f"'{sys.executable}' -m textseq.cli.app tokenize {source} --quiet {closed}"
    done = subprocess.run(command, shell=True, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(message)


def test_room_for_the_copy_of_a_pipe_is_named(tmp_path):
    run = "import sys; sys.argv = ['textseq', 'tokenize', '-']; "
    run += "from textseq.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED + run],
        input="high enough\n" * 1000,
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert f"temporary copy of '-' in '{tmp_path}' cannot be written: File too large" in line
    assert not list(tmp_path.iterdir())


SAVE = """
import numpy as np
from textseq import Tokenizer
from textseq.classifier.model_folder import Artifact, save_artifact
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
