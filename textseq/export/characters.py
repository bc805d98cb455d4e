"""Texts as code points, in a graph.

ONNX knows strings only as wholes. ONNX Runtime splits them into characters (its operator
`Tokenizer`), and says of each its MurmurHash3 of 32 bits. The hash is a chain of steps that each
can be undone, so that the bytes can be computed from the hash and their number. That number is the
one of 1 to 4 for which they are UTF-8: with `SEED`, there is never a second one. So no table of a
million characters is needed.

All texts lie in one flat array, with the number of its text beside each character: there is no
padding, and what is done to one text does not depend on the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textseq.export.graph import Graph, Value

SEED = 2_408_044
"""The smallest with which no two characters, and none and the empty text, have the same hash."""

_FIRST, _SECOND, _ADDED = 0xCC9E2D51, 0x1B873593, 0xE6546B64
_MIX, _LAST_MIX = 0x85EBCA6B, 0xC2B2AE35
"""The constants of MurmurHash3."""

_UINT32 = 1 << 32


@dataclass(frozen=True)
class Characters:
    """Characters of all texts, one text behind another.

    Args:
        points: Their code points: int64, (characters,).
        texts: The number of each one's text, from 0: int64, (characters,).
    """

    points: Value
    texts: Value

    def keep(self, mask: Value) -> Characters:
        """Return the characters where a mask is true."""
        return Characters(self.points.keep(mask), self.texts.keep(mask))


def read_characters(graph: Graph, strings: Value) -> Characters:
    """Return the characters of strings, (texts,), one string or more."""
    table = graph.apply(
        "Tokenizer",
        strings,
        domain="com.microsoft",
        mark=0,
        mincharnum=1,
        pad_value="",
        separators=[""],
    )
    hashes = graph.apply(
        "MurmurHash3", table, dtype=np.uint32, domain="com.microsoft", positive=1, seed=SEED
    )
    real = hashes.differs(_hash_of_nothing())
    texts = graph.apply("NonZero", real, dtype=np.int64).take(np.int64(0))
    flat = graph.apply("Compress", hashes, real)
    return Characters(_decode(flat), texts)


def _decode(hashes: Value) -> Value:
    """Return the characters of hashes as code points: int64."""
    bits = _undo_last_mix(hashes)
    points: Value | None = None
    for size in (1, 2, 3, 4):
        word = bits ^ size
        if size == 4:  # a whole block of bytes
            word = _rotate((word - _ADDED) * _inverse(5), 19)
        fits, point = _as_utf8(_undo_mix(word ^ SEED), size)
        point = point.cast(np.int64) * fits.cast(np.int64)
        points = point if points is None else points + point
    assert points is not None  # noqa: S101
    return points


def _as_utf8(word: Value, size: int) -> tuple[Value, Value]:
    """Return whether bytes, the first one lowest, are a character, and its code point."""
    first = [0x80, 0x20, 0x10, 0x08][size - 1]  # above the bits of the first byte
    mask = 0xFFFFFFFF ^ (first - 1) ^ sum(0x3F << 8 * i for i in range(1, size))
    lead = [0, 0xC0, 0xE0, 0xF0][size - 1] | sum(0x80 << 8 * i for i in range(1, size))
    fits, point = (word & mask).equals(lead), word & (first - 1)
    for i in range(1, size):
        point = (point << 6) | ((word >> 8 * i) & 0x3F)
    if size > 1:
        fits = fits & (point >= [0x80, 0x800, 0x10000][size - 2])
    if size == 3:
        fits = fits & (point & 0xF800).differs(0xD800)
    if size == 4:
        fits = fits & (point < 0x110000)
    return fits, point


def _undo_last_mix(bits: Value) -> Value:
    bits = (bits ^ (bits >> 16)) * _inverse(_LAST_MIX)
    bits = (bits ^ (bits >> 13) ^ (bits >> 26)) * _inverse(_MIX)
    return bits ^ (bits >> 16)


def _undo_mix(bits: Value) -> Value:
    return _rotate(bits * _inverse(_SECOND), 17) * _inverse(_FIRST)


def _rotate(bits: Value, left: int) -> Value:
    return (bits << left) | (bits >> (32 - left))


def _inverse(factor: int) -> int:
    """Return what undoes a multiplication of 32 bits."""
    return pow(factor, -1, _UINT32)


def _hash_of_nothing() -> int:
    bits = SEED
    for shift, factor in ((16, _MIX), (13, _LAST_MIX)):
        bits = ((bits ^ (bits >> shift)) * factor) % _UINT32
    return bits ^ (bits >> 16)
