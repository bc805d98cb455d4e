"""Poolings in a graph: from all states to one for each text, zeros for a text without tokens.

Each takes the states, float32, (directions, time, texts, units), which are zeros at padding, and
returns float32, (texts, directions * units).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from textseq.export.graph import Graph, Value
from textseq.export.layout import Layout
from textseq.network.arrays import NamedArrays
from textseq.network.pooling.base import LOWEST

Pool = Callable[[Graph, Value, Layout, NamedArrays], Value]


def pool_last(graph: Graph, states: Value, layout: Layout, weights: NamedArrays) -> Value:
    """Return the state after the last token, and the backward one at the first."""
    directions = 1 + ("backward.bias" in weights)
    last = (layout.lengths - 1).at_least(0).reshape(1, -1, 1)
    steps = graph.range(layout.time).reshape(-1, 1, 1)
    chosen = [steps.equals(last), steps.equals(0)][:directions]
    parts = [
        (states.take(np.int64(d)) * step.cast(np.float32)).reduce("Sum", 0)
        for d, step in enumerate(chosen)
    ]
    return graph.concatenate(*parts, axis=1)


def pool_mean(graph: Graph, states: Value, layout: Layout, weights: NamedArrays) -> Value:
    """Return the mean of the states."""
    lengths = layout.lengths.at_least(1).cast(np.float32).reshape(-1, 1)
    return side_by_side(graph, states.reduce("Sum", 1)) / lengths


def pool_max(graph: Graph, states: Value, layout: Layout, weights: NamedArrays) -> Value:
    """Return for each unit the largest value."""
    largest = graph.where(layout.mask(graph), states, LOWEST).reduce("Max", 1)
    some = (layout.lengths > 0).reshape(1, -1, 1)
    return side_by_side(graph, graph.where(some, largest, 0))


def pool_attention(graph: Graph, states: Value, layout: Layout, weights: NamedArrays) -> Value:
    """Return the mean of the states, weighted by the softmax of their scores."""
    kernel, bias, context = (
        graph.weights(weights[f"pooling.{name}"]) for name in ("kernel", "bias", "context")
    )
    flat = graph.apply("Transpose", states, perm=[1, 2, 0, 3])
    flat = flat.reshape(layout.time, layout.lengths.size(), -1)
    seen = (flat @ kernel + bias).unary("Tanh")
    score = graph.where(layout.mask(graph), (seen @ context.reshape(-1, 1)), LOWEST)
    raised = (score - score.reduce("Max", 0, keep=True)).unary("Exp")
    raised = raised * layout.mask(graph).cast(np.float32)
    weight = raised / raised.reduce("Sum", 0, keep=True).at_least(1e-30)
    return (flat * weight).reduce("Sum", 0)


def side_by_side(graph: Graph, pooled: Value) -> Value:
    """Return the directions' states, (directions, texts, units), side by side."""
    return graph.apply("Transpose", pooled, perm=[1, 0, 2]).reshape(pooled.size(1), -1)


POOLINGS: dict[str, Pool] = {
    "last": pool_last,
    "mean": pool_mean,
    "max": pool_max,
    "attention": pool_attention,
}
"""The poolings by name."""
