"""The textbook's many-to-one: the state after the last token.

Backward states end at the first token, so with two directions their half is taken there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Tensor
from textseq.network.inference.packed_sequence import PackedSequence, document_of
from textseq.network.lazy_keras import ops
from textseq.network.pooling.base import Pooled, Pooling, RunningPool


def pool(states: Tensor, mask: Tensor, directions: int, weights: Mapping[str, Tensor]) -> Tensor:
    """Pool padded states; see `Pooling`."""
    # Padding may stand before, behind or, where words were dropped, between the tokens.
    token = ops.cast(mask, "int32")
    step = ops.cumsum(token, axis=1) * token  # 1, 2, ... at the tokens, and 0 at padding
    last = ops.logical_and(mask, ops.equal(step, ops.max(step, axis=1, keepdims=True)))
    first = ops.equal(step, 1)
    if directions == 1:
        return _select(states, last)
    forward, backward = ops.split(states, 2, axis=-1)
    return ops.concatenate([_select(forward, last), _select(backward, first)], axis=-1)


def _select(states: Tensor, step: Tensor) -> Tensor:
    """Return one time step of each row; `step` is true there, and nowhere in an empty row."""
    return ops.sum(states * ops.expand_dims(ops.cast(step, states.dtype), -1), axis=1)


class RunningLast(RunningPool):
    """The state in which each document ends; see `RunningPool`."""

    def __init__(self, packed: PackedSequence, units: int) -> None:
        super().__init__(packed, units)
        # Number of documents that go on after each step.
        self._going_on = [*np.diff(packed.starts).tolist()[1:], 0]

    def add(self, states: FloatArray, step: int) -> None:
        """Take the states of the documents that end here."""
        ended = slice(self._going_on[step], len(states))
        self.pooled[ended] = states[ended]


def pool_packed(
    states: AnyArray, starts: IntArray, documents: int, directions: int, weights: NamedArrays
) -> Pooled:
    """Pool packed states; see `Pooling`."""
    known = np.arange(starts[1] if len(starts) > 1 else 0)  # of the other documents, all is zeros
    lengths = np.bincount(document_of(starts), minlength=len(known))
    ends = starts[lengths - 1] + known
    forward = states.shape[1] // directions
    summary = np.zeros((documents, states.shape[1]), states.dtype)
    summary[known, :forward] = states[ends, :forward]
    summary[known, forward:] = states[known, forward:]

    def backward(gradient: AnyArray) -> tuple[AnyArray, dict[str, AnyArray]]:
        by_states = np.zeros_like(states)
        by_states[ends, :forward] = gradient[known, :forward]
        by_states[known, forward:] = gradient[known, forward:]
        return by_states, {}

    return Pooled(summary, backward)


last = Pooling("last", pool, RunningLast, pool_packed)
