"""What a token adds to a cell's sum, by its id: the embedding folded into the input weights.

A cell's input is linear in the word's vector, so x W_xh + b = (E W_xh + b)[id]: a row of a table
that is computed once. Where few tokens are to be read, only the rows that occur are computed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from textseq.sequences.sequences import Ids

Array = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


class InputTable:
    """The rows of one direction of a network.

    Args:
        weights: Of the network, by name; the embedding's may be float16.
        direction: `"forward"` or `"backward"`.
        scale: What each column is multiplied by: float32, shape (gates * units,).
        words: Where a token's input is the sum of several rows: those before this number are of
            words, the others of n-grams. None where each token has one.

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.fused_embedding import InputTable
        >>> weights = {
        ...     "embedding.embeddings": np.array([[0, 0], [1, 2]], "float32"),
        ...     "forward.kernel": np.array([[10], [1]], "float32"),
        ...     "forward.bias": np.array([0.5], "float32"),
        ... }
        >>> rows, places = InputTable(weights, "forward", np.ones(1, "float32")).read(np.array([1]))
        >>> rows[places]
        array([[12.5]], dtype=float32)
    """

    def __init__(
        self,
        weights: Mapping[str, Array],
        direction: str,
        scale: Array,
        words: int | None = None,
    ) -> None:
        self._embeddings = weights.get("embedding.embeddings")
        self._kernel = weights[f"{direction}.kernel"] * scale
        bias = weights[f"{direction}.bias"]
        # A GRU has two biases, and only the first belongs to the input.
        self._bias = (bias[0] if bias.ndim == 2 else bias) * scale
        self._words = words
        self._whole: Array | None = None
        self._rows_folded = 0
        self._lock = threading.Lock()

    @property
    def vocabulary(self) -> int:
        """How many ids there are."""
        return len(self._kernel if self._embeddings is None else self._embeddings)

    def prepare(self, tokens: int) -> None:
        """Fold the whole table now, if so many tokens to read make that the cheaper way."""
        with self._lock:
            if self._whole is None and self._rows_folded + tokens >= self.vocabulary:
                self._whole = self._folded(np.arange(self.vocabulary, dtype=np.int32))

    def read(self, ids: Ids) -> tuple[Array, Places]:
        """Return rows of the table, and for each token which of them are its own.

        Args:
            ids: Of tokens, shape (tokens,); or all rows whose sum a token's input is, the word's
                own first, 0 for none: int32, shape (tokens, rows per token).

        Returns:
            Rows, float32, shape (any, gates * units), and their numbers, in the shape of `ids`.
        """
        self.prepare(ids.size)
        if self._whole is not None:
            return self._whole, ids.astype(np.intp)
        distinct, places = np.unique(ids, return_inverse=True)
        with self._lock:
            self._rows_folded += len(distinct)
        return self._folded(distinct), places.reshape(ids.shape)

    def _folded(self, ids: Ids) -> Array:
        """Return the rows of some ids: float32, shape (ids, gates * units)."""
        if self._embeddings is None:  # one-hot: each id picks a row of the input weights
            rows: Array = self._kernel[ids]
        else:
            rows = self._vectors(self._embeddings, ids) @ self._kernel
        if self._words is None:
            rows += self._bias
        else:  # a token's own row brings the bias, once; 0 adds nothing, whatever its vector
            rows += np.where((ids < self._words)[:, None], self._bias, np.float32(0))
            rows[ids == 0] = 0
        return rows

    def _vectors(self, embeddings: Array, ids: Ids) -> Array:
        """Return the vectors of some words, from a table of float32 or of float16."""
        # Reading the whole table in order needs no copy.
        vectors = embeddings if len(ids) == len(embeddings) else embeddings[ids]
        return vectors.astype(np.float32, copy=False)


def gather(rows: Array, places: Places, out: Array) -> None:
    """Write each token's input to `out`: its row, or the sum of its rows.

    Args:
        rows: As `InputTable.read` returns them.
        places: Likewise, of some tokens.
        out: float32, shape (tokens, gates * units).

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.fused_embedding import gather
        >>> out = np.empty((2, 1), "float32")
        >>> gather(np.array([[0], [10], [5]], "float32"), np.array([[1, 0], [1, 2]]), out)
        >>> out
        array([[10.],
               [15.]], dtype=float32)
    """
    first, *others = np.atleast_2d(places.T)
    # "clip", since NumPy copies once more where it has to look for ids out of range.
    np.take(rows, first, axis=0, out=out, mode="clip")
    for more in others:
        out += rows[more]
