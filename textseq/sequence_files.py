"""Sequences and one-hot rows on disk, batch by batch.

    .parquet  a column `ids` of list<int32>, and `label` where there is one; a row group per batch
    .jsonl    a line {"ids": [7, 8], "label": "x"} per document
    .npz      the arrays ids and offsets of `Sequences`, and labels

One-hot rows are SciPy's CSR in .npz, a row per token, which `scipy.sparse.load_npz` reads, with
the documents' `offsets` beside it; or a dense array in .npy.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as AbstractSequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from textseq.errors import ArgumentError, ArtifactError
from textseq.files import StrPath, atomic_file
from textseq.onehot import DENSE_LIMIT, one_hot
from textseq.sequences import Sequences

Labels = AbstractSequence[str] | None
Batch = tuple[Sequences, list[str] | None]

SUFFIXES = (".parquet", ".jsonl", ".npz")
STDIN = "-"
LINES_PER_BATCH = 10_000


class SequenceWriter:
    """Write batches of sequences to a file, which appears when the last one is written.

    Args:
        path: The file; its extension says the format.
        force: Whether to replace one that exists.

    Attributes:
        documents: How many documents were written.
        tokens: How many tokens.

    Example:
        >>> import tempfile
        >>> from textseq import Sequences
        >>> from textseq.sequence_files import SequenceWriter, load_sequences
        >>> path = tempfile.mkdtemp() + "/ids.parquet"
        >>> with SequenceWriter(path) as writer:
        ...     writer.write(Sequences.from_lists([[7, 8], [9]]), ["x", "y"])
        >>> load_sequences(path)
        (Sequences(2 documents, 3 tokens), ['x', 'y'])
    """

    def __init__(self, path: StrPath, *, force: bool = False) -> None:
        self.path = Path(path)
        self.force = force
        self.documents = self.tokens = 0
        self._write = _WRITERS[_suffix(path)]
        self._labelled: bool | None = None

    def __enter__(self) -> SequenceWriter:
        self._stack = ExitStack()
        temporary = self._stack.enter_context(atomic_file(self.path, force=self.force))
        self._sink = self._stack.enter_context(self._write(temporary))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._labelled is None:
            self.write(Sequences.from_lists([]))  # a file of no documents is a file still
        self._stack.__exit__(kind, error, trace)

    def write(self, sequences: Sequences, labels: Labels = None) -> None:
        """Write a batch, with a label for each document or without any."""
        labelled = labels is not None
        if self._labelled is None:
            self._labelled = labelled
        if labelled != self._labelled:
            raise ArgumentError("Either all batches have labels, or none has.")
        if labels is not None and len(labels) != len(sequences):
            raise ArgumentError(
                f"Expected a label for each document. Received {len(sequences)} documents and "
                f"{len(labels)} labels."
            )
        self._sink.write(sequences, labels)
        self.documents += len(sequences)
        self.tokens += len(sequences.ids)


class _ParquetSink:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _ParquetSink:
        return self

    def __exit__(self, *_: object) -> None:
        if self.writer is not None:
            self.writer.close()

    def write(self, sequences: Sequences, labels: Labels) -> None:
        columns = {"ids": sequences.to_arrow()}
        if labels is not None:
            columns["label"] = pa.array(labels, pa.string())
        table = pa.table(columns)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self.writer.write_table(table)


class _JsonLinesSink:
    def __init__(self, path: Path) -> None:
        self.file = path.open("w", encoding="utf-8")

    def __enter__(self) -> _JsonLinesSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, sequences: Sequences, labels: Labels) -> None:
        write_json_lines(self.file, sequences, labels)


class _NpzSink:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: list[Sequences] = []
        self.labels: list[str] | None = None

    def __enter__(self) -> _NpzSink:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            return
        whole = Sequences.concatenate(self.parts)
        arrays: dict[str, Any] = {"ids": whole.ids, "offsets": whole.offsets}
        if self.labels is not None:
            arrays["labels"] = np.array(self.labels, dtype=np.str_)
        np.savez_compressed(self.path, **arrays)

    def write(self, sequences: Sequences, labels: Labels) -> None:
        self.parts.append(sequences)
        if labels is not None:
            self.labels = [*(self.labels or ()), *labels]


_WRITERS: dict[str, Any] = {".parquet": _ParquetSink, ".jsonl": _JsonLinesSink, ".npz": _NpzSink}


def save_sequences(
    path: StrPath, sequences: Sequences, labels: Labels = None, *, force: bool = False
) -> None:
    """Write sequences to a file in one go; see `SequenceWriter`."""
    with SequenceWriter(path, force=force) as writer:
        writer.write(sequences, labels)


def load_sequences(path: StrPath) -> Batch:
    """Read all sequences of a file, and their labels if it has any.

    Raises:
        ArtifactError: The file is missing or is not what it should be; the message says where.

    Example:
        >>> from textseq.sequence_files import load_sequences
        >>> load_sequences("none.parquet")
        Traceback (most recent call last):
        textseq.errors.ArtifactError: The ids 'none.parquet' cannot be read: ...
    """
    parts, labels = [], []
    labelled = None
    for sequences, names in read_sequence_batches(path):
        parts.append(sequences)
        labels += names or []
        labelled = names is not None if labelled is None else labelled and names is not None
    return Sequences.concatenate(parts), labels if labelled else None


def read_sequence_batches(path: StrPath) -> Iterator[Batch]:
    """Yield the sequences of a file, or of JSON lines on stdin (`-`), a batch at a time.

    Raises:
        ArtifactError: As for `load_sequences`.
    """
    try:
        if str(path) == STDIN:
            yield from _read_json_lines(sys.stdin, "stdin")
        else:
            yield from _READERS[_suffix(path)](Path(path))
    except (OSError, EOFError, pa.ArrowException, zipfile.BadZipFile, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ArtifactError(f"The ids '{path}' cannot be read: {reason}.") from error


def write_json_lines(file: IO[str], sequences: Sequences, labels: Labels = None) -> None:
    """Write a line of JSON for each document.

    Example:
        >>> import sys
        >>> from textseq import Sequences
        >>> from textseq.sequence_files import write_json_lines
        >>> write_json_lines(sys.stdout, Sequences.from_lists([[7, 8]]), ["x"])
        {"ids": [7, 8], "label": "x"}
    """
    for i, ids in enumerate(sequences.to_lists()):
        line: dict[str, Any] = {"ids": ids}
        if labels is not None:
            line["label"] = labels[i]
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _read_parquet(path: Path) -> Iterator[Batch]:
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if "ids" not in names:
            raise ArtifactError(
                f"'{path}' has no column 'ids', as `textseq tokenize` writes; it has "
                f"{', '.join(names)}."
            )
        wanted = [name for name in ("ids", "label") if name in names]
        for batch in file.iter_batches(columns=wanted):
            try:
                sequences = Sequences.from_arrow(batch.column("ids"))
            except ArgumentError as error:
                raise ArtifactError(f"The column 'ids' of '{path}' is unsound: {error}") from error
            labels = batch.column("label").to_pylist() if "label" in names else None
            yield _checked(sequences, path), labels


def _read_npz(path: Path) -> Iterator[Batch]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            ids, offsets = _integers(arrays["ids"]), _integers(arrays["offsets"])
            labels = arrays["labels"].tolist() if "labels" in arrays else None
        sequences = Sequences(ids, offsets)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"'{path}' does not hold the arrays ids and offsets of sequences: {error}."
        ) from error
    if labels is not None and len(labels) != len(sequences):
        raise ArtifactError(f"'{path}' holds {len(labels)} labels for {len(sequences)} documents.")
    yield _checked(sequences, path), labels


def _integers(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind not in "iu":
        raise ValueError(f"an array of integers was expected, and {array.dtype} found")
    return array


def _read_json_lines(lines: Iterable[str], name: str) -> Iterator[Batch]:
    rows: list[list[int]] = []
    labels: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        ids, label = _parsed(line, number, name)
        rows.append(ids)
        if label is not None:
            labels.append(label)
        if len(rows) == LINES_PER_BATCH:
            yield _json_batch(rows, labels, name)
            rows, labels = [], []
    if rows:
        yield _json_batch(rows, labels, name)


def _parsed(line: str, number: int, name: str) -> tuple[list[int], str | None]:
    """Return the ids of a line, and its label if it has one."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"Line {number:,} of {name} is not JSON: {line[:60]!r}.") from error
    ids = value.get("ids") if isinstance(value, dict) else value
    if not isinstance(ids, list) or not all(type(i) is int and 0 <= i < 2**31 for i in ids):
        raise ArtifactError(
            f'Line {number:,} of {name} must hold {{"ids": [numbers]}}, each from 0 to '
            f"2,147,483,647. Received: {line[:60].strip()!r}."
        )
    label = value.get("label") if isinstance(value, dict) else None
    return ids, None if label is None else str(label)


def _json_batch(rows: list[list[int]], labels: list[str], name: str) -> Batch:
    if labels and len(labels) != len(rows):
        raise ArtifactError(f"Some lines of {name} have a label and some have none.")
    return Sequences.from_lists(rows), labels or None


def _read_json_file(path: Path) -> Iterator[Batch]:
    with path.open(encoding="utf-8") as file:
        yield from _read_json_lines(file, f"'{path}'")


_READERS: dict[str, Any] = {
    ".parquet": _read_parquet,
    ".jsonl": _read_json_file,
    ".npz": _read_npz,
}


def _checked(sequences: Sequences, path: Path) -> Sequences:
    if len(sequences.ids) and sequences.ids.min() < 0:
        raise ArtifactError(f"'{path}' holds the id {sequences.ids.min()}; ids are 0 or more.")
    return sequences


def save_one_hot(
    path: StrPath,
    sequences: Sequences,
    width: int,
    *,
    limit: int = DENSE_LIMIT,
    force: bool = False,
) -> None:
    """Write one-hot rows: CSR to `.npz`, dense to `.npy`.

    Raises:
        ArgumentError: An id is beyond `width`, a dense result would pass `limit` bytes, or the
            extension is neither.
    """
    suffix = Path(path).suffix
    if suffix == ".npy":
        rows = one_hot(sequences, width, limit=limit)
        with atomic_file(path, force=force) as temporary:
            np.save(temporary, rows)
        return
    if suffix != ".npz":
        raise ArgumentError(f"'{path}' must end in .npz (sparse rows) or .npy (a dense array).")
    matrix = one_hot(sequences, width, sparse=True)
    with atomic_file(path, force=force) as temporary:
        # The keys of scipy.sparse.save_npz, which takes no further arrays.
        np.savez_compressed(
            temporary,
            indices=matrix.indices,
            indptr=matrix.indptr,
            format=np.array(b"csr"),
            shape=np.array(matrix.shape),
            data=matrix.data,
            _is_array=np.array(True),
            offsets=sequences.offsets,
        )


def _suffix(path: StrPath) -> str:
    suffix = Path(path).suffix
    if suffix not in SUFFIXES:
        raise ArgumentError(
            f"'{path}' does not say which format ids are in; expected a name that ends in "
            f"{', '.join(SUFFIXES)}."
        )
    return suffix
