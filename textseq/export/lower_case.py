"""Lower case in a graph, as Python has it, whatever the language of the machine.

It is a table of code points but for two characters: dotted I (U+0130) becomes two, and the capital
sigma is written otherwise at the end of a word: where, but for characters that do not count, a
letter with case is before it and none behind it (Unicode 3.13, Final_Sigma).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from textseq.export.characters import Characters
from textseq.export.code_tables import CodeTable
from textseq.export.flat import places, starts_of
from textseq.export.graph import Graph, Value

DOTTED_I, SMALL_I, DOT_ABOVE = 0x130, 0x69, 0x307
SIGMA, SMALL_SIGMA, FINAL_SIGMA = 0x3A3, 0x3C3, 0x3C2

CASED, IGNORED = 1, 2


def lower_irregular(graph: Graph, characters: Characters) -> Characters:
    """Return characters with those in lower case that no table of code points can lower."""
    points, texts = characters.points, characters.texts
    found = (points.equals(DOTTED_I) | points.equals(SIGMA)).any()

    def lower() -> tuple[Value, Value]:
        lowered = Characters(_lower_sigma(graph, characters), texts)
        spread = _spread_dotted_i(graph, lowered)
        return spread.points, spread.texts

    return Characters(*graph.when(found, lower, points, texts))


def _lower_sigma(graph: Graph, characters: Characters) -> Value:
    """Return code points with capital sigmas in lower case."""
    points, texts = characters.points, characters.texts
    (kinds,) = _kinds_of_case().look_up(graph, points)
    counts = kinds.differs(IGNORED)
    # Those that count, and at either end one that is no letter: index 0 is before all.
    seen = places(counts)
    cased = _between(graph, kinds.keep(counts).equals(CASED).cast(np.int64), 0)
    owner = _between(graph, texts.take(seen), -1)
    place = counts.cast(np.int64).running_sum()
    last = place - counts.cast(np.int64)  # of those before each character
    own = texts.equals(owner.take(last)) & cased.take(last).equals(1)
    following = place + 1
    ends = ~(texts.equals(owner.take(following)) & cased.take(following).equals(1))
    small = graph.where(own & ends, points * 0 + FINAL_SIGMA, SMALL_SIGMA)
    return graph.where(points.equals(SIGMA), small, points)


def _between(graph: Graph, values: Value, end: int) -> Value:
    return graph.concatenate(values.like([end]), values, values.like([end]))


def _spread_dotted_i(graph: Graph, characters: Characters) -> Characters:
    """Return characters with an i and a dot in place of each dotted I."""
    points, texts = characters.points, characters.texts
    dotted = points.equals(DOTTED_I)
    sizes = dotted.cast(np.int64) + 1
    at = starts_of(sizes)
    total = sizes.reduce("Sum", 0).reshape(1)
    dots = graph.fill(total, np.int64(DOT_ABOVE)).put(
        at, graph.where(dotted, points * 0 + SMALL_I, points)
    )
    owner = graph.fill(total, np.int64(0)).put(at, texts)
    # What nothing was put at is behind a dotted I.
    second = at.keep(dotted) + 1
    return Characters(dots, owner.put(second, texts.keep(dotted)))


@lru_cache(maxsize=1)
def _kinds_of_case() -> CodeTable:
    """Return which code points are letters with case, and which do not count.

    Python's own, read off the lower case of a capital sigma behind each.
    """
    kinds = np.zeros(0x110000, np.uint8)
    points = np.setdiff1d(np.arange(0x110000), [*range(0xD800, 0xE000), DOTTED_I])
    for start, kind in ((ord(" "), CASED), (ord("a"), IGNORED)):
        lines = np.full((len(points), 4), start, np.uint32)
        lines[:, 1], lines[:, 2], lines[:, 3] = points, SIGMA, ord(" ")
        lower = lines.tobytes().decode("utf-32-le").lower().encode("utf-32-le")
        final = np.frombuffer(lower, np.uint32).reshape(-1, 4)[:, 2] == FINAL_SIGMA
        kinds[points[final & (kinds[points] == 0)]] = kind
    kinds[DOTTED_I] = CASED
    return CodeTable.of(kinds)
