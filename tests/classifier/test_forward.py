from __future__ import annotations

import numpy as np
import pytest

from textseq import Sequences
from textseq.classifier.forward import BATCH, Network
from textseq.classifier.model import weight_values

RANDOM = np.random.default_rng(0)
MANY = Sequences.from_lists(
    [RANDOM.integers(1, 12, n).tolist() for n in RANDOM.integers(0, 30, size=BATCH + 40)]
)


@pytest.mark.parametrize(
    ("cell", "pooling", "bidirectional"),
    [("simple_rnn", "max", True), ("gru", "attention", False), ("lstm", "last", True)],
)
def test_many_documents_equal_keras_and_keep_their_order(
    make_network, run, cell, pooling, bidirectional
):
    model = make_network("learned", cell, pooling, bidirectional)
    network = Network(weight_values(model), cell, pooling, bidirectional)
    got = network.probabilities(MANY)
    np.testing.assert_allclose(got, run(model, MANY.pad()), atol=1e-5)
    np.testing.assert_allclose(network.probabilities(MANY[7:9]), got[7:9], atol=1e-6)


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_a_batch_without_any_word_is_finite(make_network, pooling):
    network = Network(weight_values(make_network(pooling=pooling)), "simple_rnn", pooling, False)
    got = network.probabilities(Sequences.from_lists([[], []]))
    assert np.isfinite(got).all()
    np.testing.assert_array_equal(got[0], got[1])


def test_large_numbers_do_not_overflow(make_network):
    weights = {k: v * np.float32(1e4) for k, v in weight_values(make_network(cell="lstm")).items()}
    with np.errstate(over="raise", invalid="raise"):
        got = Network(weights, "lstm", "last", False).probabilities(MANY[:5])
    assert np.isfinite(got).all()
