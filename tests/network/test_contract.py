"""One contract for every registered part: all that its file says of it agrees.

A cell is written down for Keras, as a fused scan, as a NumPy step, and over packed documents with
its gradient; a pooling for Keras, for packed states as they come, and with its gradient; a head for
Keras and for NumPy. Keras is what the others are held against. Padding never counts, and a text
without words is no trouble.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from textseq import Sequences
from textseq.network.cells import CELLS
from textseq.network.cells.base import previous_states, reading_steps, scan_of
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.fused_rnn import FusedRNN
from textseq.network.heads import HEADS, sigmoid
from textseq.network.inference.packed_sequence import pack
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values
from textseq.network.ngrams import BUCKETS
from textseq.network.pooling import POOLINGS

VOCABULARY, DIMENSION, UNITS, CLASSES = 12, 5, 4, 3
BATCH, TIME = 4, 7
SENTENCES = Sequences.from_lists([[7, 8, 9, 10, 11], [3], [], [1, 2, 2]])

NETWORKS = [
    *[("learned", c, p, b) for c in CELLS.names() for p in POOLINGS.names() for b in (False, True)],
    *[(e, "simple_rnn", "max", True) for e in EMBEDDINGS.names() if e != "learned"],
]


@pytest.fixture(params=NETWORKS, ids=lambda parts: "-".join(map(str, parts)))
def parts(request):
    return request.param


def spec_of(embedding, cell, pooling, bidirectional, head="softmax"):
    return ModelSpec(
        embedding=embedding,
        cell=cell,
        pooling=pooling,
        units=UNITS,
        bidirectional=bidirectional,
        dimension=DIMENSION,
        buckets=BUCKETS,
        vocabulary=VOCABULARY,
        classes=CLASSES,
        head=head,
    )


def test_padding_changes_nothing_and_empty_is_finite(make_network, run, parts):
    model = make_network(*parts)
    expected = run(model, SENTENCES.pad(padding="post"))
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(expected.sum(axis=1), 1, atol=1e-5)
    for padding in ("pre", "post"):
        for width in (5, 9):
            padded = SENTENCES.pad(width, padding=padding)
            np.testing.assert_allclose(run(model, padded), expected, atol=1e-5)


def test_neighbours_in_the_batch_change_nothing(make_network, run, parts):
    model = make_network(*parts)
    together = run(model, SENTENCES.pad())
    for i, sentence in enumerate(SENTENCES):
        alone = run(model, [sentence if len(sentence) else [0]])
        np.testing.assert_allclose(alone[0], together[i], atol=1e-5)


def test_numpy_forward_pass_equals_keras(make_network, run, parts):
    model, spec = make_network(*parts), spec_of(*parts)
    assert spec.runs_without_keras
    spec.check(weight_values(model))
    network = spec.numpy_network(weight_values(model))
    np.testing.assert_allclose(
        network.probabilities(SENTENCES), run(model, SENTENCES.pad()), atol=1e-5
    )


def states_and_gradients(layer, x, mask, weight):
    """Return the states and the gradient of their weighted sum by the input and all weights."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        states = layer(x, mask=mask)
        total = tf.reduce_sum(states * weight)
    return states, *tape.gradient(total, [x, *[v.value for v in layer.trainable_variables]])


@pytest.mark.parametrize("compiler", [False, True], ids=["eager", "xla"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("cell", CELLS.names())
def test_fused_scan_and_its_gradient_equal_keras(cell, go_backwards, compiler):
    random = np.random.default_rng(len(cell))
    theirs = keras.layers.RNN(
        CELLS.resolve(cell)(UNITS), return_sequences=True, go_backwards=go_backwards
    )
    ours = CELLS.resolve(cell)(UNITS)
    assert scan_of(ours) is CELLS.resolve(cell).scan
    ours = FusedRNN(ours, scan_of(ours), go_backwards=go_backwards)
    for layer in (theirs, ours):
        layer.build((BATCH, TIME, DIMENSION))
    weights = [random.normal(size=w.shape).astype("float32") for w in theirs.get_weights()]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    x = tf.constant(random.normal(size=(BATCH, TIME, DIMENSION)), tf.float32)
    # Padding before, behind and between, and a row of nothing else.
    mask = random.random((BATCH, TIME)) < 0.7
    mask[0], mask[1] = False, np.arange(TIME) < 4
    weight = tf.constant(random.normal(size=(BATCH, TIME, UNITS)), tf.float32)
    # Keras's layer gives zeros where a sequence has not yet begun, as ours does.
    expected = states_and_gradients(theirs, x, tf.constant(mask), weight)
    run = tf.function(lambda *a: states_and_gradients(ours, *a), jit_compile=compiler)
    for got, want in zip(run(x, tf.constant(mask), weight), expected, strict=True):
        np.testing.assert_allclose(got, want, atol=2e-5)


@pytest.mark.parametrize("name", CELLS.names())
def test_pass_over_one_sentence_and_its_gradient_equal_keras(name):
    random = np.random.default_rng(len(name))
    cell = CELLS.resolve(name)
    theirs = cell(UNITS)
    theirs.build((1, DIMENSION))
    shapes = cell.weight_shapes(DIMENSION, UNITS)
    assert {w.name: tuple(w.shape) for w in theirs.weights} == shapes
    values = {key: random.normal(size=shape) for key, shape in shapes.items()}
    for weight in theirs.weights:
        weight.assign(values[weight.name])
    x, direct = random.normal(size=(TIME, DIMENSION)), random.normal(size=(TIME, UNITS))
    steps = []
    with tf.GradientTape() as tape:
        state = keras.layers.RNN(theirs).get_initial_state(1)
        for vector in x:
            _, state = theirs(tf.constant(vector[None], tf.float32), state)
            steps.append(list(state))
        total = sum(tf.reduce_sum(h[0] * d) for (h, *_), d in zip(steps, direct, strict=True))
    gradients = tape.gradient(total, steps)
    bias = np.atleast_2d(values["bias"])
    inputs = x @ values["kernel"] + bias[0]
    order, kernel = reading_steps(np.arange(TIME + 1), False), values["recurrent_kernel"]
    states, kept = cell.forward(inputs, kernel, bias[-1], order, cell.starting_states(kernel))
    passed = (inputs, states, kept, previous_states(states, order))
    whole = direct.copy()
    _, _, memories = cell.backward(passed, whole, kernel.T.copy(), order)
    found = [states, whole]
    expected = [np.concatenate([step[0] for step in table]) for table in (steps, gradients)]
    if cell.has_memory:
        found.append(memories)
        expected.append(np.concatenate([gradient[1] for gradient in gradients]))
    for got, want in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-4)


@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("name", CELLS.names())
def test_packed_documents_are_read_as_each_by_itself(name, reverse):
    random, cell = np.random.default_rng(len(name)), CELLS.resolve(name)
    lengths = [7, 7, 4, 3, 1, 0]
    sequences = Sequences.from_lists([[1] * n for n in lengths])
    packed = pack(sequences, np.arange(len(lengths)))
    width = cell.gates * UNITS
    inputs, direct = random.normal(size=(22, width)), random.normal(size=(22, UNITS))
    kernel, bias = random.normal(size=(UNITS, width)), random.normal(size=width)

    def read(tokens, starts, reverse):
        gates, whole = inputs[tokens], direct[tokens]
        steps = reading_steps(starts, reverse)
        states, kept = cell.forward(gates, kernel, bias, steps, cell.starting_states(kernel))
        previous = previous_states(states, steps)
        passed = (gates, states, kept, previous)
        return states, *cell.backward(passed, whole, kernel.T.copy(), steps), whole

    together = read(np.arange(22), packed.starts, reverse)
    for document, length in enumerate(lengths):
        tokens = np.flatnonzero(packed.documents == document)
        order = tokens[::-1] if reverse else tokens
        alone = read(order, np.arange(length + 1), False)
        for got, want in zip(together, alone, strict=True):
            np.testing.assert_allclose(got[order], want, atol=1e-12)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("name", POOLINGS.names())
def test_pooling_of_one_sentence_and_its_gradient_equal_keras(name, directions):
    random = np.random.default_rng(len(name))
    pooling = POOLINGS.resolve(name)
    layer = pooling(directions)
    states, direction = random.normal(size=(TIME, UNITS)), random.normal(size=UNITS)
    layer.build((1, TIME, UNITS))
    shapes = pooling.weight_shapes(UNITS)
    assert {w.name: tuple(w.shape) for w in layer.weights} == dict(shapes)
    values = {key: random.normal(size=shape) for key, shape in shapes.items()}
    for weight in layer.weights:
        weight.assign(values[weight.name])
    given = tf.constant(states[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(given)
        summary = layer(given, mask=tf.ones((1, TIME), bool))
        total = tf.reduce_sum(summary * direction)
    weights = {f"pooling.{key}": value for key, value in values.items()}
    pooled = pooling.pool_packed(states, np.arange(TIME + 1), 1, directions, weights)
    np.testing.assert_allclose(pooled.summary[0], summary[0], atol=1e-5)
    expected = tape.gradient(total, given)[0]
    np.testing.assert_allclose(pooled.backward(direction[None])[0][:, :], expected, atol=1e-4)


@pytest.mark.parametrize("name", HEADS.names())
def test_numpy_faces_of_a_head_equal_its_keras_faces(name):
    random = np.random.default_rng(0)
    head = HEADS.resolve(name)
    summary = random.normal(size=(20, UNITS)).astype("float32")
    targets = random.integers(0, CLASSES, size=20)
    if head.lower_is_better:  # numbers, not labels
        targets = random.normal(size=(20, CLASSES)).astype("float32")
    if head.activate is sigmoid:  # several labels
        targets = random.integers(0, 2, size=(20, CLASSES)).astype("float32")
    layer = head(CLASSES)
    predictions = layer(summary)
    kernel, bias = layer.get_weights()
    activated = head.activate(summary @ kernel + bias)
    np.testing.assert_allclose(activated, predictions, atol=1e-5)
    given = ops.convert_to_tensor(targets.astype("int32") if targets.ndim == 1 else targets)
    logits = tf.Variable(summary @ kernel + bias)
    with tf.GradientTape() as tape:
        loss = head.loss(given, layer.activation(logits))
    losses, metrics = head.evaluate(targets, activated)
    np.testing.assert_allclose(losses, loss, atol=1e-5)
    np.testing.assert_allclose(metrics, head.metric(given, predictions), rtol=1e-5)
    gradient = head.gradient(targets, activated)
    np.testing.assert_allclose(gradient, tape.gradient(loss, logits), atol=1e-5)
    for metric in head.all_metrics.values():
        found = head.measure(targets, activated, metric)
        assert found == pytest.approx(
            {
                "loss": float(losses.mean()),
                head.metric_name: float(metrics.mean()),
                metric.name: metric.score(targets, activated),
            }
        )
    answers = head.decode(activated)
    assert answers.shape == targets.shape
    assert (head.evaluate(answers, activated)[1] == (0 if head.lower_is_better else 1)).all()
