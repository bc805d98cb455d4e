"""The distinct n-grams of each text, in compiled code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled


def distinct_rows(
    rows: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64], size: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return each document's distinct rows, in the order in which they come, without 0.

    Args:
        rows: Of each token: its own row and those of its n-grams, shape (tokens, ngrams).
        offsets: Where each document's tokens begin, and the end: (documents + 1,).
        size: The number of rows that there are.

    Returns:
        The rows of all documents end to end, and where each document's begin and the last's end.

    Example:
        >>> import numpy as np
        >>> from textseq.network.distinct import distinct_rows
        >>> rows = np.array([[1, 0], [1, 5], [2, 5], [1, 0]], "int32")
        >>> distinct_rows(rows, np.array([0, 3, 4]), size=6)
        (array([1, 5, 2, 1], dtype=int32), array([0, 3, 4]))
    """
    found = np.empty(rows.size, np.int32)
    ends = np.zeros(len(offsets), np.int64)
    _collect(rows, offsets, np.zeros(size, np.int32), found, ends)
    return found[: ends[-1]], ends


@compiled
def _collect(
    rows: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int64],
    last: npt.NDArray[np.int32],
    found: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
) -> None:
    """Fill `found` and `ends`; `last` notes for each row the last document that had it, from 1."""
    count = 0
    for document in range(len(offsets) - 1):
        for token in range(offsets[document], offsets[document + 1]):
            for row in rows[token]:
                if row and last[row] != document + 1:
                    last[row] = document + 1
                    found[count] = row
                    count += 1
        ends[document + 1] = count
