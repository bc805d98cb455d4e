"""Arrays that begin where a compiled program can read them without a copy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

ALIGNMENT = 64
"""Bytes: a line of the processor's cache, and what TensorFlow and XLA ask for."""


def aligned(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return an array of float32, not set to anything, that begins at a multiple of `ALIGNMENT`.

    Example:
        >>> from textseq.network.training.aligned import aligned, is_aligned
        >>> array = aligned((3, 5))
        >>> array.shape, is_aligned(array), is_aligned(array[:, 1:])
        ((3, 5), True, False)
    """
    size = math.prod(shape) * np.dtype(np.float32).itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)


def is_aligned(array: object) -> bool:
    """Return whether this is an array of float32 in one piece that begins at such a place."""
    return (
        isinstance(array, np.ndarray)
        and array.dtype == np.float32
        and array.flags.c_contiguous
        and array.flags.writeable
        and array.ctypes.data % ALIGNMENT == 0
    )
