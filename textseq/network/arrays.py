"""The types of arrays, tensors, and functions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]
"""Rows of an embedding, 0 for none."""
Int32Array = npt.NDArray[np.int32]
AnyArray = npt.NDArray[Any]
NamedArrays = Mapping[str, AnyArray]
Tensor = Any
"""A tensor of Keras's backend."""
Scan = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""A loop over time; see `Cell.scan`."""


_PART = 1 << 18
"""Numbers that are looked at together: few enough for the cache."""

_INFINITE = 0x7C00
"""The exponent of a float16 that is infinite or no number."""


def is_finite(array: AnyArray) -> bool:
    """Return whether all of an array's numbers are finite, float32 or smaller, in little memory."""
    if array.dtype == np.float16:  # its bits, since NumPy converts one number at a time
        bits = np.ascontiguousarray(array).view(np.uint16).reshape(-1)
        parts = (bits[start : start + _PART] for start in range(0, len(bits), _PART))
        return all(int((part & _INFINITE).max()) < _INFINITE for part in parts)
    with np.errstate(invalid="ignore"):  # of infinities of both signs
        return bool(np.isfinite(array.sum(dtype=np.float64)))
