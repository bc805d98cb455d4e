"""The n-grams of each text: what a linear model is fitted to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.arrays import DoubleArray, Int32Array, IntArray, Rows
from textseq.network.ngrams import Ngrams

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences

CHUNK = 2048
"""Documents whose n-grams are hashed together."""


class NgramSets(NamedTuple):
    """Each text's n-grams, once each; `append_sets` adds others, once or more often.

    Most rows of a table occur in no text, so those that occur are numbered from 0, in the order
    in which they are first seen, which keeps frequent ones near each other in memory.

    Args:
        columns: The n-grams of all texts by number, end to end: int32, (n-grams of all texts,).
        offsets: Where each text's begin, and the end: (documents + 1,).
        rows: The table's row of each number: int32, (columns,).
    """

    columns: Int32Array
    offsets: IntArray
    rows: Rows


def ngram_sets(sequences: Sequences, ngrams: Ngrams) -> NgramSets:
    """Return the distinct n-grams of each text.

    Example:
        >>> from textseq import Sequences
        >>> from textseq.network.ngram_sets import ngram_sets
        >>> from textseq.network.ngrams import Ngrams
        >>> sets = ngram_sets(Sequences.from_lists([[5, 3, 5], [3]]), Ngrams(6, ngrams=1))
        >>> sets.columns.tolist(), sets.offsets.tolist(), sets.rows.tolist()
        ([0, 1, 1], [0, 2, 3], [5, 3])
    """
    # Memory that is not written to is not taken from the system.
    columns = np.empty(len(sequences.ids) * ngrams.ngrams, np.int32)
    offsets = np.zeros(len(sequences) + 1, np.int64)
    seen, found = np.zeros((ngrams.rows, 2), np.int32), np.empty(ngrams.rows, np.int32)
    count = 0
    for first, part in _parts(sequences):
        ends = offsets[first : first + len(part) + 1]
        count = _collect(ngrams.of(part), part.offsets, first, count, seen, found, columns, ends)
    return NgramSets(columns[: offsets[-1]], offsets, found[:count].copy())


def append_sets(sets: NgramSets, others: Sequences, first_row: int) -> NgramSets:
    """Return the n-grams of each text and after them others, which may occur in it repeatedly.

    Args:
        sets: The n-grams of each text.
        others: The other rows of each text, from 0.
        first_row: The number of rows before those.

    Example:
        >>> from textseq import Sequences
        >>> from textseq.network.ngram_sets import append_sets, ngram_sets
        >>> from textseq.network.ngrams import Ngrams
        >>> sets = ngram_sets(Sequences.from_lists([[5], [3]]), Ngrams(6, ngrams=1, buckets=1))
        >>> both = append_sets(sets, Sequences.from_lists([[8, 8], [0]]), first_row=7)
        >>> both.columns.tolist(), both.offsets.tolist(), both.rows.tolist()
        ([0, 3, 3, 1, 2], [0, 3, 5], [5, 3, 7, 15])
    """
    used, columns = np.unique(others.ids, return_inverse=True)
    joined = np.empty(len(sets.columns) + len(columns), np.int32)
    ours = np.arange(len(sets.columns)) + np.repeat(others.offsets[:-1], np.diff(sets.offsets))
    joined[ours] = sets.columns
    theirs = np.arange(len(columns)) + np.repeat(sets.offsets[1:], others.lengths)
    joined[theirs] = columns + len(sets.rows)
    rows = np.concatenate([sets.rows, (used + first_row).astype(np.int32)])
    return NgramSets(joined, sets.offsets + others.offsets, rows)


def sum_weights(sets: NgramSets, weights: DoubleArray, side: IntArray) -> DoubleArray:
    """Return the sum of the weights of each n-gram's texts, by their side: (columns, 2).

    Args:
        sets: The n-grams of each text.
        weights: The weight of each text: (documents,).
        side: 0 or 1 for each text.
    """
    sums = np.zeros((len(sets.rows), 2))
    _sum(sets.columns, sets.offsets, weights, side, sums)
    return sums


def _parts(sequences: Sequences) -> Iterator[tuple[int, Sequences]]:
    for start in range(0, len(sequences), CHUNK):
        yield start, sequences[start : start + CHUNK]


@compiled
def _collect(
    rows: Rows,
    offsets: IntArray,
    first: int,
    count: int,
    seen: Int32Array,
    found: Rows,
    columns: Int32Array,
    ends: IntArray,
) -> int:
    """Fill the columns of some documents and their ends; return how many rows are numbered.

    Args:
        rows: For each token its own row and those of its n-grams: (tokens, ngrams).
        offsets: Where each of these documents' tokens begin, and the end.
        first: The number of documents before these.
        count: How many rows are numbered.
        seen: For each row the last document that has it, from 1, and its number: (rows, 2).
        found: The row of each number.
        columns: As in `NgramSets`.
        ends: Where the columns of each of these documents begin, and end; the first is known.
    """
    end = ends[0]
    for document in range(len(offsets) - 1):
        for token in range(offsets[document], offsets[document + 1]):
            for n in range(rows.shape[1]):
                row = rows[token, n]
                last = seen[row, 0]
                if row == 0 or last == first + document + 1:
                    continue
                if last == 0:
                    seen[row, 1] = count
                    found[count] = row
                    count += 1
                seen[row, 0] = first + document + 1
                columns[end] = seen[row, 1]
                end += 1
        ends[document + 1] = end
    return count


@compiled
def _sum(
    columns: Int32Array, offsets: IntArray, weights: DoubleArray, side: IntArray, sums: DoubleArray
) -> None:
    for document in range(len(weights)):
        for j in range(offsets[document], offsets[document + 1]):
            sums[columns[j], side[document]] += weights[document]
