"""Characters that become several, or none, in a graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from textseq.export.characters import Characters
from textseq.export.graph import Graph, Value


def spread(
    graph: Graph,
    characters: Characters,
    sizes: Value,
    spell: Callable[[Value, Value], Value],
) -> Characters:
    """Return characters of which each has become as many as its size says.

    Args:
        graph: The graph.
        characters: The characters.
        sizes: How many each becomes: int64, (characters,).
        spell: From the index of a character and the place in what it becomes, from 0, to the code
            point: int64, (all that they become,) each.
    """
    some = sizes > 0
    index, sizes = graph.range(characters.points.size()).keep(some), sizes.keep(some)
    at = sizes.running_sum() - sizes
    total = sizes.reduce("Sum", 0)
    begins = graph.fill(total.reshape(1), np.int64(0)).put(at, at * 0 + 1)
    owners = begins.running_sum() - 1
    place = graph.range(total) - at.take(owners)
    origin = index.take(owners)
    return Characters(spell(origin, place), characters.texts.take(origin))
