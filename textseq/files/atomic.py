"""Atomic writes: an output is whole or absent, and replaces an older one in a rename.

An output is written in a hidden folder beside its target (see `partial`), flushed to the disk, and
renamed to the target as the last step.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from textseq.files.partial import locked_folder
from textseq.files.paths import NEW, OLD, StrPath, check_output, naming_disk_errors


@contextlib.contextmanager
def atomic_file(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an error.

    A link is followed: the file that it points to is replaced, and the link stays.
    """
    check_output(path, force=force, folder=False)
    with _written(path, force=force) as (folder, _, target):
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
    with _written(path, force=force) as (temporary, hidden, target):
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
        # (`partial`). After the second rename, it removes the old one instead.
        if target.exists():
            (hidden / OLD).mkdir()
            target.replace(hidden / OLD / target.name)
        temporary.replace(target)  # if this fails, the old folder is put back as well
        _flush(target.parent)


@contextlib.contextmanager
def _written(path: StrPath, *, force: bool) -> Iterator[tuple[Path, Path, Path]]:
    """Yield an empty folder to write in, the hidden one around it, and the target behind links."""
    with naming_disk_errors(path), locked_folder(path) as hidden:
        check_output(path, force=force)  # an old folder may just have been put back
        (hidden / NEW).mkdir()
        yield hidden / NEW, hidden, Path(os.path.realpath(path))


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
