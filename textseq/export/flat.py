"""Arrays of several texts, one behind another, in a graph: what each step of the export does.

With each element goes the number of its text, which never falls. Nothing here has a step for each
element or each text: all is done with sums over whole arrays.
"""

from __future__ import annotations

import numpy as np

from textseq.export.graph import Value


def before(values: Value, first: int) -> Value:
    """Return the element before each one; before the first, `first`."""
    constant = values.like([first])
    return values.graph.concatenate(constant, values.slice(0, -1))


def after(values: Value, last: int) -> Value:
    """Return the element after each one; after the last, `last`."""
    constant = values.like([last])
    return values.graph.concatenate(values.slice(1, np.iinfo(np.int64).max), constant)


def places(mask: Value) -> Value:
    """Return the indices where a mask is true: int64."""
    return mask.graph.range(mask.size()).keep(mask)  # in half the time of NonZero


def counts(texts: Value, total: Value) -> Value:
    """Return how many elements each of `total` texts has: int64."""
    graph = texts.graph
    zeros = graph.fill(total.reshape(1), np.int64(0))
    ones = texts * 0 + 1
    return graph.apply("ScatterElements", zeros, texts, ones, axis=0, reduction="add")


def starts_of(sizes: Value) -> Value:
    """Return where each part begins, by the sizes of the parts: int64."""
    return sizes.running_sum() - sizes


def sum_texts(values: Value, texts: Value, total: Value) -> Value:
    """Return the sum of each text's rows: (total, columns)."""
    graph, columns = values.graph, values.size(1)
    shape = graph.concatenate(total.reshape(1), columns.reshape(1))
    zeros = graph.fill(shape, values.dtype.type(0))
    every = graph.apply(
        "Expand", texts.reshape(-1, 1), graph.apply("Shape", values, dtype=np.int64)
    )
    return graph.apply("ScatterElements", zeros, every, values, axis=0, reduction="add")


def sorted_keys(keys: Value) -> tuple[Value, Value]:
    """Return keys in rising order, and where each one was."""
    size = keys.size().reshape(1)
    types = (keys.dtype, np.int64)
    found = keys.graph.apply_many("TopK", keys, size, dtypes=types, axis=0, largest=0, sorted=1)
    return found[0], found[1]


def distinct(keys: Value) -> Value:
    """Return each key once, in rising order."""
    ordered, _ = sorted_keys(keys)
    return ordered.keep(first_of_equals(ordered))


def first_of_equals(ordered: Value) -> Value:
    """Return which of ordered keys differ from the one before: bool."""
    first = ordered.graph.range(ordered.size()).equals(0)
    return first | ordered.differs(before(ordered, 0))
