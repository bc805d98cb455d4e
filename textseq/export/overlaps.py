"""Of matches that overlap, those that a search from left to right finds, in a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from textseq.export.graph import Graph, Value

if TYPE_CHECKING:
    from textseq.export.scanning import Scanner


def first_ones(graph: Graph, scanner: Scanner, starts: Value, ends: Value) -> Value:
    """Return the ends of those that do not begin within an earlier one, 0 for the others.

    From each, the next is the first that begins behind its end. Those that are reached from the
    first one by such steps are found by taking one step, then two, then four.

    Args:
        graph: The graph.
        scanner: The characters.
        starts: Where each begins, rising: int64, (n,).
        ends: Where each ends, 0 where there is none: int64, (n,).
    """
    found = ends > 0
    some, number = starts.keep(found), graph.range(starts.size()).keep(found)
    total = some.size()
    # Which of them begins at a place or behind it; their number where there is none.
    mask = scanner.marked(some).cast(np.int64)
    order = graph.concatenate(mask.running_sum() - mask, total.reshape(1))
    step = graph.concatenate(order.take(ends.keep(found)), total.reshape(1))
    reached = graph.range(total + 1).equals(0).cast(np.int64)

    def double(reached: Value, step: Value) -> tuple[Value, tuple[Value, Value]]:
        more = graph.apply("ScatterElements", reached, step, reached, axis=0, reduction="max")
        return more.differs(reached).any(), (more, step.take(step))

    reached = graph.repeat(total > 0, double, reached, step)[0]
    chosen = number.keep(reached.slice(0, -1).equals(1))
    zeros = ends * 0
    return zeros.put(chosen, ends.take(chosen))
