from __future__ import annotations

import subprocess
import sys

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS
from textseq.network.embeddings import ngrams
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.model import build_model
from textseq.network.model_weights import weight_values
from textseq.network.ngram_kernels import BLOCK  # loads them, so that `of` uses them
from textseq.network.ngrams import Ngrams, rows_of
from textseq.network.pooling import POOLINGS, Last

VOCABULARY, BUCKETS = 50, 97
DOCUMENTS = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=8), min_size=1, max_size=6)


@given(DOCUMENTS, st.integers(2, 4), st.sampled_from(["pre", "post"]))
def test_keras_and_numpy_gather_the_same_rows(documents, longest, padding):
    sequences = Sequences.from_lists(documents)
    layer = ngrams(VOCABULARY, 3, ngrams=longest, buckets=BUCKETS)
    table = np.random.default_rng(0).normal(size=(VOCABULARY + BUCKETS, 3)).astype("float32")
    layer.set_weights([table])
    table[0] = 0
    expected = table[layer.gathered(sequences)].sum(axis=1)
    ids = sequences.pad(10, padding=padding)
    vectors = keras.ops.convert_to_numpy(layer(ids))
    np.testing.assert_allclose(vectors[ids > 0], expected, atol=1e-5)


def test_compiled_rows_across_blocks_equal_numpys():
    lengths, random = [BLOCK - 3, 1, 0, 7, 3 * BLOCK], np.random.default_rng(0)
    ids = random.integers(0, 500, sum(lengths), dtype=np.int32)
    sequences = Sequences(ids, np.cumsum([0, *lengths]))
    ngrams = Ngrams(500, 6, 1000)
    np.testing.assert_array_equal(ngrams.of(sequences), ngrams.of_few(sequences))


def reference(gram, buckets):
    """The hash in Python's own integers."""
    bits = len(gram)
    for word in gram:
        bits = (bits ^ word) * 0x9E3779B1 % 2**32
    signed = bits - 2**32 * (bits >= 2**31)
    bits = ((signed ^ (signed >> 15)) % 2**32) * 0x85EBCA6B % 2**32
    signed = bits - 2**32 * (bits >= 2**31)
    return (signed ^ (signed >> 13)) % buckets


ANY_IDS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=7), max_size=5)


@given(ANY_IDS, st.integers(1, 6), st.integers(1, 2**20) | st.integers(0, 20).map(lambda n: 2**n))
def test_compiled_rows_equal_numpys_to_the_bit(documents, longest, buckets):
    """Of any ids, padding among them, so that n-grams would extend over it."""
    sequences = Sequences.from_lists(documents)
    ngrams = Ngrams(9, longest, buckets)
    expected, rows = ngrams.of_few(sequences), ngrams.of(sequences)
    assert rows.dtype == expected.dtype == np.int32
    np.testing.assert_array_equal(rows, expected)


@given(st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=6), st.integers(1, 2**20))
def test_rows_equal_a_plain_reference(ids, buckets):
    rows = Ngrams(7, 3, buckets).of(Sequences.from_lists([[5], ids]))
    for t in range(len(ids)):
        expected = [ids[t]] + [
            7 + reference(ids[t - n + 1 : t + 1], buckets) if t >= n - 1 else 0 for n in (2, 3)
        ]
        assert rows[1 + t].tolist() == expected


def test_the_hash_is_the_same_in_another_process():
    code = (
        "from textseq import Sequences; from textseq.network.ngrams import Ngrams;"
        "print(Ngrams(12, 3, 1000).of(Sequences.from_lists([[7, 8, 9]])).tolist())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = Ngrams(12, 3, 1000).of(Sequences.from_lists([[7, 8, 9]])).tolist()
    assert out.stdout.strip() == str(here)


def test_bigrams_of_frequent_words_spread_over_the_buckets():
    first, second = (np.ravel(a).astype(np.int32) for a in np.mgrid[1:301, 1:301])
    (_, rows) = rows_of([second, first], 0, 2**18, np)
    # 90,000 balls in 262,144 boxes fill as many as this, by chance.
    expected = 2**18 * (1 - (1 - 1 / 2**18) ** 90_000)
    assert len(np.unique(rows)) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("cell", CELLS.names())
def test_numpy_forward_pass_equals_keras_with_trigrams_both_ways(cell, run):
    random = np.random.default_rng(1)
    model = build_model(
        ngrams(VOCABULARY, 5, ngrams=3, buckets=BUCKETS),
        CELLS.resolve(cell)(4),
        Last(2),
        classes=3,
        backward_cell=CELLS.resolve(cell)(4),
    )
    model.set_weights([random.normal(size=w.shape, scale=0.7) for w in model.get_weights()])
    sequences = Sequences.from_lists(
        [random.integers(1, VOCABULARY, n).tolist() for n in (0, 1, 5, 9, 2)]
    )
    network = NumpyNetwork(
        weight_values(model),
        CELLS.resolve(cell),
        POOLINGS.resolve("last"),
        True,
        Ngrams(VOCABULARY, 3, BUCKETS),
    )
    np.testing.assert_allclose(
        network.probabilities(sequences), run(model, sequences.pad()), atol=1e-5
    )


def test_words_start_from_vectors_and_ngrams_at_nothing():
    matrix = np.random.default_rng(0).normal(size=(12, 5)).astype("float32")
    (table,) = ngrams(12, 5, matrix, buckets=9).get_weights()
    np.testing.assert_array_equal(table[:12], matrix)
    assert not table[12:].any()
    with pytest.raises(ArgumentError, match=r"\(11, 5\).*\(12, 5\)"):
        ngrams(12, 5, matrix[:11])


@pytest.mark.parametrize(
    ("settings", "name"),
    [((12, 0, 9), "ngrams"), ((12, 2, 0), "buckets"), ((12, 2.5, 9), "ngrams")],
)
def test_settings_that_cannot_be_say_so(settings, name):
    with pytest.raises(ArgumentError, match=f"`{name}` must be"):
        Ngrams(*settings)
