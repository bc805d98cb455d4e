"""Loops compiled to machine code by Numba, on first use, and kept on disk for the next process."""

import contextlib
import hashlib
import importlib
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

ONCE = "which happens only once"
EACH_TIME = (
    "which happens each time, because the result cannot be kept; name a folder that can be written "
    "to in the environment variable NUMBA_CACHE_DIR"
)

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first use, and cache the machine code on disk where possible.

    The compiled function releases the interpreter's lock.
    """
    # Numba compiles a cached function again only when its own file changes. As it may call others
    # from files of its folder, and from this one, the name that it is cached under changes with any
    # of them.
    folders = Path(function.__code__.co_filename).parent, Path(__file__).parent
    digest = "-".join(map(_digest_of_sources, dict.fromkeys(folders)))
    function.__qualname__ = f"{function.__name__}-{digest}"
    # With checks for division by 0, loops would not use vector instructions.
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither the installation nor the user's folder can be written to
        return cast(Function, numba.njit(**options)(function))


def _load_numba_without_scipy() -> None:
    """Let Numba load its functions of arrays without SciPy.

    It imports SciPy's linear algebra there, which takes longer than the rest, only to know whether
    it is installed; what needs it asks again. No loop of textseq's does.
    """
    if "scipy.linalg" in sys.modules or "numba.np.arraymath" in sys.modules:
        return

    def absent() -> None:
        raise ImportError

    linalg: Any = importlib.import_module("numba.np.linalg")
    ask, linalg.ensure_blas = linalg.ensure_blas, absent
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = ask


# Another version of Numba may have no such modules, and then imports what it wants.
with contextlib.suppress(ImportError, AttributeError):
    _load_numba_without_scipy()


@lru_cache
def _digest_of_sources(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def when_compiling(say: Callable[[str], None]) -> Iterator[None]:
    """Say once that loops are compiled, if they are: those that come from the disk are not."""

    class Listener(event.Listener):
        said = False

        def on_start(self, compilation: Any) -> None:
            if not self.said:
                kept = compilation.data["dispatcher"].stats.cache_path is not None
                say(f"Compiling for this machine, {ONCE if kept else EACH_TIME} ...")
            self.said = True

        def on_end(self, compilation: Any) -> None: ...

    with event.install_listener("numba:compile", Listener()):
        yield
