"""Adam for tables of which a batch reads few rows, in compiled loops.

A batch of 64 sentences holds a few thousand different words of a vocabulary of 20,000. Keras's Adam
would still update all 20,000 rows, and on short sentences that is half the cost of a training step.
Here only the rows of the batch are gathered, updated and written back: lazy Adam, in which the
moments of a row stay as they are while the row is not read (as in `torch.optim.SparseAdam`). With
every row read in every step it equals Keras's Adam.

The moving average of the weights (Polyak and Juditsky 1992) is lazy too, and yet exact. A row that
is not read keeps its value w, so k steps of average <- d average + (1 - d) w come to
w + d^k (average - w), which is applied when the row is next read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from textseq.compute.aligned import aligned
from textseq.network.arrays import FloatArray, IntArray, Rows
from textseq.network.training.adam_kernels import (
    BETA_1,
    BETA_2,
    gather,
    scatter,
    sum_of_squares,
    update_average,
    update_rows,
)


@dataclass
class AdamState:
    """Weights and what Adam keeps of them, row by row.

    Args:
        values: The weights: float32, shape (rows, dimension).
        first: The first moment, likewise.
        second: The second moment, likewise.
        average: The moving average of the weights as of each row's `last` step, likewise.
        last: The step up to which `average` was followed: int64, shape (rows,).
    """

    values: FloatArray
    first: FloatArray
    second: FloatArray
    average: FloatArray
    last: IntArray

    @classmethod
    def start(cls, values: FloatArray) -> AdamState:
        """Return the state before the first step; the weights are copied."""
        return cls(
            _copy(values),
            np.zeros_like(values),
            np.zeros_like(values),
            values.copy(),
            np.zeros(len(values), np.int64),
        )

    def averaged(self, step: int, momentum: float) -> FloatArray:
        """Return the moving average as of a step; it is updated in place."""
        update_average(self.values, self.average, self.last, step, momentum)
        return self.average


class LazyAdam:
    """Updates a vector of weights, and those rows of a table that a batch has read.

    Args:
        dense: All weights but the table's, as one vector: float32, shape (weights,).
        table: The embedding's rows, shape (rows, dimension); None where there is no such table.
        momentum: That of the moving average; 0 for none.
        clip_norm: Gradients are scaled down to this norm, over all weights (Pascanu et al.
            2013); None for no clipping.

    Attributes:
        step: Number of steps taken.
    """

    def __init__(
        self,
        dense: FloatArray,
        table: FloatArray | None,
        *,
        momentum: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        self.dense = AdamState.start(dense[None, :])
        self.table = None if table is None else AdamState.start(table)
        self.momentum, self.clip_norm = momentum, clip_norm
        self.step = 0
        # Index of each row of the table in the batch's gradient; -1 for not in this batch.
        self._slots = np.full(0 if table is None else len(table), -1, np.int32)
        self._scratch = np.empty((0, 0), np.float32)

    def averaged(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the moving average of the dense weights and of the table, as of now."""
        dense = self.dense.averaged(self.step, self.momentum)[0]
        return dense, None if self.table is None else self.table.averaged(self.step, self.momentum)

    def vectors(self, rows: Rows, out: FloatArray) -> FloatArray:
        """Write the sum of the rows at each position to `out`, and return it; row 0 is none.

        Args:
            rows: int32, shape (batch, time, rows per position).
            out: float32, shape (batch, time, dimension).
        """
        if self.table is None:
            raise ValueError("These weights have no table.")
        gather(self.table.values, rows, out)
        return out

    def update(
        self,
        rate: float,
        dense: FloatArray,
        rows: Rows | None = None,
        vectors: FloatArray | None = None,
    ) -> None:
        """Take one step down the gradient.

        Args:
            rate: The learning rate.
            dense: The gradient of the dense weights: float32, shape (weights,).
            rows: As for `vectors`; None where the table is not updated.
            vectors: The gradient of what `vectors(rows)` returned.
        """
        self.step += 1
        touched, gradient = self._rows_gradient(rows, vectors)
        scale = 1.0
        if self.clip_norm is not None:
            norm = math.sqrt(sum_of_squares(dense[None, :]) + sum_of_squares(gradient))
            scale = self.clip_norm / norm if norm > self.clip_norm else 1.0
        rate *= math.sqrt(1 - BETA_2**self.step) / (1 - BETA_1**self.step)
        # The first step's weights are where the average starts.
        momentum = self.momentum if self.step > 1 else 0.0
        factors = (rate, scale, momentum)
        only = np.zeros(1, np.int32)
        update_rows(*_columns(self.dense), only, dense[None, :], self.step, factors)
        if self.table is not None and len(touched):
            update_rows(*_columns(self.table), touched, gradient, self.step, factors)

    def _rows_gradient(
        self, rows: Rows | None, vectors: FloatArray | None
    ) -> tuple[Rows, FloatArray]:
        """Return the distinct rows that a batch read, and the gradient of each."""
        if rows is None or vectors is None:
            return np.empty(0, np.int32), np.empty((0, 0), np.float32)
        most = min(rows.size, len(self._slots))
        if len(self._scratch) < most:
            self._scratch = np.empty((most, vectors.shape[-1]), np.float32)
        touched = np.empty(most, np.int32)
        count = scatter(rows, vectors, self._slots, touched, self._scratch)
        return touched[:count], self._scratch[:count]


def _copy(values: FloatArray) -> FloatArray:
    """Return an aligned copy."""
    out = aligned(values.shape)
    out[...] = values
    return out


def _columns(state: AdamState) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray]:
    return state.values, state.first, state.second, state.average, state.last
