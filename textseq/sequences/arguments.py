"""Arguments of functions on arrays: what cannot become the array that is asked for is named."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError

AnyArray = npt.NDArray[Any]


def as_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return a dtype, or raise an error where it is none."""
    try:
        return np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"`dtype` must be a type of NumPy's. Received: {dtype!r}.") from error


def as_array(values: Any, name: str) -> npt.NDArray[Any]:
    """Return values as an array, or raise an error where rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ArgumentError(
            f"`{name}` must be an array: its rows differ in length; pad them with "
            f"`pad_sequences` first."
        ) from error


def as_class_indices(values: Any, name: str) -> npt.NDArray[np.int64]:
    """Return class indices as int64; whole floats and digits in strings are integers too.

    Raises:
        ArgumentError: One is missing, no number, or not whole.
    """
    array = as_array(values, name)
    if array.dtype.kind in "biu" and not (array.dtype == np.uint64 and array.size):
        return array.astype(np.int64)
    numbers = as_floats(array)
    wrong = np.flatnonzero(~(np.abs(numbers) < 2**63) | (numbers != np.trunc(numbers)))
    if len(wrong):
        first = array.ravel()[wrong[0]]
        first = first.item() if isinstance(first, np.generic) else first
        raise ArgumentError(
            f"`{name}` must be class indices, integers from 0; received {first!r} at position "
            f"{wrong[0]}. Leave out what has no class; number names with "
            f"`numpy.unique({name}, return_inverse=True)[1]`."
        )
    return numbers.astype(np.int64).reshape(array.shape)


def as_floats(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the values of an array, flat; NaN for those that are no numbers."""
    if array.dtype.kind in "fu":
        return array.ravel().astype(np.float64)
    numbers = np.full(array.size, np.nan)
    for i, value in enumerate(array.ravel().tolist()):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            is_real = isinstance(value, complex) and not value.imag
            numbers[i] = float(value.real if is_real else value)
    return numbers


def cast(values: Any, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return values as an array of `dtype`, which must be able to hold them.

    Raises:
        TypeError, ValueError, OverflowError: One is missing, no number, or too large for integers.
    """
    raw = np.asarray(values, dtype if dtype.kind not in "iuf" else None)
    if dtype.kind in "iu" and raw.dtype.kind in "fiu" and raw.size:
        limits = np.iinfo(dtype)
        if not (raw.min() >= limits.min and raw.max() <= limits.max):  # nor where one is NaN
            raise ValueError
    return raw.astype(dtype, copy=False)
