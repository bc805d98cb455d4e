"""What becomes of each character before words are looked for: kept, lower-cased, or a separator.

Lower case is Python's own, read off `str.lower()` once. Two characters have none of their own and
are left to Python: dotted I becomes two characters, and sigma has another form at a word's end.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SEPARATOR = 255
"""The byte that stands for every separator in a folded text; UTF-8 does not have it."""

WITHOUT_OWN_LOWER_CASE = "\u0130\u03a3"


class Alphabet(NamedTuple):
    """What becomes of each character.

    Attributes:
        points: For each code point its lower case, or -1 if it separates; int32, shape (1114112,).
        ranges: The ASCII characters that separate, as runs: the first of each, and how many follow
            it; uint8, shape (runs, 2).
        moved: Whether a character beyond ASCII whose UTF-8 begins with two given bytes may change;
            bool, shape (256 * 64,), at 64 * the first + the second's lowest six bits.
        single: Whether every character is a word.
        lower: Whether the above are lower case.
    """

    points: npt.NDArray[np.int32]
    ranges: npt.NDArray[np.uint8]
    moved: npt.NDArray[np.bool_]
    single: bool
    lower: bool


@lru_cache(maxsize=8)
def alphabet(separators: frozenset[str], lower: bool, single: bool) -> Alphabet:
    """Return the alphabet for a tokenizer's settings.

    Args:
        separators: Characters at which words end, looked for after lower-casing.
        lower: Whether to lower-case.
        single: Whether every character is a word.

    Example:
        >>> from textseq.tokenizer.engine.case_folding import alphabet
        >>> words = alphabet(frozenset(" !"), lower=True, single=False)
        >>> words.points[[32, 65, 97]]
        array([-1, 97, 97], dtype=int32)
        >>> words.ranges
        array([[32,  1]], dtype=uint8)
    """
    points = _lower_case().copy() if lower else np.arange(sys.maxunicode + 1, dtype=np.int32)
    points[np.isin(points, [ord(character) for character in separators])] = -1
    return Alphabet(points, _runs(np.flatnonzero(points[:128] < 0)), _moved(points), single, lower)


@lru_cache(maxsize=1)
def _lower_case() -> npt.NDArray[np.int32]:
    """Return Python's own lower case of every code point that has one of its own."""
    points = np.arange(sys.maxunicode + 1, dtype=np.int32)
    plain = (points < 0xD800) | (points > 0xDFFF)  # no text holds a surrogate
    plain[[ord(character) for character in WITHOUT_OWN_LOWER_CASE]] = False
    text = points[plain].tobytes().decode("utf-32-le")
    points[plain] = np.frombuffer(text.lower().encode("utf-32-le"), np.int32)
    return points


def _runs(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return rising numbers as runs: (the first, how many follow it)."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    found = [(run[0], len(run) - 1) for run in runs if len(run)]
    return np.array(found, np.uint8).reshape(-1, 2)


def _moved(points: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Return for each first two bytes of UTF-8 whether a character that has them changes."""
    moved = np.zeros(256 * 64, np.bool_)
    changed = np.flatnonzero(points != np.arange(len(points)))
    for point in changed[changed >= 128].tolist():
        first, second = chr(point).encode("utf-8", "surrogatepass")[:2]
        moved[64 * first + (second & 63)] = True
    return moved
