"""Sequences on disk, batch by batch: Parquet, JSON lines or npz, by the extension.

What is read is checked: ids from 0 to 2,147,483,647, a label for each document or for none.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from textseq.errors import ArgumentError
from textseq.files.atomic import atomic_file
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
    """Read all sequences of a file, and their labels if it has any."""
    return join_batches(read_sequence_batches(path))


def read_sequence_batches(path: StrPath) -> Iterator[LabelledBatch]:
    """Yield the sequences of a file, or of JSON lines on stdin (`-`), a batch at a time."""
    if str(path) == STDIN:
        yield from jsonlines.read_json_lines(sys.stdin.buffer, "stdin", DOCUMENTS_PER_BATCH)
        return
    read_batches = _FORMATS[format_of(path)].read_batches
    with wrap_read_errors(f"The ids '{path}'"):
        for sequences, labels in read_batches(Path(path), DOCUMENTS_PER_BATCH):
            check_read(sequences, labels, Path(path))
            yield from split_batch(sequences, labels, DOCUMENTS_PER_BATCH)


def holds_ids(path: StrPath) -> bool:
    """Return whether a file holds ids, and not text, by its beginning."""
    path = Path(path)
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
