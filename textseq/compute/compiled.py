"""Loops compiled to machine code by Numba, on first use, and kept on disk for the next process."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first use, and cache the machine code on disk where possible.

    The compiled function releases the interpreter's lock.
    """
    # Numba compiles a cached function again only when its own file changes. As it may call others
    # from files of its folder, the name that it is cached under changes with any of them.
    folder = Path(function.__code__.co_filename).parent
    function.__qualname__ = f"{function.__name__}-{_digest_of_sources(folder)}"
    # With checks for division by 0, loops would not use vector instructions.
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither the installation nor the user's folder can be written to
        return cast(Function, numba.njit(**options)(function))


@lru_cache
def _digest_of_sources(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
