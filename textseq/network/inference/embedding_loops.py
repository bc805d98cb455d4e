"""The compiled loops of embeddings: sums of rows, of tables in half or single precision."""

from __future__ import annotations

import numpy as np

from textseq.compute.compiled import compiled
from textseq.compute.compiled_late import compiled_late
from textseq.compute.vector_math import multiply
from textseq.network.arrays import AnyArray, FloatArray, Rows
from textseq.network.half_precision import as_bits, widened


def sum_rows(table: AnyArray, rows: Rows) -> FloatArray:
    """Return the sum of the rows of each token: float32, shape (tokens, columns).

    Args:
        table: float16 or float32, shape (rows, columns).
        rows: Those of each token, 0 for none: (tokens, rows per token).
    """
    sums = np.empty((len(rows), table.shape[1]), np.float32)
    _add(as_bits(table), rows, sums)
    return sums


def widen(table: AnyArray) -> FloatArray:
    """Return a table as float32."""
    wide = np.empty(table.shape, np.float32)
    _widen(as_bits(table), wide)
    return wide


@compiled
def _add(table: AnyArray, rows: Rows, sums: FloatArray) -> None:
    """Fill `sums`."""
    for token in range(len(rows)):
        for j in range(sums.shape[1]):
            sums[token, j] = 0
        for n in range(rows.shape[1]):
            row = min(rows[token, n], len(table) - 1)  # no memory but the table's is read
            if row:
                for j in range(sums.shape[1]):
                    sums[token, j] += widened(table[row, j])


@compiled
def _widen(table: AnyArray, wide: FloatArray) -> None:
    """Fill `wide`."""
    for i in range(len(table)):
        row, out = table[i], wide[i]
        for j in range(len(out)):
            out[j] = widened(row[j])


@compiled_late  # which knows what `multiply` compiles to
def multiply_and_add(
    vectors: FloatArray, kernel: FloatArray, bias: FloatArray, out: FloatArray
) -> None:
    """Write x W + b to `out`, of vectors x: (tokens, columns)."""
    multiply(vectors, kernel, out)
    for token in range(len(out)):
        for j in range(out.shape[1]):
            out[token, j] += bias[j]
