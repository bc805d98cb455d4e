"""fastText's own binary format, against gensim's reader and writer of it."""

from __future__ import annotations

import contextlib
import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, word2vec
from textseq.errors import ArtifactError

HEADER = 8 + 12 * 4 + 8
"""Bytes before the dictionary."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a file that gensim wrote."""
    model = FastText(
        [["높은", "mountain", "hill"]] * 5, vector_size=4, min_count=1, bucket=20, seed=1
    )
    path = tmp_path_factory.mktemp("fasttext") / "sound.bin"
    save_facebook_model(model, str(path))
    return path


def changed(sound, tmp_path, place, layout, *values):
    """Return a copy of a file with other values at a place."""
    data = bytearray(sound.read_bytes())
    struct.pack_into(layout, data, place, *values)
    (tmp_path / "changed.bin").write_bytes(data)
    return tmp_path / "changed.bin"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_vectors_are_gensims(sound, tmp_path, suffix):
    path = tmp_path / f"v.bin{suffix}"
    path.write_bytes(gzip.compress(sound.read_bytes()) if suffix else sound.read_bytes())
    ours, theirs = word2vec.load(path), load_facebook_vectors(str(sound))
    assert ours.index_to_key == theirs.index_to_key
    for word in ("높은", "hill", "hills", "unheard"):
        np.testing.assert_array_equal(ours[word], theirs[word])
    assert word2vec.neighbours(ours, "hills", count=1) == theirs.most_similar("hills", topn=1)


def test_any_word_of_a_tokenizer_gets_a_vector(sound):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["hills and mountains"])
    vectors = word2vec.load(sound)
    matrix, coverage = word2vec.embedding_matrix(vectors, tokenizer.word_index)
    np.testing.assert_array_equal(matrix[1], vectors["hills"])
    assert coverage.share == 1


def test_they_are_saved_as_plain_vectors(sound, tmp_path):
    vectors = word2vec.load(sound)
    word2vec.save(vectors, tmp_path / "v.txt")
    saved = word2vec.load(tmp_path / "v.txt")
    assert type(saved) is KeyedVectors
    np.testing.assert_array_equal(saved.vectors, vectors.vectors)


def test_words_that_are_not_utf8_and_labels_are_skipped(sound, tmp_path, caplog):
    """As in Facebook's Korean and French vectors."""
    data = sound.read_bytes()
    word = "높은".encode()
    (tmp_path / "v.bin").write_bytes(data.replace(word, word[:-1] + b"\xff"))
    loaded, whole = word2vec.load(tmp_path / "v.bin"), word2vec.load(sound)
    assert loaded.index_to_key == [key for key in whole.index_to_key if key != "높은"]
    np.testing.assert_array_equal(loaded["hill"], whole["hill"])
    assert "1 word is skipped, and 2 are read: 1 not in UTF-8" in caplog.text
    entry = data.index(word)
    label = b"__label__\0" + struct.pack("<qb", 1, 1)
    counts = struct.pack("<3i", 4, 3, 1)
    before = data[:HEADER] + counts + data[HEADER + 12 : entry]
    (tmp_path / "v.bin").write_bytes(before + label + data[entry:])
    assert word2vec.load(tmp_path / "v.bin").index_to_key == whole.index_to_key


REFUSED = {
    "a classifier": (8 + 7 * 4, "<i", 3, "a classifier of fastText"),
    "another size": (
        8,
        "<i",
        5,
        "23 vectors of 4 values do not fit 3 words, a size of 5",
    ),
    "long n-grams": (8 + 10 * 4, "<i", 1 << 30, "is damaged"),
    "more words than there are": (HEADER, "<i", 1 << 30, "is truncated|is damaged"),
    "pruned": (HEADER + 20, "<q", 5, "quantized"),
}


@pytest.mark.parametrize(("place", "layout", "value", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(sound, tmp_path, place, layout, value, message):
    path = changed(sound, tmp_path, place, layout, value)
    with pytest.raises(ArtifactError, match=message):
        word2vec.load(path)


def test_a_large_claim_is_refused_before_anything_is_allocated(sound, tmp_path):
    data = sound.read_bytes()
    place = data.index(struct.pack("<2q", 23, 4))
    path = changed(sound, tmp_path, place, "<q", 1 << 40)
    tracemalloc.start()
    with pytest.raises(ArtifactError, match="is damaged or truncated: 1,099,511,627,776 vectors"):
        word2vec.load(path)
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_a_file_cut_anywhere_is_refused(sound, tmp_path):
    data = sound.read_bytes()
    end = data.index(struct.pack("<2q", 23, 4)) + 16 + 23 * 16
    for length in range(5, end, 7):
        (tmp_path / "cut.bin").write_bytes(data[:length])
        with pytest.raises(ArtifactError, match="truncated"):
            word2vec.load(tmp_path / "cut.bin")


@given(st.data())
def test_any_damage_is_read_or_refused(sound, tmp_path_factory, data):
    changed = bytearray(sound.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(4, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "v.bin"
    path.write_bytes(changed)
    with contextlib.suppress(ArtifactError):
        assert len(word2vec.load(path))
