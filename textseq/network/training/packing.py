"""The compiled loops of `packed`: documents packed for a batch, and dropout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled
from textseq.network.arrays import BoolArray, FloatArray, IntArray, Rows

LEVELS = 256
"""Dropout rates are multiples of one part in so many."""


class Dropout:
    """Dropout (Srivastava et al. 2014) of one array, and of its gradient.

    Args:
        random: Draws which values are dropped.
        size: The number of values.
        rate: The fraction to drop, which is rounded to `LEVELS`.
    """

    def __init__(self, random: np.random.Generator, size: int, rate: float) -> None:
        self.below = np.uint8(min(round(rate * LEVELS), LEVELS - 1))
        # A byte for each value: drawing them is most of dropout's work.
        self.bits = np.frombuffer(random.bytes(size if self.below else 0), np.uint8)

    def apply(self, values: FloatArray) -> None:
        """Set the dropped values to 0, and scale up the others to keep the mean; in place."""
        if self.below:
            scale = np.float32(LEVELS / (LEVELS - float(self.below)))
            _drop(values.reshape(-1), self.bits, self.below, scale)


@compiled
def _drop(
    values: FloatArray, bits: npt.NDArray[np.uint8], below: np.uint8, scale: np.float32
) -> None:
    for i in range(len(values)):
        values[i] *= scale if bits[i] >= below else np.float32(0)


@compiled
def pack_documents(
    rows: Rows, offsets: IntArray, documents: IntArray, dropped: BoolArray
) -> tuple[Rows, IntArray, IntArray]:
    """Pack documents without the tokens that are dropped; see `packed_sequence`.

    Args:
        rows: Rows of the embedding that each token of the corpus sums: (tokens, rows per token).
        offsets: Where each document of the corpus begins, and the end.
        documents: The documents of the batch.
        dropped: For each of their tokens, end to end, whether it is dropped; none of them if empty.

    Returns:
        The packed rows, without the n-grams that hold a dropped token; where each time step begins;
        and the documents, the longest first.
    """
    count = len(documents)
    begins, lengths = np.zeros(count, np.int64), np.zeros(count, np.int64)
    place = 0
    for b in range(count):
        begins[b] = place
        for _ in range(offsets[documents[b]], offsets[documents[b] + 1]):
            lengths[b] += len(dropped) == 0 or not dropped[place]
            place += 1
    order = np.argsort(-lengths, kind="mergesort")
    starts = np.zeros(lengths.max() + 1, np.int64)
    for length in lengths:
        for t in range(length):
            starts[t + 1] += 1
    starts = np.cumsum(starts)
    packed = np.empty((starts[-1], rows.shape[1]), np.int32)
    for rank in range(count):
        first, place = offsets[documents[order[rank]]], begins[order[rank]]
        step, unbroken = 0, 0  # tokens read; of these, since the last dropped one
        for n in range(offsets[documents[order[rank]] + 1] - first):
            if len(dropped) and dropped[place + n]:
                unbroken = 0
                continue
            for k in range(rows.shape[1]):
                whole = k <= unbroken
                packed[starts[step] + rank, k] = rows[first + n, k] if whole else 0
            step, unbroken = step + 1, unbroken + 1
    return packed, starts, documents[order]
