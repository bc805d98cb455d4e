"""States and gradients of a network with parts of the user's own, by automatic differentiation.

The cells take one step after the other, as `keras.layers.RNN` lets them. TensorFlow's tape then
gives the whole gradient of each state, and with the states held constant the part that comes
directly through the pooling.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from textseq.errors import ArgumentError
from textseq.network.arrays import DoubleArray
from textseq.network.keras_network import KerasNetwork
from textseq.sequences.sequences import Ids

Gradients = dict[str, tuple[DoubleArray, DoubleArray, DoubleArray]]


def states_and_gradients(
    network: KerasNetwork, ids: Ids, answer: int, temperature: float
) -> Gradients:
    """Return states, whole gradients and direct gradients by direction, in the order of the text.

    Args:
        network: The network.
        ids: Those of one sentence: (time,).
        answer: The class whose log-probability L is followed back.
        temperature: What the logits are divided by.

    Returns:
        By `"forward"` and `"backward"`: h_t, dL/dh_t, and dL/dh_t with later states held constant,
        (time, units) each.

    Raises:
        ArgumentError: Keras runs on another backend than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ArgumentError(
            f"Parts of your own are explained with TensorFlow's gradients. Received: Keras's "
            f"backend {keras.backend.backend()}; set KERAS_BACKEND=tensorflow."
        )
    model = network.model
    names = [name for name in ("forward", "backward") if any(x.name == name for x in model.layers)]
    if not len(ids):
        empty = np.empty((0, network.spec.units))
        return dict.fromkeys(names, (empty, empty, empty))
    vectors = model.get_layer("embedding")(np.asarray(ids, np.int32)[None])
    with tf.GradientTape() as tape:
        tape.watch(vectors)  # so that all that follows is recorded
        read = {name: _read(model.get_layer(name), vectors) for name in names}
        loss = _log_probability(model, [outs for outs, _ in read.values()], answer, temperature)
    watched = [pair for pairs in read.values() for pair in zip(*pairs, strict=True)]
    whole = iter(tape.gradient(loss, watched, unconnected_gradients="zero"))
    constant = {name: [tf.identity(out) for out in outs] for name, (outs, _) in read.items()}
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(constant)
        loss = _log_probability(model, [*constant.values()], answer, temperature)
    direct = tape.gradient(loss, constant, unconnected_gradients="zero")
    found: Gradients = {}
    for name, (outs, carried) in read.items():
        sums = []
        for out, state in zip(outs, carried, strict=True):
            by_out, by_state = next(whole)
            sums.append(by_out if out is state else by_out + by_state)
        found[name] = _array(outs), _array(sums), _array(direct[name])
    return found


def _read(layer: Any, vectors: Any) -> tuple[list[Any], list[Any]]:
    """Return the outputs of a layer's cell in the order of the text, and the states beside them.

    A state that is no output, or of another size, is not followed: the output takes its place.
    """
    cell = layer.cell
    states = layer.get_initial_state(1)
    steps = range(vectors.shape[1])
    outs, carried = {}, {}
    for t in reversed(steps) if layer.go_backwards else steps:
        outs[t], states = cell(vectors[:, t], states)
        states = states if isinstance(states, list | tuple) else [states]
        same = states[0].shape == outs[t].shape
        carried[t] = states[0] if same else outs[t]
    return [outs[t] for t in steps], [carried[t] for t in steps]


def _log_probability(
    model: keras.Model, states: list[list[Any]], answer: int, temperature: float
) -> Any:
    """Return the logarithm of the probability that pooled states give to the answer."""
    joined = tf.concat([tf.stack(each, axis=1) for each in states], axis=-1)
    mask = tf.ones(joined.shape[:2], tf.bool)
    summary = model.get_layer("pooling")(joined, mask=mask)
    output = model.get_layer("output")
    probabilities = output(summary)[0]
    logits = tf.math.log(tf.maximum(probabilities, 1e-30))
    if output.activation is keras.activations.sigmoid:  # several labels, each by itself
        logits -= tf.math.log(tf.maximum(1 - probabilities, 1e-30))
        return tf.math.log_sigmoid(logits / temperature)[answer]
    return tf.nn.log_softmax(logits / temperature)[answer]


def _array(rows: list[Any]) -> DoubleArray:
    return np.concatenate([row.numpy() for row in rows]).astype(np.float64)
