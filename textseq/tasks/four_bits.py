"""Rows of numbers in four bits a value and one scale a row.

Each value of a row is one of 15, evenly spaced from minus its largest magnitude to that:

    value = level / 7 * scale      level: -7 to 7; scale: the largest magnitude of the row, float16

Two levels fill a byte, each plus 8, the first in the upper half. A row that was rounded to such
values is its own rounding, so a table can be rounded once, used, saved and read again, and stays
the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from textseq.network.arrays import AnyArray

LEVELS = 7
"""Levels on each side of 0."""

_ZERO = 8
"""What stands for the level 0."""

_BYTES = np.arange(256)
_CODES = np.stack([_BYTES >> 4, _BYTES & 15], axis=1)
SHARES = (_CODES - _ZERO).clip(-LEVELS).astype(np.float32) / LEVELS
"""The two values of each byte, as shares of the scale, so none is above 1: (256, 2)."""

Packed = npt.NDArray[np.uint8]
HalfArray = npt.NDArray[np.float16]

PIECE = 1 << 14
"""Rows that are rounded at a time, so that little memory is needed."""


def pack_rows(rows: AnyArray) -> tuple[Packed, HalfArray]:
    """Return the nearest levels of each value, two a byte, and the scale of each row.

    Args:
        rows: Finite numbers within the range of float16, or they are lost: (rows, columns).

    Returns:
        The levels, (rows, columns / 2, rounded up); and the scales, (rows,).

    Example:
        >>> import numpy as np
        >>> from textseq.tasks.four_bits import pack_rows, unpack_rows
        >>> packed, scales = pack_rows(np.array([[0.7, -0.31, 0.1]]))
        >>> packed.shape, unpack_rows(packed, scales, 3).astype(float).round(2).tolist()
        ((1, 2), [[0.7, -0.3, 0.1]])
    """
    values = rows.astype(np.float32)
    with np.errstate(over="ignore"):
        scales = np.abs(values).max(axis=1, initial=0).astype(np.float16)
    largest = scales.astype(np.float32)[:, None]
    with np.errstate(invalid="ignore"):
        levels = np.divide(values * LEVELS, largest, out=np.zeros_like(values), where=largest > 0)
    # The scale is rounded, and the largest value may lie a little above it.
    codes = (np.nan_to_num(np.rint(levels)).clip(-LEVELS, LEVELS) + _ZERO).astype(np.uint8)
    if codes.shape[1] % 2:
        codes = np.pad(codes, ((0, 0), (0, 1)), constant_values=_ZERO)
    return codes[:, ::2] << 4 | codes[:, 1::2], scales


def unpack_rows(packed: Packed, scales: HalfArray, columns: int) -> HalfArray:
    """Return the values of packed rows: float16, (rows, columns); see `pack_rows`."""
    values = np.take(SHARES, packed, axis=0).reshape(len(packed), 2 * packed.shape[1])
    with np.errstate(invalid="ignore"):
        values *= scales.astype(np.float32)[:, None]
    return values[:, :columns].astype(np.float16)


def round_rows(table: AnyArray) -> HalfArray:
    """Return a table with each value rounded to one that four bits can hold.

    Example:
        >>> import numpy as np
        >>> from textseq.tasks.four_bits import round_rows
        >>> rounded = round_rows(np.array([[0.7, -0.31, 0.1]]))
        >>> np.array_equal(round_rows(rounded), rounded)
        True
    """
    rounded = np.empty(table.shape, np.float16)
    for piece in _pieces(len(table)):
        rounded[piece] = unpack_rows(*pack_rows(table[piece]), table.shape[1])
    return rounded


def pack_exactly(table: AnyArray) -> tuple[Packed, HalfArray] | None:
    """Return what `pack_rows` does, or None where that would lose something, or take more space."""
    columns = table.shape[1]
    if columns < 2:
        return None
    packed = np.empty((len(table), (columns + 1) // 2), np.uint8)
    scales = np.empty(len(table), np.float16)
    for piece in _pieces(len(table)):
        packed[piece], scales[piece] = pack_rows(table[piece])
        if not np.array_equal(unpack_rows(packed[piece], scales[piece], columns), table[piece]):
            return None
    return packed, scales


def _pieces(rows: int) -> Iterator[slice]:
    return (slice(start, start + PIECE) for start in range(0, rows, PIECE))
