"""Exact search for the nearest vectors by cosine, many queries at a time.

Nothing is approximated, and no second, normalised copy of the vectors is made: a block of them is
multiplied with all queries and divided by its lengths, and what is better than the best so far is
put among them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

COSINES_AT_ONCE = 1 << 20
"""How many cosines are in memory at a time (4 MiB, a processor's cache), whatever the words."""

QUERIES_AT_ONCE = 1 << 8


def unit_rows(matrix: Matrix) -> Matrix:
    """Return rows of length 1; rows of zeros stay what they are.

    Args:
        matrix: Shape (rows, size).

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.search import unit_rows
        >>> unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32))
        array([[0.6, 0.8],
               [0. , 0. ]], dtype=float32)
    """
    unit: Matrix = matrix / lengths(matrix)[:, None]
    return unit


def lengths(matrix: Matrix) -> Matrix:
    """Return the length of each row, and 1 for rows of zeros: float32, shape (rows,).

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.search import lengths
        >>> lengths(np.array([[3, 4], [0, 0]], dtype=np.float32))
        array([5., 1.], dtype=float32)
    """
    with np.errstate(over="ignore", under="ignore"):
        squares = np.einsum("ij,ij->i", matrix, matrix).astype(np.float64)
    odd = ~((squares > 1e-30) & (squares < 1e30))  # float32 has no digits left for their squares
    if odd.any():
        squares[odd] = np.einsum("ij,ij->i", matrix[odd], matrix[odd], dtype=np.float64)
    return np.where(squares > 0, np.sqrt(squares), 1).astype(np.float32)


def nearest(
    matrix: Matrix, queries: Matrix, count: int, *, passed_over: Sequence[Sequence[int]] = ()
) -> tuple[Ids, Matrix]:
    """Return the rows that point most nearly the way of each query.

    Args:
        matrix: The vectors: shape (rows, size).
        queries: What to look for: shape (queries, size).
        count: How many rows to return for each; fewer where there are not so many.
        passed_over: For each query, rows that are no answer; none to pass over none.

    Returns:
        Rows, shape (queries, count), the nearest first, and their cosines. Where rows that were
        passed over leave fewer answers, the last are -1, with a cosine of minus infinity.

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.search import nearest
        >>> vectors = np.array([[1, 0], [3, 4], [0, 2]], dtype=np.float32)
        >>> rows, cosines = nearest(vectors, vectors[:1], 2, passed_over=[[0]])
        >>> rows, cosines
        (array([[1, 2]]), array([[0.6, 0. ]], dtype=float32))
    """
    count = min(count, len(matrix))
    scale = lengths(matrix)
    units = unit_rows(np.asarray(queries, dtype=np.float32))
    parts = []
    for start in range(0, len(units), QUERIES_AT_ONCE):
        stop = min(start + QUERIES_AT_ONCE, len(units))
        omitted = passed_over[start:stop] if passed_over else [()] * (stop - start)
        parts.append(_nearest(matrix, scale, units[start:stop], count, omitted))
    if not parts:
        return np.empty((0, count), np.int64), np.empty((0, count), np.float32)
    rows, cosines = (np.concatenate(part) for part in zip(*parts, strict=True))
    return rows, cosines


def _nearest(
    matrix: Matrix, scale: Matrix, units: Matrix, count: int, omitted: Sequence[Sequence[int]]
) -> tuple[Ids, Matrix]:
    """Search block by block for a batch of queries of length 1."""
    asker = np.repeat(np.arange(len(units)), [len(rows) for rows in omitted])
    asked = np.fromiter((row for rows in omitted for row in rows), np.int64)
    best = np.empty((len(units), 0), np.float32)
    rows = np.empty((len(units), 0), np.int64)
    step = max(count, COSINES_AT_ONCE // len(units))
    for start in range(0, len(matrix), step):
        block = matrix[start : start + step]
        cosines = units @ block.T
        cosines /= scale[start : start + step]
        here = (asked >= start) & (asked < start + len(block))
        cosines[asker[here], asked[here] - start] = -np.inf
        if start == 0:
            best, rows = _largest(cosines, np.arange(len(block)), count)
            continue
        better, columns = _better(cosines, best[:, -1])
        best, rows = _largest(
            np.concatenate([best, better], axis=1),
            np.concatenate([rows, columns + start], axis=1),
            count,
        )
    return np.where(best == -np.inf, -1, rows), best


def _better(cosines: Matrix, than: Matrix) -> tuple[Matrix, Ids]:
    """Return what is larger than the least that is kept for each query, and its columns.

    Later rows lose ties. Few cosines are larger, once a block has been seen: lines that have fewer
    than others are filled up with minus infinity.
    """
    line, column = np.nonzero(cosines > than[:, None])
    found = np.bincount(line, minlength=len(cosines))
    place = np.arange(len(line)) - np.repeat(found.cumsum() - found, found)
    better = np.full((len(cosines), found.max(initial=0)), -np.inf, np.float32)
    columns = np.zeros(better.shape, np.int64)
    better[line, place] = cosines[line, column]
    columns[line, place] = column
    return better, columns


def _largest(cosines: Matrix, rows: Ids, count: int) -> tuple[Matrix, Ids]:
    """Return the `count` largest of each line, in falling order, and the rows they belong to."""
    rows = np.broadcast_to(rows, cosines.shape)
    if count < cosines.shape[1]:
        kept = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        cosines = np.take_along_axis(cosines, kept, axis=1)
        rows = np.take_along_axis(rows, kept, axis=1)
    order = np.lexsort((rows, -cosines), axis=1)
    return np.take_along_axis(cosines, order, axis=1), np.take_along_axis(rows, order, axis=1)
