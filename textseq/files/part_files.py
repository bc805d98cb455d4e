"""A folder of part files, as Spark and other engines write one in place of one large file.

Parts are in the order of their names: `part-00000.parquet`, `part-00001.parquet`. What has a name
that begins with `_` or `.` is no part: `_SUCCESS`, `.part-00000.parquet.crc`.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textseq.files.paths import StrPath


def is_folder(path: StrPath) -> bool:
    """Return whether a path is a folder; False for a name that none can have."""
    with contextlib.suppress(OSError, ValueError):  # it is too long, or has a NUL
        return bool(os.fspath(path)) and Path(path).is_dir()
    return False


def visible_entries(folder: StrPath) -> list[Path]:
    """Return what lies in a folder, in the order of the names.

    Names that begin with `_` or `.` are left out, as Spark and Hadoop do: notes on a job, checksums
    and what is not complete.

    Raises:
        OSError: The folder cannot be read.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.part_files import visible_entries
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("part-00001.csv", "_SUCCESS", "part-00000.csv", ".part-00000.csv.crc"):
        ...     (folder / name).touch()
        >>> [path.name for path in visible_entries(folder)]
        ['part-00000.csv', 'part-00001.csv']
    """
    shown = (path for path in Path(folder).iterdir() if not path.name.startswith(("_", ".")))
    return sorted(shown, key=lambda path: path.name)  # alike on all systems


def is_part(path: Path, extension: str) -> bool:
    """Return whether something in a folder is a file with this extension, such as ".parquet"."""
    return path.suffix == extension and path.is_file()


def holds_only(folder: StrPath, extension: str) -> bool:
    """Return whether a folder has files with this extension, and nothing else that is visible.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.files.part_files import holds_only
        >>> folder = Path(tempfile.mkdtemp())
        >>> holds_only(folder, ".parquet")
        False
        >>> (folder / "part-00000.parquet").touch()
        >>> holds_only(folder, ".parquet")
        True
    """
    with contextlib.suppress(OSError):
        entries = visible_entries(folder)
        return bool(entries) and all(is_part(path, extension) for path in entries)
    return False
