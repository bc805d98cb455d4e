"""The compiled loops of `linear`, over the distinct n-grams of each document."""

from __future__ import annotations

import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.arrays import FloatArray, IntArray, Rows


def distinct_rows(rows: Rows, offsets: IntArray, size: int) -> tuple[Rows, IntArray]:
    """Return each document's distinct rows, in order, without 0, end to end, and their offsets.

    Args:
        rows: For each token its own row and those of its n-grams, shape (tokens, ngrams).
        offsets: Where each document's tokens begin, and the end: (documents + 1,).
        size: The number of rows of the table.
    """
    found = np.empty(rows.size, np.int32)
    ends = np.zeros(len(offsets), np.int64)
    _collect(rows, offsets, np.zeros(size, np.int32), found, ends)
    return found[: ends[-1]], ends


def sum_distinct_rows(rows: Rows, offsets: IntArray, table: FloatArray) -> FloatArray:
    """Return the sum of each document's distinct rows of a table: (documents, columns)."""
    found, ends = distinct_rows(rows, offsets, len(table))
    sums = np.zeros((len(offsets) - 1, table.shape[1]), np.float32)
    some = np.flatnonzero(np.diff(ends))  # `reduceat` gives no sum to a document without rows
    for column in range(table.shape[1]) if len(some) else ():
        # "clip", since NumPy copies once more where it has to look for rows out of range.
        values = table[:, column].take(found, mode="clip")
        sums[some, column] = np.add.reduceat(values, ends[some])
    return sums


@compiled
def _collect(rows: Rows, offsets: IntArray, last: Rows, found: Rows, ends: IntArray) -> None:
    """Fill `found` and `ends`; `last` holds for each row the last document with it, from 1."""
    count = 0
    for document in range(len(offsets) - 1):
        for token in range(offsets[document], offsets[document + 1]):
            for row in rows[token]:
                if row and last[row] != document + 1:
                    last[row] = document + 1
                    found[count] = row
                    count += 1
        ends[document + 1] = count
