from __future__ import annotations

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from textseq import word2vec
from textseq.errors import ArgumentError, ArtifactError
from textseq.word2vec.checkpoint import FILE

QUICK = {"vector_size": 8, "min_count": 1, "epochs": 4, "deterministic": True}


class StopError(Exception):
    """Stands for whatever ends a process."""


def interrupt_after(epoch):
    def tell(progress):
        if progress.epoch > epoch:
            raise StopError

    return tell


@pytest.mark.parametrize(
    "settings",
    [{}, {"algorithm": "cbow", "hs": True}, {"algorithm": "fasttext", "bucket": 200}],
    ids=str,
)
def test_goes_on_to_the_same_bytes(sentences, tmp_path, settings):
    whole = word2vec.train(sentences, **QUICK, **settings)
    with pytest.raises(StopError):
        word2vec.train(
            sentences, checkpoint=tmp_path, on_progress=interrupt_after(2), **QUICK, **settings
        )
    told = []
    resumed = word2vec.train(
        sentences, checkpoint=tmp_path, on_progress=told.append, **QUICK, **settings
    )
    assert told[0].epoch == 3
    assert resumed.index_to_key == whole.index_to_key
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    again = word2vec.train(sentences, checkpoint=tmp_path, **QUICK, **settings)
    np.testing.assert_array_equal(again.vectors, whole.vectors)


@pytest.mark.slow
def test_goes_on_after_kill_9(sentences, tmp_path):
    source, state = tmp_path / "text.txt", tmp_path / "state"
    source.write_text("\n".join(" ".join(sentence) for sentence in sentences * 60))
    program = "from textseq.cli.app import main; main()"
    killed = (
        "import os, signal; from textseq.word2vec import checkpoint; save = checkpoint.save\n"
        "def and_die(*state): save(*state); os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoint.save = and_die\n"
    )
    options = [
        "train-w2v", source, "--deterministic", "--size", "16", "--epochs", "6",
        "--algorithm", "cbow",
    ]  # fmt: skip
    command = [sys.executable, "-c", program, *options]
    kept = ["--checkpoint", state, "--output", tmp_path / "resumed.bin"]
    died = [sys.executable, "-c", killed + program, *options, *kept]
    assert subprocess.run(died, check=False, capture_output=True).returncode == -signal.SIGKILL
    assert not (tmp_path / "resumed.bin").exists()
    done = subprocess.run([*command, *kept], check=True, capture_output=True, text=True)
    assert "Epoch 1 of 6" not in done.stderr
    subprocess.run([*command, "-o", tmp_path / "whole.bin"], check=True, capture_output=True)
    assert (tmp_path / "resumed.bin").read_bytes() == (tmp_path / "whole.bin").read_bytes()


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"window": 4}, "with window 5, where 4"), ({"epochs": 9}, "with epochs 4, where 9")],
)
def test_other_settings_are_refused(sentences, tmp_path, changed, message):
    word2vec.train(sentences, checkpoint=tmp_path, **QUICK)
    with pytest.raises(ArtifactError, match=message):
        word2vec.train(sentences, checkpoint=tmp_path, **{**QUICK, **changed})


def test_a_file_where_the_folder_should_be_is_told_at_once(tmp_path):
    (tmp_path / "state").write_text("")

    def unread():
        raise AssertionError("the texts were read first")
        yield

    with pytest.raises(ArgumentError, match="cannot be created: File exists"):
        word2vec.train_on_ids(
            unread(), {1: "a"}, word2vec.Word2VecConfig(), checkpoint=tmp_path / "state"
        )


def test_other_text_is_refused(sentences, tmp_path):
    word2vec.train(sentences, checkpoint=tmp_path, **QUICK)
    other = [sentence[::-1] for sentence in sentences]
    with pytest.raises(ArtifactError, match="is of another (text|vocabulary)"):
        word2vec.train(other, checkpoint=tmp_path, **QUICK)
    longer = [*sentences, sentences[0]]
    with pytest.raises(ArtifactError, match="is of another text"):
        word2vec.train(longer, checkpoint=tmp_path, **QUICK)


def test_damaged_files_are_refused(sentences, tmp_path):
    word2vec.train(sentences, checkpoint=tmp_path, **QUICK)
    path = tmp_path / FILE
    with safe_open(path, "numpy") as file:
        header = file.metadata()
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    whole = path.read_bytes()
    damaged = [whole[:-5], b"", b"\x80\x04pickle"]
    for changed, said in (
        ({**arrays, "vectors": arrays["vectors"][:-1]}, header),
        ({"vectors": arrays["vectors"]}, header),
        (arrays, {**header, "epoch": "two"}),
        (arrays, {"epoch": "2"}),
        (arrays, {**header, "fingerprint": json.dumps([1])}),
    ):
        save_file(changed, path, said)
        damaged.append(path.read_bytes())
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(ArtifactError, match="cannot be read: .*; delete it to start again"):
            word2vec.train(sentences, checkpoint=tmp_path, **QUICK)
