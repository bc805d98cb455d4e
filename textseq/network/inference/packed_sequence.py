"""Documents of a batch as one array without padding, in the order in which a recurrence reads them.

    documents, longest first      packed: the first ids of all, then the second ids of all ...

        7 8 9
        4 5                       7 4 3 | 8 5 | 9        running: 3, 2, 1
        3

The documents that have not ended are the first `running` rows of the state at each time step, so
that a slice drops those that have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from textseq.network.arrays import IntArray

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences


@dataclass(frozen=True)
class PackedSequence:
    """Some documents, longest first, packed time step by time step.

    Args:
        lengths: Tokens of each document, in falling order: int64, shape (documents,).
        starts: Where each time step begins in a packed array: int64, shape (time + 1,).
        documents: The document of each packed token: int64, shape (tokens,).
        steps: Its time step: int64, shape (tokens,).
        places: Index of each packed token among all ids, reading forwards: int64, (tokens,).
    """

    lengths: IntArray
    starts: IntArray
    documents: IntArray
    steps: IntArray
    places: IntArray

    @property
    def backward_places(self) -> IntArray:
        """Index of each packed token among all ids, each document read from its end."""
        # Step t of a document of n tokens reads token t forwards, and token n - 1 - t backwards.
        return self.places + (self.lengths[self.documents] - 1 - 2 * self.steps)

    @property
    def mirrored(self) -> IntArray:
        """Index in a backward reading of the token at each index of a forward one."""
        steps = self.lengths[self.documents] - 1 - self.steps
        return cast("IntArray", self.starts[steps] + self.documents)


def pack(sequences: Sequences, documents: IntArray) -> PackedSequence:
    """Pack the documents of these indices, the longest first."""
    begins = sequences.offsets[documents]
    lengths = sequences.offsets[documents + 1] - begins
    time = int(lengths.max(initial=0))
    # Number of documents longer than each time step.
    running = np.searchsorted(-lengths, -np.arange(time), side="left")
    starts = np.zeros(time + 1, dtype=np.int64)
    np.cumsum(running, out=starts[1:])
    steps = np.repeat(np.arange(time), running)
    rows = np.arange(starts[-1]) - starts[steps]
    return PackedSequence(lengths, starts, rows, steps, begins[rows] + steps)


def document_of(starts: IntArray) -> IntArray:
    """Return the document of each packed token, given where each time step begins: (tokens,)."""
    return np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))


def longest_first(sequences: Sequences, at_once: int) -> list[IntArray]:
    """Return the indices of all documents in batches of similar length, longest first."""
    order = np.argsort(-sequences.lengths, kind="stable")
    return [order[start : start + at_once] for start in range(0, len(order), at_once)]
