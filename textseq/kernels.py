"""Compiled loops over the bytes of Arrow strings: split, lower-case, count and look up.

A document is first written to a scratch buffer in lower case, with one byte 255, which UTF-8 does
not have, after each word. There eight bytes are looked at in one step, so that finding the end of
a word, hashing it and comparing it take no branch for most words. A `WordTable` holds the words:

    slots    (2 n,)      open addressing; for each slot a key, and length << 32 | row + 1 (0: free)
    words    (rows, 4)   `KEY`, `LENGTH`, `START` and `HASH` of each word
    tallies  (rows, 4)   `COUNT`, `DOCUMENTS`, `LAST` and `SEEN` of each word
    letters  (bytes,)    the words that are longer than eight bytes, end to end
    filled   (2,)        how many rows, and how many of the letters, are in use

The key of a word of up to eight bytes is those bytes, the first lowest; of a longer one its hash,
and then all its bytes are compared too. The hash is seeded anew in each process, so that nobody can
write a text whose words collide; no result depends on it.

The loops expect sound UTF-8, touch no Python object, and release the interpreter's lock.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.extending import intrinsic
from numba.np import arrayobj

from textseq.compiled import compiled

Bytes: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[np.uint64]
Offsets: TypeAlias = npt.NDArray[np.int64]
Integer: TypeAlias = Any  # an int in Python, an int64 in compiled code
U64 = np.uint64

KEY, LENGTH, START, HASH = range(4)
"""The columns of `WordTable.words`: see the module; `START` is where its letters begin."""

COUNT, DOCUMENTS, LAST, SEEN = range(4)
"""The columns of `WordTable.tallies`: how often a word occurs, in how many documents, the last of
them, counted from 1, and where in the whole text it occurred first."""

SEPARATOR = 255
"""The byte after each word of a folded document."""

SEED = U64(int.from_bytes(os.urandom(8), "little"))

WITHOUT_OWN_LOWER_CASE = "\u0130\u03a3"
"""Dotted I, which becomes two characters, and sigma, which has another form at a word's end."""

_ZERO, _ONE, _HALF = U64(0), U64(1), U64(32)
_ROW = U64(0xFFFFFFFF)
_LOW_BITS = U64(0x7F7F7F7F7F7F7F7F)
_PLACES = U64(0x0001020304050607)
# An odd number of SplitMix64 (Steele, Lea and Flood 2014), which spreads each bit upwards.
_SPREAD = U64(0xBF58476D1CE4E5B9)

Function = TypeVar("Function", bound=Callable[..., Any])


def _inlined(function: Function) -> Function:
    """Compile into the loops that call it."""
    return cast(Function, numba.njit(nogil=True, forceinline=True)(function))


class WordTable(NamedTuple):
    """A hash table of words; see the module."""

    slots: Numbers
    words: Numbers
    tallies: Numbers
    letters: Bytes
    filled: Offsets


class Alphabet(NamedTuple):
    """What becomes of each character: itself, its lower case, or a separator.

    Attributes:
        ascii: For each ASCII character, uint8, shape (128,); `SEPARATOR` if it separates.
        points: For each code point, int32, shape (1114112,); -1 if it separates.
        single: Whether every character is a word.
        lower: Whether the above are lower case.
    """

    ascii: Bytes
    points: npt.NDArray[np.int32]
    single: bool
    lower: bool


def new_table(rows: int = 1024) -> WordTable:
    """Return an empty table; it grows when it is full.

    Example:
        >>> from textseq.kernels import new_table
        >>> new_table().filled
        array([0, 0])
    """
    rows = 1 << max(4, (rows - 1).bit_length())
    return WordTable(
        np.zeros(4 * rows, U64),
        np.empty((rows, 4), U64),
        np.empty((rows, 4), U64),
        np.empty(rows, np.uint8),
        np.zeros(2, np.int64),
    )


@lru_cache(maxsize=8)
def alphabet(separators: frozenset[str], lower: bool, single: bool) -> Alphabet:
    """Return the alphabet for a tokenizer's settings.

    Args:
        separators: Characters at which words end, looked for after lower-casing.
        lower: Whether to lower-case.
        single: Whether every character is a word.

    Example:
        >>> from textseq.kernels import alphabet
        >>> alphabet(frozenset(" "), lower=True, single=False).ascii[[32, 65, 97]]
        array([255,  97,  97], dtype=uint8)
    """
    points = _lower_case().copy() if lower else np.arange(sys.maxunicode + 1, dtype=np.int32)
    points[np.isin(points, [ord(character) for character in separators])] = -1
    ascii = np.where(points[:128] < 0, SEPARATOR, points[:128]).astype(np.uint8)  # noqa: A001
    return Alphabet(ascii, points, single, lower)


@lru_cache(maxsize=1)
def _lower_case() -> npt.NDArray[np.int32]:
    """Return Python's own lower case of every code point that has one of its own."""
    points = np.arange(sys.maxunicode + 1, dtype=np.int32)
    plain = (points < 0xD800) | (points > 0xDFFF)  # no text holds a surrogate
    plain[[ord(character) for character in WITHOUT_OWN_LOWER_CASE]] = False
    text = points[plain].tobytes().decode("utf-32-le")
    points[plain] = np.frombuffer(text.lower().encode("utf-32-le"), np.int32)
    return points


@intrinsic
def _eight_bytes(_context: Any, data: Any, _place: Any) -> Any:
    """Return the eight bytes from any place on as one number, the first lowest."""

    def load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = arrayobj.make_array(signature.args[0])(  # type: ignore[no-untyped-call]
            context, builder, arguments[0]
        )
        place = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)

    return numba.uint64(data, numba.intp), load


@compiled
def holds_special(data: Bytes) -> bool:
    """Return whether some bytes hold one of `WITHOUT_OWN_LOWER_CASE`."""
    # In UTF-8 they are C4 B0 and CE A3. Without a branch, this is done with vector instructions.
    found = False
    firsts, seconds = data[:-1], data[1:]
    for i in range(len(seconds)):
        first, second = firsts[i], seconds[i]
        found |= ((first == 0xC4) & (second == 0xB0)) | ((first == 0xCE) & (second == 0xA3))
    return found


@compiled
def count(
    table: WordTable,
    data: Bytes,
    offsets: Offsets,
    alphabet: Alphabet,
    seed: np.uint64,
    place: Integer,
    document: Integer,
    max_words: Integer,
    rare: Integer,
) -> tuple[WordTable, int, int]:
    """Count the words of documents into a table.

    Args:
        table: Not to be used again; the one returned takes its place.
        data: The bytes of all documents.
        offsets: Document i is `data[offsets[i]:offsets[i + 1]]`.
        alphabet: What the characters are.
        seed: `SEED`.
        place: Where in the whole text the documents begin, for `SEEN`. A byte takes two places,
            because lower case can be longer.
        document: The number of the first document in the whole text, from 1.
        max_words: How many words the table may hold after a document; 0 for any number.
        rare: The largest count of the words dropped for want of room so far.

    Returns:
        The table, `rare` as it is then, and how many words were dropped.
    """
    slots, words, tallies, letters, filled = table
    ascii, points, single, _ = alphabet  # noqa: A001
    text = np.empty(_longest(offsets) * 3 // 2 + 16, np.uint8)
    dropped = 0
    for i in range(len(offsets) - 1):
        end = _fold(data, offsets[i], offsets[i + 1], ascii, points, text)
        at = 0
        while True:
            # The arrays stay the same within the inner loop, which is what lets it run at speed.
            at, length, key, hashed, slot = _tally(
                slots, words, tallies, letters, text, at, end, document + i, single, seed
            )
            if at >= end:
                break
            row = filled[0]
            slots, words, tallies, letters = _insert(
                slots, words, tallies, letters, filled, text, at, length, key, hashed, slot
            )
            tallies[row, SEEN] = U64(place + 2 * (offsets[i] - offsets[0]) + at)
        while max_words and filled[0] > max_words:
            rare += 1
            before = filled[0]
            slots = _drop_rare(words, tallies, letters, filled, rare, len(slots))
            dropped += before - filled[0]
    return WordTable(slots, words, tallies, letters, filled), rare, dropped


@compiled
def encode(
    table: WordTable,
    numbers: npt.NDArray[np.int32],
    unknown: Integer,
    data: Bytes,
    offsets: Offsets,
    alphabet: Alphabet,
    seed: np.uint64,
) -> tuple[npt.NDArray[np.int32], Offsets]:
    """Look up the words of documents.

    Args:
        table: The words that are known.
        numbers: The number of the word in each row; below 0 to leave it out.
        unknown: The number of a word that is not in the table; below 0 to leave it out.
        data: As in `count`.
        offsets: As in `count`.
        alphabet: As in `count`.
        seed: `SEED`.

    Returns:
        The numbers of all documents end to end, and their offsets, from 0.
    """
    slots, words, _, letters, _ = table
    ascii, points, single, _ = alphabet  # noqa: A001
    text = np.empty(_longest(offsets) * 3 // 2 + 16, np.uint8)
    size = offsets[-1] - offsets[0]
    ids = np.empty(size + 1 if single else (size + len(offsets)) // 2 + 1, np.int32)
    bounds = np.zeros(len(offsets), np.int64)
    held = 0
    for i in range(len(offsets) - 1):
        end = _fold(data, offsets[i], offsets[i + 1], ascii, points, text)
        at = 0
        while at < end:
            length, key, hashed = _word(text, at, single, seed)
            row, _ = _find(slots, words, letters, text, at, length, key, hashed)
            number: Integer = numbers[row] if row >= 0 else unknown
            ids[held] = number
            held += number >= 0
            at += length + (not single)
        bounds[i + 1] = held
    return ids[:held].copy(), bounds


@compiled
def merge(table: WordTable, other: WordTable, offset: Integer) -> WordTable:
    """Add the counts of another table to a table; not to be used again, as in `count`.

    Args:
        table: Gets the counts.
        other: Has them; its documents are others than the table's.
        offset: How many places later the text of `other` begins.
    """
    slots, words, tallies, letters, filled = table
    _, their_words, their_tallies, their_letters, their_filled = other
    for k in range(their_filled[0]):
        length, key = np.int64(their_words[k, LENGTH]), their_words[k, KEY]
        start, hashed = np.int64(their_words[k, START]), their_words[k, HASH]
        seen = their_tallies[k, SEEN] + U64(offset)
        row, slot = _find(slots, words, letters, their_letters, start, length, key, hashed)
        if row < 0:
            row = filled[0]
            slots, words, tallies, letters = _insert(
                slots,
                words,
                tallies,
                letters,
                filled,
                their_letters,
                start,
                length,
                key,
                hashed,
                slot,
            )
            tallies[row, SEEN] = seen
        tallies[row, COUNT] += their_tallies[k, COUNT]
        tallies[row, DOCUMENTS] += their_tallies[k, DOCUMENTS]
        tallies[row, SEEN] = min(tallies[row, SEEN], seen)
    return WordTable(slots, words, tallies, letters, filled)


@compiled
def fill(table: WordTable, data: Bytes, offsets: Offsets, seed: np.uint64) -> WordTable:
    """Add whole strings, all different and not in the table, as words; a row for each, in order."""
    slots, words, tallies, letters, filled = table
    text = np.empty(_longest(offsets) + 16, np.uint8)
    for i in range(len(offsets) - 1):
        length, key, hashed = _whole(data, offsets[i], offsets[i + 1], text, seed)
        _, slot = _find(slots, words, letters, text, 0, length, key, hashed)
        slots, words, tallies, letters = _insert(
            slots, words, tallies, letters, filled, text, 0, length, key, hashed, slot
        )
        tallies[filled[0] - 1, SEEN] = U64(i)
    return WordTable(slots, words, tallies, letters, filled)


@compiled
def find(table: WordTable, data: Bytes, offsets: Offsets, seed: np.uint64) -> Offsets:
    """Return the rows of words that are whole strings; -1 for those that are not in the table."""
    slots, words, _, letters, _ = table
    text = np.empty(_longest(offsets) + 16, np.uint8)
    rows = np.empty(len(offsets) - 1, np.int64)
    for i in range(len(rows)):
        length, key, hashed = _whole(data, offsets[i], offsets[i + 1], text, seed)
        rows[i], _ = _find(slots, words, letters, text, 0, length, key, hashed)
    return rows


@compiled
def spell(table: WordTable, rows: Offsets) -> tuple[Bytes, Offsets]:
    """Return the UTF-8 of the words in some rows, end to end, and their offsets."""
    _, words, _, letters, _ = table
    offsets = np.zeros(len(rows) + 1, np.int64)
    for k in range(len(rows)):
        offsets[k + 1] = offsets[k] + np.int64(words[rows[k], LENGTH])
    data = np.empty(offsets[-1], np.uint8)
    for k in range(len(rows)):
        key, start = words[rows[k], KEY], np.int64(words[rows[k], START])
        length = offsets[k + 1] - offsets[k]
        for n in range(length):
            byte = key >> U64(8 * n) & U64(255) if length <= 8 else U64(letters[start + n])
            data[offsets[k] + n] = np.uint8(byte)
    return data, offsets


@compiled
def _tally(
    slots: Numbers,
    words: Numbers,
    tallies: Numbers,
    letters: Bytes,
    text: Bytes,
    at: Integer,
    end: Integer,
    document: Integer,
    single: bool,
    seed: np.uint64,
) -> tuple[Integer, Integer, np.uint64, np.uint64, Integer]:
    """Count the words of a folded document up to one that is not in the table.

    Returns:
        Where that word is, or `end`; and what `_insert` must be told of it.
    """
    current = U64(document)
    while at < end:
        length, key, hashed = _word(text, at, single, seed)
        row, slot = _find(slots, words, letters, text, at, length, key, hashed)
        if row < 0:
            return at, length, key, hashed, slot
        tallies[row, COUNT] += _ONE
        if tallies[row, LAST] != current:
            tallies[row, LAST] = current
            tallies[row, DOCUMENTS] += _ONE
        at += length + (not single)
    return end, 0, _ZERO, _ZERO, 0


@compiled
def _fold(
    data: Bytes,
    at: Integer,
    end: Integer,
    ascii: Bytes,  # noqa: A002
    points: npt.NDArray[np.int32],
    text: Bytes,
) -> Integer:
    """Write a document to `text` in lower case, a `SEPARATOR` after each word; return its end.

    Lower case takes at most 3/2 of the bytes. Eight more separators follow, so that eight bytes can
    be read at any place of a word.
    """
    to = 0
    after_separator: Integer = True
    document = data[at:end]
    highest = np.uint8(0)
    for byte in document:
        highest = max(highest, byte)
    if highest < 128:
        for byte in document:
            low = ascii[byte]
            text[to] = low
            is_separator = low == SEPARATOR
            to += not (is_separator and after_separator)
            after_separator = is_separator
        at = end
    while at < end:
        point, size = _point(data, at)
        low_point = points[point]
        if low_point == point:
            for k in range(size):
                text[to + k] = data[at + k]
            to += size
        elif low_point >= 0:
            to = _write(low_point, text, to)
        elif not after_separator:
            text[to] = SEPARATOR
            to += 1
        after_separator = low_point < 0
        at += size
    for k in range(9):
        text[to + k] = SEPARATOR
    return to


@_inlined
def _point(data: Bytes, at: Integer) -> tuple[Integer, Integer]:
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


@_inlined
def _write(point: Integer, text: Bytes, to: Integer) -> Integer:
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


@_inlined
def _whole(
    data: Bytes, begin: Integer, end: Integer, text: Bytes, seed: np.uint64
) -> tuple[Integer, np.uint64, np.uint64]:
    """Copy a string to `text`, and return its length, key and hash as those of one word."""
    for k in range(end - begin):
        text[k] = data[begin + k]
    for k in range(end - begin, end - begin + 9):
        text[k] = SEPARATOR
    if begin == end:
        return 0, _ONE, _mixed(seed, _ONE)  # free slots have the key 0
    return _word(text, 0, False, seed)


@_inlined
def _word(
    text: Bytes, at: Integer, single: bool, seed: np.uint64
) -> tuple[Integer, np.uint64, np.uint64]:
    """Return the length, the key and the hash of the word at a place of a folded document."""
    number: Any = _eight_bytes(text, at)  # type: ignore[call-arg]
    if single:
        byte = text[at]
        length = 1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0)
        number &= (_ONE << U64(8 * length)) - _ONE
        return length, number, _mixed(seed, number)
    marks = _separators(number)
    if marks:
        number &= _before(marks)
        return _bytes_before(marks), number, _mixed(seed, number)
    first = hashed = _mixed(seed, number)
    key = number
    length = 8
    number = _eight_bytes(text, at + length)
    marks = _separators(number)
    while not marks:
        hashed = _mixed(hashed, number)
        length += 8
        number = _eight_bytes(text, at + length)
        marks = _separators(number)
    length += _bytes_before(marks)
    if length == 8:
        return length, key, first
    hashed = _mixed(_mixed(hashed, number & _before(marks)), U64(length))
    return length, hashed, hashed


@_inlined
def _mixed(hashed: np.uint64, number: np.uint64) -> np.uint64:
    hashed = (hashed ^ number) * _SPREAD
    return hashed ^ (hashed >> _HALF)


@_inlined
def _separators(number: np.uint64) -> np.uint64:
    """Return the top bit of each of eight bytes that is a `SEPARATOR`, all of them ones."""
    rest = ~number
    return ~(((rest & _LOW_BITS) + _LOW_BITS) | rest | _LOW_BITS)


@_inlined
def _before(marks: np.uint64) -> np.uint64:
    """Return the bits of the bytes before the lowest marked one."""
    return ((marks & (~marks + _ONE)) >> U64(7)) - _ONE


@_inlined
def _bytes_before(marks: np.uint64) -> Integer:
    """Return the number of the bytes before the lowest marked one."""
    lowest = (marks & (~marks + _ONE)) >> U64(7)  # 1 << 8 n, and the product's top byte is n
    return np.int64(lowest * _PLACES >> U64(56))


@_inlined
def _find(
    slots: Numbers,
    words: Numbers,
    letters: Bytes,
    text: Bytes,
    at: Integer,
    length: Integer,
    key: np.uint64,
    hashed: np.uint64,
) -> tuple[Integer, Integer]:
    """Return the row of the word at `at`, or -1; and the slot where it is or would be."""
    mask = len(slots) - 2
    slot = np.int64(hashed << _ONE) & mask
    while True:
        held = slots[slot + 1]
        if slots[slot] == key and held >> _HALF == U64(length):
            row = np.int64((held & _ROW) - _ONE)
            if length <= 8 or _same(letters, np.int64(words[row, START]), text, at, length):
                return row, slot
        elif held == 0:
            return -1, slot
        slot = (slot + 2) & mask


@_inlined
def _same(letters: Bytes, start: Integer, text: Bytes, at: Integer, length: Integer) -> bool:
    """Return whether two words of more than eight bytes are the same."""
    k = 0
    last = length - 8
    while k < last:
        theirs: Any = _eight_bytes(letters, start + k)  # type: ignore[call-arg]
        if theirs != _eight_bytes(text, at + k):
            return False
        k += 8
    # The last eight bytes, some of which were compared already.
    rest: Any = _eight_bytes(letters, start + last)  # type: ignore[call-arg]
    return bool(rest == _eight_bytes(text, at + last))


@compiled
def _insert(
    slots: Numbers,
    words: Numbers,
    tallies: Numbers,
    letters: Bytes,
    filled: Offsets,
    text: Bytes,
    at: Integer,
    length: Integer,
    key: np.uint64,
    hashed: np.uint64,
    slot: Integer,
) -> tuple[Numbers, Numbers, Numbers, Bytes]:
    """Add a word, at the free slot found for it, in row `filled[0]`; return the table's arrays."""
    row, start = filled
    if row == len(words):
        words = _twice(words)
        tallies = _twice(tallies)
    if length > 8:
        if start + length > len(letters):
            more = np.empty(2 * len(letters) + length, np.uint8)
            for k in range(start):
                more[k] = letters[k]
            letters = more
        for k in range(length):
            letters[start + k] = text[at + k]
        filled[1] = start + length
    words[row, KEY] = key
    words[row, LENGTH] = U64(length)
    words[row, START] = U64(start)
    words[row, HASH] = hashed
    for column in range(4):
        tallies[row, column] = _ZERO
    filled[0] = row + 1
    slots[slot] = key
    slots[slot + 1] = U64(length) << _HALF | U64(row + 1)
    if 4 * (row + 1) > len(slots):
        slots = _slots_for(words, row + 1, 2 * len(slots))
    return slots, words, tallies, letters


@compiled
def _twice(rows: Numbers) -> Numbers:
    """Return a copy with room for twice as many rows."""
    more = np.empty((2 * len(rows), 4), np.uint64)
    for row in range(len(rows)):
        for column in range(4):
            more[row, column] = rows[row, column]
    return more


@compiled
def _slots_for(words: Numbers, rows: Integer, size: Integer) -> Numbers:
    """Return slots for the words of some rows."""
    slots = np.zeros(size, np.uint64)
    mask = size - 2
    for row in range(rows):
        slot = np.int64(words[row, HASH] << _ONE) & mask
        while slots[slot + 1] != 0:
            slot = (slot + 2) & mask
        slots[slot] = words[row, KEY]
        slots[slot + 1] = words[row, LENGTH] << _HALF | U64(row + 1)
    return slots


@compiled
def _drop_rare(
    words: Numbers, tallies: Numbers, letters: Bytes, filled: Offsets, rare: Integer, size: Integer
) -> Numbers:
    """Drop the words that occur at most `rare` times, in place; return the slots of the others."""
    row: Integer = 0
    start: Integer = 0
    for old in range(filled[0]):
        if tallies[old, COUNT] <= U64(rare):
            continue
        for column in range(4):
            words[row, column] = words[old, column]
            tallies[row, column] = tallies[old, column]
        length, begin = np.int64(words[old, LENGTH]), np.int64(words[old, START])
        words[row, START] = U64(start)
        row += 1
        if length > 8:
            for k in range(length):
                letters[start + k] = letters[begin + k]
            start += length
    filled[0] = row
    filled[1] = start
    return _slots_for(words, row, size)


@_inlined
def _longest(offsets: Offsets) -> Integer:
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest
