"""All states of packed inputs, for prediction: compiled loops where they are loaded, else NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from textseq.compute.cold_start import compiled_loops
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays
from textseq.network.cells.base import Cell, reading_steps
from textseq.network.inference.inputs import LOOPS
from textseq.network.inference.packed_sequence import document_of

if TYPE_CHECKING:
    from textseq.network.cells.base import NumpyStep


def read_states(
    cell: Cell,
    weights: NamedArrays,
    x: FloatArray,
    starts: IntArray,
    *,
    reverse: bool = False,
    start: AnyArray | None = None,
) -> FloatArray:
    """Return the state after each packed token: float32, (tokens, units).

    Args:
        cell: The cell.
        weights: Its weights: `kernel`, `recurrent_kernel` and `bias`.
        x: Packed inputs, see `packed_sequence`: float32, (tokens, dimension).
        starts: Where each time step begins: (time + 1,).
        reverse: Whether each document is read from its end.
        start: The states in which the reading starts, see `Cell.starting_states`; None for zeros.
    """
    recurrent, bias = weights["recurrent_kernel"], np.atleast_2d(weights["bias"])
    gates = x @ weights["kernel"] + bias[0]
    documents = int(starts[1]) if len(starts) > 1 else 0
    if compiled_loops(LOOPS, documents) is not None:
        start = cell.starting_states(recurrent) if start is None else start
        steps = reading_steps(starts, reverse, start.shape[1] > 0)
        return cell.forward(gates, recurrent, bias[-1], steps, start)[0][: len(x)]
    return _step_by_step(cell, weights, gates, starts, reverse=reverse, start=start)


def first_step(
    cell: Cell, weights: NamedArrays, documents: int, start: AnyArray | None = None
) -> NumpyStep:
    """Return the recurrence of some documents in NumPy, before its first step.

    Args:
        cell: The cell.
        weights: Its weights, as for `read_states`.
        documents: Number of documents.
        start: The states in which they start; None for zeros.
    """
    scale = cell.scale(len(weights["recurrent_kernel"]))
    kernel = weights["recurrent_kernel"] * scale
    step = cell.numpy_step(kernel, weights["bias"], scale, documents)
    if start is not None:
        step.begin(start)
    return step


def _step_by_step(
    cell: Cell,
    weights: NamedArrays,
    gates: FloatArray,
    starts: IntArray,
    *,
    reverse: bool,
    start: AnyArray | None,
) -> FloatArray:
    """Run the cell in NumPy, one time step after the other."""
    gates *= cell.scale(len(weights["recurrent_kernel"]))
    order = mirrored(starts) if reverse else None
    if order is not None:
        gates = gates[order]
    step = first_step(cell, weights, int(starts[1]) if len(starts) > 1 else 0, start)
    states = np.empty((len(gates), len(weights["recurrent_kernel"])), np.float32)
    for first, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        states[first:end] = step(gates[first:end])
    if order is None:
        return states
    inverse = np.empty_like(states)
    inverse[order] = states
    return inverse


def mirrored(starts: IntArray) -> IntArray:
    """Return of each packed token of a backward reading its index in a forward one: (tokens,)."""
    documents = document_of(starts)
    steps = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    lengths = np.bincount(documents)
    places: IntArray = starts[lengths[documents] - 1 - steps] + documents
    return places
