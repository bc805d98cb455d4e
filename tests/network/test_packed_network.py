"""Networks that read vectors equal Keras, and so does their gradient: each cell, head, pooling."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from textseq import Sequences
from textseq.network.cells import CELLS
from textseq.network.heads import HEADS
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.inference.packed_sequence import pack
from textseq.network.inference.recurrent import mirrored, read_states
from textseq.network.pooling import POOLINGS
from textseq.network.training.packed import Batch, PackedTrainable
from textseq.network.training.recurrent import RecurrentPass
from textseq.network.weight_shapes import check_shapes

LENGTHS = [6, 6, 4, 2, 1]
TOKENS, DIMENSION, UNITS, OUTPUTS = sum(LENGTHS), 5, 4, 3


class Given(PackedTrainable):
    """Trains on one batch."""

    def __init__(self, network, batch):
        super().__init__(network)
        self.batch = batch

    def pack(self, documents, random):
        return self.batch


@pytest.fixture
def both_ways(monkeypatch):
    """Return a function that calls another by compiled loops, and without them."""

    def call(function):
        for loops in (True, None):
            name = "textseq.network.inference.recurrent.compiled_loops"
            monkeypatch.setattr(name, lambda *_, loops=loops: loops)
            yield function()

    return call


def padded(packed, values):
    """Return packed values as (documents, time, ...), with zeros behind, and the mask."""
    out = np.zeros((len(LENGTHS), max(LENGTHS), *values.shape[1:]), np.float32)
    out[packed.documents, packed.steps] = values
    mask = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
    return out, mask


def layers(cell, weights, directions):
    """Return a Keras layer of each direction."""
    made = {}
    for name in directions:
        layer = keras.layers.RNN(
            cell(UNITS), return_sequences=True, go_backwards=name == "backward"
        )
        layer.build((None, None, DIMENSION))
        for weight in layer.weights:
            weight.assign(weights[f"{name}.{weight.name}"])
        made[name] = layer
    return made


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("pooling", [None, *POOLINGS.names()])
@pytest.mark.parametrize("head", HEADS.names())
@pytest.mark.parametrize("cell", CELLS.names())
def test_predictions_and_gradients_equal_keras(cell, head, pooling, bidirectional, both_ways):
    random = np.random.default_rng(7)
    part = None if pooling is None else POOLINGS.resolve(pooling)
    kind, task = CELLS.resolve(cell), HEADS.resolve(head)
    network = PackedNetwork({}, kind, part, task, bidirectional)
    network = network.start(random, dimension=DIMENSION, units=UNITS, outputs=OUTPUTS)
    sizes = {"dimension": DIMENSION, "units": UNITS, "outputs": OUTPUTS}
    check_shapes(network.weights, network.shapes(**sizes))
    packed = pack(Sequences.from_lists([[1] * n for n in LENGTHS]), np.arange(len(LENGTHS)))
    x = random.normal(size=(TOKENS, DIMENSION)).astype("float32")
    answered = TOKENS if part is None else len(LENGTHS)
    targets = random.integers(0, OUTPUTS, size=answered)
    if task.lower_is_better:
        targets = random.normal(size=(answered, OUTPUTS)).astype("float32")
    if head == "sigmoid":  # several labels
        targets = random.integers(0, 2, size=(answered, OUTPUTS)).astype("float32")

    variables = {name: tf.Variable(weight) for name, weight in network.weights.items()}
    values, mask = padded(packed, x)
    made = layers(kind, network.weights, network.directions)
    with tf.GradientTape() as tape:
        states = [
            layer(values, mask=tf.constant(mask))
            if name == "forward"
            else tf.reverse_sequence(
                layer(tf.reverse_sequence(values, LENGTHS, 1)[:, ::-1], mask=mask[:, ::-1]),
                LENGTHS, 1,
            )
            for name, layer in made.items()
        ]  # fmt: skip
        joined = tf.concat(states, axis=-1)
        if part is None:
            summary = tf.gather_nd(joined, np.stack([packed.documents, packed.steps], axis=1))
        else:
            layer = part(len(made))
            layer.build(joined.shape)
            for weight in layer.weights:
                weight.assign(network.weights[f"pooling.{weight.name}"])
            summary = layer(joined, mask=tf.constant(mask))
        logits = summary @ variables["output.kernel"] + variables["output.bias"]
        predictions = task(OUTPUTS).activation(logits)
        given = targets.astype("int32") if targets.ndim == 1 else targets
        loss = tf.reduce_mean(task.loss(tf.constant(given), predictions))
    for got in both_ways(lambda: network.predict(x, packed.starts, len(LENGTHS))):
        np.testing.assert_allclose(got, predictions, atol=1e-5)

    weights = np.ones(answered, np.float32)
    trainable = Given(network, Batch(x, packed.starts, targets, weights))
    dense, _ = trainable.start()
    with trainable.running():
        step = trainable.step(dense, None, (6, np.arange(len(LENGTHS))), random)
    assert step.loss == pytest.approx(float(loss), abs=1e-5)
    found = trainable._flat.split(step.gradient)
    wanted = [(name, name, variables[name]) for name in ("output.kernel", "output.bias")] + [
        (f"{d}.{w.name}", d, w) for d, layer in made.items() for w in layer.weights
    ]
    for (name, _, _), expected in zip(
        wanted, tape.gradient(loss, [w for *_, w in wanted]), strict=True
    ):
        np.testing.assert_allclose(found[name], expected, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", CELLS.names())
def test_a_reading_that_starts_in_given_states_equals_keras(name, both_ways):
    random, cell = np.random.default_rng(3), CELLS.resolve(name)
    weights = {
        f"forward.{key}": value
        for key, value in cell.starting_weights(random, DIMENSION, UNITS).items()
    }
    packed = pack(Sequences.from_lists([[1] * n for n in LENGTHS]), np.arange(len(LENGTHS)))
    x = random.normal(size=(TOKENS, DIMENSION)).astype("float32")
    by_states = random.normal(size=(TOKENS, UNITS)).astype("float32")
    first = [random.normal(size=(len(LENGTHS), UNITS)).astype("float32") for _ in range(2)]
    start = cell.starting_states(weights["forward.recurrent_kernel"], *first)

    given = [tf.Variable(each) for each in start]
    values, mask = padded(packed, x)
    (layer,) = layers(cell, weights, ["forward"]).values()
    with tf.GradientTape() as tape:
        states = layer(values, mask=tf.constant(mask), initial_state=given)
        found = tf.gather_nd(states, np.stack([packed.documents, packed.steps], axis=1))
        total = tf.reduce_sum(found * by_states)
    expected = tape.gradient(total, [*given, *layer.weights])

    own = {key.removeprefix("forward."): value for key, value in weights.items()}
    for got in both_ways(lambda: read_states(cell, own, x, packed.starts, start=start)):
        np.testing.assert_allclose(got, found, atol=1e-5)
    gradient = {key: np.zeros_like(value) for key, value in weights.items()}
    reading = RecurrentPass(cell, "forward", (weights, gradient), x, packed.starts, start)
    np.testing.assert_allclose(reading.read(), found, atol=1e-5)
    reading.by_states = by_states
    reading.go_back(by_vectors=True)
    np.testing.assert_allclose(reading.by_start, expected[: len(given)], atol=1e-5)
    for weight, want in zip(layer.weights, expected[len(given) :], strict=True):
        np.testing.assert_allclose(gradient[f"forward.{weight.name}"], want, atol=1e-5)


def test_mirrored_steps_are_those_of_a_packed_sequence():
    packed = pack(Sequences.from_lists([[1] * n for n in LENGTHS]), np.arange(len(LENGTHS)))
    np.testing.assert_array_equal(mirrored(packed.starts), packed.mirrored)


@pytest.mark.parametrize("name", CELLS.names())
def test_nothing_to_read_has_no_states(name, both_ways):
    cell = CELLS.resolve(name)
    weights = cell.starting_weights(np.random.default_rng(0), DIMENSION, UNITS)
    nothing = np.empty((0, DIMENSION), np.float32)
    for reverse in (False, True):
        for states in both_ways(
            lambda: read_states(cell, weights, nothing, np.zeros(1, np.int64), reverse=reverse)  # noqa: B023
        ):
            assert states.shape == (0, UNITS)
