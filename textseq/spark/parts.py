"""A folder of Parquet parts, a part for each unit, named in the order of the corpus.

The parts are written by the workers, into a hidden folder that becomes the output when all are
there. So the folder is whole or absent, and every worker must see its place under the same path. A
task may run twice, if a worker ends or is slow: each writes its part under another name, and the
one that is renamed last replaces an equal one.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from textseq.files.atomic import atomic_folder
from textseq.files.paths import StrPath, naming_disk_errors


@contextlib.contextmanager
def parts_folder(path: StrPath, *, force: bool = False) -> Iterator[Path]:
    """Yield a folder for `part_file` that becomes `path` when the block ends without an error."""
    with atomic_folder(path, force=force) as folder:
        yield folder.absolute()  # workers are in other folders
        for leftover in folder.glob(".*"):  # of tasks that did not end
            leftover.unlink()


@contextlib.contextmanager
def part_file(folder: Path, number: int) -> Iterator[Path]:
    """Yield a temporary path that becomes the part of a unit when the block ends well."""
    part = folder / f"part-{number:06}.parquet"
    temporary = part.with_name(f".{uuid.uuid4().hex}.parquet")
    with naming_disk_errors(part):
        try:
            yield temporary
            os.replace(temporary, part)  # noqa: PTH105
        finally:
            temporary.unlink(missing_ok=True)
