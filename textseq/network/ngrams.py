"""Hashed n-grams: the rows of an embedding that a token sums, beside its own.

A token's vector is its own plus one for each n-gram that ends in it, the bigram with the word
before it and so on: a one-hot region embedding (Johnson and Zhang 2016). There are too many n-grams
for a row each, so an n-gram's row is its hash modulo a number of buckets (Weinberger et al. 2009;
fastText, Joulin et al. 2017), and n-grams in the same bucket share it:

    x_t = E[id_t] + sum over n = 2..N of E[vocabulary + hash(id_{t-n+1}, ..., id_t) mod buckets]

An n-gram that would extend over the beginning of the text, or over padding, adds nothing. The hash
is int32 arithmetic that wraps around, the same in NumPy, in compiled loops, in each of Keras's
backends and in each process: a model's rows depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.compute.cold_start import compiled_loops
from textseq.errors import ArgumentError
from textseq.network.arrays import Rows

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences

NGRAMS, BUCKETS = 2, 2**19
LONGEST = 100
"""Tokens in an n-gram, at most: each takes a column, and a damaged model could ask for billions."""

_KERNELS = "textseq.network.ngram_kernels"

# Odd, with bits in every place: 2^32 / golden ratio (Knuth 1998, 6.4), and one of MurmurHash3's.
# Written as the int32 with the same bits.
GOLDEN, SECOND = 0x9E3779B1 - 2**32, 0x85EBCA6B - 2**32


@dataclass(frozen=True)
class Ngrams:
    """The rows of an embedding of words and hashed n-grams: first the words', then the buckets.

    Args:
        vocabulary: Number of ids, the reserved 0 included.
        ngrams: N, the longest n-gram; 1 for words only, and at most `LONGEST`.
        buckets: Number of rows that all n-grams share.
    """

    vocabulary: int
    ngrams: int = NGRAMS
    buckets: int = BUCKETS

    def __post_init__(self) -> None:
        for name in ("ngrams", "buckets"):
            value = getattr(self, name)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole or value < 1:
                raise ArgumentError(f"`{name}` must be a whole number from 1. Received: {value!r}.")
        if self.ngrams > LONGEST:
            raise ArgumentError(f"`ngrams` must be {LONGEST} or less. Received: {self.ngrams!r}.")

    @property
    def rows(self) -> int:
        """The number of rows, of words and of buckets."""
        return self.vocabulary + self.buckets

    def of(self, sequences: Sequences) -> Rows:
        """Return the rows that each token sums, 0 for none: int32, shape (tokens, ngrams)."""
        loops = compiled_loops(_KERNELS, len(sequences))
        if loops is None:
            return self.of_few(sequences)
        rows = np.empty((len(sequences.ids), self.ngrams), np.int32)
        sizes = (np.int64(self.vocabulary), np.int64(self.buckets))
        loops.hash_ngrams(sequences.ids, sequences.offsets, *sizes, (GOLDEN, SECOND), rows)
        return rows

    def of_few(self, sequences: Sequences) -> Rows:
        """Return what `of` returns, without compiled loops."""
        ids = sequences.ids
        place = np.arange(len(ids)) - np.repeat(sequences.offsets[:-1], sequences.lengths)
        # The tokens before, one step further back in each column; 0 before the beginning.
        before = (np.where(place >= n, np.roll(ids, n), np.int32(0)) for n in range(1, self.ngrams))
        return np.stack(rows_of([ids, *before], self.vocabulary, self.buckets, np), axis=-1)


def rows_of(back: Sequence[Any], vocabulary: int, buckets: int, xp: Any) -> list[Any]:
    """Return the rows of the words, of the bigrams and so on, each of the shape of the ids.

    Args:
        back: The ids, then the ids one step back in the text, then two: int32, of one shape.
        vocabulary: Number of ids.
        buckets: Number of rows of n-grams.
        xp: The library of the arrays: `numpy`, or `keras.ops`.
    """
    rows = [back[0]]
    whole = back[0] != 0
    for n in range(2, len(back) + 1):
        whole = xp.logical_and(whole, back[n - 1] != 0)
        row = vocabulary + _hashed(back[:n][::-1], buckets, xp)
        rows.append(xp.where(whole, row, xp.zeros_like(row)))
    return rows


def _hashed(gram: Sequence[Any], buckets: int, xp: Any) -> Any:
    """Return the bucket of each n-gram; `gram` holds its first words, its second ones and so on."""
    bits = xp.full_like(gram[0], len(gram))
    for ids in gram:
        bits = xp.multiply(xp.bitwise_xor(bits, ids), GOLDEN)
    # A product carries upwards only, and the bucket is in the lowest bits.
    bits = xp.multiply(xp.bitwise_xor(bits, xp.right_shift(bits, 15)), SECOND)
    return xp.mod(xp.bitwise_xor(bits, xp.right_shift(bits, 13)), buckets)
