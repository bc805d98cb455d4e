"""Ctrl-C while Numba compiles: LLVM calls Python then, and the process may die of an interrupt."""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import Any

from numba.core import event

from textseq.compute.interrupts import deferring_interrupts


class WholeCompilation(event.Listener):
    """Lets Ctrl-C wait until compiling ends, the outermost where one function calls another."""

    def __init__(self) -> None:
        self.of_thread = threading.local()

    def on_start(self, _: Any) -> None:
        """Compiling begins, or the wait for another thread that compiles."""
        waiting = self.of_thread.__dict__.setdefault("waiting", [])
        waiting.append(contextlib.nullcontext() if waiting else deferring_interrupts())
        waiting[-1].__enter__()

    def on_end(self, _: Any) -> None:
        """Compiling ended."""
        self.of_thread.waiting.pop().__exit__(None, None, None)


@functools.cache
def compile_whole() -> None:
    """Let Ctrl-C wait for Numba from now on, in this process."""
    event.register("numba:compiler_lock", WholeCompilation())  # type: ignore[no-untyped-call]
