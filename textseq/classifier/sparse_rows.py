"""Tables of weights without the rows that hold nothing but zeros.

The vectors of n-grams start at 0 and training moves those it meets: what it never met need not be
saved. A table that is smaller so is saved as two arrays,

    NAME          the rows that hold something, in order: float32, (stored, dimension)
    NAME.stored   1 for each row that is among them, 0 for each that is not: uint8, (rows,)

A mask has no order to be wrong, no row twice and none out of range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.large_tables import LargeTable
from textseq.errors import ArgumentError

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[Any] | LargeTable

MASK = ".stored"
"""What the name of a mask ends in."""

WORTHWHILE = 0.1
"""Share of a table's bytes that must be saved: a model of none but whole tables is read by all."""


def without_zero_rows(weights: Mapping[str, Array]) -> dict[str, npt.NDArray[Any]]:
    """Return weights as they are saved: whole, or as stored rows and their mask.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.sparse_rows import with_zero_rows, without_zero_rows
        >>> weights = {"table": np.array([[0, 0], [1, 2], [0, 0]], "float32")}
        >>> saved = without_zero_rows(weights)
        >>> saved["table"], saved["table.stored"]
        (array([[1., 2.]], dtype=float32), array([0, 1, 0], dtype=uint8))
        >>> with_zero_rows(saved)["table"].tolist()
        [[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]
    """
    saved: dict[str, npt.NDArray[Any]] = {}
    for name, array in weights.items():
        saved[name] = array
        if array.ndim != 2:
            continue
        stored: npt.NDArray[np.bool_] = (array != 0).any(axis=1)
        spared = np.count_nonzero(~stored) * array[:1].nbytes - stored.nbytes
        # With no row at all, nothing would tell the dimension's length from one made up.
        if stored.any() and spared >= WORTHWHILE * array.nbytes:
            saved[name] = array[stored]
            saved[name + MASK] = stored.astype(np.uint8)
    return saved


def with_zero_rows(saved: Mapping[str, Rows]) -> dict[str, npt.NDArray[Any]]:
    """Return whole tables of what `without_zero_rows` made of them; other weights as they are.

    Large tables are read only now, each row to its place.

    Raises:
        ArgumentError: A mask has no table, is no mask, or is one of more or fewer rows.
    """
    masked = {name for name in saved if name.endswith(MASK)}
    for mask in masked:
        rows = saved.get(mask.removesuffix(MASK))
        if rows is None or rows.ndim != 2:
            name = mask.removesuffix(MASK)
            raise ArgumentError(f"{mask!r} tells the rows of a table {name!r}, which is not there")
    return {
        name: _spread(rows, whole(saved[name + MASK]), name + MASK)
        if name + MASK in masked
        else whole(rows)
        for name, rows in saved.items()
        if name not in masked
    }


def whole(table: Rows) -> npt.NDArray[Any]:
    """Return a table as an array, reading it if it is in a file."""
    return table.whole() if isinstance(table, LargeTable) else table


def _spread(rows: Rows, mask: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return a table with `rows` where the mask has a 1, and zeros elsewhere."""
    # Of few bytes a large table can be claimed; the zeros take no memory until they are read.
    if mask.ndim != 1 or mask.dtype != np.uint8 or not rows.size or mask.max(initial=0) > 1:
        raise ArgumentError(
            f"{name!r} must hold a 0 or 1 for each row, as uint8, and one row or more; it has "
            f"shape {mask.shape}, {mask.dtype}"
        )
    places = np.flatnonzero(mask)
    stored = rows.shape[0]
    if len(places) != stored:
        raise ArgumentError(f"{name!r} marks {len(places)} rows, where {stored} are stored")
    try:
        table = np.zeros((len(mask), rows.shape[1]), rows.dtype)
    except (MemoryError, ValueError) as error:
        raise ArgumentError(f"{name!r} asks for more memory than there is: {error}") from error
    for start, part in rows.parts() if isinstance(rows, LargeTable) else [(0, rows)]:
        table[places[start : start + len(part)]] = part
    return table
