"""A weighted mean whose weights are learned: softmax over time of v . tanh(W h + b).

Yang et al. 2016, "Hierarchical Attention Networks for Document Classification".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from textseq.network.arrays import DoubleArray, FloatArray, NamedArrays, Tensor
from textseq.network.inference.packed_sequence import PackedSequence
from textseq.network.lazy_keras import keras, ops
from textseq.network.pooling.base import LOWEST, PooledSentence, Pooling, RunningPool


def weight_shapes(summary: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of W, b and v; see `Pooling`."""
    return {"kernel": (summary, summary), "bias": (summary,), "context": (summary,)}


def pool(states: Tensor, mask: Tensor, directions: int, weights: Mapping[str, Tensor]) -> Tensor:
    """Pool padded states; see `Pooling`."""
    seen = ops.tanh(ops.matmul(states, weights["kernel"]) + weights["bias"])
    return weigh(states, mask, ops.sum(seen * weights["context"], axis=-1))


def pool_by_layers(states: Tensor, mask: Tensor, summary: int) -> Tensor:
    """Pool padded states by Keras's own layers; see `Pooling.by_layers`."""
    layers = keras.layers
    seen = layers.Dense(summary, activation="tanh", name="pooling")(states)
    score = layers.Dense(1, use_bias=False, name="pooling_context")(seen)
    return weigh(states, mask, ops.squeeze(score, -1))


def weigh(states: Tensor, mask: Tensor, score: Tensor) -> Tensor:
    """Return the mean of the states, weighted by the softmax of their scores, (batch, time)."""
    score = ops.where(mask, score, LOWEST)
    # Subtracting the maximum keeps exp finite and changes no weight.
    raised = ops.exp(score - ops.max(score, axis=1, keepdims=True))
    raised = raised * ops.cast(mask, states.dtype)
    weight = raised / ops.maximum(ops.sum(raised, axis=1, keepdims=True), 1e-30)
    return ops.sum(states * ops.expand_dims(weight, -1), axis=1)


class KeptStates(RunningPool):
    """All states, (tokens, units), since a state's weight depends on both directions."""

    def __init__(self, packed: PackedSequence, units: int) -> None:
        self.starts = packed.starts.tolist()
        self.pooled = np.empty((self.starts[-1], units), np.float32)

    def add(self, states: FloatArray, step: int) -> None:
        """Keep a copy."""
        self.pooled[self.starts[step] : self.starts[step + 1]] = states


def join(results: Sequence[FloatArray], packed: PackedSequence, weights: NamedArrays) -> FloatArray:
    """Pool the packed states of all directions; see `Pooling`."""
    forward, *backward = results
    states = np.concatenate([forward, *(each[packed.mirrored] for each in backward)], axis=1)
    seen = states @ weights["pooling.kernel"]
    seen += weights["pooling.bias"]
    score = np.tanh(seen, out=seen) @ weights["pooling.context"]
    documents = len(packed.lengths)
    largest = np.full(documents, -np.inf, np.float32)
    total = np.zeros(documents, np.float32)
    pooled = np.zeros((documents, states.shape[1]), np.float32)
    steps = [slice(a, b) for a, b in itertools.pairwise(packed.starts.tolist())]
    for step in steps:
        running = largest[: step.stop - step.start]
        np.maximum(running, score[step], out=running)
    raised = np.exp(score - largest[packed.documents])
    for step in steps:
        weight = raised[step]
        total[: len(weight)] += weight
        pooled[: len(weight)] += weight[:, None] * states[step]
    pooled /= np.where(total > 0, total, np.float32(1))[:, None]
    return pooled


def pool_sentence(states: DoubleArray, directions: int, weights: NamedArrays) -> PooledSentence:
    """Pool one sentence; see `Pooling`."""
    kernel, context = weights["pooling.kernel"], weights["pooling.context"]
    seen = np.tanh(states @ kernel + weights["pooling.bias"])
    score = seen @ context
    raised = np.exp(score - score.max())
    weight = (raised / raised.sum())[:, None]
    summary = (weight * states).sum(axis=0)

    def backward(gradient: DoubleArray) -> DoubleArray:
        # The state itself is weighted; and it changes its own weight, and so all others'.
        to_score = weight * ((states - summary) @ gradient)[:, None]
        whole: DoubleArray = weight * gradient + (to_score * context * (1 - seen**2)) @ kernel.T
        return whole

    return PooledSentence(summary, backward)


attention = Pooling(
    "attention",
    pool,
    KeptStates,
    pool_sentence,
    join,
    keeps_states=True,
    weight_shapes=weight_shapes,
    by_layers=pool_by_layers,
)
