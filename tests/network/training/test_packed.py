"""The packed training step against Keras's, on the same weights and the same documents."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from textseq import Sequences
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import named_weights, set_named_weights
from textseq.network.pooling import POOLINGS
from textseq.network.training.batches import Examples
from textseq.network.training.packed import SentenceTrainable
from textseq.network.training.packing import Dropout, pack_documents

VOCABULARY, DIMENSION, UNITS, CLASSES = 12, 5, 4, 3
RANDOM = np.random.default_rng(0)
SEQUENCES = Sequences.from_lists([[7, 8, 9, 10, 11], [3], [], [1, 2, 2], [5, 4, 3, 2, 1, 7, 7]])
EXAMPLES = Examples(SEQUENCES, np.array([0, 2, 1, 1, 0]), RANDOM.random(5).astype("float32"))
BATCH = 7, np.array([4, 0, 2, 1, 3])

NETWORKS = [
    *[("learned", cell, "max", True) for cell in CELLS.names()],
    *[("learned", "gru", pooling, True) for pooling in POOLINGS.names() if pooling != "max"],
    *[(embedding, "simple_rnn", "max", True) for embedding in EMBEDDINGS.names()],
    ("learned", "lstm", "last", False),
]


def network(embedding="learned", cell="simple_rnn", pooling="max", bidirectional=True, **own):
    """Return a network with large weights at random, its specification, and vectors to start."""
    spec = ModelSpec(
        embedding=embedding, cell=cell, pooling=pooling, bidirectional=bidirectional,
        units=UNITS, dimension=DIMENSION, buckets=8, vocabulary=VOCABULARY, classes=CLASSES, **own,
    )  # fmt: skip
    random = np.random.default_rng(len(cell) + len(pooling))
    vectors = random.normal(size=(VOCABULARY, DIMENSION)).astype("float32")
    vectors = vectors if embedding == "word2vec" else None
    weights = spec.starting_weights(random, vectors)
    weights = {k: random.normal(size=w.shape).astype("float32") for k, w in weights.items()}
    return SentenceTrainable(spec, weights, EXAMPLES), spec, vectors


def step_of_keras(model):
    """Return the loss, the metric and the gradient by name, of a batch of all documents."""
    weights, head = EXAMPLES.weights / len(EXAMPLES.weights), model.head
    variables = named_weights(model)
    with tf.GradientTape() as tape:
        predictions = model(SEQUENCES.pad(padding="post"), training=True)
        loss = tf.reduce_sum(head.loss(EXAMPLES.targets, predictions) * weights)
    gradient = tape.gradient(loss, [variable.value for variable in variables.values()])
    metric = (head.metric(EXAMPLES.targets, predictions).numpy() * weights).sum()
    arrays = [tf.convert_to_tensor(each).numpy() for each in gradient]
    return float(loss), metric, dict(zip(variables, arrays, strict=True))


def step(made, random):
    dense, table = made.start()
    return made.step(dense, None if table is None else table[:, None], BATCH, random)


def by_name(made, found):
    """Return the gradient of a step by the names of the weights."""
    table = None
    if found.vectors is not None:
        table = np.zeros_like(made.start()[1])
        for rows, vector in zip(
            found.rows.reshape(-1, found.rows.shape[2]), found.vectors.reshape(-1, DIMENSION),
            strict=True,
        ):  # fmt: skip
            np.add.at(table, rows[rows > 0], vector)
    made.assign(found.gradient, table)
    return made.weights()


@pytest.mark.parametrize("parts", NETWORKS, ids=lambda parts: "-".join(map(str, parts)))
def test_loss_metric_and_gradient_equal_keras(parts):
    made, spec, vectors = network(*parts)
    model = spec.keras_model(vectors)
    set_named_weights(model, made.weights())
    loss, metric, expected = step_of_keras(model)
    with made.running():
        got = step(made, np.random.default_rng(0))
    assert got.loss == pytest.approx(loss, abs=1e-5)
    assert got.metric == pytest.approx(metric, abs=1e-6)
    found = by_name(made, got)
    assert set(found) == set(expected)
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, atol=2e-5, err_msg=name)


def test_frozen_vectors_have_no_gradient():
    ours, *_ = network("word2vec", tuned=False)
    with ours.running():
        found = step(ours, np.random.default_rng(0))
    assert found.vectors is None
    assert not ours.learns_table


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_change_nothing(threads, monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", "1")
    ours, *_ = network(vector_dropout=0.3, dropout=0.5)
    with ours.running():
        expected = step(ours, np.random.default_rng(0))
        expected = expected.loss, expected.gradient.copy(), expected.vectors
    monkeypatch.setenv("TEXTSEQ_THREADS", threads)
    with ours.running():
        got = step(ours, np.random.default_rng(0))
    for one, other in zip((got.loss, got.gradient, got.vectors), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_dropped_tokens_are_skipped_and_their_ngrams_with_them():
    rows = np.arange(1, 19, dtype=np.int32).reshape(6, 3)  # own row, bigram, trigram
    rows[[0, 4], 1:] = rows[[1, 5], 2] = 0  # which do not reach over the beginning
    rows[[0, 4], 1], rows[[0, 1, 4, 5], 2] = 0, 0  # none that reach over a beginning
    offsets = np.array([0, 4, 6])
    dropped = np.array([False, True, False, False, False, False])
    packed, starts, documents = pack_documents(rows, offsets, np.array([0, 1]), dropped)
    assert documents.tolist() == [0, 1]
    assert starts.tolist() == [0, 2, 4, 5]
    # Tokens 0, 2 and 3 of the first document; the bigram of 2 and the trigrams of both are broken.
    assert packed[[0, 2, 4]].tolist() == [[1, 0, 0], [7, 0, 0], [10, 11, 0]]
    assert packed[[1, 3]].tolist() == rows[4:].tolist()
    packed, starts, _ = pack_documents(rows, offsets, np.array([0, 1]), np.ones(6, bool))
    assert (len(packed), starts.tolist()) == (0, [0])


def test_dropout_keeps_the_mean_and_drops_the_same_of_the_gradient():
    values, gradient = np.ones((100, 100), np.float32), np.ones((100, 100), np.float32)
    dropout = Dropout(np.random.default_rng(0), values.size, 0.25)
    dropout.apply(values)
    dropout.apply(gradient)
    assert set(np.unique(values)) == {0, np.float32(4 / 3)}
    assert values.mean() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(values, gradient)
    Dropout(np.random.default_rng(0), values.size, 0.0).apply(values)
    np.testing.assert_array_equal(values, gradient)
