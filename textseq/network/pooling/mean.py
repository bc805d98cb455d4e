"""The mean of the states over the tokens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.network.arrays import DoubleArray, FloatArray, NamedArrays, Tensor
from textseq.network.lazy_keras import ops
from textseq.network.pooling.base import PooledSentence, Pooling, RunningPool


def pool(states: Tensor, mask: Tensor, directions: int, weights: Mapping[str, Tensor]) -> Tensor:
    """Pool padded states; see `Pooling`."""
    weight = ops.expand_dims(ops.cast(mask, states.dtype), -1)
    return ops.sum(states * weight, axis=1) / ops.maximum(ops.sum(weight, axis=1), 1)


class RunningMean(RunningPool):
    """The sum of the states, divided at the end; see `RunningPool`."""

    def add(self, states: FloatArray, step: int) -> None:
        """Add the states."""
        self.pooled[: len(states)] += states

    def result(self) -> FloatArray:
        """Return the means."""
        return self.pooled / np.maximum(self.packed.lengths, 1).astype(np.float32)[:, None]


def pool_sentence(states: DoubleArray, directions: int, weights: NamedArrays) -> PooledSentence:
    """Pool one sentence; see `Pooling`."""
    weight = np.full_like(states, 1 / len(states))
    return PooledSentence(states.mean(axis=0), lambda gradient: weight * gradient)


mean = Pooling("mean", pool, RunningMean, pool_sentence)
