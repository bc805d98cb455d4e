"""What becomes of each character before words are looked for: kept, lower-cased, or a separator.

A `CharMap` says it for every code point, and `fold_documents` does it to a piece of text. Lower
case and the classes of characters are Python's own, read off once. Two characters have no lower
case of their own and are left to Python: dotted I becomes two characters, and sigma depends on what
follows it.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.engine.primitives import (
    ALONE,
    BLOCK,
    MARK,
    ONE,
    SEPARATOR,
    SPACE,
    U8,
    U64,
    ByteArray,
    CharMap,
    Int64,
    IntArray,
    Piece,
    bytes_in_range,
    inlined,
    longest,
    lowest_bit,
)

IRREGULAR_CASE = "\u0130\u03a3"
"""The characters whose lower case is left to Python."""

PIECE = 1 << 14
"""Bytes of text that are worked on at a time: with all else, as many as fit in a cache."""


@lru_cache(maxsize=8)
def char_map(rule: CharRule) -> CharMap:
    """Return the map for a rule, whose characters are looked for in lower case."""
    points = _lower_case().copy() if rule.lower else np.arange(sys.maxunicode + 1, dtype=np.int32)
    separators = _white_space() if rule.separators is None else rule.separators
    separates = np.isin(points, [ord(character) for character in separators])
    some_alone = rule.alone not in (None, EVERY)
    if rule.alone is not None and some_alone:
        points[_matching(rule.alone)[points]] += ALONE
    points[separates] = -1
    return CharMap(
        points,
        _runs(np.flatnonzero(points[:128] < 0)),
        _runs(np.flatnonzero(points[:128] >= ALONE)),
        _may_change(points),
        rule.lower,
        some_alone,
        rule.alone == EVERY,
        rule.spaces,
    )


def _matching(pattern: str) -> npt.NDArray[np.bool_]:
    """Return for every code point whether a regular expression of one character matches it."""
    points = np.arange(sys.maxunicode + 1, dtype=np.int32)
    every = points.tobytes().decode("utf-32-le", "surrogatepass")
    matching = np.zeros(len(points), np.bool_)
    for run in re.finditer(f"(?:{pattern})+", every):
        matching[slice(*run.span())] = True
    return matching


@lru_cache(maxsize=1)
def _white_space() -> frozenset[str]:
    return frozenset(map(chr, np.flatnonzero(_matching(r"\s")).tolist()))


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
    for lead, bits, first, stop in (
        (0xC0, 6, 0x80, 0x800),
        (0xE0, 12, 0x800, 0x10000),
        (0xF0, 18, 0x10000, 0x110000),
    ):
        some = changed[(changed >= first) & (changed < stop)]
        may_change[(lead | some >> bits) << 6 | (some >> (bits - 6) & 63)] = True
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
def new_piece(offsets: IntArray, char_map: CharMap) -> Piece:
    """Return room for a piece of documents, of which each begins at an offset."""
    size = max(PIECE, longest(offsets)) * 3 // 2 + len(offsets) + 2 * BLOCK
    text = np.empty(size, np.uint8)
    marks = np.empty(size if char_map.some_alone else 0, np.uint8)
    return Piece(text, marks, np.empty(len(offsets) - 1, np.int64))


@compiled
def fold_documents(
    data: ByteArray,
    offsets: IntArray,
    first: Int64,
    at_most: Int64,
    char_map: CharMap,
    piece: Piece,
) -> Int64:
    """Fold documents from the `first` on, a piece or `at_most`; return the one after the last.

    The documents take at most 3/2 of their bytes. Behind them are more `SEPARATOR`s, so that a
    word's eight bytes, or a block, can be read at any place.
    """
    text, marks, stops = piece
    begin, last = offsets[first], first + 1
    most = min(first + at_most, len(stops))
    while last < most and offsets[last + 1] - begin <= PIECE:
        last += 1
    to = np.int64(0)
    for i in range(first, last):
        document = data[offsets[i] : offsets[i + 1]]
        room = text[to : to + len(document)]
        for k in range(len(document)):
            room[k] = document[k]
        to = _end_document(piece, i, to + len(document))
    if not _fold_in_place(text[:to], marks[:to], char_map):
        to = np.int64(0)
        for i in range(first, last):
            to = _fold_by_char(data, offsets[i], offsets[i + 1], char_map, piece, to)
            to = _end_document(piece, i, to)
    for k in range(to, to + BLOCK + 8):
        text[k] = SEPARATOR
    if char_map.spaces:
        _keep_spaces(text, stops[first:last])
    return last


@inlined
def _end_document(piece: Piece, i: Int64, to: Int64) -> Int64:
    """End a document; return where the next one begins."""
    piece.stops[i] = to
    piece.text[to] = SEPARATOR
    return to + 1


@compiled
def _fold_in_place(text: ByteArray, marks: ByteArray, char_map: CharMap) -> bool:
    """Fold text into as many bytes, separators into `SEPARATOR`s; return whether it fitted."""
    # Loops without a branch, each over one array, are done with vector instructions.
    letters = U8(26) if char_map.lower else U8(0)
    beyond_ascii = U8(0)
    for i in range(len(text)):
        beyond_ascii |= U8(U8(text[i] - U8(128)) < 127)
    for i in range(len(text)):
        text[i] |= U8(U8(text[i] - U8(65)) < letters) << 5
    if char_map.some_alone:
        _find_marks(text, char_map.marks, marks)
    for r in range(len(char_map.separators)):
        first, others = char_map.separators[r]
        for i in range(len(text)):
            text[i] |= U8(255) * U8(U8(text[i] - first) <= others)
    return beyond_ascii == 0 or _fold_others(text, marks, char_map)


@inlined
def _find_marks(text: ByteArray, ranges: npt.NDArray[np.uint8], marks: ByteArray) -> None:
    """Say for each byte whether it is a mark of ASCII."""
    marks[:] = 0
    for r in range(len(ranges)):
        first, others = ranges[r]
        for i in range(len(text)):
            marks[i] |= U8(MARK) * U8(U8(text[i] - first) <= others)


@inlined
def _fold_others(text: ByteArray, marks: ByteArray, char_map: CharMap) -> bool:
    """Fold the characters beyond ASCII; return whether all of them kept their length."""
    for at in range(0, len(text), BLOCK):
        leads: Any = bytes_in_range(text, at, U8(0xC2), U8(0x32))
        while leads:
            i: Any = at + lowest_bit(leads)
            leads &= leads - ONE
            if i >= len(text):
                break
            if not char_map.may_change[np.int64(text[i]) << 6 | (text[i + 1] & 63)]:
                continue
            point, size = _decode_char(text, i)
            low_point = char_map.points[point]
            if low_point < 0:
                text[i : i + size] = SEPARATOR
                continue
            if low_point >= ALONE:
                marks[i : i + size] = MARK
                low_point -= ALONE
            if low_point != point:
                if low_point < 0x80 or size != 2 + (low_point >= 0x800) + (low_point >= 0x10000):
                    return False
                _encode_char(low_point, text, i)
    return True


@compiled
def _fold_by_char(
    data: ByteArray, at: Int64, end: Int64, char_map: CharMap, piece: Piece, to: Int64
) -> Int64:
    """Fold a document one character after another, for those that become longer or shorter."""
    while at < end:
        point, size = _decode_char(data, at)
        low_point = char_map.points[point]
        begin = to
        if low_point < 0:
            piece.text[to] = SEPARATOR
            to += 1
        else:
            to = _encode_char(low_point & (ALONE - 1), piece.text, to)
        if char_map.some_alone:
            piece.marks[begin:to] = MARK if low_point >= ALONE else 0
        at += size
    return to


@inlined
def _keep_spaces(text: ByteArray, stops: IntArray) -> None:
    """Make a space of the first separator of each run between two tokens of a document."""
    before = ONE
    for at in range(0, stops[-1], BLOCK):
        separators: Any = bytes_in_range(text, at, U8(SEPARATOR), U8(0))
        firsts = separators & ~(separators << ONE | before)
        before = separators >> U64(63)
        while firsts:
            text[at + lowest_bit(firsts)] = SPACE
            firsts &= firsts - ONE
    start = 0
    for stop in stops:  # and none at the end of a document
        end = stop
        text[stop] = SEPARATOR
        while end > start and text[end - 1] == SEPARATOR:
            end -= 1
        if end > start and text[end - 1] == SPACE:
            text[end - 1] = SEPARATOR
        start = stop + 1


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
