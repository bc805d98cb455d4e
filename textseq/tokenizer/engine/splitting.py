"""Where words begin and end in a folded text, 64 bytes in one step, and their hashes."""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.compute.compiled import compiled
from textseq.tokenizer.engine.primitives import (
    BLOCK,
    MARK,
    ONE,
    SEPARATOR,
    SPARE,
    U8,
    U64,
    ZERO,
    ByteArray,
    CharMap,
    Int64,
    IntArray,
    Piece,
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
    piece: Piece, at: Int64, begun: Int64, end: Int64, char_map: CharMap, found: WordSpans
) -> tuple[Int64, Int64, Int64]:
    """Find the words of a folded piece from a place on, as many as there is room for.

    A word that reaches over the place `at` begins at `begun`; -1 if none does. `found` gets where
    words begin and end. Return how many were found, and the next `at` and `begun`.
    """
    starts, ends = found.starts, found.ends
    begins = np.int64(begun >= 0)
    starts[0] = begun
    if char_map.some_alone or char_map.every_alone:
        begins, closes, at = _find_tokens(piece, at, end, char_map, found, begins)
    else:
        begins, closes, at = _find_runs(piece.text, at, end, found, begins)
    if at >= end and begins > closes:  # a word that ends with the piece, and with a block
        ends[closes] = end
        closes += 1
    return closes, at, starts[closes] if begins > closes else -1


@inlined
def _find_runs(
    text: ByteArray, at: Int64, end: Int64, found: WordSpans, begins: Int64
) -> tuple[Int64, Int64, Int64]:
    """Find words that are what is between separators; return how many begin and end, and `at`."""
    starts, ends, room = found.starts, found.ends, len(found.starts) - SPARE
    closes: Int64 = np.int64(0)
    outside = U64(begins == 0)
    while at < end and closes < room:
        separators: Any = bytes_in_range(text, at, U8(SEPARATOR), U8(0))
        before = separators << ONE | outside
        begins = _write_places(before & ~separators, at, starts, begins)
        closes = _write_places(separators & ~before, at, ends, closes)
        outside = separators >> U64(63)
        at += BLOCK
    return begins, closes, at


@inlined
def _find_tokens(
    piece: Piece, at: Int64, end: Int64, char_map: CharMap, found: WordSpans, begins: Int64
) -> tuple[Int64, Int64, Int64]:
    """Find words as `_find_runs` does, where some or all characters are tokens of their own."""
    text, marks, _ = piece
    starts, ends, room = found.starts, found.ends, len(found.starts) - SPARE
    closes: Int64 = np.int64(0)
    # Whether the byte before is of a character that is a token, and whether of a longer word.
    within = U64(begins > 0)
    alone_before = within if char_map.every_alone or (at > 0 and marks[at - 1] == MARK) else ZERO
    part_before = within & ~alone_before
    while at < end and closes < room:
        separators: Any = bytes_in_range(text, at, U8(SEPARATOR), U8(0))
        followers: Any = bytes_in_range(text, at, U8(0x80), U8(0x3F))  # not first of a character
        alone: Any = ~separators
        if char_map.some_alone:
            alone &= bytes_in_range(marks, at, U8(MARK), U8(0))
        parts = ~(alone | separators)
        after_alone = alone << ONE | alone_before
        after_part = parts << ONE | part_before
        firsts = alone & ~followers
        begins = _write_places(firsts | parts & ~after_part, at, starts, begins)
        closed = after_part & ~parts | after_alone & ~(alone & followers)
        closes = _write_places(closed, at, ends, closes)
        alone_before, part_before = alone >> U64(63), parts >> U64(63)
        at += BLOCK
    return begins, closes, at


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
