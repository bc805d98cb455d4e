"""The hidden folder in which an output or temporary files are written, and its lock.

The lock file in it is unlocked by the operating system when its process ends, even by `kill -9`. A
second process that writes the same target therefore gets an error at once, and the next process
that writes into the same parent removes what a killed one left.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from filelock import lock_descriptor

from textseq.errors import OutputExistsError
from textseq.files.paths import (
    HIDDEN_MODE,
    LOCK,
    NEW,
    OLD,
    PARTIAL,
    StrPath,
    hidden_folder,
    is_own_folder,
    naming_disk_errors,
    refuse_foreign_folder,
    unwritable,
)

_ATTEMPTS = 100  # each fails only if another process ends in the same microseconds


@contextlib.contextmanager
def locked_folder(path: StrPath) -> Iterator[Path]:
    """Yield the hidden folder of an output, locked and empty; it is removed in any case."""
    folder = hidden_folder(path)
    lock: list[BinaryIO] = []
    try:
        try:
            _remove_leftovers(folder.parent)
            _acquire(folder, path, lock)
            _empty(folder)
            yield folder
        finally:
            _remove(folder, lock)
    finally:  # again, in case that Ctrl-C cut the first short
        _remove(folder, lock)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder for temporary files, which is removed when the block ends.

    It is locked as the hidden folders of outputs are, so that the next process which works in the
    same place (TMPDIR, or else the system's) removes what a killed one left.
    """
    name = temporary_place() / f"textseq-{os.urandom(8).hex()}"
    remedy = "make room there, or name another folder in the environment variable TMPDIR"
    with naming_disk_errors(name, remedy), locked_folder(name) as folder:
        (folder / NEW).mkdir()
        yield folder / NEW


def temporary_place() -> Path:
    """Return the folder of temporary files: that in TMPDIR, TEMP or TMP, or else the system's.

    `tempfile.gettempdir` tries it out with a file of a random name, which stays there for ever if
    the process is killed at that moment.
    """
    named = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    for place in (*named, "/tmp") if tempfile.tempdir is None else ():  # noqa: S108
        if (
            Path(place).is_absolute()
            and Path(place).is_dir()
            and os.access(place, os.W_OK | os.X_OK)
        ):
            return Path(place)
    return Path(tempfile.gettempdir())


def _remove_leftovers(parent: Path) -> None:
    """Remove the hidden folders of killed processes; those of living ones are locked."""
    for folder in list(parent.glob(f".*{PARTIAL}")):
        _remove_leftover(folder)


def _acquire(folder: Path, path: StrPath, lock: list[BinaryIO]) -> None:
    """Create the hidden folder, or take over that of a killed process, and put its lock in a list.

    A list, which is filled before anything can interrupt, and a file, which closes itself, so that
    no lock is held that nobody knows of.
    """
    for _ in range(_ATTEMPTS):
        try:
            folder.mkdir(HIDDEN_MODE)
        except FileExistsError:
            refuse_foreign_folder(path)
        except OSError as error:
            raise unwritable(path, error.strerror or str(error)) from error
        with contextlib.suppress(FileNotFoundError):  # a process that ended just now removed it
            lock.append((folder / LOCK).open("ab"))
            if not lock_descriptor(lock[0].fileno(), blocking=False):
                lock.pop().close()
                raise OutputExistsError(
                    f"The output '{path}' is being written by another process at this moment; "
                    f"wait for it, or choose another name."
                )
            if _is_in_place(lock[0]):
                return
            lock.pop().close()
    raise OutputExistsError(f"The output '{path}' is being written by other processes.")


def _is_in_place(lock: BinaryIO) -> bool:
    """Return whether a lock file was not removed between its opening and its locking."""
    return os.fstat(lock.fileno()).st_nlink > 0


def _remove_leftover(folder: Path) -> None:
    """Remove a hidden folder unless a living process has it, or it is somebody else's."""
    with contextlib.suppress(OSError):
        if not is_own_folder(folder):
            return
        if (folder / LOCK).exists():
            with (folder / LOCK).open("rb+") as lock:
                if lock_descriptor(lock.fileno(), blocking=False) and _is_in_place(lock):
                    _remove(folder, [lock])
        else:
            folder.rmdir()  # which fails unless it is empty


def _remove(folder: Path, lock: list[BinaryIO]) -> None:
    """Remove a hidden folder, the lock file last: a process killed in here leaves a leftover."""
    if not lock or lock[0].closed:
        _remove_leftover(folder)
        return
    try:
        with contextlib.suppress(OSError):
            _empty(folder)
            # Removed while it is locked, so that nobody else can have locked it in between; but
            # Windows cannot remove an open file.
            (folder / LOCK).unlink()
    finally:
        lock[0].close()
    with contextlib.suppress(OSError):  # another process may have begun to use it
        if os.name == "nt":
            (folder / LOCK).unlink()
        folder.rmdir()


def _empty(folder: Path) -> None:
    """Put back an old folder whose place is empty, then remove what was being written."""
    for old in (folder / OLD).glob("*"):
        if not os.path.lexists(folder.with_name(old.name)):
            old.replace(folder.with_name(old.name))
    for name in (OLD, NEW):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder / name)
