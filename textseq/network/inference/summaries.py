"""Pooling in NumPy, while the states come: only attention has to keep them all.

A document without any token pools to zeros, as in `pooling`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from textseq.network.inference.packed_sequence import Packed

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]


class Summary(Protocol):
    """One direction's states of a batch, pooled as they come.

    Args:
        packed: The documents.
        units: Size of the state.
    """

    def __init__(self, packed: Packed, units: int) -> None: ...

    def add(self, states: Array, step: int) -> None:
        """Take the states after a time step: (running, units); they are not kept alive."""
        ...

    def result(self) -> Array:
        """Return the pooled states: (documents, units)."""
        ...


class Last:
    """The state in which each document ends."""

    def __init__(self, packed: Packed, units: int) -> None:
        self._pooled = np.zeros((len(packed.lengths), units), np.float32)
        # How many documents go on after each step.
        self._going_on = [*np.diff(packed.starts).tolist()[1:], 0]

    def add(self, states: Array, step: int) -> None:
        """Take the states of the documents that end here."""
        ended = slice(self._going_on[step], len(states))
        self._pooled[ended] = states[ended]

    def result(self) -> Array:
        """Return the last states."""
        return self._pooled


class Mean:
    """The mean of the states over the tokens."""

    def __init__(self, packed: Packed, units: int) -> None:
        self._pooled = np.zeros((len(packed.lengths), units), np.float32)
        self._lengths = packed.lengths

    def add(self, states: Array, step: int) -> None:
        """Add the states."""
        self._pooled[: len(states)] += states

    def result(self) -> Array:
        """Return the means."""
        return self._pooled / np.maximum(self._lengths, 1).astype(np.float32)[:, None]


class Max:
    """The largest value each unit reached over the tokens."""

    def __init__(self, packed: Packed, units: int) -> None:
        self._pooled = np.zeros((len(packed.lengths), units), np.float32)

    def add(self, states: Array, step: int) -> None:
        """Keep what is larger than before."""
        pooled = self._pooled[: len(states)]
        if step == 0:
            pooled[:] = states
        else:
            np.maximum(pooled, states, out=pooled)

    def result(self) -> Array:
        """Return the largest values."""
        return self._pooled


class States:
    """All states, packed: for pooling that has to see both directions at once."""

    def __init__(self, packed: Packed, units: int) -> None:
        self._starts = packed.starts.tolist()
        self._states = np.empty((self._starts[-1], units), np.float32)

    def add(self, states: Array, step: int) -> None:
        """Keep a copy."""
        self._states[self._starts[step] : self._starts[step + 1]] = states

    def result(self) -> Array:
        """Return the states, in the order in which they came: (tokens, units)."""
        return self._states


SUMMARIES: dict[str, type[Summary]] = {"last": Last, "mean": Mean, "max": Max, "attention": States}


def attention(states: Array, packed: Packed, weights: Weights) -> Array:
    """Pool packed states by attention: softmax over time of v . tanh(W h + b); see `pooling`.

    Args:
        states: Of all directions, in the order of `packed`: (tokens, summary).
        packed: The documents.
        weights: Of the network, by name.
    """
    seen = states @ weights["pooling.kernel"]
    seen += weights["pooling.bias"]
    score = np.tanh(seen, out=seen) @ weights["pooling.context"]
    documents, starts = len(packed.lengths), packed.starts.tolist()
    largest = np.full(documents, -np.inf, np.float32)
    total = np.zeros(documents, np.float32)
    pooled = np.zeros((documents, states.shape[1]), np.float32)
    steps = [slice(a, b) for a, b in itertools.pairwise(starts)]
    for step in steps:
        running = largest[: step.stop - step.start]
        np.maximum(running, score[step], out=running)
    raised = np.exp(score - largest[packed.documents])
    for step in steps:
        share = raised[step]
        total[: len(share)] += share
        pooled[: len(share)] += share[:, None] * states[step]
    pooled /= np.where(total > 0, total, np.float32(1))[:, None]
    return pooled
