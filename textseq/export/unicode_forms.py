"""One way to write each character, in a graph: the step `unicode` of `tokenizer.cleaning`.

Composing (NFC, Unicode Standard Annex 15) is taking characters apart, sorting the marks of each
letter by their class, and putting together what belongs together. The last is done for all letters
at once, mark by mark.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np

from textseq.export.characters import Characters
from textseq.export.code_tables import CodeTable
from textseq.export.flat import before, places, sorted_keys
from textseq.export.graph import Graph, Value
from textseq.export.spreading import spread
from textseq.tokenizer.cleaning import MARKS, PLAIN

_POINTS = 0x110000
_PLACES = 21
"""Bits of a code point, where two are one number."""

_LEAD, _VOWEL, _TAIL, _SYLLABLE = 0x1100, 0x1161, 0x11A7, 0xAC00
_LEADS, _VOWELS, _TAILS = 19, 21, 28
"""The first of the parts of Hangul's syllables, and how many there are; a tail may be none."""

_LOOSE = 256
"""Above all classes of marks: that of a mark with no letter before it in its text."""


def write_plainly(graph: Graph, characters: Characters) -> Characters:
    """Return characters with plain ones for those that `cleaning.PLAIN` names."""
    return _replace(graph, characters, _plain())


def drop_stacked(graph: Graph, characters: Characters) -> Characters:
    """Return characters without the marks of a letter beyond the first `MARKS`."""
    (classes,) = _classes().look_up(graph, characters.points)
    first = characters.texts.differs(before(characters.texts, -1))
    is_letter = classes.equals(0)
    # Marks before any letter of their text are counted from its beginning.
    place = graph.range(characters.points.size())
    starts = is_letter | first
    last = places(starts).take(starts.cast(np.int64).running_sum() - 1)
    count = place - last + (~is_letter.take(last)).cast(np.int64)
    return characters.keep(is_letter | (count <= MARKS))


def compose(graph: Graph, characters: Characters) -> Characters:
    """Return characters composed, as `unicodedata.normalize("NFC", text)` does it."""
    found = _replace(graph, characters, _parts())
    found = _sort_marks(graph, found)
    return _Composing(graph, found).run()


def _replace(graph: Graph, characters: Characters, table: CodeTable) -> Characters:
    """Return characters with others for each: a table of how many, and of them."""
    sizes, *columns = table.look_up(graph, characters.points)
    rows = graph.concatenate(*(c.cast(np.int64).reshape(-1, 1) for c in columns), axis=1)
    width, flat = len(columns), rows.reshape(-1)

    def spell(origin: Value, place: Value) -> Value:
        changed = flat.take(origin * width + place)
        return graph.where(changed >= 0, changed, characters.points.take(origin))

    return spread(graph, characters, sizes.cast(np.int64), spell)


def _sort_marks(graph: Graph, characters: Characters) -> Characters:
    """Return characters with the marks behind each letter in the order of their classes."""
    (classes,) = _classes().look_up(graph, characters.points)
    first = characters.texts.differs(before(characters.texts, -1))
    begins = classes.equals(0) | first
    letter = begins.cast(np.int64).running_sum()
    place = graph.range(characters.points.size()) - places(begins).take(letter - 1)
    # A letter has class 0; 2^24 characters behind one, and 2^31 letters, are enough.
    key = ((letter * 256 + classes.cast(np.int64)) * (1 << 24)) + place
    _, order = sorted_keys(key)
    return Characters(characters.points.take(order), characters.texts)


class _Composing:
    """Characters in sorted order, which are put together.

    A group begins with a letter that nothing before it can be put together with. The characters of
    each group are taken in one after another, and of all groups at the same time.
    """

    def __init__(self, graph: Graph, characters: Characters) -> None:
        self.graph, self.texts = graph, characters.texts
        self.points = characters.points
        classes, second = _seconds().look_up(graph, characters.points)
        self.classes = classes.cast(np.int64)
        first = self.texts.differs(before(self.texts, -1))
        begins = first | (self.classes.equals(0) & second.equals(0))
        self.starts = places(begins)
        size = self.points.size().reshape(1)
        ends = graph.concatenate(self.starts.slice(1, np.iinfo(np.int64).max), size)
        self.sizes = ends.take(graph.range(self.starts.size())) - self.starts

    def run(self) -> Characters:
        """Return the characters that they make."""
        graph, points = self.graph, self.points
        kind = self.classes.take(self.starts)
        # Marks at the beginning of a text have no letter before them.
        last = graph.where(kind.equals(0), kind, _LOOSE)
        place = self.starts * 0 + 1
        going_on = (self.sizes > 1).any()
        kept = points * 0 + 1
        begin = (points, kept, self.starts, last, place)
        points, kept, *_ = graph.repeat(going_on, self._step, *begin)
        keeps = kept.equals(1)
        return Characters(points.keep(keeps), self.texts.keep(keeps))

    def _step(
        self, points: Value, kept: Value, letters: Value, last: Value, place: Value
    ) -> tuple[Value, tuple[Value, ...]]:
        """Take in the next character of each group.

        Args:
            points: The code points so far.
            kept: 1 where a character is left, 0 where it is part of one before it.
            letters: The index of the last letter of each group.
            last: The class of the last character that was left behind it: 0 for none.
            place: How many characters of each group were taken in.
        """
        graph = self.graph
        inside = place < self.sizes
        index = graph.where(inside, self.starts + place, self.starts)
        kind = self.classes.take(index)
        letter, here = points.take(letters), points.take(index)
        both = _composite(graph, letter, here)
        free = (last < kind) | last.equals(0)
        joins = inside & free & (both >= 0)
        stays = inside & ~joins
        points = points.put(letters.keep(joins), both.keep(joins))
        gone = index.keep(joins)
        kept = kept.put(gone, gone * 0)
        is_letter = stays & kind.equals(0)
        letters = graph.where(is_letter, index, letters)
        last = graph.where(stays, kind, last)
        return (place + 1 < self.sizes).any(), (points, kept, letters, last, place + 1)


def _composite(graph: Graph, letter: Value, other: Value) -> Value:
    """Return what two characters make together, -1 for nothing."""
    pairs = _pairs()
    found = graph.apply(
        "LabelEncoder",
        letter * (1 << _PLACES) + other,
        domain="ai.onnx.ml",
        keys_int64s=list(pairs),
        values_int64s=list(pairs.values()),
        default_int64=-1,
    )
    lead, vowel = letter - _LEAD, other - _VOWEL
    is_open = (lead >= 0) & (lead < _LEADS) & (vowel >= 0) & (vowel < _VOWELS)
    found = graph.where(is_open, (lead * _VOWELS + vowel) * _TAILS + _SYLLABLE, found)
    syllable, tail = letter - _SYLLABLE, other - _TAIL
    is_syllable = (syllable >= 0) & (syllable < _LEADS * _VOWELS * _TAILS)
    without_tail = is_syllable & (syllable % _TAILS).equals(0)
    is_closed = without_tail & (tail > 0) & (tail < _TAILS)
    return graph.where(is_closed, letter + tail, found)


def needs_composing(graph: Graph, characters: Characters) -> Value:
    """Return whether any character may be changed by `compose`: a bool of no axis."""
    (may_change,) = _changing().look_up(graph, characters.points)
    return may_change.equals(1).any()


def _table_of(texts: dict[int, str]) -> CodeTable:
    """Return of each code point how many others it becomes, and which; -1 for itself."""
    width = max(map(len, texts.values()))
    sizes = np.ones(_POINTS, np.uint8)
    columns = np.full((width, _POINTS), -1, np.int32)
    for point, text in texts.items():
        sizes[point] = len(text)
        columns[: len(text), point] = list(map(ord, text))
    return CodeTable.of(sizes, *columns)


@lru_cache(maxsize=1)
def _plain() -> CodeTable:
    return _table_of({ord(character): other for character, other in PLAIN.items()})


def _every() -> list[str]:
    """Return the characters that there are, but for Hangul's syllables."""
    points = (i for i in range(_POINTS) if not 0xD800 <= i < 0xE000)
    return [chr(i) for i in points if not 0 <= i - _SYLLABLE < _LEADS * _VOWELS * _TAILS]


@lru_cache(maxsize=1)
def _parts() -> CodeTable:
    """Return the characters that each is taken apart into (NFD), but for Hangul's syllables."""
    return _table_of({
        ord(c): parts for c in _every() if (parts := unicodedata.normalize("NFD", c)) != c
    })  # fmt: skip


@lru_cache(maxsize=1)
def _pairs() -> dict[int, int]:
    """Return what two characters make together, the first one in the upper bits."""
    pairs = {}
    for c in _every():
        parts = unicodedata.decomposition(c).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            first, second = (int(part, 16) for part in parts)
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == c:
                pairs[first << _PLACES | second] = ord(c)
    return pairs


def _class_of_each() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.array([unicodedata.combining(chr(i)) for i in range(_POINTS)], np.uint8)


@lru_cache(maxsize=1)
def _classes() -> CodeTable:
    """Return the class of each mark, 0 for what is none."""
    return CodeTable.of(_class_of_each())


@lru_cache(maxsize=1)
def _seconds() -> CodeTable:
    """Return the class of each character, and whether one before it may take it in."""
    second = np.zeros(_POINTS, np.uint8)
    second[[pair & (1 << _PLACES) - 1 for pair in _pairs()]] = 1
    second[_VOWEL : _VOWEL + _VOWELS] = second[_TAIL + 1 : _TAIL + _TAILS] = 1
    return CodeTable.of(_class_of_each(), second)


@lru_cache(maxsize=1)
def _changing() -> CodeTable:
    """Return which characters may change: marks, those that join, and what NFC rewrites."""
    classes, second = _class_of_each(), np.zeros(_POINTS, bool)
    second[[pair & (1 << _PLACES) - 1 for pair in _pairs()]] = True
    second[_VOWEL : _VOWEL + _VOWELS] = second[_TAIL + 1 : _TAIL + _TAILS] = True
    rewritten = np.zeros(_POINTS, bool)
    rewritten[[ord(c) for c in _every() if unicodedata.normalize("NFC", c) != c]] = True
    return CodeTable.of(((classes > 0) | second | rewritten).astype(np.uint8))
