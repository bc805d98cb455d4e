"""A weighted mean whose weights are learned: softmax over time of v . tanh(W h + b).

Yang et al. 2016, "Hierarchical Attention Networks for Document Classification".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Tensor
from textseq.network.inference.packed_sequence import PackedSequence, document_of
from textseq.network.lazy_keras import keras, ops
from textseq.network.pooling.base import LOWEST, Pooled, Pooling, RunningPool
from textseq.network.pooling.mean import sum_over_time


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


@compiled_late
def softmax_over_time(score: AnyArray, starts: IntArray) -> AnyArray:
    """Return the weight of each packed token among those of its document."""
    documents = starts[1] if len(starts) > 1 else 0
    largest, total = np.full(documents, -np.inf), np.zeros(documents)
    weight = np.empty_like(score)
    for t in range(len(starts) - 1):
        for k in range(starts[t], starts[t + 1]):
            largest[k - starts[t]] = max(largest[k - starts[t]], score[k])
    for t in range(len(starts) - 1):
        for k in range(starts[t], starts[t + 1]):
            weight[k] = np.exp(score[k] - largest[k - starts[t]])
            total[k - starts[t]] += weight[k]
    for t in range(len(starts) - 1):
        for k in range(starts[t], starts[t + 1]):
            weight[k] /= total[k - starts[t]]
    return weight


def pool_packed(
    states: AnyArray, starts: IntArray, documents: int, directions: int, weights: NamedArrays
) -> Pooled:
    """Pool packed states; see `Pooling`."""
    kernel, context = weights["pooling.kernel"], weights["pooling.context"]
    document = document_of(starts)
    seen = np.tanh(states @ kernel + weights["pooling.bias"])
    weight = softmax_over_time(seen @ context, starts)[:, None]
    summary = sum_over_time(weight * states, starts, documents)

    def backward(gradient: AnyArray) -> tuple[AnyArray, dict[str, AnyArray]]:
        direct = gradient[document]
        # The state itself is weighted; and it changes its own weight, and so all others'.
        to_score = weight * ((states - summary[document]) * direct).sum(axis=1, keepdims=True)
        to_sum = to_score * context * (1 - seen**2)
        by_weights = {
            "pooling.kernel": states.T @ to_sum,
            "pooling.bias": to_sum.sum(axis=0),
            "pooling.context": (to_score * seen).sum(axis=0),
        }
        return weight * direct + to_sum @ kernel.T, by_weights

    return Pooled(summary, backward)


attention = Pooling(
    "attention",
    pool,
    KeptStates,
    pool_packed,
    join,
    keeps_states=True,
    weight_shapes=weight_shapes,
    by_layers=pool_by_layers,
)
