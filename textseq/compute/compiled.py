"""Loops compiled to machine code by Numba, on first use, and kept on disk for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first use, and cache the machine code on disk where possible.

    The compiled function releases the interpreter's lock.

    Example:
        >>> from textseq.compute.compiled import compiled
        >>> compiled(lambda x: x + 1)(1)
        2
    """
    # With checks for division by 0, loops would not use vector instructions.
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither the installation nor the user's folder can be written to
        return cast(Function, numba.njit(**options)(function))
