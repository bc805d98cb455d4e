"""Sequences on disk, batch by batch: Parquet, JSON lines or npz, by the extension.

Read like one file: a folder of Parquet files, as Spark writes, in the order of their names.

What is read is checked: ids from 0 to 2,147,483,647, a label for each document or for none.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.part_files import holds_only, is_folder, is_part, visible_entries
from textseq.files.paths import StrPath, check_output
from textseq.files.safe_load import wrap_read_errors
from textseq.sequences import jsonlines, npz, parquet
from textseq.sequences.labelled import (
    LabelledBatch,
    Labels,
    WriteBatch,
    check_labels,
    check_read,
    join_batches,
    split_batch,
)
from textseq.sequences.sequences import Sequences

STDIN = "-"
DOCUMENTS_PER_BATCH = 10_000
_PART = ".parquet"  # the extension of the files in a folder


class _Format(Protocol):
    """What the module of a format offers; each documents it."""

    def open_writer(self, path: Path) -> AbstractContextManager[WriteBatch]: ...
    def read_batches(self, path: Path, size: int) -> Iterator[LabelledBatch]: ...
    def holds_ids(self, path: Path) -> bool: ...


_FORMATS: dict[str, _Format] = {".parquet": parquet, ".jsonl": jsonlines, ".npz": npz}


class SequenceWriter:
    """Write batches of sequences to a file, which appears when the last one is written.

    Its extension is the format; `documents` and `tokens` count what is written.
    """

    def __init__(self, path: StrPath, *, force: bool = False) -> None:
        self.path = check_output(path, force=force)
        self.force = force
        self.documents = self.tokens = 0
        self._format = _FORMATS[format_of(path)]
        self._labelled: bool | None = None

    def __enter__(self) -> SequenceWriter:
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_file(self.path, force=self.force))
            self._write = stack.enter_context(self._format.open_writer(temporary))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def write(self, sequences: Sequences, labels: Labels = None) -> None:
        """Write a batch, with a label for each document or without any."""
        if self._labelled not in (None, labels is not None):
            raise ArgumentError("Either all batches have labels, or none has.")
        if sequences.ids.min(initial=0) < 0:
            raise ArgumentError(f"Ids are 0 or more. Received: {sequences.ids.min()}.")
        if labels is not None:
            check_labels(labels, len(sequences))
        self._labelled = labels is not None
        self._write(sequences, labels)
        self.documents += len(sequences)
        self.tokens += len(sequences.ids)


def save_sequences(
    path: StrPath, sequences: Sequences, labels: Labels = None, *, force: bool = False
) -> None:
    """Write sequences, and their labels if given, to a file; see `SequenceWriter`."""
    if labels is not None:
        check_labels(labels, len(sequences))
    with SequenceWriter(path, force=force) as writer:
        if not len(sequences):
            writer.write(sequences, labels)
        for batch in split_batch(sequences, labels, DOCUMENTS_PER_BATCH):
            writer.write(*batch)


def load_sequences(path: StrPath) -> LabelledBatch:
    """Read all sequences of a file or folder, and their labels if it has any.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq import Sequences
        >>> from textseq.sequences.files import load_sequences, save_sequences
        >>> folder = Path(tempfile.mkdtemp())
        >>> save_sequences(folder / "part-00000.parquet", Sequences.from_lists([[7, 8]]), ["x"])
        >>> save_sequences(folder / "part-00001.parquet", Sequences.from_lists([[9]]), ["y"])
        >>> load_sequences(folder)
        (Sequences(2 documents, 3 tokens), ['x', 'y'])
    """
    return join_batches(read_sequence_batches(path))


def read_sequence_batches(path: StrPath) -> Iterator[LabelledBatch]:
    """Yield the sequences of a file or folder, or of JSON lines on stdin (`-`), batch by batch.

    Raises:
        ArgumentError: The extension of a file is unknown.
        ArtifactError: A file is missing, damaged, or holds something else than ids; or a folder has
            other files than Parquet; or one of its files has labels and another has none.
    """
    if str(path) == STDIN:
        yield from jsonlines.read_json_lines(sys.stdin.buffer, "stdin", DOCUMENTS_PER_BATCH)
    elif is_folder(path):
        yield from _read_parts(Path(path))
    else:
        yield from read_id_file(Path(path))


def read_id_file(path: Path, groups: Iterable[int] | None = None) -> Iterator[LabelledBatch]:
    """Yield the sequences of a file, batch by batch; of some row groups, if it is Parquet.

    Raises:
        ArgumentError: The extension is unknown.
        ArtifactError: The file is missing, damaged, or holds something else than ids.
    """
    reader = _FORMATS[format_of(path)]
    with wrap_read_errors(f"The ids '{path}'"):
        if groups is None:
            batches = reader.read_batches(path, DOCUMENTS_PER_BATCH)
        else:
            batches = parquet.read_batches(path, DOCUMENTS_PER_BATCH, groups)
        for sequences, labels in batches:
            check_read(sequences, labels, path)
            yield from split_batch(sequences, labels, DOCUMENTS_PER_BATCH)


def _read_parts(folder: Path) -> Iterator[LabelledBatch]:
    """Yield the sequences of the files in a folder; those without documents are skipped."""
    seen: dict[bool, Path] = {}  # the first part with labels, the first without
    for part in id_parts(folder):
        for sequences, labels in read_id_file(part):
            if not len(sequences):
                continue
            seen.setdefault(labels is not None, part)
            _check_labelled(seen)
            yield sequences, labels


def check_parts(folder: Path) -> None:
    """Raise the error of a folder whose files have labels in part, before they are read."""
    seen: dict[bool, Path] = {}
    for part in id_parts(folder):
        with contextlib.suppress(OSError, ValueError, pa.ArrowException):  # its reader will say it
            footer = pq.read_metadata(part)
            if footer.num_rows:
                seen.setdefault("label" in footer.schema.names, part)
        _check_labelled(seen)


def _check_labelled(seen: dict[bool, Path]) -> None:
    """Raise an error where there are parts with labels and parts without."""
    if len(seen) == 2:
        raise ArtifactError(
            f"The part '{seen[False]}' has no labels, and '{seen[True]}' has; all parts of "
            f"a folder must have them, or none: write it again, or read them apart."
        )


def id_parts(folder: StrPath) -> list[Path]:
    """Return the files of a folder of ids, in order; see `visible_entries`.

    Raises:
        ArtifactError: There are none, or there is something else.
    """
    with wrap_read_errors(f"The folder '{folder}'"):
        entries = visible_entries(folder)
    other = next((path for path in entries if not is_part(path, _PART)), None)
    if entries and other is None:
        return entries
    raise ArtifactError(
        f"The folder '{folder}' cannot be read as ids: it "
        f"{'is empty' if other is None else f'has {other.name!r}'}; expected Parquet files of ids "
        f"and nothing else, such as part-00000.parquet."
    )


def holds_ids(path: StrPath) -> bool:
    """Return whether a file, or a folder of Parquet files, holds ids and not text.

    Its beginning decides, or that of its first part.
    """
    path = Path(path)
    if is_folder(path):
        return holds_only(path, _PART) and parquet.holds_ids(visible_entries(path)[0])
    known = _FORMATS.get(path.suffix)
    return known is not None and path.is_file() and known.holds_ids(path)


def format_of(path: StrPath) -> str:
    """Return the extension of a file of ids, or raise an error where it is unknown."""
    suffix = Path(path).suffix
    if suffix not in _FORMATS:
        raise ArgumentError(
            f"'{path}' has an unknown extension for ids; expected a name that ends in "
            f"{', '.join(_FORMATS)}."
        )
    return suffix
