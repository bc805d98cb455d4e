"""How many threads the matrix library uses, while batches run on threads of our own.

Its threads wait for each other by spinning, which on a busy machine takes many times as long as the
product itself.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any

_LOCK = threading.Lock()
_ACTIVE: list[Any] = []
"""What restores the threads, once for each block that is being executed."""


@contextlib.contextmanager
def one_thread_per_product() -> Iterator[None]:
    """Keep NumPy's matrix library from splitting products.

    The number of threads is the process's. So the first block that begins sets it, and the last one
    that ends restores it, in whichever threads they are.

    Example:
        >>> import numpy as np
        >>> from textseq.compute.blas import one_thread_per_product
        >>> with one_thread_per_product():
        ...     product = np.eye(2) @ np.eye(2)
    """
    with _LOCK:
        _ACTIVE.append(_ACTIVE[0] if _ACTIVE else _libraries().limit(limits=1))
    try:
        yield
    finally:
        with _LOCK:
            limit = _ACTIVE.pop()
            if not _ACTIVE:
                limit.restore_original_limits()


@functools.cache
def _libraries() -> Any:
    """Return the matrix libraries of this process; looking for them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
