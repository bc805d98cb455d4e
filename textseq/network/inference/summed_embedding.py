"""The inputs of a cell whose tokens are sums of several rows: of the word's own and its n-grams'.

Of n-grams there are so many rows that most are read once or never, and fusing them with the input
weights, as `fused_embedding` does, would take longer than it saves, and as much memory again for
each direction. So the sums are multiplied: x W_xh + b, with x the sum of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textseq.compute.cold_start import compiled_loops
from textseq.network.arrays import AnyArray, FloatArray, NamedArrays, Rows
from textseq.network.inference.inputs import LOOPS, Indices, input_bias

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids


class SummedEmbedding:
    """The input weights of a network in which each token sums several rows.

    Args:
        weights: Of the network, by name; the embedding's may be float16.
        directions: `"forward"`, and `"backward"` where there is a second cell.
        scale: Factor of each column: (gates * units,).
    """

    def __init__(self, weights: NamedArrays, directions: Sequence[str], scale: FloatArray) -> None:
        self._table = weights["embedding.embeddings"]
        self._kernels = {d: weights[f"{d}.kernel"] * scale for d in directions}
        self._biases = {d: input_bias(weights, d, scale) for d in directions}

    def prepare(self, tokens: int) -> None:
        """Do nothing: no table is computed."""

    def read(self, ids: Ids) -> SummedInputs:
        """Return the inputs of tokens that sum these rows, 0 for none: (tokens, n)."""
        return SummedInputs(sum_rows(self._table, ids), self._kernels, self._biases)


def sum_rows(table: AnyArray, rows: Rows) -> FloatArray:
    """Return the sum of the rows of each token, 0 for none: float32, shape (tokens, columns).

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.summed_embedding import sum_rows
        >>> table = np.array([[9, 9], [1, 2], [30, 40]], "float16")
        >>> sum_rows(table, np.array([[1, 2], [1, 0]], "int32"))
        array([[31., 42.],
               [ 1.,  2.]], dtype=float32)
    """
    if (loops := compiled_loops(LOOPS, 0)) is not None:
        sums: FloatArray = loops.sum_rows(table, rows)
    else:
        vectors = table[rows].astype(np.float32, copy=False)
        vectors[rows == 0] = 0
        sums = vectors.sum(axis=1)
    return sums


@dataclass(frozen=True)
class SummedInputs:
    """Inputs that are products of vectors and input weights; see `Inputs`.

    Args:
        vectors: (tokens, dimension).
        kernels: The input weights of each direction.
        biases: The bias of each direction.
    """

    vectors: FloatArray
    kernels: Mapping[str, FloatArray]
    biases: Mapping[str, FloatArray]

    def fill(self, direction: str, tokens: slice | Indices, out: FloatArray) -> None:
        """Write the products of some tokens."""
        vectors, kernel, bias = (
            self.vectors[tokens],
            self.kernels[direction],
            self.biases[direction],
        )
        if (loops := compiled_loops(LOOPS, 0)) is not None:
            loops.multiply_and_add(vectors, kernel, bias, out)
            return
        np.matmul(vectors, kernel, out=out)
        out += bias
