"""`pad_sequences` with Keras's arguments and results, for elements of any type."""

from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
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
        ArgumentError: A side is unknown, a document is no sequence, or elements differ in shape.

    Example:
        >>> from textseq import pad_sequences
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    check_sides(padding, truncating)
    if isinstance(value, str) and np.dtype(dtype).kind not in "OUS":
        raise ArgumentError(
            f"`value` is the string {value!r}, which `dtype` {dtype!r} cannot hold; "
            f"give dtype=object for strings of any length."
        )
    is_id = isinstance(value, int | float) and abs(value) < 2**31 and int(value) == value
    if isinstance(sequences, Sequences) and np.dtype(dtype) == np.int32 and is_id:
        return sequences.pad(maxlen, padding=padding, truncating=truncating, value=int(value))
    if not hasattr(sequences, "__len__"):
        raise ArgumentError(
            f"`sequences` must be a list of sequences. Received: {type(sequences).__name__}."
        )
    rows = list(sequences)
    lengths = np.array([_length(row, i) for i, row in enumerate(rows)], dtype=np.int64)
    width = padded_width(maxlen, lengths)
    element = next((np.asarray(row).shape[1:] for row in rows if len(row)), ())
    out = np.full((len(rows), width, *element), value, dtype=dtype)
    kept = np.minimum(lengths, width)
    truncated = []
    for i in np.flatnonzero(kept).tolist():
        start = max(0, len(rows[i]) - width) if truncating == "pre" else 0
        row = np.asarray(rows[i][start : start + width], dtype)
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


def _length(row: Any, document: int) -> int:
    try:
        return len(row)
    except TypeError:
        raise ArgumentError(
            f"`sequences` must be a list of sequences; document {document} is {row!r} of type "
            f"{type(row).__name__}."
        ) from None
