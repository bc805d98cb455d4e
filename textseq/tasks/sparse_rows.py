"""Tables of weights in a safetensors file, in the least space that loses nothing.

Vectors of n-grams start at 0 and training moves those it meets; the others need not be saved. Each
table of an embedding or a linear model is saved as

    NAME          the rows that are kept, in order: float32 or float16, (kept, columns); or uint8,
                  (kept, columns / 2, rounded up), where four bits a value are enough
    NAME.scales   of uint8: the scale of each kept row, float16, (kept,); see `four_bits`
    NAME.rows     a bit for each row of the table, 1 where it is kept: uint8, (rows / 8, rounded up)
    NAME.shape    rows and columns of the table: int64, (2,)

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
from textseq.network.arrays import is_finite
from textseq.tasks.four_bits import pack_exactly, unpack_rows

TABLES = ("embedding.embeddings", "linear.table", "linear.characters")
"""What the names of the arrays end in that are saved so."""

SCALES, MASK, SHAPE = ".scales", ".rows", ".shape"

PIECE_BYTES = 1 << 22


def pack_tables(weights: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return weights as they are saved: each table as its kept rows and what describes them.

    Example:
        >>> import numpy as np
        >>> from textseq.tasks.sparse_rows import pack_tables
        >>> table = np.array([[0, 0], [1, 2], [0, 0]], "float16")
        >>> saved = pack_tables({"1.embedding.embeddings": table})
        >>> saved["1.embedding.embeddings.rows"], saved["1.embedding.embeddings.shape"]
        (array([192], dtype=uint8), array([3, 2]))
    """
    saved: dict[str, npt.NDArray[Any]] = {}
    for name, array in weights.items():
        saved[name] = array
        if name.endswith(TABLES):
            kept: npt.NDArray[np.bool_] = (array != 0).any(axis=1)
            kept[:1] = True  # at least one row, so that the file's size bounds the columns
            saved[name] = array[kept]
            if (packed := pack_exactly(saved[name])) is not None:
                saved[name], saved[name + SCALES] = packed
            saved[name + MASK] = np.packbits(kept)
            saved[name + SHAPE] = np.array(array.shape, np.int64)
    return saved


def read_weights(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return all arrays of a file by name, the tables with their zero rows.

    Raises:
        OSError: The file cannot be read.
        SafetensorError: It is not a safetensors file.
        ArgumentError: What describes a table is missing, or does not fit.
    """
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        names = set(file.keys())
        tables = {name: file.get_slice(name).get_shape() for name in names if name.endswith(TABLES)}
        weights = {name: file.get_tensor(name) for name in names - set(tables)}
    for name, shape in tables.items():
        parts = {suffix: weights.pop(name + suffix, None) for suffix in (SCALES, MASK, SHAPE)}
        weights[name] = _read_table(path, name, tuple(shape), parts)
    for name in weights:
        if name.endswith((SCALES, MASK, SHAPE)):
            raise ArgumentError(f"{name!r} describes a table that is not there")
    return weights


def check_numbers(name: str, array: npt.NDArray[Any], types: tuple[type, ...]) -> None:
    """Raise an error unless an array is of one of some types of numbers, and all are finite."""
    if array.dtype not in types or not is_finite(array):
        names = " or ".join(np.dtype(each).name for each in types)
        raise ArgumentError(
            f"the weight {name!r} must hold finite {names} numbers; it holds {array.dtype}, "
            f"{np.count_nonzero(~np.isfinite(array))} of them not finite"
        )


def _read_table(
    path: Path,
    name: str,
    saved_shape: tuple[int, ...],
    parts: Mapping[str, npt.NDArray[Any] | None],
) -> npt.NDArray[Any]:
    """Return a table with its kept rows where the mask is 1, and zeros elsewhere."""
    rows, columns = _shape_of(name, parts[SHAPE])
    scales = parts[SCALES]
    width = columns if scales is None else (columns + 1) // 2
    places = _kept_rows(name, parts[MASK], rows)
    kept = len(places)
    if saved_shape != (kept, width) or not kept * width:
        raise ArgumentError(
            f"{name!r} should have the shape {(kept, width)} by what describes it, both sizes "
            f"above 0, and has {saved_shape}"
        )
    if scales is not None:
        if scales.shape != (kept,):
            raise ArgumentError(
                f"{name + SCALES!r} should have the shape {(kept,)}, and has {scales.shape}"
            )
        check_numbers(name + SCALES, scales, (np.float16,))
    table: npt.NDArray[Any] | None = None
    for start, piece in _pieces(path, name, (kept, width)):
        end = start + len(piece)
        if scales is None:
            check_numbers(name, piece, (np.float32, np.float16))
        elif piece.dtype != np.uint8:
            raise ArgumentError(f"{name!r} must be uint8, as it has scales; it is {piece.dtype}")
        read = piece if scales is None else unpack_rows(piece, scales[start:end], columns)
        if table is None:
            table = _zeros(name, rows, read)
        table[places[start:end]] = read
    assert table is not None  # noqa: S101  (at least one row is kept)
    return table


def _shape_of(name: str, shape: npt.NDArray[Any] | None) -> tuple[int, int]:
    """Return the rows and columns of a table."""
    if shape is None or shape.dtype != np.int64 or shape.shape != (2,) or shape.min() < 1:
        raise ArgumentError(f"{name + SHAPE!r} must hold two int64 above 0: rows and columns")
    rows, columns = shape.tolist()
    return rows, columns


def _kept_rows(name: str, mask: npt.NDArray[Any] | None, rows: int) -> npt.NDArray[np.int64]:
    """Return the positions of the rows that are kept."""
    size = (rows + 7) // 8
    if mask is None or mask.dtype != np.uint8 or mask.shape != (size,):
        raise ArgumentError(f"{name + MASK!r} must be {size} bytes, for a table of {rows} rows")
    bits = np.unpackbits(mask)
    if bits[rows:].any():
        raise ArgumentError(f"{name + MASK!r} marks rows beyond the {rows} of the table")
    return np.flatnonzero(bits[:rows])


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
