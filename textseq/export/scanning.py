"""Searching in the characters of texts, in a graph: what a regular expression is made of here.

Each place that may begin a match is looked at with all others at once: as rows of a matrix of the
characters behind it, or by where the next character of some kind is.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from textseq.export.characters import Characters
from textseq.export.flat import after, before, places
from textseq.export.graph import Graph, Value

OUTSIDE = -1
"""What is read beyond the end of a text."""


class Scanner:
    """The characters of texts, for searching.

    Args:
        graph: The graph.
        characters: The characters; `low` is their lower case in ASCII.
    """

    def __init__(self, graph: Graph, characters: Characters) -> None:
        self.graph, self.characters = graph, characters
        self.points, self.texts = characters.points, characters.texts
        capital = (self.points >= ord("A")) & (self.points <= ord("Z"))
        self.low = self.points + capital.cast(np.int64) * 32
        self.size = self.points.size()
        last = self.texts.differs(after(self.texts, -1))
        self._last = self.next(last)

    def is_any(self, characters: str | Iterable[int]) -> Value:
        """Return where there is one of some characters."""
        return is_any(self.points, characters)

    def behind(self, starts: Value, width: int, *, low: bool = False) -> Value:
        """Return the characters from some places on: (starts, width); `OUTSIDE` beyond a text."""
        index = starts.reshape(-1, 1) + self.graph.constant(np.arange(width), np.int64)
        inside = index < self.end_of(starts).reshape(-1, 1)
        source = self.low if low else self.points
        return self.graph.where(
            inside, source.take(index.at_least(0).at_most(self.size - 1)), OUTSIDE
        )

    def behind_own(self, starts: Value, width: int, *, low: bool = False) -> Value:
        """Return what `behind` does, of the texts of the characters at the places themselves."""
        first = (self.low if low else self.points).take(starts).reshape(-1, 1)
        return self.graph.concatenate(first, self.behind(starts + 1, width - 1, low=low), axis=1)

    def end_of(self, places: Value) -> Value:
        """Return where the texts of some places end; a place just behind a text is of that text."""
        return self._last.take((places - 1).at_least(0)) + 1

    def next(self, mask: Value) -> Next:
        """Return the places where a mask is true, of which the next ones can be taken."""
        return Next(mask)

    def ends_with(self, spelled: str) -> Value:
        """Return where the last character of a word in some text is."""
        mask = self.points.equals(ord(spelled[-1]))
        points, texts = self.points, self.texts
        for character in reversed(spelled[:-1]):
            points, texts = before(points, OUTSIDE), before(texts, -1)
            mask = mask & points.equals(ord(character))
        return mask & texts.equals(self.texts)

    def marked(self, where: Value) -> Value:
        """Return a mask that is true at some places, none of them twice: bool, (size,)."""
        return self._zeros().put(where, where * 0 + 1).equals(1)

    def within(self, starts: Value, ends: Value) -> Value:
        """Return where a place is from a start to below its end; they may touch, not overlap."""
        graph, one = self.graph, starts * 0 + 1
        steps = graph.fill((self.size + 1).reshape(1), np.int64(0))
        for where, step in ((starts, one), (ends, one * -1)):
            steps = graph.apply("ScatterElements", steps, where, step, axis=0, reduction="add")
        return steps.running_sum().slice(0, -1) > 0

    def replace(self, starts: Value, ends: Value, *replacements: Value) -> Characters:
        """Return characters with others in place of some, which are as many or more.

        Args:
            starts: Where each part begins that is replaced.
            ends: Where it ends.
            *replacements: The characters for the first place of each, the second and so on; -1 for
                none.
        """
        points, kept = self.points, ~self.within(starts, ends)
        for i, replacement in enumerate(replacements):
            there = replacement >= 0
            where = (starts + i).keep(there)
            points = points.put(where, replacement.keep(there))
            kept = kept | self.marked(where)
        return Characters(points, self.texts).keep(kept)

    def _zeros(self) -> Value:
        return self.graph.fill(self.size.reshape(1), np.int64(0))


def is_any(points: Value, characters: str | Iterable[int]) -> Value:
    """Return where a code point is one of some characters."""
    first, *others = sorted({ord(c) if isinstance(c, str) else c for c in characters})
    found = points.equals(first)
    for other in others:
        found = found | points.equals(other)
    return found


def is_between(points: Value, first: str, last: str) -> Value:
    """Return where a code point is from a character to another."""
    return (points >= ord(first)) & (points <= ord(last))


def column(table: Value, index: int) -> Value:
    """Return a column of a table."""
    return table.take(np.int64(index), axis=1)


class Next:
    """Where a mask is true, so that the next such place can be found from any other.

    Args:
        mask: bool, (size,).
    """

    def __init__(self, mask: Value) -> None:
        graph, ones = mask.graph, mask.cast(np.int64)
        sums = ones.running_sum()
        self._places = graph.concatenate(places(mask), mask.size().reshape(1))
        self._before = graph.concatenate(sums.like([0]), sums)

    def take(self, where: Value) -> Value:
        """Return the next place from each of some on, itself included; the size for none.

        Args:
            where: From 0 to the size, which is behind all.
        """
        return self._places.take(self._before.take(where))


class WordSet:
    """Words of ASCII, each with a number from 1, that windows of characters are compared with.

    Args:
        graph: The graph.
        numbers: The number of each word.
    """

    def __init__(self, graph: Graph, numbers: dict[str, int]) -> None:
        self._graph, self._numbers = graph, numbers
        self.width = max(map(len, numbers))
        self._factors = np.random.default_rng(0).integers(-(2**62), 2**62, self.width) * 2 + 1

    def look_up(self, window: Value) -> Value:
        """Return the number of each beginning of each row, 0 for none: (rows, columns).

        Args:
            window: Code points: (rows, columns), no more columns than the longest word has letters.
        """
        keys = [_key(word, self._factors) for word in self._numbers]
        sums = (window - OUTSIDE + 1) * self._graph.constant(self._factors)
        sums = self._graph.apply("CumSum", sums, self._graph.constant(np.int64(1)))
        return self._graph.apply(
            "LabelEncoder",
            sums,
            domain="ai.onnx.ml",
            keys_int64s=keys,
            values_int64s=list(self._numbers.values()),
            default_int64=0,
        )


def _key(word: str, factors: npt.NDArray[np.int64]) -> int:
    points = np.frombuffer(word.encode("ascii"), np.uint8).astype(np.int64) - OUTSIDE + 1
    with np.errstate(over="ignore"):
        return int((points * factors[: len(word)]).sum())
