"""The embedding fused with the input weights: what each id adds to a cell's sum.

A cell's input is linear in the word's vector, so x W_xh + b = (E W_xh + b)[id]: a row of a table
that is computed once. Where few tokens are read, only the rows that occur are computed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textseq.compute.cold_start import compiled_loops
from textseq.compute.threads import ordered_map
from textseq.network.arrays import AnyArray, FloatArray, NamedArrays
from textseq.network.inference.inputs import LOOPS, Indices, input_bias

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids


class FusedEmbedding:
    """The fused rows of a network in which each token has one row.

    Args:
        weights: Of the network, by name; the embedding's may be float16.
        directions: `"forward"`, and `"backward"` where there is a second cell.
        scale: Factor of each column: (gates * units,).
    """

    def __init__(self, weights: NamedArrays, directions: Sequence[str], scale: FloatArray) -> None:
        self._embeddings = weights.get("embedding.embeddings")
        self._kernels = {d: weights[f"{d}.kernel"] * scale for d in directions}
        self._biases = {d: input_bias(weights, d, scale) for d in directions}
        first = self._kernels[directions[0]]
        self._size = len(first if self._embeddings is None else self._embeddings)
        self._whole: dict[str, FloatArray] | None = None
        self._rows_fused = 0
        self._lock = threading.Lock()

    def prepare(self, tokens: int) -> None:
        """Fuse the whole table now, if reading this many tokens makes that cheaper."""
        if self._whole is not None:
            return
        with self._lock:
            if self._whole is None and self._rows_fused + tokens >= self._size:
                self._whole = self._fuse(None)

    def read(self, ids: Ids) -> FusedInputs:
        """Return the inputs of ids: (tokens,)."""
        self.prepare(len(ids))
        if self._whole is not None:
            return FusedInputs(self._whole, ids)
        distinct, places = np.unique(ids, return_inverse=True)
        with self._lock:
            self._rows_fused += len(distinct)
        return FusedInputs(self._fuse(distinct), places)

    def _fuse(self, ids: Ids | None) -> dict[str, FloatArray]:
        """Return the rows of some ids, or of all, for each direction: (ids, gates * units)."""
        vectors = None if self._embeddings is None else _vectors(self._embeddings, ids)

        def fuse(direction: str) -> FloatArray:
            kernel = self._kernels[direction]
            if vectors is not None:
                rows = vectors @ kernel
            else:  # one-hot: each id picks a row of the input weights
                rows = kernel.copy() if ids is None else kernel[ids]
            rows += self._biases[direction]
            return rows

        fused = map(fuse, self._kernels) if ids is not None else ordered_map(fuse, self._kernels)
        return dict(zip(self._kernels, fused, strict=True))


def _vectors(table: AnyArray, ids: Ids | None) -> FloatArray:
    """Return some rows of a table as float32, or all of it."""
    if ids is not None:
        return table[ids].astype(np.float32, copy=False)
    if table.dtype == np.float16 and (loops := compiled_loops(LOOPS, 0)) is not None:
        wide: FloatArray = loops.widen(table)
        return wide
    return table.astype(np.float32, copy=False)


@dataclass(frozen=True)
class FusedInputs:
    """Inputs that are rows of a table; see `Inputs`.

    Args:
        rows: The table of each direction.
        places: The row of each token.
    """

    rows: Mapping[str, FloatArray]
    places: Indices | Ids

    def fill(self, direction: str, tokens: slice | Indices, out: FloatArray) -> None:
        """Write the rows of some tokens."""
        # "clip": with bounds checks NumPy makes one more copy.
        np.take(self.rows[direction], self.places[tokens], axis=0, out=out, mode="clip")
