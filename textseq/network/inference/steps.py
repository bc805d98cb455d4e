"""The recurrence in NumPy: a time step of each cell, on the documents that still run.

Every step works in place on the rows of the input, which become the states. A sigmoid is computed
as (1 + tanh(x / 2)) / 2, which cannot overflow; the halves are multiplied into the weights
beforehand (`gate_scale`), so that all gates of a cell go through one call of tanh.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_HALF = np.float32(0.5)


class Step(Protocol):
    """One direction's recurrence over the documents of a batch.

    Args:
        recurrent_kernel: W_hh, scaled by `gate_scale`: (units, gates * units).
        bias: The bias of the cell, as it was trained: (gates * units,) or (2, gates * units).
        documents: How many documents the batch has.
    """

    def __init__(self, recurrent_kernel: Array, bias: Array, documents: int) -> None: ...

    def __call__(self, x: Array) -> Array:
        """Return the next states of the first documents: (running, units).

        Args:
            x: The input's share of the sum, one row per document still running, scaled by
                `gate_scale`: (running, gates * units). It is overwritten.
        """
        ...


class SimpleRNN:
    """h' = tanh(x W_xh + b + h W_hh)."""

    def __init__(self, recurrent_kernel: Array, bias: Array, documents: int) -> None:
        self._kernel = recurrent_kernel
        self._product = np.empty((documents, len(recurrent_kernel)), np.float32)
        self._h: Array | None = None  # zeros, which add nothing

    def __call__(self, x: Array) -> Array:
        """Return the next states; see `Step`."""
        if self._h is not None:
            x += np.matmul(self._h[: len(x)], self._kernel, out=self._product[: len(x)])
        self._h = np.tanh(x, out=x)
        return self._h


class GRU:
    """Keras's `reset_after=True` form: the reset gate acts on h W_hh + b, not on h."""

    def __init__(self, recurrent_kernel: Array, bias: Array, documents: int) -> None:
        units = len(recurrent_kernel)
        self._kernel = recurrent_kernel
        self._bias = bias[1] * gate_scale("gru", units)
        self._product = np.empty((documents, 3 * units), np.float32)
        self._h = np.zeros((documents, units), np.float32)

    def __call__(self, x: Array) -> Array:
        """Return the next states; see `Step`."""
        h, units = self._h[: len(x)], self._h.shape[1]
        product = np.matmul(h, self._kernel, out=self._product[: len(x)])
        product += self._bias
        gates = x[:, : 2 * units]
        gates += product[:, : 2 * units]
        _sigmoid_of_halves(gates)
        update, reset, proposal = gates[:, :units], gates[:, units:], x[:, 2 * units :]
        proposal += np.multiply(reset, product[:, 2 * units :], out=reset)
        np.tanh(proposal, out=proposal)
        h -= proposal
        h *= update
        h += proposal  # update * h + (1 - update) * proposal
        return h


class LSTM:
    """Gates in Keras's order: write (input), keep (forget), proposal, read (output)."""

    def __init__(self, recurrent_kernel: Array, bias: Array, documents: int) -> None:
        units = len(recurrent_kernel)
        self._kernel = recurrent_kernel
        self._product = np.empty((documents, 4 * units), np.float32)
        self._h = np.zeros((documents, units), np.float32)
        self._memory = np.zeros((documents, units), np.float32)

    def __call__(self, x: Array) -> Array:
        """Return the next states; see `Step`."""
        h, memory, units = self._h[: len(x)], self._memory[: len(x)], self._h.shape[1]
        x += np.matmul(h, self._kernel, out=self._product[: len(x)])
        np.tanh(x, out=x)
        for gates in (x[:, : 2 * units], x[:, 3 * units :]):
            gates *= _HALF
            gates += _HALF
        write, keep, proposal, read = (x[:, i * units : (i + 1) * units] for i in range(4))
        memory *= keep
        memory += np.multiply(write, proposal, out=proposal)
        np.tanh(memory, out=h)
        h *= read
        return h


STEPS: dict[str, type[Step]] = {"simple_rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}

GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
"""How many times as wide as the state each cell's input weights are."""

_SIGMOIDS = {"simple_rnn": (), "gru": (0, 1), "lstm": (0, 1, 3)}
"""Which of them go through a sigmoid."""


def gate_scale(cell: str, units: int) -> Array:
    """Return what a cell's weights are multiplied by beforehand: 1/2 where a sigmoid follows.

    Example:
        >>> from textseq.network.inference.steps import gate_scale
        >>> gate_scale("gru", 2)
        array([0.5, 0.5, 0.5, 0.5, 1. , 1. ], dtype=float32)
    """
    scale = np.ones((GATES[cell], units), np.float32)
    scale[list(_SIGMOIDS[cell])] = _HALF
    return scale.reshape(-1)


def _sigmoid_of_halves(x: Array) -> None:
    """Turn x / 2 into sigmoid(x), in place."""
    np.tanh(x, out=x)
    x *= _HALF
    x += _HALF
