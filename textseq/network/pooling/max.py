"""For each unit, the largest value it reached over the tokens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.network.inference.packed_sequence import PackedSequence
from textseq.network.lazy_keras import ops
from textseq.network.pooling.base import (
    LOWEST,
    DoubleArray,
    FloatArray,
    PooledSentence,
    Pooling,
    Tensor,
)


def pool(states: Tensor, mask: Tensor, directions: int, weights: Mapping[str, Tensor]) -> Tensor:
    """Pool padded states; see `Pooling`."""
    mask = mask[..., None]
    largest = ops.max(ops.where(mask, states, LOWEST), axis=1)
    return ops.where(ops.any(mask, axis=1), largest, ops.zeros_like(largest))


class RunningMax:
    """The largest values so far; see `RunningPool`."""

    def __init__(self, packed: PackedSequence, units: int) -> None:
        self._pooled = np.zeros((len(packed.lengths), units), np.float32)

    def add(self, states: FloatArray, step: int) -> None:
        """Keep what is larger than before."""
        pooled = self._pooled[: len(states)]
        if step == 0:
            pooled[:] = states
        else:
            np.maximum(pooled, states, out=pooled)

    def result(self) -> FloatArray:
        """Return the largest values."""
        return self._pooled


def pool_sentence(
    states: DoubleArray, directions: int, weights: Mapping[str, DoubleArray]
) -> PooledSentence:
    """Pool one sentence; of equal largest values, each gets its part of the gradient."""
    largest = states == states.max(axis=0)
    weight = largest / largest.sum(axis=0)
    return PooledSentence(states.max(axis=0), lambda gradient: weight * gradient)


max_pooling = Pooling("max", pool, RunningMax, pool_sentence)
