"""The types of arrays, tensors, and functions of them."""

from __future__ import annotations

from collections.abc import Callable
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
Tensor = Any
"""A tensor of Keras's backend."""
Scan = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""A loop over time; see `Cell.scan`."""
