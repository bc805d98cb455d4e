"""Files are known by what is in them, whatever they are called."""

from __future__ import annotations

import gzip
import json
import pickle
import zlib
from collections import Counter

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq import Sequences, Tokenizer, word2vec
from textseq.classifier.prediction_files import open_predictions
from textseq.classifier.predictions import PredictionColumns, Predictions
from textseq.errors import ArtifactError
from textseq.files.file_types import detect_type
from textseq.sequences.files import save_sequences
from textseq.sequences.onehot_files import save_one_hot

SEQUENCES = Sequences.from_lists([[1, 2], [3]])
MADE = {
    "t.json": "tokenizer",
    "i.parquet": "sequences",
    "i.jsonl": "sequences",
    "i.npz": "sequences",
    "o.npz": "onehot",
    "o.npy": "onehot",
    "o.parquet": "onehot",
    "p.parquet": "predictions",
    "p.jsonl": "predictions",
    "p.several.parquet": "predictions",
    "p.several.jsonl": "predictions",
    "p.none.jsonl": "predictions",
    "v.bin": "vectors",
    "v.txt": "vectors",
    "v.vec.gz": "vectors",
}


@pytest.fixture
def made(tmp_path):
    """Return a function that makes one of each kind of file."""

    def make(name):
        path = tmp_path / name
        if name == "t.json":
            tokenizer = Tokenizer()
            tokenizer.fit_on_texts(["high enough"])
            tokenizer.save(path)
        elif name.startswith("i."):
            save_sequences(path, SEQUENCES)
        elif name.startswith("o."):
            save_one_hot(path, SEQUENCES, 4)
        elif name.startswith("p."):
            limit = {"p.several": 0.5, "p.none": 1.0}.get(path.stem)
            columns = PredictionColumns(top=2, thresholds=limit and (limit, limit))
            with open_predictions(path, columns) as write:
                write(Predictions(np.eye(2, dtype=np.float32), ["a", '"'], columns))
        else:
            vectors = KeyedVectors(3)
            vectors.add_vectors(["high", "enough"], np.eye(2, 3, dtype="float32"))
            word2vec.save(vectors, path)
        return path

    return make


@pytest.mark.parametrize(("name", "kind"), MADE.items())
def test_by_content_and_not_by_name(made, name, kind):
    path = made(name)
    found, endings = detect_type(path)
    assert found == kind
    assert not endings or name.endswith(endings)
    assert detect_type(path.rename(path.with_name("anything"))) == (found, endings)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_known_and_not_loaded(tmp_path, protocol):
    class Bomb:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'boom')!r}, 'w')",))

    path = tmp_path / "t.json"
    path.write_bytes(pickle.dumps(Bomb(), protocol))
    assert detect_type(path) == ("pickle", ())
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value", [{"a": 1}, ["a"], Counter("ab"), Sequences, "text"], ids=lambda v: type(v).__name__
)
def test_pickles_of_other_things(tmp_path, protocol, value):
    path = tmp_path / "x"
    path.write_bytes(pickle.dumps(value, protocol))
    if isinstance(value, type) and protocol < 2:
        with pytest.raises(ArtifactError):  # a class alone is a name and a line
            detect_type(path)
    else:
        assert detect_type(path) == ("pickle", ())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"the": 1}', "tokenizer"),
        ('{"ids": 7, "the": 1, "a": 2}', "tokenizer"),
        ('{\n  "1": "the",\n  "2": "a \\"b"\n}\n', "tokenizer"),
        ('{"label": 1, "text": "a"}\n', None),
        ('{"a": "b", "c": "d"}', None),
        ('{"label": "x", "ids": [1]}\n', "sequences"),
        ('{"ids":[1]}\n', "sequences"),
        ('{"label": "x", "probability": "certain"}\n', None),
    ],
)
def test_json_objects(tmp_path, content, kind):
    path = tmp_path / "x"
    path.write_text(content)
    if kind is None:
        with pytest.raises(ArtifactError, match="is of a type"):
            detect_type(path)
    else:
        assert detect_type(path)[0] == kind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "git lfs pull"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (zlib.compress(pickle.dumps({"a": 1}), 3), "compressed with zlib"),
        (gzip.compress(pickle.dumps({"a": 1})), "compressed with gzip.*`gunzip`"),
        (gzip.compress(b'{"the": 1}'), "compressed with gzip.*`gunzip`"),
    ],
)
def test_what_stands_for_another_file_is_said(tmp_path, content, message):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ArtifactError, match=message):
        detect_type(tmp_path / "x")


def test_glove_and_bare_lists(tmp_path):
    path = tmp_path / "x"
    path.write_text("high 0.5 1e-3 2\nenough 1 2 3\n")
    assert detect_type(path) == ("vectors", ())
    path.write_text("[7, 8]\n")
    assert detect_type(path) == ("sequences", (".jsonl",))


@pytest.mark.parametrize(
    "content", [b"", b"high enough\n", b"{}", b"[[", b"\xff\xfe", gzip.compress(b"high enough")]
)
def test_anything_else_is_refused(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match="'.*x' is (empty|of a type that)"):
        detect_type(path)


def test_missing_files_and_other_folders(tmp_path):
    with pytest.raises(ArtifactError, match="does not exist"):
        detect_type(tmp_path / "none")
    with pytest.raises(ArtifactError, match="is no model and no ids"):
        detect_type(tmp_path)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "part-00000.parquet").touch()
    assert detect_type(tmp_path) == ("sequences", ())
    (tmp_path / "config.json").write_text(json.dumps({}))
    assert detect_type(tmp_path) == ("model", ())
