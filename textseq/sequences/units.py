"""Ids in work units: consecutive row groups and files, each unit of which is read by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from textseq.files.paths import StrPath
from textseq.sequences.files import check_parts, format_of, id_parts, read_id_file
from textseq.sequences.labelled import LabelledBatch


@dataclass(frozen=True)
class IdSection:
    """Consecutive row groups of a file of ids.

    Args:
        source: The file, or the folder that it is in, as it was passed.
        path: The file.
        groups: The positions of the row groups; None for the whole file.
    """

    source: str
    path: Path
    groups: range | None = None

    def batches(self) -> Iterator[LabelledBatch]:
        """Yield the checked ids, and labels if there are any, batch by batch."""
        return read_id_file(self.path, self.groups)


@dataclass(frozen=True)
class IdUnit:
    """Consecutive sections of sources of ids."""

    sections: tuple[IdSection, ...]

    def batches(self) -> Iterator[LabelledBatch]:
        """Yield the checked ids, and labels if there are any, batch by batch."""
        for section in self.sections:
            yield from section.batches()


def id_units(sources: Iterable[StrPath], size: int) -> list[IdUnit]:
    """Return files and folders of ids as work units of at most `size` bytes, in order.

    A unit has a row group at least, or a whole file where that is not Parquet.

    Raises:
        ArgumentError: The extension of a file is unknown.
        ArtifactError: A folder has other files than Parquet; or some of its files have labels and
            others have none.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq import Sequences
        >>> from textseq.sequences.files import save_sequences
        >>> from textseq.sequences.units import id_units
        >>> path = Path(tempfile.mkdtemp()) / "ids.parquet"
        >>> save_sequences(path, Sequences.from_lists([[7, 8], [9]]))
        >>> [unit] = id_units([path], size=1_000_000)
        >>> [*unit.batches()]
        [(Sequences(2 documents, 3 tokens), None)]
    """
    units: list[IdUnit] = []
    begun: list[IdSection] = []
    held = 0
    for section, section_size in _smallest(sources):
        if begun and held + section_size > size:
            units.append(IdUnit(tuple(begun)))
            begun, held = [], 0
        begun = _joined(begun, section)
        held += section_size
    return [*units, IdUnit(tuple(begun))] if begun else units


def total_bytes(sources: Iterable[StrPath]) -> int:
    """Return how many bytes the sources have on the disk; 0 for what is missing."""
    return sum(size for _, size in _smallest(sources))


def _smallest(sources: Iterable[StrPath]) -> Iterator[tuple[IdSection, int]]:
    """Yield the smallest sections of sources, in order, and how many bytes each has."""
    for source in sources:
        is_folder = Path(source).is_dir()
        if is_folder:
            check_parts(Path(source))
        for path in id_parts(source) if is_folder else [Path(source)]:
            sizes = _group_sizes(path) if format_of(path) == ".parquet" else []
            if len(sizes) > 1:
                for i, size in enumerate(sizes):
                    yield IdSection(str(source), path, range(i, i + 1)), size
            else:
                yield IdSection(str(source), path), path.stat().st_size if path.is_file() else 0


def _group_sizes(path: Path) -> list[int]:
    """Return the bytes of each row group; none of a damaged file, as its reader will say."""
    with contextlib.suppress(Exception):
        footer = pq.read_metadata(path)
        columns = range(footer.num_columns)
        return [
            sum(footer.row_group(i).column(k).total_compressed_size for k in columns)
            for i in range(footer.num_row_groups)
        ]
    return []


def _joined(begun: list[IdSection], section: IdSection) -> list[IdSection]:
    """Return sections and one more, as part of the last where it goes on from there."""
    last = begun[-1] if begun else None
    if last is None or last.path != section.path or last.groups is None or section.groups is None:
        return [*begun, section]
    joined = range(last.groups.start, section.groups.stop)
    return [*begun[:-1], IdSection(last.source, last.path, joined)]
