"""Renaming in one step: never over something that is there, or swapping two names.

POSIX's `rename` silently replaces a file, and cannot put a folder in the place of a full one. Linux
(renameat2, https://man7.org/linux/man-pages/man2/rename.2.html) and macOS (renamex_np) have both.
Where the system or its file system has not, the same is done in two steps.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

_LINUX = {"exclusive": 1, "swap": 2}  # RENAME_NOREPLACE, RENAME_EXCHANGE
_MACOS = {"exclusive": 4, "swap": 2}  # RENAME_EXCL, RENAME_SWAP
_AT_FDCWD = -100
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EXDEV, errno.EPERM)


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename `source` to `target`, where nothing may be.

    Raises:
        FileExistsError: Something is there.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.renaming import rename_exclusively
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "new").write_text("new"), (folder / "old").write_text("old")
        (3, 3)
        >>> rename_exclusively(folder / "new", folder / "old")
        Traceback (most recent call last):
        FileExistsError: ...
    """
    if not _renamed(source, target, "exclusive"):
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        source.replace(target)


def swap_folders(new: Path, target: Path, aside: Path) -> None:
    """Put the folder `new` in the place of `target`, and move what was there to `aside`.

    Where the system cannot swap two names at once, `target` is absent for a moment; if the process
    dies in it, the old folder is at `aside`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.renaming import swap_folders
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("new", "model"):
        ...     (folder / name / name).mkdir(parents=True)
        >>> swap_folders(folder / "new", folder / "model", folder / "old")
        >>> [path.name for path in (folder / "model").iterdir()]
        ['new']
    """
    if _renamed(new, target, "swap"):
        new.replace(aside)
        return
    target.replace(aside)
    try:
        new.replace(target)
    except OSError:
        aside.replace(target)
        raise


def _renamed(source: Path, target: Path, how: str) -> bool:
    """Rename in one step and return True; or return False where that cannot be done here."""
    call = _system_call()
    if call is None:
        return False
    code = call(os.fsencode(source), os.fsencode(target), how)
    if code in _UNSUPPORTED:
        return False
    if code:
        raise OSError(code, os.strerror(code), str(source), None, str(target))
    return True


@functools.cache
def _system_call() -> Callable[[bytes, bytes, str], int] | None:
    """Return a function that renames and returns the error's number, if the C library has one."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            renameat2 = library.renameat2
            return lambda source, target, how: (
                ctypes.get_errno()
                if renameat2(_AT_FDCWD, source, _AT_FDCWD, target, ctypes.c_uint(_LINUX[how]))
                else 0
            )
        renamex = library.renamex_np
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        return None
    return lambda source, target, how: (
        ctypes.get_errno() if renamex(source, target, ctypes.c_uint(_MACOS[how])) else 0
    )
