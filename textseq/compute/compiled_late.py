"""Loops that are compiled when they are first called, so that importing them does not load Numba.

Such a function stands beside plain Python, as a cell's recurrence does beside its definition in
Keras. It may call no other compiled function but those of `vector_math`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled_late(function: Function) -> Function:
    """Compile a function as `compiled` does, on its first call."""

    @functools.cache
    def machine_code() -> Callable[..., Any]:
        import textseq.compute.vector_kernels  # noqa: F401  (says what `vector_math` compiles to)
        from textseq.compute.compiled import compiled

        return compiled(function)

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return machine_code()(*args)

    return cast(Function, call)
