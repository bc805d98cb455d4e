"""A lock on a file that a process gives up when it ends, however it ends.

The system keeps it, not the file: after `kill -9` the file is still there and free to be locked,
which tells what a dead process left from what a living one is at work on.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


class Lock:
    """A locked file, which is made if need be.

    Args:
        path: The file. Its folder must exist, and it must not be a link.

    Raises:
        BlockingIOError: Another process, or this one, holds the lock.
        FileNotFoundError: The folder or the file went away meanwhile; try again.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.locks import Lock
        >>> path = Path(tempfile.mkdtemp()) / "lock"
        >>> lock = Lock(path)
        >>> Lock(path)
        Traceback (most recent call last):
        BlockingIOError: ...
        >>> lock.remove()
        >>> path.exists()
        False
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._descriptor = os.open(path, flags, 0o600)
        try:
            _lock(self._descriptor)
            # Whoever held it before may have removed the file between our opening and locking it.
            if not os.path.samestat(path.lstat(), os.fstat(self._descriptor)):
                raise FileNotFoundError(f"'{path}' was replaced while it was being locked")
        except BaseException:
            os.close(self._descriptor)
            raise

    def remove(self) -> None:
        """Remove the file and let go of the lock; nobody can have locked it in between."""
        if sys.platform == "win32":  # where an open file cannot be removed
            os.close(self._descriptor)
            self.path.unlink(missing_ok=True)
            return
        try:
            self.path.unlink(missing_ok=True)
        finally:
            os.close(self._descriptor)


def is_own_folder(path: Path) -> bool | None:
    """Return whether `path` is a folder, no link to one, and belongs to this user.

    None if there is nothing, or no longer.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.locks import is_own_folder
        >>> is_own_folder(Path(tempfile.mkdtemp())), is_own_folder(Path("no/such/folder"))
        (True, None)
    """
    try:
        status = path.lstat()
    except OSError:
        return None
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and mine


def _lock(descriptor: int) -> None:
    """Lock an open file, or raise BlockingIOError at once."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from error
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
