"""Character n-grams of unknown words, in a graph: as `network.char_ngrams` has them.

An n-gram's bucket is the CRC-32 of its UTF-8. Of all n-grams that begin at the same character, it
is computed in one go, byte by byte, since that of the longer one goes on from that of the shorter.
Of a word's n-grams, two with the same CRC-32 count as one: two in 2^32 that differ have it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textseq.export.flat import distinct, first_of_equals, places, sorted_keys, starts_of, sum_texts
from textseq.export.graph import Graph, Value
from textseq.export.tables import Table
from textseq.export.token_ids import TokenIds
from textseq.export.tokens import Tokens
from textseq.network.char_ngrams import LONGEST_WORD, SHORTEST, CharWeights

_ONES, _POLYNOMIAL = 0xFFFFFFFF, 0xEDB88320

_SALT = 0x2545F4914F6CDD1D
"""Odd: what the number of a text is multiplied by, so that a word is another in each text."""


@dataclass(frozen=True)
class Words:
    """The distinct unknown words of all texts, each between < and >, one behind another.

    Args:
        points: Their code points: int64, (characters,).
        owners: The number of each one's word: int64, (characters,).
        left: How many characters of the word begin here, this one included: int64.
        texts: The number of each word's text: int64, (words,).
    """

    points: Value
    owners: Value
    left: Value
    texts: Value


def sum_unknown_words(
    graph: Graph, weights: CharWeights, tokens: Tokens, found: TokenIds, total: Value
) -> Value:
    """Return what unknown words add to the logits of each text: float64, (texts, columns)."""
    words = _unknown_words(graph, tokens, found)
    shortest = min(SHORTEST, weights.longest)
    keys = []
    for size, crc in enumerate(_checksums(graph, words.points, weights.longest), start=1):
        if size >= shortest:
            key = (words.owners * (_ONES + 1) + crc).keep(words.left >= size)
            keys.append(key)
    every = distinct(graph.concatenate(*keys))
    owners = every // (_ONES + 1)
    rows = (every & _ONES) % len(weights.table) + 1
    table = np.pad(weights.table, ((1, 0), (0, 0)))  # since row 0 of a `Table` is read for none
    values = Table(graph, table).read(rows).cast(np.float64)
    return sum_texts(values, words.texts.take(owners), total)


def _unknown_words(graph: Graph, tokens: Tokens, found: TokenIds) -> Words:
    unknown = places(found.unknown)
    salted = found.hashes.take(unknown) + tokens.texts.take(unknown) * _SALT
    ordered, order = sorted_keys(salted)
    chosen = unknown.take(order.keep(first_of_equals(ordered)))
    sizes = tokens.sizes.take(chosen).at_most(LONGEST_WORD) + 2
    at = starts_of(sizes)
    length = sizes.reduce("Sum", 0)
    begins = graph.fill(length.reshape(1), np.int64(0)).put(at, at * 0 + 1)
    owners = begins.running_sum() - 1
    place = graph.range(length) - at.take(owners)
    left = sizes.take(owners) - place
    last = tokens.characters.points.size() - 1
    source = (tokens.starts.take(chosen).take(owners) + place - 1).at_least(0).at_most(last)
    points = tokens.characters.points.take(source)
    points = graph.where(place.equals(0), points * 0 + ord("<"), points)
    points = graph.where(left.equals(1), points * 0 + ord(">"), points)
    return Words(points, owners, left, tokens.texts.take(chosen))


def _checksums(graph: Graph, points: Value, longest: int) -> list[Value]:
    """Return the CRC-32 of each character's n-grams, of one character, of two and so on: int64."""
    sizes, parts = _utf8(points)
    table = graph.constant(_crc_table())
    last, places_of = points.size() - 1, graph.range(points.size())
    crc, found = (sizes * 0) ^ _ONES, []
    for ahead in range(longest):
        place = (places_of + ahead).at_most(last)
        size = sizes.take(place)
        for i, part in enumerate(parts):
            byte = (crc ^ part.take(place)) & 0xFF
            longer = table.take(byte.cast(np.int32)) ^ (crc >> 8)
            there = (size > i).cast(np.uint32) * _ONES
            crc = longer if i == 0 else crc ^ ((longer ^ crc) & there)
        found.append((crc ^ _ONES).cast(np.int64))
    return found


def _utf8(points: Value) -> tuple[Value, list[Value]]:
    """Return the number of bytes of code points in UTF-8, and the four bytes: uint32."""
    bits = points.cast(np.uint32)
    sizes = bits * 0 + 1
    for least in (0x80, 0x800, 0x10000):
        sizes = sizes + (bits >= least).cast(np.uint32)
    # All bytes but the first are six bits each, the last ones lowest.
    shifts = (sizes - 1) * 6
    leads = points.graph.constant([0, 0, 0xC0, 0xE0, 0xF0], np.uint32).take(sizes.cast(np.int32))
    first = leads | _shift_right(bits, shifts)
    others = []
    for i in (1, 2, 3):
        shift = _minus_to_zero(sizes, i + 1) * 6
        others.append((_shift_right(bits, shift) & 0x3F) | 0x80)
    return sizes, [first, *others]


def _minus_to_zero(values: Value, other: int) -> Value:
    """Return the differences, 0 where they would be negative."""
    return values.at_least(other) - other


def _shift_right(bits: Value, shifts: Value) -> Value:
    return bits.graph.apply("BitShift", bits, shifts, direction="RIGHT")


def _crc_table() -> npt.NDArray[np.uint32]:
    """Return the CRC-32 step of each byte: (256,)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)
