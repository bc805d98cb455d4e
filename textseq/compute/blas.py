"""How many threads the matrix library uses, while batches run on threads of our own.

Its threads wait for each other by spinning, which on a busy machine takes many times as long as the
product itself.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterable, Iterator
from typing import Any

_LOCK = threading.Lock()
_BLOCKS: list[list[tuple[Any, int]]] = []
"""For each block that is being executed: the libraries, and how many threads each had before."""


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
        if not _BLOCKS:
            before = [(library, library.get_num_threads()) for library in _libraries()]
            _set((library, 1) for library, _ in before)
        _BLOCKS.append(_BLOCKS[0] if _BLOCKS else before)
    try:
        yield
    finally:
        with _LOCK:
            before = _BLOCKS.pop()
            if not _BLOCKS:
                _set(before)


def _set(threads: Iterable[tuple[Any, int]]) -> None:
    for library, count in threads:
        # threadpoolctl 3.8 lets one thread control OpenBLAS, and does nothing in others.
        release = getattr(library, "clear_controlling_thread", lambda **_: None)
        release(force=True)
        library.set_num_threads(count)
        release(force=True)


@functools.cache
def _libraries() -> list[Any]:
    """Return the matrix libraries of this process; looking for them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    found: list[Any] = ThreadpoolController().select(user_api="blas").lib_controllers
    return found
