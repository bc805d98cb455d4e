"""Cells in a graph, as the recurrent operators of ONNX.

In them, the gates stand in another order, biases of inputs and of states are two, and weights are
transposed. Padding stands behind each text and is not read, by `sequence_lens`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from textseq.export.embeddings import Inputs
from textseq.export.graph import Graph, Value
from textseq.export.layout import Layout
from textseq.network.arrays import AnyArray, NamedArrays


@dataclass(frozen=True)
class Operator:
    """A cell's operator.

    Args:
        name: Its name in ONNX.
        gates: Of each of its gates, the index of it in the cell's weights.
        attributes: Its attributes.
    """

    name: str
    gates: tuple[int, ...] = (0,)
    attributes: Mapping[str, Any] = field(default_factory=dict)


OPERATORS = {
    "simple_rnn": Operator("RNN"),
    "gru": Operator("GRU", (0, 1, 2), {"linear_before_reset": 1}),
    "lstm": Operator("LSTM", (0, 3, 1, 2)),  # input, output, forget, cell; ours: i, f, c, o
}
"""The operator of each cell by the cell's name."""


def read_states(
    graph: Graph, cell: str, weights: NamedArrays, inputs: Inputs, layout: Layout
) -> Value:
    """Return all states: float32, (directions, time, texts, units), zeros at padding."""
    operator = OPERATORS[cell]
    directions = [d for d in ("forward", "backward") if f"{d}.bias" in weights]
    units = len(weights["forward.recurrent_kernel"])
    order = np.concatenate([np.arange(units) + gate * units for gate in operator.gates])

    def stack(make: Callable[[str], AnyArray]) -> Value:
        return graph.weights(np.stack([make(direction) for direction in directions]))

    kernels = inputs.kernels
    if len(operator.gates) > 1 and not np.array_equal(order, np.arange(len(order))):
        kernels = kernels.take(order, axis=1)
    recurrent = stack(lambda d: weights[f"{d}.recurrent_kernel"].T[order])
    bias = stack(lambda d: _biases(weights[f"{d}.bias"], order))
    # Of a length of 0, ONNX Runtime reads memory that is not the tensor's (its pull request 28052).
    lengths = layout.lengths.at_least(1).cast(np.int32)
    states = graph.apply(
        operator.name,
        *(inputs.vectors, kernels, recurrent, bias, lengths),
        hidden_size=units,
        direction="bidirectional" if len(directions) > 1 else "forward",
        **operator.attributes,
    )
    every = graph.apply("Transpose", states, perm=[1, 0, 2, 3])
    return graph.where(layout.mask(graph), every, 0)


def _biases(bias: AnyArray, order: AnyArray) -> AnyArray:
    """Return the bias of inputs and then that of states: (2 * width,)."""
    first, *others = np.atleast_2d(bias)
    second = others[0] if others else np.zeros_like(first)
    return np.concatenate([first[order], second[order]])
