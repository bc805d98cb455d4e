"""One document through a network, in float64, and the gradient of its answer back to every step.

    x_t -> states h_t -> pooling, or none -> answer L

Backpropagation through time (Werbos 1990) by the loops that train: dL/dh_t, what of it came through
other states, and dL/dx_t.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from textseq.compute.compiled_late import interpreted
from textseq.network.arrays import AnyArray, DoubleArray, NamedArrays
from textseq.network.cells.base import Cell, Passed, previous_states, reading_steps

if TYPE_CHECKING:
    from textseq.network.inference.numpy_network import NumpyNetwork
    from textseq.network.inference.packed_network import PackedNetwork

FEW_STEPS = 200
"""Up to this number of steps, loading compiled code takes longer than it saves."""


@dataclass(frozen=True)
class Direction:
    """What one cell made of a document, in the order of the steps whichever way it reads.

    Args:
        states: h_t after each step: (time, units).
        gradients: dL/dh_t, likewise.
        carried: The part of it that came through other states: of the backward cell, those
            after earlier steps, which it reads later.
        memories: dL/dc_t, of an LSTM's memory; else None.
        by_inputs: The part of dL/dx_t that goes through this cell: (time, dimension); None of
            inputs that are ids.
    """

    states: DoubleArray
    gradients: DoubleArray
    carried: DoubleArray
    memories: DoubleArray | None
    by_inputs: DoubleArray | None = None

    @property
    def gradient_norms(self) -> DoubleArray:
        """The Euclidean length of dL/dh_t: (time,)."""
        return norms(self.gradients)

    def to_dict(self) -> dict[str, Any]:
        """Return states and norms as JSON can hold them, a list entry for each step."""
        memories = None if self.memories is None else norms(self.memories).tolist()
        return {
            "states": self.states.tolist(),
            "gradient_norms": self.gradient_norms.tolist(),
            "carried_norms": norms(self.carried).tolist(),
            "memory_gradient_norms": memories,
        }


def backpropagate(
    network: NumpyNetwork | PackedNetwork,
    x: AnyArray,
    gradient: Callable[[DoubleArray, NamedArrays], DoubleArray],
) -> dict[str, Direction]:
    """Read one document in each direction, and follow the gradient of its answer back.

    Args:
        network: The network; its embedding plays no part.
        x: The vector of each step, (time, dimension); or its id, where vectors are one-hot.
        gradient: From the pooled state, (summary,), or without a pooling all states,
            (time, summary), and the weights to dL by it.

    Returns:
        By the name of each direction.
    """
    exact = {
        name: weight.astype(np.float64)
        for name, weight in network.weights.items()
        if not name.startswith("embedding.")
    }
    starts = np.arange(len(x) + 1)
    pooling: Any = network.pooling
    with interpreted() if len(x) <= FEW_STEPS else contextlib.nullcontext():
        passed = {d: _read(exact, network.cell, d, x) for d in network.directions}
        states = np.concatenate([states for _, states, _, _ in passed.values()], axis=1)
        if pooling is None:
            by_states = gradient(states, exact)
        else:
            pooled = pooling.pool_packed(states, starts, 1, len(passed), exact)
            by_states = pooled.backward(gradient(pooled.summary[0], exact)[None])[0]
        parts = np.split(by_states, len(passed), axis=1)
        return {
            name: _go_back(exact, network.cell, name, of_cell, part)
            for (name, of_cell), part in zip(passed.items(), parts, strict=True)
        }


def _read(weights: Mapping[str, DoubleArray], cell: Cell, direction: str, x: AnyArray) -> Passed:
    """Read vectors, or ids, in one direction."""
    kernel, bias = weights[f"{direction}.kernel"], weights[f"{direction}.bias"]
    bias, second = bias if bias.ndim == 2 else (bias, bias)  # a GRU has two
    inputs = (x @ kernel if x.ndim == 2 else kernel[x]) + bias
    recurrent, steps = weights[f"{direction}.recurrent_kernel"], _steps(x, direction)
    start = cell.starting_states(recurrent)
    states, kept = cell.forward(inputs, recurrent, second, steps, start)
    return inputs, states, kept, previous_states(states, steps)


def _go_back(
    weights: Mapping[str, DoubleArray],
    cell: Cell,
    direction: str,
    passed: Passed,
    part: DoubleArray,
) -> Direction:
    """Follow the gradient by the states of one direction back."""
    whole = np.array(part, order="C")
    transposed = np.ascontiguousarray(weights[f"{direction}.recurrent_kernel"].T)
    steps = _steps(part, direction)
    by_gates, _, memories = cell.backward(passed, whole, transposed, steps)
    by_inputs = by_gates @ weights[f"{direction}.kernel"].T
    kept = memories if cell.has_memory else None
    return Direction(passed[1], whole, whole - part, kept, by_inputs)


def _steps(x: AnyArray, direction: str) -> Any:
    return reading_steps(np.arange(len(x) + 1), direction == "backward")


def norms(vectors: DoubleArray) -> DoubleArray:
    """Return the Euclidean length of each row: (rows,)."""
    return cast("DoubleArray", np.sqrt((vectors**2).sum(axis=1)))
