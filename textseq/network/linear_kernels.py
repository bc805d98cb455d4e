"""The compiled loops of `linear`, over the distinct n-grams of each document."""

from __future__ import annotations

import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.arrays import AnyArray, DoubleArray, IntArray, Rows
from textseq.network.half_precision import as_bits, widened


def sum_distinct_rows(rows: Rows, offsets: IntArray, table: AnyArray, sums: DoubleArray) -> None:
    """Add each document's distinct rows of a table to its sums.

    Args:
        rows: For each token its own row and those of its n-grams, 0 for none: (tokens, ngrams).
        offsets: Where each document's tokens begin, and the end: (documents + 1,).
        table: float16 or float32, shape (rows, columns).
        sums: (documents, columns).
    """
    most = int(np.diff(offsets).max(initial=0)) * rows.shape[1]
    _add_rows(rows, offsets, most, as_bits(table), sums)


@compiled
def _add_rows(rows: Rows, offsets: IntArray, most: int, table: AnyArray, sums: DoubleArray) -> None:
    """Fill `sums`; a document has at most `most` rows."""
    capacity = 2
    while capacity < 2 * most:
        capacity *= 2
    keys, owner = np.empty(capacity, np.int32), np.zeros(capacity, np.int32)
    found = np.empty(most, np.int32)
    for document in range(len(offsets) - 1):
        part = rows[offsets[document] : offsets[document + 1]]
        count = _find_distinct(part, document + 1, keys, owner, found)
        # Column by column, since there is mostly one, and a loop over it would take longer.
        for column in range(table.shape[1]):
            total = 0.0
            for i in range(count):
                row = min(found[i], len(table) - 1)  # no memory but the table's is read
                total += widened(table[row, column])
            sums[document, column] += total


@compiled
def _find_distinct(rows: Rows, document: int, keys: Rows, owner: Rows, found: Rows) -> int:
    """Fill `found` with a document's distinct rows, without 0, and return their number.

    `keys` and `owner` are a hash table with room for twice the rows. An entry belongs to the
    document in `owner`, from 1, so that nothing has to be cleared between documents.
    """
    bits = 1
    while 1 << bits < 2 * rows.size:
        bits += 1
    mask, count = (1 << bits) - 1, 0
    for token in range(len(rows)):
        for n in range(rows.shape[1]):
            row = rows[token, n]
            if row == 0:
                continue
            # The upper bits of a product with 2^32 / golden ratio, as in `ngrams`.
            place = ((np.int64(row) * 0x9E3779B1) & 0xFFFFFFFF) >> (32 - bits)
            while owner[place] == document and keys[place] != row:
                place = (place + 1) & mask
            if owner[place] != document:
                owner[place], keys[place] = document, row
                found[count] = row
                count += 1
    return count
