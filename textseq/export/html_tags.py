"""The markup of HTML in a graph: where `cleaning.clean_html` finds it.

    <!-- ... -->                comments, which hold no other <!--
    <script ...> ... </script>  and `style`
    <name ...>, </name>         tags of HTML's elements; an attribute's quoted value may hold >
    <!name ...>, <?name ...>    declarations

Of two that overlap, the first counts. Only comments, scripts and styles hold a <, so that others
are within them or apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textseq.export.characters import Characters
from textseq.export.flat import counts, places
from textseq.export.graph import Graph, Value
from textseq.export.overlaps import first_ones
from textseq.export.scanning import Next, Scanner, WordSet, column, is_any, is_between
from textseq.tokenizer.cleaning import ELEMENTS

BREAK = "wbr"
"""The element that says where a word may be broken, so that no space is put in its place."""

_WHITE = " \t\n\r\f\v"


@dataclass(frozen=True)
class Markup:
    """Where markup is.

    Args:
        scanner: The characters.
        starts: Where each begins: int64, (found,).
        ends: Where each ends: int64, (found,).
    """

    scanner: Scanner
    starts: Value
    ends: Value

    def in_texts(self) -> Value:
        """Return whether the text of each character has any: bool, (characters,)."""
        total = self.scanner.texts.reduce("Max", 0) + 1
        return counts(self.scanner.texts.take(self.starts), total).take(self.scanner.texts) > 0

    def replace(self, graph: Graph) -> Characters:
        """Return the characters with a space for each, and nothing for `<wbr>`."""
        name = self.scanner.behind(self.starts + 1, len(BREAK), low=True)
        same = name.equals(np.array(list(map(ord, BREAK)))).cast(np.int64).reduce("Sum", 1)
        space = graph.where(same.equals(len(BREAK)), self.starts * 0 - 1, ord(" "))
        return self.scanner.replace(self.starts, self.ends, space)


def find_markup(graph: Graph, characters: Characters) -> Markup:
    """Return where characters are markup."""
    scanner = Scanner(graph, characters)
    starts = places(characters.points.equals(ord("<")))
    limits = scanner.end_of(starts + 1)
    opened = _Opened(graph, scanner, starts, limits)
    long = graph.concatenate(
        _comments(opened).reshape(1, -1),
        *(_scripts(opened, name).reshape(1, -1) for name in ("script", "style")),
    ).reduce("Max", 0)
    long = first_ones(graph, scanner, starts, long)
    is_long = long > 0
    inside = scanner.within(starts.keep(is_long) + 1, long.keep(is_long)).take(starts)
    short = _tags(opened).at_least(_declarations(opened))
    ends = graph.where(is_long, long, graph.where(inside, short * 0, short))
    found = ends > 0
    return Markup(scanner, starts.keep(found), ends.keep(found))


class _Opened:
    """Every <, and what is behind it.

    Args:
        graph: The graph.
        scanner: The characters.
        starts: Where each < is: (n,).
        limits: Where its text ends: (n,).
    """

    def __init__(self, graph: Graph, scanner: Scanner, starts: Value, limits: Value) -> None:
        self.graph, self.scanner, self.starts, self.limits = graph, scanner, starts, limits
        self.window = scanner.behind(starts + 1, 8, low=True)
        self.closes = scanner.next(scanner.is_any(">"))
        self.opens = scanner.next(scanner.is_any("<"))

    def take(self, next_of: Next, where: Value) -> Value:
        """Return the next place of a kind from some places on; the end of the text for none."""
        return next_of.take(where.at_most(self.scanner.size)).at_most(self.limits)

    def end(self, close: Value, found: Value) -> Value:
        """Return where a match ends behind its last character, 0 where there is no match."""
        return self.graph.where(found & (close < self.limits), close + 1, 0)


def _comments(opened: _Opened) -> Value:
    """Return where each comment ends, 0 where there is none."""
    scanner, window = opened.scanner, opened.window
    begins = (
        column(window, 0).equals(ord("!"))
        & column(window, 1).equals(ord("-"))
        & column(window, 2).equals(ord("-"))
    )
    body = opened.starts + 4
    close = opened.take(scanner.next(scanner.ends_with("-->")), body + 2)
    other = opened.take(scanner.next(scanner.marked(opened.starts.keep(begins))), body)
    return opened.end(close, begins & (other >= close - 2))


def _scripts(opened: _Opened, name: str) -> Value:
    """Return where each element of a name ends, with all that it holds, 0 where there is none."""
    graph, scanner = opened.graph, opened.scanner
    starts_tag, after_start = _begins_tag(opened, name, closing=False)
    ends_tag, after_end = _begins_tag(opened, name, closing=True)
    close = opened.take(opened.closes, after_start)
    begins = starts_tag & (close < opened.take(opened.opens, after_start))
    either = starts_tag | ends_tag
    # The next < that begins either tag of the name must be the closing one's, and that one whole.
    number = graph.range(opened.starts.size())
    at = scanner.next(scanner.marked(opened.starts.keep(either)))
    other = opened.take(at, close + 1)
    whole = opened.take(scanner.next(~scanner.is_any(_WHITE)), after_end)
    is_whole = ends_tag & (whole < opened.limits) & _is(scanner, whole, ">")
    # Which of all < that is.
    zeros = graph.fill((scanner.size + 1).reshape(1), np.int64(0))
    index = zeros.put(opened.starts, number).take(other)
    complete = is_whole.cast(np.int64).take(index).equals(1) & (other < opened.limits)
    return opened.end(whole.take(index), begins & complete)


def _begins_tag(opened: _Opened, name: str, *, closing: bool) -> tuple[Value, Value]:
    """Return whether a tag of a name begins at each <, and where the name ends."""
    spelled = "/" * closing + name
    found = column(opened.window, 0).equals(ord(spelled[0]))
    for i, character in enumerate(spelled[1:], start=1):
        found = found & column(opened.window, i).equals(ord(character))
    end = opened.starts + 1 + len(spelled)
    following = column(opened.scanner.behind(end.at_most(opened.limits), 1, low=True), 0)
    in_word = (
        is_between(following, "a", "z") | is_between(following, "0", "9") | is_any(following, "_")
    )
    return found & ~(in_word & (end < opened.limits)), end


def _tags(opened: _Opened) -> Value:
    """Return where each tag of an element ends, 0 where there is none."""
    graph, scanner = opened.graph, opened.scanner
    names = WordSet(graph, dict.fromkeys(ELEMENTS, 1))
    begin = opened.starts + 1 + column(opened.window, 0).equals(ord("/")).cast(np.int64)
    window = scanner.behind(begin.at_most(opened.limits), names.width + 1, low=True)
    ended = is_any(window, _WHITE + "/>").cast(np.int64)
    ended = graph.apply("CumSum", ended, graph.constant(np.int64(1)))
    length = ended.equals(0).cast(np.int64).reduce("Sum", 1)
    known = names.look_up(window.slice(0, -1, axis=1))
    index = (length - 1).at_least(0).at_most(names.width - 1).reshape(-1, 1)
    is_name = graph.apply("GatherElements", known, index, axis=1).reshape(-1)
    is_name = is_name * (length > 0).cast(np.int64) * (length <= names.width).cast(np.int64)
    found = is_name.equals(1)
    end = begin + length
    is_end = _is(scanner, end, ">") & (end < opened.limits)
    return opened.end(graph.where(is_end, end, _end_of_attributes(opened, end + 1, found)), found)


def _end_of_attributes(opened: _Opened, begin: Value, found: Value) -> Value:
    """Return the place of the > of each tag, the end of its text for none.

    Each turn goes to the > or <, or behind the next quoted value, of all tags at once.
    """
    graph, scanner = opened.graph, opened.scanner
    next_quoted, jump = _quoted(opened)

    def turn(place: Value, running: Value) -> tuple[Value, tuple[Value, Value]]:
        close, other = opened.take(opened.closes, place), opened.take(opened.opens, place)
        quoted = opened.take(next_quoted, place)
        stops = close.at_most(other)
        goes_on = running.equals(1) & (quoted < stops)
        final = graph.where(close < other, close, opened.limits)
        behind = jump.take(quoted.at_most(scanner.size))
        stay = graph.where(running.equals(1), final, place)
        return goes_on.any(), (graph.where(goes_on, behind, stay), goes_on.cast(np.int64))

    start = begin.at_most(opened.limits)
    return graph.repeat(found.any(), turn, start, found.cast(np.int64))[0]


def _quoted(opened: _Opened) -> tuple[Next, Value]:
    """Return the next = from each place on before a quoted value, and where the value ends."""
    graph, scanner = opened.graph, opened.scanner
    equal = places(scanner.is_any("="))
    limits = scanner.end_of(equal + 1)
    size = scanner.size
    quote = scanner.next(~scanner.is_any(_WHITE)).take(equal + 1)
    total = graph.fill(equal.size().reshape(1), np.int64(0))
    for mark in "\"'":
        ends = scanner.next(scanner.is_any("<" + mark)).take((quote + 1).at_most(size))
        fits = _is(scanner, quote, mark) & _is(scanner, ends, mark) & (ends < limits)
        total = graph.where(fits, ends + 1, total)
    found = total > 0
    zeros = graph.fill((size + 1).reshape(1), np.int64(0))
    return scanner.next(scanner.marked(equal.keep(found))), zeros.put(equal, total)


def _declarations(opened: _Opened) -> Value:
    """Return where each declaration ends, 0 where there is none."""
    first, second = column(opened.window, 0), column(opened.window, 1)
    begins = is_any(first, "!?") & is_between(second, "a", "z")
    place = opened.starts + 3
    close = opened.take(opened.closes, place)
    return opened.end(close, begins & (close < opened.take(opened.opens, place)))


def _is(scanner: Scanner, where: Value, character: str) -> Value:
    """Return whether a character is at some places; false behind all."""
    inside = where < scanner.size
    return inside & scanner.points.take(where.at_most(scanner.size - 1)).equals(ord(character))
