"""Adam for tables of which a batch reads few rows, in compiled loops.

Keras's Adam would update all rows of a vocabulary, and on short sentences that is half the cost of
a training step. Here only the rows of the batch are updated: lazy Adam, in which the moments of a
row stay as they are while the row is not read (as in `torch.optim.SparseAdam`). With every row read
in every step it equals Keras's Adam.

The moving average of the weights (Polyak and Juditsky 1992) is lazy too, and yet exact. A row that
is not read keeps its value w, so k steps of average <- d average + (1 - d) w come to
w + d^k (average - w), which is applied when the row is next read.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from textseq.network.arrays import FloatArray, IntArray, Rows
from textseq.network.training.adam_kernels import (
    AVERAGE,
    BETA_1,
    BETA_2,
    VALUES,
    scatter,
    sum_of_squares,
    update_average,
    update_rows,
)


class AdamState(NamedTuple):
    """Weights and what Adam keeps of them, row by row, updated in place.

    Args:
        rows: Of each row its weights, their first and second moment, and the moving average of the
            weights as of its `last` step, side by side, so that they are read from memory at once:
            float32, shape (rows, 4, dimension).
        last: The step up to which the average was followed: (rows,).
    """

    rows: FloatArray
    last: IntArray

    @classmethod
    def start(cls, values: FloatArray) -> AdamState:
        """Return the state before the first step; the weights are copied."""
        rows = np.zeros((len(values), 4, values.shape[1]), np.float32)
        # Only what is not 0: memory that is not written takes no room.
        used = values.any(axis=1)
        rows[used, VALUES] = rows[used, AVERAGE] = values[used]
        return cls(rows, np.zeros(len(values), np.int64))

    @property
    def values(self) -> FloatArray:
        """The weights: (rows, dimension), a view."""
        return self.rows[:, VALUES]

    def averaged(self, step: int, momentum: float) -> FloatArray:
        """Return the moving average as of a step, (rows, dimension); a view, updated in place."""
        update_average(self.rows, self.last, step, momentum)
        return self.rows[:, AVERAGE]


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
            dense: The gradient of the dense weights: (weights,).
            rows: Those that `gather` summed; None where the table is not updated.
            vectors: The gradient of these sums: (batch, time, dimension).
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
        factors, only = (rate, scale, momentum), np.zeros(1, np.int32)
        update_rows(*self.dense, only, dense[None, :], self.step, factors)
        if self.table is not None and len(touched):
            update_rows(*self.table, touched, gradient, self.step, factors)

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
