"""Where words begin and end in a folded text, 64 bytes in one step, and their hashes."""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.compute.compiled import compiled
from textseq.tokenizer.engine.primitives import (
    BLOCK,
    ONE,
    SEPARATOR,
    SPARE,
    U8,
    U64,
    ByteArray,
    Int64,
    IntArray,
    Uint64,
    WordSpans,
    bytes_in_range,
    count_bits,
    hash_rest,
    hash_start,
    inlined,
    lowest_bit,
)


@compiled
def find_words(
    text: ByteArray, at: Int64, begun: Int64, end: Int64, char_level: bool, found: WordSpans
) -> tuple[Int64, Int64, Int64]:
    """Find the words of a folded piece from a place on, as many as there is room for.

    A word that reaches over the place `at` begins at `begun`; -1 if none does. `found` gets where
    words begin and end. Return how many were found, and the next `at` and `begun`.
    """
    starts, ends, room = found.starts, found.ends, len(found.starts) - SPARE
    if char_level:
        return _find_chars(text, at, end, starts, ends, room)
    begins: Int64 = np.int64(0)
    closes: Int64 = np.int64(0)
    if begun >= 0:
        starts[0], begins = begun, 1
    outside = U64(begun < 0)
    while at < end and closes < room:
        marks: Any = bytes_in_range(text, at, U8(SEPARATOR), U8(0))
        before = marks << ONE | outside
        begins = _write_places(before & ~marks, at, starts, begins)
        closes = _write_places(marks & ~before, at, ends, closes)
        outside = marks >> U64(63)
        at += BLOCK
    if at >= end and begins > closes:  # a word that ends with the piece, and with a block
        ends[closes] = end
        closes += 1
    return closes, at, starts[closes] if begins > closes else -1


@inlined
def _write_places(bits: Uint64, at: Int64, places: IntArray, held: Int64) -> Int64:
    """Append the places of the bits that are set; return how many places there are then."""
    # Four in a step, even if fewer are left: the processor predicts a loop of few steps better.
    more: Any = count_bits(bits)
    for k in range(held, held + more, 4):
        for n in range(4):
            places[k + n] = at + lowest_bit(bits)
            bits &= bits - ONE
    return held + more


@inlined
def _find_chars(
    text: ByteArray, at: Int64, end: Int64, starts: IntArray, ends: IntArray, room: Int64
) -> tuple[Int64, Int64, Int64]:
    """Find characters, as `find_words` does words; a `SEPARATOR` is none."""
    held: Int64 = 0
    while at < end and held < room:
        byte = text[at]
        starts[held] = at
        at += 1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0) if byte < SEPARATOR else 1
        ends[held] = at
        held += byte < SEPARATOR
    return held, at, -1


@compiled
def hash_words(text: ByteArray, found: WordSpans, held: Int64, seed: Uint64) -> None:
    """Fill in the first bytes and the hashes of the words that were found."""
    starts, ends, firsts, seconds, hashes = found
    for k in range(held):
        start = starts[k]
        word = hash_start(text, start, ends[k] - start, seed)
        firsts[k], seconds[k], hashes[k] = word.first, word.second, word.hashed
    # The loop above does the same for all words, without a branch; few words are longer.
    for k in range(held):
        if ends[k] - starts[k] > 16:
            hashes[k] = hash_rest(text, starts[k], ends[k], hashes[k])
