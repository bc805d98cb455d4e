"""Folders of part files among the sources of a corpus: each stands for the files in it.

Spark and other engines write a table or a text as a folder, with a file for each part of it. Such
a folder has files of one format and no folders; one with folders is a folder of labels.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.parquet

from textseq.corpus.formats import READERS
from textseq.corpus.source import Source
from textseq.errors import CorpusError
from textseq.files.part_files import is_folder, visible_entries
from textseq.files.safe_load import wrap_read_errors

_log = logging.getLogger(__name__)

_COMPRESSED = (".gz", ".zst")
_LARGEST_EMPTY = 1 << 16  # bytes: more than a file without rows has, of any format


def expand_folders(names: Sequence[str], format: str | None = None) -> list[str]:  # noqa: A002
    """Return the names of sources, with those of its files in place of a folder of part files.

    Files come in the order of their names. Names that begin with `_` or `.` are left out, and so
    are files without rows, which an engine writes for an empty part.

    Args:
        names: Paths, or `-`.
        format: The format of all of them, by which files of any name are parts; or None, where
            they are known by their extensions.

    Raises:
        CorpusError: A folder cannot be read, or has files of several formats.

    Example:
        >>> import os, tempfile
        >>> from pathlib import Path
        >>> from textseq.corpus.part_folders import expand_folders
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("part-00001.txt", "part-00000.txt"):
        ...     _ = (folder / name).write_text("ain't no mountain")
        >>> (folder / "_SUCCESS").touch()
        >>> [os.path.basename(name) for name in expand_folders(["-", str(folder)])]
        ['-', 'part-00000.txt', 'part-00001.txt']
    """
    # What is no reader, as a name of the user's own may be, is an error when it reads.
    if format is not None and getattr(READERS.resolve(format), "reads_folders", False):
        return list(names)
    expanded: list[str] = []
    for name in names:
        expanded += [name] if name == "-" else _parts(name, format) or [name]
    return expanded


def _parts(name: str, format: str | None) -> list[str]:  # noqa: A002
    """Return the files of a folder of part files; none where it is something else."""
    if not is_folder(name):
        return []
    with wrap_read_errors(f"The folder {name!r}", kind=CorpusError):
        entries = visible_entries(name)
    if any(path.is_dir() for path in entries):
        return []
    if format is None and not _have_one_format(name, entries):
        return []
    parts = [str(path) for path in entries if not _is_empty(path)]
    if format is None and parts:
        each = ", a text per line" if _extension(entries[0]) in ("", ".txt") else ""
        _log.info(
            "The folder %r is read as its %s files, one after another%s.",
            name, f"{len(parts):,}", each,
        )  # fmt: skip
    return parts or list(map(str, entries))  # whose reader says that there is no text


def _have_one_format(name: str, entries: Sequence[Path]) -> bool:
    """Return whether files are of a known extension; if only some are, raise an error."""
    readers = (READERS.resolve(each) for each in READERS.names())
    known = {".txt"}.union(*(reader.extensions for reader in readers))
    part = next((path for path in entries if _extension(path) in known or _is_bare(path)), None)
    if part is None:
        return False
    other = next((path for path in entries if _extension(path) != _extension(part)), None)
    if other is not None:
        raise CorpusError(
            f"The folder {name!r} has {part.name!r} and {other.name!r}, where files of one format "
            f"were expected, as the parts of one corpus; give the files themselves."
        )
    return True


def _extension(path: PurePath) -> str:
    """Return the extension of a file in lower case, without that of a compression."""
    lower = PurePath(path.name.lower())
    return PurePath(lower.stem).suffix if lower.suffix in _COMPRESSED else lower.suffix


def _is_bare(path: PurePath) -> bool:
    """Return whether a file has a name such as `part-00000`, as Hadoop gives to text."""
    return path.name.startswith("part-") and not _extension(path)


def _is_empty(path: Path) -> bool:
    """Return whether a file has no rows; False where that is not certain, which its reader sees."""
    with contextlib.suppress(Exception):  # whatever is wrong with it, its reader says so
        size = path.stat().st_size
        if not 0 < size <= _LARGEST_EMPTY:
            return size == 0
        source = Source(str(path), path)
        if source.first_bytes().startswith(b"PAR1"):
            with pa.OSFile(os.fsencode(path)) as file:
                return int(pyarrow.parquet.read_metadata(file).num_rows) == 0
        with source.open() as stream:
            return not stream.read(1)
    return False
