"""Sequences as Parquet: a column `ids` of list<int32>, and `label` where there are labels.

A label is a string, or a list of strings where documents may have several.

Each batch is a row group.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from textseq.errors import ArgumentError, ArtifactError
from textseq.sequences.labelled import Labels, WriteBatch, are_lists, as_lists
from textseq.sequences.sequences import Sequences


@contextlib.contextmanager
def open_writer(path: Path, *, several: bool = False) -> Iterator[WriteBatch]:
    """Yield a function that writes a batch to a new file.

    Labels are lists where documents may have `several`. Where that is not known, the first list
    after strings begins the file again, with lists from its first row.
    """
    writer = None
    with contextlib.ExitStack() as stack:

        def write(sequences: Sequences, labels: Labels) -> None:
            nonlocal writer, several
            if labels is not None and not several and are_lists(labels):
                several = True
                if writer is not None:
                    stack.close()
                    writer, early = None, pq.ParquetFile(pa.BufferReader(path.read_bytes()))
                    for group in range(early.num_row_groups):
                        rows = early.read_row_group(group).combine_chunks()
                        ids = Sequences.from_arrow(rows["ids"].chunk(0))
                        write(ids, rows["label"].to_pylist())
            table = _table(sequences, labels, several=several)
            if writer is None:
                writer = pq.ParquetWriter(
                    stack.enter_context(pa.OSFile(os.fsencode(path), "wb")),
                    table.schema,
                    compression="zstd",
                    write_page_checksum=True,
                    # Splitting ids into their bytes halves the time and saves a fifth of the size.
                    use_dictionary=["label.list.element" if several else "label"],
                    column_encoding={"ids.list.element": "BYTE_STREAM_SPLIT"},
                )
                stack.enter_context(writer)
            writer.write_table(table)

        yield write
        if writer is None:  # no documents; the file must have a schema
            write(Sequences([], [0]), None)


def _table(sequences: Sequences, labels: Labels, *, several: bool) -> pa.Table:
    columns = {"ids": sequences.to_arrow()}
    if labels is not None and several:
        columns["label"] = pa.array(as_lists(labels), pa.list_(pa.string()))
    elif labels is not None:
        columns["label"] = pa.array(labels, pa.string())
    return pa.table(columns)


def read_batches(
    path: Path, size: int, groups: Iterable[int] | None = None
) -> Iterator[tuple[Sequences, Any]]:
    """Yield the documents of a file, or of some of its row groups, in batches of at most `size`."""
    # Opened by Python first, whose error says in few words why a file cannot be opened.
    with (
        path.open("rb"),
        pa.OSFile(os.fsencode(path)) as raw,  # as bytes, since a name may not be UTF-8
        pq.ParquetFile(raw, page_checksum_verification=True) as file,
    ):
        names = file.schema_arrow.names
        if "ids" not in names:
            raise ArtifactError(
                f"'{path}' has no column 'ids', as `textseq tokenize` writes; it has "
                f"{', '.join(names) or 'no columns'}."
            )
        wanted = [name for name in ("ids", "label") if name in names]
        for batch in file.iter_batches(size, None if groups is None else [*groups], wanted):
            try:
                batch.validate(full=True)  # damage that would crash Arrow later
                sequences = Sequences.from_arrow(batch.column("ids"))
            except (ArgumentError, pa.ArrowException) as error:
                raise ArtifactError(f"The column 'ids' of '{path}' is damaged: {error}") from error
            yield sequences, batch.column("label").to_pylist() if "label" in names else None


def holds_ids(path: Path) -> bool:
    """Return whether a file has a column `ids` of lists."""
    with contextlib.suppress(OSError, ValueError, pa.ArrowException):
        with pa.OSFile(os.fsencode(path)) as raw:
            schema = pq.read_schema(raw)
        kind = schema.field("ids").type if "ids" in schema.names else pa.null()
        return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
    return False
