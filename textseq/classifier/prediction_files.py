"""Predictions on disk, batch by batch: Parquet, JSON lines, CSV or TSV, by the extension.

`predictions.py` has their schema. A line of JSON is what `classify predict --json` prints. A folder
of Parquet files is read like one file. CSV and TSV are written only: any reader of tables reads
them.

Python's `csv` writes them, since Arrow's writer puts quotes around every string, which `cut` and
`awk` do not remove.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from textseq.classifier.predictions import (
    ONE,
    SEVERAL,
    PredictionColumns,
    Predictions,
    csv_header,
)
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.part_files import visible_entries
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors

_LINES = 10_000  # of JSON that are read at a time
_DELIMITERS = {".csv": ",", ".tsv": "\t"}

Write = Callable[[Predictions], None]


@contextlib.contextmanager
def open_predictions(
    path: StrPath,
    columns: PredictionColumns,
    classes: Sequence[str] = (),
    *,
    force: bool = False,
) -> Iterator[Write]:
    r"""Yield a function that writes a batch to a file, which appears when the block ends.

    Args:
        path: A name that ends in .parquet, .jsonl, .csv or .tsv.
        columns: Those of every batch.
        classes: The labels of all classes, of which names of columns in CSV are made.
        force: Whether to replace an existing file.

    Raises:
        ArgumentError: The name ends in something else.
        OutputExistsError: There is such a file, and `force` is false.

    Example:
        >>> import numpy as np
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from textseq.classifier.prediction_files import open_predictions
        >>> from textseq.classifier.predictions import PredictionColumns, Predictions
        >>> path, columns = Path(mkdtemp()) / "predictions.jsonl", PredictionColumns()
        >>> with open_predictions(path, columns) as write:
        ...     write(Predictions(np.eye(2, dtype=np.float32)[:1], ["bad", "good"], columns))
        >>> path.read_text()
        '{"label": "bad", "probability": 1.0}\n'
    """
    suffix = format_of(path)
    header = csv_header(columns, classes) if suffix in _DELIMITERS else []
    with atomic_file(path, force=force) as temporary:
        if suffix in _DELIMITERS:
            opened = _open_delimited(temporary, header, _DELIMITERS[suffix])
        elif suffix == ".parquet":
            opened = open_parquet(temporary, columns.schema)
        else:
            opened = _open_json_lines(temporary)
        with opened as write:
            yield write


def read_predictions(path: StrPath) -> Iterator[pa.RecordBatch]:
    """Yield the columns that predictions have always, of a file or a folder, batch by batch.

    They are `label` and `probability`, or `labels` where a text may have several.

    Raises:
        ArgumentError: The extension of a file is unknown.
        ArtifactError: It cannot be read, or holds something else.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from textseq.classifier.prediction_files import read_predictions
        >>> path = Path(mkdtemp()) / "predictions.jsonl"
        >>> _ = path.write_text('{"label": "bad", "probability": 0.5}')
        >>> [batch.to_pylist() for batch in read_predictions(path)]
        [[{'label': 'bad', 'probability': 0.5}]]
    """
    path = Path(path)
    read = _read_parquet
    if not path.is_dir() and path.suffix != ".parquet":
        if path.suffix != ".jsonl":
            raise _unknown(path, [".parquet", ".jsonl"])
        read = _read_json_lines
    with wrap_read_errors(f"The predictions '{path}'"):
        for part in visible_entries(path) if path.is_dir() else [path]:
            yield from read(part)


def _read_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with (
        path.open("rb"),  # by Python first, whose error says why it cannot be opened
        pa.OSFile(os.fsencode(path)) as raw,
        pq.ParquetFile(raw, page_checksum_verification=True) as file,
    ):
        schema = _schema_of(file.schema_arrow.names)
        for batch in file.iter_batches(columns=schema.names):
            batch.validate(full=True)  # damage that would crash Arrow later
            yield _checked(batch, schema, path)


def _read_json_lines(path: Path) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        while lines := [*itertools.islice(file, _LINES)]:
            rows = [json.loads(line.decode()) for line in lines]
            schema = _schema_of([*rows[0]] if isinstance(rows[0], dict) else [])
            yield _checked(pa.RecordBatch.from_pylist(rows, schema=schema), schema, path)


def _schema_of(names: list[str]) -> pa.Schema:
    """Return the columns that predictions have always, where there are columns of some names."""
    return pa.schema(SEVERAL if "labels" in names else ONE)


def _checked(batch: pa.RecordBatch, schema: pa.Schema, path: Path) -> pa.RecordBatch:
    """Return a batch, whose columns must be of the schema and without nulls."""
    arrays = batch.columns
    if batch.schema.types == schema.types and "labels" in schema.names:
        arrays = [*arrays, *arrays[0].flatten().flatten()]
    if batch.schema.types != schema.types or any(array.null_count for array in arrays):
        raise ArtifactError(
            f"'{path}' does not hold predictions, which have `label: string` and "
            f"`probability: float`, both in every row, or a list of both as `labels`."
        )
    return batch


def format_of(path: StrPath) -> str:
    """Return the extension of a file of predictions, or raise an error where it is unknown."""
    suffix = Path(path).suffix
    known = [".parquet", ".jsonl", *_DELIMITERS]
    if suffix not in known:
        raise _unknown(path, known)
    return suffix


def _unknown(path: StrPath, known: list[str]) -> ArgumentError:
    expected = f"{', '.join(known[:-1])} or {known[-1]}"
    return ArgumentError(
        f"'{path}' has an unknown extension for predictions; expected a name that ends in "
        f"{expected}."
    )


@contextlib.contextmanager
def open_parquet(path: Path, schema: pa.Schema) -> Iterator[Write]:
    """Yield a function that writes a batch of this schema to a new file."""
    with (
        pa.OSFile(os.fsencode(path), "wb") as raw,
        pq.ParquetWriter(raw, schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        yield lambda predictions: writer.write_batch(predictions.to_arrow())


@contextlib.contextmanager
def _open_json_lines(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:

        def write(predictions: Predictions) -> None:
            lines = (json.dumps(one, ensure_ascii=False) for one in predictions.records())
            file.writelines(f"{line}\n" for line in lines)

        yield write


@contextlib.contextmanager
def _open_delimited(path: Path, header: list[str], delimiter: str) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        # With another end of a row, Python 3.11 leaves a lone carriage return without quotes.
        writer = csv.writer(_LineFeeds(file), delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(header)
        yield lambda predictions: writer.writerows(predictions.rows())


class _LineFeeds:
    """A file that rows are written to, whose ends become line feeds."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(f"{row[:-2]}\n")
