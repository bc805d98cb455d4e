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

from textseq.errors import ArgumentError

Array = npt.NDArray[np.float32]

MASK = ".stored"
"""What the name of a mask ends in."""

WORTHWHILE = 0.1
"""Share of a table's bytes that must be saved: a model of none but whole tables is read by all."""


def without_zero_rows(weights: Mapping[str, Array]) -> dict[str, npt.NDArray[Any]]:
    """Return weights as they are saved: whole, or as stored rows and their mask.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.stored_rows import with_zero_rows, without_zero_rows
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


def with_zero_rows(saved: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return whole tables of what `without_zero_rows` made of them; other weights as they are.

    Raises:
        ArgumentError: A mask has no table, is no mask, or is one of more or fewer rows.
    """
    weights = {name: array for name, array in saved.items() if not name.endswith(MASK)}
    for mask in saved.keys() - weights.keys():
        name = mask.removesuffix(MASK)
        rows = weights.get(name)
        if rows is None or rows.ndim != 2:
            raise ArgumentError(f"{mask!r} tells the rows of a table {name!r}, which is not there")
        weights[name] = _spread(rows, saved[mask], mask)
    return weights


def _spread(rows: npt.NDArray[Any], mask: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return a table with `rows` where the mask has a 1, and zeros elsewhere."""
    # Of few bytes a large table can be claimed; the zeros take no memory until they are read.
    if mask.ndim != 1 or mask.dtype != np.uint8 or not rows.size or mask.max(initial=0) > 1:
        raise ArgumentError(
            f"{name!r} must hold a 0 or 1 for each row, as uint8, and one row or more; it has "
            f"shape {mask.shape}, {mask.dtype}"
        )
    places = np.flatnonzero(mask)
    if len(places) != len(rows):
        raise ArgumentError(f"{name!r} marks {len(places)} rows, where {len(rows)} are stored")
    try:
        table = np.zeros((len(mask), rows.shape[1]), rows.dtype)
    except (MemoryError, ValueError) as error:
        raise ArgumentError(f"{name!r} asks for more memory than there is: {error}") from error
    table[places] = rows
    return table
