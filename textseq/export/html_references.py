"""Character references of HTML in a graph: what `html.unescape` and `cleaning.clean_html` do."""

from __future__ import annotations

import html
from functools import lru_cache
from html.entities import html5

import numpy as np

from textseq.export.characters import Characters
from textseq.export.code_tables import CodeTable
from textseq.export.flat import after, places
from textseq.export.graph import Graph, Value
from textseq.export.scanning import OUTSIDE, Scanner, WordSet, column, is_any, is_between

_PLACES = 21
"""Bits of a code point, where two of them are one number."""

_REPLACEMENT = 0xFFFD

_LOST = (
    [f"#{number};" for number in (34, 36, 38, 39, *range(130, 160), *range(8_000, 9_000))]
    + [f"{name};" for name in ("quot", "amp", "lt", "gt", "nbsp")]
)  # fmt: skip
"""References that may have a space in place of their &; see `cleaning`."""


def restore_ampersands(graph: Graph, characters: Characters) -> Characters:
    """Return characters with & in place of each space before what was a reference."""
    scanner = Scanner(graph, characters)
    begins = characters.points.equals(ord(" "))
    spaces = places(begins & is_any(after(characters.points, OUTSIDE), "#qalgn"))
    words = WordSet(graph, dict.fromkeys(_LOST, 1))
    found = words.look_up(scanner.behind(spaces + 1, words.width)).reduce("Max", 1) > 0
    where = spaces.keep(found)
    points = characters.points.put(where, where * 0 + ord("&"))
    return Characters(points, characters.texts)


def unescape(graph: Graph, characters: Characters, chosen: Value | None = None) -> Characters:
    """Return characters with those that references mean, of all texts or only of chosen ones.

    Args:
        graph: The graph.
        characters: The characters.
        chosen: Whether each character is of a text that is chosen: bool, (characters,).
    """
    scanner = Scanner(graph, characters)
    begins = characters.points.equals(ord("&"))
    starts = places(begins if chosen is None else begins & chosen)
    sizes, first, second = _named(graph, scanner, starts)
    for base in (10, 16):
        size, point = _numeric(graph, scanner, starts, base)
        is_number = size > 0
        sizes = graph.where(is_number, size, sizes)
        first = graph.where(is_number, point, first)
        second = graph.where(is_number, point * 0 - 1, second)
    found = sizes > 0
    starts = starts.keep(found)
    ends = starts + sizes.keep(found)
    return scanner.replace(starts, ends, first.keep(found), second.keep(found))


def _named(graph: Graph, scanner: Scanner, starts: Value) -> tuple[Value, Value, Value]:
    """Return the size of each reference by name, & included, and its characters; size 0 for none.

    Of a name that is not known, the longest beginning that is known counts.
    """
    numbers = {name: _both(value) for name, value in html5.items()}
    words = WordSet(graph, numbers)
    found = words.look_up(scanner.behind(starts + 1, words.width))
    lengths = graph.constant(np.arange(1, words.width + 1), np.int64)
    length = ((found > 0).cast(np.int64) * lengths).reduce("Max", 1)
    both = _at(graph, found, (length - 1).at_least(0))
    second = both // (1 << _PLACES)
    first = both - second * (1 << _PLACES)
    return graph.where(length > 0, length + 1, 0), first, graph.where(second > 0, second, -1)


def _both(value: str) -> int:
    points = [ord(character) for character in value]
    return points[0] + (points[1] << _PLACES if len(points) > 1 else 0)


def _at(graph: Graph, table: Value, columns: Value) -> Value:
    """Return one element of each row."""
    return graph.apply("GatherElements", table, columns.reshape(-1, 1), axis=1).reshape(-1)


def _numeric(graph: Graph, scanner: Scanner, starts: Value, base: int) -> tuple[Value, Value]:
    """Return the size of each reference by number, & included, and its character, -1 for none."""
    prefix = scanner.behind(starts + 1, 2, low=True)
    is_number = column(prefix, 0).equals(ord("#"))
    if base == 16:
        is_number = is_number & column(prefix, 1).equals(ord("x"))
    begin = starts + (2 if base == 10 else 3)
    ending = scanner.end_of(starts + 1)
    digits = _value_of(graph, scanner.low, base) >= 0
    end = scanner.next(~digits).take(begin.at_most(scanner.size)).at_most(ending)
    is_number = is_number & (end > begin)
    # Without its zeros in front, a code point has at most 7 digits; what has more is none.
    significant = scanner.next(scanner.points.differs(ord("0"))).take(begin.at_most(scanner.size))
    most = 7 if base == 10 else 6
    count = end - significant.at_most(end)
    values = _value_of(graph, scanner.behind(significant, most, low=True), base)
    right = count.reshape(-1, 1) - graph.constant(np.arange(1, most + 1), np.int64)
    powers = graph.constant(base ** np.arange(most), np.int64).take(
        right.at_least(0).at_most(most - 1)
    )
    value = graph.where(right >= 0, values * powers, 0).reduce("Sum", 1)
    point = _character(graph, graph.where(count <= most, value, 0x110000).at_most(0x110000))
    closed = column(scanner.behind(end, 1), 0).equals(ord(";")) & (end < ending)
    size = end - starts + closed.cast(np.int64)
    return graph.where(is_number, size, 0), point


def _value_of(graph: Graph, low: Value, base: int) -> Value:
    """Return the value of each digit, -1 for what is none."""
    decimal = is_between(low, "0", "9")
    values = graph.where(decimal, low - ord("0"), -1)
    if base == 10:
        return values
    return graph.where(is_between(low, "a", "f"), low - (ord("a") - 10), values)


def _character(graph: Graph, numbers: Value) -> Value:
    """Return the characters that numbers up to 0x110000 mean, -1 for none."""
    beyond = numbers > 0x10FFFF
    (changed,) = _meanings().look_up(graph, numbers.at_most(0x10FFFF))
    found = numbers + changed.cast(np.int64)
    return graph.where(beyond, found * 0 + _REPLACEMENT, found)


@lru_cache(maxsize=1)
def _meanings() -> CodeTable:
    """Return what is added to each number for the character that its reference means."""
    points = np.arange(0x110000, dtype=np.int32)
    meant = points.copy()
    odd = [*range(0x100), *range(0xFDD0, 0xFDF0)]
    odd += [plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)]
    for number in odd:
        meaning = html.unescape(f"&#{number};")
        meant[number] = ord(meaning) if meaning else OUTSIDE
    meant[0xD800:0xE000] = _REPLACEMENT
    return CodeTable.of(meant - points)
