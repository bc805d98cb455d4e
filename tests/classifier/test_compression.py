"""Compression: what becomes small, what stays, and that a saved model predicts as before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.classifier import SentenceClassifier, compression
from textseq.classifier.compression import PRUNED, compress_weights, smallest_rows
from textseq.classifier.predictor import Predictor
from textseq.tasks.four_bits import pack_exactly, round_rows

SMALL = {"preset": "textbook", "units": 4, "dimension": 6, "epochs": 2}
TEXTS = ["a joy to watch", "a bore to watch", "pure joy", "pure bore"] * 6
LABELS = ["good", "bad"] * 12


@given(st.lists(st.integers(0, 5), max_size=30), st.floats(0, 0.99))
def test_the_smallest_rows_hold_at_most_the_share(norms, share):
    table = np.array(norms, "float32").reshape(-1, 1) * [[3, 4]]
    squares, pruned = (table**2).sum(axis=1), smallest_rows(table, share)
    total, held = squares.sum(), squares[pruned].sum()
    assert held <= share * total * (1 + 1e-6)
    assert squares[pruned].max(initial=0) <= squares[~pruned].min(initial=np.inf)
    if total and not pruned.all():  # the next larger ones would be too many
        next_ones = squares[squares == squares[~pruned].min()].sum()
        assert held + next_ones > share * total * (1 - 1e-6) or next_ones == total


def test_a_share_of_zero_prunes_nothing_that_is_not_zero():
    table = np.array([[0, 0], [1, 0], [0, 2]], "float32")
    assert smallest_rows(table, 0).tolist() == [True, False, False]
    assert smallest_rows(table[:0], 0.5).tolist() == []


@pytest.fixture
def any_size(monkeypatch):
    """Let small arrays be compressed too, as they are in tests."""
    monkeypatch.setattr(compression, "FEW", 1)


@pytest.mark.usefixtures("any_size")
def test_what_compression_makes_of_each_weight():
    random = np.random.default_rng(0)
    weights = {
        "1.embedding.embeddings": random.normal(size=(50, 8)).astype("float32"),
        "1.forward.kernel": random.normal(size=(8, 8)).astype("float32"),
        "1.forward.bias": random.normal(size=8).astype("float32"),
        "2.forward.recurrent_kernel": np.full((1, 1), 1e5, "float32"),
        "linear.table": random.normal(size=(200, 1)).astype("float16"),
        "linear.bias": random.normal(size=1).astype("float32"),
    }
    small = compress_weights(weights, vocabulary=20)
    table, before = small["1.embedding.embeddings"], weights["1.embedding.embeddings"]
    assert pack_exactly(table) is not None
    np.testing.assert_array_equal(table[:20], round_rows(before[:20]))
    kept = table[20:].any(axis=1)
    assert 0 < (before[20:][~kept] ** 2).sum() <= PRUNED * (before[20:] ** 2).sum()
    np.testing.assert_array_equal(table[20:][kept], round_rows(before[20:])[kept])
    kernel = small["1.forward.kernel"]
    np.testing.assert_array_equal(kernel, weights["1.forward.kernel"].astype(np.float16))
    assert kernel.dtype == np.float32
    pruned = small["linear.table"] == 0
    assert 0 < (weights["linear.table"][pruned].astype(float) ** 2).sum() < 1e-3 * 200
    for name in ("1.forward.bias", "2.forward.recurrent_kernel", "linear.bias"):
        assert small[name] is weights[name]


def test_small_arrays_stay_as_they_are():
    table = np.random.default_rng(0).normal(size=(120, 128)).astype("float32")
    for few in compress_weights({"linear.table": table, "1.forward.kernel": table}, 10).values():
        np.testing.assert_array_equal(few, table.astype(few.dtype))
    table = np.tile(table, (2, 1))
    for many in compress_weights({"linear.table": table, "1.forward.kernel": table}, 10).values():
        assert not np.array_equal(many, table)


@pytest.mark.parametrize("more", [{}, {"embedding": "ngrams", "buckets": 90}, {"networks": 2}])
@pytest.mark.parametrize("linear", [0, 2])
@pytest.mark.usefixtures("any_size")
def test_a_trained_model_is_compressed_and_predicts_the_same_once_saved(
    more, linear, tmp_path, any_size
):
    settings = {**SMALL, "linear": linear, **more}
    classifier = SentenceClassifier(**settings).fit(TEXTS, LABELS)
    assert all(
        pack_exactly(weight) is not None
        for name, weight in classifier.weights_.items()
        if name.endswith("embeddings")
    )
    classifier.save(tmp_path / "model")
    for loaded in (SentenceClassifier.load(tmp_path / "model"), Predictor.load(tmp_path / "model")):
        np.testing.assert_array_equal(
            loaded.predict_proba(TEXTS), classifier.predict_proba(TEXTS), strict=True
        )
    assert not loaded.tokenizer.word_counts
    assert loaded.tokenizer.word_index == classifier.tokenizer_.word_index
