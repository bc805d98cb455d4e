"""The embedding fused with the input weights: what each id adds to a cell's sum.

A cell's input is linear in the word's vector, so x W_xh + b = (E W_xh + b)[id]: a row of a table
that is computed once. Where few tokens are read, only the rows that occur are computed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.network.arrays import FloatArray

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids


Indices = npt.NDArray[np.intp]


class FusedEmbedding:
    """The fused rows of one direction of a network.

    Args:
        weights: Of the network, by name; the embedding's may be float16.
        direction: `"forward"` or `"backward"`.
        scale: Factor of each column: (gates * units,).
        words: Where a token sums several rows: rows below this one are of words, the others of
            n-grams. None where each token has one row.
    """

    def __init__(
        self,
        weights: Mapping[str, FloatArray],
        direction: str,
        scale: FloatArray,
        words: int | None = None,
    ) -> None:
        self._embeddings = weights.get("embedding.embeddings")
        self._kernel = weights[f"{direction}.kernel"] * scale
        bias = weights[f"{direction}.bias"]
        # A GRU has two biases, and only the first belongs to the input.
        self._bias = (bias[0] if bias.ndim == 2 else bias) * scale
        self._words = words
        self._size = len(self._kernel if self._embeddings is None else self._embeddings)
        self._whole: FloatArray | None = None
        self._rows_fused = 0
        self._lock = threading.Lock()

    def prepare(self, tokens: int) -> None:
        """Fuse the whole table now, if reading this many tokens makes that cheaper."""
        with self._lock:
            if self._whole is None and self._rows_fused + tokens >= self._size:
                self._whole = self._fuse(np.arange(self._size, dtype=np.int32))

    def read(self, ids: Ids) -> tuple[FloatArray, Indices]:
        """Return rows of the table, and for each token the indices of its own among them.

        Args:
            ids: Of tokens, shape (tokens,); or the rows that each token sums, its own first, 0 for
                none: int32, shape (tokens, rows per token).

        Returns:
            Rows, float32, shape (any, gates * units), and indices into them, in the shape of `ids`.
        """
        self.prepare(ids.size)
        if self._whole is not None:
            return self._whole, ids.astype(np.intp)
        distinct, places = np.unique(ids, return_inverse=True)
        with self._lock:
            self._rows_fused += len(distinct)
        return self._fuse(distinct), places.reshape(ids.shape)

    def _fuse(self, ids: Ids) -> FloatArray:
        """Return the rows of some ids: float32, shape (ids, gates * units)."""
        if self._embeddings is None:  # one-hot: each id picks a row of the input weights
            rows: FloatArray = self._kernel[ids]
        else:
            # Reading the whole table in order needs no copy.
            vectors = self._embeddings if len(ids) == self._size else self._embeddings[ids]
            rows = vectors.astype(np.float32, copy=False) @ self._kernel
        if self._words is None:
            rows += self._bias
        else:  # a token's own row brings the bias, once; 0 adds nothing, whatever its vector
            rows += np.where((ids < self._words)[:, None], self._bias, np.float32(0))
            rows[ids == 0] = 0
        return rows


def gather(rows: FloatArray, places: Indices, out: FloatArray) -> None:
    """Write the row of each token, or the sum of its rows, to `out`; see `FusedEmbedding.read`."""
    first, *others = np.atleast_2d(places.T)
    # "clip": with bounds checks NumPy makes one more copy.
    np.take(rows, first, axis=0, out=out, mode="clip")
    for more in others:
        out += rows[more]
