"""Sequences on disk, batch by batch.

    .parquet  a column `ids` of list<int32>, and `label` where there is one; a row group per batch
    .jsonl    a line {"ids": [7, 8], "label": "x"} per document
    .npz      the arrays ids and offsets of `Sequences`, and labels

What is read is checked: ids from 0 to 2,147,483,647, a label for each document or for none.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as AbstractSequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath, check_output
from textseq.files.safe_load import safe_load, wrap_read_errors
from textseq.sequences.sequences import Sequences

Labels = AbstractSequence[str] | None
Batch = tuple[Sequences, list[str] | None]
Write = Callable[[Sequences, Labels], None]

STDIN = "-"
DOCUMENTS_PER_BATCH = 10_000
LARGEST_ID = 2**31 - 1


class SequenceWriter:
    """Write batches of sequences to a file, which appears when the last one is written.

    Args:
        path: The file; its extension says the format.
        force: Whether to replace one that exists.

    Attributes:
        documents: How many documents were written.
        tokens: How many tokens.

    Raises:
        ArgumentError: The extension is unknown, some batches have labels and some have none, an
            id is negative, or a label is no string.
        OutputExistsError: The file exists and `force` is false.

    Example:
        >>> import tempfile
        >>> from textseq import Sequences
        >>> from textseq.sequences.files import SequenceWriter, load_sequences
        >>> path = tempfile.mkdtemp() + "/ids.parquet"
        >>> with SequenceWriter(path) as writer:
        ...     writer.write(Sequences.from_lists([[7, 8], [9]]), ["x", "y"])
        >>> load_sequences(path)
        (Sequences(2 documents, 3 tokens), ['x', 'y'])
    """

    def __init__(self, path: StrPath, *, force: bool = False) -> None:
        self.path = check_output(path, force=force)
        self.force = force
        self.documents = self.tokens = 0
        self._format = _WRITERS[format_of(path)]
        self._labelled: bool | None = None

    def __enter__(self) -> SequenceWriter:
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_file(self.path, force=self.force))
            self._write: Write = stack.enter_context(self._format(temporary))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, sequences: Sequences, labels: Labels = None) -> None:
        """Write a batch, with a label for each document or without any."""
        if self._labelled not in (None, labels is not None):
            raise ArgumentError("Either all batches have labels, or none has.")
        if sequences.ids.min(initial=0) < 0:
            raise ArgumentError(f"Ids are 0 or more. Received: {sequences.ids.min()}.")
        if labels is not None:
            _check_labels(labels, len(sequences))
        self._labelled = labels is not None
        self._write(sequences, labels)
        self.documents += len(sequences)
        self.tokens += len(sequences.ids)


@contextlib.contextmanager
def _parquet_writer(path: Path) -> Iterator[Write]:
    with contextlib.ExitStack() as stack:
        writer = None

        def write(sequences: Sequences, labels: Labels) -> None:
            nonlocal writer
            columns = {"ids": sequences.to_arrow()}
            if labels is not None:
                columns["label"] = pa.array(labels, pa.string())
            table = pa.table(columns)
            if writer is None:
                writer = stack.enter_context(
                    pq.ParquetWriter(
                        path,
                        table.schema,
                        compression="zstd",
                        write_page_checksum=True,
                        # Splitting ids into their bytes halves the time and a fifth of the size.
                        use_dictionary=["label"],
                        column_encoding={"ids.list.element": "BYTE_STREAM_SPLIT"},
                    )
                )
            writer.write_table(table)

        yield write
        if writer is None:  # a file of no documents is a file still
            write(Sequences([], [0]), None)


@contextlib.contextmanager
def _json_lines_writer(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:
        yield lambda sequences, labels: write_json_lines(file, sequences, labels)


@contextlib.contextmanager
def _npz_writer(path: Path) -> Iterator[Write]:
    parts: list[Sequences] = []
    names: list[str] | None = None

    def write(sequences: Sequences, labels: Labels) -> None:
        nonlocal names
        parts.append(sequences)
        if labels is not None:
            names = names or []
            names += labels

    yield write
    whole = Sequences.concatenate(parts)
    arrays: dict[str, npt.NDArray[Any]] = {"ids": whole.ids, "offsets": whole.offsets}
    if names is not None:
        arrays["labels"] = np.array(names, dtype=np.str_)
        if arrays["labels"].tolist() != names:
            raise ArgumentError("A label that ends in NUL cannot be kept in .npz; use .parquet.")
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


_WRITERS = {".parquet": _parquet_writer, ".jsonl": _json_lines_writer, ".npz": _npz_writer}


def save_sequences(
    path: StrPath, sequences: Sequences, labels: Labels = None, *, force: bool = False
) -> None:
    """Write sequences to a file in one go; see `SequenceWriter`."""
    if labels is not None:
        _check_labels(labels, len(sequences))
    with SequenceWriter(path, force=force) as writer:
        for part in _slices(max(1, len(sequences))):
            writer.write(sequences[part], None if labels is None else labels[part])


def load_sequences(path: StrPath) -> Batch:
    """Read all sequences of a file, and their labels if it has any.

    Raises:
        ArgumentError: The extension is unknown.
        ArtifactError: The file is missing or is not what it should be; the message says where.

    Example:
        >>> from textseq.sequences.files import load_sequences
        >>> load_sequences("none.parquet")
        Traceback (most recent call last):
        textseq.errors.ArtifactError: The ids 'none.parquet' cannot be read: ...
    """
    parts: list[Sequences] = []
    labels: list[str] | None = None
    for sequences, names in read_sequence_batches(path):
        parts.append(sequences)
        if names is not None:
            labels = labels or []
            labels += names
    return Sequences.concatenate(parts), labels


def read_sequence_batches(path: StrPath) -> Iterator[Batch]:
    """Yield the sequences of a file, or of JSON lines on stdin (`-`), a batch at a time.

    Raises:
        ArgumentError: As for `load_sequences`.
        ArtifactError: As for `load_sequences`.
    """
    if str(path) == STDIN:
        yield from _read_json_lines(sys.stdin.buffer, "stdin")
        return
    read = _READERS[format_of(path)]
    with wrap_read_errors(f"The ids '{path}'"):
        yield from read(Path(path))


def write_json_lines(file: IO[str], sequences: Sequences, labels: Labels = None) -> None:
    """Write a line of JSON for each document.

    Example:
        >>> import sys
        >>> from textseq import Sequences
        >>> from textseq.sequences.files import write_json_lines
        >>> write_json_lines(sys.stdout, Sequences.from_lists([[7, 8]]), ["x"])
        {"ids": [7, 8], "label": "x"}
    """
    for i, ids in enumerate(sequences.to_lists()):
        line: dict[str, Any] = {"ids": ids}
        if labels is not None:
            line["label"] = labels[i]
        file.write(json.dumps(line) + "\n")


def _read_parquet(path: Path) -> Iterator[Batch]:
    # Opened once by Python, whose error says in few words why a file cannot be.
    with path.open("rb"), pq.ParquetFile(path, page_checksum_verification=True) as file:
        names = file.schema_arrow.names
        if "ids" not in names:
            raise ArtifactError(
                f"'{path}' has no column 'ids', as `textseq tokenize` writes; it has "
                f"{', '.join(names) or 'no columns'}."
            )
        wanted = [name for name in ("ids", "label") if name in names]
        for batch in file.iter_batches(columns=wanted, batch_size=DOCUMENTS_PER_BATCH):
            try:
                batch.validate(full=True)  # damage that Arrow would else walk into
                sequences = Sequences.from_arrow(batch.column("ids"))
            except (ArgumentError, pa.ArrowException) as error:
                raise ArtifactError(f"The column 'ids' of '{path}' is unsound: {error}") from error
            labels = None
            if "label" in names:
                labels = _strings(batch.column("label").to_pylist(), path)
            yield _sound(sequences, path), labels


def _read_npz(path: Path) -> Iterator[Batch]:
    arrays = safe_load(path)
    if not {"ids", "offsets"} <= arrays.keys():
        raise ArtifactError(
            f"'{path}' does not hold the arrays ids and offsets of sequences; it has "
            f"{', '.join(arrays) or 'none'}."
        )
    try:
        sequences = _sound(Sequences(arrays["ids"], arrays["offsets"]), path)
    except ArgumentError as error:
        raise ArtifactError(f"'{path}' is unsound: {error}") from error
    labels = _strings(arrays["labels"].tolist(), path) if "labels" in arrays else None
    if labels is not None and len(labels) != len(sequences):
        raise ArtifactError(f"'{path}' holds {len(labels)} labels for {len(sequences)} documents.")
    for part in _slices(len(sequences)):
        yield sequences[part], None if labels is None else labels[part]


def _read_json_file(path: Path) -> Iterator[Batch]:
    with path.open("rb") as file:
        yield from _read_json_lines(file, f"'{path}'")


def _read_json_lines(lines: Iterable[bytes], name: str) -> Iterator[Batch]:
    """Gather lines to batches; the first line tells whether there are labels."""
    rows: list[list[int]] = []
    labels: list[str] = []
    labelled: bool | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        ids, label = _parsed(line, f"Line {number:,} of {name}")
        if labelled not in (None, label is not None):
            raise ArtifactError(
                f"Line {number:,} of {name} has {'no' if labelled else 'a'} label, where the "
                f"lines before it have {'one' if labelled else 'none'}."
            )
        labelled = label is not None
        rows.append(ids)
        if label is not None:
            labels.append(label)
        if len(rows) == DOCUMENTS_PER_BATCH:
            yield Sequences.from_lists(rows), labels if labelled else None
            rows, labels = [], []
    if rows:
        yield Sequences.from_lists(rows), labels if labelled else None


def _parsed(line: bytes, place: str) -> tuple[list[int], str | None]:
    """Return the ids of a line, and its label if it has one."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise ArtifactError(
            f'{place} is not JSON; expected {{"ids": [7, 8]}}. Received: {_shown(line)}.'
        ) from error
    row = value if isinstance(value, dict) else {"ids": value}
    ids, label = row.get("ids"), row.get("label")
    if not isinstance(ids, list) or not all(type(i) is int and 0 <= i <= LARGEST_ID for i in ids):
        raise ArtifactError(
            f'{place} must hold {{"ids": [7, 8]}}, numbers from 0 to {LARGEST_ID:,}. '
            f"Received: {_shown(line)}."
        )
    if not (label is None or _is_text(label)):
        raise ArtifactError(f"{place} must have a string as its label. Received: {label!r}.")
    return ids, label


def _shown(line: bytes) -> str:
    return repr(line.decode("utf-8", "replace").strip()[:60])


_READERS = {".parquet": _read_parquet, ".jsonl": _read_json_file, ".npz": _read_npz}


def _sound(sequences: Sequences, path: Path) -> Sequences:
    if sequences.ids.min(initial=0) < 0:
        raise ArtifactError(f"'{path}' holds the id {sequences.ids.min()}; ids are 0 or more.")
    return sequences


def _strings(labels: Any, path: Path) -> list[str]:
    if not isinstance(labels, list) or not all(map(_is_text, labels)):
        raise ArtifactError(f"The labels of '{path}' must be strings, one for each document.")
    return labels


def _check_labels(labels: AbstractSequence[str], documents: int) -> None:
    if len(labels) != documents:
        raise ArgumentError(
            f"Expected a label for each document. Received {documents} documents and "
            f"{len(labels)} labels."
        )
    for label in labels:
        if not _is_text(label):
            raise ArgumentError(f"A label must be a string. Received: {label!r}.")


def _is_text(label: object) -> bool:
    """Return whether a label is a string that can be written as UTF-8: no half of a surrogate."""
    return isinstance(label, str) and not any(
        "\ud800" <= character <= "\udfff" for character in label
    )


def _slices(documents: int) -> Iterator[slice]:
    for start in range(0, documents, DOCUMENTS_PER_BATCH):
        yield slice(start, start + DOCUMENTS_PER_BATCH)


def holds_ids(path: StrPath) -> bool:
    """Return whether a file holds ids as they are written here, told by its beginning.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.sequences.files import holds_ids
        >>> file = Path(tempfile.mkdtemp()) / "a.jsonl"
        >>> _ = file.write_text('{"ids": [7, 8], "label": "x"}')
        >>> holds_ids(file)
        True
        >>> _ = file.write_text('{"text": "high enough", "label": "x"}')
        >>> holds_ids(file)
        False
    """
    path = Path(path)
    if not path.is_file():
        return False
    if path.suffix == ".parquet":
        with contextlib.suppress(OSError, ValueError, pa.ArrowException):
            schema = pq.read_schema(path)
            return "ids" in schema.names and pa.types.is_list(schema.field("ids").type)
    if path.suffix == ".jsonl":
        with path.open("rb") as file, contextlib.suppress(ValueError, RecursionError):
            first = json.loads(next((line for line in file if line.strip()), b""))
            ids = first.get("ids") if isinstance(first, dict) else first
            return isinstance(ids, list)
    return path.suffix == ".npz"


def format_of(path: StrPath) -> str:
    """Return the extension that says which format ids are in; call it before long work.

    Raises:
        ArgumentError: It is none of those known.

    Example:
        >>> from textseq.sequences.files import format_of
        >>> format_of("ids.parquet")
        '.parquet'
    """
    suffix = Path(path).suffix
    if suffix not in _WRITERS:
        raise ArgumentError(
            f"'{path}' does not say which format ids are in; expected a name that ends in "
            f"{', '.join(_WRITERS)}."
        )
    return suffix
