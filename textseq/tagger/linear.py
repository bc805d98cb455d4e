"""A linear model of a word and its neighbours, which answers together with the networks.

    z_t = b + sum over features f of the words t - 2 to t + 2 of L[f]

What a word and the two beside it say by themselves, a network has to learn step by step, and a
linear model reads off at once. Its features are those that taggers have had since Ratnaparkhi
(1996): the word's affixes and shape, the same of its neighbours, and pairs of words. Each is hashed
to a row of L. A feature that training meets once gets no row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textseq.network.arrays import AnyArray, FloatArray, IntArray, Rows
from textseq.network.heads import SOFTMAX
from textseq.network.inference.summed_embedding import sum_rows
from textseq.tagger.features import Codes, WordFeatures

MAX_ROWS, MAX_VALUES = 1 << 20, 1 << 25
"""The most rows of L, and the most values."""

CHUNK = 1 << 13
"""Tokens that are answered together."""

EDGE = np.uint64(1)
"""What a neighbour's features are where there is none."""

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
"""Multipliers of SplitMix64 (Steele et al. 2014)."""

Mixed = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class LinearTagger:
    """A trained linear model.

    Args:
        table: L: float16 or float32, (rows, tags); no feature has row 0.
        bias: b: float32, (tags,).
    """

    table: AnyArray
    bias: FloatArray

    def probabilities(self, rows: Rows) -> FloatArray:
        """Return the probabilities of the tags of tokens, from the rows of their features."""
        logits = np.empty((len(rows), len(self.bias)), np.float32)
        for start in range(0, len(rows), CHUNK):  # without compiled loops, sums take memory
            logits[start : start + CHUNK] = sum_rows(self.table, rows[start : start + CHUNK])
        return SOFTMAX.activate(logits + self.bias)


def table_rows(tokens: int, tags: int) -> int:
    """Return the number of rows of L: a power of two, as many as training can use, and fit."""
    most = min(MAX_ROWS, MAX_VALUES // tags, 32 * tokens)
    return 1 << max(1, most.bit_length() - 1)


def context_rows(features: WordFeatures, codes: Codes, offsets: IntArray, size: int) -> Rows:
    """Return the rows of the features of each token, 0 for none: int32, (tokens, features).

    Args:
        features: What made the codes.
        codes: Of all tokens, end to end; see `WordFeatures.codes`.
        offsets: Where each sentence begins, and the end.
        size: The number of rows.
    """
    own = codes.astype(np.uint64)
    lower, shape = own[:, 1], own[:, 2]
    ends = [own[:, features.suffix(n)] for n in (2, 3) if n <= features.affixes]
    ends = [np.where(end == 0, lower, end) for end in ends]  # of a short word, all of it
    sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))

    def beside(column: Mixed, distance: int) -> Mixed:
        """Return the code of the token at a distance, in the same sentence."""
        moved = np.full_like(column, EDGE)
        here = slice(max(0, -distance), len(column) - max(0, distance))
        there = slice(max(0, distance), len(column) + min(0, distance))
        same = sentence[here] == sentence[there]
        moved[here][same] = column[there][same]
        return moved

    before, after = beside(lower, -1), beside(lower, 1)
    singles = [*own.T]
    for distance in (-1, 1):
        singles += [beside(column, distance) for column in (lower, shape, *ends)]
    singles += [beside(lower, -2), beside(lower, 2)]
    end = ends[-1] if ends else shape
    pairs = [(before, lower), (lower, after), (before, after), (before, end), (end, after)]
    mixed = [_mix(column, salt) for salt, column in enumerate(singles)]
    mixed += [
        _mix(one * _FIRST + other, salt) for salt, (one, other) in enumerate(pairs, len(mixed))
    ]
    rows = 1 + np.stack(mixed, axis=1) % np.uint64(size - 1)
    none = np.stack([*(column == 0 for column in singles), *(a * b == 0 for a, b in pairs)], axis=1)
    rows[none] = 0
    return rows.astype(np.int32)


def _mix(code: Mixed, salt: int) -> Mixed:
    """Return a hash of a code and a number, of which each bit depends on all bits of both."""
    bits = (code + np.uint64(salt)) * _FIRST + np.uint64(salt)
    bits = (bits ^ (bits >> np.uint64(30))) * _SECOND
    return bits ^ (bits >> np.uint64(31))
