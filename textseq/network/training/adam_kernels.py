"""The compiled loops of `optimizer`: gather rows, sum their gradients, update them."""

from __future__ import annotations

import numpy as np

from textseq.compute.compiled import compiled
from textseq.compute.vector_kernels import prefetch
from textseq.network.arrays import FloatArray, IntArray, Rows

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""The decay of Adam's moments and what keeps its divisor above 0, as in Keras."""


VALUES, FIRST, SECOND, AVERAGE = range(4)
"""The parts of a row of `AdamState.rows`."""

_AHEAD = 4
"""How many rows ahead of their use rows are fetched from memory."""

_LINE = 16
"""Values that are fetched at once."""


@compiled
def gather(table: FloatArray, rows: Rows, out: FloatArray) -> None:
    """Write the sum of the table's rows at each position to `out`; row 0 is none.

    Args:
        table: Of each row its values, and whatever else: (rows, parts, dimension).
        rows: int32, shape (batch, time, rows per position).
        out: float32, shape (batch, time, dimension).
    """
    batch, time, several = rows.shape
    for b in range(batch):
        for t in range(time):
            total = out[b, t]
            total[:] = np.float32(0)
            for k in range(several):
                if rows[b, t, k] > 0:
                    values = table[rows[b, t, k], VALUES]
                    for i in range(len(total)):
                        total[i] += values[i]


@compiled
def scatter(rows: Rows, vectors: FloatArray, slots: Rows, touched: Rows, sums: FloatArray) -> int:
    """Sum the vectors of each row; return the number of rows.

    Args:
        rows: int32, shape (batch, time, rows per position).
        vectors: float32, shape (batch, time, dimension).
        slots: -1 for each row of the table, before and after.
        touched: Receives the distinct rows.
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
def sum_of_squares(gradient: FloatArray) -> float:
    """Return the sum of the squares.

    `np.dot` would wake threads of BLAS, which then spin while TensorFlow's need the cores.
    """
    columns = np.zeros(gradient.shape[1], np.float32)
    for n in range(len(gradient)):
        _add_squares(columns, gradient[n])
    return float(columns.astype(np.float64).sum())


@compiled
def _add_squares(sums: FloatArray, row: FloatArray) -> None:
    for i in range(len(row)):
        sums[i] += row[i] * row[i]


@compiled
def _update_row(
    row: FloatArray,
    gradient: FloatArray,
    factors: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
) -> None:
    """Adam's step on one row: a function of its own, so that the compiler vectorizes it."""
    rate, scale, decay, keep, join = factors
    beta_1, beta_2 = np.float32(BETA_1), np.float32(BETA_2)
    rest_1, rest_2 = np.float32(1 - BETA_1), np.float32(1 - BETA_2)
    epsilon = np.float32(EPSILON)
    values, first, second, average = row[VALUES], row[FIRST], row[SECOND], row[AVERAGE]
    for i in range(len(values)):
        g = gradient[i] * scale
        w = values[i]
        a = w + decay * (average[i] - w)
        m = beta_1 * first[i] + rest_1 * g
        v = beta_2 * second[i] + rest_2 * g * g
        first[i], second[i] = m, v
        w -= rate * m / (np.sqrt(v) + epsilon)
        values[i] = w
        average[i] = keep * a + join * w


@compiled
def update_rows(
    table: FloatArray,
    last: IntArray,
    rows: Rows,
    gradient: FloatArray,
    step: int,
    factors: tuple[float, float, float],
) -> None:
    """Adam's step (Kingma and Ba 2015, algorithm 1) on some rows, and their moving average.

    The first arguments are those of `AdamState`; `factors` are the learning rate, the factor of the
    gradient and the momentum of the average.
    """
    rate, scale, momentum = np.float32(factors[0]), np.float32(factors[1]), factors[2]
    keep, join = np.float32(momentum), np.float32(1 - momentum)
    flat, size = table.reshape(-1), table.shape[1] * table.shape[2]
    for n in range(len(rows)):
        if n + _AHEAD < len(rows):
            ahead = np.int64(rows[n + _AHEAD]) * size
            for i in range(0, size, _LINE):
                prefetch(flat, ahead + i)
        row = rows[n]
        decay = np.float32(momentum ** (step - 1 - last[row]))
        last[row] = step
        _update_row(table[row], gradient[n], (rate, scale, decay, keep, join))


@compiled
def update_average(table: FloatArray, last: IntArray, step: int, momentum: float) -> None:
    """Update the moving average of all rows but those that never changed."""
    for row in range(len(table)):
        if last[row] == 0:
            continue
        decay = np.float32(momentum ** (step - last[row]))
        last[row] = step
        values, average = table[row, VALUES], table[row, AVERAGE]
        for i in range(len(values)):
            average[i] = values[i] + decay * (average[i] - values[i])
