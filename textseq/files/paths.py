"""Paths of outputs: whether they can be written, and the size and SHA-256 of what is there.

An output is written in a hidden folder beside it, `.NAME.partial`. Only what is recognised as made
here is ever taken for one: a folder of this user's that holds the lock file, and besides it nothing
but `new` and `old`. Any other of that name is somebody's, and refused.
"""

import contextlib
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from textseq.errors import ArgumentError, OutputError, OutputExistsError

StrPath = str | os.PathLike[str]

# Error numbers of a disk that is full, over quota, broken or read-only.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
REMEDY = "make room or choose another place"

PARTIAL = ".partial"
LOCK = "textseq.lock"  # in a hidden folder
NEW, OLD = "new", "old"  # likewise: what is being written; the folder that it replaces
# The mode in which a hidden folder is made. Nobody else sets the sticky bit on a private folder, so
# one that is empty, because its process was killed before it made the lock file, is known by it.
HIDDEN_MODE = stat.S_ISVTX | stat.S_IRWXU
_LONGEST_NAME = 255  # bytes, in nearly every file system


def hidden_folder(path: StrPath) -> Path:
    """Return the hidden folder of an output: always the same one, so that two processes meet."""
    target = Path(os.path.realpath(path))
    name = f".{target.name}{PARTIAL}"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()}{PARTIAL}"
    return target.with_name(name)


def is_own_folder(folder: Path) -> bool | None:
    """Return whether a hidden folder was made here; None if nothing is there."""
    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode):
            return False
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            return False
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return None
    if not names:
        return status.st_mode & (stat.S_ISVTX | 0o777) == HIDDEN_MODE
    return LOCK in names <= {LOCK, NEW, OLD} and not (folder / LOCK).is_symlink()


def refuse_foreign_folder(path: StrPath) -> None:
    """Raise an error where what has the name of an output's hidden folder was not made here."""
    folder = hidden_folder(path)
    if is_own_folder(folder) is False:
        raise OutputExistsError(
            f"The output '{path}' is written in the folder '{folder}' until it is whole, and what "
            f"has that name is not textseq's; rename that, or choose another name for the output."
        )


def check_output(path: StrPath, *, force: bool = False, folder: bool | None = None) -> Path:
    """Return `path` as a `Path` after checking that it can be written; call it before long work.

    `force` allows to replace what is there; `folder` says whether it will be one, None for either.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise ArgumentError(
            f"The folder '{target.parent}' of the output '{target}' does not exist; "
            f"create it or choose another place."
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise unwritable(
            target, f"the folder '{target.parent}' is not writable", "choose another place"
        )
    refuse_foreign_folder(target)
    if not target.exists():
        return target
    is_folder = target.is_dir()
    found = "folder" if is_folder else "file" if target.is_file() else "device or a pipe"
    if found.startswith("device") or folder not in (None, is_folder):
        raise OutputExistsError(
            f"The output '{target}' is a {found}, where a {'folder' if folder else 'file'} was "
            f"expected; choose another name."
        )
    if not force:
        raise OutputExistsError(
            f"The output '{target}' exists and is not overwritten; "
            f"choose another name, or ask for it with --force (force=True)."
        )
    return target


def refuse_foreign_files(path: StrPath, what: str, names: Iterable[str], mark: str) -> None:
    """Raise an error where a folder to be replaced holds other files than an earlier output.

    Args:
        path: The folder; there may be none.
        what: What such an output is called.
        names: The names of its files.
        mark: The one of them without which it is no such output.

    Raises:
        OutputExistsError: There are others.
    """
    folder = Path(path)
    found = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    foreign = found - (set(names) if mark in found else set())
    if foreign:
        listed = ", ".join(map(repr, sorted(foreign)[:3]))
        raise OutputExistsError(
            f"The output '{folder}' is a folder that holds something other than {what}, {listed}, "
            f"and is not replaced; move that elsewhere, or choose another name."
        )


def unwritable(path: StrPath, reason: str, remedy: str = REMEDY) -> OutputError:
    """Return the error for an output that cannot be written."""
    return OutputError(
        f"The output '{path}' cannot be written: {reason}; {remedy} (what was there before is "
        f"unchanged)."
    )


@contextlib.contextmanager
def naming_disk_errors(path: StrPath, remedy: str = REMEDY) -> Iterator[None]:
    """Raise the error of `unwritable` in place of any that a full or broken disk causes."""
    try:
        yield
    except Exception as error:
        # Writers in Rust put the system's error number into the message only.
        in_message = re.search(r"\(os error (\d+)\)", str(error))
        number = getattr(error, "errno", None) or (int(in_message[1]) if in_message else 0)
        if number not in DISK_ERRORS:
            raise
        raise unwritable(path, os.strerror(number), remedy) from error


def size_of(path: StrPath) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    path = Path(path)
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def sha256(path: StrPath) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
