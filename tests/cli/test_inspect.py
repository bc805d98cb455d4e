from __future__ import annotations

import json

import pytest

from textseq.cli.console import format_bytes


@pytest.fixture
def ids(textseq, giants):
    path = giants.parent / "ids.parquet"
    assert textseq("tokenize", giants, "--output", path).exit_code == 0
    return path


def test_a_table_and_json_say_the_same(textseq, ids):
    table = textseq("inspect", ids)
    assert table.exit_code == 0
    found = json.loads(textseq("inspect", ids, "--json").stdout)
    assert found["kind"] == "sequences"
    assert found["sound"] is True
    assert found["figures"]["tokens"] == 11
    for name in found["figures"]:
        assert name in table.stdout


def test_a_damaged_file_exits_with_1(textseq, ids):
    ids.write_bytes(ids.read_bytes()[:-20])
    done = textseq("inspect", ids)
    assert done.exit_code == 1
    assert "no: " in done.stdout
    found = json.loads(textseq("inspect", ids, "--json").stdout)
    assert found["sound"] is False
    assert found["problem"]


def test_every_file_of_a_model_and_checkpoints_are_known(textseq, reviews, tmp_path):
    model, checkpoint, vectors = (tmp_path / name for name in ("model", "checkpoint", "vectors"))
    train = ("classify", "train", reviews, "--units", 2, "--dimension", 3, "--epochs", 1)
    assert textseq(*train, "--output", model, "--checkpoint", checkpoint).exit_code == 0
    w2v = ("train-w2v", reviews, "--min-count", 1, "--size", 4, "--epochs", 1)
    done = textseq(*w2v, "--output", tmp_path / "v.bin", "--checkpoint", vectors)
    assert done.exit_code == 0, done.stderr
    kinds = {}
    files = [*model.iterdir(), *checkpoint.rglob("*.safetensors"), *vectors.iterdir()]
    for path in files:
        done = textseq("inspect", path, "--json")
        assert done.exit_code == 0, done.stderr
        kinds[path.name] = json.loads(done.stdout)
    assert {name: found["kind"] for name, found in kinds.items()} == {
        "config.json": "config",
        "tokenizer.json": "tokenizer",
        "weights.safetensors": "weights",
        "metrics.json": "metrics",
        "README.md": "card",
        "checkpoint.safetensors": "checkpoint",
        "word2vec.safetensors": "checkpoint",
    }
    assert kinds["config.json"]["figures"]["classes"] == ["bad", "good"]
    assert kinds["metrics.json"]["figures"]["epochs"] == 1
    assert kinds["README.md"]["figures"]["headings"][:2] == ["model", "How to use it"]
    assert kinds["weights.safetensors"]["figures"]["numbers"] > 20
    assert kinds["word2vec.safetensors"]["figures"]["epochs finished"] == "1"
    assert "which can be inspected" in textseq("inspect", checkpoint).stderr


def test_what_is_unknown_is_one_line(textseq, giants):
    done = textseq("inspect", giants)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("textseq: ")


def test_sizes_have_units():
    assert [format_bytes(n) for n in (999, 2_500, 31_400_000, 10**16)] == [
        "999 bytes", "2.5 kB", "31.4 MB", "10000.0 TB",
    ]  # fmt: skip
