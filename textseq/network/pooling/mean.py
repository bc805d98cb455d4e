"""The mean of the states over the tokens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Tensor
from textseq.network.inference.packed_sequence import document_of
from textseq.network.lazy_keras import ops
from textseq.network.pooling.base import Pooled, Pooling, RunningPool


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


@compiled_late
def sum_over_time(states: AnyArray, starts: IntArray, documents: int) -> AnyArray:
    """Return the sum of each document's packed states."""
    sums = np.zeros((documents, states.shape[1]), states.dtype)
    for t in range(len(starts) - 1):
        for k in range(starts[t], starts[t + 1]):
            for j in range(states.shape[1]):
                sums[k - starts[t], j] += states[k, j]
    return sums


def pool_packed(
    states: AnyArray, starts: IntArray, documents: int, directions: int, weights: NamedArrays
) -> Pooled:
    """Pool packed states; see `Pooling`."""
    document = document_of(starts)
    lengths = np.bincount(document, minlength=documents)[:, None].clip(1).astype(states.dtype)
    summary = sum_over_time(states, starts, documents) / lengths
    return Pooled(summary, lambda gradient: ((gradient / lengths)[document], {}))


mean = Pooling("mean", pool, RunningMean, pool_packed)
