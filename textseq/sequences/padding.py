"""`pad_sequences` with Keras's arguments and results, for elements of any type."""

from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.sequences.arguments import as_dtype, cast
from textseq.sequences.sequences import Sequences, check_sides, padded_width


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: npt.DTypeLike = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> npt.NDArray[Any]:
    """Pad or truncate sequences to one length.

    Args:
        sequences: `Sequences`, or a list of sequences; their elements are numbers, strings, or
            arrays of one common shape.
        maxlen: The length; None for that of the longest sequence.
        dtype: The result's; `object` for strings of any length.
        padding: `"pre"` or `"post"`: the side on which short sequences are padded.
        truncating: `"pre"` or `"post"`: the side on which long sequences are truncated.
        value: The padding value.

    Returns:
        An array of shape (documents, maxlen, *element shape).

    Raises:
        ArgumentError: A side is unknown, a document is no sequence, elements differ in shape, or
            one of them is missing or does not fit `dtype`.

    Example:
        >>> from textseq import pad_sequences
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    check_sides(padding, truncating)
    kind = as_dtype(dtype)
    if isinstance(value, str) and kind.kind not in "OUS":
        raise ArgumentError(
            f"`value` is the string {value!r}, which `dtype` {dtype!r} cannot hold; "
            f"give dtype=object for strings of any length."
        )
    is_id = isinstance(value, int | float) and abs(value) < 2**31 and int(value) == value
    if isinstance(sequences, Sequences) and kind == np.int32 and is_id:
        return sequences.pad(maxlen, padding=padding, truncating=truncating, value=int(value))
    if not hasattr(sequences, "__len__") or isinstance(sequences, str | bytes):
        raise ArgumentError(
            f"`sequences` must be a list of sequences. Received: {type(sequences).__name__}."
        )
    rows = list(sequences)
    lengths = np.array([_length(row, i) for i, row in enumerate(rows)], dtype=np.int64)
    width = padded_width(maxlen, lengths)
    element = _element_shape(rows, kind)
    out = _filled((len(rows), width, *element), value, kind)
    kept = np.minimum(lengths, width)
    truncated = []
    for i in np.flatnonzero(kept).tolist():
        start = max(0, len(rows[i]) - width) if truncating == "pre" else 0
        row = _elements(rows[i], start, width, kind, i)
        if row.shape[1:] != element:
            raise ArgumentError(
                f"Document {i} of `sequences` has elements of shape {row.shape[1:]}, where the "
                f"first document's have {element}; all must have one shape."
            )
        truncated.append(row)
    if truncated:
        filled = np.arange(width) < kept[:, None]  # which cells hold elements and not padding
        out[filled if padding == "post" else filled[:, ::-1]] = np.concatenate(truncated)
    return out


def _filled(shape: tuple[int, ...], value: float | str, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return an array of the padding value, which must be one that `dtype` can hold."""
    try:
        return np.full(shape, cast(value, dtype), dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(
            f"`value` must be a single value that `dtype` {dtype} can hold. Received: {value!r}."
        ) from error


def _element_shape(rows: list[Any], dtype: np.dtype[Any]) -> tuple[int, ...]:
    """Return the shape of the elements of the first document that has any."""
    for i, row in enumerate(rows):
        if len(row):
            return _elements(row, 0, 1, dtype, i).shape[1:]
    return ()


def _elements(
    row: Any, start: int, width: int, dtype: np.dtype[Any], document: int
) -> npt.NDArray[Any]:
    """Return some elements of a document."""
    try:
        elements = cast(row[start : start + width], dtype)
        if elements.ndim:
            return elements
    except (TypeError, ValueError, LookupError, OverflowError):
        pass
    raise ArgumentError(
        f"Document {document} of `sequences` must be a sequence of elements that `dtype` {dtype} "
        f"can hold, none of them missing. Received: {str(row)[:60]}. Texts become ids with "
        f"`Tokenizer`; for strings give dtype=object."
    )


def _length(row: Any, document: int) -> int:
    try:
        return len(row)
    except TypeError:
        raise ArgumentError(
            f"`sequences` must be a list of sequences; document {document} is {row!r} of type "
            f"{type(row).__name__}."
        ) from None
