"""A hash table of words, in arrays that the kernels pass around.

    slots    (2 n,)      open addressing; for each slot a key, and length << 32 | row + 1 (0: free)
    words    (rows, 4)   `FIRST`, `SECOND`, `LENGTH` and `HASH` of each word
    tallies  (rows, 4)   `COUNT`, `DOCUMENTS`, `LAST` and `SEEN` of each word
    letters  (bytes,)    the words that are longer than 16 bytes, end to end
    filled   (2,)        how many rows, and how many of the letters, are in use

The key of a word of up to eight bytes is those bytes, the first lowest; of a longer one its hash,
and then all its bytes are compared too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from textseq.compute.compiled import compiled
from textseq.compute.vector_kernels import prefetch
from textseq.tokenizer.engine.primitives import (
    AHEAD,
    BLOCK,
    HALF,
    ONE,
    U8,
    U64,
    ZERO,
    ByteArray,
    Int64,
    IntArray,
    Uint64,
    UintArray,
    Word,
    eight_bytes,
    inlined,
    longest,
    whole_word,
)

FIRST, SECOND, LENGTH, HASH = range(4)
"""The columns of `WordTable.words`: a word's first eight bytes, the next eight (or, if it is longer
than 16, where its letters begin), the number of its bytes, and its hash."""

COUNT, DOCUMENTS, LAST, SEEN = range(4)
"""The columns of `WordTable.tallies`: how often a word occurs, in how many documents, the last of
them, counted from 1, and where in the whole text it occurred first."""

_ROW = U64(0xFFFFFFFF)


class WordTable(NamedTuple):
    """A hash table of words; see the module."""

    slots: UintArray
    words: UintArray
    tallies: UintArray
    letters: ByteArray
    filled: IntArray


def new_table(rows: int = 1024) -> WordTable:
    """Return an empty table; it grows when it is full."""
    rows = 1 << max(4, (rows - 1).bit_length())
    return WordTable(
        np.zeros(4 * rows, U64),
        np.empty((rows, 4), U64),
        np.empty((rows, 4), U64),
        np.empty(rows, np.uint8),
        np.zeros(2, np.int64),
    )


@compiled
def merge_tables(table: WordTable, other: WordTable, offset: Int64) -> WordTable:
    """Add the counts of another table, whose text begins `offset` places later, to `table`.

    The table returned takes the place of `table`, which is not to be used again.
    """
    _, their_words, their_tallies, their_letters, their_filled = other
    table = with_room(table, their_filled[0], their_filled[1])
    slots, words, tallies, letters, filled = table
    for theirs in range(their_filled[0]):
        ahead = min(theirs + AHEAD, their_filled[0] - 1)
        prefetch_slot(slots, their_words[ahead, HASH])
        length, second = np.int64(their_words[theirs, LENGTH]), their_words[theirs, SECOND]
        start = np.int64(second) if length > 16 else 0
        word = Word(start, length, their_words[theirs, FIRST], second, their_words[theirs, HASH])
        seen = their_tallies[theirs, SEEN] + U64(offset)
        row, slot = find_row(slots, words, letters, their_letters, word)
        if row < 0:
            row = insert_word(slots, words, tallies, letters, filled, their_letters, word, slot)
            tallies[row, SEEN] = seen
        tallies[row, COUNT] += their_tallies[theirs, COUNT]
        tallies[row, DOCUMENTS] += their_tallies[theirs, DOCUMENTS]
        tallies[row, SEEN] = min(tallies[row, SEEN], seen)
    return table


@compiled
def insert_strings(table: WordTable, data: ByteArray, offsets: IntArray, seed: Uint64) -> WordTable:
    """Add whole strings, all different and not in the table, as words; a row for each, in order."""
    table = with_room(table, len(offsets) - 1, offsets[-1] - offsets[0])
    slots, words, tallies, letters, filled = table
    text = np.empty(longest(offsets) + BLOCK, np.uint8)
    for i in range(len(offsets) - 1):
        word = whole_word(data, offsets[i], offsets[i + 1], text, seed)
        _, slot = find_row(slots, words, letters, text, word)
        row = insert_word(slots, words, tallies, letters, filled, text, word, slot)
        tallies[row, SEEN] = U64(i)
    return table


@compiled
def find_strings(table: WordTable, data: ByteArray, offsets: IntArray, seed: Uint64) -> IntArray:
    """Return the rows of words that are whole strings; -1 for those that are not in the table."""
    slots, words, _, letters, _ = table
    text = np.empty(longest(offsets) + BLOCK, np.uint8)
    rows = np.empty(len(offsets) - 1, np.int64)
    for i in range(len(rows)):
        word = whole_word(data, offsets[i], offsets[i + 1], text, seed)
        rows[i], _ = find_row(slots, words, letters, text, word)
    return rows


@compiled
def spell_words(table: WordTable, rows: IntArray) -> tuple[ByteArray, IntArray]:
    """Return the UTF-8 of the words in some rows, end to end, and their offsets."""
    _, words, _, letters, _ = table
    offsets = np.zeros(len(rows) + 1, np.int64)
    for k in range(len(rows)):
        offsets[k + 1] = offsets[k] + np.int64(words[rows[k], LENGTH])
    data = np.empty(offsets[-1], np.uint8)
    for k in range(len(rows)):
        first, second = words[rows[k], FIRST], words[rows[k], SECOND]
        length = offsets[k + 1] - offsets[k]
        for n in range(length):
            if length > 16:
                byte = U64(letters[np.int64(second) + n])
            else:
                byte = (first if n < 8 else second) >> U64(8 * (n & 7))
            data[offsets[k] + n] = U8(byte & U64(255))
    return data, offsets


@inlined
def prefetch_slot(slots: UintArray, hashed: Uint64) -> None:
    """Have the slot of a word fetched that is looked up soon."""
    slot: Any = np.int64(hashed << ONE) & (len(slots) - 2)
    prefetch(slots, slot)


@inlined
def prefetch_row(slots: UintArray, rows: UintArray, hashed: Uint64) -> None:
    """Have the row of a word fetched that is looked up soon, and whose slot was fetched."""
    slot: Any = np.int64(hashed << ONE) & (len(slots) - 2)
    # Often its row, though another word may be in its slot. A place before the first does no harm.
    row: Any = np.int64(slots[slot + 1] & _ROW) - 1
    prefetch(rows, 4 * row)


@inlined
def find_row(
    slots: UintArray, words: UintArray, letters: ByteArray, text: ByteArray, word: Word
) -> tuple[Int64, Int64]:
    """Return the row of a word of `text`, or -1; and the slot where it is or would be."""
    _, length, first, _, hashed = word
    key = first if length <= 8 else hashed
    mask = len(slots) - 2
    slot = np.int64(hashed << ONE) & mask
    while True:
        held = slots[slot + 1]
        if slots[slot] == key and held >> HALF == U64(length):
            row = np.int64((held & _ROW) - ONE)
            if length <= 8 or _same(words, letters, row, text, word):
                return row, slot
        elif held == 0:
            return -1, slot
        slot = (slot + 2) & mask


@inlined
def _same(words: UintArray, letters: ByteArray, row: Int64, text: ByteArray, word: Word) -> bool:
    """Return whether a word of more than eight bytes is that of a row, which is as long."""
    if words[row, FIRST] != word.first:
        return False
    second = words[row, SECOND]
    if word.length <= 16:
        return bool(second == word.second)
    return _same_letters(letters, np.int64(second), text, word.start, word.length)


@compiled
def _same_letters(
    letters: ByteArray, start: Int64, text: ByteArray, at: Int64, length: Int64
) -> bool:
    """Return whether two words of more than eight bytes are the same."""
    last = length - 8  # the last eight bytes, some of which may be compared twice
    for place in range(8, length, 8):
        k = min(place, last)
        theirs: Any = eight_bytes(letters, start + k)
        if theirs != eight_bytes(text, at + k):
            return False
    return True


@inlined
def insert_word(
    slots: UintArray,
    words: UintArray,
    tallies: UintArray,
    letters: ByteArray,
    filled: IntArray,
    text: ByteArray,
    word: Word,
    slot: Int64,
) -> Int64:
    """Add a word of `text`, at its free slot, to a table that has room; return its row."""
    at, length, first, second, hashed = word
    row, start = filled
    if length > 16:
        for n in range(length):
            letters[start + n] = text[at + n]
        second = U64(start)
        filled[1] = start + length
    words[row, FIRST] = first
    words[row, SECOND] = second
    words[row, LENGTH] = U64(length)
    words[row, HASH] = hashed
    for column in range(4):
        tallies[row, column] = ZERO
    slots[slot] = first if length <= 8 else hashed
    slots[slot + 1] = U64(length) << HALF | U64(row + 1)
    filled[0] = row + 1
    return row


@compiled
def with_room(table: WordTable, rows_more: Int64, letters_more: Int64) -> WordTable:
    """Return a table with room for some more rows and letters, larger if it must be."""
    slots, words, tallies, letters, filled = table
    rows, held = filled
    if rows + rows_more > len(words):
        size = max(rows + rows_more, 2 * len(words))
        words = _longer(words, rows, size)
        tallies = _longer(tallies, rows, size)
    if held + letters_more > len(letters):
        longer = np.empty(max(held + letters_more, 2 * len(letters)), np.uint8)
        for k in range(held):
            longer[k] = letters[k]
        letters = longer
    size = len(slots)
    while 4 * (rows + rows_more) > size:
        size *= 2
    if size > len(slots):
        slots = _slots_for(words, rows, size)
    return WordTable(slots, words, tallies, letters, filled)


@compiled
def _longer(rows: UintArray, held: Int64, size: Int64) -> UintArray:
    """Return a copy with room for more rows."""
    longer = np.empty((size, 4), np.uint64)
    for row in range(held):
        for column in range(4):
            longer[row, column] = rows[row, column]
    return longer


@compiled
def _slots_for(words: UintArray, rows: Int64, size: Int64) -> UintArray:
    """Return slots for the words of some rows."""
    slots = np.zeros(size, np.uint64)
    mask = size - 2
    for row in range(rows):
        prefetch_slot(slots, words[min(row + AHEAD, rows - 1), HASH])
        slot = np.int64(words[row, HASH] << ONE) & mask
        while slots[slot + 1] != 0:
            slot = (slot + 2) & mask
        slots[slot] = words[row, FIRST] if words[row, LENGTH] <= 8 else words[row, HASH]
        slots[slot + 1] = words[row, LENGTH] << HALF | U64(row + 1)
    return slots


@compiled
def prune(table: WordTable, max_words: Int64, rare: Int64) -> tuple[WordTable, Int64, Int64]:
    """Drop the rarest words while the table, not to be used again, has more than `max_words`.

    Return it, the largest count of the words dropped (before: `rare`), and how many were dropped.
    """
    before = table.filled[0]
    while table.filled[0] > max_words:
        rare += 1
        table = _without_rare(table, rare)
    return table, rare, before - table.filled[0]


@compiled
def _without_rare(table: WordTable, rare: Int64) -> WordTable:
    """Drop the words that occur at most `rare` times; the table is not to be used again."""
    slots, words, tallies, letters, filled = table
    row, start = np.int64(0), np.int64(0)
    for old in range(filled[0]):
        if tallies[old, COUNT] <= U64(rare):
            continue
        for column in range(4):
            words[row, column] = words[old, column]
            tallies[row, column] = tallies[old, column]
        length = np.int64(words[old, LENGTH])
        if length > 16:
            begin = np.int64(words[old, SECOND])
            for k in range(length):
                letters[start + k] = letters[begin + k]
            words[row, SECOND] = U64(start)
            start += length
        row += 1
    filled[0] = row
    filled[1] = start
    return WordTable(_slots_for(words, row, len(slots)), words, tallies, letters, filled)
