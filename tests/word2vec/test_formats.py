from __future__ import annotations

import contextlib
import gzip
import pickle
import string
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from textseq import word2vec
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.word2vec import binary_format, text_format
from textseq.word2vec.formats import SUFFIXES

WORDS = ["high", "mountain", "\x85", "no\xa0break", "사랑", "ünïcödé", "👩‍👩‍👧"]


@pytest.fixture
def vectors():
    made = KeyedVectors(3)
    made.add_vectors(WORDS, np.random.default_rng(0).normal(size=(7, 3)).astype("float32"))
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


ROW = struct.pack("<2f", 1, 2)
NAN = struct.pack("<2f", 1, float("nan"))
BOMB = b"2147483648 300\n" + b"x" * 45

BROKEN = {
    "binary claims too much": ("v.bin", BOMB, r"claim 2,147,483,648 words of 300 .* 45 bytes"),
    "binary claims empty vectors": ("v.bin", b"9 0\na b c", "claim 9 words of 0 values"),
    "binary without a first line": ("v.bin", b"hello there, world\n", "do not begin with"),
    "binary is empty": ("v.bin", b"", "do not begin with"),
    "binary of no words": ("v.bin", b"0 2\n", "hold no words"),
    "binary cut short": ("v.bin", b"2 1\na \0\0\0\0bbbbbb", "truncated in word 2 of 2"),
    "binary cut in numbers": ("v.bin", b"2 2\na " + ROW + b"b" * 8 + b" \0", "truncated in word 2"),
    "binary goes on": ("v.bin", b"1 2\na " + ROW + b"junk", "go on for 4 bytes"),
    "binary of far fewer words": ("v.bin", b"30 2\na " + ROW + b"b " + ROW, "claim 30 words"),
    "no word of which is UTF-8": ("v.bin", b"1 2\n\xff " + ROW, "no words that can be used: 1 not"),
    "text claims too much": ("v.txt", BOMB, r"claim 2,147,483,648 words of 300 .* 60 bytes"),
    "gzip claims too much": ("v.txt.gz", gzip.compress(BOMB), "claim 2,147,483,648 words of 300"),
    "text of far fewer words": (
        "v.txt",
        b"30 2\n" + b"".join(b"w%03d 1.5 2.5\n" % i for i in range(15)),
        "claim 30 words of 2 values and hold 15 .* correct its first line to '15 2'",
    ),
    "all rows not as claimed": ("v.txt", b"2 3\na 1 2\nb 1 2\n", "their lines end in 2 numbers"),
    "longer rows than claimed": ("v.txt", b"2 1\na 1 2\nb 1 2\n", "their lines end in 2 numbers"),
    "no numbers": ("v.txt", b"a\n", "do not end in numbers.* 'a'|b'a'"),
    "a text": ("v.txt", b"A good film.\nA bad one.\n", "do not end in numbers"),
    "mostly text": ("v.txt", b"A 1 2\nA bad one.\nA good one.\n", "1 words that can, and of"),
    "more text than vectors": (
        "v.txt", b"a 1 2\nb 3 4\nc 5 6\n" + b"d\n" * 4, "3 words that can, and of the others"
    ),
    "cut in its last line": ("v.txt", b"a 1 2\nb 1 2\nc 1", "truncated: line 3, its last"),
    "text is empty": ("v.txt", b"", "hold no words"),
    "white space": ("v.txt", b"\n \n\t\n", "hold no words"),
    "line without end": ("v.txt", b"x" * (1 << 20), "line of 1,048,576 bytes or more"),
    "gzip cut short": ("v.txt.gz", gzip.compress(b"1 2\na 1 2\n")[:-9], "cannot be read"),
    "gensim's own": ("v.kv", pickle.dumps([1]), "a pickle.*save_word2vec_format"),
    "gensim's own, named .bin": ("v.bin", pickle.dumps([1]), "a pickle.*save_word2vec_format"),
    "zip": ("glove.6B.zip", b"PK\x03\x04 and so on", "zip archive; unpack it"),
    "NumPy": ("v.npy", b"\x93NUMPY\x01\0", "an array, and not words"),
    "Git LFS": ("v.vec", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "a page": ("v.vec", b"<!DOCTYPE html><html><body>404\n", "web page"),
    "sparse vectors": ("v.txt", b"2 352\nthe 9:0.02 12:0.1\nof 1:0.3\n", "end in 0 numbers"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "data", "message"), BROKEN.values(), ids=BROKEN)
def test_unsound_files_are_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ArtifactError, match=message) as error:
        word2vec.load(tmp_path / name)
    assert ". " not in str(error.value).replace(". Received:", "")
    assert "\n" not in str(error.value)


ODD = {
    # Name, content, words that are read, what is said, what strict=True says.
    "binary word not in UTF-8": (
        "v.bin", b"2 2\n\xff\xfe " + ROW + b"a " + ROW, ["a"], "1 not in UTF-8 (word 1, b'"
    ),
    "binary word empty": ("v.bin", b"2 2\naa " + ROW + b" " + ROW, ["aa"], "1 empty (word 2, '')"),
    "binary word repeated": (
        "v.bin", b"2 2\na " + ROW + b"a " + ROW, ["a"], "1 repeated (word 2, 'a')"
    ),
    "binary NaN": ("v.bin", b"2 2\na " + ROW + b"b " + NAN, ["a"], "1 with values"),
    "line feeds and none": (
        "v.bin", b"3 2\na " + ROW + b"\nb " + ROW + b"\na " + ROW + b"\n", ["a", "b"], "1 repeated"
    ),
    "short row": ("v.txt", b"2 2\na 1 2\nb 1\n", ["a"], "1 without 2 numbers (line 3, b'b 1')"),
    "short row of GloVe": ("v.txt", b"a 1 2\nb 1\n", ["a"], "1 without 2 numbers (line 2, b'b 1')"),
    "number missing": ("v.txt", b"2 2\na 1 2\nb 1 \n", ["a"], "1 without 2 numbers"),
    "no number": ("v.txt", b"2 2\na 1 2\nb 1 x\n", ["a"], "1 without 2 numbers"),
    "conflict of versions": (
        "v.txt", b"<<<<<<< HEAD\nb 1 2\nc 3 4\n>>>>>>> 9b\n", ["b", "c"], "2 without 2 numbers"
    ),
    "repeated in GloVe": ("v.txt", b"a 1 2\nb 1 2\na 3 4\n", ["a", "b"], "1 repeated (word 3"),
    "NaN": ("v.txt", b"2 2\na 1 2\nb nan 4\n", ["a"], "1 with values that are not finite (word 2"),
    "infinity": ("v.txt", b"2 2\na 1 -inf\nb 3 4\n", ["b"], "not finite (word 1, 'a')"),
    "beyond float32": ("v.txt", b"2 2\na 1 1e39\nb 3 4\n", ["b"], "not finite (word 1, 'a')"),
    "word not in UTF-8": ("v.txt", b"2 2\n\xff\xfe 1 2\na 3 4\n", ["a"], "1 not in UTF-8 (word 1"),
    "word empty": ("v.txt", b"2 2\n 1 2\na 3 4\n", ["a"], "1 empty (word 1, '')"),
    "word empty, between odd lines": (
        "v.txt", b"3 2\n 1 2\na 3 4\n. . 5 6\n", ["a", ". ."], "1 empty (word 1, '')"
    ),
    "one word fewer than claimed": (
        "v.vec", b"3 2\na 1 2\nb 1 2\n", ["a", "b"], "claim 3 words in the first line and hold 2"
    ),
    "one more": ("v.vec", b"1 2\na 1 2\nb 1 2\n", ["a", "b"], "claim 1 words in the first line"),
    "binary: one fewer": (
        "v.bin", b"3 2\na " + ROW + b"b " + ROW, ["a", "b"], "claim 3 words in the first line"
    ),
    "binary: one more": ("v.bin", b"1 2\na " + ROW + b"b " + ROW, ["a", "b"], "claim 1 words in"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "data", "words", "said"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_what_cannot_be_used_is_skipped_and_counted(
    tmp_path, caplog, name, data, words, said, suffix
):
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(gzip.compress(data) if suffix else data)
    loaded = word2vec.load(path)
    assert loaded.index_to_key == words == list(loaded.key_to_index)
    assert loaded.vectors.shape == (len(words), 2)
    assert said in caplog.text
    assert len(caplog.records) == 1
    with pytest.raises(ArtifactError, match="v.bin|v.txt|v.vec") as error:
        word2vec.load(path, strict=True)
    assert "\n" not in str(error.value)


SPACED = b". . . 3 4\nat name@domain.com 5 6\nthe 1 2\n\xc2\xa0 7 8\n2 000 9 1\n"


@pytest.mark.parametrize("first", [b"", b"5 2\n"])
@pytest.mark.parametrize("separator", [b" ", b"\t"])
def test_the_last_values_are_the_vector_and_the_rest_the_word(tmp_path, caplog, first, separator):
    """As in GloVe's 840B."""
    lines = [separator.join(line.rsplit(b" ", 2)) for line in SPACED.splitlines()]
    (tmp_path / "v.txt").write_bytes(first + b"\n".join(lines))
    loaded = word2vec.load(tmp_path / "v.txt", strict=True)
    assert loaded.index_to_key == [". . .", "at name@domain.com", "the", "\xa0", "2 000"]
    np.testing.assert_array_equal(loaded.vectors, [[3, 4], [5, 6], [1, 2], [7, 8], [9, 1]])
    assert not caplog.records


def test_odd_lines_in_one_block_leave_the_others_to_arrow(tmp_path, monkeypatch):
    monkeypatch.setattr(text_format, "BLOCK", 1000)
    words = [f"w{i}" if i % 100 else f"w {i}" for i in range(500)]
    rows = np.random.default_rng(0).normal(size=(500, 3)).round(3).astype(np.float32)
    lines = [f"{word} {a} {b} {c}\n" for word, (a, b, c) in zip(words, rows, strict=True)]
    (tmp_path / "v.txt").write_text("".join(lines))
    by_line, parsed = text_format._parse_lines, []
    monkeypatch.setattr(
        text_format, "_parse_lines", lambda *given: parsed.append(given) or by_line(*given)
    )
    loaded = word2vec.load(tmp_path / "v.txt")
    assert loaded.index_to_key == words
    np.testing.assert_array_equal(loaded.vectors, rows)
    assert 1 <= len(parsed) <= 5


def test_the_content_decides_the_format(tmp_path, vectors):
    word2vec.save(vectors, tmp_path / "v.bin")
    word2vec.save(vectors, tmp_path / "v.txt")
    (tmp_path / "v.bin").rename(tmp_path / "binary.vec")
    (tmp_path / "v.txt").rename(tmp_path / "text.bin")
    (tmp_path / "packed").write_bytes(gzip.compress((tmp_path / "binary.vec").read_bytes()))
    for name in ("binary.vec", "text.bin", "packed"):
        assert word2vec.load(tmp_path / name).index_to_key == WORDS


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_binary_file_of_many_blocks(tmp_path, monkeypatch, vectors, suffix):
    """Google News is a .bin.gz."""
    monkeypatch.setattr(binary_format, "BLOCK", 7)
    word2vec.save(vectors, tmp_path / "v.bin")
    path = tmp_path / f"w.bin{suffix}"
    data = (tmp_path / "v.bin").read_bytes()
    path.write_bytes(gzip.compress(data) if suffix else data)
    loaded = word2vec.load(path)
    assert loaded.index_to_key == WORDS
    assert loaded.vectors.tobytes() == vectors.vectors.tobytes()


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.txt.gz"])
def test_a_large_claim_is_refused_before_anything_is_allocated(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(BOMB) if name.endswith("gz") else BOMB)
    tracemalloc.start()
    with pytest.raises(ArtifactError, match="claim"):
        word2vec.load(tmp_path / name)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


LENIENT = {
    "fastText and word2vec end lines with a space": b"2 2\na 1 2 \nb 3 4 \n",
    "some lines do": b"2 2\na 1 2\nb 3 4 \n",
    "Windows": b"2 2\r\na 1 2\r\nb 3 4\r\n",
    "no last line feed": b"2 2\na 1 2\nb 3 4",
    "empty lines": b"2 2\na 1 2\n\nb 3 4\n\n",
    "two spaces": b"a 1  2\nb 3 4\n",
    "exponents": b"a 1e0 +2\nb 3E0 .4e1\n",
}


@pytest.mark.parametrize("data", LENIENT.values(), ids=LENIENT)
@pytest.mark.parametrize("suffix", [".vec", ".vec.gz"])
def test_layouts_of_text(tmp_path, data, suffix):
    path = tmp_path / f"v{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    loaded = word2vec.load(path)
    assert loaded.index_to_key == ["a", "b"]
    np.testing.assert_array_equal(loaded.vectors, [[1, 2], [3, 4]])


WORD = st.text(st.characters(codec="utf-8"), min_size=1).filter(
    lambda w: set(w).isdisjoint(string.whitespace)
)
NUMBER = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(
    st.lists(WORD, min_size=1, max_size=8, unique=True),
    st.integers(1, 3).flatmap(
        lambda size: st.lists(
            st.lists(NUMBER, min_size=size, max_size=size), min_size=8, max_size=8
        )
    ),
    st.sampled_from([".txt", ".vec.gz", ".bin"]),
)
def test_any_words_and_numbers_come_back_to_the_bit(tmp_path_factory, words, rows, suffix):
    made = KeyedVectors(len(rows[0]))
    made.add_vectors(words, np.array(rows[: len(words)], "float32"))
    path = tmp_path_factory.mktemp("trip") / f"v{suffix}"
    word2vec.save(made, path)
    loaded = word2vec.load(path)
    assert loaded.index_to_key == words
    assert loaded.vectors.tobytes() == made.vectors.tobytes()


@pytest.mark.parametrize("header", ["300 7\n", ""])
def test_arrow_and_lines_read_the_same(tmp_path, monkeypatch, header):
    monkeypatch.setattr(text_format, "BLOCK", 4096)
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 7)) * 10.0 ** random.integers(-30, 30, (300, 7))
    lines = [" ".join([f"w{i}", *map(str, row)]) for i, row in enumerate(rows)]
    path = tmp_path / "v.txt"
    path.write_text(header + "\n".join(lines))
    monkeypatch.setattr(text_format, "_parse_lines", None)  # Arrow must do it alone
    fast = word2vec.load(path)
    monkeypatch.undo()
    monkeypatch.setattr(text_format, "_parse_fast", lambda *_: None)
    slow = word2vec.load(path)
    assert fast.index_to_key == slow.index_to_key
    assert fast.vectors.tobytes() == slow.vectors.tobytes()


def test_equal_vectors_make_equal_files(vectors, tmp_path, monkeypatch):
    for day, name in ((1e9, "a.vec.gz"), (2e9, "b.vec.gz")):
        monkeypatch.setattr("time.time", lambda day=day: day)
        word2vec.save(vectors, tmp_path / name)
    assert (tmp_path / "a.vec.gz").read_bytes() == (tmp_path / "b.vec.gz").read_bytes()


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
        word2vec.save(vectors, tmp_path / "vectors.pkl")


def test_an_existing_file_stays(vectors, tmp_path):
    (tmp_path / "v.bin").write_text("precious")
    with pytest.raises(OutputExistsError):
        word2vec.save(vectors, tmp_path / "v.bin")
    assert (tmp_path / "v.bin").read_text() == "precious"


@pytest.mark.parametrize("word", ["", "new york", "a\nb", "\t", "a\r"])
def test_words_that_the_formats_cannot_hold(tmp_path, word):
    vectors = KeyedVectors(1)
    vectors.add_vectors(["fine", word], np.ones((2, 1), "float32"))
    with pytest.raises(ArgumentError, match="white space"):
        word2vec.save(vectors, tmp_path / "v.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_not_written(tmp_path, number):
    vectors = KeyedVectors(2)
    vectors.add_vectors(["fine", "diverged"], np.array([[1, 2], [number, 1]], "float32"))
    with pytest.raises(ArgumentError, match="'diverged' holds values that are not finite"):
        word2vec.save(vectors, tmp_path / "v.bin")
    assert not list(tmp_path.iterdir())


def test_half_a_surrogate_pair_is_not_written(tmp_path):
    vectors = KeyedVectors(1)
    vectors.add_vectors(["a\ud800"], np.ones((1, 1), "float32"))
    with pytest.raises(ArgumentError, match="surrogate"):
        word2vec.save(vectors, tmp_path / "v.txt")
