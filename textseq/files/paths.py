"""Paths of outputs: whether they can be written, and the size and SHA-256 of what is there."""

import errno
import hashlib
import os
from pathlib import Path

from textseq.errors import ArgumentError, OutputError, OutputExistsError

StrPath = str | os.PathLike[str]

# Error numbers of a disk that is full, over quota, broken or read-only.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
REMEDY = "make room or choose another place"


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


def unwritable(path: StrPath, reason: str, remedy: str = REMEDY) -> OutputError:
    """Return the error for an output that cannot be written."""
    return OutputError(
        f"The output '{path}' cannot be written: {reason}; {remedy} (what was there before is "
        f"unchanged)."
    )


def size_of(path: StrPath) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    path = Path(path)
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def sha256(path: StrPath) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
