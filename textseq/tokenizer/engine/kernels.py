"""Compiled loops over the bytes of Arrow strings: split, lower-case, count and look up.

Documents are taken a piece of some kilobytes at a time, and go through three steps:

    fold   write them to a scratch buffer in lower case, each separator as bytes 255
    words  find where words begin and end, 64 bytes in one step, and give each a hash
    find   look the words up in a table, fetching from memory what the next few will need

No step waits for the outcome of the one before it, word by word, which is what makes them quick.
A `WordTable` holds the words:

    slots    (2 n,)      open addressing; for each slot a key, and length << 32 | row + 1 (0: free)
    words    (rows, 4)   `FIRST`, `SECOND`, `LENGTH` and `HASH` of each word
    tallies  (rows, 4)   `COUNT`, `DOCUMENTS`, `LAST` and `SEEN` of each word
    letters  (bytes,)    the words that are longer than 16 bytes, end to end
    filled   (2,)        how many rows, and how many of the letters, are in use

The key of a word of up to eight bytes is those bytes, the first lowest; of a longer one its hash,
and then all its bytes are compared too. The hash is seeded anew in each process, so that nobody can
write a text whose words collide; no result depends on it.

The loops expect sound UTF-8, touch no Python object, and release the interpreter's lock. They are
in one file because a function that is kept on the disk is compiled anew only when its own file
changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.extending import intrinsic
from numba.np import arrayobj

from textseq.compute.compiled import compiled
from textseq.tokenizer.engine.case_folding import SEPARATOR, Alphabet

Bytes: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[np.uint64]
Offsets: TypeAlias = npt.NDArray[np.int64]
Integer: TypeAlias = Any  # an int in Python, an int64 in compiled code
Number: TypeAlias = Any  # likewise, a uint64
U8, U64 = np.uint8, np.uint64

FIRST, SECOND, LENGTH, HASH = range(4)
"""The columns of `WordTable.words`: a word's first eight bytes, the next eight (or, if it is longer
than 16, where its letters begin), the number of its bytes, and its hash."""

COUNT, DOCUMENTS, LAST, SEEN = range(4)
"""The columns of `WordTable.tallies`: how often a word occurs, in how many documents, the last of
them, counted from 1, and where in the whole text it occurred first."""

SEED = U64(int.from_bytes(os.urandom(8), "little"))

_PIECE = 1 << 14  # bytes of text that are worked on at a time: with all else, a cache's worth
_WORDS = 1 << 9  # words likewise
_BLOCK = 64  # bytes that are looked at in one step
_AHEAD = 16  # how many words ahead slots are fetched
# Places behind the last word: for those of a block, written four at a time, and to look ahead.
_MORE = _BLOCK + 4 + _AHEAD

_ZERO, _ONE, _HALF = U64(0), U64(1), U64(32)
_ROW = U64(0xFFFFFFFF)
_QUOTE, _BACKSLASH, _LOWER_U = ord('"'), ord("\\"), ord("u")
_COLON, _COMMA, _SPACE = ord(":"), ord(","), ord(" ")
_LETTERS = np.frombuffer(b"btn-fr", np.uint8)  # of backspace, tab, and so on, from 8 to 13
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_LOWEST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
# An odd number of SplitMix64 (Steele, Lea and Flood 2014), which spreads each bit upwards.
_SPREAD = U64(0xBF58476D1CE4E5B9)

Function = TypeVar("Function", bound=Callable[..., Any])


def _inlined(function: Function) -> Function:
    """Compile into the loops that call it."""
    return cast(Function, numba.njit(nogil=True, forceinline=True)(function))


def _instruction(function: Callable[..., Any]) -> Any:
    """Take what a function returns for the code of a call to it: see numba.extending.intrinsic."""
    return intrinsic(function)


class WordTable(NamedTuple):
    """A hash table of words; see the module."""

    slots: Numbers
    words: Numbers
    tallies: Numbers
    letters: Bytes
    filled: Offsets


class Words(NamedTuple):
    """Room for the words of a piece of folded text.

    Attributes:
        starts: Where each begins.
        ends: Where each ends.
        firsts: Their first eight bytes, as one number.
        seconds: Their next eight bytes.
        hashes: Their hashes.
    """

    starts: Offsets
    ends: Offsets
    firsts: Numbers
    seconds: Numbers
    hashes: Numbers


class Word(NamedTuple):
    """One of them, as numbers: where it begins, its length, its bytes and its hash."""

    start: Integer
    length: Integer
    first: Number
    second: Number
    hashed: Number


def new_table(rows: int = 1024) -> WordTable:
    """Return an empty table; it grows when it is full.

    Example:
        >>> from textseq.tokenizer.engine.kernels import new_table
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


def _pointer(context: Any, builder: Any, array: Any, value: Any, place: Any) -> Any:
    """Return the address of an element of an array, in LLVM's terms."""
    made = arrayobj.make_array(array)(context, builder, value)  # type: ignore[no-untyped-call]
    return builder.gep(made.data, [place])


@_instruction
def _eight_bytes(_context: Any, data: Any, _place: Any) -> Any:
    """Return the eight bytes from any place on as one number, the first lowest."""

    def load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)

    return numba.uint64(data, numba.intp), load


@_instruction
def _between(_context: Any, data: Any, _place: Any, _lowest: Any, _others: Any) -> Any:
    """Return a bit for each of the 64 bytes from any place on: whether it is one of a range.

    The range is given as its lowest byte, and how many others follow.
    """

    def compare(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], *arguments[:2])
        block, number = ir.VectorType(ir.IntType(8), _BLOCK), ir.IntType(32)
        loaded = builder.load(builder.bitcast(place, block.as_pointer()), align=1)
        empty = ir.Constant(block, ir.Undefined)
        first_of_all = ir.Constant(ir.VectorType(number, _BLOCK), [0] * _BLOCK)
        lowest, others = (
            builder.shuffle_vector(
                builder.insert_element(empty, byte, number(0)), empty, first_of_all
            )
            for byte in arguments[2:]
        )
        inside = builder.icmp_unsigned("<=", builder.sub(loaded, lowest), others)
        return builder.bitcast(inside, ir.IntType(_BLOCK))

    return numba.uint64(data, numba.intp, numba.uint8, numba.uint8), compare


@_instruction
def _lowest_bit(_context: Any, _number: Any) -> Any:
    """Return the place of the lowest bit that is set; 64 if there is none."""

    def count_zeros(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return numba.int64(numba.uint64), count_zeros


@_instruction
def _bits(_context: Any, _number: Any) -> Any:
    """Return how many bits are set."""

    def count_ones(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return numba.int64(numba.uint64), count_ones


@_instruction
def _fetch(_context: Any, data: Any, _place: Any) -> Any:
    """Have an element of an array brought to the processor, without waiting for it."""

    def prefetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], *arguments)
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        # For reading, to stay in all caches, as data.
        builder.call(function, [builder.bitcast(place, byte), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return numba.void(data, numba.intp), prefetch


@compiled
def holds_special(data: Bytes) -> bool:
    """Return whether some bytes hold one of `alphabet.WITHOUT_OWN_LOWER_CASE`."""
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
    seed: Number,
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
    filled = table.filled
    folded, text, stops, found = _scratch(offsets)
    dropped = 0
    # Words are dropped after a document, so there each is a piece of its own.
    at_most = 1 if max_words else len(stops)
    first = np.int64(0)
    while first < len(offsets) - 1:
        last = _fold_some(data, offsets, first, at_most, alphabet, folded, text, stops)
        at, begun, current = np.int64(0), np.int64(-1), first
        # Where the piece begins in the whole text: the folded text before it is at most so long.
        origin = place + 2 * (offsets[first] - offsets[0]) + first
        while at < stops[last - 1]:
            held, at, begun = _words_of(text, at, begun, stops[last - 1], alphabet.single, found)
            _hash_words(text, found, held, seed)
            letters_more = found.ends[held - 1] - found.starts[0] if held else 0
            table = _with_room(table, held, letters_more)
            current = _tally(table, text, found, held, stops, current, document, origin)
        while max_words and filled[0] > max_words:
            rare += 1
            before = filled[0]
            table = _without_rare(table, rare)
            dropped += before - filled[0]
        first = last
    return table, rare, dropped


@compiled
def encode(
    table: WordTable,
    numbers: npt.NDArray[np.int32],
    unknown: Integer,
    data: Bytes,
    offsets: Offsets,
    alphabet: Alphabet,
    seed: Number,
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
    folded, text, stops, found = _scratch(offsets)
    size = offsets[-1] - offsets[0]
    ids = np.empty(size + 1 if alphabet.single else (size + len(offsets)) // 2 + 1, np.int32)
    bounds = np.zeros(len(offsets), np.int64)
    written = 0
    first = np.int64(0)
    while first < len(offsets) - 1:
        last = _fold_some(data, offsets, first, len(stops), alphabet, folded, text, stops)
        at, begun, current = np.int64(0), np.int64(-1), first
        while at < stops[last - 1]:
            held, at, begun = _words_of(text, at, begun, stops[last - 1], alphabet.single, found)
            _hash_words(text, found, held, seed)
            for k in range(held):
                while found.starts[k] >= stops[current]:
                    current += 1
                    bounds[current] = written
                _fetch_slot(slots, found.hashes[k + _AHEAD])
                row, _ = _find(slots, words, letters, text, _word(found, k))
                number: Integer = numbers[row] if row >= 0 else unknown
                ids[written] = number
                written += number >= 0
        bounds[current + 1 : last + 1] = written
        first = last
    return ids[:written], bounds


@compiled
def merge(table: WordTable, other: WordTable, offset: Integer) -> WordTable:
    """Add the counts of another table to a table; not to be used again, as in `count`.

    Args:
        table: Gets the counts.
        other: Has them; its documents are others than the table's.
        offset: How many places later the text of `other` begins.
    """
    _, their_words, their_tallies, their_letters, their_filled = other
    table = _with_room(table, their_filled[0], their_filled[1])
    slots, words, tallies, letters, filled = table
    for theirs in range(their_filled[0]):
        ahead = min(theirs + _AHEAD, their_filled[0] - 1)
        _fetch_slot(slots, their_words[ahead, HASH])
        length, second = np.int64(their_words[theirs, LENGTH]), their_words[theirs, SECOND]
        start = np.int64(second) if length > 16 else 0
        word = Word(start, length, their_words[theirs, FIRST], second, their_words[theirs, HASH])
        seen = their_tallies[theirs, SEEN] + U64(offset)
        row, slot = _find(slots, words, letters, their_letters, word)
        if row < 0:
            row = _insert(slots, words, tallies, letters, filled, their_letters, word, slot)
            tallies[row, SEEN] = seen
        tallies[row, COUNT] += their_tallies[theirs, COUNT]
        tallies[row, DOCUMENTS] += their_tallies[theirs, DOCUMENTS]
        tallies[row, SEEN] = min(tallies[row, SEEN], seen)
    return table


@compiled
def fill(table: WordTable, data: Bytes, offsets: Offsets, seed: Number) -> WordTable:
    """Add whole strings, all different and not in the table, as words; a row for each, in order."""
    table = _with_room(table, len(offsets) - 1, offsets[-1] - offsets[0])
    slots, words, tallies, letters, filled = table
    text = np.empty(_longest(offsets) + _BLOCK, np.uint8)
    for i in range(len(offsets) - 1):
        word = _whole(data, offsets[i], offsets[i + 1], text, seed)
        _, slot = _find(slots, words, letters, text, word)
        row = _insert(slots, words, tallies, letters, filled, text, word, slot)
        tallies[row, SEEN] = U64(i)
    return table


@compiled
def find(table: WordTable, data: Bytes, offsets: Offsets, seed: Number) -> Offsets:
    """Return the rows of words that are whole strings; -1 for those that are not in the table."""
    slots, words, _, letters, _ = table
    text = np.empty(_longest(offsets) + _BLOCK, np.uint8)
    rows = np.empty(len(offsets) - 1, np.int64)
    for i in range(len(rows)):
        word = _whole(data, offsets[i], offsets[i + 1], text, seed)
        rows[i], _ = _find(slots, words, letters, text, word)
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
        first, second = words[rows[k], FIRST], words[rows[k], SECOND]
        length = offsets[k + 1] - offsets[k]
        for n in range(length):
            if length > 16:
                byte = U64(letters[np.int64(second) + n])
            else:
                byte = (first if n < 8 else second) >> U64(8 * (n & 7))
            data[offsets[k] + n] = U8(byte & U64(255))
    return data, offsets


@compiled
def escape(data: Bytes, offsets: Offsets) -> tuple[Bytes, Offsets]:
    r"""Return strings as they stand in a JSON string inside JSON in ASCII, without the quotes.

    A quote is \\\", a backslash \\\\, a line feed \\n, and what is not ASCII \\u and its UTF-16.
    """
    ends = np.zeros(len(offsets), np.int64)
    for i in range(len(offsets) - 1):
        ends[i + 1], at = ends[i], offsets[i]
        while at < offsets[i + 1]:
            point, size = _point(data, at)
            ends[i + 1] += _escaped_size(point)
            at += size
    text = np.empty(ends[-1], np.uint8)
    to = 0
    at = offsets[0]
    while at < offsets[-1]:
        point, size = _point(data, at)
        _write_escaped(point, text, to)
        to += _escaped_size(point)
        at += size
    return text, ends


@_inlined
def _escaped_size(point: Integer) -> Integer:
    if point in (_QUOTE, _BACKSLASH):
        return 4
    if 0x20 <= point < 0x7F:
        return 1
    if point >= 0x10000:
        return 14
    return 3 if 8 <= point <= 13 and point != 11 else 7


@_inlined
def _write_escaped(point: Integer, text: Bytes, to: Integer) -> None:
    size = _escaped_size(point)
    if size == 1:
        text[to] = point
        return
    text[to] = text[to + 1] = _BACKSLASH
    if size == 3:
        text[to + 2] = _LETTERS[point - 8]
    elif size == 4:
        text[to + 2], text[to + 3] = _BACKSLASH, point
    elif size == 7:
        _write_unit(point, text, to + 2)
    else:
        _write_unit(0xD800 + (point - 0x10000 >> 10), text, to + 2)
        text[to + 7] = text[to + 8] = _BACKSLASH
        _write_unit(0xDC00 + (point & 0x3FF), text, to + 9)


@_inlined
def _write_unit(unit: Integer, text: Bytes, to: Integer) -> None:
    """Write u and four hexadecimal digits."""
    text[to] = _LOWER_U
    for place in range(4):
        text[to + 1 + place] = _DIGITS[unit >> 12 - 4 * place & 15]


@compiled
def unescape(data: Bytes) -> tuple[Bytes, Offsets, Offsets]:
    r"""Return the keys of a table of numbers, and the numbers: what `escape` is for, in reverse.

    Args:
        data: As in {\\"high\\": 1, \\"enough\\": 2}, and with no other spaces.

    Returns:
        The UTF-8 of the keys, end to end; their offsets, or none if the table is written otherwise;
        and the numbers.
    """
    most = len(data) // 8 + 2  # an entry takes more bytes than that
    text, held, to, at = np.empty(len(data), np.uint8), 0, 0, 1
    offsets, numbers = np.zeros(most, np.int64), np.empty(most, np.int64)
    otherwise = text[:0], offsets[:0], numbers[:0]
    while True:
        if _byte(data, at) != _BACKSLASH or _byte(data, at + 1) != _QUOTE:
            return otherwise
        at += 2
        while _byte(data, at) != _BACKSLASH or _byte(data, at + 1) != _QUOTE:
            point, at = _unescaped(data, at)
            if point < 0:
                return otherwise
            to = _write(point, text, to)
        if _byte(data, at + 2) != _COLON or _byte(data, at + 3) != _SPACE:
            return otherwise
        at += 4
        first, number = at, np.int64(0)
        while _DIGITS[0] <= _byte(data, at) <= _DIGITS[9]:
            number = number * 10 + np.int64(data[at] - _DIGITS[0])
            at += 1
        if not 0 < at - first <= 18:  # those of 64 bits
            return otherwise
        numbers[held] = number
        held += 1
        offsets[held] = to
        if at == len(data) - 1:
            return text[:to].copy(), offsets[: held + 1].copy(), numbers[:held].copy()
        if _byte(data, at) != _COMMA or _byte(data, at + 1) != _SPACE:
            return otherwise
        at += 2


@_inlined
def _byte(data: Bytes, at: Integer) -> Integer:
    """Return a byte, or 0 beyond the end."""
    return np.int64(data[at]) if at < len(data) else np.int64(0)


@_inlined
def _unescaped(data: Bytes, at: Integer) -> tuple[Integer, Integer]:
    """Return the code point that is escaped at a place, or -1, and where it ends."""
    byte = _byte(data, at)
    if byte != _BACKSLASH:
        return (byte if 0x20 <= byte < 0x7F else np.int64(-1)), at + 1
    if _byte(data, at + 1) != _BACKSLASH:
        return np.int64(-1), at
    byte, at = _byte(data, at + 2), at + 3
    if byte == _LOWER_U:
        unit, low = _unit(data, at), np.int64(-1)
        at += 4
        if 0xD800 <= unit < 0xDC00 and _byte(data, at + 2) == _LOWER_U:
            low = _unit(data, at + 3)
        if 0xDC00 <= low < 0xE000:
            return 0x10000 + (unit - 0xD800 << 10) + (low - 0xDC00), at + 7
        return unit, at
    if byte == _BACKSLASH:
        return _byte(data, at), at + 1
    for k in range(len(_LETTERS)):
        if byte == _LETTERS[k]:
            return np.int64(8 + k), at
    return np.int64(-1), at


@_inlined
def _unit(data: Bytes, at: Integer) -> Integer:
    """Return the number of four hexadecimal digits, or -1."""
    unit = np.int64(0)
    for place in range(4):
        digit, byte = np.int64(-1), _byte(data, at + place)
        for k in range(16):
            if byte == _DIGITS[k]:
                digit = np.int64(k)
        if digit < 0:
            return np.int64(-1)
        unit = unit << 4 | digit
    return unit


@compiled
def _scratch(offsets: Offsets) -> tuple[Bytes, Bytes, Offsets, Words]:
    """Return room for the folding of a piece, for where each document ends, and for its words."""
    piece = max(_PIECE, _longest(offsets))
    text = np.empty(piece * 3 // 2 + len(offsets) + 2 * _BLOCK, np.uint8)
    return (
        np.empty(piece + _BLOCK, np.uint8),
        text,
        np.empty(len(offsets) - 1, np.int64),
        _room(_WORDS),
    )


@_inlined
def _room(words: Integer) -> Words:
    size = words + _MORE
    starts, ends = np.empty(size, np.int64), np.empty(size, np.int64)
    firsts, seconds = np.empty(size, np.uint64), np.empty(size, np.uint64)
    return Words(starts, ends, firsts, seconds, np.zeros(size, np.uint64))


@compiled
def _fold_some(
    data: Bytes,
    offsets: Offsets,
    first: Integer,
    at_most: Integer,
    alphabet: Alphabet,
    folded: Bytes,
    text: Bytes,
    stops: Offsets,
) -> Integer:
    """Fold documents from the `first` on, as many as there is room for, or `at_most`.

    Lower case takes at most 3/2 of the bytes.

    Args:
        data: The bytes of all documents.
        offsets: Where each begins.
        first: The first document.
        at_most: How many documents to fold.
        alphabet: What becomes of each character.
        folded: Scratch, for the documents end to end.
        text: Gets the documents, a `SEPARATOR` after each, and some more behind the last.
        stops: Gets where each document ends in `text`.

    Returns:
        The document after the last one folded.
    """
    begin, last = offsets[first], first + 1
    most = min(first + at_most, len(stops))
    while last < most and offsets[last + 1] - begin <= _PIECE:
        last += 1
    piece = data[begin : offsets[last]]
    kept_length = _fold_in_place(piece, alphabet, folded)
    to = np.int64(0)
    for i in range(first, last):
        if kept_length:
            document = folded[offsets[i] - begin : offsets[i + 1] - begin]
            room = text[to : to + len(document)]
            for k in range(len(document)):
                room[k] = document[k]
            to += len(document)
        else:
            to = _fold_each(data, offsets[i], offsets[i + 1], alphabet.points, text, to)
        stops[i] = to
        text[to] = SEPARATOR
        to += 1
    # So that a word's eight bytes, or a block, can be read at any place.
    for k in range(to, to + _BLOCK + 8):
        text[k] = SEPARATOR
    return last


@compiled
def _fold_in_place(piece: Bytes, alphabet: Alphabet, folded: Bytes) -> bool:
    """Fold text into as many bytes, each of a separator a `SEPARATOR`; return whether that went."""
    _fold_ascii(piece, alphabet.ranges, alphabet.lower, folded)
    highest = U8(0)
    for byte in piece:
        highest = max(highest, byte)
    return bool(highest < 128) or _fold_others(piece, alphabet.points, alphabet.moved, folded)


@_inlined
def _fold_ascii(piece: Bytes, ranges: npt.NDArray[np.uint8], lower: bool, folded: Bytes) -> None:
    """Fold the ASCII characters, and copy the bytes of others."""
    # Loops without a branch, which are done with vector instructions.
    letters = U8(26) if lower else U8(0)
    for i in range(len(piece)):
        folded[i] = piece[i] | U8(U8(piece[i] - U8(65)) < letters) << 5
    for r in range(len(ranges)):
        first, others = ranges[r]
        for i in range(len(piece)):
            folded[i] |= U8(255) * U8(U8(piece[i] - first) <= others)


@_inlined
def _fold_others(
    piece: Bytes, points: npt.NDArray[np.int32], moved: npt.NDArray[np.bool_], folded: Bytes
) -> bool:
    """Fold the characters beyond ASCII; return whether all of them kept their length."""
    for at in range(0, len(piece), _BLOCK):
        leads: Any = _between(folded, at, U8(0xC2), U8(0x32))
        while leads:
            i: Any = at + _lowest_bit(leads)
            leads &= leads - _ONE
            if i >= len(piece):
                break
            if not moved[np.int64(piece[i]) << 6 | (piece[i + 1] & 63)]:
                continue
            point, size = _point(piece, i)
            low_point = points[point]
            if low_point < 0:
                folded[i : i + size] = SEPARATOR
            elif low_point != point:
                if low_point < 0x80 or size != 2 + (low_point >= 0x800) + (low_point >= 0x10000):
                    return False
                _write(low_point, folded, i)
    return True


@compiled
def _fold_each(
    data: Bytes,
    at: Integer,
    end: Integer,
    points: npt.NDArray[np.int32],
    text: Bytes,
    to: Integer,
) -> Integer:
    """Fold a document one character after another, for those that become longer or shorter."""
    while at < end:
        point, size = _point(data, at)
        low_point = points[point]
        if low_point < 0:
            text[to] = SEPARATOR
            to += 1
        else:
            to = _write(low_point, text, to)
        at += size
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


@compiled
def _words_of(
    text: Bytes, at: Integer, begun: Integer, end: Integer, single: bool, found: Words
) -> tuple[Integer, Integer, Integer]:
    """Find the words of a folded piece from a place on, as many as there is room for.

    Args:
        text: The piece.
        at: The place.
        begun: Where the word begins that reaches over that place; -1 if none does.
        end: Where the piece ends, and with it its last word.
        single: Whether every character is a word.
        found: Gets where words begin and end.

    Returns:
        How many words were found, and the next `at` and `begun`.
    """
    starts, ends, room = found.starts, found.ends, len(found.starts) - _MORE
    if single:
        return _characters_of(text, at, end, starts, ends, room)
    begins: Integer = np.int64(0)
    closes: Integer = np.int64(0)
    if begun >= 0:
        starts[0], begins = begun, 1
    outside = U64(begun < 0)
    while at < end and closes < room:
        marks: Any = _between(text, at, U8(SEPARATOR), U8(0))
        before = marks << _ONE | outside
        begins = _write_places(before & ~marks, at, starts, begins)
        closes = _write_places(marks & ~before, at, ends, closes)
        outside = marks >> U64(63)
        at += _BLOCK
    if at >= end and begins > closes:  # a word that ends with the piece, and with a block
        ends[closes] = end
        closes += 1
    return closes, at, starts[closes] if begins > closes else -1


@_inlined
def _write_places(bits: Number, at: Integer, places: Offsets, held: Integer) -> Integer:
    """Append the places of the bits that are set; return how many places there are then."""
    # Four in a step, whether there are so many or not: a loop of few steps is foreseen better.
    number: Any = _bits(bits)
    for k in range(held, held + number, 4):
        for n in range(4):
            places[k + n] = at + _lowest_bit(bits)
            bits &= bits - _ONE
    return held + number


@_inlined
def _characters_of(
    text: Bytes, at: Integer, end: Integer, starts: Offsets, ends: Offsets, room: Integer
) -> tuple[Integer, Integer, Integer]:
    """Find characters, as `_words_of` does words; a `SEPARATOR` is none."""
    held: Integer = 0
    while at < end and held < room:
        byte = text[at]
        starts[held] = at
        at += 1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0) if byte < SEPARATOR else 1
        ends[held] = at
        held += byte < SEPARATOR
    return held, at, -1


@compiled
def _hash_words(text: Bytes, found: Words, held: Integer, seed: Number) -> None:
    """Give the words that were found their numbers and hashes."""
    starts, ends, firsts, seconds, hashes = found
    for k in range(held):
        start = starts[k]
        word = _hashed(text, start, ends[k] - start, seed)
        firsts[k], seconds[k], hashes[k] = word.first, word.second, word.hashed
    # The loop above does the same for all words, without a branch; few words are longer.
    for k in range(held):
        if ends[k] - starts[k] > 16:
            hashes[k] = _hash_rest(text, starts[k], ends[k], hashes[k])


@_inlined
def _hashed(text: Bytes, start: Integer, length: Integer, seed: Number) -> Word:
    """Return a word of a text of one byte or more, with the hash of its first 16."""
    first = _some_bytes(text, start, length)
    second = _some_bytes(text, start + 8, length - 8)
    return Word(start, length, first, second, _mixed(_mixed(seed, first), second))


@_inlined
def _word(found: Words, k: Integer) -> Word:
    """Return the k-th word found."""
    start = found.starts[k]
    length = found.ends[k] - start
    return Word(start, length, found.firsts[k], found.seconds[k], found.hashes[k])


@compiled
def _hash_rest(text: Bytes, start: Integer, end: Integer, hashed: Number) -> Number:
    """Return the hash of a word of more than 16 bytes, given that of those."""
    for place in range(start + 16, end, 8):
        hashed = _mixed(hashed, _some_bytes(text, place, end - place))
    return hashed


@_inlined
def _some_bytes(text: Bytes, at: Integer, length: Integer) -> Number:
    """Return eight bytes, or `length` if that is less, as one number, the first lowest."""
    number: Any = _eight_bytes(text, at)
    return np.uint64(number & _LOWEST_BYTES[min(max(length, 0), 8)])


@_inlined
def _mixed(hashed: Number, number: Number) -> Number:
    hashed = (hashed ^ number) * _SPREAD
    return hashed ^ (hashed >> _HALF)


@compiled
def _whole(data: Bytes, begin: Integer, end: Integer, text: Bytes, seed: Number) -> Word:
    """Copy a string to `text`, and return it as one word."""
    for k in range(end - begin):
        text[k] = data[begin + k]
    start, length, first, second, hashed = _hashed(text, 0, end - begin, seed)
    if length == 0:
        first = _ONE  # free slots have the key 0
    if length > 16:
        hashed = _hash_rest(text, start, length, hashed)
    return Word(start, length, first, second, hashed)


@compiled
def _tally(
    table: WordTable,
    text: Bytes,
    found: Words,
    held: Integer,
    stops: Offsets,
    current: Integer,
    document: Integer,
    place: Integer,
) -> Integer:
    """Count the words found in a piece; return the document the last one was in.

    Args:
        table: Has room for all of them.
        text: The folded piece.
        found: Its words.
        held: How many there are.
        stops: Where each document ends in `text`.
        current: The document the last word before these was in.
        document: The number of document 0 in the whole text.
        place: Where in the whole text the piece begins.
    """
    slots, words, tallies, letters, filled = table
    for k in range(held):
        while found.starts[k] >= stops[current]:
            current += 1
        _fetch_slot(slots, found.hashes[k + _AHEAD])
        word = _word(found, k)
        row, slot = _find(slots, words, letters, text, word)
        if row < 0:
            row = _insert(slots, words, tallies, letters, filled, text, word, slot)
            tallies[row, SEEN] = U64(place + word.start)
        tallies[row, COUNT] += _ONE
        number = U64(document + current)
        if tallies[row, LAST] != number:
            tallies[row, LAST] = number
            tallies[row, DOCUMENTS] += _ONE
    return current


@_inlined
def _fetch_slot(slots: Numbers, hashed: Number) -> None:
    """Have the slot of a word fetched that is looked up soon."""
    slot: Any = np.int64(hashed << _ONE) & (len(slots) - 2)
    _fetch(slots, slot)


@_inlined
def _find(
    slots: Numbers, words: Numbers, letters: Bytes, text: Bytes, word: Word
) -> tuple[Integer, Integer]:
    """Return the row of a word of `text`, or -1; and the slot where it is or would be."""
    _, length, first, _, hashed = word
    key = first if length <= 8 else hashed
    mask = len(slots) - 2
    slot = np.int64(hashed << _ONE) & mask
    while True:
        held = slots[slot + 1]
        if slots[slot] == key and held >> _HALF == U64(length):
            row = np.int64((held & _ROW) - _ONE)
            if length <= 8 or _same(words, letters, row, text, word):
                return row, slot
        elif held == 0:
            return -1, slot
        slot = (slot + 2) & mask


@_inlined
def _same(words: Numbers, letters: Bytes, row: Integer, text: Bytes, word: Word) -> bool:
    """Return whether a word of more than eight bytes is that of a row, which is as long."""
    if words[row, FIRST] != word.first:
        return False
    second = words[row, SECOND]
    if word.length <= 16:
        return bool(second == word.second)
    return _same_letters(letters, np.int64(second), text, word.start, word.length)


@compiled
def _same_letters(
    letters: Bytes, start: Integer, text: Bytes, at: Integer, length: Integer
) -> bool:
    """Return whether two words of more than eight bytes are the same."""
    last = length - 8  # the last eight bytes, some of which may be compared twice
    for place in range(8, length, 8):
        k = min(place, last)
        theirs: Any = _eight_bytes(letters, start + k)
        if theirs != _eight_bytes(text, at + k):
            return False
    return True


@_inlined
def _insert(
    slots: Numbers,
    words: Numbers,
    tallies: Numbers,
    letters: Bytes,
    filled: Offsets,
    text: Bytes,
    word: Word,
    slot: Integer,
) -> Integer:
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
        tallies[row, column] = _ZERO
    slots[slot] = first if length <= 8 else hashed
    slots[slot + 1] = U64(length) << _HALF | U64(row + 1)
    filled[0] = row + 1
    return row


@compiled
def _with_room(table: WordTable, rows_more: Integer, letters_more: Integer) -> WordTable:
    """Return a table with room for so many rows and letters more, larger if it must be."""
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
def _longer(rows: Numbers, held: Integer, size: Integer) -> Numbers:
    """Return a copy with room for more rows."""
    longer = np.empty((size, 4), np.uint64)
    for row in range(held):
        for column in range(4):
            longer[row, column] = rows[row, column]
    return longer


@compiled
def _slots_for(words: Numbers, rows: Integer, size: Integer) -> Numbers:
    """Return slots for the words of some rows."""
    slots = np.zeros(size, np.uint64)
    mask = size - 2
    for row in range(rows):
        _fetch_slot(slots, words[min(row + _AHEAD, rows - 1), HASH])
        slot = np.int64(words[row, HASH] << _ONE) & mask
        while slots[slot + 1] != 0:
            slot = (slot + 2) & mask
        slots[slot] = words[row, FIRST] if words[row, LENGTH] <= 8 else words[row, HASH]
        slots[slot + 1] = words[row, LENGTH] << _HALF | U64(row + 1)
    return slots


@compiled
def _without_rare(table: WordTable, rare: Integer) -> WordTable:
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


@_inlined
def _longest(offsets: Offsets) -> Integer:
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    return longest
