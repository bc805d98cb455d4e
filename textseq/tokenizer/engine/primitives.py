"""What the kernels are written with: arrays and records, instructions that NumPy lacks, hashes.

A word is a few integers: where it is in a text, its first 16 bytes, and its hash. The hash has
another seed in each process, so that nobody can write a text whose words collide; no result depends
on it.
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

ByteArray: TypeAlias = npt.NDArray[np.uint8]
UintArray: TypeAlias = npt.NDArray[np.uint64]
IntArray: TypeAlias = npt.NDArray[np.int64]
Int64: TypeAlias = Any  # an int in Python, an int64 in compiled code
Uint64: TypeAlias = Any  # likewise, a uint64
U8, U64 = np.uint8, np.uint64
ZERO, ONE, HALF = U64(0), U64(1), U64(32)

BLOCK = 64
"""Bytes that `bytes_in_range` looks at in one step."""

SEPARATOR = 255
"""The byte that replaces every separator in a folded text; UTF-8 does not have it."""

ALONE = 1 << 21
"""Added, in `CharMap.points`, to a character that is a token of its own where not all are."""

MARK = 255
"""The byte in `Piece.marks` for each byte of such a character."""

SPACE = 32
"""The byte of a space, which is a separator where runs of separators become spaces."""

AHEAD = 16
"""How many words ahead the slots of a table are fetched from memory."""

SPARE = BLOCK + 4 + AHEAD
"""Places behind the last word: for those of a block, written four at a time, and to look ahead."""

SEED = U64(int.from_bytes(os.urandom(8), "little"))

_LOWEST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
# An odd factor of SplitMix64 (Steele, Lea and Flood 2014), which spreads each bit upwards.
_SPREAD = U64(0xBF58476D1CE4E5B9)

Function = TypeVar("Function", bound=Callable[..., Any])

_instruction: Callable[..., Any] = intrinsic  # makes calls to a function the code that it returns


def inlined(function: Function) -> Function:
    """Compile into the loops that call it."""
    return cast(Function, numba.njit(nogil=True, forceinline=True)(function))


def _pointer(context: Any, builder: Any, array: Any, value: Any, place: Any) -> Any:
    """Return the address of an element of an array, in LLVM's terms."""
    made = arrayobj.make_array(array)(context, builder, value)  # type: ignore[no-untyped-call]
    return builder.gep(made.data, [place])


@_instruction
def eight_bytes(_context: Any, data: Any, _place: Any) -> Any:
    """Return the eight bytes from any place on as one integer, the first lowest."""

    def load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)

    return numba.uint64(data, numba.intp), load


@_instruction
def bytes_in_range(_context: Any, data: Any, _place: Any, _lowest: Any, _others: Any) -> Any:
    """Return a bit for each of 64 bytes: whether it is `_lowest` or one of the `_others` above."""

    def compare(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], *arguments[:2])
        block, number = ir.VectorType(ir.IntType(8), BLOCK), ir.IntType(32)
        loaded = builder.load(builder.bitcast(place, block.as_pointer()), align=1)
        empty = ir.Constant(block, ir.Undefined)
        first_of_all = ir.Constant(ir.VectorType(number, BLOCK), [0] * BLOCK)
        lowest, others = (
            builder.shuffle_vector(
                builder.insert_element(empty, byte, number(0)), empty, first_of_all
            )
            for byte in arguments[2:]
        )
        inside = builder.icmp_unsigned("<=", builder.sub(loaded, lowest), others)
        return builder.bitcast(inside, ir.IntType(BLOCK))

    return numba.uint64(data, numba.intp, numba.uint8, numba.uint8), compare


@_instruction
def lowest_bit(_context: Any, _number: Any) -> Any:
    """Return the place of the lowest bit that is set; 64 if there is none."""

    def count_zeros(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return numba.int64(numba.uint64), count_zeros


@_instruction
def count_bits(_context: Any, _number: Any) -> Any:
    """Return how many bits are set."""

    def count_ones(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return numba.int64(numba.uint64), count_ones


class CharMap(NamedTuple):
    """What becomes of each character.

    Attributes:
        points: For each code point its lower case, `ALONE` added if it is a token of its own, or -1
            if it separates; int32, shape (1114112,).
        separators: The ASCII characters that separate, as runs: the first of each, and how many
            follow it; uint8, shape (runs, 2).
        marks: The ASCII characters that are tokens of their own where not all are, likewise.
        may_change: Whether a character beyond ASCII whose UTF-8 begins with two given bytes may
            change or be a mark; bool, shape (256 * 64,), at 64 * the first + the second's lowest
            six bits.
        lower: Whether to lower-case.
        some_alone: Whether some characters are tokens of their own, and others part of words.
        every_alone: Whether every character is a token.
        spaces: Whether a run of separators between tokens is a token too, one space.
    """

    points: npt.NDArray[np.int32]
    separators: npt.NDArray[np.uint8]
    marks: npt.NDArray[np.uint8]
    may_change: npt.NDArray[np.bool_]
    lower: bool
    some_alone: bool
    every_alone: bool
    spaces: bool


class Piece(NamedTuple):
    """Some documents, folded.

    Attributes:
        text: The documents, a `SEPARATOR` for each byte of a separator, and one after each.
        marks: `MARK` for each byte of a character that is a token of its own, or 0; where none is
            or all are, empty. Behind the documents and at separators, any value.
        stops: Where each document ends in `text`; only those of this piece are set.
    """

    text: ByteArray
    marks: ByteArray
    stops: IntArray


class WordSpans(NamedTuple):
    """Where words of a text begin and end, their first and next eight bytes, their hashes."""

    starts: IntArray
    ends: IntArray
    firsts: UintArray
    seconds: UintArray
    hashes: UintArray


@inlined
def new_word_spans(words: Int64) -> WordSpans:
    """Return room for some words."""
    size = words + SPARE
    starts, ends = np.empty(size, np.int64), np.empty(size, np.int64)
    firsts, seconds = np.empty(size, np.uint64), np.empty(size, np.uint64)
    return WordSpans(starts, ends, firsts, seconds, np.zeros(size, np.uint64))


class Word(NamedTuple):
    """A word: where it begins, its length in bytes, its first and next eight bytes, its hash."""

    start: Int64
    length: Int64
    first: Uint64
    second: Uint64
    hashed: Uint64


@inlined
def hash_start(text: ByteArray, start: Int64, length: Int64, seed: Uint64) -> Word:
    """Return a word of a text of one byte or more, with the hash of its first 16."""
    first = _some_bytes(text, start, length)
    second = _some_bytes(text, start + 8, length - 8)
    return Word(start, length, first, second, _mix(_mix(seed, first), second))


@inlined
def word_at(found: WordSpans, k: Int64) -> Word:
    """Return the k-th word found."""
    start = found.starts[k]
    length = found.ends[k] - start
    return Word(start, length, found.firsts[k], found.seconds[k], found.hashes[k])


@inlined
def hash_rest(text: ByteArray, start: Int64, end: Int64, hashed: Uint64) -> Uint64:
    """Return the hash of a word of more than 16 bytes, given that of those."""
    for place in range(start + 16, end, 8):
        hashed = _mix(hashed, _some_bytes(text, place, end - place))
    return hashed


@inlined
def _some_bytes(text: ByteArray, at: Int64, length: Int64) -> Uint64:
    """Return eight bytes, or `length` if that is less, as one integer, the first lowest."""
    loaded: Any = eight_bytes(text, at)
    return np.uint64(loaded & _LOWEST_BYTES[min(max(length, 0), 8)])


@inlined
def _mix(hashed: Uint64, value: Uint64) -> Uint64:
    hashed = (hashed ^ value) * _SPREAD
    return hashed ^ (hashed >> HALF)


@inlined
def whole_word(data: ByteArray, begin: Int64, end: Int64, text: ByteArray, seed: Uint64) -> Word:
    """Copy a string to `text`, and return it as one word."""
    for k in range(end - begin):
        text[k] = data[begin + k]
    start, length, first, second, hashed = hash_start(text, 0, end - begin, seed)
    if length == 0:
        first = ONE  # free slots have the key 0
    if length > 16:
        hashed = hash_rest(text, start, length, hashed)
    return Word(start, length, first, second, hashed)


@inlined
def longest(offsets: IntArray) -> Int64:
    """Return the length of the longest of some strings, given where each begins."""
    most = 0
    for i in range(len(offsets) - 1):
        most = max(most, offsets[i + 1] - offsets[i])
    return most
