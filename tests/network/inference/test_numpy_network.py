from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from textseq import Sequences
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS
from textseq.network.inference import numpy_network as forward
from textseq.network.inference.numpy_network import BATCH, NumpyNetwork
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values
from textseq.network.pooling import POOLINGS

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
    network = NumpyNetwork(
        weight_values(model), CELLS.resolve(cell), POOLINGS.resolve(pooling), bidirectional
    )
    got = network.probabilities(MANY)
    np.testing.assert_allclose(got, run(model, MANY.pad()), atol=1e-5)
    np.testing.assert_allclose(network.probabilities(MANY[7:9]), got[7:9], atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("pooling", POOLINGS.names())
def test_one_document_cold_warm_and_among_others_gets_the_same(
    make_network, monkeypatch, cell, pooling, bidirectional
):
    model = make_network("learned", cell, pooling, bidirectional)
    parts = (CELLS.resolve(cell), POOLINGS.resolve(pooling), bidirectional)
    weights = weight_values(model)
    among = NumpyNetwork(weights, *parts).probabilities(MANY)
    warm = NumpyNetwork(weights, *parts)
    for document in (0, 1, 2, int(np.argmin(MANY.lengths)), int(np.argmax(MANY.lengths))):
        alone = MANY[document : document + 1]
        got = warm.probabilities(alone)
        np.testing.assert_allclose(got[0], among[document], rtol=0, atol=1e-6)
        with monkeypatch.context() as patch:
            patch.setattr(forward, "compiled_loops", lambda module, documents: None)
            cold = NumpyNetwork(weights, *parts).probabilities(alone)
        np.testing.assert_allclose(got, cold, rtol=0, atol=1e-6)


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_small_batches_chunks_and_threads_change_nothing(
    make_network, run, monkeypatch, cell, pooling, threads
):
    model = make_network("learned", cell, pooling, True)
    monkeypatch.setenv("TEXTSEQ_THREADS", threads)
    monkeypatch.setattr(forward, "BATCH", 7)
    monkeypatch.setattr(forward, "SMALLEST_BATCH", 1)
    monkeypatch.setattr(forward, "CHUNK", 50)
    monkeypatch.setattr(forward, "KEPT_TOKENS", 90)
    got = NumpyNetwork(
        weight_values(model), CELLS.resolve(cell), POOLINGS.resolve(pooling), True
    ).probabilities(MANY)
    np.testing.assert_allclose(got, run(model, MANY.pad()), atol=1e-5)


def test_a_copy_leaves_the_tables_behind(make_network):
    network = NumpyNetwork(
        weight_values(make_network()), CELLS.resolve("simple_rnn"), POOLINGS.resolve("last"), False
    )
    before = len(pickle.dumps(network))
    expected = network.probabilities(MANY)
    copied = pickle.dumps(network)
    assert len(copied) == before
    np.testing.assert_array_equal(pickle.loads(copied).probabilities(MANY), expected)


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_a_batch_without_any_word_is_finite(make_network, pooling):
    network = NumpyNetwork(
        weight_values(make_network(pooling=pooling)),
        CELLS.resolve("simple_rnn"),
        POOLINGS.resolve(pooling),
        False,
    )
    got = network.probabilities(Sequences.from_lists([[], []]))
    assert np.isfinite(got).all()
    np.testing.assert_array_equal(got[0], got[1])


def test_large_numbers_do_not_overflow(make_network):
    weights = {k: v * np.float32(1e4) for k, v in weight_values(make_network(cell="lstm")).items()}
    with np.errstate(over="raise", invalid="raise"):
        got = NumpyNetwork(
            weights, CELLS.resolve("lstm"), POOLINGS.resolve("last"), False
        ).probabilities(MANY[:5])
    assert np.isfinite(got).all()


def test_a_network_of_ngrams_needs_their_table():
    """Without it, the inputs would be taken for rows of the cell's own weights."""
    sizes = {"vocabulary": 14, "dimension": 3, "units": 2, "classes": 2}
    one_hot = ModelSpec(embedding="onehot", cell="simple_rnn", **sizes)
    shapes = {
        "forward.kernel": (14, 2), "forward.recurrent_kernel": (2, 2), "forward.bias": (2,),
        "output.kernel": (2, 2), "output.bias": (2,),
    }  # fmt: skip
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    one_hot.check(weights)
    with pytest.raises(ArgumentError, match=r"'embedding\.embeddings' should have shape"):
        replace(one_hot, embedding="ngrams", ngrams=2, buckets=8).check(weights)
