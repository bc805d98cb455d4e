"""One-hot rows as Parquet: a row per document, with what `textseq onehot --sparse` prints.

columns: list<int32>    the column of the one in each row of the document
width: int32            the width of the rows, the same in every document
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.part_files import visible_entries
from textseq.sequences.onehot import check_range
from textseq.sequences.sequences import Sequences

SCHEMA = pa.schema([("columns", pa.list_(pa.int32())), ("width", pa.int32())])

LARGEST_WIDTH = 2**31 - 1


def to_columns(sequences: Sequences, width: int, *, first: int = 0) -> pa.RecordBatch:
    """Return ids as rows of `SCHEMA`.

    Args:
        sequences: The ids.
        width: The width of the rows.
        first: The number of tokens before these, which a message counts too.

    Raises:
        ArgumentError: An id is outside 0 to `width` - 1, or `width` has more than 31 bits.

    Example:
        >>> from textseq import Sequences
        >>> from textseq.sequences.onehot_parquet import to_columns
        >>> to_columns(Sequences.from_lists([[7, 8], []]), width=12).to_pylist()
        [{'columns': [7, 8], 'width': 12}, {'columns': [], 'width': 12}]
    """
    if width > LARGEST_WIDTH:
        raise ArgumentError(
            f"The rows of a .parquet file are at most {LARGEST_WIDTH:,} wide. Received: {width:,}."
        )
    check_range(sequences.ids, width, "width", first=first)
    widths = pa.array(np.full(len(sequences), width, np.int32))
    return pa.RecordBatch.from_arrays([sequences.to_arrow(), widths], schema=SCHEMA)


def write_columns(path: Path, parts: Iterable[Sequences], width: int) -> int:
    """Write one-hot rows, a row group for each batch of ids, and return their number."""
    rows = 0
    with pa.OSFile(os.fsencode(path), "wb") as raw, _open_writer(raw) as writer:
        for part in parts:
            writer.write_batch(to_columns(part, width, first=rows))
            rows += len(part.ids)
    return rows


def _open_writer(file: pa.NativeFile) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        file,
        SCHEMA,
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=["width"],
        column_encoding={"columns.list.element": "BYTE_STREAM_SPLIT"},  # as for ids; see `parquet`
    )


def read_columns(path: Path) -> tuple[Sequences, int]:
    """Return the ids and the width of the rows of a file, or of a folder of files, whole.

    Raises:
        ArtifactError: It is not such a file, or it is damaged.
    """
    parts = visible_entries(path) if path.is_dir() else [path]
    table = pa.concat_tables([_read_table(part) for part in parts])
    try:
        sequences = Sequences.from_arrow(table["columns"])
        width = _one_width(table["width"])
        check_range(sequences.ids, width, "width")
    except ArgumentError as error:
        raise ArtifactError(f"'{path}' is damaged: {error}") from error
    return sequences, width


def _read_table(path: Path) -> pa.Table:
    with (
        path.open("rb"),  # by Python first, whose error says why it cannot be opened
        pa.OSFile(os.fsencode(path)) as raw,
        pq.ParquetFile(raw, page_checksum_verification=True) as file,
    ):
        if not file.schema_arrow.equals(SCHEMA):
            raise ArtifactError(
                f"'{path}' does not hold one-hot rows, which have {_describe(SCHEMA)}; it has "
                f"{_describe(file.schema_arrow)}."
            )
        table = file.read()
    table.validate(full=True)  # damage that would crash Arrow later
    return table


def _one_width(widths: pa.ChunkedArray) -> int:
    """Return the width that all documents have; 1 where there are none."""
    distinct = pc.unique(widths).to_pylist() or [1]
    if len(distinct) > 1 or distinct[0] is None or distinct[0] < 1:
        shown = ", ".join(map(str, distinct[:5]))
        raise ArgumentError(f"Its width must be one number, 1 or more. Received: {shown}.")
    return int(distinct[0])


def _describe(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}: {field.type}`" for field in schema) or "no columns"
