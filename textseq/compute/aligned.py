"""Arrays that TensorFlow and XLA read where they are, without a copy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

ALIGNMENT = 64
"""In bytes: a cache line."""


def aligned(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return an uninitialized array of float32 that begins at a multiple of `ALIGNMENT`.

    Example:
        >>> from textseq.compute.aligned import aligned, is_aligned
        >>> array = aligned((3, 5))
        >>> array.shape, is_aligned(array), is_aligned(array[:, 1:])
        ((3, 5), True, False)
    """
    size = math.prod(shape) * np.dtype(np.float32).itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)


def is_aligned(array: object) -> bool:
    """Return whether this is a contiguous array of float32 that begins at such an address."""
    return (
        isinstance(array, np.ndarray)
        and array.dtype == np.float32
        and array.flags.c_contiguous
        and array.flags.writeable
        and array.ctypes.data % ALIGNMENT == 0
    )
