"""What becomes of each character before words are looked for: kept, lower-cased, or a separator.

A `CharMap` says it for every code point, and `fold_documents` does it to a piece of text. Lower
case is Python's own, read off `str.lower()` once. Two characters have no lower case of their own
and are left to Python: dotted I becomes two characters, and sigma depends on what follows it.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled
from textseq.tokenizer.engine.primitives import (
    BLOCK,
    ONE,
    SEPARATOR,
    U8,
    ByteArray,
    Int64,
    IntArray,
    bytes_in_range,
    inlined,
    lowest_bit,
)

IRREGULAR_CASE = "\u0130\u03a3"
"""The characters whose lower case is left to Python."""

PIECE = 1 << 14
"""Bytes of text that are worked on at a time: with all else, as many as fit in a cache."""


class CharMap(NamedTuple):
    """What becomes of each character.

    Attributes:
        points: For each code point its lower case, or -1 if it separates; int32, shape (1114112,).
        ranges: The ASCII characters that separate, as runs: the first of each, and how many follow
            it; uint8, shape (runs, 2).
        may_change: Whether a character beyond ASCII whose UTF-8 begins with two given bytes may
            change; bool, shape (256 * 64,), at 64 * the first + the second's lowest six bits.
        char_level: Whether every character is a word.
        lower: Whether to lower-case.
    """

    points: npt.NDArray[np.int32]
    ranges: npt.NDArray[np.uint8]
    may_change: npt.NDArray[np.bool_]
    char_level: bool
    lower: bool


@lru_cache(maxsize=8)
def char_map(separators: frozenset[str], lower: bool, char_level: bool) -> CharMap:
    """Return the map for a tokenizer's settings; `separators` are looked for in lower case."""
    points = _lower_case().copy() if lower else np.arange(sys.maxunicode + 1, dtype=np.int32)
    points[np.isin(points, [ord(character) for character in separators])] = -1
    ranges = _runs(np.flatnonzero(points[:128] < 0))
    return CharMap(points, ranges, _may_change(points), char_level, lower)


@lru_cache(maxsize=1)
def _lower_case() -> npt.NDArray[np.int32]:
    """Return Python's own lower case of every code point that has one of its own."""
    points = np.arange(sys.maxunicode + 1, dtype=np.int32)
    plain = (points < 0xD800) | (points > 0xDFFF)  # no text holds a surrogate
    plain[[ord(character) for character in IRREGULAR_CASE]] = False
    text = points[plain].tobytes().decode("utf-32-le")
    points[plain] = np.frombuffer(text.lower().encode("utf-32-le"), np.int32)
    return points


def _runs(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return rising values as runs: (the first, how many follow it)."""
    runs = np.split(values, np.flatnonzero(np.diff(values) > 1) + 1)
    found = [(run[0], len(run) - 1) for run in runs if len(run)]
    return np.array(found, np.uint8).reshape(-1, 2)


def _may_change(points: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Return for each first two bytes of UTF-8 whether a character that has them changes."""
    may_change = np.zeros(256 * 64, np.bool_)
    changed = np.flatnonzero(points != np.arange(len(points)))
    for point in changed[changed >= 128].tolist():
        first, second = chr(point).encode("utf-8", "surrogatepass")[:2]
        may_change[64 * first + (second & 63)] = True
    return may_change


@compiled
def has_irregular_case(data: ByteArray) -> bool:
    """Return whether some bytes hold one of `IRREGULAR_CASE`."""
    # In UTF-8 they are C4 B0 and CE A3. Without a branch, this is done with vector instructions.
    found = False
    firsts, seconds = data[:-1], data[1:]
    for i in range(len(seconds)):
        first, second = firsts[i], seconds[i]
        found |= ((first == 0xC4) & (second == 0xB0)) | ((first == 0xCE) & (second == 0xA3))
    return found


@compiled
def fold_documents(
    data: ByteArray,
    offsets: IntArray,
    first: Int64,
    at_most: Int64,
    char_map: CharMap,
    folded: ByteArray,
    text: ByteArray,
    stops: IntArray,
) -> Int64:
    """Fold documents from the `first` on, a piece or `at_most`; return the one after the last.

    `text` gets the documents, which take at most 3/2 of the bytes, a `SEPARATOR` after each, and
    some more behind the last; `stops`, where each ends in it. `folded` is scratch.
    """
    begin, last = offsets[first], first + 1
    most = min(first + at_most, len(stops))
    while last < most and offsets[last + 1] - begin <= PIECE:
        last += 1
    piece = data[begin : offsets[last]]
    kept_length = _fold_in_place(piece, char_map, folded)
    to = np.int64(0)
    for i in range(first, last):
        if kept_length:
            document = folded[offsets[i] - begin : offsets[i + 1] - begin]
            room = text[to : to + len(document)]
            for k in range(len(document)):
                room[k] = document[k]
            to += len(document)
        else:
            to = _fold_by_char(data, offsets[i], offsets[i + 1], char_map.points, text, to)
        stops[i] = to
        text[to] = SEPARATOR
        to += 1
    # So that a word's eight bytes, or a block, can be read at any place.
    for k in range(to, to + BLOCK + 8):
        text[k] = SEPARATOR
    return last


@compiled
def _fold_in_place(piece: ByteArray, char_map: CharMap, folded: ByteArray) -> bool:
    """Fold text into as many bytes, separators into `SEPARATOR`s; return whether it fitted."""
    _fold_ascii(piece, char_map.ranges, char_map.lower, folded)
    highest = U8(0)
    for byte in piece:
        highest = max(highest, byte)
    return bool(highest < 128) or _fold_others(piece, char_map.points, char_map.may_change, folded)


@inlined
def _fold_ascii(
    piece: ByteArray, ranges: npt.NDArray[np.uint8], lower: bool, folded: ByteArray
) -> None:
    """Fold the ASCII characters, and copy the bytes of others."""
    # Loops without a branch, which are done with vector instructions.
    letters = U8(26) if lower else U8(0)
    for i in range(len(piece)):
        folded[i] = piece[i] | U8(U8(piece[i] - U8(65)) < letters) << 5
    for r in range(len(ranges)):
        first, others = ranges[r]
        for i in range(len(piece)):
            folded[i] |= U8(255) * U8(U8(piece[i] - first) <= others)


@inlined
def _fold_others(
    piece: ByteArray,
    points: npt.NDArray[np.int32],
    may_change: npt.NDArray[np.bool_],
    folded: ByteArray,
) -> bool:
    """Fold the characters beyond ASCII; return whether all of them kept their length."""
    for at in range(0, len(piece), BLOCK):
        leads: Any = bytes_in_range(folded, at, U8(0xC2), U8(0x32))
        while leads:
            i: Any = at + lowest_bit(leads)
            leads &= leads - ONE
            if i >= len(piece):
                break
            if not may_change[np.int64(piece[i]) << 6 | (piece[i + 1] & 63)]:
                continue
            point, size = _decode_char(piece, i)
            low_point = points[point]
            if low_point < 0:
                folded[i : i + size] = SEPARATOR
            elif low_point != point:
                if low_point < 0x80 or size != 2 + (low_point >= 0x800) + (low_point >= 0x10000):
                    return False
                _encode_char(low_point, folded, i)
    return True


@compiled
def _fold_by_char(
    data: ByteArray,
    at: Int64,
    end: Int64,
    points: npt.NDArray[np.int32],
    text: ByteArray,
    to: Int64,
) -> Int64:
    """Fold a document one character after another, for those that become longer or shorter."""
    while at < end:
        point, size = _decode_char(data, at)
        low_point = points[point]
        if low_point < 0:
            text[to] = SEPARATOR
            to += 1
        else:
            to = _encode_char(low_point, text, to)
        at += size
    return to


@inlined
def _decode_char(data: ByteArray, at: Int64) -> tuple[Int64, Int64]:
    """Return the code point whose UTF-8 begins at a place, and the number of its bytes."""
    byte = data[at]
    if byte < 0x80:
        return np.int64(byte), 1
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | (data[at + 1] & 0x3F), 2
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F), 3
    high = (byte & 0x07) << 18 | (data[at + 1] & 0x3F) << 12
    return high | (data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F), 4


@inlined
def _encode_char(point: Int64, text: ByteArray, to: Int64) -> Int64:
    """Write a code point as UTF-8; return where it ends."""
    if point < 0x80:
        text[to] = point
        return to + 1
    if point < 0x800:
        text[to] = 0xC0 | point >> 6
    else:
        if point < 0x10000:
            text[to] = 0xE0 | point >> 12
        else:
            text[to] = 0xF0 | point >> 18
            to += 1
            text[to] = 0x80 | point >> 12 & 0x3F
        to += 1
        text[to] = 0x80 | point >> 6 & 0x3F
    text[to + 1] = 0x80 | point & 0x3F
    return to + 2
