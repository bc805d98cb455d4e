"""Adam for tables of which a batch touches few rows, in compiled loops.

A batch of 64 sentences holds some thousand different words of a vocabulary of 20,000. Keras's Adam
would still move all 20,000 rows, and on short sentences that is half the cost of a training step.
Here only the rows of the batch are gathered, moved and written back: lazy Adam, in which the
moments of a row rest while the row is not touched (as `torch.optim.SparseAdam` has it). With every
row touched in every step it equals Adam as Keras has it.

The moving average of the weights (Polyak and Juditsky 1992) is lazy too, and yet exact: a row that
rests keeps its value w, so k steps of average <- d average + (1 - d) w come to
w + d^k (average - w), which is made up for when the row is next touched, or read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled
from textseq.network.training.aligned import aligned

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""The decay of Adam's moments and what keeps its divisor above 0, as in Keras."""


@dataclass
class Table:
    """Weights with all that the optimizer keeps beside them, row by row.

    Args:
        values: The weights: float32, shape (rows, dimension).
        first: Adam's first moment, likewise.
        second: Adam's second moment, likewise.
        average: The moving average of the weights as of each row's `last` step, likewise.
        last: The step up to which `average` was followed: int64, shape (rows,).
    """

    values: Array
    first: Array
    second: Array
    average: Array
    last: npt.NDArray[np.int64]

    @classmethod
    def start(cls, values: Array) -> Table:
        """Return a table of these weights before the first step; they are copied."""
        return cls(
            _copy(values),
            np.zeros_like(values),
            np.zeros_like(values),
            values.copy(),
            np.zeros(len(values), np.int64),
        )

    def averaged(self, step: int, momentum: float) -> Array:
        """Return the moving average as of a step, brought up to date in place.

        Example:
            >>> import numpy as np
            >>> from textseq.network.training.optimizer import Table
            >>> table = Table.start(np.zeros((1, 1), np.float32))
            >>> table.values[:] = 8  # the average is still 0, and nears it by half a step
            >>> table.averaged(3, momentum=0.5)
            array([[7.]], dtype=float32)
        """
        _follow(self.values, self.average, self.last, step, momentum)
        return self.average


class LazyAdam:
    """Moves a dense vector of weights, and the rows of a table that a batch has read.

    Args:
        dense: All weights but the table's, end to end: float32, shape (weights,).
        table: The embedding's rows, shape (rows, dimension); None where there is no such table.
        momentum: Of the moving average; 0 for none.
        clip_norm: A longer gradient, over all weights, is scaled down to this length
            (Pascanu et al. 2013); None leaves it.

    Attributes:
        step: How many steps were taken.
    """

    def __init__(
        self,
        dense: Array,
        table: Array | None,
        *,
        momentum: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        self.dense = Table.start(dense[None, :])
        self.table = None if table is None else Table.start(table)
        self.momentum, self.clip_norm = momentum, clip_norm
        self.step = 0
        # Where in the batch's gradient each row of the table stands; -1 for not in this batch.
        self._slots = np.full(0 if table is None else len(table), -1, np.int32)
        self._scratch = np.empty((0, 0), np.float32)

    def averaged(self) -> tuple[Array, Array | None]:
        """Return the moving average of the dense weights and of the table, as of now."""
        dense = self.dense.averaged(self.step, self.momentum)[0]
        return dense, None if self.table is None else self.table.averaged(self.step, self.momentum)

    def vectors(self, rows: Rows, out: Array) -> Array:
        """Write the sum of the rows at each position to `out`, and return it; row 0 is none.

        Args:
            rows: Row numbers: int32, shape (batch, time, rows per position).
            out: float32, shape (batch, time, dimension).
        """
        if self.table is None:
            raise ValueError("These weights have no table.")
        gather(self.table.values, rows, out)
        return out

    def update(
        self, rate: float, dense: Array, rows: Rows | None = None, vectors: Array | None = None
    ) -> None:
        """Take one step down the gradient.

        Args:
            rate: The learning rate.
            dense: The gradient of the dense weights: float32, shape (weights,).
            rows: As for `vectors`; None where the table stays as it is.
            vectors: The gradient of what `vectors(rows)` returned.
        """
        self.step += 1
        touched, gradient = self._rows_gradient(rows, vectors)
        scale = 1.0
        if self.clip_norm is not None:
            norm = math.sqrt(_squares(dense[None, :]) + _squares(gradient))
            scale = self.clip_norm / norm if norm > self.clip_norm else 1.0
        rate *= math.sqrt(1 - BETA_2**self.step) / (1 - BETA_1**self.step)
        # The first step's weights are where the average starts.
        momentum = self.momentum if self.step > 1 else 0.0
        step = (self.step, np.float32(rate), np.float32(scale), momentum)
        _move(*_columns(self.dense), np.zeros(1, np.int32), dense[None, :], *step)
        if self.table is not None and len(touched):
            _move(*_columns(self.table), touched, gradient, *step)

    def _rows_gradient(self, rows: Rows | None, vectors: Array | None) -> tuple[Rows, Array]:
        """Return the rows that a batch read, each once, and the gradient of each."""
        if rows is None or vectors is None:
            return np.empty(0, np.int32), np.empty((0, 0), np.float32)
        most = min(rows.size, len(self._slots))
        if len(self._scratch) < most:
            self._scratch = np.empty((most, vectors.shape[-1]), np.float32)
        touched = np.empty(most, np.int32)
        count = scatter(rows, vectors, self._slots, touched, self._scratch)
        return touched[:count], self._scratch[:count]


def _copy(values: Array) -> Array:
    """Return a copy that compiled programs read as it is."""
    out = aligned(values.shape)
    out[...] = values
    return out


def _columns(table: Table) -> tuple[Array, Array, Array, Array, npt.NDArray[np.int64]]:
    return table.values, table.first, table.second, table.average, table.last


@compiled
def gather(table: Array, rows: Rows, out: Array) -> None:
    """Write the sum of the table's rows at each position to `out`; row 0 is none."""
    batch, time, several = rows.shape
    for b in range(batch):
        for t in range(time):
            out[b, t, :] = np.float32(0)
            for k in range(several):
                row = rows[b, t, k]
                if row > 0:
                    for i in range(table.shape[1]):
                        out[b, t, i] += table[row, i]


@compiled
def scatter(rows: Rows, vectors: Array, slots: Rows, touched: Rows, sums: Array) -> int:
    """Sum the vectors of each row; return how many rows there are.

    Args:
        rows: int32, shape (batch, time, rows per position).
        vectors: float32, shape (batch, time, dimension).
        slots: -1 for each row of the table, before and after.
        touched: Receives the rows, each once.
        sums: Receives their sums, in the same order.
    """
    count = 0
    batch, time, several = rows.shape
    for b in range(batch):
        for t in range(time):
            for k in range(several):
                row = rows[b, t, k]
                if row > 0:
                    slot = slots[row]
                    if slot < 0:
                        slots[row] = count
                        touched[count] = row
                        for i in range(vectors.shape[2]):
                            sums[count, i] = vectors[b, t, i]
                        count += 1
                    else:
                        for i in range(vectors.shape[2]):
                            sums[slot, i] += vectors[b, t, i]
    for slot in range(count):
        slots[touched[slot]] = -1
    return count


@compiled
def _squares(gradient: Array) -> float:
    """Return the sum of the squares.

    Not by `np.dot`: BLAS would wake threads for it, which then spin where TensorFlow's want to run.
    """
    columns = np.zeros(gradient.shape[1], np.float32)
    for n in range(len(gradient)):
        _add_squares(columns, gradient[n])
    return float(columns.astype(np.float64).sum())


@compiled
def _add_squares(sums: Array, row: Array) -> None:
    for i in range(len(row)):
        sums[i] += row[i] * row[i]


@compiled
def _move_row(
    values: Array,
    first: Array,
    second: Array,
    average: Array,
    gradient: Array,
    rate: np.float32,
    scale: np.float32,
    rested: np.float32,
    keep: np.float32,
    join: np.float32,
) -> None:
    """Adam's step on one row; a function of its own, for which vector instructions are found."""
    beta_1, beta_2 = np.float32(BETA_1), np.float32(BETA_2)
    rest_1, rest_2 = np.float32(1 - BETA_1), np.float32(1 - BETA_2)
    epsilon = np.float32(EPSILON)
    for i in range(len(values)):
        g = gradient[i] * scale
        w = values[i]
        a = w + rested * (average[i] - w)
        m = beta_1 * first[i] + rest_1 * g
        v = beta_2 * second[i] + rest_2 * g * g
        first[i], second[i] = m, v
        w -= rate * m / (np.sqrt(v) + epsilon)
        values[i] = w
        average[i] = keep * a + join * w


@compiled
def _move(
    values: Array,
    first: Array,
    second: Array,
    average: Array,
    last: npt.NDArray[np.int64],
    rows: Rows,
    gradient: Array,
    step: int,
    rate: np.float32,
    scale: np.float32,
    momentum: float,
) -> None:
    """Adam's step (Kingma and Ba 2015, algorithm 1) on some rows, and their moving average."""
    keep, join = np.float32(momentum), np.float32(1 - momentum)
    for n in range(len(rows)):
        row = rows[n]
        rested = np.float32(momentum ** (step - 1 - last[row]))
        last[row] = step
        _move_row(
            values[row],
            first[row],
            second[row],
            average[row],
            gradient[n],
            rate,
            scale,
            rested,
            keep,
            join,
        )


@compiled
def _follow(
    values: Array, average: Array, last: npt.NDArray[np.int64], step: int, momentum: float
) -> None:
    """Bring the moving average of all rows up to date."""
    for row in range(len(values)):
        rested = np.float32(momentum ** (step - last[row]))
        last[row] = step
        for i in range(values.shape[1]):
            w = values[row, i]
            average[row, i] = w + rested * (average[row, i] - w)
