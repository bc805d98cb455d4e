"""A batch of packed inputs, read by a cell, and the way back: forward and backward of one layer.

    gates = x W_xh + b;  states = the cell's `forward`

and backwards the gradient by the weights, by x, and by the states in which the reading started.
"""

from __future__ import annotations

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.compute.vector_math import multiply
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays
from textseq.network.cells.base import Cell, previous_states, reading_steps


class RecurrentPass:
    """A batch, read by one cell.

    Args:
        cell: The cell.
        name: The prefix of its weights, such as `"forward"`; `"backward"` reads from the end.
        faces: Weights by name; and where their gradient is written, by the same names.
        x: Packed inputs: float32, (tokens, dimension); or of one-hot vectors the ids, (tokens,).
        starts: Where each time step begins: (time + 1,).
        start: The states in which the reading starts, see `Cell.starting_states`; None for zeros.

    Attributes:
        by_states: dL/dh_t with other states held constant, which `go_back` reads: (tokens, units).
        by_start: After `go_back`, the gradient by `start`: (1 or 2, documents, units).
    """

    def __init__(
        self,
        cell: Cell,
        name: str,
        faces: tuple[NamedArrays, NamedArrays],
        x: AnyArray,
        starts: IntArray,
        start: AnyArray | None = None,
    ) -> None:
        self.cell, self.x = cell, x
        self.weights, self.gradient = (
            {own: face[f"{name}.{own}"] for own in ("kernel", "recurrent_kernel", "bias")}
            for face in faces
        )
        self.start = cell.starting_states(self.weights["recurrent_kernel"])
        if start is not None:
            self.start = start
        self.steps = reading_steps(starts, name == "backward", self.start.shape[1] > 0)
        self.by_states: FloatArray = np.empty((0, 0), np.float32)
        self.by_start = np.zeros_like(self.start)

    def read(self) -> FloatArray:
        """Return the states: (tokens, units)."""
        kernel, bias = self.weights["kernel"], np.atleast_2d(self.weights["bias"])
        x, onehot = self.x, self.x.ndim == 1
        gates = kernel[x] + bias[0] if onehot else project(x, kernel, bias[0])
        recurrent = self.weights["recurrent_kernel"]
        states, kept = self.cell.forward(gates, recurrent, bias[-1], self.steps, self.start)
        previous = previous_states(states, self.steps)
        self.passed = (gates, states, kept, previous)
        return states[: len(x)]

    def go_back(self, *, by_vectors: bool) -> FloatArray | None:
        """Set the gradient of the weights, and return that of the vectors where it is asked for."""
        transposed = np.ascontiguousarray(self.weights["recurrent_kernel"].T)
        tokens, whole = len(self.x), self.by_states
        if self.start.shape[1]:
            whole = np.concatenate([whole, np.zeros_like(self.start[0])])
        by_inputs, by_products, by_memories = self.cell.backward(
            self.passed, whole, transposed, self.steps
        )
        ends = [whole, by_memories] if self.cell.has_memory else [whole]
        self.by_start = np.stack([each[tokens:] for each in ends])
        gradient, previous = self.gradient, self.passed[3]
        product_over_tokens(previous, by_products, gradient["recurrent_kernel"])
        for bias, by_sum in zip(
            np.atleast_2d(gradient["bias"]), (by_inputs, by_products), strict=False
        ):
            by_sum.sum(axis=0, out=bias)
        if self.x.ndim == 2:
            product_over_tokens(self.x, by_inputs, gradient["kernel"])
        else:
            gradient["kernel"][...] = 0
            np.add.at(gradient["kernel"], self.x, by_inputs)
        if not by_vectors:
            return None
        kernel = np.ascontiguousarray(self.weights["kernel"].T)
        return project(by_inputs, kernel, np.zeros(len(self.x.T), np.float32))


@compiled_late
def project(x: FloatArray, kernel: FloatArray, bias: FloatArray) -> FloatArray:
    """Return x W + b, with W of shape (columns of x, columns)."""
    out = np.empty((len(x), kernel.shape[1]), x.dtype)
    multiply(x, kernel, out)
    for n in range(len(x)):
        for j in range(kernel.shape[1]):
            out[n, j] += bias[j]
    return out


@compiled_late
def product_over_tokens(x: FloatArray, y: FloatArray, out: FloatArray) -> None:
    """Write x^T y, the sum over tokens of outer products, to `out`."""
    multiply(x.T, y, out)
