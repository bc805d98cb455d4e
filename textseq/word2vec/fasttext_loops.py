"""Compiled loops: a hash table of words, and the vectors of words out of their n-grams.

The n-grams and their hashes are those of fastText's dictionary.cc:
https://github.com/facebookresearch/fastText
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled
from textseq.tokenizer.engine.primitives import (
    BLOCK,
    ByteArray,
    Int64,
    IntArray,
    Uint64,
    inlined,
    longest,
    whole_word,
)

if TYPE_CHECKING:
    from textseq.word2vec.fasttext_vectors import Ngrams
    from textseq.word2vec.vector_file import FloatMatrix

_BASIS, _PRIME = np.uint32(2166136261), np.uint32(16777619)
_OPEN, _CLOSE = np.uint8(ord("<")), np.uint8(ord(">"))
_END = np.frombuffer(b"</s>", np.uint8)


@compiled
def make_slots(letters: ByteArray, offsets: IntArray, seed: Uint64) -> npt.NDArray[np.int32]:
    """Return a hash table of words: open addressing, a word's place + 1 in a slot, 0 for none.

    Of equal words it holds the first.
    """
    size = 16
    while size < 2 * len(offsets):
        size *= 2
    slots = np.zeros(size, np.int32)
    text = np.empty(longest(offsets) + BLOCK, np.uint8)
    for i in range(len(offsets) - 1):
        word = whole_word(letters, offsets[i], offsets[i + 1], text, seed)
        found, slot = _find(slots, letters, offsets, text, word.length, word.hashed)
        if found < 0:
            slots[slot] = i + 1
    return slots


@compiled
def find_words(
    slots: npt.NDArray[np.int32],
    letters: ByteArray,
    offsets: IntArray,
    asked: tuple[ByteArray, IntArray],
    seed: Uint64,
) -> IntArray:
    """Return the places of the words asked for; -1 for those that are not in the table."""
    data, bounds = asked
    text = np.empty(longest(bounds) + BLOCK, np.uint8)
    places = np.empty(len(bounds) - 1, np.int64)
    for i in range(len(places)):
        word = whole_word(data, bounds[i], bounds[i + 1], text, seed)
        places[i], _ = _find(slots, letters, offsets, text, word.length, word.hashed)
    return places


@inlined
def _find(
    slots: npt.NDArray[np.int32],
    letters: ByteArray,
    offsets: IntArray,
    text: ByteArray,
    length: Int64,
    hashed: Uint64,
) -> tuple[Int64, Int64]:
    """Return the place of the word in `text`, or -1, and its slot or the free one for it."""
    slot = np.int64(hashed & np.uint64(len(slots) - 1))
    while slots[slot] != 0:
        place = np.int64(slots[slot]) - 1
        start = offsets[place]
        same = offsets[place + 1] - start == length
        k = 0
        while same and k < length:
            same = letters[start + k] == text[k]
            k += 1
        if same:
            return place, slot
        slot = (slot + 1) & (len(slots) - 1)
    return -1, slot


@compiled
def mean_of_parts(
    matrix: FloatMatrix,
    words: tuple[ByteArray, IntArray],
    rows: npt.NDArray[np.int32],
    ngrams: Ngrams,
    out: FloatMatrix,
) -> IntArray:
    """Write to `out` the mean of the rows of each word: its own, and those of its n-grams.

    Args:
        matrix: Rows of all words, then of all n-grams.
        words: Their UTF-8, end to end, and the offsets.
        rows: The own row of each; -1 for none: int32.
        ngrams: Which n-grams they have.
        out: Shape (words, columns of `matrix`); zeros where a word has no rows.

    Returns:
        How many rows each word has.
    """
    letters, offsets = words
    counts = np.zeros(len(rows), np.int64)
    text = np.empty(longest(offsets) + 2, np.uint8)
    text[0] = _OPEN
    for i in range(len(rows)):
        length = offsets[i + 1] - offsets[i]
        for k in range(length):
            text[1 + k] = letters[offsets[i] + k]
        out[i] = 0
        if rows[i] >= 0:
            _add(out, i, matrix, rows[i])
            counts[i] = 1
        if ngrams.longest > 0 and not _is_end(text, length):
            text[1 + length] = _CLOSE
            counts[i] += _add_ngrams(matrix, text, length + 2, ngrams, out, i)
        if counts[i] > 1:
            factor = np.float32(1.0 / counts[i])
            for k in range(out.shape[1]):
                out[i, k] *= factor
    return counts


@inlined
def _add_ngrams(
    matrix: FloatMatrix, text: ByteArray, size: Int64, ngrams: Ngrams, out: FloatMatrix, i: Int64
) -> Int64:
    """Add the rows of the n-grams of a word in < and >; return how many there are."""
    count = 0
    for start in range(size):
        if _continues(text[start]):
            continue
        hashed, end = _BASIS, start
        for n in range(1, ngrams.longest + 1):
            if end == size:
                break
            hashed = _hash(hashed, text[end])
            end += 1
            while end < size and _continues(text[end]):
                hashed = _hash(hashed, text[end])
                end += 1
            # A bracket alone is none.
            if n >= ngrams.shortest and not (n == 1 and (start == 0 or end == size)):
                _add(out, i, matrix, ngrams.first + np.int64(hashed) % ngrams.buckets)
                count += 1
    return count


@inlined
def _add(out: FloatMatrix, i: Int64, matrix: FloatMatrix, row: Int64) -> None:
    for k in range(out.shape[1]):
        out[i, k] += matrix[row, k]


@inlined
def _hash(hashed: Any, byte: Any) -> Any:
    """Return FNV-1a as fastText has it: over signed bytes."""
    return np.uint32((hashed ^ np.uint32(np.int8(byte))) * _PRIME)


@inlined
def _continues(byte: Any) -> bool:
    """Return whether a byte of UTF-8 is within a character."""
    return bool(byte & 0xC0 == 0x80)


@inlined
def _is_end(text: ByteArray, length: Int64) -> bool:
    """Return whether a word is the end of a sentence, which has no n-grams."""
    same: bool = length == len(_END)
    k = 0
    while same and k < len(_END):
        same = text[1 + k] == _END[k]
        k += 1
    return same
