"""Tables of weights in a safetensors file, without the rows that are all zeros.

Vectors of n-grams start at 0 and training moves those it meets; the others need not be saved. Each
table of an embedding or a linear model is saved as two arrays,

    NAME         the rows that are kept, in order: (kept, columns)
    NAME.rows    1 for each row of the table that is kept, else 0: uint8, (rows,)

A mask has no order to be wrong, no row twice and none out of range. The rows are read in pieces:
the library maps the file into memory, where all that was read of it stays until it is closed, so
that a table read at once would be in memory twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError

TABLES = ("embedding.embeddings", "linear.table")
"""What the names of the arrays end in that are saved so."""

MASK = ".rows"

PIECE_BYTES = 1 << 22


def without_zero_rows(weights: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return weights as they are saved: each table as its kept rows and their mask.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.sparse_rows import without_zero_rows
        >>> table = np.array([[0, 0], [1, 2], [0, 0]], "float32")
        >>> saved = without_zero_rows({"1.embedding.embeddings": table})
        >>> saved["1.embedding.embeddings.rows"]
        array([1, 1, 0], dtype=uint8)
    """
    saved: dict[str, npt.NDArray[Any]] = {}
    for name, array in weights.items():
        saved[name] = array
        if name.endswith(TABLES):
            kept: npt.NDArray[np.bool_] = (array != 0).any(axis=1)
            kept[:1] = True  # at least one row, so that the file's size bounds the columns
            saved[name] = array[kept]
            saved[name + MASK] = kept.astype(np.uint8)
    return saved


def read_weights(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return all arrays of a file by name, the tables with their zero rows.

    Raises:
        OSError: The file cannot be read.
        SafetensorError: It is not a safetensors file.
        ArgumentError: A table has no mask, or one that does not fit.
    """
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        names = set(file.keys())
        shapes = {name: file.get_slice(name).get_shape() for name in names if name.endswith(TABLES)}
        weights = {name: file.get_tensor(name) for name in names - set(shapes)}
    for name, shape in shapes.items():
        if len(shape) != 2 or name + MASK not in weights:
            raise ArgumentError(
                f"{name!r} should be a table of rows and columns beside {name + MASK!r}"
            )
        weights[name] = _read_table(path, name, tuple(shape), weights.pop(name + MASK))
    if stray := [name for name in weights if name.endswith(MASK)]:
        raise ArgumentError(f"{stray[0]!r} is the mask of a table that is not there")
    return weights


def _read_table(
    path: Path, name: str, shape: tuple[int, int], mask: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Return a table with its kept rows where the mask is 1, and zeros elsewhere."""
    kept, columns = shape
    if mask.ndim != 1 or mask.dtype != np.uint8 or mask.max(initial=0) > 1 or not kept * columns:
        raise ArgumentError(
            f"{name + MASK!r} must be uint8, 0 or 1 for each row, at least one of them 1; it is "
            f"{mask.dtype} of shape {mask.shape}, for a table of shape {shape}"
        )
    places = np.flatnonzero(mask)
    if len(places) != kept:
        raise ArgumentError(f"{name + MASK!r} marks {len(places)} rows, where {kept} are saved")
    table: npt.NDArray[Any] | None = None
    for start, piece in _pieces(path, name, shape):
        if table is None:
            table = _zeros(name, len(mask), piece)
        table[places[start : start + len(piece)]] = piece
    assert table is not None  # noqa: S101  (at least one row is kept)
    return table


def _zeros(name: str, rows: int, piece: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a table of zeros, which take no memory until they are read or written."""
    try:
        return np.zeros((rows, piece.shape[1]), piece.dtype)
    except (MemoryError, ValueError) as error:
        raise ArgumentError(f"{name!r} needs more memory than there is: {error}") from error


def _pieces(
    path: Path, name: str, shape: tuple[int, int]
) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield a piece of a table and the position of its first row, opening the file for each."""
    from safetensors import safe_open

    rows, columns = shape
    step = max(1, PIECE_BYTES // (4 * columns))
    for start in range(0, rows, step):
        with safe_open(path, "numpy") as file:
            yield start, file.get_slice(name)[start : min(start + step, rows)]
