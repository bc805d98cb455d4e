"""Parquet files."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet

from textseq.corpus.columns import checked_batch
from textseq.corpus.kept import KeptColumn
from textseq.corpus.label_lists import holds_lists
from textseq.corpus.readers.reader import Options, Reader
from textseq.corpus.source import Source
from textseq.corpus.stream import LONGEST_TEXT, no_text, refuse_pointer, too_long
from textseq.errors import ArgumentError, CorpusError
from textseq.files.safe_load import wrap_read_errors

# A file of at most this many bytes is read a column at a time; larger ones through a buffer, which
# Arrow makes as large as a page claims to be: up to 2 GB if the file is damaged.
_WHOLE = 32 << 20
_ROW_BYTES = 256  # an estimate of the size of a row
_STEP = 512  # rows to read at a time, at most: a dictionary does not say how long they are


_TEXT_TYPES = (  # bytes are text too, in files of Spark and of TensorFlow
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
    pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
)  # fmt: skip


class ParquetReader(Reader):
    """A Parquet file; the text is a column of strings, the label one of strings, numbers, lists."""

    extensions = (".parquet",)
    magic = b"PAR1"

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        if not source.again:
            raise ArgumentError(
                f"{source.name!r} cannot be read as parquet while it streams, since Parquet ends "
                f"with its table of contents; let it spool (spool=True), or give a file."
            )
        if not source.path.stat().st_size:
            raise no_text(source.name)
        refuse_pointer(source.name, source.first_bytes())
        with self._opened() as file:
            schema, row_count = file.schema_arrow, file.metadata.num_rows
        if not (row_count or options.allow_empty):
            raise no_text(source.name)
        self._schema = schema
        self._choose(schema.names, options)
        _check_strings(source.name, schema.field(self._chosen.text))
        label = self._chosen.label
        if label is not None and holds_lists(schema.field(label).type):
            self.multilabel = True

    def _typed(self, column: KeptColumn) -> KeptColumn:
        if column.at is None:
            return column
        kind = self._schema.field(column.at).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        return replace(column, type=pa.string() if is_text else kind)

    def part_sizes(self) -> list[int]:
        """Return the bytes of each row group."""
        with self._opened() as file:
            about = file.metadata
            return [about.row_group(i).total_byte_size for i in range(file.num_row_groups)]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of checked rows."""
        return self.batches_of(None)

    def batches_of(self, parts: range | None) -> Iterator[pa.RecordBatch]:
        """Yield the checked rows of some row groups; of all of them if None."""
        with self._opened() as file, self._wrap_errors("is damaged"):
            groups = range(file.num_row_groups) if parts is None else parts
            before = range(groups.start)
            row = 1 + sum(file.metadata.row_group(group).num_rows for group in before)
            for raw in self._pieces(file, groups):
                rows = range(row, row + len(raw))
                arrays = {at: raw.column(self.columns[at]) for at in self._chosen.places}
                text = arrays[self._chosen.text]
                if len(raw) == 1 and text.nbytes > LONGEST_TEXT:
                    raise too_long(self._place(row))
                yield checked_batch(self._chosen, arrays, rows, self._place)
                row += len(raw)

    def _pieces(self, file: pyarrow.parquet.ParquetFile, groups: range) -> Iterator[pa.RecordBatch]:
        """Yield the chosen columns of row groups in batches of about `block_size` bytes.

        They are joined of shorter ones, and cut into rows where 32-bit offsets may be too few.
        """
        held: list[pa.RecordBatch] = []
        for raw in self._short_batches(file, groups):
            if raw.nbytes > LONGEST_TEXT:
                yield from held
                yield from (raw.slice(i, 1) for i in range(len(raw)))
                held = []
                continue
            held.append(raw)
            size, rows = sum(batch.nbytes for batch in held), sum(map(len, held))
            if size >= self._block_size or rows * _ROW_BYTES >= self._block_size:
                yield from _joined(held)
                held = []
        yield from _joined(held)

    def _short_batches(
        self, file: pyarrow.parquet.ParquetFile, groups: range
    ) -> Iterator[pa.RecordBatch]:
        """Yield the chosen columns in batches of few rows, since texts may be long."""
        names = [self.columns[at] for at in self._chosen.places]
        for group in groups:
            about = file.metadata.row_group(group)
            # Of all columns: to ask for one ends the process if its statistics are damaged.
            rows = self._block_size * about.num_rows // max(1, about.total_byte_size)
            for raw in file.iter_batches(
                batch_size=max(1, min(rows, _STEP)), row_groups=[group], columns=names
            ):
                batch = pa.record_batch(list(map(_plain, raw.columns)), raw.schema.names)
                step = max(1, self._block_size * len(batch) // max(1, batch.nbytes))
                yield from (batch.slice(start, step) for start in range(0, len(batch), step))

    def _opened(self) -> pyarrow.parquet.ParquetFile:
        """Return the file; a large one is read through a buffer, not a column at a time."""
        path = self._source.path
        with self._wrap_errors("cannot be read as parquet"):
            buffer_size = self._block_size if path.stat().st_size > _WHOLE else 0
            file = pa.OSFile(os.fsencode(path))  # as bytes, since a name may not be UTF-8
            return pyarrow.parquet.ParquetFile(file, buffer_size=buffer_size, pre_buffer=False)

    def _wrap_errors(self, what: str) -> contextlib.AbstractContextManager[None]:
        return wrap_read_errors(repr(self._source.name), what, kind=CorpusError)


def _plain(column: pa.Array) -> pa.Array:
    """Return a column whose bytes can be counted: of values, not of references to some."""
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    is_view = pa.types.is_string_view(column.type) or pa.types.is_binary_view(column.type)
    return column.cast(pa.large_binary()) if is_view else column


def _joined(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Return batches as one; none where there are none."""
    return pa.Table.from_batches(batches).combine_chunks().to_batches() if batches else []


def _check_strings(name: str, field: pa.Field) -> None:
    """Raise an error where the column chosen as the text does not hold strings."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if not any(holds(kind) for holds in _TEXT_TYPES):
        raise CorpusError(
            f"The column {field.name!r} of {name!r} cannot be the text: expected strings. "
            f"Received: {field.type}. Choose another with --text-column."
        )
