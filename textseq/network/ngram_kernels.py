"""The compiled loop of `ngrams`, to the bit what `ngrams.rows_of` computes."""

from __future__ import annotations

import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.arrays import IntArray, Rows

BLOCK = 1024
"""Tokens whose n-grams are hashed together: few enough for the first cache."""


@compiled
def hash_ngrams(
    ids: Rows,
    offsets: IntArray,
    vocabulary: int,
    buckets: int,
    factors: tuple[int, int],
    rows: Rows,
) -> None:
    """Fill the rows that each token sums, 0 for none.

    Args:
        ids: The ids of all documents: (tokens,).
        offsets: Where each document begins, and the end: (documents + 1,).
        vocabulary: Number of ids.
        buckets: Number of rows of n-grams.
        factors: Those of the hash.
        rows: What is filled: (tokens, ngrams).
    """
    tokens, longest = rows.shape
    bits, whole = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    document, run = 0, 0
    for first in range(0, tokens, BLOCK):
        size = min(BLOCK, tokens - first)
        # How many tokens up to each one are of its text, without padding between.
        for i in range(size):
            while offsets[document] <= first + i:
                document, run = document + 1, 0
            run = run + 1 if ids[first + i] else 0
            whole[i] = run
            rows[first + i, 0] = ids[first + i]
        for n in range(2, longest + 1):
            # Of all tokens, since loops without conditions use vector instructions.
            before = min(size, max(0, n - 1 - first))  # no n-gram ends before this one
            hash_block(ids, first, before, size, n, buckets, factors, bits)
            for i in range(size):
                rows[first + i, n - 1] = vocabulary + bits[i] if whole[i] >= n else 0


@compiled
def hash_block(
    ids: Rows,
    first: int,
    before: int,
    size: int,
    n: int,
    buckets: int,
    factors: tuple[int, int],
    bits: Rows,
) -> None:
    """Fill `bits[before:size]` with the buckets of the n-grams that end in these tokens."""
    # Numba computes with 64 bits; what is assigned to an array of int32 wraps around.
    out = bits[before:size]
    out[:] = n
    for back in range(n - 1, -1, -1):
        part = ids[first + before - back : first + size - back]
        for i in range(len(out)):
            out[i] = (out[i] ^ part[i]) * factors[0]
    for i in range(len(out)):
        out[i] = (out[i] ^ (out[i] >> 15)) * factors[1]
    if buckets & (buckets - 1) == 0:  # the lowest bits, without a division, are never negative
        for i in range(len(out)):
            out[i] = (out[i] ^ (out[i] >> 13)) & (buckets - 1)
    else:
        for i in range(len(out)):
            out[i] = (out[i] ^ (out[i] >> 13)) % buckets
