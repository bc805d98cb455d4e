"""The encoder-decoder's training step: its gradient is that of the same network in Keras."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.network.encoder_decoder import TABLE, EncoderDecoderSpec
from textseq.network.training.encoder_decoder import EncoderDecoderTrainable, Pairs
from textseq.sequences.sequences import Sequences

SOURCES = [[1, 2, 3], [4], [2, 2, 1, 3, 4], [], [3, 1]]
TARGETS = [[2, 1], [3, 4, 5, 1], [1], [5, 5], []]
FORMS = [
    (cell, attention, bidirectional, tied)
    for cell in ("simple_rnn", "gru", "lstm")
    for attention, bidirectional, tied in (
        ("general", True, False), ("dot", True, True), ("none", False, False),
        ("last", True, True),
    )
]  # fmt: skip


def trainable_of(cell, attention, bidirectional, tied, **rates):
    spec = EncoderDecoderSpec(cell, 64, 12, bidirectional, attention, tied, sources=5, targets=6)
    weights = spec.starting_weights(np.random.default_rng(3))
    random = np.random.default_rng(4)
    for name, weight in weights.items():  # biases and vectors that are not nearly 0
        if name == TABLE or name.endswith("bias"):
            weight[...] = random.normal(0, 0.5, weight.shape)
    weights[TABLE][0] = 0
    pairs = Pairs.of(Sequences.from_lists(SOURCES), Sequences.from_lists(TARGETS))
    return EncoderDecoderTrainable(spec, weights, pairs, **rates), weights


def step_of(trainable, documents=None, seed=0):
    dense, table = trainable.start()
    documents = np.arange(len(SOURCES)) if documents is None else documents
    step = trainable.step(dense, table[:, None], (0, documents), np.random.default_rng(seed))
    by_table = np.zeros_like(table)
    np.add.at(by_table, step.rows[0, :, 0], step.vectors[0])
    by_table[0] = 0
    return step, {TABLE: by_table, **trainable._flat.split(step.gradient.copy())}


def loss_in_keras(spec, weights, smoothing):
    """Return the mean loss and its gradient, from Keras's layers, a pair at a time."""
    import keras
    import tensorflow as tf

    cell = spec.cells()
    variables = {name: tf.Variable(weight) for name, weight in weights.items()}

    def rnn(name, units):
        layer = keras.layers.RNN(
            cell(units), return_sequences=True, go_backwards=name == "backward"
        )
        layer.build((None, None, spec.dimension))
        layer.cell._trainable_variables = []
        for own in ("kernel", "recurrent_kernel", "bias"):
            object.__setattr__(layer.cell, own, variables[f"{name}.{own}"])
        return layer

    each = spec.units // len(spec.directions)
    encoders = [rnn(name, each) for name in spec.directions]
    decoder = rnn("decoder", spec.units)
    table, losses = variables[TABLE], []
    with tf.GradientTape() as tape:
        for source, target in zip(SOURCES, TARGETS, strict=True):
            x = tf.gather(table, [source + [0]])
            states = [layer(x) for layer in encoders]
            start = [tf.concat([s[:, -1] for s in states], axis=1)]
            if len(states) > 1:
                states[1] = states[1][:, ::-1]
            memory = tf.concat(states, axis=2)
            if cell.has_memory:
                start.append(tf.zeros_like(start[0]))
            y = tf.gather(table, [[spec.sources + i for i in [0, *target]]])
            out = decoder(y, initial_state=start)
            if spec.attention != "none":
                asked = out
                if spec.attention == "general":
                    asked = out @ variables["attention.kernel"]
                seen = start[0][:, None] if spec.attention == "last" else memory
                read = keras.layers.Attention(score_mode="dot")([asked, seen])
                out = tf.concat([out, read], axis=2) @ variables["combine.kernel"]
                out = tf.tanh(out + variables["combine.bias"])
            kernel = (
                tf.transpose(table[spec.sources :]) if spec.tied else variables["output.kernel"]
            )
            logits = (out @ kernel + variables["output.bias"])[0]
            goal = tf.one_hot([*target, 0], spec.targets)
            goal = goal * (1 - smoothing) + smoothing / spec.targets
            losses.append(tf.nn.softmax_cross_entropy_with_logits(goal, logits))
        loss = tf.reduce_mean(tf.concat(losses, 0))
    found = tape.gradient(loss, variables)
    return float(loss), {n: tf.convert_to_tensor(g).numpy() for n, g in found.items()}


@pytest.mark.filterwarnings("ignore:You are using a softmax")  # of a softmax over one token
@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_is_that_of_keras(form):
    trainable, weights = trainable_of(*form, smoothing=0.1)
    step, gradient = step_of(trainable)
    loss, expected = loss_in_keras(trainable.spec, weights, 0.1)
    assert step.loss == pytest.approx(loss, abs=1e-5)
    expected[TABLE][0] = 0
    for name in weights:
        np.testing.assert_allclose(gradient[name], expected[name], atol=1e-5, err_msg=name)
