"""One-hot vectors: each id becomes a row with a single 1; column 0 is reserved for padding.

The ids of words start at 1, because 0 is padding. A vocabulary of 11 words needs rows of width 12.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import numpy.typing as npt

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError, naming_extras
from textseq.sequences.arguments import as_array, as_class_indices, as_dtype
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RESERVED_INDEX = 0  # the id of padding, which no word has
DENSE_LIMIT = 2 * 1024**3  # the default limit on the bytes of a dense result: 2 GiB

IdsLike = Sequences | npt.ArrayLike


def to_categorical(
    x: npt.ArrayLike | None = None,
    num_classes: int | None = None,
    dtype: npt.DTypeLike = "float64",
    *,
    y: npt.ArrayLike | None = None,
) -> npt.NDArray[Any]:
    """Return one-hot rows of class indices, as Keras does but for two traps.

    A negative index is an error (in Keras, -1 is the last class). Of a column of shape (n, 1) the
    rows are (n, num_classes), as in Keras; with more dimensions, a last one of length 1 is kept
    (Keras removes it, so that a batch of one-word sentences loses a dimension).

    Args:
        x: Class indices from 0, of any shape.
        num_classes: The width; None for the largest index plus one.
        dtype: The result's; Keras 2 has this argument.
        y: The name of `x` in Keras 2.

    Returns:
        Shape (*x.shape, num_classes), or (n, num_classes) for x of shape (n, 1).

    Raises:
        ArgumentError: An index is no integer, or outside 0 to `num_classes` - 1; the message says
            where.

    Example:
        >>> from textseq import to_categorical
        >>> to_categorical([0, 2])
        array([[1., 0., 0.],
               [0., 0., 1.]])
        >>> to_categorical([[1], [0]], num_classes=2).shape
        (2, 2)
    """
    if (x is None) == (y is None):
        raise ArgumentError("`x`, or `y` as Keras 2 calls it, must be given, and not both.")
    name, given = ("y", y) if x is None else ("x", x)
    classes = as_class_indices(given, name)
    if classes.ndim == 2 and classes.shape[1] == 1:
        classes = classes[:, 0]
    if num_classes is not None:
        num_classes = as_integer(num_classes, "num_classes", at_least=0, note=", or None")
    if not num_classes:
        if not classes.size:
            raise ArgumentError(f"`{name}` is empty, so `num_classes` must be given.")
        num_classes = int(classes.max()) + 1
    check_range(classes, num_classes, "num_classes")
    return _dense_rows(classes, num_classes, as_dtype(dtype))


@overload
def one_hot(
    ids: IdsLike,
    width: int,
    *,
    sparse: Literal[False] = False,
    dtype: npt.DTypeLike = ...,
    limit: float = ...,
) -> npt.NDArray[Any]: ...
@overload
def one_hot(
    ids: IdsLike,
    width: int,
    *,
    sparse: Literal[True],
    dtype: npt.DTypeLike = ...,
    limit: float = ...,
) -> csr_array: ...
def one_hot(
    ids: IdsLike,
    width: int,
    *,
    sparse: bool = False,
    dtype: npt.DTypeLike = np.float32,
    limit: float = DENSE_LIMIT,
) -> npt.NDArray[Any] | csr_array:
    """Return the one-hot rows of token ids.

    Args:
        ids: `Sequences`, or an array of ids of any shape.
        width: The number of columns, usually `len(tokenizer.word_index) + 1`.
        sparse: Whether to return a SciPy CSR matrix, which stores only the ones.
        dtype: The result's.
        limit: The maximum size of a dense result in bytes.

    Returns:
        Dense: shape (*ids.shape, width) for an array; for `Sequences`, shape
        (documents, longest, width), with short documents padded at the front: a row of padding
        has its 1 in column 0. Sparse: shape (tokens, width).

    Raises:
        ArgumentError: An id is outside 0 to `width` - 1, or a dense result would exceed `limit`.
        MissingExtraError: `sparse` is true and SciPy is not installed.

    Example:
        >>> from textseq import one_hot
        >>> one_hot([2, 1], width=4)
        array([[0., 0., 1., 0.],
               [0., 1., 0., 0.]], dtype=float32)
        >>> one_hot([2, 1], width=4, sparse=True).shape
        (2, 4)
    """
    width = as_integer(width, "width", at_least=1)
    flat = ids.ids if isinstance(ids, Sequences) else as_array(ids, "ids")
    if flat.size and flat.dtype.kind not in "iu":
        raise ArgumentError(
            f"`ids` must be integers. Received an array of {flat.dtype}; Keras's `one_hot(text, n)`"
            f" is `hashing_trick` here."
        )
    check_range(flat, width, "width")
    if sparse:
        return _sparse_rows(flat, width, as_dtype(dtype))
    if isinstance(ids, Sequences):
        shape = (len(ids), int(ids.lengths.max(initial=0)), width)
    else:
        shape = (*flat.shape, width)
    flattened = "" if flat.ndim == 1 else " (of `ids.ravel()`)"
    remedy = f"make it sparse with sparse=True{flattened}, or raise `limit`"
    check_dense_size(shape, as_dtype(dtype), limit, remedy)
    padded = ids.pad(value=RESERVED_INDEX) if isinstance(ids, Sequences) else flat
    return _dense_rows(padded, width, as_dtype(dtype))


def check_dense_size(
    shape: tuple[int, ...], dtype: np.dtype[Any], limit: float, remedy: str
) -> None:
    """Raise an error where a dense array takes more than `limit` bytes, and say what to do."""
    size = math.prod(map(int, shape)) * dtype.itemsize
    if not size <= limit:
        raise ArgumentError(
            f"A dense one-hot array of shape {shape} needs {size / 1024**3:,.1f} GiB, more than "
            f"the limit of {limit / 1024**3:,.1f} GiB; {remedy}."
        )


def _dense_rows(ids: npt.NDArray[Any], width: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    try:
        rows = np.zeros((ids.size, width), dtype=dtype)
    except (MemoryError, ValueError) as error:
        raise ArgumentError(
            f"One-hot rows of {ids.size:,} indices by {width:,} columns do not fit in memory; the "
            f"largest index is {ids.max():,}."
        ) from error
    rows[np.arange(ids.size), ids.ravel().astype(np.int64)] = 1
    return rows.reshape(*ids.shape, width)


def _sparse_rows(ids: npt.NDArray[Any], width: int, dtype: np.dtype[Any]) -> csr_array:
    with naming_extras("A sparse one-hot matrix"):
        from scipy.sparse import csr_array
    if ids.ndim != 1:
        raise ArgumentError(
            f"A sparse one-hot matrix has a row per token, so `ids` must be `Sequences` or an "
            f"array of one dimension. Received one of shape {ids.shape}."
        )
    index = np.int32 if max(width, ids.size) < np.iinfo(np.int32).max else np.int64
    starts = np.arange(ids.size + 1, dtype=index)
    return csr_array((np.ones(ids.size, dtype), ids.astype(index), starts), (ids.size, width))


def check_range(indices: npt.NDArray[Any], width: int, name: str, *, first: int = 0) -> None:
    """Raise an error where an index is outside 0 to `width` - 1.

    The message names the caller's argument for the width, and counts positions from `first`.
    """
    if not indices.size or (indices.min() >= 0 and indices.max() < width):
        return
    flat = indices.ravel()
    where = int(np.flatnonzero((flat < 0) | (flat >= width))[0])
    index, largest = flat[where], int(flat.max())
    raise ArgumentError(
        f"Index {index} at position {first + where} is outside 0 to {width - 1}, the range "
        f"that `{name}` {width} allows; it must be larger than the largest index"
        + (f", here {largest + 1} or more." if largest >= width else ", and no index below 0.")
    )
