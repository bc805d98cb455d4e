from __future__ import annotations

import contextlib
import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from textseq import word2vec
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.word2vec.formats import SUFFIXES

WORDS = ["high", "mountain", "사랑", "ünïcödé", "👩‍👩‍👧"]


@pytest.fixture
def vectors():
    made = KeyedVectors(3)
    made.add_vectors(WORDS, np.random.default_rng(0).normal(size=(5, 3)).astype("float32"))
    return made


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip(vectors, tmp_path, suffix):
    path = tmp_path / f"v{suffix}"
    word2vec.save(vectors, path)
    loaded = word2vec.load(path)
    assert loaded.index_to_key == WORDS
    np.testing.assert_array_equal(loaded.vectors, vectors.vectors)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_gensim_reads_ours_and_we_read_gensims(vectors, tmp_path, suffix):
    binary = suffix == ".bin"
    ours, theirs = tmp_path / f"ours{suffix}", tmp_path / f"theirs{suffix}"
    word2vec.save(vectors, ours)
    vectors.save_word2vec_format(str(theirs), binary=binary)
    read = KeyedVectors.load_word2vec_format(str(ours), binary=binary)
    for got in (read, word2vec.load(theirs)):
        assert got.index_to_key == WORDS
        np.testing.assert_array_equal(got.vectors, vectors.vectors)


def test_glove_has_no_first_line(tmp_path):
    (tmp_path / "glove.txt").write_text("the 0.5 1\nof -1 2e-1\n")
    loaded = word2vec.load(tmp_path / "glove.txt")
    np.testing.assert_allclose(loaded["of"], [-1, 0.2])


def test_words_in_binary_may_follow_a_line_feed(tmp_path):
    """The original word2vec writes one after each vector, gensim does not."""
    row = struct.pack("<2f", 1, 2)
    (tmp_path / "v.bin").write_bytes(b"2 2\na " + row + b"\nb " + row + b"\n")
    assert word2vec.load(tmp_path / "v.bin").index_to_key == ["a", "b"]


BROKEN = [
    ("v.bin", b"2147483648 300\n" + b"x" * 45, "claim 2,147,483,648 words of 300"),
    ("v.bin", b"hello there, world\n", "do not begin with"),
    ("v.bin", b"2 1\na \0\0\0\0bbbbbb", "cut short in word 2"),
    ("v.bin", b"1 1\n\xff \0\0\0\0", "not UTF-8"),
    ("v.txt", b"2147483648 300\n" + b"x" * 45, "claim 2,147,483,648 words of 300"),
    ("v.txt", b"3 2\na 1 2\nb 1 2\n", "claim 3 words and hold 2"),
    ("v.txt", b"2 2\na 1 2\nb 1\n", "Line 3 .* 1 numbers, where 2"),
    ("v.txt", b"2 2\na 1 2\nnew york 1 2\n", "Line 3 .*word and numbers"),
    ("v.txt", b"2 2\na 1 2\na 3 4\n", "'a' stands twice"),
    ("v.txt", b"2 2\na 1 2\nb nan 4\n", "'b', line 3 of .*not finite"),
    ("v.txt", b"1 2\n\xff\xfe 1 2\n", "line 2 .*not UTF-8"),
    ("v.txt", b"", "hold no words"),
    ("v.txt", b"x" * (1 << 20), "too long"),
    ("v.txt.gz", gzip.compress(b"1 2\na 1 2\n")[:-9], "cannot be read"),
    ("v.txt.gz", b"1 2\na 1 2\n", "cannot be read"),
]


@pytest.mark.parametrize(("name", "data", "message"), BROKEN, ids=[m for _, _, m in BROKEN])
def test_unsound_files_are_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ArtifactError, match=message):
        word2vec.load(tmp_path / name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_pickle_is_refused_and_runs_nothing(tmp_path, suffix):
    sentinel = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (Path.touch, (sentinel,))

    (tmp_path / f"v{suffix}").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ArtifactError):
        word2vec.load(tmp_path / f"v{suffix}")
    assert not sentinel.exists()


@given(st.binary(max_size=80), st.sampled_from(SUFFIXES))
def test_any_bytes_are_vectors_or_a_typed_error(tmp_path_factory, data, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"v{suffix}"
    path.write_bytes(data)
    with contextlib.suppress(ArtifactError):
        assert len(word2vec.load(path))


def test_missing_file_and_unknown_extension(vectors, tmp_path):
    with pytest.raises(ArtifactError, match="No such file"):
        word2vec.load(tmp_path / "none.bin")
    with pytest.raises(ArgumentError, match=r"\.bin, \.txt"):
        word2vec.load(tmp_path / "vectors.kv")
    with pytest.raises(ArgumentError, match=r"\.bin, \.txt"):
        word2vec.save(vectors, tmp_path / "vectors.pkl")


def test_an_existing_file_stays(vectors, tmp_path):
    (tmp_path / "v.bin").write_text("precious")
    with pytest.raises(OutputExistsError):
        word2vec.save(vectors, tmp_path / "v.bin")
    assert (tmp_path / "v.bin").read_text() == "precious"


@pytest.mark.parametrize("word", ["", "new york", "a\nb", "no\u00a0break"])
def test_words_that_the_formats_cannot_hold(tmp_path, word):
    vectors = KeyedVectors(1)
    vectors.add_vectors(["fine", word], np.ones((2, 1), "float32"))
    with pytest.raises(ArgumentError, match="white space"):
        word2vec.save(vectors, tmp_path / "v.txt")
    assert not list(tmp_path.iterdir())
