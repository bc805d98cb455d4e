"""Loops that are compiled when they are first called, so that importing them does not load Numba.

Such a function stands beside plain Python, as a cell's recurrence does beside its definition in
Keras. It may call no other compiled function but those of `vector_math`.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

_INTERPRETED: ContextVar[bool] = ContextVar("interpreted", default=False)

_LOCK = threading.Lock()
"""Held while functions are told to Numba, which is once also where threads come at a time."""


def compiled_late(function: Function) -> Function:
    """Compile a function as `compiled` does, on its first call."""

    @functools.cache
    def machine_code() -> Callable[..., Any]:
        from textseq.compute.compiled import compiled

        with _LOCK:
            _register_vector_kernels()
            return compiled(function)

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return (function if _INTERPRETED.get() else machine_code())(*args)

    return cast(Function, call)


@contextlib.contextmanager
def interpreted() -> Iterator[None]:
    """Let Python run these functions as they are: loading Numba can take longer than it saves."""
    before = _INTERPRETED.set(True)
    try:
        yield
    finally:
        _INTERPRETED.reset(before)


@functools.cache
def _register_vector_kernels() -> None:
    """Tell Numba, once, what the functions of `vector_math` compile to."""
    from textseq.compute import vector_kernels, vector_math

    vector_kernels.register(vector_math)
