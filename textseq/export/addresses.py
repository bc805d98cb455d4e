"""Addresses of pages and of mail in a graph: where `cleaning.clean_urls` finds them.

    http://, https://, ftp:// or www.   and what may stand in an address
    host.name/                          with at least one dot, and likewise
    name@host.name                      of mail

As in a regular expression, the first of several that overlap counts, and at one place the first of
these three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textseq.export.characters import Characters
from textseq.export.code_tables import CodeTable
from textseq.export.flat import before, places
from textseq.export.graph import Graph, Value
from textseq.export.overlaps import first_ones
from textseq.export.scanning import OUTSIDE, Scanner, column, is_any
from textseq.export.spreading import spread
from textseq.tokenizer.cleaning import MAIL, URL

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_WORD = _LETTERS + _DIGITS + "_"

_CLASSES = {
    "in_url": _WORD + ".~:/?#@!$&'()*+,;=%-",
    "ends_url": _WORD + "~/#@$&+=%-",
    "host": _LETTERS + _DIGITS + "-.",
    "letter": _LETTERS,
    "word": _WORD,
    "before_host": _WORD + ".@/-",
    "user": _WORD + ".+%-",
    "mail_host": _WORD + "-",
}
"""Characters, in lower case, by what they are part of."""

_SCHEMES = ("http://", "https://", "ftp://", "www.")


@dataclass(frozen=True)
class Addresses:
    """Where addresses are.

    Args:
        starts: Where each begins: int64, (found,).
        ends: Where each ends: int64, (found,).
        is_mail: Whether it is one of mail: bool, (found,).
    """

    starts: Value
    ends: Value
    is_mail: Value


def find_addresses(graph: Graph, characters: Characters) -> Addresses:
    """Return where characters are addresses."""
    search = _Search(graph, characters)
    starts = places(search.begins())
    pages = search.pages(starts).at_least(0)
    hosts, mail = search.hosts(starts), search.mail(starts)
    page = graph.where(pages > 0, pages, hosts)
    ends = graph.where(page > 0, page, mail)
    ends = first_ones(graph, search.scanner, starts, ends)
    found = ends > 0
    return Addresses(starts.keep(found), ends.keep(found), page.equals(0).keep(found))


def replace_addresses(graph: Graph, characters: Characters, found: Addresses) -> Characters:
    """Return characters with a word between two spaces in place of each address."""
    scanner = Scanner(graph, characters)
    words = [f" {word} " for word in (URL, MAIL)]
    width = max(map(len, words))
    lengths = graph.constant([1, *map(len, words)], np.int64)
    kinds = graph.fill(scanner.size.reshape(1), np.int64(0))
    kinds = kinds.put(found.starts, found.is_mail.cast(np.int64) + 1)
    kept = ~scanner.within(found.starts, found.ends) | (kinds > 0)
    sizes = lengths.take(kinds) * kept.cast(np.int64)
    table = [list(map(ord, word.ljust(width))) for word in ("", *words)]
    spelled = graph.constant(np.array(table).reshape(-1), np.int64)

    def spell(origin: Value, place: Value) -> Value:
        kind = kinds.take(origin)
        word = spelled.take(kind * width + place)
        return graph.where(kind.equals(0), characters.points.take(origin), word)

    return spread(graph, characters, sizes, spell)


class _Search:
    """The characters and what each may be part of.

    Args:
        graph: The graph.
        characters: The characters.
    """

    def __init__(self, graph: Graph, characters: Characters) -> None:
        self.graph, self.scanner = graph, Scanner(graph, characters)
        masks = _table().look_up(graph, self.scanner.low)
        self._is = {name: mask.equals(1) for name, mask in zip(_CLASSES, masks, strict=True)}
        self._after = {name: self.scanner.next(~mask) for name, mask in self._is.items()}

    def begins(self) -> Value:
        """Return where an address may begin: where a run of characters does, or a scheme."""
        low = self.scanner.low
        run = (self._is["host"] & ~self._preceded("before_host")) | (
            self._is["user"] & ~self._preceded("user")
        )
        return run | is_any(low, "hfw")

    def _preceded(self, name: str) -> Value:
        """Return where the character before, in the same text, is of a class."""
        texts = self.scanner.texts
        mask = before(self._is[name].cast(np.int64), 0).equals(1)
        return mask & texts.equals(before(texts, -1))

    def _end_of_run(self, name: str, where: Value) -> Value:
        """Return where the run of a class ends that begins at each place, or the text."""
        limits = self.scanner.end_of(where)
        return self._after[name].take(where.at_most(self.scanner.size)).at_most(limits)

    def _last(self, mask: Value, start: Value, end: Value) -> Value:
        """Return the last place from a start to below an end where a mask is true; -1 for none."""
        sums = mask.cast(np.int64).running_sum()
        counted = self.graph.concatenate(sums.like([0]), sums)
        count = counted.take(end)
        where = self.graph.concatenate(places(mask), self.scanner.size.reshape(1))
        last = where.take((count - 1).at_least(0))
        return self.graph.where(count > counted.take(start), last, -1)

    def pages(self, starts: Value) -> Value:
        """Return where each address with a scheme ends, 0 where there is none."""
        graph = self.graph
        window = self.scanner.behind_own(starts, max(map(len, _SCHEMES)), low=True)
        word_before = self._preceded("word").take(starts)
        body = starts * 0
        for scheme in _SCHEMES:
            same = starts.equals(starts)
            for i, character in enumerate(scheme):
                same = same & column(window, i).equals(ord(character))
            if scheme == "www.":
                same = same & ~word_before
            body = graph.where(same, starts + len(scheme), body)
        begin = graph.where(body > 0, body, starts + 1)
        last = self._last(self._is["ends_url"], begin, self._end_of_run("in_url", begin))
        return graph.where((body > 0) & (last >= 0), last + 1, 0)

    def hosts(self, starts: Value) -> Value:
        """Return where each host's name with a path ends, 0 where there is none."""
        graph, scanner = self.graph, self.scanner
        points = scanner.points
        possible = ~self._preceded("before_host").take(starts) & self._is["host"].take(starts)
        end = self._end_of_run("host", starts + 1)
        is_dot = points.equals(ord("."))
        double = scanner.next(is_dot & self._preceded_by_dot()).take(starts)
        dot = self._last(is_dot, starts, end)
        letters = self._end_of_run("letter", dot + 1).equals(end) & (end - dot > 2)
        possible = possible & (double >= end) & (dot > starts) & letters
        possible = possible & ~is_dot.take(starts) & self._is_at("/", end)
        body = (end + 1).at_most(scanner.end_of(starts + 1))
        last = self._last(self._is["ends_url"], body, self._end_of_run("in_url", body))
        return graph.where(possible, graph.where(last >= 0, last + 1, end + 1), 0)

    def mail(self, starts: Value) -> Value:
        """Return where each address of mail ends, 0 where there is none."""
        graph, scanner = self.graph, self.scanner
        possible = ~self._preceded("user").take(starts) & self._is["user"].take(starts)
        at = self._end_of_run("user", starts + 1)
        possible = possible & self._is_at("@", at)
        host = (at + 1).at_most(scanner.end_of(starts + 1))
        first = self._end_of_run("mail_host", host)
        # It ends before the first character that is no part of a name, nor a dot before such a one.
        part, is_dot = self._is["mail_host"], scanner.points.equals(ord("."))
        followed = graph.concatenate(part.cast(np.int64), part.like([False]).cast(np.int64))
        followed = followed.slice(1, np.iinfo(np.int64).max).equals(1) & self._same_text_behind()
        end = scanner.next(~(part | (is_dot & followed))).take(host)
        end = end.at_most(scanner.end_of(starts + 1))
        possible = possible & (first > host) & (end > first)
        return graph.where(possible, end, 0)

    def _is_at(self, character: str, where: Value) -> Value:
        """Return whether a character is at places in the same text as the one before each."""
        inside = where < self.scanner.end_of(where)
        found = self.scanner.points.take(where.at_most(self.scanner.size - 1))
        return inside & found.equals(ord(character))

    def _preceded_by_dot(self) -> Value:
        dot = self.scanner.points.equals(ord(".")).cast(np.int64)
        texts = self.scanner.texts
        return before(dot, 0).equals(1) & texts.equals(before(texts, -1))

    def _same_text_behind(self) -> Value:
        texts = self.scanner.texts
        behind = self.graph.concatenate(texts, texts.like([OUTSIDE]))
        return texts.equals(behind.slice(1, np.iinfo(np.int64).max))


def _table() -> CodeTable:
    """Return of each code point, in lower case, which classes it is of."""
    columns: list[npt.NDArray[np.uint8]] = []
    for members in _CLASSES.values():
        mask = np.zeros(0x110000, np.uint8)
        mask[list(map(ord, members))] = 1
        columns.append(mask)
    return CodeTable.of(*columns)
