"""Atomic writes: an output is whole or absent, and replaces an older one in a rename.

An output is written in a hidden folder beside its target, `.NAME.partial`, flushed to the disk, and
renamed to the target as the last step.

The hidden folder holds a lock file, which the operating system unlocks when its process ends, even
by `kill -9`. A second process that writes the same target therefore gets an error at once, and the
next process that writes into the same folder removes what a killed one left.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from textseq.errors import OutputExistsError
from textseq.files.paths import DISK_ERRORS, REMEDY, StrPath, check_output, unwritable

PARTIAL = ".partial"
_LOCK = "textseq.lock"  # in the hidden folder; shows that it is not another program's
_NEW, _OLD = "new", "old"  # in the hidden folder of a folder: the new one; the one with the old
_LONGEST_NAME = 255  # bytes, in nearly every file system
_ATTEMPTS = 100  # each fails only if another process ends in the same microseconds


@contextlib.contextmanager
def atomic_file(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an error.

    A link is followed: the file that it points to is replaced, and the link stays.
    """
    check_output(path, force=force, folder=False)
    with _hidden_folder(path, force=force) as (folder, target):
        temporary = folder / target.name  # so that it has the target's extensions
        yield temporary
        _flush(temporary)
        check_output(target, force=force)
        # The permissions of the file to replace, or else those of any new file.
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(target)
        _flush(target.parent)


@contextlib.contextmanager
def atomic_folder(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` when the block ends without an error."""
    check_output(path, force=force, folder=True)
    with _hidden_folder(path, force=force) as (folder, target):
        temporary = folder / _NEW
        temporary.mkdir()
        yield temporary
        for file in temporary.rglob("*"):
            # Some writers create files that only their owner may read.
            file.chmod((0o777 if file.is_dir() else 0o666) & ~_umask())
            _flush(file)
        _flush(temporary)
        check_output(target, force=force)
        # No rename replaces a folder that holds files, so the old one moves aside first. A process
        # that is killed between the two renames leaves no target, and both folders, whole, in the
        # hidden one; the next process that writes into the parent folder puts the old one back
        # (`_empty`). After the second rename, it removes the old one instead.
        if target.exists():
            (folder / _OLD).mkdir()
            target.replace(folder / _OLD / target.name)
        temporary.replace(target)  # if this fails, the old folder is put back as well
        _flush(target.parent)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder for temporary files, which is removed when the block ends.

    It is locked as the hidden folders of outputs are, so that the next process which works in the
    same place (TMPDIR, or else the system's) removes what a killed one left.
    """
    name = Path(tempfile.gettempdir()) / f"textseq-{os.urandom(8).hex()}"
    remedy = "make room there, or name another folder in the environment variable TMPDIR"
    with _hidden_folder(name, remedy=remedy) as (folder, _):
        yield folder


@contextlib.contextmanager
def _hidden_folder(
    path: StrPath, *, force: bool = False, remedy: str = REMEDY
) -> Iterator[tuple[Path, Path]]:
    """Yield the locked, empty hidden folder of an output, and the output with links followed."""
    target = Path(os.path.realpath(path))
    # Always the same folder for a target, so that two processes meet.
    name = f".{target.name}{PARTIAL}"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()}{PARTIAL}"
    folder = target.with_name(name)
    try:
        _remove_leftovers(target.parent)
        lock = _lock_folder(folder, path)
        try:
            _empty(folder)
            check_output(path, force=force)  # an old folder may just have been put back
            yield folder, target
        finally:
            _remove(folder, lock)
    except Exception as error:
        # Writers in Rust put the system's error number into the message only.
        in_message = re.search(r"\(os error (\d+)\)", str(error))
        number = getattr(error, "errno", None) or (int(in_message[1]) if in_message else 0)
        if number not in DISK_ERRORS:
            raise
        raise unwritable(path, os.strerror(number), remedy) from error


def _lock_folder(folder: Path, path: StrPath) -> FileLock:
    """Create the hidden folder, or take over that of a killed process, and lock it."""
    for _ in range(_ATTEMPTS):
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        except OSError as error:
            raise unwritable(path, error.strerror or str(error)) from error
        if _is_own_folder(folder) is False:
            raise OutputExistsError(
                f"The output '{path}' is written in '{folder}', which exists and is not a folder "
                f"of yours; remove that, or choose another name."
            )
        try:
            return _lock(folder)
        except (FileNotFoundError, FileExistsError):
            # A process that ended just now removed the folder, which filelock then tries to create.
            continue
        except Timeout as error:
            raise OutputExistsError(
                f"The output '{path}' is being written by another process at this moment; "
                f"wait for it, or choose another name."
            ) from error
    raise OutputExistsError(f"The output '{path}' is being written by other processes.")


def _lock(folder: Path) -> FileLock:
    lock = FileLock(folder / _LOCK, blocking=False, thread_local=False)
    lock.acquire()
    return lock


def _is_own_folder(path: Path) -> bool | None:
    """Return whether `path` is a folder of this user's and no link; None if nothing is there."""
    try:
        status = path.lstat()
    except OSError:
        return None
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and mine


def _remove_leftovers(parent: Path) -> None:
    """Remove the hidden folders of killed processes; those of living ones are locked."""
    for folder in list(parent.glob(f".*{PARTIAL}")):
        with contextlib.suppress(OSError):
            if not _is_own_folder(folder):
                continue
            if (folder / _LOCK).exists():
                _remove(folder, _lock(folder))
            else:
                folder.rmdir()  # which fails unless it is empty


def _remove(folder: Path, lock: FileLock) -> None:
    """Remove a hidden folder, the lock file last: a process killed in here leaves a leftover."""
    with contextlib.suppress(OSError):
        _empty(folder)
    # Removed while it is locked, so that nobody else can have locked it in between. Windows cannot
    # remove an open file; there the release does it.
    with contextlib.suppress(OSError):
        (folder / _LOCK).unlink()
    lock.release()
    with contextlib.suppress(OSError):  # another process may have begun to use it
        folder.rmdir()


def _empty(folder: Path) -> None:
    """Put back an old folder whose place is empty, then remove all but the lock file."""
    for old in (folder / _OLD).glob("*"):
        if not os.path.lexists(folder.with_name(old.name)):
            old.replace(folder.with_name(old.name))
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


def _flush(path: Path) -> None:
    """Make the system write `path` (a file or a folder) to the disk."""
    if path.is_dir() and os.name == "nt":  # which cannot open a folder
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """Return the process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
