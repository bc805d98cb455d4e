"""Writing files so that nothing is half-written and nothing is lost.

An output is made in a hidden folder beside its target, `.NAME.partial`, flushed to the disk, and
renamed over the target as the last step. Whatever interrupts the work, the target is the old file
or the new one, whole. A target that exists is only replaced when the caller says `force`.

The hidden folder holds a lock for as long as its process lives. So a second process that wants to
write the same target is told at once, and what a process left that was killed is removed by the
next one that writes into the same folder.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from textseq.errors import ArgumentError, OutputError, OutputExistsError
from textseq.files.locks import Lock, is_own_folder
from textseq.files.renaming import rename_exclusively, swap_folders

StrPath = str | os.PathLike[str]

PARTIAL = ".partial"
_LOCK = "textseq.lock"  # in the hidden folder; tells it from folders of other programs
_NEW, _OLD = "new", "old"  # in the hidden folder, where the target is a folder too
_LONGEST_NAME = 255  # bytes, in nearly every file system
_ATTEMPTS = 100  # each fails only if another process ends in the same microseconds
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def check_output(path: StrPath, *, force: bool = False, folder: bool | None = None) -> Path:
    """Return `path` as a `Path` after making sure that it can be written.

    Call it before long work, so that a refusal comes first and not after an hour.

    Args:
        path: The output.
        force: Whether it may replace what is there.
        folder: Whether it will be a folder; None for either.

    Raises:
        OutputExistsError: It exists and `force` is false; or it is a folder where a file will be,
            or the other way round; or a device or a pipe, which would be replaced by a file.
        ArgumentError: Its folder does not exist.
        OutputError: Nothing may be made in its folder.

    Example:
        >>> from textseq.files.atomic import check_output
        >>> check_output("no/such/folder/ids.parquet")
        Traceback (most recent call last):
        textseq.errors.ArgumentError: The folder 'no/such/folder' of the output ...
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise ArgumentError(
            f"The folder '{target.parent}' of the output '{target}' does not exist; "
            f"create it or choose another place."
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        why = f"you may make nothing in the folder '{target.parent}'"
        raise _unwritable(target, why, "choose another place")
    if target.exists():
        if not (target.is_file() or target.is_dir()):
            raise OutputExistsError(
                f"The output '{target}' is a device or a pipe, where a file was expected; "
                f"choose another name."
            )
        if folder is not None and target.is_dir() != folder:
            found, expected = ("file", "folder") if folder else ("folder", "file")
            raise OutputExistsError(
                f"The output '{target}' is a {found}, where a {expected} was expected; "
                f"choose another name."
            )
        if not force:
            raise _exists(target)
    return target


@contextlib.contextmanager
def atomic_file(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an error.

    A link is followed: the file that it points to is replaced, and the link stays.

    Raises:
        OutputExistsError: It exists and `force` is false, or it is a folder, or another process
            is writing it.
        OutputError: The disk is full, or cannot be written.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.atomic import atomic_file
        >>> target = Path(tempfile.mkdtemp()) / "ids.txt"
        >>> with atomic_file(target) as temporary:
        ...     _ = temporary.write_text("7 8 9 10 11")
        >>> target.read_text()
        '7 8 9 10 11'
    """
    check_output(path, force=force, folder=False)
    with _workshop(path, force=force) as (folder, target):
        temporary = folder / target.name  # so that it has the target's extensions
        yield temporary
        _flush(temporary)
        check_output(target, force=force)
        temporary.chmod(_mode(target))
        if force:
            temporary.replace(target)
        else:
            _appear(temporary, target)
        _flush(target.parent)


@contextlib.contextmanager
def atomic_folder(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` when the block ends without an error.

    With `force`, an older folder is swapped with the new one in one step where the system can do
    that (Linux, macOS), and then removed. Elsewhere it is moved aside first, so that the target is
    absent for a moment; should the process die in it, the next one puts the old folder back.

    Raises:
        OutputExistsError: It exists and `force` is false, or it is a file, or another process is
            writing it.
        OutputError: The disk is full, or cannot be written.
    """
    check_output(path, force=force, folder=True)
    with _workshop(path, force=force) as (folder, target):
        temporary = folder / _NEW
        temporary.mkdir()
        yield temporary
        for file in temporary.rglob("*"):
            # Some writers make files that only their owner may read.
            file.chmod((0o777 if file.is_dir() else 0o666) & ~_umask())
            _flush(file)
        _flush(temporary)
        check_output(target, force=force)
        if target.exists():
            swap_folders(temporary, target, folder / _OLD)
        else:
            _appear(temporary, target)
        _flush(target.parent)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder for temporary files, which is removed when the block ends.

    It is made like the hidden folders of outputs, so that what a killed process left goes with the
    next one that works in the same place: that of TMPDIR, or else the system's.

    Example:
        >>> from textseq.files.atomic import temporary_folder
        >>> with temporary_folder() as folder:
        ...     _ = (folder / "tokens.txt").write_text("high enough")
        >>> folder.exists()
        False
    """
    target = Path(tempfile.gettempdir()) / f"textseq-{os.urandom(8).hex()}"
    _sweep(target.parent)
    folder = _hidden_folder(target)
    lock = _locked(folder, target)
    try:
        yield folder
    finally:
        _remove(folder, target, lock)


def sha256(path: StrPath) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_of(path: StrPath) -> int:
    """Return the bytes of a file, or of all files in a folder.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.atomic import size_of
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "ids.npz").write_bytes(bytes(2_500))
        >>> size_of(folder)
        2500
    """
    path = Path(path)
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


@contextlib.contextmanager
def _workshop(path: StrPath, *, force: bool) -> Iterator[tuple[Path, Path]]:
    """Yield a hidden folder of this process's own, and the target with its links followed."""
    target = Path(os.path.realpath(path))
    try:
        _sweep(target.parent)
        folder = _hidden_folder(target)
        lock = _locked(folder, path)
        try:
            _empty(folder, target)
            check_output(path, force=force)  # what was there may just have been put back
            yield folder, target
        finally:
            _remove(folder, target, lock)
    except Exception as error:
        number = _system_error(error)
        if number not in DISK_ERRORS:
            raise
        raise _unwritable(path, os.strerror(number)) from error


def _system_error(error: Exception) -> int:
    """Return the number of the system's error, or 0; writers in Rust tell it in words only."""
    told = re.search(r"\(os error (\d+)\)", str(error))
    return getattr(error, "errno", None) or (int(told[1]) if told else 0)


def _hidden_folder(target: Path) -> Path:
    """Return where a target is made: always the same place, so that two processes meet there."""
    name = f".{target.name}{PARTIAL}"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()}{PARTIAL}"
    return target.with_name(name)


def _locked(folder: Path, path: StrPath) -> Lock:
    """Make the hidden folder, or take over that of a dead process, and lock it."""
    for _ in range(_ATTEMPTS):
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        except OSError as error:
            raise _unwritable(path, error.strerror or str(error)) from error
        if is_own_folder(folder) is False:
            raise OutputExistsError(
                f"The output '{path}' is made in '{folder}', which is there already and is not a "
                f"folder of yours; remove that, or choose another name."
            )
        try:
            return Lock(folder / _LOCK)
        except FileNotFoundError:  # a process that ended just now removed it
            continue
        except BlockingIOError as error:
            raise OutputExistsError(
                f"The output '{path}' is being written by another process at this moment; "
                f"wait for it, or choose another name."
            ) from error
    raise OutputExistsError(f"The output '{path}' is being written by other processes.")


def _sweep(parent: Path) -> None:
    """Remove the hidden folders of dead processes. Those of living ones are locked."""
    for folder in list(parent.glob(f".*{PARTIAL}")):
        with contextlib.suppress(OSError):
            if not is_own_folder(folder):
                continue
            target = parent / folder.name.removeprefix(".").removesuffix(PARTIAL)
            if not (folder / _LOCK).exists():
                folder.rmdir()  # which fails unless it is empty
            elif target.exists() or not (folder / _OLD).exists():  # else it is the only copy
                _remove(folder, target, Lock(folder / _LOCK))


def _remove(folder: Path, target: Path, lock: Lock) -> None:
    """Remove a hidden folder, the lock last: a process that dies here leaves a dead folder."""
    with contextlib.suppress(OSError):
        _empty(folder, target)
    lock.remove()
    with contextlib.suppress(OSError):  # another process may be in it already
        folder.rmdir()


def _empty(folder: Path, target: Path) -> None:
    """Remove all but the lock; first put back an old folder that has lost its place."""
    if (folder / _OLD).is_dir() and not os.path.lexists(target):
        (folder / _OLD).replace(target)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


def _appear(temporary: Path, target: Path) -> None:
    """Rename the finished output to its target, where nothing may have come up meanwhile."""
    try:
        rename_exclusively(temporary, target)
    except FileExistsError as error:
        raise _exists(target) from error


def _unwritable(
    path: StrPath, why: str, remedy: str = "make room or choose another place"
) -> OutputError:
    return OutputError(
        f"The output '{path}' cannot be written: {why}; {remedy} (what was there before is as it "
        f"was)."
    )


def _exists(path: Path) -> OutputExistsError:
    return OutputExistsError(
        f"The output '{path}' exists and is not overwritten; "
        f"choose another name, or ask for it with --force (force=True)."
    )


def _flush(path: Path) -> None:
    """Make the system write `path` (a file or a folder) to the disk."""
    if path.is_dir():
        if os.name == "nt":  # which cannot open a folder
            return
        descriptor = os.open(path, os.O_RDONLY)
    else:
        descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mode(target: Path) -> int:
    """Return the permissions of the file that is replaced, or else those of any new one."""
    return stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()


def _umask() -> int:
    """Return the process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
