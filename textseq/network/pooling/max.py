"""For each unit, the largest value it reached over the tokens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Tensor
from textseq.network.lazy_keras import ops
from textseq.network.pooling.base import LOWEST, Pooled, Pooling, RunningPool


def pool(states: Tensor, mask: Tensor, directions: int, weights: Mapping[str, Tensor]) -> Tensor:
    """Pool padded states; see `Pooling`."""
    mask = ops.expand_dims(mask, -1)
    largest = ops.max(ops.where(mask, states, LOWEST), axis=1)
    return ops.where(ops.any(mask, axis=1), largest, ops.zeros_like(largest))


class RunningMax(RunningPool):
    """The largest values so far; see `RunningPool`."""

    def add(self, states: FloatArray, step: int) -> None:
        """Keep what is larger than before."""
        pooled = self.pooled[: len(states)]
        if step == 0:
            pooled[:] = states
        else:
            np.maximum(pooled, states, out=pooled)


@compiled_late
def largest(states: AnyArray, starts: IntArray, documents: int) -> tuple[AnyArray, IntArray]:
    """Return each document's largest states and the tokens that have them, the first of equals."""
    pooled = np.zeros((documents, states.shape[1]), states.dtype)
    tokens = np.zeros((documents, states.shape[1]), np.int64)
    for t in range(len(starts) - 1):
        for k in range(starts[t], starts[t + 1]):
            best, where = pooled[k - starts[t]], tokens[k - starts[t]]
            for j in range(states.shape[1]):
                larger = t == 0 or states[k, j] > best[j]
                best[j] = states[k, j] if larger else best[j]
                where[j] = k if larger else where[j]
    return pooled, tokens


@compiled_late
def give_back(gradient: AnyArray, tokens: IntArray, starts: IntArray) -> AnyArray:
    """Return the gradient by each state: that of a document goes to its largest states."""
    by_states = np.zeros((starts[-1], gradient.shape[1]), gradient.dtype)
    for d in range(starts[1] if len(starts) > 1 else 0):  # of others, there is no state
        for j in range(gradient.shape[1]):
            by_states[tokens[d, j], j] = gradient[d, j]
    return by_states


def pool_packed(
    states: AnyArray, starts: IntArray, documents: int, directions: int, weights: NamedArrays
) -> Pooled:
    """Pool packed states; see `Pooling`."""
    summary, tokens = largest(states, starts, documents)
    return Pooled(summary, lambda gradient: (give_back(gradient, tokens, starts), {}))


max_pooling = Pooling("max", pool, RunningMax, pool_packed)
