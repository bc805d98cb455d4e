"""Writing files so that nothing is half-written and nothing is lost.

An output is made under a temporary name beside its target, flushed to the disk, and renamed over
the target as the last step. Whatever interrupts the work, the target is the old file or the new
one, whole. A target that exists is only replaced when the caller says `force`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from textseq.errors import ArgumentError, OutputExistsError

StrPath = str | os.PathLike[str]


def check_output(path: StrPath, *, force: bool = False) -> Path:
    """Return `path` as a `Path` after making sure that it can be written.

    Call it before long work, so that a refusal comes first and not after an hour.

    Raises:
        OutputExistsError: It exists and `force` is false.
        ArgumentError: Its folder does not exist.

    Example:
        >>> from textseq.files import check_output
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
    if target.exists() and not force:
        raise OutputExistsError(
            f"The output '{target}' exists and is not overwritten; "
            f"choose another name, or ask for it with --force (force=True)."
        )
    return target


@contextlib.contextmanager
def atomic_file(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an error.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files import atomic_file
        >>> target = Path(tempfile.mkdtemp()) / "ids.txt"
        >>> with atomic_file(target) as temporary:
        ...     _ = temporary.write_text("7 8 9 10 11")
        >>> target.read_text()
        '7 8 9 10 11'
    """
    target = check_output(path, force=force)
    if target.is_dir():
        raise OutputExistsError(f"The output '{target}' is a folder, where a file was expected.")
    # A folder of its own lets the temporary file keep the target's name, and so its extensions.
    workshop = Path(
        tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    )
    try:
        temporary = workshop / target.name
        yield temporary
        _flush(temporary)
        check_output(target, force=force)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
        _flush(target.parent)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


@contextlib.contextmanager
def atomic_folder(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` when the block ends without an error.

    With `force`, an older folder is moved aside first and removed last, so that it survives a
    failure. The folders themselves are renamed, which is atomic only one at a time: between the
    two renames the target is absent, and the old one stands beside it.
    """
    target = check_output(path, force=force)
    if target.exists() and not target.is_dir():
        raise OutputExistsError(f"The output '{target}' is a file, where a folder was expected.")
    workshop = Path(
        tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    )
    try:
        temporary = workshop / "new"
        temporary.mkdir()
        yield temporary
        for file in temporary.rglob("*"):
            # Some writers make files that only their owner may read.
            file.chmod((0o777 if file.is_dir() else 0o666) & ~_umask())
            _flush(file)
        check_output(target, force=force)
        _swap(temporary, target, workshop / "old")
        _flush(target.parent)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def sha256(path: StrPath) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _swap(new: Path, target: Path, aside: Path) -> None:
    """Move `new` to `target`, and what stood there to `aside`; put it back if that fails."""
    if not target.exists():
        new.replace(target)
        return
    target.replace(aside)
    try:
        new.replace(target)
    except OSError:
        aside.replace(target)
        raise


def _flush(path: Path) -> None:
    """Make the system write `path` (a file or a folder) to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """Return the process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
