"""For each unit, the largest value it reached over the tokens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.network.arrays import DoubleArray, FloatArray, NamedArrays, Tensor
from textseq.network.lazy_keras import ops
from textseq.network.pooling.base import LOWEST, PooledSentence, Pooling, RunningPool


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


def pool_sentence(states: DoubleArray, directions: int, weights: NamedArrays) -> PooledSentence:
    """Pool one sentence; of equal largest values, each gets its part of the gradient."""
    largest = states == states.max(axis=0)
    weight = largest / largest.sum(axis=0)
    return PooledSentence(states.max(axis=0), lambda gradient: weight * gradient)


max_pooling = Pooling("max", pool, RunningMax, pool_sentence)
