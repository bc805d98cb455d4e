"""The loop with gradients by hand equals Keras's own layer, forwards and backwards."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from textseq.network.cells import CELLS
from textseq.network.recurrent import Recurrent, scan_of

BATCH, TIME, DIMENSION, UNITS = 4, 7, 5, 3


def gradients(layer, x, mask, weight):
    """Return the states and the gradient of their weighted sum by the input and all weights."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        states = layer(x, mask=mask)
        total = tf.reduce_sum(states * weight)
    return states, *tape.gradient(total, [x, *[v.value for v in layer.trainable_variables]])


@pytest.mark.parametrize("compiler", [False, True], ids=["eager", "xla"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("cell", CELLS.names())
def test_states_and_gradients_equal_those_of_keras(cell, go_backwards, compiler):
    random = np.random.default_rng(len(cell))
    theirs = keras.layers.RNN(
        CELLS.resolve(cell)(UNITS), return_sequences=True, go_backwards=go_backwards
    )
    ours = Recurrent(CELLS.resolve(cell)(UNITS), go_backwards=go_backwards)
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
    expected = gradients(theirs, x, tf.constant(mask), weight)
    run = tf.function(lambda *a: gradients(ours, *a), jit_compile=compiler)
    for got, want in zip(run(x, tf.constant(mask), weight), expected, strict=True):
        np.testing.assert_allclose(got, want, atol=2e-5)


@pytest.mark.parametrize(
    "cell",
    [
        keras.layers.SimpleRNNCell(3, activation="relu"),
        keras.layers.SimpleRNNCell(3, use_bias=False),
        keras.layers.GRUCell(3, reset_after=False),
        keras.layers.LSTMCell(3, recurrent_activation="hard_sigmoid"),
        keras.layers.LSTMCell(3, dropout=0.1),
        type("Own", (keras.layers.SimpleRNNCell,), {})(3),
    ],
)
def test_other_cells_are_left_to_keras(cell):
    assert scan_of(cell) is None
    layer = Recurrent(cell)
    assert layer(np.ones((2, 4, 5), "float32")).shape == (2, 4, 3)
