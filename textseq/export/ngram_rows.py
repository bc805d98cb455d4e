"""The rows of hashed n-grams, in a graph: to the bit what `network.ngrams` computes."""

from __future__ import annotations

import numpy as np

from textseq.export.flat import before
from textseq.export.graph import Graph, Value
from textseq.network.ngrams import GOLDEN, SECOND, Ngrams

_SPAN, _HALF = 1 << 32, 1 << 31


def ngram_rows(graph: Graph, ids: Value, texts: Value, ngrams: Ngrams) -> list[Value]:
    """Return the rows of words, of the bigrams that end in them and so on, 0 for none: int64.

    Args:
        graph: The graph.
        ids: int64, (tokens,), none of them 0.
        texts: The number of each one's text, (tokens,).
        ngrams: The sizes.
    """
    rows, back, owners = [ids], [ids], texts
    for _ in range(ngrams.ngrams - 1):
        back.insert(0, before(back[0], 0))
        owners = before(owners, -1)
        row = _bucket(back, ngrams.buckets) + ngrams.vocabulary
        rows.append(graph.where(texts.equals(owners), row, 0))
    return rows


def _bucket(gram: list[Value], buckets: int) -> Value:
    """Return the bucket of n-grams, of which the first words are given, the second and so on."""
    # All are in the range of int32, so that no product needs more than 64 bits.
    bits = gram[0] * 0 + len(gram)
    for ids in gram:
        bits = _wrap((bits ^ ids) * GOLDEN)
    bits = _wrap((bits ^ _shift(bits, 15)) * SECOND)
    return (bits ^ _shift(bits, 13)) % buckets


def _wrap(bits: Value) -> Value:
    """Return the lowest 32 bits as a number with a sign."""
    return ((bits + _HALF) & (_SPAN - 1)) - _HALF


def _shift(bits: Value, places: int) -> Value:
    """Return numbers from -2^31 shifted to the right, the sign going with them."""
    positive = (bits + _HALF).cast(np.uint64) >> places
    return positive.cast(np.int64) - (_HALF >> places)
