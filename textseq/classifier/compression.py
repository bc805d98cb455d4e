"""Compression: what a trained model can do without, so that its file is small.

Word vectors are learned under dropout, and bear noise; most n-grams occur a few times, and say
little. On validation texts of SST-2, TREC, IMDB and NSMC, the labels and probabilities of a model
are as good, see the documentation, after

    vectors            are rounded to four bits a value and one scale a row, see `four_bits`
    n-gram vectors     those with the smallest norms, a tenth of the sum of all squares, become 0
    linear model       its smallest weights, a thousandth of the sum of all squares, become 0
    input, recurrent and output weights   are rounded to float16

Arrays of fewer than `FEW` values stay as they are: there is little to gain.

The weights are rounded here and not when they are saved, so that they predict the same before and
after. `sparse_rows` saves each array in the least space that loses nothing.
"""

from __future__ import annotations

import numpy as np

from textseq.network.arrays import AnyArray, BoolArray, FloatArray, NamedArrays
from textseq.tasks.four_bits import PIECE, HalfArray, round_rows

FEW = 1 << 14
"""An array of fewer values is left as it is."""

PRUNED = 0.1
"""Share of the squares of the n-gram vectors that the pruned ones hold."""

PRUNED_LINEAR = 0.001
"""Share of the squares of the linear model's weights that the pruned ones hold."""

_LARGEST = float(np.finfo(np.float16).max)


def compress_weights(
    weights: NamedArrays, vocabulary: int, prune: float = PRUNED
) -> dict[str, AnyArray]:
    """Return weights that need less space, tables as float16, under the same names.

    Args:
        weights: Of one network or of all, and of the linear model, by name; see `model_folder`.
        vocabulary: Number of ids: rows of an embedding from there on are of n-grams.
        prune: Share of the sum of squares of the n-gram vectors that may be set to 0, the smallest
            vectors first.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.compression import compress_weights
        >>> table = np.random.default_rng(0).normal(size=(300, 100))
        >>> small = compress_weights({"1.embedding.embeddings": table}, vocabulary=200)
        >>> small["1.embedding.embeddings"].any(axis=1).sum()  # of 200 words and 100 n-grams
        np.int64(288)
    """
    return {name: _compressed(name, array, vocabulary, prune) for name, array in weights.items()}


def _compressed(name: str, array: AnyArray, vocabulary: int, prune: float) -> AnyArray:
    if array.size < FEW or max(float(array.max()), -float(array.min())) > _LARGEST:
        return array
    if name.endswith("embedding.embeddings"):
        table = round_rows(array)
        table[vocabulary:][smallest_rows(array[vocabulary:], prune)] = 0
        return table
    if name.endswith(("linear.table", "linear.characters")):
        return compress_linear(array)
    if name.endswith("kernel"):
        return array.astype(np.float16).astype(array.dtype)
    return array


def compress_linear(table: AnyArray) -> HalfArray:
    """Return a linear model's table in half precision, its smallest rows 0."""
    small: HalfArray = table.astype(np.float16)
    if table.size >= FEW:
        small[smallest_rows(table, PRUNED_LINEAR)] = 0
    return small


def smallest_rows(table: AnyArray, share: float) -> BoolArray:
    """Return which rows are the smallest that hold at most a share of the sum of all squares.

    Rows of one norm are all among them, or none is.

    Args:
        table: (rows, columns).
        share: Below 1.
    """
    if not len(table):
        return np.zeros(0, np.bool_)
    squares = np.concatenate([_squares(table[k : k + PIECE]) for k in range(0, len(table), PIECE)])
    ordered = np.sort(squares)
    held = np.cumsum(ordered, dtype=np.float64)
    first_kept = np.searchsorted(held, share * held[-1], side="right")
    smallest: BoolArray = squares < ordered[min(first_kept, len(ordered) - 1)]
    return smallest


def _squares(rows: AnyArray) -> FloatArray:
    """Return the sum of squares of each row."""
    values = rows.astype(np.float32)
    squares: FloatArray = np.einsum("ij,ij->i", values, values)
    return squares
