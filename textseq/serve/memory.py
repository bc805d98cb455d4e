"""Memory that only starting needed, given back to the system.

Half of what a starting process has resident is code of LLVM and Arrow that links compiled loops and
opens files, and is not read again. The system takes such pages back when it needs memory; here they
are given back at once, so that what is resident is what answering needs. What is read after all
comes from the page cache again.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_MADV_DONTNEED = 4  # <linux/mman.h>

_MAPPING = (
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<rights>\S+) \S+ \S+ \S+ +/\S+\.so[.\d]*\n"
    r"(?:[A-Z]\w+:.*\n)*?Anonymous: +(?P<changed>\d+) kB$"
)
"""A shared library in /proc/self/smaps, and how much of it was changed."""


def release_memory() -> None:
    """Collect garbage, freeze what is left, and give back what starting needed.

    What is loaded stays for good; looking through all of it for garbage would take 100 ms and more
    each time.

    Example:
        >>> from textseq.serve.memory import release_memory
        >>> release_memory()
    """
    gc.unfreeze()  # a model that was replaced is garbage now
    gc.collect()
    gc.freeze()
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError, ValueError):  # another C library than glibc
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for start, end in _unchanged_libraries():
            libc.madvise(start, end - start, _MADV_DONTNEED)


def _unchanged_libraries() -> Iterator[tuple[int, int]]:
    """Yield where parts of shared libraries are in memory that are as in their files.

    A part that was written to, as by the linker, would lose that.
    """
    text = Path("/proc/self/smaps").read_text(encoding="utf-8")
    for about in re.finditer(_MAPPING, text, re.MULTILINE):
        if "w" not in about["rights"] and about["changed"] == "0":
            yield int(about["start"], 16), int(about["end"], 16)
